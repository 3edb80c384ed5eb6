//! Working groups: read by scope, found by a keyed hash of their slug, changed from the version that was read.

use std::collections::{HashMap, HashSet};

use dipoli_domain::{
    id::{DelegationId, WorkingGroupId},
    language::LanguageTag,
    membership::MayHaveWritten,
    note::Attribution,
    order::{Order, OrderKind},
    page::{Page, Slice},
    person::Standing,
    policy::scope::Groups,
    time as domain_time,
    time::Zone,
    working_group::WorkingGroup,
};
use jiff::civil;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, FromQueryResult, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryTrait,
    sea_query::{ExprTrait, JoinType, Query, SelectStatement},
};
use serde::{Deserialize, Serialize};

use crate::{
    KeyScope, Store, StoreError, Tx,
    entity::{
        membership, person,
        working_group::{Column, Entity, Model},
    },
    paging::Paging,
    reseal::{Envelope, Sealed},
    scope,
    seal::Aad,
    time, trusted,
};

/// What is sealed of a group.
#[derive(Serialize, Deserialize)]
struct GroupText {
    slug: String,
    name: String,
    mandate: String,
    /// Groups that were sealed before there was an order have none: by name, in English, as it was.
    #[serde(default)]
    order: Option<OrderText>,
}

/// What is sealed of a group's order.
#[derive(Serialize, Deserialize)]
struct OrderText {
    kind: String,
    language: String,
    chair_rotates: bool,
}

impl OrderText {
    fn of(order: &Order) -> Self {
        let Order { kind, language, chair_rotates } = order;
        Self { kind: kind.word().to_owned(), language: language.as_str().to_owned(), chair_rotates: *chair_rotates }
    }

    fn order(self) -> Option<Order> {
        let Self { kind, language, chair_rotates } = self;
        Some(Order { kind: OrderKind::from_word(&kind)?, language: LanguageTag::stored(language), chair_rotates })
    }
}

/// What a group's text is bound to.
fn aad(row: &Model) -> Aad {
    Aad::of("working_group").id(row.id).bytes(&row.slug_mac).text(&row.default_attribution)
}

impl Sealed for Entity {
    const TABLE: &'static str = "working_group";
    const ID: Column = Column::Id;
    const SEALED: Column = Column::Sealed;
    fn envelope(row: &Model) -> Option<Envelope<'_>> {
        Some(Envelope {
            id: row.id,
            row: WorkingGroupId::from_uuid(row.id).into(),
            scope: KeyScope::Group(WorkingGroupId::from_uuid(row.id)),
            aad: aad(row),
            sealed: &row.sealed,
        })
    }
}

/// A seat in effect that may post, with what decides whether it counts for the anonymity set.
#[derive(FromQueryResult)]
struct PostingSeat {
    #[sea_orm(nested(prefix = "seat_"))]
    seat: membership::Model,
    #[sea_orm(nested(prefix = "person_"))]
    person: person::Model,
    #[sea_orm(nested(prefix = "group_"))]
    group: Model,
}

impl Store {
    /// Those of these groups that are in scope.
    pub async fn working_groups(
        &self,
        scope: &Groups,
        ids: &[WorkingGroupId],
    ) -> Result<Vec<WorkingGroup>, StoreError> {
        let asked = scope::one_of(Column::Id.into_expr(), ids.iter().map(|id| id.uuid()));
        let rows = Entity::find().filter(self.within(scope)).filter(asked).all(&self.reads()).await?;
        let mut opened = Vec::with_capacity(rows.len());
        for row in &rows {
            opened.extend(self.opened_group(row).await?);
        }
        Ok(opened)
    }

    /// All groups whose keys were not destroyed. For what goes along with a track that is closed.
    pub async fn all_working_groups(&self) -> Result<Vec<WorkingGroup>, StoreError> {
        let rows = Entity::find().filter(self.within(&Groups::All)).all(&self.reads()).await?;
        let mut opened = Vec::with_capacity(rows.len());
        for row in &rows {
            opened.extend(self.opened_group(row).await?);
        }
        Ok(opened)
    }

    /// The group of that slug, if it is in scope.
    pub async fn working_group_of_slug(&self, scope: &Groups, slug: &str) -> Result<Option<WorkingGroup>, StoreError> {
        let of_slug = Column::SlugMac.eq(self.slug_mac(slug));
        match Entity::find().filter(self.within(scope)).filter(of_slug).one(&self.reads()).await? {
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
        let select = Entity::find().filter(self.within(scope)).into_query();
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
        Ok(Entity::find().filter(self.within(scope)).count(&self.reads()).await?)
    }

    /// The seats of those of these groups that are in scope whose people are active and may post, for each group.
    /// Who they are is not told. What is not as it was stored counts for nothing.
    pub async fn posting_seats(
        &self,
        scope: &Groups,
        groups: &[WorkingGroupId],
    ) -> Result<HashMap<WorkingGroupId, Vec<MayHaveWritten>>, StoreError> {
        let mut seats: HashMap<WorkingGroupId, Vec<MayHaveWritten>> = HashMap::new();
        let delegations = self.delegations_of(scope, groups).await?;
        let suspended: HashSet<_> = delegations.iter().filter(|it| it.is_suspended()).map(|it| it.id).collect();
        for row in self.reads().rows::<PostingSeat>(&posting_seats(self.within(scope), groups)).await? {
            let genuine = self.is_genuine(&row.seat) && self.is_genuine(&row.person) && self.is_genuine(&row.group);
            let Some(posts_from) = row.seat.posts_from.filter(|_| genuine) else { continue };
            let convened_on = time::read_day(row.group.convened_on)?;
            let delegation = row.seat.delegation_id.map(DelegationId::from_uuid);
            if delegation.is_some_and(|delegation| suspended.contains(&delegation)) {
                continue;
            }
            let seat = MayHaveWritten {
                delegation: delegation.zip(row.seat.sits_from.map(time::read)),
                posts_from: time::read(posts_from),
                convened_on,
            };
            seats.entry(WorkingGroupId::from_uuid(row.seat.group_id)).or_default().push(seat);
        }
        Ok(seats)
    }

    fn within(&self, scope: &Groups) -> Condition {
        scope::groups(self, scope, Column::Id.into_expr())
    }

    fn slug_mac(&self, slug: &str) -> Vec<u8> {
        self.mac("working_group.slug", &[slug.as_bytes()]).to_vec()
    }

    pub(crate) async fn opened_group(&self, row: &Model) -> Result<Option<WorkingGroup>, StoreError> {
        let id = WorkingGroupId::from_uuid(row.id);
        if !self.is_genuine(row) {
            return Ok(None);
        }
        let Some(text) = self.open_row::<GroupText>(id, &aad(row), &row.sealed).await? else {
            return Ok(None);
        };
        let Some(default_attribution) = Attribution::from_word(&row.default_attribution) else {
            self.report(id);
            return Ok(None);
        };
        let zone = Zone::stored(&row.time_zone).unwrap_or_else(Zone::utc);
        let GroupText { slug, name, mandate, order } = text;
        let Some(order) = order.map_or_else(|| Some(Order::default()), OrderText::order) else {
            self.report(id);
            return Ok(None);
        };
        Ok(Some(WorkingGroup { id, slug, name, mandate, zone, default_attribution, order, version: row.version }))
    }
}

impl Tx {
    /// Adds a group, whose key was made before. [`StoreError::Taken`] with `working_group.slug` where there is one of
    /// that slug.
    pub async fn add_working_group(&self, new: &WorkingGroup) -> Result<(), StoreError> {
        let row = self.group_row(new, domain_time::day(self.now())).await?;
        self.sql().insert(row).await
    }

    /// Writes a group over the one of the version before; [`StoreError::Stale`] where that is not current.
    pub async fn overwrite_working_group(&self, group: &WorkingGroup) -> Result<(), StoreError> {
        let Some(was) = Entity::find_by_id(group.id.uuid()).one(&self.sql()).await? else {
            return Err(StoreError::Stale);
        };
        let row = self.group_row(group, time::read_day(was.convened_on)?).await?.into_active_model().reset_all();
        let before = Condition::all().add(Column::Id.eq(group.id.uuid())).add(Column::Version.eq(group.version - 1));
        self.sql().overwrite(row, before).await
    }

    async fn group_row(&self, group: &WorkingGroup, convened_on: civil::Date) -> Result<Model, StoreError> {
        let mut row = Model {
            id: group.id.uuid(),
            slug_mac: self.store().slug_mac(&group.slug),
            time_zone: group.zone.name().to_owned(),
            default_attribution: group.default_attribution.word().to_owned(),
            convened_on: time::bind_day(convened_on),
            version: group.version,
            sealed: Vec::new(),
            mac: None,
        };
        let text = GroupText {
            slug: group.slug.clone(),
            name: group.name.clone(),
            mandate: group.mandate.clone(),
            order: Some(OrderText::of(&group.order)),
        };
        row.sealed = self.store().seal(KeyScope::Group(group.id), &aad(&row), &text).await?;
        Ok(self.store().marked(row))
    }
}

fn posting_seats(within: Condition, groups: &[WorkingGroupId]) -> SelectStatement {
    let group = membership::Column::GroupId.into_expr().eq(Column::Id.into_expr());
    let person = membership::Column::PersonId.into_expr().eq(person::Column::Id.into_expr());
    let mut select = Query::select();
    trusted::whole_row(&mut select, membership::Entity, "seat_");
    trusted::whole_row(&mut select, person::Entity, "person_");
    trusted::whole_row(&mut select, Entity, "group_");
    select
        .from(membership::Entity)
        .join(JoinType::InnerJoin, Entity, group)
        .join(JoinType::InnerJoin, person::Entity, person)
        .cond_where(within)
        .and_where(scope::one_of(Column::Id.into_expr(), groups.iter().map(|id| id.uuid())))
        .and_where(person::Column::Standing.eq(Standing::Active.word()))
        .and_where(membership::Column::SeatedAt.is_not_null())
        .and_where(membership::Column::LeftOn.is_null())
        .and_where(membership::Column::PostsFrom.is_not_null())
        .take()
}
