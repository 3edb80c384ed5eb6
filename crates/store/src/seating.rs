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
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use crate::{
    KeyScope, StoreError, Tx,
    entity::membership::{Column, Entity, Model},
    membership::in_effect,
    membership_row,
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
        self.seat_row(id).await?.as_ref().map(record).transpose()
    }

    /// The row of a seat; `None` where it is not what was stored.
    async fn seat_row(&self, id: MembershipId) -> Result<Option<Model>, StoreError> {
        let row = Entity::find_by_id(id.uuid()).one(&self.sql()).await?;
        Ok(row.and_then(|row| self.store().genuine(row)))
    }

    /// A person's seat in a group, left ones included.
    pub async fn seat_of(&self, group: WorkingGroupId, person: PersonId) -> Result<Option<SeatRecord>, StoreError> {
        let of_person = Column::PersonId.eq(person.uuid());
        let row = Entity::find().filter(Column::GroupId.eq(group.uuid())).filter(of_person).one(&self.sql()).await?;
        row.and_then(|row| self.store().genuine(row)).as_ref().map(record).transpose()
    }

    /// The seats of a group that are in effect. Ask under [`Tx::lock_group`].
    pub async fn seats_in_effect(&self, group: WorkingGroupId) -> Result<Vec<SeatRecord>, StoreError> {
        let seats = Entity::find().filter(in_effect()).filter(Column::GroupId.eq(group.uuid()));
        let rows = seats.all(&self.sql()).await?;
        rows.iter().filter(|row| self.store().is_genuine(*row)).map(record).collect()
    }

    /// A person's seats that are in effect, by their groups.
    pub async fn seats_of_person(&self, person: PersonId) -> Result<Vec<SeatRecord>, StoreError> {
        let seats = Entity::find().filter(in_effect()).filter(Column::PersonId.eq(person.uuid()));
        let rows = seats.order_by_asc(Column::GroupId).all(&self.sql()).await?;
        let ring = self.store().keys().ring();
        let living = |row: &&Model| !ring.is_destroyed(WorkingGroupId::from_uuid(row.group_id));
        rows.iter().filter(living).filter(|row| self.store().is_genuine(*row)).map(record).collect()
    }

    /// A person's seats that were not left, pending ones among them, by their groups.
    pub async fn seats_to_leave(&self, person: PersonId) -> Result<Vec<SeatRecord>, StoreError> {
        let held = Entity::find().filter(Column::PersonId.eq(person.uuid())).filter(Column::LeftOn.is_null());
        let rows = held.order_by_asc(Column::GroupId).all(&self.sql()).await?;
        rows.iter().filter(|row| self.store().is_genuine(*row)).map(record).collect()
    }

    /// How many seats of organizers are in effect in a group. Ask under [`Tx::lock_group`].
    pub async fn count_organizers(&self, group: WorkingGroupId) -> Result<u64, StoreError> {
        let organizers = Entity::find()
            .filter(in_effect())
            .filter(Column::GroupId.eq(group.uuid()))
            .filter(Column::Role.eq(Role::Organizer.word()));
        let rows = organizers.all(&self.sql()).await?;
        Ok(rows.iter().filter(|row| self.store().is_genuine(*row)).count() as u64)
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

    /// Gives a seat another role, capacity or delegation, and another reading.
    pub async fn change_seat(&self, seat: &SeatRecord) -> Result<(), StoreError> {
        let row = self.held_row(seat.id).await?;
        let role = seat.role.word().to_owned();
        let capacity = seat.capacity.word().to_owned();
        let delegation_id = seat.delegation.map(DelegationId::uuid);
        self.overwrite_seat(membership_row::with_reading(Model { role, capacity, delegation_id, ..row }, seat.reading))
            .await
    }

    /// Takes a seat away. What it opened is closed; the row and its delegation stay, for NAMED notes to name.
    pub async fn leave_seat(&self, id: MembershipId) -> Result<(), StoreError> {
        let row = self.held_row(id).await?;
        let left_on = Some(time::bind_day(domain_time::day(self.now())));
        let row = Model { left_on, awaits_sign_in: false, sealed: None, ..row };
        self.overwrite_seat(membership_row::with_reading(row, Reading::default())).await
    }

    /// The row of a seat that has not been left; [`StoreError::Stale`] where it has.
    async fn held_row(&self, id: MembershipId) -> Result<Model, StoreError> {
        self.seat_row(id).await?.filter(|row| row.left_on.is_none()).ok_or(StoreError::Stale)
    }

    /// Writes a seat that has not been left anew, as changed today.
    async fn overwrite_seat(&self, row: Model) -> Result<(), StoreError> {
        let changed_on = time::bind_day(domain_time::day(self.now()));
        let row = self.store().marked(Model { changed_on, ..row });
        let held = Condition::all().add(Column::Id.eq(row.id)).add(Column::LeftOn.is_null());
        self.sql().overwrite(row.into_active_model().reset_all(), held).await
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
            if self.store().keys().ring().is_destroyed(group) {
                continue;
            }
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
        let row = self.held_row(seat.id).await?;
        let row = Model { seated_at: Some(time::bind(self.now())), awaits_sign_in: false, sealed: None, ..row };
        self.overwrite_seat(membership_row::with_reading(row, Reading::taken(seat.role, seat.delegation, self.now())))
            .await
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
        let row = Model {
            id: seat.id.uuid(),
            group_id: seat.group.uuid(),
            person_id: seat.person.uuid(),
            role: seat.role.word().to_owned(),
            capacity: seat.capacity.word().to_owned(),
            delegation_id: seat.delegation.map(DelegationId::uuid),
            seated_at: seated_at.map(time::bind),
            left_on: None,
            awaits_sign_in: seated_at.is_none(),
            reads_group_from: None,
            reads_facilitators_from: None,
            reads_delegation_from: None,
            posts_from: None,
            changed_on: time::bind_day(domain_time::day(self.now())),
            sealed,
            mac: None,
            sits_from: None,
        };
        Ok(self.store().marked(membership_row::with_reading(row, reading)))
    }
}

/// The seat of a row.
pub(crate) fn record(row: &Model) -> Result<SeatRecord, StoreError> {
    Ok(SeatRecord {
        id: MembershipId::from_uuid(row.id),
        group: WorkingGroupId::from_uuid(row.group_id),
        person: PersonId::from_uuid(row.person_id),
        role: Role::from_word(&row.role).ok_or(StoreError::Integrity)?,
        capacity: Capacity::from_word(&row.capacity).ok_or(StoreError::Integrity)?,
        delegation: row.delegation_id.map(DelegationId::from_uuid),
        seating: membership_row::seating(row),
        reading: membership_row::reading(row),
    })
}
