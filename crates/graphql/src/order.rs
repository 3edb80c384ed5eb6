//! Order without precedence: how a group lists its delegations, and the chair that goes round in that order.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use dipoli_app as app;

use crate::{
    context::{act, cx},
    nullable::Nullable,
    scalar::LanguageTag,
    session::SessionPayload,
    working_group::WorkingGroupPayload,
};

/// In which order a group lists its delegations: never by date of joining or size.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::order::OrderKind")]
pub(crate) enum DelegationOrder {
    /// By their names, as the agreed language sorts them.
    Alphabetical,
    /// By lots, of which each delegation has drawn one.
    Lot,
    /// By their names, and beginning one further with each session that was concluded.
    Rotating,
}

/// What a group has agreed on.
#[derive(InputObject)]
pub(crate) struct AgreeOnOrderInput {
    /// Which group.
    working_group_id: ID,
    /// The version last seen.
    expected_version: i32,
    /// In which order delegations are listed.
    order: DelegationOrder,
    /// In whose alphabet, where it is by name; as before unless given.
    language: Option<LanguageTag>,
    /// Whether the chair of sessions goes round in that order; as before unless given.
    chair_rotates: Option<bool>,
}

/// A chair to be passed on.
#[derive(InputObject)]
pub(crate) struct PassChairInput {
    /// Of which session.
    session_id: ID,
}

/// What is done about order and chair.
#[derive(Default)]
pub(crate) struct OrderMutation;

#[Object]
impl OrderMutation {
    /// Writes down in which order the group has agreed to list its delegations, and whether the chair goes round; organizers, administrators. Where lots are to decide, each delegation draws one, once.
    async fn agree_on_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which group, and what was agreed.")] input: AgreeOnOrderInput,
    ) -> Nullable<WorkingGroupPayload> {
        let agreed = app::order::Agree {
            working_group_id: input.working_group_id.into(),
            expected_version: input.expected_version,
            kind: input.order.into(),
            language: input.language.map(Into::into),
            chair_rotates: input.chair_rotates,
        };
        act(ctx, app::order::agree(cx(ctx), agreed)).await
    }

    /// Passes on the chair of a session that has not ended to the next delegation; participants of the delegation whose turn it is.
    async fn pass_chair(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which session.")] input: PassChairInput,
    ) -> Nullable<SessionPayload> {
        act(ctx, async move { app::chair::pass(cx(ctx), &input.session_id).await }).await
    }
}
