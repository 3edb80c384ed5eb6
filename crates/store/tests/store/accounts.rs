//! Accounts that two change at once: each changes what the other has left, and nothing is written back as it was before.

use std::time::Duration;

use dipoli_domain::{
    audit::{Action, Event},
    person::{Person, Standing},
};
use dipoli_testkit::{Engine, on_each_database};

use crate::world::{World, someone};

async fn an_account_is_held_by_who_reads_it_to_write(engine: Engine) {
    let world = World::new(engine).await;
    let anna = someone("Anna");
    let tx = world.store.begin(world.operator()).await.unwrap();
    tx.add_person(&anna).await.unwrap();
    tx.commit(&[Event::on(Action::PersonInvited, anna.id)]).await.unwrap();

    let disabling = world.store.begin(world.operator()).await.unwrap();
    let account = disabling.account(anna.id).await.unwrap().unwrap();
    let renaming = async {
        let tx = world.store.begin(world.operator()).await.unwrap();
        let account = tx.account(anna.id).await.unwrap().unwrap();
        let renamed = Person { display_name: "Anna A.".to_owned(), ..account.person };
        tx.overwrite_person(&renamed).await.unwrap();
        tx.commit(&[Event::on(Action::AccountChanged, anna.id)]).await.unwrap();
    };
    let disabled = async {
        // The other has long asked by then.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let person = Person { standing: Standing::Disabled, ..account.person };
        disabling.overwrite_person(&person).await.unwrap();
        disabling.commit(&[Event::on(Action::PersonDisabled, anna.id)]).await.unwrap();
    };
    tokio::join!(renaming, disabled);
    let left = world.store.account(anna.id).await.unwrap().unwrap().person;
    assert_eq!((left.standing, left.display_name.as_str()), (Standing::Disabled, "Anna A."));
}

on_each_database!(an_account_is_held_by_who_reads_it_to_write);
