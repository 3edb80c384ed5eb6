//! What is cut off in the middle is whole or not there: a client that hangs up, a database that is away.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use dipoli_testkit::{Engine, Raw, Socket, Table, World, mutation, on_each_database, selection};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream};

/// How many notes there are, and how many events of posting one: once nothing is being done any more.
async fn posted(content: &Raw) -> (i64, i64) {
    let mut before = (-1, -1);
    loop {
        let notes = content.number("SELECT count(*) FROM note").await;
        let now = (notes, content.number("SELECT count(*) FROM audit_event WHERE action = 'note.posted'").await);
        if now == before {
            return now;
        }
        before = now;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Sockets that are closed at random moments of mutations, 500 on each database: by POST, and over a WebSocket.
async fn sockets_that_are_closed_leave_nothing_by_half(engine: Engine) {
    const SOCKETS: u64 = 500;
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let address = table.server().listens().await;
    let begun = Instant::now();
    table.amina.posts(&session, "PRIVATE", "Text").await;
    let whole = begun.elapsed();
    let people = [&table.amina, &table.bram, &table.chen, &table.rita, &table.farid];
    let closed = |number: u64| {
        let person = people[usize::try_from(number).unwrap_or_default() % people.len()];
        let input = json!({ "sessionId": session["id"], "body": "Text", "visibility": "PRIVATE" });
        let (document, variables) = (mutation("postNote", "note { id }"), json!({ "input": input }));
        // Up to twice as long as one takes alone, in an order that is not that of the numbers.
        let patience = whole * 2 * u32::try_from(number * 7 % 50).unwrap_or_default() / 50;
        async move {
            let token = person.tokens().access;
            if number.is_multiple_of(5) {
                let mut socket = Socket::new(address, "aalto").await;
                socket.inits(&token).await;
                socket.asks("1", &document, variables).await;
                tokio::time::sleep(patience * 2).await;
            } else {
                let mut stream = TcpStream::connect(address).await.expect("the server listens");
                let body = json!({ "query": document, "variables": variables }).to_string();
                let length = body.len();
                let head = format!(
                    "POST /aalto/graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                     Authorization: Bearer {token}\r\nContent-Length: {length}\r\n\r\n"
                );
                stream.write_all((head + &body).as_bytes()).await.expect("it is taken");
                tokio::time::sleep(patience).await;
            }
        }
    };
    for hundred in 0..SOCKETS / 100 {
        // Nobody tries more than 120 times in a minute.
        table.clock.passes("50s");
        for twenty in 0..5 {
            let from = hundred * 100 + twenty * 20;
            join_all((from..from + 20).map(closed)).await;
        }
    }
    let (notes, events) = posted(&table.content().await).await;
    assert_eq!(notes, events, "notes and their events");
    assert!(notes > 1, "some of them were posted");
    let mut seen = 0;
    for person in people {
        let theirs = person.node(&session["id"], "Session", "notes(first: 100) { totalCount }").await;
        seen += theirs["notes"]["totalCount"].as_i64().unwrap_or_default();
    }
    assert_eq!(seen, notes, "each is read by its author");
}

/// Whatever the clients do not wait for is done whole, or not at all: each note has its event, and each event its note.
async fn a_client_that_hangs_up_leaves_nothing_by_half(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    table.amina.reads("{ viewer { person { id } } }", json!({})).await;
    let note = |key: usize| json!({ "sessionId": session["id"], "body": "Text", "visibility": "PRIVATE", "idempotencyKey": format!("{key}") });
    let begun = Instant::now();
    table.amina.does("postNote", note(0)).await;
    let whole = begun.elapsed();
    for step in 1..=60 {
        // How far it came is not waited for; that is the point.
        let patience = whole * u32::try_from(step).unwrap_or_default() / 40;
        let _ = tokio::time::timeout(patience, table.amina.tries("postNote", note(step))).await;
    }
    let (notes, events) = posted(&table.content().await).await;
    assert_eq!(notes, events, "notes and their events");
    assert!(notes > 1, "some of them were posted");
    let seen = table.amina.node(&session["id"], "Session", "notes(first: 100) { totalCount }").await;
    assert_eq!(seen["notes"]["totalCount"], json!(notes));
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
    sockets_that_are_closed_leave_nothing_by_half,
    many_write_at_once,
    a_database_that_is_away_is_not_told_to_strangers,
);
