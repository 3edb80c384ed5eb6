//! What is answered before sign-in tells nothing: a track that does not exist answers byte for byte as one in which
//! nobody can sign in (A-05, N-11).

use axum::{
    body::Body,
    http::{Method, Request},
};
use dipoli_testkit::{Answer, Engine, Person, Table, mutation, on_each_database, selection};
use serde_json::{Value, json};

/// Slugs of tracks that do not exist, some of which could not.
const NOWHERE: [&str; 5] = ["saarinen", "Aalto", "aalto%20", "a--b", "%F0%9F%97%BA"];

/// Everything that can be asked without being known there, by a name for messages.
fn questions(table: &Table) -> Vec<(String, Option<String>, Value)> {
    let token = table.amina.tokens().access;
    let refresh = "A".repeat(43);
    let mut questions = Vec::new();
    let mut ask = |name: &str, bearer: Option<&str>, body: Value| {
        questions.push((name.to_owned(), bearer.map(str::to_owned), body));
    };
    for (name, input) in [
        ("signIn", json!({ "email": "nobody@example.org", "password": "a long enough password" })),
        ("signIn", json!({ "email": "no address", "password": "a long enough password" })),
        ("signIn", json!({ "email": "nobody@example.org", "password": "" })),
        ("signIn", json!({ "email": "nobody@example.org", "password": "p", "oneTimeCode": "123456" })),
        ("signIn", json!({ "email": "nobody@example.org", "password": "x".repeat(5000) })),
        ("refreshTokens", json!({ "refreshToken": refresh })),
        ("refreshTokens", json!({ "refreshToken": "" })),
        ("requestPasswordReset", json!({ "email": "nobody@example.org" })),
        ("requestPasswordReset", json!({ "email": "no address" })),
        ("resetPassword", json!({ "token": refresh, "password": "a long enough password" })),
        ("resetPassword", json!({ "token": "short", "password": "a long enough password" })),
        ("resetPassword", json!({ "token": refresh, "password": "short" })),
        ("acceptInvitation", json!({ "token": refresh, "password": "a long enough password" })),
        ("acceptInvitation", json!({ "token": "short", "password": "short" })),
    ] {
        let body = json!({ "query": mutation(name, selection(name)), "variables": { "input": input } });
        ask(&format!("{name} {input}"), None, body.clone());
        ask(&format!("{name} with a token of another track"), Some(&token), body);
    }
    for document in [
        "{ __typename }",
        "{ track { name } }",
        "{ viewer { person { id } } }",
        "mutation { signOut { signedOut } }",
        "{ nonsense }",
        "{ unfinished",
        "",
        "{ __schema { types { name } } }",
        "query A { __typename } query B { __typename }",
    ] {
        for (with, bearer) in [("no token", None), ("garbage", Some("garbage")), ("another track's", Some(&*token))] {
            ask(&format!("{document} with {with}"), bearer, json!({ "query": document }));
        }
    }
    ask("a batch", None, json!([{ "query": "{ __typename }" }]));
    ask("no document", None, json!({}));
    ask(
        "two sign-ins",
        None,
        json!({ "query": "mutation { \
        a: signIn(input: { email: \"a@b.example\", password: \"p\" }) { accessToken } \
        b: signIn(input: { email: \"a@b.example\", password: \"p\" }) { accessToken } }" }),
    );
    questions
}

async fn a_track_that_does_not_exist_answers_as_one_where_nobody_can_sign_in(engine: Engine) {
    let table = Table::set(engine).await;
    for (name, bearer, body) in questions(&table) {
        // A token of the track itself is no strange one there.
        let strange = bearer.clone().filter(|token| *token != table.amina.tokens().access);
        let here_bearer = if bearer.is_some() && strange.is_none() { Some("of-no-track".to_owned()) } else { strange };
        let here = table.door.post("aalto", here_bearer.as_deref(), &body).await;
        for slug in NOWHERE {
            let there = table.door.post(slug, bearer.as_deref(), &body).await;
            assert_eq!(there.bytes(), here.bytes(), "{slug}: {name}");
        }
    }
}

async fn pages_and_other_requests_do_not_tell_either(engine: Engine) {
    let table = Table::set(engine).await;
    for (method, rest, kind) in [
        (Method::GET, "welcome", None),
        (Method::GET, "explorer", None),
        (Method::GET, "graphql", None),
        (Method::PUT, "graphql", Some("application/json")),
        (Method::OPTIONS, "graphql", None),
        (Method::POST, "graphql", None),
        (Method::POST, "graphql", Some("text/plain")),
        (Method::POST, "graphql", Some("application/json")),
        (Method::GET, "calendar/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.ics", None),
        (Method::GET, "nowhere", None),
    ] {
        let ask = async |slug: &str| -> Answer {
            let mut request = Request::builder().method(method.clone()).uri(format!("/{slug}/{rest}"));
            if let Some(kind) = kind {
                request = request.header("content-type", kind);
            }
            table.door.send(request.body(Body::from("not json")).expect("a request")).await
        };
        let here = ask("aalto").await;
        assert_eq!(ask("saarinen").await.bytes(), here.bytes(), "{method} {rest}");
    }
}

async fn a_failed_sign_in_does_not_say_why(engine: Engine) {
    let table = Table::set(engine).await;
    let attempt = async |email: &str, password: &str| {
        let input = json!({ "email": email, "password": password });
        table.door.ask("aalto", None, &mutation("signIn", selection("signIn")), json!({ "input": input })).await
    };
    let unknown = attempt("nobody@example.org", "a long enough password").await;
    unknown.refused(&["UNAUTHENTICATED"]);
    for (why, email, password) in [
        ("wrong password", table.amina.email(), "a long enough password"),
        ("invitation still open", "piet@example.org", "a long enough password"),
        ("another's password", table.amina.email(), table.chen.password()),
        ("no password", table.amina.email(), ""),
    ] {
        assert_eq!(attempt(email, password).await.bytes(), unknown.bytes(), "{why}");
        // What failed has to wait a little, whosever it is.
        table.clock.passes("3s");
    }
    attempt(&table.amina.email().to_uppercase(), table.amina.password()).await.good();
}

async fn asking_for_a_reset_does_not_say_who_has_an_account(engine: Engine) {
    let table = Table::set(engine).await;
    let ask = async |email: &str| {
        let document = mutation("requestPasswordReset", "accepted");
        table.door.ask("aalto", None, &document, json!({ "input": { "email": email } })).await
    };
    let unknown = ask("nobody@example.org").await;
    assert_eq!(unknown.good()["requestPasswordReset"], json!({ "accepted": true }));
    for email in [table.amina.email(), "piet@example.org", "AMINA@EXAMPLE.ORG"] {
        assert_eq!(ask(email).await.bytes(), unknown.bytes(), "{email}");
    }
}

/// Inviting an address that has an account answers as inviting one that has none.
async fn inviting_does_not_say_who_has_an_account(engine: Engine) {
    let table = Table::set(engine).await;
    let shape = async |email: &str| {
        let input = json!({ "email": email, "displayName": "Someone" });
        let answer = table.ada.tries("invitePerson", input).await;
        let mut person = answer.good()["invitePerson"]["person"].clone();
        person.as_object_mut().expect("a person").keys().cloned().collect::<Vec<_>>()
    };
    let unknown = shape("quentin@example.org").await;
    assert_eq!(shape(table.amina.email()).await, unknown);
    assert_eq!(shape("quentin@example.org").await, unknown, "nor the second time");
}

async fn every_answer_is_not_to_be_stored(engine: Engine) {
    let table = Table::set(engine).await;
    let people: [Option<&Person>; 2] = [None, Some(&table.amina)];
    for person in people {
        for body in ["{ __typename }", "{ viewer { person { id } } }", "{ unfinished"] {
            let token = person.map(|person| person.tokens().access);
            let answer = table.door.post("aalto", token.as_deref(), &json!({ "query": body })).await;
            assert_eq!(answer.headers.get("cache-control").map(String::as_str), Some("no-store"), "{body}");
        }
    }
}

on_each_database!(
    a_track_that_does_not_exist_answers_as_one_where_nobody_can_sign_in,
    pages_and_other_requests_do_not_tell_either,
    a_failed_sign_in_does_not_say_why,
    asking_for_a_reset_does_not_say_who_has_an_account,
    inviting_does_not_say_who_has_an_account,
    every_answer_is_not_to_be_stored,
);
