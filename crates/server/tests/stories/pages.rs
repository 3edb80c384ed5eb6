//! Pages: both directions, counts, flags and cursors, of every list there is (G-11 and the contract's connections).

use dipoli_testkit::{Engine, Person, Table, on_each_database};
use serde_json::{Value, json};

const PAGE: &str = "totalCount edges { cursor node { id } } \
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

/// A list: where it hangs, its name, and the rest of its arguments.
struct List<'a> {
    parent: Option<(&'a str, &'a Value)>,
    field: &'a str,
    arguments: &'a str,
}

impl List<'_> {
    async fn asks(&self, person: &Person, page: Value) -> dipoli_testkit::Answer {
        let arguments = format!("({} first: $first, after: $after, last: $last, before: $before)", self.arguments);
        let list = format!("{}{arguments} {{ {PAGE} }}", self.field);
        let head = "query($first: Int, $after: String, $last: Int, $before: String";
        let document = match self.parent {
            Some(("Viewer", _)) => format!("{head}) {{ node: viewer {{ {list} }} }}"),
            Some((kind, _)) => format!("{head}, $id: ID!) {{ node(id: $id) {{ ... on {kind} {{ {list} }} }} }}"),
            None => format!("{head}) {{ {list} }}"),
        };
        let id = self.parent.filter(|(kind, _)| *kind != "Viewer").map(|(_, parent)| parent["id"].clone());
        person.asks(&document, dipoli_testkit::merged(page, id.map_or(json!({}), |id| json!({ "id": id })))).await
    }

    async fn page(&self, person: &Person, page: Value) -> Value {
        let answer = self.asks(person, page).await;
        let pointer = match self.parent {
            Some(_) => format!("/node/{}", self.field),
            None => format!("/{}", self.field),
        };
        answer.good();
        answer.at(&pointer).clone()
    }
}

fn ids(page: &Value) -> Vec<String> {
    let edges = page["edges"].as_array().into_iter().flatten();
    edges.map(|edge| edge["node"]["id"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Reads a list in pages of `size`, from one end to the other.
async fn walked(list: &List<'_>, person: &Person, size: usize, forwards: bool) -> Vec<String> {
    let mut pages: Vec<Vec<String>> = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let arguments = if forwards {
            json!({ "first": size, "after": cursor })
        } else {
            json!({ "last": size, "before": cursor })
        };
        let page = list.page(person, arguments).await;
        let (more, behind, edge) = if forwards {
            ("hasNextPage", "hasPreviousPage", "endCursor")
        } else {
            ("hasPreviousPage", "hasNextPage", "startCursor")
        };
        let info = &page["pageInfo"];
        assert_eq!(info[behind], json!(!pages.is_empty()), "{}: what lies behind", list.field);
        let edges = page["edges"].as_array().expect("edges");
        assert_eq!(info["startCursor"], edges.first().map_or(Value::Null, |edge| edge["cursor"].clone()));
        assert_eq!(info["endCursor"], edges.last().map_or(Value::Null, |edge| edge["cursor"].clone()));
        pages.push(ids(&page));
        if info[more] == json!(false) {
            break;
        }
        assert_eq!(edges.len(), size, "{}: a page that has more is full", list.field);
        cursor = info[edge].clone();
    }
    if !forwards {
        pages.reverse();
    }
    pages.concat()
}

async fn every_list_is_read_in_pages_from_both_ends(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    for day in 2..9 {
        let day = json!({ "startsAt": format!("2027-04-0{day}T08:00:00Z"), "endsAt": format!("2027-04-0{day}T09:00:00Z"),
            "draft": day % 2 == 0 });
        table.olga.schedules(&table.water, day).await;
    }
    let item = table.amina.proposes(&session, "Proposed").await;
    for number in 0..7 {
        for visibility in ["GROUP", "DELEGATION", "FACILITATORS", "PRIVATE"] {
            let author = if number % 2 == 0 { &table.bram } else { &table.chen };
            let place = if number % 3 == 0 { &item } else { &session };
            author.posts(place, visibility, "Text").await;
        }
        // Several notes share an instant, and the others do not.
        if number % 2 == 0 {
            table.clock.passes("1s");
        }
    }
    for slug in ["a", "b", "c"] {
        table.ada.convenes(slug).await;
    }
    table.works().await;
    let lists = [
        (&table.ada, List { parent: None, field: "workingGroups", arguments: "" }),
        (&table.ada, List { parent: None, field: "people", arguments: "" }),
        (&table.ada, List { parent: None, field: "auditEvents", arguments: "" }),
        (&table.olga, List { parent: None, field: "sessions", arguments: "" }),
        (&table.amina, List { parent: None, field: "sessions", arguments: "filter: { status: [SCHEDULED] }," }),
        (&table.amina, List { parent: Some(("Viewer", &Value::Null)), field: "memberships", arguments: "" }),
        (&table.amina, List { parent: Some(("Viewer", &Value::Null)), field: "upcomingSessions", arguments: "" }),
        (&table.oskar, List { parent: Some(("WorkingGroup", &table.water)), field: "members", arguments: "" }),
        (
            &table.oskar,
            List { parent: Some(("WorkingGroup", &table.water)), field: "members", arguments: "role: PARTICIPANT," },
        ),
        (&table.olga, List { parent: Some(("WorkingGroup", &table.water)), field: "sessions", arguments: "" }),
        (&table.amina, List { parent: Some(("Session", &session)), field: "attendees", arguments: "" }),
        (&table.amina, List { parent: Some(("Session", &session)), field: "notes", arguments: "" }),
        (&table.chen, List { parent: Some(("AgendaItem", &item)), field: "notes", arguments: "" }),
        (
            &table.chen,
            List { parent: Some(("Session", &session)), field: "notes", arguments: "filter: { mine: true }," },
        ),
        (
            &table.farid,
            List {
                parent: Some(("Session", &session)),
                field: "notes",
                arguments: "filter: { visibility: [FACILITATORS] },",
            },
        ),
    ];
    for (person, list) in &lists {
        let whole = list.page(person, json!({ "first": 100 })).await;
        let all = ids(&whole);
        assert!(!all.is_empty(), "{} {}: something to page through", list.field, list.arguments);
        assert_eq!(whole["totalCount"], json!(all.len()), "{}", list.field);
        for size in [all.len().div_ceil(7), all.len().div_ceil(2), all.len(), 100] {
            assert_eq!(walked(list, person, size, true).await, all, "{} {} by {size}", list.field, list.arguments);
            assert_eq!(walked(list, person, size, false).await, all, "{} back by {size}", list.field);
        }
        let nothing = list.page(person, json!({ "first": 0 })).await;
        assert_eq!((ids(&nothing).len(), &nothing["totalCount"]), (0, &whole["totalCount"]));
        bounds_and_cursors_are_checked(list, person, &whole).await;
    }
    cursors_are_of_one_viewer_and_list(&table, &lists).await;
}

async fn bounds_and_cursors_are_checked(list: &List<'_>, person: &Person, whole: &Value) {
    let cursor = whole["pageInfo"]["startCursor"].as_str().expect("a cursor");
    let mut bent = cursor.to_owned();
    let last = bent.pop().expect("not empty");
    bent.push(if last == 'A' { 'B' } else { 'A' });
    for (page, refusal) in [
        (json!({ "first": 101 }), "BAD_USER_INPUT first"),
        (json!({ "first": -1 }), "BAD_USER_INPUT first"),
        (json!({ "last": 101 }), "BAD_USER_INPUT last"),
        (json!({ "first": 1, "last": 1 }), "BAD_USER_INPUT last"),
        (json!({ "after": "" }), "BAD_USER_INPUT after"),
        (json!({ "after": "MTI=" }), "BAD_USER_INPUT after"),
        (json!({ "before": bent }), "BAD_USER_INPUT before"),
        (json!({ "before": cursor.repeat(50) }), "BAD_USER_INPUT before"),
    ] {
        let answer = list.asks(person, page.clone()).await;
        assert_eq!(answer.refusals(), [refusal], "{} {page}: {}", list.field, answer.json);
    }
    let both = list.page(person, json!({ "first": 100, "after": cursor, "before": cursor })).await;
    assert!(ids(&both).is_empty(), "after a row and before it is nothing");
}

/// A cursor is bound to its viewer, its list and its filter.
async fn cursors_are_of_one_viewer_and_list(table: &Table, lists: &[(&Person, List<'_>)]) {
    let mut cursors = Vec::new();
    for (person, list) in lists {
        let page = list.page(person, json!({ "first": 1 })).await;
        cursors.push(page["pageInfo"]["endCursor"].clone());
    }
    for (place, (person, list)) in lists.iter().enumerate() {
        for (other, cursor) in cursors.iter().enumerate() {
            let answer = list.asks(person, json!({ "first": 1, "after": cursor })).await;
            if place == other {
                answer.good();
            } else {
                assert_eq!(answer.refusals(), ["BAD_USER_INPUT after"], "{} took a cursor of {}", list.field, other);
            }
        }
    }
    let session_notes = &lists[11].1;
    let answer = session_notes.asks(&table.bram, json!({ "after": cursors[11] })).await;
    assert_eq!(answer.refusals(), ["BAD_USER_INPUT after"], "Amina's cursor is not Bram's");
}

/// What is out of sight moves no flag and no count, and rows that come and go do not unsettle a cursor.
async fn a_page_tells_of_nothing_out_of_sight(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let mut aloud = Vec::new();
    for _ in 0..4 {
        aloud.push(table.bram.posts(&session, "GROUP", "Aloud").await);
        table.clock.passes("1s");
        for _ in 0..3 {
            table.chen.posts(&session, "PRIVATE", "Mine").await;
        }
        table.clock.passes("1s");
    }
    let list = List { parent: Some(("Session", &session)), field: "notes", arguments: "" };
    let page = list.page(&table.amina, json!({ "first": 4 })).await;
    assert_eq!(page["pageInfo"]["hasNextPage"], false, "three hidden notes follow, and nothing shows it");
    assert_eq!(page["totalCount"], 4);
    let first = list.page(&table.amina, json!({ "first": 2 })).await;
    let cursor = &first["pageInfo"]["endCursor"];

    // The row of the cursor is withdrawn, and another comes at the end.
    table.bram.does("withdrawNote", json!({ "noteId": aloud[1]["id"] })).await;
    let late = table.bram.posts(&session, "GROUP", "Late").await;
    let rest = list.page(&table.amina, json!({ "first": 10, "after": cursor })).await;
    let expected: Vec<_> = [&aloud[2], &aloud[3], &late].iter().map(|note| note["id"].clone()).collect();
    assert_eq!(json!(ids(&rest)), json!(expected));

    let same = list.page(&table.amina, json!({ "first": 2 })).await;
    assert_eq!(&same["pageInfo"]["endCursor"], cursor, "the same row has the same cursor");
}

async fn filters_show_what_they_say(engine: Engine) {
    let table = Table::set(engine).await;
    let spring = table.olga.schedules(&table.water, json!({})).await;
    let autumn = json!({ "startsAt": "2027-10-01T08:00:00Z", "endsAt": "2027-10-01T09:00:00Z" });
    let autumn = table.olga.schedules(&table.water, autumn).await;
    let draft = table.olga.schedules(&table.water, json!({ "draft": true })).await;
    let sessions = async |filter: Value| {
        let document = "query($filter: SessionFilter) { sessions(filter: $filter) { totalCount nodes { id } } }";
        let data = table.olga.reads(document, json!({ "filter": filter })).await;
        let nodes = data["sessions"]["nodes"].as_array().cloned().unwrap_or_default();
        assert_eq!(data["sessions"]["totalCount"], json!(nodes.len()));
        nodes.into_iter().map(|mut node| node["id"].take()).collect::<Vec<_>>()
    };
    let ids = |things: &[&Value]| things.iter().map(|thing| thing["id"].clone()).collect::<Vec<_>>();
    assert_eq!(sessions(json!({ "status": ["DRAFT"] })).await, ids(&[&draft]));
    assert_eq!(sessions(json!({ "status": [] })).await, ids(&[]));
    assert_eq!(sessions(json!({ "startsAfter": "2027-03-29T08:00:00Z" })).await, ids(&[&autumn]));
    assert_eq!(
        sessions(json!({ "startsBefore": "2027-03-29T08:00:00.000001Z", "status": ["SCHEDULED"] })).await,
        ids(&[&spring])
    );
    let document = "query($filter: SessionFilter) { sessions(filter: $filter) { nodes { id } } }";
    let wrong = table.olga.asks(document, json!({ "filter": { "startsAfter": "soon" } })).await;
    assert_eq!(wrong.refusals(), ["BAD_USER_INPUT startsAfter"]);
}

on_each_database!(
    every_list_is_read_in_pages_from_both_ends,
    a_page_tells_of_nothing_out_of_sight,
    filters_show_what_they_say,
);
