//! The swap test of those who wait (N-08): the same story twice, a note posted under the Rule by one person or by another,
//! while everyone holds a socket. What comes over each, and when, is the same. Posted under a name, it is not: the test can
//! fail.
//!
//! Deliberately absent: what the process says meanwhile. How bytes of a socket arrive is different every time.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use dipoli_testkit::{Canonical, Engine, Heard, Person, Socket, Table, merged, on_each_database};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::saying;

const POSTED: &str = "subscription($session: ID!, $after: String) { notePosted(sessionId: $session, after: $after) {
    id body withdrawn visibility attribution author { person { displayName } } postedAt version releasedOn
    agendaItem { title } arrivalCursor } }";

const READABLE: &str = "query($session: ID!) { node(id: $session) { ... on Session {
    notes(first: 50) { nodes { id } } } } }";

/// How long nothing has to come until somebody's turn is over.
const QUIET: Duration = Duration::from_millis(400);

/// Who waits for the session's notes.
struct Ear {
    person: Person,
    socket: Option<Socket>,
    /// The place after the last note that came.
    after: Value,
    heard: BTreeSet<String>,
}

impl Ear {
    fn of(person: &Person) -> Self {
        Self { person: person.clone(), socket: None, after: Value::Null, heard: BTreeSet::new() }
    }

    /// Waits over a new socket, from the note after the last one.
    async fn opens(&mut self, table: &Table, session: &Value) {
        // A token that is good now.
        self.person.reads("{ viewer { timeZone } }", json!({})).await;
        let address = table.server().listens().await;
        let mut socket = Socket::of(address, "aalto", &self.person.tokens().access).await;
        socket.asks("notes", POSTED, json!({ "session": session["id"], "after": self.after })).await;
        self.socket = Some(socket);
    }

    /// What comes: all that the person can read by now, and whatever comes beside it. Notes of one tick come in random order;
    /// a place among them is as long as there are notes before it.
    async fn hears(&mut self, session: &Value) -> Vec<String> {
        let seen = self.person.reads(READABLE, json!({ "session": session["id"] })).await;
        let readable = seen["node"]["notes"]["nodes"].as_array().into_iter().flatten();
        let readable: BTreeSet<_> = readable.map(|note| note["id"].to_string()).collect();
        let socket = self.socket.as_mut().expect("it was opened");
        let (mut told, mut places) = (Vec::new(), Vec::new());
        loop {
            let is_waiting = !readable.is_subset(&self.heard);
            let heard = if is_waiting { Some(socket.hears().await) } else { socket.hears_within(QUIET).await };
            let mut message = match heard {
                None => break,
                Some(Heard::Message(message)) => message,
                Some(ended @ (Heard::Closed(..) | Heard::Gone)) => panic!("{}: {ended:?}", self.person.name()),
            };
            if let Some(note) = message.pointer_mut("/payload/data/notePosted").and_then(Value::as_object_mut) {
                self.heard.insert(note["id"].to_string());
                self.after = note.remove("arrivalCursor").expect("it was asked for");
                places.push(format!("a place of {} bytes", self.after.as_str().map_or(0, str::len)));
            }
            told.push(Canonical::default().shuffled(&message.to_string()));
        }
        told.sort_unstable();
        places.sort_unstable();
        [told, places].concat()
    }
}

/// One telling of the story.
struct Telling {
    table: Table,
    session: Value,
    poster: Person,
    attribution: &'static str,
    ears: Vec<Ear>,
    /// What was heard, by when and by whom.
    heard: BTreeMap<String, Vec<String>>,
}

impl Telling {
    async fn begin(engine: Engine, poster: &str, attribution: &'static str) -> Self {
        let table = Table::set(engine).await;
        let at = |minutes: i64| (table.clock.now() + jiff::SignedDuration::from_mins(minutes)).to_string();
        let session = table.olga.schedules(&table.water, json!({ "startsAt": at(1), "endsAt": at(300) })).await;
        for person in [&table.olga, &table.farid, &table.rita, &table.amina, &table.bram, &table.chen] {
            person.answers(&session, "ACCEPTED").await;
        }
        table.works().await;
        table.clock.passes("2m");
        let poster = table.people().into_iter().find(|person| person.name() == poster).expect("someone").clone();
        let ears = table.people().into_iter().map(Ear::of).collect();
        Self { table, session, poster, attribution, ears, heard: BTreeMap::new() }
    }

    async fn opens(&mut self) {
        let (table, session) = (&self.table, &self.session);
        join_all(self.ears.iter_mut().map(|ear| ear.opens(table, session))).await;
        tokio::time::sleep(QUIET).await;
    }

    async fn hears(&mut self, when: &str) {
        let session = &self.session;
        let heard = join_all(self.ears.iter_mut().map(|ear| ear.hears(session))).await;
        let by = self.ears.iter().map(|ear| format!("{when}: {}", ear.person.name()));
        self.heard.extend(by.zip(heard));
    }

    /// Five minutes, and with them tokens and sockets.
    async fn passes(&mut self, when: &str) {
        self.ears.iter_mut().for_each(|ear| ear.socket = None);
        self.table.passes("5m").await;
        self.opens().await;
        self.hears(when).await;
    }

    async fn posts(&self, person: &Person, attribution: &str, visibility: &str, body: &str) -> Value {
        let input = json!({ "sessionId": self.session["id"], "body": body, "visibility": visibility,
            "attribution": attribution });
        person.tries("postNote", input).await.good()["postNote"].clone()
    }
}

/// The story, under a name only its beginning.
async fn told(engine: Engine, poster: &str, attribution: &'static str) -> BTreeMap<String, Vec<String>> {
    let mut telling = Telling::begin(engine, poster, attribution).await;
    let (rita, farid, poster) = (telling.table.rita.clone(), telling.table.farid.clone(), telling.poster.clone());
    telling.opens().await;
    telling.posts(&rita, "NAMED", "GROUP", "A beginning, by Rita.").await;
    telling.hears("begun").await;
    telling.posts(&rita, "CHATHAM_HOUSE", "GROUP", "A bystander's words.").await;
    let posted = telling.posts(&poster, telling.attribution, "GROUP", "What nobody said.").await;
    telling.posts(&rita, "CHATHAM_HOUSE", "GROUP", "More of a bystander's.").await;
    telling.hears("posted").await;
    telling.passes("out").await;
    if attribution == "NAMED" {
        return telling.heard;
    }
    let secret = |note: &Value| json!({ "editSecret": note["editSecret"] });
    let revise = json!({ "noteId": posted["note"]["id"], "expectedVersion": 1, "body": "What nobody said, better." });
    poster.tries("reviseNote", merged(revise, secret(&posted))).await.good();
    let first = telling.posts(&poster, attribution, "FACILITATORS", "To the facilitators.").await;
    let second = telling.posts(&poster, attribution, "FACILITATORS", "And this, too.").await;
    telling.hears("asides wait").await;
    telling.passes("asides").await;
    let release = json!({ "noteId": first["note"]["id"], "visibility": "GROUP" });
    poster.tries("releaseNote", merged(release, secret(&first))).await.good();
    let wording = json!({ "noteId": second["note"]["id"], "body": "A wording that will do.", "visibility": "GROUP" });
    let wording = farid.does("proposeParaphrase", wording).await;
    let answer = json!({ "paraphraseId": wording["id"], "agree": true });
    poster.tries("answerParaphrase", merged(answer, secret(&second))).await.good();
    let withdraw = json!({ "noteId": posted["note"]["id"] });
    poster.tries("withdrawNote", merged(withdraw, secret(&posted))).await.good();
    telling.hears("releases wait").await;
    telling.passes("released").await;
    telling.heard
}

async fn nobody_hears_who_of_two_posted(engine: Engine) {
    let _alone = saying::listen().await;
    let first = told(engine, "Amina", "CHATHAM_HOUSE").await;
    for (when, text) in [
        ("begun: Chen", "A beginning, by Rita."),
        ("out: Chen", "What nobody said."),
        ("asides: Farid", "To the facilitators."),
        ("released: Chen", "A wording that will do."),
    ] {
        assert!(first[when].iter().any(|message| message.contains(text)), "{when}: {:?}", first[when]);
    }
    for when in ["posted", "asides wait", "releases wait"] {
        let heard: Vec<_> = first.iter().filter(|(by, heard)| by.starts_with(when) && !heard.is_empty()).collect();
        assert!(heard.is_empty(), "before the tick nothing comes: {heard:?}");
    }
    for poster in ["Chen", "Olga"] {
        assert_eq!(told(engine, poster, "CHATHAM_HOUSE").await, first, "{poster} instead of Amina");
    }
}

async fn a_name_is_heard(engine: Engine) {
    let _alone = saying::listen().await;
    let (one, other) = (told(engine, "Amina", "NAMED").await, told(engine, "Chen", "NAMED").await);
    for by in ["posted: Farid", "posted: Bram", "posted: Amina"] {
        assert_ne!(one[by], other[by], "{by}");
    }
}

on_each_database!(nobody_hears_who_of_two_posted, a_name_is_heard);
