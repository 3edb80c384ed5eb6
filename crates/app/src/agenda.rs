//! The agenda of a session: reading it in order, proposing, changing, ordering, adopting, withdrawing.
//!
//! The order belongs to the agenda and not to its items: moving one raises no item's version.

use std::collections::HashMap;

use dipoli_domain::{
    agenda::{self, AgendaItem, ItemStatus, Placed, Proposal},
    audit::{Action, Event},
    id::{AgendaItemId, MembershipId, SessionId, WorkingGroupId},
    membership::Seating,
    note::Attribution,
    patch::Patch,
    policy::{Act, On, Permit, scope::Agendas},
    refusal::{Refusal, Refusals},
    session::Session,
    time,
};
use dipoli_store::Tx;
use serde::Serialize;

use crate::{
    Cx, Result,
    cx::{id, unchanged},
    idempotency::Once,
    membership, session,
};

/// Those of these items that the viewer may read, in their places.
pub async fn many(cx: &Cx, ids: &[AgendaItemId]) -> Result<HashMap<AgendaItemId, Placed>> {
    Ok(cx.track.store.agenda_items(&Agendas::seen_by(&cx.viewer), ids).await?)
}

/// The item in its place, if the viewer may read it; an unknown one otherwise.
pub(crate) async fn seen(cx: &Cx, field: &'static str, id: AgendaItemId) -> Result<Placed> {
    many(cx, &[id]).await?.remove(&id).ok_or_else(|| Refusal::not_found(field).into())
}

/// Each session's agenda as the viewer sees it, in order; one statement for all.
pub async fn of_sessions(cx: &Cx, sessions: &[SessionId]) -> Result<HashMap<SessionId, Vec<Placed>>> {
    let mut agendas = cx.track.store.agendas(&Agendas::seen_by(&cx.viewer), sessions).await?;
    Ok(sessions.iter().map(|session| (*session, agendas.remove(session).unwrap_or_default())).collect())
}

/// An item to be proposed, as it was sent.
#[derive(Serialize)]
pub struct Propose {
    /// For which session.
    pub session_id: String,
    /// Its title.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// In minutes.
    pub duration_minutes: Option<i32>,
    /// Who leads it: a seat in effect of the same group.
    pub lead_membership_id: Option<String>,
    /// The session's unless given; stricter only.
    #[serde(serialize_with = "crate::idempotency::optional_word")]
    pub attribution: Option<Attribution>,
    /// The client's key for sending this again.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Proposes an item; it goes to the agenda's end. At most 100 a session.
pub async fn propose(cx: &Cx, input: Propose) -> Result<Placed> {
    let session = session::seen(cx, "sessionId", id("sessionId", &input.session_id)?).await?;
    let permit = cx.may("sessionId", Act::ProposeAgendaItem, On::group(session.group)).await?;
    let once = Once::new("proposeAgendaItem", input.idempotency_key.as_deref(), &input)?;
    let first = async {
        let item = proposed(cx, &session, &input).await?;
        let tx = cx.track.store.begin(permit).await?;
        once.remember(&tx, &item.id).await?;
        added(cx, tx, item).await
    };
    once.run(cx, first, async |earlier| seen(cx, "idempotencyKey", id("idempotencyKey", &earlier)?).await).await
}

/// Writes a new item at the agenda's end.
async fn added(cx: &Cx, tx: Tx, item: AgendaItem) -> Result<Placed> {
    tx.lock_session(item.session).await?;
    let last = tx.agenda_order(item.session).await?.len();
    if last >= agenda::MOST {
        return Err(Refusal::state(format!("An agenda has at most {} items.", agenda::MOST)).into());
    }
    tx.add_agenda_item(&item, i32::try_from(last + 1).unwrap_or(i32::MAX)).await?;
    tx.commit(&[Event::on(Action::ItemProposed, item.id)]).await?;
    cx.track.wake();
    seen(cx, "agendaItemId", item.id).await
}

/// The item that is proposed, told all its faults at once.
async fn proposed(cx: &Cx, session: &Session, input: &Propose) -> Result<AgendaItem> {
    session.takes_agenda()?;
    let by = cx.viewer.seat(session.group).ok_or_else(|| Refusal::not_found("sessionId"))?.membership;
    let mut refusals = Refusals::default();
    let lead = lead(cx, session.group, input.lead_membership_id.as_deref()).await?;
    let proposal = Proposal {
        title: input.title.clone(),
        description: input.description.clone(),
        duration_minutes: input.duration_minutes,
        lead: refusals.keep(lead).flatten(),
        attribution: input.attribution,
    };
    faultless(refusals, AgendaItem::propose(session, &proposal, by))
}

/// Who leads an item: a seat in effect of its group.
async fn lead(
    cx: &Cx,
    group: WorkingGroupId,
    membership_id: Option<&str>,
) -> Result<std::result::Result<Option<MembershipId>, Refusal>> {
    let Some(text) = membership_id else { return Ok(Ok(None)) };
    let unknown = Err(Refusal::not_found("leadMembershipId"));
    let Ok(lead) = text.parse::<MembershipId>() else { return Ok(unknown) };
    let seat = membership::many(cx, &[lead]).await?.remove(&lead);
    let in_effect = seat.is_some_and(|seat| seat.group == group && matches!(seat.seating, Seating::Since(_)));
    Ok(if in_effect { Ok(Some(lead)) } else { unknown })
}

/// The item, if neither it nor what was found before has a fault; otherwise all faults.
fn faultless(mut found: Refusals, item: std::result::Result<AgendaItem, Refusals>) -> Result<AgendaItem> {
    match item {
        Ok(item) => {
            found.check()?;
            Ok(item)
        }
        Err(more) => {
            more.into_iter().for_each(|refusal| found.push(refusal));
            Err(found.into())
        }
    }
}

/// A change of an item, as it was sent.
pub struct Update {
    /// Which item.
    pub agenda_item_id: String,
    /// The version last seen.
    pub expected_version: i32,
    /// A new title.
    pub title: Patch<String>,
    /// A new description.
    pub description: Patch<String>,
    /// Another duration.
    pub duration_minutes: Patch<i32>,
    /// Another lead.
    pub lead_membership_id: Patch<String>,
    /// Stricter only.
    pub attribution: Patch<Attribution>,
}

/// Changes one's own proposed item; facilitators and organizers may make its attribution stricter.
pub async fn update(cx: &Cx, input: Update) -> Result<Placed> {
    let placed = seen(cx, "agendaItemId", id("agendaItemId", &input.agenda_item_id)?).await?;
    let mut refusals = Refusals::default();
    let change = agenda::Change {
        title: input.title,
        description: input.description,
        duration_minutes: input.duration_minutes,
        lead: match input.lead_membership_id {
            Patch::Keep => Patch::Keep,
            Patch::Clear => Patch::Clear,
            Patch::Set(text) => {
                let lead = lead(cx, placed.item.group, Some(&text)).await?;
                refusals.keep(lead).flatten().map_or(Patch::Clear, Patch::Set)
            }
        },
        attribution: input.attribution,
    };
    let permit = to_update(cx, &placed, &change).await?;
    unchanged(placed.item.version, input.expected_version)?;
    let item = faultless(refusals, placed.item.clone().updated(&change))?;
    written(cx, permit, placed, item, Action::ItemUpdated).await
}

/// Words are changed by whoever proposed the item, while the agenda is worked on; attribution is made stricter by
/// those who may, also after the session.
async fn to_update(cx: &Cx, placed: &Placed, change: &agenda::Change) -> Result<Permit> {
    let tightens = !change.attribution.is_keep();
    let rewords = change.rewords() || !tightens;
    let act = if rewords { Act::EditAgendaItem } else { Act::TightenAttribution };
    let permit = cx.may("agendaItemId", act, own(&placed.item)).await?;
    if rewords {
        placed.session_status.takes_agenda()?;
    }
    if tightens {
        if rewords {
            cx.may("agendaItemId", Act::TightenAttribution, own(&placed.item)).await?;
        }
        placed.session_status.takes_stricter_attribution()?;
    }
    Ok(permit)
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
    tx.commit(&[Event::on(Action::ItemMoved, item)]).await?;
    cx.track.wake();
    seen(cx, "agendaItemId", item).await
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
    written(cx, permit, placed, item, Action::ItemAdopted).await
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
    tx.commit(&[Event::on(action, item.id)]).await?;
    cx.track.wake();
    let starts_at = placed.starts_at.filter(|_| item.status.takes_time());
    Ok(Placed { item, starts_at, ..placed })
}

/// The item as its proposer's own.
const fn own(item: &AgendaItem) -> On {
    On::group(item.group).of_membership(item.proposed_by)
}

/// A silence procedure to be opened, as it was sent.
pub struct OpenSilence {
    /// On which item.
    pub agenda_item_id: String,
    /// RFC 3339.
    pub deadline: String,
}

/// Asks the policy, and then says that silence procedures cannot be opened yet. Nothing is written.
pub async fn open_silence(cx: &Cx, input: OpenSilence) -> Result<std::convert::Infallible> {
    let placed = seen(cx, "agendaItemId", id("agendaItemId", &input.agenda_item_id)?).await?;
    cx.may("agendaItemId", Act::OpenSilenceProcedure, On::group(placed.item.group)).await?;
    time::instant("deadline", &input.deadline)?;
    Err(Refusal::state("Silence procedures cannot be opened yet. Nothing was stored.").into())
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
    /// Post notes to it.
    pub post_note: bool,
}

/// What the viewer may do with this item.
pub fn can(cx: &Cx, placed: &Placed) -> Can {
    let Placed { item, session_status, .. } = placed;
    let may = |act: Act, possible: bool| possible && cx.can(act, own(item));
    let worked_on = session_status.takes_agenda().is_ok();
    let may_be_stricter =
        item.attribution == Attribution::Named && session_status.takes_stricter_attribution().is_ok();
    let takes_notes = item.status != ItemStatus::Withdrawn && session_status.takes_notes().is_ok();
    Can {
        update: may(Act::EditAgendaItem, worked_on && item.status == ItemStatus::Proposed),
        tighten_attribution: may(Act::TightenAttribution, may_be_stricter),
        move_item: may(Act::OrderAgenda, worked_on),
        adopt: may(Act::AdoptAgendaItem, worked_on && item.clone().adopted(cx.now).is_ok()),
        withdraw: may(Act::EditAgendaItem, worked_on && item.clone().withdrawn().is_ok()),
        post_note: may(Act::PostNote, takes_notes),
    }
}
