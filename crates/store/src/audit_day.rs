//! Events that wait for their day's end: what was done under the Chatham House Rule, who read notes on that day, and who was
//! there (requirements N-06, N-17). A row is one of them by its columns alone, which its MAC covers.
//!
//! Deliberately absent: when in the day, in which order, and which note.

use dipoli_domain::{
    Timestamp,
    audit::{Action, Event, NOTES},
    id::{AuditEventId, PersonId},
    time as domain_time,
};
use jiff::civil;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QueryTrait,
    sea_query::{Condition, Expr, OnConflict, Query},
};
use uuid::Builder;

use crate::{Store, StoreError, Tx, audit, entity::audit_event, seal::Aad, time};

/// Whether an event is told with its whole day; as [`Event::is_of_the_day`] says it.
pub(crate) fn of_the_day() -> Condition {
    let unnamed = Condition::all()
        .add(audit_event::Column::Subject.is_null())
        .add(audit_event::Column::Action.starts_with(NOTES));
    Condition::any().add(unnamed).add(audit_event::Column::Action.is_in(Action::PRESENCE.map(Action::word)))
}

/// The same of a row that was read.
pub(crate) fn is_of_the_day(row: &audit_event::Model) -> bool {
    let is_presence = Action::PRESENCE.iter().any(|action| action.word() == row.action);
    is_presence || row.subject.is_none() && row.action.starts_with(NOTES)
}

/// Not chained, and not to wait at `now` for the end of its day.
pub(crate) fn to_chain(now: Timestamp) -> Condition {
    Condition::all()
        .add(audit_event::Column::Sequence.is_null())
        .add(Condition::any().add(of_the_day().not()).add(of_days_before(now)))
}

fn of_days_before(now: Timestamp) -> Expr {
    audit_event::Column::OccurredAt.lt(time::bind(domain_time::midnight(now)))
}

impl Store {
    /// Whether events wait for their day's end.
    pub async fn events_wait_for_their_day(&self) -> Result<bool, StoreError> {
        let first = Query::select()
            .expr(Expr::cust("1"))
            .from(audit_event::Entity)
            .and_where(audit_event::Column::Sequence.is_null())
            .cond_where(of_the_day())
            .limit(1)
            .take();
        Ok(self.reads().query_one(&first).await?.is_some())
    }
}

/// The id of an event that is told once a day, whoever tells it and however often.
fn once_a_day(store: &Store, what: &Aad) -> AuditEventId {
    let mac = store.keys().mac(what);
    AuditEventId::from_uuid(Builder::from_random_bytes(*mac.first_chunk().expect("32 bytes hold 16")).into_uuid())
}

/// The id of an event by which somebody was there, on the day that begins at `day`: the log does not say how often.
pub(crate) fn presence(store: &Store, event: &Event, day: Timestamp) -> AuditEventId {
    let who = event.subject.map(|subject| subject.to_string()).unwrap_or_default();
    once_a_day(store, &Aad::of("audit_presence").text(event.action.word()).text(&who).instant(day))
}

impl Tx {
    /// Writes who read notes on which day, in an order that tells nothing; once a person and day, whoever tells it and
    /// however often.
    pub async fn tell_readers(&self, readers: &[(PersonId, civil::Date)]) -> Result<(), StoreError> {
        let mut rows: Vec<_> = readers.iter().map(|(person, day)| self.reader(*person, *day)).collect();
        rows.sort_unstable_by_key(|row| row.id);
        for row in rows {
            let once = OnConflict::column(audit_event::Column::Id).do_nothing().to_owned();
            let mut insert = audit_event::Entity::insert(row.into_active_model().reset_all()).into_query();
            self.sql().run(insert.on_conflict(once)).await?;
        }
        Ok(())
    }

    fn reader(&self, person: PersonId, day: civil::Date) -> audit_event::Model {
        let at = domain_time::start_of(day);
        let id = once_a_day(self.store(), &Aad::of("audit_reader").id(person.uuid()).instant(at));
        audit::row(self.store(), id, &Event::of(Action::NotesRead), Some(person), at)
    }

    /// Genuine events of days gone by, each day's in an order that tells nothing: one batch, however many they are.
    pub(crate) async fn days_gone_by(&self) -> Result<Vec<audit_event::Model>, StoreError> {
        let mut rows = audit_event::Entity::find()
            .filter(audit_event::Column::Sequence.is_null())
            .filter(of_the_day())
            .filter(of_days_before(self.now()))
            .order_by_asc(audit_event::Column::OccurredAt)
            .order_by_asc(audit_event::Column::Id)
            .all(&self.sql())
            .await?;
        rows.retain(|row| {
            let is_genuine = audit::is_genuine(self.store(), row);
            if !is_genuine {
                self.store().report(AuditEventId::from_uuid(row.id));
            }
            is_genuine
        });
        Ok(rows)
    }
}
