//! Who was at sessions: for the organizers and facilitators of the group, who record it, and for nobody else.
//!
//! The audit log says that something was recorded, and not of whom. Deliberately absent: telling it to anyone by letter, in a
//! record or an export of a track, and making it of what was answered to the invitation.

use std::collections::{HashMap, HashSet};

use dipoli_domain::{
    attendance::{self, Attendance},
    audit::{Action, Event},
    id::{MembershipId, SessionId},
    membership::Membership,
    policy::{Act, On, scope::Attendances},
    refusal::Refusal,
    session::Session,
};

use crate::{Cx, Result, cx::id, membership, session};

/// Whether the viewer sees who was at a session.
pub fn is_open_to(cx: &Cx, session: &Session) -> bool {
    cx.can(Act::RecordAttendance, On::group(session.group))
}

/// The seats of those who were at each of these sessions, left ones among them, in the order of their (random) ids; as far as
/// it is open to the viewer.
pub async fn of_sessions(cx: &Cx, sessions: &[SessionId]) -> Result<HashMap<SessionId, Vec<Membership>>> {
    let found = cx.track.store.attendances(&Attendances::seen_by(&cx.viewer), sessions).await?;
    let ids: HashSet<MembershipId> = found.values().flat_map(|it| it.present.iter().copied()).collect();
    let seats = membership::many(cx, &ids.into_iter().collect::<Vec<_>>()).await?;
    let present = |it: Attendance| it.present.iter().filter_map(|seat| seats.get(seat).cloned()).collect();
    Ok(found.into_iter().map(|(session, attendance)| (session, present(attendance))).collect())
}

/// Records that the people of these seats were there; seats that are not at the group's table are unknown. What is recorded
/// already stays, and what changes nothing leaves no trace.
pub async fn record(cx: &Cx, session_id: &str, membership_ids: &[String]) -> Result<Session> {
    changed(cx, session_id, membership_ids, Action::AttendanceRecorded).await
}

/// Takes these seats out of what was recorded, as if they never had been in it.
pub async fn remove(cx: &Cx, session_id: &str, membership_ids: &[String]) -> Result<Session> {
    changed(cx, session_id, membership_ids, Action::AttendanceRemoved).await
}

async fn changed(cx: &Cx, session_id: &str, membership_ids: &[String], action: Action) -> Result<Session> {
    let session = session::seen(cx, "sessionId", id("sessionId", session_id)?).await?;
    let permit = cx.may("sessionId", Act::RecordAttendance, On::group(session.group)).await?;
    let seats = named(membership_ids)?;
    let tx = cx.track.store.begin(permit).await?;
    tx.lock_group(session.group).await?;
    let before = tx.attendance(session.id).await?.unwrap_or_else(|| Attendance::of(&session));
    let held: HashSet<_> = tx.seats_held(session.group).await?.iter().map(|seat| seat.membership).collect();
    if !seats.iter().all(|seat| held.contains(seat) || before.present.contains(seat)) {
        return Err(Refusal::not_found("membershipIds").into());
    }
    let after = if action == Action::AttendanceRecorded {
        attendance::may_be_recorded(&session, cx.now)?;
        before.clone().with(seats)
    } else {
        before.clone().without(&seats)
    };
    if after != before {
        tx.write_attendance(&after).await?;
        tx.commit(&[Event::on(action, session.id)]).await?;
        cx.track.wake();
    }
    Ok(session)
}

fn named(membership_ids: &[String]) -> Result<Vec<MembershipId>> {
    if membership_ids.is_empty() {
        return Err(Refusal::bad_input("membershipIds", "Name at least one seat.").into());
    }
    membership_ids.iter().map(|text| id("membershipIds", text)).collect()
}
