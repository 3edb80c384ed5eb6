//! Every write adds its event; the chain shows whatever was done to it from below.

use std::process::{Command, Output};

use dipoli_testkit::{Engine, Raw, Table, World, on_each_database};
use serde_json::{Value, json};

/// `dipoli audit verify`, as an operator runs it.
fn verify(world: &World) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dipoli"))
        .args(["audit", "verify", "aalto", "--data"])
        .arg(world.data())
        .output()
        .expect("the binary runs")
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The actions of the log, oldest first.
async fn actions(table: &Table) -> Vec<String> {
    let mut actions = Vec::new();
    let mut after = Value::Null;
    loop {
        let document = "query($after: String) { auditEvents(first: 100, after: $after) {
            nodes { action } pageInfo { hasNextPage endCursor } } }";
        let mut page = table.ada.reads(document, json!({ "after": after })).await["auditEvents"].take();
        let nodes = page["nodes"].as_array().into_iter().flatten();
        actions.extend(nodes.map(|node| node["action"].as_str().unwrap_or_default().to_owned()));
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            return actions;
        }
        after = page["pageInfo"]["endCursor"].take();
    }
}

async fn every_write_adds_its_event(engine: Engine) {
    let table = Table::set(engine).await;
    table.clock.passes("1m");
    let later = table.ada.seats(&table.water, &table.uma, "PARTICIPANT", None).await;
    table.works().await;
    let mut seen = actions(&table).await.len();
    let session = table.olga.schedules(&table.water, json!({})).await;
    let item = table.amina.proposes(&session, "Proposed").await;
    let note = table.amina.posts(&session, "GROUP", "Aloud").await;
    let draft = table.olga.schedules(&table.water, json!({ "draft": true })).await;
    let id = |value: &Value, name: &str| json!({ name: value["id"], "expectedVersion": 1 });
    let with = dipoli_testkit::merged;
    table.works().await;
    let mut made = actions(&table).await;
    // Of one instant, events have no order but the chain's.
    made[seen..].sort();
    assert_eq!(made[seen..], ["agenda_item.proposed", "note.posted", "session.drafted", "session.scheduled"]);
    seen = made.len();
    for (person, mutation, input, action) in [
        (&table.olga, "updateSession", with(id(&session, "sessionId"), json!({ "title": "New" })), "session.updated"),
        (
            &table.olga,
            "rescheduleSession",
            json!({ "sessionId": session["id"], "expectedVersion": 2, "venue": "V" }),
            "session.rescheduled",
        ),
        (&table.olga, "publishSession", id(&draft, "sessionId"), "session.published"),
        (&table.olga, "cancelSession", json!({ "sessionId": draft["id"], "expectedVersion": 2 }), "session.cancelled"),
        (
            &table.chen,
            "respondToSession",
            json!({ "sessionId": session["id"], "response": "DECLINED" }),
            "attendee.responded",
        ),
        (
            &table.amina,
            "updateAgendaItem",
            with(id(&item, "agendaItemId"), json!({ "title": "New" })),
            "agenda_item.updated",
        ),
        (&table.olga, "moveAgendaItem", json!({ "agendaItemId": item["id"], "position": 1 }), "agenda_item.moved"),
        (&table.farid, "adoptAgendaItem", json!({ "agendaItemId": item["id"] }), "agenda_item.adopted"),
        (&table.amina, "reviseNote", with(id(&note, "noteId"), json!({ "body": "New" })), "note.revised"),
        (&table.farid, "withdrawNote", json!({ "noteId": note["id"] }), "note.withdrawn"),
        (
            &table.olga,
            "addDelegation",
            json!({ "workingGroupId": table.water["id"], "name": "East" }),
            "delegation.added",
        ),
        (
            &table.farid,
            "openEarlierNotes",
            json!({ "membershipId": later["id"], "visibilities": ["GROUP"] }),
            "membership.notes_opened",
        ),
        (
            &table.olga,
            "changeMember",
            json!({ "membershipId": table.seat("Bram"), "role": "OBSERVER" }),
            "membership.role_changed",
        ),
        (&table.olga, "removeMember", json!({ "membershipId": table.seat("Bram") }), "membership.removed"),
        (&table.ada, "invitePerson", json!({ "email": "new@example.org", "displayName": "New" }), "person.invited"),
        (
            &table.ada,
            "updateWorkingGroup",
            with(id(&table.water, "workingGroupId"), json!({ "name": "New" })),
            "working_group.updated",
        ),
    ] {
        person.does(mutation, input).await;
        table.works().await;
        let now = actions(&table).await;
        assert_eq!(now[seen..], [action], "{mutation}");
        seen = now.len();
    }
    table.bram.tries("addDelegation", json!({ "workingGroupId": table.water["id"], "name": "X" })).await;
    table.chen.tries("addDelegation", json!({ "workingGroupId": table.water["id"], "name": "X" })).await;
    table.works().await;
    assert_eq!(actions(&table).await[seen..], ["permission.denied"], "a stranger's attempt is none, a member's is one");
}

/// An event names who did what to what, and its digest is its place in the chain.
async fn an_event_says_who_did_what_to_what(engine: Engine) {
    let table = Table::set(engine).await;
    table.clock.stands_at("2027-03-02T10:11:12Z");
    let session = table.olga.schedules(&table.water, json!({})).await;
    table.works().await;
    let document = "{ auditEvents(last: 1) { nodes { id occurredAt action subject digest actor { id } } } }";
    let data = table.ada.reads(document, json!({})).await;
    let event = &data["auditEvents"]["nodes"][0];
    assert_eq!(event["action"], "session.scheduled");
    assert_eq!((&event["subject"], &event["actor"]["id"]), (&session["id"], &json!(table.olga.id())));
    assert_eq!(event["occurredAt"], "2027-03-02T10:11:12Z");
    let digest = event["digest"].as_str().expect("a digest");
    assert!(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let again = table.ada.node(&event["id"], "AuditEvent", "digest").await;
    assert_eq!(again["digest"], event["digest"], "by its id as by the list");
    assert!(
        table.olga.reads("query($id: ID!) { node(id: $id) { id } }", json!({ "id": event["id"] })).await["node"]
            .is_null()
    );
}

/// Something done to the log from below, on a track of its own.
async fn is_found(engine: Engine, what: &str, tamper: impl AsyncFn(&Raw)) {
    let mut table = Table::set(engine).await;
    for _ in 0..30 {
        table
            .amina
            .tries("updateWorkingGroup", json!({ "workingGroupId": table.water["id"], "expectedVersion": 1 }))
            .await;
    }
    table.works().await;
    let sound = verify(&table);
    assert!(sound.status.success(), "untouched: {}", told(&sound));
    let content = table.content().await;
    assert!(content.number("SELECT count(*) FROM audit_event WHERE sequence IS NOT NULL").await > 60);
    tamper(&content).await;
    let found = verify(&table);
    assert_eq!(found.status.code(), Some(1), "{what} is not found: {}", told(&found));
    // And again by a server that starts over it.
    drop(content);
    table.restarts().await;
    assert!(!verify(&table).status.success(), "{what} is not found after a restart");
}

async fn an_edited_event_is_found(engine: Engine) {
    is_found(engine, "an edited action", async |raw| {
        assert_eq!(raw.run("UPDATE audit_event SET action = 'session.cancelled' WHERE sequence = 17").await, 1);
    })
    .await;
    is_found(engine, "an edited actor", async |raw| {
        let named = "SELECT max(sequence) FROM audit_event WHERE actor_id IS NOT NULL";
        assert_eq!(raw.run(&format!("UPDATE audit_event SET actor_id = NULL WHERE sequence = ({named})")).await, 1);
    })
    .await;
}

async fn a_deleted_event_is_found(engine: Engine) {
    is_found(engine, "a deleted event", async |raw| {
        assert_eq!(raw.run("DELETE FROM audit_event WHERE sequence = 23").await, 1);
    })
    .await;
    is_found(engine, "a deleted event, the gap closed", async |raw| {
        let last = raw.number("SELECT max(sequence) FROM audit_event").await;
        raw.run("DELETE FROM audit_event WHERE sequence = 23").await;
        for sequence in 24..=last {
            raw.run(&format!("UPDATE audit_event SET sequence = {} WHERE sequence = {sequence}", sequence - 1)).await;
        }
        raw.run(&format!("UPDATE audit_chain SET sequence = {}", last - 1)).await;
    })
    .await;
}

async fn an_inserted_event_is_found(engine: Engine) {
    is_found(engine, "an inserted event, not chained yet", async |raw| {
        let columns = "occurred_at, action, actor_id, subject, mac";
        let id = if raw.is_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" };
        let copy = format!(
            "INSERT INTO audit_event (id, {columns}) SELECT {id}, {columns} FROM audit_event WHERE sequence = 12"
        );
        assert_eq!(raw.run(&copy).await, 1);
    })
    .await;
}

async fn swapped_events_are_found(engine: Engine) {
    is_found(engine, "two events that changed places", async |raw| {
        for (from, to) in [(30, -1), (31, 30), (-1, 31)] {
            let swap = format!("UPDATE audit_event SET sequence = {to} WHERE sequence = {from}");
            assert_eq!(raw.run(&swap).await, 1);
        }
    })
    .await;
}

async fn a_cut_tail_is_found(engine: Engine) {
    is_found(engine, "a tail that was cut off", async |raw| {
        let cut = raw.number("SELECT max(sequence) - 5 FROM audit_event").await;
        assert_eq!(raw.run(&format!("DELETE FROM audit_event WHERE sequence > {cut}")).await, 5);
        let digest = format!("(SELECT digest FROM audit_event WHERE sequence = {cut})");
        raw.run(&format!("UPDATE audit_chain SET sequence = {cut}, digest = {digest}")).await;
        raw.run(&format!("DELETE FROM audit_checkpoint WHERE sequence > {cut}")).await;
    })
    .await;
}

/// What is written and not chained yet is told, and is no fault.
async fn what_is_not_chained_yet_is_told(engine: Engine) {
    let table = Table::set(engine).await;
    table.olga.schedules(&table.water, json!({})).await;
    let output = verify(&table);
    assert!(output.status.success(), "{}", told(&output));
    assert!(told(&output).contains('1'), "one event is not chained yet: {}", told(&output));
}

/// That someone read notes by others on a day is a yes, told when the day is over; which ones and when is not kept.
async fn who_read_notes_is_told_with_the_day(engine: Engine) {
    let mut table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let note = table.amina.posts(&session, "GROUP", "Aloud").await;
    let notes = "notes { nodes { body } }";
    table.amina.node(&session["id"], "Session", notes).await;
    table.chen.node(&session["id"], "Session", "notes { totalCount }").await;
    table.farid.does("withdrawNote", json!({ "noteId": note["id"] })).await;
    table.chen.node(&session["id"], "Session", notes).await;
    table.chen.node(&note["id"], "Note", "body").await;
    table.works().await;
    assert_eq!(readers(&table).await, Vec::<Value>::new(), "nothing before the day is over");
    table.restarts().await;
    table.olga.node(&note["id"], "Note", "body").await;
    table.chen.node(&note["id"], "Note", "body").await;
    table.clock.stands_at("2027-03-02T00:00:00Z");
    table.oskar.node(&session["id"], "Session", notes).await;
    table.works().await;
    let read = |person: &dipoli_testkit::Person| {
        json!({ "action": "notes.read", "subject": null, "occurredAt": "2027-03-01T00:00:00Z",
            "actor": { "id": person.id() } })
    };
    let mut expected = vec![read(&table.chen), read(&table.olga)];
    expected.sort_by_key(Value::to_string);
    assert_eq!(
        readers(&table).await,
        expected,
        "not the author, not who counted, not who withdrew, not who reads today"
    );
    assert!(verify(&table).status.success());
}

async fn readers(table: &Table) -> Vec<Value> {
    let document = "{ auditEvents(last: 100) { nodes { action subject occurredAt actor { id } } } }";
    let mut nodes = table.ada.reads(document, json!({})).await["auditEvents"]["nodes"].take();
    let mut readers: Vec<Value> = nodes.as_array_mut().map(std::mem::take).unwrap_or_default();
    readers.retain(|event| event["action"] == "notes.read");
    readers.sort_by_key(Value::to_string);
    readers
}

on_each_database!(
    who_read_notes_is_told_with_the_day,
    every_write_adds_its_event,
    an_event_says_who_did_what_to_what,
    an_edited_event_is_found,
    a_deleted_event_is_found,
    an_inserted_event_is_found,
    swapped_events_are_found,
    a_cut_tail_is_found,
    what_is_not_chained_yet_is_told,
);
