//! Seats as a viewer may see them: single ones, pages of a group's, one's own.
//!
//! Deliberately absent: giving, changing and taking them (see `seating.rs`).

use std::collections::HashMap;

use dipoli_domain::{
    id::{MembershipId, WorkingGroupId},
    membership::{Membership, Role},
    page::{Page, Slice},
    policy::scope::{Groups, People},
};
use sea_orm::{
    ColumnTrait, Condition, FromQueryResult,
    sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    entity::{
        delegation,
        membership::{Column, Entity},
        person,
    },
    membership_seen::{self, SeatRow, Seats},
    paging::{PAGE, Paging},
    scope,
};

#[derive(FromQueryResult)]
struct Row {
    #[sea_orm(nested)]
    seat: SeatRow,
}

#[derive(FromQueryResult)]
struct RowOfGroup {
    group_id: Uuid,
    #[sea_orm(nested)]
    seat: SeatRow,
}

#[derive(FromQueryResult)]
struct Count {
    list: Uuid,
    number: i64,
}

impl Store {
    /// All of a group's seats, if it is in scope, seats that were left included.
    pub async fn memberships_of_group(
        &self,
        scope: &Groups,
        people: &People,
        group: WorkingGroupId,
    ) -> Result<Vec<Membership>, StoreError> {
        let mut select = whole(people);
        select
            .cond_where(scope::groups(self, scope, Column::GroupId.into_expr()))
            .and_where(Column::GroupId.into_expr().eq(group.uuid()));
        self.opened_seats(self.reads().rows::<Row>(&select).await?.into_iter().map(|row| row.seat)).await
    }

    /// Those of these seats that are in scope, seats that were left included.
    pub async fn memberships(
        &self,
        scope: &Groups,
        people: &People,
        ids: &[MembershipId],
    ) -> Result<Vec<Membership>, StoreError> {
        let mut select = whole(people);
        select
            .cond_where(scope::groups(self, scope, Column::GroupId.into_expr()))
            .and_where(scope::one_of(Column::Id.into_expr(), ids.iter().map(|id| id.uuid())));
        self.opened_seats(self.reads().rows::<Row>(&select).await?.into_iter().map(|row| row.seat)).await
    }

    /// The same page of the seats of each of these groups that is in scope, by their ids; seats that were left apart.
    /// A group without any is absent.
    pub async fn membership_pages(
        &self,
        scope: &Groups,
        people: &People,
        groups: &[WorkingGroupId],
        role: Option<Role>,
        page: &Page<MembershipId>,
    ) -> Result<HashMap<WorkingGroupId, Slice<Membership>>, StoreError> {
        let keys = self.held(scope, groups, role).expr_as(Column::Id.into_expr(), "key").take();
        let belong = |page: &mut SelectStatement| {
            membership_seen::join(page, Expr::col((PAGE, "key")));
            membership_seen::select(page, people);
            page.expr_as(Column::GroupId.into_expr(), "group_id").take()
        };
        let pages = Paging::new(page, [Column::Id.into_expr()])
            .slices_joined(&self.reads(), keys, Column::GroupId.into_expr(), |row: &RowOfGroup| row.group_id, belong)
            .await?;
        let mut opened = HashMap::with_capacity(pages.len());
        for (group, Slice { rows, has_previous, has_next }) in pages {
            let rows = self.opened_seats(rows.into_iter().map(|row| row.seat)).await?;
            opened.insert(WorkingGroupId::from_uuid(group), Slice { rows, has_previous, has_next });
        }
        Ok(opened)
    }

    /// How many [`Store::membership_pages`] has in all, for each group that has any.
    pub async fn membership_counts(
        &self,
        scope: &Groups,
        groups: &[WorkingGroupId],
        role: Option<Role>,
    ) -> Result<HashMap<WorkingGroupId, u64>, StoreError> {
        let count = self
            .held(scope, groups, role)
            .expr_as(Column::GroupId.into_expr(), "list")
            .expr_as(Column::Id.into_expr().count(), "number")
            .add_group_by([Column::GroupId.into_expr()])
            .take();
        let counts = self.reads().rows::<Count>(&count).await?;
        Ok(counts.into_iter().map(|row| (WorkingGroupId::from_uuid(row.list), row.number.unsigned_abs())).collect())
    }

    /// A page of the viewer's own seats in effect in groups of the scope, by their ids.
    pub async fn own_memberships(
        &self,
        scope: &Groups,
        people: &People,
        page: &Page<MembershipId>,
    ) -> Result<Slice<Membership>, StoreError> {
        let mut select = whole(people);
        let living = self.living(Column::GroupId.into_expr());
        select
            .cond_where(in_effect())
            .cond_where(living)
            .cond_where(scope::groups(self, scope, Column::GroupId.into_expr()))
            .and_where(Column::PersonId.eq(people.viewer.uuid()));
        let Slice { rows, has_previous, has_next } =
            Paging::new(page, [Column::Id.into_expr()]).slice::<Row>(&self.reads(), select).await?;
        let rows = self.opened_seats(rows.into_iter().map(|row| row.seat)).await?;
        Ok(Slice { rows, has_previous, has_next })
    }

    /// Seats of these groups, as far as they are in scope, that have not been left.
    fn held(&self, scope: &Groups, groups: &[WorkingGroupId], role: Option<Role>) -> SelectStatement {
        Query::select()
            .from(Entity)
            .cond_where(scope::groups(self, scope, Column::GroupId.into_expr()))
            .and_where(scope::one_of(Column::GroupId.into_expr(), groups.iter().map(|id| id.uuid())))
            .and_where(Column::LeftOn.is_null())
            .and_where_option(role.map(|role| Column::Role.eq(role.word())))
            .take()
    }

    async fn opened_seats(&self, rows: impl Iterator<Item = SeatRow>) -> Result<Vec<Membership>, StoreError> {
        let mut seats = Seats::new(self);
        let mut opened = Vec::new();
        for row in rows {
            opened.extend(seats.membership(row).await?);
        }
        Ok(opened)
    }
}

/// Seats in effect.
pub(crate) fn in_effect() -> Condition {
    Condition::all().add(Column::SeatedAt.is_not_null()).add(Column::LeftOn.is_null())
}

/// Selects seats with their people and delegations.
fn whole(people: &People) -> SelectStatement {
    let of_person = Column::PersonId.into_expr().eq(person::Column::Id.into_expr());
    let for_delegation = Column::DelegationId.into_expr().eq(delegation::Column::Id.into_expr());
    let mut select = Query::select()
        .from(Entity)
        .join(JoinType::InnerJoin, person::Entity, of_person)
        .join(JoinType::LeftJoin, delegation::Entity, for_delegation)
        .take();
    membership_seen::select(&mut select, people);
    select
}
