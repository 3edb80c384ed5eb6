//! The way back of someone who is locked out and whom no administrator can help: begun by the operator, finished by its owner,
//! stopped by its owner too.

use dipoli_app::{
    Error, operator,
    way_back::{self, WayBack},
};
use dipoli_domain::{email::EmailAddress, language::LanguageTag, person::Invitee};
use dipoli_testkit::{Engine, Letter, Person, Table, World, on_each_database};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::{second_factor::sets_up, sign_in::strangely};

async fn begun(world: &World, email: &str) -> Result<WayBack, Error> {
    let email = EmailAddress::parse("email", email).expect("an address");
    way_back::begin(&world.server().track("aalto").await, &email).await
}

/// The code of a reset that was asked for, if a letter with one came.
async fn reset_code(world: &World, person: &Person) -> Option<String> {
    strangely(world, "requestPasswordReset", json!({ "email": person.email() })).await.good();
    world.works().await;
    world.letters().take().iter().rev().find_map(Letter::token)
}

/// An administrator's; others are invited again by an administrator.
async fn an_invitation_that_ran_out_is_made_anew(engine: Engine) {
    let table = Table::set(engine).await;
    let track = table.server().track("aalto").await;
    let viola = Invitee::parse("viola@example.org", "Viola", None, None, None, &LanguageTag::english()).expect("sound");
    let first = operator::open_track(&track, viola, None).await.expect("it is made").expect("a code");
    table.passes("73h").await;
    let accepts = async |token: &str| {
        strangely(&table, "acceptInvitation", json!({ "token": token, "password": "nine bridges over the Aura" })).await
    };
    accepts(first.expose_secret()).await.refused(&["BAD_USER_INPUT token"]);
    let Ok(WayBack::Invitation(earlier)) = begun(&table, "viola@example.org").await else { panic!("an invitation") };
    let Ok(WayBack::Invitation(token)) = begun(&table, "Viola@Example.org").await else { panic!("an invitation") };
    accepts(earlier.expose_secret()).await.refused(&["BAD_USER_INPUT token"]);
    accepts(token.expose_secret()).await.good();
    table.works().await;
    let told = table.ada.signs_in().await.reads("{ auditEvents(last: 20) { nodes { action } } }", json!({})).await;
    assert_eq!(told.to_string().matches("person.way_back_begun").count(), 2, "{told}");
    table.ada.does("invitePerson", json!({ "email": "wanda@example.org", "displayName": "Wanda" })).await;
    assert!(matches!(begun(&table, "wanda@example.org").await, Err(Error::Refused(_))), "Ada can invite her again");
}

/// Who switched resets by mail off and has forgotten the password is let in by one, after three days.
async fn a_reset_that_was_switched_off_works_once(engine: Engine) {
    let table = Table::set(engine).await;
    table.amina.signs_in().await.does("updateAccount", json!({ "resetByMail": false })).await;
    table.works().await;
    table.letters().take();
    assert_eq!(reset_code(&table, &table.amina).await, None);
    let Ok(WayBack::Reset { from: Some(from), second_factor_until: None }) = begun(&table, table.amina.email()).await
    else {
        panic!("a reset later")
    };
    table.works().await;
    let told: Vec<_> = table.letters().take().into_iter().map(|letter| (letter.to, letter.subject)).collect();
    assert_eq!(told.len(), 1, "its owner is told at once: {told:?}");
    table.passes("71h").await;
    let Ok(WayBack::Reset { from: Some(again), .. }) = begun(&table, table.amina.email()).await else {
        panic!("later")
    };
    assert_eq!(again, from, "what is under way is not begun anew");
    assert_eq!(reset_code(&table, &table.amina).await, None);
    table.passes("2h").await;
    let token = reset_code(&table, &table.amina).await.expect("it works now");
    strangely(&table, "resetPassword", json!({ "token": token, "password": "nine bridges over the Aura" }))
        .await
        .good();
    table.passes("2h").await;
    assert_eq!(reset_code(&table, &table.amina).await, None, "once");
}

/// Its owner has lost nothing: signing in ends it.
async fn its_owner_stops_it(engine: Engine) {
    let table = Table::set(engine).await;
    table.amina.signs_in().await.does("updateAccount", json!({ "resetByMail": false })).await;
    begun(&table, table.amina.email()).await.expect("it is begun");
    table.passes("70h").await;
    table.amina.signs_in().await;
    table.passes("3h").await;
    table.letters().take();
    assert_eq!(reset_code(&table, &table.amina).await, None);
}

/// The only administrator has lost phone and recovery codes.
async fn the_only_administrator_is_not_shut_out(engine: Engine) {
    let table = Table::set(engine).await;
    sets_up(&table, &table.ada).await;
    table.letters().take();
    let Ok(WayBack::Reset { from: None, second_factor_until: Some(_) }) = begun(&table, table.ada.email()).await else {
        panic!("the factor goes later")
    };
    table.works().await;
    let told: Vec<_> = table.letters().take().into_iter().map(|letter| letter.subject).collect();
    assert!(told.iter().any(|subject| subject == "Your second factor is going to be removed"), "{told:?}");
    let password = async || {
        let input = json!({ "email": table.ada.email(), "password": table.ada.password() });
        strangely(&table, "signIn", input).await
    };
    table.passes("71h").await;
    password().await.refused(&["UNAUTHENTICATED"]);
    table.passes("61m").await;
    password().await.good();
}

async fn nobody_else_has_a_way_back(engine: Engine) {
    let table = Table::set(engine).await;
    for (email, why) in [("nobody@example.org", "NotFound"), (table.amina.email(), "FailedPrecondition")] {
        if why == "FailedPrecondition" {
            table.ada.does("disablePerson", json!({ "personId": table.amina.id() })).await;
        }
        let Err(Error::Refused(refusals)) = begun(&table, email).await else { panic!("{email}") };
        assert_eq!(refusals.iter().map(|it| format!("{:?}", it.code)).collect::<Vec<_>>(), [why]);
    }
}

on_each_database!(
    an_invitation_that_ran_out_is_made_anew,
    a_reset_that_was_switched_off_works_once,
    its_owner_stops_it,
    the_only_administrator_is_not_shut_out,
    nobody_else_has_a_way_back,
);
