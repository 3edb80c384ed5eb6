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

on_each_database!(a_session_page_takes_at_most_eight, a_list_of_groups_with_their_members_and_sessions_is_a_few,);
