//! Writing: a transaction that was asked for with the policy's permit and ends with the audit events of what it did.
//!
//! Dropped without [`Tx::commit`] it leaves nothing behind. Deliberately absent: any other way to write.

use dipoli_domain::{
    Timestamp,
    audit::Event,
    id::{PersonId, SessionId, WorkingGroupId},
    policy::{Holder, Permit, Rule},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, DbBackend, EntityTrait, IntoActiveModel, QueryTrait,
    sea_query::{Expr, OnConflict, Query},
};

use crate::{
    Store, StoreError, audit,
    connection::Sql,
    entity::{audit_event, session, working_group},
    patience,
};

/// A writing transaction.
pub struct Tx {
    store: Store,
    permit: Permit,
    transaction: DatabaseTransaction,
}

impl Store {
    /// Begins to write what `permit` allows.
    pub async fn begin(&self, permit: Permit) -> Result<Tx, StoreError> {
        let transaction = self.content().begin().await?;
        Ok(Tx { store: self.clone(), permit, transaction })
    }
}

impl Tx {
    /// The permit's time: that of everything written here.
    pub const fn now(&self) -> Timestamp {
        self.permit.at()
    }

    /// Who writes; `None` for strangers, the clock and the operator.
    pub const fn actor(&self) -> Option<PersonId> {
        self.permit.actor()
    }

    /// The store it writes to, for sealing and opening. Its reads are outside of the transaction.
    pub(crate) const fn store(&self) -> &Store {
        &self.store
    }

    /// For statements within the transaction.
    pub(crate) fn sql(&self) -> Sql<'_> {
        self.store.content().within(&self.transaction)
    }

    /// What the track's clock shows at this moment of the transaction: later than its permit's time.
    pub async fn clock(&self) -> Result<Timestamp, StoreError> {
        let micros = self.store.clock().micros(self.sql().backend());
        let micros = self.sql().number(&Query::select().expr(micros).take()).await?;
        Timestamp::from_microsecond(micros).map_err(|_| StoreError::Integrity)
    }

    /// Holds a group's row until the end, so that what depends on all its seats is decided by one at a time.
    /// [`StoreError::Stale`] where there is no such group.
    pub async fn lock_group(&self, group: WorkingGroupId) -> Result<(), StoreError> {
        self.lock(working_group::Entity, working_group::Column::Id.eq(group.uuid())).await
    }

    /// Holds a session's row until the end, so that its agenda's order is decided by one at a time.
    /// [`StoreError::Stale`] where there is no such session.
    pub async fn lock_session(&self, session: SessionId) -> Result<(), StoreError> {
        self.lock(session::Entity, session::Column::Id.eq(session.uuid())).await
    }

    /// SQLite has one writer, and this transaction is it.
    async fn lock(&self, table: impl EntityTrait, row: Expr) -> Result<(), StoreError> {
        if self.sql().backend() == DbBackend::Sqlite {
            return Ok(());
        }
        let mut held = Query::select().expr(Expr::cust("CAST(1 AS bigint)")).from(table).and_where(row).take();
        match self.sql().number(held.lock_exclusive()).await? {
            0 => Err(StoreError::Stale),
            _ => Ok(()),
        }
    }

    /// Writes the audit events, with the permit's actor and time, and commits.
    /// [`StoreError::Unaudited`] where a person's or the operator's act would leave no event; what is done under the
    /// Chatham House Rule leaves its events on the tick.
    pub async fn commit(self, events: &[Event]) -> Result<(), StoreError> {
        let told_on_the_tick = self.permit.is_under_the_rule();
        if events.is_empty() && !told_on_the_tick && self.permit.act().rule(Holder::Clock) != Rule::Always {
            return Err(StoreError::Unaudited);
        }
        for event in events {
            let row = audit::written(&self.store, event, &self.permit).into_active_model().reset_all();
            // That somebody was there is told once a day.
            let once = OnConflict::column(audit_event::Column::Id).do_nothing().to_owned();
            let mut insert = audit_event::Entity::insert(row).into_query();
            self.sql().run(insert.on_conflict(once)).await?;
        }
        Ok(patience::waited(self.transaction.commit()).await?)
    }
}
