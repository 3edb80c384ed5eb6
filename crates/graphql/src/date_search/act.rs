//! What is done about finding a date: proposing times, marking them, choosing one, giving up.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use dipoli_app as app;

use super::{DateMark, DateSearch};
use crate::{
    context::{Payload, act, cx},
    node::OfRow,
    note::Attribution,
    nullable::Nullable,
    reader::Reader,
    scalar::{DateTime, TimeZone},
    session::SessionPayload,
};

/// A time to be proposed.
#[derive(InputObject)]
pub(crate) struct DateSlotInput {
    /// Start as an instant; no two start together.
    starts_at: DateTime,
    /// End as an instant, after the start.
    ends_at: DateTime,
}

/// Times to be proposed for a session.
#[derive(InputObject)]
pub(crate) struct ProposeDatesInput {
    /// To which group.
    working_group_id: ID,
    /// The session's title.
    title: String,
    /// What the session is for.
    #[graphql(default)]
    purpose: String,
    /// The times, 1 to 10.
    slots: Vec<DateSlotInput>,
    /// The group's zone unless given.
    time_zone: Option<TimeZone>,
    /// Where it would meet.
    venue: Option<String>,
    /// Address of the remote room.
    join_url: Option<String>,
    /// The group's default unless given.
    attribution: Option<Attribution>,
    /// The same key and input again within 24 hours return the first result; 1 to 255 characters.
    idempotency_key: Option<String>,
}

impl From<ProposeDatesInput> for app::date_search::Propose {
    fn from(input: ProposeDatesInput) -> Self {
        let slot = |slot: DateSlotInput| (slot.starts_at.into(), slot.ends_at.into());
        Self {
            working_group_id: input.working_group_id.into(),
            title: input.title,
            purpose: input.purpose,
            slots: input.slots.into_iter().map(slot).collect(),
            time_zone: input.time_zone.map(Into::into),
            venue: input.venue,
            join_url: input.join_url,
            attribution: input.attribution.map(Into::into),
            idempotency_key: input.idempotency_key,
        }
    }
}

/// What one says of one time.
#[derive(InputObject)]
pub(crate) struct DateMarkInput {
    /// Of which time, by its start.
    starts_at: DateTime,
    /// What one says; null takes it back.
    mark: Option<DateMark>,
}

/// What one says of times.
#[derive(InputObject)]
pub(crate) struct MarkDatesInput {
    /// Of which search.
    date_search_id: ID,
    /// What one says; of times that are not mentioned it stays as it was.
    marks: Vec<DateMarkInput>,
}

/// A time to be chosen.
#[derive(InputObject)]
pub(crate) struct ChooseDateInput {
    /// Of which search.
    date_search_id: ID,
    /// Which time, by its start.
    starts_at: DateTime,
}

/// A search to be given up.
#[derive(InputObject)]
pub(crate) struct WithdrawDatesInput {
    /// Which search.
    date_search_id: ID,
}

/// A search for a date that was changed.
pub(crate) struct DateSearchPayload {
    date_search: DateSearch,
}

/// A search for a date that was changed.
#[Object]
impl DateSearchPayload {
    /// The search, as it is now.
    async fn date_search(&self) -> &DateSearch {
        &self.date_search
    }
}

impl Payload<dipoli_domain::date_search::DateSearch> for DateSearchPayload {
    fn of(reader: &Arc<Reader>, row: dipoli_domain::date_search::DateSearch) -> Self {
        Self { date_search: DateSearch::of(reader, row) }
    }
}

/// What is done about finding a date.
#[derive(Default)]
pub(crate) struct DateSearchMutation;

#[Object]
impl DateSearchMutation {
    /// Proposes times for a session; organizers. The members are told that a date is being sought.
    async fn propose_dates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For which session, and which times.")] input: ProposeDatesInput,
    ) -> Nullable<DateSearchPayload> {
        act(ctx, app::date_search::propose(cx(ctx), input.into())).await
    }

    /// Says which of the times suit oneself; every member, until one is chosen. Organizers see counts by delegation alone.
    async fn mark_dates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which search, and what one says.")] input: MarkDatesInput,
    ) -> Nullable<DateSearchPayload> {
        let mark = |it: DateMarkInput| app::date_search::Mark {
            starts_at: it.starts_at.into(),
            mark: it.mark.map(Into::into),
        };
        let marks: Vec<_> = input.marks.into_iter().map(mark).collect();
        act(ctx, async move { app::date_search::mark(cx(ctx), &input.date_search_id, &marks).await }).await
    }

    /// Chooses one of the times; organizers. The session is scheduled, as by scheduleSession, the search ends, and every mark is deleted.
    async fn choose_date(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which search, and which time.")] input: ChooseDateInput,
    ) -> Nullable<SessionPayload> {
        let starts_at = String::from(input.starts_at);
        act(ctx, async move { app::date_search::choose(cx(ctx), &input.date_search_id, &starts_at).await }).await
    }

    /// Gives up a search; organizers. Every mark is deleted.
    async fn withdraw_dates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which search.")] input: WithdrawDatesInput,
    ) -> Nullable<DateSearchPayload> {
        act(ctx, async move { app::date_search::withdraw(cx(ctx), &input.date_search_id).await }).await
    }
}
