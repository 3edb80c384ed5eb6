//! How much of a person a viewer sees, decided in the statement that reads them: columns for any statement that has
//! `person` in it, and the domain's `PersonSeen` made from them.
//!
//! Whoever ever took a seat in a group of the viewer's is known by their own name. A seat that is pending shows the
//! name and address that it was given with, as if the address were unknown to the track.

use dipoli_domain::{
    id::{MembershipId, PersonId},
    membership::Capacity,
    person::{AccountSeen, PersonSeen, Standing},
    policy::scope::People,
};
use sea_orm::{
    ColumnTrait, FromQueryResult,
    sea_query::{Expr, ExprTrait, Order, SelectStatement},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    KeyScope, Store, StoreError,
    entity::{membership, person},
    person::{self as person_row, PersonText},
    reseal::{Envelope, Sealed},
    scope,
    seal::Aad,
};

/// The columns that [`select`] adds. Put it into a row with `#[sea_orm(nested)]`.
#[derive(FromQueryResult)]
pub(crate) struct SeenRow {
    seen_id: Uuid,
    seen_email_mac: Vec<u8>,
    seen_standing: String,
    seen_administrator: bool,
    seen_sealed: Vec<u8>,
    seen_account: bool,
    seen_known: bool,
    seen_affiliation: bool,
    seen_address: bool,
    seen_given_id: Option<Uuid>,
    seen_given: Option<Vec<u8>>,
}

impl SeenRow {
    /// Whose row it is.
    pub fn id(&self) -> PersonId {
        PersonId::from_uuid(self.seen_id)
    }

    /// Whether the viewer sees addresses of this person.
    pub const fn address(&self) -> bool {
        self.seen_address
    }
}

impl SeenRow {
    /// The same person as these seats of theirs show them, which are all that the viewer knows them by.
    pub fn by_seats(self, people: &People, seats: &[membership::Model]) -> Self {
        if people.everyone || self.id() == people.viewer {
            return self;
        }
        let known = |seat: &&membership::Model| seat.seated_at.is_some();
        let held = |seat: &&membership::Model| seat.left_on.is_none();
        let managed = |seat: &&membership::Model| people.addresses.iter().any(|group| group.uuid() == seat.group_id);
        let in_effect = |seat: &&membership::Model| known(seat) && held(seat);
        let pending = seats.iter().find(|seat| seat.sealed.is_some());
        Self {
            seen_known: seats.iter().any(|seat| known(&seat)),
            seen_affiliation: seats.iter().filter(in_effect).any(|seat| seat.capacity != Capacity::Personal.word()),
            seen_address: seats.iter().filter(held).any(|seat| managed(&seat)),
            seen_given_id: pending.map(|seat| seat.id),
            seen_given: pending.and_then(|seat| seat.sealed.clone()),
            ..self
        }
    }
}

/// What a pending seat was given with, sealed in `membership.sealed` under [`given_aad`] with [`KeyScope::People`].
#[derive(Serialize, Deserialize)]
pub(crate) struct Given {
    /// The name that the organizer wrote.
    pub display_name: String,
    /// The address that the organizer wrote.
    pub email: String,
}

/// What [`Given`] is bound to.
pub(crate) fn given_aad(membership: MembershipId, person: PersonId) -> Aad {
    Aad::of("membership").id(membership.uuid()).id(person.uuid())
}

impl Sealed for membership::Entity {
    const TABLE: &'static str = "membership";
    const ID: membership::Column = membership::Column::Id;
    const SEALED: membership::Column = membership::Column::Sealed;
    fn envelope(row: &membership::Model) -> Option<Envelope<'_>> {
        let aad = given_aad(MembershipId::from_uuid(row.id), PersonId::from_uuid(row.person_id));
        Some(Envelope {
            id: row.id,
            row: MembershipId::from_uuid(row.id).into(),
            scope: KeyScope::People,
            aad,
            sealed: row.sealed.as_deref()?,
        })
    }
}

/// Adds the columns of [`SeenRow`] to a statement that reads from or joins `person`.
pub(crate) fn select(statement: &mut SelectStatement, people: &People) {
    let whole = || {
        let own = person::Column::Id.eq(people.viewer.uuid());
        if people.everyone { Expr::cust("1 = 1") } else { own }
    };
    let seats = || scope::seats_in(&people.groups);
    let known = seats().and_where(scope::seat(membership::Column::SeatedAt).is_not_null()).take();
    let not_personal = seats()
        .and_where(scope::seat(membership::Column::SeatedAt).is_not_null())
        .and_where(scope::seat(membership::Column::LeftOn).is_null())
        .and_where(scope::seat(membership::Column::Capacity).ne(Capacity::Personal.word()))
        .take();
    let managed =
        scope::seats_in(&people.addresses).and_where(scope::seat(membership::Column::LeftOn).is_null()).take();
    statement
        .expr_as(person::Column::Id.into_expr(), "seen_id")
        .expr_as(person::Column::EmailMac.into_expr(), "seen_email_mac")
        .expr_as(person::Column::Standing.into_expr(), "seen_standing")
        .expr_as(person::Column::IsAdministrator.into_expr(), "seen_administrator")
        .expr_as(person::Column::Sealed.into_expr(), "seen_sealed")
        .expr_as(whole(), "seen_account")
        .expr_as(whole().or(Expr::exists(known)), "seen_known")
        .expr_as(whole().or(Expr::exists(not_personal)), "seen_affiliation")
        .expr_as(whole().or(Expr::exists(managed)), "seen_address")
        .expr_as(given(people, membership::Column::Id), "seen_given_id")
        .expr_as(given(people, membership::Column::Sealed), "seen_given");
}

/// A column of the first pending seat of the row's person in a group of the viewer's.
fn given(people: &People, column: membership::Column) -> Expr {
    let mut first = scope::seats_in(&people.groups);
    first
        .clear_selects()
        .expr(scope::seat(column))
        .and_where(scope::seat(membership::Column::Sealed).is_not_null())
        .order_by_expr(scope::seat(membership::Column::Id), Order::Asc)
        .limit(1);
    Expr::SubQuery(None, Box::new(first.into()))
}

impl Store {
    /// The person as the viewer may see them; `None` where their row does not open.
    pub(crate) async fn seen(&self, row: SeenRow) -> Result<Option<PersonSeen>, StoreError> {
        let id = row.id();
        if row.seen_known {
            let aad = person_row::aad(row.seen_id, &row.seen_email_mac, &row.seen_standing, row.seen_administrator);
            let text: Option<PersonText> = self.open_row(id, &aad, &row.seen_sealed).await?;
            let standing = Standing::from_word(&row.seen_standing);
            let is_administrator = row.seen_administrator;
            let account = standing.map(|standing| AccountSeen { standing, is_administrator });
            return Ok(text.map(|text| PersonSeen {
                id,
                display_name: text.display_name,
                affiliation: text.affiliation.filter(|_| row.seen_affiliation),
                email: row.seen_address.then_some(text.email),
                account: account.filter(|_| row.seen_account),
            }));
        }
        let (Some(seat), Some(given)) = (row.seen_given_id, row.seen_given) else {
            return Ok(None);
        };
        self.seen_as_given(id, row.seen_address, MembershipId::from_uuid(seat), &given).await
    }

    /// The person as a pending seat shows them, whoever they may be; `None` where it does not open.
    pub(crate) async fn seen_as_given(
        &self,
        id: PersonId,
        address: bool,
        seat: MembershipId,
        given: &[u8],
    ) -> Result<Option<PersonSeen>, StoreError> {
        let given: Option<Given> = self.open_row(seat, &given_aad(seat, id), given).await?;
        Ok(given.map(|Given { display_name, email }| PersonSeen {
            id,
            display_name,
            affiliation: None,
            email: address.then_some(email),
            account: None,
        }))
    }
}
