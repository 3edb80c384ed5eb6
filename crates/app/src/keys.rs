//! Keys: made anew and destroyed by the operator, tended by the clock.
//!
//! Deliberately absent: the keys themselves, which do not leave the store.

pub mod statement;

use std::sync::Arc;

use dipoli_domain::{
    id::WorkingGroupId,
    policy::{self, Act, Actor, On, Permit},
};
use dipoli_store::{KeyReport, Pass};

pub use self::statement::Statement;
use crate::{Error, Result, Track};

/// Transactions that seal rows anew before other work has its turn.
const AT_ONCE: u32 = 10;

/// Makes new keys for whatever is written from now on, and retires the old ones.
///
/// # Errors
/// [`Error::Unavailable`] where a database is away.
pub async fn rotate(track: &Arc<Track>) -> Result<()> {
    track.store.rotate_keys(operator(track, Act::RotateKeys).await?).await?;
    track.wake();
    track.renew_ring()
}

/// Goes on with what waits: reads the keys again, puts signing keys in turn, seals up to a thousand rows anew, and
/// destroys the keys that nothing needs any more. `false` where there is more to do at once. `alone` says that no other
/// process can be writing to the track.
///
/// # Errors
/// [`Error::Unavailable`] where a database is away, or somebody reads the key store for too long; the next time goes on.
pub async fn tend(track: &Arc<Track>, pass: &mut Pass, alone: bool) -> Result<bool> {
    let store = &track.store;
    store.read_keys_again().await?;
    store.turn_signing_keys(track.now().await?).await?;
    track.renew_ring()?;
    for _ in 0..AT_ONCE {
        if !store.reseal(clock(track).await?, pass).await? {
            *pass = Pass::default();
            store.overwrite_spent_keys(track.now().await?, alone).await?;
            store.finish_destruction(clock(track).await?).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// What state the keys are in.
///
/// # Errors
/// [`Error::Unavailable`] where a database is away.
pub async fn report(track: &Track) -> Result<KeyReport> {
    Ok(track.store.key_report().await?)
}

/// The group of that slug or id, whether it can still be read or not.
///
/// # Errors
/// [`Error::Unavailable`] where the database is away.
pub async fn group_named(track: &Track, id_or_slug: &str) -> Result<Option<WorkingGroupId>> {
    Ok(track.store.group_named(id_or_slug).await?)
}

/// Destroys a group's keys, and says what was destroyed. Doing it again, also after it was cut off, completes it.
///
/// # Errors
/// [`Error::Unavailable`] where a database is away, or somebody reads the key store for too long: do it again.
pub async fn destroy_group(track: &Arc<Track>, group: WorkingGroupId) -> Result<Statement> {
    let store = &track.store;
    let unreadable = store.sealed_by_group(group).await?;
    store.overwrite_group(operator(track, Act::DestroyKeys).await?, group).await?;
    store.finish_destruction(clock(track).await?).await?;
    store.release_slug(clock(track).await?, group).await?;
    track.wake();
    let what = format!("working group {group}");
    Statement::signed(store, &track.settings.slug, &what, track.now().await?, &unreadable)
}

/// What is said of the whole track once it is destroyed. It is signed before, since the key that signs goes too.
///
/// # Errors
/// [`Error::Unavailable`] where a database is away.
pub async fn farewell(track: &Track) -> Result<Statement> {
    let unreadable = track.store.sealed_by_track().await?;
    Statement::signed(&track.store, &track.settings.slug, "the whole track", track.now().await?, &unreadable)
}

async fn operator(track: &Track, act: Act) -> Result<Permit> {
    let now = track.now().await?;
    policy::may(Actor::Operator, act, On::track(), now).map_err(|_| Error::Fault("not an operator's act".to_owned()))
}

async fn clock(track: &Track) -> Result<Permit> {
    let now = track.now().await?;
    let permit = policy::may(Actor::Clock, Act::TendKeys, On::track(), now);
    permit.map_err(|_| Error::Fault("not an act of the clock".to_owned()))
}
