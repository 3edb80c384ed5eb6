//! Sign-ins and their refresh tokens.

use dipoli_domain::{
    audit::{Action, Event},
    id::SignInId,
    person::{Person, Standing},
    policy::Act,
    sign_in::ClientKind,
};
use dipoli_store::{Entrance, OneTime, Rotation, Store};
use dipoli_testkit::{Engine, on_each_database};

use crate::world::{World, someone};

const FIRST: [u8; 32] = [1; 32];

async fn signed_in(world: &World) -> (Person, SignInId) {
    let anna = someone("Anna");
    let id = SignInId::random();
    let tx = world.store.begin(world.stranger(Act::SignIn)).await.unwrap();
    tx.add_person(&anna).await.unwrap();
    tx.add_sign_in(id, anna.id, Entrance { client: ClientKind::Program, proved_twice: false }, FIRST).await.unwrap();
    tx.commit(&[Event::on(Action::SignedIn, id)]).await.unwrap();
    (anna, id)
}

async fn rotate(world: &World, store: &Store, token: [u8; 32], successor: [u8; 32]) -> &'static str {
    let tx = store.begin(world.stranger(Act::RefreshTokens)).await.unwrap();
    match tx.rotate(token, successor).await.unwrap() {
        Rotation::Rotated(known) => {
            tx.commit(&[Event::on(Action::TokensRefreshed, known.sign_in)]).await.unwrap();
            "rotated"
        }
        Rotation::Reused(known) => {
            tx.commit(&[Event::on(Action::RefreshReused, known.sign_in)]).await.unwrap();
            "reused"
        }
        Rotation::Unknown => "unknown",
    }
}

async fn a_lost_answer_is_forgiven_once(engine: Engine) {
    let world = World::new(engine).await;
    let (anna, id) = signed_in(&world).await;
    assert_eq!(rotate(&world, &world.store, FIRST, [2; 32]).await, "rotated");
    world.passes(60);
    assert_eq!(rotate(&world, &world.store, FIRST, [3; 32]).await, "rotated", "within 60 s, the successor unused");
    assert_eq!(rotate(&world, &world.store, [3; 32], [4; 32]).await, "rotated");
    assert!(world.store.presence(id, anna.id).await.unwrap().is_some());
    assert_eq!(rotate(&world, &world.store, [2; 32], [5; 32]).await, "reused", "the answer that was lost was not");
    assert!(world.store.presence(id, anna.id).await.unwrap().is_none());
    assert_eq!(rotate(&world, &world.store, [4; 32], [6; 32]).await, "unknown", "the whole family is over");
}

async fn a_second_repetition_ends_the_sign_in(engine: Engine) {
    let world = World::new(engine).await;
    signed_in(&world).await;
    assert_eq!(rotate(&world, &world.store, FIRST, [2; 32]).await, "rotated");
    assert_eq!(rotate(&world, &world.store, FIRST, [3; 32]).await, "rotated");
    assert_eq!(rotate(&world, &world.store, FIRST, [4; 32]).await, "reused");
}

async fn late_or_after_use_it_is_a_reuse(engine: Engine) {
    let world = World::new(engine).await;
    signed_in(&world).await;
    assert_eq!(rotate(&world, &world.store, FIRST, [2; 32]).await, "rotated");
    world.passes(61);
    assert_eq!(rotate(&world, &world.store, FIRST, [3; 32]).await, "reused");
    let world = World::new(engine).await;
    signed_in(&world).await;
    assert_eq!(rotate(&world, &world.store, FIRST, [2; 32]).await, "rotated");
    assert_eq!(rotate(&world, &world.store, [2; 32], [3; 32]).await, "rotated");
    assert_eq!(rotate(&world, &world.store, FIRST, [4; 32]).await, "reused");
}

async fn of_fifty_at_once_at_most_one_branch_lives(engine: Engine) {
    let world = std::sync::Arc::new(World::new(engine).await);
    signed_in(&world).await;
    let stores = [world.another().await, world.another().await, world.store.clone()];
    let tasks: Vec<_> = (0..50_u8)
        .map(|n| {
            let (world, store) = (std::sync::Arc::clone(&world), stores[usize::from(n) % 3].clone());
            tokio::spawn(async move { (n, rotate(&world, &store, FIRST, [100 + n; 32]).await) })
        })
        .collect();
    let mut successors = Vec::new();
    for task in tasks {
        let (n, outcome) = task.await.unwrap();
        if outcome == "rotated" {
            successors.push(n);
        }
    }
    assert!((1..=2).contains(&successors.len()), "one, and one that was forgiven: {successors:?}");
    let mut alive = 0;
    for n in successors {
        alive += u32::from(rotate(&world, &world.store, [100 + n; 32], [200 + n; 32]).await == "rotated");
    }
    assert!(alive <= 1);
}

async fn idle_or_old_it_is_over(engine: Engine) {
    let world = World::new(engine).await;
    signed_in(&world).await;
    for day in 2..=7 {
        world.passes(24 * 3600 - 1);
        assert_eq!(rotate(&world, &world.store, [day - 1; 32], [day; 32]).await, "rotated", "day {day}");
    }
    world.passes(24 * 3600 - 1);
    assert_eq!(rotate(&world, &world.store, [7; 32], [8; 32]).await, "rotated", "seconds before seven days");
    world.passes(10);
    assert_eq!(rotate(&world, &world.store, [8; 32], [9; 32]).await, "unknown", "after seven days");
    let world = World::new(engine).await;
    signed_in(&world).await;
    world.passes(24 * 3600);
    assert_eq!(rotate(&world, &world.store, FIRST, [2; 32]).await, "unknown", "idle for a day");
}

async fn of_sign_ins_there_are_48_at_most(engine: Engine) {
    let world = World::new(engine).await;
    let (anna, first) = signed_in(&world).await;
    world.passes(24 * 3600);
    for n in 0..48_u8 {
        let tx = world.store.begin(world.stranger(Act::SignIn)).await.unwrap();
        let id = SignInId::random();
        tx.add_sign_in(id, anna.id, Entrance { client: ClientKind::Program, proved_twice: false }, [50 + n; 32])
            .await
            .unwrap();
        tx.commit(&[Event::on(Action::SignedIn, id)]).await.unwrap();
    }
    assert_eq!(world.content().await.number("SELECT count(*) FROM sign_in WHERE NOT ended").await, 48);
    assert!(world.store.presence(first, anna.id).await.unwrap().is_none(), "the oldest made room");
}

async fn whoever_is_disabled_is_nobody(engine: Engine) {
    let world = World::new(engine).await;
    let (anna, id) = signed_in(&world).await;
    let tx = world.store.begin(world.operator()).await.unwrap();
    tx.overwrite_person(&Person { standing: Standing::Disabled, ..anna.clone() }).await.unwrap();
    tx.commit(&[Event::on(Action::PersonInvited, anna.id)]).await.unwrap();
    assert!(world.store.presence(id, anna.id).await.unwrap().is_none());
    assert_eq!(rotate(&world, &world.store, FIRST, [2; 32]).await, "unknown");
    assert!(world.store.account(anna.id).await.unwrap().unwrap().person.standing == Standing::Disabled);
}

async fn a_one_time_token_is_good_once_and_for_one_thing(engine: Engine) {
    let world = World::new(engine).await;
    let (anna, _) = signed_in(&world).await;
    let (digest, later) = ([9; 32], dipoli_domain::time::after(world.now(), jiff::SignedDuration::from_hours(1)));
    let tx = world.store.begin(world.stranger(Act::ResetPassword)).await.unwrap();
    tx.add_one_time_token(&digest, anna.id, OneTime::PasswordReset, later).await.unwrap();
    assert_eq!(tx.take_one_time_token(&digest, OneTime::Invitation).await.unwrap(), None);
    assert_eq!(tx.take_one_time_token(&digest, OneTime::PasswordReset).await.unwrap(), Some(anna.id));
    assert_eq!(tx.take_one_time_token(&digest, OneTime::PasswordReset).await.unwrap(), None);
    tx.add_one_time_token(&digest, anna.id, OneTime::PasswordReset, later).await.unwrap();
    tx.commit(&[Event::on(Action::ResetRequested, anna.id)]).await.unwrap();
    let peek = async |now| world.store.one_time_token(&digest, OneTime::PasswordReset, now).await.unwrap();
    assert_eq!(peek(world.now()).await, Some(anna.id));
    assert_eq!(peek(later).await, None, "it has run out");
}

on_each_database!(
    a_lost_answer_is_forgiven_once,
    a_second_repetition_ends_the_sign_in,
    late_or_after_use_it_is_a_reuse,
    of_fifty_at_once_at_most_one_branch_lives,
    idle_or_old_it_is_over,
    of_sign_ins_there_are_48_at_most,
    whoever_is_disabled_is_nobody,
    a_one_time_token_is_good_once_and_for_one_thing,
);
