//! NAMED notes: reading what one may, posting, revising, withdrawing.
//!
//! Deliberately absent: notes under the Chatham House Rule, and any way from one kind of note to the other.

use std::collections::HashMap;

use dipoli_domain::{
    agenda::ItemStatus,
    audit::{Action, Event},
    id::{AgendaItemId, NoteId, SessionId},
    note::{self, Attribution, Note, Visibility},
    policy::{
        Act, On,
        scope::{Notes, People},
    },
    refusal::{Refusal, Refusals},
    session::Session,
};
use dipoli_store::NoteFilter;
use serde::Serialize;

use crate::{
    Connection, Cx, Error, PageArgs, Result, agenda,
    cx::{id, unchanged},
    idempotency::Once,
    membership,
    page::Lists,
    session,
};

/// Which notes a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only these; an empty list shows none.
    pub visibility: Option<Vec<Visibility>>,
    /// Only the viewer's own (true), or only others' (false).
    pub mine: Option<bool>,
}

impl Filter {
    fn in_order(&self) -> NoteFilter {
        let visibility = self.visibility.clone().map(|mut visibility| {
            visibility.sort_unstable();
            visibility.dedup();
            visibility
        });
        NoteFilter { visibility, mine: self.mine }
    }
}

/// Those of these notes that the viewer may read.
pub async fn many(cx: &Cx, ids: &[NoteId]) -> Result<HashMap<NoteId, Note>> {
    let (scope, people) = scopes(cx);
    let found = cx.track.store.notes(&scope, &people, ids).await?;
    Ok(found.into_iter().map(|note| (note.id, note)).collect())
}

/// The note, if the viewer may read it; an unknown one otherwise.
async fn seen(cx: &Cx, field: &'static str, id: NoteId) -> Result<Note> {
    many(cx, &[id]).await?.remove(&id).ok_or_else(|| Refusal::not_found(field).into())
}

/// The same page of each session's notes, those on its agenda items included, in the order of posting; one
/// statement for all.
pub async fn of_sessions(
    cx: &Cx,
    sessions: &[SessionId],
    filter: &Filter,
    page: &PageArgs,
) -> Result<HashMap<SessionId, Connection<Note>>> {
    let filter = filter.in_order();
    let lists = Lists { name: "session.notes", parents: sessions, filter: &format!("{filter:?}") };
    let Some(page) = lists.page(cx, page)? else { return Ok(HashMap::new()) };
    let (scope, people) = scopes(cx);
    let slices = cx.track.store.notes_of_sessions(&scope, &people, sessions, &filter, &page).await?;
    Ok(lists.connections(cx, slices, |note| (note.posted_at, note.id)))
}

/// The same page of each agenda item's notes; one statement for all.
pub async fn of_items(
    cx: &Cx,
    items: &[AgendaItemId],
    filter: &Filter,
    page: &PageArgs,
) -> Result<HashMap<AgendaItemId, Connection<Note>>> {
    let filter = filter.in_order();
    let lists = Lists { name: "agendaItem.notes", parents: items, filter: &format!("{filter:?}") };
    let Some(page) = lists.page(cx, page)? else { return Ok(HashMap::new()) };
    let (scope, people) = scopes(cx);
    let slices = cx.track.store.notes_of_items(&scope, &people, items, &filter, &page).await?;
    Ok(lists.connections(cx, slices, |note| (note.posted_at, note.id)))
}

/// How many `of_sessions` has in all.
pub async fn counts_of_sessions(cx: &Cx, sessions: &[SessionId], filter: &Filter) -> Result<HashMap<SessionId, u64>> {
    let scope = Notes::seen_by(&cx.viewer);
    let counts = cx.track.store.note_counts_of_sessions(&scope, sessions, &filter.in_order()).await?;
    Ok(sessions.iter().map(|session| (*session, counts.get(session).copied().unwrap_or_default())).collect())
}

/// How many `of_items` has in all.
pub async fn counts_of_items(cx: &Cx, items: &[AgendaItemId], filter: &Filter) -> Result<HashMap<AgendaItemId, u64>> {
    let scope = Notes::seen_by(&cx.viewer);
    let counts = cx.track.store.note_counts_of_items(&scope, items, &filter.in_order()).await?;
    Ok(items.iter().map(|item| (*item, counts.get(item).copied().unwrap_or_default())).collect())
}

fn scopes(cx: &Cx) -> (Notes, People) {
    (Notes::seen_by(&cx.viewer), People::seen_by(&cx.viewer))
}

/// A note to be posted, as it was sent.
#[derive(Serialize)]
pub struct Post {
    /// On which session.
    pub session_id: String,
    /// On which of its items.
    pub agenda_item_id: Option<String>,
    /// Markdown.
    pub body: String,
    /// Who may read it.
    #[serde(serialize_with = "crate::idempotency::word")]
    pub visibility: Visibility,
    /// What may be told about its author.
    #[serde(serialize_with = "crate::idempotency::optional_word")]
    pub attribution: Option<Attribution>,
    /// The client's key for sending this again.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Posts a note.
pub async fn post(cx: &Cx, input: Post) -> Result<Note> {
    let session = session::seen(cx, "sessionId", id("sessionId", &input.session_id)?).await?;
    let permit = cx.may("sessionId", Act::PostNote, On::group(session.group)).await?;
    let once = Once::new("postNote", input.idempotency_key.as_deref(), &input)?;
    let first = async {
        let note = written(cx, &session, &input).await?;
        let tx = cx.track.store.begin(permit).await?;
        once.remember(&tx, &note.id).await?;
        tx.add_note(&note).await?;
        tx.commit(&[Event::on(Action::NotePosted, note.id)]).await?;
        cx.track.wake();
        Ok(note)
    };
    once.run(cx, first, async |earlier| seen(cx, "idempotencyKey", id("idempotencyKey", &earlier)?).await).await
}

/// The note that is to be posted, told all its faults at once.
async fn written(cx: &Cx, session: &Session, input: &Post) -> Result<Note> {
    let agenda_item = agenda_item(cx, session, input.agenda_item_id.as_deref()).await?;
    session.takes_notes()?;
    let seat = cx.viewer.seat(session.group).ok_or_else(|| Refusal::not_found("sessionId"))?;
    let mut refusals = Refusals::default();
    let body = refusals.keep(note::body(&input.body));
    refusals.keep(note::attribution(input.visibility, input.attribution));
    let delegation = match input.visibility {
        Visibility::Delegation => {
            let without = || Refusal::state("You sit for no delegation that could read this note.").at("visibility");
            refusals.keep(seat.delegation.ok_or_else(without))
        }
        Visibility::Private | Visibility::Facilitators | Visibility::Group => None,
    };
    refusals.check()?;
    let author = membership::many(cx, &[seat.membership]).await?.remove(&seat.membership);
    Ok(Note {
        id: NoteId::random(),
        group: session.group,
        session: session.id,
        agenda_item,
        body: body.unwrap_or_default(),
        withdrawn: false,
        visibility: input.visibility,
        delegation,
        author: author.ok_or_else(|| Error::Fault("a seat in effect does not read".to_owned()))?,
        posted_at: cx.now,
        version: 1,
    })
}

/// The item that a note is on: one of the session's that the viewer sees and that was not withdrawn.
async fn agenda_item(cx: &Cx, session: &Session, text: Option<&str>) -> Result<Option<AgendaItemId>> {
    let Some(text) = text else { return Ok(None) };
    let item = agenda::seen(cx, "agendaItemId", id("agendaItemId", text)?).await?.item;
    if item.session != session.id {
        return Err(Refusal::not_found("agendaItemId").into());
    }
    if item.status == ItemStatus::Withdrawn {
        return Err(Refusal::state("The agenda item was withdrawn.").at("agendaItemId").into());
    }
    Ok(Some(item.id))
}

/// A revision, as it was sent.
pub struct Revise {
    /// Which note.
    pub note_id: String,
    /// The version last seen.
    pub expected_version: i32,
    /// The new text.
    pub body: String,
}

/// Revises one's own note.
pub async fn revise(cx: &Cx, input: Revise) -> Result<Note> {
    let note = seen(cx, "noteId", id("noteId", &input.note_id)?).await?;
    let permit = cx.may("noteId", Act::ReviseNote, own(&note)).await?;
    unchanged(note.version, input.expected_version)?;
    let note = note.revised(&input.body)?;
    let tx = cx.track.store.begin(permit).await?;
    tx.change_note(&note).await?;
    tx.commit(&[Event::on(Action::NoteRevised, note.id)]).await?;
    cx.track.wake();
    Ok(note)
}

/// Withdraws one's own note, or as a facilitator another's GROUP note: the text goes, a trace stays.
pub async fn withdraw(cx: &Cx, note_id: &str) -> Result<NoteId> {
    let note = seen(cx, "noteId", id("noteId", note_id)?).await?;
    let permit = cx.may("noteId", to_withdraw(cx, &note), own(&note)).await?;
    let note = note.withdrawn()?;
    let tx = cx.track.store.begin(permit).await?;
    tx.change_note(&note).await?;
    tx.commit(&[Event::on(Action::NoteWithdrawn, note.id)]).await?;
    cx.track.wake();
    Ok(note.id)
}

/// Which act it would be: one's own note is one's own to withdraw, another's is only where the whole group reads it.
fn to_withdraw(cx: &Cx, note: &Note) -> Act {
    let is_own = cx.viewer.seat(note.group).is_some_and(|seat| seat.membership == note.author.id);
    if !is_own && note.visibility == Visibility::Group { Act::WithdrawOthersNote } else { Act::ReviseNote }
}

/// The note as its author's own.
const fn own(note: &Note) -> On {
    On::group(note.group).of_membership(Some(note.author.id))
}

/// What the viewer may do with a note.
#[derive(Clone, Copy, Debug)]
pub struct Can {
    /// Revise it.
    pub revise: bool,
    /// Withdraw it.
    pub withdraw: bool,
}

/// What the viewer may do with this note.
pub fn can(cx: &Cx, note: &Note) -> Can {
    let may = |act: Act| !note.withdrawn && cx.can(act, own(note));
    Can { revise: may(Act::ReviseNote), withdraw: may(to_withdraw(cx, note)) }
}
