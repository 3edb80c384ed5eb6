//! The query root.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use dipoli_app::{self as app, Pass};
use dipoli_domain::refusal::Refusal;
use futures_util::future::try_join_all;

use crate::{
    audit::{AuditEventConnection, WholeLog},
    connection::page,
    context::{reader, track},
    delivery::Delivery,
    error::Result,
    list::List,
    node::{self, Node, OfRow},
    nullable::{Nullable, answer},
    person::{AllPeople, PersonConnection, Viewer},
    record::RecordFormat,
    release::Paraphrase,
    scalar::DateTime,
    session::{SessionConnection, SessionCount, SessionFilter},
    track::Track,
    working_group::{AllGroups, WorkingGroup, WorkingGroupConnection},
};

/// Ids that `nodes` takes at most.
const MOST_NODES: usize = 100;

/// Where reading begins.
pub(crate) struct Query;

/// A WebSocket that stays open.
#[derive(SimpleObject)]
pub(crate) struct Renewal {
    /// Until when the new token is good.
    expires_at: DateTime,
}

/// What can be read.
#[Object]
impl Query {
    /// The compartment this endpoint serves.
    async fn track(&self, ctx: &Context<'_>) -> Track {
        Track(track(ctx).clone())
    }

    /// The signed-in person and what is theirs.
    async fn viewer(&self, ctx: &Context<'_>) -> Viewer {
        Viewer::new(reader(ctx).clone())
    }

    /// Null, without an error, for whatever the viewer may not see, does not exist, or is no id at all.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "The object's id.")] id: ID) -> Nullable<Node> {
        answer(node::find(reader(ctx), &id)).await
    }

    /// At most 100.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The objects' ids; null stands in the place of each that node would not find.")] ids: Vec<ID>,
    ) -> Result<List<Option<Node>>> {
        if ids.len() > MOST_NODES {
            return Err(Refusal::bad_input("ids", "At most 100 ids are taken at once.").into());
        }
        Ok(try_join_all(ids.iter().map(|id| node::find(reader(ctx), id))).await?.into_iter().collect())
    }

    /// Null as node is.
    async fn working_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The group's short name.")] slug: String,
    ) -> Nullable<WorkingGroup> {
        answer(async {
            let reader = reader(ctx);
            Ok(app::working_group::by_slug(reader.cx(), &slug).await?.map(|row| WorkingGroup::of(reader, row)))
        })
        .await
    }

    /// The viewer's groups; all of them for an administrator.
    async fn working_groups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "So many from the beginning, 0 to 100; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<WorkingGroupConnection> {
        let reader = reader(ctx);
        let rows = app::working_group::list(reader.cx(), &page(first, after, last, before)).await?;
        Ok(WorkingGroupConnection::new(reader, rows, AllGroups))
    }

    /// Sessions of the viewer's groups.
    async fn sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only sessions like this.")] filter: Option<SessionFilter>,
        #[graphql(desc = "So many from the beginning, 0 to 100; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<SessionConnection> {
        let (reader, filter) = (reader(ctx), SessionFilter::or_all(filter));
        let rows = app::session::list(reader.cx(), &filter, &page(first, after, last, before)).await?;
        Ok(SessionConnection::new(reader, rows, SessionCount::All(filter)))
    }

    /// Administrators: everyone. Organizers: those they share a group with.
    async fn people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "So many from the beginning, 0 to 100; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<PersonConnection> {
        let reader = reader(ctx);
        let rows = app::person::list(reader.cx(), &page(first, after, last, before)).await?;
        Ok(PersonConnection::new(reader, rows, AllPeople))
    }

    /// How letters are delivered, of the last thirty days. Organizers: about sessions of their groups. Administrators: about all, and what is about none. Empty, without an error, for everyone else.
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only letters about this session.")] session_id: Option<ID>,
    ) -> Result<List<Delivery>> {
        let rows = app::delivery::list(reader(ctx).cx(), session_id.as_ref().map(|id| id.as_str())).await?;
        Ok(rows.into_iter().map(Delivery::from).collect())
    }

    /// The paraphrases of a note to the facilitators under the Chatham House Rule, to whoever has its edit secret. Empty, without an error, for everyone else.
    async fn paraphrases(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which note.")] note_id: ID,
        #[graphql(desc = "The secret that postNote gave.")] edit_secret: String,
    ) -> Result<List<Paraphrase>> {
        let reader = reader(ctx);
        let rows = app::release::paraphrases_by_secret(reader.cx(), &note_id, &edit_secret.into()).await?;
        Ok(rows.into_iter().map(|row| Paraphrase::of(reader, row)).collect())
    }

    /// A record as it leaves the system, with the track's marking, its formality, what stands adopted and whether the record reflects a consensus. Null as node is.
    async fn record_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which record.")] record_id: ID,
        #[graphql(desc = "In which form.")] format: RecordFormat,
    ) -> Nullable<String> {
        answer(async { Ok(app::record::export(reader(ctx).cx(), &record_id, format.into()).await?) }).await
    }

    /// Takes a later access token of the same sign-in for the WebSocket over which this is asked, which stays open with it. Anywhere else FAILED_PRECONDITION.
    async fn renew(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new access token, as refreshTokens gave it.")] access_token: String,
    ) -> Nullable<Renewal> {
        answer(async {
            let nothing_open =
                || Refusal::state("Only a WebSocket is renewed; elsewhere each request brings its token.");
            let pass = ctx.data_opt::<Arc<Pass>>().ok_or_else(nothing_open)?;
            Ok(Renewal { expires_at: pass.renew(access_token.into()).await?.into() })
        })
        .await
    }

    /// Administrators only.
    async fn audit_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "So many from the beginning, 0 to 100; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<AuditEventConnection> {
        let reader = reader(ctx);
        let rows = app::audit::list(reader.cx(), &page(first, after, last, before)).await?;
        Ok(AuditEventConnection::new(reader, rows, WholeLog))
    }
}
