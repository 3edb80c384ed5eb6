//! The second factor: set up, proved, lost, and what those can do who must have one and have none.

use dipoli_testkit::{Answer, Engine, Person, Table, Tokens, World, merged, mutation, on_each_database, selection};
use ring::hmac;
use serde_json::{Value, json};

use crate::sign_in::strangely;

/// An authenticator, which knows the seed as its owner has typed it.
struct Authenticator(Vec<u8>);

impl Authenticator {
    fn of(seed: &str) -> Self {
        let (mut bytes, mut bits, mut waiting) = (Vec::new(), 0, 0_u32);
        for letter in seed.bytes() {
            let place = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter);
            waiting = (waiting << 5) | u32::try_from(place.expect("base32")).expect("small");
            bits += 5;
            if bits >= 8 {
                bits -= 8;
                bytes.push(u8::try_from((waiting >> bits) & 255).expect("a byte"));
            }
        }
        Self(bytes)
    }

    /// What it shows now.
    fn shows(&self, world: &World) -> String {
        let step = world.clock.now().as_second() / 30;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let hash = hmac::sign(&key, &step.to_be_bytes());
        let at = usize::from(hash.as_ref()[19] & 15);
        let number = u32::from_be_bytes(hash.as_ref()[at..at + 4].try_into().expect("four bytes")) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

/// Sets one up; gives the authenticator and the recovery codes.
async fn sets_up(world: &World, person: &Person) -> (Authenticator, Vec<String>) {
    let begun = person.reads("mutation { setUpSecondFactor { seed uri } }", json!({})).await;
    let seed = begun["setUpSecondFactor"]["seed"].as_str().expect("a seed").to_owned();
    let uri = begun["setUpSecondFactor"]["uri"].as_str().expect("a URI");
    assert!(uri.starts_with("otpauth://totp/") && uri.contains(&seed), "{uri}");
    let authenticator = Authenticator::of(&seed);
    person.tries("confirmSecondFactor", json!({ "code": "000000" })).await.refused(&["BAD_USER_INPUT code"]);
    let confirmed = person.tries("confirmSecondFactor", json!({ "code": authenticator.shows(world) })).await;
    let codes = confirmed.good()["confirmSecondFactor"]["recoveryCodes"].as_array().expect("codes").clone();
    assert_eq!(codes.len(), 10);
    (authenticator, codes.iter().map(|code| code.as_str().expect("a code").to_owned()).collect())
}

async fn signs_in(world: &World, person: &Person, code: Option<&str>) -> Answer {
    let input = json!({ "email": person.email(), "password": person.password(), "oneTimeCode": code });
    strangely(world, "signIn", input).await
}

async fn by(world: &World, tokens: &Tokens, name: &str, input: Value) -> Answer {
    let document = mutation(name, selection(name));
    world.door.ask("aalto", Some(&tokens.access), &document, json!({ "input": input })).await
}

async fn who_must_have_one_can_do_nothing_but_set_it_up(engine: Engine) {
    let roles = [("sign_in.second_factor", "\"roles\"".to_owned())];
    let world = World::with_settings(engine, &["aalto"], &roles).await;
    let ada = world.administrator("aalto").await;
    let group = json!({ "slug": "water", "name": "Water", "timeZone": "UTC" });
    let document = mutation("createWorkingGroup", selection("createWorkingGroup"));
    let refused = ada.asks(&document, json!({ "input": group })).await;
    assert_eq!(refused.refusals(), ["FAILED_PRECONDITION"], "{}", refused.json);
    for query in ["{ workingGroups { totalCount } }", "{ people { totalCount } }", "{ auditEvents { totalCount } }"] {
        assert_eq!(ada.asks(query, json!({})).await.refusals(), ["FAILED_PRECONDITION"], "{query}");
    }
    // Nothing shows behind the one field that is open.
    let own = "{ viewer { secondFactor { isSetUp isRequired } memberships { totalCount } signIns { id } } }";
    let own = ada.asks(own, json!({})).await;
    assert!(own.at("/viewer").is_null() && own.refusals() == ["FORBIDDEN"], "{}", own.json);
    let own = ada.reads("{ viewer { secondFactor { isSetUp isRequired } } }", json!({})).await;
    assert_eq!(own["viewer"]["secondFactor"], json!({ "isSetUp": false, "isRequired": true }));

    let (authenticator, codes) = sets_up(&world, &ada).await;
    ada.does("createWorkingGroup", group).await;
    ada.asks("mutation { removeSecondFactor { removed } }", json!({})).await.refused(&["FAILED_PRECONDITION"]);
    world.works().await;
    let told: Vec<_> = world.letters().take().into_iter().map(|letter| letter.subject).collect();
    assert_eq!(told, ["Your second factor was changed"]);

    // The password alone is as good as a wrong one from now on.
    world.clock.passes("30s");
    let wrong = json!({ "email": ada.email(), "password": "a long enough password" });
    let wrong = strangely(&world, "signIn", wrong).await;
    world.clock.passes("3s");
    for code in [None, Some("000000"), Some("no code"), Some(&*"A".repeat(5000))] {
        assert_eq!(signs_in(&world, &ada, code).await.bytes(), wrong.bytes(), "{code:?}");
        world.clock.passes("3s");
    }
    world.clock.passes("5m");
    let code = authenticator.shows(&world);
    signs_in(&world, &ada, Some(&code)).await.good();
    assert_eq!(signs_in(&world, &ada, Some(&code)).await.bytes(), wrong.bytes(), "a code is good once");
    world.clock.passes("10s");
    signs_in(&world, &ada, Some(&codes[0].to_lowercase())).await.good();
    assert_eq!(signs_in(&world, &ada, Some(&codes[0])).await.bytes(), wrong.bytes(), "so is a recovery code");
}

async fn five_codes_are_tried_in_five_minutes(engine: Engine) {
    let table = Table::set(engine).await;
    let (authenticator, _) = sets_up(&table, &table.amina).await;
    table.clock.passes("30s");
    for _ in 0..5 {
        signs_in(&table, &table.amina, Some("000000")).await.refused(&["UNAUTHENTICATED"]);
        table.clock.passes("5s");
    }
    let right = authenticator.shows(&table);
    signs_in(&table, &table.amina, Some(&right)).await.refused(&["UNAUTHENTICATED"]);
    table.clock.passes("5m");
    signs_in(&table, &table.amina, Some(&authenticator.shows(&table))).await.good();
}

async fn of_one_code_that_comes_thrice_at_once_one_is_taken(engine: Engine) {
    let table = Table::set(engine).await;
    let (authenticator, _) = sets_up(&table, &table.amina).await;
    table.clock.passes("30s");
    let code = authenticator.shows(&table);
    let answers = futures_util::future::join_all((0..3).map(|_| signs_in(&table, &table.amina, Some(&code)))).await;
    let taken = answers.iter().filter(|answer| !answer.at("/signIn").is_null()).count();
    assert_eq!(taken, 1, "{answers:?}");
}

/// Someone has lost their telephone.
async fn a_lost_one_is_removed_after_three_days_unless_cancelled(engine: Engine) {
    let table = Table::set(engine).await;
    let (_, codes) = sets_up(&table, &table.amina).await;
    table.letters().take();
    let start = json!({ "personId": table.amina.id() });
    table.olga.tries("startSecondFactorRecovery", start.clone()).await.refused(&["FORBIDDEN"]);
    table.clock.passes("11m");
    let stale = table.ada.tries("startSecondFactorRecovery", start.clone()).await;
    stale.refused(&["REAUTHENTICATION_REQUIRED"]);
    table.ada.signs_in().await;
    let own = json!({ "personId": table.ada.id() });
    table.ada.tries("startSecondFactorRecovery", own).await.refused(&["FORBIDDEN"]);
    table.ada.tries("startSecondFactorRecovery", start.clone()).await.good();
    table.works().await;
    let mut told: Vec<_> = table.letters().take().into_iter().map(|letter| (letter.to, letter.subject)).collect();
    told.retain(|(_, subject)| subject.contains("going to be removed"));
    told.sort();
    let expected = [
        (table.amina.email().to_owned(), "Your second factor is going to be removed".to_owned()),
        (table.farid.email().to_owned(), "A second factor is going to be removed".to_owned()),
    ];
    assert_eq!(told, expected, "the owner and the facilitator");

    // A recovery code cancels it.
    signs_in(&table, &table.amina, None).await.refused(&["UNAUTHENTICATED"]);
    table.clock.passes("1s");
    let live = signs_in(&table, &table.amina, Some(&codes[3])).await;
    let live = Tokens::of(&live.good()["signIn"]);
    table.clock.passes("72h");
    signs_in(&table, &table.amina, None).await.refused(&["UNAUTHENTICATED"]);

    // So does a live sign-in.
    table.ada.signs_in().await;
    table.ada.tries("startSecondFactorRecovery", start.clone()).await.good();
    let refreshed = crate::sign_in::refreshes(&table, &live.refresh).await.expect("seven days with a second factor");
    let cancel = "mutation { cancelSecondFactorRecovery { cancelled } }";
    table.door.ask("aalto", Some(&refreshed.access), cancel, json!({})).await.good();
    table.clock.passes("73h");
    signs_in(&table, &table.amina, None).await.refused(&["UNAUTHENTICATED"]);

    // And where nobody does, the password is enough after three days, and the factor is gone.
    table.ada.signs_in().await;
    table.ada.tries("startSecondFactorRecovery", start).await.good();
    table.clock.passes("71h");
    signs_in(&table, &table.amina, None).await.refused(&["UNAUTHENTICATED"]);
    table.clock.passes("61m");
    let entered = Tokens::of(&signs_in(&table, &table.amina, None).await.good()["signIn"]);
    let standing = "{ viewer { secondFactor { isSetUp } } }";
    let standing = table.door.ask("aalto", Some(&entered.access), standing, json!({})).await;
    assert_eq!(standing.at("/viewer/secondFactor/isSetUp"), &json!(false));
    table.works().await;
    let events = table.ada.reads("{ auditEvents(last: 40) { nodes { action } } }", json!({})).await.to_string();
    for action in ["recovery_started", "second_factor.removed", "second_factor.recovery_cancelled"] {
        assert!(events.contains(action), "{action} in {events}");
    }
}

/// What needs a fresh sign-in is refused to one of eleven minutes, and to a token that was refreshed.
async fn what_matters_needs_a_fresh_sign_in(engine: Engine) {
    let long = [("sign_in.access_token_minutes", "60".to_owned())];
    let table = Table::set_in(World::with_settings(engine, &["aalto"], &long).await, "aalto").await;
    let of_uma = json!({ "personId": table.uma.id() });
    let needing = [
        (
            "changePassword",
            json!({ "currentPassword": table.ada.password(), "password": "nine bridges over the Aura" }),
        ),
        ("confirmSecondFactor", json!({ "code": "000000" })),
        ("createPersonalAccessToken", json!({ "name": "x", "scopes": ["SESSIONS_READ"] })),
        ("changeAddress", json!({ "email": "ada@elsewhere.example" })),
        ("updateAccount", json!({ "resetByMail": false })),
        ("updateAccount", json!({ "mailPhrase": "a heron at dusk" })),
        ("grantAdministration", of_uma.clone()),
        ("withdrawAdministration", of_uma.clone()),
        ("startSecondFactorRecovery", of_uma),
    ];
    let without_input =
        ["setUpSecondFactor { seed }", "removeSecondFactor { removed }", "renewRecoveryCodes { recoveryCodes }"];
    let old = table.ada.signs_in().await.tokens();
    let refreshed = crate::sign_in::refreshes(&table, &old.refresh).await.expect("rotates");
    let stale = table.ada.signs_in().await.tokens();
    table.clock.passes("601s");
    for tokens in [&refreshed, &stale] {
        for (name, input) in &needing {
            by(&table, tokens, name, input.clone()).await.refused(&["REAUTHENTICATION_REQUIRED"]);
        }
        for field in without_input {
            let answer =
                table.door.ask("aalto", Some(&tokens.access), &format!("mutation {{ {field} }}"), json!({})).await;
            answer.refused(&["REAUTHENTICATION_REQUIRED"]);
        }
    }
    // What does not matter so much is done all the same.
    by(&table, &refreshed, "updateAccount", merged(json!({}), json!({ "displayName": "Ada A." }))).await.good();
}

on_each_database!(
    who_must_have_one_can_do_nothing_but_set_it_up,
    five_codes_are_tried_in_five_minutes,
    of_one_code_that_comes_thrice_at_once_one_is_taken,
    a_lost_one_is_removed_after_three_days_unless_cancelled,
    what_matters_needs_a_fresh_sign_in,
);
