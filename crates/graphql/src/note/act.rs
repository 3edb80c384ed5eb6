//! What is done to notes: posting, revising, withdrawing.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use dipoli_app as app;
use secrecy::{ExposeSecret, SecretString};

use super::{Attribution, Note, NoteVisibility};
use crate::{
    context::{Payload, act, cx},
    node::OfRow,
    nullable::Nullable,
    reader::Reader,
    scalar::DateTime,
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
    /// The same key and input again within 24 hours return the first result; 1 to 255 characters. For a note under the Rule until the day (UTC) ends, and 22 to 255 random characters: its edit secret is derived from them.
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

impl From<ReviseNoteInput> for app::note::Revise {
    fn from(input: ReviseNoteInput) -> Self {
        Self {
            note_id: input.note_id.into(),
            expected_version: input.expected_version,
            body: input.body,
            edit_secret: input.edit_secret.map(SecretString::from),
        }
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

/// A note under the Rule whose withdrawal is asked for.
#[derive(InputObject)]
pub(crate) struct AskToWithdrawNoteInput {
    /// Which note; a GROUP note under the Rule that the viewer reads.
    note_id: ID,
}

/// A note that was posted or revised.
pub(crate) struct NotePayload {
    note: Note,
    edit_secret: Option<SecretString>,
    takes_effect_at: Option<DateTime>,
}

/// A note that was posted or revised.
#[Object]
impl NotePayload {
    /// The note, as it is now; one under the Rule as it will be from `takesEffectAt` on, until when nothing shows it.
    async fn note(&self) -> &Note {
        &self.note
    }

    /// For a note under the Rule just posted: what revises or withdraws it, and the only proof of authorship there is. Given once (a replay of the same idempotency key derives it again); throw it away unless you need it.
    async fn edit_secret(&self) -> Option<&str> {
        self.edit_secret.as_ref().map(ExposeSecret::expose_secret)
    }

    /// The tick on which a note under the Rule comes out, or changes, for all its readers together. Null for a NAMED note, at once.
    async fn takes_effect_at(&self) -> Option<&DateTime> {
        self.takes_effect_at.as_ref()
    }
}

impl Payload<app::note::Posted> for NotePayload {
    fn of(reader: &Arc<Reader>, posted: app::note::Posted) -> Self {
        let app::note::Posted { note, edit_secret, takes_effect_at } = posted;
        Self { note: Note::of(reader, note), edit_secret, takes_effect_at: takes_effect_at.map(Into::into) }
    }
}

/// A note that was withdrawn.
#[derive(SimpleObject)]
pub(crate) struct WithdrawNotePayload {
    /// Which note it was.
    withdrawn_note_id: ID,
    /// The tick on which a note under the Rule loses its text. Null for a NAMED note, at once.
    takes_effect_at: Option<DateTime>,
}

impl Payload<app::note::Withdrawn> for WithdrawNotePayload {
    fn of(_: &Arc<Reader>, withdrawn: app::note::Withdrawn) -> Self {
        Self {
            withdrawn_note_id: withdrawn.id.to_string().into(),
            takes_effect_at: withdrawn.takes_effect_at.map(Into::into),
        }
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

    /// Replaces the text of one's own note; of one under the Rule by its edit secret, on the tick.
    async fn revise_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which note, and the new text.")] input: ReviseNoteInput,
    ) -> Nullable<NotePayload> {
        act(ctx, app::note::revise(cx(ctx), input.into())).await
    }

    /// Takes a note's text away: one's own (one under the Rule by its edit secret, on the tick), or as a facilitator another's GROUP note. Its place stays.
    async fn withdraw_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which note.")] input: WithdrawNoteInput,
    ) -> Nullable<WithdrawNotePayload> {
        let secret = input.edit_secret.map(SecretString::from);
        act(ctx, app::note::withdraw(cx(ctx), &input.note_id, secret.as_ref())).await
    }

    /// Asks the facilitators to withdraw a GROUP note under the Rule that one reads. From the tick on they see that it was asked, and not by whom.
    async fn ask_to_withdraw_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which note.")] input: AskToWithdrawNoteInput,
    ) -> Nullable<NotePayload> {
        act(ctx, app::chatham_house_note::ask_to_withdraw(cx(ctx), &input.note_id)).await
    }
}
