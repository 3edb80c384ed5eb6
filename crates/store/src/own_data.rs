//! What is a person's own besides their notes, for them to take along, and the end of their account.
//!
//! Deliberately absent: whatever was done under the Rule, and what others wrote about them.

use std::collections::HashSet;

use dipoli_domain::{
    attendee::Rsvp,
    id::{AgendaItemId, MembershipId, PersonId, SessionId, WorkingGroupId},
    silence::Objection,
    statement::{Speaker, Statement},
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::{
    SeatRecord, Store, StoreError, Tx,
    entity::{agenda_item, attendee, correspondent, interpretative_statement, membership, objection, outbox},
    outbox::State,
    person::erased,
    scope::one_of,
    seating,
};

impl Store {
    /// All of a person's seats, those that were left among them.
    pub async fn own_seats(&self, person: PersonId) -> Result<Vec<SeatRecord>, StoreError> {
        let seats = membership::Entity::find()
            .filter(membership::Column::PersonId.eq(person.uuid()))
            .order_by_asc(membership::Column::GroupId);
        let rows = seats.all(&self.reads()).await?;
        rows.iter().filter(|row| self.is_genuine(*row)).map(seating::record).collect()
    }

    /// What was answered from these seats.
    pub async fn own_answers(&self, seats: &[MembershipId]) -> Result<Vec<(SessionId, Rsvp)>, StoreError> {
        let of_seats = one_of(attendee::Column::MembershipId.into_expr(), seats.iter().map(|seat| seat.uuid()));
        let rows =
            attendee::Entity::find().filter(of_seats).order_by_asc(attendee::Column::Id).all(&self.reads()).await?;
        let answer = |row: attendee::Model| {
            let response = Rsvp::from_word(&row.response).ok_or(StoreError::Integrity)?;
            Ok((SessionId::from_uuid(row.session_id), response))
        };
        rows.into_iter().map(answer).collect()
    }

    /// What was proposed from these seats.
    pub async fn own_proposals(&self, seats: &[MembershipId]) -> Result<Vec<AgendaItemId>, StoreError> {
        let by_seats = one_of(agenda_item::Column::ProposedBy.into_expr(), seats.iter().map(|seat| seat.uuid()));
        let rows = agenda_item::Entity::find().filter(by_seats).order_by_asc(agenda_item::Column::Id);
        Ok(rows.all(&self.reads()).await?.into_iter().map(|row| AgendaItemId::from_uuid(row.id)).collect())
    }

    /// What was objected from these seats of these groups.
    pub async fn own_objections(
        &self,
        groups: &[WorkingGroupId],
        seats: &[MembershipId],
    ) -> Result<Vec<Objection>, StoreError> {
        let mut own = Vec::new();
        let in_groups = one_of(objection::Column::GroupId.into_expr(), uuids(groups));
        for row in objection::Entity::find().filter(in_groups).all(&self.reads()).await? {
            own.extend(self.opened_objection(&row).await?.filter(|objection| seats.contains(&objection.by)));
        }
        Ok(own)
    }

    /// The statements that participants without a delegation attached from these seats of these groups.
    pub async fn own_statements(
        &self,
        groups: &[WorkingGroupId],
        seats: &[MembershipId],
    ) -> Result<Vec<Statement>, StoreError> {
        let mut own = Vec::new();
        let in_groups = one_of(interpretative_statement::Column::GroupId.into_expr(), uuids(groups));
        for row in interpretative_statement::Entity::find().filter(in_groups).all(&self.reads()).await? {
            let statement = self.opened_statement(&row).await?;
            own.extend(
                statement.filter(|it| matches!(it.speaker, Speaker::Participant(seat) if seats.contains(&seat))),
            );
        }
        Ok(own)
    }
}

fn uuids(groups: &[WorkingGroupId]) -> HashSet<Uuid> {
    groups.iter().map(|group| group.uuid()).collect()
}

impl Tx {
    /// Ends an account for good: nothing is left of it but its id, under which what stays was written. Its seats are to be
    /// left before.
    pub async fn erase_person(&self, person: PersonId) -> Result<(), StoreError> {
        self.end_sign_ins_of(person).await?;
        self.revoke_personal_access_tokens_of(person).await?;
        self.end_one_time_tokens(person).await?;
        self.end_address_change(person).await?;
        for confirmed in [true, false] {
            self.remove_second_factor(person, confirmed).await?;
        }
        correspondent::Entity::delete_by_id(person.uuid()).exec(&self.sql()).await?;
        let waiting = Condition::all()
            .add(outbox::Column::PersonId.eq(person.uuid()))
            .add(outbox::Column::State.eq(State::Queued.word()));
        outbox::Entity::delete_many().filter(waiting).exec(&self.sql()).await?;
        self.forget_attendance(person).await?;
        self.forget_date_marks(person).await?;
        self.overwrite_person(&erased(person)).await?;
        self.forget_password(person).await?;
        self.renew_links(person).await
    }
}
