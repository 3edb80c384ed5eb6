//! A fault beneath any resolver (G-08): a table is not there any more. Whoever asks is told that something went wrong, and
//! a request id; nothing of what.

use dipoli_testkit::{Answer, Engine, Person, Raw, Table, on_each_database};
use serde_json::{Value, json};

const READS: [&str; 4] = [
    "query($session: ID!) { node(id: $session) { ... on Session { title anonymitySetSize workingGroup { name }
        attendees(first: 5) { totalCount nodes { membership { person { displayName } } } } viewerRsvp { response }
        agenda { title proposedBy { person { displayName } } notes(first: 2) { totalCount nodes { body } } }
        notes(first: 5) { totalCount nodes { body author { person { displayName } } paraphrases { body } releasedOn } } } } }",
    "{ viewer { person { displayName } memberships(first: 3) { totalCount nodes { workingGroup { delegations { name }
        members { totalCount nodes { person { displayName } } } sessions { totalCount } } } }
        upcomingSessions { totalCount nodes { id } } } }",
    "{ people { totalCount nodes { displayName } } workingGroups { totalCount nodes { name } } }",
    "{ auditEvents { totalCount nodes { action } } }",
];

/// Every way in once.
async fn all_is_asked(table: &Table, session: &Value, item: &Value) -> Vec<Answer> {
    let mut answers = Vec::new();
    for person in [&table.ada, &table.olga, &table.amina] {
        for document in READS {
            answers.push(person.asks(document, json!({ "session": session["id"] })).await);
        }
    }
    let later = json!({ "workingGroupId": table.water["id"], "title": "Later", "startsAt": "2027-05-03T08:00:00Z",
        "endsAt": "2027-05-03T09:00:00Z", "idempotencyKey": uuid::Uuid::new_v4() });
    let note = json!({ "sessionId": session["id"], "agendaItemId": item["id"], "body": "Canary.", "visibility": "GROUP",
        "attribution": "NAMED", "idempotencyKey": uuid::Uuid::new_v4() });
    let under_the_rule = json!({ "sessionId": session["id"], "body": "Canary.", "visibility": "GROUP",
        "attribution": "CHATHAM_HOUSE", "idempotencyKey": uuid::Uuid::new_v4() });
    let tries: [(&Person, &str, Value); 7] = [
        (&table.olga, "scheduleSession", later),
        (&table.amina, "postNote", note),
        (&table.amina, "postNote", under_the_rule),
        (&table.amina, "proposeAgendaItem", json!({ "sessionId": session["id"], "title": "Canary" })),
        (&table.amina, "respondToSession", json!({ "sessionId": session["id"], "response": "ACCEPTED" })),
        (&table.olga, "changeMember", json!({ "membershipId": table.seat("Bram"), "capacity": "EXPERT" })),
        (&table.ada, "invitePerson", json!({ "email": "canary@example.org", "displayName": "Canary" })),
    ];
    for (person, mutation, input) in tries {
        answers.push(person.tries(mutation, input).await);
    }
    answers
}

/// What an answer may hold that says that something went wrong: our own words and a request id.
fn is_silent(answer: &Answer, table: &str) -> bool {
    // Random ids, which stand in the data, hold any word in the end.
    let text = answer.json["errors"].to_string().to_lowercase();
    for word in ["canary_", "sql", "no such", "relation", "does not exist", "statement", "panic", ".rs"] {
        assert!(!text.contains(word), "{table}: {word} in {text}");
    }
    let errors = answer.json["errors"].as_array().cloned().unwrap_or_default();
    for error in &errors {
        let extensions = error["extensions"].as_object().expect("extensions");
        let code = extensions["code"].as_str().expect("a code");
        assert_eq!(extensions.contains_key("requestId"), code == "INTERNAL", "{table}: {error}");
        assert!(["INTERNAL", "FORBIDDEN", "UNAUTHENTICATED"].contains(&code), "{table}: {error}");
    }
    errors.iter().any(|error| error["extensions"]["code"] == "INTERNAL")
}

async fn a_fault_shows_nothing_of_itself(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({ "attribution": "NAMED" })).await;
    let item = table.amina.proposes(&session, "The weir").await;
    table.bram.posts(&item, "GROUP", "Aloud.").await;
    table.amina.posts(&session, "FACILITATORS", "Aside.").await;
    let content: Raw = table.content().await;
    for name in [
        "note",
        "chatham_house_note",
        "staged_note",
        "receipt",
        "session",
        "agenda_item",
        "attendee",
        "delegation",
        "working_group",
        "membership",
        "person",
        "audit_event",
        "outbox",
        "idempotency",
        "paraphrase",
        "release",
    ] {
        table.clock.passes("2m");
        for person in [&table.ada, &table.olga, &table.amina] {
            person.reads("{ viewer { timeZone } }", json!({})).await;
        }
        content.run(&format!("ALTER TABLE \"{name}\" RENAME TO canary_{name}")).await;
        let answers = all_is_asked(&table, &session, &item).await;
        content.run(&format!("ALTER TABLE canary_{name} RENAME TO \"{name}\"")).await;
        let told = answers.iter().filter(|answer| is_silent(answer, name)).count();
        assert!(told > 0, "{name}: nothing went wrong");
    }
    // And all is well again.
    table.amina.posts(&item, "GROUP", "Aloud.").await;
}

/// A variable that is left out changes nothing; a null takes away.
async fn a_variable_that_is_left_out_is_no_null(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({ "venue": "Town hall" })).await;
    let document = "mutation($id: ID!, $version: Int!, $venue: String, $startsAt: DateTime) {
        rescheduleSession(input: { sessionId: $id, expectedVersion: $version, venue: $venue, startsAt: $startsAt }) {
            session { venue version } } }";
    let moved = json!({ "id": session["id"], "version": 1, "startsAt": "2027-03-30T08:00:00Z" });
    let told = table.olga.reads(document, moved).await;
    assert_eq!(told["rescheduleSession"]["session"], json!({ "venue": "Town hall", "version": 2 }));
    let cleared = json!({ "id": session["id"], "version": 2, "venue": null });
    let told = table.olga.reads(document, cleared).await;
    assert_eq!(told["rescheduleSession"]["session"], json!({ "venue": null, "version": 3 }));
}

on_each_database!(a_fault_shows_nothing_of_itself, a_variable_that_is_left_out_is_no_null);
