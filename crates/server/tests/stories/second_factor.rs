//! The second factor: set up, proved, lost, and what those can do who must have one and have none.

use dipoli_testkit::{
    Answer, Authenticator, Door, Engine, Letter, Person, Table, Tokens, World, merged, mutation, on_each_database,
    selection,
};
use serde_json::{Value, json};

use crate::sign_in::strangely;

/// Sets one up; gives the authenticator and the recovery codes.
pub async fn sets_up(world: &World, person: &Person) -> (Authenticator, Vec<String>) {
    let begun = person.reads("mutation { setUpSecondFactor { seed uri } }", json!({})).await;
    let seed = begun["setUpSecondFactor"]["seed"].as_str().expect("a seed").to_owned();
    let uri = begun["setUpSecondFactor"]["uri"].as_str().expect("a URI");
    assert!(uri.starts_with("otpauth://totp/") && uri.contains(&seed), "{uri}");
    let authenticator = Authenticator::of(&seed);
    person.tries("confirmSecondFactor", json!({ "code": "000000" })).await.refused(&["BAD_USER_INPUT code"]);
    let confirmed =
        person.tries("confirmSecondFactor", json!({ "code": authenticator.shows(world.clock.now()) })).await;
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
    let code = authenticator.shows(world.clock.now());
    signs_in(&world, &ada, Some(&code)).await.good();
    assert_eq!(signs_in(&world, &ada, Some(&code)).await.bytes(), wrong.bytes(), "a code is good once");
    world.clock.passes("10s");
    signs_in(&world, &ada, Some(&codes[0].to_lowercase())).await.good();
    assert_eq!(signs_in(&world, &ada, Some(&codes[0])).await.bytes(), wrong.bytes(), "so is a recovery code");
    world.works().await;
    let told = world.letters().take().into_iter().map(|letter| letter.subject);
    let told: Vec<_> = told.filter(|subject| subject.contains("second factor")).collect();
    assert_eq!(told, ["Your second factor was changed"], "there is one code less");
}

async fn five_codes_are_tried_in_five_minutes(engine: Engine) {
    let table = Table::set(engine).await;
    let (authenticator, _) = sets_up(&table, &table.amina).await;
    table.clock.passes("30s");
    for _ in 0..5 {
        signs_in(&table, &table.amina, Some("000000")).await.refused(&["UNAUTHENTICATED"]);
        table.clock.passes("5s");
    }
    let right = authenticator.shows(table.clock.now());
    signs_in(&table, &table.amina, Some(&right)).await.refused(&["UNAUTHENTICATED"]);
    table.clock.passes("5m");
    signs_in(&table, &table.amina, Some(&authenticator.shows(table.clock.now()))).await.good();
}

async fn of_one_code_that_comes_thrice_at_once_one_is_taken(engine: Engine) {
    let table = Table::set(engine).await;
    let (authenticator, _) = sets_up(&table, &table.amina).await;
    table.clock.passes("30s");
    let code = authenticator.shows(table.clock.now());
    // On PostgreSQL to three servers; on files there is one.
    let others = match engine {
        Engine::Sqlite => Vec::new(),
        Engine::Postgres => vec![table.another_server().await, table.another_server().await],
    };
    let doors: Vec<_> = std::iter::once(table.door.clone()).chain(others.iter().map(Door::to)).collect();
    let document = mutation("signIn", selection("signIn"));
    let input = json!({ "email": table.amina.email(), "password": table.amina.password(), "oneTimeCode": code });
    let tries = (0..3).map(|number| {
        let variables = json!({ "input": input });
        doors[number % doors.len()].ask("aalto", None, &document, variables)
    });
    let answers = futures_util::future::join_all(tries).await;
    let taken = answers.iter().filter(|answer| !answer.at("/signIn").is_null()).count();
    assert_eq!(taken, 1, "{answers:?}");
}

/// Who resets the password has not got the second factor by that.
async fn a_reset_does_not_skip_it(engine: Engine) {
    let table = Table::set(engine).await;
    let (authenticator, _) = sets_up(&table, &table.amina).await;
    table.works().await;
    table.letters().take();
    strangely(&table, "requestPasswordReset", json!({ "email": table.amina.email() })).await.good();
    table.works().await;
    let token = table.letters().take().iter().find_map(Letter::token).expect("a code");
    let password = "nine bridges over the Aura";
    strangely(&table, "resetPassword", json!({ "token": token, "password": password })).await.good();
    table.clock.passes("1m");
    let enters = async |code: Option<String>| {
        let input = json!({ "email": table.amina.email(), "password": password, "oneTimeCode": code });
        strangely(&table, "signIn", input).await
    };
    enters(None).await.refused(&["UNAUTHENTICATED"]);
    table.clock.passes("1m");
    enters(Some(authenticator.shows(table.clock.now()))).await.good();
}

/// Who must have one, by the track's setting.
async fn a_track_says_who_must_have_one(engine: Engine) {
    for (setting, ada, amina) in [("optional", false, false), ("required", true, true), ("roles", true, false)] {
        let settings = [("sign_in.second_factor", format!("\"{setting}\""))];
        let world = World::with_settings(engine, &["aalto"], &settings).await;
        let administrator = world.administrator("aalto").await;
        let own = "{ viewer { secondFactor { isRequired } } }";
        let told = administrator.reads(own, json!({})).await;
        assert_eq!(told["viewer"]["secondFactor"]["isRequired"], ada, "{setting}");
        if ada {
            sets_up(&world, &administrator).await;
        }
        administrator.asks("{ people { totalCount } }", json!({})).await.good();
        let invited = world.invites(&administrator, "aalto", "Amina").await;
        let told = invited.reads(own, json!({})).await;
        assert_eq!(told["viewer"]["secondFactor"]["isRequired"], amina, "{setting}");
        let seen = invited.asks("{ workingGroups { totalCount } }", json!({})).await;
        assert_eq!(seen.refusals().is_empty(), !amina, "{setting}: {}", seen.json);
    }
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
    // The facilitator's letter does not say whose: the API does, and to nobody else.
    let of_whom = "secondFactorRecoveries { takesEffectAt membership { person { id } } }";
    let seen = table.farid.node(&table.water["id"], "WorkingGroup", of_whom).await;
    let recoveries = seen["secondFactorRecoveries"].as_array().expect("a list");
    assert_eq!(recoveries.len(), 1, "{seen}");
    assert_eq!(recoveries[0]["membership"]["person"]["id"], table.amina.id());
    for other in [&table.olga, &table.chen, &table.amina] {
        let seen = other.node(&table.water["id"], "WorkingGroup", of_whom).await;
        assert!(seen["secondFactorRecoveries"].is_null(), "{}: {seen}", other.name());
    }

    // A recovery code cancels it.
    signs_in(&table, &table.amina, None).await.refused(&["UNAUTHENTICATED"]);
    table.clock.passes("1s");
    let live = signs_in(&table, &table.amina, Some(&codes[3])).await;
    let live = Tokens::of(&live.good()["signIn"]);
    table.clock.passes("72h");
    signs_in(&table, &table.amina, None).await.refused(&["UNAUTHENTICATED"]);

    let seen = table.farid.signs_in().await.node(&table.water["id"], "WorkingGroup", of_whom).await;
    assert_eq!(seen["secondFactorRecoveries"], json!([]), "it is cancelled");

    // So does a live sign-in.
    table.ada.signs_in().await;
    table.ada.tries("startSecondFactorRecovery", start.clone()).await.good();
    let refreshed = crate::sign_in::refreshes(&table, &live.refresh).await.expect("seven days with a second factor");
    let cancel = "mutation { cancelSecondFactorRecovery { cancelled } }";
    table.door.ask("aalto", Some(&refreshed.access), cancel, json!({})).await.good();
    table.clock.passes("73h");
    signs_in(&table, &table.amina, None).await.refused(&["UNAUTHENTICATED"]);

    // One of which its owner was never told, since no letter left, comes to nothing.
    table.ada.signs_in().await;
    table.ada.tries("startSecondFactorRecovery", start.clone()).await.good();
    table.clock.passes("73h");
    signs_in(&table, &table.amina, None).await.refused(&["UNAUTHENTICATED"]);
    table.works().await;
    assert!(!table.letters().take().iter().any(|letter| letter.subject.contains("going to be removed")));
    table.clock.passes("1m");
    signs_in(&table, &table.amina, None).await.refused(&["UNAUTHENTICATED"]);

    // And where its owner is told and does nothing, the password is enough after three days, and the factor is gone.
    table.ada.signs_in().await;
    table.ada.tries("startSecondFactorRecovery", start).await.good();
    table.works().await;
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

/// Whoever could not cancel a recovery, or would not hear of it, is not to be recovered.
async fn a_recovery_is_of_who_can_cancel_it(engine: Engine) {
    let table = Table::set(engine).await;
    sets_up(&table, &table.amina).await;
    let of_amina = json!({ "personId": table.amina.id() });
    let password_alone = async || signs_in(&table, &table.amina, None).await.refused(&["UNAUTHENTICATED"]);

    // One that is under way is over when the account is disabled, and stays over when it is enabled again.
    table.ada.signs_in().await.tries("startSecondFactorRecovery", of_amina.clone()).await.good();
    table.ada.does("disablePerson", of_amina.clone()).await;
    table.ada.tries("startSecondFactorRecovery", of_amina.clone()).await.refused(&["FAILED_PRECONDITION"]);
    table.clock.passes("80h");
    table.ada.signs_in().await.does("enablePerson", of_amina.clone()).await;
    password_alone().await;

    // To an address that is refused for good nothing is told.
    sets_up(&table, &table.chen).await;
    let choose = mutation("setCalendarEntriesAttached", "correspondence { attachesCalendarEntries }");
    table.chen.asks(&choose, json!({ "input": { "attached": false } })).await.good();
    table.content().await.run("UPDATE correspondent SET refusals = 3").await;
    let of_chen = json!({ "personId": table.chen.id() });
    let refused = table.ada.tries("startSecondFactorRecovery", of_chen.clone()).await;
    refused.refused(&["FAILED_PRECONDITION"]);
    assert!(refused.json.to_string().contains("would not hear of it"), "{}", refused.json);
    table.content().await.run("UPDATE correspondent SET refusals = 2").await;
    table.ada.tries("startSecondFactorRecovery", of_chen).await.good();
}

/// Another in its place: the one there is good until the new one is confirmed, and not a moment longer. Recovery codes go
/// with their factor. Where nobody must have one, it can be taken away.
async fn one_is_replaced_and_removed(engine: Engine) {
    let table = Table::set(engine).await;
    let (old, old_codes) = sets_up(&table, &table.amina).await;
    table.clock.passes("30s");
    let begun = table.amina.reads("mutation { setUpSecondFactor { seed } }", json!({})).await;
    let new = Authenticator::of(begun["setUpSecondFactor"]["seed"].as_str().expect("a seed"));
    // A code of the one that is being set up is nothing yet.
    signs_in(&table, &table.amina, Some(&new.shows(table.clock.now()))).await.refused(&["UNAUTHENTICATED"]);
    table.clock.passes("30s");
    signs_in(&table, &table.amina, Some(&old.shows(table.clock.now()))).await.good();
    // Nor does a code of the old one confirm the new one.
    let wrong = json!({ "code": old.shows(table.clock.now()) });
    table.amina.tries("confirmSecondFactor", wrong).await.refused(&["BAD_USER_INPUT code"]);
    let right = json!({ "code": new.shows(table.clock.now()) });
    let confirmed = table.amina.tries("confirmSecondFactor", right.clone()).await.good()["confirmSecondFactor"].clone();
    table.amina.tries("confirmSecondFactor", right).await.refused(&["FAILED_PRECONDITION"]);
    for gone in [old.shows(table.clock.now()), old_codes[1].clone()] {
        table.clock.passes("30s");
        signs_in(&table, &table.amina, Some(&gone)).await.refused(&["UNAUTHENTICATED"]);
    }
    table.clock.passes("1m");
    let entered = signs_in(&table, &table.amina, Some(&new.shows(table.clock.now()))).await;
    let entered = Tokens::of(&entered.good()["signIn"]);

    // Recovery codes made anew take the place of those that were given.
    let document = "mutation { renewRecoveryCodes { recoveryCodes } }";
    let renewed = table.door.ask("aalto", Some(&entered.access), document, json!({})).await;
    let renewed = renewed.at("/renewRecoveryCodes/recoveryCodes/0").as_str().expect("a code").to_owned();
    let earlier = confirmed["recoveryCodes"][0].as_str().expect("a code");
    table.clock.passes("30s");
    signs_in(&table, &table.amina, Some(earlier)).await.refused(&["UNAUTHENTICATED"]);
    table.clock.passes("30s");
    let entered = Tokens::of(&signs_in(&table, &table.amina, Some(&renewed)).await.good()["signIn"]);

    let remove = "mutation { removeSecondFactor { removed } }";
    table.door.ask("aalto", Some(&entered.access), remove, json!({})).await.good();
    let again = table.door.ask("aalto", Some(&entered.access), remove, json!({})).await;
    again.refused(&["FAILED_PRECONDITION"]);
    table.clock.passes("30s");
    signs_in(&table, &table.amina, None).await.good();
    assert_eq!(table.content().await.number("SELECT count(*) FROM second_factor").await, 0);
    table.works().await;
    let told = table.letters().take().into_iter().filter(|letter| letter.subject.contains("second factor was changed"));
    assert!(told.count() >= 4, "set up, replaced, its codes renewed, removed");
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
    a_reset_does_not_skip_it,
    a_track_says_who_must_have_one,
    a_lost_one_is_removed_after_three_days_unless_cancelled,
    a_recovery_is_of_who_can_cancel_it,
    one_is_replaced_and_removed,
    what_matters_needs_a_fresh_sign_in,
);
