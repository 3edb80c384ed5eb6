//! Silence procedures. None can exist yet, and the types say so: they have no values. What opens or breaks one answers
//! "not yet", never silently wrong.

use std::{convert::Infallible, sync::Arc};

use async_graphql::{Context, Enum, ID, InputObject, Object};
use dipoli_app as app;
use dipoli_domain::refusal::Refusal;

use crate::{
    agenda::AgendaItem,
    context::{Payload, act, cx},
    list::List,
    membership::Membership,
    nullable::{Nullable, answer},
    reader::Reader,
    scalar::DateTime,
};

/// Where a silence procedure stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SilenceStatus {
    /// Until the deadline it can be broken.
    Open,
    /// An objection arrived before the deadline.
    Broken,
    /// The deadline passed without an objection.
    Adopted,
    /// Taken back by a facilitator before the deadline.
    Withdrawn,
}

/// On what ground silence is broken.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ObjectionGround {
    /// The text ties this dialogue to another policy track.
    Linkage,
    /// Against what the text says.
    Substance,
    /// Against using the silence procedure at all: the item goes to the next session, without counting as disagreement on substance.
    Procedure,
}

/// A silence procedure; none can exist yet.
pub(crate) struct SilenceProcedure(Infallible);

impl SilenceProcedure {
    /// Whatever is asked of one that does not exist.
    fn none<T>(&self) -> T {
        match self.0 {}
    }
}

/// Tacit adoption of an agenda item: adopted unless someone objects before the deadline.
#[Object]
impl SilenceProcedure {
    /// Opaque, random, unique in the track.
    pub(crate) async fn id(&self) -> ID {
        self.none()
    }

    /// What is under silence.
    async fn agenda_item(&self) -> AgendaItem {
        self.none()
    }

    /// Where it stands.
    async fn status(&self) -> SilenceStatus {
        self.none()
    }

    /// When it was opened.
    async fn opened_at(&self) -> DateTime {
        self.none()
    }

    /// Until when it can be broken; exactly then is too late.
    async fn deadline(&self) -> DateTime {
        self.none()
    }

    /// What broke it.
    async fn objections(&self) -> List<Objection> {
        self.none()
    }
}

/// An objection; none can exist yet.
pub(crate) struct Objection(Infallible);

impl Objection {
    /// Whatever is asked of one that does not exist.
    fn none<T>(&self) -> T {
        match self.0 {}
    }
}

/// What broke silence: an objection or an amendment, in writing.
#[Object]
impl Objection {
    /// Opaque, random, unique in the track.
    pub(crate) async fn id(&self) -> ID {
        self.none()
    }

    /// On what ground.
    async fn ground(&self) -> ObjectionGround {
        self.none()
    }

    /// The objection, in writing.
    async fn statement(&self) -> String {
        self.none()
    }

    /// Wording that the objector could accept instead.
    async fn amendment(&self) -> Option<String> {
        self.none()
    }

    /// To the group's facilitators, who must know whom to talk to, and to the objector; to others null where the item's attribution is CHATHAM_HOUSE.
    async fn objector(&self) -> Option<Membership> {
        self.none()
    }
}

/// Freezes the item's text until the procedure ends.
#[derive(InputObject)]
pub(crate) struct OpenSilenceProcedureInput {
    /// On which item.
    agenda_item_id: ID,
    /// Until when silence can be broken.
    deadline: DateTime,
    /// The version last seen, if one wishes to be sure which text is put to the group.
    expected_version: Option<i32>,
    /// The same key and input again within 24 hours return the first result; 1 to 255 characters.
    idempotency_key: Option<String>,
}

impl From<OpenSilenceProcedureInput> for app::agenda::OpenSilence {
    fn from(input: OpenSilenceProcedureInput) -> Self {
        Self { agenda_item_id: input.agenda_item_id.into(), deadline: input.deadline.into() }
    }
}

/// Exactly on the deadline is too late.
#[derive(InputObject)]
pub(crate) struct BreakSilenceInput {
    /// Which procedure.
    silence_procedure_id: ID,
    /// On what ground.
    ground: ObjectionGround,
    /// The objection, in writing.
    statement: String,
    /// Wording that one could accept instead.
    amendment: Option<String>,
    /// The same key and input again within 24 hours return the first result; 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// A silence procedure that was opened or broken.
pub(crate) struct SilenceProcedurePayload {
    silence_procedure: SilenceProcedure,
}

/// A silence procedure that was opened or broken.
#[Object]
impl SilenceProcedurePayload {
    /// The procedure, as it is now.
    async fn silence_procedure(&self) -> &SilenceProcedure {
        &self.silence_procedure
    }
}

impl Payload<Infallible> for SilenceProcedurePayload {
    fn of(_: &Arc<Reader>, none: Infallible) -> Self {
        Self { silence_procedure: SilenceProcedure(none) }
    }
}

/// What is done about silence procedures.
#[derive(Default)]
pub(crate) struct SilenceMutation;

#[Object]
impl SilenceMutation {
    /// Puts an item to the group by silence; facilitators. Not yet: FAILED_PRECONDITION.
    async fn open_silence_procedure(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "On which item, until when.")] input: OpenSilenceProcedureInput,
    ) -> Nullable<SilenceProcedurePayload> {
        act(ctx, app::agenda::open_silence(cx(ctx), input.into())).await
    }

    /// Breaks silence by an objection or an amendment; participants. Not yet: FAILED_PRECONDITION.
    async fn break_silence(
        &self,
        #[graphql(desc = "Which procedure, and why.")] input: BreakSilenceInput,
    ) -> Nullable<SilenceProcedurePayload> {
        drop(input);
        answer::<_, Option<_>>(async {
            Err(Refusal::state("Silence procedures are not offered yet; nothing was stored.").into())
        })
        .await
    }
}
