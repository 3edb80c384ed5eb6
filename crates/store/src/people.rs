//! People as a viewer may see them: single ones wherever they are met, and the list of those that the viewer keeps.

use std::collections::HashMap;

use dipoli_domain::{
    id::PersonId,
    page::{Page, Slice},
    person::PersonSeen,
    policy::scope::People,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    sea_query::{ExprTrait, Query, SelectStatement},
};

use crate::{
    Store, StoreError,
    entity::{
        membership,
        person::{Column, Entity},
    },
    paging::Paging,
    person_seen::{self, SeenRow},
    scope,
};

#[derive(FromQueryResult)]
struct Row {
    #[sea_orm(nested)]
    seen: SeenRow,
}

impl Store {
    /// Those of these people whom the viewer may know of.
    pub async fn people(&self, scope: &People, ids: &[PersonId]) -> Result<Vec<PersonSeen>, StoreError> {
        let mut select = listed(scope::people(scope));
        select.and_where(scope::one_of(Column::Id.into_expr(), ids.iter().map(|id| id.uuid())));
        person_seen::select(&mut select, scope);
        let rows = self.reads().rows(&select).await?;
        self.opened_people(scope, rows).await
    }

    /// A page of the people in `list`, by their ids, as far as `scope` shows them.
    pub async fn people_page(
        &self,
        list: &People,
        scope: &People,
        page: &Page<PersonId>,
    ) -> Result<Slice<PersonSeen>, StoreError> {
        let mut select = listed(kept(list));
        person_seen::select(&mut select, scope);
        let Slice { rows, has_previous, has_next } =
            Paging::new(page, [Column::Id.into_expr()]).slice::<Row>(&self.reads(), select).await?;
        Ok(Slice { rows: self.opened_people(scope, rows).await?, has_previous, has_next })
    }

    /// How many people are in `list`.
    pub async fn people_count(&self, list: &People) -> Result<u64, StoreError> {
        let count = listed(kept(list)).expr(Column::Id.into_expr().count()).take();
        Ok(self.reads().number(&count).await?.unsigned_abs())
    }

    async fn opened_people(&self, scope: &People, rows: Vec<Row>) -> Result<Vec<PersonSeen>, StoreError> {
        let mut seats = self.shared_seats(scope, &rows).await?;
        let mut opened = Vec::with_capacity(rows.len());
        for Row { seen } in rows {
            let seats = seats.remove(&seen.id()).unwrap_or_default();
            opened.extend(self.seen(seen.by_seats(scope, &seats)).await?);
        }
        Ok(opened)
    }

    /// The genuine seats of these people in the groups by which the viewer knows of them: a row made from below makes
    /// nobody known (requirements N-16).
    async fn shared_seats(
        &self,
        scope: &People,
        rows: &[Row],
    ) -> Result<HashMap<PersonId, Vec<membership::Model>>, StoreError> {
        let mut seats: HashMap<PersonId, Vec<membership::Model>> = HashMap::new();
        if scope.everyone || rows.is_empty() {
            return Ok(seats);
        }
        let people =
            scope::one_of(membership::Column::PersonId.into_expr(), rows.iter().map(|row| row.seen.id().uuid()));
        let groups = scope.groups.iter().map(|group| group.uuid());
        let shared = membership::Entity::find()
            .filter(people)
            .filter(scope::one_of(membership::Column::GroupId.into_expr(), groups))
            .order_by_asc(membership::Column::Id);
        for row in shared.all(&self.reads()).await?.into_iter().filter(|row| self.is_genuine(row)) {
            seats.entry(PersonId::from_uuid(row.person_id)).or_default().push(row);
        }
        Ok(seats)
    }
}

/// Whoever keeps no group and not the track lists nobody, not even themself.
fn kept(list: &People) -> Condition {
    if list.everyone || !list.groups.is_empty() {
        scope::people_present(list)
    } else {
        Condition::all().add(scope::nothing())
    }
}

fn listed(condition: Condition) -> SelectStatement {
    Query::select().from(Entity).cond_where(condition).take()
}
