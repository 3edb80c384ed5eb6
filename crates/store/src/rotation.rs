//! The life of a key in the key store: made, put in turn, retired, destroyed. Each step is one transaction that can be
//! repeated, and whatever stops between two of them is gone on with by the next process that looks.
//!
//! A data key is *active*, then *retained*, until every row it sealed is sealed anew (see `reseal.rs`), then destroyed.
//! A signing key is *pending* first, so that every process accepts it before any signs with it, then active, retained
//! for the life of the last token it signed, and destroyed. Destroying is two steps: the key is overwritten
//! (*destroying*), then the key store is written anew without its old pages (*destroyed*). What is left is a tombstone,
//! sealed under the track key: that there was such a key, and, of a key that signed checkpoints, its public half.
//!
//! Deliberately absent: rotation of the MAC key, by which addresses and slugs are found and audit events proved, of the
//! cursors' key, which guards no text, and of the track key, since nothing is sealed under it but keys.

use dipoli_domain::{
    Timestamp,
    audit::{Action, Event},
    policy::Permit,
    time as domain_time,
};
use jiff::SignedDuration;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Query, UpdateStatement},
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    entity::{signing_key, wrapped_key},
    key_store::{ACCESS, ACTIVE, CHECKPOINT, DESTROYING, KeyStore, PENDING, PEOPLE, RETAINED, TEXT},
    time,
};

/// How long a signing key is accepted before it signs: every process reads its keys again far sooner.
const PENDING_FOR: SignedDuration = SignedDuration::from_mins(10);
/// How long a retired signing key is accepted: the longest life of a token (60 min), its leeway, and the time in which
/// a process may still sign with it since it has not read its keys again.
const RETAINED_FOR: SignedDuration = SignedDuration::from_mins(62);
impl KeyStore {
    /// Makes a successor of every data key and of each signing key, whole or not at all.
    pub async fn rotate(&self, now: Timestamp) -> Result<(), StoreError> {
        let transaction = self.db.begin().await?;
        let sql = self.db.within(&transaction);
        let of_text = wrapped_key::Column::Purpose.is_in([TEXT, PEOPLE]);
        let active = wrapped_key::Entity::find().filter(of_text).filter(wrapped_key::Column::State.eq(ACTIVE));
        for row in active.lock_exclusive().all(&sql).await? {
            self.succeed(&sql, &row, domain_time::day(now)).await?;
            sql.swap(&in_state(row.id, ACTIVE, RETAINED, now)).await?;
        }
        let waiting = signing_key::Entity::find().filter(signing_key::Column::State.eq(PENDING)).all(&sql).await?;
        for purpose in [ACCESS, CHECKPOINT] {
            if !waiting.iter().any(|row| row.purpose == purpose) {
                self.prepare_signing_key(&sql, purpose, now).await?;
            }
        }
        Ok(transaction.commit().await?)
    }

    /// Puts signing keys in turn: who has waited long enough signs, whose turn has passed is retained, whose last token
    /// has run out is overwritten. Whether anything changed.
    pub async fn turn(&self, now: Timestamp) -> Result<bool, StoreError> {
        let rows = signing_key::Entity::find().all(&self.db.reads()).await?;
        if !rows.iter().any(|row| is_ripe(row, now)) {
            return Ok(false);
        }
        let transaction = self.db.begin().await?;
        let sql = self.db.within(&transaction);
        let rows = signing_key::Entity::find().lock_exclusive().all(&sql).await?;
        for row in rows.iter().filter(|row| is_ripe(row, now)) {
            if row.state == PENDING {
                let mut retired = signing_in_state(ACTIVE, RETAINED, now);
                sql.run(retired.and_where(signing_key::Column::Purpose.eq(row.purpose.as_str()))).await?;
                let mut turned = signing_in_state(PENDING, ACTIVE, now);
                sql.swap(turned.and_where(signing_key::Column::Kid.eq(row.kid.as_str()))).await?;
            } else {
                let mut overwritten = signing_in_state(RETAINED, DESTROYING, now);
                overwritten
                    .value(signing_key::Column::Wrapped, self.signing_tombstone(row))
                    .and_where(signing_key::Column::Kid.eq(row.kid.as_str()));
                sql.swap(&overwritten).await?;
            }
        }
        transaction.commit().await?;
        Ok(true)
    }
}

impl Store {
    /// Makes new keys: whatever is written from now on is sealed with them, and a new signing key waits for its turn.
    pub async fn rotate_keys(&self, permit: Permit) -> Result<(), StoreError> {
        let now = permit.at();
        self.begin(permit).await?.commit(&[Event::of(Action::KeysRotated)]).await?;
        self.keys().store.rotate(now).await?;
        self.read_keys_again().await
    }

    /// Reads the key store, for what another process may have changed.
    pub async fn read_keys_again(&self) -> Result<(), StoreError> {
        self.keys().read_again().await
    }

    /// Puts signing keys in turn.
    pub async fn turn_signing_keys(&self, now: Timestamp) -> Result<(), StoreError> {
        if self.keys().store.turn(now).await? { self.read_keys_again().await } else { Ok(()) }
    }
}

/// Puts a data key from one state into another.
pub(crate) fn in_state(id: Uuid, from: &str, to: &str, now: Timestamp) -> UpdateStatement {
    Query::update()
        .table(wrapped_key::Entity)
        .value(wrapped_key::Column::State, to)
        .value(wrapped_key::Column::StateSince, time::bind(now))
        .and_where(wrapped_key::Column::Id.eq(id))
        .and_where(wrapped_key::Column::State.eq(from))
        .take()
}

fn signing_in_state(from: &str, to: &str, now: Timestamp) -> UpdateStatement {
    Query::update()
        .table(signing_key::Entity)
        .value(signing_key::Column::State, to)
        .value(signing_key::Column::StateSince, time::bind(now))
        .and_where(signing_key::Column::State.eq(from))
        .take()
}

fn is_ripe(row: &signing_key::Model, now: Timestamp) -> bool {
    let for_so_long = |span| since(row.state_since) <= domain_time::before(now, span);
    match row.state.as_str() {
        PENDING => for_so_long(PENDING_FOR),
        RETAINED => for_so_long(RETAINED_FOR),
        _ => false,
    }
}

/// A key without an instant has been in its state since it was made, which is long ago.
pub(crate) fn since(state_since: Option<sea_orm::prelude::DateTimeUtc>) -> Timestamp {
    state_since.map_or(Timestamp::UNIX_EPOCH, time::read)
}
