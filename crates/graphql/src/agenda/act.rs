//! What is done to agenda items: proposing, changing, ordering, adopting, withdrawing.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use dipoli_app as app;
use dipoli_domain::agenda::Placed;

use super::AgendaItem;
use crate::{
    connection::patch,
    context::{Payload, act, cx},
    node::OfRow,
    note::Attribution,
    nullable::Nullable,
    reader::Reader,
};

/// An item to be proposed.
#[derive(InputObject)]
pub(crate) struct ProposeAgendaItemInput {
    /// For which session.
    session_id: ID,
    /// Its title.
    title: String,
    /// What it is about.
    #[graphql(default)]
    description: String,
    /// How long it takes.
    duration_minutes: Option<i32>,
    /// Who leads it: a seat of the same group.
    lead_membership_id: Option<ID>,
    /// The session's unless given; stricter only.
    attribution: Option<Attribution>,
    /// The same key and input again within 24 hours return the first result; 1 to 255 characters.
    idempotency_key: Option<String>,
}

impl From<ProposeAgendaItemInput> for app::agenda::Propose {
    fn from(input: ProposeAgendaItemInput) -> Self {
        Self {
            session_id: input.session_id.into(),
            title: input.title,
            description: input.description,
            duration_minutes: input.duration_minutes,
            lead_membership_id: input.lead_membership_id.map(Into::into),
            attribution: input.attribution.map(Into::into),
            idempotency_key: input.idempotency_key,
        }
    }
}

/// A change of an item. What is left out stays.
#[derive(InputObject)]
pub(crate) struct UpdateAgendaItemInput {
    /// Which item.
    agenda_item_id: ID,
    /// The version last seen.
    expected_version: i32,
    /// A new title.
    title: MaybeUndefined<String>,
    /// A new description.
    description: MaybeUndefined<String>,
    /// Another duration; null for an unknown one.
    duration_minutes: MaybeUndefined<i32>,
    /// Another lead; null for none.
    lead_membership_id: MaybeUndefined<ID>,
    /// Stricter only.
    attribution: MaybeUndefined<Attribution>,
}

impl From<UpdateAgendaItemInput> for app::agenda::Update {
    fn from(input: UpdateAgendaItemInput) -> Self {
        Self {
            agenda_item_id: input.agenda_item_id.into(),
            expected_version: input.expected_version,
            title: patch(input.title),
            description: patch(input.description),
            duration_minutes: patch(input.duration_minutes),
            lead_membership_id: patch(input.lead_membership_id),
            attribution: patch(input.attribution),
        }
    }
}

/// An item to be moved.
#[derive(InputObject)]
pub(crate) struct MoveAgendaItemInput {
    /// Which item.
    agenda_item_id: ID,
    /// Where to, from 1; the others close ranks.
    position: i32,
}

/// An item to be adopted by the chair's word.
#[derive(InputObject)]
pub(crate) struct AdoptAgendaItemInput {
    /// Which item.
    agenda_item_id: ID,
    /// The version last seen, if one wishes to be sure which text is adopted.
    expected_version: Option<i32>,
}

/// An adoption by the chair's word that one objects to.
#[derive(InputObject)]
pub(crate) struct ObjectToAdoptionInput {
    /// Of which item.
    agenda_item_id: ID,
}

/// An objected item to be proposed anew.
#[derive(InputObject)]
pub(crate) struct ProposeAgendaItemAnewInput {
    /// Which item; one's own.
    agenda_item_id: ID,
    /// A new title, if need be.
    title: Option<String>,
    /// A new description, if need be.
    description: Option<String>,
}

/// An item to be deferred.
#[derive(InputObject)]
pub(crate) struct DeferAgendaItemInput {
    /// Which item.
    agenda_item_id: ID,
    /// To which later session of the same group.
    session_id: ID,
}

/// An item to be taken back.
#[derive(InputObject)]
pub(crate) struct WithdrawAgendaItemInput {
    /// Which item; one's own.
    agenda_item_id: ID,
}

/// An item that was proposed or changed.
pub(crate) struct AgendaItemPayload {
    agenda_item: AgendaItem,
}

/// An item that was proposed or changed.
#[Object]
impl AgendaItemPayload {
    /// The item, as it is now.
    async fn agenda_item(&self) -> &AgendaItem {
        &self.agenda_item
    }
}

impl Payload<Placed> for AgendaItemPayload {
    fn of(reader: &Arc<Reader>, row: Placed) -> Self {
        Self { agenda_item: AgendaItem::of(reader, row) }
    }
}

/// What is done about the agenda.
#[derive(Default)]
pub(crate) struct AgendaMutation;

#[Object]
impl AgendaMutation {
    /// Proposes an item, which goes to the agenda's end; everyone but observers.
    async fn propose_agenda_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which item, for which session.")] input: ProposeAgendaItemInput,
    ) -> Nullable<AgendaItemPayload> {
        act(ctx, app::agenda::propose(cx(ctx), input.into())).await
    }

    /// Changes one's own proposed item. Its attribution is made stricter by organizers and facilitators too.
    async fn update_agenda_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which item, and what changes.")] input: UpdateAgendaItemInput,
    ) -> Nullable<AgendaItemPayload> {
        act(ctx, app::agenda::update(cx(ctx), input.into())).await
    }

    /// Moves an item; organizers, facilitators. Positions stay without gaps, also where two people move at once.
    async fn move_agenda_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which item, and where to.")] input: MoveAgendaItemInput,
    ) -> Nullable<AgendaItemPayload> {
        act(ctx, app::agenda::move_to(cx(ctx), &input.agenda_item_id, input.position)).await
    }

    /// Adopts an item by the chair's word; facilitators. Adoption freezes its text.
    async fn adopt_agenda_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which item.")] input: AdoptAgendaItemInput,
    ) -> Nullable<AgendaItemPayload> {
        act(ctx, app::agenda::adopt(cx(ctx), &input.agenda_item_id, input.expected_version)).await
    }

    /// Objects to an adoption by the chair's word; participants, until the session's end and for at least 24 hours.
    async fn object_to_adoption(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which item.")] input: ObjectToAdoptionInput,
    ) -> Nullable<AgendaItemPayload> {
        act(ctx, app::agenda::object_to_adoption(cx(ctx), &input.agenda_item_id)).await
    }

    /// Proposes one's own objected item anew, with a new text if need be; it goes under silence.
    async fn propose_agenda_item_anew(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which item, in which words.")] input: ProposeAgendaItemAnewInput,
    ) -> Nullable<AgendaItemPayload> {
        let (title, description) = (input.title.as_deref(), input.description.as_deref());
        act(ctx, app::agenda::propose_anew(cx(ctx), &input.agenda_item_id, title, description)).await
    }

    /// Defers an item to a later session, where it is proposed; facilitators. Its history and notes stay where they were. Gives
    /// the item in its new place. What stands on a later agenda already is deferred there.
    async fn defer_agenda_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which item, to which session.")] input: DeferAgendaItemInput,
    ) -> Nullable<AgendaItemPayload> {
        act(ctx, app::agenda::defer(cx(ctx), &input.agenda_item_id, &input.session_id)).await
    }

    /// Takes one's own item back.
    async fn withdraw_agenda_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which item.")] input: WithdrawAgendaItemInput,
    ) -> Nullable<AgendaItemPayload> {
        act(ctx, app::agenda::withdraw(cx(ctx), &input.agenda_item_id)).await
    }
}
