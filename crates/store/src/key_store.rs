//! The key store's rows: making a track's keys, unwrapping them, and refusing what does not belong together.
//!
//! The root key wraps the track key; the track key wraps every other. Data keys are random, never derived, so that
//! destroying one is real.

use dipoli_domain::id::WorkingGroupId;
use jiff::civil::Date;
use ring::signature::{Ed25519KeyPair, KeyPair};
use sea_orm::{EntityTrait, QueryOrder};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    OpenError, RootKey, StoreError,
    connection::{Connections, Sql},
    entity::{key_store, signing_key, wrapped_key},
    keys::{Bytes, KeyScope, Ring, SigningSeed},
    place::random,
    seal::{self, Aad},
    time,
};

const TRACK: &str = "track";
const MAC: &str = "mac";
const TEXT: &str = "text";
const PEOPLE: &str = "people";
const CURSOR: &str = "cursor";
/// Signs access tokens.
pub(crate) const ACCESS: &str = "access";
/// Signs checkpoints and the head of the audit chain.
pub(crate) const CHECKPOINT: &str = "checkpoint";
const ACTIVE: &str = "active";

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
        let transaction = db.begin().await?;
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
        let track_key = unwrap(root.expose(), &aad(track, identity), &track.wrapped).ok_or(OpenError::WrongRootKey)?;
        Ok(Self { db, identity, track_key_id: track.id, track_key })
    }

    /// Whose key store it is.
    pub const fn identity(&self) -> Uuid {
        self.identity
    }

    /// All keys as they are now. A row that does not open is a fault: it was changed outside of Dipoli.
    pub async fn ring(&self) -> Result<Ring, StoreError> {
        let mut ring = Ring::default();
        let keys = wrapped_key::Entity::find().all(&self.db.reads()).await?;
        for row in keys.iter().filter(|row| row.purpose != TRACK) {
            let key = unwrap(&self.track_key, &aad(row, self.identity), &row.wrapped).ok_or(StoreError::Integrity)?;
            match (row.purpose.as_str(), row.group_id) {
                (MAC, None) => ring.set_mac(key),
                (purpose, group) => ring.add(row.id, scope(purpose, group), key, row.state == ACTIVE),
            }
        }
        let signing = signing_key::Entity::find().order_by_asc(signing_key::Column::Kid).all(&self.db.reads()).await?;
        for row in signing {
            let aad = signing_aad(&row.kid, &row.purpose, &row.public, self.identity);
            let seed = unwrap(&self.track_key, &aad, &row.wrapped).ok_or(StoreError::Integrity)?;
            ring.add_signing(SigningSeed { kid: row.kid, purpose: row.purpose, seed, active: row.state == ACTIVE });
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
        insert_signing_key(sql, wrapper, purpose, identity, today).await?;
    }
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
        };
        let mut key = Zeroizing::new([0; 32]);
        random(&mut *key);
        row.wrapped = seal::seal(wrapper.0, wrapper.1, &aad(&row, self.identity), &*key);
        let id = row.id;
        sql.insert(row).await?;
        Ok((id, key))
    }
}

async fn insert_signing_key(
    sql: &Sql<'_>,
    wrapper: (Uuid, &[u8; 32]),
    purpose: &'static str,
    identity: Uuid,
    today: Date,
) -> Result<(), StoreError> {
    let mut seed = Zeroizing::new([0; 32]);
    random(&mut *seed);
    let pair = Ed25519KeyPair::from_seed_unchecked(&*seed).expect("every 32 bytes are an Ed25519 seed");
    let public = pair.public_key().as_ref().to_vec();
    let kid = Uuid::new_v4().to_string();
    let wrapped = seal::seal(wrapper.0, wrapper.1, &signing_aad(&kid, purpose, &public, identity), &*seed);
    let (purpose, state) = (purpose.to_owned(), ACTIVE.to_owned());
    sql.insert(signing_key::Model { kid, purpose, state, public, wrapped, created_on: time::bind_day(today) }).await
}

fn aad(row: &wrapped_key::Model, identity: Uuid) -> Aad {
    Aad::of("wrapped_key").id(row.id).maybe_id(row.group_id).text(&row.purpose).id(identity)
}

fn signing_aad(kid: &str, purpose: &str, public: &[u8], identity: Uuid) -> Aad {
    Aad::of("signing_key").text(kid).text(purpose).bytes(public).id(identity)
}

fn unwrap(wrapper: &[u8; 32], aad: &Aad, wrapped: &[u8]) -> Option<Bytes> {
    let opened = seal::open(wrapper, aad, wrapped).ok()?;
    let mut key = Zeroizing::new([0; 32]);
    (opened.len() == key.len()).then(|| key.copy_from_slice(&opened))?;
    Some(key)
}
