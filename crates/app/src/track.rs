//! The handle of a track: the compartment itself. Whatever is done in a track is done through its handle.

use std::{
    sync::{Arc, Mutex, PoisonError, RwLock, atomic::AtomicBool},
    time::Duration,
};

use dipoli_auth::{access_token::Ring, password::Hasher, signing_key::SigningKey};
use dipoli_domain::{
    Timestamp, language::LanguageTag, reminder::Rule, second_factor::Demand, span::Span, tick::Pace, track::Formality,
};
use dipoli_store::{Backlog, Pool, SigningSeed, Store};
use tokio::{sync::Notify, time::Instant};

use crate::{Error, Result, attempts::Attempts, bus::Bus, pass::Places, readers::Readers};

/// How often the keys are read again, at most, because a token names one that is not known.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// A track's settings, checked, as far as acts depend on them.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Stands in links.
    pub slug: String,
    /// The dialogue's name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// How official it is.
    pub formality: Formality,
    /// Language of whoever has none.
    pub language: LanguageTag,
    /// `https://host`, without a slash at its end; links and token issuers begin with it.
    pub public_url: String,
    /// When members are reminded of sessions, unless somebody says otherwise.
    pub reminders: Rule,
    /// Whether letters tell titles and places.
    pub letters_tell_titles: bool,
    /// When notes under the Chatham House Rule come out.
    pub pace: Pace,
    /// How many people must have been able to write such a note, 3…20.
    pub smallest_anonymity_set: u32,
    /// How long a seat is held before it counts for the anonymity set.
    pub seat_age: Span,
    /// The shortest period of a silence procedure.
    pub shortest_silence: Span,
    /// What stands on every page of an exported record.
    pub record_marking: Option<String>,
    /// Life of an access token in minutes, 1…60.
    pub access_token_minutes: u32,
    /// Who must have a second factor.
    pub second_factor: Demand,
}

/// One open track.
pub struct Track {
    pub(crate) settings: Settings,
    pub(crate) store: Store,
    /// Made anew when the key store was read again; never changed in place.
    ring: RwLock<Arc<Ring>>,
    looked_again: Mutex<Option<Instant>>,
    pub(crate) hasher: Arc<Hasher>,
    /// Whether nothing is left behind of what was staged for a tick, as far as this process knows.
    pub(crate) is_staging_log_cut: AtomicBool,
    /// Who read notes, until it is written down.
    pub(crate) readers: Readers,
    /// Who tried to change something in the last minute.
    pub(crate) attempts: Attempts,
    written: Notify,
    pub(crate) bus: Bus,
    /// What is open of each sign-in.
    pub(crate) places: Places,
}

impl Track {
    /// Opens the handle over an open store; the token ring comes from the track's key store.
    ///
    /// # Errors
    /// A fault where the key store has no key that signs.
    pub fn open(settings: Settings, store: Store, hasher: Arc<Hasher>) -> Result<Self> {
        let ring = RwLock::new(Arc::new(ring(&settings, store.access_seeds())?));
        Ok(Self {
            settings,
            store,
            ring,
            looked_again: Mutex::default(),
            hasher,
            is_staging_log_cut: AtomicBool::new(false),
            readers: Readers::default(),
            attempts: Attempts::default(),
            written: Notify::new(),
            bus: Bus::default(),
            places: Places::default(),
        })
    }

    /// The keys of its tokens, as they were read last.
    pub(crate) fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the key store again: another process may have made, retired or destroyed a key.
    pub(crate) async fn read_keys_again(&self) -> Result<()> {
        self.store.read_keys_again().await?;
        self.renew_ring()
    }

    /// Makes the ring of its tokens from what the store has read.
    pub(crate) fn renew_ring(&self) -> Result<()> {
        let renewed = Arc::new(ring(&self.settings, self.store.access_seeds())?);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = renewed;
        Ok(())
    }

    /// The ring for a token. Where that names a key that is not in it, the keys are read again beside, once in five seconds:
    /// a key is in every process's ring minutes before any signs with it, and whoever made up its name waits for nothing,
    /// not even while the key store is away (requirements A-05).
    pub(crate) fn ring_for(self: &Arc<Self>, token: &str) -> Arc<Ring> {
        let ring = self.ring();
        if ring.names_another_key(token) && self.may_look_again() {
            let track = Arc::clone(self);
            tokio::spawn(async move { drop(track.read_keys_again().await) });
        }
        ring
    }

    fn may_look_again(&self) -> bool {
        let mut looked_again = self.looked_again.lock().unwrap_or_else(PoisonError::into_inner);
        let may = looked_again.is_none_or(|at| at.elapsed() >= LOOK_AGAIN);
        if may {
            *looked_again = Some(Instant::now());
        }
        may
    }

    /// Its settings.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Waits until something was written that a worker may have to look at: letters queued, events to chain.
    pub async fn woken(&self) {
        self.written.notified().await;
    }

    /// Tells the workers of this process that something was written. Those of others look by themselves.
    pub(crate) fn wake(&self) {
        self.written.notify_one();
    }

    /// The track's time.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where its database is away.
    pub async fn now(&self) -> Result<Timestamp> {
        Ok(self.store.now().await?)
    }

    /// Whether its database answers within that time. One that has answered a moment ago is not asked.
    pub async fn answers_within(&self, patience: Duration) -> bool {
        self.store.answers_within(patience).await
    }

    /// What waits in it now, for whoever watches over the server.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where its database is away.
    pub async fn backlog(&self) -> Result<(Timestamp, Backlog)> {
        let now = self.store.now().await?;
        Ok((now, self.store.backlog(now).await?))
    }

    /// Its connections at this moment.
    pub fn pool(&self) -> Pool {
        self.store.pool()
    }

    /// SQL statements run so far, for tests that count them.
    pub fn statements(&self) -> u64 {
        self.store.statements()
    }

    /// Closes its databases. Whatever is asked of it afterwards is UNAVAILABLE.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where a database cannot be closed in an orderly way.
    pub async fn close(&self) -> Result<()> {
        Ok(self.store.close().await?)
    }

    /// `{public_url}/{slug}`: links to the track begin with it, and its tokens name it as issuer.
    pub fn base_url(&self) -> String {
        format!("{}/{}", self.settings.public_url, self.settings.slug)
    }
}

/// The ring over the key store's seeds: the active one signs, all are accepted.
fn ring(settings: &Settings, seeds: Vec<SigningSeed>) -> Result<Ring> {
    let issuer = format!("{}/{}", settings.public_url, settings.slug);
    let audience = format!("{issuer}/graphql");
    let mut signer = None;
    let mut others = Vec::new();
    for seed in seeds {
        let key = SigningKey::from_seed(seed.kid, &seed.seed);
        if seed.active && signer.is_none() {
            signer = Some(key);
        } else {
            others.push(key.public());
        }
    }
    let signer = signer.ok_or_else(|| Error::Fault("the key store has no key that signs access tokens".to_owned()))?;
    Ok(Ring::new(issuer, audience, signer, others))
}
