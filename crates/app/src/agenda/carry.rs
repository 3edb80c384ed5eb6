//! Items that go to another session: what was not reached when a session is concluded, and what someone would not have
//! adopted by silence. Their history and notes stay where they were.

use dipoli_domain::{
    agenda::{self, AgendaItem},
    audit::{Action, Event},
    policy::scope::Agendas,
    refusal::Refusal,
    session::{Session, SessionStatus},
};
use dipoli_store::Tx;

use crate::Result;

/// Takes an item, as it was `before` silence on it was broken, to the next session that is scheduled, if there is one; `here` is
/// what was written of it. Ask under [`Tx::lock_group`].
pub(crate) async fn carry_on(tx: &Tx, before: AgendaItem, here: AgendaItem) -> Result<Vec<Event>> {
    let Some(from) = tx.session(before.session).await? else { return Ok(Vec::new()) };
    let mut to_come = tx.sessions_not_ended(before.group).await?;
    to_come.retain(|it| it.status == SessionStatus::Scheduled && it.starts_at() > from.starts_at().max(tx.now()));
    let Some(next) = to_come.into_iter().min_by_key(|it| (it.starts_at(), it.id)) else { return Ok(Vec::new()) };
    let there = before.carried_on(&from, &next, tx.now())?;
    // An agenda that is full takes nothing more; the item stays deferred, and goes where a facilitator defers it to.
    if !add(tx, &there).await? {
        return Ok(Vec::new());
    }
    let here = here.carried();
    tx.change_agenda_item(&here).await?;
    Ok(vec![Event::on(Action::ItemDeferred, here.id), Event::on(Action::ItemProposed, there.id)])
}

/// Takes what was not reached at a session to a later one of the same group. Ask under [`Tx::lock_group`].
pub(crate) async fn carry_over(tx: &Tx, from: &Session, later: &Session) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    for placed in tx.agenda(&Agendas::of_group(from.group, tx.now()), from.id).await? {
        if !placed.item.was_not_reached() {
            continue;
        }
        let (here, there) = placed.item.deferred_to(from, later)?;
        tx.change_agenda_item(&here).await?;
        if !add(tx, &there).await? {
            let message = format!("An agenda has at most {} items: not all fit there.", agenda::MOST);
            return Err(Refusal::state(message).at("carryOverToSessionId").into());
        }
        events.extend([Event::on(Action::ItemDeferred, here.id), Event::on(Action::ItemProposed, there.id)]);
    }
    Ok(events)
}

/// Puts an item at its agenda's end, if there is room.
async fn add(tx: &Tx, item: &AgendaItem) -> Result<bool> {
    tx.lock_session(item.session).await?;
    let last = tx.agenda_order(item.session).await?.len();
    if last >= agenda::MOST {
        return Ok(false);
    }
    tx.add_agenda_item(item, i32::try_from(last + 1).unwrap_or(i32::MAX)).await?;
    Ok(true)
}
