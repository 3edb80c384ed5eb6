//! The tracks of this process: from a slug to its handle, opened at first use, by one opener at a time.
//!
//! A slug without a track, and one whose track cannot be opened, is answered by `nobody`: one track in memory in which
//! nobody can sign in. What is answered to strangers is the same because the code is the same (requirements A-05).
//! Deliberately absent: any list or cache that goes over two tracks; what is shared is the hasher, whose limits are the
//! process's, and the settings that every answer before sign-in depends on.

mod opening;
mod slot;
mod waiting;

pub use opening::{NotOpened, open_track};
pub use waiting::Waiting;

use std::{
    collections::HashMap,
    fs::File,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use dipoli_app::{Track, audit, identity};
use dipoli_auth::password::Hasher;
use dipoli_graphql::Documents;
use dipoli_mail::Outlet;
use dipoli_store::{Clock, RootKey};
use tokio::{
    sync::{OnceCell, watch},
    time::{Instant, sleep, timeout},
};
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

use opening::nobody;
use slot::Slot;

use crate::{
    config,
    data::{self, DataFolder, TrackFolder},
    metrics::Metrics,
    serving::{self, Mark},
    workers::{self, Postman, Round, Worker},
};

/// After a track could not be opened, it is not tried again for so long.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// A database that a stranger's document waits for longer than this is away, as far as they are concerned.
const AWAY: Duration = Duration::from_millis(300);

/// What a track is opened with.
pub struct Surroundings {
    /// Where the tracks are.
    pub data: DataFolder,
    /// What their keys are wrapped by.
    pub root: RootKey,
    /// Where their time comes from.
    pub clock: Clock,
    /// Who hashes passwords, for all of them.
    pub hasher: Arc<Hasher>,
    /// What their links begin with.
    pub public_url: String,
    /// The one that is served, if only one is.
    pub only: Option<String>,
    /// Where mail goes instead of where the tracks' settings say.
    pub outlet: Option<Arc<Outlet>>,
    /// Whether open tracks have a task of their own.
    pub workers: bool,
}

/// All tracks of the process. A clone is the same.
#[derive(Clone)]
pub struct Tracks(Arc<Inner>);

struct Inner {
    with: Surroundings,
    mark: Mark,
    slots: Mutex<HashMap<String, Arc<Slot>>>,
    nobody: OnceCell<Arc<Track>>,
    tasks: TaskTracker,
    stop: CancellationToken,
    metrics: Metrics,
}

/// An open track.
struct Open {
    track: Arc<Track>,
    documents: Arc<Documents>,
    postman: Arc<Postman>,
    used: Mutex<Option<Instant>>,
    rounds: watch::Sender<Round>,
    stop: CancellationToken,
    is_shared: bool,
    /// Held while the track is open: whoever destroys it waits until it is let go.
    _held: File,
}

/// What a track is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// A request.
    Use,
    /// To see what is due in it, or whether it answers. It is closed when that is done.
    Look,
}

impl Open {
    fn opened_for(self: &Arc<Self>, purpose: Purpose) -> Arc<Self> {
        if purpose == Purpose::Use {
            *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        Arc::clone(self)
    }

    fn is_idle(&self, now: Instant, idle: Duration, soon: Duration) -> bool {
        let round = *self.rounds.borrow();
        let used = *self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let at_rest =
            round.done && !round.sending && round.keys_at_rest && round.next_due.is_none_or(|due| due > now + soon);
        at_rest && used.is_none_or(|at| at + idle <= now) && !audit::keeps_readers(&self.track)
    }
}

/// A track that was closed because nobody used it.
pub struct Closed {
    /// Which.
    pub slug: String,
    /// When something of its is due.
    pub next_due: Option<Instant>,
    /// Whether other processes may write to it.
    pub is_shared: bool,
}

impl Tracks {
    /// The tracks of a folder. None is opened yet.
    pub fn new(with: Surroundings) -> Self {
        Self(Arc::new(Inner {
            mark: Mark::new(with.data.clone(), with.only.clone()),
            with,
            slots: Mutex::default(),
            nobody: OnceCell::new(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            metrics: Metrics::default(),
        }))
    }

    /// Sets the mark of serving where there are tracks in SQLite files.
    ///
    /// # Errors
    /// Another process serves them.
    pub fn claim_files(&self) -> Result<(), crate::serving::Refused> {
        let in_files = |slug: &String| self.settings(slug).is_ok_and(|(_, settings)| data::has_files(&settings));
        if self.slugs().iter().any(in_files) { self.0.mark.set() } else { Ok(()) }
    }

    /// What is counted over all of them.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Whether they are being left.
    pub fn are_left(&self) -> bool {
        self.0.stop.is_cancelled()
    }

    /// The slugs of the tracks that are served.
    pub fn slugs(&self) -> Vec<String> {
        let mut slugs = self.0.with.data.slugs();
        slugs.retain(|slug| self.serves(slug));
        slugs
    }

    /// The handle for a request to this slug: its track, or nobody's.
    ///
    /// # Errors
    /// Not even nobody's track can be made.
    pub async fn for_request(&self, slug: &str) -> dipoli_app::Result<Arc<Track>> {
        match self.open(slug, Purpose::Use).await {
            Ok(open) => Ok(Arc::clone(&open.track)),
            Err(_) => self.nobody().await,
        }
    }

    /// The handle for a document that tries a credential: nobody's track where its own database is away, by the time in which
    /// such a document is answered anyway.
    ///
    /// # Errors
    /// Not even nobody's track can be made.
    pub async fn for_stranger(&self, slug: &str) -> dipoli_app::Result<Arc<Track>> {
        let track = self.for_request(slug).await?;
        if track.answers_within(AWAY).await { Ok(track) } else { self.nobody().await }
    }

    /// The documents that are remembered for a track, if it is open, for whoever shows a token of its. To anybody else, that
    /// something is remembered would tell that the track is there, and what is asked in it.
    pub fn documents(&self, slug: &str, bearer: &str) -> Option<Arc<Documents>> {
        let slot = self.slots().get(slug).cloned()?;
        let state = slot.state.try_lock().ok()?;
        let open = state.open.as_ref()?;
        identity::vouches_for(&open.track, bearer).then(|| Arc::clone(&open.documents))
    }

    /// The track in memory in which nobody can sign in.
    ///
    /// # Errors
    /// It cannot be made.
    pub async fn nobody(&self) -> dipoli_app::Result<Arc<Track>> {
        self.0.nobody.get_or_try_init(|| nobody(&self.0.with)).await.cloned()
    }

    /// Whether a track is open now.
    pub fn is_open(&self, slug: &str) -> bool {
        let slot = self.slots().get(slug).cloned();
        slot.is_some_and(|slot| slot.state.try_lock().map_or(true, |state| state.open.is_some()))
    }

    /// Opens a track to see what is due in it; gives word of its task's rounds.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn look_into(&self, slug: &str) -> Result<watch::Receiver<Round>, NotOpened> {
        Ok(self.open(slug, Purpose::Look).await?.rounds.subscribe())
    }

    /// Whether a track's database answers.
    pub async fn answers(&self, slug: &str) -> bool {
        match self.open(slug, Purpose::Look).await {
            Ok(open) => open.track.now().await.is_ok(),
            Err(_) => false,
        }
    }

    /// Closes the tracks that nobody has used for `idle` (or that were only looked into) and that have nothing due
    /// within `soon`; and at once those whose settings are gone, since they are being destroyed.
    pub fn close_idle(&self, idle: Duration, soon: Duration) -> Vec<Closed> {
        let now = Instant::now();
        let is_gone = |slug: &str| self.0.with.data.track(slug).is_none_or(|folder| !folder.exists());
        let slots: Vec<_> = self.slots().iter().map(|(slug, slot)| (slug.clone(), Arc::clone(slot))).collect();
        let mut closed = Vec::new();
        for (slug, slot) in slots {
            // Whoever holds the slot is about to use it.
            let Ok(mut state) = slot.state.try_lock() else { continue };
            if let Some(open) = state.open.take_if(|open| is_gone(&slug) || open.is_idle(now, idle, soon)) {
                open.stop.cancel();
                closed.push(Closed { slug, next_due: open.rounds.borrow().next_due, is_shared: open.is_shared });
            }
        }
        closed
    }

    /// Does by hand all that is due in every track, one thing after the other; gives how many letters were in hand.
    ///
    /// # Errors
    /// A track cannot be opened, or its database is away or at fault.
    pub async fn run_due_work_once(&self) -> anyhow::Result<usize> {
        let mut letters = 0;
        for slug in self.slugs() {
            let open = self.open(&slug, Purpose::Look).await?;
            letters += workers::by_hand(&open.track, &open.postman).await?;
        }
        Ok(letters)
    }

    /// Stops the tasks of all tracks, and waits for the letters in their hands.
    pub async fn stop(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// Chains what was written last, closes all databases, and takes the mark of serving away. After [`Tracks::stop`].
    pub async fn close(&self) {
        let slots: Vec<_> = self.slots().values().cloned().collect();
        for slot in slots {
            let Some(open) = slot.state.lock().await.open.take() else { continue };
            if workers::leave(&open.track).await.is_err() || open.track.close().await.is_err() {
                tracing::warn!("a track was not closed well; the next start completes what is missing");
            }
        }
        self.0.mark.take_away();
    }

    /// Holds up the end of [`Tracks::stop`] until it is dropped; and what says that it is time to.
    pub fn held(&self) -> (TaskTrackerToken, CancellationToken) {
        (self.0.tasks.token(), self.0.stop.clone())
    }

    /// Runs something beside, until [`Tracks::stop`].
    pub fn beside<F: Future<Output = ()> + Send + 'static>(&self, task: impl FnOnce(CancellationToken) -> F) {
        self.0.tasks.spawn(task(self.0.stop.clone()));
    }

    fn serves(&self, slug: &str) -> bool {
        self.0.with.only.as_deref().is_none_or(|only| only == slug)
    }

    fn slots(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Slot>>> {
        self.0.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settings(&self, slug: &str) -> Result<(TrackFolder, config::Track), NotOpened> {
        let folder = self.0.with.data.track(slug).filter(|folder| self.serves(slug) && folder.exists());
        let folder = folder.ok_or(NotOpened::Absent)?;
        let settings =
            config::Track::load(&folder.settings()).map_err(|wrong| NotOpened::Settings(wrong.to_string()))?;
        Ok((folder, settings))
    }

    /// The open track; whoever comes first opens it. A slot once made stays: there are as many as there are tracks.
    async fn open(&self, slug: &str, purpose: Purpose) -> Result<Arc<Open>, NotOpened> {
        let is_there = self.0.with.data.track(slug).is_some_and(|folder| folder.exists());
        if !is_there || !self.serves(slug) {
            return Err(NotOpened::Absent);
        }
        let slot = Arc::clone(self.slots().entry(slug.to_owned()).or_default());
        if let Some(open) = slot.open_now(purpose) {
            return Ok(open);
        }
        // In a task of its own: whoever gives up waiting does not end it, and it is open for the next one.
        let open = |slot: Arc<Slot>| {
            let (tracks, slug) = (self.clone(), slug.to_owned());
            tokio::spawn(async move { tracks.opened_in(&slot, &slug, purpose).await })
        };
        let opened = match purpose {
            Purpose::Look => open(slot).await.ok(),
            Purpose::Use => {
                let patience = slot.patience().ok_or(NotOpened::TooSoon)?;
                timeout(patience, open(slot)).await.ok().and_then(Result::ok)
            }
        };
        opened.unwrap_or(Err(NotOpened::TooSoon))
    }

    /// Tries again, every few seconds, to open a track that could not be opened, until it is open or gone. Whether nobody did
    /// yet.
    fn retry(&self, slot: &Arc<Slot>, slug: &str) -> bool {
        let is_first = slot.is_first_to_retry();
        if is_first {
            let (tracks, slot, slug) = (self.clone(), Arc::clone(slot), slug.to_owned());
            self.beside(|stop| async move {
                let until_open = async {
                    loop {
                        sleep(AFTER_FAILURE).await;
                        match tracks.opened_in(&slot, &slug, Purpose::Look).await {
                            Ok(_) | Err(NotOpened::Absent) => return,
                            Err(_) => {}
                        }
                    }
                };
                stop.run_until_cancelled(until_open).await;
                slot.is_given_up();
            });
        }
        is_first
    }

    async fn opened_in(&self, slot: &Arc<Slot>, slug: &str, purpose: Purpose) -> Result<Arc<Open>, NotOpened> {
        let mut state = slot.state.lock().await;
        if let Some(open) = &state.open {
            return Ok(open.opened_for(purpose));
        }
        if self.are_left() || state.not_before.is_some_and(|at| at > Instant::now()) {
            return Err(NotOpened::TooSoon);
        }
        slot.begins();
        let opened = self.opened(slug).await;
        slot.ends(opened.is_ok());
        match opened {
            Ok(open) => Ok(state.open.insert(Arc::new(open)).opened_for(purpose)),
            Err(fault) => {
                if self.retry(slot, slug) {
                    tracing::error!("a track cannot be opened; `dipoli track check` says which and why");
                }
                state.not_before = Some(Instant::now() + AFTER_FAILURE);
                Err(fault)
            }
        }
    }

    async fn opened(&self, slug: &str) -> Result<Open, NotOpened> {
        let with = &self.0.with;
        let (folder, settings) = self.settings(slug)?;
        if data::has_files(&settings) {
            self.0.mark.set()?;
        }
        let held = serving::hold(&folder).map_err(serving::Refused::from)?;
        let (track, postman) = open_track(with, slug, &folder, &settings).await?;
        let open = Open {
            track,
            documents: Arc::default(),
            postman: Arc::new(postman),
            used: Mutex::default(),
            rounds: watch::channel(Round::default()).0,
            stop: self.0.stop.child_token(),
            is_shared: settings.database_url.is_some(),
            _held: held,
        };
        if with.workers {
            let worker = Worker::new(open.track.clone(), open.postman.clone(), open.stop.clone(), open.rounds.clone());
            self.0.tasks.spawn(worker.run());
        }
        Ok(open)
    }
}

#[cfg(test)]
mod tests;
