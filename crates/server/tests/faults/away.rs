//! A database that goes away, or says nothing any more, behind a wire that can be cut and frozen.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use dipoli_testkit::{Engine, FreshDatabase, Process, ask_at, mutation, on_each_database, selection};
use serde_json::{Value, json};

use crate::{
    amount,
    journal::{Doors, Load},
    stage::{PASSWORD, Stage, make, sign_in_as_ada},
    tell,
};

const FLOWS: u8 = 0;
const FROZEN: u8 = 1;
const CUT: u8 = 2;

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
            _ => match from.read(&mut bytes) {
                Ok(0) => break,
                Ok(number) if to.write_all(&bytes[..number]).is_err() => break,
                Ok(_) => {}
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
    journal.agrees_with(&stage.raw().await).await;
    stage.verifies();
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

/// of three tracks one has a frozen database; the others do not notice.
async fn a_frozen_track_is_not_the_others_fault(engine: Engine) {
    if engine == Engine::Sqlite {
        return;
    }
    let (stage, process) = Stage::set(engine, 0).await;
    let databases = [FreshDatabase::make().await, FreshDatabase::make().await];
    let wires = [Wire::before(&databases[0].url()), Wire::before(&databases[1].url())];
    make(stage.folder(), "saarinen", &wires.each_ref().map(|wire| wire.url.clone()));
    let (ours, theirs) = (sign_in_as_ada(&process, "aalto"), sign_in_as_ada(&process, "saarinen"));
    let asks = |times: usize| {
        let mut took: Vec<Duration> = (0..times)
            .map(|_| {
                let begun = Instant::now();
                let seen = process.ask("aalto", Some(&ours), "{ viewer { person { id } } }", &json!({}));
                seen.good();
                begun.elapsed()
            })
            .collect();
        took.sort_unstable();
        took[took.len() * 99 / 100]
    };
    let before = asks(amount(100, 2_000));
    wires.iter().for_each(|wire| wire.is(FROZEN));
    let address = process.address().to_owned();
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let (address, token) = (address.clone(), theirs.clone());
            thread::spawn(move || {
                ask_at(&address, "saarinen", Some(&token), "{ viewer { person { id } } }", &json!({}))
                    .expect("an answer")
            })
        })
        .collect();
    let during = asks(amount(100, 2_000));
    assert_eq!(process.admin("/readyz").status, 200, "one track's database is not the others' fault");
    for answer in waiting {
        answer.join().expect("it ends").refused(&["UNAVAILABLE"]);
    }
    tell(&format!("p99 of a neighbour {before:?} before, {during:?} while a track is frozen"));
    wires.iter().for_each(|wire| wire.is(FLOWS));
    assert_eq!(process.stops().0.code(), Some(0));
}

on_each_database!(a_database_that_is_away_comes_back_and_nothing_is_lost, a_frozen_track_is_not_the_others_fault);
