//! The same thing sent twice, and two people at once: idempotency keys (G-14), versions, and the order of an agenda.

use std::collections::BTreeSet;

use dipoli_testkit::{Engine, Table, merged, on_each_database, seat_by_address};
use futures_util::future::{join, join_all};
use serde_json::{Value, json};

/// Every mutation that creates, with an input, and another that differs in one word.
fn creations(table: &Table, session: &Value) -> Vec<(&'static str, Value, Value)> {
    let water = &table.water["id"];
    vec![
        (
            "invitePerson",
            json!({ "email": "new@example.org", "displayName": "New" }),
            json!({ "email": "new@example.org", "displayName": "Newer" }),
        ),
        (
            "createWorkingGroup",
            json!({ "slug": "new", "name": "New", "timeZone": "UTC" }),
            json!({ "slug": "new", "name": "New", "timeZone": "Europe/Minsk" }),
        ),
        (
            "addDelegation",
            json!({ "workingGroupId": water, "name": "East" }),
            json!({ "workingGroupId": water, "name": "West" }),
        ),
        (
            "addMember",
            json!({ "workingGroupId": water, "personId": table.uma.id(), "role": "OBSERVER" }),
            json!({ "workingGroupId": water, "personId": table.uma.id(), "role": "PARTICIPANT" }),
        ),
        (
            "scheduleSession",
            json!({ "workingGroupId": water, "title": "One", "startsAt": "2027-04-01T08:00:00Z",
                "endsAt": "2027-04-01T09:00:00Z" }),
            json!({ "workingGroupId": water, "title": "One", "startsAt": "2027-04-01T08:00:00Z",
                "endsAt": "2027-04-01T10:00:00Z" }),
        ),
        (
            "proposeAgendaItem",
            json!({ "sessionId": session["id"], "title": "One" }),
            json!({ "sessionId": session["id"], "title": "One", "durationMinutes": 5 }),
        ),
        (
            "postNote",
            json!({ "sessionId": session["id"], "body": "One.", "visibility": "PRIVATE" }),
            json!({ "sessionId": session["id"], "body": "One.", "visibility": "FACILITATORS" }),
        ),
    ]
}

async fn the_same_key_gives_the_first_result(engine: Engine) {
    let table = Table::set(engine).await;
    // Ada is also the organizer of a group here, so that one person may do all of it.
    seat_by_address(&table.olga, &table.water, "Ada", "ORGANIZER", None).await;
    table.ada.signs_in().await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let content = table.content().await;
    for (mutation, input, other) in creations(&table, &session) {
        let key = json!({ "idempotencyKey": "once and for all" });
        let first = table.ada.tries(mutation, merged(input.clone(), key.clone())).await;
        first.good();
        let before = content.counts().await;
        let again = table.ada.tries(mutation, merged(input.clone(), key.clone())).await;
        assert_eq!(again.bytes(), first.bytes(), "{mutation}");
        assert_eq!(content.counts().await, before, "{mutation}: one effect");
        let refused = table.ada.tries(mutation, merged(other, key.clone())).await;
        refused.refused(&["CONFLICT idempotencyKey"]);
        assert_eq!(content.counts().await, before, "{mutation}: and nothing of the other input");
    }
    // Keys are each person's own.
    let note = json!({ "sessionId": session["id"], "body": "One.", "visibility": "PRIVATE",
        "idempotencyKey": "once and for all" });
    let hers = table.amina.tries("postNote", note.clone()).await;
    let his = table.bram.tries("postNote", note).await;
    assert_ne!(hers.good()["postNote"]["note"]["id"], his.good()["postNote"]["note"]["id"]);
}

/// A client that lost the first answer sends the same again, and that part of the meeting has been made stricter meanwhile.
async fn a_part_made_stricter_does_not_double_a_note(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({ "attribution": "NAMED" })).await;
    let note = json!({ "sessionId": session["id"], "body": "Once.", "visibility": "GROUP",
        "idempotencyKey": "a-key-of-some-length-at-random" });
    let first = table.amina.tries("postNote", note.clone()).await;
    first.good();
    let stricter =
        json!({ "sessionId": session["id"], "expectedVersion": session["version"], "attribution": "CHATHAM_HOUSE" });
    table.olga.does("updateSession", stricter).await;
    let again = table.amina.tries("postNote", note).await;
    assert_eq!(again.bytes(), first.bytes());
    table.works().await;
    assert_eq!(table.content().await.number("SELECT count(*) FROM staged_note").await, 0);
}

async fn a_key_is_kept_for_a_day(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let note = json!({ "sessionId": session["id"], "body": "One.", "visibility": "PRIVATE", "idempotencyKey": "k" });
    let first = table.amina.does("postNote", note.clone()).await;
    table.passes("23h").await;
    assert_eq!(table.amina.does("postNote", note.clone()).await["id"], first["id"]);
    table.passes("2h").await;
    assert_ne!(table.amina.does("postNote", note).await["id"], first["id"]);
}

async fn of_twins_one_wins_and_both_get_its_result(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let note = json!({ "sessionId": session["id"], "body": "One.", "visibility": "GROUP", "attribution": "NAMED",
        "idempotencyKey": "twins" });
    let answers = join_all((0..50).map(|_| table.amina.tries("postNote", note.clone()))).await;
    let ids: BTreeSet<_> = answers.iter().map(|answer| answer.good()["postNote"]["note"]["id"].to_string()).collect();
    assert_eq!(ids.len(), 1);
    let seen = table.bram.node(&session["id"], "Session", "notes { totalCount }").await;
    assert_eq!(seen["notes"]["totalCount"], 1);

    let input = json!({ "workingGroupId": table.water["id"], "name": "East", "idempotencyKey": "twins" });
    let answers = join_all((0..50).map(|_| table.olga.tries("addDelegation", input.clone()))).await;
    let ids: BTreeSet<_> = answers.iter().map(|answer| answer.good()["addDelegation"].to_string()).collect();
    assert_eq!(ids.len(), 1, "a name that is taken, by oneself a moment ago, is no fault");
}

async fn a_replay_asks_the_policy_again(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let note = json!({ "sessionId": session["id"], "body": "One.", "visibility": "PRIVATE", "idempotencyKey": "k" });
    table.bram.does("postNote", note.clone()).await;
    table.olga.does("removeMember", json!({ "membershipId": table.seat("Bram") })).await;
    table.bram.tries("postNote", note).await.refused(&["NOT_FOUND sessionId"]);
}

async fn of_two_who_change_the_same_version_one_is_told(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({ "attribution": "NAMED" })).await;
    let item = table.amina.proposes(&session, "Proposed").await;
    let note = table.amina.posts(&session, "GROUP", "Aloud.").await;
    let of_session = |title: &str| json!({ "sessionId": session["id"], "expectedVersion": 1, "title": title });
    let of_item = |title: &str| json!({ "agendaItemId": item["id"], "expectedVersion": 1, "title": title });
    let of_note = |body: &str| json!({ "noteId": note["id"], "expectedVersion": 1, "body": body });
    for (person, mutation, one, other) in [
        (&table.olga, "updateSession", of_session("A"), of_session("B")),
        (&table.amina, "updateAgendaItem", of_item("A"), of_item("B")),
        (&table.amina, "reviseNote", of_note("A"), of_note("B")),
    ] {
        let (one, other) = join(person.tries(mutation, one), person.tries(mutation, other)).await;
        let mut outcomes = [one.refusals(), other.refusals()];
        outcomes.sort();
        assert_eq!(outcomes, [vec![], vec!["CONFLICT expectedVersion".to_owned()]], "{mutation}");
    }
    // Adopting is of one text: what was read, not what it has become since.
    let adopt = json!({ "agendaItemId": item["id"], "expectedVersion": 1 });
    table.farid.tries("adoptAgendaItem", adopt).await.refused(&["CONFLICT expectedVersion"]);
}

async fn two_people_move_at_once_and_no_place_is_lost(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let mut items = Vec::new();
    for number in 1..=8 {
        items.push(table.amina.proposes(&session, &format!("Item {number}")).await);
    }
    let moves = (0..24).map(|number| {
        let person = if number % 2 == 0 { &table.olga } else { &table.farid };
        let item = &items[(number * 5) % 8];
        let position = (number * 3) % 8 + 1;
        async move {
            let moved = person.tries("moveAgendaItem", json!({ "agendaItemId": item["id"], "position": position }));
            let moved = moved.await;
            assert_eq!(moved.good()["moveAgendaItem"]["agendaItem"]["position"], json!(position), "{}", moved.json);
        }
    });
    join_all(moves).await;
    let late = ["Late 1", "Late 2", "Late 3", "Late 4"];
    let proposals = late.into_iter().map(|title| table.bram.proposes(&session, title));
    join_all(proposals).await;
    let agenda = table.chen.node(&session["id"], "Session", "agenda { id position }").await["agenda"].take();
    let agenda = agenda.as_array().expect("an agenda");
    let positions: Vec<_> = agenda.iter().map(|item| item["position"].as_i64().unwrap_or_default()).collect();
    assert_eq!(positions, (1..=12).collect::<Vec<_>>());
    let ids: BTreeSet<_> = agenda.iter().map(|item| item["id"].to_string()).collect();
    assert_eq!(ids.len(), 12);
    let rows = table.content().await.texts("SELECT CAST(position AS TEXT) FROM agenda_item ORDER BY position").await;
    assert_eq!(rows.len(), rows.iter().collect::<BTreeSet<_>>().len(), "no two rows share a place: {rows:?}");
}

on_each_database!(
    the_same_key_gives_the_first_result,
    a_part_made_stricter_does_not_double_a_note,
    a_key_is_kept_for_a_day,
    of_twins_one_wins_and_both_get_its_result,
    a_replay_asks_the_policy_again,
    of_two_who_change_the_same_version_one_is_told,
    two_people_move_at_once_and_no_place_is_lost,
);
