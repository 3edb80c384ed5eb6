//! Deciding on new sessions: a session that is scheduled or drafted, or a series of them.

use dipoli_domain::{
    id::{SessionId, WorkingGroupId},
    note::Attribution,
    policy::{Act, On, Permit},
    refusal::Refusal,
    series::{Recurrence, Week},
    session::{Draft, Session},
    working_group::WorkingGroup,
};
use serde::Serialize;

use super::{added::added, many, seen};
use crate::{Cx, Result, Topic, cx::id, idempotency::Once, working_group};

/// A session to be scheduled, as it was sent.
#[derive(Serialize)]
pub struct Schedule {
    /// Of which group.
    pub working_group_id: String,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub purpose: String,
    /// RFC 3339.
    pub starts_at: String,
    /// RFC 3339.
    pub ends_at: String,
    /// IANA; the group's unless given.
    pub time_zone: Option<String>,
    /// Where it meets.
    pub venue: Option<String>,
    /// The remote room.
    pub join_url: Option<String>,
    /// The group's default unless given.
    #[serde(serialize_with = "crate::idempotency::optional_word")]
    pub attribution: Option<Attribution>,
    /// RFC 3339; the start unless given.
    pub agenda_cut_off: Option<String>,
    /// Kept as a draft.
    pub draft: bool,
    /// The client's key for sending this again.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// A series of sessions to be scheduled, as it was sent.
#[derive(Serialize)]
pub struct ScheduleSeries {
    /// The first of them.
    #[serde(flatten)]
    pub first: Schedule,
    /// Every so many weeks.
    pub every_weeks: Option<i32>,
    /// Which of a month's days of the first one's weekday.
    #[serde(serialize_with = "crate::idempotency::optional_word")]
    pub monthly_on: Option<Week>,
    /// So many in all.
    pub sessions: Option<i32>,
    /// A day after which none begins.
    pub last_day: Option<String>,
}

/// Schedules a session; unless it is a draft, the members are told and reminders planned.
pub async fn schedule(cx: &Cx, input: Schedule) -> Result<Session> {
    let (group, permit) = table(cx, &input.working_group_id).await?;
    let once = Once::new("scheduleSession", input.idempotency_key.as_deref(), &input)?;
    let first = async {
        let session = Session::schedule(&group, &draft(&input), cx.now)?;
        let tx = cx.track.store.begin(permit).await?;
        once.remember(&tx, &session.id).await?;
        let events = added(&tx, &cx.track, std::slice::from_ref(&session)).await?;
        tx.commit(&events).await?;
        tell(cx, group.id);
        Ok(session)
    };
    once.run(cx, first, async |earlier| seen(cx, "idempotencyKey", id("idempotencyKey", &earlier)?).await).await
}

/// Schedules a series, all of it or nothing; the members are told once of all of it, and reminded of each session.
pub async fn schedule_series(cx: &Cx, input: ScheduleSeries) -> Result<Vec<Session>> {
    let (group, permit) = table(cx, &input.first.working_group_id).await?;
    let once = Once::new("scheduleSessions", input.first.idempotency_key.as_deref(), &input)?;
    let first = async {
        let first = Session::schedule(&group, &draft(&input.first), cx.now)?;
        let sessions = recurrence(&input).of(&first)?;
        let tx = cx.track.store.begin(permit).await?;
        once.remember(&tx, &listed(&sessions)).await?;
        let events = added(&tx, &cx.track, &sessions).await?;
        tx.commit(&events).await?;
        tell(cx, group.id);
        Ok(sessions)
    };
    once.run(cx, first, async |earlier| as_they_are(cx, &earlier).await).await
}

/// The group, and the permit to schedule its sessions.
async fn table(cx: &Cx, working_group_id: &str) -> Result<(WorkingGroup, Permit)> {
    let group = working_group::seen(cx, "workingGroupId", working_group_id).await?;
    let permit = cx.may("workingGroupId", Act::ScheduleSession, On::group(group.id)).await?;
    Ok((group, permit))
}

fn tell(cx: &Cx, group: WorkingGroupId) {
    cx.track.wake();
    cx.track.tell(Topic::Sessions(group));
}

/// The ids of a series, as they are remembered.
fn listed(sessions: &[Session]) -> String {
    sessions.iter().map(|session| session.id.to_string()).collect::<Vec<_>>().join(" ")
}

/// What is left of a series that was scheduled before, in its order.
async fn as_they_are(cx: &Cx, listed: &str) -> Result<Vec<Session>> {
    let ids: Vec<SessionId> = listed.split(' ').map(|text| id("idempotencyKey", text)).collect::<Result<_>>()?;
    let mut found = many(cx, &ids).await?;
    let sessions: Vec<_> = ids.iter().filter_map(|id| found.remove(id)).collect();
    if sessions.is_empty() { Err(Refusal::not_found("idempotencyKey").into()) } else { Ok(sessions) }
}

fn recurrence(input: &ScheduleSeries) -> Recurrence {
    let ScheduleSeries { first: _, every_weeks, monthly_on, sessions, last_day } = input;
    Recurrence { every_weeks: *every_weeks, monthly_on: *monthly_on, sessions: *sessions, last_day: last_day.clone() }
}

fn draft(input: &Schedule) -> Draft {
    Draft {
        title: input.title.clone(),
        purpose: input.purpose.clone(),
        starts_at: input.starts_at.clone(),
        ends_at: input.ends_at.clone(),
        zone: input.time_zone.clone(),
        venue: input.venue.clone(),
        join_url: input.join_url.clone(),
        attribution: input.attribution,
        agenda_cut_off: input.agenda_cut_off.clone(),
        draft: input.draft,
    }
}
