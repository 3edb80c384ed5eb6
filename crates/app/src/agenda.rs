//! The agenda of a session: reading it in order, ordering, adopting, withdrawing. Proposing and rewording have files of
//! their own.
//!
//! The order belongs to the agenda and not to its items: moving one raises no item's version.

mod carry;
mod propose;
mod update;

use std::collections::HashMap;

use dipoli_domain::{
    agenda::{self, AgendaItem, ItemStatus, Placed},
    audit::{Action, Event},
    id::{AgendaItemId, SessionId},
    letter::LetterKind,
    note::Attribution,
    policy::{Act, Holder, On, Permit, Rule, scope::Agendas},
    refusal::Refusal,
    session::SessionStatus,
    statement, time,
};
use dipoli_store::{Queued, Tx};
use jiff::SignedDuration;

pub(crate) use self::carry::{carry_on, carry_over};
pub use self::{
    propose::{Propose, propose},
    update::{Update, update},
};
use crate::{
    Cx, Result,
    cx::{id, unchanged},
    session,
};

/// What is not told by then has been seen on the session's page.
const TOLD_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Those of these items that the viewer may read, in their places.
pub async fn many(cx: &Cx, ids: &[AgendaItemId]) -> Result<HashMap<AgendaItemId, Placed>> {
    Ok(cx.track.store.agenda_items(&Agendas::seen_by(&cx.viewer, cx.now), ids).await?)
}

/// The item in its place, if the viewer may read it; an unknown one otherwise.
pub(crate) async fn seen(cx: &Cx, field: &'static str, id: AgendaItemId) -> Result<Placed> {
    many(cx, &[id]).await?.remove(&id).ok_or_else(|| Refusal::not_found(field).into())
}

/// Each session's agenda as the viewer sees it, in order; one statement for all.
pub async fn of_sessions(cx: &Cx, sessions: &[SessionId]) -> Result<HashMap<SessionId, Vec<Placed>>> {
    let mut agendas = cx.track.store.agendas(&Agendas::seen_by(&cx.viewer, cx.now), sessions).await?;
    Ok(sessions.iter().map(|session| (*session, agendas.remove(session).unwrap_or_default())).collect())
}

/// Moves an item to a position from 1; the others close ranks, also where two people move at once.
pub async fn move_to(cx: &Cx, agenda_item_id: &str, position: i32) -> Result<Placed> {
    let placed = seen(cx, "agendaItemId", id("agendaItemId", agenda_item_id)?).await?;
    let AgendaItem { id: item, session, group, .. } = placed.item;
    let permit = cx.may("agendaItemId", Act::OrderAgenda, On::group(group)).await?;
    placed.session_status.takes_agenda()?;
    let tx = cx.track.store.begin(permit).await?;
    tx.lock_session(session).await?;
    let order = agenda::reordered(tx.agenda_order(session).await?, item, position)?;
    tx.order_agenda(session, &order).await?;
    // Read before others move on: the answer tells the place that this move gave it.
    let moved = tx.agenda_item(&Agendas::seen_by(&cx.viewer, cx.now), item).await?;
    tx.commit(&[Event::on(Action::ItemMoved, item)]).await?;
    cx.track.wake();
    moved.ok_or_else(|| Refusal::not_found("agendaItemId").into())
}

/// Adopts an item by the chair's word.
pub async fn adopt(cx: &Cx, agenda_item_id: &str, expected_version: Option<i32>) -> Result<Placed> {
    let placed = seen(cx, "agendaItemId", id("agendaItemId", agenda_item_id)?).await?;
    let permit = cx.may("agendaItemId", Act::AdoptAgendaItem, On::group(placed.item.group)).await?;
    if let Some(expected_version) = expected_version {
        unchanged(placed.item.version, expected_version)?;
    }
    placed.session_status.takes_agenda()?;
    let item = placed.item.clone().adopted(cx.now)?;
    let tx = cx.track.store.begin(permit).await?;
    tx.change_agenda_item(&item).await?;
    tell(&tx, &item, LetterKind::ItemAdopted, Act::SeeAdoptedItems).await?;
    done(cx, tx, placed, item, Action::ItemAdopted).await
}

/// Objects to an adoption by the chair's word, until the session's end and at least for 24 hours. Under the Chatham House Rule
/// the log does not say who.
pub async fn object_to_adoption(cx: &Cx, agenda_item_id: &str) -> Result<Placed> {
    let placed = seen(cx, "agendaItemId", id("agendaItemId", agenda_item_id)?).await?;
    let permit = cx.may("agendaItemId", Act::ObjectToAdoption, On::group(placed.item.group)).await?;
    let permit = match placed.item.attribution {
        Attribution::Named => permit,
        Attribution::ChathamHouse => permit.under_the_rule(),
    };
    let session = session::seen(cx, "agendaItemId", placed.item.session).await?;
    let item = placed.item.clone().objected_to(session.ends_at(), cx.now)?;
    let tx = cx.track.store.begin(permit).await?;
    tx.change_agenda_item(&item).await?;
    tell(&tx, &item, LetterKind::ItemObjected, Act::SeeProposedItems).await?;
    done(cx, tx, placed, item, Action::AdoptionObjected).await
}

/// Proposes one's own objected item anew, with new words if need be; it goes under silence.
pub async fn propose_anew(
    cx: &Cx,
    agenda_item_id: &str,
    title: Option<&str>,
    description: Option<&str>,
) -> Result<Placed> {
    let placed = seen(cx, "agendaItemId", id("agendaItemId", agenda_item_id)?).await?;
    let permit = cx.may("agendaItemId", Act::EditAgendaItem, own(&placed.item)).await?;
    placed.session_status.takes_agenda()?;
    let item = placed.item.clone().proposed_anew(title, description)?;
    written(cx, permit, placed, item, Action::ItemProposedAnew).await
}

/// Defers an item to a later session of its group, where it is proposed; what was said of it stays where it was. Gives the item
/// in its new place.
pub async fn defer(cx: &Cx, agenda_item_id: &str, session_id: &str) -> Result<Placed> {
    let placed = seen(cx, "agendaItemId", id("agendaItemId", agenda_item_id)?).await?;
    let permit = cx.may("agendaItemId", Act::AdoptAgendaItem, On::group(placed.item.group)).await?;
    let later = session::seen(cx, "sessionId", id("sessionId", session_id)?).await?;
    let from = session::seen(cx, "agendaItemId", placed.item.session).await?;
    let (here, there) = placed.item.deferred_to(&from, &later)?;
    let tx = cx.track.store.begin(permit).await?;
    tx.change_agenda_item(&here).await?;
    propose::added(cx, tx, there, &[Event::on(Action::ItemDeferred, here.id)]).await
}

/// Tells all who see the item what became of it. A letter does not say which item it is about, and yet each item has its own.
async fn tell(tx: &Tx, item: &AgendaItem, kind: LetterKind, seen_by: Act) -> Result<()> {
    let seats = tx.seats_in_effect(item.group).await?;
    let told = seats.iter().filter(|seat| seen_by.rule(Holder::Seat(seat.role)) == Rule::Always);
    let of_item = i32::from_be_bytes(*item.id.uuid().as_bytes().first_chunk().unwrap_or(&[0; 4]));
    let letters = told.map(|seat| Queued {
        kind,
        person: seat.person,
        session: Some(item.session),
        sequence: Some(of_item.wrapping_add(item.version)),
        silence: None,
        before: None,
        own: true,
        due: tx.now(),
        expires: Some(time::after(tx.now(), TOLD_FOR)),
        was: None,
        about: None,
    });
    Ok(tx.queue_all(&letters.collect::<Vec<_>>()).await?)
}

/// Takes one's own item back.
pub async fn withdraw(cx: &Cx, agenda_item_id: &str) -> Result<Placed> {
    let placed = seen(cx, "agendaItemId", id("agendaItemId", agenda_item_id)?).await?;
    let permit = cx.may("agendaItemId", Act::EditAgendaItem, own(&placed.item)).await?;
    placed.session_status.takes_agenda()?;
    let item = placed.item.clone().withdrawn()?;
    written(cx, permit, placed, item, Action::ItemWithdrawn).await
}

/// Writes an item over the version before it, in whose place it stands.
async fn written(cx: &Cx, permit: Permit, placed: Placed, item: AgendaItem, action: Action) -> Result<Placed> {
    let tx = cx.track.store.begin(permit).await?;
    tx.change_agenda_item(&item).await?;
    done(cx, tx, placed, item, action).await
}

async fn done(cx: &Cx, tx: Tx, placed: Placed, item: AgendaItem, action: Action) -> Result<Placed> {
    tx.commit(&[Event::on(action, item.id)]).await?;
    cx.track.wake();
    let starts_at = placed.starts_at.filter(|_| item.status.takes_time());
    Ok(Placed { item, starts_at, ..placed })
}

/// The item as its proposer's own.
const fn own(item: &AgendaItem) -> On {
    On::group(item.group).of_membership(item.proposed_by)
}

/// What the viewer may do with an item, by their seat and its state.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is the answer to a question of its own")]
pub struct Can {
    /// Change its text.
    pub update: bool,
    /// Make its attribution stricter.
    pub tighten_attribution: bool,
    /// Move it.
    pub move_item: bool,
    /// Adopt it.
    pub adopt: bool,
    /// Take it back.
    pub withdraw: bool,
    /// Put it to the group by silence.
    pub open_silence: bool,
    /// Propose it anew after an objection.
    pub propose_anew: bool,
    /// Attach an interpretative statement to it.
    pub attach_statement: bool,
    /// Post notes to it.
    pub post_note: bool,
}

/// What the viewer may do with this item.
pub fn can(cx: &Cx, placed: &Placed) -> Can {
    let Placed { item, session_status, .. } = placed;
    let may = |act: Act, possible: bool| possible && cx.can(act, own(item));
    let worked_on = session_status.takes_agenda().is_ok();
    let may_be_stricter = item.attribution == Attribution::Named
        && item.status != ItemStatus::UnderSilence
        && session_status.takes_stricter_attribution().is_ok();
    let takes_notes = item.status != ItemStatus::Withdrawn && session_status.takes_notes().is_ok();
    Can {
        update: may(Act::EditAgendaItem, worked_on && item.status == ItemStatus::Proposed),
        tighten_attribution: may(Act::TightenAttribution, may_be_stricter),
        move_item: may(Act::OrderAgenda, worked_on),
        adopt: may(Act::AdoptAgendaItem, worked_on && item.clone().adopted(cx.now).is_ok()),
        withdraw: may(Act::EditAgendaItem, worked_on && item.clone().withdrawn().is_ok()),
        propose_anew: may(Act::EditAgendaItem, worked_on && item.status == ItemStatus::Objected),
        open_silence: may(
            Act::OpenSilenceProcedure,
            *session_status == SessionStatus::Scheduled && item.status == ItemStatus::Proposed,
        ),
        attach_statement: may(Act::BreakSilence, statement::taken(item, cx.now).is_ok()),
        post_note: may(Act::PostNote, takes_notes),
    }
}
