//! Signing in and out, tokens and their ends, (A-02, A-07, A-08, A-09, N-17).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use dipoli_testkit::{Answer, Engine, Person, Table, Tokens, World, mutation, on_each_database, selection};
use ring::hmac;
use serde_json::{Value, json};

const WHO: &str = "{ viewer { person { id } } }";

pub async fn who(table: &World, bearer: Option<&str>) -> Answer {
    table.door.ask("aalto", bearer, WHO, json!({})).await
}

pub async fn strangely(world: &World, name: &str, input: Value) -> Answer {
    world.door.ask("aalto", None, &mutation(name, selection(name)), json!({ "input": input })).await
}

fn parts(token: &str) -> [String; 3] {
    let parts: Vec<_> = token.split('.').map(str::to_owned).collect();
    parts.try_into().expect("three parts")
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

/// The public half of a signing key, as the key store has it.
async fn public_key(world: &World, kid: &str) -> Vec<u8> {
    let keys = world.keys_of("aalto").await;
    let kids = keys.texts("SELECT kid FROM signing_key ORDER BY kid").await;
    let publics = keys.bytes("SELECT public FROM signing_key ORDER BY kid").await;
    let place = kids.iter().position(|other| other == kid).expect("the key is there");
    publics[place].clone()
}

/// A-07 over HTTP: whatever is wrong with a token, the answer is the same 401.
async fn every_token_that_is_none_has_the_same_answer(engine: Engine) {
    let table = Table::set_in(World::with_tracks(engine, &["aalto", "saarinen"]).await, "aalto").await;
    let elsewhere = table.administrator("saarinen").await;
    let good = table.amina.tokens().access;
    let [header, claims, signature] = parts(&good);
    assert!(!who(&table, Some(&good)).await.good().is_null());
    let head = decoded(&header);
    assert_eq!((&head["alg"], &head["typ"]), (&json!("EdDSA"), &json!("at+jwt")));
    let with = |name: &str, value: &str| {
        let mut head = head.clone();
        head[name] = json!(value);
        encoded(&head)
    };
    let public = public_key(&table, head["kid"].as_str().expect("a key's name")).await;
    let hs256 = |header: &str| {
        let input = format!("{header}.{claims}");
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &public), input.as_bytes());
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag))
    };
    let mut forged = decoded(&claims);
    forged["exp"] = json!(4_000_000_000_i64);
    let [_, elsewhere_claims, elsewhere_signature] = parts(&elsewhere.tokens().access);
    let ended = table.bram.tokens().access;
    table.bram.reads("mutation { signOut { signedOut } }", json!({})).await;

    let refused = who(&table, None).await;
    assert_eq!(refused.status, 401);
    refused.refused(&["UNAUTHENTICATED"]);
    assert!(refused.headers["www-authenticate"].starts_with("Bearer"));
    for (why, token) in [
        ("empty", String::new()),
        ("garbage", "garbage".into()),
        ("no algorithm", format!("{}.{claims}.", with("alg", "none"))),
        ("no algorithm, signed", format!("{}.{claims}.{signature}", with("alg", "none"))),
        ("a shared secret", hs256(&with("alg", "HS256"))),
        ("another type", format!("{}.{claims}.{signature}", with("typ", "JWT"))),
        ("an unknown key", format!("{}.{claims}.{signature}", with("kid", "00000000-0000-4000-8000-000000000000"))),
        ("a key of the sender's", format!("{}.{claims}.{signature}", with("jku", "https://example.org/keys"))),
        ("a longer life", format!("{header}.{}.{signature}", encoded(&forged))),
        ("no signature", format!("{header}.{claims}.")),
        ("two parts", format!("{header}.{claims}")),
        ("another track's", elsewhere.tokens().access),
        ("another track's, under our key's name", format!("{header}.{elsewhere_claims}.{elsewhere_signature}")),
        ("a refresh token", table.amina.tokens().refresh),
        ("a sign-in that was ended", ended),
        ("twice as long", good.repeat(2)),
        ("too long", "A".repeat(10_000)),
    ] {
        assert_eq!(who(&table, Some(&token)).await.bytes(), refused.bytes(), "{why}");
    }
    table.clock.passes("5m");
    table.clock.passes("29s");
    who(&table, Some(&good)).await.good();
    table.clock.passes("2s");
    assert_eq!(who(&table, Some(&good)).await.bytes(), refused.bytes(), "expired, and the leeway is over");
}

async fn signing_out_holds_from_the_next_request(engine: Engine) {
    let table = Table::set(engine).await;
    let (first, second) = (table.amina.tokens(), table.amina.signs_in().await.tokens());
    let data = table.amina.reads("mutation { signOut { signedOut } }", json!({})).await;
    assert_eq!(data["signOut"]["signedOut"], true);
    assert_eq!(who(&table, Some(&second.access)).await.status, 401);
    strangely(&table, "refreshTokens", json!({ "refreshToken": second.refresh })).await.refused(&["UNAUTHENTICATED"]);
    who(&table, Some(&first.access)).await.good();
}

pub async fn refreshes(world: &World, token: &str) -> Option<Tokens> {
    let answer = strangely(world, "refreshTokens", json!({ "refreshToken": token })).await;
    let payload = answer.at("/refreshTokens");
    if payload.is_null() {
        answer.refused(&["UNAUTHENTICATED"]);
        return None;
    }
    Some(Tokens::of(payload))
}

async fn a_lost_answer_is_forgiven_once(engine: Engine) {
    let table = Table::set(engine).await;
    let first = table.amina.tokens().refresh;
    let lost = refreshes(&table, &first).await.expect("rotates");
    table.clock.passes("60s");
    let again = refreshes(&table, &first).await.expect("the answer was lost: forgiven");
    who(&table, Some(&again.access)).await.good();
    assert!(refreshes(&table, &first).await.is_none(), "but once only");
    for dead in [&lost.refresh, &again.refresh] {
        assert!(refreshes(&table, dead).await.is_none(), "every token of the sign-in is revoked");
    }
    assert_eq!(who(&table, Some(&again.access)).await.status, 401);
}

async fn a_spent_token_that_comes_back_ends_the_sign_in(engine: Engine) {
    let table = Table::set(engine).await;
    // After its successor was used.
    let first = table.amina.tokens().refresh;
    let second = refreshes(&table, &first).await.expect("rotates");
    let third = refreshes(&table, &second.refresh).await.expect("rotates");
    assert!(refreshes(&table, &first).await.is_none());
    assert!(refreshes(&table, &third.refresh).await.is_none());
    assert_eq!(who(&table, Some(&third.access)).await.status, 401);
    // Or after a minute.
    let first = table.chen.tokens().refresh;
    let second = refreshes(&table, &first).await.expect("rotates");
    table.clock.passes("61s");
    assert!(refreshes(&table, &first).await.is_none());
    assert!(refreshes(&table, &second.refresh).await.is_none());

    table.works().await;
    let events = table.ada.reads("{ auditEvents(last: 20) { nodes { action } } }", json!({})).await.to_string();
    assert_eq!(events.matches("sign_in.refresh_reused").count(), 2, "{events}");
}

async fn of_many_refreshes_at_once_at_most_one_branch_lives(engine: Engine) {
    let table = Table::set(engine).await;
    let first = table.amina.tokens().refresh;
    let attempts = (0..20).map(|_| refreshes(&table, &first));
    let given: Vec<_> = futures_util::future::join_all(attempts).await.into_iter().flatten().collect();
    // The first one's answer may come when a third has already ended the sign-in.
    assert!(given.len() <= 2, "{} of 20 were answered", given.len());
    let mut alive = 0;
    for tokens in given {
        alive += usize::from(refreshes(&table, &tokens.refresh).await.is_some());
    }
    assert!(alive <= 1);
}

async fn a_sign_in_ends_when_idle_or_old(engine: Engine) {
    let table = Table::set(engine).await;
    let idle = table.chen.tokens().refresh;
    let mut busy = table.amina.tokens().refresh;
    for _ in 0..8 {
        table.clock.passes("20h");
        busy = refreshes(&table, &busy).await.expect("in use").refresh;
    }
    assert!(refreshes(&table, &idle).await.is_none(), "idle for more than a day");
    table.clock.passes("20h");
    assert!(refreshes(&table, &busy).await.is_none(), "seven days and no longer");
}

/// Hashing has a bounded queue: of a crowd at the door some are asked to wait, known or not, and nobody is let in
/// or sent away wrongly.
async fn of_a_crowd_at_the_door_some_are_asked_to_wait(engine: Engine) {
    let table = Table::set(engine).await;
    // No account is tried twice, so that what makes them wait is the crowd alone.
    for number in 0..80 {
        let email = format!("guest{number}@example.org");
        table.ada.does("invitePerson", json!({ "email": email, "displayName": "Guest" })).await;
        if number % 40 == 39 {
            table.passes("1m").await;
        }
    }
    let password = "a long enough password";
    let guests: Vec<_> = table.letters().take().into_iter().filter(|letter| letter.to.starts_with("guest")).collect();
    for guest in &guests {
        let token = guest.token().expect("an invitation");
        strangely(&table, "acceptInvitation", json!({ "token": token, "password": password })).await.good();
    }
    let crowd = (0..120).map(|number| {
        let guest = guests[number / 3 + 40 * usize::from(number % 3 == 1)].to.clone();
        let (email, password) = match number % 3 {
            0 => (guest, password),
            1 => (guest, "another long password"),
            _ => (format!("nobody{number}@example.org"), password),
        };
        strangely(&table, "signIn", json!({ "email": email, "password": password }))
    });
    let answers = futures_util::future::join_all(crowd).await;
    let mut waiting = [0; 3];
    for (number, answer) in answers.iter().enumerate() {
        let refusals = answer.refusals();
        if refusals == ["RATE_LIMITED"] {
            waiting[number % 3] += 1;
        } else {
            let expected: &[&str] = if number % 3 == 0 { &[] } else { &["UNAUTHENTICATED"] };
            assert_eq!(refusals, expected);
        }
    }
    assert!(waiting.iter().all(|count| *count > 0 && *count < 40), "{waiting:?} of 40 each were asked to wait");
    table.amina.signs_in().await;
}

/// Presence is kept to the day (N-17): no row tells when within a day someone signed in.
async fn presence_is_kept_to_the_day(engine: Engine) {
    let table = Table::set(engine).await;
    table.clock.stands_at("2027-03-02T11:22:33Z");
    table.amina.signs_in().await;
    let content = table.content().await;
    for table in ["sign_in", "spent_refresh_token", "audit_event", "person", "attempt"] {
        let dump: String = content.dump_of(table).await;
        let telling: Vec<_> = dump.lines().filter(|line| line.contains("11:22:33")).collect();
        assert!(telling.is_empty(), "{telling:?}");
    }
}

async fn one_credential_field_a_request(engine: Engine) {
    let table = Table::set(engine).await;
    let sign_in = |alias: &str, person: &Person| {
        let (email, password) = (person.email(), person.password());
        format!("{alias}: signIn(input: {{ email: \"{email}\", password: \"{password}\" }}) {{ accessToken }}")
    };
    let document = format!("mutation {{ {} {} }}", sign_in("a", &table.amina), sign_in("b", &table.chen));
    let answer = table.door.ask("aalto", None, &document, json!({})).await;
    assert!(!answer.body.windows(3).any(|window| window == b"eyJ"), "no token was given: {}", answer.json);
    assert!(!answer.refusals().is_empty());
}

on_each_database!(
    every_token_that_is_none_has_the_same_answer,
    signing_out_holds_from_the_next_request,
    a_lost_answer_is_forgiven_once,
    a_spent_token_that_comes_back_ends_the_sign_in,
    of_many_refreshes_at_once_at_most_one_branch_lives,
    a_sign_in_ends_when_idle_or_old,
    of_a_crowd_at_the_door_some_are_asked_to_wait,
    presence_is_kept_to_the_day,
    one_credential_field_a_request,
);
