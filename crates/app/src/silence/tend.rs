//! What the clock does about silence procedures: it writes down that they are watched, gives more time where they were not or
//! where someone was not reached, and tells what silence has adopted.
//!
//! Deliberately absent: deciding. Whoever reads a procedure after its deadline reads that it has adopted, told or not.

use std::sync::Arc;

use dipoli_domain::{
    Timestamp,
    audit::{Action, Event},
    policy::{self, Act, Actor, On},
    silence::Silence,
};
use dipoli_store::{HeldSilence, Tx};

use super::{letters, text};
use crate::{Result, Topic, Track, outbox::not_the_clocks};

/// Looks at every procedure that is to be looked at.
///
/// # Errors
/// [`crate::Error::Unavailable`] where the database is away.
pub async fn tend(track: &Arc<Track>) -> Result<()> {
    let running = track.store.running_silences().await?;
    if running.is_empty() {
        return Ok(());
    }
    let now = track.now().await?;
    for silence in running.iter().filter(|silence| silence.next_look().is_some_and(|look| look <= now)) {
        tend_one(track, silence, now).await?;
    }
    Ok(())
}

/// When a procedure is to be looked at next; `None` where none is running.
///
/// # Errors
/// [`crate::Error::Unavailable`] where the database is away.
pub async fn next_due(track: &Arc<Track>) -> Result<Option<Timestamp>> {
    let running = track.store.running_silences().await?;
    Ok(running.iter().filter_map(Silence::next_look).min())
}

/// Another process may look at the same moment: the group's lock makes one of them the second, who finds it done.
async fn tend_one(track: &Arc<Track>, silence: &Silence, now: Timestamp) -> Result<()> {
    let permit = policy::may(Actor::Clock, Act::TendSilence, On::track(), now).map_err(not_the_clocks)?;
    let tx = track.store.begin(permit).await?;
    tx.lock_group(silence.group).await?;
    let Some(held) = tx.silence(silence.id).await? else { return Ok(()) };
    if held.silence.next_look().is_none_or(|look| look > now) {
        return Ok(());
    }
    let events = match held.silence.clone().told(now) {
        Some(adopted) => adopt(&tx, &held, &adopted).await?,
        None => watch(&tx, track, &held, now).await?,
    };
    tx.commit(&events).await?;
    if !events.is_empty() {
        track.wake();
        track.tell(Topic::Silences(silence.group));
    }
    Ok(())
}

/// Writes down and tells that silence has adopted the text, at the deadline.
async fn adopt(tx: &Tx, held: &HeldSilence, adopted: &Silence) -> Result<Vec<Event>> {
    tx.change_silence(held, adopted).await?;
    text::adopted(tx, adopted).await?;
    letters::ended(tx, adopted, text::adoption(adopted.on), Act::SeeAdoptedItems).await?;
    Ok(vec![Event::on(Action::SilenceAdopted, adopted.id)])
}

/// Writes down that it is watched; gives more time where it was not, or where someone was not reached.
async fn watch(tx: &Tx, track: &Track, held: &HeldSilence, now: Timestamp) -> Result<Vec<Event>> {
    let shortest = track.settings().shortest_silence;
    let unreached = held.silence.is_about_to_end(now) && tx.someone_was_not_reached(held).await?;
    let watched = held.silence.clone().watched(shortest, now);
    let watched = if unreached { watched.moved(shortest, now) } else { watched };
    tx.change_silence(held, &watched).await?;
    if watched.deadline == held.silence.deadline {
        return Ok(Vec::new());
    }
    letters::moved(tx, &watched).await?;
    Ok(vec![Event::on(Action::DeadlineMoved, watched.id)])
}
