//! Notes: reading those of both kinds, and posting, revising and withdrawing NAMED ones.
//!
//! What is done under the Chatham House Rule is in `chatham_house_note.rs`. Deliberately absent: any way from one kind of
//! note to the other (requirements N-04).

mod arrivals;

use std::{collections::HashMap, fmt::Display, hash::Hash};

use dipoli_domain::{
    Timestamp,
    agenda::{AgendaItem, ItemStatus},
    audit::{Action, Event},
    id::{AgendaItemId, DelegationId, NoteId, SessionId},
    membership::Membership,
    note::{self, AnyNote, Attribution, Note, Visibility},
    policy::{
        Act, On, Permit, Seat,
        scope::{Notes, People},
    },
    refusal::{Refusal, Refusals},
    session::Session,
    time,
};
use dipoli_store::{NoteFilter, NotePage, note_key};
use secrecy::SecretString;
use serde::Serialize;

pub use self::arrivals::{Arrivals, Arrived};
use crate::{
    Connection, Cx, Error, PageArgs, Result, Topic, agenda, chatham_house_note,
    cx::{id, unchanged},
    delegation,
    idempotency::Once,
    membership,
    page::Lists,
    release, session,
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
pub async fn many(cx: &Cx, ids: &[NoteId]) -> Result<HashMap<NoteId, AnyNote>> {
    let (scope, people) = scopes(cx);
    let found = cx.track.store.notes(&scope, &people, ids).await?;
    read(cx, &found);
    Ok(found.into_iter().map(|note| (note.id(), note)).collect())
}

/// The note, if the viewer may read it; an unknown one otherwise.
pub(crate) async fn seen(cx: &Cx, field: &'static str, id: NoteId) -> Result<AnyNote> {
    many(cx, &[id]).await?.remove(&id).ok_or_else(|| Refusal::not_found(field).into())
}

/// The same page of each session's notes, those on its agenda items included, first the NAMED ones in the order
/// of posting, then those under the Rule by their random ids; one statement for all.
pub async fn of_sessions(
    cx: &Cx,
    sessions: &[SessionId],
    filter: &Filter,
    page: &PageArgs,
) -> Result<HashMap<SessionId, Connection<AnyNote>>> {
    let filter = filter.in_order();
    let lists = Lists { name: "session.notes", parents: sessions, filter: &format!("{filter:?}") };
    let counted = page.counted;
    let Some(page) = lists.page(cx, page)? else { return Ok(HashMap::new()) };
    let (scope, people) = scopes(cx);
    let found = cx.track.store.notes_of_sessions(&scope, &people, sessions, &filter, (&page, counted)).await?;
    Ok(shown(cx, &lists, found, counted && page.is_of_whole()))
}

/// The same page of each agenda item's notes; one statement for all.
pub async fn of_items(
    cx: &Cx,
    items: &[AgendaItemId],
    filter: &Filter,
    page: &PageArgs,
) -> Result<HashMap<AgendaItemId, Connection<AnyNote>>> {
    let filter = filter.in_order();
    let lists = Lists { name: "agendaItem.notes", parents: items, filter: &format!("{filter:?}") };
    let counted = page.counted;
    let Some(page) = lists.page(cx, page)? else { return Ok(HashMap::new()) };
    let (scope, people) = scopes(cx);
    let found = cx.track.store.notes_of_items(&scope, &people, items, &filter, (&page, counted)).await?;
    Ok(shown(cx, &lists, found, counted && page.is_of_whole()))
}

/// Pages as they are shown, with how many each list has where they were counted: none in one that is absent.
fn shown<Id: Copy + Eq + Hash + Display>(
    cx: &Cx,
    lists: &Lists<'_, Id>,
    found: HashMap<Id, NotePage>,
    counted: bool,
) -> HashMap<Id, Connection<AnyNote>> {
    read(cx, found.values().flat_map(|page| &page.slice.rows));
    let totals: HashMap<_, _> = found.iter().map(|(id, page)| (*id, page.total)).collect();
    let slices = found.into_iter().map(|(id, page)| (id, page.slice)).collect();
    let mut pages = lists.connections(cx, slices, note_key);
    for (id, page) in &mut pages {
        page.total = if counted { totals.get(id).copied().unwrap_or(Some(0)) } else { None };
    }
    pages
}

/// Notes for the audit log that the viewer read something by others today, where it was a query that showed it.
/// A note under the Rule is another's to whoever reads it, its author among them.
fn read<'a>(cx: &Cx, notes: impl IntoIterator<Item = &'a AnyNote>) {
    let viewer = cx.viewer.person;
    let is_others = |note: &AnyNote| match note {
        AnyNote::Named(note) => note.author.person.id != viewer,
        AnyNote::ChathamHouse(_) => true,
    };
    if cx.is_query && notes.into_iter().any(is_others) {
        cx.track.readers.note(viewer, time::day(cx.now));
    }
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

/// What was posted or revised.
pub struct Posted {
    /// The note, as it is now or will be.
    pub note: AnyNote,
    /// What revises or withdraws a note under the Rule, given once.
    pub edit_secret: Option<SecretString>,
    /// The tick on which a note under the Rule comes out, or has its new text.
    pub takes_effect_at: Option<Timestamp>,
}

impl Posted {
    pub(crate) const fn named(note: AnyNote) -> Self {
        Self { note, edit_secret: None, takes_effect_at: None }
    }
}

/// A note to be posted, as far as both kinds are checked alike.
pub(crate) struct Draft {
    pub session: Session,
    pub agenda_item: Option<AgendaItemId>,
    /// Who may read it.
    pub visibility: Visibility,
    /// The poster's seat.
    pub seat: Seat,
    /// The delegation that may read it, where one may.
    pub delegation: std::result::Result<Option<DelegationId>, Refusal>,
}

/// Posts a note: under the author's name, or under the Rule, as is asked for or holds for that part of the meeting.
pub async fn post(cx: &Cx, input: Post) -> Result<Posted> {
    let session = session::seen(cx, "sessionId", id("sessionId", &input.session_id)?).await?;
    let on = On::group(session.group);
    if !cx.can(Act::PostNote, on) && is_under_the_rule(&input, session.attribution) {
        return Err(Refusal::forbidden().into());
    }
    let permit = cx.may("sessionId", Act::PostNote, on).await?;
    let item = agenda_item(cx, &session, input.agenda_item_id.as_deref()).await?;
    session.takes_notes()?;
    let seat = *cx.viewer.seat(session.group).ok_or_else(|| Refusal::not_found("sessionId"))?;
    delegation::participation::posts(cx, &seat).await?;
    let part = item.as_ref().map_or(session.attribution, |item| item.attribution);
    let agenda_item = item.map(|item| item.id);
    let delegation = audience(&seat, input.visibility);
    let draft = Draft { session, agenda_item, visibility: input.visibility, seat, delegation };
    let once = Once::new("postNote", input.idempotency_key.as_deref(), &input)?;
    if !is_under_the_rule(&input, part) {
        return named(cx, permit, draft, input, once).await;
    }
    // That part of the meeting may have been made stricter since the same note was posted under its author's name.
    match once.made(cx).await? {
        Some(earlier) => posted_before(cx, &earlier).await,
        None => chatham_house_note::post(cx, permit, draft, &input).await,
    }
}

async fn posted_before(cx: &Cx, earlier: &str) -> Result<Posted> {
    Ok(Posted::named(seen(cx, "idempotencyKey", id("idempotencyKey", earlier)?).await?))
}

fn is_under_the_rule(input: &Post, part: Attribution) -> bool {
    note::attribution(input.visibility, input.attribution, part) == Ok(Attribution::ChathamHouse)
}

async fn named(cx: &Cx, permit: Permit, draft: Draft, input: Post, once: Once) -> Result<Posted> {
    let first = async {
        let note = written(cx, draft, &input).await?;
        let tx = cx.track.store.begin(permit).await?;
        once.remember(&tx, &note.id).await?;
        tx.add_note(&note).await?;
        tx.commit(&[Event::on(Action::NotePosted, note.id)]).await?;
        cx.track.wake();
        cx.track.tell(Topic::Notes(note.session));
        Ok(Posted::named(note.into()))
    };
    once.run(cx, first, async |earlier: String| posted_before(cx, &earlier).await).await
}

/// The NAMED note that is to be posted, told all its faults at once.
async fn written(cx: &Cx, draft: Draft, input: &Post) -> Result<Note> {
    let mut refusals = Refusals::default();
    let body = refusals.keep(note::body(&input.body));
    refusals.keep(note::attribution(input.visibility, input.attribution, Attribution::Named));
    let delegation = refusals.keep(draft.delegation).flatten();
    refusals.check()?;
    Ok(Note {
        id: NoteId::random(),
        group: draft.session.group,
        session: draft.session.id,
        agenda_item: draft.agenda_item,
        body: body.unwrap_or_default(),
        withdrawn: false,
        visibility: draft.visibility,
        delegation,
        author: own_membership(cx, &draft.seat).await?,
        posted_at: cx.now,
        released: false,
        version: 1,
    })
}

/// A seat of the viewer's own, as it is shown.
async fn own_membership(cx: &Cx, seat: &Seat) -> Result<Membership> {
    let own = membership::many(cx, &[seat.membership]).await?.remove(&seat.membership);
    own.ok_or_else(|| Error::Fault("a seat in effect does not read".to_owned()))
}

/// The delegation to which a note of that visibility goes.
fn audience(seat: &Seat, visibility: Visibility) -> std::result::Result<Option<DelegationId>, Refusal> {
    match visibility {
        Visibility::Delegation => {
            let without = || Refusal::state("You sit for no delegation that could read this note.").at("visibility");
            seat.delegation.map(Some).ok_or_else(without)
        }
        Visibility::Private | Visibility::Facilitators | Visibility::Group => Ok(None),
    }
}

/// The item that a note is on: one of the session's that the viewer sees and that was not withdrawn.
async fn agenda_item(cx: &Cx, session: &Session, text: Option<&str>) -> Result<Option<AgendaItem>> {
    let Some(text) = text else { return Ok(None) };
    let item = agenda::seen(cx, "agendaItemId", id("agendaItemId", text)?).await?.item;
    if item.session != session.id {
        return Err(Refusal::not_found("agendaItemId").into());
    }
    if item.status == ItemStatus::Withdrawn {
        return Err(Refusal::state("The agenda item was withdrawn.").at("agendaItemId").into());
    }
    Ok(Some(item))
}

/// A revision, as it was sent.
pub struct Revise {
    /// Which note.
    pub note_id: String,
    /// The version last seen.
    pub expected_version: i32,
    /// The new text.
    pub body: String,
    /// The proof that a note under the Rule is one's own.
    pub edit_secret: Option<SecretString>,
}

/// Revises one's own note: a NAMED one at once, one under the Rule, by its edit secret, on the tick.
pub async fn revise(cx: &Cx, input: Revise) -> Result<Posted> {
    if let Some(secret) = &input.edit_secret {
        return chatham_house_note::revise(cx, &input, secret).await;
    }
    let note = named_seen(cx, &input.note_id).await?;
    let permit = cx.may("noteId", Act::ReviseNote, own(&note)).await?;
    unchanged(note.version, input.expected_version)?;
    let note = note.revised(&input.body)?;
    let tx = cx.track.store.begin(permit).await?;
    tx.change_note(&note).await?;
    tx.commit(&[Event::on(Action::NoteRevised, note.id)]).await?;
    cx.track.wake();
    Ok(Posted::named(note.into()))
}

/// What was withdrawn.
pub struct Withdrawn {
    /// Which note.
    pub id: NoteId,
    /// The tick on which a note under the Rule loses its text.
    pub takes_effect_at: Option<Timestamp>,
}

/// Withdraws a note: the text goes, a trace stays. One's own, for a note under the Rule by its edit secret; or as a
/// facilitator another's GROUP note of either kind.
pub async fn withdraw(cx: &Cx, note_id: &str, edit_secret: Option<&SecretString>) -> Result<Withdrawn> {
    if let Some(secret) = edit_secret {
        return chatham_house_note::withdraw(cx, note_id, secret).await;
    }
    let note = match seen(cx, "noteId", id("noteId", note_id)?).await? {
        AnyNote::Named(note) => *note,
        AnyNote::ChathamHouse(note) => return chatham_house_note::withdraw_as_facilitator(cx, &note).await,
    };
    let act = to_withdraw(cx, &note);
    let permit = cx.may("noteId", act, own(&note)).await?;
    note.stays()?;
    let note = note.withdrawn()?;
    let tx = cx.track.store.begin(permit).await?;
    tx.change_note(&note).await?;
    tx.commit(&[Event::on(Action::NoteWithdrawn, note.id)]).await?;
    cx.track.wake();
    Ok(Withdrawn { id: note.id, takes_effect_at: None })
}

/// The NAMED note, if the viewer may read it. One under the Rule is nobody's to change without its secret, and unknown.
async fn named_seen(cx: &Cx, note_id: &str) -> Result<Note> {
    match seen(cx, "noteId", id("noteId", note_id)?).await? {
        AnyNote::Named(note) => Ok(*note),
        AnyNote::ChathamHouse(_) => Err(Refusal::not_found("noteId").into()),
    }
}

/// Which act it would be: one's own note is one's own to withdraw, another's is only where the whole group reads it.
fn to_withdraw(cx: &Cx, note: &Note) -> Act {
    let is_own = cx.viewer.seat(note.group).is_some_and(|seat| seat.membership == note.author.id);
    if !is_own && note.visibility == Visibility::Group { Act::WithdrawOthersNote } else { Act::ReviseNote }
}

fn can_withdraw(cx: &Cx, note: &Note) -> bool {
    !note.released && cx.can(to_withdraw(cx, note), own(note))
}

/// The note as its author's own.
pub(crate) const fn own(note: &Note) -> On {
    On::group(note.group).of_membership(Some(note.author.id))
}

/// What the viewer may do with a note, as far as can be told without an edit secret.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is the answer to a question of its own")]
pub struct Can {
    /// Revise it.
    pub revise: bool,
    /// Withdraw it.
    pub withdraw: bool,
    /// Ask a facilitator to withdraw it.
    pub ask_to_withdraw: bool,
    /// Release it.
    pub release: bool,
    /// Propose a paraphrase of it.
    pub propose_paraphrase: bool,
}

/// What the viewer may do with this note.
pub fn can(cx: &Cx, note: &AnyNote) -> Can {
    if note.withdrawn() {
        return Can::default();
    }
    let propose_paraphrase = release::is_caucus(note) && cx.can(Act::ProposeParaphrase, On::group(note.group()));
    match note {
        AnyNote::Named(note) => Can {
            revise: !note.released && cx.can(Act::ReviseNote, own(note)),
            withdraw: can_withdraw(cx, note),
            ask_to_withdraw: false,
            release: note.visibility == Visibility::Facilitators && cx.can(Act::ReleaseNote, own(note)),
            propose_paraphrase,
        },
        AnyNote::ChathamHouse(note) => Can {
            revise: false,
            withdraw: chatham_house_note::can_withdraw(cx, note),
            ask_to_withdraw: chatham_house_note::may_ask_to_withdraw(cx, note),
            release: false,
            propose_paraphrase,
        },
    }
}
