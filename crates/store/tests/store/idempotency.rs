//! Doing a creation once.

use dipoli_domain::{
    audit::{Action, Event},
    id::PersonId,
    idempotency::IdempotencyKey,
    policy::Act,
};
use dipoli_store::{Remembered, Sending, StoreError};
use dipoli_testkit::{Engine, on_each_database};

use crate::world::World;

async fn a_sending_is_remembered_for_a_day(engine: Engine) {
    let world = World::new(engine).await;
    let key = IdempotencyKey::parse("the client's own key").unwrap();
    let sending = Sending { person: PersonId::random(), mutation: "postNote", key: &key, input: b"{}" };
    let remember = async |sending: Sending<'_>, result: &str| {
        let tx = world.store.begin(world.operator()).await.unwrap();
        let remembered = tx.remember(sending, result).await;
        if remembered.is_ok() {
            tx.commit(&[Event::of(Action::NotePosted)]).await.unwrap();
        }
        remembered
    };
    assert_eq!(world.store.remembered(sending, world.now()).await.unwrap(), Remembered::Nothing);
    remember(sending, "not_1").await.unwrap();
    assert_eq!(remember(sending, "not_2").await, Err(StoreError::Taken("idempotency.key")), "a twin");
    let known = async |sending| world.store.remembered(sending, world.now()).await.unwrap();
    assert_eq!(known(sending).await, Remembered::Done("not_1".to_owned()));
    assert_eq!(known(Sending { input: b"{ }", ..sending }).await, Remembered::OtherInput);
    assert_eq!(known(Sending { mutation: "createWorkingGroup", ..sending }).await, Remembered::Nothing);
    assert_eq!(known(Sending { person: PersonId::random(), ..sending }).await, Remembered::Nothing);
    world.passes(24 * 3600);
    assert_eq!(known(sending).await, Remembered::Nothing);
    remember(sending, "not_3").await.unwrap();
    world.passes(24 * 3600);
    let tx = world.store.begin(world.clock(Act::Housekeep)).await.unwrap();
    tx.housekeep().await.unwrap();
    tx.commit(&[]).await.unwrap();
    assert_eq!(world.content().await.number("SELECT count(*) FROM idempotency").await, 0);
}

on_each_database!(a_sending_is_remembered_for_a_day);
