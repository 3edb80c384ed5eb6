//! Viewer by viewer: what each may see, by every way that leads to it (G-09, G-10, G-11, N-13, N-14).
//!
//! The tables are the design's (§3) written down once more by hand, not computed: they are what the policy is held to.

use std::collections::{BTreeMap, BTreeSet};

use dipoli_testkit::{Engine, Person, Table, on_each_database};
use serde_json::{Value, json};

/// `x`: sees it, by every way. The people stand in the order of `Table::people`, Nina (who came late) at the end.
const SEEN: &str = "
                    Ada Olga Farid Rita Amina Bram Chen Oskar Leo Uma Zoe Nina
group               x   x    x     x    x     x    x    x     .   .   .   x
north               x   x    x     x    x     x    x    x     .   .   .   x
seat of amina       x   x    x     x    x     x    x    x     .   .   .   x
scheduled           .   x    x     x    x     x    x    x     .   .   .   x
answer of amina     .   x    x     x    x     x    x    x     .   .   .   x
draft               .   x    x     .    .     .    .    .     .   .   .   .
dropped draft       .   x    x     .    .     .    .    .     .   .   .   .
cancelled           .   x    x     x    x     x    x    x     .   .   .   x
proposed            .   x    x     x    x     x    x    .     .   .   .   x
withdrawn           .   x    x     x    x     x    x    .     .   .   .   x
adopted             .   x    x     x    x     x    x    x     .   .   .   x
on the draft        .   x    x     .    .     .    .    .     .   .   .   .
aloud by bram       .   x    x     x    x     x    x    .     .   .   .   .
aloud by leo        .   x    x     x    x     x    x    .     .   .   .   .
north by bram       .   .    .     .    x     x    .    .     .   .   .   .
south by chen       .   .    .     .    .     .    x    .     .   .   .   .
aside by amina      .   .    x     .    x     .    .    .     .   .   .   .
aside by olga       .   x    x     .    .     .    .    .     .   .   .   .
private of amina    .   .    .     .    x     .    .    .     .   .   .   .
private of olga     .   x    .     .    .     .    .    .     .   .   .   .
aloud, later        .   x    x     x    x     x    x    .     .   .   .   x
north, later        .   .    .     .    x     x    .    .     .   .   .   x
aside, later        .   .    x     .    .     .    x    .     .   .   .   .
";

struct Things {
    table: Table,
    nina: Person,
    things: BTreeMap<&'static str, Value>,
}

/// Everything that the table names, written by those whom it names.
async fn everything(engine: Engine) -> Things {
    // Leo writes while he still sits there, so he takes his seat anew and loses it again.
    let table = Table::set(engine).await;
    let back = table.olga.seats(&table.water, &table.leo, "PARTICIPANT", Some(&table.north)).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let draft = table.olga.schedules(&table.water, json!({ "draft": true })).await;
    let dropped = table.olga.schedules(&table.water, json!({ "draft": true })).await;
    let cancelled = table.olga.schedules(&table.water, json!({})).await;
    for session in [&dropped, &cancelled] {
        table.olga.does("cancelSession", json!({ "sessionId": session["id"], "expectedVersion": 1 })).await;
    }
    let proposed = table.amina.proposes(&session, "Proposed").await;
    let withdrawn = table.amina.proposes(&session, "Withdrawn").await;
    table.amina.does("withdrawAgendaItem", json!({ "agendaItemId": withdrawn["id"] })).await;
    let adopted = table.chen.proposes(&session, "Adopted").await;
    table.farid.adopts(&adopted).await;
    let on_draft = table.olga.proposes(&draft, "Of the draft").await;
    let mut things = BTreeMap::from([
        ("group", table.water.clone()),
        ("north", table.north.clone()),
        ("seat of amina", json!({ "id": table.seat("Amina") })),
        ("answer of amina", table.amina.answers(&session, "ACCEPTED").await),
        ("aloud by bram", table.bram.posts(&adopted, "GROUP", "aloud").await),
        ("aloud by leo", table.leo.posts(&session, "GROUP", "aloud").await),
        ("north by bram", table.bram.posts(&adopted, "DELEGATION", "north").await),
        ("south by chen", table.chen.posts(&session, "DELEGATION", "south").await),
        ("aside by amina", table.amina.posts(&proposed, "FACILITATORS", "aside").await),
        ("aside by olga", table.olga.posts(&session, "FACILITATORS", "aside").await),
        ("private of amina", table.amina.posts(&adopted, "PRIVATE", "private").await),
        ("private of olga", table.olga.posts(&session, "PRIVATE", "private").await),
    ]);
    table.olga.does("removeMember", json!({ "membershipId": back["id"] })).await;

    // Nina comes later: her seat opens what is written from then on.
    table.clock.passes("1h");
    let nina = table.invites(&table.ada, "aalto", "Nina").await;
    dipoli_testkit::seat_by_address(&table.olga, &table.water, "Nina", "PARTICIPANT", Some(&table.north)).await;
    nina.signs_in().await;
    table.clock.passes("1h");
    things.extend([
        ("scheduled", session.clone()),
        ("draft", draft),
        ("dropped draft", dropped),
        ("cancelled", cancelled),
        ("proposed", proposed),
        ("withdrawn", withdrawn),
        ("on the draft", on_draft),
        ("aloud, later", table.rita.posts(&session, "GROUP", "later").await),
        ("north, later", table.amina.posts(&adopted, "DELEGATION", "later").await),
        ("aside, later", table.chen.posts(&adopted, "FACILITATORS", "later").await),
        ("adopted", adopted),
    ]);
    Things { table, nina, things }
}

async fn everyone_sees_what_the_table_says_by_every_way(engine: Engine) {
    let Things { table, nina, things } = everything(engine).await;
    let people: Vec<&Person> = table.people().into_iter().chain([&nina]).collect();
    let (names, rows) = parsed(SEEN);
    assert_eq!(names, people.iter().map(|person| person.name()).collect::<Vec<_>>());
    assert_eq!(rows.len(), things.len(), "every thing has its row");

    let mut wrong = Vec::new();
    for (column, person) in people.iter().enumerate() {
        let reached = reached_by_lists(person).await;
        for (name, cells) in &rows {
            let id = &things[name]["id"];
            let expected = cells[column];
            let node = person.reads("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
            let nodes = person.reads("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": [id] })).await;
            let ways = [
                ("node", !node["node"].is_null()),
                ("nodes", !nodes["nodes"][0].is_null()),
                ("lists", reached.contains(id.as_str().expect("an id"))),
            ];
            for (way, seen) in ways {
                if seen != expected {
                    let verb = if seen { "sees" } else { "does not see" };
                    wrong.push(format!("{} {verb} {name:?} by {way}", person.name()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn parsed(table: &'static str) -> (Vec<&'static str>, Vec<(&'static str, Vec<bool>)>) {
    let mut lines = table.lines().filter(|line| !line.is_empty());
    let names = lines.next().into_iter().flat_map(str::split_whitespace).collect();
    let rows = lines.map(|line| {
        let (name, cells) = line.split_at(20);
        (name.trim_end(), cells.split_whitespace().map(|cell| cell == "x").collect())
    });
    (names, rows.collect())
}

const GROUPS: &str = "{
    workingGroups(first: 10) { totalCount nodes { id slug delegations { id }
        members(first: 20) { totalCount nodes { id } } } }
}";
const GROUP: &str = "query($slug: String!) {
    workingGroup(slug: $slug) { id sessions(first: 20) { totalCount nodes { id } } }
}";
const SESSIONS: &str = "{
    sessions(first: 20) { totalCount nodes { id } }
    viewer { upcomingSessions(first: 20) { totalCount nodes { id } } }
}";
const SESSION: &str = "query($id: ID!) { node(id: $id) { ... on Session {
    agenda { id }
    notes(first: 50) { totalCount nodes { id } }
    attendees(first: 50) { totalCount nodes { id } }
} } }";
const ITEM: &str = "query($id: ID!) { node(id: $id) { ... on AgendaItem {
    notes(first: 50) { totalCount nodes { id } }
} } }";

/// The ids of all that someone meets who starts at the root and follows every list. Counts are checked on the way,
/// and lists that show the same things are compared.
async fn reached_by_lists(person: &Person) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let groups = person.reads(GROUPS, json!({})).await;
    collect(person, &groups, &mut reached);
    let mut by_group = BTreeSet::new();
    for group in groups["workingGroups"]["nodes"].as_array().into_iter().flatten() {
        let group = person.reads(GROUP, json!({ "slug": group["slug"] })).await;
        collect(person, &group, &mut by_group);
    }
    let sessions = person.reads(SESSIONS, json!({})).await;
    let mut by_list = BTreeSet::new();
    collect(person, &sessions, &mut by_list);
    by_group.retain(|id| id.starts_with("ses_"));
    assert_eq!(by_group, by_list, "{}: a group's sessions and the viewer's", person.name());
    for session in &by_list {
        let session = person.reads(SESSION, json!({ "id": session })).await;
        collect(person, &session, &mut reached);
        let mut on_items = BTreeSet::new();
        for item in session["node"]["agenda"].as_array().into_iter().flatten() {
            let item = person.reads(ITEM, json!({ "id": item["id"] })).await;
            collect(person, &item, &mut on_items);
        }
        let missed: Vec<_> = on_items.difference(&reached).collect();
        assert!(missed.is_empty(), "{}: a session's notes hold those of its items: {missed:?}", person.name());
    }
    reached.extend(by_list);
    reached
}

fn collect(person: &Person, value: &Value, into: &mut BTreeSet<String>) {
    if let Some(count) = value.get("totalCount") {
        let nodes = value["nodes"].as_array().map_or(0, Vec::len);
        assert_eq!(count.as_u64(), Some(nodes as u64), "{}: a count tells of nothing out of sight", person.name());
    }
    match value {
        Value::Object(members) => {
            into.extend(members.get("id").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| collect(person, member, into));
        }
        Value::Array(members) => members.iter().for_each(|member| collect(person, member, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

async fn names_addresses_and_affiliations_are_shown_to_whom_they_may(engine: Engine) {
    let table = Table::set(engine).await;
    for (name, capacity) in [("Kai", "PERSONAL"), ("Lena", "OFFICIAL")] {
        let email = dipoli_testkit::address(name);
        let input = json!({ "email": email, "displayName": name, "affiliation": "Ministry of Waters" });
        table.ada.does("invitePerson", input).await;
        table.works().await;
        let person = table.accepts("aalto", name).await;
        let seat = json!({ "workingGroupId": table.water["id"], "personId": person.id(), "role": "PARTICIPANT",
            "capacity": capacity });
        table.ada.does("addMember", seat).await;
    }
    let members = "{ workingGroup(slug: \"water\") { members(first: 50) { nodes { person {
        displayName affiliation email } } } } }";
    let of = |data: &Value, name: &str| {
        let nodes = data["workingGroup"]["members"]["nodes"].as_array().cloned().unwrap_or_default();
        let person = nodes.into_iter().map(|mut node| node["person"].take());
        person.into_iter().find(|person| person["displayName"] == name).expect("sits there")
    };
    for viewer in table.people() {
        let data = viewer.reads(members, json!({})).await;
        if ["Leo", "Uma", "Zoe"].contains(&viewer.name()) {
            assert!(data["workingGroup"].is_null());
            continue;
        }
        let organizes = viewer.name() == "Olga";
        let administers = viewer.name() == "Ada";
        for (name, official) in [("Kai", false), ("Lena", true)] {
            let person = of(&data, name);
            let address = json!(dipoli_testkit::address(name));
            let shown = if organizes || administers { &address } else { &Value::Null };
            assert_eq!(&person["email"], shown, "{}: the address of {name}", viewer.name());
            let shown = official || administers;
            assert_eq!(!person["affiliation"].is_null(), shown, "{}: the affiliation of {name}", viewer.name());
        }
        if !organizes && !administers {
            assert_eq!(of(&data, viewer.name())["email"], json!(viewer.email()), "one's own address is one's own");
        }
    }
}

async fn people_are_listed_for_administrators_and_organizers(engine: Engine) {
    let table = Table::set(engine).await;
    for person in table.people() {
        let data = person.reads("{ people(first: 100) { totalCount nodes { id } } }", json!({})).await;
        let listed = match person.name() {
            "Ada" => 12, // everyone, Piet among them
            "Olga" => 8,
            "Zoe" => 1,
            _ => 0,
        };
        assert_eq!(data["people"]["totalCount"], json!(listed), "{}", person.name());
        assert_eq!(data["people"]["nodes"].as_array().map(Vec::len), Some(listed), "{}", person.name());
    }
    for person in table.people() {
        let answer = person.asks("{ auditEvents(first: 1) { nodes { id } } }", json!({})).await;
        if person.name() == "Ada" {
            answer.good();
        } else {
            answer.refused(&["FORBIDDEN"]);
        }
    }
}

async fn what_the_viewer_can_is_what_the_policy_lets_them(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    for person in [&table.olga, &table.farid, &table.rita, &table.amina, &table.oskar] {
        let fields = "viewerCan { reschedule postNote proposeAgendaItem conclude }";
        let can = person.node(&session["id"], "Session", fields).await["viewerCan"].take();
        let name = person.name();
        let expected = json!({ "reschedule": name == "Olga", "postNote": name != "Oskar",
            "proposeAgendaItem": name != "Oskar", "conclude": false });
        assert_eq!(can, expected, "{name}: it has not started, so nobody can conclude it");
    }
}

on_each_database!(
    everyone_sees_what_the_table_says_by_every_way,
    names_addresses_and_affiliations_are_shown_to_whom_they_may,
    people_are_listed_for_administrators_and_organizers,
    what_the_viewer_can_is_what_the_policy_lets_them,
);
