//! What the members learn of a session, and when: planned here, in the transaction of its cause, and sent by the
//! worker, which asks again (requirements M-01, M-06).
//!
//! A draft mails nobody. A letter about a session is of no use once it has begun, and runs out then; what is written
//! while it is on runs out at its end.

use dipoli_domain::{
    Timestamp,
    id::{MembershipId, PersonId, SessionId},
    letter::LetterKind,
    membership::Seating,
    reminder,
    session::{Session, SessionStatus},
};
use dipoli_store::{HeldSeat, Queued, Tx};

use crate::{Result, Track, silence};

/// Tells those of these seats that are in effect that the session is scheduled, and plans their reminders.
pub(crate) async fn announce(tx: &Tx, track: &Track, session: &Session, seats: &[HeldSeat]) -> Result<()> {
    let letters = in_effect(seats).flat_map(|person| {
        let told = news(session, LetterKind::SessionScheduled, person, tx.now());
        std::iter::once(told).chain(reminders(track, session, person, tx.now()))
    });
    Ok(tx.queue_all(&letters.collect::<Vec<_>>()).await?)
}

/// Takes back what waits, tells the members of the new time or place, and plans reminders anew. For a session that
/// was announced; a draft is moved silently. Where it starts when it did (`same_start`), a reminder whose time is past
/// has left already and is not sent again.
pub(crate) async fn announce_move(tx: &Tx, track: &Track, session: &Session, same_start: bool) -> Result<()> {
    if session.status != SessionStatus::Scheduled {
        return Ok(());
    }
    tx.expire_letters_about(session.id).await?;
    let seats = tx.seats_held(session.group).await?;
    let letters = in_effect(&seats).flat_map(|person| {
        let told = news(session, LetterKind::SessionMoved, person, tx.now());
        let to_come = reminders(track, session, person, tx.now()).filter(|letter| !same_start || letter.due > tx.now());
        std::iter::once(told).chain(to_come)
    });
    Ok(tx.queue_all(&letters.collect::<Vec<_>>()).await?)
}

/// Takes back what waits and tells the members that the session is cancelled, if they knew of it.
pub(crate) async fn announce_cancellation(tx: &Tx, session: &Session) -> Result<()> {
    if !session.published {
        return Ok(());
    }
    tx.expire_letters_about(session.id).await?;
    let seats = tx.seats_held(session.group).await?;
    let told = in_effect(&seats).map(|person| news(session, LetterKind::SessionCancelled, person, tx.now()));
    Ok(tx.queue_all(&told.collect::<Vec<_>>()).await?)
}

/// Takes back what waits: the session is over.
pub(crate) async fn stop(tx: &Tx, session: SessionId) -> Result<()> {
    Ok(tx.expire_letters_about(session).await?)
}

/// Lets a seat that was given, or has just taken effect, attend the group's sessions that have not ended. Only a seat
/// in effect is told and reminded. What was done for the seat before is not done twice.
///
/// Ask under [`Tx::lock_group`], which scheduling holds too: so no seat misses a session.
pub(crate) async fn invite_seat_to_sessions(tx: &Tx, track: &Track, membership: MembershipId) -> Result<()> {
    let Some(given) = tx.seat(membership).await? else { return Ok(()) };
    let in_effect = match given.seating {
        Seating::Since(_) => true,
        Seating::Pending => false,
        Seating::Left => return Ok(()),
    };
    let seat = HeldSeat { membership, person: given.person, in_effect };
    let sessions = tx.sessions_not_ended(given.group).await?;
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    tx.add_attendees(&ids, &[membership]).await?;
    for session in sessions.iter().filter(|session| session.status == SessionStatus::Scheduled) {
        announce(tx, track, session, &[seat]).await?;
    }
    if in_effect { silence::letters::tell_newcomer(tx, &given).await } else { Ok(()) }
}

fn in_effect(seats: &[HeldSeat]) -> impl Iterator<Item = PersonId> {
    seats.iter().filter(|seat| seat.in_effect).map(|seat| seat.person)
}

fn news(session: &Session, kind: LetterKind, person: PersonId, now: Timestamp) -> Queued {
    let starts_at = session.starts_at();
    let of_use_until = if starts_at > now { starts_at } else { session.ends_at() };
    Queued {
        kind,
        person,
        session: Some(session.id),
        sequence: Some(session.sequence),
        silence: None,
        before: None,
        own: true,
        due: now,
        expires: Some(of_use_until),
    }
}

fn reminders(track: &Track, session: &Session, person: PersonId, now: Timestamp) -> impl Iterator<Item = Queued> {
    let starts_at = session.starts_at();
    let (id, sequence) = (session.id, session.sequence);
    reminder::plan(&track.settings().reminders, starts_at, now).into_iter().map(move |planned| Queued {
        kind: LetterKind::Reminder,
        person,
        session: Some(id),
        sequence: Some(sequence),
        silence: None,
        before: Some(planned.before),
        own: true,
        due: planned.due,
        expires: Some(starts_at),
    })
}
