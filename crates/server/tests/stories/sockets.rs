//! The WebSocket: what comes to whom, and what a client must not do.

use std::time::Duration;

use dipoli_testkit::{Engine, Heard, Socket, Table, merged, on_each_database};
use serde_json::{Value, json};

const POSTED: &str = "subscription($session: ID!, $after: String) { notePosted(sessionId: $session, after: $after) {
    id body attribution author { person { displayName } } postedAt arrivalCursor session { title } } }";
const CHANGED: &str =
    "subscription($group: ID!) { sessionChanged(workingGroupId: $group) { id title status version } }";

struct Listening {
    table: Table,
    address: std::net::SocketAddr,
    session: Value,
}

async fn listening(engine: Engine) -> Listening {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({ "attribution": "NAMED" })).await;
    let address = table.server().listens().await;
    Listening { table, address, session }
}

impl Listening {
    async fn socket(&self, person: &dipoli_testkit::Person) -> Socket {
        // A token that is good now.
        person.reads("{ viewer { timeZone } }", json!({})).await;
        Socket::of(self.address, "aalto", &person.tokens().access).await
    }

    /// A socket of this person, who waits for the session's notes.
    async fn waits(&self, person: &dipoli_testkit::Person, after: Option<&Value>) -> Socket {
        let mut socket = self.socket(person).await;
        socket.asks("notes", POSTED, json!({ "session": self.session["id"], "after": after })).await;
        begun(&mut socket).await;
        socket
    }
}

/// What was asked before has begun: a query that was asked after it is answered.
async fn begun(socket: &mut Socket) {
    socket.asks("begun", "{ viewer { isAdministrator } }", json!({})).await;
    loop {
        match socket.hears().await {
            Heard::Message(message) if message["id"] == "begun" && message["type"] == "complete" => break,
            Heard::Message(_) => {}
            Heard::Closed(..) | Heard::Gone => panic!("it was closed"),
        }
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
}

fn note(payload: &Value) -> &Value {
    &payload["data"]["notePosted"]
}

async fn a_note_comes_to_those_who_may_read_it(engine: Engine) {
    let here = listening(engine).await;
    let table = &here.table;
    let (mut bram, mut chen, mut olga) =
        (here.waits(&table.bram, None).await, here.waits(&table.chen, None).await, here.waits(&table.olga, None).await);
    table.amina.posts(&here.session, "DELEGATION", "Ours.").await;
    table.amina.posts(&here.session, "PRIVATE", "Mine.").await;
    table.clock.passes("1s");
    table.amina.posts(&here.session, "GROUP", "Everyone's.").await;
    let payload = bram.hears_of("notes", "next").await;
    assert_eq!(
        (&note(&payload)["body"], &note(&payload)["session"]["title"]),
        (&json!("Ours."), &json!("Third round"))
    );
    assert_eq!(note(&payload)["author"]["person"]["displayName"], "Amina");
    for socket in [&mut bram, &mut chen, &mut olga] {
        let payload = socket.hears_of("notes", "next").await;
        assert_eq!(note(&payload)["body"], "Everyone's.");
        assert!(payload.get("errors").is_none());
        socket.is_silent().await;
    }
    // Who reads no notes waits for nothing, and is told so by nothing.
    here.waits(&table.oskar, None).await.is_silent().await;
}

async fn notes_under_the_rule_come_on_the_tick_to_all_alike(engine: Engine) {
    let here = listening(engine).await;
    let table = &here.table;
    let mut sockets = Vec::new();
    for person in [&table.amina, &table.bram, &table.chen, &table.farid] {
        sockets.push(here.waits(person, None).await);
    }
    for (person, body) in [(&table.amina, "one"), (&table.bram, "two"), (&table.chen, "three")] {
        let input = json!({ "sessionId": here.session["id"], "body": body, "visibility": "GROUP",
            "attribution": "CHATHAM_HOUSE" });
        person.does("postNote", input).await;
    }
    for socket in &mut sockets {
        socket.is_silent().await;
    }
    // The tick outlasts tokens, and with them sockets: on the way there they are renewed.
    table.clock.passes("24h");
    let mut heard = Vec::new();
    for socket in &mut sockets {
        assert_eq!(socket.is_closed().await, 4401);
    }
    let mut sockets = Vec::new();
    for person in [&table.amina, &table.bram, &table.chen, &table.farid] {
        sockets.push(here.waits(person, None).await);
    }
    table.works().await;
    for socket in &mut sockets {
        let mut bodies = Vec::new();
        for _ in 0..3 {
            let payload = socket.hears_of("notes", "next").await;
            assert_eq!((&note(&payload)["author"], &note(&payload)["postedAt"]), (&Value::Null, &Value::Null));
            bodies.push(note(&payload)["body"].as_str().unwrap_or_default().to_owned());
        }
        heard.push(bodies);
    }
    assert!(heard.windows(2).all(|pair| pair[0] == pair[1]), "to all in the same order: {heard:?}");
}

async fn whoever_comes_back_misses_nothing_and_hears_nothing_twice(engine: Engine) {
    let here = listening(engine).await;
    let table = &here.table;
    let mut chen = here.waits(&table.chen, None).await;
    // Notes of the same instant come in the order of their random ids.
    table.amina.posts(&here.session, "GROUP", "First.").await;
    table.clock.passes("1s");
    table.amina.posts(&here.session, "GROUP", "Second.").await;
    chen.hears_of("notes", "next").await;
    let second = chen.hears_of("notes", "next").await;
    drop(chen);
    table.amina.posts(&here.session, "GROUP", "Third.").await;
    table.clock.passes("1s");
    table.bram.posts(&here.session, "DELEGATION", "Not for Chen.").await;
    table.bram.posts(&here.session, "GROUP", "Fourth.").await;
    let mut chen = here.socket(&table.chen).await;
    let after = &note(&second)["arrivalCursor"];
    chen.asks("notes", POSTED, json!({ "session": here.session["id"], "after": after })).await;
    for body in ["Third.", "Fourth."] {
        assert_eq!(note(&chen.hears_of("notes", "next").await)["body"], body);
    }
    table.amina.posts(&here.session, "GROUP", "Fifth.").await;
    assert_eq!(note(&chen.hears_of("notes", "next").await)["body"], "Fifth.");
    chen.is_silent().await;
    // A place is its holder's, of this session, and nothing else.
    for (person, after) in [(&table.bram, after.clone()), (&table.chen, json!("x"))] {
        let mut socket = here.socket(person).await;
        socket.asks("notes", POSTED, json!({ "session": here.session["id"], "after": after })).await;
        let refused = socket.hears_of("notes", "error").await;
        let extensions = &refused[0]["extensions"];
        assert_eq!((&extensions["code"], &extensions["field"]), (&json!("BAD_USER_INPUT"), &json!("after")));
    }
}

async fn a_session_that_changes_is_told_as_its_group_sees_it(engine: Engine) {
    let here = listening(engine).await;
    let table = &here.table;
    let ask = json!({ "group": table.water["id"] });
    let (mut olga, mut chen) = (here.socket(&table.olga).await, here.socket(&table.chen).await);
    for socket in [&mut olga, &mut chen] {
        socket.asks("sessions", CHANGED, ask.clone()).await;
        begun(socket).await;
    }
    let draft = table.olga.schedules(&table.water, json!({ "draft": true, "title": "Between us" })).await;
    let told = olga.hears_of("sessions", "next").await;
    assert_eq!(told["data"]["sessionChanged"]["title"], "Between us");
    chen.is_silent().await;
    let publish = json!({ "sessionId": draft["id"], "expectedVersion": draft["version"] });
    table.olga.does("publishSession", publish).await;
    for socket in [&mut olga, &mut chen] {
        let told = socket.hears_of("sessions", "next").await;
        assert_eq!(told["data"]["sessionChanged"]["id"], draft["id"]);
        socket.is_silent().await;
    }
}

async fn what_is_not_to_be_seen_is_not_waited_for(engine: Engine) {
    let here = listening(engine).await;
    let table = &here.table;
    let foreign = table.zoe.schedules(&table.trade, json!({})).await;
    let mut answers = std::collections::BTreeSet::new();
    let mut chen = here.socket(&table.chen).await;
    for id in [foreign["id"].clone(), json!("ses_AAAAAAAAAAAAAAAAAAAAAA"), json!(""), here.table.trade["id"].clone()] {
        for document in [POSTED, CHANGED] {
            chen.asks("1", document, json!({ "session": id, "group": id })).await;
            answers.insert(chen.hears_of("1", "error").await[0]["extensions"].to_string());
        }
    }
    let expected = ["sessionId", "workingGroupId"].map(|field| format!(r#"{{"code":"NOT_FOUND","field":"{field}"}}"#));
    assert_eq!(answers.into_iter().collect::<Vec<_>>(), expected);
}

async fn a_socket_ends_with_its_token_its_sign_in_and_its_seats(engine: Engine) {
    let here = listening(engine).await;
    let table = &here.table;
    let mut bram = here.waits(&table.bram, None).await;
    table.bram.asks("mutation { signOut { signedOut } }", json!({})).await.good();
    assert_eq!(bram.is_closed().await, 4401, "signed out");
    let mut chen = here.waits(&table.chen, None).await;
    table.olga.does("changeMember", json!({ "membershipId": table.seat("Chen"), "role": "OBSERVER" })).await;
    assert_eq!(chen.is_closed().await, 4403, "another seat");
    let mut amina = here.waits(&table.amina, None).await;
    table.clock.passes("6m");
    assert_eq!(amina.is_closed().await, 4401, "the token has run out");
}

async fn a_socket_is_renewed_over_itself(engine: Engine) {
    let here = listening(engine).await;
    let table = &here.table;
    let renew = "query($token: String!) { renew(accessToken: $token) { expiresAt } }";
    let mut amina = here.waits(&table.amina, None).await;
    table.clock.passes("4m");
    table.amina.refreshes().await;
    amina.asks("renew", renew, json!({ "token": table.amina.tokens().access })).await;
    let told = amina.hears_of("renew", "next").await;
    assert_eq!(told["data"]["renew"]["expiresAt"], json!(table.amina.tokens().expires_at.to_string()), "{told}");
    amina.hears_of("renew", "complete").await;
    // Another's token, and what is none, change nothing.
    table.bram.refreshes().await;
    for token in [table.bram.tokens().access, "x".to_owned()] {
        amina.asks("renew", renew, json!({ "token": token })).await;
        let told = amina.hears_of("renew", "next").await;
        assert_eq!(told["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
        amina.hears_of("renew", "complete").await;
    }
    table.clock.passes("4m");
    table.chen.posts(&here.session, "GROUP", "Still here.").await;
    assert_eq!(note(&amina.hears_of("notes", "next").await)["body"], "Still here.");
    let elsewhere = table.amina.asks(renew, json!({ "token": table.amina.tokens().access })).await;
    elsewhere.refused(&["FAILED_PRECONDITION"]);
}

async fn a_sign_in_has_five_sockets_and_twenty_operations(engine: Engine) {
    let here = listening(engine).await;
    let mut sockets = Vec::new();
    for _ in 0..5 {
        sockets.push(here.socket(&here.table.amina).await);
    }
    let mut sixth = Socket::new(here.address, "aalto").await;
    sixth.inits(&here.table.amina.tokens().access).await;
    let why = "A sign-in has at most 5 sockets".to_owned();
    assert_eq!(sixth.hears().await, Heard::Closed(4403, why), "and not what a token is told that is none");
    let asked = json!({ "session": here.session["id"] });
    for number in 0..20 {
        sockets[number % 5].asks(&number.to_string(), POSTED, asked.clone()).await;
        begun_quickly(&mut sockets[number % 5]).await;
    }
    sockets[0].asks("one more", POSTED, asked.clone()).await;
    assert_eq!(sockets[0].hears_of("one more", "error").await[0]["extensions"]["code"], "RATE_LIMITED");
    // Whoever has all twenty can renew the socket, or they would lose all twenty with the token.
    here.table.amina.refreshes().await;
    let renew = "query Renew($token: String!) { __typename renew(accessToken: $token) { expiresAt } }";
    let token = json!({ "token": here.table.amina.tokens().access });
    sockets[0].asks("renew", renew, token.clone()).await;
    let renewed = sockets[0].hears_of("renew", "next").await;
    assert!(renewed["data"]["renew"]["expiresAt"].is_string(), "{renewed}");
    sockets[0].hears_of("renew", "complete").await;
    sockets[0].asks("and more", &renew.replace("__typename", "viewer { timeZone }"), token).await;
    assert_eq!(sockets[0].hears_of("and more", "error").await[0]["extensions"]["code"], "RATE_LIMITED");
    sockets[0].says(&json!({ "type": "complete", "id": "0" })).await;
    sockets[0].asks("one more", POSTED, asked).await;
    sockets[0].is_silent().await;
    drop(sockets.pop());
    tokio::time::sleep(Duration::from_millis(300)).await;
    here.socket(&here.table.amina).await;
}

/// The server has read what was said before: it answers a ping.
async fn begun_quickly(socket: &mut Socket) {
    socket.says(&json!({ "type": "ping" })).await;
    assert_eq!(socket.hears().await, Heard::Message(json!({ "type": "pong" })));
}

async fn what_breaks_the_protocol_is_closed_with_its_code(engine: Engine) {
    let here = listening(engine).await;
    let token = || here.table.amina.tokens().access;
    let init = || json!({ "type": "connection_init", "payload": { "Authorization": format!("Bearer {}", token()) } });
    let ask = |id: &str| json!({ "type": "subscribe", "id": id, "payload": { "query": "{ viewer { timeZone } }" } });
    let posted = |id: &str| {
        json!({ "type": "subscribe", "id": id, "payload": { "query": POSTED,
            "variables": { "session": here.session["id"] } } })
    };
    for (said, code) in [
        (vec![json!([])], 4400),
        (vec![json!({ "type": "start" })], 4400),
        (vec![ask("1")], 4401),
        (vec![json!({ "type": "connection_init" })], 4403),
        (vec![json!({ "type": "connection_init", "payload": { "Authorization": "Bearer x" } })], 4403),
        (vec![init(), init()], 4429),
        (vec![init(), ask("")], 4400),
        (vec![init(), json!({ "type": "subscribe", "id": "1", "payload": {} })], 4400),
        (vec![init(), posted("1"), posted("1")], 4409),
    ] {
        let mut socket = Socket::new(here.address, "aalto").await;
        for message in &said {
            socket.says(message).await;
        }
        assert_eq!(socket.is_closed().await, code, "{said:?}");
    }
    let mut socket = Socket::new(here.address, "aalto").await;
    socket.says_text("no JSON").await;
    assert_eq!(socket.is_closed().await, 4400);
    let mut socket = Socket::new(here.address, "aalto").await;
    socket.says_bytes(init().to_string().as_bytes()).await;
    assert_eq!(socket.is_closed().await, 4400);
    let mut socket = here.socket(&here.table.amina).await;
    socket.says_text(&" ".repeat(64 * 1024 + 1)).await;
    assert_eq!(socket.is_closed().await, 1009);
    for (frame, code) in [
        // A text of two bytes that are no UTF-8, masked with zeros; a text without a mask; one with a reserved bit.
        (&[0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28][..], 1007),
        (&[0x81, 0x01, b'a'], 1002),
        (&[0xf1, 0x80, 0, 0, 0, 0], 1002),
    ] {
        let mut socket = here.socket(&here.table.amina).await;
        socket.says_raw(frame).await;
        assert_eq!(socket.is_closed().await, code, "{frame:?}");
    }
    let mut socket = Socket::with_headers(here.address, "aalto", &[]).await.expect("closed in the protocol's way");
    assert_eq!(socket.is_closed().await, 4406);
    let mut nobody = Socket::new(here.address, "no-such-track").await;
    nobody.says(&init()).await;
    assert_eq!(nobody.hears().await, Heard::Closed(4403, "Forbidden".to_owned()), "as a bad token is");
}

async fn an_id_is_free_again_after_its_end(engine: Engine) {
    let here = listening(engine).await;
    let mut socket = here.socket(&here.table.amina).await;
    for _ in 0..3 {
        socket.asks("1", "{ viewer { isAdministrator } }", json!({})).await;
        assert_eq!(socket.hears_of("1", "next").await, json!({ "data": { "viewer": { "isAdministrator": false } } }));
        socket.hears_of("1", "complete").await;
        for wrong in ["{ viewr }", "{", "subscription { __typename }", "mutation { signIn(input: {}) { accessToken } }"]
        {
            socket.asks("1", wrong, json!({})).await;
            let refused = socket.hears_of("1", "error").await;
            assert_eq!(refused[0]["extensions"]["code"], "BAD_USER_INPUT", "{wrong}");
        }
        socket.asks("1", POSTED, json!({ "session": here.session["id"] })).await;
        socket.says(&json!({ "type": "complete", "id": "1" })).await;
    }
    socket.says(&json!({ "type": "complete", "id": "never there" })).await;
    socket.says(&json!({ "type": "ping", "payload": { "n": 1 } })).await;
    assert_eq!(socket.hears().await, Heard::Message(json!({ "type": "pong", "payload": { "n": 1 } })));
}

/// Who leaves in good order is told good-bye, acknowledged or not (RFC 6455 §5.5.1).
#[tokio::test]
async fn a_close_is_answered_with_a_close() {
    let here = listening(Engine::Sqlite).await;
    assert_eq!(here.waits(&here.table.chen, None).await.closes().await, Some(1000));
    assert_eq!(Socket::new(here.address, "aalto").await.closes().await, Some(1000));
}

/// A client that says nothing is asked every 20 seconds, and one that has not answered for 60 is gone.
#[tokio::test]
async fn a_silent_client_is_asked_whether_it_is_there() {
    let here = listening(Engine::Sqlite).await;
    let mut socket = here.socket(&here.table.chen).await;
    for _ in 0..2 {
        assert!(!socket.is_asked_within(Duration::from_secs(15)).await, "not yet");
        assert!(socket.is_asked_within(Duration::from_secs(15)).await);
    }
    assert_eq!(socket.hears_within(Duration::from_secs(40)).await, Some(Heard::Gone));
}

async fn a_page_from_elsewhere_opens_no_socket(engine: Engine) {
    let here = listening(engine).await;
    let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
    for (origin, status) in
        [("https://elsewhere.example", Some(403)), ("null", Some(403)), ("http://127.0.0.1:8080", None)]
    {
        let opened = Socket::with_headers(here.address, "aalto", &[protocol, ("origin", origin)]).await;
        assert_eq!(opened.err(), status, "{origin}");
    }
}

/// Two processes over one database: what is posted in one comes to who waits in the other.
#[tokio::test]
async fn what_another_process_writes_comes_too() {
    let Some(_) = dipoli_testkit::postgres() else { return };
    let here = listening(Engine::Postgres).await;
    let other = here.table.another_server().await;
    let address = other.listens().await;
    let mut chen = Socket::of(address, "aalto", &here.table.chen.tokens().access).await;
    chen.asks("notes", POSTED, json!({ "session": here.session["id"] })).await;
    chen.asks("sessions", CHANGED, json!({ "group": here.table.water["id"] })).await;
    begun(&mut chen).await;
    here.table.amina.posts(&here.session, "GROUP", "From the other side.").await;
    assert_eq!(note(&chen.hears_of("notes", "next").await)["body"], "From the other side.");
    here.table.olga.schedules(&here.table.water, json!({ "title": "Another" })).await;
    assert_eq!(chen.hears_of("sessions", "next").await["data"]["sessionChanged"]["title"], "Another");
    here.table.chen.asks("mutation { signOut { signedOut } }", json!({})).await.good();
    assert_eq!(chen.is_closed().await, 4401);
    drop(chen);
    other.stop().await;
}

/// Processes tell each other: what is posted in one comes to who waits in the other at once, and not when it looks, which it
/// does every ten seconds. What is posted while the connection is cut over which it is told comes as soon as it is there again.
#[tokio::test]
async fn what_another_process_writes_comes_at_once() {
    const LISTENING: &str = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    let Some(_) = dipoli_testkit::postgres() else { return };
    let here = listening(Engine::Postgres).await;
    let (table, content) = (&here.table, here.table.content().await);
    let listening = async || content.number(&format!("SELECT count(*) {LISTENING}")).await == 1;
    let other = table.another_server().await;
    let address = other.listens().await;
    assert!(!listening().await, "nobody listens before somebody waits");
    let mut chen = Socket::of(address, "aalto", &table.chen.tokens().access).await;
    chen.asks("notes", POSTED, json!({ "session": here.session["id"] })).await;
    begun(&mut chen).await;
    let mut spans = Vec::new();
    for number in 0..6 {
        while !listening().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let is_cut = number == 3;
        if is_cut {
            content.run(&format!("SELECT pg_terminate_backend(pid) {LISTENING}")).await;
        }
        let body = format!("From the other side, {number}.");
        let begun = std::time::Instant::now();
        table.amina.posts(&here.session, "GROUP", &body).await;
        assert_eq!(note(&chen.hears_of("notes", "next").await)["body"], body);
        if !is_cut {
            spans.push(begun.elapsed());
        }
    }
    spans.sort_unstable();
    assert!(spans[2] < Duration::from_secs(1), "{spans:?}");
    other.stop().await;
    for _ in 0..100 {
        if !listening().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody waits any more, and there is still somebody who listens");
}

/// The policy is asked anew in every process: who loses their seat in one is let go in the other before what is posted next
/// comes to them.
#[tokio::test]
async fn who_loses_their_seat_in_another_process_hears_nothing_more() {
    let Some(_) = dipoli_testkit::postgres() else { return };
    let here = listening(Engine::Postgres).await;
    let table = &here.table;
    let other = table.another_server().await;
    let mut chen = Socket::of(other.listens().await, "aalto", &table.chen.tokens().access).await;
    chen.asks("notes", POSTED, json!({ "session": here.session["id"] })).await;
    begun(&mut chen).await;
    table.amina.posts(&here.session, "GROUP", "While Chen is there").await;
    assert_eq!(note(&chen.hears_of("notes", "next").await)["body"], "While Chen is there");
    table.olga.does("removeMember", json!({ "membershipId": table.seat("Chen") })).await;
    table.amina.posts(&here.session, "GROUP", "After Chen").await;
    loop {
        match chen.hears().await {
            Heard::Message(message) => assert_ne!(message["type"], "next", "{message}"),
            Heard::Closed(code, _) => break assert_eq!(code, 4403),
            Heard::Gone => panic!("gone without a word"),
        }
    }
    other.stop().await;
}

async fn what_is_under_silence_is_told_at_once(engine: Engine) {
    let here = listening(engine).await;
    let table = &here.table;
    let item = table.amina.proposes(&here.session, "Gauges").await;
    let waited =
        "subscription($group: ID!) { silenceChanged(workingGroupId: $group) { status objections { statement } } }";
    let mut sockets = Vec::new();
    for person in [&table.chen, &table.oskar] {
        let mut socket = here.socket(person).await;
        socket.asks("silence", waited, json!({ "group": table.water["id"] })).await;
        begun(&mut socket).await;
        sockets.push(socket);
    }
    let silence = table.farid.opens_silence(&item, "2027-03-20T08:00:00Z").await;
    assert_eq!(sockets[0].hears_of("silence", "next").await["data"]["silenceChanged"]["status"], "OPEN");
    table.bram.breaks(&silence, "SUBSTANCE", "No.").await;
    let broken = sockets[0].hears_of("silence", "next").await["data"]["silenceChanged"].take();
    assert_eq!(broken, json!({ "status": "BROKEN", "objections": [{ "statement": "No." }] }));
    sockets[1].is_silent().await;
}

/// A record is told of to whoever may read it as it stands, and that corrections were asked to nobody.
async fn a_record_is_told_as_far_as_it_may_be_read(engine: Engine) {
    let here = listening(engine).await;
    let table = &here.table;
    let soon = json!({ "startsAt": "2027-03-01T09:01:00Z", "endsAt": "2027-03-01T09:02:00Z" });
    let session = table.olga.schedules(&table.water, soon).await;
    let waited = "subscription($group: ID!) { recordChanged(workingGroupId: $group) { status version } }";
    let mut sockets = Vec::new();
    for person in [&table.rita, &table.chen, &table.oskar] {
        let mut socket = here.socket(person).await;
        socket.asks("record", waited, json!({ "group": table.water["id"] })).await;
        begun(&mut socket).await;
        sockets.push(socket);
    }
    let drafted = json!({ "sessionId": session["id"], "text": "It was said that gauges rust." });
    let record = table.farid.tries("draftRecord", drafted).await.good()["draftRecord"]["record"].clone();
    let told = sockets[0].hears_of("record", "next").await["data"]["recordChanged"].take();
    assert_eq!(told, json!({ "status": "DRAFT", "version": 1 }));
    table.clock.passes("2m");
    table.farid.does("concludeSession", json!({ "sessionId": session["id"], "expectedVersion": 1 })).await;
    table.farid.does("circulateRecord", json!({ "recordId": record["id"], "expectedVersion": 1 })).await;
    for socket in &mut sockets[..2] {
        let told = socket.hears_of("record", "next").await["data"]["recordChanged"].take();
        assert_eq!(told, json!({ "status": "CIRCULATED", "version": 2 }));
    }
    table.amina.does("correctRecord", json!({ "recordId": record["id"], "passage": "gauges" })).await;
    for socket in &mut sockets {
        socket.is_silent().await;
    }
}

async fn a_delegation_that_suspends_its_participation_is_told_at_once(engine: Engine) {
    let here = listening(engine).await;
    let table = &here.table;
    let waited = "subscription($group: ID!) { delegationChanged(workingGroupId: $group) { name participation spokesperson { id } } }";
    let mut socket = here.socket(&table.oskar).await;
    socket.asks("delegation", waited, json!({ "group": table.water["id"] })).await;
    begun(&mut socket).await;
    let of_south = |rest: Value| merged(json!({ "delegationId": table.south["id"] }), rest);
    table.olga.does("nameSpokesperson", of_south(json!({ "membershipId": table.seat("Chen") }))).await;
    let mut told = async || socket.hears_of("delegation", "next").await["data"]["delegationChanged"].take();
    let chen = json!({ "id": table.seat("Chen") });
    assert_eq!(told().await, json!({ "name": "South", "participation": "FULL", "spokesperson": chen }));
    table.chen.does("suspendParticipation", of_south(json!({}))).await;
    assert_eq!(told().await["participation"], "SUSPENDED");
    table.chen.does("resumeParticipation", of_south(json!({}))).await;
    assert_eq!(told().await["participation"], "FULL");
}

on_each_database!(
    a_record_is_told_as_far_as_it_may_be_read,
    a_delegation_that_suspends_its_participation_is_told_at_once,
    what_is_under_silence_is_told_at_once,
    a_note_comes_to_those_who_may_read_it,
    notes_under_the_rule_come_on_the_tick_to_all_alike,
    whoever_comes_back_misses_nothing_and_hears_nothing_twice,
    a_session_that_changes_is_told_as_its_group_sees_it,
    what_is_not_to_be_seen_is_not_waited_for,
    a_socket_ends_with_its_token_its_sign_in_and_its_seats,
    a_socket_is_renewed_over_itself,
    a_sign_in_has_five_sockets_and_twenty_operations,
    what_breaks_the_protocol_is_closed_with_its_code,
    an_id_is_free_again_after_its_end,
    a_page_from_elsewhere_opens_no_socket,
);
