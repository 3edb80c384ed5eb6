//! What is done to notes: posting, revising, withdrawing.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use dipoli_app as app;
use dipoli_domain::{id::NoteId, refusal::Refusal};

use super::{Attribution, Note, NoteVisibility};
use crate::{
    context::{Payload, act, cx},
    node::OfRow,
    nullable::Nullable,
    reader::Reader,
};

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
