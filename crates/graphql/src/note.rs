//! Notes: what people write on a session, as far as the viewer may read it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use dipoli_app as app;
use dipoli_domain::{
    id::{AgendaItemId, NoteId, SessionId},
    refusal::Refusal,
};

use crate::{
    agenda::AgendaItem,
    connection::{Count, connection},
    context::{Payload, act, cx},
    error::Result,
    loader::Under,
    membership::Membership,
    node::OfRow,
    nullable::{Nullable, answer},
    reader::Reader,
    scalar::DateTime,
    session::Session,
};

/// What may be said outside about who said what.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::note::Attribution")]
pub(crate) enum Attribution {
    /// The author is named to whoever may read the note.
    Named,
    /// The Chatham House Rule: the content may be used; who said it is not shown and not stored. (Whoever runs the server, records the network, or knows how you write may still find out.)
    ChathamHouse,
}

/// Who may read a note.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::note::Visibility")]
pub(crate) enum NoteVisibility {
    /// The author alone; always NAMED, since it has an owner.
    Private,
    /// The members of the author's delegation in this group.
    Delegation,
    /// The author and the group's facilitators (the shuttle, or caucus, channel).
    Facilitators,
    /// Every member of the group but observers.
    Group,
}

/// A NAMED note, as it is read.
pub(crate) struct Note {
    reader: Arc<Reader>,
    row: dipoli_domain::note::Note,
}

impl OfRow for Note {
    type Row = dipoli_domain::note::Note;
    fn of(reader: &Arc<Reader>, row: Self::Row) -> Self {
        Self { reader: reader.clone(), row }
    }
}

/// What someone wrote on a session.
#[Object]
impl Note {
    /// Opaque, random, unique in the track.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// On which session.
    async fn session(&self) -> Result<Session> {
        Ok(Session::shared(&self.reader, self.reader.get(self.row.session).await?))
    }

    /// On which of its agenda items, if on one that the viewer sees.
    async fn agenda_item(&self) -> Nullable<AgendaItem> {
        answer(async {
            let Some(id) = self.row.agenda_item else { return Ok(None) };
            Ok(self.reader.find(id).await?.map(|row| AgendaItem::shared(&self.reader, row)))
        })
        .await
    }

    /// Markdown, as it was posted; under the Rule normalised (NFC, LF, no trailing or zero-width characters). Empty once withdrawn.
    async fn body(&self) -> &str {
        &self.row.body
    }

    /// Whether its text was taken away; its place stays.
    async fn withdrawn(&self) -> bool {
        self.row.withdrawn
    }

    /// Who may read it.
    async fn visibility(&self) -> NoteVisibility {
        self.row.visibility.into()
    }

    /// What may be told about its author.
    async fn attribution(&self) -> Attribution {
        Attribution::Named
    }

    /// Null for every CHATHAM_HOUSE note: it has no author in the database either.
    async fn author(&self) -> Option<Membership> {
        Some(Membership::of(&self.reader, self.row.author.clone()))
    }

    /// Null for every CHATHAM_HOUSE note: the moment of posting tells who posted.
    async fn posted_at(&self) -> Option<DateTime> {
        Some(self.row.posted_at.into())
    }

    /// Counts revisions and the withdrawal, from 1.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// What the viewer may do with it.
    async fn viewer_can(&self) -> NoteActs {
        app::note::can(self.reader.cx(), &self.row).into()
    }
}

/// What the viewer may do with a note, by the policy that also answers the attempt.
#[derive(SimpleObject)]
pub(crate) struct NoteActs {
    /// Revise it.
    revise: bool,
    /// Withdraw it.
    withdraw: bool,
}

impl From<app::note::Can> for NoteActs {
    fn from(can: app::note::Can) -> Self {
        Self { revise: can.revise, withdraw: can.withdraw }
    }
}

connection! {
    /// A page of notes: first the NAMED ones in the order of posting, then those under the Rule by their random ids.
    NoteConnection,
    /// A note in a list.
    NoteEdge of Note, NoteCount
}

/// Which notes are counted.
pub(crate) enum NoteCount {
    /// A session's, those on its items included.
    OfSession(SessionId, app::note::Filter),
    /// An agenda item's.
    OfItem(AgendaItemId, app::note::Filter),
}

impl Count for NoteCount {
    async fn count(&self, reader: &Reader) -> Result<u64> {
        let found = match self {
            Self::OfSession(id, filter) => reader.find(Under::new(*id, filter.clone())).await?,
            Self::OfItem(id, filter) => reader.find(Under::new(*id, filter.clone())).await?,
        };
        Ok(found.unwrap_or_default())
    }
}

/// Which notes a list shows.
#[derive(InputObject)]
pub(crate) struct NoteFilter {
    /// Only these; an empty list shows none.
    visibility: Option<Vec<NoteVisibility>>,
    /// The viewer's own NAMED notes.
    mine: Option<bool>,
}

impl NoteFilter {
    /// The filter, or none.
    pub(crate) fn or_all(filter: Option<Self>) -> app::note::Filter {
        filter.map_or_else(app::note::Filter::default, |filter| app::note::Filter {
            visibility: filter.visibility.map(|visibility| visibility.into_iter().map(Into::into).collect()),
            mine: filter.mine,
        })
    }
}

/// A note to be posted.
#[derive(InputObject)]
pub(crate) struct PostNoteInput {
    /// On which session.
    session_id: ID,
    /// On which of its agenda items.
    agenda_item_id: Option<ID>,
    /// Markdown, at most 40 KiB.
    body: String,
    /// Who may read it.
    visibility: NoteVisibility,
    /// For a GROUP note the agenda item's or session's attribution unless given, for the others NAMED. Authors may always name themselves, and always choose the Rule, PRIVATE notes apart.
    attribution: Option<Attribution>,
    /// The same key and input again within 24 hours return the first result; 1 to 255 characters.
    idempotency_key: Option<String>,
}

impl From<PostNoteInput> for app::note::Post {
    fn from(input: PostNoteInput) -> Self {
        Self {
            session_id: input.session_id.into(),
            agenda_item_id: input.agenda_item_id.map(Into::into),
            body: input.body,
            visibility: input.visibility.into(),
            attribution: input.attribution.map(Into::into),
            idempotency_key: input.idempotency_key,
        }
    }
}

/// A note to be revised.
#[derive(InputObject)]
pub(crate) struct ReviseNoteInput {
    /// Which note; one's own.
    note_id: ID,
    /// The version last seen.
    expected_version: i32,
    /// The new text.
    body: String,
    /// For a CHATHAM_HOUSE note: the secret that postNote gave, the only proof of authorship there is.
    edit_secret: Option<String>,
}

impl TryFrom<ReviseNoteInput> for app::note::Revise {
    type Error = app::Error;
    fn try_from(input: ReviseNoteInput) -> app::Result<Self> {
        no_edit_secret(input.edit_secret.as_ref())?;
        Ok(Self { note_id: input.note_id.into(), expected_version: input.expected_version, body: input.body })
    }
}

/// A note to be withdrawn.
#[derive(InputObject)]
pub(crate) struct WithdrawNoteInput {
    /// Which note: one's own, or for facilitators another's GROUP note.
    note_id: ID,
    /// For a CHATHAM_HOUSE note: the secret that postNote gave.
    edit_secret: Option<String>,
}

/// Edit secrets belong to notes under the Rule, and there are none yet.
fn no_edit_secret(secret: Option<&String>) -> app::Result<()> {
    secret.map_or(Ok(()), |_| {
        Err(Refusal::state("There are no notes under the Chatham House Rule yet, and no edit secrets.")
            .at("editSecret")
            .into())
    })
}

/// A note that was posted or revised.
pub(crate) struct NotePayload {
    note: Note,
    edit_secret: Option<String>,
}

/// A note that was posted or revised.
#[Object]
impl NotePayload {
    /// The note, as it is now.
    async fn note(&self) -> &Note {
        &self.note
    }

    /// For a note under the Rule just posted: what revises or withdraws it, and the only proof of authorship there is. Given once (a replay of the same idempotency key derives it again); throw it away unless you need it.
    async fn edit_secret(&self) -> Option<&str> {
        self.edit_secret.as_deref()
    }
}

impl Payload<dipoli_domain::note::Note> for NotePayload {
    fn of(reader: &Arc<Reader>, row: dipoli_domain::note::Note) -> Self {
        Self { note: Note::of(reader, row), edit_secret: None }
    }
}

/// A note that was withdrawn.
#[derive(SimpleObject)]
pub(crate) struct WithdrawNotePayload {
    /// Which note it was.
    withdrawn_note_id: ID,
}

impl Payload<NoteId> for WithdrawNotePayload {
    fn of(_: &Arc<Reader>, id: NoteId) -> Self {
        Self { withdrawn_note_id: id.to_string().into() }
    }
}

/// What is done about notes.
#[derive(Default)]
pub(crate) struct NoteMutation;

#[Object]
impl NoteMutation {
    /// Posts a note; everyone but observers, before, during and after a session.
    async fn post_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which note, on what, for whom.")] input: PostNoteInput,
    ) -> Nullable<NotePayload> {
        act(ctx, app::note::post(cx(ctx), input.into())).await
    }

    /// Replaces the text of one's own note.
    async fn revise_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which note, and the new text.")] input: ReviseNoteInput,
    ) -> Nullable<NotePayload> {
        act(ctx, async { app::note::revise(cx(ctx), input.try_into()?).await }).await
    }

    /// Takes a note's text away: one's own, or as a facilitator another's GROUP note. Its place stays.
    async fn withdraw_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which note.")] input: WithdrawNoteInput,
    ) -> Nullable<WithdrawNotePayload> {
        act(ctx, async {
            no_edit_secret(input.edit_secret.as_ref())?;
            app::note::withdraw(cx(ctx), &input.note_id).await
        })
        .await
    }
}
