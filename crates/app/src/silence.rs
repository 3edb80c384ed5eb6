//! Silence procedures: reading them, opening and withdrawing them, and what ends them without anyone's objection.
//!
//! Whatever is decided of a procedure is decided under its group's lock, from what is stored then. Deliberately absent: any
//! way to see who was silent, and any count.

mod changes;
pub(crate) mod letters;
mod object;
mod tend;

use std::collections::HashMap;

use dipoli_domain::{
    agenda::{AgendaItem, Placed},
    audit::{Action, Event},
    id::{AgendaItemId, MembershipId, ObjectionId, SessionId, SilenceProcedureId, WorkingGroupId},
    letter::LetterKind,
    membership::Role,
    note::Attribution,
    policy::{Act, Holder, On, Permit, Rule, scope::Agendas},
    refusal::Refusal,
    silence::{Silence, Stated},
};
use dipoli_store::{HeldSilence, SeatRecord, StoreError, Tx};
use serde::Serialize;

pub use self::{
    changes::Changes,
    object::{Break, ByLink, break_silence, object_by_link},
    tend::{next_due, tend},
};
use crate::{
    Cx, Error, Result, Topic, agenda,
    cx::{id, unchanged},
    idempotency::Once,
};

/// Those of these procedures that the viewer may read.
pub async fn many(cx: &Cx, ids: &[SilenceProcedureId]) -> Result<HashMap<SilenceProcedureId, Silence>> {
    let found = cx.track.store.silences(&seen_by(cx), ids).await?;
    Ok(found.into_iter().map(|silence| (silence.id, silence)).collect())
}

/// The latest procedure on each of these items; an item without one is absent.
pub async fn latest(cx: &Cx, items: &[AgendaItemId]) -> Result<HashMap<AgendaItemId, Silence>> {
    Ok(cx.track.store.latest_silences(&seen_by(cx), items).await?)
}

/// Those of these objections that the viewer may read.
pub async fn objections(cx: &Cx, ids: &[ObjectionId]) -> Result<HashMap<ObjectionId, Stated>> {
    let found = cx.track.store.objections(&seen_by(cx), ids).await?;
    Ok(found.into_iter().map(|stated| (stated.objection.id, stated)).collect())
}

/// The objections to each of these procedures, not in the order in which they were stated.
pub async fn objections_to(
    cx: &Cx,
    silences: &[SilenceProcedureId],
) -> Result<HashMap<SilenceProcedureId, Vec<Stated>>> {
    Ok(cx.track.store.objections_to(&seen_by(cx), silences).await?)
}

/// Whether the viewer is shown who objected: everyone is where the item is under names; under the Rule facilitators are,
/// who must know whom to talk to, and the objector.
pub fn names_objector(cx: &Cx, stated: &Stated) -> bool {
    let Some(seat) = cx.viewer.seat(stated.objection.group) else { return false };
    stated.attribution == Attribution::Named
        || seat.membership == stated.objection.by
        || Act::OpenSilenceProcedure.rule(Holder::Seat(seat.role)) == Rule::Always
}

/// The procedure that an input names; an unknown one where the viewer may not read it.
async fn seen(cx: &Cx, field: &'static str, text: &str) -> Result<Silence> {
    let silence = id(field, text)?;
    many(cx, &[silence]).await?.remove(&silence).ok_or_else(|| Refusal::not_found(field).into())
}

fn seen_by(cx: &Cx) -> Agendas {
    Agendas::seen_by(&cx.viewer, cx.now)
}

/// A procedure to be opened, as it was sent.
#[derive(Serialize)]
pub struct Open {
    /// On which item.
    pub agenda_item_id: String,
    /// RFC 3339.
    pub deadline: String,
    /// The version last seen, if one wishes to be sure which text is put to the group.
    pub expected_version: Option<i32>,
    /// The client's key for sending this again.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Puts an item to the group by silence: its text, its attribution and the roll of those who may object are frozen, and
/// all who see it are told.
pub async fn open(cx: &Cx, input: Open) -> Result<Silence> {
    let placed = agenda::seen(cx, "agendaItemId", id("agendaItemId", &input.agenda_item_id)?).await?;
    let permit = cx.may("agendaItemId", Act::OpenSilenceProcedure, On::group(placed.item.group)).await?;
    let once = Once::new("openSilenceProcedure", input.idempotency_key.as_deref(), &input)?;
    let first = opened(cx, permit, &once, placed, &input);
    once.run(cx, first, async |earlier: String| seen(cx, "idempotencyKey", &earlier).await).await
}

async fn opened(cx: &Cx, permit: Permit, once: &Once, placed: Placed, input: &Open) -> Result<Silence> {
    let item = placed.item;
    if let Some(expected_version) = input.expected_version {
        unchanged(item.version, expected_version)?;
    }
    let tx = cx.track.store.begin(permit).await?;
    tx.lock_group(item.group).await?;
    let session = tx.session(item.session).await?.ok_or_else(|| Refusal::not_found("agendaItemId"))?;
    let seats = tx.seats_in_effect(item.group).await?;
    let roll: Vec<MembershipId> = seats.iter().filter(|seat| may_object(seat.role)).map(|seat| seat.id).collect();
    let shortest = cx.track.settings().shortest_silence;
    let silence = Silence::open(&item, session.status, &input.deadline, shortest, !roll.is_empty(), cx.now)?;
    tx.open_silence(&silence, &roll).await.map_err(in_the_way)?;
    tx.change_agenda_item(&item.under_silence()).await?;
    once.remember(&tx, &silence.id).await?;
    letters::opened(&tx, &silence, &seats).await?;
    tx.commit(&[Event::on(Action::SilenceOpened, silence.id)]).await?;
    cx.track.wake();
    cx.track.tell(Topic::Silences(silence.group));
    Ok(silence)
}

fn in_the_way(error: StoreError) -> Error {
    if error == StoreError::Taken("silence.open") {
        return Refusal::state("It is under silence already.").into();
    }
    error.into()
}

/// Takes a procedure back before its deadline; the item is proposed again, and all are told.
pub async fn withdraw(cx: &Cx, silence_procedure_id: &str) -> Result<Silence> {
    let silence = seen(cx, "silenceProcedureId", silence_procedure_id).await?;
    let permit = cx.may("silenceProcedureId", Act::OpenSilenceProcedure, On::group(silence.group)).await?;
    let tx = cx.track.store.begin(permit).await?;
    tx.lock_group(silence.group).await?;
    let held = tx.silence(silence.id).await?.ok_or_else(|| Refusal::not_found("silenceProcedureId"))?;
    let silence = held.silence.clone().withdrawn(cx.now)?;
    let event = taken_back(&tx, &held, &silence).await?;
    tx.commit(&[event]).await?;
    cx.track.wake();
    cx.track.tell(Topic::Silences(silence.group));
    Ok(silence)
}

/// Whether someone of this role may object.
pub(crate) fn may_object(role: Role) -> bool {
    Act::BreakSilence.rule(Holder::Seat(role)) == Rule::Always
}

/// Withdraws what was opened while this seat could object, and is still running: its holder was not heard. Ask under
/// [`Tx::lock_group`].
pub(crate) async fn lost_right(tx: &Tx, group: WorkingGroupId, seat: MembershipId) -> Result<Vec<Event>> {
    withdraw_where(tx, group, |held| held.roll.contains(&seat)).await
}

/// Withdraws what is still running on a session that is called off. Ask under [`Tx::lock_group`].
pub(crate) async fn session_cancelled(tx: &Tx, group: WorkingGroupId, session: SessionId) -> Result<Vec<Event>> {
    withdraw_where(tx, group, |held| held.silence.session == session).await
}

async fn withdraw_where(tx: &Tx, group: WorkingGroupId, which: impl Fn(&HeldSilence) -> bool) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    for held in tx.running_silences_of(group).await? {
        if held.silence.is_running(tx.now()) && which(&held) {
            let silence = held.silence.clone().withdrawn(tx.now())?;
            events.push(taken_back(tx, &held, &silence).await?);
        }
    }
    Ok(events)
}

async fn taken_back(tx: &Tx, held: &HeldSilence, silence: &Silence) -> Result<Event> {
    tx.change_silence(held, silence).await?;
    if let Some(item) = stored_item(tx, silence).await? {
        tx.change_agenda_item(&item.proposed_again()).await?;
    }
    letters::ended(tx, silence, LetterKind::SilenceWithdrawn, Act::SeeProposedItems).await?;
    Ok(Event::on(Action::SilenceWithdrawn, silence.id))
}

/// The item of a procedure, as it is stored: whatever silence makes of it.
async fn stored_item(tx: &Tx, silence: &Silence) -> Result<Option<AgendaItem>> {
    let before = Agendas::of_group(silence.group, silence.opened_at);
    Ok(tx.agenda_item(&before, silence.item).await?.map(|placed| placed.item))
}

/// Whether someone on this seat sees what this act is about.
fn sees(seat: &SeatRecord, act: Act) -> bool {
    act.rule(Holder::Seat(seat.role)) == Rule::Always
}

/// What the viewer may do with a procedure, by their seat and its state.
#[derive(Clone, Copy, Debug)]
pub struct Can {
    /// Object to it.
    pub break_silence: bool,
    /// Take it back.
    pub withdraw: bool,
}

/// What the viewer may do with this procedure.
pub fn can(cx: &Cx, silence: &Silence) -> Can {
    let may = |act: Act, possible: bool| possible && cx.can(act, On::group(silence.group));
    Can {
        break_silence: may(Act::BreakSilence, silence.takes_objections(cx.now)),
        withdraw: may(Act::OpenSilenceProcedure, silence.clone().withdrawn(cx.now).is_ok()),
    }
}
