//! The caucus channel: releasing a note to the facilitators, and paraphrases of it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object};
use dipoli_app as app;
use secrecy::SecretString;

use crate::{
    context::{Payload, act, cx},
    delegation::Delegation,
    node::OfRow,
    note::{Note, NotePayload, NoteVisibility},
    nullable::{Nullable, answer},
    reader::Reader,
    scalar::DateTime,
};

/// What became of a paraphrase.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::release::ParaphraseState")]
pub(crate) enum ParaphraseState {
    /// The author has not answered.
    Open,
    /// The author has agreed; it was released.
    Agreed,
    /// The author has not agreed; it goes nowhere.
    Declined,
}

/// A wording of a caucus note.
pub(crate) struct Paraphrase {
    reader: Arc<Reader>,
    row: dipoli_domain::release::Paraphrase,
}

impl OfRow for Paraphrase {
    type Row = dipoli_domain::release::Paraphrase;
    fn of(reader: &Arc<Reader>, row: Self::Row) -> Self {
        Self { reader: reader.clone(), row }
    }
}

/// A facilitator's wording of a caucus note, which its author may agree to. Seen by the facilitators and the author alone.
#[Object]
impl Paraphrase {
    /// Opaque, random, unique in the track.
    async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// Markdown.
    async fn body(&self) -> &str {
        &self.row.body
    }

    /// To whom it would be released: GROUP or DELEGATION.
    async fn visibility(&self) -> NoteVisibility {
        self.row.audience.visibility().into()
    }

    /// The delegation to which it would be released, if to one.
    async fn delegation(&self) -> Nullable<Delegation> {
        answer(async {
            let Some(id) = self.row.audience.delegation() else { return Ok(None) };
            Ok(self.reader.find(id).await?.map(|row| Delegation::of(&self.reader, Arc::unwrap_or_clone(row))))
        })
        .await
    }

    /// Whether it would name the note's author.
    async fn names_source(&self) -> bool {
        self.row.names_source
    }

    /// What became of it.
    async fn state(&self) -> ParaphraseState {
        self.row.state.into()
    }
}

/// A caucus note to be released.
#[derive(InputObject)]
pub(crate) struct ReleaseNoteInput {
    /// Which note to the facilitators; one's own.
    note_id: ID,
    /// For a CHATHAM_HOUSE note: the secret that postNote gave.
    edit_secret: Option<String>,
    /// To whom: GROUP or DELEGATION.
    visibility: NoteVisibility,
    /// To which delegation, where to one.
    delegation_id: Option<ID>,
    /// Whether the released note names its author; otherwise it is one under the Chatham House Rule.
    #[graphql(default)]
    names_source: bool,
}

impl From<ReleaseNoteInput> for app::release::Release {
    fn from(input: ReleaseNoteInput) -> Self {
        Self {
            note_id: input.note_id.into(),
            edit_secret: input.edit_secret.map(SecretString::from),
            visibility: input.visibility.into(),
            delegation_id: input.delegation_id.map(Into::into),
            names_source: input.names_source,
        }
    }
}

/// A wording of a caucus note to be asked for.
#[derive(InputObject)]
pub(crate) struct ProposeParaphraseInput {
    /// Of which note to the facilitators.
    note_id: ID,
    /// The wording: Markdown, at most 40 KiB.
    body: String,
    /// To whom it would be released: GROUP or DELEGATION.
    visibility: NoteVisibility,
    /// To which delegation, where to one.
    delegation_id: Option<ID>,
    /// Whether it would name the note's author.
    #[graphql(default)]
    names_source: bool,
    /// The same key and input again within 24 hours return the first result; 1 to 255 characters.
    idempotency_key: Option<String>,
}

impl From<ProposeParaphraseInput> for app::release::Propose {
    fn from(input: ProposeParaphraseInput) -> Self {
        Self {
            note_id: input.note_id.into(),
            body: input.body,
            visibility: input.visibility.into(),
            delegation_id: input.delegation_id.map(Into::into),
            names_source: input.names_source,
            idempotency_key: input.idempotency_key,
        }
    }
}

/// An answer to a paraphrase of one's own note.
#[derive(InputObject)]
pub(crate) struct AnswerParaphraseInput {
    /// Which paraphrase.
    paraphrase_id: ID,
    /// Whether the author agrees; that releases it.
    agree: bool,
    /// For a paraphrase of a CHATHAM_HOUSE note: the secret that postNote gave.
    edit_secret: Option<String>,
}

impl From<AnswerParaphraseInput> for app::release::Answer {
    fn from(input: AnswerParaphraseInput) -> Self {
        Self {
            paraphrase_id: input.paraphrase_id.into(),
            agree: input.agree,
            edit_secret: input.edit_secret.map(SecretString::from),
        }
    }
}

/// A paraphrase that was proposed or answered.
pub(crate) struct ParaphrasePayload {
    paraphrase: Paraphrase,
    note: Option<Note>,
    takes_effect_at: Option<DateTime>,
}

/// A paraphrase that was proposed or answered.
#[Object]
impl ParaphrasePayload {
    /// The paraphrase, as it is now, or will be from `takesEffectAt` on.
    async fn paraphrase(&self) -> &Paraphrase {
        &self.paraphrase
    }

    /// The note that it became by being agreed to.
    async fn note(&self) -> Option<&Note> {
        self.note.as_ref()
    }

    /// The tick on which the answer takes effect, and the note comes out. Null where it did at once.
    async fn takes_effect_at(&self) -> Option<&DateTime> {
        self.takes_effect_at.as_ref()
    }
}

impl Payload<dipoli_domain::release::Paraphrase> for ParaphrasePayload {
    fn of(reader: &Arc<Reader>, row: dipoli_domain::release::Paraphrase) -> Self {
        Self { paraphrase: Paraphrase::of(reader, row), note: None, takes_effect_at: None }
    }
}

impl Payload<app::release::Answered> for ParaphrasePayload {
    fn of(reader: &Arc<Reader>, answered: app::release::Answered) -> Self {
        let app::release::Answered { paraphrase, note, takes_effect_at } = answered;
        Self {
            paraphrase: Paraphrase::of(reader, paraphrase),
            note: note.map(|note| Note::of(reader, note)),
            takes_effect_at: takes_effect_at.map(Into::into),
        }
    }
}

/// What is done in the caucus channel.
#[derive(Default)]
pub(crate) struct ReleaseMutation;

#[Object]
impl ReleaseMutation {
    /// Releases one's own note to the facilitators, in its exact words, to the group or a delegation. It becomes a new note that refers to none; nothing takes it back. Without one's name it comes out on the tick. Released again to the same audience, it gives the same.
    async fn release_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which note, to whom.")] input: ReleaseNoteInput,
    ) -> Nullable<NotePayload> {
        act(ctx, app::release::release(cx(ctx), input.into())).await
    }

    /// Asks the author of a note to the facilitators to agree to a wording of it that can be passed on; facilitators.
    async fn propose_paraphrase(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which note, in which words, to whom.")] input: ProposeParaphraseInput,
    ) -> Nullable<ParaphrasePayload> {
        act(ctx, app::release::propose(cx(ctx), input.into())).await
    }

    /// Agrees to a paraphrase of one's own note, which releases it, or does not. An answer stands.
    async fn answer_paraphrase(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which paraphrase, and the answer.")] input: AnswerParaphraseInput,
    ) -> Nullable<ParaphrasePayload> {
        act(ctx, app::release::answer(cx(ctx), input.into())).await
    }
}
