//! A side at the table of one working group.

use crate::id::{DelegationId, WorkingGroupId};

/// Those who sit for one side.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Delegation {
    /// Which.
    pub id: DelegationId,
    /// At whose table.
    pub group: WorkingGroupId,
    /// As it stands on the table.
    pub name: String,
}

/// Delegations of one group at most.
pub const MOST: usize = 50;
