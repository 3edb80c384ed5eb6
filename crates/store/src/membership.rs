//! Seats: read as a viewer may see them, and given, changed, taken up and left by the system itself.
//!
//! A row is a person's seat in a group for good. Who leaves keeps it, so that NAMED notes go on naming them, and takes
//! the same one up again on coming back; nothing from before is opened by that.

use std::collections::HashMap;

use dipoli_domain::{
    email::EmailAddress,
    id::{DelegationId, MembershipId, PersonId, WorkingGroupId},
    membership::{Capacity, Membership, Reading, Role, Seating},
    page::{Page, Slice},
    policy::scope::{Groups, People},
    time as domain_time,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, FromQueryResult, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder,
    sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement, UpdateStatement},
};
use uuid::Uuid;

use crate::{
    KeyScope, Store, StoreError, Tx,
    entity::{
        delegation,
        membership::{Column, Entity, Model},
        person,
    },
    membership_seen::{self, SeatRow, Seats},
    paging::{PAGE, Paging},
    person_seen::{self, Given},
    scope, time,
};

/// A seat to be given; on a row of its own, or on the one that its person left.
pub struct NewSeat {
    /// Which.
    pub id: MembershipId,
    /// At whose table.
    pub group: WorkingGroupId,
    /// Whose.
    pub person: PersonId,
    /// In which role.
    pub role: Role,
    /// In what capacity.
    pub capacity: Capacity,
    /// For which side, if for one.
    pub delegation: Option<DelegationId>,
    /// From when on.
    pub effect: Effect,
}

/// When a seat that is given takes effect.
pub enum Effect {
    /// At once.
    Now,
    /// At its person's next sign-in; until then it shows this.
    AtNextSignIn {
        /// The name that it is given with.
        display_name: String,
        /// The address that it is given with.
        email: EmailAddress,
    },
}

/// A seat as the system itself knows it, to decide on a change of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatRecord {
    /// Which.
    pub id: MembershipId,
    /// At whose table.
    pub group: WorkingGroupId,
    /// Whose.
    pub person: PersonId,
    /// In which role.
    pub role: Role,
    /// In what capacity.
    pub capacity: Capacity,
    /// For which side, if for one.
    pub delegation: Option<DelegationId>,
    /// Whether it is in effect.
    pub seating: Seating,
    /// Since when it may read what.
    pub reading: Reading,
}

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
    /// Those of these seats that are in scope, seats that were left included.
    pub async fn memberships(
        &self,
        scope: &Groups,
        people: &People,
        ids: &[MembershipId],
    ) -> Result<Vec<Membership>, StoreError> {
        let mut select = whole(people);
        select
            .cond_where(scope::groups(scope, Column::GroupId.into_expr()))
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
        let keys = held(scope, groups, role).expr_as(Column::Id.into_expr(), "key").take();
        let belong = |page: &mut SelectStatement| {
            membership_seen::join(page, Expr::col((PAGE, "key")));
            membership_seen::select(page, people);
            page.expr_as(Column::GroupId.into_expr(), "group_id").take()
        };
        let pages = Paging::new(page, [Column::Id.into_expr()])
            .slices_joined(&self.reads(), keys, Column::GroupId, |row: &RowOfGroup| row.group_id, belong)
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
        let count = held(scope, groups, role)
            .expr_as(Column::GroupId.into_expr(), "list")
            .expr_as(Column::Id.into_expr().count(), "number")
            .add_group_by([Column::GroupId.into_expr()])
            .take();
        let counts = self.reads().rows::<Count>(&count).await?;
        Ok(counts.into_iter().map(|row| (WorkingGroupId::from_uuid(row.list), row.number.unsigned_abs())).collect())
    }

    /// A page of the viewer's own seats in effect, by their ids.
    pub async fn own_memberships(
        &self,
        people: &People,
        page: &Page<MembershipId>,
    ) -> Result<Slice<Membership>, StoreError> {
        let mut select = whole(people);
        select.cond_where(in_effect()).and_where(Column::PersonId.eq(people.viewer.uuid()));
        let Slice { rows, has_previous, has_next } =
            Paging::new(page, [Column::Id.into_expr()]).slice::<Row>(&self.reads(), select).await?;
        let rows = self.opened_seats(rows.into_iter().map(|row| row.seat)).await?;
        Ok(Slice { rows, has_previous, has_next })
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

impl Tx {
    /// A seat as it is now.
    pub async fn seat(&self, id: MembershipId) -> Result<Option<SeatRecord>, StoreError> {
        let row = Entity::find_by_id(id.uuid()).one(&self.sql()).await?;
        row.as_ref().map(record).transpose()
    }

    /// A person's seat in a group, left ones included.
    pub async fn seat_of(&self, group: WorkingGroupId, person: PersonId) -> Result<Option<SeatRecord>, StoreError> {
        let of_person = Column::PersonId.eq(person.uuid());
        let row = Entity::find().filter(Column::GroupId.eq(group.uuid())).filter(of_person).one(&self.sql()).await?;
        row.as_ref().map(record).transpose()
    }

    /// How many seats of organizers are in effect in a group. Ask under [`Tx::lock_group`].
    pub async fn count_organizers(&self, group: WorkingGroupId) -> Result<u64, StoreError> {
        let organizers = Entity::find()
            .filter(in_effect())
            .filter(Column::GroupId.eq(group.uuid()))
            .filter(Column::Role.eq(Role::Organizer.word()));
        Ok(organizers.count(&self.sql()).await?)
    }

    /// Gives a seat: a new one, or the one that its person left (`again`). [`StoreError::Taken`] with
    /// `membership.person` where the person has one that is new to whoever gives it.
    pub async fn give_seat(&self, seat: &NewSeat, again: bool) -> Result<(), StoreError> {
        let row = self.given(seat).await?;
        if again {
            let left = Condition::all().add(Column::Id.eq(row.id)).add(Column::LeftOn.is_not_null());
            self.sql().overwrite(row.into_active_model().reset_all(), left).await
        } else {
            self.sql().insert(row).await
        }
    }

    /// Gives a seat another role, capacity or delegation, and what follows for its reading.
    pub async fn change_seat(&self, seat: &SeatRecord) -> Result<(), StoreError> {
        let mut update = self.update_of(seat.id);
        update
            .value(Column::Role, seat.role.word())
            .value(Column::Capacity, seat.capacity.word())
            .value(Column::DelegationId, seat.delegation.map(DelegationId::uuid))
            .and_where(Column::LeftOn.is_null());
        self.sql().swap(reads(&mut update, seat.reading)).await
    }

    /// Takes a seat away. What it opened is closed; the row and its delegation stay, for NAMED notes to name.
    pub async fn leave_seat(&self, id: MembershipId) -> Result<(), StoreError> {
        let mut update = self.update_of(id);
        update
            .value(Column::LeftOn, time::bind_day(domain_time::day(self.now())))
            .value(Column::AwaitsSignIn, false)
            .value(Column::Sealed, None::<Vec<u8>>)
            .and_where(Column::LeftOn.is_null());
        self.sql().swap(reads(&mut update, Reading::default())).await
    }

    /// Lets the seats that await a person's next sign-in take effect: they have signed in. Their groups are held until
    /// the end, so that no seat misses a session that is scheduled at the same time.
    pub async fn seat_awaiting(&self, person: PersonId) -> Result<Vec<(MembershipId, WorkingGroupId)>, StoreError> {
        let awaiting = Entity::find()
            .filter(Column::PersonId.eq(person.uuid()))
            .filter(Column::AwaitsSignIn.eq(true))
            .filter(Column::LeftOn.is_null())
            .order_by_asc(Column::GroupId);
        let mut seated = Vec::new();
        for row in awaiting.all(&self.sql()).await? {
            let group = WorkingGroupId::from_uuid(row.group_id);
            self.lock_group(group).await?;
            // What was changed or taken while the lock was waited for is read again.
            let Some(seat) = self.seat(MembershipId::from_uuid(row.id)).await? else { continue };
            if seat.seating == Seating::Pending {
                self.take_effect(&seat).await?;
                seated.push((seat.id, group));
            }
        }
        Ok(seated)
    }

    async fn take_effect(&self, seat: &SeatRecord) -> Result<(), StoreError> {
        let mut update = self.update_of(seat.id);
        update
            .value(Column::SeatedAt, time::bind(self.now()))
            .value(Column::AwaitsSignIn, false)
            .value(Column::Sealed, None::<Vec<u8>>);
        self.sql().swap(reads(&mut update, Reading::taken(seat.role, seat.delegation, self.now()))).await
    }

    fn update_of(&self, id: MembershipId) -> UpdateStatement {
        Query::update()
            .table(Entity)
            .value(Column::ChangedOn, time::bind_day(domain_time::day(self.now())))
            .and_where(Column::Id.eq(id.uuid()))
            .take()
    }

    async fn given(&self, seat: &NewSeat) -> Result<Model, StoreError> {
        let (seated_at, sealed, reading) = match &seat.effect {
            Effect::Now => (Some(self.now()), None, Reading::taken(seat.role, seat.delegation, self.now())),
            Effect::AtNextSignIn { display_name, email } => {
                let given = Given { display_name: display_name.clone(), email: email.as_str().to_owned() };
                let aad = person_seen::given_aad(seat.id, seat.person);
                (None, Some(self.store().seal(KeyScope::People, &aad, &given).await?), Reading::default())
            }
        };
        Ok(Model {
            id: seat.id.uuid(),
            group_id: seat.group.uuid(),
            person_id: seat.person.uuid(),
            role: seat.role.word().to_owned(),
            capacity: seat.capacity.word().to_owned(),
            delegation_id: seat.delegation.map(DelegationId::uuid),
            seated_at: seated_at.map(time::bind),
            left_on: None,
            awaits_sign_in: seated_at.is_none(),
            reads_group_from: reading.group.map(time::bind),
            reads_facilitators_from: reading.facilitators.map(time::bind),
            reads_delegation_from: reading.delegation.map(time::bind),
            posts_from: reading.posts.map(time::bind),
            changed_on: time::bind_day(domain_time::day(self.now())),
            sealed,
        })
    }
}

fn reads(update: &mut UpdateStatement, reading: Reading) -> &mut UpdateStatement {
    update
        .value(Column::ReadsGroupFrom, reading.group.map(time::bind))
        .value(Column::ReadsFacilitatorsFrom, reading.facilitators.map(time::bind))
        .value(Column::ReadsDelegationFrom, reading.delegation.map(time::bind))
        .value(Column::PostsFrom, reading.posts.map(time::bind))
}

fn record(row: &Model) -> Result<SeatRecord, StoreError> {
    let seating = match (row.left_on, row.seated_at) {
        (Some(_), _) => Seating::Left,
        (None, Some(since)) => Seating::Since(time::read(since)),
        (None, None) => Seating::Pending,
    };
    Ok(SeatRecord {
        id: MembershipId::from_uuid(row.id),
        group: WorkingGroupId::from_uuid(row.group_id),
        person: PersonId::from_uuid(row.person_id),
        role: Role::from_word(&row.role).ok_or(StoreError::Integrity)?,
        capacity: Capacity::from_word(&row.capacity).ok_or(StoreError::Integrity)?,
        delegation: row.delegation_id.map(DelegationId::from_uuid),
        seating,
        reading: Reading {
            group: row.reads_group_from.map(time::read),
            facilitators: row.reads_facilitators_from.map(time::read),
            delegation: row.reads_delegation_from.map(time::read),
            posts: row.posts_from.map(time::read),
        },
    })
}

fn in_effect() -> Condition {
    Condition::all().add(Column::SeatedAt.is_not_null()).add(Column::LeftOn.is_null())
}

/// Seats of these groups, as far as they are in scope, that have not been left.
fn held(scope: &Groups, groups: &[WorkingGroupId], role: Option<Role>) -> SelectStatement {
    Query::select()
        .from(Entity)
        .cond_where(scope::groups(scope, Column::GroupId.into_expr()))
        .and_where(scope::one_of(Column::GroupId.into_expr(), groups.iter().map(|id| id.uuid())))
        .and_where(Column::LeftOn.is_null())
        .and_where_option(role.map(|role| Column::Role.eq(role.word())))
        .take()
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
