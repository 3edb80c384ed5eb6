//! What is done to sessions: scheduling, moving, publishing, rewording, cancelling, concluding.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use dipoli_app as app;
use dipoli_domain::session::{Move, Rewording};

use crate::{
    connection::patch,
    context::{Payload, act, cx},
    node::OfRow,
    note::Attribution,
    nullable::Nullable,
    reader::Reader,
    scalar::{DateTime, TimeZone},
    session::Session,
};

/// A session to be scheduled.
#[derive(InputObject)]
pub(crate) struct ScheduleSessionInput {
    /// Of which group.
    working_group_id: ID,
    /// Its title.
    title: String,
    /// What it is for.
    #[graphql(default)]
    purpose: String,
    /// Start as an instant; the session keeps the wall-clock time that it has in timeZone. The second of two equal wall-clock times (autumn) is BAD_USER_INPUT.
    starts_at: DateTime,
    /// End as an instant, after the start.
    ends_at: DateTime,
    /// The group's zone unless given.
    time_zone: Option<TimeZone>,
    /// Where it meets.
    venue: Option<String>,
    /// Address of the remote room.
    join_url: Option<String>,
    /// The group's default unless given.
    attribution: Option<Attribution>,
    /// From when on an item is additional; the start unless an earlier instant is given.
    agenda_cut_off: Option<DateTime>,
    /// true: kept as DRAFT, seen by organizers and facilitators only, no e-mail.
    #[graphql(default)]
    draft: bool,
    /// The same key and input again within 24 hours return the first result; 1 to 255 characters.
    idempotency_key: Option<String>,
}

impl From<ScheduleSessionInput> for app::session::Schedule {
    fn from(input: ScheduleSessionInput) -> Self {
        Self {
            working_group_id: input.working_group_id.into(),
            title: input.title,
            purpose: input.purpose,
            starts_at: input.starts_at.into(),
            ends_at: input.ends_at.into(),
            time_zone: input.time_zone.map(Into::into),
            venue: input.venue,
            join_url: input.join_url,
            attribution: input.attribution.map(Into::into),
            agenda_cut_off: input.agenda_cut_off.map(Into::into),
            draft: input.draft,
            idempotency_key: input.idempotency_key,
        }
    }
}

/// startsAt alone keeps the duration; timeZone alone keeps the wall clock.
#[derive(InputObject)]
pub(crate) struct RescheduleSessionInput {
    /// Which session.
    session_id: ID,
    /// The version last seen.
    expected_version: i32,
    /// A new start.
    starts_at: MaybeUndefined<DateTime>,
    /// A new end.
    ends_at: MaybeUndefined<DateTime>,
    /// A new zone.
    time_zone: MaybeUndefined<TimeZone>,
    /// Another place; null for none.
    venue: MaybeUndefined<String>,
    /// Another remote room; null for none.
    join_url: MaybeUndefined<String>,
}

impl From<RescheduleSessionInput> for app::session::Reschedule {
    fn from(input: RescheduleSessionInput) -> Self {
        let change = Move {
            starts_at: patch(input.starts_at),
            ends_at: patch(input.ends_at),
            zone: patch(input.time_zone),
            venue: patch(input.venue),
            join_url: patch(input.join_url),
        };
        Self { session_id: input.session_id.into(), expected_version: input.expected_version, change }
    }
}

/// A draft to be announced.
#[derive(InputObject)]
pub(crate) struct PublishSessionInput {
    /// Which session.
    session_id: ID,
    /// The version last seen.
    expected_version: i32,
}

/// A change of words, or a stricter attribution. What is left out stays.
#[derive(InputObject)]
pub(crate) struct UpdateSessionInput {
    /// Which session.
    session_id: ID,
    /// The version last seen.
    expected_version: i32,
    /// A new title.
    title: MaybeUndefined<String>,
    /// A new purpose.
    purpose: MaybeUndefined<String>,
    /// Stricter only.
    attribution: MaybeUndefined<Attribution>,
    /// From when on an item is additional; null for the start.
    agenda_cut_off: MaybeUndefined<DateTime>,
}

impl From<UpdateSessionInput> for app::session::Update {
    fn from(input: UpdateSessionInput) -> Self {
        let change = Rewording {
            title: patch(input.title),
            purpose: patch(input.purpose),
            attribution: patch(input.attribution),
            agenda_cut_off: patch(input.agenda_cut_off),
        };
        Self { session_id: input.session_id.into(), expected_version: input.expected_version, change }
    }
}

/// A session to be called off.
#[derive(InputObject)]
pub(crate) struct CancelSessionInput {
    /// Which session.
    session_id: ID,
    /// The version last seen.
    expected_version: i32,
    /// Why; kept with the session, and in letters only where the track has chosen that they tell titles.
    reason: Option<String>,
}

/// A session to be concluded.
#[derive(InputObject)]
pub(crate) struct ConcludeSessionInput {
    /// Which session.
    session_id: ID,
    /// The version last seen.
    expected_version: i32,
    /// Takes the items that nothing became of (PROPOSED, OBJECTED) to this later session of the group, as deferAgendaItem does; facilitators.
    carry_over_to_session_id: Option<ID>,
}

/// A session that was scheduled or changed.
pub(crate) struct SessionPayload {
    session: Session,
}

/// A session that was scheduled or changed.
#[Object]
impl SessionPayload {
    /// The session, as it is now.
    async fn session(&self) -> &Session {
        &self.session
    }
}

impl Payload<dipoli_domain::session::Session> for SessionPayload {
    fn of(reader: &Arc<Reader>, row: dipoli_domain::session::Session) -> Self {
        Self { session: Session::of(reader, row) }
    }
}

/// What is done about sessions.
#[derive(Default)]
pub(crate) struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Schedules a session; organizers. The members are told and reminders planned, unless it is a draft.
    async fn schedule_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session.")] input: ScheduleSessionInput,
    ) -> Nullable<SessionPayload> {
        act(ctx, app::session::schedule(cx(ctx), input.into())).await
    }

    /// A DRAFT becomes SCHEDULED, and the members are told.
    async fn publish_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which draft.")] input: PublishSessionInput,
    ) -> Nullable<SessionPayload> {
        act(ctx, app::session::publish(cx(ctx), &input.session_id, input.expected_version)).await
    }

    /// Moves a session; organizers. Raises sequence and version, plans reminders anew, tells the members.
    async fn reschedule_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session, and what changes.")] input: RescheduleSessionInput,
    ) -> Nullable<SessionPayload> {
        act(ctx, app::session::reschedule(cx(ctx), input.into())).await
    }

    /// Changes a session's words; organizers. Makes its attribution stricter; organizers, facilitators.
    async fn update_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session, and what changes.")] input: UpdateSessionInput,
    ) -> Nullable<SessionPayload> {
        act(ctx, app::session::update(cx(ctx), input.into())).await
    }

    /// Calls a session off; organizers. The members are told, and reminders stop.
    async fn cancel_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session, and why.")] input: CancelSessionInput,
    ) -> Nullable<SessionPayload> {
        let reason = input.reason.as_deref();
        act(ctx, app::session::cancel(cx(ctx), &input.session_id, input.expected_version, reason)).await
    }

    /// Concludes a session that has started; organizers, facilitators. Notes can still be posted to it.
    async fn conclude_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session.")] input: ConcludeSessionInput,
    ) -> Nullable<SessionPayload> {
        let later = input.carry_over_to_session_id.as_deref().map(String::as_str);
        act(ctx, app::session::conclude(cx(ctx), &input.session_id, input.expected_version, later)).await
    }
}
