//! The audit log: one chain by several sealers, and every kind of tampering found.

use dipoli_domain::{
    audit::{Action, Event},
    id::{PersonId, SignInId},
    page::Page,
    policy::{Act, By, Viewer},
};
use dipoli_store::{Finding, Kept, OpenError, Store, StoreError};
use dipoli_testkit::{Engine, on_each_database};

use crate::world::{Raw, World};

/// A track with that many events, all chained.
async fn with_events(world: &World, events: usize) {
    let events: Vec<_> = (0..events).map(|_| Event::on(Action::PersonInvited, PersonId::random())).collect();
    world.store.begin(world.operator()).await.unwrap().commit(&events).await.unwrap();
    while world.store.seal_audit_log(world.clock(Act::SealAuditLog)).await.unwrap() > 0 {}
}

/// That many events more, each in a transaction of its own, a second apart.
async fn write(world: &World, store: &Store, events: usize) {
    for _ in 0..events {
        let tx = store.begin(world.operator()).await.unwrap();
        tx.commit(&[Event::on(Action::PersonInvited, PersonId::random())]).await.unwrap();
        world.passes(1);
    }
}

async fn an_untouched_log_is_sound(engine: Engine) {
    let world = World::new(engine).await;
    let empty = world.store.verify_audit_log(None).await.unwrap();
    assert!(empty.is_sound() && empty.sealed == 0);
    with_events(&world, 205).await;
    write(&world, &world.store, 3).await;
    let report = world.store.verify_audit_log(None).await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.sealed, report.unsealed), (205, 3));
    assert_eq!(report.checkpoint.map(|checkpoint| checkpoint.sequence), Some(200));
}

/// What happened today under the Rule, and who read notes, as a track writes it.
async fn a_day_under_the_rule(world: &World, notes: usize, readers: &[PersonId]) {
    let today = world.now().to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    let readers: Vec<_> = readers.iter().map(|reader| (*reader, today)).collect();
    let tx = world.store.begin(world.clock(Act::SealAuditLog)).await.unwrap();
    tx.tell_readers(&readers).await.unwrap();
    tx.commit(&vec![Event::under_the_rule(Action::NotePosted); notes]).await.unwrap();
}

async fn seal_all(world: &World) -> u64 {
    let mut sealed = 0;
    loop {
        match world.store.seal_audit_log(world.clock(Act::SealAuditLog)).await.unwrap() {
            0 => return sealed,
            more => sealed += more,
        }
    }
}

async fn a_day_under_the_rule_is_chained_when_it_is_over(engine: Engine) {
    let world = World::new(engine).await;
    let reader = PersonId::random();
    a_day_under_the_rule(&world, 5, &[reader, PersonId::random()]).await;
    world.passes(60);
    a_day_under_the_rule(&world, 5, &[reader]).await;
    with_events(&world, 3).await;
    let report = world.store.verify_audit_log(None).await.unwrap();
    assert!(report.is_sound() && world.store.events_wait_for_their_day().await.unwrap());
    assert_eq!((report.sealed, report.unsealed, report.of_the_day), (3, 12, 12), "a reader is told once");
    world.passes(86_400);
    a_day_under_the_rule(&world, 1, &[reader]).await;
    assert_eq!(seal_all(&world).await, 12, "yesterday's, and nothing of today");
    let report = world.store.verify_audit_log(None).await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.sealed, report.of_the_day), (15, 2));
    let batch = world.store.audit_events(&administrator(), &Page { after: Some(3), ..Page::first(100) }).await.unwrap();
    assert!(batch.rows.iter().is_sorted_by_key(|event| event.id), "in the order of random ids");
    for event in &batch.rows {
        assert_eq!(event.occurred_at.to_string(), "2027-03-01T00:00:00Z");
        assert_eq!(event.subject, None);
        assert_eq!(event.actor.is_some(), event.action == "notes.read");
    }
    let late = world.store.begin(world.clock(Act::SealAuditLog)).await.unwrap();
    late.tell_readers(&[(reader, jiff::civil::date(2027, 3, 1))]).await.unwrap();
    late.commit(&[]).await.unwrap();
    assert_eq!(seal_all(&world).await, 0, "who is told again is told already");
}

/// Whoever holds all keys writes a log that is sound in itself; the checkpoint in somebody's drawer is not in it.
async fn a_checkpoint_kept_elsewhere_knows_a_log_written_anew(engine: Engine) {
    let world = World::new(engine).await;
    with_events(&world, 120).await;
    let checkpoint = world.store.verify_audit_log(None).await.unwrap().checkpoint.unwrap();
    let kept = Some(Kept { sequence: checkpoint.sequence, digest: checkpoint.digest });
    with_events(&world, 120).await;
    assert!(world.store.verify_audit_log(kept).await.unwrap().is_sound(), "the log went on");
    let (content, keys) = (world.content().await, world.keys().await);
    let beginning = "UPDATE audit_chain SET sequence = 0, digest = (SELECT digest FROM audit_event WHERE sequence = 1)";
    content.run(beginning).await;
    for emptied in ["audit_event", "audit_checkpoint"] {
        content.run(&format!("DELETE FROM {emptied}")).await;
    }
    keys.run("DELETE FROM audit_head").await;
    let cut = world.store.verify_audit_log(kept).await.unwrap().findings;
    assert_eq!(cut, [Finding::Cut(100)]);
    with_events(&world, 240).await;
    let written_anew = world.store.verify_audit_log(kept).await.unwrap().findings;
    assert!(written_anew.contains(&Finding::Rewritten(100)), "{written_anew:?}");
}

/// What goes on from a log that was cut would hide that it was: nothing is chained to it, and no server opens it.
async fn a_log_that_was_cut_does_not_heal(engine: Engine) {
    let world = World::new(engine).await;
    with_events(&world, 20).await;
    assert_eq!(world.store.refuse_cut_log().await, Ok(()));
    let content = world.content().await;
    content.run("DELETE FROM audit_event WHERE sequence > 17").await;
    let back = "UPDATE audit_chain SET sequence = 17, digest = (SELECT digest FROM audit_event WHERE sequence = 17)";
    content.run(back).await;
    write(&world, &world.store, 6).await;
    let sealed = world.store.seal_audit_log(world.clock(Act::SealAuditLog)).await;
    assert_eq!(sealed, Err(StoreError::LogCut));
    let opened = world.another().await;
    assert_eq!(opened.refuse_cut_log().await, Err(OpenError::LogCut));
    let report = opened.verify_audit_log(None).await.unwrap();
    assert!(!report.is_sound(), "{report:?}");
}

/// That somebody was there is told once a day, however often, and when the day is over.
async fn presence_is_told_once_a_day(engine: Engine) {
    let world = World::new(engine).await;
    let anna = PersonId::random();
    for _ in 0..3 {
        let tx = world.store.begin(world.stranger(Act::SignIn)).await.unwrap();
        tx.commit(&[Event::on(Action::SignedIn, anna), Event::on(Action::TokensRefreshed, anna)]).await.unwrap();
        world.passes(300);
    }
    let rows = "SELECT count(*) FROM audit_event WHERE action LIKE 'sign_in.%'";
    assert_eq!(world.content().await.number(rows).await, 2);
    assert_eq!(seal_all(&world).await, 0, "nobody learns of it today");
    world.passes(86_400);
    assert_eq!(seal_all(&world).await, 2);
    assert!(world.store.verify_audit_log(None).await.unwrap().is_sound());
}

async fn several_sealers_make_one_chain(engine: Engine) {
    let world = std::sync::Arc::new(World::new(engine).await);
    let stores = [world.another().await, world.another().await, world.store.clone()];
    let tasks: Vec<_> = stores
        .into_iter()
        .map(|store| {
            let world = std::sync::Arc::clone(&world);
            tokio::spawn(async move {
                for _ in 0..20 {
                    write(&world, &store, 3).await;
                    store.seal_audit_log(world.clock(Act::SealAuditLog)).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    while world.store.seal_audit_log(world.clock(Act::SealAuditLog)).await.unwrap() > 0 {}
    let report = world.store.verify_audit_log(None).await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.sealed, report.unsealed), (180, 0));
}

async fn what_a_killed_sealer_left_is_made_up_for(engine: Engine) {
    let world = World::new(engine).await;
    with_events(&world, 5).await;
    world.keys().await.run("DELETE FROM audit_head").await;
    assert_eq!(world.store.verify_audit_log(None).await.unwrap().findings, [Finding::Head]);
    let restarted = world.another().await;
    restarted.seal_audit_log(world.clock(Act::SealAuditLog)).await.unwrap();
    assert!(restarted.verify_audit_log(None).await.unwrap().is_sound());
}

/// A chain of 120 events that is tampered with and put right again. Those from 61 to 70 were chained as a day's batch.
struct Victim {
    world: World,
    content: Raw,
    keys: Raw,
}

const CONTENT: [&str; 3] = ["audit_event", "audit_checkpoint", "audit_chain"];

impl Victim {
    async fn new(engine: Engine) -> Self {
        let world = World::new(engine).await;
        with_events(&world, 60).await;
        a_day_under_the_rule(&world, 8, &[PersonId::random(), PersonId::random()]).await;
        world.passes(86_400);
        seal_all(&world).await;
        with_events(&world, 50).await;
        let (content, keys) = (world.content().await, world.keys().await);
        for table in CONTENT {
            content.run(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}")).await;
        }
        keys.run("CREATE TABLE kept_audit_head AS SELECT * FROM audit_head").await;
        Self { world, content, keys }
    }

    /// What verification says after statements on the content.
    async fn after(&self, statements: &[&str]) -> Vec<Finding> {
        self.after_both(statements, &[]).await
    }

    /// What verification says after statements on the content and on the key store.
    async fn after_both(&self, content: &[&str], keys: &[&str]) -> Vec<Finding> {
        for (raw, statements) in [(&self.content, content), (&self.keys, keys)] {
            for sql in statements {
                raw.run(sql).await;
            }
        }
        let findings = self.world.store.verify_audit_log(None).await.unwrap().findings;
        for (raw, tables) in [(&self.content, &CONTENT[..]), (&self.keys, &["audit_head"])] {
            for table in tables {
                raw.run(&format!("DELETE FROM {table}")).await;
                raw.run(&format!("INSERT INTO {table} SELECT * FROM kept_{table}")).await;
            }
        }
        assert!(self.world.store.verify_audit_log(None).await.unwrap().is_sound(), "it is put right again");
        findings
    }
}

async fn every_kind_of_tampering_is_found(engine: Engine) {
    let victim = Victim::new(engine).await;
    for event in [7, 65] {
        tampering_is_found(&victim, event).await;
    }
}

async fn tampering_is_found(victim: &Victim, event: i64) {
    let next = event + 1;
    let edits = [
        "action = 'person.invitation_accepted'",
        "subject = 'x'",
        "actor_id = id",
        "occurred_at = '2027-03-01T09:00:01+00:00'",
        "mac = digest",
    ];
    for edit in edits {
        let found = victim.after(&[&format!("UPDATE audit_event SET {edit} WHERE sequence = {event}")]).await;
        assert!(found.contains(&Finding::Forged(event)), "edited {edit}: {found:?}");
    }
    let deleted = victim.after(&[&format!("DELETE FROM audit_event WHERE sequence = {event}")]).await;
    assert_eq!(deleted, [Finding::Missing(event)]);
    let swapped = victim
        .after(&[
            &format!("UPDATE audit_event SET sequence = -7 WHERE sequence = {event}"),
            &format!("UPDATE audit_event SET sequence = {event} WHERE sequence = {next}"),
            &format!("UPDATE audit_event SET sequence = {next} WHERE sequence = -7"),
        ])
        .await;
    assert!(swapped.starts_with(&[Finding::Moved(event), Finding::Moved(next)]), "{swapped:?}");
    let closed_up = victim
        .after(&[
            &format!("DELETE FROM audit_event WHERE sequence = {event}"),
            &format!("UPDATE audit_event SET sequence = -sequence WHERE sequence > {event}"),
            "UPDATE audit_event SET sequence = -sequence - 1 WHERE sequence < 0",
            "UPDATE audit_chain SET sequence = 119",
        ])
        .await;
    assert!(closed_up.contains(&Finding::Moved(event)) && closed_up.contains(&Finding::Cut(120)), "{closed_up:?}");
    let digest = victim.after(&[&format!("UPDATE audit_event SET digest = mac WHERE sequence = {event}")]).await;
    assert!(digest.contains(&Finding::Moved(event)), "{digest:?}");
}

async fn insertions_are_found(engine: Engine) {
    let victim = Victim::new(engine).await;
    let id = if victim.content.is_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" };
    let copy = |sequence: &str| {
        format!(
            "INSERT INTO audit_event (id, occurred_at, action, actor_id, subject, mac, sequence, digest) \
             SELECT {id}, occurred_at, action, actor_id, subject, mac, {sequence}, digest \
             FROM audit_event WHERE sequence = 7"
        )
    };
    assert_eq!(victim.after(&[&copy("121")]).await, [Finding::Extra(1)]);
    let counted = victim.after(&[&copy("121"), "UPDATE audit_chain SET sequence = 121"]).await;
    assert_eq!(counted, [Finding::Forged(121)]);
    let unsealed = victim.after(&[&copy("NULL")]).await;
    assert!(matches!(unsealed.as_slice(), [Finding::ForgedUnsealed(_)]), "{unsealed:?}");
    let world = victim.world;
    victim.content.run(&copy("NULL")).await;
    write(&world, &world.store, 1).await;
    assert_eq!(world.store.seal_audit_log(world.clock(Act::SealAuditLog)).await.unwrap(), 1, "it is not chained");
    assert_eq!(world.store.integrity().len(), 1, "but reported");
}

async fn a_cut_tail_is_found(engine: Engine) {
    let victim = Victim::new(engine).await;
    let cut = |to: i64| format!("DELETE FROM audit_event WHERE sequence > {to}");
    let shortened = |to: i64| {
        format!(
            "UPDATE audit_chain SET sequence = {to}, \
             digest = (SELECT digest FROM audit_event WHERE sequence = {to})"
        )
    };
    assert_eq!(victim.after(&[&cut(90)]).await, [Finding::Cut(120)]);
    let cut_well = victim.after(&[&cut(90), "DELETE FROM audit_checkpoint", &shortened(90)]).await;
    assert_eq!(cut_well, [Finding::Cut(120)], "the head in the key store knows");
    let head = ["UPDATE audit_head SET sequence = 110"];
    let cut_in_both = victim.after_both(&[&cut(110), &shortened(110)], &head).await;
    assert_eq!(cut_in_both, [Finding::Head], "and its head is signed");
    let emptied = CONTENT.map(|table| format!("DELETE FROM {table}"));
    assert_eq!(victim.after(&emptied.each_ref().map(String::as_str)).await, [Finding::Cut(120)]);
}

async fn checkpoints_are_signed(engine: Engine) {
    let victim = Victim::new(engine).await;
    for tamper in ["DELETE FROM audit_checkpoint", "UPDATE audit_checkpoint SET digest = signature"] {
        assert_eq!(victim.after(&[tamper]).await, [Finding::Checkpoint(100)], "{tamper}");
    }
}

fn administrator() -> Viewer {
    Viewer { person: PersonId::random(), by: By::SignIn(SignInId::random()), is_administrator: true, seats: Vec::new() }
}

async fn chained_events_are_listed_for_administrators_alone(engine: Engine) {
    let world = World::new(engine).await;
    with_events(&world, 5).await;
    write(&world, &world.store, 1).await;
    let administrator = administrator();
    let other = Viewer { is_administrator: false, ..administrator.clone() };
    let page = world.store.audit_events(&administrator, &Page::first(3)).await.unwrap();
    assert_eq!(page.rows.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(page.has_next && !page.has_previous);
    let rest = Page { after: Some(3), ..Page::first(3) };
    let rest = world.store.audit_events(&administrator, &rest).await.unwrap();
    assert_eq!(rest.rows.iter().map(|event| event.sequence).collect::<Vec<_>>(), [4, 5]);
    assert!(!rest.has_next && rest.has_previous);
    assert_eq!(world.store.audit_event_count(&administrator).await.unwrap(), 5);
    let ids: Vec<_> = page.rows.iter().map(|event| event.id).collect();
    assert_eq!(world.store.audit_events_by_id(&administrator, &ids).await.unwrap().len(), 3);
    assert!(world.store.audit_events(&other, &Page::first(3)).await.unwrap().rows.is_empty());
    assert!(world.store.audit_events_by_id(&other, &ids).await.unwrap().is_empty());
}

on_each_database!(
    a_log_that_was_cut_does_not_heal,
    presence_is_told_once_a_day,
    an_untouched_log_is_sound,
    a_day_under_the_rule_is_chained_when_it_is_over,
    a_checkpoint_kept_elsewhere_knows_a_log_written_anew,
    several_sealers_make_one_chain,
    what_a_killed_sealer_left_is_made_up_for,
    every_kind_of_tampering_is_found,
    insertions_are_found,
    a_cut_tail_is_found,
    checkpoints_are_signed,
    chained_events_are_listed_for_administrators_alone,
);
