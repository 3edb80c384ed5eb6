//! What waits in the tracks that are open, taken together: for `/readyz` and `/metrics`.
//!
//! A closed track has nothing due, or is opened within seconds; it is not opened to be counted. Deliberately absent: which
//! track it is. The largest of some ages, and sums.

use std::{sync::Arc, time::Duration};

use dipoli_app::Track;
use dipoli_domain::Timestamp;
use futures_util::{StreamExt, stream};
use tokio::time::timeout;

use super::Tracks;

/// How long a track is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// Tracks that are asked at once.
const AT_ONCE: usize = 8;

/// What waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Tracks that are open.
    pub open: u64,
    /// Of these, those whose database does not answer.
    pub away: u64,
    /// Connections to their databases.
    pub connections: u64,
    /// Of these, those that nobody uses.
    pub idle_connections: u64,
    /// Letters that are due.
    pub letters: u64,
    /// How long the oldest of them has been.
    pub oldest_letter: Duration,
    /// Audit events that are not chained and could be.
    pub events: u64,
    /// How late the latest tick is.
    pub late_tick: Duration,
}

impl Tracks {
    /// What waits in all open tracks.
    pub async fn waiting(&self) -> Waiting {
        let open = self.open_tracks();
        let mut waiting = Waiting { open: open.len() as u64, ..Waiting::default() };
        for track in &open {
            let pool = track.pool();
            waiting.connections += u64::from(pool.open);
            waiting.idle_connections += u64::from(pool.idle);
        }
        let asked = |track: Arc<Track>| async move { timeout(PATIENCE, track.backlog()).await };
        let mut told = stream::iter(open).map(asked).buffer_unordered(AT_ONCE);
        while let Some(told) = told.next().await {
            let Ok(Ok((now, backlog))) = told else {
                waiting.away += 1;
                continue;
            };
            waiting.letters += backlog.letters;
            waiting.events += backlog.events;
            waiting.oldest_letter = waiting.oldest_letter.max(since(backlog.oldest_letter, now));
            waiting.late_tick = waiting.late_tick.max(since(backlog.late_tick, now));
        }
        waiting
    }

    fn open_tracks(&self) -> Vec<Arc<Track>> {
        let slots: Vec<_> = self.slots().values().cloned().collect();
        let opened = |slot: Arc<super::Slot>| {
            let state = slot.state.try_lock().ok()?;
            state.open.as_ref().map(|open| Arc::clone(&open.track))
        };
        slots.into_iter().filter_map(opened).collect()
    }
}

fn since(at: Option<Timestamp>, now: Timestamp) -> Duration {
    at.and_then(|at| Duration::try_from(now.duration_since(at)).ok()).unwrap_or_default()
}
