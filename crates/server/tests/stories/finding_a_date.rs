//! Finding a date: each member sees their own marks, the organizer how many of a side could come, and nobody who.

use dipoli_testkit::{Engine, Person, Table, merged, on_each_database};
use serde_json::{Value, json};

const MONDAY: &str = "2027-03-15T09:00:00Z";
const TUESDAY: &str = "2027-03-16T09:00:00Z";
const FIELDS: &str = "status session { id } slots { startsAt viewerMark } viewerCan { mark choose } \
                      availability { startsAt delegation { name } yes ifNeedBe no }";

fn proposal(table: &Table, changes: Value) -> Value {
    let slots = json!([
        { "startsAt": TUESDAY, "endsAt": "2027-03-16T11:00:00Z" },
        { "startsAt": MONDAY, "endsAt": "2027-03-15T11:00:00Z" },
    ]);
    merged(json!({ "workingGroupId": table.water["id"], "title": "Third round", "slots": slots }), changes)
}

async fn says(person: &Person, search: &Value, starts_at: &str, mark: Value) -> Value {
    let marks = json!([{ "startsAt": starts_at, "mark": mark }]);
    person.does("markDates", json!({ "dateSearchId": search["id"], "marks": marks })).await
}

async fn seen(person: &Person, search: &Value) -> Value {
    person.node(&search["id"], "DateSearch", FIELDS).await
}

/// What is counted of a time: name of the side or null, and how many.
fn counted(seen: &Value, starts_at: &str) -> Vec<(Value, i64, i64, i64)> {
    let number = |line: &Value, name: &str| line[name].as_i64().expect("a number");
    let line = |line: &Value| {
        let side = line["delegation"]["name"].clone();
        (side, number(line, "yes"), number(line, "ifNeedBe"), number(line, "no"))
    };
    let lines = seen["availability"].as_array().expect("counts").iter();
    lines.filter(|line| line["startsAt"] == starts_at).map(line).collect()
}

async fn one_sees_ones_own_and_the_organizer_counts(engine: Engine) {
    let table = Table::set(engine).await;
    // The northern delegation has three members, the southern one.
    table.ada.seats(&table.water, &table.uma, "PARTICIPANT", Some(&table.north)).await;
    table.works().await;
    table.letters().take();
    let search = table.olga.does("proposeDates", proposal(&table, json!({ "idempotencyKey": "third" }))).await;
    let again = table.olga.does("proposeDates", proposal(&table, json!({ "idempotencyKey": "third" }))).await;
    assert_eq!(again["id"], search["id"]);
    table.works().await;
    let letters = table.letters().take();
    assert_eq!(letters.len(), 8, "everyone at the table, once");
    assert!(letters.iter().all(|letter| letter.subject == "A date is being sought"));

    for (person, mark) in [(&table.amina, "YES"), (&table.bram, "IF_NEED_BE"), (&table.uma, "NO"), (&table.chen, "YES")]
    {
        says(person, &search, MONDAY, json!(mark)).await;
    }
    says(&table.oskar, &search, MONDAY, json!("NO")).await;
    let own = says(&table.amina, &search, TUESDAY, json!("NO")).await;
    assert_eq!((&own["slots"][0]["viewerMark"], &own["slots"][1]["viewerMark"]), (&json!("YES"), &json!("NO")));
    let changed = says(&table.amina, &search, TUESDAY, Value::Null).await;
    assert_eq!(changed["slots"][1]["viewerMark"], Value::Null);

    let of_olga = seen(&table.olga, &search).await;
    // Olga, Farid, Rita, Chen and Oskar are counted together: of no delegation, or of one of one.
    assert_eq!(counted(&of_olga, MONDAY), [(json!("North"), 1, 1, 1), (Value::Null, 1, 0, 1)]);
    assert_eq!(counted(&of_olga, TUESDAY), [(json!("North"), 0, 0, 0), (Value::Null, 0, 0, 0)]);
    assert_eq!(of_olga["slots"][0]["viewerMark"], Value::Null);
    assert_eq!(of_olga["viewerCan"], json!({ "mark": true, "choose": true }));
    for person in [&table.farid, &table.rita, &table.amina, &table.chen, &table.oskar] {
        let seen = seen(person, &search).await;
        assert_eq!(seen["availability"], Value::Null, "{}", person.name());
        assert_eq!(seen["viewerCan"], json!({ "mark": true, "choose": false }), "{}", person.name());
        for act in ["chooseDate", "withdrawDates"] {
            let input = json!({ "dateSearchId": search["id"] });
            let input = if act == "chooseDate" { merged(input, json!({ "startsAt": MONDAY })) } else { input };
            person.tries(act, input).await.refused(&["FORBIDDEN"]);
        }
        person.tries("proposeDates", proposal(&table, json!({}))).await.refused(&["FORBIDDEN"]);
    }
    for person in [&table.ada, &table.zoe, &table.leo] {
        assert!(seen(person, &search).await.is_null(), "{}", person.name());
    }
    let of_group = "{ workingGroup(slug: \"water\") { dateSearches { id slots { viewerMark } } } }";
    let of_group = table.chen.reads(of_group, json!({})).await;
    assert_eq!(of_group["workingGroup"]["dateSearches"][0]["slots"][0]["viewerMark"], "YES");

    // A member takes their marks along, and they go with the account.
    let own = table.chen.signs_in().await.reads("mutation { exportMyData { json } }", json!({})).await;
    let own: Value = serde_json::from_str(own["exportMyData"]["json"].as_str().expect("a text")).expect("JSON");
    assert_eq!(own["work"]["dates"][0]["marks"], json!([{ "startsAt": MONDAY, "mark": "yes" }]));
    let erase = json!({ "email": table.chen.email(), "notes": "GO" });
    table.chen.tries("eraseMyAccount", erase).await.good();
    assert_eq!(counted(&seen(&table.olga, &search).await, MONDAY)[1], (Value::Null, 0, 0, 1));
}

async fn choosing_schedules_the_session_and_deletes_every_mark(engine: Engine) {
    let table = Table::set(engine).await;
    let search = table.olga.does("proposeDates", proposal(&table, json!({ "venue": "Town hall" }))).await;
    says(&table.amina, &search, MONDAY, json!("YES")).await;
    let of = |starts_at: &str| json!({ "dateSearchId": search["id"], "startsAt": starts_at });
    table.olga.tries("chooseDate", of("2027-03-17T09:00:00Z")).await.refused(&["BAD_USER_INPUT startsAt"]);
    table.works().await;
    table.letters().take();
    let session = table.olga.does("chooseDate", of(MONDAY)).await;
    assert_eq!(
        (&session["title"], &session["startsAt"], &session["status"], &session["venue"]),
        (&json!("Third round"), &json!(MONDAY), &json!("SCHEDULED"), &json!("Town hall"))
    );
    table.works().await;
    assert!(table.letters().take().iter().any(|letter| letter.to == "amina@example.org"), "she is told of the session");
    let over = seen(&table.amina, &search).await;
    assert_eq!((&over["status"], &over["session"]["id"]), (&json!("CHOSEN"), &session["id"]));
    assert_eq!(over["slots"][0]["viewerMark"], Value::Null, "every mark is gone");
    let own = table.amina.node(&session["id"], "Session", "viewerRsvp { response }").await;
    assert_eq!(own["viewerRsvp"]["response"], "PENDING", "a mark is no answer");
    let late = json!({ "dateSearchId": search["id"], "marks": [{ "startsAt": MONDAY, "mark": "NO" }] });
    table.amina.tries("markDates", late).await.refused(&["FAILED_PRECONDITION"]);
    table.olga.tries("chooseDate", of(TUESDAY)).await.refused(&["FAILED_PRECONDITION"]);
    assert_eq!(seen(&table.olga, &search).await["availability"], Value::Null, "nothing is counted any more");

    // The log tells that somebody marked, and not what.
    table.works().await;
    let log = table.ada.reads("{ auditEvents(first: 100) { nodes { action subject } } }", json!({})).await;
    let told = log["auditEvents"]["nodes"].as_array().cloned().unwrap_or_default();
    let of_search = told.iter().filter(|event| event["subject"] == search["id"]);
    // Nothing tells the order of what happened at one moment.
    let mut actions: Vec<&str> = of_search.filter_map(|event| event["action"].as_str()).collect();
    actions.sort_unstable();
    assert_eq!(actions, ["date_search.chosen", "date_search.marked", "date_search.proposed"]);
}

async fn a_search_is_given_up_and_faults_are_told(engine: Engine) {
    let table = Table::set(engine).await;
    let search = table.olga.does("proposeDates", proposal(&table, json!({}))).await;
    says(&table.bram, &search, MONDAY, json!("NO")).await;
    let gone = table.olga.does("withdrawDates", json!({ "dateSearchId": search["id"] })).await;
    assert_eq!(gone["status"], "WITHDRAWN");
    assert_eq!(seen(&table.bram, &search).await["slots"][0]["viewerMark"], Value::Null);
    let slot = |starts_at: &str| json!({ "startsAt": starts_at, "endsAt": "2027-03-20T11:00:00Z" });
    let past = json!({ "startsAt": "2027-02-15T09:00:00Z", "endsAt": "2027-02-15T11:00:00Z" });
    for (changes, refused) in [
        (json!({ "slots": [] }), "BAD_USER_INPUT slots"),
        (json!({ "slots": vec![slot(MONDAY); 11] }), "BAD_USER_INPUT slots"),
        (json!({ "slots": [slot(MONDAY), slot(MONDAY)] }), "BAD_USER_INPUT slots"),
        (json!({ "slots": [past] }), "BAD_USER_INPUT startsAt"),
        (json!({ "title": " " }), "BAD_USER_INPUT title"),
        (json!({ "timeZone": "Mars/Olympus" }), "BAD_USER_INPUT timeZone"),
    ] {
        table.olga.tries("proposeDates", proposal(&table, changes)).await.refused(&[refused]);
    }
    for _ in 0..5 {
        table.olga.does("proposeDates", proposal(&table, json!({}))).await;
    }
    table.olga.tries("proposeDates", proposal(&table, json!({}))).await.refused(&["FAILED_PRECONDITION"]);
    assert_eq!(table.content().await.number("SELECT count(*) FROM date_search").await, 6);
}

on_each_database!(
    one_sees_ones_own_and_the_organizer_counts,
    choosing_schedules_the_session_and_deletes_every_mark,
    a_search_is_given_up_and_faults_are_told,
);
