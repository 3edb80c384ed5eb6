//! A seat, a role, a delegation: what it opens, from when on, and what is lost with it (N-15).

use dipoli_testkit::{Engine, Person, Table, address, on_each_database, seat_by_address};
use serde_json::{Value, json};

async fn finds(person: &Person, note: &Value) -> bool {
    !person.node(&note["id"], "Note", "body").await.is_null()
}

/// Who has an account is seated at once; the seat opens what is written from then on.
async fn a_seat_opens_only_what_comes_after_it(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let before = table.bram.posts(&session, "GROUP", "before").await;
    let ours_before = table.bram.posts(&session, "DELEGATION", "before").await;
    table.clock.passes("1m");
    table.ada.seats(&table.water, &table.uma, "PARTICIPANT", Some(&table.north)).await;
    assert!(!table.uma.node(&session["id"], "Session", "title").await.is_null(), "seated at once");
    table.clock.passes("1m");
    let after = table.bram.posts(&session, "GROUP", "after").await;
    let ours_after = table.bram.posts(&session, "DELEGATION", "after").await;
    for (note, expected) in [(&before, false), (&ours_before, false), (&after, true), (&ours_after, true)] {
        assert_eq!(finds(&table.uma, note).await, expected);
    }
}

/// A role or a delegation opens what was written after it was taken, and closes with its loss.
async fn a_role_opens_only_what_comes_after_it(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let aside_before = table.chen.posts(&session, "FACILITATORS", "before").await;
    let south_before = table.chen.posts(&session, "DELEGATION", "before").await;
    let north_before = table.bram.posts(&session, "DELEGATION", "before").await;
    table.clock.passes("1m");
    let amina = |role: &str, side: &Value| json!({ "membershipId": table.seat("Amina"), "role": role, "delegationId": side["id"] });
    table.olga.does("changeMember", amina("FACILITATOR", &table.south)).await;
    table.clock.passes("1m");
    let aside_after = table.chen.posts(&session, "FACILITATORS", "after").await;
    let south_after = table.chen.posts(&session, "DELEGATION", "after").await;
    for (note, expected, why) in [
        (&aside_before, false, "a role opens nothing earlier"),
        (&south_before, false, "nor does a delegation"),
        (&north_before, false, "and the former delegation is closed"),
        (&aside_after, true, "what comes after is open"),
        (&south_after, true, "what comes after is open"),
    ] {
        assert_eq!(finds(&table.amina, note).await, expected, "{why}");
    }
    // Back in the first delegation: opened anew, from now on.
    table.clock.passes("1m");
    table.olga.does("changeMember", amina("PARTICIPANT", &table.north)).await;
    assert!(!finds(&table.amina, &north_before).await && !finds(&table.amina, &aside_after).await);
}

/// Whoever leaves loses all of it with the next request; their NAMED notes go on naming them.
async fn leaving_takes_effect_with_the_next_request(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let note = table.bram.posts(&session, "GROUP", "I was here.").await;
    table.olga.does("removeMember", json!({ "membershipId": table.seat("Bram") })).await;
    for id in [&session["id"], &note["id"], &table.water["id"], table.seat("Amina")] {
        let data = table.bram.reads("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
        assert!(data["node"].is_null(), "{id}");
    }
    table
        .bram
        .tries("postNote", json!({ "sessionId": session["id"], "body": "x", "visibility": "PRIVATE" }))
        .await
        .refused(&["NOT_FOUND sessionId"]);
    let named = table.amina.node(&note["id"], "Note", "author { person { displayName } }").await;
    assert_eq!(named["author"]["person"]["displayName"], "Bram");

    // Seated again, they are who they were, and read what they wrote, but nothing of the time between.
    table.clock.passes("1m");
    let between = table.chen.posts(&session, "GROUP", "Between.").await;
    table.clock.passes("1m");
    let again = table.olga.seats(&table.water, &table.bram, "PARTICIPANT", Some(&table.north)).await;
    assert_eq!(&again["id"], table.seat("Bram"), "the same seat");
    assert!(finds(&table.bram, &note).await && !finds(&table.bram, &between).await);
}

/// By address, a seat takes effect at its person's next sign-in, known or not, and the answers do not tell which.
async fn a_seat_by_address_waits_and_tells_nothing(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let known = seat_by_address(&table.olga, &table.water, "Uma", "PARTICIPANT", None).await;
    let unknown = seat_by_address(&table.olga, &table.water, "Vera", "PARTICIPANT", None).await;
    let shape = |seat: &Value| {
        let mut seat = seat.clone();
        for pointer in ["/id", "/person/id", "/person/displayName", "/person/email"] {
            *seat.pointer_mut(pointer).expect(pointer) = Value::Null;
        }
        seat
    };
    assert_eq!(shape(&known), shape(&unknown), "known address or not");
    assert_eq!(unknown["person"]["displayName"], "Vera");
    assert!(table.uma.node(&session["id"], "Session", "title").await.is_null(), "not before the next sign-in");
    let members = "{ workingGroup(slug: \"water\") { members(first: 50) { nodes { id person { displayName } } } } }";
    let listed = table.amina.reads(members, json!({})).await.to_string();
    assert!(listed.contains("Uma") && listed.contains("Vera"), "both are listed alike: {listed}");

    let again = json!({ "workingGroupId": table.water["id"], "email": address("Vera"), "displayName": "Someone",
        "role": "OBSERVER" });
    table.olga.tries("addMember", again.clone()).await.refused(&["BAD_USER_INPUT email"]);
    let again = dipoli_testkit::merged(again, json!({ "email": address("Uma").to_uppercase() }));
    table.olga.tries("addMember", again).await.refused(&["BAD_USER_INPUT email"]);

    table.uma.signs_in().await;
    assert!(!table.uma.node(&session["id"], "Session", "title").await.is_null());
    table.works().await;
    let vera = table.accepts("aalto", "Vera").await;
    assert!(!vera.node(&session["id"], "Session", "title").await.is_null(), "accepting is a sign-in");
}

/// A name that an organizer gave to an address is shown until its person signs in, and is theirs alone to give.
async fn the_name_is_the_given_one_until_the_person_signs_in(engine: Engine) {
    let table = Table::set(engine).await;
    let input = json!({ "workingGroupId": table.water["id"], "email": address("Uma"), "displayName": "U. Known",
        "role": "PARTICIPANT" });
    let seat = table.olga.does("addMember", input).await;
    assert_eq!(seat["person"]["displayName"], "U. Known");
    let name = async |viewer: &Person| {
        let member = viewer.node(&seat["id"], "Membership", "person { displayName }").await;
        member["person"]["displayName"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!((name(&table.olga).await, name(&table.amina).await), ("U. Known".into(), "U. Known".into()));
    table.uma.signs_in().await;
    assert_eq!((name(&table.olga).await, name(&table.amina).await), ("Uma".into(), "Uma".into()));
}

/// Nobody takes or changes a seat of their own, and no group is left without an organizer.
async fn nobody_changes_a_seat_of_their_own(engine: Engine) {
    let table = Table::set(engine).await;
    let own = table.seat("Olga");
    table
        .olga
        .tries("changeMember", json!({ "membershipId": own, "role": "FACILITATOR" }))
        .await
        .refused(&["FORBIDDEN"]);
    table.olga.tries("removeMember", json!({ "membershipId": own })).await.refused(&["FORBIDDEN"]);
    let herself = json!({ "workingGroupId": table.water["id"], "role": "FACILITATOR" });
    for way in [json!({ "personId": table.ada.id() }), json!({ "email": "ADA@example.org", "displayName": "A" })] {
        let input = dipoli_testkit::merged(herself.clone(), way);
        table.ada.tries("addMember", input).await.refused(&["FORBIDDEN"]);
    }
    table
        .ada
        .tries("changeMember", json!({ "membershipId": own, "role": "OBSERVER" }))
        .await
        .refused(&["BAD_USER_INPUT role"]);
    table.ada.tries("removeMember", json!({ "membershipId": own })).await.refused(&["BAD_USER_INPUT membershipId"]);
    let role = table.olga.node(own, "Membership", "role").await["role"].take();
    assert_eq!(role, "ORGANIZER");
}

/// Every change of a seat is told to the whole group, and the group's page shows it with its day.
async fn a_change_of_a_seat_is_told_to_the_group(engine: Engine) {
    let table = Table::set(engine).await;
    let told = |table: &Table| {
        let letters = table.letters().take();
        let names = letters.iter().map(|letter| letter.to.split('@').next().unwrap_or_default().to_owned());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    };
    table.clock.passes("24h");
    table.olga.does("changeMember", json!({ "membershipId": table.seat("Amina"), "capacity": "EXPERT" })).await;
    table.works().await;
    assert_eq!(told(&table), ["amina", "bram", "chen", "farid", "olga", "oskar", "rita"]);
    let seat = table.bram.node(table.seat("Amina"), "Membership", "capacity changedOn").await;
    assert_eq!((&seat["capacity"], &seat["changedOn"]), (&json!("EXPERT"), &json!("2027-03-02")));

    table.olga.does("removeMember", json!({ "membershipId": table.seat("Bram") })).await;
    table.works().await;
    assert_eq!(told(&table), ["amina", "bram", "chen", "farid", "olga", "oskar", "rita"], "Bram too, a last time");
}

/// How many could have written a note under the Rule: those who may post, have accepted, and have sat there long enough.
async fn the_anonymity_set_counts_who_could_have_written(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let size = async |viewer: &Person| {
        viewer.node(&session["id"], "Session", "anonymitySetSize").await["anonymitySetSize"].take()
    };
    assert_eq!(
        size(&table.amina).await,
        6,
        "on the group's first day all count: no observer, nobody who left or waits"
    );
    table.passes("24h").await;
    table.ada.seats(&table.water, &table.uma, "PARTICIPANT", None).await;
    assert_eq!(size(&table.amina).await, 6, "a seat taken later counts after seven days");
    table.passes("6d").await;
    assert_eq!(size(&table.amina).await, 6);
    table.passes("24h").await;
    assert_eq!(size(&table.amina).await, 7);
    table.olga.does("changeMember", json!({ "membershipId": table.seat("Bram"), "role": "OBSERVER" })).await;
    assert_eq!(size(&table.amina).await, 6);
    assert_eq!(size(&table.oskar).await, 6, "it is no secret at the table");
}

/// Two organizers who take each other's seat at once do not leave the group without one, and nobody sits there twice.
async fn two_at_once_leave_the_seats_in_order(engine: Engine) {
    let table = Table::set(engine).await;
    let second = table.ada.seats(&table.water, &table.uma, "ORGANIZER", None).await;
    let (one, other) = futures_util::future::join(
        table.olga.tries("removeMember", json!({ "membershipId": second["id"] })),
        table.uma.tries("removeMember", json!({ "membershipId": table.seat("Olga") })),
    )
    .await;
    let done = [&one, &other].iter().filter(|answer| answer.refusals().is_empty()).count();
    assert_eq!(done, 1, "{} {}", one.json, other.json);
    let document = "{ workingGroup(slug: \"water\") { members(role: ORGANIZER) { totalCount } } }";
    assert_eq!(table.amina.reads(document, json!({})).await["workingGroup"]["members"]["totalCount"], 1);

    let seat = |role: &str| json!({ "workingGroupId": table.water["id"], "personId": table.zoe.id(), "role": role });
    let (one, other) = futures_util::future::join(
        table.ada.tries("addMember", seat("OBSERVER")),
        table.ada.tries("addMember", seat("PARTICIPANT")),
    )
    .await;
    let mut outcomes = [one.refusals(), other.refusals()];
    outcomes.sort();
    assert_eq!(outcomes, [vec![], vec!["BAD_USER_INPUT personId".to_owned()]]);
}

on_each_database!(
    the_anonymity_set_counts_who_could_have_written,
    two_at_once_leave_the_seats_in_order,
    a_seat_opens_only_what_comes_after_it,
    a_role_opens_only_what_comes_after_it,
    leaving_takes_effect_with_the_next_request,
    a_seat_by_address_waits_and_tells_nothing,
    the_name_is_the_given_one_until_the_person_signs_in,
    nobody_changes_a_seat_of_their_own,
    a_change_of_a_seat_is_told_to_the_group,
);
