//! Order without precedence (procedures 11): delegations as the group has agreed, and a chair that goes round and may pass.

use dipoli_testkit::{Engine, Person, Table, merged, on_each_database};
use serde_json::{Value, json};

async fn listed(person: &Person) -> Vec<String> {
    let group = "{ workingGroup(slug: \"water\") { version delegations { name } } }";
    let seen = person.reads(group, json!({})).await;
    let names = seen["workingGroup"]["delegations"].as_array().cloned().unwrap_or_default();
    names.iter().map(|side| side["name"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn agrees(person: &Person, table: &Table, version: i32, changes: Value) -> Value {
    let input = json!({ "workingGroupId": table.water["id"], "expectedVersion": version, "order": "ALPHABETICAL" });
    person.does("agreeOnOrder", merged(input, changes)).await
}

async fn chair(person: &Person, session: &Value) -> Value {
    person.node(&session["id"], "Session", "chair { name }").await["chair"]["name"].take()
}

async fn delegations_are_listed_as_the_group_has_agreed(engine: Engine) {
    let table = Table::set(engine).await;
    for name in ["Łódź", "Mazury", "Lublin"] {
        table.olga.adds_delegation(&table.water, name).await;
    }
    let by_name = ["Łódź", "Lublin", "Mazury", "North", "South"];
    let polish = ["Lublin", "Łódź", "Mazury", "North", "South"];
    assert_eq!(listed(&table.oskar).await.len(), 5);
    agrees(&table.olga, &table, 1, json!({ "language": "pl" })).await;
    for person in [&table.olga, &table.amina, &table.oskar, &table.ada] {
        assert_eq!(listed(person).await, polish, "{}", person.name());
    }
    let input = json!({ "workingGroupId": table.water["id"], "expectedVersion": 2, "order": "LOT" });
    for person in [&table.farid, &table.rita, &table.amina, &table.oskar] {
        person.tries("agreeOnOrder", input.clone()).await.refused(&["FORBIDDEN"]);
    }
    assert_eq!(table.zoe.tries("agreeOnOrder", input.clone()).await.refusals(), ["NOT_FOUND workingGroupId"]);
    let wrong = merged(input.clone(), json!({ "language": "no such language" }));
    table.olga.tries("agreeOnOrder", wrong).await.refused(&["BAD_USER_INPUT language"]);
    table
        .olga
        .tries("agreeOnOrder", merged(input.clone(), json!({ "expectedVersion": 1 })))
        .await
        .refused(&["CONFLICT expectedVersion"]);

    // By lot it is one order for all, and the same the next time.
    agrees(&table.ada, &table, 2, json!({ "order": "LOT" })).await;
    let drawn = listed(&table.olga).await;
    assert_eq!(listed(&table.chen).await, drawn);
    agrees(&table.olga, &table, 3, json!({})).await;
    agrees(&table.olga, &table, 4, json!({ "order": "LOT" })).await;
    assert_eq!(listed(&table.olga).await, drawn, "nobody draws twice");
    let mut sorted = drawn;
    sorted.sort_unstable();
    let mut all = by_name.map(str::to_owned);
    all.sort_unstable();
    assert_eq!(sorted, all);

    // Rotating, it begins one further after each session that was concluded.
    agrees(&table.olga, &table, 5, json!({ "order": "ROTATING" })).await;
    assert_eq!(listed(&table.amina).await, polish);
    let times = json!({ "startsAt": "2027-03-01T09:10:00Z", "endsAt": "2027-03-01T09:40:00Z" });
    let session = table.olga.schedules(&table.water, times).await;
    table.clock.passes("30m");
    table.farid.does("concludeSession", json!({ "sessionId": session["id"], "expectedVersion": 1 })).await;
    for person in [&table.amina, &table.ada] {
        assert_eq!(listed(person).await, ["Łódź", "Mazury", "North", "South", "Lublin"], "{}", person.name());
    }
}

async fn the_chair_goes_round_and_may_pass(engine: Engine) {
    let table = Table::set(engine).await;
    let first = json!({ "startsAt": "2027-03-01T09:10:00Z", "endsAt": "2027-03-01T09:40:00Z" });
    let first = table.olga.schedules(&table.water, first).await;
    let input = json!({ "workingGroupId": table.water["id"], "title": "Weekly", "startsAt": "2027-03-08T09:00:00Z",
        "endsAt": "2027-03-08T10:00:00Z", "everyWeeks": 1, "sessions": 2 });
    let later = table.olga.does("scheduleSessions", input).await;
    let pass = |session: &Value| json!({ "sessionId": session["id"] });
    assert_eq!(chair(&table.amina, &first).await, Value::Null, "it does not go round");
    table.amina.tries("passChair", pass(&first)).await.refused(&["FORBIDDEN"]);
    agrees(&table.olga, &table, 1, json!({ "chairRotates": true })).await;
    for person in [&table.olga, &table.chen, &table.oskar] {
        assert_eq!(chair(person, &first).await, "North", "{}", person.name());
        assert_eq!(chair(person, &later[0]).await, "South");
        assert_eq!(chair(person, &later[1]).await, "North");
    }
    for person in [&table.olga, &table.farid, &table.rita, &table.chen, &table.oskar] {
        person.tries("passChair", pass(&first)).await.refused(&["FORBIDDEN"]);
    }
    for person in [&table.zoe, &table.leo] {
        assert_eq!(person.tries("passChair", pass(&first)).await.refusals(), ["NOT_FOUND sessionId"]);
    }
    table.bram.does("passChair", pass(&first)).await;
    assert_eq!(chair(&table.amina, &first).await, "South");
    assert_eq!(chair(&table.amina, &later[0]).await, "North", "it goes on from whoever has it");

    // What was chaired stays, whatever becomes of the order.
    table.clock.passes("30m");
    table.farid.does("concludeSession", json!({ "sessionId": first["id"], "expectedVersion": 2 })).await;
    table.olga.adds_delegation(&table.water, "East").await;
    assert_eq!(chair(&table.amina, &first).await, "South");
    assert_eq!(chair(&table.amina, &later[0]).await, "East");
    agrees(&table.olga, &table, 2, json!({ "chairRotates": false })).await;
    assert_eq!(chair(&table.amina, &first).await, "South");
    assert_eq!(chair(&table.amina, &later[0]).await, Value::Null);
    agrees(&table.olga, &table, 3, json!({ "chairRotates": true })).await;

    // A delegation that has suspended its participation is passed over.
    let spokesperson = json!({ "delegationId": table.south["id"], "membershipId": table.seat("Chen") });
    table.olga.does("nameSpokesperson", spokesperson).await;
    assert_eq!(chair(&table.oskar, &later[1]).await, "North");
    table.olga.does("cancelSession", json!({ "sessionId": later[0]["id"], "expectedVersion": 1 })).await;
    assert_eq!(chair(&table.oskar, &later[1]).await, "East");
    table
        .chen
        .does("suspendParticipation", json!({ "delegationId": table.south["id"], "silenceMayProceed": true }))
        .await;
    assert_eq!(chair(&table.oskar, &later[1]).await, "East");
}

on_each_database!(delegations_are_listed_as_the_group_has_agreed, the_chair_goes_round_and_may_pass);
