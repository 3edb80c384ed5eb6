//! How letters are delivered, for organizers and administrators.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use dipoli_app as app;

use crate::{
    context::{Payload, act, cx},
    correspondence::LetterKind,
    nullable::Nullable,
    reader::Reader,
    scalar::{Date, DateTime},
};

/// Why a letter did not arrive.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::delivery::Failure")]
pub(crate) enum DeliveryFailure {
    /// The mail server refused it for good.
    Refused,
    /// The mail server did not take it, so far.
    NotTaken,
    /// No mail server could be reached, so far.
    Unreachable,
    /// It was tried too often.
    Exhausted,
    /// Nothing goes to the address any more: it was refused for good three times in a row.
    Stopped,
    /// It cannot be made into a mail.
    Unwritable,
}

/// Letters that did not arrive for one reason.
#[derive(SimpleObject)]
pub(crate) struct DeliveryFailures {
    /// The reason.
    failure: DeliveryFailure,
    /// How many, waiting for another try or given up.
    letters: i32,
}

/// How letters of one kind are delivered: about one session, of one day for digests, in all for the rest. Letters that tell of decisions are not counted.
#[derive(SimpleObject)]
pub(crate) struct Delivery {
    /// The session that they are about; null for what is about none.
    session_id: Option<ID>,
    /// What they are about.
    kind: LetterKind,
    /// For digests: the day on which they were written (UTC); null for the rest.
    day: Option<Date>,
    /// How many wait or are on their way.
    queued: i32,
    /// How many a mail server took.
    sent: i32,
    /// How many were given up.
    failed: i32,
    /// Why letters did not arrive, so far or for good.
    failures: Vec<DeliveryFailures>,
    /// When a mail server took the last one; null for digests.
    last_sent_at: Option<DateTime>,
}

impl From<dipoli_domain::delivery::Delivery> for Delivery {
    fn from(row: dipoli_domain::delivery::Delivery) -> Self {
        let failure = |(failure, letters): (dipoli_domain::delivery::Failure, i64)| DeliveryFailures {
            failure: failure.into(),
            letters: number(letters),
        };
        Self {
            session_id: row.session.map(|session| session.to_string().into()),
            kind: row.kind.into(),
            day: row.day.map(Date::of),
            queued: number(row.queued),
            sent: number(row.sent),
            failed: number(row.failed),
            failures: row.failures.into_iter().map(failure).collect(),
            last_sent_at: row.last_sent_at.map(Into::into),
        }
    }
}

fn number(letters: i64) -> i32 {
    i32::try_from(letters).unwrap_or(i32::MAX)
}

/// Letters that were queued again.
#[derive(SimpleObject)]
pub(crate) struct RequeueDeliveryPayload {
    /// How many; none where nothing was given up, or all of it would come too late.
    requeued: i32,
}

impl Payload<u64> for RequeueDeliveryPayload {
    fn of(_: &Arc<Reader>, requeued: u64) -> Self {
        Self { requeued: i32::try_from(requeued).unwrap_or(i32::MAX) }
    }
}

/// Which letters are queued again.
#[derive(InputObject)]
pub(crate) struct RequeueDeliveryInput {
    /// About which session; what is about none, unless given, which is for administrators.
    session_id: Option<ID>,
    /// Of which kind.
    kind: LetterKind,
}

/// What is done about letters that did not arrive.
#[derive(Default)]
pub(crate) struct DeliveryMutation;

#[Object]
impl DeliveryMutation {
    /// Queues letters of a kind again that were given up, where they would not come too late, and tries their addresses anew; organizers and administrators, and what is about no session without a program's token. Codes are asked for anew instead; of invitations the latest to each person is queued.
    async fn requeue_delivery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which letters.")] input: RequeueDeliveryInput,
    ) -> Nullable<RequeueDeliveryPayload> {
        let session = input.session_id.as_ref().map(|id| id.as_str());
        act(ctx, app::delivery::requeue(cx(ctx), session, input.kind.into())).await
    }
}
