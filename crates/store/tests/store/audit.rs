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

/// A track with that many events, a second apart, all chained.
async fn with_events(world: &World, events: usize) {
    write(world, &world.store, events).await;
    while world.store.seal_audit_log(world.clock(Act::SealAuditLog)).await.unwrap() > 0 {}
}

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

/// Tampers with a chain of 120 events; what verification says.
async fn tampered(engine: Engine, tamper: impl AsyncFnOnce(&Raw, &Raw)) -> Vec<Finding> {
    let world = World::new(engine).await;
    with_events(&world, 120).await;
    tamper(&world.content().await, &world.keys().await).await;
    world.store.verify_audit_log().await.unwrap().findings
}

async fn every_kind_of_tampering_is_found(engine: Engine) {
    let edits = [
        "action = 'person.invitation_accepted'",
        "subject = NULL",
        "actor_id = id",
        "occurred_at = (SELECT occurred_at FROM audit_event WHERE sequence = 8)",
        "mac = digest",
    ];
    for edit in edits {
        let sql = format!("UPDATE audit_event SET {edit} WHERE sequence = 7");
        let found = tampered(engine, async |content, _| drop(content.run(&sql).await)).await;
        assert!(found.contains(&Finding::Forged(7)), "edited {edit}: {found:?}");
    }
    let deleted = tampered(engine, async |content, _| {
        content.run("DELETE FROM audit_event WHERE sequence = 7").await;
    });
    assert_eq!(deleted.await, [Finding::Missing(7)]);
    let swapped = tampered(engine, async |content, _| {
        for (from, to) in [(7, -7), (8, 7), (-7, 8)] {
            content.run(&format!("UPDATE audit_event SET sequence = {to} WHERE sequence = {from}")).await;
        }
    });
    assert!(swapped.await.starts_with(&[Finding::Moved(7), Finding::Moved(8)]));
    let closed_up = tampered(engine, async |content, _| {
        content.run("DELETE FROM audit_event WHERE sequence = 7").await;
        for sequence in 8..=120 {
            content.run(&format!("UPDATE audit_event SET sequence = {sequence} - 1 WHERE sequence = {sequence}")).await;
        }
        content.run("UPDATE audit_chain SET sequence = 119").await;
    });
    let closed_up = closed_up.await;
    assert!(closed_up.contains(&Finding::Moved(7)) && closed_up.contains(&Finding::Cut(120)), "{closed_up:?}");
    let digest = tampered(engine, async |content, _| {
        content.run("UPDATE audit_event SET digest = mac WHERE sequence = 7").await;
    });
    assert!(digest.await.contains(&Finding::Moved(7)));
}

async fn insertions_are_found(engine: Engine) {
    let copy = |sequence: &str| {
        format!(
            "INSERT INTO audit_event (id, occurred_at, action, actor_id, subject, mac, sequence, digest) \
             SELECT {{id}}, occurred_at, action, actor_id, subject, mac, {sequence}, digest \
             FROM audit_event WHERE sequence = 7"
        )
    };
    let id = |raw: &Raw| if raw.is_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" };
    let behind = tampered(engine, async |content, _| {
        content.run(&copy("121").replace("{id}", id(content))).await;
    });
    assert_eq!(behind.await, [Finding::Extra(1)]);
    let counted = tampered(engine, async |content, _| {
        content.run(&copy("121").replace("{id}", id(content))).await;
        content.run("UPDATE audit_chain SET sequence = 121").await;
    });
    assert_eq!(counted.await, [Finding::Forged(121)]);
    let world = World::new(engine).await;
    with_events(&world, 10).await;
    let content = world.content().await;
    content.run(&copy("NULL").replace("{id}", id(&content))).await;
    let found = world.store.verify_audit_log().await.unwrap().findings;
    assert!(matches!(found.as_slice(), [Finding::ForgedUnsealed(_)]), "{found:?}");
    write(&world, &world.store, 1).await;
    assert_eq!(world.store.seal_audit_log(world.clock(Act::SealAuditLog)).await.unwrap(), 1, "it is not chained");
    assert_eq!(world.store.integrity().len(), 1, "but reported");
}

async fn a_cut_tail_is_found(engine: Engine) {
    let cut = tampered(engine, async |content, _| {
        content.run("DELETE FROM audit_event WHERE sequence > 90").await;
    });
    assert_eq!(cut.await, [Finding::Cut(120)]);
    let cut_well = tampered(engine, async |content, _| {
        content.run("DELETE FROM audit_event WHERE sequence > 90").await;
        content.run("DELETE FROM audit_checkpoint").await;
        content
            .run("UPDATE audit_chain SET sequence = 90, digest = (SELECT digest FROM audit_event WHERE sequence = 90)")
            .await;
    });
    assert_eq!(cut_well.await, [Finding::Cut(120)], "the head in the key store knows");
    let cut_in_both = tampered(engine, async |content, keys| {
        content.run("DELETE FROM audit_event WHERE sequence > 110").await;
        content
            .run("UPDATE audit_chain SET sequence = 110, digest = (SELECT digest FROM audit_event WHERE sequence = 110)")
            .await;
        keys.run("UPDATE audit_head SET sequence = 110").await;
    });
    assert_eq!(cut_in_both.await, [Finding::Head], "and its head is signed");
    let everything = tampered(engine, async |content, _| {
        for table in ["audit_event", "audit_checkpoint", "audit_chain"] {
            content.run(&format!("DELETE FROM {table}")).await;
        }
    });
    assert_eq!(everything.await, [Finding::Cut(120)]);
}

async fn checkpoints_are_signed(engine: Engine) {
    for tamper in ["DELETE FROM audit_checkpoint", "UPDATE audit_checkpoint SET digest = signature"] {
        let found = tampered(engine, async |content, _| drop(content.run(tamper).await)).await;
        assert_eq!(found, [Finding::Checkpoint(100)], "{tamper}");
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
