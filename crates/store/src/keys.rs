//! Sealing, opening and keyed hashes with a track's keys, and reading the keys again when they may have changed.
//!
//! An unknown key id reloads the ring once, since another process may have made the key; an id that stays unknown
//! is remembered, so that rows written by a stranger cost no more than one look.

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use ::ring::hmac;
use dipoli_domain::id::WorkingGroupId;
use jiff::civil::Date;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    StoreError,
    key_store::{self, KeyStore},
    ring::{self, KeyScope, Ring, SigningSeed},
    seal::{self, Aad, Unopened},
};

/// Unknown key ids that are remembered.
const UNKNOWN: usize = 1024;

/// A ring that was read longer ago seals nothing: whoever made new keys counts on every process having them after this
/// time (see `rotation.rs`).
const FRESH_FOR: Duration = Duration::from_secs(20);

/// What became of opening a row's text.
pub(crate) enum Opened<T> {
    /// It opened.
    Text(T),
    /// Its key was destroyed with its group: nothing is wrong, and nothing is left.
    Destroyed,
    /// It was changed, moved, or is of another track.
    Wrong,
}

/// The ring with the store it comes from.
pub(crate) struct Keys {
    pub store: KeyStore,
    ring: RwLock<Arc<Ring>>,
    /// Held while the ring is read anew, so that an older reading never replaces a later one; with the ids that a
    /// reading did not bring.
    reading: tokio::sync::Mutex<HashSet<Uuid>>,
}

impl Keys {
    pub async fn load(store: KeyStore) -> Result<Self, StoreError> {
        let ring = store.ring().await?;
        if ring.mac().is_none() {
            return Err(StoreError::Integrity);
        }
        Ok(Self { store, ring: RwLock::new(Arc::new(ring)), reading: tokio::sync::Mutex::default() })
    }

    /// The keys as they were read last.
    pub fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn reload(&self) -> Result<Arc<Ring>, StoreError> {
        let _reading = self.reading.lock().await;
        self.read_anew().await
    }

    async fn read_anew(&self) -> Result<Arc<Ring>, StoreError> {
        let ring = Arc::new(self.store.ring().await?);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&ring);
        Ok(ring)
    }

    /// Reads the key store, for what another process may have changed.
    pub async fn read_again(&self) -> Result<(), StoreError> {
        self.reload().await.map(drop)
    }

    /// Seals a value with the key of its scope, filled up to `block` times a power of two.
    pub async fn seal<T: Serialize>(
        &self,
        scope: KeyScope,
        aad: &Aad,
        block: usize,
        value: &T,
    ) -> Result<Vec<u8>, StoreError> {
        let text = Zeroizing::new(serde_json::to_vec(value).map_err(|_| StoreError::Fault("sealing".to_owned()))?);
        self.seal_text(scope, aad, block, &text).await
    }

    /// The same, of a text as it stands. [`StoreError::Stale`] where its group was destroyed meanwhile.
    pub async fn seal_text(
        &self,
        scope: KeyScope,
        aad: &Aad,
        block: usize,
        text: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let mut ring = self.ring();
        if !seals(&ring, scope) {
            ring = self.fresh(scope).await?;
        }
        match (ring.active(scope), scope) {
            (Some((id, key)), _) => Ok(seal::seal(id, key, aad, block, text)),
            (None, KeyScope::Group(group)) if ring.is_destroyed(group) => Err(StoreError::Stale),
            (None, KeyScope::Group(_) | KeyScope::People | KeyScope::Cursor) => Err(StoreError::Integrity),
        }
    }

    /// Opens what was sealed.
    pub async fn open<T: DeserializeOwned>(&self, aad: &Aad, sealed: &[u8]) -> Result<Opened<T>, StoreError> {
        Ok(match self.open_text(aad, sealed).await? {
            Opened::Text(text) => serde_json::from_slice(&text).map_or(Opened::Wrong, Opened::Text),
            Opened::Destroyed => Opened::Destroyed,
            Opened::Wrong => Opened::Wrong,
        })
    }

    /// The same, the text as it stands.
    pub async fn open_text(&self, aad: &Aad, sealed: &[u8]) -> Result<Opened<Zeroizing<Vec<u8>>>, StoreError> {
        let Ok(id) = seal::key_of(sealed) else {
            return Ok(Opened::Wrong);
        };
        let mut ring = self.ring();
        if !ring.knows(id) {
            ring = self.with_key(id).await?;
        }
        if ring.went_with_its_group(id) {
            return Ok(Opened::Destroyed);
        }
        let opened = ring.key(id).ok_or(Unopened).and_then(|key| seal::open(key, aad, sealed));
        Ok(opened.map_or(Opened::Wrong, Opened::Text))
    }

    /// A ring that seals in a scope; of many who want it at once, one reads.
    async fn fresh(&self, scope: KeyScope) -> Result<Arc<Ring>, StoreError> {
        let _reading = self.reading.lock().await;
        let ring = self.ring();
        if seals(&ring, scope) { Ok(ring) } else { self.read_anew().await }
    }

    /// The ring after it was read anew for a key that it lacks: another process may have made it. Whoever asks for the
    /// same key meanwhile waits for that reading; an id that it did not bring is not looked for again.
    async fn with_key(&self, id: Uuid) -> Result<Arc<Ring>, StoreError> {
        let mut unknown = self.reading.lock().await;
        let ring = self.ring();
        if ring.knows(id) || unknown.contains(&id) || unknown.len() >= UNKNOWN {
            return Ok(ring);
        }
        let ring = self.read_anew().await?;
        if !ring.knows(id) {
            unknown.insert(id);
        }
        Ok(ring)
    }

    /// Makes a group's key, and knows it from now on.
    pub async fn make_group_key(&self, group: WorkingGroupId, today: Date) -> Result<(), StoreError> {
        self.store.make_group_key(group, today).await?;
        self.reload().await.map(drop)
    }

    /// HMAC-SHA-256 under the track's MAC key, over the label and parts with their lengths.
    pub fn mac(&self, message: &Aad) -> [u8; 32] {
        let ring = self.ring();
        let key = ring.mac().expect("a ring without the MAC key is refused when the store is opened");
        hmac::sign(key, message.as_bytes()).as_ref().try_into().expect("SHA-256 has 32 bytes")
    }

    /// Whether that is the MAC of this message; compared in constant time.
    pub fn is_mac(&self, message: &Aad, mac: &[u8]) -> bool {
        let ring = self.ring();
        ring.mac().is_some_and(|key| hmac::verify(key, message.as_bytes(), mac).is_ok())
    }

    /// Seals a cursor: the same key, list and viewer give the same cursor, and tell nothing of the key.
    pub fn seal_cursor(&self, bound_to: &Aad, key: &[u8]) -> Option<Vec<u8>> {
        let ring = self.ring();
        let (id, cursor_key) = ring.active(KeyScope::Cursor)?;
        let hash = self.mac(&Aad::of("cursor").bytes(bound_to.as_bytes()).bytes(key));
        let nonce = *hash.first_chunk::<24>().expect("32 bytes hold 24");
        Some(seal::seal_with(nonce, id, cursor_key, bound_to, key))
    }

    /// Opens a cursor that was sealed for the same list and viewer.
    pub fn open_cursor(&self, bound_to: &Aad, cursor: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let ring = self.ring();
        let (id, key) = ring.active(KeyScope::Cursor)?;
        (seal::key_of(cursor) == Ok(id)).then_some(())?;
        seal::open_unpadded(key, bound_to, cursor).ok()
    }

    /// The seeds that sign access tokens.
    pub fn access_seeds(&self) -> Vec<SigningSeed> {
        self.ring().seeds(key_store::ACCESS)
    }

    /// Signs a mark in the audit chain; the key's name and the signature.
    pub fn sign_checkpoint(&self, message: &Aad) -> Result<(String, Vec<u8>), StoreError> {
        let (kid, _) = self.checkpoint_key()?;
        let signature = self.sign_by(&kid, message.as_bytes())?;
        Ok((kid, signature))
    }

    /// The key that signs checkpoints now: its name and its public half.
    pub fn checkpoint_key(&self) -> Result<(String, Vec<u8>), StoreError> {
        let ring = self.ring();
        let seed = ring.checkpoint_seed().ok_or(StoreError::Integrity)?;
        Ok((seed.kid.clone(), ring::public(&seed.pair())))
    }

    /// Signs with the checkpoint key of that name. What is signed begins with what it is, so that nothing of one kind is
    /// shown for another.
    pub fn sign_by(&self, kid: &str, message: &[u8]) -> Result<Vec<u8>, StoreError> {
        let ring = self.ring();
        let seed = ring.seeds(key_store::CHECKPOINT).into_iter().find(|seed| seed.kid == kid);
        let seed = seed.ok_or(StoreError::Integrity)?;
        Ok(seed.pair().sign(message).as_ref().to_vec())
    }

    /// Whether a key of this track signed that mark.
    pub fn is_checkpoint_signature(&self, kid: &str, message: &Aad, signature: &[u8]) -> bool {
        self.ring().is_checkpoint_signature(kid, message, signature)
    }
}

fn seals(ring: &Ring, scope: KeyScope) -> bool {
    ring.active(scope).is_some() && !ring.is_older_than(FRESH_FOR)
}
