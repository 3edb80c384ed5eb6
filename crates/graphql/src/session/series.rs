//! Sessions that follow each other: scheduled together, and each a session of its own from then on.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object};
use dipoli_app as app;

use crate::{
    context::{Payload, act, cx},
    list::List,
    note::Attribution,
    nullable::Nullable,
    reader::Reader,
    scalar::{Date, DateTime, TimeZone},
    session::Session,
};

/// Which of a month's days of the same weekday.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::series::Week")]
pub(crate) enum WeekOfMonth {
    /// The first.
    First,
    /// The second.
    Second,
    /// The third.
    Third,
    /// The fourth.
    Fourth,
    /// The last, whether it is the fourth or the fifth.
    Last,
}

/// Sessions to be scheduled that follow each other. Each begins and ends when clocks in its zone show what they show for the first, also after they were changed.
#[derive(InputObject)]
pub(crate) struct ScheduleSessionsInput {
    /// Of which group.
    working_group_id: ID,
    /// The title of each.
    title: String,
    /// What they are for.
    #[graphql(default)]
    purpose: String,
    /// The start of the first as an instant, as for scheduleSession.
    starts_at: DateTime,
    /// The end of the first as an instant, after its start.
    ends_at: DateTime,
    /// The group's zone unless given.
    time_zone: Option<TimeZone>,
    /// Every so many weeks, 1 to 52. Either this or monthlyOn.
    every_weeks: Option<i32>,
    /// Every month, on that one of the days that have the first session's weekday; the first is on such a day. Either this or everyWeeks.
    monthly_on: Option<WeekOfMonth>,
    /// So many in all, 2 to 52. Either this or lastDay.
    sessions: Option<i32>,
    /// A day of the sessions' zone after which none begins; there are 52 by then at most. Either this or sessions.
    last_day: Option<Date>,
    /// Where they meet.
    venue: Option<String>,
    /// Address of the remote room.
    join_url: Option<String>,
    /// The group's default unless given.
    attribution: Option<Attribution>,
    /// true: kept as DRAFT, seen by organizers and facilitators only, no e-mail.
    #[graphql(default)]
    draft: bool,
    /// The same key and input again within 24 hours return the first result; 1 to 255 characters.
    idempotency_key: Option<String>,
}

impl From<ScheduleSessionsInput> for app::session::ScheduleSeries {
    fn from(input: ScheduleSessionsInput) -> Self {
        let first = app::session::Schedule {
            working_group_id: input.working_group_id.into(),
            title: input.title,
            purpose: input.purpose,
            starts_at: input.starts_at.into(),
            ends_at: input.ends_at.into(),
            time_zone: input.time_zone.map(Into::into),
            venue: input.venue,
            join_url: input.join_url,
            attribution: input.attribution.map(Into::into),
            agenda_cut_off: None,
            draft: input.draft,
            idempotency_key: input.idempotency_key,
        };
        Self {
            first,
            every_weeks: input.every_weeks,
            monthly_on: input.monthly_on.map(Into::into),
            sessions: input.sessions,
            last_day: input.last_day.map(Into::into),
        }
    }
}

/// Sessions that were scheduled.
pub(crate) struct SessionsPayload {
    sessions: Vec<Arc<dipoli_domain::session::Session>>,
    reader: Arc<Reader>,
}

/// Sessions that were scheduled.
#[Object]
impl SessionsPayload {
    /// The sessions, in order of their starts.
    async fn sessions(&self) -> List<Session> {
        self.sessions.iter().map(|row| Session::shared(&self.reader, row.clone())).collect()
    }
}

impl Payload<Vec<dipoli_domain::session::Session>> for SessionsPayload {
    fn of(reader: &Arc<Reader>, rows: Vec<dipoli_domain::session::Session>) -> Self {
        Self { sessions: rows.into_iter().map(Arc::new).collect(), reader: reader.clone() }
    }
}

/// What is done about series of sessions.
#[derive(Default)]
pub(crate) struct SeriesMutation;

#[Object]
impl SeriesMutation {
    /// Schedules a series of sessions, all of them or none; organizers. The members are told by one letter, and reminded of each session. Each can be moved or cancelled by itself.
    async fn schedule_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first session, and how it goes on.")] input: ScheduleSessionsInput,
    ) -> Nullable<SessionsPayload> {
        act(ctx, app::session::schedule_series(cx(ctx), input.into())).await
    }
}
