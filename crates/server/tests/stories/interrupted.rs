//! What is cut off in the middle is whole or not there: a client that hangs up, a database that is away.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use dipoli_testkit::{Engine, Raw, Table, World, mutation, on_each_database, selection};
use futures_util::future::join_all;
use serde_json::{Value, json};

/// Whatever the clients do not wait for is done whole, or not at all: each note has its event, and each event its note.
async fn a_client_that_hangs_up_leaves_nothing_by_half(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    table.amina.reads("{ viewer { person { id } } }", json!({})).await;
    let posted = async |content: &Raw| {
        let notes = content.number("SELECT count(*) FROM note").await;
        (notes, content.number("SELECT count(*) FROM audit_event WHERE action = 'note.posted'").await)
    };
    let content = table.content().await;
    let note = |key: usize| json!({ "sessionId": session["id"], "body": "Text", "visibility": "PRIVATE", "idempotencyKey": format!("{key}") });
    let begun = Instant::now();
    table.amina.does("postNote", note(0)).await;
    let whole = begun.elapsed();
    for step in 1..=60 {
        // How far it came is not waited for; that is the point.
        let patience = whole * u32::try_from(step).unwrap_or_default() / 40;
        let _ = tokio::time::timeout(patience, table.amina.tries("postNote", note(step))).await;
    }
    let mut before = posted(&content).await;
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = posted(&content).await;
        if now == before {
            break;
        }
        before = now;
    }
    assert_eq!(before.0, before.1, "notes and their events");
    assert!(before.0 > 1, "some of them were posted");
    let seen = table.amina.node(&session["id"], "Session", "notes(first: 100) { totalCount }").await;
    assert_eq!(seen["notes"]["totalCount"], json!(before.0));
}

/// Many write at once, and nobody is told that the database is locked.
async fn many_write_at_once(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let writers = [&table.amina, &table.bram, &table.chen, &table.rita];
    let posts = (0..48).map(|number| writers[number % 4].posts(&session, "GROUP", "Text"));
    let ids: BTreeSet<_> = join_all(posts).await.iter().map(|note| note["id"].to_string()).collect();
    assert_eq!(ids.len(), 48);
    let seen = table.farid.node(&session["id"], "Session", "notes(first: 100) { totalCount }").await;
    assert_eq!(seen["notes"]["totalCount"], 48);
}

/// What is asked before sign-in is answered as ever while a track's database is away; what needs it is UNAVAILABLE.
async fn a_database_that_is_away_is_not_told_to_strangers(engine: Engine) {
    let mut world = World::with_tracks(engine, &["aalto", "saarinen"]).await;
    let ada = world.administrator("aalto").await;
    match engine {
        Engine::Postgres => world.loses("aalto"),
        // A file does not go away while it is open; a server that starts finds it broken.
        Engine::Sqlite => {
            world.files().await;
            std::fs::write(world.track_folder("aalto").join("track.db"), "not a database").expect("a file");
            world.restarts().await;
        }
    }
    let password = "a long enough password";
    let token = "A".repeat(43);
    for (name, input) in [
        ("signIn", json!({ "email": "ada@example.org", "password": password })),
        ("signIn", json!({ "email": "nobody@example.org", "password": password })),
        ("refreshTokens", json!({ "refreshToken": ada.tokens().refresh })),
        ("requestPasswordReset", json!({ "email": "ada@example.org" })),
        ("resetPassword", json!({ "token": token, "password": password })),
        ("acceptInvitation", json!({ "token": token, "password": password })),
    ] {
        let document = mutation(name, selection(name));
        let ask =
            async |slug: &str, input: Value| world.door.ask(slug, None, &document, json!({ "input": input })).await;
        let nowhere = ask("nowhere", input.clone()).await;
        assert_eq!(ask("aalto", input).await.bytes(), nowhere.bytes(), "{name}");
    }
    for document in ["{ __typename }", "{ viewer { person { id } } }"] {
        let nowhere = world.door.ask("nowhere", None, document, json!({})).await;
        assert_eq!(world.door.ask("aalto", None, document, json!({})).await.bytes(), nowhere.bytes(), "{document}");
    }
    // The other track does not notice.
    world.administrator("saarinen").await.reads("{ viewer { person { id } } }", json!({})).await;
}

on_each_database!(
    a_client_that_hangs_up_leaves_nothing_by_half,
    many_write_at_once,
    a_database_that_is_away_is_not_told_to_strangers,
);
