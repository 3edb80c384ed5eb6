//! Answers to sessions: read with whose they are, and written for whoever has a seat.

use std::collections::HashMap;

use dipoli_domain::{
    attendee::{AttendanceMode, Attendee, Rsvp},
    id::{AttendeeId, MembershipId, PersonId, SessionId, WorkingGroupId},
    page::{Page, Slice},
    policy::scope::{People, Sessions},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait, JoinType, OnConflict, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    Store, StoreError, Tx,
    entity::{
        attendee::{Column, Entity, Model},
        membership, session,
    },
    membership_seen::{self, SeatRow, Seats},
    paging::{PAGE, Paging},
    scope, time,
};

/// Rows of one INSERT at most: databases bound the values of a statement.
const ROWS: usize = 500;

/// A seat that has not been left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldSeat {
    /// Which.
    pub membership: MembershipId,
    /// Whose.
    pub person: PersonId,
    /// Whether it is in effect.
    pub in_effect: bool,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    session_id: Uuid,
    response: String,
    mode: Option<String>,
    #[sea_orm(nested)]
    seat: SeatRow,
}

impl Store {
    /// Those of these answers that are to sessions in scope, seats that were left apart.
    pub async fn attendees(
        &self,
        scope: &Sessions,
        people: &People,
        ids: &[AttendeeId],
    ) -> Result<Vec<Attendee>, StoreError> {
        let asked = scope::one_of(Column::Id.into_expr(), ids.iter().map(|id| id.uuid()));
        self.attendees_where(scope, people, asked).await
    }

    /// The answers of these seats to those of these sessions that are in scope.
    pub async fn attendees_of_seats(
        &self,
        scope: &Sessions,
        people: &People,
        seats: &[MembershipId],
        sessions: &[SessionId],
    ) -> Result<Vec<Attendee>, StoreError> {
        let seats = scope::one_of(Column::MembershipId.into_expr(), seats.iter().map(|id| id.uuid()));
        let sessions = scope::one_of(Column::SessionId.into_expr(), sessions.iter().map(|id| id.uuid()));
        self.attendees_where(scope, people, seats.and(sessions)).await
    }

    /// The same page of each session's attendees, by their ids. A session without any, or out of scope, is absent.
    pub async fn attendee_pages(
        &self,
        scope: &Sessions,
        people: &People,
        sessions: &[SessionId],
        page: &Page<AttendeeId>,
    ) -> Result<HashMap<SessionId, Slice<Attendee>>, StoreError> {
        let mut keys = held(scope);
        keys.expr_as(Column::Id.into_expr(), "key").and_where(of_sessions(sessions));
        let belong = |page: &mut SelectStatement| {
            page.join(JoinType::InnerJoin, Entity, Column::Id.into_expr().eq(Expr::col((PAGE, "key"))));
            membership_seen::join(page, Column::MembershipId.into_expr());
            whole(page, people);
            page.take()
        };
        let pages = Paging::new(page, [Column::Id.into_expr()])
            .slices_joined(&self.reads(), keys, Column::SessionId.into_expr(), |row: &Row| row.session_id, belong)
            .await?;
        let mut seats = Seats::new(self);
        let mut opened = HashMap::with_capacity(pages.len());
        for (session, slice) in pages {
            let (has_previous, has_next) = (slice.has_previous, slice.has_next);
            let mut rows = Vec::with_capacity(slice.rows.len());
            for row in slice.rows {
                rows.extend(self.opened_attendee(row, &mut seats).await?);
            }
            opened.insert(SessionId::from_uuid(session), Slice { rows, has_previous, has_next });
        }
        Ok(opened)
    }

    /// How many [`Store::attendee_pages`] has in all, for each session that has any.
    pub async fn attendee_counts(
        &self,
        scope: &Sessions,
        sessions: &[SessionId],
    ) -> Result<HashMap<SessionId, u64>, StoreError> {
        let count = held(scope)
            .expr_as(Column::SessionId.into_expr(), "list")
            .expr_as(Column::Id.into_expr().count(), "number")
            .and_where(of_sessions(sessions))
            .add_group_by([Column::SessionId.into_expr()])
            .take();
        let counts = self.reads().counts(&count).await?;
        Ok(counts.into_iter().map(|(session, number)| (SessionId::from_uuid(session), number)).collect())
    }

    async fn attendees_where(
        &self,
        scope: &Sessions,
        people: &People,
        asked: Expr,
    ) -> Result<Vec<Attendee>, StoreError> {
        let session = session::Column::Id.into_expr().eq(Column::SessionId.into_expr());
        let mut select = Query::select()
            .from(Entity)
            .join(JoinType::InnerJoin, session::Entity, session)
            .cond_where(scope::sessions_joined(scope))
            .and_where(asked)
            .and_where(membership::Column::LeftOn.is_null())
            .take();
        membership_seen::join(&mut select, Column::MembershipId.into_expr());
        whole(&mut select, people);
        let mut seats = Seats::new(self);
        let mut opened = Vec::new();
        for row in self.reads().rows::<Row>(&select).await? {
            opened.extend(self.opened_attendee(row, &mut seats).await?);
        }
        Ok(opened)
    }

    async fn opened_attendee(&self, row: Row, seats: &mut Seats<'_>) -> Result<Option<Attendee>, StoreError> {
        let id = AttendeeId::from_uuid(row.id);
        let mode = row.mode.as_deref().map(AttendanceMode::from_word);
        let (Some(response), None | Some(Some(_))) = (Rsvp::from_word(&row.response), mode) else {
            self.report(id);
            return Ok(None);
        };
        let Some(membership) = seats.membership(row.seat).await? else { return Ok(None) };
        let session = SessionId::from_uuid(row.session_id);
        Ok(Some(Attendee { id, session, membership, response, mode: mode.flatten() }))
    }
}

impl Tx {
    /// The group's seats that have not been left. Ask under [`Tx::lock_group`].
    pub async fn seats_held(&self, group: WorkingGroupId) -> Result<Vec<HeldSeat>, StoreError> {
        let rows = membership::Entity::find()
            .filter(membership::Column::GroupId.eq(group.uuid()))
            .filter(membership::Column::LeftOn.is_null())
            .all(&self.sql())
            .await?;
        let seat = |row: membership::Model| HeldSeat {
            membership: MembershipId::from_uuid(row.id),
            person: PersonId::from_uuid(row.person_id),
            in_effect: row.seated_at.is_some(),
        };
        Ok(rows.into_iter().filter(|row| self.store().is_genuine(row)).map(seat).collect())
    }

    /// Gives each of these seats an open answer to each of these sessions; what was answered before stays.
    pub async fn add_attendees(&self, sessions: &[SessionId], seats: &[MembershipId]) -> Result<(), StoreError> {
        let rows: Vec<_> = sessions
            .iter()
            .flat_map(|session| seats.iter().map(|seat| open_answer(*session, *seat).into_active_model().reset_all()))
            .collect();
        for rows in rows.chunks(ROWS) {
            let once = OnConflict::columns([Column::SessionId, Column::MembershipId]).do_nothing().to_owned();
            Entity::insert_many(rows.to_vec()).on_conflict(once).exec_without_returning(&self.sql()).await?;
        }
        Ok(())
    }

    /// Makes the answers of a seat to its group's sessions that have not ended open again: whoever comes back to a seat
    /// answers anew.
    pub async fn reopen_answers(&self, group: WorkingGroupId, seat: MembershipId) -> Result<(), StoreError> {
        let not_ended = Query::select()
            .column(session::Column::Id)
            .from(session::Entity)
            .and_where(session::Column::GroupId.eq(group.uuid()))
            .and_where(session::Column::EndsAt.gt(time::bind(self.now())))
            .take();
        let update = Query::update()
            .table(Entity)
            .value(Column::Response, Rsvp::Pending.word())
            .value(Column::Mode, None::<String>)
            .and_where(Column::MembershipId.eq(seat.uuid()))
            .and_where(Column::SessionId.into_expr().in_subquery(not_ended))
            .take();
        self.sql().run(&update).await.map(drop)
    }

    /// Writes an answer.
    pub async fn respond(
        &self,
        attendee: AttendeeId,
        response: Rsvp,
        mode: Option<AttendanceMode>,
    ) -> Result<(), StoreError> {
        let update = Query::update()
            .table(Entity)
            .value(Column::Response, response.word())
            .value(Column::Mode, mode.map(AttendanceMode::word))
            .and_where(Column::Id.eq(attendee.uuid()))
            .take();
        self.sql().swap(&update).await
    }
}

/// The calendar UID is random: it is the same over all moves of the session, and tells nothing of session or seat.
fn open_answer(session: SessionId, seat: MembershipId) -> Model {
    Model {
        id: AttendeeId::random().uuid(),
        session_id: session.uuid(),
        membership_id: seat.uuid(),
        response: Rsvp::Pending.word().to_owned(),
        mode: None,
        calendar_uid: Uuid::new_v4(),
    }
}

/// Answers of seats that have not been left, to sessions in scope.
fn held(scope: &Sessions) -> SelectStatement {
    let session = session::Column::Id.into_expr().eq(Column::SessionId.into_expr());
    let seat = membership::Column::Id.into_expr().eq(Column::MembershipId.into_expr());
    Query::select()
        .from(Entity)
        .join(JoinType::InnerJoin, session::Entity, session)
        .join(JoinType::InnerJoin, membership::Entity, seat)
        .cond_where(scope::sessions_joined(scope))
        .and_where(membership::Column::LeftOn.is_null())
        .take()
}

fn of_sessions(sessions: &[SessionId]) -> Expr {
    scope::one_of(Column::SessionId.into_expr(), sessions.iter().map(|id| id.uuid()))
}

/// Selects an answer's columns and its seat's.
fn whole(select: &mut SelectStatement, people: &People) {
    for column in [Column::Id, Column::SessionId, Column::Response, Column::Mode] {
        select.column((Entity, column));
    }
    membership_seen::select(select, people);
}
