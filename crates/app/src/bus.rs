//! What wakes whoever waits for something to come: ids of topics, never content. Whoever is woken looks for themself, with
//! the rights that they have then; who may not see what came finds nothing, and is told nothing.
//!
//! It goes round in this process. [`Track::tell`] is the one way in, for whatever hears of other processes too; whoever
//! waits looks from time to time by themself besides.

use std::time::Duration;

use dipoli_domain::id::{SessionId, WorkingGroupId};
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::{Instant, sleep_until},
};

use crate::Track;

/// Topics that can wait for a slow listener; who is slower is told that everything may have changed.
const KEPT: usize = 256;

/// How often whoever waits looks where other processes write, and nobody tells of it.
const SHARED: Duration = Duration::from_secs(2);
/// The same where this process alone writes.
const ALONE: Duration = Duration::from_secs(30);

/// What something was written about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A session's NAMED notes.
    Notes(SessionId),
    /// Notes under the Rule, of whichever sessions: a tick.
    Tick,
    /// A group's sessions.
    Sessions(WorkingGroupId),
    /// What is under silence in a group, or was.
    Silences(WorkingGroupId),
    /// A group's delegations.
    Delegations(WorkingGroupId),
    /// A group's records.
    Records(WorkingGroupId),
    /// Sign-ins, accounts or seats.
    People,
    /// Anything: too much was told at once.
    Everything,
}

impl Topic {
    fn concerns(self, other: Self) -> bool {
        self == other || self == Self::Everything
    }
}

/// The bus of one track.
pub(crate) struct Bus(broadcast::Sender<Topic>);

impl Default for Bus {
    fn default() -> Self {
        Self(broadcast::channel(KEPT).0)
    }
}

/// Someone who listens, from when they began to.
pub struct Ears {
    heard: broadcast::Receiver<Topic>,
    patience: Duration,
}

impl Track {
    /// Wakes whoever waits for this.
    pub fn tell(&self, topic: Topic) {
        // That nobody listens is no fault.
        drop(self.bus.0.send(topic));
    }

    /// Listens from now on.
    pub fn listen(&self) -> Ears {
        let patience = if self.store.is_shared() { SHARED } else { ALONE };
        Ears { heard: self.bus.0.subscribe(), patience }
    }
}

impl Ears {
    /// Waits until one of these topics is told, or until it is time to look anyway, `at_most` after which it always is.
    pub async fn wait(&mut self, topics: &[Topic], at_most: Duration) {
        let anyway = Instant::now() + self.patience.min(at_most);
        loop {
            let told = tokio::select! {
                told = self.heard.recv() => told,
                () = sleep_until(anyway) => return,
            };
            match told {
                Ok(topic) if topics.iter().any(|wanted| topic.concerns(*wanted)) => return,
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => return,
                // The track is gone, and with it whatever could come.
                Err(RecvError::Closed) => return sleep_until(anyway).await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ears(bus: &Bus, patience: Duration) -> Ears {
        Ears { heard: bus.0.subscribe(), patience }
    }

    #[tokio::test]
    async fn one_is_woken_by_what_one_waits_for_and_by_nothing_else() {
        let (bus, long) = (Bus::default(), Duration::from_secs(600));
        let (ours, others) = (Topic::Notes(SessionId::random()), Topic::Notes(SessionId::random()));
        let mut waiting = ears(&bus, long);
        bus.0.send(others).expect("someone listens");
        bus.0.send(ours).expect("someone listens");
        waiting.wait(&[ours, Topic::Tick], long).await;
        bus.0.send(Topic::Everything).expect("someone listens");
        waiting.wait(&[ours], long).await;
        bus.0.send(others).expect("someone listens");
        waiting.wait(&[ours], Duration::from_millis(20)).await;
    }

    #[tokio::test]
    async fn who_is_too_slow_looks() {
        let (bus, long) = (Bus::default(), Duration::from_secs(600));
        let mut waiting = ears(&bus, long);
        for _ in 0..KEPT * 2 {
            bus.0.send(Topic::People).expect("someone listens");
        }
        waiting.wait(&[Topic::Tick], long).await;
    }
}
