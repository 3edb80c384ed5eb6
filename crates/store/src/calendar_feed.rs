//! The sessions that stand in a person's calendar feed: those that were published in groups in which their seat is in
//! effect, each with their own UID, as their letters have it.

use dipoli_domain::{
    Timestamp,
    attendee::Rsvp,
    id::PersonId,
    policy::Seat,
    session::{Session, SessionStatus},
};
use sea_orm::{
    ColumnTrait, FromQueryResult,
    prelude::DateTimeUtc,
    sea_query::{ExprTrait, JoinType, Order, Query},
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    entity::{attendee, membership, session, session_change},
    membership_row, time, trusted,
};

/// Sessions in a feed at most; the latest are kept.
const MOST: u64 = 1_000;

/// A session in somebody's feed.
#[derive(Clone, Debug)]
pub struct FeedSession {
    /// The session.
    pub session: Session,
    /// Their seat.
    pub seat: Seat,
    /// What they have answered.
    pub response: Rsvp,
    /// The UID of their entry.
    pub calendar_uid: Uuid,
    /// When calendars had last to learn of it; `None` where it was last changed before that was kept.
    pub changed_at: Option<Timestamp>,
}

#[derive(FromQueryResult)]
struct Row {
    #[sea_orm(nested(prefix = "seat_"))]
    seat: membership::Model,
    #[sea_orm(nested(prefix = "session_"))]
    session: session::Model,
    #[sea_orm(nested(prefix = "answer_"))]
    answer: attendee::Model,
    changed_at: Option<DateTimeUtc>,
}

impl Store {
    /// The sessions of a person's feed, by start; cancelled ones that were changed before `cancelled_since` apart.
    pub async fn feed_sessions(
        &self,
        person: PersonId,
        cancelled_since: Timestamp,
    ) -> Result<Vec<FeedSession>, StoreError> {
        let mut select = Query::select();
        trusted::whole_row(&mut select, membership::Entity, "seat_");
        trusted::whole_row(&mut select, session::Entity, "session_");
        trusted::whole_row(&mut select, attendee::Entity, "answer_");
        let seat = attendee::Column::MembershipId.into_expr().equals(membership::Column::Id.as_column_ref());
        let about = attendee::Column::SessionId.into_expr().equals(session::Column::Id.as_column_ref());
        let change = session_change::Column::SessionId.into_expr().equals(session::Column::Id.as_column_ref());
        let stands = session::Column::Status.is_in([SessionStatus::Scheduled.word(), SessionStatus::Concluded.word()]);
        let cancelled = session::Column::Status
            .eq(SessionStatus::Cancelled.word())
            .and(session_change::Column::ChangedAt.gt(time::bind(cancelled_since)));
        select
            .expr_as(session_change::Column::ChangedAt.into_expr(), "changed_at")
            .from(attendee::Entity)
            .join(JoinType::InnerJoin, membership::Entity, seat)
            .join(JoinType::InnerJoin, session::Entity, about)
            .join(JoinType::LeftJoin, session_change::Entity, change)
            .and_where(membership::Column::PersonId.eq(person.uuid()))
            .and_where(membership::Column::LeftOn.is_null())
            .and_where(membership::Column::SeatedAt.is_not_null())
            .and_where(session::Column::Published.eq(true))
            .and_where(stands.or(cancelled))
            .order_by(session::Column::StartsAt.as_column_ref(), Order::Desc)
            .order_by(session::Column::Id.as_column_ref(), Order::Desc)
            .limit(MOST);
        let mut found = Vec::new();
        for row in self.reads().rows::<Row>(&select).await? {
            found.extend(self.feed_session(row).await?);
        }
        found.reverse();
        Ok(found)
    }

    async fn feed_session(&self, row: Row) -> Result<Option<FeedSession>, StoreError> {
        let Some(seat) = self.genuine(row.seat) else { return Ok(None) };
        let Some(session) = self.opened_session(row.session).await? else { return Ok(None) };
        Ok(Some(FeedSession {
            session,
            seat: membership_row::policy_seat(&seat)?,
            response: Rsvp::from_word(&row.answer.response).ok_or(StoreError::Integrity)?,
            calendar_uid: row.answer.calendar_uid,
            changed_at: row.changed_at.map(time::read),
        }))
    }
}
