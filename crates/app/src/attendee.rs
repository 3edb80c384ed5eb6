//! Answers to sessions.

use std::collections::HashMap;

use dipoli_domain::{
    attendee::{self, AttendanceMode, Attendee, Rsvp},
    audit::{Action, Event},
    id::{AttendeeId, MembershipId, SessionId},
    policy::{
        Act, On,
        scope::{People, Sessions},
    },
    refusal::Refusal,
};

use crate::{Connection, Cx, PageArgs, Result, cx::id, page::Lists, session, session_letters};

/// Those of these answers that the viewer may read.
pub async fn many(cx: &Cx, ids: &[AttendeeId]) -> Result<HashMap<AttendeeId, Attendee>> {
    let (sessions, people) = scopes(cx);
    let found = cx.track.store.attendees(&sessions, &people, ids).await?;
    Ok(found.into_iter().map(|attendee| (attendee.id, attendee)).collect())
}

/// The same page of each session's attendees (seats that were left apart), in the order of their (random) ids; one
/// statement for all.
pub async fn of_sessions(
    cx: &Cx,
    sessions: &[SessionId],
    page: &PageArgs,
) -> Result<HashMap<SessionId, Connection<Attendee>>> {
    let lists = Lists { name: "session.attendees", parents: sessions, filter: "" };
    let Some(page) = lists.page(cx, page)? else { return Ok(HashMap::new()) };
    let (scope, people) = scopes(cx);
    let slices = cx.track.store.attendee_pages(&scope, &people, sessions, &page).await?;
    Ok(lists.connections(cx, slices, |attendee| attendee.id))
}

/// How many `of_sessions` has in all, for each session.
pub async fn counts_of_sessions(cx: &Cx, sessions: &[SessionId]) -> Result<HashMap<SessionId, u64>> {
    let counts = cx.track.store.attendee_counts(&Sessions::seen_by(&cx.viewer), sessions).await?;
    Ok(sessions.iter().map(|session| (*session, counts.get(session).copied().unwrap_or_default())).collect())
}

/// The viewer's own answers to these sessions.
pub async fn of_viewer(cx: &Cx, sessions: &[SessionId]) -> Result<HashMap<SessionId, Attendee>> {
    let seats: Vec<MembershipId> = cx.viewer.seats.iter().map(|seat| seat.membership).collect();
    let (scope, people) = scopes(cx);
    let found = cx.track.store.attendees_of_seats(&scope, &people, &seats, sessions).await?;
    Ok(found.into_iter().map(|attendee| (attendee.session, attendee)).collect())
}

/// Answers a session for oneself. Without a mode none is kept, whatever was said before.
pub async fn respond(cx: &Cx, session_id: &str, response: Rsvp, mode: Option<AttendanceMode>) -> Result<Attendee> {
    let session = session::seen(cx, "sessionId", id("sessionId", session_id)?).await?;
    let seat = cx.viewer.seat(session.group).map(|seat| seat.membership);
    let permit = cx.may("sessionId", Act::Respond, On::group(session.group).of_membership(seat)).await?;
    attendee::may_answer(&session, cx.now)?;
    let mut answers = of_viewer(cx, &[session.id]).await?;
    let attendee = answers.remove(&session.id).ok_or_else(|| Refusal::not_found("sessionId"))?;
    let tx = cx.track.store.begin(permit).await?;
    tx.respond(attendee.id, response, mode).await?;
    session_letters::plan_anew(&tx, &cx.track, &session, Some(cx.viewer.person)).await?;
    tx.commit(&[Event::on(Action::Responded, attendee.id)]).await?;
    cx.track.wake();
    Ok(Attendee { response, mode, ..attendee })
}

fn scopes(cx: &Cx) -> (Sessions, People) {
    (Sessions::seen_by(&cx.viewer), People::seen_by(&cx.viewer))
}
