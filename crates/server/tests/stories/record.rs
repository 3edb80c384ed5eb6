//! The record (procedures 9): drafted without names, circulated for corrections that nobody is told the author of, issued by
//! silence.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use dipoli_testkit::{Engine, Letter, Person, Table, World, merged, on_each_database};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::silence::{FORM, by_link, secret};

const TEXT: &str = "# Gauges\n\nIt was said that **two** of them rust.\nFish were not mentioned.";
const RECORD: &str = "text status issuedAt version corrections { passage wording } silence { status deadline }";
const SENTENCE: &str = "does not necessarily reflect a consensus";

/// A table whose silence is at least ten minutes long, with a session that begins in ten minutes.
async fn set(engine: Engine, attribution: &str) -> (Table, Value) {
    let settings =
        [("silence.shortest", "\"10m\"".to_owned()), ("record.marking", "\"FOR PARTICIPANTS <ONLY>\"".to_owned())];
    let table = Table::set_in(World::with_settings(engine, &["aalto"], &settings).await, "aalto").await;
    let soon =
        json!({ "startsAt": "2027-03-01T09:10:00Z", "endsAt": "2027-03-01T09:20:00Z", "attribution": attribution });
    let session = table.olga.schedules(&table.water, soon).await;
    table.works().await;
    table.letters().take();
    (table, session)
}

async fn concludes(table: &Table, session: &Value) {
    table.clock.passes("20m");
    table.farid.does("concludeSession", json!({ "sessionId": session["id"], "expectedVersion": 1 })).await;
    table.works().await;
    table.letters().take();
}

async fn drafts(person: &Person, session: &Value, text: &str, version: Option<i32>) -> Value {
    let input = json!({ "sessionId": session["id"], "text": text, "expectedVersion": version });
    person.tries("draftRecord", input).await.good()["draftRecord"].clone()
}

/// A record that is circulated, in version 2.
async fn circulated(table: &Table, session: &Value) -> Value {
    let record = drafts(&table.rita, session, TEXT, None).await["record"].take();
    concludes(table, session).await;
    let which = json!({ "recordId": record["id"], "expectedVersion": 1 });
    table.rita.does("circulateRecord", which).await
}

/// One under silence for half an hour, in version 3.
async fn under_silence(table: &Table, session: &Value) -> Value {
    let record = circulated(table, session).await;
    let deadline = Timestamp::from_second(table.clock.now().as_second() + 1800).expect("in range").to_string();
    let input = json!({ "recordId": record["id"], "deadline": deadline, "expectedVersion": 2 });
    table.farid.does("issueRecord", input).await
}

fn stands(table: &Table, instant: &Value, micros: i64) {
    let instant: Timestamp = instant.as_str().and_then(|text| text.parse().ok()).expect("an instant");
    table.clock.micros().store(instant.as_microsecond() + micros, Ordering::SeqCst);
}

async fn sees(person: &Person, record: &Value) -> Value {
    person.node(&record["id"], "Record", RECORD).await
}

async fn exports(person: &Person, record: &Value, format: &str) -> Value {
    let document = "query($id: ID!, $f: RecordFormat!) { recordExport(recordId: $id, format: $f) }";
    person.reads(document, json!({ "id": record["id"], "f": format })).await["recordExport"].take()
}

fn told(table: &Table, subject: &str) -> BTreeSet<String> {
    let letters = table.letters().all();
    letters.into_iter().filter(|letter| letter.subject == subject).map(|letter| letter.to).collect()
}

fn addresses(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| format!("{}@example.org", name.to_lowercase())).collect()
}

const MEMBERS: [&str; 6] = ["Olga", "Farid", "Rita", "Amina", "Bram", "Chen"];
const EVERYONE: [&str; 7] = ["Olga", "Farid", "Rita", "Amina", "Bram", "Chen", "Oskar"];

async fn a_draft_is_its_makers_and_is_checked_for_names(engine: Engine) {
    let (table, session) = set(engine, "NAMED").await;
    let first = drafts(&table.rita, &session, "AMINA's side, northern, said so; Leo too.", None).await;
    assert_eq!(first["namesFound"], json!(["Amina", "Leo", "North"]), "former members too");
    let record = &first["record"];
    for (person, expected) in
        [(&table.farid, true), (&table.rita, true), (&table.olga, false), (&table.amina, false), (&table.oskar, false)]
    {
        assert_eq!(!sees(person, record).await.is_null(), expected, "{}", person.name());
        let of_session = person.node(&session["id"], "Session", "record { id }").await;
        assert_eq!(!of_session["record"].is_null(), expected, "{}", person.name());
        assert_eq!(exports(person, record, "HTML").await.is_string(), expected, "{}", person.name());
    }
    let input = json!({ "sessionId": session["id"], "text": "Mine." });
    for person in [&table.olga, &table.amina, &table.oskar] {
        person.tries("draftRecord", input.clone()).await.refused(&["FORBIDDEN"]);
    }
    table.farid.tries("draftRecord", input.clone()).await.refused(&["CONFLICT expectedVersion"]);
    let stale = merged(input.clone(), json!({ "expectedVersion": 7 }));
    table.farid.tries("draftRecord", stale).await.refused(&["CONFLICT expectedVersion"]);
    let empty = merged(input, json!({ "expectedVersion": 1, "text": " \n" }));
    table.farid.tries("draftRecord", empty).await.refused(&["BAD_USER_INPUT text"]);
    let second = drafts(&table.farid, &session, TEXT, Some(1)).await;
    assert_eq!((&second["namesFound"], &second["record"]["version"]), (&json!([]), &json!(2)));

    // Not before the session is over.
    let which = json!({ "recordId": record["id"], "expectedVersion": 2 });
    table.rita.tries("circulateRecord", which.clone()).await.refused(&["FAILED_PRECONDITION"]);
    concludes(&table, &session).await;
    table.rita.does("circulateRecord", which).await;
    table.works().await;
    assert_eq!(told(&table, "A record was circulated"), addresses(&MEMBERS));
    for (person, expected) in [(&table.olga, true), (&table.amina, true), (&table.oskar, false), (&table.zoe, false)] {
        assert_eq!(!sees(person, record).await.is_null(), expected, "{}", person.name());
    }
}

async fn a_correction_names_nobody_to_anybody(engine: Engine) {
    let (table, session) = set(engine, "NAMED").await;
    let record = circulated(&table, &session).await;
    table.works().await;
    // A token that has run out is renewed first, which leaves a row of its own.
    table.amina.reads("{ __typename }", json!({})).await;
    let content = table.content().await;
    let before = content.counts().await;
    let asks = |wording: Value| json!({ "recordId": record["id"], "passage": "two", "wording": wording });
    table.amina.does("correctRecord", asks(json!("three"))).await;
    let after = content.counts().await;
    let grown: Vec<_> = after.iter().filter(|(table, rows)| before.get(*table) != Some(*rows)).collect();
    assert_eq!(grown.iter().map(|(table, _)| table.as_str()).collect::<Vec<_>>(), ["audit_event", "correction"]);
    table.olga.does("correctRecord", asks(Value::Null)).await;

    for person in [&table.olga, &table.farid, &table.rita, &table.amina, &table.chen] {
        let mut seen = sees(person, &record).await["corrections"].as_array().cloned().unwrap_or_default();
        seen.sort_by_key(|correction| correction["wording"].as_str().map(str::to_owned));
        let expected = [json!({ "passage": "two", "wording": null }), json!({ "passage": "two", "wording": "three" })];
        assert_eq!(seen, expected, "{}", person.name());
    }
    table.works().await;
    let log = table.ada.reads("{ auditEvents(last: 20) { nodes { action actor { id } } } }", json!({})).await;
    let events = log["auditEvents"]["nodes"].as_array().into_iter().flatten();
    let actors: Vec<_> = events
        .filter(|event| event["action"] == "record.correction_asked")
        .map(|event| event["actor"].clone())
        .collect();
    assert_eq!(actors, [Value::Null, Value::Null]);
    table.oskar.tries("correctRecord", asks(Value::Null)).await.refused(&["NOT_FOUND recordId"]);
    let elsewhere = json!({ "recordId": record["id"], "passage": "three" });
    table.chen.tries("correctRecord", elsewhere).await.refused(&["BAD_USER_INPUT passage"]);

    // It is reworded while it is circulated, and read so at once.
    drafts(&table.rita, &session, &TEXT.replace("two", "three"), Some(2)).await;
    assert!(sees(&table.chen, &record).await["text"].as_str().is_some_and(|text| text.contains("three")));
}

async fn silence_issues_it_at_the_deadline_itself(engine: Engine) {
    let (table, session) = set(engine, "NAMED").await;
    let record = under_silence(&table, &session).await;
    assert_eq!((&record["status"], &record["silence"]["status"]), (&json!("UNDER_SILENCE"), &json!("OPEN")));
    table.works().await;
    assert_eq!(told(&table, "You may object until a deadline"), addresses(&["Amina", "Bram", "Chen"]));
    assert_eq!(told(&table, "A text is under silence"), addresses(&["Olga", "Farid", "Rita"]));
    table.letters().take();
    let reword = json!({ "sessionId": session["id"], "text": "Other.", "expectedVersion": 3 });
    table.rita.tries("draftRecord", reword).await.refused(&["FAILED_PRECONDITION"]);
    let correct = json!({ "recordId": record["id"], "passage": "two" });
    table.amina.tries("correctRecord", correct).await.refused(&["FAILED_PRECONDITION"]);

    let deadline = &record["silence"]["deadline"];
    for (micros, expected) in [(0, "UNDER_SILENCE"), (9_999_999, "UNDER_SILENCE"), (10_000_000, "ISSUED")] {
        stands(&table, deadline, micros);
        assert_eq!(sees(&table.amina, &record).await["status"], expected, "{micros} microseconds after the deadline");
        assert_eq!(sees(&table.oskar, &record).await.is_null(), expected != "ISSUED", "an observer");
    }
    // Nothing has run since.
    let before = sees(&table.oskar, &record).await;
    assert_eq!((&before["issuedAt"], &before["corrections"]), (deadline, &json!([])));
    table.works().await;
    table.works().await;
    assert_eq!(told(&table, "A record was issued"), addresses(&EVERYONE));
    assert_eq!(table.letters().take().len(), EVERYONE.len(), "each is told once, and nothing else");
    assert_eq!(sees(&table.oskar, &record).await, before, "the worker only tells");
    // What was said in a session is not a program's to read unless that was asked for, issued or not.
    for (scope, is_read) in [("SESSIONS_READ", false), ("ANSWERS_WRITE", false), ("NOTES_READ", true)] {
        let input = json!({ "name": scope, "scopes": [scope] });
        let token = table.oskar.signs_in().await.does("createPersonalAccessToken", input).await;
        let document = "query($id: ID!) { node(id: $id) { id } recordExport(recordId: $id, format: MARKDOWN) }";
        let asked = table.door.ask("aalto", token.as_str(), document, json!({ "id": record["id"] })).await;
        let read = [asked.at("/node"), asked.at("/recordExport")].map(|read| !read.is_null());
        assert_eq!(read, [is_read; 2], "{scope}");
        table.clock.passes("1m");
    }
    let late = json!({ "recordId": record["id"], "ground": "SUBSTANCE", "statement": "No." });
    table.amina.tries("objectToRecord", late).await.refused(&["FAILED_PRECONDITION"]);
    let again = json!({ "sessionId": session["id"], "text": "Other.", "expectedVersion": 4 });
    table.rita.tries("draftRecord", again).await.refused(&["FAILED_PRECONDITION"]);
}

async fn one_objection_keeps_it_circulated(engine: Engine) {
    let (table, session) = set(engine, "CHATHAM_HOUSE").await;
    let record = under_silence(&table, &session).await;
    table.works().await;
    table.letters().take();
    let object = |ground: &str| json!({ "recordId": record["id"], "ground": ground, "statement": "Not so." });
    for (person, refusal) in
        [(&table.olga, "FORBIDDEN"), (&table.rita, "FORBIDDEN"), (&table.oskar, "NOT_FOUND recordId")]
    {
        person.tries("objectToRecord", object("SUBSTANCE")).await.refused(&[refusal]);
    }
    stands(&table, &record["silence"]["deadline"], -1);
    let once = merged(object("SUBSTANCE"), json!({ "idempotencyKey": "once" }));
    table.chen.does("objectToRecord", once.clone()).await;
    let kept = table.chen.does("objectToRecord", once).await;
    assert_eq!((&kept["status"], &kept["silence"]["status"]), (&json!("CIRCULATED"), &json!("BROKEN")));
    table.works().await;
    assert_eq!(told(&table, "Silence was broken"), addresses(&MEMBERS));
    let fields = "silence { objections { statement objector { id } } viewerCan { object recall } }";
    for (person, shown) in [(&table.chen, true), (&table.farid, true), (&table.amina, false), (&table.rita, false)] {
        let seen = person.node(&record["id"], "Record", fields).await;
        let objections = seen["silence"]["objections"].as_array().cloned().unwrap_or_default();
        assert_eq!(objections.len(), 1, "sent twice, stated once");
        assert_eq!(objections[0]["objector"]["id"] == *table.seat("Chen"), shown, "{}", person.name());
    }
    stands(&table, &record["silence"]["deadline"], 60_000_000);
    assert_eq!(sees(&table.amina, &record).await["status"], "CIRCULATED");

    // And again, in other words; the second silence is taken back before its end, the third breaks by a link.
    drafts(&table.rita, &session, "In other words.", Some(4)).await;
    let deadline = Timestamp::from_second(table.clock.now().as_second() + 1800).expect("in range").to_string();
    let issue = |version: i32| json!({ "recordId": record["id"], "deadline": deadline, "expectedVersion": version });
    table.rita.tries("issueRecord", issue(5)).await.refused(&["FORBIDDEN"]);
    table.farid.does("issueRecord", issue(5)).await;
    table.farid.tries("issueRecord", issue(6)).await.refused(&["FAILED_PRECONDITION"]);
    let recalled = table.farid.does("recallRecord", json!({ "recordId": record["id"] })).await;
    assert_eq!(recalled["status"], "CIRCULATED");
    table.farid.does("issueRecord", issue(7)).await;
    // Who loses the right to object was not heard.
    table.ada.does("removeMember", json!({ "membershipId": table.seat("Bram") })).await;
    let seen = sees(&table.amina, &record).await;
    assert_eq!((&seen["status"], &seen["silence"]["status"]), (&json!("CIRCULATED"), &json!("WITHDRAWN")));
}

/// A record is of all parts of its session: where one was under the Rule, objections to the record are too.
async fn a_part_under_the_rule_makes_objections_to_the_record_so(engine: Engine) {
    for (part, shown) in [("NAMED", true), ("CHATHAM_HOUSE", false)] {
        let (table, session) = set(engine, "NAMED").await;
        let item = json!({ "sessionId": session["id"], "title": "Gauges", "attribution": part });
        table.amina.does("proposeAgendaItem", item).await;
        let record = under_silence(&table, &session).await;
        let object = json!({ "recordId": record["id"], "ground": "SUBSTANCE", "statement": "Not so." });
        table.chen.does("objectToRecord", object).await;
        let fields = "silence { objections { objector { id } } }";
        let mut seen = table.amina.node(&record["id"], "Record", fields).await;
        let objector = seen["silence"]["objections"][0]["objector"].take();
        assert_eq!(objector["id"] == *table.seat("Chen"), shown, "{part}");
        table.works().await;
        let log = table.ada.reads("{ auditEvents(last: 20) { nodes { action actor { id } } } }", json!({})).await;
        let mut events = log["auditEvents"]["nodes"].as_array().into_iter().flatten();
        let broken = events.find(|event| event["action"] == "silence.broken").expect("an event");
        assert_eq!(broken["actor"]["id"] == table.chen.id(), shown, "{part}");
    }
}

async fn a_link_objects_to_a_record(engine: Engine) {
    let (table, session) = set(engine, "NAMED").await;
    let record = under_silence(&table, &session).await;
    table.works().await;
    let of_bram = |letter: &Letter| letter.to == "bram@example.org" && letter.text.contains("/object/");
    let letter = table.letters().take().into_iter().find(of_bram);
    let secret = secret(&letter.expect("a notice"));
    assert_eq!(by_link(&table, "aalto", &secret, FORM).await.status, 200);
    assert_eq!(sees(&table.amina, &record).await["status"], "CIRCULATED");
}

async fn an_export_says_what_it_is_and_names_nobody(engine: Engine) {
    let (table, session) = set(engine, "CHATHAM_HOUSE").await;
    let item = table.amina.proposes(&session, "Gauges <b>").await;
    table.amina.proposes(&session, "Fish").await;
    table.farid.adopts(&item).await;
    let record = under_silence(&table, &session).await;
    for format in ["MARKDOWN", "HTML"] {
        let circulated = exports(&table.amina, &record, format).await;
        let circulated = circulated.as_str().expect("a text");
        for stands in ["FOR PARTICIPANTS", SENTENCE, "Track 1.5", "Chatham House Rule", "personal", "North", "Gauges"] {
            assert!(circulated.contains(stands), "{stands} in {circulated}");
        }
        assert!(!circulated.contains("Fish</h3>") && !circulated.contains("### Fish"), "{circulated}");
        assert!(!circulated.contains("<ONLY>") && !circulated.contains("<b>"), "{circulated}");
        for name in ["Olga", "Farid", "Rita", "Amina", "Bram", "Chen", "Oskar", "Leo"] {
            assert!(!circulated.contains(name), "{name} in {circulated}");
        }
        assert!(exports(&table.oskar, &record, format).await.is_null());
    }
    stands(&table, &record["silence"]["deadline"], 10_000_000);
    for format in ["MARKDOWN", "HTML"] {
        let issued = exports(&table.oskar, &record, format).await;
        let issued = issued.as_str().expect("an observer reads what is issued");
        assert!(issued.contains("Issued by silence") && !issued.contains(SENTENCE), "{issued}");
    }
}

on_each_database!(
    a_draft_is_its_makers_and_is_checked_for_names,
    a_correction_names_nobody_to_anybody,
    silence_issues_it_at_the_deadline_itself,
    one_objection_keeps_it_circulated,
    a_link_objects_to_a_record,
    a_part_under_the_rule_makes_objections_to_the_record_so,
    an_export_says_what_it_is_and_names_nobody,
);
