//! Records of sessions, and what was asked of them.
//!
//! Of a record, what silence has made of it by the scope's time is read with it. Deliberately absent: who asked for a
//! correction, and when; corrections come in the order of their (random) ids.

use std::collections::HashMap;

use dipoli_domain::{
    id::{CorrectionId, RecordId, SessionId, WorkingGroupId},
    policy::scope::Records,
    record::{Correction, Record, RecordStatus},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, FromQueryResult, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement},
};
use serde::{Deserialize, Serialize};

use crate::{
    KeyScope, Store, StoreError, Tx,
    connection::Sql,
    entity::{
        correction, session,
        session_record::{Column, Entity, Model},
        silence_procedure,
    },
    reseal::{Envelope, Sealed},
    scope,
    seal::{self, Aad},
    silence::SilenceWord,
    time, trusted,
};

/// What is sealed of a record.
#[derive(Serialize, Deserialize)]
struct RecordText {
    text: String,
}

/// What is sealed of a correction.
#[derive(Serialize, Deserialize)]
struct CorrectionText {
    passage: String,
    wording: Option<String>,
}

/// A record, with the procedure that is open on it.
#[derive(FromQueryResult)]
struct Row {
    #[sea_orm(nested(prefix = "record_"))]
    record: Model,
    #[sea_orm(nested(prefix = "silence_"))]
    silence: Option<silence_procedure::Model>,
}

/// What a record's text is bound to: everything that the policy reads of the row, and when it was issued.
fn aad(row: &Model) -> Aad {
    let record = Aad::of("session_record").id(row.id).id(row.group_id).id(row.session_id).text(&row.status);
    let issued_at = row.issued_at.map(|at| time::read(at).as_microsecond().to_be_bytes());
    record.maybe(issued_at.as_ref().map(<[u8; 8]>::as_slice))
}

fn correction_aad(row: &correction::Model) -> Aad {
    Aad::of("correction").id(row.id).id(row.group_id).id(row.record_id)
}

impl Sealed for Entity {
    const TABLE: &'static str = "session_record";
    const ID: Column = Column::Id;
    const SEALED: Column = Column::Sealed;
    const BLOCK: usize = seal::NOTE_BLOCK;
    fn envelope(row: &Model) -> Option<Envelope<'_>> {
        Some(Envelope {
            id: row.id,
            row: RecordId::from_uuid(row.id).into(),
            scope: KeyScope::Group(WorkingGroupId::from_uuid(row.group_id)),
            aad: aad(row),
            sealed: &row.sealed,
        })
    }
}

impl Sealed for correction::Entity {
    const TABLE: &'static str = "correction";
    const ID: correction::Column = correction::Column::Id;
    const SEALED: correction::Column = correction::Column::Sealed;
    const BLOCK: usize = seal::NOTE_BLOCK;
    fn envelope(row: &correction::Model) -> Option<Envelope<'_>> {
        Some(Envelope {
            id: row.id,
            row: CorrectionId::from_uuid(row.id).into(),
            scope: KeyScope::Group(WorkingGroupId::from_uuid(row.group_id)),
            aad: correction_aad(row),
            sealed: &row.sealed,
        })
    }
}

impl Store {
    /// Those of these records that are in scope.
    pub async fn records(&self, scope: &Records, ids: &[RecordId]) -> Result<Vec<Record>, StoreError> {
        let which = scope::one_of(Column::Id.into_expr(), ids.iter().map(|id| id.uuid()));
        self.records_where(&self.reads(), scope, which).await
    }

    /// The records of those of these sessions that have one in scope.
    pub async fn records_of_sessions(
        &self,
        scope: &Records,
        sessions: &[SessionId],
    ) -> Result<Vec<Record>, StoreError> {
        let which = scope::one_of(Column::SessionId.into_expr(), sessions.iter().map(|id| id.uuid()));
        self.records_where(&self.reads(), scope, which).await
    }

    /// A group's records that are in scope.
    pub async fn records_of_group(&self, scope: &Records, group: WorkingGroupId) -> Result<Vec<Record>, StoreError> {
        self.records_where(&self.reads(), scope, Column::GroupId.eq(group.uuid())).await
    }

    /// What was asked of each of these records. Ask for records that the viewer reads, and with the scope that they were
    /// read with.
    pub async fn corrections_of(
        &self,
        scope: &Records,
        records: &[RecordId],
    ) -> Result<HashMap<RecordId, Vec<Correction>>, StoreError> {
        let find = correction::Entity::find()
            .filter(scope::one_of(correction::Column::RecordId.into_expr(), records.iter().map(|id| id.uuid())))
            .filter(scope::one_of(correction::Column::GroupId.into_expr(), scope.circulated.iter().map(|id| id.uuid())))
            .order_by_asc(correction::Column::Id);
        let mut of: HashMap<_, Vec<_>> = HashMap::new();
        for row in find.all(&self.reads()).await? {
            let id = CorrectionId::from_uuid(row.id);
            let text = self.open_row::<CorrectionText>(id, &correction_aad(&row), &row.sealed).await?;
            let Some(CorrectionText { passage, wording }) = text else { continue };
            let (group, record) = (WorkingGroupId::from_uuid(row.group_id), RecordId::from_uuid(row.record_id));
            of.entry(record).or_default().push(Correction { id, group, record, passage, wording });
        }
        Ok(of)
    }

    async fn records_where(&self, sql: &Sql<'_>, scope: &Records, which: Expr) -> Result<Vec<Record>, StoreError> {
        let mut found = Vec::new();
        for row in sql.rows::<Row>(&select(scope, which)).await? {
            let issued_at = self.adopted_by_silence(row.silence.as_ref(), scope.at);
            let Some(record) = self.opened_record(&row.record).await? else { continue };
            let record = match issued_at {
                Some(deadline) => record.issued(deadline),
                None => record,
            };
            // What silence has not issued is not seen by those who see what is issued.
            found.extend(Some(record).filter(|record| scope.admits(record.group, record.status)));
        }
        Ok(found)
    }

    async fn opened_record(&self, row: &Model) -> Result<Option<Record>, StoreError> {
        let id = RecordId::from_uuid(row.id);
        let Some(RecordText { text }) = self.open_row(id, &aad(row), &row.sealed).await? else { return Ok(None) };
        let Some(status) = RecordStatus::from_word(&row.status) else {
            self.report(id);
            return Ok(None);
        };
        Ok(Some(Record {
            id,
            group: WorkingGroupId::from_uuid(row.group_id),
            session: SessionId::from_uuid(row.session_id),
            text,
            status,
            issued_at: row.issued_at.map(time::read),
            version: row.version,
        }))
    }

    async fn sealed_record(&self, record: &Record) -> Result<Model, StoreError> {
        let mut row = Model {
            id: record.id.uuid(),
            group_id: record.group.uuid(),
            session_id: record.session.uuid(),
            status: record.status.word().to_owned(),
            issued_at: record.issued_at.map(time::bind),
            version: record.version,
            sealed: Vec::new(),
        };
        let text = RecordText { text: record.text.clone() };
        row.sealed = self.seal_note(KeyScope::Group(record.group), &aad(&row), &text).await?;
        Ok(row)
    }
}

impl Tx {
    /// A record of the scope, as this transaction has left it.
    pub async fn record_seen(&self, scope: &Records, id: RecordId) -> Result<Option<Record>, StoreError> {
        let found = self.store().records_where(&self.sql(), scope, Column::Id.eq(id.uuid())).await?;
        Ok(found.into_iter().next())
    }

    /// Adds the record of a session. [`StoreError::Taken`] with `record.session` where it has one.
    pub async fn add_record(&self, record: &Record) -> Result<(), StoreError> {
        let row = self.store().sealed_record(record).await?;
        self.sql().insert(row).await
    }

    /// Writes a record over the version before it; [`StoreError::Stale`] where another is current.
    pub async fn change_record(&self, record: &Record) -> Result<(), StoreError> {
        let row = self.store().sealed_record(record).await?;
        let before = Condition::all().add(Column::Id.eq(row.id)).add(Column::Version.eq(row.version - 1));
        self.sql().overwrite(row.into_active_model().reset_all(), before).await
    }

    /// Adds what was asked of a record. Ask under [`Tx::lock_group`].
    pub async fn add_correction(&self, asked: &Correction) -> Result<(), StoreError> {
        let mut row = correction::Model {
            id: asked.id.uuid(),
            group_id: asked.group.uuid(),
            record_id: asked.record.uuid(),
            sealed: Vec::new(),
        };
        let text = CorrectionText { passage: asked.passage.clone(), wording: asked.wording.clone() };
        let scope = KeyScope::Group(asked.group);
        row.sealed = self.store().seal_note(scope, &correction_aad(&row), &text).await?;
        self.sql().insert(row).await
    }

    /// Whether a record has as many corrections as it can have. Ask under [`Tx::lock_group`].
    pub async fn has_corrections(&self, record: RecordId, most: usize) -> Result<bool, StoreError> {
        let asked = correction::Entity::find().filter(correction::Column::RecordId.eq(record.uuid()));
        Ok(asked.count(&self.sql()).await? >= most as u64)
    }
}

fn select(scope: &Records, which: Expr) -> SelectStatement {
    let of_session = session::Column::Id.into_expr().eq(Column::SessionId.into_expr());
    let open_silence = Condition::all()
        .add(silence_procedure::Column::RecordId.into_expr().eq(Column::Id.into_expr()))
        .add(silence_procedure::Column::Status.eq(SilenceWord::Open.word()));
    let mut select = Query::select();
    trusted::whole_row(&mut select, Entity, "record_");
    trusted::whole_row(&mut select, silence_procedure::Entity, "silence_");
    select
        .from(Entity)
        .join(JoinType::InnerJoin, session::Entity, of_session)
        .join(JoinType::LeftJoin, silence_procedure::Entity, open_silence)
        .cond_where(scope::records(scope))
        .and_where(which)
        .take()
}
