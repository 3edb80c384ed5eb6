//! Changing and taking seats.

use dipoli_domain::{
    audit::{Action, Event},
    id::MembershipId,
    letter::LetterKind,
    membership::{Capacity, Membership, Role, Seating},
    patch::Patch,
    person::Standing,
    policy::{Act, On, Permit},
    refusal::{Refusal, Refusals},
};
use dipoli_store::{SeatRecord, Tx};

use super::{seen, tell_group};
use crate::{Cx, Result, Topic, delegation, silence};

/// A change of a seat, as it was sent.
pub struct Change {
    /// Which seat.
    pub membership_id: String,
    /// Another role.
    pub role: Patch<Role>,
    /// Another capacity.
    pub capacity: Patch<Capacity>,
    /// Another side; null for none.
    pub delegation_id: Patch<String>,
}

/// Changes a seat, never one's own, and never so that a group is left without an organizer. A change that changes
/// nothing leaves no trace.
pub async fn change(cx: &Cx, input: Change) -> Result<Membership> {
    let seat = seen(cx, "membershipId", &input.membership_id).await?;
    let delegation = match &input.delegation_id {
        Patch::Keep => Patch::Keep,
        Patch::Clear => Patch::Clear,
        Patch::Set(text) => Patch::Set(delegation::of_group(cx, seat.group, "delegationId", text).await?.id),
    };
    let permit = permit(cx, &seat).await?;
    let (role, capacity) = checked(&input)?;
    let tx = cx.track.store.begin(permit).await?;
    let before = held(&tx, &seat).await?;
    let after = SeatRecord {
        role: role.unwrap_or(before.role),
        capacity: capacity.unwrap_or(before.capacity),
        delegation: delegation.over(before.delegation),
        ..before.clone()
    };
    if after == before {
        return Ok(seat);
    }
    let mut events = events(&before, &after);
    let may_still_object = silence::may_object(after.role);
    write(&tx, &before, after).await?;
    if !may_still_object {
        events.extend(silence::lost_right(&tx, before.group, before.id).await?);
    }
    tx.commit(&events).await?;
    cx.track.wake();
    cx.track.tell(Topic::People);
    cx.track.tell(Topic::Silences(seat.group));
    seen(cx, "membershipId", &input.membership_id).await
}

/// Takes a seat away, never one's own. Its person loses all of the group with the next request.
pub async fn remove(cx: &Cx, membership_id: &str) -> Result<MembershipId> {
    let seat = seen(cx, "membershipId", membership_id).await?;
    let permit = permit(cx, &seat).await?;
    let tx = cx.track.store.begin(permit).await?;
    let before = held(&tx, &seat).await?;
    if before.role == Role::Organizer {
        keep_an_organizer(&tx, &before, "membershipId").await?;
    }
    let events = leave(&tx, &before).await?;
    tx.commit(&events).await?;
    cx.track.wake();
    cx.track.tell(Topic::People);
    cx.track.tell(Topic::Silences(before.group));
    Ok(before.id)
}

/// Takes a seat away, and tells the group. Ask under [`Tx::lock_group`].
pub(crate) async fn leave(tx: &Tx, seat: &SeatRecord) -> Result<Vec<Event>> {
    tx.leave_seat(seat.id).await?;
    tx.expire_session_letters_to(seat.person, seat.group).await?;
    tell(tx, LetterKind::SeatTaken, seat).await?;
    let mut events = vec![Event::on(Action::MembershipRemoved, seat.id)];
    events.extend(silence::lost_right(tx, seat.group, seat.id).await?);
    Ok(events)
}

async fn permit(cx: &Cx, seat: &Membership) -> Result<Permit> {
    cx.may("membershipId", Act::ManageMembers, On::group(seat.group).of_person(seat.person.id)).await
}

/// Role and capacity may be left out, but not be null.
fn checked(input: &Change) -> std::result::Result<(Option<Role>, Option<Capacity>), Refusals> {
    let mut refusals = Refusals::default();
    let not_null = |field| Refusal::bad_input(field, "It may be left out, but not be null.");
    if input.role == Patch::Clear {
        refusals.push(not_null("role"));
    }
    if input.capacity == Patch::Clear {
        refusals.push(not_null("capacity"));
    }
    refusals.check()?;
    Ok((input.role.value().copied(), input.capacity.value().copied()))
}

/// The seat as it is now, its group held so that of two who change it one comes second.
pub(super) async fn held(tx: &Tx, seat: &Membership) -> Result<SeatRecord> {
    tx.lock_group(seat.group).await?;
    let record = tx.seat(seat.id).await?.filter(|record| record.seating != Seating::Left);
    record.ok_or_else(|| Refusal::state("This seat was left.").into())
}

async fn write(tx: &Tx, before: &SeatRecord, mut after: SeatRecord) -> Result<()> {
    if before.role == Role::Organizer && after.role != Role::Organizer {
        keep_an_organizer(tx, before, "role").await?;
    }
    if let Seating::Since(_) = before.seating {
        let (was, is) = ((before.role, before.delegation), (after.role, after.delegation));
        after.reading = before.reading.changed(was, is, tx.now());
    }
    put(tx, &after).await
}

/// Writes a seat as changed today, and tells the group.
pub(super) async fn put(tx: &Tx, seat: &SeatRecord) -> Result<()> {
    tx.change_seat(seat).await?;
    tell(tx, LetterKind::SeatChanged, seat).await
}

/// Refuses on `field` what would leave a group without its last organizer in effect.
async fn keep_an_organizer(tx: &Tx, seat: &SeatRecord, field: &'static str) -> Result<()> {
    let is_in_effect = matches!(seat.seating, Seating::Since(_));
    if is_in_effect && tx.count_organizers(seat.group).await? <= 1 {
        return Err(Refusal::bad_input(field, "The group would be left without an organizer.").into());
    }
    Ok(())
}

async fn tell(tx: &Tx, kind: LetterKind, seat: &SeatRecord) -> Result<()> {
    let account = tx.account(seat.person).await?;
    let reached = account.is_some_and(|account| account.person.standing == Standing::Active);
    tell_group(tx, kind, seat.group, seat.person, reached).await
}

fn events(before: &SeatRecord, after: &SeatRecord) -> Vec<Event> {
    let role = before.role != after.role;
    let rest = (before.capacity, before.delegation) != (after.capacity, after.delegation);
    let role = role.then(|| Event::on(Action::RoleChanged, after.id));
    role.into_iter().chain(rest.then(|| Event::on(Action::MembershipChanged, after.id))).collect()
}
