//! The swap test (N-08): the same story twice, a note posted by one person or by another, both equally present. What
//! everyone else reads at every step, both databases as they lie, the letters and all that the process says are the same
//! once random values are made canonical. Posted under a name, they are not: the test can fail.

use std::collections::BTreeSet;

use dipoli_testkit::{Canonical, Engine, Person, Raw, Table, merged, on_each_database};
use serde_json::{Value, json};

use crate::saying;

/// All that is read of one story, each piece with its name.
#[derive(Default)]
struct Evidence {
    pieces: Vec<(String, String)>,
    said: BTreeSet<String>,
}

/// One telling of the story.
struct Telling {
    table: Table,
    /// Who posts.
    poster: Person,
    attribution: &'static str,
    session: Value,
    canonical: Canonical,
    evidence: Evidence,
}

/// What every viewer asks at every step.
const SEEN: [&str; 4] = [
    "query($group: ID!) {
        viewer { person { id displayName } memberships(first: 20) { totalCount nodes { id role seatedOn } }
            upcomingSessions(first: 20) { totalCount nodes { id status } } }
        node(id: $group) { ... on WorkingGroup { slug members(first: 20) { totalCount nodes {
            id role seatedOn changedOn person { id displayName } delegation { name } viewerCan { manage } } } } } }",
    "query($session: ID!) { node(id: $session) { ... on Session { title status sequence version attribution
        anonymitySetSize attendees(first: 20) { totalCount nodes { id response membership { person { displayName } } } }
        agenda { id title status version attribution
            notes(first: 5) { totalCount edges { cursor node { id body attribution } } } } } } }",
    "query($session: ID!) { node(id: $session) { ... on Session {
        notes(first: 20) { totalCount pageInfo { hasNextPage hasPreviousPage }
            edges { cursor node { ...Seen } } }
        mine: notes(filter: { mine: true }, first: 20) { totalCount nodes { ...Seen } }
        others: notes(filter: { mine: false }, first: 20) { totalCount nodes { ...Seen } } } } }
     fragment Seen on Note { id body withdrawn visibility attribution author { id } postedAt version withdrawalAsked
        agendaItem { id } viewerCan { revise withdraw askToWithdraw } }",
    "query($session: ID!) { node(id: $session) { ... on Session { notes(first: 20) { nodes {
        id body releasedOn paraphrases { body state } } } } } }",
];

const LOG: &str = "query($after: String) { auditEvents(first: 100, after: $after) { totalCount
    pageInfo { hasNextPage endCursor } nodes { occurredAt action subject actor { displayName } } } }";

impl Telling {
    async fn begin(engine: Engine, poster: &str, attribution: &'static str) -> Self {
        let table = Table::set(engine).await;
        let at = |minutes: i64| (table.clock.now() + jiff::SignedDuration::from_mins(minutes)).to_string();
        let times = json!({ "startsAt": at(1), "endsAt": at(300) });
        let session = table.olga.schedules(&table.water, times).await;
        let item = table.amina.proposes(&session, "The weir").await;
        for person in [&table.olga, &table.farid, &table.rita, &table.amina, &table.bram, &table.chen] {
            person.answers(&session, "ACCEPTED").await;
        }
        table.farid.adopts(&item).await;
        table.works().await;
        keep_still(&table).await;
        table.clock.passes("2m");
        let poster = table.people().into_iter().find(|person| person.name() == poster).expect("someone").clone();
        let (canonical, evidence) = (Canonical::default(), Evidence::default());
        saying::said();
        Self { table, poster, attribution, session, canonical, evidence }
    }

    /// Everyone reads all there is, in the order of their entrance, whoever posted; then the databases are copied.
    async fn step(&mut self, name: &str) {
        let people: Vec<Person> = self.table.people().into_iter().cloned().collect();
        for person in people {
            // Who holds a token that has run out gets another; that is no part of the answer.
            person.reads("{ viewer { timeZone } }", json!({})).await;
            for document in SEEN {
                self.reads(name, &person, document).await;
            }
        }
        self.log(name).await;
        let metrics = self.table.server().metrics().await;
        assert!(metrics.contains("dipoli_requests_total{operation=\"query\""), "{metrics}");
        assert!(!metrics.contains("mutation"), "what a mutation counts is shown with its hour: {metrics}");
        self.keep(&format!("{name}: the metrics"), &metrics);
        let (content, keys) = (self.table.content().await, self.table.keys_of("aalto").await);
        self.copy(&format!("{name}: the content"), &content).await;
        self.copy(&format!("{name}: the keys"), &keys).await;
        self.evidence.said.extend(apart_from_new_connections(&saying::said()).map(shape));
    }

    /// An answer, and how many statements it took.
    async fn reads(&mut self, step: &str, person: &Person, document: &str) {
        let track = self.table.server().track("aalto").await;
        let before = track.statements();
        let wanted = if document.contains("$group") { "group" } else { "session" };
        let id = if wanted == "group" { &self.table.water["id"] } else { &self.session["id"] };
        let mut seen = person.reads(document, json!({ wanted: id })).await;
        let statements = track.statements() - before;
        by_content(&mut seen);
        self.keep(&format!("{step}: {} reads", person.name()), &format!("{statements} statements {seen:#}"));
    }

    fn keep(&mut self, name: &str, text: &str) {
        let text = self.canonical.text(text);
        self.evidence.pieces.push((name.to_owned(), text));
    }

    /// A database as it lies there. What the tick and the day's end write lies in random order: of those rows it is compared
    /// which there are. So it is on PostgreSQL, which puts a changed row where it finds room; there each row has the rank of
    /// its transaction.
    async fn copy(&mut self, name: &str, raw: &Raw) {
        let mut rows = raw.as_it_lies().await;
        // When the schema was made is the one time that no story's clock tells.
        rows.retain(|(table, _)| !table.ends_with("_migration"));
        // Letters are claimed some at a time, in the order of their random ids.
        let letters = rows.iter_mut().filter(|(table, _)| table == "outbox");
        letters.for_each(|(_, row)| {
            let letter = row.split_once("id=").map_or_else(String::new, |(_, rest)| rest.to_owned());
            *row = without_item(letter);
        });
        let (shuffled, ordered): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|(table, row)| !raw.is_sqlite() || is_shuffled(table, row));
        let ordered: Vec<_> =
            ordered.iter().map(|(table, row)| format!("{table} {}", self.canonical.text(row))).collect();
        let mut shuffled: Vec<_> = shuffled
            .iter()
            .map(|(table, row)| format!("{table} {}", self.canonical.shuffled(without_place(table, row))))
            .collect();
        shuffled.sort_unstable();
        self.evidence.pieces.push((name.to_owned(), [ordered, shuffled].concat().join("\n")));
    }

    /// The log, as an administrator reads it.
    async fn log(&mut self, name: &str) {
        let (mut events, mut after, mut log) = (Vec::new(), Value::Null, json!({ "hasNextPage": true }));
        while log["hasNextPage"] == true {
            let mut page = self.table.ada.reads(LOG, json!({ "after": after })).await["auditEvents"].take();
            events.extend(page["nodes"].as_array_mut().map(std::mem::take).unwrap_or_default());
            after = page["pageInfo"]["endCursor"].take();
            log = json!({ "totalCount": page["totalCount"], "hasNextPage": page["pageInfo"]["hasNextPage"] });
        }
        let events: Vec<String> = events.iter().map(Value::to_string).collect();
        let (shuffled, ordered): (Vec<_>, Vec<_>) = events.iter().partition(|event| is_of_one_instant(event));
        let ordered: Vec<_> = ordered.into_iter().map(|event| self.canonical.text(event)).collect();
        let mut shuffled: Vec<_> = shuffled.into_iter().map(|event| self.canonical.shuffled(event)).collect();
        shuffled.sort_unstable();
        let text = [vec![log.to_string()], ordered, shuffled].concat().join("\n");
        self.evidence.pieces.push((format!("{name}: the audit log"), text));
    }

    async fn posts(&self, person: &Person, visibility: &str, body: &str, key: &str) -> Value {
        let input = json!({ "sessionId": self.session["id"], "body": body, "visibility": visibility,
            "attribution": self.attribution, "idempotencyKey": key });
        person.tries("postNote", input).await.good()["postNote"].clone()
    }

    async fn ends(mut self) -> Evidence {
        let mut letters: Vec<_> = self
            .table
            .letters()
            .all()
            .into_iter()
            .map(|letter| format!("{} {} {}", letter.to, letter.subject, self.canonical.shuffled(&letter.text)))
            .collect();
        letters.sort_unstable();
        self.keep("the letters", &letters.join("\n"));
        self.evidence
    }
}

/// PostgreSQL's own tidying comes when it likes and would move rows in one telling and not in the other.
async fn keep_still(table: &Table) {
    for raw in [table.content().await, table.keys_of("aalto").await] {
        if raw.is_sqlite() {
            continue;
        }
        for name in raw.tables().await {
            raw.run(&format!("ALTER TABLE \"{name}\" SET (autovacuum_enabled = false)")).await;
        }
    }
}

/// Lists in the order of random ids are compared by what they say.
fn by_content(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(by_content);
            items.sort_by_key(|item| Canonical::default().shuffled(&item.to_string()));
        }
        Value::Object(members) => members.values_mut().for_each(by_content),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Rows whose order is random, whoever did what: those of a tick; those that one act writes for every seat; and events of
/// the same instant, which are chained by their random ids: of a day's midnight, and of the first hour, in which the table
/// was set while the clock stood still.
fn is_shuffled(table: &str, row: &str) -> bool {
    match table {
        "chatham_house_note" | "staged_note" | "receipt" | "release" | "attendee" | "outbox" => true,
        "audit_event" => is_of_one_instant(row),
        _ => false,
    }
}

fn is_of_one_instant(event: &str) -> bool {
    ["00:00:00", "09:00:00"]
        .iter()
        .any(|instant| event.contains(&format!("T{instant}")) || event.contains(&format!(" {instant}")))
}

/// The number of a letter about an agenda item is made of the item's random id.
fn without_item(letter: String) -> String {
    let Some((before, rest)) = letter.split_once(" sequence=").filter(|_| letter.contains("kind='item-")) else {
        return letter;
    };
    rest.split_once(' ').map_or_else(|| before.to_owned(), |(_, after)| format!("{before} {after}"))
}

/// An event of a batch has a place in the chain that is random: its number and its digest.
fn without_place<'a>(table: &str, row: &'a str) -> &'a str {
    let is_event = table == "audit_event" && is_of_one_instant(row);
    row.split_once(" sequence=").filter(|_| is_event).map_or(row, |(event, _)| event)
}

/// When a pool opens another connection to PostgreSQL hangs on how busy the machine is, in whatever story. What TLS says of
/// it goes, with the lines on which it goes on.
fn apart_from_new_connections(said: &str) -> impl Iterator<Item = &str> {
    let mut is_of_one = false;
    said.lines().filter(move |line| {
        if ["TRACE ", "DEBUG ", " INFO ", " WARN ", "ERROR "].iter().any(|level| line.starts_with(level)) {
            is_of_one = line.contains(" rustls::");
        }
        !is_of_one
    })
}

/// A line without what differs from run to run: numbers, and random values.
fn shape(line: &str) -> String {
    let line = Canonical::default().shuffled(line);
    line.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect::<String>().replace("##", "#")
}

/// The story, under a name only its beginning: notes under the Rule on and off the tick, revised, withdrawn,
/// released from the caucus, over a restart and over the day's end.
async fn told(engine: Engine, poster: &str, attribution: &'static str) -> Evidence {
    let mut telling = Telling::begin(engine, poster, attribution).await;
    let (bystander, poster) = (telling.table.rita.clone(), telling.poster.clone());
    telling.step("before").await;
    telling.posts(&bystander, "GROUP", "A bystander's words.", "a bystander's first key").await;
    let posted = telling.posts(&poster, "GROUP", "What nobody said.", "the first key of all, 22").await;
    telling.posts(&bystander, "GROUP", "More of a bystander's.", "a bystander's second key").await;
    telling.step("posted").await;
    telling.table.passes("5m").await;
    telling.step("out").await;
    if attribution == "NAMED" {
        return telling.ends().await;
    }
    let note = &posted["note"]["id"];
    let revise = json!({ "noteId": note, "expectedVersion": 1, "body": "What nobody said, said better.",
        "editSecret": posted["editSecret"] });
    poster.tries("reviseNote", revise).await.good();
    telling.step("revision waits").await;
    telling.table.restarts().await;
    telling.step("restarted").await;
    telling.table.passes("5m").await;
    telling.step("revised").await;
    let asides = [
        telling.posts(&poster, "FACILITATORS", "To the facilitators.", "the second key of all, 22").await,
        telling.posts(&poster, "FACILITATORS", "And this, too.", "the third key of them all").await,
    ];
    poster.tries("withdrawNote", json!({ "noteId": note, "editSecret": posted["editSecret"] })).await.good();
    telling.table.passes("5m").await;
    telling.step("withdrawn").await;
    caucus(&mut telling, &poster, &asides).await;
    telling.table.passes("24h").await;
    telling.step("the day after").await;
    telling.table.restarts().await;
    telling.step("and restarted").await;
    telling.ends().await
}

/// What was said to the facilitators alone goes on: in its own words, and in a wording that its author agrees to; another
/// wording goes nowhere.
async fn caucus(telling: &mut Telling, poster: &Person, [first, second]: &[Value; 2]) {
    let secret = |aside: &Value| json!({ "editSecret": aside["editSecret"] });
    let release = json!({ "noteId": first["note"]["id"], "visibility": "GROUP" });
    poster.tries("releaseNote", merged(release, secret(first))).await.good();
    let mut wordings = Vec::new();
    for body in ["A wording that will do.", "A wording that will not."] {
        let wording = json!({ "noteId": second["note"]["id"], "body": body, "visibility": "GROUP" });
        wordings.push(telling.table.farid.does("proposeParaphrase", wording).await);
        // Events of one instant lie in the log in random order.
        telling.table.clock.passes("1s");
    }
    for (wording, agree) in wordings.iter().zip([true, false]) {
        let answer = json!({ "paraphraseId": wording["id"], "agree": agree });
        poster.tries("answerParaphrase", merged(answer, secret(second))).await.good();
    }
    telling.step("releases wait").await;
    telling.table.passes("5m").await;
    telling.step("released").await;
}

/// What differs between two tellings: the names of the pieces, each with the first line that is not the same.
fn differences(one: &Evidence, other: &Evidence) -> Vec<String> {
    assert_eq!(one.pieces.len(), other.pieces.len());
    let mut differences = Vec::new();
    for ((name, a), (_, b)) in one.pieces.iter().zip(&other.pieces) {
        if a != b {
            let (line, other) = a.lines().zip(b.lines()).find(|(a, b)| a != b).unwrap_or_default();
            let (lines, others) = (a.lines().count(), b.lines().count());
            differences.push(format!("{name}: of {lines} lines: {line}\n        of {others}: {other}"));
        }
    }
    let said = one.said.symmetric_difference(&other.said).map(|line| format!("said: {line}"));
    differences.extend(said);
    differences
}

async fn nothing_tells_who_of_two_posted(engine: Engine) {
    let _alone = saying::listen().await;
    let mut tellings = Vec::new();
    for poster in ["Amina", "Chen", "Olga"] {
        let evidence = told(engine, poster, "CHATHAM_HOUSE").await;
        for text in ["said better", "A wording that will do.", "DECLINED", "To the facilitators."] {
            assert!(evidence.pieces.iter().any(|(_, piece)| piece.contains(text)), "the story was told: {text}");
        }
        tellings.push(evidence);
    }
    for other in &tellings[1..] {
        let differences = differences(&tellings[0], other);
        assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
    }
}

/// Under a name everything tells: what each viewer reads, the content, and the log.
async fn a_name_tells(engine: Engine) {
    let _alone = saying::listen().await;
    let one = told(engine, "Amina", "NAMED").await;
    let other = told(engine, "Chen", "NAMED").await;
    let differences = differences(&one, &other);
    for place in ["posted: Farid reads", "posted: Bram reads", "out: the audit log", "posted: the content"] {
        assert!(
            differences.iter().any(|difference| difference.starts_with(place)),
            "{place}: {}",
            differences.join("\n")
        );
    }
}

on_each_database!(nothing_tells_who_of_two_posted, a_name_tells);
