//! Earlier notes are opened to a later member by who reads them, never by anyone to themself, and never further than the
//! opener reads: every way from no right to a right is tried (N-15).

use dipoli_testkit::{Engine, Person, Table, on_each_database};
use serde_json::{Value, json};

async fn finds(person: &Person, note: &Value) -> bool {
    !person.node(&note["id"], "Note", "body").await.is_null()
}

fn open(seat: &Value, visibilities: &[&str]) -> Value {
    json!({ "membershipId": seat, "visibilities": visibilities })
}

/// A note of each visibility that can be opened, by Bram (North), posted an hour before what follows.
async fn earlier(table: &Table, session: &Value) -> [Value; 3] {
    let notes = [
        table.bram.posts(session, "GROUP", "Aloud.").await,
        table.bram.posts(session, "FACILITATORS", "Aside.").await,
        table.bram.posts(session, "DELEGATION", "Ours.").await,
    ];
    table.clock.passes("1h");
    notes
}

async fn who_reads_them_opens_them(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let [aloud, aside, ours] = earlier(&table, &session).await;
    let uma = table.ada.seats(&table.water, &table.uma, "FACILITATOR", Some(&table.north)).await;
    table.passes("24h").await;
    let halfway = table.clock.now().to_string();
    let later = table.bram.posts(&session, "GROUP", "Later.").await;
    table.letters().take();
    table.farid.does("openEarlierNotes", open(&uma["id"], &["GROUP"])).await;
    assert!(finds(&table.uma, &aloud).await && !finds(&table.uma, &aside).await && !finds(&table.uma, &ours).await);
    let seat = table.amina.node(&uma["id"], "Membership", "changedOn").await;
    assert_eq!(seat["changedOn"], halfway[..10], "the seat shows the day");
    table.works().await;
    let told = table.letters().take();
    assert_eq!(
        told.len(),
        8,
        "the whole group is told: {:?}",
        told.iter().map(|letter| &letter.to).collect::<Vec<_>>()
    );

    table.farid.does("openEarlierNotes", open(&uma["id"], &["FACILITATORS"])).await;
    table.amina.does("openEarlierNotes", open(&uma["id"], &["DELEGATION"])).await;
    assert!(finds(&table.uma, &aside).await && finds(&table.uma, &ours).await);

    // What is open stays open, and opening it again is told to nobody.
    table.works().await;
    table.letters().take();
    let again = json!({ "membershipId": uma["id"], "visibilities": ["GROUP"], "since": halfway });
    table.farid.does("openEarlierNotes", again).await;
    table.works().await;
    assert!(finds(&table.uma, &aloud).await && table.letters().take().is_empty());

    // What is opened since a day is open from then on.
    table.clock.passes("1m");
    let zoe = table.ada.seats(&table.water, &table.zoe, "PARTICIPANT", None).await;
    assert!(!finds(&table.zoe, &later).await);
    let since = json!({ "membershipId": zoe["id"], "visibilities": ["GROUP"], "since": halfway });
    table.farid.does("openEarlierNotes", since).await;
    assert!(finds(&table.zoe, &later).await && !finds(&table.zoe, &aloud).await);
}

async fn what_cannot_be_opened_is_refused(engine: Engine) {
    let table = Table::set(engine).await;
    let uma = table.ada.seats(&table.water, &table.uma, "PARTICIPANT", Some(&table.south)).await;
    let (farid, amina) = (&table.farid, &table.amina);
    let cases = [
        (farid, open(&uma["id"], &[]), "BAD_USER_INPUT visibilities"),
        (farid, open(&uma["id"], &["GROUP", "PRIVATE"]), "BAD_USER_INPUT visibilities"),
        (farid, open(&uma["id"], &["FACILITATORS"]), "FAILED_PRECONDITION visibilities"),
        (farid, open(table.seat("Oskar"), &["GROUP"]), "FAILED_PRECONDITION visibilities"),
        (farid, open(table.seat("Piet"), &["GROUP"]), "FAILED_PRECONDITION"),
        (farid, open(table.seat("Leo"), &["GROUP"]), "FAILED_PRECONDITION"),
        (farid, open(table.seat("Farid"), &["GROUP", "FACILITATORS"]), "FORBIDDEN"),
        (farid, open(&uma["id"], &["DELEGATION"]), "FORBIDDEN"),
        (amina, open(&uma["id"], &["DELEGATION"]), "FORBIDDEN"),
        (amina, open(table.seat("Amina"), &["DELEGATION"]), "FORBIDDEN"),
        (amina, open(table.seat("Bram"), &["DELEGATION", "GROUP"]), "FORBIDDEN"),
        (amina, open(table.seat("Olga"), &["DELEGATION"]), "FORBIDDEN"),
    ];
    for (person, input, refusal) in cases {
        let answer = person.tries("openEarlierNotes", input.clone()).await;
        assert_eq!(answer.refusals(), [refusal], "{}: {input}", person.name());
    }
    let input = json!({ "membershipId": uma["id"], "visibilities": ["GROUP"], "since": "yesterday" });
    table.farid.tries("openEarlierNotes", input).await.refused(&["BAD_USER_INPUT since"]);
}

/// Two facilitators who came later pass nothing to each other that neither reads.
async fn nothing_is_got_by_passing_it_back_and_forth(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let [aloud, aside, ours] = earlier(&table, &session).await;
    let uma = table.ada.seats(&table.water, &table.uma, "FACILITATOR", Some(&table.north)).await;
    table.clock.passes("1h");
    let zoe = table.ada.seats(&table.water, &table.zoe, "FACILITATOR", Some(&table.north)).await;
    for _ in 0..2 {
        table.uma.does("openEarlierNotes", open(&zoe["id"], &["GROUP", "FACILITATORS"])).await;
        table.zoe.does("openEarlierNotes", open(&uma["id"], &["GROUP", "FACILITATORS"])).await;
    }
    for note in [&aloud, &aside, &ours] {
        assert!(!finds(&table.uma, note).await && !finds(&table.zoe, note).await);
    }
    // Participants of one delegation neither.
    for seat in [&uma, &zoe] {
        table.olga.does("changeMember", json!({ "membershipId": seat["id"], "role": "PARTICIPANT" })).await;
    }
    table.uma.does("openEarlierNotes", open(&zoe["id"], &["DELEGATION"])).await;
    table.zoe.does("openEarlierNotes", open(&uma["id"], &["DELEGATION"])).await;
    assert!(!finds(&table.uma, &ours).await && !finds(&table.zoe, &ours).await);
}

/// An organizer and an administrator seat a puppet, who opens to them what it reads: nothing from before.
async fn a_puppet_opens_nothing(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let [_, aside, ours] = earlier(&table, &session).await;
    table.ada.seats(&table.water, &table.zoe, "ORGANIZER", None).await;
    table.ada.seats(&table.water, &table.uma, "FACILITATOR", Some(&table.north)).await;
    let risen = json!({ "membershipId": table.seat("Olga"), "role": "FACILITATOR", "delegationId": table.north["id"] });
    table.ada.does("changeMember", risen).await;
    for visibilities in [&["GROUP"][..], &["FACILITATORS"]] {
        table.uma.does("openEarlierNotes", open(table.seat("Olga"), visibilities)).await;
    }
    assert!(!finds(&table.olga, &aside).await && !finds(&table.olga, &ours).await);
    assert!(!finds(&table.uma, &aside).await);
}

/// What was opened goes with the role, the delegation, the seat, and does not come back with them.
async fn what_was_opened_goes_with_what_it_was_opened_for(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let [aloud, aside, ours] = earlier(&table, &session).await;
    let uma = table.ada.seats(&table.water, &table.uma, "FACILITATOR", Some(&table.north)).await;
    let change = |input: Value| dipoli_testkit::merged(json!({ "membershipId": uma["id"] }), input);
    table.farid.does("openEarlierNotes", open(&uma["id"], &["GROUP", "FACILITATORS"])).await;
    table.amina.does("openEarlierNotes", open(&uma["id"], &["DELEGATION"])).await;
    for note in [&aloud, &aside, &ours] {
        assert!(finds(&table.uma, note).await);
    }
    table.clock.passes("1m");
    table.olga.does("changeMember", change(json!({ "role": "PARTICIPANT" }))).await;
    table.olga.does("changeMember", change(json!({ "role": "FACILITATOR" }))).await;
    assert!(finds(&table.uma, &aloud).await && !finds(&table.uma, &aside).await && finds(&table.uma, &ours).await);
    table.olga.does("changeMember", change(json!({ "delegationId": table.south["id"] }))).await;
    table.olga.does("changeMember", change(json!({ "delegationId": table.north["id"] }))).await;
    assert!(finds(&table.uma, &aloud).await && !finds(&table.uma, &ours).await);
    table.olga.does("changeMember", change(json!({ "role": "OBSERVER" }))).await;
    table.olga.does("changeMember", change(json!({ "role": "PARTICIPANT" }))).await;
    assert!(!finds(&table.uma, &aloud).await);

    table.farid.does("openEarlierNotes", open(&uma["id"], &["GROUP"])).await;
    assert!(finds(&table.uma, &aloud).await);
    table.olga.does("removeMember", json!({ "membershipId": uma["id"] })).await;
    table.clock.passes("1m");
    table.ada.seats(&table.water, &table.uma, "PARTICIPANT", Some(&table.north)).await;
    assert!(!finds(&table.uma, &aloud).await, "the same seat, and nothing of before");
}

/// Opened notes make nobody part of the anonymity set who was not.
async fn it_makes_no_seat_older(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    table.passes("24h").await;
    let uma = table.ada.seats(&table.water, &table.uma, "PARTICIPANT", None).await;
    table.farid.does("openEarlierNotes", open(&uma["id"], &["GROUP"])).await;
    let size = table.amina.node(&session["id"], "Session", "anonymitySetSize").await;
    assert_eq!(size["anonymitySetSize"], 6);
}

on_each_database!(
    who_reads_them_opens_them,
    what_cannot_be_opened_is_refused,
    nothing_is_got_by_passing_it_back_and_forth,
    a_puppet_opens_nothing,
    what_was_opened_goes_with_what_it_was_opened_for,
    it_makes_no_seat_older,
);
