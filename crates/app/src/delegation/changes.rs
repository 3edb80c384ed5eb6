//! A group's delegations as they come, and as who speaks for them and whether they take part changes, for whoever waits for that.
//!
//! Deliberately absent: whom members named before they agree; and rights. Every look starts from the scope of whoever looks.

use std::collections::HashMap;

use dipoli_domain::{
    delegation::{Delegation, Participation},
    id::{DelegationId, MembershipId, WorkingGroupId},
};

use super::of_groups;
use crate::{Cx, Result, working_group};

/// What is known of a group's delegations.
pub struct Changes {
    group: WorkingGroupId,
    known: HashMap<DelegationId, (Option<MembershipId>, Participation)>,
}

impl Changes {
    /// From now on. A group that is not seen is NOT_FOUND.
    pub async fn begin(cx: &Cx, group_id: &str) -> Result<Self> {
        let group = working_group::seen(cx, "workingGroupId", group_id).await?.id;
        let mut changes = Self { group, known: HashMap::new() };
        for delegation in changes.look(cx).await? {
            changes.pass(&delegation);
        }
        Ok(changes)
    }

    /// Of which group.
    pub const fn group(&self) -> WorkingGroupId {
        self.group
    }

    /// The delegations that are new or stand otherwise than is known. None of it is known before it was
    /// [passed](Self::pass).
    pub async fn look(&mut self, cx: &Cx) -> Result<Vec<Delegation>> {
        let mut changed = of_groups(cx, &[self.group]).await?.remove(&self.group).unwrap_or_default();
        changed.retain(|delegation| self.known.get(&delegation.id) != Some(&standing(delegation)));
        Ok(changed)
    }

    /// The delegation was shown as it stands.
    pub fn pass(&mut self, delegation: &Delegation) {
        self.known.insert(delegation.id, standing(delegation));
    }
}

const fn standing(delegation: &Delegation) -> (Option<MembershipId>, Participation) {
    (delegation.spokesperson, delegation.participation)
}
