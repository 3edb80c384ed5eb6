//! A person's own data: taken along, and their account erased.

use dipoli_testkit::{Engine, Person, Table, on_each_database};
use serde_json::{Value, json};

const EXPORT: &str = "mutation { exportMyData { json } }";

async fn exported(person: &Person) -> Value {
    let json = person.signs_in().await.reads(EXPORT, json!({})).await["exportMyData"]["json"].take();
    serde_json::from_str(json.as_str().expect("a text")).expect("JSON")
}

async fn one_takes_along_what_is_ones_own_and_nothing_else(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({ "attribution": "NAMED" })).await;
    table.bram.posts(&session, "GROUP", "Said by Bram.").await;
    table.clock.passes("1m");
    table.bram.posts(&session, "PRIVATE", "Kept by Bram.").await;
    table.amina.posts(&session, "GROUP", "Said by Amina.").await;
    let under_the_rule = json!({ "sessionId": session["id"], "body": "Said by nobody.", "visibility": "GROUP",
        "attribution": "CHATHAM_HOUSE" });
    table.bram.does("postNote", under_the_rule).await;
    table.passes("24h").await;
    let item = table.amina.proposes(&session, "Gauges").await;
    let own_item = table.bram.proposes(&session, "Fish").await;
    let silence = table.farid.opens_silence(&item, "2027-03-20T08:00:00Z").await;
    table.bram.breaks(&silence, "SUBSTANCE", "Not so.").await;
    table.chen.breaks(&silence, "LINKAGE", "Nor so.").await;
    table.bram.answers(&session, "ACCEPTED").await;

    table.clock.passes("11m");
    let stale = table.bram.asks(EXPORT, json!({})).await;
    stale.refused(&["REAUTHENTICATION_REQUIRED"]);
    let own = exported(&table.bram).await;
    assert_eq!(
        (&own["account"]["email"], &own["seats"][0]["role"]),
        (&json!("bram@example.org"), &json!("participant"))
    );
    let work = &own["work"];
    let bodies: Vec<_> = work["notes"].as_array().into_iter().flatten().map(|note| note["body"].clone()).collect();
    assert_eq!(bodies, [json!("Said by Bram."), json!("Kept by Bram.")]);
    assert_eq!(work["objections"].as_array().map(Vec::len), Some(1));
    assert_eq!(work["objections"][0]["statement"], "Not so.");
    assert_eq!(work["agendaItems"][0]["id"], own_item["id"]);
    assert_eq!(work["answers"][0]["response"], "accepted");
    for others in ["Said by Amina.", "Said by nobody.", "Nor so.", "amina@example.org"] {
        assert!(!own.to_string().contains(others), "{others} in {own}");
    }
    // Whoever has lost their seat still takes their own words along.
    table.ada.does("removeMember", json!({ "membershipId": table.seat("Bram") })).await;
    let own = exported(&table.bram).await;
    assert_eq!(
        (&own["seats"][0]["seating"], &own["work"]["notes"][0]["body"]),
        (&json!("left"), &json!("Said by Bram."))
    );
}

async fn notes(table: &Table, session: &Value) -> Vec<(String, String)> {
    let fields = "notes(first: 20) { nodes { body author { person { displayName affiliation } } } }";
    let seen = table.amina.node(&session["id"], "Session", fields).await;
    let nodes = seen["notes"]["nodes"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    nodes.iter().map(|note| (text(&note["body"]), text(&note["author"]["person"]["displayName"]))).collect()
}

async fn an_account_is_erased_and_what_stays_is_of_a_former_participant(engine: Engine) {
    for (choice, body) in [("STAY", "Said by Chen."), ("GO", "")] {
        let table = Table::set(engine).await;
        let session = table.olga.schedules(&table.water, json!({ "attribution": "NAMED" })).await;
        table.chen.posts(&session, "GROUP", "Said by Chen.").await;
        table.chen.posts(&session, "PRIVATE", "Kept by Chen.").await;
        let item = table.amina.proposes(&session, "Gauges").await;
        let open = table.farid.opens_silence(&item, "2027-03-20T08:00:00Z").await;
        let fish = table.amina.proposes(&session, "Fish").await;
        let broken = table.farid.opens_silence(&fish, "2027-03-20T08:00:00Z").await;
        table.chen.breaks(&broken, "SUBSTANCE", "Not so.").await;
        table.works().await;
        table.letters().take();

        table.clock.passes("11m");
        let erase = json!({ "email": "Chen@example.org", "notes": choice });
        table.chen.tries("eraseMyAccount", erase.clone()).await.refused(&["REAUTHENTICATION_REQUIRED"]);
        let other = json!({ "email": "bram@example.org", "notes": choice });
        table.chen.signs_in().await.tries("eraseMyAccount", other).await.refused(&["BAD_USER_INPUT email"]);
        table.chen.tries("eraseMyAccount", erase.clone()).await.good();
        table.chen.asks("{ viewer { person { id } } }", json!({})).await.refused(&["UNAUTHENTICATED"]);

        assert_eq!(notes(&table, &session).await, [(body.to_owned(), "A former participant".to_owned())]);
        let status = |silence: Value| {
            let amina = table.amina.clone();
            async move { amina.node(&silence["id"], "SilenceProcedure", "status objections { statement }").await }
        };
        assert_eq!(status(open).await["status"], "WITHDRAWN", "they were not heard");
        let stands = status(broken).await;
        assert_eq!((&stands["status"], &stands["objections"][0]["statement"]), (&json!("BROKEN"), &json!("Not so.")));
        // Into the first hour of the day, when what was given up goes.
        table.passes("15h").await;
        let letters = table.letters().take();
        assert!(letters.iter().any(|letter| letter.to == "amina@example.org"), "the group is told");
        assert!(letters.iter().all(|letter| !letter.to.contains("chen") && !letter.to.contains("invalid")));

        // Nothing gives it back, and nothing of them is left.
        let people = "{ people(first: 50) { nodes { id displayName affiliation account { standing } } } }";
        let people = table.ada.reads(people, json!({})).await;
        let nodes = people["people"]["nodes"].as_array().cloned().unwrap_or_default();
        let left = nodes.iter().find(|person| person["id"] == table.chen.id()).expect("their id");
        assert_eq!(
            (&left["displayName"], &left["account"]["standing"]),
            (&json!("A former participant"), &json!("ERASED"))
        );
        let id = json!({ "personId": table.chen.id() });
        for act in ["disablePerson", "enablePerson"] {
            table.ada.tries(act, id.clone()).await.refused(&["FAILED_PRECONDITION"]);
        }
        let again = json!({ "email": "chen@example.org", "displayName": "Chen" });
        let anew = table.ada.does("invitePerson", again).await;
        assert_ne!(anew["id"], table.chen.id(), "whoever comes again is somebody new");
        let content = table.content().await;
        let private = content.number("SELECT count(*) FROM note WHERE visibility = 'private'").await;
        assert_eq!(private, 0, "it went when the day was over");
    }
}

async fn whoever_a_group_or_the_track_cannot_do_without_stays(engine: Engine) {
    let table = Table::set(engine).await;
    for person in [&table.olga, &table.ada] {
        let erase = json!({ "email": person.email(), "notes": "STAY" });
        person.signs_in().await.tries("eraseMyAccount", erase).await.refused(&["FAILED_PRECONDITION"]);
    }
    table.olga.reads("{ viewer { person { id } } }", json!({})).await;
}

on_each_database!(
    one_takes_along_what_is_ones_own_and_nothing_else,
    an_account_is_erased_and_what_stays_is_of_a_former_participant,
    whoever_a_group_or_the_track_cannot_do_without_stays,
);
