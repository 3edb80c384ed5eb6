//! Who is behind a request: the sign-in, its person and their seats in effect, in one statement (requirements A-08).
//!
//! What the policy trusts of the person is bound to their sealed text, which is therefore opened: an administrator made
//! by writing into the database is nobody at all (requirements N-09).

use dipoli_domain::{
    Timestamp,
    id::{DelegationId, MembershipId, PersonId, SignInId, WorkingGroupId},
    membership::{Reading, Role},
    person::Standing,
    policy::{Seat, Viewer},
};
use sea_orm::{
    ColumnTrait, FromQueryResult,
    prelude::DateTimeUtc,
    sea_query::{Condition, ExprTrait, JoinType, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    entity::{membership, person, sign_in},
    person::{self as person_row, PersonText},
    time,
};

/// Who is behind a request, and when it is.
pub struct Presence {
    /// The person with their seats in effect.
    pub viewer: Viewer,
    /// The track's time, read in the same statement.
    pub now: Timestamp,
}

#[derive(FromQueryResult)]
struct PresenceRow {
    now_micros: i64,
    is_administrator: bool,
    standing: String,
    email_mac: Vec<u8>,
    sealed: Vec<u8>,
    membership_id: Option<Uuid>,
    group_id: Option<Uuid>,
    role: Option<String>,
    delegation_id: Option<Uuid>,
    reads_group_from: Option<DateTimeUtc>,
    reads_facilitators_from: Option<DateTimeUtc>,
    reads_delegation_from: Option<DateTimeUtc>,
    posts_from: Option<DateTimeUtc>,
}

impl PresenceRow {
    fn seat(&self) -> Result<Option<Seat>, StoreError> {
        let (Some(membership), Some(group), Some(role)) = (self.membership_id, self.group_id, &self.role) else {
            return Ok(None);
        };
        Ok(Some(Seat {
            membership: MembershipId::from_uuid(membership),
            group: WorkingGroupId::from_uuid(group),
            role: Role::from_word(role).ok_or(StoreError::Integrity)?,
            delegation: self.delegation_id.map(DelegationId::from_uuid),
            reading: Reading {
                group: self.reads_group_from.map(time::read),
                facilitators: self.reads_facilitators_from.map(time::read),
                delegation: self.reads_delegation_from.map(time::read),
                posts: self.posts_from.map(time::read),
            },
        }))
    }
}

impl Store {
    /// Who is behind a sign-in, with the database's time, in one statement. `None` where it was ended, is not of this
    /// person, or its person has no active account; also where the person's row is not what was stored.
    pub async fn presence(&self, sign_in: SignInId, person: PersonId) -> Result<Option<Presence>, StoreError> {
        let rows: Vec<PresenceRow> = self.reads().rows(&self.presence_select(sign_in, person)).await?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        let aad = person_row::aad(person.uuid(), &first.email_mac, &first.standing, first.is_administrator);
        if self.open_row::<PersonText>(person, &aad, &first.sealed).await?.is_none() {
            return Ok(None);
        }
        let now = Timestamp::from_microsecond(first.now_micros).map_err(|_| StoreError::Integrity)?;
        let is_administrator = first.is_administrator;
        let seats = rows.iter().filter_map(|row| row.seat().transpose()).collect::<Result<_, _>>()?;
        Ok(Some(Presence { viewer: Viewer { person, sign_in, is_administrator, seats }, now }))
    }

    fn presence_select(&self, sign_in: SignInId, person: PersonId) -> SelectStatement {
        let in_effect = Condition::all()
            .add(membership::Column::PersonId.into_expr().equals(person::Column::Id.as_column_ref()))
            .add(membership::Column::SeatedAt.is_not_null())
            .add(membership::Column::LeftOn.is_null());
        let of_person = sign_in::Column::PersonId.into_expr().equals(person::Column::Id.as_column_ref());
        let mut select = Query::select();
        select
            .expr_as(self.clock().micros(self.reads().backend()), "now_micros")
            .columns([
                person::Column::IsAdministrator.as_column_ref(),
                person::Column::Standing.as_column_ref(),
                person::Column::EmailMac.as_column_ref(),
                person::Column::Sealed.as_column_ref(),
            ])
            .expr_as(membership::Column::Id.into_expr(), "membership_id");
        for column in [
            membership::Column::GroupId,
            membership::Column::Role,
            membership::Column::DelegationId,
            membership::Column::ReadsGroupFrom,
            membership::Column::ReadsFacilitatorsFrom,
            membership::Column::ReadsDelegationFrom,
            membership::Column::PostsFrom,
        ] {
            select.column(column.as_column_ref());
        }
        select
            .from(sign_in::Entity)
            .join(JoinType::InnerJoin, person::Entity, of_person)
            .join(JoinType::LeftJoin, membership::Entity, in_effect)
            .and_where(sign_in::Column::Id.eq(sign_in.uuid()))
            .and_where(sign_in::Column::Ended.eq(false))
            .and_where(person::Column::Id.eq(person.uuid()))
            .and_where(person::Column::Standing.eq(Standing::Active.word()))
            .take()
    }
}
