//! Who is behind a request: the sign-in, its person and their seats in effect, in one statement (requirements A-08).
//!
//! All three are trusted, and looked at for that: an administrator made by writing into the database is nobody at all,
//! a seat made so is no seat (requirements N-09, N-16). A seat in a group whose keys were destroyed is no seat: for whoever
//! asks, there is no such group.

use dipoli_domain::{
    Timestamp,
    id::{PersonId, SignInId},
    person::Standing,
    policy::Viewer,
};
use sea_orm::{
    ColumnTrait, FromQueryResult,
    sea_query::{Condition, ExprTrait, JoinType, Query, SelectStatement},
};

use crate::{
    Store, StoreError,
    entity::{membership, person, sign_in},
    membership_row, trusted,
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
    #[sea_orm(nested(prefix = "sign_in_"))]
    sign_in: sign_in::Model,
    #[sea_orm(nested(prefix = "person_"))]
    person: person::Model,
    #[sea_orm(nested(prefix = "seat_"))]
    seat: Option<membership::Model>,
}

impl Store {
    /// Who is behind a sign-in, with the database's time, in one statement. `None` where it was ended, is not of this
    /// person, or its person has no active account; also where the row of either is not what was stored. A seat whose
    /// row is not is left out.
    pub async fn presence(&self, sign_in: SignInId, person: PersonId) -> Result<Option<Presence>, StoreError> {
        let mut rows: Vec<PresenceRow> = self.reads().rows(&self.presence_select(sign_in, person)).await?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        if !(self.is_genuine(&first.sign_in) && self.is_genuine(&first.person)) {
            return Ok(None);
        }
        let account = first.person.clone();
        if self.person_of(&account).await?.is_none() {
            return Ok(None);
        }
        let now = Timestamp::from_microsecond(first.now_micros).map_err(|_| StoreError::Integrity)?;
        let is_administrator = account.is_administrator;
        let ring = self.keys().ring();
        let seats = rows.drain(..).filter_map(|row| row.seat).filter(|row| self.is_genuine(row));
        let seats = seats
            .map(|row| membership_row::policy_seat(&row))
            .filter(|seat| seat.as_ref().map_or(true, |seat| !ring.is_destroyed(seat.group)));
        let seats = seats.collect::<Result<_, _>>()?;
        Ok(Some(Presence { viewer: Viewer { person, sign_in, is_administrator, seats }, now }))
    }

    fn presence_select(&self, sign_in: SignInId, person: PersonId) -> SelectStatement {
        let in_effect = Condition::all()
            .add(membership::Column::PersonId.into_expr().equals(person::Column::Id.as_column_ref()))
            .add(membership::Column::SeatedAt.is_not_null())
            .add(membership::Column::LeftOn.is_null());
        let of_person = sign_in::Column::PersonId.into_expr().equals(person::Column::Id.as_column_ref());
        let mut select = Query::select();
        select.expr_as(self.clock().micros(self.reads().backend()), "now_micros");
        trusted::whole_row(&mut select, sign_in::Entity, "sign_in_");
        trusted::whole_row(&mut select, person::Entity, "person_");
        trusted::whole_row(&mut select, membership::Entity, "seat_");
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
