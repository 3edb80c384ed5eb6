//! A page costs as many statements as it has levels, however much there is (issue 2: a session page takes at most 8).

use dipoli_testkit::{Engine, Table, on_each_database};
use serde_json::{Value, json};

const PAGE: &str = include_str!("../../../../schema/operations/Session.graphql");

/// Session, 12 items, the first 5 notes of each with authors, 15 attendees.
const JUDGED: &str = "query($id: ID!) { node(id: $id) { ... on Session {
    id title purpose status startsAt endsAt timeZone venue joinUrl attribution sequence version
    workingGroup { id name slug }
    viewerRsvp { response mode }
    agenda { id position title description durationMinutes startsAt status attribution adoptedAt version
        lead { id }
        notes(first: 5) { nodes { id body withdrawn visibility attribution postedAt version
            author { id person { displayName affiliation } delegation { name } } }
        } }
    attendees(first: 15) { nodes { id response mode
        membership { id role capacity person { id displayName } delegation { name } } } }
} } }";

/// The same with how many notes each item has: they are counted where their page is cut.
const COUNTED: &str = "query($id: ID!) { node(id: $id) { ... on Session {
    id title startsAt endsAt status venue attribution
    workingGroup { id name }
    agenda { id position title durationMinutes
        notes(first: 5) { totalCount nodes { id visibility body postedAt author { person { displayName } } } } }
    attendees(first: 15) { nodes { response membership { delegation { name } person { id displayName } } } }
} } }";

async fn statements(table: &Table, document: &str, session: &Value) -> u64 {
    // The first asking may load what stays in memory.
    table.amina.reads(document, json!({ "id": session["id"] })).await;
    let track = table.server().track("aalto").await;
    let before = track.statements();
    table.amina.reads(document, json!({ "id": session["id"] })).await;
    track.statements() - before
}

async fn a_session_page_takes_at_most_eight(engine: Engine) {
    let table = Table::set(engine).await;
    for number in 1..=8 {
        let guest = table.invites(&table.ada, "aalto", &format!("Guest {number}")).await;
        table.ada.seats(&table.water, &guest, "PARTICIPANT", Some(&table.south)).await;
    }
    let session = table.olga.schedules(&table.water, json!({})).await;
    let lead = table.seat("Chen");
    let input = |number: u32| json!({ "sessionId": session["id"], "title": format!("Item {number}"), "leadMembershipId": lead });
    let one = table.bram.does("proposeAgendaItem", input(1)).await;
    table.bram.posts(&one, "GROUP", "Note").await;
    let small = [statements(&table, PAGE, &session).await, statements(&table, JUDGED, &session).await];
    let small_counted = statements(&table, COUNTED, &session).await;

    for number in 2..=12 {
        let item = table.bram.does("proposeAgendaItem", input(number)).await;
        for author in [&table.amina, &table.bram, &table.chen, &table.rita, &table.olga, &table.farid, &table.bram] {
            author.posts(&item, "GROUP", "Note").await;
        }
    }
    let data = table.amina.reads(JUDGED, json!({ "id": session["id"] })).await;
    assert_eq!(data["node"]["agenda"].as_array().map(Vec::len), Some(12));
    assert_eq!(data["node"]["agenda"][11]["notes"]["nodes"].as_array().map(Vec::len), Some(5));
    assert_eq!(data["node"]["attendees"]["nodes"].as_array().map(Vec::len), Some(15));
    let large = [statements(&table, PAGE, &session).await, statements(&table, JUDGED, &session).await];
    assert!(large.iter().all(|count| *count <= 8), "{large:?} statements");
    assert!(large.iter().all(|count| *count >= 2), "they are counted: {large:?}");
    assert_eq!(large, small, "however much there is");

    let counted = statements(&table, COUNTED, &session).await;
    assert!(counted <= 6 && counted == small_counted, "{counted} statements, {small_counted} where there was little");
    let data = table.amina.reads(COUNTED, json!({ "id": session["id"] })).await;
    for (number, item) in data["node"]["agenda"].as_array().expect("an agenda").iter().enumerate() {
        let all = if number == 0 { 1 } else { 7 };
        assert_eq!(item["notes"]["totalCount"], all, "item {number}");
        assert_eq!(item["notes"]["nodes"].as_array().map(Vec::len), Some(all.min(5)), "item {number}");
    }
}

/// A count is of the whole list, whether it comes with the page or not, and of what its reader may read.
async fn a_count_is_of_the_whole_list(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let input = json!({ "sessionId": session["id"], "title": "Item" });
    let item = table.bram.does("proposeAgendaItem", input).await;
    let none = table.bram.does("proposeAgendaItem", json!({ "sessionId": session["id"], "title": "Without" })).await;
    for _ in 0..3 {
        table.amina.posts(&item, "GROUP", "For all").await;
        table.amina.posts(&item, "PRIVATE", "For nobody").await;
    }
    let document = "query($id: ID!, $first: Int, $last: Int, $after: String, $before: String) { node(id: $id) {
        ... on AgendaItem { notes(first: $first, last: $last, after: $after, before: $before) {
            totalCount edges { cursor } pageInfo { hasNextPage hasPreviousPage } } } } }";
    let count = async |reader: &dipoli_testkit::Person, mut page: Value| {
        page["id"] = item["id"].clone();
        reader.reads(document, page).await["node"]["notes"].clone()
    };
    for (reader, all) in [(&table.amina, 6), (&table.bram, 3), (&table.chen, 3)] {
        let whole = count(reader, json!({ "first": 20 })).await;
        assert_eq!(whole["totalCount"], all);
        assert_eq!(whole["edges"].as_array().map(Vec::len), Some(all));
        let second = &whole["edges"][1]["cursor"];
        for page in [
            json!({ "first": 1 }),
            json!({ "last": 1 }),
            json!({ "first": 0 }),
            json!({ "first": 1, "after": second }),
            json!({ "last": 1, "before": second }),
        ] {
            assert_eq!(count(reader, page.clone()).await["totalCount"], all, "{page}");
        }
        let empty = reader.reads(document, json!({ "id": none["id"], "first": 5 })).await;
        assert_eq!(empty["node"]["notes"]["totalCount"], 0);
    }
}

/// Lists within lists cost one statement a level too.
async fn a_list_of_groups_with_their_members_and_sessions_is_a_few(engine: Engine) {
    let table = Table::set(engine).await;
    let document = "query { workingGroups(first: 10) { nodes { id delegations { id } viewerMembership { id }
        members(first: 10) { totalCount nodes { person { displayName } delegation { name } } }
        sessions(first: 5) { totalCount nodes { id title viewerRsvp { response } } } } } }";
    let mut counts = Vec::new();
    for slug in ["a", "b", "c", "d"] {
        let group = table.ada.convenes(slug).await;
        table.ada.seats(&group, &table.amina, "ORGANIZER", None).await;
        table.amina.schedules(&group, json!({})).await;
        counts.push(statements(&table, document, &json!({ "id": null })).await);
    }
    assert!(counts.iter().all(|count| *count == counts[0] && *count < 12), "{counts:?}");
}

on_each_database!(
    a_session_page_takes_at_most_eight,
    a_count_is_of_the_whole_list,
    a_list_of_groups_with_their_members_and_sessions_is_a_few,
);
