//! Who speaks for a delegation: as an organizer says, or as all its participants agree.
//!
//! Deliberately absent: showing whom each of them named. Until they agree, that is nobody's to know.

use dipoli_domain::{
    audit::{Action, Event},
    delegation::Delegation,
    id::{DelegationId, MembershipId, WorkingGroupId},
    membership::Seating,
    policy::{Act, On, Permit},
    refusal::Refusal,
};
use dipoli_store::Tx;

use super::seen;
use crate::{Cx, Result, Topic, membership, silence};

/// Says who speaks for a delegation, or that nobody does; they can once they sit for it.
pub async fn name_spokesperson(cx: &Cx, delegation_id: &str, membership_id: Option<&str>) -> Result<Delegation> {
    let delegation = seen(cx, "delegationId", delegation_id).await?;
    let permit = cx.may("delegationId", Act::ManageDelegations, On::group(delegation.group)).await?;
    let spokesperson = named(cx, delegation.group, "membershipId", membership_id).await?;
    let (tx, delegation) = held(cx, permit, &delegation).await?;
    let delegation = delegation.spoken_for_by(spokesperson);
    write(cx, tx, delegation, Action::SpokespersonNamed).await
}

/// Says who should speak for one's own delegation. When all its participants have named the same, that is who does.
pub async fn agree_on_spokesperson(cx: &Cx, delegation_id: &str, membership_id: &str) -> Result<Delegation> {
    let delegation = seen(cx, "delegationId", delegation_id).await?;
    let own = On::group(delegation.group).of_delegation(delegation.id);
    let permit = cx.may("delegationId", Act::AgreeOnSpokesperson, own).await?;
    let seat = cx.viewer.seat(delegation.group).ok_or_else(|| Refusal::not_found("delegationId"))?.membership;
    let whom = membership::seen(cx, "membershipId", membership_id).await?.id;
    let (tx, delegation) = held(cx, permit, &delegation).await?;
    let members = participants(&tx, delegation.group, delegation.id).await?;
    if !members.contains(&whom) {
        let message = "Only a participant of the delegation speaks for it.";
        return Err(Refusal::bad_input("membershipId", message).into());
    }
    let delegation = delegation.named_by(seat, whom, &members);
    let decided = delegation.named.is_empty();
    let action = if decided { Action::SpokespersonNamed } else { Action::SpokespersonProposed };
    write(cx, tx, delegation, action).await
}

/// The seat that is named to speak for a delegation of `group`, which has not been left.
pub(super) async fn named(
    cx: &Cx,
    group: WorkingGroupId,
    field: &'static str,
    text: Option<&str>,
) -> Result<Option<MembershipId>> {
    let Some(text) = text else { return Ok(None) };
    let seat = membership::seen(cx, field, text).await?;
    if seat.group != group || seat.seating == Seating::Left {
        return Err(Refusal::not_found(field).into());
    }
    Ok(Some(seat.id))
}

/// Those who may object for a delegation: its participants, whose seats are in effect.
async fn participants(tx: &Tx, group: WorkingGroupId, delegation: DelegationId) -> Result<Vec<MembershipId>> {
    let seats = tx.seats_in_effect(group).await?;
    let own = seats.iter().filter(|seat| seat.delegation == Some(delegation) && silence::may_object(seat.role));
    Ok(own.map(|seat| seat.id).collect())
}

/// The delegation as it is now, under its group's lock.
pub(super) async fn held(cx: &Cx, permit: Permit, seen: &Delegation) -> Result<(Tx, Delegation)> {
    let tx = cx.track.store.begin(permit).await?;
    tx.lock_group(seen.group).await?;
    let delegation = tx.delegation(seen.id).await?.ok_or_else(|| Refusal::not_found("delegationId"))?;
    Ok((tx, delegation))
}

async fn write(cx: &Cx, tx: Tx, delegation: Delegation, action: Action) -> Result<Delegation> {
    tx.change_delegation(&delegation).await?;
    tx.commit(&[Event::on(action, delegation.id)]).await?;
    cx.track.wake();
    cx.track.tell(Topic::Delegations(delegation.group));
    Ok(delegation)
}
