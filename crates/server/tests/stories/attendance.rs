//! Attendance: who was there, apart from what they had answered; for organizers and facilitators alone, and removable.

use dipoli_testkit::{Engine, Person, Table, on_each_database};
use serde_json::{Value, json};

const FIELDS: &str = "attendance { id person { displayName } } viewerCan { recordAttendance }";

/// The names of those who were there, as `person` sees them; `None` where they do not.
async fn seen(person: &Person, session: &Value) -> Option<Vec<String>> {
    let seen = person.node(&session["id"], "Session", FIELDS).await;
    let name = |seat: &Value| seat["person"]["displayName"].as_str().unwrap_or_default().to_owned();
    let mut names: Vec<String> = seen["attendance"].as_array()?.iter().map(name).collect();
    names.sort_unstable();
    Some(names)
}

fn of(table: &Table, session: &Value, people: &[&str]) -> Value {
    let seats: Vec<_> = people.iter().map(|name| table.seat(name)).collect();
    json!({ "sessionId": session["id"], "membershipIds": seats })
}

async fn soon(table: &Table) -> Value {
    let times = json!({ "startsAt": "2027-03-01T09:10:00Z", "endsAt": "2027-03-01T09:40:00Z", "attribution": "NAMED" });
    table.olga.schedules(&table.water, times).await
}

async fn who_was_there_is_recorded_apart_from_the_answers(engine: Engine) {
    let table = Table::set(engine).await;
    let session = soon(&table).await;
    table.amina.answers(&session, "ACCEPTED").await;
    table.bram.answers(&session, "DECLINED").await;
    table.olga.tries("recordAttendance", of(&table, &session, &["Bram"])).await.refused(&["FAILED_PRECONDITION"]);
    assert_eq!(table.olga.node(&session["id"], "Session", FIELDS).await["viewerCan"]["recordAttendance"], json!(false));

    table.clock.passes("15m");
    assert_eq!(seen(&table.olga, &session).await, Some(vec![]), "an answer is no presence");
    table.olga.does("recordAttendance", of(&table, &session, &["Bram", "Chen"])).await;
    table.farid.does("recordAttendance", of(&table, &session, &["Chen", "Oskar", "Farid"])).await;
    let all = Some(vec!["Bram".to_owned(), "Chen".to_owned(), "Farid".to_owned(), "Oskar".to_owned()]);
    for person in [&table.olga, &table.farid] {
        assert_eq!(seen(person, &session).await, all, "{}", person.name());
    }
    for person in [&table.rita, &table.amina, &table.bram, &table.oskar] {
        assert_eq!(seen(person, &session).await, None, "{}", person.name());
        let input = of(&table, &session, &["Amina"]);
        for act in ["recordAttendance", "removeAttendance"] {
            person.tries(act, input.clone()).await.refused(&["FORBIDDEN"]);
        }
    }
    for person in [&table.ada, &table.zoe, &table.leo, &table.uma] {
        let answer = person.tries("recordAttendance", of(&table, &session, &["Amina"])).await;
        assert_eq!(answer.refusals(), ["NOT_FOUND sessionId"], "{}", person.name());
    }
    table
        .olga
        .tries("recordAttendance", json!({ "sessionId": session["id"], "membershipIds": [] }))
        .await
        .refused(&["BAD_USER_INPUT membershipIds"]);
    let stranger = table.zoe.reads("{ viewer { memberships { nodes { id } } } }", json!({})).await;
    let stranger = json!({ "sessionId": session["id"], "membershipIds": [table.seat("Amina"), stranger["viewer"]["memberships"]["nodes"][0]["id"]] });
    table.olga.tries("recordAttendance", stranger).await.refused(&["NOT_FOUND membershipIds"]);
    assert_eq!(seen(&table.olga, &session).await, all, "all of it or nothing");

    // After it is over too; and removed as if it never had been.
    table.farid.does("concludeSession", json!({ "sessionId": session["id"], "expectedVersion": 1 })).await;
    table.farid.does("recordAttendance", of(&table, &session, &["Rita"])).await;
    table.farid.does("removeAttendance", of(&table, &session, &["Bram", "Oskar", "Rita"])).await;
    assert_eq!(seen(&table.olga, &session).await, Some(vec!["Chen".to_owned(), "Farid".to_owned()]));
    table.olga.does("removeAttendance", of(&table, &session, &["Chen", "Farid", "Amina"])).await;
    assert_eq!(seen(&table.olga, &session).await, Some(vec![]));
    assert_eq!(table.content().await.number("SELECT count(*) FROM attendance").await, 0);
}

async fn it_goes_with_the_person_and_is_theirs_to_take_along(engine: Engine) {
    let table = Table::set(engine).await;
    let session = soon(&table).await;
    table.clock.passes("15m");
    table.olga.does("recordAttendance", of(&table, &session, &["Bram", "Chen"])).await;
    let own = table.chen.signs_in().await.reads("mutation { exportMyData { json } }", json!({})).await;
    let own: Value = serde_json::from_str(own["exportMyData"]["json"].as_str().expect("a text")).expect("JSON");
    assert_eq!(own["work"]["attendance"], json!([{ "sessionId": session["id"] }]));

    // Whoever has left was there all the same, until their account is erased.
    table.olga.does("removeMember", json!({ "membershipId": table.seat("Chen") })).await;
    assert_eq!(seen(&table.farid, &session).await, Some(vec!["Bram".to_owned(), "Chen".to_owned()]));
    let erase = json!({ "email": table.chen.email(), "notes": "STAY" });
    table.chen.signs_in().await.tries("eraseMyAccount", erase).await.good();
    assert_eq!(seen(&table.farid, &session).await, Some(vec!["Bram".to_owned()]));
    let again = of(&table, &session, &["Chen"]);
    table.olga.tries("recordAttendance", again).await.refused(&["NOT_FOUND membershipIds"]);
}

async fn the_log_tells_that_it_was_recorded_and_not_of_whom(engine: Engine) {
    let table = Table::set(engine).await;
    let session = soon(&table).await;
    table.clock.passes("15m");
    table.olga.does("recordAttendance", of(&table, &session, &["Chen"])).await;
    table.works().await;
    table.letters().take();
    let log = "{ auditEvents(first: 100) { nodes { action subject } } }";
    let log = table.ada.reads(log, json!({})).await;
    let told: Vec<_> = log["auditEvents"]["nodes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|event| event["action"].as_str().is_some_and(|action| action.contains("attendance")))
        .cloned()
        .collect();
    assert_eq!(told, [json!({ "action": "session.attendance_recorded", "subject": session["id"] })]);
    table.olga.does("recordAttendance", of(&table, &session, &["Chen"])).await;
    table.works().await;
    assert!(table.letters().take().is_empty(), "nobody is told");
}

on_each_database!(
    who_was_there_is_recorded_apart_from_the_answers,
    it_goes_with_the_person_and_is_theirs_to_take_along,
    the_log_tells_that_it_was_recorded_and_not_of_whom,
);
