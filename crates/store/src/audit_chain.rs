//! Chaining the audit log: one sealer at a time gives each new event its number and a digest over the digest before,
//! so that writers do not wait for each other (requirements R-09).
//!
//! The row of `audit_chain` is what sealers lock, so several processes make one chain. Every hundredth event has a
//! signed checkpoint; how far the chain goes is signed in the key store, apart from the events.

use std::sync::atomic::Ordering;

use dipoli_domain::{Timestamp, id::AuditEventId, policy::Permit};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
    sea_query::{Condition, Expr, OnConflict, Query},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    OpenError, Store, StoreError, Tx, audit, audit_day,
    connection::Sql,
    entity::{audit_chain, audit_checkpoint, audit_event, audit_head},
    seal::Aad,
};

/// Events that one transaction chains at most; a batch of days gone by comes on top, whole.
const AT_ONCE: u64 = 1000;
/// Every so many events there is a checkpoint.
pub(crate) const CHECKPOINT_EVERY: i64 = 100;
/// The key of the only rows of `audit_chain` and `audit_head`.
pub(crate) const ONLY: i32 = 1;

/// The digest before the first event; another for each track.
pub(crate) fn beginning(identity: Uuid) -> [u8; 32] {
    Sha256::digest(Aad::of("audit_chain").id(identity).as_bytes()).into()
}

/// The digest of an event in its place: over the digest before, the event, its number and its MAC.
pub(crate) fn link(before: &[u8], row: &audit_event::Model, sequence: i64) -> [u8; 32] {
    let link =
        Aad::of("audit_link").bytes(before).bytes(audit::canonical(row).as_bytes()).number(sequence).bytes(&row.mac);
    Sha256::digest(link.as_bytes()).into()
}

/// What a checkpoint's signature is made over.
pub(crate) fn checkpoint(identity: Uuid, sequence: i64, digest: &[u8]) -> Aad {
    Aad::of("audit_checkpoint").id(identity).number(sequence).bytes(digest)
}

/// What the head's signature is made over.
pub(crate) fn head(identity: Uuid, sequence: i64, digest: &[u8]) -> Aad {
    Aad::of("audit_head").id(identity).number(sequence).bytes(digest)
}

/// The chain of a new track: empty.
pub(crate) async fn begin(sql: &Sql<'_>, identity: Uuid) -> Result<(), StoreError> {
    sql.insert(audit_chain::Model { id: ONLY, sequence: 0, digest: beginning(identity).to_vec() }).await
}

impl Store {
    /// Chains events that are not chained yet and do not wait for their day's end; gives how many that were. Rows that
    /// Dipoli did not write are not chained, but reported.
    pub async fn seal_audit_log(&self, permit: Permit) -> Result<u64, StoreError> {
        if !self.events_wait(permit.at()).await? {
            self.sign_head_left_behind().await?;
            return Ok(0);
        }
        let tx = self.begin(permit).await?;
        let Some((chain, sealed)) = tx.seal_events().await? else {
            return Ok(0);
        };
        tx.commit(&[]).await?;
        self.sign_head(&chain).await?;
        Ok(sealed)
    }

    async fn events_wait(&self, now: Timestamp) -> Result<bool, StoreError> {
        let first = Query::select()
            .expr(Expr::cust("1"))
            .from(audit_event::Entity)
            .cond_where(audit_day::to_chain(now))
            .limit(1)
            .take();
        Ok(self.reads().query_one(&first).await?.is_some())
    }

    /// A sealer that was killed before it signed leaves the head behind; the next one makes up for it.
    async fn sign_head_left_behind(&self) -> Result<(), StoreError> {
        if self.head_signed().load(Ordering::Relaxed) {
            return Ok(());
        }
        match audit_chain::Entity::find_by_id(ONLY).one(&self.reads()).await? {
            Some(chain) if chain.sequence > 0 => self.sign_head(&chain).await,
            _ => Ok(()),
        }
    }

    /// Signs how far the chain goes; never back, where another sealer was faster.
    pub(crate) async fn sign_head(&self, chain: &audit_chain::Model) -> Result<(), StoreError> {
        self.head_signed().store(false, Ordering::Relaxed);
        let keys = self.keys();
        let message = head(keys.store.identity(), chain.sequence, &chain.digest);
        let (key_id, signature) = keys.sign_checkpoint(&message)?;
        let (sequence, digest) = (chain.sequence, chain.digest.clone());
        let row = audit_head::Model { id: ONLY, sequence, digest, key_id, signature };
        let further = OnConflict::column(audit_head::Column::Id)
            .update_columns([
                audit_head::Column::Sequence,
                audit_head::Column::Digest,
                audit_head::Column::KeyId,
                audit_head::Column::Signature,
            ])
            .action_and_where(audit_head::Column::Sequence.lt(sequence))
            .to_owned();
        let mut insert = audit_head::Entity::insert(row.into_active_model().reset_all()).into_query();
        let transaction = keys.store.db.begin().await?;
        keys.store.db.within(&transaction).run(insert.on_conflict(further)).await?;
        transaction.commit().await?;
        self.head_signed().store(true, Ordering::Relaxed);
        Ok(())
    }
}

impl Store {
    /// How far the log went when that was last signed.
    async fn signed_head(&self) -> Result<Option<audit_head::Model>, StoreError> {
        Ok(audit_head::Entity::find_by_id(ONLY).one(&self.keys().store.db.reads()).await?)
    }

    /// Refuses a log that lacks what was in it when its end was last signed: of a database that was cut, or put back as it
    /// was (requirements N-12, R-09).
    ///
    /// # Errors
    /// [`OpenError::LogCut`], or the database is away or at fault.
    pub async fn refuse_cut_log(&self) -> Result<(), OpenError> {
        match self.signed_head().await?.filter(|head| head.sequence > 0) {
            Some(head) if !is_met(&self.reads(), &head).await? => Err(OpenError::LogCut),
            Some(_) | None => Ok(()),
        }
    }
}

/// Whether the log has the event at which it was last signed.
async fn is_met(sql: &Sql<'_>, head: &audit_head::Model) -> Result<bool, StoreError> {
    let there = audit_event::Entity::find().filter(audit_event::Column::Sequence.eq(head.sequence)).one(sql).await?;
    Ok(there.is_some_and(|event| event.digest.as_ref() == Some(&head.digest)))
}

impl Tx {
    /// `None`, and nothing was written, where nothing waits.
    async fn seal_events(&self) -> Result<Option<(audit_chain::Model, u64)>, StoreError> {
        let sql = self.sql();
        let lock = audit_chain::Entity::find_by_id(ONLY).lock_exclusive();
        let mut chain = lock.one(&sql).await?.ok_or(StoreError::Integrity)?;
        // What goes on from a log that was cut, or from another, would hide that it was.
        let head = self.store().signed_head().await?;
        if let Some(head) = head.filter(|head| head.sequence > 0)
            && !is_met(&sql, &head).await?
        {
            return Err(StoreError::LogCut);
        }
        let mut waiting = self.days_gone_by().await?;
        waiting.extend(self.waiting().await?);
        let mut sealed = 0;
        for row in waiting {
            chain = self.seal_event(chain, &row).await?;
            sealed += 1;
        }
        if sealed == 0 {
            return Ok(None);
        }
        let update = Query::update()
            .table(audit_chain::Entity)
            .value(audit_chain::Column::Sequence, chain.sequence)
            .value(audit_chain::Column::Digest, chain.digest.clone())
            .and_where(audit_chain::Column::Id.eq(ONLY))
            .take();
        sql.swap(&update).await?;
        Ok(Some((chain, sealed)))
    }

    /// Genuine events that wait for nothing, in the order in which they happened. Forged ones are stepped over, however
    /// many.
    async fn waiting(&self) -> Result<Vec<audit_event::Model>, StoreError> {
        let mut genuine = Vec::new();
        let mut after: Option<audit_event::Model> = None;
        loop {
            let mut find = audit_event::Entity::find()
                .filter(audit_event::Column::Sequence.is_null())
                .filter(audit_day::of_the_day().not());
            if let Some(last) = after.take() {
                find = find.filter(later_than(&last));
            }
            let rows = find
                .order_by_asc(audit_event::Column::OccurredAt)
                .order_by_asc(audit_event::Column::Id)
                .limit(AT_ONCE)
                .all(&self.sql())
                .await?;
            let read = rows.len();
            after = rows.last().cloned();
            for row in rows {
                if audit::is_genuine(self.store(), &row) {
                    genuine.push(row);
                } else {
                    self.store().report(AuditEventId::from_uuid(row.id));
                }
            }
            if !genuine.is_empty() || u64::try_from(read) != Ok(AT_ONCE) {
                return Ok(genuine);
            }
        }
    }

    async fn seal_event(
        &self,
        chain: audit_chain::Model,
        row: &audit_event::Model,
    ) -> Result<audit_chain::Model, StoreError> {
        let sequence = chain.sequence + 1;
        let digest = link(&chain.digest, row, sequence).to_vec();
        let update = Query::update()
            .table(audit_event::Entity)
            .value(audit_event::Column::Sequence, sequence)
            .value(audit_event::Column::Digest, digest.clone())
            .and_where(audit_event::Column::Id.eq(row.id))
            .and_where(audit_event::Column::Sequence.is_null())
            .take();
        self.sql().swap(&update).await?;
        if sequence % CHECKPOINT_EVERY == 0 {
            let keys = self.store().keys();
            let message = checkpoint(keys.store.identity(), sequence, &digest);
            let (key_id, signature) = keys.sign_checkpoint(&message)?;
            self.sql().insert(audit_checkpoint::Model { sequence, digest: digest.clone(), key_id, signature }).await?;
        }
        Ok(audit_chain::Model { sequence, digest, ..chain })
    }
}

fn later_than(row: &audit_event::Model) -> Condition {
    let same_time = Condition::all()
        .add(audit_event::Column::OccurredAt.eq(row.occurred_at))
        .add(audit_event::Column::Id.gt(row.id));
    Condition::any().add(audit_event::Column::OccurredAt.gt(row.occurred_at)).add(same_time)
}
