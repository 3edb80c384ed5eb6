//! The subscription root. The types stand; until there is a transport for them, both fields answer "not yet".

use async_graphql::{ID, Subscription};
use dipoli_domain::refusal::Refusal;
use futures_util::stream::{Empty, Stream};

use crate::{
    error::{Failure, Result},
    note::Note,
    session::Session,
};

/// What subscriptions answer, on any transport.
pub(crate) fn not_yet() -> Refusal {
    Refusal::state("Subscriptions are not offered yet.")
}

/// Where subscriptions begin.
pub(crate) struct Subscriptions;

/// What can be waited for. Policy is asked anew for every event and every subscriber, at the moment of sending.
#[Subscription(name = "Subscription")]
impl Subscriptions {
    /// Notes of a session as they become readable to the viewer. Not yet: FAILED_PRECONDITION.
    async fn note_posted(
        &self,
        #[graphql(desc = "Which session.")] session_id: ID,
    ) -> Result<impl Stream<Item = Note>> {
        drop(session_id);
        Err::<Empty<_>, _>(Failure::from(not_yet()))
    }

    /// A session of the group that was scheduled or changed. Not yet: FAILED_PRECONDITION.
    async fn session_changed(
        &self,
        #[graphql(desc = "Which group.")] working_group_id: ID,
    ) -> Result<impl Stream<Item = Session>> {
        drop(working_group_id);
        Err::<Empty<_>, _>(Failure::from(not_yet()))
    }
}
