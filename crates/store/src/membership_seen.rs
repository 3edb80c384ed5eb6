//! A seat as a viewer may see it, made from columns that any statement can bring along: whoever reads notes or
//! answers gets their authors with them, in the same statement.
//!
//! A pending seat shows the name and address that it was given with to everyone, administrators too.
//!
//! Deliberately absent: whether the viewer may see the row at all. That is the scope of the statement.

use std::collections::HashMap;

use dipoli_domain::{
    delegation::Delegation,
    id::{DelegationId, MembershipId, PersonId, WorkingGroupId},
    membership::{Capacity, Membership, Role, Seating},
    person::PersonSeen,
    policy::scope::People,
};
use sea_orm::{
    ColumnTrait, FromQueryResult,
    prelude::{Date, DateTimeUtc},
    sea_query::{Expr, ExprTrait, JoinType, SelectStatement},
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    delegation::{self as delegation_row, DelegationText},
    entity::{delegation, membership, person},
    person_seen::{self, SeenRow},
    time,
};

/// The columns that [`select`] adds. Put it into a row with `#[sea_orm(nested)]`.
#[derive(FromQueryResult)]
pub(crate) struct SeatRow {
    seat_id: Uuid,
    seat_group: Uuid,
    seat_role: String,
    seat_capacity: String,
    seat_seated_at: Option<DateTimeUtc>,
    seat_left_on: Option<Date>,
    seat_changed_on: Date,
    seat_given: Option<Vec<u8>>,
    seat_delegation: Option<Uuid>,
    seat_delegation_sealed: Option<Vec<u8>>,
    #[sea_orm(nested)]
    seen: SeenRow,
}

/// Joins the seat that `membership` names, with its person and delegation.
pub(crate) fn join(statement: &mut SelectStatement, membership: Expr) {
    let seat = membership::Column::Id.into_expr().eq(membership);
    let person = membership::Column::PersonId.into_expr().eq(person::Column::Id.into_expr());
    let delegation = membership::Column::DelegationId.into_expr().eq(delegation::Column::Id.into_expr());
    statement
        .join(JoinType::InnerJoin, membership::Entity, seat)
        .join(JoinType::InnerJoin, person::Entity, person)
        .join(JoinType::LeftJoin, delegation::Entity, delegation);
}

/// Adds the columns of [`SeatRow`] to a statement that reads from or joins `membership`, `person` and `delegation`.
pub(crate) fn select(statement: &mut SelectStatement, people: &People) {
    statement
        .expr_as(membership::Column::Id.into_expr(), "seat_id")
        .expr_as(membership::Column::GroupId.into_expr(), "seat_group")
        .expr_as(membership::Column::Role.into_expr(), "seat_role")
        .expr_as(membership::Column::Capacity.into_expr(), "seat_capacity")
        .expr_as(membership::Column::SeatedAt.into_expr(), "seat_seated_at")
        .expr_as(membership::Column::LeftOn.into_expr(), "seat_left_on")
        .expr_as(membership::Column::ChangedOn.into_expr(), "seat_changed_on")
        .expr_as(membership::Column::Sealed.into_expr(), "seat_given")
        .expr_as(delegation::Column::Id.into_expr(), "seat_delegation")
        .expr_as(delegation::Column::Sealed.into_expr(), "seat_delegation_sealed");
    person_seen::select(statement, people);
}

/// The seats of one statement's rows. Each person and delegation is opened once, however many rows name them.
pub(crate) struct Seats<'a> {
    store: &'a Store,
    people: HashMap<PersonId, Option<PersonSeen>>,
    delegations: HashMap<DelegationId, Option<Delegation>>,
}

impl<'a> Seats<'a> {
    pub fn new(store: &'a Store) -> Self {
        Self { store, people: HashMap::new(), delegations: HashMap::new() }
    }

    /// The seat of a row; `None` where a text of it does not open: the row is left out.
    pub async fn membership(&mut self, row: SeatRow) -> Result<Option<Membership>, StoreError> {
        let id = MembershipId::from_uuid(row.seat_id);
        let group = WorkingGroupId::from_uuid(row.seat_group);
        let (Some(role), Some(capacity)) = (Role::from_word(&row.seat_role), Capacity::from_word(&row.seat_capacity))
        else {
            self.store.report(id);
            return Ok(None);
        };
        let delegation = match row.seat_delegation.zip(row.seat_delegation_sealed) {
            None => None,
            Some((delegation, sealed)) => {
                let Some(opened) = self.delegation(DelegationId::from_uuid(delegation), group, &sealed).await? else {
                    return Ok(None);
                };
                Some(opened)
            }
        };
        let person = match row.seat_given {
            Some(given) => self.store.seen_as_given(row.seen.id(), row.seen.address(), id, &given).await?,
            None => self.person(row.seen).await?,
        };
        let Some(person) = person else { return Ok(None) };
        let seating = match (row.seat_left_on, row.seat_seated_at) {
            (Some(_), _) => Seating::Left,
            (None, Some(since)) => Seating::Since(time::read(since)),
            (None, None) => Seating::Pending,
        };
        let changed_on = time::read_day(row.seat_changed_on)?;
        Ok(Some(Membership { id, group, person, role, capacity, delegation, seating, changed_on }))
    }

    async fn person(&mut self, row: SeenRow) -> Result<Option<PersonSeen>, StoreError> {
        let id = row.id();
        if let Some(known) = self.people.get(&id) {
            return Ok(known.clone());
        }
        let seen = self.store.seen(row).await?;
        self.people.insert(id, seen.clone());
        Ok(seen)
    }

    async fn delegation(
        &mut self,
        id: DelegationId,
        group: WorkingGroupId,
        sealed: &[u8],
    ) -> Result<Option<Delegation>, StoreError> {
        if let Some(known) = self.delegations.get(&id) {
            return Ok(known.clone());
        }
        let aad = delegation_row::aad(id.uuid(), group.uuid());
        let text: Option<DelegationText> = self.store.open_row(id, &aad, sealed).await?;
        let opened = text.map(|DelegationText { name }| Delegation { id, group, name });
        self.delegations.insert(id, opened.clone());
        Ok(opened)
    }
}
