//! A database that goes away, or says nothing any more, behind a wire that can be cut and frozen.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use dipoli_testkit::{Engine, FreshDatabase, Process, ask_at, mutation, on_each_database, selection};
use serde_json::{Value, json};

use crate::{
    amount,
    journal::{Doors, Load},
    stage::{PASSWORD, PROGRAM, Stage, make, sign_in_as_ada},
    tell,
};

/// What is asked of a track.
const ASKED: &str = "{ viewer { person { id } } }";

const FLOWS: u8 = 0;
const FROZEN: u8 = 1;
const CUT: u8 = 2;
const SLOW: u8 = 3;

/// How long what goes over a slow wire takes.
const LATE: Duration = Duration::from_millis(150);

/// A wire to a database.
struct Wire {
    url: String,
    state: Arc<AtomicU8>,
}

impl Wire {
    /// In front of the database of an address.
    fn before(url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").expect("an address");
        let (authority, name) = rest.split_once('/').expect("a database");
        let (user, host) = authority.rsplit_once('@').unwrap_or(("postgres", authority));
        let host = if host.contains(':') { host.to_owned() } else { format!("{host}:5432") };
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("{scheme}://{user}@{}/{name}", listener.local_addr().expect("an address"));
        let state = Arc::new(AtomicU8::new(FLOWS));
        let seen = Arc::clone(&state);
        thread::spawn(move || {
            for inner in listener.incoming().map_while(Result::ok) {
                if seen.load(Ordering::Relaxed) == CUT {
                    continue;
                }
                let Ok(outer) = TcpStream::connect(&host) else { continue };
                for (from, to) in [(&inner, &outer), (&outer, &inner)] {
                    let (from, to) = (from.try_clone().expect("a socket"), to.try_clone().expect("a socket"));
                    let seen = Arc::clone(&seen);
                    thread::spawn(move || pour(from, to, &seen));
                }
            }
        });
        Self { url, state }
    }

    fn is(&self, state: u8) {
        self.state.store(state, Ordering::Relaxed);
    }
}

fn pour(mut from: TcpStream, mut to: TcpStream, state: &AtomicU8) {
    let mut bytes = [0; 16 * 1024];
    // A socket that cannot be told to look up is looked at when something comes.
    let _ = from.set_read_timeout(Some(Duration::from_millis(50)));
    loop {
        match state.load(Ordering::Relaxed) {
            CUT => break,
            FROZEN => thread::sleep(Duration::from_millis(20)),
            state => match from.read(&mut bytes) {
                Ok(0) => break,
                Ok(number) => {
                    if state == SLOW {
                        thread::sleep(LATE);
                    }
                    if to.write_all(&bytes[..number]).is_err() {
                        break;
                    }
                }
                Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                }
                Err(_) => break,
            },
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

/// cut, and frozen; and all is well soon after.
async fn a_database_that_is_away_comes_back_and_nothing_is_lost(engine: Engine) {
    if engine == Engine::Sqlite {
        return; // A file does not go away while it is open.
    }
    let databases = [FreshDatabase::make().await, FreshDatabase::make().await];
    let wires = [Wire::before(&databases[0].url()), Wire::before(&databases[1].url())];
    let folder = tempfile::tempdir().expect("a folder");
    let (mut stage, process) = Stage::at(folder.path(), &wires.each_ref().map(|wire| wire.url.clone()), 4);
    stage.content = databases[0].url();
    let doors = Doors::default();
    doors.lead_to([process.address().to_owned()]);
    let load = Load::begin(&stage, &doors);
    thread::sleep(Duration::from_secs(1));
    let before = process.memory();
    for state in [CUT, FROZEN] {
        wires.iter().for_each(|wire| wire.is(state));
        let begun = Instant::now();
        while process.admin("/readyz").status != 503 {
            assert!(begun.elapsed() < Duration::from_secs(30), "it is not ready without its database");
            thread::sleep(Duration::from_millis(100));
        }
        tell(&format!("not ready after {:?}", begun.elapsed()));
        assert_eq!(process.admin("/livez").status, 200);
        strangers_notice_nothing(&process);
        let token = stage.people.first().map(String::as_str);
        let told = ask_at(process.address(), "aalto", token, "{ viewer { person { id } } }", &json!({}));
        told.expect("it answers").refused(&["UNAVAILABLE"]);
        thread::sleep(Duration::from_secs(amount(1, 300) as u64));
        let grown = process.memory().saturating_sub(before);
        wires.iter().for_each(|wire| wire.is(FLOWS));
        let begun = Instant::now();
        while process.admin("/readyz").status != 200 {
            assert!(begun.elapsed() < Duration::from_secs(60), "it is ready again");
            thread::sleep(Duration::from_millis(100));
        }
        tell(&format!("ready again after {:?}; {grown} KiB more memory meanwhile", begun.elapsed()));
    }
    let journal = load.ends();
    assert_eq!(process.stops().0.code(), Some(0));
    a_cold_track_is_nobodys_until_its_database_is_back(&stage, &wires);
    journal.agrees_with(&stage.raw().await).await;
    stage.verifies();
}

/// A server that starts while the database is away: strangers notice nothing once opening has failed, and the track is opened
/// as soon as it can be, whether anybody asks or not.
fn a_cold_track_is_nobodys_until_its_database_is_back(stage: &Stage, wires: &[Wire]) {
    wires.iter().for_each(|wire| wire.is(CUT));
    let process = Process::serve(PROGRAM, stage.folder());
    let who = |token: Option<&str>| process.ask("aalto", token, "{ viewer { person { id } } }", &Value::Null);
    who(Some("garbage")).refused(&["UNAUTHENTICATED"]);
    strangers_notice_nothing(&process);
    wires.iter().for_each(|wire| wire.is(FLOWS));
    let begun = Instant::now();
    while process.admin("/readyz").status != 200 {
        assert!(begun.elapsed() < Duration::from_secs(60), "it is ready");
        thread::sleep(Duration::from_millis(100));
    }
    thread::sleep(Duration::from_secs(6));
    let token = sign_in_as_ada(&process, "aalto");
    who(Some(&token)).good();
    assert_eq!(process.stops().0.code(), Some(0));
}

/// to whoever is not known there, a track whose database is away answers as one that does not exist, as quickly.
fn strangers_notice_nothing(process: &Process) {
    // {"typ":"at+jwt","alg":"EdDSA","kid":"no such key"}, and whatever.
    let forged = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSIsImtpZCI6Im5vIHN1Y2gga2V5In0.e30.AAAA";
    let made_up = format!("dipoli_pat_{}", "A".repeat(43));
    let who = ("{ viewer { person { id } } }".to_owned(), Value::Null);
    let tries = |name: &str, input: Value| (mutation(name, selection(name)), input);
    let sign_in = |email: &str| tries("signIn", json!({ "email": email, "password": PASSWORD }));
    let junk = "A".repeat(43);
    for (bearer, (document, input)) in [
        (None, who.clone()),
        (Some("garbage"), who.clone()),
        (Some(forged), who.clone()),
        (Some(&*made_up), who),
        (None, sign_in("nobody@example.org")),
        (None, sign_in("ada@example.org")),
        (None, tries("refreshTokens", json!({ "refreshToken": junk }))),
        (None, tries("requestPasswordReset", json!({ "email": "ada@example.org" }))),
        (None, tries("resetPassword", json!({ "token": junk, "password": "nine bridges over the Aura" }))),
    ] {
        let told = ["saarinen", "aalto"].map(|track| {
            let begun = Instant::now();
            let told = process.ask(track, bearer, &document, &json!({ "input": input }));
            (told, begun.elapsed())
        });
        let [(nowhere, soon), (away, took)] = told;
        assert_eq!(away.bytes(), nowhere.bytes(), "{document} {input}");
        assert!(took < soon + Duration::from_millis(1_500), "{document} {input}: {took:?} where {soon:?} is usual");
    }
}

/// of three tracks one has a database that is slow, frozen and away, while many ask it something; the others do not
/// notice.
async fn a_bad_track_is_not_the_others_fault(engine: Engine) {
    if engine == Engine::Sqlite {
        return;
    }
    let (stage, process) = Stage::set(engine, 0).await;
    let databases = [FreshDatabase::make().await, FreshDatabase::make().await];
    let wires = [Wire::before(&databases[0].url()), Wire::before(&databases[1].url())];
    make(stage.folder(), "saarinen", &wires.each_ref().map(|wire| wire.url.clone()));
    make(stage.folder(), "sonck", &[]);
    let theirs = sign_in_as_ada(&process, "saarinen");
    let others = ["aalto", "sonck"].map(|track| (track, sign_in_as_ada(&process, track)));
    let times = amount(100, 2_000);
    let mut before = None;
    for (state, word) in [(FLOWS, "well"), (SLOW, "slow"), (FROZEN, "frozen"), (CUT, "away")] {
        let stop = Arc::new(AtomicBool::new(false));
        wires.iter().for_each(|wire| wire.is(state));
        let waiting = asked_by_many(&process, "saarinen", &theirs, &stop);
        let during = others.each_ref().map(|(track, token)| p99(&process, track, token, times));
        let before = before.get_or_insert(during);
        for (((track, _), before), during) in others.iter().zip(before).zip(during) {
            let more = during.as_secs_f64() / before.as_secs_f64();
            tell(&format!("p99 of {track} while a track is {word}: {during:?}, {more:.2} times that while it is well"));
        }
        assert_eq!(process.admin("/readyz").status, 200, "one track's database is not the others' fault");
        stop.store(true, Ordering::Relaxed);
        for asked in waiting {
            let (good, unavailable) = asked.join().expect("each has an answer");
            match state {
                FLOWS | SLOW => assert!(good > 0, "{word}: {good} good, {unavailable} not"),
                _ => assert!(good == 0 && unavailable > 0, "{word}: {good} good, {unavailable} not"),
            }
        }
        wires.iter().for_each(|wire| wire.is(FLOWS));
    }
    assert_eq!(process.stops().0.code(), Some(0));
}

/// How long the slowest of a hundred took, at a steady pace.
fn p99(process: &Process, track: &str, token: &str, times: usize) -> Duration {
    let mut took: Vec<Duration> = (0..times)
        .map(|_| {
            let begun = Instant::now();
            process.ask(track, Some(token), ASKED, &json!({})).good();
            let took = begun.elapsed();
            thread::sleep(Duration::from_millis(10).saturating_sub(took));
            took
        })
        .collect();
    took.sort_unstable();
    took[took.len() * 99 / 100]
}

/// Ten ask a track again and again until they are told to stop; each gives how many answers were good, and how many said that
/// it is not available.
fn asked_by_many(
    process: &Process,
    track: &'static str,
    token: &str,
    stop: &Arc<AtomicBool>,
) -> Vec<JoinHandle<(usize, usize)>> {
    let one = |_| {
        let (address, token, stop) = (process.address().to_owned(), token.to_owned(), Arc::clone(stop));
        thread::spawn(move || {
            let (mut good, mut unavailable) = (0, 0);
            while !stop.load(Ordering::Relaxed) {
                let answer = ask_at(&address, track, Some(&token), ASKED, &json!({})).expect("an answer");
                if answer.at("/viewer/person/id").is_string() {
                    good += 1;
                } else {
                    answer.refused(&["UNAVAILABLE"]);
                    unavailable += 1;
                }
                thread::sleep(Duration::from_millis(200));
            }
            (good, unavailable)
        })
    };
    (0..10).map(one).collect()
}

on_each_database!(a_database_that_is_away_comes_back_and_nothing_is_lost, a_bad_track_is_not_the_others_fault);
