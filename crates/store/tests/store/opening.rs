//! Making and opening a track's databases, and what does not belong together.

use std::path::Path;

use dipoli_domain::audit::{Action, Event};
use dipoli_store::{Clock, Database, OpenError, Place, RootKey, RootKeyError, Store, StoreError};
use dipoli_testkit::{Engine, on_each_database};

use crate::world::{World, someone};

async fn a_track_is_opened_again_and_by_several(engine: Engine) {
    let world = World::new(engine).await;
    let anna = someone("Anna");
    let tx = world.store.begin(world.operator()).await.unwrap();
    tx.add_person(&anna).await.unwrap();
    tx.commit(&[Event::on(Action::PersonInvited, anna.id)]).await.unwrap();
    let other = world.another().await;
    let found = other.account_by_email(&anna.email).await.unwrap().unwrap();
    assert!(found.person == anna && found.password_hash.is_none());
    let completed = Store::create(&world.place, &world.root, Clock::Database).await.unwrap();
    assert!(completed.account(anna.id).await.unwrap().is_some(), "making it again changes nothing");
}

async fn what_does_not_belong_together_is_refused(engine: Engine) {
    let (one, two) = (World::new(engine).await, World::new(engine).await);
    let open = |place: Place, root: RootKey| async move { Store::open(&place, &root, Clock::Database).await.err() };
    let mixed = Place { content: one.place.content.clone(), keys: two.place.keys.clone() };
    assert_eq!(open(mixed, one.root.clone()).await, Some(OpenError::Mismatch));
    assert_eq!(open(one.place.clone(), RootKey::new([8; 32])).await, Some(OpenError::WrongRootKey));
    one.content().await.run("DELETE FROM content_migration WHERE version LIKE 'm0004%'").await;
    assert_eq!(open(one.place.clone(), one.root.clone()).await, Some(OpenError::Older));
    two.content().await.run("INSERT INTO content_migration (version, applied_at) VALUES ('m9999_later', 1)").await;
    assert_eq!(open(two.place.clone(), two.root.clone()).await, Some(OpenError::Newer));
}

async fn several_make_a_track_at_once(engine: Engine) {
    let world = World::new(engine).await;
    for table in ["audit_chain", "track"] {
        world.content().await.run(&format!("DELETE FROM {table}")).await;
    }
    let make = || Store::create(&world.place, &world.root, Clock::Database);
    let (a, b, c) = tokio::join!(make(), make(), make());
    assert_eq!([a.err(), b.err(), c.err()], [None, None, None]);
    assert_eq!(world.content().await.number("SELECT count(*) FROM track").await, 1);
}

async fn a_change_leaves_an_event_or_nothing_at_all(engine: Engine) {
    let world = World::new(engine).await;
    let tx = world.store.begin(world.operator()).await.unwrap();
    tx.add_person(&someone("Anna")).await.unwrap();
    assert_eq!(tx.commit(&[]).await, Err(StoreError::Unaudited));
    let tx = world.store.begin(world.operator()).await.unwrap();
    tx.add_person(&someone("Anna")).await.unwrap();
    drop(tx);
    let content = world.content().await;
    assert_eq!(content.number("SELECT count(*) FROM person").await, 0);
    assert_eq!(content.number("SELECT count(*) FROM audit_event").await, 0);
}

async fn an_address_is_taken_whatever_its_case(engine: Engine) {
    let world = World::new(engine).await;
    let tx = world.store.begin(world.operator()).await.unwrap();
    tx.add_person(&someone("Anna")).await.unwrap();
    assert_eq!(tx.add_person(&someone("ANNA")).await, Err(StoreError::Taken("person.email")));
}

on_each_database!(
    a_track_is_opened_again_and_by_several,
    what_does_not_belong_together_is_refused,
    several_make_a_track_at_once,
    a_change_leaves_an_event_or_nothing_at_all,
    an_address_is_taken_whatever_its_case,
);

#[tokio::test]
async fn sqlite_is_set_up_as_asked() {
    let world = World::new(Engine::Sqlite).await;
    let raw = world.content().await;
    assert_eq!(raw.texts("PRAGMA journal_mode").await, ["wal"]);
    for file in ["track.db", "track.db-wal", "keys.db"] {
        use std::os::unix::fs::MetadataExt;
        let mode = std::fs::metadata(world.folder.path().join(file)).unwrap().mode();
        assert_eq!(mode & 0o077, 0, "{file} is its owner's alone");
    }
}

#[tokio::test]
async fn a_track_that_is_not_there_is_not_made_by_opening_it() {
    let folder = tempfile::tempdir().unwrap();
    let opened = Store::open(&Place::folder(folder.path()), &RootKey::new([7; 32]), Clock::Database).await;
    assert_eq!(opened.err(), Some(OpenError::Missing));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_track_in_memory_works_while_it_is_open() {
    let place = Place { content: Database::Memory, keys: Database::Memory };
    let store = Store::create(&place, &RootKey::new([7; 32]), Clock::Database).await.unwrap();
    assert!(store.now().await.unwrap().as_second() > 1_700_000_000);
    assert!(store.account_by_email(&someone("Anna").email).await.unwrap().is_none());
}

#[test]
fn a_root_key_is_made_once_and_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.key");
    let (_, made) = RootKey::load_or_create(&path).unwrap();
    let (_, made_again) = RootKey::load_or_create(&path).unwrap();
    assert!(made && !made_again);
    assert_eq!(std::fs::read(&path).unwrap().len(), 32);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    expose(&path);
    assert!(matches!(RootKey::load(&path), Err(RootKeyError::Exposed(_))));
    let short = folder.path().join("short.key");
    std::fs::write(&short, [0; 31]).unwrap();
    std::fs::set_permissions(&short, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    assert!(matches!(RootKey::load(&short), Err(RootKeyError::Length(_))));
}

fn expose(path: &Path) {
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
}
