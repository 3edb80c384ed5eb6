//! A load that keeps a journal: each writer posts notes of its own, one after the other, each under a key of its own that it
//! sends again until somebody acknowledges it.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use dipoli_testkit::{Raw, ask_at, mutation};
use serde_json::{Value, json};

use crate::stage::Stage;

/// Between two notes of a writer: 120 changes a minute are allowed to a person.
const PACE: Duration = Duration::from_millis(510);

/// Where the servers are that take requests just now: what a proxy knows.
#[derive(Clone, Default)]
pub struct Doors(Arc<Mutex<Vec<String>>>);

impl Doors {
    /// From now on these.
    pub fn lead_to(&self, addresses: impl IntoIterator<Item = String>) {
        *self.0.lock().expect("nobody panics with it") = addresses.into_iter().collect();
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().expect("nobody panics with it").clone()
    }
}

/// A load that runs.
pub struct Load {
    stop: Arc<AtomicBool>,
    failures: Arc<AtomicUsize>,
    writers: Vec<JoinHandle<Vec<Entry>>>,
}

/// What a writer knows of a note.
struct Entry {
    key: String,
    acknowledged: Option<String>,
    took: Duration,
}

/// What all writers know, when they have stopped.
pub struct Journal {
    entries: Vec<Entry>,
    failures: usize,
}

impl Load {
    /// Begins: a writer for each person.
    pub fn begin(stage: &Stage, doors: &Doors) -> Self {
        let (stop, failures) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let writers = stage.people.iter().enumerate().map(|(number, token)| {
            let writer = Writer {
                number,
                token: token.clone(),
                session: stage.session["id"].clone(),
                doors: doors.clone(),
                stop: Arc::clone(&stop),
                failures: Arc::clone(&failures),
            };
            thread::spawn(move || writer.writes())
        });
        Self { writers: writers.collect(), stop, failures }
    }

    /// Ends: what was begun is sent until it is acknowledged.
    pub fn ends(self) -> Journal {
        self.stop.store(true, Ordering::Relaxed);
        let entries = self.writers.into_iter().flat_map(|writer| writer.join().expect("a writer ends")).collect();
        Journal { entries, failures: self.failures.load(Ordering::Relaxed) }
    }
}

struct Writer {
    number: usize,
    token: String,
    session: Value,
    doors: Doors,
    stop: Arc<AtomicBool>,
    failures: Arc<AtomicUsize>,
}

impl Writer {
    fn writes(self) -> Vec<Entry> {
        let mut entries = Vec::new();
        while !self.stop.load(Ordering::Relaxed) {
            let key = format!("{}-{}-{}", std::process::id(), self.number, entries.len());
            let begun = Instant::now();
            let acknowledged = self.until_acknowledged(&key);
            entries.push(Entry { key, acknowledged, took: begun.elapsed() });
            thread::sleep(PACE.saturating_sub(begun.elapsed()));
        }
        entries
    }

    /// The note's id, once somebody gave it.
    fn until_acknowledged(&self, key: &str) -> Option<String> {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(120) {
            let mut doors = self.doors.all();
            // Each has one that it asks first, so that all of them have something to do.
            let first = self.number.checked_rem(doors.len()).unwrap_or_default();
            doors.rotate_left(first);
            for door in doors {
                match self.posts(&door, key) {
                    // Nothing was sent: a proxy asks the next one.
                    Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                    Ok(Some(id)) => return Some(id),
                    Ok(None) | Err(_) => {
                        self.failures.fetch_add(1, Ordering::Relaxed);
                        break;
                    }
                }
            }
            thread::sleep(Duration::from_millis(30));
        }
        None
    }

    fn posts(&self, door: &str, key: &str) -> io::Result<Option<String>> {
        let input = json!({ "sessionId": self.session, "body": "Text", "visibility": "PRIVATE", "attribution": "NAMED",
            "idempotencyKey": key });
        let document = mutation("postNote", "note { id }");
        let answer = ask_at(door, "aalto", Some(&self.token), &document, &json!({ "input": input }))?;
        Ok(answer.at("/postNote/note/id").as_str().map(str::to_owned))
    }
}

impl Journal {
    /// Everything that was acknowledged is in the database, once, with its event.
    pub async fn agrees_with(&self, content: &Raw) {
        let acknowledged: BTreeMap<&str, &str> = self
            .entries
            .iter()
            .map(|entry| (entry.key.as_str(), entry.acknowledged.as_deref().expect("it was acknowledged in the end")))
            .collect();
        let ids: BTreeSet<_> = acknowledged.values().collect();
        assert_eq!(ids.len(), self.entries.len(), "no two are one");
        let lists: Vec<String> = ids.iter().map(|id| content.id(&json!(id))).collect();
        for some in lists.chunks(200) {
            let there = format!("SELECT count(*) FROM note WHERE id IN ({})", some.join(", "));
            assert_eq!(content.number(&there).await, i64::try_from(some.len()).expect("small"), "none is missing");
        }
        let notes = content.number("SELECT count(*) FROM note").await;
        assert_eq!(notes, i64::try_from(ids.len()).expect("small"), "none is there twice");
        let events = content.number("SELECT count(*) FROM audit_event WHERE action = 'note.posted'").await;
        assert_eq!(notes, events, "each has its event");
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Requests that were sent and came to nothing.
    pub const fn failures(&self) -> usize {
        self.failures
    }

    /// How long the slowest of a hundred took.
    pub fn p99(&self) -> Duration {
        let mut all: Vec<_> = self.entries.iter().map(|entry| entry.took).collect();
        all.sort_unstable();
        all.get(all.len() * 99 / 100).copied().unwrap_or_default()
    }
}
