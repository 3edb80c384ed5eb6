//! Writing new sessions, one or a series: each with an open answer for every member, who are told once, unless they are
//! drafts.

use dipoli_domain::{
    audit::{Action, Event},
    id::{MembershipId, SessionId},
    session::Session,
};
use dipoli_store::Tx;

use crate::{Result, Track, session_letters};

/// Writes new sessions of one group, in the order of their starts, and gives the events of that. Holds the group's lock.
pub(crate) async fn added(tx: &Tx, track: &Track, sessions: &[Session]) -> Result<Vec<Event>> {
    let Some(first) = sessions.first() else { return Ok(Vec::new()) };
    tx.lock_group(first.group).await?;
    for session in sessions {
        tx.add_session(session).await?;
    }
    let seats = tx.seats_held(first.group).await?;
    let members: Vec<MembershipId> = seats.iter().map(|seat| seat.membership).collect();
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    tx.add_attendees(&ids, &members).await?;
    match sessions {
        [] => {}
        [first, ..] if !first.published => {}
        [only] => session_letters::announce(tx, track, only, None).await?,
        series => session_letters::announce_series(tx, track, series).await?,
    }
    let action = if first.published { Action::SessionScheduled } else { Action::SessionDrafted };
    Ok(ids.into_iter().map(|id| Event::on(action, id)).collect())
}
