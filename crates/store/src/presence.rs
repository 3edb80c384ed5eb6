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
    ColumnTrait, DbErr, FromQueryResult, QueryResult,
    sea_query::{Condition, ExprTrait, JoinType, Query, SelectStatement},
};

use crate::{
    Store, StoreError, Tx,
    connection::Sql,
    entity::{membership, person, personal_access_token, sign_in},
    membership_row, time,
    trusted::{self, Trusted},
};

/// Who is behind a request, and when it is.
pub struct Presence {
    /// The person with their seats in effect.
    pub viewer: Viewer,
    /// The track's time, read in the same statement.
    pub now: Timestamp,
    /// Whether the person has a second factor.
    pub has_second_factor: bool,
    /// The one group that a token is for.
    pub only: Option<WorkingGroupId>,
    /// Whether this is the first use of a token on this day.
    pub first_today: bool,
}

#[derive(FromQueryResult)]
struct PresenceRow {
    now_micros: i64,
    #[sea_orm(nested(prefix = "person_"))]
    person: person::Model,
    #[sea_orm(nested(prefix = "seat_"))]
    seat: Option<membership::Model>,
}

/// What someone is known by, whose columns stand under a prefix beside a [`PresenceRow`].
trait Proof: FromQueryResult + Trusted {
    const PREFIX: &'static str;
}

impl Proof for sign_in::Model {
    const PREFIX: &'static str = "sign_in_";
}

impl Proof for personal_access_token::Model {
    const PREFIX: &'static str = "token_";
}

struct Proved<P>(P, PresenceRow);

impl<P: Proof> FromQueryResult for Proved<P> {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self(P::from_query_result(row, P::PREFIX)?, PresenceRow::from_query_result(row, prefix)?))
    }
}

impl Store {
    /// Who is behind a sign-in, with the database's time, in one statement. `None` where it was ended, is not of this
    /// person, or its person has no active account; also where the row of either is not what was stored. A seat whose
    /// row is not is left out.
    pub async fn presence(&self, sign_in: SignInId, person: PersonId) -> Result<Option<Presence>, StoreError> {
        self.presence_in(&self.reads(), sign_in, person).await
    }

    async fn presence_in(
        &self,
        sql: &Sql<'_>,
        sign_in: SignInId,
        person: PersonId,
    ) -> Result<Option<Presence>, StoreError> {
        let mut select = self.presence_select();
        let of_person = sign_in::Column::PersonId.into_expr().equals(person::Column::Id.as_column_ref());
        trusted::whole_row(&mut select, sign_in::Entity, sign_in::Model::PREFIX);
        select
            .join(JoinType::InnerJoin, sign_in::Entity, of_person)
            .and_where(sign_in::Column::Id.eq(sign_in.uuid()))
            .and_where(sign_in::Column::Ended.eq(false))
            .and_where(person::Column::Id.eq(person.uuid()));
        let rows: Vec<Proved<sign_in::Model>> = sql.rows(&select).await?;
        self.present(rows, By::SignIn(sign_in)).await
    }

    /// Who is behind a personal access token, by its digest: the same, with the one group that the token is for, if it
    /// is for one.
    pub async fn presence_by_token(&self, digest: &[u8; 32]) -> Result<Option<Presence>, StoreError> {
        let mut select = self.presence_select();
        let of_person = personal_access_token::Column::PersonId.into_expr().equals(person::Column::Id.as_column_ref());
        trusted::whole_row(&mut select, personal_access_token::Entity, personal_access_token::Model::PREFIX);
        select
            .join(JoinType::InnerJoin, personal_access_token::Entity, of_person)
            .and_where(personal_access_token::Column::Digest.eq(digest.to_vec()));
        let rows: Vec<Proved<personal_access_token::Model>> = self.reads().rows(&select).await?;
        let Some(token) = rows.first().map(|Proved(token, _)| token.clone()) else {
            return Ok(None);
        };
        let scopes = Scopes::from_words(&token.scopes).unwrap_or_default();
        let by = By::Token(PersonalAccessTokenId::from_uuid(token.id), scopes);
        let only = token.group_id.map(WorkingGroupId::from_uuid);
        let presence = self.present(rows, by).await?;
        let last_day = time::read_day(token.expires_on)?;
        let used_on = time::read_day(token.last_used_on)?;
        Ok(presence.filter(|presence| domain_time::day(presence.now) <= last_day).map(|presence| {
            let first_today = domain_time::day(presence.now) > used_on;
            Presence { first_today, only, ..presence }
        }))
    }

    async fn present<P: Proof>(&self, rows: Vec<Proved<P>>, by: By) -> Result<Option<Presence>, StoreError> {
        let Some(Proved(proof, first)) = rows.first() else {
            return Ok(None);
        };
        if !(self.is_genuine(proof) && self.is_genuine(&first.person)) {
            return Ok(None);
        }
        let account = first.person.clone();
        let Some(person) = self.person_of(&account).await? else {
            return Ok(None);
        };
        let now = Timestamp::from_microsecond(first.now_micros).map_err(|_| StoreError::Integrity)?;
        let ring = self.keys().ring();
        let seats = rows.into_iter().filter_map(|Proved(_, row)| row.seat).filter(|row| self.is_genuine(row));
        let seats = seats
            .map(|row| membership_row::policy_seat(&row))
            .filter(|seat| seat.as_ref().map_or(true, |seat| !ring.is_destroyed(seat.group)));
        let seats = seats.collect::<Result<_, _>>()?;
        let viewer = Viewer { person: person.id, by, is_administrator: account.is_administrator, seats };
        let has_second_factor = person.security.has_second_factor;
        Ok(Some(Presence { viewer, now, has_second_factor, only: None, first_today: false }))
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

impl Tx {
    /// The same within a transaction that has opened the sign-in, or gone on with it: whoever gets its tokens is who this
    /// transaction leaves behind, whatever another does a moment later.
    pub async fn presence(&self, sign_in: SignInId, person: PersonId) -> Result<Option<Presence>, StoreError> {
        self.store().presence_in(&self.sql(), sign_in, person).await
    }
}
