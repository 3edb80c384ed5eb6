//! What a request brings: its track, its viewer, its batches.

use std::sync::Arc;

use async_graphql::Context;
use dipoli_app::{self as app, Cx, Knock, Track};
use futures_util::future::BoxFuture;

use crate::{
    batch::Batches,
    nullable::{Nullable, answer},
    reader::Reader,
};

/// A payload that is made of what an act gave.
pub(crate) trait Payload<Row> {
    /// The payload, read by who acted.
    fn of(reader: &Arc<Reader>, row: Row) -> Self;
}

/// The compartment.
pub(crate) fn track<'a>(ctx: &Context<'a>) -> &'a Arc<Track> {
    ctx.data_opt().expect("every request is run in a track")
}

/// Who knocks, as far as it is known before sign-in.
pub(crate) fn knock<'a>(ctx: &Context<'a>) -> &'a Knock {
    ctx.data_opt().expect("every request comes from somewhere")
}

/// The request's batches.
pub(crate) fn batches<'a>(ctx: &Context<'a>) -> &'a Batches {
    ctx.data_opt().expect("every request is run with its batches")
}

/// Who reads.
pub(crate) fn reader<'a>(ctx: &Context<'a>) -> &'a Arc<Reader> {
    ctx.data_opt().expect("a document with a field that needs a viewer is run with one, or not at all")
}

/// Who acts.
pub(crate) fn cx<'a>(ctx: &Context<'a>) -> &'a Cx {
    reader(ctx).cx()
}

/// A mutation of a signed-in person: does it, and wraps what it gave. A refusal nulls this field alone.
pub(crate) fn act<'a, P: Payload<Row>, Row>(
    ctx: &'a Context<'_>,
    done: impl Future<Output = app::Result<Row>> + Send + 'a,
) -> BoxFuture<'a, Nullable<P>> {
    answer(async { Ok(P::of(reader(ctx), done.await?)) })
}
