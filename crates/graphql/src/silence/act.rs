//! What is done about silence procedures: opening, withdrawing, breaking.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use dipoli_app as app;
use dipoli_domain::silence::Silence;

use super::{ObjectionGround, SilenceProcedure};
use crate::{
    context::{Payload, act, cx},
    node::OfRow,
    nullable::Nullable,
    reader::Reader,
    scalar::DateTime,
};

/// Freezes the item's text until the procedure ends.
#[derive(InputObject)]
pub(crate) struct OpenSilenceProcedureInput {
    /// On which item.
    agenda_item_id: ID,
    /// Until when silence can be broken: at least the track's shortest period from now.
    deadline: DateTime,
    /// The version last seen, if one wishes to be sure which text is put to the group.
    expected_version: Option<i32>,
    /// The same key and input again within 24 hours return the first result; 1 to 255 characters.
    idempotency_key: Option<String>,
}

impl From<OpenSilenceProcedureInput> for app::silence::Open {
    fn from(input: OpenSilenceProcedureInput) -> Self {
        Self {
            agenda_item_id: input.agenda_item_id.into(),
            deadline: input.deadline.into(),
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        }
    }
}

/// A procedure to be taken back.
#[derive(InputObject)]
pub(crate) struct WithdrawSilenceProcedureInput {
    /// Which procedure.
    silence_procedure_id: ID,
}

/// Exactly on the deadline is too late.
#[derive(InputObject)]
pub(crate) struct BreakSilenceInput {
    /// Which procedure.
    silence_procedure_id: ID,
    /// On what ground.
    ground: ObjectionGround,
    /// The objection, in writing; 1 to 10,000 characters.
    statement: String,
    /// Wording that one could accept instead.
    amendment: Option<String>,
    /// The same key and input again within 24 hours return the first result; 1 to 255 characters.
    idempotency_key: Option<String>,
}

impl From<BreakSilenceInput> for app::silence::Break {
    fn from(input: BreakSilenceInput) -> Self {
        Self {
            silence_procedure_id: input.silence_procedure_id.into(),
            ground: input.ground.into(),
            statement: input.statement,
            amendment: input.amendment,
            idempotency_key: input.idempotency_key,
        }
    }
}

/// A silence procedure that was opened, withdrawn or broken.
pub(crate) struct SilenceProcedurePayload {
    silence_procedure: SilenceProcedure,
}

/// A silence procedure that was opened, withdrawn or broken.
#[Object]
impl SilenceProcedurePayload {
    /// The procedure, as it is now.
    async fn silence_procedure(&self) -> &SilenceProcedure {
        &self.silence_procedure
    }
}

impl Payload<Silence> for SilenceProcedurePayload {
    fn of(reader: &Arc<Reader>, row: Silence) -> Self {
        Self { silence_procedure: SilenceProcedure::of(reader, row) }
    }
}

/// What is done about silence procedures.
#[derive(Default)]
pub(crate) struct SilenceMutation;

#[Object]
impl SilenceMutation {
    /// Puts an item to the group by silence; facilitators. Its text, its attribution and the roll of those who may object are
    /// frozen, and all who see the item are told.
    async fn open_silence_procedure(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "On which item, until when.")] input: OpenSilenceProcedureInput,
    ) -> Nullable<SilenceProcedurePayload> {
        act(ctx, app::silence::open(cx(ctx), input.into())).await
    }

    /// Takes a silence procedure back before its deadline; facilitators. The item is proposed again.
    async fn withdraw_silence_procedure(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which procedure.")] input: WithdrawSilenceProcedureInput,
    ) -> Nullable<SilenceProcedurePayload> {
        act(ctx, app::silence::withdraw(cx(ctx), &input.silence_procedure_id)).await
    }

    /// Breaks silence by an objection or an amendment; participants. Nobody objects too often: no limit holds here. Objections
    /// are taken until the deadline, also after the first.
    async fn break_silence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which procedure, and why.")] input: BreakSilenceInput,
    ) -> Nullable<SilenceProcedurePayload> {
        act(ctx, app::silence::break_silence(cx(ctx), input.into())).await
    }
}
