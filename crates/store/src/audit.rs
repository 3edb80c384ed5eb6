//! The audit log: each event is a row with a MAC, written in the transaction of what it tells of, and chained later.
//!
//! Sealing the chain is in `audit_chain.rs`, what waits for its day's end in `audit_day.rs`, verifying in `audit_report.rs`.

use dipoli_domain::{
    Timestamp,
    audit::{AuditEvent, Event},
    id::{AuditEventId, PersonId},
    page::{Page, Slice},
    policy::{Permit, Viewer, scope::sees_audit_log},
    time as domain_time,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{ExprTrait, Query},
};
use subtle::ConstantTimeEq;

use crate::{Store, StoreError, audit_day, entity::audit_event, paging::Paging, scope::one_of, seal::Aad, time};

/// The row of an event, as it is written beside what it tells of.
pub(crate) fn written(store: &Store, event: &Event, permit: &Permit) -> audit_event::Model {
    let at = if event.is_of_the_day() { domain_time::midnight(permit.at()) } else { permit.at() };
    let id = if event.action.is_presence() { audit_day::presence(store, event, at) } else { AuditEventId::random() };
    row(store, id, event, permit.actor(), at)
}

/// An event that is not chained yet.
pub(crate) fn row(
    store: &Store,
    id: AuditEventId,
    event: &Event,
    actor: Option<PersonId>,
    at: Timestamp,
) -> audit_event::Model {
    let mut row = audit_event::Model {
        id: id.uuid(),
        occurred_at: time::bind(at),
        action: event.action.word().to_owned(),
        actor_id: actor.map(PersonId::uuid),
        subject: event.subject.map(|subject| subject.to_string()),
        mac: Vec::new(),
        sequence: None,
        digest: None,
    };
    row.mac = mac(store, &row).to_vec();
    row
}

/// What an event says, as bytes: the same for the same event, and for no other.
pub(crate) fn canonical(row: &audit_event::Model) -> Aad {
    let subject = row.subject.as_deref();
    Aad::of("audit_event")
        .id(row.id)
        .instant(time::read(row.occurred_at))
        .text(&row.action)
        .maybe_id(row.actor_id)
        .flag(subject.is_some())
        .text(subject.unwrap_or_default())
}

/// Whether Dipoli wrote this row as it is.
pub(crate) fn is_genuine(store: &Store, row: &audit_event::Model) -> bool {
    row.mac.ct_eq(&mac(store, row)).into()
}

fn mac(store: &Store, row: &audit_event::Model) -> [u8; 32] {
    store.keys().mac(&canonical(row))
}

impl Store {
    /// Chained events, by their place in the chain; none to who may not see the log.
    pub async fn audit_events(&self, viewer: &Viewer, page: &Page<i64>) -> Result<Slice<AuditEvent>, StoreError> {
        if !sees_audit_log(viewer) {
            return Ok(Slice::empty());
        }
        let chained = audit_event::Entity::find().filter(audit_event::Column::Sequence.is_not_null()).into_query();
        let order = [audit_event::Column::Sequence.into_expr()];
        let slice = Paging::new(page, order).slice::<audit_event::Model>(&self.reads(), chained).await?;
        let rows = slice.rows.into_iter().filter_map(|row| self.event(row)).collect();
        Ok(Slice { rows, has_previous: slice.has_previous, has_next: slice.has_next })
    }

    /// How many events are chained.
    pub async fn audit_event_count(&self, viewer: &Viewer) -> Result<u64, StoreError> {
        if !sees_audit_log(viewer) {
            return Ok(0);
        }
        let count =
            Query::select().expr(audit_event::Column::Sequence.into_expr().count()).from(audit_event::Entity).take();
        self.reads().number(&count).await.map(i64::unsigned_abs)
    }

    /// Those of these events that are chained; none to who may not see the log.
    pub async fn audit_events_by_id(
        &self,
        viewer: &Viewer,
        ids: &[AuditEventId],
    ) -> Result<Vec<AuditEvent>, StoreError> {
        if !sees_audit_log(viewer) {
            return Ok(Vec::new());
        }
        let rows = audit_event::Entity::find()
            .filter(one_of(audit_event::Column::Id.into_expr(), ids.iter().map(|id| id.uuid())))
            .filter(audit_event::Column::Sequence.is_not_null())
            .limit(u64::try_from(ids.len()).unwrap_or(u64::MAX))
            .all(&self.reads())
            .await?;
        Ok(rows.into_iter().filter_map(|row| self.event(row)).collect())
    }

    /// The event of a chained row. What Dipoli did not write is not shown, but reported.
    fn event(&self, row: audit_event::Model) -> Option<AuditEvent> {
        let id = AuditEventId::from_uuid(row.id);
        if !is_genuine(self, &row) {
            self.report(id);
            return None;
        }
        Some(AuditEvent {
            id,
            sequence: row.sequence?,
            occurred_at: time::read(row.occurred_at),
            action: row.action,
            actor: row.actor_id.map(PersonId::from_uuid),
            subject: row.subject,
            digest: row.digest?.try_into().ok()?,
        })
    }
}
