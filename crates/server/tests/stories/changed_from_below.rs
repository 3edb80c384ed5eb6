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

/// A seat that was changed is no seat: its person has nothing of the group, nobody is shown it, and the log says so once.
async fn a_seat_that_was_changed_is_no_seat(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let note = table.bram.posts(&session, "GROUP", "Aloud.").await;
    let raw = table.content().await;
    let (seat, long_ago) = (table.seat("Amina"), "'2020-01-01T00:00:00+00:00'");
    let (south, trade) = (raw.id(&table.south["id"]), raw.id(&table.trade["id"]));
    for (column, to) in [
        ("role", "'organizer'"),
        ("role", "'facilitator'"),
        ("capacity", "'official'"),
        ("delegation_id", &*south),
        ("group_id", &*trade),
        ("seated_at", long_ago),
        ("reads_group_from", long_ago),
        ("reads_facilitators_from", long_ago),
        ("reads_delegation_from", long_ago),
        ("posts_from", long_ago),
        ("sits_from", long_ago),
        ("changed_on", "'2020-01-01'"),
        ("mac", "NULL"),
    ] {
        let before = raw.set("membership", seat, column, to).await;
        for id in [&table.water["id"], &table.trade["id"], &session["id"], &note["id"], seat] {
            let seen = table.amina.reads("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
            assert_eq!(seen, json!({ "node": null }), "{column} = {to}: {id}");
        }
        let cancel = json!({ "sessionId": session["id"], "expectedVersion": 1 });
        table.amina.tries("cancelSession", cancel).await.refused(&["NOT_FOUND sessionId"]);
        let change = json!({ "membershipId": seat, "role": "OBSERVER" });
        table.olga.tries("changeMember", change).await.refused(&["NOT_FOUND membershipId"]);
        let members = "{ workingGroup(slug: \"water\") { members(first: 50) { nodes { id } } } }";
        let members = table.olga.reads(members, json!({})).await.to_string();
        assert!(!members.contains(seat.as_str().expect("an id")), "{column} = {to}");
        raw.set("membership", seat, column, &before).await;
        assert!(!table.amina.node(&note["id"], "Note", "body").await.is_null(), "{column} is as it was");
    }
    let before = raw.set("membership", seat, "role", "'organizer'").await;
    let again = json!({ "workingGroupId": table.water["id"], "personId": table.amina.id(), "role": "OBSERVER" });
    table.ada.tries("addMember", again).await.refused(&["FAILED_PRECONDITION"]);
    raw.set("membership", seat, "role", &before).await;
    assert_eq!(failures(&table).await, 1);
}

/// Nobody becomes known at a table by a seat that was put there from below.
async fn a_seat_that_was_added_shows_nobody(engine: Engine) {
    let table = Table::set(engine).await;
    let raw = table.content().await;
    let (uma, chen) = (raw.id(&json!(table.uma.id())), raw.id(table.seat("Chen")));
    let random = if raw.is_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" };
    raw.run(&format!(
        "INSERT INTO membership SELECT {random}, group_id, {uma}, role, capacity, delegation_id, seated_at, left_on, \
         awaits_sign_in, reads_group_from, reads_facilitators_from, reads_delegation_from, posts_from, changed_on, \
         sealed, mac, sits_from FROM membership WHERE id = {chen}"
    ))
    .await;
    for person in [&table.olga, &table.amina] {
        let seen = person.reads("query($id: ID!) { node(id: $id) { id } }", json!({ "id": table.uma.id() })).await;
        assert_eq!(seen, json!({ "node": null }), "{}", person.name());
    }
    let people = table.olga.reads("{ people(first: 50) { nodes { displayName } } }", json!({})).await.to_string();
    assert!(people.contains("Chen") && !people.contains("Uma"), "{people}");
    let groups = table.uma.reads("{ workingGroups { nodes { id } } }", json!({})).await;
    assert_eq!(groups["workingGroups"]["nodes"], json!([]));
    assert_eq!(failures(&table).await, 1);
}

/// A group whose day of convening was changed does not open, and its sessions with it; other groups' do.
async fn a_group_that_was_changed_takes_its_sessions_along(engine: Engine) {
    let table = Table::set(engine).await;
    table.ada.seats(&table.trade, &table.amina, "PARTICIPANT", None).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let elsewhere = table.zoe.schedules(&table.trade, json!({})).await;
    let raw = table.content().await;
    let day = raw.set("working_group", &table.water["id"], "convened_on", "'2020-01-01'").await;
    let page = "{ viewer { upcomingSessions(first: 10) { nodes { id workingGroup { id } } } } }";
    let shown = table.amina.reads(page, json!({})).await;
    let shown = &shown["viewer"]["upcomingSessions"]["nodes"];
    assert_eq!(shown.as_array().map(Vec::len), Some(1), "{shown}");
    assert_eq!(shown[0]["id"], elsewhere["id"]);
    nobody_sees(&table, &session["id"], "its group").await;
    raw.set("working_group", &table.water["id"], "convened_on", &day).await;
    assert!(!table.amina.node(&session["id"], "Session", "title").await.is_null());
    assert_eq!(failures(&table).await, 1);
}

/// Nor is an account, whose password was put there from below.
async fn a_password_that_was_put_there_opens_nothing(engine: Engine) {
    let table = Table::set(engine).await;
    let raw = table.content().await;
    let (amina, chen) = (json!(table.amina.id()), raw.id(&json!(table.chen.id())));
    let theirs = format!("(SELECT password_hash FROM person AS other WHERE other.id = {chen})");
    let hash = raw.set("person", &amina, "password_hash", &theirs).await;
    let input = json!({ "email": table.amina.email(), "password": table.chen.password() });
    table.amina.tries("signIn", input.clone()).await.refused(&["UNAUTHENTICATED"]);
    let own = json!({ "email": table.amina.email(), "password": table.amina.password() });
    table.clock.passes("1m");
    table.amina.tries("signIn", own.clone()).await.refused(&["UNAUTHENTICATED"]);
    table.amina.tries("requestPasswordReset", json!({ "email": table.amina.email() })).await.good();
    raw.set("person", &amina, "password_hash", &hash).await;
    table.clock.passes("1m");
    table.amina.tries("signIn", own).await.good();
    assert_eq!(failures(&table).await, 1);
}

/// How many rows the log says were changed.
async fn failures(table: &Table) -> usize {
    table.works().await;
    let events = table.ada.reads("{ auditEvents(last: 100) { nodes { action } } }", json!({})).await.to_string();
    events.matches("integrity.failed").count()
}

on_each_database!(
    what_was_changed_shows_nothing,
    what_was_swapped_shows_nothing,
    nobody_rises_by_a_row,
    a_seat_that_was_changed_is_no_seat,
    a_seat_that_was_added_shows_nobody,
    a_group_that_was_changed_takes_its_sessions_along,
    a_password_that_was_put_there_opens_nothing
);
