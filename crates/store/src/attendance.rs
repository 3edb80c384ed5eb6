//! Who was at sessions: one sealed row a session, so that a copy of the database tells of nobody that they were there, and
//! what is destroyed with a group's keys is gone.
//!
//! Deliberately absent: a row for each person, whose place among others would tell an order, and any column to count by.

use std::collections::{BTreeSet, HashMap};

use dipoli_domain::{
    attendance::Attendance,
    id::{MembershipId, PersonId, SessionId, WorkingGroupId},
    policy::scope::Attendances,
};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QueryTrait,
    sea_query::{ExprTrait, JoinType, OnConflict},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    KeyScope, Store, StoreError, Tx,
    entity::{
        attendance::{Column, Entity, Model},
        membership, session,
    },
    reseal::{Envelope, Sealed},
    scope,
    seal::{self, Aad},
};

/// What is sealed: the seats, in the order of their (random) ids.
#[derive(Serialize, Deserialize)]
struct Present(BTreeSet<Uuid>);

fn aad(row: &Model) -> Aad {
    Aad::of("attendance").id(row.session_id).id(row.group_id)
}

impl Sealed for Entity {
    const TABLE: &'static str = "attendance";
    const ID: Column = Column::SessionId;
    const SEALED: Column = Column::Sealed;
    const BLOCK: usize = seal::NOTE_BLOCK;
    fn envelope(row: &Model) -> Option<Envelope<'_>> {
        Some(Envelope {
            id: row.session_id,
            row: SessionId::from_uuid(row.session_id).into(),
            scope: KeyScope::Group(WorkingGroupId::from_uuid(row.group_id)),
            aad: aad(row),
            sealed: &row.sealed,
        })
    }
}

impl Store {
    /// Who was at those of these sessions that are in scope. A session of which nothing is recorded is absent.
    pub async fn attendances(
        &self,
        scope: &Attendances,
        sessions: &[SessionId],
    ) -> Result<HashMap<SessionId, Attendance>, StoreError> {
        let of_session = session::Column::Id.into_expr().eq(Column::SessionId.into_expr());
        let mut find = Entity::find()
            .filter(scope::one_of(Column::GroupId.into_expr(), scope.groups.iter().map(|id| id.uuid())))
            .filter(scope::one_of(Column::SessionId.into_expr(), sessions.iter().map(|id| id.uuid())))
            .into_query();
        find.join(JoinType::InnerJoin, session::Entity, of_session).cond_where(scope::sessions_joined(&scope.sessions));
        let mut found = HashMap::new();
        for row in self.reads().rows::<Model>(&find).await? {
            found.extend(self.opened_attendance(&row).await?.map(|it| (it.session, it)));
        }
        Ok(found)
    }

    /// The sessions of these groups at which one of these seats was.
    pub async fn own_attendance(
        &self,
        groups: &[WorkingGroupId],
        seats: &[MembershipId],
    ) -> Result<Vec<SessionId>, StoreError> {
        let in_groups = scope::one_of(Column::GroupId.into_expr(), groups.iter().map(|group| group.uuid()));
        let rows = Entity::find().filter(in_groups).order_by_asc(Column::SessionId);
        let mut own = Vec::new();
        for row in rows.all(&self.reads()).await? {
            let was_there = |it: &Attendance| seats.iter().any(|seat| it.present.contains(seat));
            own.extend(self.opened_attendance(&row).await?.filter(was_there).map(|it| it.session));
        }
        Ok(own)
    }

    async fn opened_attendance(&self, row: &Model) -> Result<Option<Attendance>, StoreError> {
        let session = SessionId::from_uuid(row.session_id);
        let Some(Present(seats)) = self.open_row(session, &aad(row), &row.sealed).await? else { return Ok(None) };
        let present = seats.into_iter().map(MembershipId::from_uuid).collect();
        Ok(Some(Attendance { group: WorkingGroupId::from_uuid(row.group_id), session, present }))
    }
}

impl Tx {
    /// Who was at a session, as it is now recorded, if it is. Ask under [`Tx::lock_group`].
    pub async fn attendance(&self, session: SessionId) -> Result<Option<Attendance>, StoreError> {
        match Entity::find_by_id(session.uuid()).one(&self.sql()).await? {
            Some(row) => self.store().opened_attendance(&row).await,
            None => Ok(None),
        }
    }

    /// Writes who was at a session; nothing is left where nobody was. Ask under [`Tx::lock_group`].
    pub async fn write_attendance(&self, attendance: &Attendance) -> Result<(), StoreError> {
        if attendance.present.is_empty() {
            Entity::delete_by_id(attendance.session.uuid()).exec(&self.sql()).await?;
            return Ok(());
        }
        let mut row =
            Model { session_id: attendance.session.uuid(), group_id: attendance.group.uuid(), sealed: Vec::new() };
        let present = Present(attendance.present.iter().map(|seat| seat.uuid()).collect());
        row.sealed = self.store().seal_note(KeyScope::Group(attendance.group), &aad(&row), &present).await?;
        let mut insert = Entity::insert(row.into_active_model()).into_query();
        let again = OnConflict::column(Column::SessionId).update_columns([Column::GroupId, Column::Sealed]).to_owned();
        self.sql().run(insert.on_conflict(again)).await.map(drop)
    }

    /// Takes a person out of all that was ever recorded: their account is erased.
    pub(crate) async fn forget_attendance(&self, person: PersonId) -> Result<(), StoreError> {
        let own = membership::Entity::find().filter(membership::Column::PersonId.eq(person.uuid()));
        for seat in own.order_by_asc(membership::Column::GroupId).all(&self.sql()).await? {
            let (group, seat) = (WorkingGroupId::from_uuid(seat.group_id), MembershipId::from_uuid(seat.id));
            self.lock_group(group).await?;
            for row in Entity::find().filter(Column::GroupId.eq(group.uuid())).all(&self.sql()).await? {
                let Some(attendance) = self.store().opened_attendance(&row).await? else { continue };
                if attendance.present.contains(&seat) {
                    self.write_attendance(&attendance.without(&[seat])).await?;
                }
            }
        }
        Ok(())
    }
}
