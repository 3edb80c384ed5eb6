//! What the link of a letter leads to: one person's answer to one session, as everything stands now.

use dipoli_domain::{
    Timestamp,
    id::PersonId,
    id::{AttendeeId, SessionId, WorkingGroupId},
    language::LanguageTag,
    person::Standing,
    policy::Seat,
    session::SessionStatus,
};
use sea_orm::{
    ColumnTrait, FromQueryResult,
    sea_query::{ExprTrait, JoinType, Query},
};

use crate::{
    Store, StoreError,
    entity::{attendee, membership, person, session},
    membership_row, time, trusted,
};

/// An answer that somebody was asked for by letter.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Which answer.
    pub id: AttendeeId,
    /// Whose.
    pub person: PersonId,
    /// Their language.
    pub language: LanguageTag,
    /// Whether they have an account that is in use.
    pub standing: Standing,
    /// Of which generation their links are.
    pub links_generation: i32,
    /// Their seat, if it is in effect.
    pub seat: Option<Seat>,
    /// To which session.
    pub session: SessionId,
    /// Of which group.
    pub group: WorkingGroupId,
    /// Where that session stands.
    pub status: SessionStatus,
    /// When it starts.
    pub starts_at: Timestamp,
}

#[derive(FromQueryResult)]
struct Row {
    #[sea_orm(nested(prefix = "seat_"))]
    seat: membership::Model,
    #[sea_orm(nested(prefix = "person_"))]
    person: person::Model,
    #[sea_orm(nested(prefix = "session_"))]
    session: session::Model,
}

impl Store {
    /// The answer behind a link that was sealed for it; `None` where something of it is not as it was stored.
    pub async fn asked(&self, id: AttendeeId) -> Result<Option<Asked>, StoreError> {
        let mut select = Query::select();
        trusted::whole_row(&mut select, membership::Entity, "seat_");
        trusted::whole_row(&mut select, person::Entity, "person_");
        trusted::whole_row(&mut select, session::Entity, "session_");
        let seat = attendee::Column::MembershipId.into_expr().equals(membership::Column::Id.as_column_ref());
        let who = membership::Column::PersonId.into_expr().equals(person::Column::Id.as_column_ref());
        let about = attendee::Column::SessionId.into_expr().equals(session::Column::Id.as_column_ref());
        select
            .from(attendee::Entity)
            .join(JoinType::InnerJoin, membership::Entity, seat)
            .join(JoinType::InnerJoin, person::Entity, who)
            .join(JoinType::InnerJoin, session::Entity, about)
            .and_where(attendee::Column::Id.eq(id.uuid()));
        let Some(row) = self.reads().row::<Row>(&select).await? else { return Ok(None) };
        let (Some(seat), Some(account), Some(session)) =
            (self.genuine(row.seat), self.genuine(row.person), self.genuine(row.session))
        else {
            return Ok(None);
        };
        let Some(person) = self.person_of(&account).await? else { return Ok(None) };
        let in_effect = seat.left_on.is_none() && seat.seated_at.is_some();
        Ok(Some(Asked {
            id,
            person: person.id,
            language: person.language,
            standing: person.standing,
            links_generation: account.links_generation,
            seat: in_effect.then(|| membership_row::policy_seat(&seat)).transpose()?,
            session: SessionId::from_uuid(session.id),
            group: WorkingGroupId::from_uuid(session.group_id),
            status: SessionStatus::from_word(&session.status).ok_or(StoreError::Integrity)?,
            starts_at: time::read(session.starts_at),
        }))
    }
}
