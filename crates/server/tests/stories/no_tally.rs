//! No tally anywhere (procedures 3): no field, list or export tells how many objected, read, agreed or were silent, nor who.
//!
//! What can be counted is a closed list, with a reason each: whoever adds a number or a list of people says here why it is no
//! tally. Letters are looked at in `mail/tests/no_tally.rs`.

use std::collections::BTreeSet;

use dipoli_testkit::{Engine, Table, on_each_database};
use serde_json::{Value, json};

use crate::sdl::Sdl;

/// Every number that can be read.
const NUMBERS: &[(&str, &str)] = &[
    ("AgendaItem.durationMinutes", "a time"),
    ("AgendaItem.position", "a place in an order"),
    ("AgendaItem.version", "of changes to one object"),
    ("AttendeeConnection.totalCount", "the seats that a session is for, whatever was answered"),
    ("AuditEventConnection.totalCount", "the log's length, to administrators"),
    ("Availability.ifNeedBe", "while a date is being found, which is no decision; by delegation, of three at least"),
    ("Availability.no", "while a date is being found, which is no decision; by delegation, of three at least"),
    ("Availability.yes", "while a date is being found, which is no decision; by delegation, of three at least"),
    ("Delivery.failed", "of letters that were given up"),
    ("Delivery.queued", "of letters that wait; those that tell of decisions are not counted"),
    ("Delivery.sent", "of letters that left; those that tell of decisions are not counted"),
    ("DeliveryFailures.letters", "of letters that did not arrive"),
    ("MembershipConnection.totalCount", "the seats at a table, which every member sees"),
    ("Note.version", "of changes to one object"),
    ("NoteConnection.totalCount", "of notes that the viewer reads, whoever wrote them"),
    ("PersonConnection.totalCount", "of accounts, to those who keep them"),
    ("Record.version", "of changes to one object"),
    ("SecondFactor.recoveryCodesLeft", "one's own"),
    ("RequeueDeliveryPayload.requeued", "of letters that wait again"),
    ("Session.anonymitySetSize", "who could have written, not who did"),
    ("Session.sequence", "of changes to one object"),
    ("Session.version", "of changes to one object"),
    ("SessionConnection.totalCount", "of sessions"),
    ("Track.shortestSilenceSeconds", "a time"),
    ("WorkingGroup.version", "of changes to one object"),
    ("WorkingGroupConnection.totalCount", "of groups"),
];

/// Every list of people, seats or sides.
const LISTS: &[(&str, &str)] = &[
    ("AttendeeConnection.nodes", "a page of answers"),
    ("AttendeeConnection.edges", "a page of answers"),
    ("Audience.delegations", "who can read, by rule; not who has"),
    ("MembershipConnection.nodes", "a page of seats"),
    ("MembershipConnection.edges", "a page of seats"),
    ("PersonConnection.nodes", "a page of accounts"),
    ("PersonConnection.edges", "a page of accounts"),
    ("Query.people", "those whom one may seat"),
    ("Session.attendance", "who was in the room, to those who prepare the meeting; no part of any decision"),
    ("Session.attendees", "answers to the invitation, which are no consensus"),
    ("Viewer.memberships", "one's own seats"),
    ("WorkingGroup.delegations", "the sides at the table"),
    ("WorkingGroup.members", "the seats at the table"),
];

/// What is a list of people, by its type.
const PEOPLE: [&str; 11] = [
    "Attendee",
    "AttendeeConnection",
    "AttendeeEdge",
    "Delegation",
    "DelegationConnection",
    "Membership",
    "MembershipConnection",
    "MembershipEdge",
    "Person",
    "PersonConnection",
    "PersonEdge",
];

/// Words that a name has only for a tally.
const OF_TALLIES: [&str; 20] = [
    "abstained",
    "abstention",
    "abstentions",
    "ballot",
    "count",
    "counts",
    "majority",
    "number",
    "percent",
    "quorum",
    "readers",
    "score",
    "silent",
    "tally",
    "unread",
    "votes",
    "vote",
    "voters",
    "voted",
    "turnout",
];

/// The words of a name, in whichever case it is.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let is_shouted = name.chars().all(|c| !c.is_lowercase());
    for letter in name.chars() {
        if letter == '_' || letter.is_uppercase() && !is_shouted {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase().filter(|letter| *letter != '_'));
        }
    }
    words
}

#[test]
fn nothing_can_be_read_that_counts_for_or_against() {
    let sdl = Sdl::checked_in();
    let fields = sdl.fields();
    assert!(fields.len() > 200, "the schema was read");
    let numbers: BTreeSet<&str> =
        fields.iter().filter(|(_, ty, _)| ty == "Int" || ty == "Float").map(|(name, ..)| name.as_str()).collect();
    assert_eq!(numbers, NUMBERS.iter().map(|(name, _)| *name).collect(), "a number needs a reason");
    let is_of_people = |ty: &str, is_list: bool| PEOPLE.contains(&ty) && (is_list || ty.ends_with("Connection"));
    let lists: BTreeSet<&str> =
        fields.iter().filter(|(_, ty, list)| is_of_people(ty, *list)).map(|(name, ..)| name.as_str()).collect();
    assert_eq!(lists, LISTS.iter().map(|(name, _)| *name).collect(), "a list of people needs a reason");
    for name in sdl.names().iter().filter(|name| *name != "totalCount") {
        let found: Vec<_> = words(name).into_iter().filter(|word| OF_TALLIES.contains(&word.as_str())).collect();
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}

/// Numbers of a text, but for days and what is named with one.
fn numbers(text: &str) -> Vec<String> {
    let prose = text.split_once("<body>").map_or(text, |(_, body)| body).replace("Track 1.5", "");
    let (mut found, mut word) = (Vec::new(), String::new());
    for letter in prose.chars().chain([' ']) {
        if letter.is_ascii_alphanumeric() || letter == '-' {
            word.push(letter);
            continue;
        }
        let is_day = word.len() == 10 && word.matches('-').count() == 2;
        let is_heading = word.len() == 2 && word.starts_with('h');
        if word.contains(|c: char| c.is_ascii_digit()) && !is_day && !is_heading {
            found.push(word.clone());
        }
        word.clear();
    }
    found
}

fn leaves<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        Value::Object(members) => members.values().for_each(|member| leaves(member, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => found.push(value),
    }
}

async fn no_export_holds_a_number_of_people(engine: Engine) {
    let table = Table::set(engine).await;
    let soon = json!({ "startsAt": "2027-03-01T09:10:00Z", "endsAt": "2027-03-01T09:20:00Z", "attribution": "NAMED" });
    let session = table.olga.schedules(&table.water, soon).await;
    let item = table.farid.adopts(&table.amina.proposes(&session, "Gauges").await).await;
    for (person, text) in [(&table.amina, "The river alone."), (&table.chen, "Both banks.")] {
        person.does("attachStatement", json!({ "agendaItemId": item["id"], "text": text })).await;
    }
    let contested = table.amina.proposes(&session, "Fish").await;
    let silence = table.farid.opens_silence(&contested, "2027-03-20T08:00:00Z").await;
    for person in [&table.amina, &table.bram, &table.chen] {
        person.breaks(&silence, "SUBSTANCE", "Not so.").await;
    }
    table.clock.passes("15m");
    table.farid.does("concludeSession", json!({ "sessionId": session["id"], "expectedVersion": 1 })).await;
    let drafted = json!({ "sessionId": session["id"], "text": "It was said that gauges rust." });
    let record = table.rita.tries("draftRecord", drafted).await.good()["draftRecord"]["record"].clone();
    table.rita.does("circulateRecord", json!({ "recordId": record["id"], "expectedVersion": 1 })).await;
    for person in [&table.amina, &table.chen] {
        person.does("correctRecord", json!({ "recordId": record["id"], "passage": "gauges" })).await;
    }
    let export = "query($id: ID!, $f: RecordFormat!) { recordExport(recordId: $id, format: $f) }";
    for format in ["MARKDOWN", "HTML"] {
        let exported = table.amina.reads(export, json!({ "id": record["id"], "f": format })).await;
        let exported = exported["recordExport"].as_str().expect("a text");
        assert!(exported.contains("Both banks.") && exported.contains("rust"), "{exported}");
        assert_eq!(numbers(exported), Vec::<String>::new(), "{exported}");
        assert!(!exported.contains("Fish") && !exported.contains("Not so."), "{exported}");
    }
    let own = table.amina.signs_in().await.reads("mutation { exportMyData { json } }", json!({})).await;
    let own: Value = serde_json::from_str(own["exportMyData"]["json"].as_str().expect("a text")).expect("JSON");
    let mut found = Vec::new();
    leaves(&own, &mut found);
    assert!(found.len() > 10 && !found.iter().any(|leaf| leaf.is_number()), "{own}");
}

on_each_database!(no_export_holds_a_number_of_people);
