//! Seats as the system itself knows them: given, changed, taken up and left. Each is decided and written under
//! [`Tx::lock_group`].
//!
//! A row is a person's seat in a group for good. Who leaves keeps it, so that NAMED notes go on naming them, and takes
//! the same one up again on coming back; nothing from before is opened by that.

use dipoli_domain::{
    email::EmailAddress,
    id::{DelegationId, MembershipId, PersonId, WorkingGroupId},
    membership::{Capacity, Reading, Role, Seating},
    time as domain_time,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    sea_query::{Query, UpdateStatement},
};

use crate::{
    KeyScope, StoreError, Tx,
    entity::membership::{Column, Entity, Model},
    membership::in_effect,
    person_seen::{self, Given},
    time,
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
