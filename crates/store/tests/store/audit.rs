//! The audit log: one chain by several sealers, and every kind of tampering found.

use dipoli_domain::{
    audit::{Action, Event},
    id::{PersonId, SignInId},
    page::Page,
    policy::{Act, Viewer},
};
use dipoli_store::{Finding, Store};
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
    let empty = world.store.verify_audit_log().await.unwrap();
    assert!(empty.is_sound() && empty.sealed == 0);
    with_events(&world, 205).await;
    write(&world, &world.store, 3).await;
    let report = world.store.verify_audit_log().await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.sealed, report.unsealed), (205, 3));
    assert_eq!(report.checkpoint.map(|checkpoint| checkpoint.sequence), Some(200));
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
    let report = world.store.verify_audit_log().await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.sealed, report.unsealed), (180, 0));
}

async fn what_a_killed_sealer_left_is_made_up_for(engine: Engine) {
    let world = World::new(engine).await;
    with_events(&world, 5).await;
    world.keys().await.run("DELETE FROM audit_head").await;
    assert_eq!(world.store.verify_audit_log().await.unwrap().findings, [Finding::Head]);
    let restarted = world.another().await;
    restarted.seal_audit_log(world.clock(Act::SealAuditLog)).await.unwrap();
    assert!(restarted.verify_audit_log().await.unwrap().is_sound());
}

/// A chain of 120 events that is tampered with and put right again.
struct Victim {
    world: World,
    content: Raw,
    keys: Raw,
}

const CONTENT: [&str; 3] = ["audit_event", "audit_checkpoint", "audit_chain"];

impl Victim {
    async fn new(engine: Engine) -> Self {
        let world = World::new(engine).await;
        with_events(&world, 120).await;
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
        let findings = self.world.store.verify_audit_log().await.unwrap().findings;
        for (raw, tables) in [(&self.content, &CONTENT[..]), (&self.keys, &["audit_head"])] {
            for table in tables {
                raw.run(&format!("DELETE FROM {table}")).await;
                raw.run(&format!("INSERT INTO {table} SELECT * FROM kept_{table}")).await;
            }
        }
        assert!(self.world.store.verify_audit_log().await.unwrap().is_sound(), "it is put right again");
        findings
    }
}

async fn every_kind_of_tampering_is_found(engine: Engine) {
    let victim = Victim::new(engine).await;
    let edits = [
        "action = 'person.invitation_accepted'",
        "subject = NULL",
        "actor_id = id",
        "occurred_at = '2027-03-01T09:00:01+00:00'",
        "mac = digest",
    ];
    for edit in edits {
        let found = victim.after(&[&format!("UPDATE audit_event SET {edit} WHERE sequence = 7")]).await;
        assert!(found.contains(&Finding::Forged(7)), "edited {edit}: {found:?}");
    }
    let deleted = victim.after(&["DELETE FROM audit_event WHERE sequence = 7"]).await;
    assert_eq!(deleted, [Finding::Missing(7)]);
    let swapped = victim
        .after(&[
            "UPDATE audit_event SET sequence = -7 WHERE sequence = 7",
            "UPDATE audit_event SET sequence = 7 WHERE sequence = 8",
            "UPDATE audit_event SET sequence = 8 WHERE sequence = -7",
        ])
        .await;
    assert!(swapped.starts_with(&[Finding::Moved(7), Finding::Moved(8)]), "{swapped:?}");
    let closed_up = victim
        .after(&[
            "DELETE FROM audit_event WHERE sequence = 7",
            "UPDATE audit_event SET sequence = -sequence WHERE sequence > 7",
            "UPDATE audit_event SET sequence = -sequence - 1 WHERE sequence < 0",
            "UPDATE audit_chain SET sequence = 119",
        ])
        .await;
    assert!(closed_up.contains(&Finding::Moved(7)) && closed_up.contains(&Finding::Cut(120)), "{closed_up:?}");
    let digest = victim.after(&["UPDATE audit_event SET digest = mac WHERE sequence = 7"]).await;
    assert!(digest.contains(&Finding::Moved(7)), "{digest:?}");
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

async fn chained_events_are_listed_for_administrators_alone(engine: Engine) {
    let world = World::new(engine).await;
    with_events(&world, 5).await;
    write(&world, &world.store, 1).await;
    let viewer = |is_administrator| Viewer {
        person: PersonId::random(),
        sign_in: SignInId::random(),
        is_administrator,
        seats: Vec::new(),
    };
    let administrator = viewer(true);
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
    assert!(world.store.audit_events(&viewer(false), &Page::first(3)).await.unwrap().rows.is_empty());
    assert!(world.store.audit_events_by_id(&viewer(false), &ids).await.unwrap().is_empty());
}

on_each_database!(
    an_untouched_log_is_sound,
    several_sealers_make_one_chain,
    what_a_killed_sealer_left_is_made_up_for,
    every_kind_of_tampering_is_found,
    insertions_are_found,
    a_cut_tail_is_found,
    checkpoints_are_signed,
    chained_events_are_listed_for_administrators_alone,
);
