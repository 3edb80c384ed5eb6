//! Someone writes into the database (N-09): a row whose facts were changed, or whose text was swapped, shows nothing to
//! anyone, and the log says so.

use dipoli_testkit::{Engine, Raw, Table, on_each_database};
use serde_json::{Value, json};

async fn nobody_sees(table: &Table, id: &Value, what: &str) {
    let document = "query($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }";
    for person in table.people() {
        let data = person.reads(document, json!({ "id": id })).await;
        assert_eq!(data, json!({ "node": null, "nodes": [null] }), "{} sees what was changed: {what}", person.name());
    }
}

/// Changes a column of a row, looks, and puts it back.
async fn changed(table: &Table, raw: &Raw, row: (&str, &Value), column: &str, to: &str) {
    let (of, id) = row;
    let before = raw.set(of, id, column, to).await;
    nobody_sees(table, id, &format!("{of}.{column} = {to}")).await;
    raw.set(of, id, column, &before).await;
}

async fn what_was_changed_shows_nothing(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let draft = table.olga.schedules(&table.water, json!({ "draft": true })).await;
    let elsewhere = table.zoe.schedules(&table.trade, json!({})).await;
    let item = table.amina.proposes(&session, "Proposed").await;
    let other_item = table.chen.proposes(&session, "Another").await;
    let private = table.amina.posts(&item, "PRIVATE", "Mine alone.").await;
    let ours = table.amina.posts(&session, "DELEGATION", "Ours alone.").await;
    let aside = table.chen.posts(&session, "FACILITATORS", "Aside.").await;
    let raw = table.content().await;
    let (chen, bram) = (raw.id(table.seat("Chen")), raw.id(table.seat("Bram")));
    let south = raw.id(&table.south["id"]);
    let (trade, far) = (raw.id(&table.trade["id"]), raw.id(&elsewhere["id"]));
    let another = raw.id(&other_item["id"]);
    let later = format!("(SELECT ends_at FROM session WHERE id = {})", raw.id(&session["id"]));
    for (of, row, column, to) in [
        ("note", &private, "visibility", "'group'"),
        ("note", &private, "visibility", "'facilitators'"),
        ("note", &private, "author_id", &*chen),
        ("note", &private, "agenda_item_id", &*another),
        ("note", &private, "agenda_item_id", "NULL"),
        ("note", &private, "posted_at", &*later),
        ("note", &ours, "delegation_id", &*south),
        ("note", &ours, "delegation_id", "NULL"),
        ("note", &ours, "visibility", "'group'"),
        ("note", &ours, "session_id", &*far),
        ("note", &ours, "withdrawn", "TRUE"),
        ("note", &aside, "author_id", &*bram),
        ("note", &aside, "group_id", &*trade),
        ("session", &draft, "status", "'scheduled'"),
        ("session", &draft, "published", "TRUE"),
        ("session", &draft, "attribution", "'chatham-house'"),
        ("session", &session, "group_id", &*trade),
        ("agenda_item", &item, "status", "'adopted'"),
        ("agenda_item", &item, "proposed_by", &*chen),
        ("agenda_item", &item, "attribution", "'chatham-house'"),
        ("agenda_item", &item, "session_id", &*far),
    ] {
        changed(&table, &raw, (of, &row["id"]), column, to).await;
    }
    assert!(!table.amina.node(&private["id"], "Note", "body").await.is_null(), "put back, it is there again");
    table.works().await;
    let events = table.ada.reads("{ auditEvents(last: 100) { nodes { action } } }", json!({})).await.to_string();
    assert!(events.contains("integrity.failed"), "{events}");
}

/// A text in another's place opens nowhere: neither within a group nor from another one.
async fn what_was_swapped_shows_nothing(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let elsewhere = table.zoe.schedules(&table.trade, json!({})).await;
    let one = table.amina.posts(&session, "PRIVATE", "Mine alone.").await;
    let two = table.amina.posts(&session, "GROUP", "Aloud.").await;
    let far = table.zoe.posts(&elsewhere, "GROUP", "Far away.").await;
    let raw = table.content().await;
    for other in [&one, &far] {
        let theirs = raw.set("note", &other["id"], "sealed", "sealed").await;
        let ours = raw.set("note", &two["id"], "sealed", &theirs).await;
        nobody_sees(&table, &two["id"], "another's text").await;
        raw.set("note", &two["id"], "sealed", &ours).await;
    }
    // A flipped bit.
    let sealed = raw.set("note", &two["id"], "sealed", "sealed").await;
    let flipped = flipped(&sealed);
    raw.set("note", &two["id"], "sealed", &flipped).await;
    nobody_sees(&table, &two["id"], "a flipped bit").await;
    let notes = table.amina.node(&session["id"], "Session", "notes { totalCount nodes { body } }").await;
    assert_eq!(notes["notes"]["nodes"], json!([{ "body": "Mine alone." }]), "the others are shown");
}

/// A literal of bytes with its last hexadecimal digit changed.
fn flipped(literal: &str) -> String {
    let end = literal.len() - 1;
    let last = if literal.as_bytes()[end - 1] == b'0' { '1' } else { '0' };
    format!("{}{last}'", &literal[..end - 1])
}

/// Nobody becomes an administrator, or somebody else, by a row.
async fn nobody_rises_by_a_row(engine: Engine) {
    let table = Table::set(engine).await;
    let raw = table.content().await;
    let amina = json!(table.amina.id());
    raw.set("person", &amina, "is_administrator", "TRUE").await;
    let answer = table.amina.asks("{ auditEvents(first: 1) { nodes { id } } }", json!({})).await;
    assert!(answer.at("/auditEvents").is_null(), "{}", answer.json);
    let groups = table.amina.asks("{ workingGroups { nodes { slug } } }", json!({})).await;
    assert!(!groups.json.to_string().contains("trade"), "{}", groups.json);
}

on_each_database!(what_was_changed_shows_nothing, what_was_swapped_shows_nothing, nobody_rises_by_a_row);
