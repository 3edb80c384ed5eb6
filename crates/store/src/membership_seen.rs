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
    membership::{Capacity, Membership, Role},
    person::PersonSeen,
    policy::scope::People,
};
use sea_orm::{
    ColumnTrait, DbErr, FromQueryResult, QueryResult,
    sea_query::{Expr, ExprTrait, JoinType, SelectStatement},
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    delegation::{self as delegation_row, DelegationText},
    entity::{delegation, membership, person},
    membership_row,
    person_seen::{self, SeenRow},
    time, trusted,
};

/// The columns that [`select`] adds. Put it into a row with `#[sea_orm(nested)]`.
#[derive(FromQueryResult)]
pub(crate) struct SeatRow {
    #[sea_orm(nested(prefix = "seat_"))]
    row: membership::Model,
    seat_for_delegation: Option<Vec<u8>>,
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

/// The same for what may name no seat.
pub(crate) fn join_if_any(statement: &mut SelectStatement, membership: Expr) {
    let seat = membership::Column::Id.into_expr().eq(membership);
    let person = membership::Column::PersonId.into_expr().eq(person::Column::Id.into_expr());
    let delegation = membership::Column::DelegationId.into_expr().eq(delegation::Column::Id.into_expr());
    statement.join(JoinType::LeftJoin, membership::Entity, seat).join(JoinType::LeftJoin, person::Entity, person).join(
        JoinType::LeftJoin,
        delegation::Entity,
        delegation,
    );
}

/// A [`SeatRow`] of a row that may name no seat.
pub(crate) struct AnySeatRow(pub Option<SeatRow>);

impl FromQueryResult for AnySeatRow {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        // A seat without its person is none: the inner join of [`join`] finds neither.
        let person: Option<Uuid> = row.try_get(prefix, "seen_id")?;
        person.map(|_| SeatRow::from_query_result(row, prefix)).transpose().map(Self)
    }
}

/// Adds the columns of [`SeatRow`] to a statement that reads from or joins `membership`, `person` and `delegation`.
pub(crate) fn select(statement: &mut SelectStatement, people: &People) {
    trusted::whole_row(statement, membership::Entity, "seat_");
    statement.expr_as(delegation::Column::Sealed.into_expr(), "seat_for_delegation");
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

    /// The seat of a row; `None` where it is not what was stored, or a text of it does not open: it is left out.
    pub async fn membership(&mut self, row: SeatRow) -> Result<Option<Membership>, StoreError> {
        let SeatRow { row, seat_for_delegation, seen } = row;
        if !self.store.is_genuine(&row) {
            return Ok(None);
        }
        let (id, group) = (MembershipId::from_uuid(row.id), WorkingGroupId::from_uuid(row.group_id));
        let role = Role::from_word(&row.role).ok_or(StoreError::Integrity)?;
        let capacity = Capacity::from_word(&row.capacity).ok_or(StoreError::Integrity)?;
        let delegation = match row.delegation_id.zip(seat_for_delegation) {
            None => None,
            Some((delegation, sealed)) => {
                let Some(opened) = self.delegation(DelegationId::from_uuid(delegation), group, &sealed).await? else {
                    return Ok(None);
                };
                Some(opened)
            }
        };
        let person = match &row.sealed {
            Some(given) => self.store.seen_as_given(seen.id(), seen.address(), id, given).await?,
            None => self.person(seen).await?,
        };
        let Some(person) = person else { return Ok(None) };
        let seating = membership_row::seating(&row);
        let changed_on = time::read_day(row.changed_on)?;
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
        let opened = text.map(|text| text.delegation(id, group));
        self.delegations.insert(id, opened.clone());
        Ok(opened)
    }
}
