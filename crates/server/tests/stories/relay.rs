//! Letters by a relay: taken, refused for now, refused for good, and a relay that is not there (M-03, M-04).

use std::{
    collections::BTreeSet,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use dipoli_testkit::{
    Engine, Person, Table, World, on_each_database,
    smtp_sink::{Manner, Received, SmtpSink},
};
use serde_json::{Value, json};

async fn invited_by(sink: &SmtpSink, engine: Engine) -> World {
    let url = format!("\"smtp://{}\"", sink.address());
    let world = World::with_settings(engine, &["aalto"], &[("mail.url", url)]).await;
    let ada = world.administrator("aalto").await;
    ada.does("invitePerson", json!({ "email": "olga@example.org", "displayName": "Olga" })).await;
    world.works().await;
    world
}

fn message_id(received: &Received) -> String {
    let mail = String::from_utf8_lossy(&received.mail).into_owned();
    mail.lines().find_map(|line| line.strip_prefix("Message-ID: ")).expect("a Message-ID").to_owned()
}

async fn a_relay_takes_each_letter_once(engine: Engine) {
    let sink = SmtpSink::start();
    let world = invited_by(&sink, engine).await;
    world.works().await;
    world.passes("1h").await;
    let received = sink.received();
    assert_eq!(received.len(), 1);
    assert_eq!(
        (received[0].to.as_slice(), received[0].hello.as_str()),
        (&["olga@example.org".to_owned()][..], "localhost")
    );
    assert!(world.letters().all().is_empty(), "nothing lies in the folder");
}

async fn a_letter_that_is_refused_for_now_comes_again(engine: Engine) {
    let tries = AtomicUsize::new(0);
    let sink = SmtpSink::behaving(Manner::default().answering(move |step, _| {
        let refused = step == "." && tries.fetch_add(1, Ordering::SeqCst) < 2;
        refused.then(|| "451 later".to_owned())
    }));
    let world = invited_by(&sink, engine).await;
    assert!(sink.received().is_empty());
    world.passes("23s").await;
    assert_eq!(sink.steps().iter().filter(|step| *step == ".").count(), 1, "30 s less a fifth are not over");
    world.passes("14s").await;
    assert_eq!(sink.steps().iter().filter(|step| *step == ".").count(), 2, "tried again, refused again");
    world.passes("47s").await;
    assert!(sink.received().is_empty(), "the pause grows");
    world.passes("26s").await;
    assert_eq!(sink.received().len(), 1);
    world.passes("1h").await;
    assert_eq!(sink.received().len(), 1, "and no more");
    assert!(message_id(&sink.received()[0]).starts_with('<'));
}

async fn a_letter_that_is_refused_for_good_is_dead(engine: Engine) {
    let sink = SmtpSink::behaving(
        Manner::default().answering(|step, _| (step == "RCPT").then(|| "550 no such mailbox".to_owned())),
    );
    let world = invited_by(&sink, engine).await;
    for _ in 0..5 {
        world.passes("1h").await;
    }
    assert_eq!(sink.steps().iter().filter(|step| *step == "RCPT").count(), 1);
}

/// A relay that cannot be reached does not use up a letter's tries.
async fn a_relay_that_is_away_costs_nothing(engine: Engine) {
    let sink = SmtpSink::start();
    let address = sink.address();
    drop(sink);
    let url = format!("\"smtp://{address}\"");
    let world = World::with_settings(engine, &["aalto"], &[("mail.url", url)]).await;
    let ada = world.administrator("aalto").await;
    ada.does("invitePerson", json!({ "email": "olga@example.org", "displayName": "Olga" })).await;
    for _ in 0..20 {
        world.passes("1h").await;
    }
    let waiting = world.content().await;
    let queued = "SELECT count(*) FROM outbox WHERE state = 'queued' AND attempts = 0";
    assert_eq!(waiting.number(queued).await, 1, "it still waits");
}

const SEEN: &str = "{ deliveries { kind queued sent failed failures { failure letters } } }";

/// How letters of a kind go, as an administrator sees it.
async fn seen(ada: &Person, kind: &str) -> Value {
    let answer = ada.reads(SEEN, json!({})).await;
    let deliveries = answer["deliveries"].as_array().expect("a list");
    deliveries.iter().find(|delivery| delivery["kind"] == kind).expect("letters of the kind").clone()
}

/// M-09: TLS is asked for, and whoever sits between takes STARTTLS out of what the relay offers. It gets neither the letter nor
/// whose it is, and is tried again.
async fn a_relay_that_strips_starttls_gets_nothing(engine: Engine) {
    let sink = SmtpSink::start();
    let url = format!("\"smtp://olga:secret@{}?tls=required\"", sink.address());
    let world = World::with_settings(engine, &["aalto"], &[("mail.url", url)]).await;
    let ada = world.administrator("aalto").await;
    ada.does("invitePerson", json!({ "email": "olga@example.org", "displayName": "Olga" })).await;
    world.works().await;
    let tries = |sink: &SmtpSink| sink.steps().iter().filter(|step| *step == "EHLO").count();
    let first = tries(&sink);
    assert!(first > 0);
    for _ in 0..15 {
        world.passes("31m").await;
    }
    assert!(tries(&sink) > first, "it is tried again");
    let steps = sink.steps();
    assert!(steps.iter().all(|step| ["CONNECT", "EHLO", "QUIT"].contains(&step.as_str())), "{steps:?}");
    assert!(sink.received().is_empty());
    let invitations = seen(&ada, "INVITATION").await;
    let expected = json!({ "kind": "INVITATION", "queued": 1, "sent": 0, "failed": 0,
        "failures": [{ "failure": "UNREACHABLE", "letters": 1 }] });
    assert_eq!(invitations, expected, "it says nothing about the letter, which waits");
}

/// M-05: what is still true when the relay is back is sent, once, and what came too late is not.
async fn a_relay_that_comes_back_gets_what_is_still_true(engine: Engine) {
    let relay = SmtpSink::start();
    let address = relay.address();
    let mut table = Table::set(engine).await;
    let file = table.track_folder("aalto").join("track.toml");
    let settings = std::fs::read_to_string(&file).expect("settings");
    std::fs::write(&file, settings.replace("[mail]\n", &format!("[mail]\nurl = \"smtp://{address}\"\n")))
        .expect("settings");
    table.restarts().await;
    table.clock.stands_at("2027-03-29T06:30:00Z");
    table.works().await;
    drop(relay);
    table.olga.schedules(&table.water, json!({})).await;
    table.ada.does("invitePerson", json!({ "email": "wera@example.org", "displayName": "Wera" })).await;
    table.works().await;
    for _ in 0..8 {
        table.passes("30m").await;
    }
    let relay = SmtpSink::at(address, Manner::default());
    table.passes("31m").await;
    table.passes("1h").await;
    let received: Vec<_> = relay.received().into_iter().flat_map(|mail| mail.to).collect();
    assert_eq!(received, ["wera@example.org"], "of a session that is over nobody is reminded");
    let content = table.content().await;
    assert_eq!(content.number("SELECT count(*) FROM outbox WHERE state IN ('claimed', 'dead')").await, 0);
    let waits = "SELECT count(*) FROM outbox WHERE state = 'queued' AND kind IN ('invitation', 'reminder', 'session_scheduled')";
    assert_eq!(content.number(waits).await, 0);
}

/// A relay that says its replies byte by byte has the letter in the end.
async fn a_relay_that_drips_gets_each_letter_once(engine: Engine) {
    let sink = SmtpSink::behaving(Manner::default().dripping(Duration::from_millis(2)));
    let world = invited_by(&sink, engine).await;
    world.passes("1h").await;
    assert_eq!(sink.received().len(), 1);
}

/// A relay that is busy, puts off, breaks off in the middle of mails and greets with nothing: each letter leaves once.
async fn a_relay_that_misbehaves_gets_each_letter_once(engine: Engine) {
    const PEOPLE: usize = 40;
    let sink = SmtpSink::behaving(Manner::default().answering(|step, nth| match (step, nth) {
        ("CONNECT", nth) if nth % 5 == 2 => Some("421 too busy".to_owned()),
        ("CONNECT", nth) if nth % 7 == 3 => Some(String::new()),
        ("MAIL", nth) if nth % 9 == 4 => Some("451 not now".to_owned()),
        ("RCPT", nth) if nth % 11 == 5 => Some("450 come again".to_owned()),
        // Closes when it has the mail, and does not take it.
        (".", nth) if nth % 6 == 1 => Some(String::new()),
        (".", nth) if nth % 13 == 6 => Some("452 no room".to_owned()),
        _ => None,
    }));
    let url = format!("\"smtp://{}\"", sink.address());
    let world = World::with_settings(engine, &["aalto"], &[("mail.url", url)]).await;
    let ada = world.administrator("aalto").await;
    for number in 0..PEOPLE {
        let email = format!("guest{number}@example.org");
        ada.does("invitePerson", json!({ "email": email, "displayName": "Guest" })).await;
    }
    world.works().await;
    let first = sink.received().len();
    assert!((1..PEOPLE).contains(&first), "some were taken at once, not all: {first}");
    for _ in 0..8 {
        world.passes("31m").await;
    }
    let received = sink.received();
    let recipients: BTreeSet<_> = received.iter().flat_map(|mail| mail.to.clone()).collect();
    let letters: BTreeSet<_> = received.iter().map(message_id).collect();
    assert_eq!((received.len(), recipients.len(), letters.len()), (PEOPLE, PEOPLE, PEOPLE), "none lost, none twice");
    assert_eq!(world.content().await.number("SELECT count(*) FROM outbox WHERE state <> 'sent'").await, 0);
}

/// `dipoli track check SLUG --send-to ADDRESS`; what it said, and whether it ended well.
fn checks(world: &World, to: &str) -> (String, bool) {
    let output = Command::new(env!("CARGO_BIN_EXE_dipoli"))
        .args(["track", "check", "aalto", "--send-to", to, "--data"])
        .arg(world.data())
        .output()
        .expect("the program runs");
    let told = [output.stdout, output.stderr].concat();
    (String::from_utf8_lossy(&told).into_owned(), output.status.success())
}

/// An operator tries the way out by hand, and is told what came of it; nothing is left in the outbox.
async fn a_test_message_is_sent_by_hand(engine: Engine) {
    let sink = SmtpSink::behaving(
        Manner::default().answering(|step, nth| (step == "RCPT" && nth == 3).then(|| "550 no olga here".to_owned())),
    );
    let world = invited_by(&sink, engine).await;
    let (told, well) = checks(&world, "operator@example.org");
    assert!(well && told.contains("test mail   it was taken"), "{told}");
    let received = sink.received();
    assert_eq!((received.len(), received[1].to.as_slice()), (2, &["operator@example.org".to_owned()][..]));
    let mail = String::from_utf8_lossy(&received[1].mail).into_owned();
    assert!(mail.contains("Subject: A test message") && !mail.contains("aalto"), "{mail}");
    let (told, well) = checks(&world, "olga@example.org");
    assert!(!well && told.contains("test mail   WRONG: refused for good: the server answered 550"), "{told}");
    assert!(!told.contains("no olga here"), "what the server said may name somebody: {told}");
    let (told, well) = checks(&world, "nobody");
    assert!(!well && told.contains("--send-to"), "{told}");
    assert_eq!(world.content().await.number("SELECT count(*) FROM outbox WHERE state <> 'sent'").await, 0);
}

on_each_database!(
    a_relay_that_comes_back_gets_what_is_still_true,
    a_relay_that_drips_gets_each_letter_once,
    a_relay_that_strips_starttls_gets_nothing,
    a_test_message_is_sent_by_hand,
    a_relay_that_misbehaves_gets_each_letter_once,
    a_relay_takes_each_letter_once,
    a_letter_that_is_refused_for_now_comes_again,
    a_letter_that_is_refused_for_good_is_dead,
    a_relay_that_is_away_costs_nothing,
);
