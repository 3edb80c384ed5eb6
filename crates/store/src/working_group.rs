//! Working groups: read by scope, found by a keyed hash of their slug, changed from the version that was read.

use std::collections::HashMap;

use dipoli_domain::{
    id::WorkingGroupId,
    membership::MayHaveWritten,
    note::Attribution,
    page::{Page, Slice},
    person::Standing,
    policy::scope::Groups,
    time as domain_time,
    time::Zone,
    working_group::WorkingGroup,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, FromQueryResult, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryTrait,
    prelude::{Date, DateTimeUtc},
    sea_query::{ExprTrait, JoinType, Query, SelectStatement},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    KeyScope, Store, StoreError, Tx,
    entity::{
        membership, person,
        working_group::{Column, Entity, Model},
    },
    paging::Paging,
    scope,
    seal::Aad,
    time,
};

/// What is sealed of a group.
#[derive(Serialize, Deserialize)]
struct GroupText {
    slug: String,
    name: String,
    mandate: String,
}

/// What a group's text is bound to.
fn aad(row: &Model) -> Aad {
    Aad::of("working_group").id(row.id).bytes(&row.slug_mac).text(&row.default_attribution)
}

/// A seat in effect that may post, with what decides whether it counts for the anonymity set.
#[derive(FromQueryResult)]
struct PostingSeat {
    group_id: Uuid,
    posts_from: DateTimeUtc,
    convened_on: Date,
}

impl Store {
    /// Those of these groups that are in scope.
    pub async fn working_groups(
        &self,
        scope: &Groups,
        ids: &[WorkingGroupId],
    ) -> Result<Vec<WorkingGroup>, StoreError> {
        let asked = scope::one_of(Column::Id.into_expr(), ids.iter().map(|id| id.uuid()));
        let rows = Entity::find().filter(within(scope)).filter(asked).all(&self.reads()).await?;
        let mut opened = Vec::with_capacity(rows.len());
        for row in &rows {
            opened.extend(self.opened_group(row).await?);
        }
        Ok(opened)
    }

    /// The group of that slug, if it is in scope.
    pub async fn working_group_of_slug(&self, scope: &Groups, slug: &str) -> Result<Option<WorkingGroup>, StoreError> {
        let of_slug = Column::SlugMac.eq(self.slug_mac(slug));
        match Entity::find().filter(within(scope)).filter(of_slug).one(&self.reads()).await? {
            Some(row) => self.opened_group(&row).await,
            None => Ok(None),
        }
    }

    /// A page of the groups in scope, by their ids.
    pub async fn working_group_page(
        &self,
        scope: &Groups,
        page: &Page<WorkingGroupId>,
    ) -> Result<Slice<WorkingGroup>, StoreError> {
        let select = Entity::find().filter(within(scope)).into_query();
        let Slice { rows, has_previous, has_next } =
            Paging::new(page, [Column::Id.into_expr()]).slice::<Model>(&self.reads(), select).await?;
        let mut opened = Vec::with_capacity(rows.len());
        for row in &rows {
            opened.extend(self.opened_group(row).await?);
        }
        Ok(Slice { rows: opened, has_previous, has_next })
    }

    /// How many groups are in scope.
    pub async fn working_group_count(&self, scope: &Groups) -> Result<u64, StoreError> {
        Ok(Entity::find().filter(within(scope)).count(&self.reads()).await?)
    }

    /// The seats of those of these groups that are in scope whose people are active and may post, for each group.
    /// Who they are is not told.
    pub async fn posting_seats(
        &self,
        scope: &Groups,
        groups: &[WorkingGroupId],
    ) -> Result<HashMap<WorkingGroupId, Vec<MayHaveWritten>>, StoreError> {
        let mut seats: HashMap<WorkingGroupId, Vec<MayHaveWritten>> = HashMap::new();
        for row in self.reads().rows::<PostingSeat>(&posting_seats(scope, groups)).await? {
            let convened_on = time::read_day(row.convened_on)?;
            let seat = MayHaveWritten { posts_from: time::read(row.posts_from), convened_on };
            seats.entry(WorkingGroupId::from_uuid(row.group_id)).or_default().push(seat);
        }
        Ok(seats)
    }

    fn slug_mac(&self, slug: &str) -> Vec<u8> {
        self.mac("working_group.slug", &[slug.as_bytes()]).to_vec()
    }

    async fn opened_group(&self, row: &Model) -> Result<Option<WorkingGroup>, StoreError> {
        let id = WorkingGroupId::from_uuid(row.id);
        let Some(text) = self.open_row::<GroupText>(id, &aad(row), &row.sealed).await? else {
            return Ok(None);
        };
        let Some(default_attribution) = Attribution::from_word(&row.default_attribution) else {
            self.report(id);
            return Ok(None);
        };
        let zone = Zone::stored(&row.time_zone).unwrap_or_else(Zone::utc);
        let GroupText { slug, name, mandate } = text;
        Ok(Some(WorkingGroup { id, slug, name, mandate, zone, default_attribution, version: row.version }))
    }
}

impl Tx {
    /// Adds a group, whose key was made before. [`StoreError::Taken`] with `working_group.slug` where there is one of
    /// that slug.
    pub async fn add_working_group(&self, new: &WorkingGroup) -> Result<(), StoreError> {
        let row = self.group_row(new).await?;
        self.sql().insert(row).await
    }

    /// Writes a group over the one of the version before; [`StoreError::Stale`] where that is not current.
    pub async fn overwrite_working_group(&self, group: &WorkingGroup) -> Result<(), StoreError> {
        let mut row = self.group_row(group).await?.into_active_model().reset_all();
        row.convened_on = sea_orm::ActiveValue::NotSet;
        let before = Condition::all().add(Column::Id.eq(group.id.uuid())).add(Column::Version.eq(group.version - 1));
        self.sql().overwrite(row, before).await
    }

    async fn group_row(&self, group: &WorkingGroup) -> Result<Model, StoreError> {
        let mut row = Model {
            id: group.id.uuid(),
            slug_mac: self.store().slug_mac(&group.slug),
            time_zone: group.zone.name().to_owned(),
            default_attribution: group.default_attribution.word().to_owned(),
            convened_on: time::bind_day(domain_time::day(self.now())),
            version: group.version,
            sealed: Vec::new(),
        };
        let text = GroupText { slug: group.slug.clone(), name: group.name.clone(), mandate: group.mandate.clone() };
        row.sealed = self.store().seal(KeyScope::Group(group.id), &aad(&row), &text).await?;
        Ok(row)
    }
}

fn within(scope: &Groups) -> Condition {
    scope::groups(scope, Column::Id.into_expr())
}

fn posting_seats(scope: &Groups, groups: &[WorkingGroupId]) -> SelectStatement {
    let group = membership::Column::GroupId.into_expr().eq(Column::Id.into_expr());
    let person = membership::Column::PersonId.into_expr().eq(person::Column::Id.into_expr());
    Query::select()
        .column((membership::Entity, membership::Column::GroupId))
        .column((membership::Entity, membership::Column::PostsFrom))
        .column((Entity, Column::ConvenedOn))
        .from(membership::Entity)
        .join(JoinType::InnerJoin, Entity, group)
        .join(JoinType::InnerJoin, person::Entity, person)
        .cond_where(within(scope))
        .and_where(scope::one_of(Column::Id.into_expr(), groups.iter().map(|id| id.uuid())))
        .and_where(person::Column::Standing.eq(Standing::Active.word()))
        .and_where(membership::Column::SeatedAt.is_not_null())
        .and_where(membership::Column::LeftOn.is_null())
        .and_where(membership::Column::PostsFrom.is_not_null())
        .take()
}
