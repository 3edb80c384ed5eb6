//! A track's keys in memory: which seals what, the key of all keyed hashes, and the seeds that sign.
//!
//! An unknown key id reloads the ring once, since another process may have made the key; an id that stays unknown
//! is remembered, so that rows written by a stranger cost no more than one look.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
};

use dipoli_domain::id::WorkingGroupId;
use jiff::civil::Date;
use ring::{
    hmac,
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    StoreError,
    key_store::{self, KeyStore},
    seal::{self, Aad, Unopened},
};

/// A key's 32 bytes.
pub(crate) type Bytes = Zeroizing<[u8; 32]>;

/// Unknown key ids that are remembered.
const UNKNOWN: usize = 1024;

/// What a data key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyScope {
    /// All free text of one working group.
    Group(WorkingGroupId),
    /// People's names, addresses, sign-ins.
    People,
    /// Cursors of lists.
    Cursor,
}

/// A private signing key: 32 bytes of Ed25519 seed and its name. Wiped when dropped; no `Debug`.
pub struct SigningSeed {
    /// Its name, as tokens carry it.
    pub kid: String,
    pub(crate) purpose: String,
    /// The seed.
    pub seed: Zeroizing<[u8; 32]>,
    /// Whether it signs now; the others are still accepted.
    pub active: bool,
}

/// All keys of a track.
#[derive(Default)]
pub(crate) struct Ring {
    keys: HashMap<Uuid, Bytes>,
    active: HashMap<KeyScope, Uuid>,
    mac: Option<hmac::Key>,
    signing: Vec<SigningSeed>,
}

impl Ring {
    pub fn add(&mut self, id: Uuid, scope: Option<KeyScope>, key: Bytes, active: bool) {
        self.keys.insert(id, key);
        if let Some(scope) = scope.filter(|_| active) {
            self.active.insert(scope, id);
        }
    }

    pub fn set_mac(&mut self, key: Bytes) {
        self.mac = Some(hmac::Key::new(hmac::HMAC_SHA256, &*key));
    }

    fn checkpoint_seeds(&self) -> impl Iterator<Item = &SigningSeed> {
        self.signing.iter().filter(|seed| seed.purpose == key_store::CHECKPOINT)
    }

    pub fn add_signing(&mut self, seed: SigningSeed) {
        self.signing.push(seed);
    }
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
        if ring.mac.is_none() {
            return Err(StoreError::Integrity);
        }
        Ok(Self { store, ring: RwLock::new(Arc::new(ring)), reading: tokio::sync::Mutex::default() })
    }

    fn ring(&self) -> Arc<Ring> {
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

    /// Seals a value with the key of its scope.
    pub async fn seal<T: Serialize>(&self, scope: KeyScope, aad: &Aad, value: &T) -> Result<Vec<u8>, StoreError> {
        let text = Zeroizing::new(serde_json::to_vec(value).map_err(|_| StoreError::Fault("sealing".to_owned()))?);
        let mut ring = self.ring();
        if !ring.active.contains_key(&scope) {
            ring = self.reload().await?;
        }
        let id = ring.active.get(&scope).ok_or(StoreError::Integrity)?;
        let key = ring.keys.get(id).ok_or(StoreError::Integrity)?;
        Ok(seal::seal(*id, key, aad, &text))
    }

    /// Opens what was sealed. `Ok(None)` is a row that does not open: it was changed, moved, or is of another track.
    pub async fn open<T: DeserializeOwned>(&self, aad: &Aad, sealed: &[u8]) -> Result<Option<T>, StoreError> {
        let Ok(id) = seal::key_of(sealed) else {
            return Ok(None);
        };
        let mut ring = self.ring();
        if !ring.keys.contains_key(&id) {
            ring = self.with_key(id).await?;
        }
        let opened = ring.keys.get(&id).ok_or(Unopened).and_then(|key| seal::open(key, aad, sealed));
        Ok(opened.ok().and_then(|text| serde_json::from_slice(&text).ok()))
    }

    /// The ring after it was read anew for a key that it lacks: another process may have made it. Whoever asks for the
    /// same key meanwhile waits for that reading; an id that it did not bring is not looked for again.
    async fn with_key(&self, id: Uuid) -> Result<Arc<Ring>, StoreError> {
        let mut unknown = self.reading.lock().await;
        let ring = self.ring();
        if ring.keys.contains_key(&id) || unknown.contains(&id) || unknown.len() >= UNKNOWN {
            return Ok(ring);
        }
        let ring = self.read_anew().await?;
        if !ring.keys.contains_key(&id) {
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
        let key = ring.mac.as_ref().expect("a ring without the MAC key is refused when the store is opened");
        hmac::sign(key, message.as_bytes()).as_ref().try_into().expect("SHA-256 has 32 bytes")
    }

    /// Seals a cursor: the same key, list and viewer give the same cursor, and tell nothing of the key.
    pub fn seal_cursor(&self, bound_to: &Aad, key: &[u8]) -> Option<Vec<u8>> {
        let ring = self.ring();
        let id = ring.active.get(&KeyScope::Cursor)?;
        let hash = self.mac(&Aad::of("cursor").bytes(bound_to.as_bytes()).bytes(key));
        let nonce = *hash.first_chunk::<24>().expect("32 bytes hold 24");
        Some(seal::seal_with(nonce, *id, ring.keys.get(id)?, bound_to, key))
    }

    /// Opens a cursor that was sealed for the same list and viewer.
    pub fn open_cursor(&self, bound_to: &Aad, cursor: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let ring = self.ring();
        let id = seal::key_of(cursor).ok()?;
        (ring.active.get(&KeyScope::Cursor) == Some(&id)).then_some(())?;
        seal::open_unpadded(ring.keys.get(&id)?, bound_to, cursor).ok()
    }

    /// The seeds that sign access tokens.
    pub fn access_seeds(&self) -> Vec<SigningSeed> {
        let ring = self.ring();
        ring.signing.iter().filter(|seed| seed.purpose == key_store::ACCESS).map(SigningSeed::copy).collect()
    }

    /// Signs a mark in the audit chain; the key's name and the signature.
    pub fn sign_checkpoint(&self, message: &Aad) -> Result<(String, Vec<u8>), StoreError> {
        let ring = self.ring();
        let seed = ring.checkpoint_seeds().find(|seed| seed.active).ok_or(StoreError::Integrity)?;
        Ok((seed.kid.clone(), seed.pair().sign(message.as_bytes()).as_ref().to_vec()))
    }

    /// Whether a key of this track signed that mark.
    pub fn is_checkpoint_signature(&self, kid: &str, message: &Aad, signature: &[u8]) -> bool {
        let ring = self.ring();
        ring.checkpoint_seeds().filter(|seed| seed.kid == kid).any(|seed| {
            let public = seed.pair().public_key().as_ref().to_vec();
            UnparsedPublicKey::new(&ED25519, public).verify(message.as_bytes(), signature).is_ok()
        })
    }
}

impl SigningSeed {
    fn pair(&self) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&*self.seed).expect("every 32 bytes are an Ed25519 seed")
    }

    fn copy(&self) -> Self {
        Self { kid: self.kid.clone(), purpose: self.purpose.clone(), seed: self.seed.clone(), active: self.active }
    }
}
