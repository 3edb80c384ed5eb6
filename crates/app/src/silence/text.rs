//! What silence makes of the text that it is on: an agenda item, or the record of a session.
//!
//! The text is taken as it is stored, as it stood when the procedure was opened, so that nothing is made of it twice.

use dipoli_domain::{
    agenda::{AgendaItem, ItemStatus},
    audit::Event,
    letter::LetterKind,
    note::Attribution,
    policy::scope::{Agendas, Records},
    record::Record,
    silence::{Ground, Silence, Text},
};
use dipoli_store::Tx;

use crate::{Cx, Result, agenda, record, session};

enum Stored {
    Item(Box<AgendaItem>),
    Record(Record),
}

/// After an objection. One to the use of silence takes an item to the next session by itself, where there is one; gives what
/// that brought about.
pub(super) async fn broken(tx: &Tx, silence: &Silence, ground: Ground) -> Result<Vec<Event>> {
    let before = match stored(tx, silence).await? {
        Some(Stored::Item(item)) => *item,
        Some(Stored::Record(record)) => {
            change_record(tx, record, Record::circulated_again).await?;
            return Ok(Vec::new());
        }
        None => return Ok(Vec::new()),
    };
    match change_item(tx, &before, |item| item.objected(ground)).await? {
        Some(after) if after.status == ItemStatus::Deferred => agenda::carry_on(tx, before, after).await,
        Some(_) | None => Ok(Vec::new()),
    }
}

/// After it was withdrawn.
pub(super) async fn taken_back(tx: &Tx, silence: &Silence) -> Result<()> {
    change(tx, silence, AgendaItem::proposed_again, Record::circulated_again).await
}

/// After its deadline passed without an objection.
pub(super) async fn adopted(tx: &Tx, silence: &Silence) -> Result<()> {
    let at = silence.deadline;
    change(tx, silence, |item| item.adopted_by_silence(at), |record| record.issued(at)).await
}

/// What may be said outside about who said what of it.
pub(super) async fn attribution(cx: &Cx, field: &'static str, on: Text) -> Result<Attribution> {
    match on {
        Text::Item(item) => Ok(agenda::seen(cx, field, item).await?.item.attribution),
        Text::Record(record) => {
            let record = record::of_id(cx, field, record).await?;
            let of_session = session::seen(cx, field, record.session).await?.attribution;
            // It is of all parts of its session: the strictest of them holds.
            let parts = agenda::of_sessions(cx, &[record.session]).await?.remove(&record.session).unwrap_or_default();
            Ok(parts.iter().fold(of_session, |strictest, part| strictest.or_stricter(part.item.attribution)))
        }
    }
}

/// The letter that tells its adoption.
pub(super) const fn adoption(on: Text) -> LetterKind {
    match on {
        Text::Item(_) => LetterKind::SilenceAdopted,
        Text::Record(_) => LetterKind::RecordIssued,
    }
}

async fn change(
    tx: &Tx,
    silence: &Silence,
    of_item: impl FnOnce(AgendaItem) -> AgendaItem,
    of_record: impl FnOnce(Record) -> Record,
) -> Result<()> {
    match stored(tx, silence).await? {
        Some(Stored::Item(item)) => change_item(tx, &item, of_item).await.map(drop),
        Some(Stored::Record(record)) => change_record(tx, record, of_record).await,
        None => Ok(()),
    }
}

/// Gives the item as it was written; `None` where it stays as it was.
async fn change_item(
    tx: &Tx,
    before: &AgendaItem,
    by: impl FnOnce(AgendaItem) -> AgendaItem,
) -> Result<Option<AgendaItem>> {
    let after = by(before.clone());
    if after == *before {
        return Ok(None);
    }
    tx.change_agenda_item(&after).await?;
    Ok(Some(after))
}

async fn change_record(tx: &Tx, before: Record, by: impl FnOnce(Record) -> Record) -> Result<()> {
    let after = by(before.clone());
    if after != before {
        tx.change_record(&after).await?;
    }
    Ok(())
}

async fn stored(tx: &Tx, silence: &Silence) -> Result<Option<Stored>> {
    let (group, then) = (silence.group, silence.opened_at);
    Ok(match silence.on {
        Text::Item(item) => {
            let placed = tx.agenda_item(&Agendas::of_group(group, then), item).await?;
            placed.map(|placed| Stored::Item(Box::new(placed.item)))
        }
        Text::Record(record) => tx.record_seen(&Records::of_group(group, then), record).await?.map(Stored::Record),
    })
}
