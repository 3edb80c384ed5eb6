//! Tries that are counted, in the database, so that several processes do not multiply what is allowed (requirements
//!
//!
//! A row is found by a keyed hash of what was tried, whose key is the day's own; the count with its times is sealed
//! (requirements N-17). When the day is over the rows go. Deliberately absent: what was tried, and from where.

use dipoli_domain::{
    Timestamp,
    guessing::{Bucket, Lock},
    id::AttemptId,
    time as domain_time,
};
use ring::hmac;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{ExprTrait, OnConflict, Query},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    Store, StoreError, Tx,
    entity::attempt,
    reseal::{Envelope, Sealed},
    ring::KeyScope,
    seal::Aad,
    time,
};

/// Rows that are kept at most. Whoever comes from more addresses than that, or makes up more accounts, costs others their
/// count and not the server its memory: the tries by client address are forgotten, and where that makes no room, those at half
/// of the accounts.
const MOST: i64 = 100_000;

/// Ids of tries at accounts begin with this bit, those of tries by client address without it.
const OF_ACCOUNT: u128 = 1 << 127;

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried<'a> {
    /// Something that a client at this address does.
    FromAddress {
        /// What.
        what: &'static str,
        /// Where from.
        address: &'a str,
    },
    /// The account of an address, if there is one.
    Account(&'a str),
    /// The password of somebody's own account, once they are signed in: strangers who guess at it do not stand in their way.
    OwnPassword(&'a str),
}

#[derive(Default, Serialize, Deserialize)]
struct BucketState {
    full_at: Option<i64>,
}

#[derive(Default, Serialize, Deserialize)]
struct LockState {
    failures: u32,
    failed_at: Option<i64>,
    told: u32,
    under_way: Vec<i64>,
}

fn aad(id: Uuid) -> Aad {
    Aad::of("attempt").id(id)
}

impl Sealed for attempt::Entity {
    const TABLE: &'static str = "attempt";
    const ID: attempt::Column = attempt::Column::Id;
    const SEALED: attempt::Column = attempt::Column::Sealed;
    fn envelope(row: &attempt::Model) -> Option<Envelope<'_>> {
        Some(Envelope {
            id: row.id,
            row: AttemptId::from_uuid(row.id).into(),
            scope: KeyScope::People,
            aad: aad(row.id),
            sealed: &row.sealed,
        })
    }
}

impl Store {
    /// Where today's tries are counted, at the door of this slug: unknown slugs share one database in memory, and what
    /// is tried at one of them must not be counted at another.
    pub fn attempts_at(&self, slug: &str, tried: Tried<'_>, now: Timestamp) -> AttemptId {
        let day = domain_time::day(now).to_string();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.mac("attempt.day", &[day.as_bytes()]));
        let of = match tried {
            Tried::FromAddress { what, address } => Aad::of("address").text(what).text(address),
            Tried::Account(email) => Aad::of("account").text(email),
            Tried::OwnPassword(email) => Aad::of("own password").text(email),
        };
        let hash = hmac::sign(&key, of.text(slug).as_bytes());
        let id = Uuid::from_slice(&hash.as_ref()[..16]).unwrap_or_default().as_u128();
        let id = match tried {
            Tried::FromAddress { .. } => id & !OF_ACCOUNT,
            Tried::Account(_) | Tried::OwnPassword(_) => id | OF_ACCOUNT,
        };
        AttemptId::from_uuid(Uuid::from_u128(id))
    }
}

impl Tx {
    /// The tries from a client address, held until the end.
    pub async fn bucket(&self, id: AttemptId) -> Result<Bucket, StoreError> {
        let state: BucketState = self.counted(id).await?;
        Ok(Bucket { full_at: state.full_at.map(instant).transpose()? })
    }

    /// Writes the tries from a client address.
    pub async fn put_bucket(&self, id: AttemptId, bucket: Bucket) -> Result<(), StoreError> {
        self.put_count(id, &BucketState { full_at: bucket.full_at.map(Timestamp::as_microsecond) }).await
    }

    /// The tries at an account, held until the end.
    pub async fn account_lock(&self, id: AttemptId) -> Result<Lock, StoreError> {
        let state: LockState = self.counted(id).await?;
        Ok(Lock {
            failures: state.failures,
            failed_at: state.failed_at.map(instant).transpose()?,
            told: state.told,
            under_way: state.under_way.into_iter().map(instant).collect::<Result<_, _>>()?,
        })
    }

    /// Writes the tries at an account.
    pub async fn put_account_lock(&self, id: AttemptId, lock: &Lock) -> Result<(), StoreError> {
        let state = LockState {
            failures: lock.failures,
            failed_at: lock.failed_at.map(Timestamp::as_microsecond),
            told: lock.told,
            under_way: lock.under_way.iter().map(|at| at.as_microsecond()).collect(),
        };
        self.put_count(id, &state).await
    }

    /// Forgets the tries at an account.
    pub async fn forget_attempts(&self, id: AttemptId) -> Result<(), StoreError> {
        attempt::Entity::delete_by_id(id.uuid()).exec(&self.sql()).await?;
        Ok(())
    }

    /// What is counted in a row, which is made where there is none. A row that does not open counts from nothing.
    async fn counted<T: Serialize + DeserializeOwned + Default>(&self, id: AttemptId) -> Result<T, StoreError> {
        let find = || attempt::Entity::find_by_id(id.uuid()).lock_exclusive();
        let row = match find().one(&self.sql()).await? {
            Some(row) => Some(row),
            None => {
                self.add_count(id, &T::default()).await?;
                find().one(&self.sql()).await?
            }
        };
        let Some(row) = row else { return Err(StoreError::Unavailable) };
        Ok(self.store().open_row(id, &aad(row.id), &row.sealed).await?.unwrap_or_default())
    }

    async fn add_count<T: Serialize>(&self, id: AttemptId, state: &T) -> Result<(), StoreError> {
        self.make_room_for_attempts().await?;
        let row = attempt::Model {
            id: id.uuid(),
            day: time::bind_day(domain_time::day(self.now())),
            sealed: self.store().seal(KeyScope::People, &aad(id.uuid()), state).await?,
        };
        let mut insert = attempt::Entity::insert(row.into_active_model().reset_all()).into_query();
        let once = OnConflict::column(attempt::Column::Id).do_nothing().to_owned();
        self.sql().run(insert.on_conflict(once)).await.map(drop)
    }

    async fn put_count<T: Serialize>(&self, id: AttemptId, state: &T) -> Result<(), StoreError> {
        let update = Query::update()
            .table(attempt::Entity)
            .value(attempt::Column::Sealed, self.store().seal(KeyScope::People, &aad(id.uuid()), state).await?)
            .and_where(attempt::Column::Id.eq(id.uuid()))
            .take();
        self.sql().swap(&update).await
    }

    /// Forgets what was tried on earlier days, and of the rest where it is too much: what counts by client address first.
    async fn make_room_for_attempts(&self) -> Result<(), StoreError> {
        let today = time::bind_day(domain_time::day(self.now()));
        attempt::Entity::delete_many().filter(attempt::Column::Day.lt(today)).exec(&self.sql()).await?;
        let count = Query::select().expr(attempt::Column::Id.into_expr().count()).from(attempt::Entity).take();
        for below in [OF_ACCOUNT, OF_ACCOUNT | OF_ACCOUNT >> 1] {
            if self.sql().number(&count).await? >= MOST {
                let below = attempt::Column::Id.lt(Uuid::from_u128(below));
                attempt::Entity::delete_many().filter(below).exec(&self.sql()).await?;
            }
        }
        Ok(())
    }
}

fn instant(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|_| StoreError::Integrity)
}
