//! A track's keys as one reading of the key store found them. A ring is made anew when a key changes, never changed
//! in place.
//!
//! Deliberately absent: where the rows come from (see `key_store.rs`), and sealing (see `keys.rs`).

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use ::ring::{
    hmac,
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};
use dipoli_domain::id::WorkingGroupId;
use tokio::time::Instant;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{key_store, seal::Aad};

/// A key's 32 bytes.
pub(crate) type Bytes = Zeroizing<[u8; 32]>;

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

impl SigningSeed {
    pub(crate) fn pair(&self) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&*self.seed).expect("every 32 bytes are an Ed25519 seed")
    }

    fn copy(&self) -> Self {
        Self { kid: self.kid.clone(), purpose: self.purpose.clone(), seed: self.seed.clone(), active: self.active }
    }
}

/// All keys of a track.
pub(crate) struct Ring {
    keys: HashMap<Uuid, Bytes>,
    active: HashMap<KeyScope, Uuid>,
    retained: Vec<Uuid>,
    /// Keys that were destroyed, for as long as anyone may ask for them.
    gone: HashMap<Uuid, Option<KeyScope>>,
    live_groups: HashSet<WorkingGroupId>,
    mac: Option<hmac::Key>,
    signing: Vec<SigningSeed>,
    /// Public halves of all checkpoint keys: what they signed is checked after their seeds are gone.
    checkpoints: Vec<(String, Vec<u8>)>,
    read_at: Instant,
}

impl Ring {
    /// A ring without keys, of a reading that begins now.
    pub fn new() -> Self {
        Self {
            keys: HashMap::new(),
            active: HashMap::new(),
            retained: Vec::new(),
            gone: HashMap::new(),
            live_groups: HashSet::new(),
            mac: None,
            signing: Vec::new(),
            checkpoints: Vec::new(),
            read_at: Instant::now(),
        }
    }

    /// Adds a data key.
    pub fn add(&mut self, id: Uuid, scope: Option<KeyScope>, key: Bytes, state: &str) {
        self.keys.insert(id, key);
        if let Some(KeyScope::Group(group)) = scope {
            self.live_groups.insert(group);
        }
        match (scope, state) {
            (Some(scope), key_store::ACTIVE) => drop(self.active.insert(scope, id)),
            (_, key_store::RETAINED) => self.retained.push(id),
            _ => {}
        }
    }

    /// Adds what is left of a data key that was destroyed.
    pub fn add_gone(&mut self, id: Uuid, scope: Option<KeyScope>) {
        self.gone.insert(id, scope);
    }

    /// Sets the key of all keyed hashes.
    pub fn set_mac(&mut self, key: Bytes) {
        self.mac = Some(hmac::Key::new(hmac::HMAC_SHA256, &*key));
    }

    /// Adds a signing key.
    pub fn add_signing(&mut self, seed: SigningSeed) {
        self.signing.push(seed);
    }

    /// Adds the public half of a checkpoint key.
    pub fn add_checkpoint(&mut self, kid: String, public: Vec<u8>) {
        self.checkpoints.push((kid, public));
    }

    /// Whether a key of that id is known, or known to be gone.
    pub fn knows(&self, id: Uuid) -> bool {
        self.keys.contains_key(&id) || self.gone.contains_key(&id)
    }

    /// The key of that id.
    pub fn key(&self, id: Uuid) -> Option<&Bytes> {
        self.keys.get(&id)
    }

    /// The key that seals in a scope now.
    pub fn active(&self, scope: KeyScope) -> Option<(Uuid, &Bytes)> {
        let id = *self.active.get(&scope)?;
        Some((id, self.keys.get(&id)?))
    }

    /// Keys that seal nothing new and open what is not sealed anew yet.
    pub fn retained(&self) -> &[Uuid] {
        &self.retained
    }

    /// Whether that key was destroyed with its group.
    pub fn went_with_its_group(&self, id: Uuid) -> bool {
        matches!(self.gone.get(&id), Some(Some(KeyScope::Group(group))) if self.is_destroyed(*group))
    }

    /// Whether a group had keys, and all of them were destroyed.
    pub fn is_destroyed(&self, group: WorkingGroupId) -> bool {
        !self.live_groups.contains(&group) && self.gone.values().any(|scope| *scope == Some(KeyScope::Group(group)))
    }

    /// The groups of which that is so.
    pub fn destroyed_groups(&self) -> HashSet<WorkingGroupId> {
        let groups = self.gone.values().filter_map(|scope| match scope {
            Some(KeyScope::Group(group)) => Some(*group),
            Some(KeyScope::People | KeyScope::Cursor) | None => None,
        });
        groups.filter(|group| !self.live_groups.contains(group)).collect()
    }

    /// The key of all keyed hashes.
    pub const fn mac(&self) -> Option<&hmac::Key> {
        self.mac.as_ref()
    }

    /// The seeds of a purpose.
    pub fn seeds(&self, purpose: &str) -> Vec<SigningSeed> {
        self.signing.iter().filter(|seed| seed.purpose == purpose).map(SigningSeed::copy).collect()
    }

    /// The seed that signs checkpoints now.
    pub fn checkpoint_seed(&self) -> Option<&SigningSeed> {
        self.signing.iter().find(|seed| seed.active && seed.purpose == key_store::CHECKPOINT)
    }

    /// Whether the checkpoint key of that name, in whatever state, signed that message.
    pub fn is_checkpoint_signature(&self, kid: &str, message: &Aad, signature: &[u8]) -> bool {
        let signed = |public: &Vec<u8>| UnparsedPublicKey::new(&ED25519, public).verify(message.as_bytes(), signature);
        self.checkpoints.iter().filter(|(name, _)| name == kid).any(|(_, public)| signed(public).is_ok())
    }

    /// Whether it was read longer ago than this.
    pub fn is_older_than(&self, age: Duration) -> bool {
        self.read_at.elapsed() > age
    }
}

/// The public half of a seed.
pub(crate) fn public(pair: &Ed25519KeyPair) -> Vec<u8> {
    pair.public_key().as_ref().to_vec()
}
