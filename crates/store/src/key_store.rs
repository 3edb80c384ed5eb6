//! The key store's rows: making a track's keys, unwrapping them, and refusing what does not belong together.
//!
//! The root key wraps the track key; the track key wraps every other. Data keys are random, never derived, so that
//! destroying one is real.

use ::ring::signature::Ed25519KeyPair;
use dipoli_domain::{Timestamp, id::WorkingGroupId, time as domain_time};
use jiff::civil::Date;
use sea_orm::{EntityTrait, QueryOrder};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    OpenError, RootKey, StoreError,
    connection::{Connections, Sql},
    entity::{key_store, signing_key, wrapped_key},
    macs_given,
    place::random,
    ring::{self, Bytes, KeyScope, Ring, SigningSeed},
    schema,
    seal::{self, Aad},
    time,
};

const TRACK: &str = "track";
const MAC: &str = "mac";
/// Seals the text of a group.
pub(crate) const TEXT: &str = "text";
/// Seals the text of people.
pub(crate) const PEOPLE: &str = "people";
const CURSOR: &str = "cursor";
/// Signs access tokens.
pub(crate) const ACCESS: &str = "access";
/// Signs checkpoints and the head of the audit chain.
pub(crate) const CHECKPOINT: &str = "checkpoint";
/// Made, known to every process before it is used.
pub(crate) const PENDING: &str = "pending";
/// Seals or signs what is new.
pub(crate) const ACTIVE: &str = "active";
/// Opens or verifies what is old, and nothing new.
pub(crate) const RETAINED: &str = "retained";
/// Overwritten; older pages of the key store may still hold it.
pub(crate) const DESTROYING: &str = "destroying";
/// Gone.
pub(crate) const DESTROYED: &str = "destroyed";

/// A key store with the key that opens its rows.
pub(crate) struct KeyStore {
    pub db: Connections,
    identity: Uuid,
    track_key_id: Uuid,
    track_key: Bytes,
}

impl KeyStore {
    /// Opens a key store that was made before.
    pub async fn open(db: Connections, root: &RootKey) -> Result<Self, OpenError> {
        let identity = identity(&db.reads()).await?.ok_or(OpenError::Missing)?;
        Self::unlock(db, identity, root).await
    }

    /// Makes the track's keys where there are none yet, whole or not at all, and opens the key store.
    pub async fn create(db: Connections, root: &RootKey, today: Date) -> Result<Self, OpenError> {
        let transaction = schema::begin_alone(&db).await?;
        let identity = match identity(&db.within(&transaction)).await? {
            Some(identity) => identity,
            None => make(&db.within(&transaction), root, today).await?,
        };
        transaction.commit().await.map_err(StoreError::from)?;
        Self::unlock(db, identity, root).await
    }

    async fn unlock(db: Connections, identity: Uuid, root: &RootKey) -> Result<Self, OpenError> {
        let rows = wrapped_key::Entity::find().all(&db.reads()).await.map_err(StoreError::from)?;
        let track = rows.iter().find(|row| row.purpose == TRACK).ok_or(OpenError::Missing)?;
        let unwrapped = unwrap(root.expose(), &aad(track, identity), &track.wrapped);
        let Some(Wrapped::Key(track_key)) = unwrapped else { return Err(OpenError::WrongRootKey) };
        Ok(Self { db, identity, track_key_id: track.id, track_key })
    }

    /// Whose key store it is.
    pub const fn identity(&self) -> Uuid {
        self.identity
    }

    /// All keys as they are now. A row that does not open is a fault: it was changed outside of Dipoli.
    pub async fn ring(&self) -> Result<Ring, StoreError> {
        let mut ring = Ring::new();
        let keys = wrapped_key::Entity::find().all(&self.db.reads()).await?;
        for row in keys.iter().filter(|row| row.purpose != TRACK) {
            let wrapped = unwrap(&self.track_key, &aad(row, self.identity), &row.wrapped);
            let scope = scope(&row.purpose, row.group_id);
            match wrapped.ok_or(StoreError::Integrity)? {
                Wrapped::Gone => ring.add_gone(row.id, scope),
                Wrapped::Key(key) if row.purpose == MAC => ring.set_mac(key),
                Wrapped::Key(key) => ring.add(row.id, scope, key, &row.state),
            }
        }
        let signing = signing_key::Entity::find().order_by_asc(signing_key::Column::Kid).all(&self.db.reads()).await?;
        for row in signing {
            let wrapped = unwrap(&self.track_key, &signing_aad(&row, self.identity), &row.wrapped);
            if row.purpose == CHECKPOINT {
                ring.add_checkpoint(row.kid.clone(), row.public);
            }
            if let Wrapped::Key(seed) = wrapped.ok_or(StoreError::Integrity)? {
                ring.add_signing(SigningSeed { kid: row.kid, purpose: row.purpose, seed, active: row.state == ACTIVE });
            }
        }
        Ok(ring)
    }

    /// Makes a group's key; nothing where it has one.
    pub async fn make_group_key(&self, group: WorkingGroupId, today: Date) -> Result<(), StoreError> {
        let transaction = self.db.begin().await?;
        let wrapper = (self.track_key_id, &*self.track_key);
        let key = NewKey { group: Some(group.uuid()), purpose: TEXT, identity: self.identity, today };
        key.insert(&self.db.within(&transaction), wrapper).await?;
        Ok(transaction.commit().await?)
    }

    /// Makes a successor of a data key.
    pub async fn succeed(&self, sql: &Sql<'_>, row: &wrapped_key::Model, today: Date) -> Result<(), StoreError> {
        let purpose = if row.purpose == PEOPLE { PEOPLE } else { TEXT };
        let key = NewKey { group: row.group_id, purpose, identity: self.identity, today };
        key.insert(sql, (self.track_key_id, &*self.track_key)).await.map(drop)
    }

    /// Makes a signing key that waits for its turn.
    pub async fn prepare_signing_key(
        &self,
        sql: &Sql<'_>,
        purpose: &'static str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let wrapper = (self.track_key_id, &*self.track_key);
        let key = NewSigningKey { purpose, state: PENDING, since: Some(now), today: domain_time::day(now) };
        key.insert(sql, wrapper, self.identity).await
    }

    /// What stands in the place of a data key that is destroyed: proof, under the track key, that it was.
    pub fn tombstone(&self, row: &wrapped_key::Model) -> Vec<u8> {
        seal::seal(self.track_key_id, &self.track_key, &aad(row, self.identity), seal::BLOCK, &[])
    }

    /// The same for a signing key, whose public half it goes on vouching for.
    pub fn signing_tombstone(&self, row: &signing_key::Model) -> Vec<u8> {
        seal::seal(self.track_key_id, &self.track_key, &signing_aad(row, self.identity), seal::BLOCK, &[])
    }
}

fn scope(purpose: &str, group: Option<Uuid>) -> Option<KeyScope> {
    match (purpose, group) {
        (TEXT, Some(group)) => Some(KeyScope::Group(WorkingGroupId::from_uuid(group))),
        (PEOPLE, None) => Some(KeyScope::People),
        (CURSOR, None) => Some(KeyScope::Cursor),
        _ => None,
    }
}

async fn identity(sql: &Sql<'_>) -> Result<Option<Uuid>, StoreError> {
    Ok(key_store::Entity::find().one(sql).await?.map(|row| row.identity))
}

/// A new track's keys: its own, wrapped by the root key, and those that serve the whole track.
async fn make(sql: &Sql<'_>, root: &RootKey, today: Date) -> Result<Uuid, StoreError> {
    let identity = Uuid::new_v4();
    sql.insert(key_store::Model { identity, created_on: time::bind_day(today) }).await?;
    let new = |purpose| NewKey { group: None, purpose, identity, today };
    let (track_key_id, track_key) = new(TRACK).insert(sql, (Uuid::nil(), root.expose())).await?;
    let wrapper = (track_key_id, &*track_key);
    for purpose in [MAC, PEOPLE, CURSOR] {
        new(purpose).insert(sql, wrapper).await?;
    }
    for purpose in [ACCESS, CHECKPOINT] {
        let key = NewSigningKey { purpose, state: ACTIVE, since: None, today };
        key.insert(sql, wrapper, identity).await?;
    }
    macs_given::nothing_from_before(sql, today).await?;
    Ok(identity)
}

/// A random key to be made.
struct NewKey {
    group: Option<Uuid>,
    purpose: &'static str,
    identity: Uuid,
    today: Date,
}

impl NewKey {
    async fn insert(self, sql: &Sql<'_>, wrapper: (Uuid, &[u8; 32])) -> Result<(Uuid, Bytes), StoreError> {
        let mut row = wrapped_key::Model {
            id: Uuid::new_v4(),
            group_id: self.group,
            purpose: self.purpose.to_owned(),
            state: ACTIVE.to_owned(),
            wrapped: Vec::new(),
            created_on: time::bind_day(self.today),
            state_since: None,
        };
        let mut key = Zeroizing::new([0; 32]);
        random(&mut *key);
        row.wrapped = seal::seal(wrapper.0, wrapper.1, &aad(&row, self.identity), seal::BLOCK, &*key);
        let id = row.id;
        sql.insert(row).await?;
        Ok((id, key))
    }
}

/// A random signing key to be made.
struct NewSigningKey {
    purpose: &'static str,
    state: &'static str,
    since: Option<Timestamp>,
    today: Date,
}

impl NewSigningKey {
    async fn insert(self, sql: &Sql<'_>, wrapper: (Uuid, &[u8; 32]), identity: Uuid) -> Result<(), StoreError> {
        let mut seed = Zeroizing::new([0; 32]);
        random(&mut *seed);
        let pair = Ed25519KeyPair::from_seed_unchecked(&*seed).expect("every 32 bytes are an Ed25519 seed");
        let mut row = signing_key::Model {
            kid: Uuid::new_v4().to_string(),
            purpose: self.purpose.to_owned(),
            state: self.state.to_owned(),
            public: ring::public(&pair),
            wrapped: Vec::new(),
            created_on: time::bind_day(self.today),
            state_since: self.since.map(time::bind),
        };
        row.wrapped = seal::seal(wrapper.0, wrapper.1, &signing_aad(&row, identity), seal::BLOCK, &*seed);
        sql.insert(row).await
    }
}

fn aad(row: &wrapped_key::Model, identity: Uuid) -> Aad {
    Aad::of("wrapped_key").id(row.id).maybe_id(row.group_id).text(&row.purpose).id(identity)
}

fn signing_aad(row: &signing_key::Model, identity: Uuid) -> Aad {
    Aad::of("signing_key").text(&row.kid).text(&row.purpose).bytes(&row.public).id(identity)
}

/// What a row of the key store wraps.
enum Wrapped {
    /// A key.
    Key(Bytes),
    /// That there was one.
    Gone,
}

fn unwrap(wrapper: &[u8; 32], aad: &Aad, wrapped: &[u8]) -> Option<Wrapped> {
    let opened = seal::open(wrapper, aad, wrapped).ok()?;
    if opened.is_empty() {
        return Some(Wrapped::Gone);
    }
    let mut key = Zeroizing::new([0; 32]);
    (opened.len() == key.len()).then(|| key.copy_from_slice(&opened))?;
    Some(Wrapped::Key(key))
}
