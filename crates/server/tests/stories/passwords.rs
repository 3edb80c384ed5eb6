//! Passwords by mail: invitations and resets, whose tokens are good once, for one thing, and not for long (A-04, A-13,
//!

use std::collections::BTreeSet;

use dipoli_testkit::{Engine, Letter, Table, on_each_database};
use serde_json::json;

use crate::sign_in::{refreshes, strangely, who};

fn newest_token(letters: &[Letter]) -> String {
    letters.iter().rev().find_map(Letter::token).expect("a token, alone on a line")
}

async fn a_password_is_reset_by_mail(engine: Engine) {
    let table = Table::set(engine).await;
    let email = table.amina.email();
    let before = table.amina.tokens();
    for address in ["nobody@example.org", email] {
        strangely(&table, "requestPasswordReset", json!({ "email": address })).await.good();
    }
    table.works().await;
    let letters = table.letters().take();
    assert_eq!(letters.iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(), [email]);
    let token = newest_token(&letters);
    let link = format!("http://127.0.0.1:8080/aalto/welcome#{token}");
    assert!(letters[0].text.contains(&link), "{}", letters[0].text);
    who(&table, Some(&before.access)).await.good();

    // A password that will not do does not spend the token.
    for (why, password) in
        [("too short", "elevenchars"), ("the person's own name", "amina.amina.amina"), ("too long", &*"x".repeat(1025))]
    {
        let answer = strangely(&table, "resetPassword", json!({ "token": token, "password": password })).await;
        assert_eq!(answer.refusals(), ["BAD_USER_INPUT password"], "{why}");
    }
    let password = "пять мостов через Неман";
    strangely(&table, "resetPassword", json!({ "token": token, "password": password })).await.good();
    let again = strangely(&table, "resetPassword", json!({ "token": token, "password": password })).await;
    let never = strangely(&table, "resetPassword", json!({ "token": "A".repeat(43), "password": password })).await;
    assert_eq!(again.bytes(), never.bytes(), "a token is good once");

    assert_eq!(who(&table, Some(&before.access)).await.status, 401, "a reset ends all sign-ins");
    assert!(refreshes(&table, &before.refresh).await.is_none());
    let old = json!({ "email": email, "password": table.amina.password() });
    strangely(&table, "signIn", old).await.refused(&["UNAUTHENTICATED"]);
    table.clock.passes("1s");
    strangely(&table, "signIn", json!({ "email": email, "password": password })).await.good();
    table.works().await;
    let told = table.letters().take();
    let subjects: BTreeSet<_> = told.iter().map(|letter| letter.subject.as_str()).collect();
    assert_eq!(
        subjects,
        BTreeSet::from(["Your password was changed", "A sign-in after tries that failed"]),
        "the account's owner is told"
    );
    assert!(told.iter().all(|letter| letter.token().is_none()));
}

async fn tokens_of_letters_run_out_and_are_good_for_one_thing(engine: Engine) {
    let table = Table::set(engine).await;
    let email = table.amina.email().to_owned();
    let password = "a long enough password";
    strangely(&table, "requestPasswordReset", json!({ "email": email })).await.good();
    table.works().await;
    let reset = newest_token(&table.letters().take());
    let unknown = strangely(&table, "acceptInvitation", json!({ "token": "A".repeat(43), "password": password })).await;
    let wrong = strangely(&table, "acceptInvitation", json!({ "token": reset, "password": password })).await;
    assert_eq!(wrong.bytes(), unknown.bytes(), "a reset accepts no invitation");
    let unknown = strangely(&table, "resetPassword", json!({ "token": "A".repeat(43), "password": password })).await;
    let invitation = table.invitation.token().expect("Piet's");
    let wrong = strangely(&table, "resetPassword", json!({ "token": invitation, "password": password })).await;
    assert_eq!(wrong.bytes(), unknown.bytes(), "an invitation resets no password");

    table.clock.passes("61m");
    let late = strangely(&table, "resetPassword", json!({ "token": reset, "password": password })).await;
    assert_eq!(late.bytes(), unknown.bytes(), "an hour");
    table.clock.passes("71h");
    let late = strangely(&table, "acceptInvitation", json!({ "token": invitation, "password": password })).await;
    let unknown = strangely(&table, "acceptInvitation", json!({ "token": "A".repeat(43), "password": password })).await;
    assert_eq!(late.bytes(), unknown.bytes(), "three days");
}

async fn an_invitation_is_accepted_once(engine: Engine) {
    let table = Table::set(engine).await;
    let token = table.invitation.token().expect("Piet's");
    let accept = json!({ "token": token, "password": "a long enough password" });
    let piet = strangely(&table, "acceptInvitation", accept.clone()).await;
    let access = piet.good()["acceptInvitation"]["accessToken"].as_str().expect("a token").to_owned();
    who(&table, Some(&access)).await.good();
    let again = strangely(&table, "acceptInvitation", accept).await;
    let unknown = json!({ "token": "A".repeat(43), "password": "a long enough password" });
    assert_eq!(again.bytes(), strangely(&table, "acceptInvitation", unknown).await.bytes());
}

async fn at_most_three_such_letters_an_hour_go_to_an_address(engine: Engine) {
    let table = Table::set(engine).await;
    for _ in 0..5 {
        strangely(&table, "requestPasswordReset", json!({ "email": table.amina.email() })).await.good();
        table.works().await;
    }
    let letters = table.letters().take();
    assert_eq!(letters.len(), 3);
    // Only the newest is good.
    let tokens: Vec<_> = letters.iter().filter_map(Letter::token).collect();
    let unique: BTreeSet<_> = tokens.iter().collect();
    assert_eq!(unique.len(), 3, "no token is sent twice");
    table.passes("61m").await;
    strangely(&table, "requestPasswordReset", json!({ "email": table.amina.email() })).await.good();
    table.works().await;
    assert_eq!(table.letters().take().len(), 1, "an hour later again");
}

on_each_database!(
    a_password_is_reset_by_mail,
    tokens_of_letters_run_out_and_are_good_for_one_thing,
    an_invitation_is_accepted_once,
    at_most_three_such_letters_an_hour_go_to_an_address,
);
