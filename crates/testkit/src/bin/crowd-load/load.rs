//! Two hundred sign-ins at once, while others read a session page at a steady pace and the health probe is asked: what the
//! others notice.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use dipoli_testkit::{Process, ask_at, mutation, selection};
use serde_json::{Value, json};

use crate::{
    crowd::{Crowd, PASSWORD, TRACK},
    figures::Figures,
};

const PAGE: &str = include_str!("../../../../../schema/operations/Session.graphql");

/// Pages are asked for at this pace, by this many readers together.
const PAGES_A_SECOND: u32 = 50;
const READERS: u32 = 5;

/// The health probe is asked this often.
const PROBE: Duration = Duration::from_millis(20);

/// Reads without a crowd, to compare with.
pub fn idle(reading: &Reading<'_>, seconds: u64) -> Noticed {
    let stop = AtomicBool::new(false);
    let noticed = thread::scope(|scope| {
        let watched = scope.spawn(|| reading.until(&stop));
        thread::sleep(Duration::from_secs(seconds));
        stop.store(true, Ordering::Relaxed);
        watched.join().expect("no reader fails")
    });
    println!("a session page at {PAGES_A_SECOND} a second, and the health probe every {} ms", PROBE.as_millis());
    noticed.told("idle", "");
    noticed
}

/// Measures, and prints.
pub fn measure(process: &Process, crowd: &Crowd, reading: &Reading<'_>, idle: &Noticed) {
    let memory = process.memory();
    let (stop, entered, refused, most) =
        (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let began = Instant::now();
    let (during, took) = thread::scope(|scope| {
        let watched = scope.spawn(|| reading.until(&stop));
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                most.fetch_max(usize::try_from(process.memory()).unwrap_or(usize::MAX), Ordering::Relaxed);
                thread::sleep(PROBE);
            }
        });
        let crowd: Vec<_> = crowd.active.iter().map(|who| scope.spawn(|| comes_in(process, who))).collect();
        for who in crowd {
            let counter = if who.join().expect("nobody fails") { &entered } else { &refused };
            counter.fetch_add(1, Ordering::Relaxed);
        }
        let took = began.elapsed();
        stop.store(true, Ordering::Relaxed);
        (watched.join().expect("no reader fails"), took)
    });
    let came = format!(
        ", {} entered and {} were told to try again, in {:.1} s",
        entered.into_inner(),
        refused.into_inner(),
        took.as_secs_f64()
    );
    during.told("200 sign-ins at once", &came);
    during.told_against(idle);
    let grown = u64::try_from(most.into_inner()).unwrap_or(u64::MAX).saturating_sub(memory);
    println!("resident memory grew by {} MiB at most, from {} MiB", grown / 1024, memory / 1024);
}

/// What was noticed meanwhile.
pub struct Noticed {
    pages: Figures,
    probes: Figures,
}

impl Noticed {
    /// Prints it.
    pub fn told(&self, when: &str, more: &str) {
        println!(
            "{when}: {} pages p50 {:.1} ms, p99 {:.1} ms; {} probes p99 {:.1} ms{more}",
            self.pages.len(),
            self.pages.within(50),
            self.pages.within(99),
            self.probes.len(),
            self.probes.within(99)
        );
    }

    /// Prints how much longer pages took than when there was no crowd.
    pub fn told_against(&self, idle: &Noticed) {
        println!("page p99 against idle: {:.2} times", self.pages.within(99) / idle.pages.within(99));
    }
}

/// Those who read.
pub struct Reading<'a> {
    process: &'a Process,
    session: String,
    tokens: Vec<String>,
}

impl<'a> Reading<'a> {
    /// Makes what is read, and signs in those who read it.
    pub fn prepare(process: &'a Process, crowd: &Crowd) -> anyhow::Result<Self> {
        let session = prepare(process, crowd)?;
        let tokens = crowd.table[2..].iter().map(|who| token(process, who)).collect::<anyhow::Result<_>>()?;
        Ok(Self { process, session, tokens })
    }
}

impl Reading<'_> {
    /// Reads until it is told to stop.
    pub fn until(&self, stop: &AtomicBool) -> Noticed {
        thread::scope(|scope| {
            let probing = scope.spawn(|| {
                at_a_pace(PROBE, Duration::ZERO, stop, || {
                    self.process.try_admin("/livez").expect("it lives");
                })
            });
            let readers: Vec<_> = (0..READERS)
                .map(|reader| {
                    scope.spawn(move || {
                        let every = Duration::from_secs(1) * READERS / PAGES_A_SECOND;
                        let token = &self.tokens[reader as usize % self.tokens.len()];
                        at_a_pace(every, every * reader / READERS, stop, || {
                            let page = self.process.ask(TRACK, Some(token), PAGE, &json!({ "id": self.session }));
                            assert!(page.at("/node/agenda/11/notes").is_object(), "the page is whole: {}", page.json);
                        })
                    })
                })
                .collect();
            let mut pages = Figures::default();
            readers.into_iter().for_each(|reader| pages.extend(reader.join().expect("no reader fails")));
            Noticed { pages, probes: probing.join().expect("the probe is answered") }
        })
    }
}

/// Does something at a steady pace, whether or not the last one is done: what is late waits, and its waiting counts.
fn at_a_pace(every: Duration, from: Duration, stop: &AtomicBool, act: impl Fn()) -> Figures {
    let mut figures = Figures::default();
    let mut due = Instant::now() + from;
    while !stop.load(Ordering::Relaxed) {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        act();
        figures.add(due.elapsed());
        due += every;
    }
    figures
}

/// Whether someone gets in at once.
fn comes_in(process: &Process, who: &str) -> bool {
    let input = json!({ "input": { "email": who, "password": PASSWORD } });
    let document = mutation("signIn", selection("signIn"));
    let answer = ask_at(process.address(), TRACK, None, &document, &input).expect("an answer");
    !answer.at("/signIn").is_null()
}

fn token(process: &Process, who: &str) -> anyhow::Result<String> {
    let input = json!({ "email": who, "password": PASSWORD });
    let payload = does(process, None, "signIn", "accessToken", input)?;
    Ok(payload["accessToken"].as_str().context("a token")?.to_owned())
}

/// A session with twelve items and five notes on each.
fn prepare(process: &Process, crowd: &Crowd) -> anyhow::Result<String> {
    let (organizer, facilitator) = (token(process, &crowd.table[0])?, token(process, &crowd.table[1])?);
    let input = json!({ "workingGroupId": crowd.group, "title": "Low water",
        "startsAt": "2099-03-01T09:00:00Z", "endsAt": "2099-03-01T17:00:00Z" });
    let scheduled = does(process, Some(&organizer), "scheduleSession", "session { id }", input)?;
    let session = scheduled["session"]["id"].as_str().context("an id")?.to_owned();
    let mut items = Vec::new();
    for number in 0..12 {
        let input = json!({ "sessionId": session, "title": format!("Item {number}"), "durationMinutes": 30 });
        let proposed = does(process, Some(&facilitator), "proposeAgendaItem", "agendaItem { id }", input)?;
        items.push(proposed["agendaItem"]["id"].clone());
    }
    for (number, who) in crowd.table[2..7].iter().enumerate() {
        let author = token(process, who)?;
        for item in &items {
            let body =
                format!("What one has to say, in some two hundred bytes. {}", "It goes on. ".repeat(12 + number));
            let input = json!({ "sessionId": session, "agendaItemId": item, "visibility": "GROUP", "body": body,
                "attribution": "NAMED" });
            does(process, Some(&author), "postNote", "note { id }", input)?;
        }
    }
    Ok(session)
}

fn does(process: &Process, token: Option<&str>, name: &str, selection: &str, input: Value) -> anyhow::Result<Value> {
    let answer = process.ask(TRACK, token, &mutation(name, selection), &json!({ "input": input }));
    let payload = answer.at(&format!("/{name}")).clone();
    anyhow::ensure!(payload.is_object(), "{name}: {}", answer.json);
    Ok(payload)
}
