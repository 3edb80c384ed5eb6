//! Sessions: lists by start, single ones, and their changes, each made from the version that was read.
//!
//! What a session says (title, purpose, venue, the remote room, why it was cancelled) is one sealed text. Local
//! date-time and zone are the truth; `starts_at` and `ends_at` are kept beside them for order and search.

use std::collections::HashMap;

use dipoli_domain::{
    Timestamp,
    id::{SessionId, WorkingGroupId},
    note::Attribution,
    page::{Page, Slice},
    policy::scope::Sessions,
    session::{Session, SessionStatus},
    time::{Wall, Zone},
};
use jiff::civil;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, FromQueryResult, IntoActiveModel, Iterable, QueryFilter,
    QueryTrait,
    sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    KeyScope, Store, StoreError, Tx,
    entity::session::{Column, Entity, Model},
    paging::{PAGE, Paging},
    scope,
    seal::Aad,
    time,
};

/// A session's place in a list.
pub type SessionKey = (Timestamp, SessionId);

/// Which sessions a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// Only these; none where the list is empty.
    pub status: Option<Vec<SessionStatus>>,
    /// Only those that start after this instant.
    pub starts_after: Option<Timestamp>,
    /// Only those that start before this instant.
    pub starts_before: Option<Timestamp>,
    /// Only those that end after this instant.
    pub ends_after: Option<Timestamp>,
}

impl SessionFilter {
    fn condition(&self) -> Condition {
        let status = self.status.as_ref().map(|status| match status.as_slice() {
            [] => scope::nothing(),
            some => Column::Status.is_in(some.iter().map(|status| status.word())),
        });
        Condition::all()
            .add_option(status)
            .add_option(self.starts_after.map(|instant| Column::StartsAt.gt(time::bind(instant))))
            .add_option(self.starts_before.map(|instant| Column::StartsAt.lt(time::bind(instant))))
            .add_option(self.ends_after.map(|instant| Column::EndsAt.gt(time::bind(instant))))
    }
}

/// What is sealed of a session.
#[derive(Serialize, Deserialize)]
struct SessionText {
    title: String,
    purpose: String,
    venue: Option<String>,
    join_url: Option<String>,
    cancel_reason: Option<String>,
}

/// What a session's text is bound to: everything that the policy reads of the row.
fn aad(row: &Model) -> Aad {
    Aad::of("session")
        .id(row.id)
        .id(row.group_id)
        .text(&row.status)
        .flag(row.published)
        .text(&row.attribution)
}

fn by_start() -> [Expr; 2] {
    [Column::StartsAt.into_expr(), Column::Id.into_expr()]
}

#[derive(FromQueryResult)]
struct Count {
    list: Uuid,
    number: i64,
}

impl Store {
    /// Those of these sessions that are in scope.
    pub async fn sessions(&self, scope: &Sessions, ids: &[SessionId]) -> Result<Vec<Session>, StoreError> {
        let found = Entity::find()
            .filter(scope::sessions(scope))
            .filter(scope::one_of(Column::Id.into_expr(), ids.iter().map(|id| id.uuid())));
        self.opened_sessions(found.all(&self.reads()).await?).await
    }

    /// A page of the sessions in scope, by start and id.
    pub async fn session_page(
        &self,
        scope: &Sessions,
        filter: &SessionFilter,
        page: &Page<SessionKey>,
    ) -> Result<Slice<Session>, StoreError> {
        let listed = Entity::find().filter(scope::sessions(scope)).filter(filter.condition());
        let slice = Paging::new(page, by_start()).slice(&self.reads(), listed.into_query()).await?;
        self.opened_slice(slice).await
    }

    /// The same page of each group's sessions. A group without any is absent.
    pub async fn session_pages(
        &self,
        scope: &Sessions,
        groups: &[WorkingGroupId],
        filter: &SessionFilter,
        page: &Page<SessionKey>,
    ) -> Result<HashMap<WorkingGroupId, Slice<Session>>, StoreError> {
        let mut keys = of_groups(scope, groups, filter);
        keys.expr_as(Column::Id.into_expr(), "key");
        let whole = |page: &mut SelectStatement| {
            let same = Column::Id.into_expr().eq(Expr::col((PAGE, "key")));
            page.join(JoinType::InnerJoin, Entity, same).columns(Column::iter().map(|column| (Entity, column))).take()
        };
        let pages = Paging::new(page, by_start())
            .slices_joined(&self.reads(), keys, Column::GroupId, |row: &Model| row.group_id, whole)
            .await?;
        let mut opened = HashMap::with_capacity(pages.len());
        for (group, slice) in pages {
            opened.insert(WorkingGroupId::from_uuid(group), self.opened_slice(slice).await?);
        }
        Ok(opened)
    }

    /// How many sessions [`Store::session_page`] has in all.
    pub async fn session_count(&self, scope: &Sessions, filter: &SessionFilter) -> Result<u64, StoreError> {
        let count = Query::select()
            .expr(Column::Id.into_expr().count())
            .from(Entity)
            .cond_where(scope::sessions(scope))
            .cond_where(filter.condition())
            .take();
        Ok(self.reads().number(&count).await?.unsigned_abs())
    }

    /// How many sessions [`Store::session_pages`] has in all, for each group that has any.
    pub async fn session_counts(
        &self,
        scope: &Sessions,
        groups: &[WorkingGroupId],
        filter: &SessionFilter,
    ) -> Result<HashMap<WorkingGroupId, u64>, StoreError> {
        let count = of_groups(scope, groups, filter)
            .expr_as(Column::GroupId.into_expr(), "list")
            .expr_as(Column::Id.into_expr().count(), "number")
            .add_group_by([Column::GroupId.into_expr()])
            .take();
        let counts = self.reads().rows::<Count>(&count).await?;
        Ok(counts.into_iter().map(|row| (WorkingGroupId::from_uuid(row.list), row.number.unsigned_abs())).collect())
    }

    /// Sessions to come whose stored instants are no longer those of their wall clocks, since a zone's rules have
    /// changed. For the clock's work; nothing but ids is told.
    pub async fn sessions_off_the_wall(&self, now: Timestamp) -> Result<Vec<SessionId>, StoreError> {
        let to_come = Entity::find()
            .filter(open_statuses())
            .filter(Column::StartsAt.gt(time::bind(now)))
            .all(&self.reads())
            .await?;
        let mut off = Vec::new();
        for row in to_come {
            let id = SessionId::from_uuid(row.id);
            match walls(&row) {
                None => self.report(id),
                Some((starts, ends)) => {
                    let stored = (time::read(row.starts_at), time::read(row.ends_at));
                    if stored != (starts.instant(), ends.instant()) {
                        off.push(id);
                    }
                }
            }
        }
        Ok(off)
    }

    async fn opened_slice(&self, slice: Slice<Model>) -> Result<Slice<Session>, StoreError> {
        let (has_previous, has_next) = (slice.has_previous, slice.has_next);
        Ok(Slice { rows: self.opened_sessions(slice.rows).await?, has_previous, has_next })
    }

    async fn opened_sessions(&self, rows: Vec<Model>) -> Result<Vec<Session>, StoreError> {
        let mut opened = Vec::with_capacity(rows.len());
        for row in rows {
            opened.extend(self.opened_session(row).await?);
        }
        Ok(opened)
    }

    async fn opened_session(&self, row: Model) -> Result<Option<Session>, StoreError> {
        let id = SessionId::from_uuid(row.id);
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
        };
        let text = SessionText {
            title: session.title.clone(),
            purpose: session.purpose.clone(),
            venue: session.venue.clone(),
            join_url: session.join_url.clone(),
            cancel_reason: session.cancel_reason.clone(),
        };
        row.sealed = self.seal(KeyScope::Group(session.group), &aad(&row), &text).await?;
        Ok(row)
    }
}

impl Tx {
    /// Adds a session.
    pub async fn add_session(&self, session: &Session) -> Result<(), StoreError> {
        let row = self.store().sealed_session(session).await?;
        self.sql().insert(row).await
    }

    /// Writes a session over the version before it; [`StoreError::Stale`] where another is current.
    pub async fn change_session(&self, session: &Session) -> Result<(), StoreError> {
        let row = self.store().sealed_session(session).await?;
        let before = Condition::all().add(Column::Id.eq(row.id)).add(Column::Version.eq(row.version - 1));
        self.sql().overwrite(row.into_active_model().reset_all(), before).await
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

fn of_groups(scope: &Sessions, groups: &[WorkingGroupId], filter: &SessionFilter) -> SelectStatement {
    Query::select()
        .from(Entity)
        .cond_where(scope::sessions(scope))
        .cond_where(filter.condition())
        .and_where(scope::one_of(Column::GroupId.into_expr(), groups.iter().map(|group| group.uuid())))
        .take()
}

fn open_statuses() -> Expr {
    Column::Status.is_in([SessionStatus::Draft.word(), SessionStatus::Scheduled.word()])
}

/// The session of a row; `None` where it holds what was never written.
fn session(row: &Model, text: SessionText) -> Option<Session> {
    let (starts, ends) = walls(row)?;
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
        cancel_reason: text.cancel_reason,
        sequence: row.sequence,
        version: row.version,
    })
}

fn walls(row: &Model) -> Option<(Wall, Wall)> {
    let zone = Zone::stored(&row.time_zone)?;
    let local = |text: &str| text.parse::<civil::DateTime>().ok();
    let starts = Wall { local: local(&row.starts_local)?, zone: zone.clone() };
    Some((starts, Wall { local: local(&row.ends_local)?, zone }))
}
