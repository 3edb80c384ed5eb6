//! Letters that are due all at once, and a relay that takes its time: each comes once, whoever reads pages meanwhile waits
//! no longer for it, and of several servers none sends what another has sent (M-03).

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use dipoli_testkit::{
    Engine, Process, ask_at, mutation, on_each_database,
    smtp_sink::{Manner, SmtpSink},
};
use serde_json::json;

use crate::{amount, stage::Stage, tell};

/// What is read meanwhile.
const PAGE: &str = include_str!("../../../../schema/operations/Session.graphql");

/// So many read, each as often.
const READERS: u32 = 4;
const EVERY: Duration = Duration::from_millis(200);

/// How long the relay thinks over each letter. Ten are on their way at once.
const THINKS: Duration = Duration::from_millis(50);

/// Each session has this many reminders for each who sits at the table.
const REMINDERS: usize = 3;

/// M-03, and the tenth thousand of reminders that are due at one moment.
async fn reminders_that_are_due_at_once_come_once_each(engine: Engine) {
    let relay = SmtpSink::behaving(Manner::default().answering(|step, _| {
        if step == "." {
            thread::sleep(THINKS);
        }
        None
    }));
    let (people, sessions) = (amount(9, 99), amount(10, 34));
    let (stage, process) = Stage::set(engine, people).await;
    assert_eq!(process.stops().0.code(), Some(0));
    stage.mails_to(relay.address());
    let replicas: Vec<Process> = (0..if engine == Engine::Postgres { 3 } else { 1 }).map(|_| stage.serve()).collect();
    let first = &replicas[0];
    for _ in 1..sessions {
        stage.schedules(first);
    }
    for token in &stage.people[..READERS as usize] {
        (0..5).for_each(|_| posts(&stage, first, token));
    }
    // What tells of the sessions leaves first.
    let others = "SELECT count(*) FROM outbox WHERE state IN ('queued', 'claimed') AND due_at <= written_at";
    let content = stage.raw().await;
    while content.number(others).await > 0 {
        thread::sleep(Duration::from_millis(100));
    }
    let told = relay.taken();

    let reading = Reading::begin(&stage, first);
    thread::sleep(Duration::from_secs(amount(2, 30) as u64));
    let idle = reading.ends();
    let due = (people + 1) * sessions * REMINDERS;
    let reading = Reading::begin(&stage, first);
    let begun = Instant::now();
    let fall_due = "UPDATE outbox SET due_at = written_at WHERE kind = 'reminder' AND state = 'queued'";
    assert_eq!(content.run(fall_due).await, due as u64, "all of them wait");
    posts(&stage, first, &stage.people[0]);
    until(&relay, told + due);
    let (took, draining) = (begun.elapsed(), reading.ends());
    tell(&format!(
        "{due} reminders in {took:?}; of a hundred pages 50 and 99 came within {:?} and {:?} before, {:?} and {:?} meanwhile: \
         {:.2} times",
        within(&idle, 50),
        within(&idle, 99),
        within(&draining, 50),
        within(&draining, 99),
        within(&draining, 99).as_secs_f64() / within(&idle, 99).as_secs_f64(),
    ));
    // One that came twice would come soon after.
    thread::sleep(Duration::from_secs(2));
    for replica in replicas {
        assert_eq!(replica.stops().0.code(), Some(0));
    }
    let received = relay.received();
    let ids: BTreeSet<_> = received.iter().map(|received| message_id(&received.mail)).collect();
    assert_eq!((received.len(), ids.len()), (told + due, told + due), "none is lost, and none came twice");
    assert_eq!(content.number("SELECT count(*) FROM outbox WHERE kind = 'reminder' AND state <> 'sent'").await, 0);
    stage.verifies();
}

fn posts(stage: &Stage, process: &Process, token: &str) {
    let input =
        json!({ "sessionId": stage.session["id"], "body": "Text", "visibility": "GROUP", "attribution": "NAMED" });
    process.ask("aalto", Some(token), &mutation("postNote", "note { id }"), &json!({ "input": input })).good();
}

fn until(relay: &SmtpSink, letters: usize) {
    let begun = Instant::now();
    while relay.taken() < letters {
        let limit = Duration::from_secs(60 + letters as u64 / 10);
        assert!(begun.elapsed() < limit, "{} of {letters} came", relay.taken());
        thread::sleep(Duration::from_millis(20));
    }
}

fn message_id(mail: &[u8]) -> String {
    let mail = String::from_utf8_lossy(mail).into_owned();
    mail.lines().find_map(|line| line.strip_prefix("Message-ID: ")).expect("a Message-ID").to_owned()
}

/// Some who read a page at a steady pace, whether or not the last one has come: what comes late was waited for.
struct Reading {
    done: Arc<AtomicBool>,
    readers: Vec<JoinHandle<Vec<Duration>>>,
}

impl Reading {
    fn begin(stage: &Stage, process: &Process) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let readers = (0..READERS).zip(&stage.people).map(|(reader, token)| {
            let (address, session, token) =
                (process.address().to_owned(), json!({ "id": stage.session["id"] }), token.clone());
            let done = Arc::clone(&done);
            thread::spawn(move || {
                let mut due = Instant::now() + EVERY * reader / READERS;
                let mut took = Vec::new();
                while !done.load(Ordering::Relaxed) {
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    ask_at(&address, "aalto", Some(&token), PAGE, &session).expect("an answer").good();
                    took.push(due.elapsed());
                    due += EVERY;
                }
                took
            })
        });
        Self { readers: readers.collect(), done }
    }

    /// How long the pages took, in order.
    fn ends(self) -> Vec<Duration> {
        self.done.store(true, Ordering::Relaxed);
        let mut took: Vec<_> =
            self.readers.into_iter().flat_map(|reader| reader.join().expect("nobody fails")).collect();
        took.sort_unstable();
        took
    }
}

/// Within which so many of a hundred are.
fn within(sorted: &[Duration], percent: usize) -> Duration {
    sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default()
}

on_each_database!(reminders_that_are_due_at_once_come_once_each);
