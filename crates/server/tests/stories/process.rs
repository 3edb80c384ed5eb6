//! The program itself, on sockets: it serves, keeps its log free of everything and everyone, and stops when told.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use dipoli_testkit::{Engine, Process, World, mutation, on_each_database, selection};
use serde_json::{Value, json};

/// Words that stand nowhere but in what is sent.
const CANARIES: [&str; 8] = [
    "kanarslug",
    "Kanarname",
    "Kanartitle",
    "Kanarnote",
    "Kanarperson",
    "kanar@example.org",
    "kanar password nobody guesses",
    "kanar-key",
];

async fn it_serves_and_its_log_tells_nothing(engine: Engine) {
    let mut world = World::new(engine).await;
    let ada = world.administrator("aalto").await;
    world.files().await;
    let process = Process::serve(env!("CARGO_BIN_EXE_dipoli"), &world.data());
    assert_eq!((process.admin("/livez").status, process.admin("/readyz").status), (200, 200));

    let does = |token: Option<&str>, name: &str, input: Value| {
        process.ask("aalto", token, &mutation(name, selection(name)), &json!({ "input": input }))
    };
    let begun = Instant::now();
    let signed_in = does(None, "signIn", json!({ "email": ada.email(), "password": ada.password() }));
    assert!(begun.elapsed() >= Duration::from_millis(500), "a credential is answered no earlier than the floor");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let access = text(&signed_in.good()["signIn"]["accessToken"]);
    let refresh = text(&signed_in.good()["signIn"]["refreshToken"]);
    let token = Some(access.as_str());
    let group = json!({ "slug": CANARIES[0], "name": CANARIES[1], "timeZone": "UTC", "idempotencyKey": CANARIES[7] });
    let group = does(token, "createWorkingGroup", group).good()["createWorkingGroup"]["workingGroup"].clone();
    let seat = json!({ "workingGroupId": group["id"], "email": CANARIES[5], "displayName": CANARIES[4],
        "role": "ORGANIZER" });
    does(token, "addMember", seat).good();
    // The letter leaves by itself; its token makes the organizer's password.
    let begun = Instant::now();
    let invitation = loop {
        let letters = world.letters().to(CANARIES[5]);
        if let Some(invitation) = letters.iter().find_map(dipoli_testkit::Letter::token) {
            break invitation;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "a letter leaves soon: {}", process.told());
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let accepted = does(None, "acceptInvitation", json!({ "token": invitation, "password": CANARIES[6] }));
    let theirs = text(&accepted.good()["acceptInvitation"]["accessToken"]);
    let session = json!({ "workingGroupId": group["id"], "title": CANARIES[2], "startsAt": "2027-03-29T08:00:00Z",
        "endsAt": "2027-03-29T10:00:00Z" });
    let session = does(Some(&theirs), "scheduleSession", session).good()["scheduleSession"]["session"].clone();
    let note = json!({ "sessionId": session["id"], "body": CANARIES[3], "visibility": "PRIVATE" });
    let note = does(Some(&theirs), "postNote", note).good()["postNote"]["note"].clone();

    // And what goes wrong: refused, malformed, forged, unknown.
    does(token, "withdrawNote", json!({ "noteId": note["id"] })).refused(&["NOT_FOUND noteId"]);
    does(None, "signIn", json!({ "email": CANARIES[5], "password": "Kanarname wrong" }));
    for document in ["{ Kanarname }", "{ Kanarname", "query Kanarname { viewer(Kanarnote: 1) { person { id } } }"] {
        process.ask("aalto", token, document, &json!({ "Kanartitle": "Kanarnote" }));
        process.ask(CANARIES[0], Some("Kanartitle"), document, &json!({}));
    }
    let metrics = process.admin("/metrics").bytes().2;
    assert!(metrics.contains("dipoli_requests_total{operation=\"unread\""), "{metrics}");
    assert!(metrics.contains("dipoli_tracks_open 1"), "{metrics}");
    let ready = process.admin("/readyz");
    assert_eq!((ready.status, ready.bytes().2), (200, "ready\n".to_owned()));
    let (status, told) = process.stops();
    assert_eq!(status.code(), Some(0), "{told}");
    let told = told + &metrics;
    let ids = [&group, &session, &note].map(|thing| text(&thing["id"]));
    let secrets = [access, refresh, theirs, invitation, ada.password().to_owned(), ada.email().to_owned()];
    let names = CANARIES.iter().map(|canary| (*canary).to_owned());
    for canary in names.chain(ids).chain(secrets).chain(["aalto".to_owned(), "127.0.0.1".to_owned()]) {
        let line = told.lines().find(|line| line.to_lowercase().contains(&canary.to_lowercase()));
        assert_eq!(line, None, "the log holds {canary}");
    }

    // What was acknowledged is there for the next one.
    world.restarts().await;
    let note = ada.signs_in().await.node(&group["id"], "WorkingGroup", "name").await;
    assert_eq!(note["name"], CANARIES[1]);
}

/// A command of the program: whether it went well, and what it said.
fn dipoli(arguments: &[&str]) -> (bool, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_dipoli")).args(arguments).output().expect("the program starts");
    (done.status.success(), String::from_utf8_lossy(&done.stderr).into_owned())
}

#[test]
fn a_wrong_path_is_not_served() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let (well, told) = dipoli(&["serve", "--listen", "127.0.0.1:0", "--data", data.to_str().expect("a path")]);
    assert!(!well && told.contains("track create"), "{told}");
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 0, "neither a folder nor a key was made");
}

#[test]
fn a_track_that_cannot_be_made_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, password) = (folder.path().join("data"), folder.path().join("password"));
    let create = |given: &[&str]| {
        let data = data.to_str().expect("a path");
        let who = ["--name", "N", "--admin-email", "ada@example.org", "--admin-name", "Ada"];
        dipoli(&[&["track", "create", "kallio", "--data", data], &who[..], given].concat())
    };
    let left = || folder.path().read_dir().expect("a folder").count();
    let unreachable = "postgres://anna:Kanarpassword@127.0.0.1:1/dialogue?sslpassword=Kanarpassword";
    let (well, told) = create(&["--database-url", unreachable]);
    assert!(!well && told.contains("postgres://127.0.0.1:1/dialogue"), "{told}");
    assert!(!told.contains("Kanarpassword"), "{told}");
    assert_eq!(left(), 0, "{told}");

    std::fs::write(&password, "short").expect("a file");
    let (well, told) = create(&["--admin-password-file", password.to_str().expect("a path")]);
    assert!(!well && told.contains("--admin-password-file"), "{told}");
    assert_eq!(left(), 1, "the password file alone: {told}");
}

on_each_database!(it_serves_and_its_log_tells_nothing);
