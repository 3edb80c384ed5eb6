//! What is refused: with its code and field, each fault for itself, and nothing is left behind (issue 2, Refusals).

use dipoli_testkit::{Engine, Person, Table, merged, on_each_database};
use serde_json::{Value, json};

/// One refused act, and the errors that it has.
type Refused<'a> = (&'a Person, &'static str, Value, &'static [&'static str]);

/// Tries each, and checks after each that no row came, none went, and no letter was written.
async fn all_are_refused_and_leave_nothing(table: &Table, cases: Vec<Refused<'_>>) {
    table.works().await;
    table.letters().take();
    let content = table.content().await;
    for (person, mutation, input, expected) in cases {
        person.reads("{ __typename }", json!({})).await;
        let before = content.counts().await;
        let answer = person.tries(mutation, input.clone()).await;
        let mut refusals = answer.refusals();
        refusals.sort_unstable();
        assert_eq!(refusals, expected, "{}: {mutation} {input}: {}", person.name(), answer.json);
        assert!(answer.at(&format!("/{mutation}")).is_null(), "{}", answer.json);

        let mut after = content.counts().await;
        if expected == ["FORBIDDEN"] {
            // What a seat does not allow is noted in the log, and nowhere else.
            *after.get_mut("audit_event").expect("a table") -= 1;
        }
        assert_eq!(after, before, "{}: {mutation} {input} left something", person.name());
    }
    table.works().await;
    assert!(table.letters().take().is_empty(), "a refused act mails nobody");
}

fn long(characters: usize) -> String {
    "ў".repeat(characters)
}

async fn groups_and_seats(engine: Engine) {
    let table = Table::set(engine).await;
    let group = json!({ "slug": "new", "name": "New", "timeZone": "Europe/Vilnius" });
    let group = |changes: Value| merged(group.clone(), changes);
    let update = |changes: Value| merged(json!({ "workingGroupId": table.water["id"], "expectedVersion": 1 }), changes);
    let seat = |changes: Value| merged(json!({ "workingGroupId": table.water["id"], "role": "OBSERVER" }), changes);
    let change = |name: &str, changes: Value| merged(json!({ "membershipId": table.seat(name) }), changes);
    let invitation = |changes: Value| merged(json!({ "email": "x@example.org", "displayName": "X" }), changes);
    let (ada, olga) = (&table.ada, &table.olga);
    let cases: Vec<Refused<'_>> = vec![
        (ada, "createWorkingGroup", group(json!({ "timeZone": "Mars/Olympus" })), &["BAD_USER_INPUT timeZone"]),
        (ada, "createWorkingGroup", group(json!({ "timeZone": "+03:00" })), &["BAD_USER_INPUT timeZone"]),
        (ada, "createWorkingGroup", group(json!({ "slug": "water" })), &["BAD_USER_INPUT slug"]),
        (ada, "createWorkingGroup", group(json!({ "slug": "No Slug" })), &["BAD_USER_INPUT slug"]),
        (
            ada,
            "createWorkingGroup",
            group(json!({ "slug": "", "name": " ", "timeZone": "", "mandate": long(10_001) })),
            &["BAD_USER_INPUT mandate", "BAD_USER_INPUT name", "BAD_USER_INPUT slug", "BAD_USER_INPUT timeZone"],
        ),
        (ada, "createWorkingGroup", group(json!({ "idempotencyKey": long(256) })), &["BAD_USER_INPUT idempotencyKey"]),
        (ada, "updateWorkingGroup", update(json!({ "name": null })), &["BAD_USER_INPUT name"]),
        (ada, "updateWorkingGroup", update(json!({ "name": "" })), &["BAD_USER_INPUT name"]),
        (
            ada,
            "updateWorkingGroup",
            update(json!({ "name": "N", "expectedVersion": 2 })),
            &["CONFLICT expectedVersion"],
        ),
        (ada, "invitePerson", invitation(json!({ "email": "no address" })), &["BAD_USER_INPUT email"]),
        (
            ada,
            "invitePerson",
            invitation(json!({ "displayName": "a\r\nBcc: b@c", "language": "??", "timeZone": "Nowhere" })),
            &["BAD_USER_INPUT displayName", "BAD_USER_INPUT language", "BAD_USER_INPUT timeZone"],
        ),
        (
            olga,
            "addDelegation",
            json!({ "workingGroupId": table.water["id"], "name": "North" }),
            &["BAD_USER_INPUT name"],
        ),
        (olga, "addMember", seat(json!({ "personId": table.bram.id() })), &["BAD_USER_INPUT personId"]),
        (
            olga,
            "addMember",
            seat(json!({ "email": "BRAM@example.org", "displayName": "B" })),
            &["BAD_USER_INPUT email"],
        ),
        (
            olga,
            "addMember",
            seat(json!({ "email": "new@example.org", "displayName": "N", "delegationId": table.far["id"] })),
            &["NOT_FOUND delegationId"],
        ),
        (olga, "addMember", seat(json!({ "email": "new@example.org" })), &["BAD_USER_INPUT displayName"]),
        (olga, "changeMember", change("Bram", json!({ "delegationId": table.far["id"] })), &["NOT_FOUND delegationId"]),
        (olga, "changeMember", change("Bram", json!({ "role": null })), &["BAD_USER_INPUT role"]),
        (olga, "changeMember", change("Olga", json!({ "role": "FACILITATOR" })), &["FORBIDDEN"]),
        (ada, "changeMember", change("Olga", json!({ "role": "FACILITATOR" })), &["BAD_USER_INPUT role"]),
    ];
    all_are_refused_and_leave_nothing(&table, cases).await;
    for input in [json!({}), json!({ "personId": table.uma.id(), "email": "u@example.org", "displayName": "U" })] {
        let refusals = table.ada.tries("addMember", seat(input)).await.refusals();
        assert!(!refusals.is_empty() && refusals.iter().all(|r| r.starts_with("BAD_USER_INPUT ")), "{refusals:?}");
    }
}

async fn sessions(engine: Engine) {
    let table = Table::set(engine).await;
    let olga = &table.olga;
    let session = olga.schedules(&table.water, json!({})).await;
    let draft = olga.schedules(&table.water, json!({ "draft": true })).await;
    let strict = olga.schedules(&table.water, json!({ "attribution": "CHATHAM_HOUSE" })).await;
    let cancelled = olga.schedules(&table.water, json!({})).await;
    olga.does("cancelSession", json!({ "sessionId": cancelled["id"], "expectedVersion": 1 })).await;
    let new = |changes: Value| {
        let sound = json!({ "workingGroupId": table.water["id"], "title": "T", "startsAt": "2027-04-01T08:00:00Z",
            "endsAt": "2027-04-01T09:00:00Z" });
        merged(sound, changes)
    };
    let of = |session: &Value, version: i32, changes: Value| {
        merged(json!({ "sessionId": session["id"], "expectedVersion": version }), changes)
    };
    let cases: Vec<Refused<'_>> = vec![
        (olga, "scheduleSession", new(json!({ "timeZone": "Europe/Atlantis" })), &["BAD_USER_INPUT timeZone"]),
        (olga, "scheduleSession", new(json!({ "endsAt": "2027-04-01T07:59:59Z" })), &["BAD_USER_INPUT endsAt"]),
        (olga, "scheduleSession", new(json!({ "endsAt": "2027-04-01T08:00:00Z" })), &["BAD_USER_INPUT endsAt"]),
        (olga, "scheduleSession", new(json!({ "endsAt": "2027-06-01T08:00:00Z" })), &["BAD_USER_INPUT endsAt"]),
        (olga, "scheduleSession", new(json!({ "title": "" })), &["BAD_USER_INPUT title"]),
        (olga, "scheduleSession", new(json!({ "title": " \t " })), &["BAD_USER_INPUT title"]),
        (olga, "scheduleSession", new(json!({ "title": long(201) })), &["BAD_USER_INPUT title"]),
        (olga, "scheduleSession", new(json!({ "purpose": long(10_001) })), &["BAD_USER_INPUT purpose"]),
        (olga, "scheduleSession", new(json!({ "venue": long(501) })), &["BAD_USER_INPUT venue"]),
        (olga, "scheduleSession", new(json!({ "joinUrl": "javascript:alert(1)" })), &["BAD_USER_INPUT joinUrl"]),
        (
            olga,
            "scheduleSession",
            new(json!({ "startsAt": "2027-03-01T08:59:59Z", "endsAt": "2027-03-01T10:00:00Z" })),
            &["BAD_USER_INPUT startsAt"],
        ),
        (olga, "scheduleSession", new(json!({ "startsAt": "tomorrow" })), &["BAD_USER_INPUT startsAt"]),
        (
            olga,
            "scheduleSession",
            // 02:30 in Warsaw for the second time that night.
            new(json!({ "startsAt": "2027-10-31T01:30:00Z", "endsAt": "2027-10-31T03:00:00Z" })),
            &["BAD_USER_INPUT startsAt"],
        ),
        (
            olga,
            "scheduleSession",
            new(json!({ "title": "", "timeZone": "X", "endsAt": "2027-04-01T07:00:00Z" })),
            &["BAD_USER_INPUT timeZone", "BAD_USER_INPUT title"],
        ),
        (olga, "rescheduleSession", of(&session, 2, json!({})), &["CONFLICT expectedVersion"]),
        (
            olga,
            "rescheduleSession",
            of(&session, 1, json!({ "startsAt": "2027-02-01T08:00:00Z" })),
            &["BAD_USER_INPUT startsAt"],
        ),
        (olga, "rescheduleSession", of(&session, 1, json!({ "startsAt": null })), &["BAD_USER_INPUT startsAt"]),
        (olga, "rescheduleSession", of(&cancelled, 2, json!({})), &["FAILED_PRECONDITION"]),
        (olga, "publishSession", of(&session, 1, json!({})), &["FAILED_PRECONDITION"]),
        (olga, "updateSession", of(&session, 1, json!({ "title": null })), &["BAD_USER_INPUT title"]),
        (olga, "updateSession", of(&session, 1, json!({ "title": long(201) })), &["BAD_USER_INPUT title"]),
        (olga, "updateSession", of(&strict, 1, json!({ "attribution": "NAMED" })), &["BAD_USER_INPUT attribution"]),
        (olga, "cancelSession", of(&session, 7, json!({})), &["CONFLICT expectedVersion"]),
        (olga, "cancelSession", of(&session, 1, json!({ "reason": long(10_001) })), &["BAD_USER_INPUT reason"]),
        (olga, "cancelSession", of(&cancelled, 2, json!({})), &["FAILED_PRECONDITION"]),
        (&table.farid, "concludeSession", of(&session, 1, json!({})), &["FAILED_PRECONDITION"]),
        (
            olga,
            "respondToSession",
            json!({ "sessionId": draft["id"], "response": "ACCEPTED" }),
            &["FAILED_PRECONDITION"],
        ),
        (
            &table.amina,
            "respondToSession",
            json!({ "sessionId": cancelled["id"], "response": "ACCEPTED" }),
            &["FAILED_PRECONDITION"],
        ),
    ];
    all_are_refused_and_leave_nothing(&table, cases).await;
}

async fn agendas(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({ "attribution": "CHATHAM_HOUSE" })).await;
    let proposed = table.amina.proposes(&session, "Proposed").await;
    let adopted = table.amina.proposes(&session, "Adopted").await;
    table.farid.adopts(&adopted).await;
    let withdrawn = table.amina.proposes(&session, "Withdrawn").await;
    table.amina.does("withdrawAgendaItem", json!({ "agendaItemId": withdrawn["id"] })).await;
    let cancelled = table.olga.schedules(&table.water, json!({})).await;
    table.olga.does("cancelSession", json!({ "sessionId": cancelled["id"], "expectedVersion": 1 })).await;
    let new = |changes: Value| merged(json!({ "sessionId": session["id"], "title": "T" }), changes);
    let of = |item: &Value, changes: Value| merged(json!({ "agendaItemId": item["id"] }), changes);
    let (amina, farid) = (&table.amina, &table.farid);
    let cases: Vec<Refused<'_>> = vec![
        (amina, "proposeAgendaItem", new(json!({ "title": "" })), &["BAD_USER_INPUT title"]),
        (amina, "proposeAgendaItem", new(json!({ "title": long(201) })), &["BAD_USER_INPUT title"]),
        (
            amina,
            "proposeAgendaItem",
            new(json!({ "title": "", "durationMinutes": 0, "description": long(10_001) })),
            &["BAD_USER_INPUT description", "BAD_USER_INPUT durationMinutes", "BAD_USER_INPUT title"],
        ),
        (amina, "proposeAgendaItem", new(json!({ "attribution": "NAMED" })), &["BAD_USER_INPUT attribution"]),
        (amina, "proposeAgendaItem", new(json!({ "sessionId": cancelled["id"] })), &["FAILED_PRECONDITION"]),
        (
            amina,
            "updateAgendaItem",
            of(&proposed, json!({ "expectedVersion": 2, "title": "New" })),
            &["CONFLICT expectedVersion"],
        ),
        (
            amina,
            "updateAgendaItem",
            of(&proposed, json!({ "expectedVersion": 1, "title": null })),
            &["BAD_USER_INPUT title"],
        ),
        (
            amina,
            "updateAgendaItem",
            of(&adopted, json!({ "expectedVersion": 2, "title": "New" })),
            &["FAILED_PRECONDITION"],
        ),
        (
            &table.bram,
            "updateAgendaItem",
            of(&proposed, json!({ "expectedVersion": 1, "title": "Mine" })),
            &["FORBIDDEN"],
        ),
        (&table.bram, "withdrawAgendaItem", of(&proposed, json!({})), &["FORBIDDEN"]),
        (&table.olga, "moveAgendaItem", of(&proposed, json!({ "position": 0 })), &["BAD_USER_INPUT position"]),
        (&table.olga, "moveAgendaItem", of(&proposed, json!({ "position": 4 })), &["BAD_USER_INPUT position"]),
        (farid, "adoptAgendaItem", of(&adopted, json!({})), &["FAILED_PRECONDITION"]),
        (farid, "adoptAgendaItem", of(&withdrawn, json!({})), &["FAILED_PRECONDITION"]),
        (farid, "adoptAgendaItem", of(&proposed, json!({ "expectedVersion": 9 })), &["CONFLICT expectedVersion"]),
        (amina, "withdrawAgendaItem", of(&adopted, json!({})), &["FAILED_PRECONDITION"]),
        (amina, "withdrawAgendaItem", of(&withdrawn, json!({})), &["FAILED_PRECONDITION"]),
        (
            farid,
            "openSilenceProcedure",
            // The track's shortest period is 72 hours.
            of(&proposed, json!({ "deadline": "2027-03-04T08:59:59Z" })),
            &["BAD_USER_INPUT deadline"],
        ),
        (farid, "openSilenceProcedure", of(&proposed, json!({ "deadline": "soon" })), &["BAD_USER_INPUT deadline"]),
        (
            farid,
            "openSilenceProcedure",
            of(&adopted, json!({ "deadline": "2027-03-20T08:00:00Z" })),
            &["FAILED_PRECONDITION"],
        ),
        (
            farid,
            "openSilenceProcedure",
            of(&proposed, json!({ "deadline": "2027-03-20T08:00:00Z", "expectedVersion": 9 })),
            &["CONFLICT expectedVersion"],
        ),
        (amina, "openSilenceProcedure", of(&proposed, json!({ "deadline": "2027-03-20T08:00:00Z" })), &["FORBIDDEN"]),
    ];
    all_are_refused_and_leave_nothing(&table, cases).await;
}

async fn notes(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let other = table.olga.schedules(&table.water, json!({})).await;
    let elsewhere = table.amina.proposes(&other, "Of the other session").await;
    let draft = table.olga.schedules(&table.water, json!({ "draft": true })).await;
    let cancelled = table.olga.schedules(&table.water, json!({})).await;
    table.olga.does("cancelSession", json!({ "sessionId": cancelled["id"], "expectedVersion": 1 })).await;
    let aloud = table.amina.posts(&session, "GROUP", "Aloud.").await;
    let gone = table.amina.posts(&session, "GROUP", "Gone.").await;
    table.amina.does("withdrawNote", json!({ "noteId": gone["id"] })).await;
    let aside = table.chen.posts(&session, "FACILITATORS", "Aside.").await;
    let new = |changes: Value| {
        merged(
            json!({ "sessionId": session["id"], "body": "B", "visibility": "GROUP", "attribution": "NAMED" }),
            changes,
        )
    };
    let of = |note: &Value, changes: Value| merged(json!({ "noteId": note["id"] }), changes);
    let amina = &table.amina;
    let cases: Vec<Refused<'_>> = vec![
        (
            amina,
            "postNote",
            new(json!({ "attribution": "CHATHAM_HOUSE", "visibility": "DELEGATION" })),
            &["ANONYMITY_SET_TOO_SMALL attribution"],
        ),
        (
            amina,
            "postNote",
            new(json!({ "attribution": "CHATHAM_HOUSE", "idempotencyKey": "short" })),
            &["BAD_USER_INPUT idempotencyKey"],
        ),
        (
            amina,
            "postNote",
            new(json!({ "attribution": "CHATHAM_HOUSE", "visibility": "PRIVATE" })),
            &["BAD_USER_INPUT attribution"],
        ),
        (amina, "postNote", new(json!({ "body": " \n " })), &["BAD_USER_INPUT body"]),
        (amina, "postNote", new(json!({ "body": long(20_481) })), &["BAD_USER_INPUT body"]),
        (amina, "postNote", new(json!({ "agendaItemId": elsewhere["id"] })), &["NOT_FOUND agendaItemId"]),
        (amina, "postNote", new(json!({ "sessionId": cancelled["id"] })), &["FAILED_PRECONDITION"]),
        (&table.olga, "postNote", new(json!({ "sessionId": draft["id"] })), &["FAILED_PRECONDITION"]),
        (&table.rita, "postNote", new(json!({ "visibility": "DELEGATION" })), &["FAILED_PRECONDITION visibility"]),
        (&table.oskar, "postNote", new(json!({ "visibility": "PRIVATE" })), &["FORBIDDEN"]),
        (amina, "reviseNote", of(&aloud, json!({ "expectedVersion": 3, "body": "B" })), &["CONFLICT expectedVersion"]),
        (amina, "reviseNote", of(&aloud, json!({ "expectedVersion": 1, "body": "" })), &["BAD_USER_INPUT body"]),
        (amina, "reviseNote", of(&gone, json!({ "expectedVersion": 2, "body": "B" })), &["FAILED_PRECONDITION"]),
        (&table.bram, "reviseNote", of(&aloud, json!({ "expectedVersion": 1, "body": "B" })), &["FORBIDDEN"]),
        (&table.farid, "reviseNote", of(&aloud, json!({ "expectedVersion": 1, "body": "B" })), &["FORBIDDEN"]),
        (&table.bram, "withdrawNote", of(&aloud, json!({})), &["FORBIDDEN"]),
        (&table.olga, "withdrawNote", of(&aloud, json!({})), &["FORBIDDEN"]),
        (&table.farid, "withdrawNote", of(&aside, json!({})), &["FORBIDDEN"]),
        (&table.bram, "withdrawNote", of(&aside, json!({})), &["NOT_FOUND noteId"]),
        (amina, "withdrawNote", of(&gone, json!({})), &["FAILED_PRECONDITION"]),
    ];
    all_are_refused_and_leave_nothing(&table, cases).await;

    // The longest body there may be, in two bytes a character, goes through whole.
    let longest = long(20_480);
    let note = amina.posts(&session, "PRIVATE", &longest).await;
    assert_eq!(note["body"], longest);
}

/// A withdrawn note keeps its place, without its text, also where the chair took it.
async fn what_the_chair_withdraws_leaves_a_trace(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let note = table.chen.posts(&session, "GROUP", "Out of order.").await;
    let id = table.farid.does("withdrawNote", json!({ "noteId": note["id"] })).await;
    assert_eq!(id, note["id"]);
    for reader in [&table.chen, &table.bram] {
        let fields = "notes { totalCount nodes { id body withdrawn author { person { displayName } } } }";
        let notes = reader.node(&session["id"], "Session", fields).await["notes"].take();
        let trace = json!({ "id": note["id"], "body": "", "withdrawn": true,
            "author": { "person": { "displayName": "Chen" } } });
        assert_eq!(notes, json!({ "totalCount": 1, "nodes": [trace] }));
    }
}

/// One refused mutation does not hide the result of its neighbours.
async fn neighbours_of_a_refusal_are_answered(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let document = "mutation($good: PostNoteInput!, $bad: PostNoteInput!) {
        bad: postNote(input: $bad) { note { id } }
        good: postNote(input: $good) { note { body } }
    }";
    let note = |body: &str| json!({ "sessionId": session["id"], "body": body, "visibility": "PRIVATE" });
    let answer = table.amina.asks(document, json!({ "good": note("Good."), "bad": note("") })).await;
    assert_eq!(answer.refusals(), ["BAD_USER_INPUT body"]);
    assert_eq!(answer.json["data"], json!({ "bad": null, "good": { "note": { "body": "Good." } } }));
    assert_eq!(answer.json["errors"][0]["path"], json!(["bad"]));
}

on_each_database!(
    groups_and_seats,
    sessions,
    agendas,
    notes,
    what_the_chair_withdraws_leaves_a_trace,
    neighbours_of_a_refusal_are_answered,
);
