//! Up to when readers were told that there is something new, and what is new since.
//!
//! Deliberately absent: who has read what, and who wrote it. Of a note is told for whom it is and when it could be read.

use std::collections::HashSet;

use dipoli_domain::{
    Timestamp,
    id::{DelegationId, PersonId, WorkingGroupId},
    note::Visibility,
    policy::{Seat, scope::ChathamHouseFacts},
    time as domain_time,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter,
    prelude::DateTimeUtc,
    sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    Store, StoreError, Tx,
    connection::Sql,
    entity::{chatham_house_note, digest, membership, note, session},
    membership_row, time,
};

/// The one row.
const ROW: i32 = 1;

#[derive(FromQueryResult)]
struct NewNote {
    group_id: Uuid,
    published: bool,
    visibility: String,
    delegation_id: Option<Uuid>,
    since: DateTimeUtc,
}

/// In a copy that is there for a look, nobody is told of anything.
pub(crate) async fn tell_nobody(sql: &Sql<'_>) -> Result<(), StoreError> {
    digest::Entity::delete_many().exec(sql).await?;
    let never = time::bind(domain_time::start_of(jiff::civil::date(9000, 1, 1)));
    sql.insert(digest::Model { id: ROW, told_until: never }).await
}

impl Store {
    /// Up to when readers were told; `None` where nobody ever was.
    pub async fn told_until(&self) -> Result<Option<Timestamp>, StoreError> {
        let row = digest::Entity::find_by_id(ROW).one(&self.reads()).await?;
        Ok(row.map(|row| time::read(row.told_until)))
    }
}

impl Tx {
    /// Notes that readers are told of what is new up to `until`. `false`, and nothing is written, where that was done: of
    /// several processes one does it.
    pub async fn tell_until(&self, told: Option<Timestamp>, until: Timestamp) -> Result<bool, StoreError> {
        let row = digest::Model { id: ROW, told_until: time::bind(until) };
        if told.is_none() && digest::Entity::find_by_id(ROW).one(&self.sql()).await?.is_none() {
            return self.sql().insert(row).await.map(|()| true);
        }
        let is_before =
            Condition::all().add(digest::Column::Id.eq(ROW)).add(digest::Column::ToldUntil.lt(row.told_until));
        match self.sql().overwrite(row.into_active_model().reset_all(), is_before).await {
            Err(StoreError::Stale) => Ok(false),
            written => written.map(|()| true),
        }
    }

    /// What became readable from `since` on, before `until`: for whom, without whose it is.
    pub async fn new_notes(&self, since: Timestamp, until: Timestamp) -> Result<Vec<ChathamHouseFacts>, StoreError> {
        let named = self.sql().rows::<NewNote>(&named(since, until)).await?;
        let under_the_rule = self.sql().rows::<NewNote>(&under_the_rule(since, until)).await?;
        let ring = self.store().keys().ring();
        let of_living = |row: &NewNote| !ring.is_destroyed(WorkingGroupId::from_uuid(row.group_id));
        let facts = named.into_iter().chain(under_the_rule).filter(of_living).map(|row| {
            Ok(ChathamHouseFacts {
                group: WorkingGroupId::from_uuid(row.group_id),
                session_published: row.published,
                visibility: Visibility::from_word(&row.visibility).ok_or(StoreError::Integrity)?,
                delegation: row.delegation_id.map(DelegationId::from_uuid),
                released_at: time::read(row.since),
            })
        });
        facts.collect()
    }

    /// The seats in effect in these groups, each with whose it is.
    pub async fn readers_seats(&self, groups: &HashSet<WorkingGroupId>) -> Result<Vec<(PersonId, Seat)>, StoreError> {
        let mut seats = Vec::new();
        for group in groups {
            let rows = membership::Entity::find()
                .filter(membership::Column::GroupId.eq(group.uuid()))
                .filter(membership::Column::LeftOn.is_null())
                .filter(membership::Column::SeatedAt.is_not_null())
                .all(&self.sql())
                .await?;
            for row in rows.into_iter().filter(|row| self.store().is_genuine(row)) {
                seats.push((PersonId::from_uuid(row.person_id), membership_row::policy_seat(&row)?));
            }
        }
        Ok(seats)
    }
}

fn named(since: Timestamp, until: Timestamp) -> SelectStatement {
    let on = note::Column::SessionId.into_expr().equals(session::Column::Id.as_column_ref());
    let mut select = Query::select();
    columns(
        &mut select,
        [
            note::Column::GroupId.into_expr(),
            note::Column::Visibility.into_expr(),
            note::Column::DelegationId.into_expr(),
        ],
        note::Column::PostedAt.into_expr(),
    );
    select
        .from(note::Entity)
        .join(JoinType::InnerJoin, session::Entity, on)
        .and_where(note::Column::PostedAt.gte(time::bind(since)))
        .and_where(note::Column::PostedAt.lt(time::bind(until)))
        .and_where(note::Column::Withdrawn.eq(false))
        .and_where(note::Column::Visibility.ne(Visibility::Private.word()))
        .take()
}

fn under_the_rule(since: Timestamp, until: Timestamp) -> SelectStatement {
    use chatham_house_note::Column;
    let on = Column::SessionId.into_expr().equals(session::Column::Id.as_column_ref());
    let mut select = Query::select();
    columns(
        &mut select,
        [Column::GroupId.into_expr(), Column::Visibility.into_expr(), Column::DelegationId.into_expr()],
        Column::ReleasedAt.into_expr(),
    );
    select
        .from(chatham_house_note::Entity)
        .join(JoinType::InnerJoin, session::Entity, on)
        .and_where(Column::ReleasedAt.gte(time::bind(since)))
        .and_where(Column::ReleasedAt.lt(time::bind(until)))
        .and_where(Column::Withdrawn.eq(false))
        .take()
}

fn columns(select: &mut SelectStatement, [group, visibility, delegation]: [Expr; 3], since: Expr) {
    select
        .expr_as(group, "group_id")
        .expr_as(session::Column::Published.into_expr(), "published")
        .expr_as(visibility, "visibility")
        .expr_as(delegation, "delegation_id")
        .expr_as(since, "since");
}
