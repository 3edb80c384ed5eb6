//! A session's row: what it says, sealed and bound to all that the policy reads; the session made of it; and writing
//! it, each time over the version that was read.

use std::collections::HashMap;

use dipoli_domain::{
    Timestamp,
    id::{DelegationId, SessionId, WorkingGroupId},
    note::Attribution,
    page::Slice,
    policy::scope::Sessions,
    session::{Session, SessionStatus},
    time::{Wall, Zone},
};
use jiff::civil;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QueryTrait,
    sea_query::{Expr, ExprTrait, JoinType, OnConflict, SelectStatement},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    KeyScope, Store, StoreError, Tx,
    entity::{
        session::{Column, Entity, Model},
        session_change, working_group,
    },
    reseal::{Envelope, Sealed},
    scope,
    seal::Aad,
    time, trusted,
};

/// What is sealed of a session.
#[derive(Serialize, Deserialize)]
struct SessionText {
    title: String,
    purpose: String,
    venue: Option<String>,
    join_url: Option<String>,
    cancel_reason: Option<String>,
    /// In microseconds; sessions that were sealed before there was one have none.
    #[serde(default)]
    agenda_cut_off: Option<i64>,
    #[serde(default)]
    chaired_by: Option<Uuid>,
    #[serde(default)]
    passed: Vec<Uuid>,
}

/// What a session's text is bound to: everything that the policy reads of the row.
fn aad(row: &Model) -> Aad {
    Aad::of("session").id(row.id).id(row.group_id).text(&row.status).flag(row.published).text(&row.attribution)
}

impl Sealed for Entity {
    const TABLE: &'static str = "session";
    const ID: Column = Column::Id;
    const SEALED: Column = Column::Sealed;
    fn envelope(row: &Model) -> Option<Envelope<'_>> {
        Some(Envelope {
            id: row.id,
            row: SessionId::from_uuid(row.id).into(),
            scope: KeyScope::Group(WorkingGroupId::from_uuid(row.group_id)),
            aad: aad(row),
            sealed: &row.sealed,
        })
    }
}

/// A session with its group, for readers who meet it outside of the group.
#[derive(FromQueryResult)]
pub(super) struct RowOfGroup {
    #[sea_orm(nested)]
    session: Model,
    #[sea_orm(nested(prefix = "group_of_"))]
    group: working_group::Model,
}

/// Selects [`RowOfGroup`]s of sessions in scope.
pub(super) fn with_group(scope: &Sessions) -> SelectStatement {
    let group = Column::GroupId.into_expr().eq(working_group::Column::Id.into_expr());
    let mut select = Entity::find().filter(scope::sessions(scope)).into_query();
    trusted::whole_row(&mut select, working_group::Entity, "group_of_");
    select.join(JoinType::InnerJoin, working_group::Entity, group).take()
}

impl Store {
    pub(super) async fn opened_slice(&self, slice: Slice<Model>) -> Result<Slice<Session>, StoreError> {
        let (has_previous, has_next) = (slice.has_previous, slice.has_next);
        Ok(Slice { rows: self.opened_sessions(slice.rows).await?, has_previous, has_next })
    }

    /// The sessions of rows whose groups open too: what belongs to a group that does not is left out with it.
    pub(super) async fn of_opened_groups(&self, rows: Vec<RowOfGroup>) -> Result<Vec<Session>, StoreError> {
        let mut groups = HashMap::new();
        let mut opened = Vec::with_capacity(rows.len());
        for row in rows {
            let opens = match groups.get(&row.group.id) {
                Some(opens) => *opens,
                None => {
                    let opens = self.opened_group(&row.group).await?.is_some();
                    groups.insert(row.group.id, opens);
                    opens
                }
            };
            if opens {
                opened.extend(self.opened_session(row.session).await?);
            }
        }
        Ok(opened)
    }

    pub(crate) async fn opened_sessions(&self, rows: Vec<Model>) -> Result<Vec<Session>, StoreError> {
        let mut opened = Vec::with_capacity(rows.len());
        for row in rows {
            opened.extend(self.opened_session(row).await?);
        }
        Ok(opened)
    }

    pub(crate) async fn opened_session(&self, row: Model) -> Result<Option<Session>, StoreError> {
        let id = SessionId::from_uuid(row.id);
        if !self.is_genuine(&row) {
            return Ok(None);
        }
        let Some(text) = self.open_row::<SessionText>(id, &aad(&row), &row.sealed).await? else {
            return Ok(None);
        };
        let session = session(&row, text);
        if session.is_none() {
            self.report(id);
        }
        Ok(session)
    }

    async fn sealed_session(&self, session: &Session) -> Result<Model, StoreError> {
        let mut row = Model {
            id: session.id.uuid(),
            group_id: session.group.uuid(),
            status: session.status.word().to_owned(),
            published: session.published,
            starts_local: session.starts.local.to_string(),
            ends_local: session.ends.local.to_string(),
            time_zone: session.zone().name().to_owned(),
            starts_at: time::bind(session.starts_at()),
            ends_at: time::bind(session.ends_at()),
            attribution: session.attribution.word().to_owned(),
            sequence: session.sequence,
            version: session.version,
            sealed: Vec::new(),
            mac: None,
        };
        let text = SessionText {
            title: session.title.clone(),
            purpose: session.purpose.clone(),
            venue: session.venue.clone(),
            join_url: session.join_url.clone(),
            cancel_reason: session.cancel_reason.clone(),
            agenda_cut_off: session.agenda_cut_off.map(Timestamp::as_microsecond),
            chaired_by: session.chaired_by.map(DelegationId::uuid),
            passed: session.passed.iter().map(|delegation| delegation.uuid()).collect(),
        };
        row.sealed = self.seal(KeyScope::Group(session.group), &aad(&row), &text).await?;
        Ok(self.marked(row))
    }
}

impl Tx {
    /// Adds a session.
    pub async fn add_session(&self, session: &Session) -> Result<(), StoreError> {
        let row = self.store().sealed_session(session).await?;
        self.sql().insert(row).await?;
        self.calendars_must_learn_of(session.id).await
    }

    /// Writes a session over the version before it; [`StoreError::Stale`] where another is current.
    pub async fn change_session(&self, session: &Session) -> Result<(), StoreError> {
        let row = self.store().sealed_session(session).await?;
        let before = Condition::all().add(Column::Id.eq(row.id)).add(Column::Version.eq(row.version - 1));
        self.sql().overwrite(row.into_active_model().reset_all(), before).await?;
        self.calendars_must_learn_of(session.id).await
    }

    /// Notes when a session was last changed, for the calendars that show it.
    async fn calendars_must_learn_of(&self, session: SessionId) -> Result<(), StoreError> {
        let row = session_change::Model { session_id: session.uuid(), changed_at: time::bind(self.now()) };
        let mut insert = session_change::Entity::insert(row.into_active_model()).into_query();
        let again = OnConflict::column(session_change::Column::SessionId)
            .update_column(session_change::Column::ChangedAt)
            .to_owned();
        self.sql().run(insert.on_conflict(again)).await.map(drop)
    }

    /// A session as it is now. For the clock's work; whoever acts has loaded it through their scope.
    pub async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        match Entity::find_by_id(id.uuid()).one(&self.sql()).await? {
            Some(row) => self.store().opened_session(row).await,
            None => Ok(None),
        }
    }

    /// The group's sessions, drafts among them, that are neither cancelled nor concluded nor over.
    pub async fn sessions_not_ended(&self, group: WorkingGroupId) -> Result<Vec<Session>, StoreError> {
        let rows = Entity::find()
            .filter(Column::GroupId.eq(group.uuid()))
            .filter(open_statuses())
            .filter(Column::EndsAt.gt(time::bind(self.now())))
            .all(&self.sql())
            .await?;
        self.store().opened_sessions(rows).await
    }
}

pub(super) fn open_statuses() -> Expr {
    Column::Status.is_in([SessionStatus::Draft.word(), SessionStatus::Scheduled.word()])
}

/// The session of a row; `None` where it holds what was never written.
fn session(row: &Model, text: SessionText) -> Option<Session> {
    let (starts, ends) = walls(row)?;
    let agenda_cut_off = text.agenda_cut_off.map(Timestamp::from_microsecond).transpose().ok()?;
    Some(Session {
        id: SessionId::from_uuid(row.id),
        group: WorkingGroupId::from_uuid(row.group_id),
        title: text.title,
        purpose: text.purpose,
        venue: text.venue,
        join_url: text.join_url,
        status: SessionStatus::from_word(&row.status)?,
        published: row.published,
        starts,
        ends,
        attribution: Attribution::from_word(&row.attribution)?,
        agenda_cut_off,
        chaired_by: text.chaired_by.map(DelegationId::from_uuid),
        passed: text.passed.into_iter().map(DelegationId::from_uuid).collect(),
        cancel_reason: text.cancel_reason,
        sequence: row.sequence,
        version: row.version,
    })
}

pub(super) fn walls(row: &Model) -> Option<(Wall, Wall)> {
    let zone = Zone::stored(&row.time_zone)?;
    let local = |text: &str| text.parse::<civil::DateTime>().ok();
    let starts = Wall { local: local(&row.starts_local)?, zone: zone.clone() };
    Some((starts, Wall { local: local(&row.ends_local)?, zone }))
}
