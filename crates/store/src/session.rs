//! Sessions: lists by start, and single ones. The rows themselves, and writing them, are in `session/row.rs`.
//!
//! What a session says (title, purpose, venue, the remote room, why it was cancelled) is one sealed text. Local
//! date-time and zone are the truth; `starts_at` and `ends_at` are kept beside them for order and search.

mod row;

use std::collections::HashMap;

use dipoli_domain::{
    Timestamp,
    id::{SessionId, WorkingGroupId},
    page::{Page, Slice},
    policy::scope::Sessions,
    session::{Session, SessionStatus},
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, Iterable, QueryFilter,
    sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement},
};

use uuid::Uuid;

use self::row::{open_statuses, walls};
use crate::{
    Store, StoreError,
    connection::Sql,
    entity::session::{Column, Entity, Model},
    paging::{PAGE, Paging},
    scope, time,
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

fn by_start() -> [Expr; 2] {
    [Column::StartsAt.into_expr(), Column::Id.into_expr()]
}

impl Store {
    /// Those of these sessions that are in scope.
    pub async fn sessions(&self, scope: &Sessions, ids: &[SessionId]) -> Result<Vec<Session>, StoreError> {
        let mut found = row::with_group(scope);
        found.and_where(scope::one_of(Column::Id.into_expr(), ids.iter().map(|id| id.uuid())));
        let rows = self.reads().rows(&found).await?;
        self.of_opened_groups(rows).await
    }

    /// All sessions in scope, by start and id. For what goes along with a track that is closed.
    pub async fn all_sessions(&self, scope: &Sessions) -> Result<Vec<Session>, StoreError> {
        let rows = self.reads().rows(&row::with_group(scope)).await?;
        let mut sessions = self.of_opened_groups(rows).await?;
        sessions.sort_by_key(|session| (session.starts_at(), session.id));
        Ok(sessions)
    }

    /// The sessions of these groups that are in scope and were held or are to be: what the chair goes round by.
    pub async fn sessions_in_turn(
        &self,
        scope: &Sessions,
        groups: &[WorkingGroupId],
    ) -> Result<Vec<Session>, StoreError> {
        let mut found = row::with_group(scope);
        found
            .and_where(scope::one_of(Column::GroupId.into_expr(), groups.iter().map(|id| id.uuid())))
            .and_where(Column::Status.is_in([SessionStatus::Scheduled.word(), SessionStatus::Concluded.word()]));
        let rows = self.reads().rows(&found).await?;
        self.of_opened_groups(rows).await
    }

    /// How many sessions of each of these groups were held, whoever asks: by that a rotating order begins.
    pub async fn sessions_held(&self, groups: &[WorkingGroupId]) -> Result<HashMap<WorkingGroupId, u64>, StoreError> {
        let count = Query::select()
            .from(Entity)
            .expr_as(Column::GroupId.into_expr(), "list")
            .expr_as(Column::Id.into_expr().count(), "number")
            .and_where(scope::one_of(Column::GroupId.into_expr(), groups.iter().map(|id| id.uuid())))
            .and_where(Column::Status.eq(SessionStatus::Concluded.word()))
            .add_group_by([Column::GroupId.into_expr()])
            .take();
        let counts = self.reads().counts(&count).await?;
        Ok(counts.into_iter().map(|(group, number)| (WorkingGroupId::from_uuid(group), number)).collect())
    }

    /// A page of the sessions in scope, by start and id.
    pub async fn session_page(
        &self,
        scope: &Sessions,
        filter: &SessionFilter,
        page: &Page<SessionKey>,
    ) -> Result<Slice<Session>, StoreError> {
        let mut listed = row::with_group(scope);
        listed.cond_where(filter.condition());
        let Slice { rows, has_previous, has_next } = Paging::new(page, by_start()).slice(&self.reads(), listed).await?;
        Ok(Slice { rows: self.of_opened_groups(rows).await?, has_previous, has_next })
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
            .slices_joined(&self.reads(), keys, Column::GroupId.into_expr(), |row: &Model| row.group_id, whole)
            .await?;
        let mut opened = HashMap::with_capacity(pages.len());
        for (group, slice) in pages {
            opened.insert(WorkingGroupId::from_uuid(group), self.opened_slice(slice).await?);
        }
        Ok(opened)
    }

    /// The versions of a group's sessions in scope.
    pub async fn session_versions(
        &self,
        scope: &Sessions,
        group: WorkingGroupId,
    ) -> Result<HashMap<SessionId, i32>, StoreError> {
        #[derive(FromQueryResult)]
        struct Version {
            id: Uuid,
            version: i32,
        }
        let mut select = of_groups(scope, &[group], &SessionFilter::default());
        select.expr_as(Column::Id.into_expr(), "id").expr_as(Column::Version.into_expr(), "version");
        let rows = self.reads().rows::<Version>(&select).await?;
        Ok(rows.into_iter().map(|row| (SessionId::from_uuid(row.id), row.version)).collect())
    }

    /// Whether a session of this group is on.
    pub(crate) async fn session_is_on(
        &self,
        sql: &Sql<'_>,
        group: WorkingGroupId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let on = Entity::find()
            .filter(Column::GroupId.eq(group.uuid()))
            .filter(Column::Status.eq(SessionStatus::Scheduled.word()))
            .filter(Column::StartsAt.lte(time::bind(now)))
            .filter(Column::EndsAt.gt(time::bind(now)));
        Ok(on.all(sql).await?.iter().any(|row| self.is_genuine(row)))
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
        let counts = self.reads().counts(&count).await?;
        Ok(counts.into_iter().map(|(group, number)| (WorkingGroupId::from_uuid(group), number)).collect())
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
            if !self.is_genuine(&row) {
                continue;
            }
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
}

fn of_groups(scope: &Sessions, groups: &[WorkingGroupId], filter: &SessionFilter) -> SelectStatement {
    Query::select()
        .from(Entity)
        .cond_where(scope::sessions(scope))
        .cond_where(filter.condition())
        .and_where(scope::one_of(Column::GroupId.into_expr(), groups.iter().map(|group| group.uuid())))
        .take()
}
