//! One's own sign-ins, password, address and mail; and what administrators do with accounts (A-10, A-13, A-14, M-13).

use dipoli_testkit::{Engine, Letter, Person, Table, Tokens, mutation, on_each_database, selection};
use serde_json::{Value, json};

use crate::sign_in::{refreshes, strangely, who};

async fn a_person_sees_and_ends_their_own_sign_ins(engine: Engine) {
    let table = Table::set(engine).await;
    let first = table.amina.tokens();
    let second = table.amina.signs_in().await.tokens();
    let list = "{ viewer { signIns { id client isCurrent signedInOn lastUsedOn expiresOn } } }";
    let shown = table.amina.reads(list, json!({})).await["viewer"]["signIns"].clone();
    let shown = shown.as_array().expect("a list");
    assert_eq!(shown.len(), 2);
    assert_eq!(shown.iter().filter(|row| row["isCurrent"] == true).count(), 1);
    assert!(shown.iter().all(|row| row["signedInOn"] == "2027-03-01" && row["client"] == "UNKNOWN"), "{shown:?}");
    let other = shown.iter().find(|row| row["isCurrent"] == false).expect("the other")["id"].clone();
    table.chen.tries("endSignIn", json!({ "signInId": other })).await.refused(&["NOT_FOUND signInId"]);
    table.amina.does("endSignIn", json!({ "signInId": other })).await;
    assert_eq!(who(&table, Some(&first.access)).await.status, 401);
    who(&table, Some(&second.access)).await.good();

    let third = table.amina.signs_in().await.tokens();
    table.amina.reads("mutation { endOtherSignIns { ended } }", json!({})).await;
    assert_eq!(who(&table, Some(&second.access)).await.status, 401);
    who(&table, Some(&third.access)).await.good();
    for _ in 0..50 {
        table.amina.signs_in().await;
    }
    let shown = table.amina.reads("{ viewer { signIns { id } } }", json!({})).await;
    assert_eq!(shown["viewer"]["signIns"].as_array().map(Vec::len), Some(48));
}

async fn a_change_of_password_ends_all_other_sign_ins(engine: Engine) {
    let table = Table::set(engine).await;
    let other = table.amina.tokens();
    let own = table.amina.signs_in().await.tokens();
    let change = |current: &str, password: &str| json!({ "currentPassword": current, "password": password });
    let wrong = table.amina.tries("changePassword", change("not my password", "nine bridges over the Aura")).await;
    wrong.refused(&["BAD_USER_INPUT currentPassword"]);
    table.clock.passes("1s");
    for poor in ["short", "password1234", "PasswordPassword"] {
        let refused = table.amina.tries("changePassword", change(table.amina.password(), poor)).await;
        refused.refused(&["BAD_USER_INPUT password"]);
    }
    table.amina.tries("changePassword", change(table.amina.password(), "nine bridges over the Aura")).await.good();
    assert_eq!(who(&table, Some(&other.access)).await.status, 401);
    assert!(refreshes(&table, &other.refresh).await.is_none());
    who(&table, Some(&own.access)).await.good();
    table.works().await;
    assert!(table.letters().take().iter().any(|letter| letter.subject == "Your password was changed"));
}

async fn a_phrase_stands_in_every_letter_and_a_reset_can_be_switched_off(engine: Engine) {
    let table = Table::set(engine).await;
    let phrase = "a heron at dusk";
    table.amina.tries("updateAccount", json!({ "mailPhrase": phrase, "language": "en-GB" })).await.good();
    let ask = json!({ "email": table.amina.email() });
    strangely(&table, "requestPasswordReset", ask.clone()).await.good();
    table.works().await;
    let letters = table.letters().take();
    assert!(letters.iter().all(|letter| letter.text.contains(phrase)), "{letters:?}");
    let is_told = |letters: &[Letter]| letters.iter().any(|letter| letter.subject.starts_with("What protects your"));
    assert!(letters.len() == 2 && is_told(&letters), "a reset, and that the phrase is another: {letters:?}");
    assert!(!table.content().await.dump().await.contains(phrase), "it is sealed");
    let own = table.amina.reads("{ viewer { mailPhrase resetByMail } }", json!({})).await;
    assert_eq!(own["viewer"], json!({ "mailPhrase": phrase, "resetByMail": true }));

    table.amina.tries("updateAccount", json!({ "resetByMail": false })).await.good();
    table.clock.passes("2h");
    let known = strangely(&table, "requestPasswordReset", ask).await;
    let unknown = strangely(&table, "requestPasswordReset", json!({ "email": "nobody@example.org" })).await;
    assert_eq!(known.bytes(), unknown.bytes());
    table.works().await;
    let letters = table.letters().take();
    assert!(letters.len() == 1 && is_told(&letters), "that the switch is off, and no reset: {letters:?}");
    let same = json!({ "resetByMail": false, "displayName": "Amina" });
    table.amina.signs_in().await.tries("updateAccount", same).await.good();
    table.works().await;
    assert!(table.letters().take().is_empty(), "nothing of it was changed");
    let wrong = json!({ "displayName": " ", "timeZone": "Nowhere/Land", "language": "english!" });
    let refused = table.chen.tries("updateAccount", wrong).await;
    refused.refused(&["BAD_USER_INPUT displayName", "BAD_USER_INPUT timeZone", "BAD_USER_INPUT language"]);
}

/// Whoever sees a reset that they have not asked for switches it off with the rest, whether its letter has left or not.
async fn a_reset_under_way_is_switched_off_too(engine: Engine) {
    let table = Table::set(engine).await;
    let ask = json!({ "email": table.amina.email() });
    let switch = async |on: bool| table.amina.tries("updateAccount", json!({ "resetByMail": on })).await.good().clone();
    strangely(&table, "requestPasswordReset", ask.clone()).await.good();
    table.works().await;
    let token = table.letters().to(table.amina.email()).iter().find_map(Letter::token).expect("a code");
    let reset = json!({ "token": token, "password": "nine bridges over the Aura" });
    switch(false).await;
    strangely(&table, "resetPassword", reset.clone()).await.refused(&["BAD_USER_INPUT token"]);

    switch(true).await;
    table.letters().take();
    strangely(&table, "requestPasswordReset", ask).await.good();
    switch(false).await;
    table.works().await;
    assert!(table.letters().take().iter().all(|letter| letter.token().is_none()), "nor does its letter leave");
    switch(true).await;
    strangely(&table, "resetPassword", reset).await.good();
}

/// An administrator's account is disabled and enabled as administration is withdrawn and granted.
async fn an_administrators_account_is_disabled_and_enabled_in_the_open(engine: Engine) {
    let long = [("sign_in.access_token_minutes", "60".to_owned())];
    let table = Table::set_in(dipoli_testkit::World::with_settings(engine, &["aalto"], &long).await, "aalto").await;
    let (of_uma, of_amina) = (json!({ "personId": table.uma.id() }), json!({ "personId": table.amina.id() }));
    table.ada.signs_in().await.does("grantAdministration", of_uma.clone()).await;
    for (act, told) in [("disablePerson", 2), ("enablePerson", 2)] {
        table.works().await;
        table.letters().take();
        table.clock.passes("11m");
        table.ada.tries(act, of_amina.clone()).await.good();
        table.ada.tries(act, of_uma.clone()).await.refused(&["REAUTHENTICATION_REQUIRED"]);
        table.ada.signs_in().await.tries(act, of_uma.clone()).await.good();
        table.works().await;
        let letters = table.letters().take();
        let of_it = letters.iter().filter(|letter| letter.subject.contains("dministr")).count();
        assert_eq!(of_it, told - usize::from(act == "disablePerson"), "{act}: {letters:?}");
    }
}

async fn an_address_is_changed_when_both_ends_agree(engine: Engine) {
    let table = Table::set(engine).await;
    let old = table.amina.email().to_owned();
    table.amina.does("changeAddress", json!({ "email": "amina@elsewhere.example" })).await;
    table.works().await;
    let letters = table.letters().take();
    let code = |to: &str| {
        let letter = letters.iter().find(|letter| letter.to == to).unwrap_or_else(|| panic!("a letter to {to}"));
        letter.token().expect("a code")
    };
    let (at_old, at_new) = (code(&old), code("amina@elsewhere.example"));
    table.chen.tries("confirmAddress", json!({ "token": at_new })).await.refused(&["BAD_USER_INPUT token"]);
    let confirmed = table.amina.tries("confirmAddress", json!({ "token": at_new })).await;
    assert_eq!(confirmed.good()["confirmAddress"]["changed"], false);
    table.amina.tries("confirmAddress", json!({ "token": at_new })).await.refused(&["BAD_USER_INPUT token"]);
    let sign_in = |email: &str| json!({ "email": email, "password": table.amina.password() });
    strangely(&table, "signIn", sign_in("amina@elsewhere.example")).await.refused(&["UNAUTHENTICATED"]);
    let confirmed = table.amina.tries("confirmAddress", json!({ "token": at_old })).await;
    assert_eq!(confirmed.good()["confirmAddress"]["changed"], true);
    table.clock.passes("3s");
    strangely(&table, "signIn", sign_in("amina@elsewhere.example")).await.good();
    strangely(&table, "signIn", sign_in(&old)).await.refused(&["UNAUTHENTICATED"]);

    // Asking for an address that somebody has is answered alike.
    table.bram.does("changeAddress", json!({ "email": table.chen.email() })).await;
}

/// How an account stands, as someone finds it in the list of people.
async fn standing(viewer: &Person, of: &Person) -> Value {
    let people =
        viewer.reads("{ people(first: 100) { nodes { id account { standing isAdministrator } } } }", json!({}));
    let people = people.await["people"]["nodes"].clone();
    let found = people.as_array().into_iter().flatten().find(|person| person["id"] == of.id());
    found.expect("is in the list")["account"].clone()
}

async fn an_account_is_disabled_and_enabled(engine: Engine) {
    let table = Table::set(engine).await;
    let tokens = table.amina.tokens();
    let of_amina = json!({ "personId": table.amina.id() });
    table.olga.tries("disablePerson", of_amina.clone()).await.refused(&["FORBIDDEN"]);
    assert_eq!(standing(&table.ada, &table.amina).await, json!({ "standing": "ACTIVE", "isAdministrator": false }));
    table.ada.does("disablePerson", of_amina.clone()).await;
    assert_eq!(standing(&table.ada, &table.amina).await["standing"], "DISABLED");
    // An organizer sees the address and not that.
    assert_eq!(standing(&table.olga, &table.amina).await, Value::Null);
    assert_eq!(who(&table, Some(&tokens.access)).await.status, 401, "at the next request");
    assert!(refreshes(&table, &tokens.refresh).await.is_none());
    let sign_in = json!({ "email": table.amina.email(), "password": table.amina.password() });
    strangely(&table, "signIn", sign_in.clone()).await.refused(&["UNAUTHENTICATED"]);
    table.ada.does("enablePerson", of_amina).await;
    assert_eq!(who(&table, Some(&tokens.access)).await.status, 401, "what was ended stays ended");
    table.clock.passes("1s");
    strangely(&table, "signIn", sign_in).await.good();
}

async fn a_track_keeps_an_administrator(engine: Engine) {
    let table = Table::set(engine).await;
    table.ada.signs_in().await;
    let of = |id: &str| json!({ "personId": id });
    for act in ["disablePerson", "withdrawAdministration"] {
        table.ada.tries(act, of(table.ada.id())).await.refused(&["FAILED_PRECONDITION"]);
    }
    table.uma.tries("grantAdministration", of(table.uma.id())).await.refused(&["FORBIDDEN"]);
    table.ada.does("grantAdministration", of(table.uma.id())).await;
    table.works().await;
    let told = table.letters().take();
    let mut told: Vec<_> = told.iter().map(|letter| letter.to.as_str()).collect();
    told.sort_unstable();
    assert_eq!(told, [table.ada.email(), table.uma.email()], "all administrators");
    let sees = "{ viewer { isAdministrator } people { totalCount } }";
    assert_eq!(table.uma.reads(sees, json!({})).await["viewer"]["isAdministrator"], true);
    // Both at once: one stays.
    table.uma.signs_in().await;
    let both = futures_util::future::join(
        table.ada.tries("withdrawAdministration", of(table.uma.id())),
        table.uma.tries("withdrawAdministration", of(table.ada.id())),
    );
    let (one, other) = both.await;
    let done = [&one, &other].iter().filter(|answer| answer.refusals().is_empty()).count();
    assert!(done >= 1, "{} {}", one.json, other.json);
    let administrators = table.content().await.number("SELECT count(*) FROM person WHERE is_administrator").await;
    assert_eq!(administrators, 1);
}

/// What each scope alone lets a client read; what it lets it do stands in `scopes.rs`.
async fn a_token_reads_what_its_scopes_say(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({ "attribution": "NAMED" })).await;
    let note = table.amina.posts(&session, "GROUP", "Aloud.").await;
    for scope in crate::scopes::SCOPES {
        table.clock.passes("1m");
        table.olga.signs_in().await;
        let made = table.olga.does("createPersonalAccessToken", json!({ "name": scope, "scopes": [scope] })).await;
        let token = made.as_str().expect("a token").to_owned();
        assert!(token.starts_with("dipoli_pat_") && token.len() == 54, "{token}");
        let reads = "query($s: ID!, $n: ID!) { session: node(id: $s) { id } note: node(id: $n) { id } }";
        let ids = json!({ "s": session["id"], "n": note["id"] });
        let seen = table.door.ask("aalto", Some(&token), reads, ids).await;
        assert_eq!(seen.at("/session").is_null(), scope == "AUDIT_READ", "{scope} sees sessions");
        assert_eq!(seen.at("/note").is_null(), scope != "NOTES_READ", "{scope} sees notes");
        for secret in [
            "calendarFeedUrl",
            "mailPhrase",
            "resetByMail",
            "secondFactor { isSetUp recoveryCodesLeft }",
            "signIns { id }",
            "personalAccessTokens { id }",
        ] {
            let asked = table.door.ask("aalto", Some(&token), &format!("{{ viewer {{ {secret} }} }}"), json!({})).await;
            assert_eq!(asked.refusals(), ["FORBIDDEN"], "{secret} by {scope}");
        }
    }
}

async fn a_token_is_for_one_group_is_revoked_and_runs_out(engine: Engine) {
    let table = Table::set(engine).await;
    table.zoe.schedules(&table.trade, json!({})).await;
    table
        .ada
        .does(
            "addMember",
            json!({ "workingGroupId": table.water["id"], "personId": table.zoe.id(), "role": "OBSERVER" }),
        )
        .await;
    table.zoe.signs_in().await;
    let make = |changes: Value| {
        dipoli_testkit::merged(json!({ "name": "the hall's screen", "scopes": ["SESSIONS_READ"] }), changes)
    };
    let foreign = make(json!({ "workingGroupId": table.water["id"] }));
    table
        .uma
        .signs_in()
        .await
        .tries("createPersonalAccessToken", foreign.clone())
        .await
        .refused(&["NOT_FOUND workingGroupId"]);
    let poor = json!({ "name": " ", "scopes": [], "expiresInDays": 366 });
    let refused = table.zoe.tries("createPersonalAccessToken", poor).await;
    refused.refused(&["BAD_USER_INPUT name", "BAD_USER_INPUT scopes", "BAD_USER_INPUT expiresInDays"]);

    let narrow = table.zoe.does("createPersonalAccessToken", foreign).await.as_str().expect("a token").to_owned();
    let groups = "{ workingGroups { nodes { slug } } }";
    let seen = table.door.ask("aalto", Some(&narrow), groups, json!({})).await;
    assert_eq!(seen.at("/workingGroups/nodes"), &json!([{ "slug": "water" }]));
    let seats = "{ viewer { memberships { totalCount nodes { role workingGroup { slug } } } } }";
    let seats = table.door.ask("aalto", Some(&narrow), seats, json!({})).await;
    let expected = json!({ "totalCount": 1, "nodes": [{ "role": "OBSERVER", "workingGroup": { "slug": "water" } }] });
    assert_eq!(seats.at("/viewer/memberships"), &expected, "nor their other seats");
    assert!(!table.content().await.dump().await.contains(&narrow[11..]), "only its digest is stored");

    let wide = table.zoe.does("createPersonalAccessToken", make(json!({ "expiresInDays": 10 }))).await;
    let wide = wide.as_str().expect("a token").to_owned();
    let list = "{ viewer { personalAccessTokens { id name scopes workingGroupId expiresOn lastUsedOn } } }";
    let listed = table.zoe.reads(list, json!({})).await["viewer"]["personalAccessTokens"].clone();
    assert_eq!(listed.as_array().map(Vec::len), Some(2), "{listed}");
    let of_narrow = listed.as_array().into_iter().flatten().find(|row| !row["workingGroupId"].is_null());
    let of_narrow = json!({ "accessTokenId": of_narrow.expect("the narrow one")["id"] });
    table.chen.tries("revokePersonalAccessToken", of_narrow.clone()).await.refused(&["NOT_FOUND accessTokenId"]);
    table.zoe.does("revokePersonalAccessToken", of_narrow).await;
    let none = table.door.ask("aalto", Some("dipoli_pat_none"), groups, json!({})).await;
    assert_eq!(table.door.ask("aalto", Some(&narrow), groups, json!({})).await.bytes(), none.bytes());
    assert_eq!(none.status, 401);

    table.works().await;
    table.letters().take();
    table.passes("4d").await;
    let told = table.letters().take();
    assert!(
        told.iter().any(|letter| letter.subject == "An access token runs out" && letter.to == table.zoe.email()),
        "{told:?}"
    );
    table.door.ask("aalto", Some(&wide), groups, json!({})).await.good();
    table.clock.stands_at("2027-03-11T23:59:59Z");
    table.door.ask("aalto", Some(&wide), groups, json!({})).await.good();
    table.clock.stands_at("2027-03-12T00:00:01Z");
    assert_eq!(table.door.ask("aalto", Some(&wide), groups, json!({})).await.bytes(), none.bytes(), "it has run out");
}

async fn a_reset_revokes_tokens_of_clients(engine: Engine) {
    let table = Table::set(engine).await;
    let make = json!({ "name": "a client", "scopes": ["SESSIONS_READ"] });
    let token = table.amina.does("createPersonalAccessToken", make).await.as_str().expect("a token").to_owned();
    who(&table, Some(&token)).await.good();
    strangely(&table, "requestPasswordReset", json!({ "email": table.amina.email() })).await.good();
    table.works().await;
    let code = table.letters().take().iter().find_map(Letter::token).expect("a reset");
    let reset = json!({ "token": code, "password": "six bridges over the Neris" });
    strangely(&table, "resetPassword", reset).await.good();
    assert_eq!(who(&table, Some(&token)).await.status, 401);
    let entered = json!({ "email": table.amina.email(), "password": "six bridges over the Neris" });
    let document = mutation("signIn", selection("signIn"));
    let entered = table.door.ask("aalto", None, &document, json!({ "input": entered })).await;
    Tokens::of(&entered.good()["signIn"]);
}

on_each_database!(
    a_person_sees_and_ends_their_own_sign_ins,
    a_change_of_password_ends_all_other_sign_ins,
    a_phrase_stands_in_every_letter_and_a_reset_can_be_switched_off,
    an_address_is_changed_when_both_ends_agree,
    an_account_is_disabled_and_enabled,
    an_administrators_account_is_disabled_and_enabled_in_the_open,
    a_reset_under_way_is_switched_off_too,
    a_track_keeps_an_administrator,
    a_token_reads_what_its_scopes_say,
    a_token_is_for_one_group_is_revoked_and_runs_out,
    a_reset_revokes_tokens_of_clients,
);
