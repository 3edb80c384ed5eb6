//! Delegations: the sides at a group's table.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use dipoli_app as app;

use crate::{
    context::{Payload, act, cx},
    nullable::Nullable,
    reader::Reader,
};

/// A delegation.
pub(crate) struct Delegation(pub(crate) dipoli_domain::delegation::Delegation);

/// A side at the table of one working group.
#[Object]
impl Delegation {
    /// Opaque, random, unique in the track.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// As it stands on the table.
    async fn name(&self) -> &str {
        &self.0.name
    }
}

/// A delegation to be added.
#[derive(InputObject)]
pub(crate) struct AddDelegationInput {
    /// At whose table.
    working_group_id: ID,
    /// As it stands on the table; unique in the group.
    name: String,
    /// The same key and input again within 24 hours return the first result; 1 to 255 characters.
    idempotency_key: Option<String>,
}

impl From<AddDelegationInput> for app::delegation::Add {
    fn from(input: AddDelegationInput) -> Self {
        Self {
            working_group_id: input.working_group_id.into(),
            name: input.name,
            idempotency_key: input.idempotency_key,
        }
    }
}

/// A delegation that was added.
pub(crate) struct DelegationPayload {
    delegation: Delegation,
}

/// A delegation that was added.
#[Object]
impl DelegationPayload {
    /// The delegation.
    async fn delegation(&self) -> &Delegation {
        &self.delegation
    }
}

impl Payload<dipoli_domain::delegation::Delegation> for DelegationPayload {
    fn of(_: &Arc<Reader>, row: dipoli_domain::delegation::Delegation) -> Self {
        Self { delegation: Delegation(row) }
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
}
