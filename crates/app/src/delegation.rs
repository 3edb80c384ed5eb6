//! Delegations of a group: adding them, who speaks for them, and whether they take part (procedures 13).

mod changes;
pub(crate) mod participation;
mod spokesperson;

use std::collections::HashMap;

use dipoli_domain::{
    audit::{Action, Event},
    delegation::{Delegation, MOST},
    id::{DelegationId, WorkingGroupId},
    order::OrderKind,
    policy::{Act, On, Permit, scope::Groups},
    refusal::Refusal,
    text,
};
use dipoli_store::StoreError;
use serde::Serialize;

pub use self::{
    changes::Changes,
    participation::{resume, suspend},
    spokesperson::{agree_on_spokesperson, name_spokesperson},
};
use crate::{Cx, Error, Result, cx::id, idempotency::Once, working_group};

/// Those of these delegations that the viewer may know of.
pub async fn many(cx: &Cx, ids: &[DelegationId]) -> Result<HashMap<DelegationId, Delegation>> {
    let found = cx.track.store.delegations(&Groups::seen_by(&cx.viewer), ids).await?;
    Ok(found.into_iter().map(|delegation| (delegation.id, delegation)).collect())
}

/// The delegations of each group, in the order that it has agreed on (never by date or size).
pub async fn of_groups(cx: &Cx, groups: &[WorkingGroupId]) -> Result<HashMap<WorkingGroupId, Vec<Delegation>>> {
    let mut of_groups: HashMap<_, Vec<_>> = groups.iter().map(|group| (*group, Vec::new())).collect();
    for delegation in cx.track.store.delegations_of(&Groups::seen_by(&cx.viewer), groups).await? {
        of_groups.entry(delegation.group).or_default().push(delegation);
    }
    let several: Vec<_> = of_groups.iter().filter(|(_, sides)| sides.len() > 1).map(|(group, _)| *group).collect();
    if several.is_empty() {
        return Ok(of_groups);
    }
    let ordered = working_group::many(cx, &several).await?;
    let rotate: Vec<_> =
        ordered.values().filter(|it| it.order.kind == OrderKind::Rotating).map(|group| group.id).collect();
    let held = if rotate.is_empty() { HashMap::new() } else { cx.track.store.sessions_held(&rotate).await? };
    for (id, group) in ordered {
        if let Some(sides) = of_groups.get_mut(&id) {
            *sides = group.order.listed(std::mem::take(sides), held.get(&id).copied().unwrap_or_default());
        }
    }
    Ok(of_groups)
}

/// The delegation of `group` that an input names; NOT_FOUND on `field` for that of another.
pub(crate) async fn of_group(cx: &Cx, group: WorkingGroupId, field: &'static str, text: &str) -> Result<Delegation> {
    let delegation = id(field, text)?;
    many(cx, &[delegation])
        .await?
        .remove(&delegation)
        .filter(|delegation| delegation.group == group)
        .ok_or_else(|| Refusal::not_found(field).into())
}

/// A delegation to be added, as it was sent.
#[derive(Serialize)]
pub struct Add {
    /// To which group.
    pub working_group_id: String,
    /// As it stands on the table; unique in the group.
    pub name: String,
    /// The seat of whoever speaks for it.
    pub spokesperson_id: Option<String>,
    /// The client's key for sending this again.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Adds a delegation; at most [`MOST`] a group.
pub async fn add(cx: &Cx, input: Add) -> Result<Delegation> {
    let group = working_group::seen(cx, "workingGroupId", &input.working_group_id).await?.id;
    let permit = cx.may("workingGroupId", Act::ManageDelegations, On::group(group)).await?;
    let once = Once::new("addDelegation", input.idempotency_key.as_deref(), &input)?;
    let again = async |delegation: String| of_group(cx, group, "idempotencyKey", &delegation).await;
    once.run(cx, add_to(cx, permit, &once, group, &input), again).await
}

async fn add_to(cx: &Cx, permit: Permit, once: &Once, group: WorkingGroupId, input: &Add) -> Result<Delegation> {
    let spokesperson = spokesperson::named(cx, group, "spokespersonId", input.spokesperson_id.as_deref()).await?;
    let delegation = Delegation::new(group, text::line("name", &input.name)?, spokesperson);
    let tx = cx.track.store.begin(permit).await?;
    tx.lock_group(group).await?;
    once.remember(&tx, &delegation.id).await?;
    if usize::try_from(tx.count_delegations(group).await?).is_ok_and(|count| count >= MOST) {
        return Err(Refusal::state(format!("A group has at most {MOST} delegations.")).into());
    }
    tx.add_delegation(&delegation).await.map_err(|error| match error == StoreError::Taken("delegation.name") {
        true => Refusal::bad_input("name", "The group has a delegation of this name.").into(),
        false => Error::from(error),
    })?;
    tx.commit(&[Event::on(Action::DelegationAdded, delegation.id)]).await?;
    cx.track.wake();
    Ok(delegation)
}

/// The delegation that an input names, if the viewer may know of it.
async fn seen(cx: &Cx, field: &'static str, text: &str) -> Result<Delegation> {
    let delegation = id(field, text)?;
    many(cx, &[delegation]).await?.remove(&delegation).ok_or_else(|| Refusal::not_found(field).into())
}

/// What the viewer may do about a delegation.
#[derive(Clone, Copy, Debug)]
pub struct Can {
    /// Say who speaks for it.
    pub name_spokesperson: bool,
    /// Agree with its other members who speaks for it.
    pub agree_on_spokesperson: bool,
    /// Suspend its participation, end that, and agree to silence meanwhile.
    pub suspend: bool,
}

/// What the viewer may do about this delegation.
pub fn can(cx: &Cx, delegation: &Delegation) -> Can {
    let group = On::group(delegation.group);
    Can {
        name_spokesperson: cx.can(Act::ManageDelegations, group),
        agree_on_spokesperson: cx.can(Act::AgreeOnSpokesperson, group.of_delegation(delegation.id)),
        suspend: cx.can(Act::SuspendDelegation, group.of_spokesperson(delegation.id, delegation.spokesperson)),
    }
}
