//! Interpretative statements (procedures 4): beside an adopted item, for seven days, under their speaker's name.

use std::sync::atomic::Ordering;

use dipoli_testkit::{Engine, Person, Table, merged, on_each_database};
use jiff::Timestamp;
use serde_json::{Value, json};

const FIELDS: &str = "status statements { text attachedAt delegation { name } participant { id } } \
                      viewerCan { attachStatement }";

fn says(item: &Value, text: &str) -> Value {
    json!({ "agendaItemId": item["id"], "text": text })
}

async fn beside(person: &Person, item: &Value) -> Vec<Value> {
    let mut seen = person.node(&item["id"], "AgendaItem", FIELDS).await;
    seen["statements"].as_array_mut().map(std::mem::take).unwrap_or_default()
}

async fn a_delegation_and_a_participant_without_one_speak_once_each(engine: Engine) {
    let table = Table::set(engine).await;
    table.ada.seats(&table.water, &table.uma, "PARTICIPANT", None).await;
    let session = table.olga.schedules(&table.water, json!({ "attribution": "CHATHAM_HOUSE" })).await;
    let item = table.amina.proposes(&session, "Gauges").await;
    table.amina.tries("attachStatement", says(&item, "Early.")).await.refused(&["FAILED_PRECONDITION"]);
    let item = table.farid.adopts(&item).await;

    for person in [&table.olga, &table.farid, &table.rita, &table.oskar] {
        person.tries("attachStatement", says(&item, "Mine.")).await.refused(&["FORBIDDEN"]);
    }
    table.amina.tries("attachStatement", says(&item, " ")).await.refused(&["BAD_USER_INPUT text"]);
    let once = merged(says(&item, "The river alone."), json!({ "idempotencyKey": "once" }));
    table.amina.does("attachStatement", once.clone()).await;
    let again = table.amina.does("attachStatement", once).await;
    assert_eq!((&again["status"], &again["version"]), (&json!("ADOPTED"), &item["version"]), "it is not reopened");
    table.bram.tries("attachStatement", says(&item, "Ours too.")).await.refused(&["FAILED_PRECONDITION"]);
    table.clock.passes("1m");
    table.uma.does("attachStatement", says(&item, "To me too.")).await;

    for person in [&table.olga, &table.chen, &table.oskar, &table.uma] {
        let seen = beside(person, &item).await;
        let told: Vec<_> = seen.iter().map(|it| (&it["text"], &it["delegation"]["name"])).collect();
        let expected = [(&json!("The river alone."), &json!("North")), (&json!("To me too."), &Value::Null)];
        assert_eq!(told, expected, "{}", person.name());
        assert!(
            seen[0]["participant"].is_null() && seen[1]["participant"]["id"].is_string(),
            "who spoke for one is not told"
        );
    }

    // Until seven days after the adoption, and not a microsecond longer.
    let adopted_at: Timestamp = item["adoptedAt"].as_str().and_then(|text| text.parse().ok()).expect("an instant");
    let a_week_on = adopted_at.as_microsecond() + 7 * 24 * 3600 * 1_000_000;
    table.clock.micros().store(a_week_on, Ordering::SeqCst);
    table.chen.tries("attachStatement", says(&item, "Late.")).await.refused(&["FAILED_PRECONDITION"]);
    table.clock.micros().store(a_week_on - 1, Ordering::SeqCst);
    table.chen.does("attachStatement", says(&item, "In time.")).await;
}

async fn what_was_said_of_another_adoption_is_not_beside_it(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let item = table.farid.adopts(&table.amina.proposes(&session, "Gauges").await).await;
    table.chen.does("attachStatement", says(&item, "Both banks.")).await;
    assert_eq!(beside(&table.oskar, &item).await.len(), 1);
    table.bram.does("objectToAdoption", json!({ "agendaItemId": item["id"] })).await;
    assert!(beside(&table.chen, &item).await.is_empty());
    table.chen.tries("attachStatement", says(&item, "Still.")).await.refused(&["FAILED_PRECONDITION"]);
    assert!(table.oskar.tries("attachStatement", says(&item, "Mine.")).await.refusals()[0].starts_with("NOT_FOUND"));
}

on_each_database!(
    a_delegation_and_a_participant_without_one_speak_once_each,
    what_was_said_of_another_adoption_is_not_beside_it,
);
