//! A person's own data: to take along, and their account erased.

use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use dipoli_app as app;

use crate::{
    context::cx,
    nullable::{Nullable, answer},
};

/// What becomes of the NAMED notes of someone whose account is erased. PRIVATE ones go in any case; what was released from the caucus stays.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_app::own_data::NotesLeft")]
pub(crate) enum NotesLeft {
    /// They stay, as of a former participant.
    Stay,
    /// Their text goes, a trace stays.
    Go,
}

/// An account to be erased.
#[derive(InputObject)]
pub(crate) struct EraseMyAccountInput {
    /// The account's address, typed to be sure.
    email: String,
    /// What becomes of NAMED notes.
    notes: NotesLeft,
}

/// The viewer's own data.
#[derive(SimpleObject)]
pub(crate) struct ExportMyDataPayload {
    /// JSON. What was written under the Chatham House Rule is not in it: it has no author.
    json: String,
}

/// An account that was erased.
#[derive(SimpleObject)]
pub(crate) struct EraseMyAccountPayload {
    /// Always true: every token of the account is dead.
    erased: bool,
}

/// What is done with one's own data.
#[derive(Default)]
pub(crate) struct OwnDataMutation;

#[Object]
impl OwnDataMutation {
    /// Gives all that the track holds of the viewer under their name. Needs a fresh sign-in.
    async fn export_my_data(&self, ctx: &Context<'_>) -> Nullable<ExportMyDataPayload> {
        answer(async { Ok(ExportMyDataPayload { json: app::own_data::export(cx(ctx)).await? }) }).await
    }

    /// Erases the viewer's account, for good: seats are left, procedures in which they could object are withdrawn, and what stays is of a former participant. Needs a fresh sign-in.
    async fn erase_my_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which address, and what becomes of the notes.")] input: EraseMyAccountInput,
    ) -> Nullable<EraseMyAccountPayload> {
        answer(async {
            app::own_data::erase(cx(ctx), &input.email, input.notes.into()).await?;
            Ok(EraseMyAccountPayload { erased: true })
        })
        .await
    }
}
