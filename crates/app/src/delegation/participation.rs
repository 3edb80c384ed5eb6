//! A delegation that suspends its participation, and returns: all are told, and what is under silence is withdrawn, unless its
//! spokesperson agrees that silence goes on (procedures 13).
//!
//! Deliberately absent: any change of what its members read, and of their right to object.

use dipoli_domain::{
    audit::{Action, Event},
    delegation::Delegation,
    id::WorkingGroupId,
    letter::LetterKind,
    policy::{Act, On, Permit, Seat},
    time,
};
use dipoli_store::{Queued, Tx};
use jiff::SignedDuration;

use super::{many, seen, spokesperson::held};
use crate::{Cx, Result, Topic, silence};

/// What is not told by then has been seen on the group's page.
const TOLD_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Suspends a delegation's participation; where it is already, changes whether silence procedures may proceed. Unless they
/// may, those that are running are withdrawn.
pub async fn suspend(cx: &Cx, delegation_id: &str, silence_may_proceed: bool) -> Result<Delegation> {
    let (permit, delegation) = asked(cx, delegation_id).await?;
    let (tx, before) = held(cx, permit, &delegation).await?;
    let was_suspended = before.is_suspended();
    let delegation = before.suspended(silence_may_proceed)?;
    tx.change_delegation(&delegation).await?;
    let mut events = vec![Event::on(Action::ParticipationSuspended, delegation.id)];
    if delegation.holds_up_silence() {
        events.extend(silence::participation_suspended(&tx, delegation.group).await?);
    }
    if !was_suspended {
        tell(&tx, delegation.group, LetterKind::ParticipationSuspended).await?;
    }
    done(cx, tx, delegation, &events).await
}

/// Ends the suspension of a delegation's participation.
pub async fn resume(cx: &Cx, delegation_id: &str) -> Result<Delegation> {
    let (permit, delegation) = asked(cx, delegation_id).await?;
    let (tx, before) = held(cx, permit, &delegation).await?;
    let delegation = before.resumed()?;
    tx.change_delegation(&delegation).await?;
    tell(&tx, delegation.group, LetterKind::ParticipationResumed).await?;
    let event = Event::on(Action::ParticipationResumed, delegation.id);
    done(cx, tx, delegation, &[event]).await
}

/// Refuses to post from a seat of a delegation that has suspended its participation.
pub(crate) async fn posts(cx: &Cx, seat: &Seat) -> Result<()> {
    let Some(own) = seat.delegation else { return Ok(()) };
    match many(cx, &[own]).await?.get(&own) {
        Some(delegation) => Ok(delegation.posts()?),
        None => Ok(()),
    }
}

async fn asked(cx: &Cx, delegation_id: &str) -> Result<(Permit, Delegation)> {
    let delegation = seen(cx, "delegationId", delegation_id).await?;
    let on = On::group(delegation.group).of_spokesperson(delegation.id, delegation.spokesperson);
    Ok((cx.may("delegationId", Act::SuspendDelegation, on).await?, delegation))
}

/// Tells everyone at the table, whatever their role: all of them see it there.
async fn tell(tx: &Tx, group: WorkingGroupId, kind: LetterKind) -> Result<()> {
    let letter = |person| Queued {
        kind,
        person,
        session: None,
        sequence: None,
        silence: None,
        before: None,
        own: true,
        due: tx.now(),
        expires: Some(time::after(tx.now(), TOLD_FOR)),
        was: None,
        about: None,
    };
    let seats = tx.seats_in_effect(group).await?;
    Ok(tx.queue_all(&seats.iter().map(|seat| letter(seat.person)).collect::<Vec<_>>()).await?)
}

async fn done(cx: &Cx, tx: Tx, delegation: Delegation, events: &[Event]) -> Result<Delegation> {
    tx.commit(events).await?;
    cx.track.wake();
    cx.track.tell(Topic::Delegations(delegation.group));
    cx.track.tell(Topic::Silences(delegation.group));
    Ok(delegation)
}
