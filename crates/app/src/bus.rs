//! What wakes whoever waits for something to come: ids of topics, never content. Whoever is woken looks for themself, with
//! the rights that they have then; who may not see what came finds nothing, and is told nothing.
//!
//! [`Track::tell`] is the one way in. It goes round in this process, and to the others that use the same database, if there can
//! be any; as long as somebody listens here, the others are listened to. Whoever waits looks from time to time by themself
//! besides: what nobody told, since a process was killed or a connection lost, is found then.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use dipoli_domain::id::{SessionId, WorkingGroupId};
use dipoli_store::{Heard, News, Store, StoreError};
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::{Instant, sleep, sleep_until},
};
use uuid::Uuid;

use crate::Track;

/// Topics that can wait for a slow listener; who is slower is told that everything may have changed.
const KEPT: usize = 256;

/// How often whoever waits looks where other processes write and are listened to.
const TOLD: Duration = Duration::from_secs(10);
/// The same where they are not listened to, since the database lets nobody, or its connection is lost.
const UNTOLD: Duration = Duration::from_secs(2);
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

    /// As other processes are told.
    fn word(self) -> String {
        match self {
            Self::Notes(session) => format!("notes {}", session.uuid()),
            Self::Tick => "tick".to_owned(),
            Self::Sessions(group) => format!("sessions {}", group.uuid()),
            Self::Silences(group) => format!("silences {}", group.uuid()),
            Self::Delegations(group) => format!("delegations {}", group.uuid()),
            Self::Records(group) => format!("records {}", group.uuid()),
            Self::People => "people".to_owned(),
            Self::Everything => "everything".to_owned(),
        }
    }

    /// What another process tells. A word that is not known is of a later version, and may be about anything.
    fn of_word(word: &str) -> Self {
        let (name, id) = word.split_once(' ').unwrap_or((word, ""));
        let group = || Uuid::parse_str(id).map(WorkingGroupId::from_uuid);
        let topic = match name {
            "notes" => Uuid::parse_str(id).map(|id| Self::Notes(SessionId::from_uuid(id))),
            "sessions" => group().map(Self::Sessions),
            "silences" => group().map(Self::Silences),
            "delegations" => group().map(Self::Delegations),
            "records" => group().map(Self::Records),
            "tick" => Ok(Self::Tick),
            "people" => Ok(Self::People),
            _ => Ok(Self::Everything),
        };
        topic.unwrap_or(Self::Everything)
    }
}

/// The bus of one track.
pub(crate) struct Bus {
    round: broadcast::Sender<Topic>,
    others: Arc<Others>,
}

/// The other processes that use the track's database.
struct Others {
    /// What this process calls itself among them, so that it does not hear itself.
    name: String,
    /// What they are still to be told.
    outgoing: Mutex<Outgoing>,
    /// Whether somebody is listening to them, or about to.
    is_listening: AtomicBool,
    /// Whether they are heard at this moment.
    are_heard: AtomicBool,
}

#[derive(Default)]
struct Outgoing {
    topics: VecDeque<Topic>,
    /// Whether somebody is telling them.
    is_telling: bool,
}

impl Default for Bus {
    fn default() -> Self {
        let others = Others {
            name: Uuid::new_v4().simple().to_string(),
            outgoing: Mutex::default(),
            is_listening: AtomicBool::new(false),
            are_heard: AtomicBool::new(false),
        };
        Self { round: broadcast::channel(KEPT).0, others: Arc::new(others) }
    }
}

/// Someone who listens, from when they began to.
pub struct Ears {
    heard: broadcast::Receiver<Topic>,
    /// `None` where there are no other processes.
    others: Option<Arc<Others>>,
}

impl Track {
    /// Wakes whoever waits for this, here and, a moment later, in other processes.
    pub fn tell(&self, topic: Topic) {
        // That nobody listens is no fault.
        drop(self.bus.round.send(topic));
        if self.store.is_shared() && self.bus.others.is_to_tell(topic) {
            tokio::spawn(Arc::clone(&self.bus.others).tell(self.store.clone()));
        }
    }

    /// Listens from now on.
    pub fn listen(&self) -> Ears {
        let heard = self.bus.round.subscribe();
        let others = self.store.is_shared().then(|| Arc::clone(&self.bus.others));
        if let Some(others) = &others
            && !others.is_listening.swap(true, Ordering::AcqRel)
        {
            tokio::spawn(Arc::clone(others).listen(self.store.clone(), self.bus.round.clone()));
        }
        Ears { heard, others }
    }
}

impl Others {
    /// Whether somebody has to begin to tell them; it is told together with what waits already.
    fn is_to_tell(&self, topic: Topic) -> bool {
        let mut outgoing = self.outgoing.lock().unwrap_or_else(PoisonError::into_inner);
        if !outgoing.topics.contains(&topic) {
            outgoing.topics.push_back(topic);
        }
        !std::mem::replace(&mut outgoing.is_telling, true)
    }

    /// Tells them what there is to tell. Where the database is away they are not told, and find it by themselves.
    async fn tell(self: Arc<Self>, store: Store) {
        loop {
            let words: Vec<_> = {
                let mut outgoing = self.outgoing.lock().unwrap_or_else(PoisonError::into_inner);
                if outgoing.topics.is_empty() {
                    outgoing.is_telling = false;
                    return;
                }
                outgoing.topics.drain(..).map(|topic| format!("{} {}", self.name, topic.word())).collect()
            };
            if store.tell_others(&words).await.is_err() {
                tracing::debug!("other processes were not told what is new; they look for it themselves");
            }
        }
    }

    /// Listens to them as long as somebody listens here.
    async fn listen(self: Arc<Self>, store: Store, round: broadcast::Sender<Topic>) {
        loop {
            tokio::select! {
                () = self.hear_always(&store, &round) => {}
                () = round.closed() => {}
            }
            self.are_heard.store(false, Ordering::Release);
            self.is_listening.store(false, Ordering::Release);
            // Who began to listen meanwhile has seen that somebody was about to.
            if round.receiver_count() == 0 || self.is_listening.swap(true, Ordering::AcqRel) {
                return;
            }
        }
    }

    async fn hear_always(&self, store: &Store, round: &broadcast::Sender<Topic>) {
        loop {
            self.hear(store, round).await;
            self.are_heard.store(false, Ordering::Release);
            sleep(UNTOLD).await;
        }
    }

    /// Hears them until that is no longer possible.
    async fn hear(&self, store: &Store, round: &broadcast::Sender<Topic>) {
        let Ok(Some(mut news)) = store.news().await else { return };
        self.are_heard.store(true, Ordering::Release);
        // What was told before is not heard.
        drop(round.send(Topic::Everything));
        while let Ok(heard) = self.hears(&mut news).await {
            if let Some(topic) = heard {
                drop(round.send(topic));
            }
        }
    }

    async fn hears(&self, news: &mut News) -> Result<Option<Topic>, StoreError> {
        Ok(match news.hear().await? {
            Heard::Missed => Some(Topic::Everything),
            Heard::Told(words) => match words.split_once(' ') {
                Some((name, _)) if name == self.name => None,
                Some((_, word)) => Some(Topic::of_word(word)),
                None => Some(Topic::Everything),
            },
        })
    }

    fn patience(&self) -> Duration {
        if self.are_heard.load(Ordering::Acquire) { TOLD } else { UNTOLD }
    }
}

impl Ears {
    /// Waits until one of these topics is told, or until it is time to look anyway, `at_most` after which it always is.
    pub async fn wait(&mut self, topics: &[Topic], at_most: Duration) {
        let patience = self.others.as_ref().map_or(ALONE, |others| others.patience());
        let anyway = Instant::now() + patience.min(at_most);
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

    fn ears(bus: &Bus) -> Ears {
        Ears { heard: bus.round.subscribe(), others: None }
    }

    #[test]
    fn what_is_told_to_others_is_understood_by_them() {
        let (session, group) = (SessionId::random(), WorkingGroupId::random());
        for topic in [
            Topic::Notes(session),
            Topic::Tick,
            Topic::Sessions(group),
            Topic::Silences(group),
            Topic::Delegations(group),
            Topic::Records(group),
            Topic::People,
            Topic::Everything,
        ] {
            assert_eq!(Topic::of_word(&topic.word()), topic);
        }
        for word in ["", "notes", "notes x", "of a later version"] {
            assert_eq!(Topic::of_word(word), Topic::Everything);
        }
    }

    #[test]
    fn what_waits_is_told_once_and_by_one() {
        let others = Bus::default().others;
        assert!(others.is_to_tell(Topic::Tick), "somebody begins");
        assert!(!others.is_to_tell(Topic::Tick) && !others.is_to_tell(Topic::People), "and tells this, too");
        assert_eq!(others.outgoing.lock().expect("whole").topics, [Topic::Tick, Topic::People]);
    }

    #[tokio::test]
    async fn one_is_woken_by_what_one_waits_for_and_by_nothing_else() {
        let (bus, long) = (Bus::default(), Duration::from_secs(600));
        let (ours, others) = (Topic::Notes(SessionId::random()), Topic::Notes(SessionId::random()));
        let mut waiting = ears(&bus);
        bus.round.send(others).expect("someone listens");
        bus.round.send(ours).expect("someone listens");
        waiting.wait(&[ours, Topic::Tick], long).await;
        bus.round.send(Topic::Everything).expect("someone listens");
        waiting.wait(&[ours], long).await;
        bus.round.send(others).expect("someone listens");
        waiting.wait(&[ours], Duration::from_millis(20)).await;
    }

    #[tokio::test]
    async fn who_is_too_slow_looks() {
        let (bus, long) = (Bus::default(), Duration::from_secs(600));
        let mut waiting = ears(&bus);
        for _ in 0..KEPT * 2 {
            bus.round.send(Topic::People).expect("someone listens");
        }
        waiting.wait(&[Topic::Tick], long).await;
    }
}
