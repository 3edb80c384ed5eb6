//! Once a day, at a fixed hour, readers are told that there is something new, and nothing else.
//!
//! All who can read it are told alike: whoever wrote it among them, where it is for them, and whatever each has read
//! (requirements N-05). Who sent something to the facilitators is not told of it: a letter to them would say whose it was.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use dipoli_domain::{
    Timestamp,
    id::PersonId,
    letter::LetterKind,
    policy::{self, Act, Actor, On, scope},
    time,
};
use dipoli_store::{Queued, Tx};
use jiff::SignedDuration;

use crate::{Error, Result, Track};

/// The hour: after midnight UTC, when notes under the Rule come out, and before most people's working day.
const HOUR: SignedDuration = SignedDuration::from_hours(6);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The last such hour at `now`.
fn last(now: Timestamp) -> Timestamp {
    let today = time::after(time::midnight(now), HOUR);
    if today <= now { today } else { time::before(today, DAY) }
}

/// When readers are told next.
///
/// # Errors
/// [`Error::Unavailable`] where the database is away.
pub async fn next_due(track: &Arc<Track>) -> Result<Option<Timestamp>> {
    Ok(Some(time::after(last(track.now().await?), DAY)))
}

/// Tells the readers of what is new since they were told last, if it is time to.
///
/// # Errors
/// [`Error::Unavailable`] where the database is away; it is told later then.
pub async fn tell(track: &Arc<Track>) -> Result<()> {
    let now = track.now().await?;
    let until = last(now);
    let told = track.store.told_until().await?;
    if told.is_some_and(|told| told >= until) {
        return Ok(());
    }
    let permit = policy::may(Actor::Clock, Act::DeliverLetters, On::track(), now)
        .map_err(|_| Error::Fault("not an act of the clock".to_owned()))?;
    let tx = track.store.begin(permit).await?;
    if !tx.tell_until(told, until).await? {
        return Ok(());
    }
    let letters: Vec<_> = readers(&tx, told.unwrap_or_else(|| time::before(until, DAY)), until)
        .await?
        .into_iter()
        .map(|person| letter(person, &tx, until))
        .collect();
    tx.queue_all(&letters).await?;
    Ok(tx.commit(&[]).await?)
}

/// Whoever can read something that became readable in this time, in the order of their (random) ids.
async fn readers(tx: &Tx, since: Timestamp, until: Timestamp) -> Result<BTreeSet<PersonId>> {
    let notes = tx.new_notes(since, until).await?;
    let groups: HashSet<_> = notes.iter().map(|note| note.group).collect();
    let seats = tx.readers_seats(&groups).await?;
    let reads = |seat| notes.iter().any(|note| scope::opens(seat, note));
    Ok(seats.iter().filter(|(_, seat)| reads(seat)).map(|(person, _)| *person).collect())
}

fn letter(person: PersonId, tx: &Tx, until: Timestamp) -> Queued {
    Queued {
        kind: LetterKind::NotesDigest,
        person,
        session: None,
        sequence: None,
        before: None,
        silence: None,
        own: true,
        due: tx.now(),
        expires: Some(time::after(until, DAY)),
        was: None,
        about: None,
    }
}
