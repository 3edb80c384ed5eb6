//! Recurring sessions: scheduled together by the clocks of their zone, told by one letter, and each its own from then on.

use dipoli_testkit::{Engine, Table, merged, on_each_database};
use serde_json::{Value, json};

fn fortnightly(table: &Table, changes: Value) -> Value {
    let input = json!({ "workingGroupId": table.water["id"], "title": "Fortnightly", "startsAt": "2027-03-15T09:00:00Z",
        "endsAt": "2027-03-15T11:00:00Z", "everyWeeks": 2, "sessions": 3 });
    merged(input, changes)
}

fn column(sessions: &Value, name: &str) -> Vec<String> {
    let text = |session: &Value| session[name].as_str().unwrap_or_default().to_owned();
    sessions.as_array().map(|all| all.iter().map(text).collect()).unwrap_or_default()
}

const STARTS: [&str; 3] = ["2027-03-15T09:00:00Z", "2027-03-29T08:00:00Z", "2027-04-12T08:00:00Z"];

async fn a_series_is_told_once_and_each_session_is_its_own(engine: Engine) {
    let table = Table::set(engine).await;
    let once = fortnightly(&table, json!({ "idempotencyKey": "fortnightly" }));
    let sessions = table.olga.does("scheduleSessions", once.clone()).await;
    assert_eq!(column(&sessions, "startsAt"), STARTS, "the clocks of Warsaw go forward on 28 March");
    let again = table.olga.does("scheduleSessions", once.clone()).await;
    assert_eq!(again, sessions, "sent again, done once");
    let other = merged(once, json!({ "sessions": 4 }));
    table.olga.tries("scheduleSessions", other).await.refused(&["CONFLICT idempotencyKey"]);
    table.works().await;
    let letters = table.letters().take();
    let mut told: Vec<&str> = letters.iter().map(|letter| letter.to.as_str()).collect();
    told.sort_unstable();
    let everyone =
        ["amina", "bram", "chen", "farid", "olga", "oskar", "rita"].map(|name| format!("{name}@example.org"));
    assert_eq!(told, everyone, "one letter each");

    // Each of them can be moved or called off by itself, and its calendar entry is its own.
    let [first, second, third] = [0, 1, 2].map(|nth| sessions[nth].clone());
    let moved = json!({ "sessionId": second["id"], "expectedVersion": 1, "startsAt": "2027-03-30T08:00:00Z" });
    table.olga.does("rescheduleSession", moved).await;
    table.olga.does("cancelSession", json!({ "sessionId": third["id"], "expectedVersion": 1 })).await;
    table.passes("10m").await;
    let news = table.letters().take();
    assert_eq!(news.iter().filter(|letter| letter.to == "amina@example.org").count(), 2);
    for (session, starts_at, status) in [
        (&first, STARTS[0], "SCHEDULED"),
        (&second, "2027-03-30T08:00:00Z", "SCHEDULED"),
        (&third, STARTS[2], "CANCELLED"),
    ] {
        let seen = table.amina.node(&session["id"], "Session", "startsAt status viewerRsvp { response }").await;
        assert_eq!((&seen["startsAt"], &seen["status"]), (&json!(starts_at), &json!(status)));
        assert_eq!(seen["viewerRsvp"]["response"], "PENDING");
    }
    // Reminders come of each: of the first, seven days before.
    table.passes("24h").await;
    table.passes("24h").await;
    let reminded = table
        .olga
        .reads("query($id: ID!) { deliveries(sessionId: $id) { kind } }", json!({ "id": second["id"] }))
        .await;
    assert!(column(&reminded["deliveries"], "kind").contains(&"REMINDER".to_owned()), "{reminded}");
}

async fn who_may_not_schedule_one_session_schedules_no_series(engine: Engine) {
    let table = Table::set(engine).await;
    for person in [&table.farid, &table.rita, &table.amina, &table.oskar, &table.ada] {
        person.tries("scheduleSessions", fortnightly(&table, json!({}))).await.refused(&["FORBIDDEN"]);
    }
    for person in [&table.zoe, &table.leo, &table.uma] {
        let refusals = person.tries("scheduleSessions", fortnightly(&table, json!({}))).await.refusals();
        assert_eq!(refusals, ["NOT_FOUND workingGroupId"], "{}", person.name());
    }
    for (changes, refused) in [
        (json!({ "sessions": 53 }), "BAD_USER_INPUT sessions"),
        (json!({ "sessions": null, "lastDay": "2030-01-01" }), "BAD_USER_INPUT lastDay"),
        (json!({ "everyWeeks": null, "monthlyOn": "LAST" }), "BAD_USER_INPUT monthlyOn"),
        (json!({ "endsAt": "2027-03-15T08:00:00Z" }), "BAD_USER_INPUT endsAt"),
    ] {
        table.olga.tries("scheduleSessions", fortnightly(&table, changes)).await.refused(&[refused]);
    }
    let all = table.amina.reads("{ sessions(first: 50) { totalCount } }", json!({})).await;
    assert_eq!(all["sessions"]["totalCount"], 0, "all of a series or nothing");

    // Drafts mail nobody, and the third Monday of each month is one.
    let drafts =
        json!({ "everyWeeks": null, "sessions": null, "monthlyOn": "THIRD", "lastDay": "2027-05-31", "draft": true });
    let drafts = table.olga.does("scheduleSessions", fortnightly(&table, drafts)).await;
    let expected = ["2027-03-15T09:00:00Z", "2027-04-19T08:00:00Z", "2027-05-17T08:00:00Z"];
    assert_eq!(column(&drafts, "startsAt"), expected);
    table.works().await;
    assert!(table.letters().take().is_empty());
    assert!(table.amina.node(&drafts[1]["id"], "Session", "id").await.is_null());
}

on_each_database!(
    a_series_is_told_once_and_each_session_is_its_own,
    who_may_not_schedule_one_session_schedules_no_series,
);
