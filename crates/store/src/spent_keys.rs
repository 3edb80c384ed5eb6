//! Destroying keys that nothing needs any more: asked for when nobody can be writing with them, overwritten, and their
//! old pages with them. A kill between two steps is made up for by whoever comes next (see `rotation.rs`).

use dipoli_domain::{
    Timestamp,
    audit::{Action, Event},
    policy::Permit,
    time as domain_time,
};
use jiff::SignedDuration;
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, sea_query::Query};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    entity::{signing_key, wrapped_key},
    key_store::{ACTIVE, DESTROYED, DESTROYING, KeyStore, RETAINED},
    rotation::{in_state, since},
};

/// How long after its retirement a data key may still be used by a process that does not know of it: a ring seals for
/// 20 s, and a transaction lasts 10 s.
const GRACE: SignedDuration = SignedDuration::from_secs(60);

impl KeyStore {
    /// Data keys that were retired at least `grace` ago.
    pub async fn retired(&self, now: Timestamp, grace: SignedDuration) -> Result<Vec<wrapped_key::Model>, StoreError> {
        let retained = wrapped_key::Entity::find().filter(wrapped_key::Column::State.eq(RETAINED));
        let rows = retained.all(&self.db.reads()).await?;
        let long_ago = |row: &wrapped_key::Model| since(row.state_since) <= domain_time::before(now, grace);
        Ok(rows.into_iter().filter(long_ago).collect())
    }

    /// Overwrites data keys, all in one transaction.
    pub async fn overwrite(&self, rows: &[wrapped_key::Model], now: Timestamp) -> Result<(), StoreError> {
        let transaction = self.db.begin().await?;
        let sql = self.db.within(&transaction);
        for row in rows {
            let mut update = in_state(row.id, &row.state, DESTROYING, now);
            update.value(wrapped_key::Column::Wrapped, self.tombstone(row));
            sql.run(&update).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// The active and retained data keys of a group.
    pub async fn keys_of_group(&self, group: Uuid) -> Result<Vec<wrapped_key::Model>, StoreError> {
        let find = wrapped_key::Entity::find()
            .filter(wrapped_key::Column::GroupId.eq(group))
            .filter(wrapped_key::Column::State.is_in([ACTIVE, RETAINED]));
        Ok(find.all(&self.db.reads()).await?)
    }

    /// Keys that are overwritten, of which older pages may be left.
    pub async fn overwritten(&self) -> Result<Overwritten, StoreError> {
        let data = wrapped_key::Entity::find().filter(wrapped_key::Column::State.eq(DESTROYING));
        let signing = signing_key::Entity::find().filter(signing_key::Column::State.eq(DESTROYING));
        let (data, signing) = (data.all(&self.db.reads()).await?, signing.all(&self.db.reads()).await?);
        Ok(Overwritten {
            data: data.into_iter().map(|row| row.id).collect(),
            signing: signing.into_iter().map(|row| row.kid).collect(),
        })
    }

    /// Writes the key store anew, so that no page of it and no page of its log holds an overwritten key. What a copy
    /// of it holds elsewhere, a backup, an archive of PostgreSQL's log, it cannot reach.
    pub async fn write_anew(&self) -> Result<(), StoreError> {
        if self.db.backend() == DbBackend::Sqlite {
            return self.db.write_anew().await;
        }
        for table in ["wrapped_key", "signing_key"] {
            self.db.reads().execute_unprepared(&format!("VACUUM (FULL) {table}")).await?;
        }
        Ok(())
    }

    /// Notes that the key store was written anew after those keys were overwritten.
    pub async fn settle(&self, overwritten: &Overwritten) -> Result<(), StoreError> {
        let transaction = self.db.begin().await?;
        let sql = self.db.within(&transaction);
        let data = Query::update()
            .table(wrapped_key::Entity)
            .value(wrapped_key::Column::State, DESTROYED)
            .and_where(wrapped_key::Column::Id.is_in(overwritten.data.iter().copied()))
            .take();
        let signing = Query::update()
            .table(signing_key::Entity)
            .value(signing_key::Column::State, DESTROYED)
            .and_where(signing_key::Column::Kid.is_in(overwritten.signing.iter().map(String::as_str)))
            .take();
        sql.run(&data).await?;
        sql.run(&signing).await?;
        Ok(transaction.commit().await?)
    }
}

/// Keys that are overwritten, of which older pages may be left.
pub(crate) struct Overwritten {
    data: Vec<Uuid>,
    signing: Vec<String>,
}

impl Overwritten {
    fn number(&self) -> usize {
        self.data.len() + self.signing.len()
    }
}

impl Store {
    /// Overwrites the retired data keys that no row refers to any more. Where the caller is `alone` with the track no
    /// grace is needed: nobody can be writing with an older ring.
    pub async fn overwrite_spent_keys(&self, now: Timestamp, alone: bool) -> Result<(), StoreError> {
        let grace = if alone { SignedDuration::ZERO } else { GRACE };
        let retired = self.keys().store.retired(now, grace).await?;
        if retired.is_empty() {
            return Ok(());
        }
        // Asked after the grace: what is not there now will not come.
        let needed = self.rows_under(&retired.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
        let spent: Vec<_> = retired.into_iter().filter(|row| !needed.has(row.id)).collect();
        if spent.is_empty() {
            return Ok(());
        }
        self.keys().store.overwrite(&spent, now).await?;
        self.read_keys_again().await
    }

    /// Writes the key store anew where keys were overwritten, and puts that they are destroyed into the audit log; how
    /// many they are. Two processes that finish at once may both say so: better twice than not at all.
    pub async fn finish_destruction(&self, permit: Permit) -> Result<usize, StoreError> {
        let store = &self.keys().store;
        let overwritten = store.overwritten().await?;
        if overwritten.number() == 0 {
            return Ok(0);
        }
        store.write_anew().await?;
        self.begin(permit).await?.commit(&[Event::of(Action::KeysDestroyed)]).await?;
        store.settle(&overwritten).await?;
        Ok(overwritten.number())
    }
}
