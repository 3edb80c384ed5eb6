//! People as a viewer may see them: single ones wherever they are met, and the list of those that the viewer keeps.

use dipoli_domain::{
    id::PersonId,
    page::{Page, Slice},
    person::PersonSeen,
    policy::scope::People,
};
use sea_orm::{
    ColumnTrait, Condition, FromQueryResult,
    sea_query::{ExprTrait, Query, SelectStatement},
};

use crate::{
    Store, StoreError,
    entity::person::{Column, Entity},
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
        self.opened_people(self.reads().rows(&select).await?).await
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
        Ok(Slice { rows: self.opened_people(rows).await?, has_previous, has_next })
    }

    /// How many people are in `list`.
    pub async fn people_count(&self, list: &People) -> Result<u64, StoreError> {
        let count = listed(kept(list)).expr(Column::Id.into_expr().count()).take();
        Ok(self.reads().number(&count).await?.unsigned_abs())
    }

    async fn opened_people(&self, rows: Vec<Row>) -> Result<Vec<PersonSeen>, StoreError> {
        let mut opened = Vec::with_capacity(rows.len());
        for row in rows {
            opened.extend(self.seen(row.seen).await?);
        }
        Ok(opened)
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
