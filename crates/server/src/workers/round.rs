//! The pieces of a round, for the task of an open track and for tests that do by hand what is due.

use std::{sync::Arc, time::Duration};

use dipoli_app::{
    Result, Track,
    again::Tries,
    audit, chatham_house_note, digest, keys,
    outbox::{self, Claimed},
    silence,
};
use dipoli_store::Pass;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Postman, postman::jitter};

/// What a round left.
#[derive(Clone, Copy, Debug, Default)]
pub struct Round {
    /// Whether there was one yet.
    pub done: bool,
    /// When the next letter is due, by this process's clock.
    pub next_due: Option<Instant>,
    /// Whether letters were on their way.
    pub sending: bool,
    /// Whether no rows wait to be sealed anew by this process.
    pub keys_at_rest: bool,
}

/// Notes what did not open with its key, and chains the audit log to its end.
///
/// # Errors
/// The database is away or at fault.
pub async fn chain(track: &Arc<Track>) -> Result<()> {
    audit::report_integrity(track).await?;
    while audit::seal(track).await? > 0 {}
    Ok(())
}

/// The same before a track is closed: what is only in memory is written down first.
///
/// # Errors
/// The database is away or at fault.
pub async fn leave(track: &Arc<Track>) -> Result<()> {
    audit::keep_readers(track).await?;
    chain(track).await
}

/// Sends one letter and settles it. Where that cannot be written down, the claim runs out and it is sent again under
/// the same Message-ID.
pub(super) async fn deliver(track: Arc<Track>, postman: Arc<Postman>, claimed: Claimed, stop: CancellationToken) {
    let outcome = postman.deliver(&claimed.letter, &stop).await;
    if outbox::settle(&track, claimed, outcome, jitter()).await.is_err() {
        tracing::warn!("a letter could not be settled");
    }
}

/// When there is something to do that waits: a letter, if letters are asked for, a tick, the end of a day whose events wait
/// for it. The track's clock says how long from now, this process's clock counts it down.
pub(super) async fn next_due(track: &Arc<Track>, with_letters: bool) -> Result<Option<Instant>> {
    let dues = [
        if with_letters { outbox::next_due(track).await? } else { None },
        chatham_house_note::next_due(track).await?,
        silence::next_due(track).await?,
        audit::next_due(track).await?,
        digest::next_due(track).await?,
    ];
    let Some(due) = dues.into_iter().flatten().min() else { return Ok(None) };
    let wait = due.duration_since(track.now().await?);
    Ok(Some(Instant::now() + Duration::try_from(wait).unwrap_or(Duration::ZERO)))
}

/// Does once all that is due in a track, one thing after the other; gives how many letters were sent or given up.
///
/// # Errors
/// The database is away or at fault.
pub async fn by_hand(track: &Arc<Track>, postman: &Arc<Postman>) -> Result<usize> {
    let mut tries = Tries::default();
    let mut letters = 0;
    loop {
        let done = once(track, postman, &mut letters).await;
        if !tries.again(&done).await {
            return done.map(|()| letters);
        }
    }
}

async fn once(track: &Arc<Track>, postman: &Arc<Postman>, letters: &mut usize) -> Result<()> {
    silence::tend(track).await?;
    chatham_house_note::let_out(track).await?;
    digest::tell(track).await?;
    loop {
        let claimed = outbox::claim(track, u32::try_from(super::postman::IN_FLIGHT).unwrap_or(1)).await?;
        if claimed.is_empty() {
            break;
        }
        *letters += claimed.len();
        for letter in claimed {
            deliver(Arc::clone(track), Arc::clone(postman), letter, CancellationToken::new()).await;
        }
    }
    outbox::housekeep(track).await?;
    audit::end_day(track).await?;
    let mut pass = Pass::default();
    while !keys::tend(track, &mut pass, false).await? {}
    chain(track).await
}
