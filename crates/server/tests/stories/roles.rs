//! Who may do what, act by act and role by role, through the API: the design's table (§3) written down by hand. What an
//! object says that its viewer can do with it is what the attempt then shows.

use std::collections::BTreeMap;

use dipoli_testkit::{Engine, Person, Table, merged, on_each_database, seat_by_address};
use serde_json::{Value, json};

/// The mutation, what `viewerCan` calls it, and for each person: `x`: may. `F`: sees it and may not (FORBIDDEN). `.`: may not know of it (NOT_FOUND with its field).
const MAY: &str = "
                                viewerCan           Ada Olga Farid Rita Amina Chen Oskar Leo Uma Zoe
invitePerson                    -                   x   F    F     F    F     F    F     F   F   F
createWorkingGroup              -                   x   F    F     F    F     F    F     F   F   F
updateWorkingGroup              update              x   x    F     F    F     F    F     .   .   .
addDelegation                   manageDelegations   x   x    F     F    F     F    F     .   .   .
addMember                       manageMembers       x   x    F     F    F     F    F     .   .   .
changeMember                    manage              x   x    F     F    F     F    F     .   .   .
removeMember                    manage              x   x    F     F    F     F    F     .   .   .
openEarlierNotes                openEarlierNotes    F   F    x     F    F     F    F     .   .   .
openEarlierNotes (delegation)   openDelegationNotes F   F    F     F    x     F    F     .   .   .
scheduleSession                 scheduleSession     F   x    F     F    F     F    F     .   .   .
publishSession (a draft)        publish             .   x    F     .    .     .    .     .   .   .
rescheduleSession               reschedule          .   x    F     F    F     F    F     .   .   .
updateSession                   update              .   x    F     F    F     F    F     .   .   .
updateSession (stricter)        tightenAttribution  .   x    x     F    F     F    F     .   .   .
cancelSession                   cancel              .   x    F     F    F     F    F     .   .   .
concludeSession                 conclude            .   x    x     F    F     F    F     .   .   .
respondToSession                respond             .   x    x     x    x     x    x     .   .   .
proposeAgendaItem               proposeAgendaItem   .   x    x     x    x     x    F     .   .   .
updateAgendaItem (Amina's)      update              .   F    F     F    x     F    .     .   .   .
updateAgendaItem (stricter)     tightenAttribution  .   x    x     F    F     F    .     .   .   .
moveAgendaItem                  move                .   x    x     F    F     F    .     .   .   .
adoptAgendaItem                 adopt               .   F    x     F    F     F    .     .   .   .
withdrawAgendaItem (Amina's)    withdraw            .   F    F     F    x     F    .     .   .   .
postNote                        postNote            .   x    x     x    x     x    F     .   .   .
reviseNote (Amina's, aloud)     revise              .   F    F     F    x     F    .     .   .   .
withdrawNote (Amina's, aloud)   withdraw            .   F    x     F    x     F    .     .   .   .
reviseNote (Amina's, aside)     revise              .   .    F     .    x     .    .     .   .   .
withdrawNote (Amina's, aside)   withdraw            .   .    F     .    x     .    .     .   .   .
";

/// Makes what an act of the table needs, afresh, and gives the input for it.
async fn input(table: &Table, act: &str, person: &str) -> Value {
    let water = &table.water["id"];
    let session = async |changes: Value| table.olga.schedules(&table.water, changes).await;
    let version = |session: &Value| json!({ "sessionId": session["id"], "expectedVersion": session["version"] });
    let item = async || table.amina.proposes(&session(json!({})).await, "Amina's").await;
    let of_item = |item: &Value| json!({ "agendaItemId": item["id"], "expectedVersion": item["version"] });
    let aloud = async || table.amina.posts(&session(json!({})).await, "GROUP", "Aloud").await;
    let aside = async || table.amina.posts(&session(json!({})).await, "FACILITATORS", "Aside").await;
    let unique = person.to_lowercase();
    match act {
        "invitePerson" => json!({ "email": format!("guest.of.{unique}@example.org"), "displayName": "Guest" }),
        "createWorkingGroup" => json!({ "slug": unique, "name": "New", "timeZone": "UTC" }),
        "updateWorkingGroup" => {
            let group = table.ada.node(water, "WorkingGroup", "version").await;
            json!({ "workingGroupId": water, "expectedVersion": group["version"], "mandate": "To agree." })
        }
        "addDelegation" => json!({ "workingGroupId": water, "name": format!("Side of {person}") }),
        "addMember" => json!({ "workingGroupId": water, "email": format!("friend.of.{unique}@example.org"),
            "displayName": "Friend", "role": "OBSERVER" }),
        "changeMember" => json!({ "membershipId": table.seat("Bram"), "capacity": "EXPERT" }),
        "openEarlierNotes" => json!({ "membershipId": table.seat("Bram"), "visibilities": ["GROUP"] }),
        "openEarlierNotes (delegation)" => {
            json!({ "membershipId": table.seat("Bram"), "visibilities": ["DELEGATION"] })
        }
        "removeMember" => {
            let visitor = format!("Visitor of {person}");
            let guest = seat_by_address(&table.ada, &table.water, &visitor, "OBSERVER", None).await;
            json!({ "membershipId": guest["id"] })
        }
        "scheduleSession" => json!({ "workingGroupId": water, "title": "New", "startsAt": "2027-04-01T08:00:00Z",
            "endsAt": "2027-04-01T09:00:00Z" }),
        "publishSession (a draft)" => version(&session(json!({ "draft": true })).await),
        "rescheduleSession" => merged(version(&session(json!({})).await), json!({ "venue": "Elsewhere" })),
        "updateSession" => merged(version(&session(json!({})).await), json!({ "title": "Renamed" })),
        "updateSession (stricter)" => {
            merged(version(&session(json!({})).await), json!({ "attribution": "CHATHAM_HOUSE" }))
        }
        "cancelSession" => version(&session(json!({})).await),
        "concludeSession" => {
            let now = table.clock.now();
            let at = |minutes: i64| (now + jiff::SignedDuration::from_mins(minutes)).to_string();
            let session = session(json!({ "startsAt": at(1), "endsAt": at(60) })).await;
            table.clock.passes("2m");
            version(&session)
        }
        "respondToSession" => json!({ "sessionId": session(json!({})).await["id"], "response": "ACCEPTED" }),
        "proposeAgendaItem" => json!({ "sessionId": session(json!({})).await["id"], "title": "New" }),
        "updateAgendaItem (Amina's)" => merged(of_item(&item().await), json!({ "title": "Renamed" })),
        "updateAgendaItem (stricter)" => merged(of_item(&item().await), json!({ "attribution": "CHATHAM_HOUSE" })),
        "moveAgendaItem" => json!({ "agendaItemId": item().await["id"], "position": 1 }),
        "adoptAgendaItem" => of_item(&item().await),
        "withdrawAgendaItem (Amina's)" => json!({ "agendaItemId": item().await["id"] }),
        "postNote" => json!({ "sessionId": session(json!({})).await["id"], "body": "B", "visibility": "PRIVATE" }),
        "reviseNote (Amina's, aloud)" => {
            json!({ "noteId": aloud().await["id"], "expectedVersion": 1, "body": "New" })
        }
        "reviseNote (Amina's, aside)" => {
            json!({ "noteId": aside().await["id"], "expectedVersion": 1, "body": "New" })
        }
        "withdrawNote (Amina's, aloud)" => json!({ "noteId": aloud().await["id"] }),
        "withdrawNote (Amina's, aside)" => json!({ "noteId": aside().await["id"] }),
        other => panic!("no input for {other}"),
    }
}

/// The field that names what a viewer may not know of.
fn field(input: &Value) -> &'static str {
    ["workingGroupId", "membershipId", "sessionId", "agendaItemId", "noteId"]
        .into_iter()
        .find(|field| !input[field].is_null())
        .unwrap_or("nothing")
}

/// What an object says that a viewer can do with it; nothing where they do not see it, or there is none.
async fn viewer_can(person: &Person, field: &str, id: &Value, can: &str) -> Option<bool> {
    let kind = match field {
        "workingGroupId" => "WorkingGroup",
        "membershipId" => "Membership",
        "sessionId" => "Session",
        "agendaItemId" => "AgendaItem",
        "noteId" => "Note",
        _ => return None,
    };
    let object = person.node(id, kind, &format!("viewerCan {{ {can} }}")).await;
    object["viewerCan"][can].as_bool()
}

async fn everyone_may_do_what_the_table_says(engine: Engine) {
    let table = Table::set(engine).await;
    let people: BTreeMap<_, _> = table.people().into_iter().map(|person| (person.name(), person)).collect();
    let mut lines = MAY.lines().filter(|line| !line.is_empty());
    let names: Vec<_> = lines.next().expect("a head").split_whitespace().skip(1).collect();
    let mut wrong = Vec::new();
    for line in lines {
        // Nobody tries more than 120 times in a minute.
        table.clock.passes("1m");
        let (act, rest) = line.split_at(32);
        let (can, cells) = rest.split_at(20);
        let (act, can) = (act.trim_end(), can.trim_end());
        let mutation = act.split(' ').next().unwrap_or_default();
        for (name, cell) in names.iter().zip(cells.split_whitespace()) {
            let input = input(&table, act, name).await;
            let field = field(&input);
            let promised = viewer_can(people[name], field, &input[field], can).await;
            if promised.is_some_and(|promised| promised != (cell == "x")) {
                wrong.push(format!("{name}: {act}: viewerCan says {promised:?}"));
            }
            let refusals = people[name].tries(mutation, input).await.refusals();
            let expected = match cell {
                "x" => vec![],
                "F" => vec!["FORBIDDEN".to_owned()],
                _ => vec![format!("NOT_FOUND {field}")],
            };
            if refusals != expected {
                wrong.push(format!("{name}: {act}: {refusals:?} instead of {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

on_each_database!(everyone_may_do_what_the_table_says);
