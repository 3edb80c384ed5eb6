//! Opens closed tracks when something of theirs falls due, and closes open ones that nobody uses.
//!
//! A closed track in SQLite files changes by nobody's hand but this process's, so its next due time stays true; one in
//! PostgreSQL is looked at every few minutes for what other processes queued. Deliberately absent: the work itself, which
//! an open track's own task does.

use std::{collections::HashMap, time::Duration};

use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::tracks::Tracks;

/// How often folders are listed, so that new tracks are found.
const LISTING: Duration = Duration::from_secs(5);
/// How often a closed track is looked at that other processes may write to.
const LOOK: Duration = Duration::from_secs(300);
/// How long an open track is left alone before it is closed.
const IDLE: Duration = Duration::from_secs(600);
/// A track with something due within this time is not closed.
const SOON: Duration = Duration::from_secs(60);
/// How long the first round of a track that is looked at may take.
const FIRST_ROUND: Duration = Duration::from_secs(30);

/// Runs until it is stopped.
pub async fn run(tracks: Tracks, stop: CancellationToken) {
    let mut scheduler = Scheduler { tracks, looks: HashMap::new() };
    loop {
        let next = scheduler.step(&stop).await;
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(next.saturating_duration_since(Instant::now())) => {}
        }
    }
}

struct Scheduler {
    tracks: Tracks,
    /// When a closed track is to be opened; a closed track that is not in here has not been looked at yet.
    looks: HashMap<String, Option<Instant>>,
}

impl Scheduler {
    /// Closes what is idle, opens what is due; gives when there may be something to do again.
    async fn step(&mut self, stop: &CancellationToken) -> Instant {
        self.close_idle();
        let slugs = self.tracks.slugs();
        self.looks.retain(|slug, _| slugs.contains(slug));
        for slug in slugs {
            if stop.is_cancelled() {
                break;
            }
            let due = self.looks.get(&slug).is_none_or(|look| look.is_some_and(|at| at <= Instant::now()));
            if due && !self.tracks.is_open(&slug) {
                self.look(&slug).await;
            }
        }
        let listing = Instant::now() + LISTING;
        self.looks.values().flatten().min().map_or(listing, |look| (*look).min(listing))
    }

    /// Opens a track, lets its task do what is due, and closes it again unless there is more to come soon.
    async fn look(&mut self, slug: &str) {
        let Ok(mut rounds) = self.tracks.look_into(slug).await else {
            self.looks.insert(slug.to_owned(), Some(Instant::now() + LOOK));
            return;
        };
        // A first round that takes longer is waited for by the next step.
        let _ = timeout(FIRST_ROUND, rounds.wait_for(|round| round.done)).await;
        self.close_idle();
    }

    fn close_idle(&mut self) {
        for closed in self.tracks.close_idle(IDLE, SOON) {
            let others_write = closed.is_shared.then(|| Instant::now() + LOOK);
            self.looks.insert(closed.slug, closed.next_due.into_iter().chain(others_write).min());
        }
    }
}
