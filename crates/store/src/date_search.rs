//! Searches for the date of a session: one sealed row each, with the times and all marks in it.
//!
//! Deliberately absent: a row for each member, which would tell who has marked and in which order.

use std::collections::{BTreeMap, HashMap};

use dipoli_domain::{
    date_search::{DateMark, DateSearch, DateSearchStatus, Slot},
    id::{DateSearchId, DelegationId, MembershipId, PersonId, SessionId, WorkingGroupId},
    note::Attribution,
    policy::scope::DateSearches,
    time::{Wall, Zone},
};
use jiff::civil;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait, Query},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    KeyScope, Store, StoreError, Tx,
    connection::Sql,
    entity::{
        date_search::{Column, Entity, Model},
        membership,
    },
    membership::in_effect,
    reseal::{Envelope, Sealed},
    scope,
    seal::{self, Aad},
};

/// A seat, and for which side it is.
type Side = (MembershipId, Option<DelegationId>);

/// What is sealed of a search.
#[derive(Serialize, Deserialize)]
struct SearchText {
    session: Option<Uuid>,
    title: String,
    purpose: String,
    venue: Option<String>,
    join_url: Option<String>,
    attribution: String,
    zone: String,
    /// Start and end on the wall.
    slots: Vec<(civil::DateTime, civil::DateTime)>,
    /// A word for each slot, empty where nothing was said of it.
    marks: BTreeMap<Uuid, Vec<String>>,
}

fn aad(row: &Model) -> Aad {
    Aad::of("date_search").id(row.id).id(row.group_id).text(&row.status)
}

impl Sealed for Entity {
    const TABLE: &'static str = "date_search";
    const ID: Column = Column::Id;
    const SEALED: Column = Column::Sealed;
    const BLOCK: usize = seal::NOTE_BLOCK;
    fn envelope(row: &Model) -> Option<Envelope<'_>> {
        Some(Envelope {
            id: row.id,
            row: DateSearchId::from_uuid(row.id).into(),
            scope: KeyScope::Group(WorkingGroupId::from_uuid(row.group_id)),
            aad: aad(row),
            sealed: &row.sealed,
        })
    }
}

impl SearchText {
    fn of(search: &DateSearch) -> Self {
        let word = |mark: &Option<DateMark>| mark.map_or("", DateMark::word).to_owned();
        Self {
            session: search.session.map(SessionId::uuid),
            title: search.title.clone(),
            purpose: search.purpose.clone(),
            venue: search.venue.clone(),
            join_url: search.join_url.clone(),
            attribution: search.attribution.word().to_owned(),
            zone: search.slots.first().map(|slot| slot.starts.zone.name().to_owned()).unwrap_or_default(),
            slots: search.slots.iter().map(|slot| (slot.starts.local, slot.ends.local)).collect(),
            marks: search.marks.iter().map(|(seat, marks)| (seat.uuid(), marks.iter().map(word).collect())).collect(),
        }
    }

    fn search(self, row: &Model) -> Option<DateSearch> {
        let zone = Zone::stored(&self.zone)?;
        let on_the_wall = |local| Wall { local, zone: zone.clone() };
        let slot = |(starts, ends)| Slot { starts: on_the_wall(starts), ends: on_the_wall(ends) };
        let marks = |(seat, words): (Uuid, Vec<String>)| {
            (MembershipId::from_uuid(seat), words.iter().map(|word| DateMark::from_word(word)).collect())
        };
        Some(DateSearch {
            id: DateSearchId::from_uuid(row.id),
            group: WorkingGroupId::from_uuid(row.group_id),
            status: DateSearchStatus::from_word(&row.status)?,
            session: self.session.map(SessionId::from_uuid),
            title: self.title,
            purpose: self.purpose,
            venue: self.venue,
            join_url: self.join_url,
            attribution: Attribution::from_word(&self.attribution)?,
            slots: self.slots.into_iter().map(slot).collect(),
            marks: self.marks.into_iter().map(marks).collect(),
        })
    }
}

impl Store {
    /// Those of these searches that are in scope, with all marks: whoever shows one leaves out those of others.
    pub async fn date_searches(
        &self,
        scope: &DateSearches,
        ids: &[DateSearchId],
    ) -> Result<Vec<DateSearch>, StoreError> {
        let which = scope::one_of(Column::Id.into_expr(), ids.iter().map(|id| id.uuid()));
        self.searches_where(&self.reads(), which.and(of_scope(scope))).await
    }

    /// The open searches of those of these groups that are in scope, in the order of their (random) ids.
    pub async fn open_date_searches(
        &self,
        scope: &DateSearches,
        groups: &[WorkingGroupId],
    ) -> Result<Vec<DateSearch>, StoreError> {
        let which = scope::one_of(Column::GroupId.into_expr(), groups.iter().map(|id| id.uuid()));
        self.searches_where(&self.reads(), which.and(is_open()).and(of_scope(scope))).await
    }

    /// The seats in effect of these groups, each with its side: what marks are counted by.
    pub async fn sides_of(&self, groups: &[WorkingGroupId]) -> Result<HashMap<WorkingGroupId, Vec<Side>>, StoreError> {
        let of_groups = scope::one_of(membership::Column::GroupId.into_expr(), groups.iter().map(|id| id.uuid()));
        let rows = membership::Entity::find().filter(in_effect()).filter(of_groups).all(&self.reads()).await?;
        let mut sides: HashMap<_, Vec<_>> = HashMap::new();
        for row in rows.into_iter().filter(|row| self.is_genuine(row)) {
            let side = (MembershipId::from_uuid(row.id), row.delegation_id.map(DelegationId::from_uuid));
            sides.entry(WorkingGroupId::from_uuid(row.group_id)).or_default().push(side);
        }
        Ok(sides)
    }

    /// The searches of these groups in which one of these seats has marked.
    pub async fn own_date_marks(
        &self,
        groups: &[WorkingGroupId],
        seats: &[MembershipId],
    ) -> Result<Vec<DateSearch>, StoreError> {
        let in_groups = scope::one_of(Column::GroupId.into_expr(), groups.iter().map(|group| group.uuid()));
        let mut found = self.searches_where(&self.reads(), in_groups).await?;
        for search in &mut found {
            search.marks.retain(|seat, _| seats.contains(seat));
        }
        found.retain(|search| !search.marks.is_empty());
        Ok(found)
    }

    async fn searches_where(&self, sql: &Sql<'_>, which: Expr) -> Result<Vec<DateSearch>, StoreError> {
        let mut found = Vec::new();
        for row in Entity::find().filter(which).order_by_asc(Column::Id).all(sql).await? {
            let id = DateSearchId::from_uuid(row.id);
            let Some(text) = self.open_row::<SearchText>(id, &aad(&row), &row.sealed).await? else { continue };
            match text.search(&row) {
                Some(search) => found.push(search),
                None => self.report(id),
            }
        }
        Ok(found)
    }

    async fn sealed_search(&self, search: &DateSearch) -> Result<Model, StoreError> {
        let mut row = Model {
            id: search.id.uuid(),
            group_id: search.group.uuid(),
            status: search.status.word().to_owned(),
            sealed: Vec::new(),
        };
        row.sealed = self.seal_note(KeyScope::Group(search.group), &aad(&row), &SearchText::of(search)).await?;
        Ok(row)
    }
}

impl Tx {
    /// A search as it is now, with all marks. Ask under [`Tx::lock_group`].
    pub async fn date_search(&self, id: DateSearchId) -> Result<Option<DateSearch>, StoreError> {
        Ok(self.store().searches_where(&self.sql(), Column::Id.eq(id.uuid())).await?.pop())
    }

    /// Whether a group has as many open searches as it can have. Ask under [`Tx::lock_group`].
    pub async fn has_open_date_searches(&self, group: WorkingGroupId, most: usize) -> Result<bool, StoreError> {
        let open = Entity::find().filter(Column::GroupId.eq(group.uuid()).and(is_open()));
        Ok(open.all(&self.sql()).await?.len() >= most)
    }

    /// Adds a search.
    pub async fn add_date_search(&self, search: &DateSearch) -> Result<(), StoreError> {
        let row = self.store().sealed_search(search).await?;
        self.sql().insert(row).await
    }

    /// Writes a search anew. Ask under [`Tx::lock_group`].
    pub async fn change_date_search(&self, search: &DateSearch) -> Result<(), StoreError> {
        let row = self.store().sealed_search(search).await?;
        let update = Query::update()
            .table(Entity)
            .value(Column::Status, row.status)
            .value(Column::Sealed, row.sealed)
            .and_where(Column::Id.eq(row.id))
            .take();
        self.sql().swap(&update).await
    }

    /// Takes back what a person has marked anywhere: their account is erased.
    pub(crate) async fn forget_date_marks(&self, person: PersonId) -> Result<(), StoreError> {
        let own = membership::Entity::find().filter(membership::Column::PersonId.eq(person.uuid()));
        for seat in own.order_by_asc(membership::Column::GroupId).all(&self.sql()).await? {
            let (group, seat) = (WorkingGroupId::from_uuid(seat.group_id), MembershipId::from_uuid(seat.id));
            self.lock_group(group).await?;
            for mut search in self.store().searches_where(&self.sql(), Column::GroupId.eq(group.uuid())).await? {
                if search.marks.remove(&seat).is_some() {
                    self.change_date_search(&search).await?;
                }
            }
        }
        Ok(())
    }
}

fn of_scope(scope: &DateSearches) -> Expr {
    scope::one_of(Column::GroupId.into_expr(), scope.groups.iter().map(|id| id.uuid()))
}

fn is_open() -> Expr {
    Column::Status.eq(DateSearchStatus::Open.word())
}
