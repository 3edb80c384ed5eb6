//! Who reads in this request, and what is loaded for them.
//!
//! Every object holds its reader: what hangs under the viewer of a `signIn` is read as the person who has just signed in,
//! whatever token came with the request. A reader lives as long as its request; nothing that it loads is kept for another.

use std::sync::Arc;

use async_graphql::dataloader::{DataLoader, Loader};
use dipoli_app::Cx;
use dipoli_domain::{delegation::Delegation, id::WorkingGroupId};

use crate::{
    batch::Batches,
    error::{Failure, Result},
    loader::{DelegationsOf, Key, Rows},
};

/// A viewer and their loaders.
pub(crate) struct Reader {
    rows: DataLoader<Rows>,
}

impl Reader {
    /// A reader whose batches run with the request's.
    pub(crate) fn new(cx: Cx, batches: &Batches) -> Arc<Self> {
        Arc::new(Self { rows: DataLoader::new(Rows(cx), batches.clone(), batches.clone()) })
    }

    /// The request of this viewer.
    pub(crate) fn cx(&self) -> &Cx {
        &self.rows.loader().0
    }

    /// What belongs to the key, if the viewer may see it; one statement for all that are asked for together.
    pub(crate) async fn find<K: Key>(&self, key: K) -> Result<Option<<Rows as Loader<K>>::Value>>
    where
        Rows: Loader<K, Error = Failure>,
    {
        self.rows.load_one(key).await
    }

    /// Whether the viewer sits in this group for a delegation that has suspended its participation.
    pub(crate) async fn sits_out(&self, group: WorkingGroupId) -> Result<bool> {
        let Some(own) = self.cx().viewer.seat(group).and_then(|seat| seat.delegation) else { return Ok(false) };
        Ok(self.find(own).await?.is_some_and(|delegation| delegation.is_suspended()))
    }

    /// Whether a delegation of this group stands in the way of silence procedures.
    pub(crate) async fn holds_up_silence(&self, group: WorkingGroupId) -> Result<bool> {
        let delegations = self.find(DelegationsOf(group)).await?;
        Ok(delegations.is_some_and(|all| all.iter().any(Delegation::holds_up_silence)))
    }

    /// What must be there: whoever sees an object sees what it belongs to.
    pub(crate) async fn get<K: Key>(&self, key: K) -> Result<<Rows as Loader<K>>::Value>
    where
        Rows: Loader<K, Error = Failure>,
    {
        self.find(key).await?.ok_or_else(|| Failure::fault("an object is out of sight of who sees what belongs to it"))
    }
}
