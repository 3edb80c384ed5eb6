//! Interpretative statements: reading them beside their items, and attaching one.

use std::collections::HashMap;

use dipoli_domain::{
    agenda::Placed,
    audit::{Action, Event},
    id::AgendaItemId,
    policy::{Act, On, Permit, scope::Agendas},
    refusal::Refusal,
    statement::{Speaker, Statement},
};
use serde::Serialize;

use crate::{Cx, Result, agenda, cx::id, idempotency::Once};

/// The statements beside each of these items, as far as the viewer reads the item; an item without one is absent.
pub async fn beside(cx: &Cx, items: &[AgendaItemId]) -> Result<HashMap<AgendaItemId, Vec<Statement>>> {
    let placed = agenda::many(cx, items).await?;
    let seen: Vec<AgendaItemId> = placed.keys().copied().collect();
    let mut found = cx.track.store.statements_on(&Agendas::seen_by(&cx.viewer, cx.now), &seen).await?;
    for (item, statements) in &mut found {
        let item = placed.get(item);
        statements.retain(|statement| item.is_some_and(|placed| statement.is_beside(&placed.item)));
    }
    Ok(found)
}

/// A statement to be attached, as it was sent.
#[derive(Serialize)]
pub struct Attach {
    /// Beside which item.
    pub agenda_item_id: String,
    /// In writing.
    pub text: String,
    /// The client's key for sending this again.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Attaches a statement of the viewer's delegation, or of the viewer where they sit for none. The item stays as it is.
pub async fn attach(cx: &Cx, input: Attach) -> Result<Placed> {
    let placed = agenda::seen(cx, "agendaItemId", id("agendaItemId", &input.agenda_item_id)?).await?;
    let permit = cx.may("agendaItemId", Act::BreakSilence, On::group(placed.item.group)).await?;
    let once = Once::new("attachStatement", input.idempotency_key.as_deref(), &input)?;
    let first = attached(cx, permit, &once, placed, &input.text);
    once.run(cx, first, async |earlier| agenda::seen(cx, "idempotencyKey", id("idempotencyKey", &earlier)?).await).await
}

async fn attached(cx: &Cx, permit: Permit, once: &Once, placed: Placed, text: &str) -> Result<Placed> {
    let item = &placed.item;
    let seat = cx.viewer.seat(item.group).ok_or_else(|| Refusal::not_found("agendaItemId"))?;
    let tx = cx.track.store.begin(permit).await?;
    tx.lock_group(item.group).await?;
    let mut beside = tx.statements_on_item(item.id).await?;
    beside.retain(|statement| statement.is_beside(item));
    let statement = Statement::attach(item, &beside, Speaker::of(seat), text, cx.now)?;
    tx.add_statement(&statement).await?;
    once.remember(&tx, &item.id).await?;
    tx.commit(&[Event::on(Action::StatementAttached, item.id)]).await?;
    cx.track.wake();
    Ok(placed)
}
