//! Letters by a relay: taken, refused for now, refused for good, and a relay that is not there (M-03, M-04).

use std::sync::atomic::{AtomicUsize, Ordering};

use dipoli_testkit::{
    Engine, World, on_each_database,
    smtp_sink::{Manner, Received, SmtpSink},
};
use serde_json::json;

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

on_each_database!(
    a_relay_takes_each_letter_once,
    a_letter_that_is_refused_for_now_comes_again,
    a_letter_that_is_refused_for_good_is_dead,
    a_relay_that_is_away_costs_nothing,
);
