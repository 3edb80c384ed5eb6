//! The life of keys: rotated, retired, destroyed, by whoever comes next and however often they were interrupted.

use std::collections::BTreeSet;

use dipoli_domain::{
    audit::{Action, Event},
    id::{PersonId, SignInId},
    policy::{self, Act, Actor, On, Permit, scope::Groups},
    sign_in::ClientKind,
};
use dipoli_store::{Clock, Entrance, KeyReport, Pass, Place, Store};
use dipoli_testkit::{Engine, on_each_database};

use crate::{
    sealing::{Everything, SECRET, tells},
    world::World,
};

fn operator(world: &World, act: Act) -> Permit {
    policy::may(Actor::Operator, act, On::track(), world.now()).unwrap()
}

async fn rotates(world: &World, store: &Store) {
    store.rotate_keys(operator(world, Act::RotateKeys)).await.unwrap();
}

/// One pass over all tables; how many transactions it took.
async fn reseals(world: &World, store: &Store) -> u32 {
    let (mut pass, mut steps) = (Pass::default(), 0);
    while store.reseal(world.clock(Act::TendKeys), &mut pass).await.unwrap() {
        steps += 1;
    }
    steps
}

async fn tends(world: &World, store: &Store) {
    store.read_keys_again().await.unwrap();
    store.turn_signing_keys(world.now()).await.unwrap();
    reseals(world, store).await;
    store.overwrite_spent_keys(world.now(), false).await.unwrap();
    store.finish_destruction(world.clock(Act::TendKeys)).await.unwrap();
}

async fn report(world: &World) -> KeyReport {
    world.another().await.key_report().await.unwrap()
}

/// The keys that rows are sealed by, of every table.
async fn in_use(world: &World) -> BTreeSet<Vec<u8>> {
    let raw = world.content().await;
    let mut keys = BTreeSet::new();
    for (table, column) in sealed_columns(world).await {
        for row in raw.rows(&format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL")).await {
            let sealed: Vec<u8> = row.try_get_by_index(0).unwrap();
            keys.insert(sealed[2..18].to_vec());
        }
    }
    keys
}

async fn sealed_columns(world: &World) -> Vec<(String, String)> {
    let raw = world.content().await;
    let mut found = Vec::new();
    for column in ["sealed", "rotation"] {
        let sql = if raw.is_sqlite() {
            format!(
                "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE c.name = '{column}' \
                 ORDER BY 1"
            )
        } else {
            format!("SELECT table_name::text FROM information_schema.columns WHERE column_name = '{column}' ORDER BY 1")
        };
        found.extend(raw.texts(&sql).await.into_iter().map(|table| (table, column.to_owned())));
    }
    found
}

async fn all_that_was_written_is_read_while_keys_change(engine: Engine) {
    let world = World::new(engine).await;
    let everything = Everything::make(&world).await;
    let viewer = everything.viewer(&world);
    let before = everything.read(&world.store, &viewer).await;
    let old = in_use(&world).await;

    rotates(&world, &world.store).await;
    let made = report(&world).await;
    assert_eq!((made.active, made.retained), (2, 2), "people and the group");
    assert!(made.rows.total() > 0);
    assert_eq!(everything.read(&world.store, &viewer).await, before);
    reseals(&world, &world.store).await;
    assert!(in_use(&world).await.is_disjoint(&old), "every row is sealed anew");
    assert_eq!(everything.read(&world.store, &viewer).await, before);

    // Within the grace, somebody may still write with the old key.
    world.store.overwrite_spent_keys(world.now(), false).await.unwrap();
    assert_eq!(report(&world).await.retained, 2);
    world.passes(61);
    tends(&world, &world.store).await;
    let after = report(&world).await;
    assert_eq!((after.active, after.retained, after.rows.total()), (2, 0, 0));
    assert_eq!(everything.read(&world.another().await, &viewer).await, before);
    let keys = world.keys().await;
    assert_eq!(keys.number("SELECT count(*) FROM wrapped_key WHERE state = 'destroyed'").await, 2);
    let events = "SELECT action FROM audit_event WHERE action LIKE 'keys.%' ORDER BY action";
    assert_eq!(world.content().await.texts(events).await, ["keys.destroyed", "keys.rotated"]);
    assert!(world.store.integrity().is_empty());
}

/// A process that is killed after any step leaves what the next one goes on with.
async fn whoever_comes_next_goes_on(engine: Engine) {
    let world = World::new(engine).await;
    let everything = Everything::make(&world).await;
    let viewer = everything.viewer(&world);
    let before = everything.read(&world.store, &viewer).await;
    rotates(&world, &world.store).await;
    let mut pass = Pass::default();
    for _ in 0..3 {
        // Each transaction by another process, which begins the pass anew or goes on with it.
        world.another().await.reseal(world.clock(Act::TendKeys), &mut pass).await.unwrap();
        assert_eq!(everything.read(&world.another().await, &viewer).await, before);
    }
    rotates(&world, &world.another().await).await;
    assert_eq!(report(&world).await.retained, 4, "rotated again before it was over");
    reseals(&world, &world.another().await).await;
    world.passes(61);
    world.another().await.overwrite_spent_keys(world.now(), false).await.unwrap();
    let keys = world.keys().await;
    assert_eq!(keys.number("SELECT count(*) FROM wrapped_key WHERE state = 'destroying'").await, 4);
    assert_eq!(world.another().await.finish_destruction(world.clock(Act::TendKeys)).await.unwrap(), 4);
    assert_eq!(world.another().await.finish_destruction(world.clock(Act::TendKeys)).await.unwrap(), 0);
    assert_eq!(everything.read(&world.another().await, &viewer).await, before);
}

async fn a_row_that_was_changed_meanwhile_keeps_the_change(engine: Engine) {
    let world = World::new(engine).await;
    let everything = Everything::make(&world).await;
    let other = world.another().await;
    rotates(&world, &other).await;
    // This process has not heard of the new keys: what it writes is sealed by the old one, and is sealed anew later.
    let tx = world.store.begin(world.operator()).await.unwrap();
    tx.add_sign_in(
        SignInId::random(),
        everything.anna.id,
        Entrance { client: ClientKind::Program, proved_twice: false },
        [7; 32],
    )
    .await
    .unwrap();
    tx.commit(&[Event::on(Action::SignedIn, everything.anna.id)]).await.unwrap();
    assert_eq!(
        report(&world).await.rows.by_table().iter().find(|(table, _)| *table == "sign_in"),
        Some(&("sign_in", 1))
    );
    reseals(&world, &other).await;
    assert_eq!(report(&world).await.rows.total(), 0);
}

async fn a_row_that_does_not_open_keeps_its_key(engine: Engine) {
    let world = World::new(engine).await;
    let everything = Everything::make(&world).await;
    let content = world.content().await;
    content.run("UPDATE delegation SET group_id = id").await;
    rotates(&world, &world.store).await;
    world.passes(61);
    tends(&world, &world.store).await;
    let left = report(&world).await;
    assert_eq!((left.retained, left.rows.total()), (1, 1), "the group's, for one delegation");
    assert_eq!(world.store.integrity().len(), 1, "which is reported");
    let read = everything.read(&world.store, &everything.viewer(&world)).await;
    assert!(read["session"].contains(SECRET));
}

async fn a_signing_key_is_known_before_it_signs_and_long_after(engine: Engine) {
    let world = World::new(engine).await;
    let first = world.store.access_seeds()[0].kid.clone();
    let states = async || {
        let keys = world.keys().await;
        keys.texts("SELECT state FROM signing_key WHERE purpose = 'access' ORDER BY state").await
    };
    rotates(&world, &world.store).await;
    rotates(&world, &world.store).await;
    assert_eq!(states().await, ["active", "pending"], "one waits, however often it is asked for");
    world.passes(599);
    tends(&world, &world.store).await;
    assert!(world.store.access_seeds().iter().any(|seed| seed.kid == first && seed.active));
    world.passes(1);
    let other = world.another().await;
    tends(&world, &other).await;
    tends(&world, &world.store).await;
    for store in [&world.store, &other] {
        let seeds = store.access_seeds();
        assert_eq!(seeds.iter().filter(|seed| seed.active).count(), 1);
        assert!(seeds.iter().any(|seed| seed.kid == first && !seed.active), "what it signed is still good");
    }
    assert_eq!(states().await, ["active", "retained"]);
    world.passes(62 * 60);
    tends(&world, &world.store).await;
    assert_eq!(states().await, ["active", "destroyed"]);
    assert!(world.store.access_seeds().iter().all(|seed| seed.kid != first));
}

async fn checkpoints_outlive_the_key_that_signed_them(engine: Engine) {
    let world = World::new(engine).await;
    let events: Vec<_> = (0..120).map(|_| Event::on(Action::PersonInvited, PersonId::random())).collect();
    world.store.begin(world.operator()).await.unwrap().commit(&events).await.unwrap();
    while world.store.seal_audit_log(world.clock(Act::SealAuditLog)).await.unwrap() > 0 {}
    rotates(&world, &world.store).await;
    for seconds in [601, 62 * 60 + 1] {
        world.passes(seconds);
        tends(&world, &world.store).await;
    }
    let gone = "SELECT count(*) FROM signing_key WHERE purpose = 'checkpoint' AND state = 'destroyed'";
    assert_eq!(world.keys().await.number(gone).await, 1);
    while world.store.seal_audit_log(world.clock(Act::SealAuditLog)).await.unwrap() > 0 {}
    let log = world.another().await.verify_audit_log(None).await.unwrap();
    assert!(log.is_sound(), "{:?}", log.findings);
    // What is left of the key proves its public half: another cannot be put in its place.
    let keys = world.keys().await;
    let other = keys.bytes(&[9; 32]);
    keys.run(&format!("UPDATE signing_key SET public = {other} WHERE state = 'destroyed'")).await;
    assert!(Store::open(&world.place, &world.root, Clock::Database).await.is_err());
}

async fn what_a_group_said_goes_with_its_keys(engine: Engine) {
    let world = World::new(engine).await;
    let everything = Everything::make(&world).await;
    let viewer = everything.viewer(&world);
    let other = world.another().await;
    let store = &world.store;
    let group = store.group_named("zimorodok").await.unwrap().unwrap();
    let unreadable = store.sealed_by_group(group).await.unwrap();
    assert_eq!(
        (unreadable.keys.len(), unreadable.rows.total()),
        (1, 13),
        "group, side, session, item, record, correction, statement, attendance, search for a date, four notes"
    );
    let wrapped = wrapped_keys(&world).await;
    let destroy = operator(&world, Act::DestroyKeys);
    store.overwrite_group(destroy, group).await.unwrap();
    store.finish_destruction(world.clock(Act::TendKeys)).await.unwrap();
    store.release_slug(world.clock(Act::TendKeys), group).await.unwrap();
    assert!(store.group_named("zimorodok").await.unwrap().is_none(), "another group may take the slug");

    other.read_keys_again().await.unwrap();
    for store in [store, &other, &world.another().await] {
        let read = everything.read(store, &viewer).await;
        for table in ["working_group", "delegation", "session", "agenda_item", "note"] {
            assert!(!read[table].contains(SECRET), "{table}");
        }
        assert!(read["person"].contains(SECRET), "people are the track's");
        assert_eq!(store.working_group_count(&Groups::All).await.unwrap(), 0);
        assert_eq!(store.integrity(), [], "nothing is wrong with it");
    }
    let event = "SELECT count(*) FROM audit_event WHERE action = 'working_group.destroyed'";
    assert_eq!(world.content().await.number(event).await, 1);

    // No page of the key store remembers.
    let gone: Vec<_> = wrapped.iter().filter(|key| !remaining(&world, key)).collect();
    if engine == Engine::Sqlite {
        assert_eq!(gone.len(), 1);
    }
    store.close().await.unwrap();
    other.close().await.unwrap();
}

async fn wrapped_keys(world: &World) -> Vec<Vec<u8>> {
    let rows = world.keys().await.rows("SELECT wrapped FROM wrapped_key").await;
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// Whether a file of the track's folder holds these bytes.
fn remaining(world: &World, bytes: &[u8]) -> bool {
    std::fs::read_dir(world.folder.path()).unwrap().any(|file| {
        let file = std::fs::read(file.unwrap().path()).unwrap();
        file.windows(bytes.len()).any(|window| window == bytes)
    })
}

async fn every_table_with_something_sealed_is_sealed_anew(engine: Engine) {
    let world = World::new(engine).await;
    let none = world.store.rows_under(&[]).await.unwrap();
    let mut known: Vec<_> = none.by_table().into_iter().map(|(table, _)| table.to_owned()).collect();
    let mut found: Vec<_> = sealed_columns(&world).await.into_iter().map(|(table, _)| table).collect();
    known.sort();
    found.sort();
    assert_eq!(known, found, "name the table in store/src/reseal.rs");
}

async fn a_track_is_wiped_and_nothing_is_left(engine: Engine) {
    let world = World::new(engine).await;
    Everything::make(&world).await;
    world.store.close().await.unwrap();
    world.place.wipe().await.unwrap();
    world.place.wipe().await.unwrap();
    if engine == Engine::Sqlite {
        assert_eq!(std::fs::read_dir(world.folder.path()).unwrap().count(), 0);
        return;
    }
    for raw in [world.content().await, world.keys().await] {
        let tables = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'";
        assert!(
            raw.texts(tables).await.is_empty(),
            "name the table in store/src/wiping.rs: {:?}",
            raw.texts(tables).await
        );
    }
}

on_each_database!(
    all_that_was_written_is_read_while_keys_change,
    whoever_comes_next_goes_on,
    a_row_that_was_changed_meanwhile_keeps_the_change,
    a_row_that_does_not_open_keeps_its_key,
    a_signing_key_is_known_before_it_signs_and_long_after,
    checkpoints_outlive_the_key_that_signed_them,
    what_a_group_said_goes_with_its_keys,
    every_table_with_something_sealed_is_sealed_anew,
    a_track_is_wiped_and_nothing_is_left,
);

/// The old database beside today's keys, and the old keys beside today's database.
#[tokio::test]
async fn a_backup_of_the_content_opens_nothing_of_what_was_destroyed() {
    let world = World::new(Engine::Sqlite).await;
    let everything = Everything::make(&world).await;
    world.store.close().await.unwrap();
    let (backup, folder) = (tempfile::tempdir().unwrap(), world.folder.path());
    std::fs::copy(folder.join("track.db"), backup.path().join("track.db")).unwrap();

    let store = world.another().await;
    let old = wrapped_keys(&world).await;
    store.overwrite_group(operator(&world, Act::DestroyKeys), everything.group.id).await.unwrap();
    store.finish_destruction(world.clock(Act::TendKeys)).await.unwrap();
    let left = old.iter().filter(|key| remaining(&world, key)).count();
    assert_eq!(left, old.len() - 1, "no page and no log holds the key that was destroyed");
    store.close().await.unwrap();

    std::fs::copy(folder.join("keys.db"), backup.path().join("keys.db")).unwrap();
    let restored = Store::open(&Place::folder(backup.path()), &world.root, Clock::Database).await.unwrap();
    let read = everything.read(&restored, &everything.viewer(&world)).await;
    assert!(read["person"].contains(SECRET));
    assert!(["working_group", "delegation", "session", "note"].iter().all(|table| !tells(read[*table].as_bytes())));
}
