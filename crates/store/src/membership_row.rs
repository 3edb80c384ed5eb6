//! A seat's row in the domain's words. Whoever asks has made sure that the row is genuine (see `trusted.rs`).

use dipoli_domain::{
    id::{DelegationId, MembershipId, WorkingGroupId},
    membership::{Reading, Role, Seating},
    policy::Seat,
};

use crate::{StoreError, entity::membership::Model, time};

/// The row with another reading.
pub(crate) fn with_reading(row: Model, reading: Reading) -> Model {
    Model {
        reads_group_from: reading.group.map(time::bind),
        reads_facilitators_from: reading.facilitators.map(time::bind),
        reads_delegation_from: reading.delegation.map(time::bind),
        posts_from: reading.posts.map(time::bind),
        sits_from: reading.sits.map(time::bind),
        ..row
    }
}

/// Since when the seat of a row may read what.
pub(crate) fn reading(row: &Model) -> Reading {
    Reading {
        group: row.reads_group_from.map(time::read),
        facilitators: row.reads_facilitators_from.map(time::read),
        delegation: row.reads_delegation_from.map(time::read),
        posts: row.posts_from.map(time::read),
        sits: row.sits_from.map(time::read),
    }
}

/// Whether the seat of a row is in effect.
pub(crate) fn seating(row: &Model) -> Seating {
    match (row.left_on, row.seated_at) {
        (Some(_), _) => Seating::Left,
        (None, Some(since)) => Seating::Since(time::read(since)),
        (None, None) => Seating::Pending,
    }
}

/// The seat of a genuine row, as the policy reads it.
pub(crate) fn policy_seat(row: &Model) -> Result<Seat, StoreError> {
    Ok(Seat {
        membership: MembershipId::from_uuid(row.id),
        group: WorkingGroupId::from_uuid(row.group_id),
        role: Role::from_word(&row.role).ok_or(StoreError::Integrity)?,
        delegation: row.delegation_id.map(DelegationId::from_uuid),
        reading: reading(row),
    })
}
