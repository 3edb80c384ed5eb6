//! The handle of a track: the compartment itself. Whatever is done in a track is done through its handle.

use std::sync::Arc;

use dipoli_auth::{access_token::Ring, password::Hasher, signing_key::SigningKey};
use dipoli_domain::{Timestamp, language::LanguageTag, span::Span, track::Formality};
use dipoli_store::{SigningSeed, Store};
use tokio::sync::Notify;

use crate::{Error, Result};

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
    /// How long before a session reminders leave.
    pub reminders: Vec<Span>,
    /// How long a seat is held before it counts for the anonymity set.
    pub seat_age: Span,
    /// Life of an access token in minutes, 1…60.
    pub access_token_minutes: u32,
}

/// One open track.
pub struct Track {
    pub(crate) settings: Settings,
    pub(crate) store: Store,
    pub(crate) ring: Ring,
    pub(crate) hasher: Arc<Hasher>,
    written: Notify,
}

impl Track {
    /// Opens the handle over an open store; the token ring comes from the track's key store.
    ///
    /// # Errors
    /// A fault where the key store has no key that signs.
    pub fn open(settings: Settings, store: Store, hasher: Arc<Hasher>) -> Result<Self> {
        let ring = ring(&settings, store.access_seeds())?;
        Ok(Self { settings, store, ring, hasher, written: Notify::new() })
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
