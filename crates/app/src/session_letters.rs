//! What the members learn of a session, and when: planned here, in the transaction of its cause, and sent by the
//! worker, which asks again (requirements M-01, M-06).
//!
//! A draft mails nobody. A letter about a session is of no use once it has begun, and runs out then; what is written
//! while it is on runs out at its end. What changes within five minutes is told once.

use std::collections::HashMap;

use dipoli_domain::{
    Timestamp,
    attendee::Rsvp,
    id::{MembershipId, PersonId, SessionId},
    letter::{LetterKind, Times},
    membership::Seating,
    reminder::{self, Rule},
    session::{Session, SessionStatus},
    time,
};
use dipoli_store::{Queued, Recipient, Tx, Unsent};
use jiff::SignedDuration;

use crate::{Result, Track, silence};

/// For so long a change waits for others that are told with it.
const GATHERING: SignedDuration = SignedDuration::from_mins(5);

/// Tells the members whose seats are in effect, or one of them, that the session is scheduled, and plans their reminders.
pub(crate) async fn announce(tx: &Tx, track: &Track, session: &Session, only: Option<PersonId>) -> Result<()> {
    let rule = rule(tx, track, session.id).await?;
    let recipients = tx.recipients(session.id, session.group, only).await?;
    let letters = recipients.iter().flat_map(|to| {
        let told = news(session, LetterKind::SessionScheduled, to.person, tx.now());
        std::iter::once(told).chain(planned(&rule, session, to, tx.now()))
    });
    Ok(tx.queue_all(&letters.collect::<Vec<_>>()).await?)
}

/// Tells the members whose seats are in effect of a new series by one letter, with the first session's times and entry, and
/// plans their reminders of each session. A mail takes the entry of one session alone (RFC 5546 §3.2.2: one UID a message);
/// the others stand in their calendar feeds.
pub(crate) async fn announce_series(tx: &Tx, track: &Track, series: &[Session]) -> Result<()> {
    let Some(first) = series.first() else { return Ok(()) };
    let rule = rule(tx, track, first.id).await?;
    let recipients = tx.recipients(first.id, first.group, None).await?;
    let letters = recipients.iter().flat_map(|to| {
        let told = news(first, LetterKind::SessionsScheduled, to.person, tx.now());
        let reminders = series.iter().flat_map(|session| planned(&rule, session, to, tx.now()));
        std::iter::once(told).chain(reminders)
    });
    Ok(tx.queue_all(&letters.collect::<Vec<_>>()).await?)
}

/// Takes back what waits, tells the members of what has changed, and plans reminders anew. For a session that was
/// announced; a draft is moved silently. `was` is when it was to be; where it starts when it did, a reminder whose time
/// is past has left already and is not sent again.
pub(crate) async fn announce_move(tx: &Tx, track: &Track, session: &Session, was: Option<Times>) -> Result<()> {
    if session.status != SessionStatus::Scheduled {
        return Ok(());
    }
    let rule = rule(tx, track, session.id).await?;
    let unsent: HashMap<PersonId, Unsent> =
        tx.unsent_news_of(session.id).await?.into_iter().map(|unsent| (unsent.person, unsent)).collect();
    tx.expire_letters_about(session.id).await?;
    let same_start = was.is_some_and(|was| was.starts_at == session.starts_at());
    let recipients = tx.recipients(session.id, session.group, None).await?;
    let letters = recipients.iter().flat_map(|to| {
        let told = change(session, unsent.get(&to.person), was, to.person, tx.now());
        let to_come = planned(&rule, session, to, tx.now()).filter(|letter| !same_start || letter.due > tx.now());
        std::iter::once(told).chain(to_come)
    });
    Ok(tx.queue_all(&letters.collect::<Vec<_>>()).await?)
}

/// The news of a change: whoever was not told yet that the session is scheduled is told that, at once; whoever waits for
/// news of an earlier change gets both with it; and a change shortly before the start does not wait.
fn change(session: &Session, unsent: Option<&Unsent>, was: Option<Times>, person: PersonId, now: Timestamp) -> Queued {
    let gathered = time::after(now, GATHERING);
    match unsent {
        Some(Unsent { kind: kind @ (LetterKind::SessionScheduled | LetterKind::SessionsScheduled), .. }) => {
            news(session, *kind, person, now)
        }
        Some(earlier) => {
            Queued { due: earlier.due, was: earlier.was, ..news(session, LetterKind::SessionMoved, person, now) }
        }
        None => {
            let waits = time::after(gathered, GATHERING) < session.starts_at();
            let due = if waits { gathered } else { now };
            Queued { due, was, ..news(session, LetterKind::SessionMoved, person, now) }
        }
    }
}

/// Takes back what waits and tells the members that the session is cancelled, if they knew of it.
pub(crate) async fn announce_cancellation(tx: &Tx, session: &Session) -> Result<()> {
    if !session.published {
        return Ok(());
    }
    tx.expire_letters_about(session.id).await?;
    let recipients = tx.recipients(session.id, session.group, None).await?;
    let told = recipients.iter().map(|to| news(session, LetterKind::SessionCancelled, to.person, tx.now()));
    Ok(tx.queue_all(&told.collect::<Vec<_>>()).await?)
}

/// Takes back what waits: the session is over.
pub(crate) async fn stop(tx: &Tx, session: SessionId) -> Result<()> {
    Ok(tx.expire_letters_about(session).await?)
}

/// Plans the reminders of a session anew, to all members or to one of them, after something that they depend on has
/// changed: a rule, an answer, a role, a zone. What is past has left already.
pub(crate) async fn plan_anew(tx: &Tx, track: &Track, session: &Session, only: Option<PersonId>) -> Result<()> {
    if session.status != SessionStatus::Scheduled {
        return Ok(());
    }
    let rule = rule(tx, track, session.id).await?;
    let recipients = tx.recipients(session.id, session.group, only).await?;
    let mut letters = Vec::new();
    for to in &recipients {
        tx.expire_reminders(session.id, to.person).await?;
        letters.extend(planned(&rule, session, to, tx.now()).filter(|letter| letter.due > tx.now()));
    }
    Ok(tx.queue_all(&letters).await?)
}

/// The same for all sessions to come of one person, or of the track.
pub(crate) async fn plan_all_anew(tx: &Tx, track: &Track, only: Option<PersonId>) -> Result<()> {
    for session in tx.sessions_to_come(only).await? {
        plan_anew(tx, track, &session, only).await?;
    }
    Ok(())
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
    let sessions = tx.sessions_not_ended(given.group).await?;
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    tx.add_attendees(&ids, &[membership]).await?;
    for session in sessions.iter().filter(|session| in_effect && session.status == SessionStatus::Scheduled) {
        announce(tx, track, session, Some(given.person)).await?;
    }
    if in_effect { silence::letters::tell_newcomer(tx, &given).await } else { Ok(()) }
}

/// When members are reminded of a session, unless they have chosen otherwise: as was said of it, else of the track, else
/// as the track's settings say.
async fn rule(tx: &Tx, track: &Track, session: SessionId) -> Result<Rule> {
    if let Some(rule) = tx.reminder_rule(Some(session)).await? {
        return Ok(rule);
    }
    Ok(tx.reminder_rule(None).await?.unwrap_or_else(|| track.settings().reminders.clone()))
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
        was: None,
        about: None,
    }
}

/// What is to come to someone of a session: reminders, unless they have declined, and the question for their answer, as
/// long as there is none.
fn planned(rule: &Rule, session: &Session, to: &Recipient, now: Timestamp) -> impl Iterator<Item = Queued> {
    let starts_at = session.starts_at();
    let letter = move |kind| Queued { expires: Some(starts_at), ..news(session, kind, to.person, now) };
    let rule = to.choices.reminders.as_ref().unwrap_or(rule);
    let reminders = match to.response {
        Rsvp::Declined => Vec::new(),
        Rsvp::Pending | Rsvp::Accepted | Rsvp::Tentative => reminder::plan(rule, starts_at, &to.zone, now),
    };
    let reminders = reminders.into_iter().map(move |planned| Queued {
        before: Some(planned.before),
        due: planned.due,
        ..letter(LetterKind::Reminder)
    });
    let missing = reminder::answer_missing(starts_at, now).filter(|_| to.response == Rsvp::Pending);
    reminders.chain(missing.map(|due| Queued { due, ..letter(LetterKind::AnswerMissing) }))
}
