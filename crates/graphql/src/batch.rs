//! When what loaders have collected is asked for: at the moment when nothing else can go on.
//!
//! The query is polled until it waits. Then every key that any field of that level wanted has been handed in, so the
//! batches begin, one statement each, and the query goes on when rows come. Deliberately absent: timers and tasks. A delay
//! costs every level of every query that long, and a batch on another thread may begin before its keys are complete.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::Duration,
};

use async_graphql::runtime::Timer;
use futures_util::{
    future::{self, BoxFuture, FutureExt},
    stream::{FuturesUnordered, StreamExt},
    task::{FutureObj, Spawn, SpawnError},
};

/// The batches of one request that wait to begin.
#[derive(Clone, Default)]
pub(crate) struct Batches(Arc<Mutex<Vec<FutureObj<'static, ()>>>>);

impl Batches {
    /// Runs `query`, and its batches whenever it waits.
    pub(crate) async fn drive<T>(&self, query: impl Future<Output = T>) -> T {
        let mut query = pin!(query);
        let mut running = FuturesUnordered::new();
        poll_fn(|cx| {
            loop {
                if let Poll::Ready(answer) = query.as_mut().poll(cx) {
                    return Poll::Ready(answer);
                }
                running.extend(self.take());
                match running.poll_next_unpin(cx) {
                    Poll::Ready(Some(())) => {}
                    Poll::Ready(None) | Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await
    }

    fn take(&self) -> Vec<FutureObj<'static, ()>> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Spawn for Batches {
    fn spawn_obj(&self, batch: FutureObj<'static, ()>) -> Result<(), SpawnError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(batch);
        Ok(())
    }
}

/// No waiting: [`Batches::drive`] knows when a batch is complete.
impl Timer for Batches {
    fn delay(&self, _: Duration) -> BoxFuture<'static, ()> {
        future::ready(()).boxed()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use async_graphql::dataloader::{DataLoader, Loader};
    use futures_util::future::join_all;

    use super::*;

    #[derive(Clone, Default)]
    struct Counting(Arc<Mutex<Vec<usize>>>);

    impl Loader<u32> for Counting {
        type Value = u32;
        type Error = ();
        async fn load(&self, keys: &[u32]) -> Result<HashMap<u32, u32>, ()> {
            self.0.lock().expect("no one panics").push(keys.len());
            tokio::task::yield_now().await;
            Ok(keys.iter().map(|key| (*key, key * 10)).collect())
        }
    }

    #[tokio::test]
    async fn a_level_is_one_batch_however_wide_it_is() {
        let (batches, counting) = (Batches::default(), Counting::default());
        let loader = DataLoader::new(counting.clone(), batches.clone(), batches.clone());
        let query = join_all((0..300).map(|key| {
            let loader = &loader;
            async move {
                let tenfold = loader.load_one(key).await.expect("loads").expect("there");
                loader.load_one(tenfold).await.expect("loads").expect("there")
            }
        }));
        let rows = batches.drive(query).await;
        assert_eq!(rows[7], 700);
        assert_eq!(*counting.0.lock().expect("no one panics"), [300, 300]);
    }
}
