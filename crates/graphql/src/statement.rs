//! Interpretative statements.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use dipoli_app as app;
use dipoli_domain::statement::{Speaker, Statement};

use crate::{
    agenda::AgendaItemPayload,
    context::{act, cx},
    delegation::Delegation,
    membership::Membership,
    node::OfRow,
    nullable::{Nullable, answer},
    reader::Reader,
    scalar::DateTime,
};

/// A statement, as it is read.
pub(crate) struct InterpretativeStatement {
    reader: Arc<Reader>,
    row: Statement,
}

impl OfRow for InterpretativeStatement {
    type Row = Statement;
    fn of(reader: &Arc<Reader>, row: Statement) -> Self {
        Self { reader: reader.clone(), row }
    }
}

/// What an adopted item means to a delegation, or to a participant without one. It stands beside the item and does not reopen it.
#[Object]
impl InterpretativeStatement {
    /// Opaque, random, unique in the track.
    async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// The delegation whose it is, whoever spoke for it; null where it is a participant's who sits for none.
    async fn delegation(&self) -> Nullable<Delegation> {
        answer(async {
            let Speaker::Delegation(id) = self.row.speaker else { return Ok(None) };
            Ok(self.reader.find(id).await?.map(|row| Delegation::of(&self.reader, Arc::unwrap_or_clone(row))))
        })
        .await
    }

    /// The participant without a delegation whose it is; null where it is a delegation's.
    async fn participant(&self) -> Nullable<Membership> {
        answer(async {
            let Speaker::Participant(id) = self.row.speaker else { return Ok(None) };
            let row = self.reader.find(id).await?;
            Ok(row.map(|row| Membership::of(&self.reader, Arc::unwrap_or_clone(row))))
        })
        .await
    }

    /// The statement, in writing.
    async fn text(&self) -> &str {
        &self.row.text
    }

    /// When it was attached.
    async fn attached_at(&self) -> DateTime {
        self.row.attached_at.into()
    }
}

/// A statement to be attached to an adopted item, until seven days after its adoption.
#[derive(InputObject)]
pub(crate) struct AttachStatementInput {
    /// Beside which item.
    agenda_item_id: ID,
    /// The statement, in writing; 1 to 10,000 characters. It cannot be taken back.
    text: String,
    /// The same key and input again within 24 hours return the first result; 1 to 255 characters.
    idempotency_key: Option<String>,
}

impl From<AttachStatementInput> for app::statement::Attach {
    fn from(input: AttachStatementInput) -> Self {
        Self { agenda_item_id: input.agenda_item_id.into(), text: input.text, idempotency_key: input.idempotency_key }
    }
}

/// What is done about interpretative statements.
#[derive(Default)]
pub(crate) struct StatementMutation;

#[Object]
impl StatementMutation {
    /// Attaches an interpretative statement to an adopted item: one of the viewer's delegation, or the viewer's own where they sit for none; participants. It is under its speaker's name and stands as it is.
    async fn attach_statement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Beside which item, in which words.")] input: AttachStatementInput,
    ) -> Nullable<AgendaItemPayload> {
        act(ctx, app::statement::attach(cx(ctx), input.into())).await
    }
}
