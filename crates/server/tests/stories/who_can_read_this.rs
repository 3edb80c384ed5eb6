//! Who can read this, and why: what a session, an item, a record and a note say of their readers is who then reads them
//! (procedures, 15).

use dipoli_testkit::{Engine, Person, Table, merged, on_each_database};
use serde_json::{Value, json};

const AUDIENCE: &str = "audience { rule roles delegations { id } author { id } }";

async fn audience(reader: &Person, id: &Value, kind: &str) -> Value {
    reader.node(id, kind, AUDIENCE).await["audience"].take()
}

/// Whether someone is among the readers that an audience names.
fn is_told(table: &Table, audience: &Value, name: &str) -> bool {
    let (seat, role, side) = match name {
        "Olga" => (table.seat(name), "ORGANIZER", None),
        "Farid" => (table.seat(name), "FACILITATOR", None),
        "Rita" => (table.seat(name), "RAPPORTEUR", None),
        "Amina" | "Bram" => (table.seat(name), "PARTICIPANT", Some(&table.north["id"])),
        "Chen" => (table.seat(name), "PARTICIPANT", Some(&table.south["id"])),
        "Oskar" => (table.seat(name), "OBSERVER", None),
        _ => return false,
    };
    let of = |list: &Value| list.as_array().cloned().unwrap_or_default();
    let delegations = of(&audience["delegations"]);
    let in_delegation =
        delegations.is_empty() || side.is_some_and(|side| delegations.iter().any(|told| told["id"] == *side));
    let by_role = of(&audience["roles"]).contains(&json!(role)) && in_delegation;
    by_role || audience["author"]["id"] == *seat
}

async fn what_is_told_is_who_reads(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({ "attribution": "NAMED" })).await;
    let draft = table.olga.schedules(&table.water, json!({ "draft": true })).await;
    let on_draft = table.olga.proposes(&draft, "Of the draft").await;
    let item = table.amina.proposes(&session, "Proposed").await;
    let adopted = table.farid.adopts(&table.amina.proposes(&session, "Adopted").await).await;
    let mut things = vec![
        (session.clone(), "Session", &table.amina),
        (draft, "Session", &table.olga),
        (on_draft, "AgendaItem", &table.olga),
        (item, "AgendaItem", &table.amina),
        (adopted, "AgendaItem", &table.oskar),
    ];
    for visibility in ["PRIVATE", "DELEGATION", "FACILITATORS", "GROUP"] {
        things.push((table.amina.posts(&session, visibility, "B").await, "Note", &table.amina));
    }
    let text = json!({ "sessionId": session["id"], "text": "It was said that gauges rust." });
    let drafted = table.rita.tries("draftRecord", text.clone()).await.good()["draftRecord"]["record"].clone();
    things.push((drafted, "Record", &table.farid));
    let soon = json!({ "startsAt": "2027-03-01T09:10:00Z", "endsAt": "2027-03-01T09:20:00Z" });
    let over = table.olga.schedules(&table.water, soon).await;
    let text = merged(text, json!({ "sessionId": over["id"] }));
    let circulated = table.rita.tries("draftRecord", text).await.good()["draftRecord"]["record"].clone();
    table.clock.passes("15m");
    table.farid.does("concludeSession", json!({ "sessionId": over["id"], "expectedVersion": 1 })).await;
    let which = json!({ "recordId": circulated["id"], "expectedVersion": 1 });
    things.push((table.rita.does("circulateRecord", which).await, "Record", &table.chen));
    for (thing, kind, reader) in things {
        let told = audience(reader, &thing["id"], kind).await;
        assert!(told["rule"].as_str().is_some_and(|rule| rule.ends_with('.')), "{told}");
        for person in table.people() {
            let reads = !person.node(&thing["id"], kind, "id").await.is_null();
            assert_eq!(reads, is_told(&table, &told, person.name()), "{}: {kind} {told}", person.name());
            if reads {
                assert_eq!(audience(person, &thing["id"], kind).await, told, "{} is told the same", person.name());
            }
        }
    }
}

/// Asking it of many costs no more statements than of one.
async fn it_costs_a_statement_a_level(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({ "attribution": "NAMED" })).await;
    let document = format!(
        "query($id: ID!) {{ node(id: $id) {{ ... on Session {{ {AUDIENCE} agenda {{ {AUDIENCE} }}
         notes {{ nodes {{ {AUDIENCE} }} }} }} }} }}"
    );
    let mut counts = Vec::new();
    for number in 1..=3 {
        let item = table.amina.proposes(&session, &format!("Item {number}")).await;
        table.amina.posts(&item, "DELEGATION", "Ours.").await;
        let track = table.server().track("aalto").await;
        let before = track.statements();
        table.amina.reads(&document, json!({ "id": session["id"] })).await;
        counts.push(track.statements() - before);
    }
    assert!(counts.iter().all(|count| *count == counts[0] && *count <= 8), "{counts:?}");
}

on_each_database!(what_is_told_is_who_reads, it_costs_a_statement_a_level);
