//! Doing an act again, the whole of it, where another transaction was in its way (requirements R-04): PostgreSQL says so
//! with a serialization failure or a deadlock, and nothing is left of the transaction then.
//!
//! Deliberately absent: doing anything again whose end is not known. A connection that broke at a commit is UNAVAILABLE,
//! and whoever asked decides, with their idempotency key.

use std::time::Duration;

use uuid::Uuid;

use crate::{Error, Result};

/// How often an act is done again at most.
const MOST: u32 = 5;

/// How often an act was done again.
#[derive(Debug, Default)]
pub struct Tries(u32);

impl Tries {
    /// Whether to do it again after this outcome. Waits 10 to 200 ms before it says yes, so that those who were in each
    /// other's way do not meet again.
    pub async fn again<T>(&mut self, outcome: &Result<T>) -> bool {
        matches!(outcome, Err(Error::Again)) && self.one_more().await
    }

    /// The same, once it is known that nothing is left of what was done.
    pub async fn one_more(&mut self) -> bool {
        if self.0 == MOST {
            return false;
        }
        self.0 += 1;
        tokio::time::sleep(pause()).await;
        true
    }
}

/// 10…200 ms.
fn pause() -> Duration {
    let random = Uuid::new_v4().as_u128() % 191;
    Duration::from_millis(10 + u64::try_from(random).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_act_is_done_again_five_times_at_most_and_only_where_nothing_is_left_of_it() {
        let mut tries = Tries::default();
        let begun = tokio::time::Instant::now();
        for attempt in 1..=5 {
            assert!(tries.again::<()>(&Err(Error::Again)).await, "{attempt}");
        }
        assert!(!tries.again::<()>(&Err(Error::Again)).await);
        assert!(begun.elapsed() >= Duration::from_millis(50));
        for outcome in [Ok(()), Err(Error::Unavailable), Err(Error::Fault(String::new()))] {
            assert!(!Tries::default().again(&outcome).await);
        }
    }

    #[test]
    fn those_who_met_wait_for_different_times() {
        let pauses: std::collections::BTreeSet<_> = (0..100).map(|_| pause()).collect();
        assert!(pauses.iter().all(|pause| (10..=200).contains(&pause.as_millis())) && pauses.len() > 10);
    }
}
