//! Where PostgreSQL asks for a transaction to be run again, the whole of it is run again, and nobody notices.

use std::collections::BTreeSet;

use dipoli_testkit::{Engine, Raw, Table, on_each_database};
use futures_util::future::join_all;
use serde_json::json;

/// From now on so many writes to a table fail as those do that were in another's way.
async fn fail(content: &Raw, table: &str, when: &str, times: u32, code: &str) {
    content.run(&format!("CREATE SEQUENCE failed_{table}")).await;
    content
        .run(&format!(
            "CREATE FUNCTION fail_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF nextval('failed_{table}') <= {times} THEN RAISE EXCEPTION 'forced' USING ERRCODE = '{code}'; END IF; \
             RETURN NEW; END $$"
        ))
        .await;
    let (when, only) = when.split_once(" WHEN ").unwrap_or((when, "true"));
    content
        .run(&format!(
            "CREATE TRIGGER fail_{table} BEFORE {when} ON {table} FOR EACH ROW WHEN ({only}) \
             EXECUTE FUNCTION fail_{table}()"
        ))
        .await;
}

async fn what_was_in_anothers_way_is_done_again_as_a_whole(engine: Engine) {
    if engine == Engine::Sqlite {
        return; // It has one writer: nobody is in its way.
    }
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let content = table.content().await;
    let events = "SELECT count(*) FROM audit_event WHERE action = 'note.posted'";

    // Five times it fails at its first write, and at the fifth it is done: one note, one event.
    fail(&content, "note", "INSERT", 5, "40001").await;
    let note = table.amina.posts(&session, "GROUP", "Text").await;
    assert_eq!(content.number("SELECT count(*) FROM note").await, 1);
    assert_eq!(content.number(events).await, 1);
    assert_eq!(content.number("SELECT last_value FROM failed_note").await, 6);

    // The same at its last write, and where it was a deadlock.
    fail(&content, "audit_event", "INSERT", 3, "40P01").await;
    let input = json!({ "noteId": note["id"], "expectedVersion": note["version"], "body": "Other" });
    table.amina.does("reviseNote", input).await;
    assert_eq!(content.number("SELECT CAST(version AS bigint) FROM note").await, 2, "it was revised once");

    // A tick and a letter are the clock's: they are done again too, and once.
    fail(&content, "chatham_house_note", "INSERT", 2, "40001").await;
    fail(&content, "outbox", "UPDATE WHEN NEW.state = 'sent'", 4, "40001").await;
    let posted = json!({ "sessionId": session["id"], "visibility": "GROUP", "body": "Text",
        "attribution": "CHATHAM_HOUSE" });
    table.bram.does("postNote", posted).await;
    table.passes("24h").await;
    let seen = table.farid.node(&session["id"], "Session", "notes { totalCount }").await;
    assert_eq!(seen["notes"]["totalCount"], 2);
    let mut letters = table.letters().take();
    letters.retain(|letter| letter.subject != "There is something new to read");
    let told: BTreeSet<_> = letters.iter().map(|letter| &letter.message_id).collect();
    assert_eq!((letters.len(), told.len()), (7, 7), "each was told once of the session");

    // What stays in the way is UNAVAILABLE, and nothing of it is left.
    content.run("DROP TRIGGER fail_note ON note").await;
    content.run("DROP FUNCTION fail_note").await;
    content.run("DROP SEQUENCE failed_note").await;
    fail(&content, "note", "INSERT", 1_000, "40001").await;
    table.amina.reads("{ viewer { person { id } } }", json!({})).await;
    let before = content.counts().await;
    let input = json!({ "sessionId": session["id"], "visibility": "GROUP", "body": "Text", "attribution": "NAMED" });
    table.amina.tries("postNote", input).await.refused(&["UNAVAILABLE"]);
    assert_eq!(content.number("SELECT last_value FROM failed_note").await, 6, "it was tried six times");
    assert_eq!(content.counts().await, before);
}

/// In a database that orders all transactions (or says that it cannot), everything that was acknowledged is there once.
async fn where_transactions_are_serializable_nothing_is_lost_or_doubled(engine: Engine) {
    if engine == Engine::Sqlite {
        return;
    }
    let mut table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let content = table.content().await;
    content
        .run(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = serializable', \
             current_database()); END $$",
        )
        .await;
    table.restarts().await;
    let people = [&table.amina, &table.bram, &table.chen, &table.rita];
    for person in people {
        person.reads("{ viewer { person { id } } }", json!({})).await;
    }
    let posts = (0..32).map(|number| {
        let input = json!({ "sessionId": session["id"], "visibility": "GROUP", "attribution": "NAMED",
            "body": format!("{number}") });
        people[number % 4].tries("postNote", input)
    });
    let answers = join_all(posts).await;
    let mut acknowledged = 0;
    for answer in &answers {
        if answer.at("/postNote").is_null() {
            answer.refused(&["UNAVAILABLE"]);
        } else {
            acknowledged += 1;
        }
    }
    assert!(acknowledged >= 16, "{acknowledged} of 32");
    assert_eq!(content.number("SELECT count(*) FROM note").await, acknowledged);
    let events = "SELECT count(*) FROM audit_event WHERE action = 'note.posted'";
    assert_eq!(content.number(events).await, acknowledged);
}

on_each_database!(
    what_was_in_anothers_way_is_done_again_as_a_whole,
    where_transactions_are_serializable_nothing_is_lost_or_doubled,
);
