//! Silence procedures: reading them, opening and withdrawing them, and what ends them without anyone's objection.
//!
//! Whatever is decided of a procedure is decided under its group's lock, from what is stored then. Deliberately absent: any
//! way to see who was silent, and any count.

mod changes;
pub(crate) mod letters;
mod object;
mod tend;
mod text;

use std::collections::HashMap;

use dipoli_domain::{
    agenda::Placed,
    audit::{Action, Event},
    delegation,
    id::{AgendaItemId, MembershipId, ObjectionId, PersonId, RecordId, SessionId, SilenceProcedureId, WorkingGroupId},
    letter::LetterKind,
    membership::Role,
    note::Attribution,
    policy::{Act, Holder, On, Permit, Rule, scope::Agendas},
    record::Record,
    refusal::Refusal,
    silence::{Silence, Stated, Text},
};
use dipoli_store::{HeldSilence, SeatRecord, StoreError, Tx};
use serde::Serialize;

pub use self::{
    changes::Changes,
    object::{Break, ByLink, ObjectToRecord, break_silence, object_by_link, object_to_record},
    tend::{next_due, tend},
};
use crate::{
    Cx, Error, Result, Topic, agenda,
    cx::{id, unchanged},
    idempotency::Once,
};

/// Those of these procedures on items that the viewer may read. One on a record is met with its record alone.
pub async fn many(cx: &Cx, ids: &[SilenceProcedureId]) -> Result<HashMap<SilenceProcedureId, Silence>> {
    let found = cx.track.store.silences(&seen_by(cx), ids).await?;
    let on_items = found.into_iter().filter(|silence| silence.on.item().is_some());
    Ok(on_items.map(|silence| (silence.id, silence)).collect())
}

/// The latest procedure on each of these items; an item without one is absent.
pub async fn latest(cx: &Cx, items: &[AgendaItemId]) -> Result<HashMap<AgendaItemId, Silence>> {
    let texts: Vec<Text> = items.iter().copied().map(Text::Item).collect();
    let found = cx.track.store.latest_silences(&seen_by(cx), &texts).await?;
    Ok(found.into_iter().filter_map(|(on, silence)| Some((on.item()?, silence))).collect())
}

/// The latest procedure on each of these records; a record without one is absent.
pub async fn latest_on_records(cx: &Cx, records: &[RecordId]) -> Result<HashMap<RecordId, Silence>> {
    let texts: Vec<Text> = records.iter().copied().map(Text::Record).collect();
    let found = cx.track.store.latest_silences(&seen_by(cx), &texts).await?;
    Ok(found.into_iter().filter_map(|(on, silence)| Some((on.record()?, silence))).collect())
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
    delegation::silence_may_be_opened(&tx.delegations_held(item.group).await?)?;
    let table = Seats::of(&tx, item.group).await?;
    let shortest = cx.track.settings().shortest_silence;
    let anyone = !table.roll.is_empty();
    let silence = Silence::open(&item, session.status, &input.deadline, shortest, anyone, cx.now)?;
    tx.change_agenda_item(&item.under_silence()).await?;
    once.remember(&tx, &silence.id).await?;
    put(cx, tx, silence, &table).await
}

/// Those at a table, and those of them who may object. Ask under [`Tx::lock_group`].
struct Seats {
    seats: Vec<SeatRecord>,
    roll: Vec<MembershipId>,
}

impl Seats {
    async fn of(tx: &Tx, group: WorkingGroupId) -> Result<Self> {
        let seats = tx.seats_in_effect(group).await?;
        let roll = seats.iter().filter(|seat| may_object(seat.role)).map(|seat| seat.id).collect();
        Ok(Self { seats, roll })
    }
}

/// Puts the record of a session to the group by silence.
pub(crate) async fn open_on_record(cx: &Cx, permit: Permit, record: Record, deadline: &str) -> Result<Silence> {
    let tx = cx.track.store.begin(permit).await?;
    tx.lock_group(record.group).await?;
    delegation::silence_may_be_opened(&tx.delegations_held(record.group).await?)?;
    let table = Seats::of(&tx, record.group).await?;
    let shortest = cx.track.settings().shortest_silence;
    let silence = Silence::open_on_record(&record, deadline, shortest, !table.roll.is_empty(), cx.now)?;
    tx.change_record(&record.under_silence()).await?;
    put(cx, tx, silence, &table).await
}

/// Writes the procedure beside the text that it freezes, and tells.
async fn put(cx: &Cx, tx: Tx, silence: Silence, table: &Seats) -> Result<Silence> {
    tx.open_silence(&silence, &table.roll).await.map_err(in_the_way)?;
    letters::opened(&tx, &silence, &table.seats).await?;
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
    take_back(cx, permit, &silence).await
}

/// Takes a procedure back, whatever it is on.
pub(crate) async fn take_back(cx: &Cx, permit: Permit, silence: &Silence) -> Result<Silence> {
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

/// Withdraws what is still running wherever a person could object, who cannot any more; gives the groups where they sit.
pub(crate) async fn left_unheard(tx: &Tx, person: PersonId, events: &mut Vec<Event>) -> Result<Vec<WorkingGroupId>> {
    let seats = tx.seats_of_person(person).await?;
    for seat in &seats {
        tx.lock_group(seat.group).await?;
        events.extend(lost_right(tx, seat.group, seat.id).await?);
    }
    Ok(seats.into_iter().map(|seat| seat.group).collect())
}

/// Withdraws what is still running on a session that is called off. Ask under [`Tx::lock_group`].
pub(crate) async fn session_cancelled(tx: &Tx, group: WorkingGroupId, session: SessionId) -> Result<Vec<Event>> {
    withdraw_where(tx, group, |held| held.silence.session == session).await
}

/// Withdraws whatever is still running: a delegation suspends its participation. Ask under [`Tx::lock_group`].
pub(crate) async fn participation_suspended(tx: &Tx, group: WorkingGroupId) -> Result<Vec<Event>> {
    withdraw_where(tx, group, |_| true).await
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
    text::taken_back(tx, silence).await?;
    letters::ended(tx, silence, LetterKind::SilenceWithdrawn, Act::SeeProposedItems).await?;
    Ok(Event::on(Action::SilenceWithdrawn, silence.id))
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
