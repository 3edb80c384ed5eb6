//! How letters are delivered, as organizers and administrators see it: how many and why not, never to whom; letters that
//! are queued again; and an address that is refused for good too often.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use dipoli_testkit::{
    Engine, Person, Table, mutation, on_each_database,
    smtp_sink::{Manner, SmtpSink},
};
use serde_json::{Value, json};

const SEEN: &str = "query($session: ID) { deliveries(sessionId: $session) { sessionId kind day queued sent failed \
    failures { failure letters } lastSentAt } }";

async fn seen(person: &Person, session: Option<&Value>) -> Vec<Value> {
    let answer = person.reads(SEEN, json!({ "session": session.map(|session| &session["id"]) })).await;
    answer["deliveries"].as_array().expect("a list").clone()
}

fn of_kind<'a>(deliveries: &'a [Value], kind: &str) -> &'a Value {
    deliveries.iter().find(|delivery| delivery["kind"] == kind).expect("letters of the kind")
}

async fn organizers_see_how_many_and_not_to_whom(engine: Engine) {
    let table = Table::set(engine).await;
    table.clock.stands_at("2027-03-01T09:00:00Z");
    let session = table.olga.schedules(&table.water, json!({})).await;
    table.works().await;
    let told = of_kind(&seen(&table.olga, Some(&session)).await, "SESSION_SCHEDULED").clone();
    let expected = json!({ "sessionId": session["id"], "kind": "SESSION_SCHEDULED", "day": null, "queued": 0, "sent": 7,
        "failed": 0, "failures": [], "lastSentAt": "2027-03-01T09:00:00Z" });
    assert_eq!(told, expected);
    assert_eq!(of_kind(&seen(&table.olga, None).await, "REMINDER")["queued"], 21, "three for each");
    for other in [&table.farid, &table.amina, &table.oskar, &table.zoe, &table.uma] {
        assert!(seen(other, Some(&session)).await.is_empty(), "{}", other.name());
    }
    assert_eq!(of_kind(&seen(&table.ada, Some(&session)).await, "SESSION_SCHEDULED"), &told, "administrators alike");
    let invitations = seen(&table.ada, None).await;
    assert_eq!(of_kind(&invitations, "INVITATION")["sessionId"], Value::Null);
    assert!(seen(&table.olga, None).await.iter().all(|delivery| delivery["sessionId"] == session["id"]));
    let requeue = json!({ "sessionId": session["id"], "kind": "REMINDER" });
    table.amina.tries("requeueDelivery", requeue).await.refused(&["FORBIDDEN"]);
    let invitations = json!({ "kind": "INVITATION" });
    table.olga.tries("requeueDelivery", invitations.clone()).await.refused(&["FORBIDDEN"]);
    // What is about accounts is for people, and codes of an hour are asked for anew.
    let token = json!({ "name": "a program", "scopes": ["SESSIONS_WRITE"] });
    let token = table.ada.signs_in().await.does("createPersonalAccessToken", token).await;
    let document = mutation("requeueDelivery", "requeued");
    let by_program = table.door.ask("aalto", token.as_str(), &document, json!({ "input": invitations })).await;
    by_program.refused(&["FORBIDDEN"]);
    for kind in ["PASSWORD_RESET", "ADDRESS_TO_CONFIRM"] {
        table.ada.tries("requeueDelivery", json!({ "kind": kind })).await.refused(&["BAD_USER_INPUT kind"]);
    }
}

/// Of several invitations to a person that were given up, each of which would get a code, the latest is queued again.
async fn one_invitation_to_each_is_queued_again(engine: Engine) {
    let sink = SmtpSink::behaving(
        Manner::default().answering(|step, _| (step == "RCPT").then(|| "550 no such mailbox".to_owned())),
    );
    let table = by_relay(engine, &sink).await;
    for _ in 0..2 {
        table.ada.does("invitePerson", json!({ "email": "wera@example.org", "displayName": "Wera" })).await;
        table.clock.passes("1m");
        table.works().await;
    }
    assert_eq!(of_kind(&seen(&table.ada, None).await, "INVITATION")["failed"], 2);
    let again = json!({ "kind": "INVITATION" });
    assert_eq!(table.ada.tries("requeueDelivery", again).await.at("/requeueDelivery/requeued"), &json!(1));
}

/// Digests are counted by the day, for all groups together, without a time.
async fn digests_are_counted_by_the_day(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    table.chen.posts(&session, "GROUP", "Aloud.").await;
    table.clock.stands_at("2027-03-02T06:00:00Z");
    table.works().await;
    let digests = of_kind(&seen(&table.ada, None).await, "NOTES_DIGEST").clone();
    let expected = json!({ "sessionId": null, "kind": "NOTES_DIGEST", "day": "2027-03-02", "queued": 0, "sent": 6,
        "failed": 0, "failures": [], "lastSentAt": null });
    assert_eq!(digests, expected);
    assert!(seen(&table.olga, None).await.iter().all(|delivery| delivery["kind"] != "NOTES_DIGEST"));
}

fn taken_for(sink: &SmtpSink, name: &str) -> usize {
    sink.received().iter().filter(|mail| mail.to.iter().any(|to| to.starts_with(name))).count()
}

/// A table whose letters go to a relay from now on.
async fn by_relay(engine: Engine, sink: &SmtpSink) -> Table {
    let mut table = Table::set(engine).await;
    let file = table.track_folder("aalto").join("track.toml");
    let settings = std::fs::read_to_string(&file).expect("settings");
    let url = format!("[mail]\nurl = \"smtp://{}\"\n", sink.address());
    assert_eq!(settings.matches("[mail]\n").count(), 1, "{settings}");
    std::fs::write(&file, settings.replace("[mail]\n", &url)).expect("settings");
    table.restarts().await;
    table
}

async fn an_address_that_is_refused_three_times_stops_until_it_is_tried_again_by_hand(engine: Engine) {
    let left = Arc::new(AtomicUsize::new(0));
    let to_refuse = Arc::clone(&left);
    let sink = SmtpSink::behaving(Manner::default().answering(move |step, _| {
        let one_less = |left: usize| left.checked_sub(1);
        let refused = step == "RCPT" && to_refuse.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok();
        refused.then(|| "550 no such mailbox".to_owned())
    }));
    let table = by_relay(engine, &sink).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    table.olga.does("setSessionReminders", json!({ "sessionId": session["id"], "reminders": [] })).await;
    table.amina.does("setMyReminders", json!({ "reminders": ["10d", "9d", "8d", "7d", "6d"] })).await;
    table.clock.stands_at("2027-03-01T09:00:00Z");
    table.works().await;
    assert_eq!((sink.received().len(), taken_for(&sink, "amina")), (7, 1), "all are told");

    left.store(3, Ordering::SeqCst);
    for (day, told) in [("19", 1), ("20", 1), ("21", 2), ("22", 2)] {
        table.clock.stands_at(&format!("2027-03-{day}T08:00:00Z"));
        table.works().await;
        assert_eq!(taken_for(&sink, "olga"), told, "the organizer is told once, on the third: {day}");
    }
    assert_eq!((sink.received().len(), taken_for(&sink, "amina")), (8, 1), "nothing goes there any more");
    let raw = String::from_utf8_lossy(&sink.received()[7].mail).into_owned();
    assert!(!raw.contains("amina") && !raw.contains("Amina"), "the letter does not say whose: {raw}");
    let reminders = of_kind(&seen(&table.olga, Some(&session)).await, "REMINDER").clone();
    let failures = json!([{ "failure": "REFUSED", "letters": 3 }, { "failure": "STOPPED", "letters": 1 }]);
    assert_eq!((&reminders["failed"], &reminders["failures"]), (&json!(4), &failures));

    let requeue = json!({ "sessionId": session["id"], "kind": "REMINDER" });
    assert_eq!(table.olga.tries("requeueDelivery", requeue.clone()).await.at("/requeueDelivery/requeued"), &json!(4));
    assert_eq!(table.olga.tries("requeueDelivery", requeue).await.at("/requeueDelivery/requeued"), &json!(0));
    table.works().await;
    assert_eq!(taken_for(&sink, "amina"), 5, "tried anew, each once");
    table.clock.stands_at("2027-03-23T08:00:00Z");
    table.works().await;
    assert_eq!((taken_for(&sink, "amina"), taken_for(&sink, "olga")), (6, 2), "and what follows arrives");
}

on_each_database!(
    organizers_see_how_many_and_not_to_whom,
    digests_are_counted_by_the_day,
    one_invitation_to_each_is_queued_again,
    an_address_that_is_refused_three_times_stops_until_it_is_tried_again_by_hand,
);
