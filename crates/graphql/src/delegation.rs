//! Delegations: the sides at a group's table.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use dipoli_app as app;

use crate::{
    context::{Payload, act, cx},
    membership::Membership,
    node::OfRow,
    nullable::{Nullable, answer},
    reader::Reader,
};

/// Whether a delegation takes part.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Participation {
    /// It does.
    Full,
    /// It has suspended it: its members read as before and may object, post no notes and are not reminded. Nothing is put under silence, and nothing adopted by it.
    Suspended,
    /// The same, but its spokesperson agrees that silence procedures are opened and run out meanwhile.
    SuspendedAgreeingToSilence,
}

/// A delegation, as it is read.
pub(crate) struct Delegation {
    reader: Arc<Reader>,
    row: dipoli_domain::delegation::Delegation,
}

impl OfRow for Delegation {
    type Row = dipoli_domain::delegation::Delegation;
    fn of(reader: &Arc<Reader>, row: Self::Row) -> Self {
        Self { reader: reader.clone(), row }
    }
}

/// A side at the table of one working group.
#[Object]
impl Delegation {
    /// Opaque, random, unique in the track.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// As it stands on the table.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// Who speaks for it, and alone may suspend its participation: while that seat is in effect and for this delegation.
    async fn spokesperson(&self) -> Nullable<Membership> {
        answer(async {
            let Some(id) = self.row.spokesperson else { return Ok(None) };
            let found = self.reader.find(id).await?;
            Ok(found.map(|row| Membership::of(&self.reader, Arc::unwrap_or_clone(row))))
        })
        .await
    }

    /// Whether it takes part.
    async fn participation(&self) -> Participation {
        use dipoli_domain::delegation::Participation as Stored;
        match self.row.participation {
            Stored::Full => Participation::Full,
            Stored::Suspended { silence_may_proceed: false } => Participation::Suspended,
            Stored::Suspended { silence_may_proceed: true } => Participation::SuspendedAgreeingToSilence,
        }
    }

    /// What the viewer may do about it.
    async fn viewer_can(&self) -> DelegationActs {
        let can = app::delegation::can(self.reader.cx(), &self.row);
        DelegationActs {
            name_spokesperson: can.name_spokesperson,
            agree_on_spokesperson: can.agree_on_spokesperson,
            suspend: can.suspend,
        }
    }
}

/// What the viewer may do about a delegation, by the policy that also answers the attempt.
#[derive(SimpleObject)]
pub(crate) struct DelegationActs {
    /// Say who speaks for it.
    name_spokesperson: bool,
    /// Agree with its other participants who speaks for it.
    agree_on_spokesperson: bool,
    /// Suspend its participation, end that, and agree to silence meanwhile.
    suspend: bool,
}

/// A delegation to be added.
#[derive(InputObject)]
pub(crate) struct AddDelegationInput {
    /// At whose table.
    working_group_id: ID,
    /// As it stands on the table; unique in the group.
    name: String,
    /// The seat of whoever speaks for it, once they sit for it.
    spokesperson_id: Option<ID>,
    /// The same key and input again within 24 hours return the first result; 1 to 255 characters.
    idempotency_key: Option<String>,
}

impl From<AddDelegationInput> for app::delegation::Add {
    fn from(input: AddDelegationInput) -> Self {
        Self {
            working_group_id: input.working_group_id.into(),
            name: input.name,
            spokesperson_id: input.spokesperson_id.map(Into::into),
            idempotency_key: input.idempotency_key,
        }
    }
}

/// Who is to speak for a delegation.
#[derive(InputObject)]
pub(crate) struct NameSpokespersonInput {
    /// Which delegation.
    delegation_id: ID,
    /// Whose seat; null for nobody's.
    membership_id: Option<ID>,
}

/// Who should speak for one's own delegation.
#[derive(InputObject)]
pub(crate) struct AgreeOnSpokespersonInput {
    /// Which delegation.
    delegation_id: ID,
    /// Whose seat: a participant's of the delegation.
    membership_id: ID,
}

/// A delegation that suspends its participation.
#[derive(InputObject)]
pub(crate) struct SuspendParticipationInput {
    /// Which delegation.
    delegation_id: ID,
    /// Whether silence procedures are opened and run out meanwhile. Where they may not, those that are open are withdrawn.
    #[graphql(default = false)]
    silence_may_proceed: bool,
}

/// A delegation that takes part again.
#[derive(InputObject)]
pub(crate) struct ResumeParticipationInput {
    /// Which delegation.
    delegation_id: ID,
}

/// A delegation that was added or changed.
pub(crate) struct DelegationPayload {
    delegation: Delegation,
}

/// A delegation that was added or changed.
#[Object]
impl DelegationPayload {
    /// The delegation, as it is now.
    async fn delegation(&self) -> &Delegation {
        &self.delegation
    }
}

impl Payload<dipoli_domain::delegation::Delegation> for DelegationPayload {
    fn of(reader: &Arc<Reader>, row: dipoli_domain::delegation::Delegation) -> Self {
        Self { delegation: Delegation::of(reader, row) }
    }
}

/// What is done about delegations.
#[derive(Default)]
pub(crate) struct DelegationMutation;

#[Object]
impl DelegationMutation {
    /// Adds a side to a group's table; organizers, administrators.
    async fn add_delegation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which delegation, and where.")] input: AddDelegationInput,
    ) -> Nullable<DelegationPayload> {
        act(ctx, app::delegation::add(cx(ctx), input.into())).await
    }

    /// Says who speaks for a delegation; organizers, administrators.
    async fn name_spokesperson(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which delegation, and who.")] input: NameSpokespersonInput,
    ) -> Nullable<DelegationPayload> {
        let whom = input.membership_id.as_deref().map(String::as_str);
        act(ctx, app::delegation::name_spokesperson(cx(ctx), &input.delegation_id, whom)).await
    }

    /// Says who should speak for one's own delegation; its participants. When all of them have named the same, that is who does; until then nobody is shown whom one named.
    async fn agree_on_spokesperson(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which delegation, and who.")] input: AgreeOnSpokespersonInput,
    ) -> Nullable<DelegationPayload> {
        act(ctx, app::delegation::agree_on_spokesperson(cx(ctx), &input.delegation_id, &input.membership_id)).await
    }

    /// Suspends a delegation's participation, or changes its word on silence meanwhile; its spokesperson. All at the table are told, and what is under silence is withdrawn, unless the input says that it may proceed.
    async fn suspend_participation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which delegation.")] input: SuspendParticipationInput,
    ) -> Nullable<DelegationPayload> {
        act(ctx, app::delegation::suspend(cx(ctx), &input.delegation_id, input.silence_may_proceed)).await
    }

    /// Ends the suspension of a delegation's participation; its spokesperson. All at the table are told.
    async fn resume_participation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which delegation.")] input: ResumeParticipationInput,
    ) -> Nullable<DelegationPayload> {
        act(ctx, app::delegation::resume(cx(ctx), &input.delegation_id)).await
    }
}
