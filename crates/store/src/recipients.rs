//! Whom letters about a session go to, with all that decides when: one statement a session.
//!
//! Deliberately absent: addresses and names. They are looked at when a letter leaves.

use dipoli_domain::{
    attendee::Rsvp,
    correspondence::Choices,
    id::{MembershipId, PersonId, SessionId, WorkingGroupId},
    session::{Session, SessionStatus},
    time::Zone,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryTrait,
    sea_query::{ExprTrait, JoinType, Query},
};

use crate::{
    StoreError, Tx,
    entity::{attendee, correspondent, membership, person, session},
    time, trusted,
};

/// Someone whose seat is in effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Their seat.
    pub membership: MembershipId,
    /// Who.
    pub person: PersonId,
    /// Their clocks.
    pub zone: Zone,
    /// What they have chosen.
    pub choices: Choices,
    /// What they have answered.
    pub response: Rsvp,
}

#[derive(FromQueryResult)]
struct Row {
    #[sea_orm(nested(prefix = "seat_"))]
    seat: membership::Model,
    #[sea_orm(nested(prefix = "person_"))]
    person: person::Model,
    #[sea_orm(nested(prefix = "correspondent_"))]
    correspondent: Option<correspondent::Model>,
    #[sea_orm(nested(prefix = "answer_"))]
    answer: Option<attendee::Model>,
}

impl Tx {
    /// The members of a session's group whose seats are in effect; of them one, if `only` is given.
    pub async fn recipients(
        &self,
        session: SessionId,
        group: WorkingGroupId,
        only: Option<PersonId>,
    ) -> Result<Vec<Recipient>, StoreError> {
        let mut select = Query::select();
        trusted::whole_row(&mut select, membership::Entity, "seat_");
        trusted::whole_row(&mut select, person::Entity, "person_");
        trusted::whole_row(&mut select, correspondent::Entity, "correspondent_");
        trusted::whole_row(&mut select, attendee::Entity, "answer_");
        let chosen = correspondent::Column::PersonId.into_expr().equals(person::Column::Id.as_column_ref());
        let answer = Condition::all()
            .add(attendee::Column::MembershipId.into_expr().equals(membership::Column::Id.as_column_ref()))
            .add(attendee::Column::SessionId.eq(session.uuid()));
        let who = membership::Column::PersonId.into_expr().equals(person::Column::Id.as_column_ref());
        select
            .from(membership::Entity)
            .join(JoinType::InnerJoin, person::Entity, who)
            .join(JoinType::LeftJoin, correspondent::Entity, chosen)
            .join(JoinType::LeftJoin, attendee::Entity, answer)
            .and_where(membership::Column::GroupId.eq(group.uuid()))
            .and_where(membership::Column::LeftOn.is_null())
            .and_where(membership::Column::SeatedAt.is_not_null());
        if let Some(person) = only {
            select.and_where(membership::Column::PersonId.eq(person.uuid()));
        }
        let mut recipients = Vec::new();
        for row in self.sql().rows::<Row>(&select).await? {
            recipients.extend(self.recipient(row).await?);
        }
        Ok(recipients)
    }

    async fn recipient(&self, row: Row) -> Result<Option<Recipient>, StoreError> {
        let store = self.store();
        let (true, Some(person)) = (store.is_genuine(&row.seat), store.genuine(row.person)) else { return Ok(None) };
        let Some(person) = store.person_of(&person).await? else { return Ok(None) };
        let response = row.answer.and_then(|answer| Rsvp::from_word(&answer.response));
        Ok(Some(Recipient {
            membership: MembershipId::from_uuid(row.seat.id),
            person: person.id,
            zone: person.zone,
            choices: store.correspondent_of(row.correspondent).await?.choices,
            response: response.unwrap_or(Rsvp::Pending),
        }))
    }

    /// Scheduled sessions that have not begun: of the groups in which a person has a seat in effect, or of the track.
    pub async fn sessions_to_come(&self, of: Option<PersonId>) -> Result<Vec<Session>, StoreError> {
        let mut found = session::Entity::find()
            .filter(session::Column::Status.eq(SessionStatus::Scheduled.word()))
            .filter(session::Column::StartsAt.gt(time::bind(self.now())));
        if let Some(person) = of {
            let groups = membership::Entity::find()
                .filter(membership::Column::PersonId.eq(person.uuid()))
                .filter(membership::Column::LeftOn.is_null())
                .filter(membership::Column::SeatedAt.is_not_null())
                .into_query()
                .clear_selects()
                .column(membership::Column::GroupId.as_column_ref())
                .take();
            found = found.filter(session::Column::GroupId.into_expr().in_subquery(groups));
        }
        let rows = found.all(&self.sql()).await?;
        self.store().opened_sessions(rows).await
    }
}
