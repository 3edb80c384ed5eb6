//! Who is behind a request: the sign-in, its person and their seats in effect, in one statement (requirements A-08).
//!
//! All three are trusted, and looked at for that: an administrator made by writing into the database is nobody at all,
//! a seat made so is no seat (requirements N-09, N-16). A seat in a group whose keys were destroyed is no seat: for whoever
//! asks, there is no such group.

use dipoli_domain::{
    Timestamp,
    id::{PersonId, PersonalAccessTokenId, SignInId, WorkingGroupId},
    person::Standing,
    policy::{By, Scopes, Viewer},
    time as domain_time,
};
use sea_orm::{
    ColumnTrait, FromQueryResult,
    sea_query::{Condition, ExprTrait, JoinType, Query, SelectStatement},
};

use crate::{
    Store, StoreError,
    entity::{membership, person, personal_access_token, sign_in},
    membership_row, time, trusted,
};

/// Who is behind a request, and when it is.
pub struct Presence {
    /// The person with their seats in effect.
    pub viewer: Viewer,
    /// The track's time, read in the same statement.
    pub now: Timestamp,
    /// Whether the person has a second factor.
    pub has_second_factor: bool,
    /// Whether this is the first use of a token on this day.
    pub first_today: bool,
}

#[derive(FromQueryResult)]
struct PresenceRow {
    now_micros: i64,
    #[sea_orm(nested(prefix = "sign_in_"))]
    sign_in: Option<sign_in::Model>,
    #[sea_orm(nested(prefix = "token_"))]
    token: Option<personal_access_token::Model>,
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
        let mut select = self.presence_select();
        let of_person = sign_in::Column::PersonId.into_expr().equals(person::Column::Id.as_column_ref());
        trusted::whole_row(&mut select, sign_in::Entity, "sign_in_");
        select
            .join(JoinType::InnerJoin, sign_in::Entity, of_person)
            .and_where(sign_in::Column::Id.eq(sign_in.uuid()))
            .and_where(sign_in::Column::Ended.eq(false))
            .and_where(person::Column::Id.eq(person.uuid()));
        let rows = self.reads().rows(&select).await?;
        let genuine = |row: &PresenceRow| row.sign_in.as_ref().is_some_and(|row| self.is_genuine(row));
        self.present(rows, By::SignIn(sign_in), None, genuine).await
    }

    /// Who is behind a personal access token, by its digest: the same, with no more rights than the token was given. A
    /// token for one group has the seat there, and no administration.
    pub async fn presence_by_token(&self, digest: &[u8; 32]) -> Result<Option<Presence>, StoreError> {
        let mut select = self.presence_select();
        let of_person = personal_access_token::Column::PersonId.into_expr().equals(person::Column::Id.as_column_ref());
        trusted::whole_row(&mut select, personal_access_token::Entity, "token_");
        select
            .join(JoinType::InnerJoin, personal_access_token::Entity, of_person)
            .and_where(personal_access_token::Column::Digest.eq(digest.to_vec()));
        let rows: Vec<PresenceRow> = self.reads().rows(&select).await?;
        let Some(token) = rows.first().and_then(|row| row.token.clone()) else {
            return Ok(None);
        };
        let scopes = Scopes::from_words(&token.scopes).unwrap_or_default();
        let by = By::Token(PersonalAccessTokenId::from_uuid(token.id), scopes);
        let only = token.group_id.map(WorkingGroupId::from_uuid);
        let genuine = |row: &PresenceRow| row.token.as_ref().is_some_and(|row| self.is_genuine(row));
        let presence = self.present(rows, by, only, genuine).await?;
        let last_day = time::read_day(token.expires_on)?;
        let used_on = time::read_day(token.last_used_on)?;
        Ok(presence.filter(|presence| domain_time::day(presence.now) <= last_day).map(|presence| {
            let first_today = domain_time::day(presence.now) > used_on;
            Presence { first_today, ..presence }
        }))
    }

    async fn present(
        &self,
        mut rows: Vec<PresenceRow>,
        by: By,
        only: Option<WorkingGroupId>,
        is_genuine: impl Fn(&PresenceRow) -> bool,
    ) -> Result<Option<Presence>, StoreError> {
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        if !(is_genuine(first) && self.is_genuine(&first.person)) {
            return Ok(None);
        }
        let account = first.person.clone();
        let Some(person) = self.person_of(&account).await? else {
            return Ok(None);
        };
        let now = Timestamp::from_microsecond(first.now_micros).map_err(|_| StoreError::Integrity)?;
        let ring = self.keys().ring();
        let seats = rows.drain(..).filter_map(|row| row.seat).filter(|row| self.is_genuine(row));
        let seats = seats
            .map(|row| membership_row::policy_seat(&row))
            .filter(|seat| seat.as_ref().map_or(true, |seat| !ring.is_destroyed(seat.group)))
            .filter(|seat| seat.as_ref().map_or(true, |seat| only.is_none_or(|only| seat.group == only)));
        let seats = seats.collect::<Result<_, _>>()?;
        let is_administrator = account.is_administrator && only.is_none();
        let viewer = Viewer { person: person.id, by, is_administrator, seats };
        Ok(Some(Presence { viewer, now, has_second_factor: person.security.has_second_factor, first_today: false }))
    }

    fn presence_select(&self) -> SelectStatement {
        let in_effect = Condition::all()
            .add(membership::Column::PersonId.into_expr().equals(person::Column::Id.as_column_ref()))
            .add(membership::Column::SeatedAt.is_not_null())
            .add(membership::Column::LeftOn.is_null());
        let mut select = Query::select();
        select.expr_as(self.clock().micros(self.reads().backend()), "now_micros");
        trusted::whole_row(&mut select, person::Entity, "person_");
        trusted::whole_row(&mut select, membership::Entity, "seat_");
        select
            .from(person::Entity)
            .join(JoinType::LeftJoin, membership::Entity, in_effect)
            .and_where(person::Column::Standing.eq(Standing::Active.word()))
            .take()
    }
}
