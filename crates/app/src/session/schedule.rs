//! Scheduling a session, or drafting one.

use dipoli_domain::{
    audit::Action,
    id::MembershipId,
    note::Attribution,
    policy::{Act, On},
    refusal::Refusal,
    session::{Draft, Session},
};
use dipoli_store::Tx;
use serde::Serialize;

use super::{change::done, seen};
use crate::{Cx, Result, cx::id, idempotency::Once, session_letters, working_group};

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

/// Schedules a session; unless it is a draft, the members are told and reminders planned.
pub async fn schedule(cx: &Cx, input: Schedule) -> Result<Session> {
    let group = id("workingGroupId", &input.working_group_id)?;
    let group =
        working_group::many(cx, &[group]).await?.remove(&group).ok_or_else(|| Refusal::not_found("workingGroupId"))?;
    let permit = cx.may("workingGroupId", Act::ScheduleSession, On::group(group.id)).await?;
    let once = Once::new("scheduleSession", input.idempotency_key.as_deref(), &input)?;
    let first = async {
        let session = Session::schedule(&group, &draft(&input), cx.now)?;
        let tx = cx.track.store.begin(permit).await?;
        once.remember(&tx, &session.id).await?;
        added(cx, tx, session).await
    };
    once.run(cx, first, async |earlier| seen(cx, "idempotencyKey", id("idempotencyKey", &earlier)?).await).await
}

/// Writes a new session with an open answer for every member, and tells them unless it is a draft.
async fn added(cx: &Cx, tx: Tx, session: Session) -> Result<Session> {
    tx.lock_group(session.group).await?;
    tx.add_session(&session).await?;
    let seats = tx.seats_held(session.group).await?;
    let members: Vec<MembershipId> = seats.iter().map(|seat| seat.membership).collect();
    tx.add_attendees(&[session.id], &members).await?;
    if session.published {
        session_letters::announce(&tx, &cx.track, &session, None).await?;
    }
    let action = if session.published { Action::SessionScheduled } else { Action::SessionDrafted };
    done(cx, tx, session, action).await
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
