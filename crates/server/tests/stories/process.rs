//! The program itself, on sockets: it serves, keeps its log free of everything and everyone, and stops when told.

use std::time::{Duration, Instant};

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
    let (status, told) = process.stops();
    assert_eq!(status.code(), Some(0), "{told}");
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

on_each_database!(it_serves_and_its_log_tells_nothing);
