//! What changes nothing leaves no trace: no version, no sequence, no event, and no letter to anyone.

use dipoli_testkit::{Engine, Table, merged, on_each_database};
use serde_json::{Value, json};

async fn a_change_that_changes_nothing_is_none(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({ "venue": "Hall" })).await;
    let item = table.amina.proposes(&session, "An item").await;
    table.works().await;
    table.letters().take();
    let events = "{ auditEvents(last: 100) { totalCount } }";
    let before = table.ada.reads(events, json!({})).await;
    let of = |name: &str, id: &Value, rest: Value| merged(json!({ name: id, "expectedVersion": 1 }), rest);
    let times =
        json!({ "startsAt": session["startsAt"], "endsAt": session["endsAt"], "timeZone": session["timeZone"] });
    for (person, mutation, input) in [
        (&table.olga, "rescheduleSession", of("sessionId", &session["id"], json!({}))),
        (&table.olga, "rescheduleSession", of("sessionId", &session["id"], times)),
        (
            &table.olga,
            "rescheduleSession",
            of("sessionId", &session["id"], json!({ "venue": "Hall", "joinUrl": null })),
        ),
        (&table.olga, "updateSession", of("sessionId", &session["id"], json!({}))),
        (&table.olga, "updateSession", of("sessionId", &session["id"], json!({ "title": session["title"] }))),
        (&table.olga, "updateWorkingGroup", of("workingGroupId", &table.water["id"], json!({}))),
        (
            &table.olga,
            "updateWorkingGroup",
            of("workingGroupId", &table.water["id"], json!({ "name": table.water["name"] })),
        ),
        (&table.amina, "updateAgendaItem", of("agendaItemId", &item["id"], json!({}))),
        (
            &table.amina,
            "updateAgendaItem",
            of("agendaItemId", &item["id"], json!({ "title": "An item", "leadMembershipId": null })),
        ),
    ] {
        let unchanged = person.does(mutation, input.clone()).await;
        assert_eq!(unchanged["version"], 1, "{mutation} {input}");
        assert!(unchanged["sequence"].is_null() || unchanged["sequence"] == 0, "{mutation} {input}");
    }
    table.works().await;
    assert_eq!(table.ada.reads(events, json!({})).await, before);
    assert!(table.letters().take().is_empty(), "nobody is told");
}

/// An observer leads no item, and whoever has left leads none either.
async fn who_cannot_work_on_the_agenda_leads_no_item(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let item = table.amina.proposes(&session, "An item").await;
    for (name, refusal) in [
        ("Oskar", "BAD_USER_INPUT leadMembershipId"),
        ("Leo", "NOT_FOUND leadMembershipId"),
        ("Piet", "NOT_FOUND leadMembershipId"),
    ] {
        let lead = json!({ "leadMembershipId": table.seat(name) });
        let new = merged(json!({ "sessionId": session["id"], "title": "Another" }), lead.clone());
        table.amina.tries("proposeAgendaItem", new).await.refused(&[refusal]);
        let change = merged(json!({ "agendaItemId": item["id"], "expectedVersion": 1 }), lead);
        table.amina.tries("updateAgendaItem", change).await.refused(&[refusal]);
    }
}

/// Whoever comes back answers anew; what is over keeps its answer.
async fn who_comes_back_answers_anew(engine: Engine) {
    let table = Table::set(engine).await;
    let start = table.clock.now();
    let at = |minutes: i64| (start + jiff::SignedDuration::from_mins(minutes)).to_string();
    let first = table.olga.schedules(&table.water, json!({ "startsAt": at(10), "endsAt": at(20) })).await;
    let coming = table.olga.schedules(&table.water, json!({})).await;
    for session in [&first, &coming] {
        table.bram.answers(session, "ACCEPTED").await;
    }
    table.clock.passes("1h");
    table.olga.does("removeMember", json!({ "membershipId": table.seat("Bram") })).await;
    table.olga.seats(&table.water, &table.bram, "PARTICIPANT", Some(&table.north)).await;
    let answer = async |session: &Value| {
        table.bram.node(&session["id"], "Session", "viewerRsvp { response }").await["viewerRsvp"]["response"].take()
    };
    assert_eq!((answer(&coming).await, answer(&first).await), (json!("PENDING"), json!("ACCEPTED")));
}

on_each_database!(
    a_change_that_changes_nothing_is_none,
    who_cannot_work_on_the_agenda_leads_no_item,
    who_comes_back_answers_anew,
);
