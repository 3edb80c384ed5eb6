//! The place of one track in this process: whoever wants it open waits for whoever opens it, and not for ever.
//!
//! Once opening it has failed, or takes too long, whoever asks is nobody's at once, so that a database that is away tells itself
//! by no delay (requirements A-05). Deliberately absent: opening, and whether there is such a track.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use super::{Open, Purpose};

/// How long a request waits until its track is open.
const OPENING: Duration = Duration::from_secs(5);

/// The place of one track.
#[derive(Default)]
pub(super) struct Slot {
    /// Held by whoever opens it or closes it.
    pub state: tokio::sync::Mutex<State>,
    standing: Mutex<Standing>,
    is_retried: AtomicBool,
}

/// What is in it.
#[derive(Default)]
pub(super) struct State {
    /// The track, while it is open.
    pub open: Option<Arc<Open>>,
    /// It is not tried again before this.
    pub not_before: Option<Instant>,
}

/// What can be told without waiting.
#[derive(Clone, Copy, Default)]
enum Standing {
    /// It is open, or was not asked for lately.
    #[default]
    Quiet,
    /// It has been being opened since then.
    Opening(Instant),
    /// It could not be opened, and is tried again.
    Failed,
}

impl Slot {
    /// The track, where it is open and nobody is opening or closing it.
    pub fn open_now(&self, purpose: Purpose) -> Option<Arc<Open>> {
        self.state.try_lock().ok()?.open.as_ref().map(|open| open.opened_for(purpose))
    }

    /// How long a request waits until it is open; `None` where it does not.
    pub fn patience(&self) -> Option<Duration> {
        match *self.standing() {
            Standing::Quiet => Some(OPENING),
            Standing::Opening(since) => OPENING.checked_sub(since.elapsed()),
            Standing::Failed => None,
        }
    }

    /// It is being opened from now on. Where that had failed before, nobody waits for it all the same.
    pub fn begins(&self) {
        let mut standing = self.standing();
        if !matches!(*standing, Standing::Failed) {
            *standing = Standing::Opening(Instant::now());
        }
    }

    /// Whether it was opened.
    pub fn ends(&self, is_open: bool) {
        *self.standing() = if is_open { Standing::Quiet } else { Standing::Failed };
    }

    /// Whether nobody tries it again yet; from now on somebody does, until [`Slot::is_given_up`].
    pub fn is_first_to_retry(&self) -> bool {
        !self.is_retried.swap(true, Ordering::Relaxed)
    }

    /// Nobody tries it again any more.
    pub fn is_given_up(&self) {
        self.is_retried.store(false, Ordering::Relaxed);
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
