//! Letters that wait, claims on them, and their settling.

use dipoli_domain::{
    audit::{Action, Event},
    id::PersonId,
    letter::LetterKind,
    policy::Act,
    time as domain_time,
};
use dipoli_store::{ClaimedLetter, Queued, Settlement, Store};
use dipoli_testkit::{Engine, on_each_database};
use jiff::SignedDuration;

use crate::world::{World, someone};

async fn with_letters(world: &World, count: usize) -> PersonId {
    let anna = someone("Anna");
    let letter = Queued {
        kind: LetterKind::PasswordReset,
        person: anna.id,
        session: None,
        sequence: None,
        silence: None,
        before: None,
        own: false,
        due: world.now(),
        expires: Some(domain_time::after(world.now(), SignedDuration::from_hours(1))),
        was: None,
        about: None,
    };
    let tx = world.store.begin(world.operator()).await.unwrap();
    tx.add_person(&anna).await.unwrap();
    tx.queue_all(&vec![letter; count]).await.unwrap();
    assert_eq!(tx.letters_last_hour(anna.id, LetterKind::PasswordReset).await.unwrap(), u32::try_from(count).unwrap());
    assert_eq!(tx.letters_last_hour(anna.id, LetterKind::Invitation).await.unwrap(), 0);
    tx.commit(&[Event::on(Action::ResetRequested, anna.id)]).await.unwrap();
    anna.id
}

async fn claim(world: &World, store: &Store, most: u32) -> Vec<ClaimedLetter> {
    let tx = store.begin(world.clock(Act::DeliverLetters)).await.unwrap();
    let letters = tx.claim_letters(most, false).await.unwrap();
    tx.commit(&[]).await.unwrap();
    letters
}

async fn settle(world: &World, letter: &ClaimedLetter, settlement: Settlement) -> bool {
    let tx = world.store.begin(world.clock(Act::DeliverLetters)).await.unwrap();
    let settled = tx.settle_letter(letter.id, letter.claim, settlement).await.unwrap();
    tx.commit(&[]).await.unwrap();
    settled
}

async fn several_claim_each_letter_once(engine: Engine) {
    let world = World::new(engine).await;
    let anna = with_letters(&world, 30).await;
    let (b, c) = (world.another().await, world.another().await);
    let mut claimed = Vec::new();
    for _ in 0..4 {
        let some = tokio::join!(claim(&world, &world.store, 3), claim(&world, &b, 3), claim(&world, &c, 3));
        claimed.extend([some.0, some.1, some.2].into_iter().flatten());
    }
    let mut ids: Vec<_> = claimed.iter().map(|letter| letter.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((claimed.len(), ids.len()), (30, 30));
    assert!(claimed.iter().all(|letter| letter.recipient.id == anna && letter.meeting.is_none()));
}

async fn only_the_holder_of_a_claim_settles(engine: Engine) {
    let world = World::new(engine).await;
    with_letters(&world, 1).await;
    let first = claim(&world, &world.store, 10).await;
    assert!(claim(&world, &world.store, 10).await.is_empty(), "it is in someone's hands");
    let lease_ends = domain_time::after(world.now(), SignedDuration::from_secs(120));
    assert_eq!(world.store.next_letter_due().await.unwrap(), Some(lease_ends));
    world.passes(120);
    let second = claim(&world, &world.store, 10).await;
    assert_eq!(second.len(), 1);
    assert!(!settle(&world, &first[0], Settlement::Sent).await, "the first holder was too slow");
    assert!(settle(&world, &second[0], Settlement::Sent).await);
    assert!(!settle(&world, &second[0], Settlement::Sent).await);
    assert_eq!(world.store.next_letter_due().await.unwrap(), None);
}

async fn what_fails_is_tried_again_and_what_is_late_is_not_sent(engine: Engine) {
    let world = World::new(engine).await;
    with_letters(&world, 1).await;
    let letter = claim(&world, &world.store, 1).await.remove(0);
    assert!(settle(&world, &letter, Settlement::Retry { jitter: 1.0 }).await);
    assert!(claim(&world, &world.store, 1).await.is_empty());
    world.passes(30);
    let letter = claim(&world, &world.store, 1).await.remove(0);
    assert!(settle(&world, &letter, Settlement::Retry { jitter: 1.0 }).await);
    world.passes(59);
    assert!(claim(&world, &world.store, 1).await.is_empty());
    world.passes(1);
    let letter = claim(&world, &world.store, 1).await.remove(0);
    assert!(settle(&world, &letter, Settlement::GivenBack).await);
    assert_eq!(world.content().await.number("SELECT CAST(attempts AS bigint) FROM outbox").await, 2);
    world.passes(3600);
    assert!(claim(&world, &world.store, 1).await.is_empty(), "it is out of date");
    assert_eq!(world.content().await.texts("SELECT state FROM outbox").await, ["expired"]);
    world.passes(31 * 24 * 3600);
    let tx = world.store.begin(world.clock(Act::Housekeep)).await.unwrap();
    tx.housekeep().await.unwrap();
    tx.commit(&[]).await.unwrap();
    assert_eq!(world.content().await.number("SELECT count(*) FROM outbox").await, 0);
}

async fn after_twelve_attempts_it_is_dead(engine: Engine) {
    let world = World::new(engine).await;
    with_letters(&world, 1).await;
    world.content().await.run("UPDATE outbox SET expires_at = NULL").await;
    for attempt in 1..=12 {
        let letters = claim(&world, &world.store, 1).await;
        assert_eq!(letters.len(), 1, "attempt {attempt}");
        if attempt == 6 {
            world.passes(120);
            continue;
        }
        assert!(settle(&world, &letters[0], Settlement::Retry { jitter: 1.2 }).await);
        world.passes(1800);
    }
    assert!(claim(&world, &world.store, 1).await.is_empty());
    assert_eq!(world.content().await.texts("SELECT state FROM outbox").await, ["dead"]);
}

on_each_database!(
    several_claim_each_letter_once,
    only_the_holder_of_a_claim_settles,
    what_fails_is_tried_again_and_what_is_late_is_not_sent,
    after_twelve_attempts_it_is_dead,
);
