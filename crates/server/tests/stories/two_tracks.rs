//! Tracks are apart: nothing of one is anything in the other (N-11).

use std::collections::BTreeSet;

use dipoli_testkit::{Engine, Person, Table, World, merged, mutation, on_each_database, selection};
use serde_json::{Value, json};

async fn nothing_of_one_track_is_anything_in_the_other(engine: Engine) {
    let world = World::with_tracks(engine, &["aalto", "saarinen"]).await;
    let here = Table::set_in(world, "aalto").await;
    // The same people at the other track, by the same addresses: other accounts.
    let ada = here.administrator("saarinen").await;
    let water = ada.convenes("water").await;
    let amina = here.invites(&ada, "saarinen", "Amina").await;
    ada.seats(&water, &amina, "ORGANIZER", None).await;
    let session = amina.schedules(&water, json!({})).await;
    let item = amina.proposes(&session, "Proposed").await;
    let note = amina.posts(&session, "GROUP", "Aloud.").await;
    assert_ne!(amina.id(), here.amina.id());

    // Ids.
    let there = [&water["id"], &session["id"], &item["id"], &note["id"], &json!(amina.id())];
    for person in [&here.ada, &here.olga, &here.amina] {
        for id in there {
            let data = person.reads("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
            assert!(data["node"].is_null(), "{} reads {id}", person.name());
        }
        let random = json!({ "noteId": "not_AAAAAAAAAAAAAAAAAAAAAA" });
        let random = person.tries("withdrawNote", random).await;
        let foreign = person.tries("withdrawNote", json!({ "noteId": note["id"] })).await;
        assert_eq!(foreign.bytes(), random.bytes());
    }

    // Tokens.
    let who = "{ viewer { person { id } } }";
    let nobody = here.door.ask("aalto", None, who, json!({})).await;
    for person in [&amina, &ada] {
        let answer = here.door.ask("aalto", Some(&person.tokens().access), who, json!({})).await;
        assert_eq!(answer.bytes(), nobody.bytes());
        let refresh = json!({ "refreshToken": person.tokens().refresh });
        strangely(&here, "refreshTokens", refresh).await.refused(&["UNAUTHENTICATED"]);
        person.reads(who, json!({})).await;
    }
    let password = json!({ "email": amina.email(), "password": amina.password() });
    strangely(&here, "signIn", password).await.refused(&["UNAUTHENTICATED"]);

    // Tokens of letters.
    ada.does("invitePerson", json!({ "email": "new@example.org", "displayName": "New" })).await;
    here.works().await;
    let letters = here.letters_of("saarinen").to("new@example.org");
    let token = letters.iter().find_map(dipoli_testkit::Letter::token).expect("an invitation");
    let accept = |token: &str| json!({ "token": token, "password": "a long enough password" });
    let foreign = strangely(&here, "acceptInvitation", accept(&token)).await;
    let unknown = strangely(&here, "acceptInvitation", accept(&"A".repeat(43))).await;
    assert_eq!(foreign.bytes(), unknown.bytes());
    here.accepts("saarinen", "New").await;
    assert!(here.letters_of("aalto").to("new@example.org").is_empty());

    // Cursors and idempotency keys.
    let page = "query($after: String) { workingGroups(first: 1, after: $after) { pageInfo { endCursor } } }";
    let cursor = ada.reads(page, json!({})).await["workingGroups"]["pageInfo"]["endCursor"].take();
    let refused = here.ada.asks(page, json!({ "after": cursor })).await;
    assert_eq!(refused.refusals(), ["BAD_USER_INPUT after"]);
    let group = json!({ "slug": "same", "name": "Same", "timeZone": "UTC", "idempotencyKey": "the same key" });
    let one = ada.does("createWorkingGroup", group.clone()).await;
    let other = here.ada.does("createWorkingGroup", group).await;
    assert_ne!(one["id"], other["id"]);

    // Links.
    let link = async |person: &Person| {
        person.reads("{ viewer { calendarFeedUrl } }", json!({})).await["viewer"]["calendarFeedUrl"].take()
    };
    let (here_link, there_link) = (link(&here.amina).await, link(&amina).await);
    let secret = |link: &Value| link.as_str().and_then(|link| link.rsplit('/').next()).unwrap_or_default().to_owned();
    assert!(here_link.as_str().is_some_and(|link| link.starts_with("http://127.0.0.1:8080/aalto/calendar/")));
    assert_ne!(secret(&here_link), secret(&there_link));
}

async fn strangely(world: &World, name: &str, input: Value) -> dipoli_testkit::Answer {
    world.door.ask("aalto", None, &mutation(name, selection(name)), json!({ "input": input })).await
}

/// There is no track id column anywhere, and no value that two tracks share but words.
async fn no_row_of_two_tracks_is_alike(engine: Engine) {
    let world = World::with_tracks(engine, &["aalto", "saarinen"]).await;
    let mut ids: Vec<BTreeSet<String>> = Vec::new();
    for slug in ["aalto", "saarinen"] {
        let ada = world.administrator(slug).await;
        let group = ada.convenes("water").await;
        let olga = world.invites(&ada, slug, "Olga").await;
        ada.seats(&group, &olga, "ORGANIZER", None).await;
        olga.schedules(&group, json!({})).await;
        world.works().await;
        let mut values = BTreeSet::new();
        for raw in [world.content_of(slug).await, world.keys_of(slug).await] {
            for table in raw.tables().await {
                let columns = raw.columns(&table).await;
                assert!(!columns.iter().any(|column| column.contains("track")), "{table}: {columns:?}");
            }
            let dump = raw.dump().await;
            // Identifiers, digests, ciphertexts: whatever is long and no word of the schema or a time.
            values.extend(dump.lines().filter_map(|line| {
                let (place, value) = line.split_once(": ")?;
                (value.len() >= 32 && !place.starts_with("seaql_")).then(|| value.to_owned())
            }));
        }
        assert!(values.len() > 20, "{values:?}");
        ids.push(values);
    }
    let shared: Vec<_> = ids[0].intersection(&ids[1]).collect();
    assert!(shared.is_empty(), "{shared:?}");
}

/// Every request that one track has answered is sent to the other, with the tokens that were good at the first: it answers as
/// a track does that is not there.
async fn what_one_track_has_answered_the_other_does_not_know(engine: Engine) {
    let table = Table::set_in(World::with_tracks(engine, &["aalto", "saarinen"]).await, "aalto").await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    table.farid.adopts(&table.amina.proposes(&session, "Proposed").await).await;
    table.bram.answers(&session, "TENTATIVE").await;
    table.bram.refreshes().await.good();
    let mut secrets = Vec::new();
    for (person, visibility) in [(&table.amina, "GROUP"), (&table.chen, "FACILITATORS")] {
        let rule = json!({ "attribution": "CHATHAM_HOUSE", "visibility": visibility, "body": "Aloud." });
        let posted = person.tries("postNote", merged(json!({ "sessionId": session["id"] }), rule)).await;
        secrets.push(posted.good()["postNote"].clone());
    }
    table.passes("24h").await;
    let of = |posted: &Value| json!({ "noteId": posted["note"]["id"], "editSecret": posted["editSecret"] });
    table.amina.does("reviseNote", merged(of(&secrets[0]), json!({ "body": "Low.", "expectedVersion": 1 }))).await;
    table.chen.does("releaseNote", merged(of(&secrets[1]), json!({ "visibility": "GROUP" }))).await;
    table.passes("24h").await;
    table.uma.signs_in().await;
    for person in table.people() {
        let everything = "notes(first: 100) { edges { cursor node { id body } } } agenda { id title }";
        person.node(&session["id"], "Session", everything).await;
    }

    let sent = table.door.sent();
    assert!(sent.len() > 60, "{} requests", sent.len());
    for request in sent {
        // Ada administers both, under one password.
        if request.body["variables"]["input"]["email"] == table.ada.email() {
            continue;
        }
        let there = table.door.post("saarinen", request.token.as_deref(), &request.body).await;
        let nowhere = table.door.post("nowhere", request.token.as_deref(), &request.body).await;
        assert_eq!(there.bytes(), nowhere.bytes(), "{}", request.body);
        assert!(there.json["errors"].is_array(), "{} was answered {}", request.body, there.json);
    }
}

on_each_database!(
    nothing_of_one_track_is_anything_in_the_other,
    no_row_of_two_tracks_is_alike,
    what_one_track_has_answered_the_other_does_not_know,
);
