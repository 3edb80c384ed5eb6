//! The one thing that Dipoli exists for, from an empty folder to a session that was held.

use std::collections::BTreeSet;

use dipoli_testkit::{Engine, Person, World, address, on_each_database, seat_by_address};
use serde_json::{Value, json};

const EIGHT: [(&str, &str); 8] = [
    ("Olga", "ORGANIZER"),
    ("Farid", "FACILITATOR"),
    ("Rita", "RAPPORTEUR"),
    ("Amina", "PARTICIPANT"),
    ("Bram", "PARTICIPANT"),
    ("Chen", "PARTICIPANT"),
    ("Dana", "PARTICIPANT"),
    ("Oskar", "OBSERVER"),
];

/// A session's page, as the explorer's example asks for it.
const PAGE: &str = include_str!("../../../../schema/operations/Session.graphql");

async fn from_an_empty_folder_to_a_session_that_was_held(engine: Engine) {
    let mut world = World::new(engine).await;
    let ada = world.administrator("aalto").await;
    let water = ada.convenes("water").await;
    let north = ada.adds_delegation(&water, "North").await;
    let south = ada.adds_delegation(&water, "South").await;

    // Eight people are invited by being given a seat; each accepts with the token from their letter.
    for (name, role) in EIGHT {
        let delegation = match name {
            "Amina" | "Bram" => Some(&north),
            "Chen" => Some(&south),
            _ => None,
        };
        seat_by_address(&ada, &water, name, role, delegation).await;
    }
    world.works().await;
    for (name, _) in EIGHT {
        let letters = world.letters().to(&address(name));
        let token = letters.iter().find_map(dipoli_testkit::Letter::token).expect("an invitation");
        let link = format!("http://127.0.0.1:8080/aalto/welcome#{token}");
        assert!(letters.iter().any(|letter| letter.text.contains(&link)), "the token stands behind # in a link");
    }
    let mut people = Vec::new();
    for (name, role) in EIGHT {
        let person = world.accepts("aalto", name).await;
        let data = person.reads("{ viewer { memberships { nodes { role workingGroup { id } } } } }", json!({})).await;
        assert_eq!(
            data["viewer"]["memberships"]["nodes"],
            json!([{ "role": role, "workingGroup": { "id": water["id"] } }]),
            "{name} sits where they were seated"
        );
        people.push(person);
    }
    let [olga, farid, rita, amina, bram, chen, dana, oskar] = people.as_slice() else { panic!("eight") };
    world.works().await;
    world.letters().take();

    // Olga schedules; everyone is told, with a calendar part of their own.
    let session = olga.schedules(&water, json!({ "venue": "House of the Estates", "purpose": "To agree." })).await;
    assert_eq!((&session["status"], &session["sequence"]), (&json!("SCHEDULED"), &json!(0)));
    assert_eq!(session["timeZone"], "Europe/Warsaw", "the group's zone");
    world.works().await;
    let letters = world.letters().take();
    let told: BTreeSet<_> = letters.iter().map(|letter| letter.to.clone()).collect();
    assert_eq!(told, EIGHT.iter().map(|(name, _)| address(name)).collect());
    for letter in &letters {
        assert_eq!(letter.calendar_property("METHOD"), Some("REQUEST"), "{}", letter.raw);
        assert_eq!(letter.calendar_property("SEQUENCE"), Some("0"));
        assert_eq!(letter.calendar_property("ATTENDEE"), Some(format!("mailto:{}", letter.to).as_str()));
        assert!(!letter.raw.contains("Third round") && !letter.raw.contains("Estates"), "letters are discreet");
    }

    // The agenda: proposed by whoever takes part, ordered by the organizer, adopted by the chair.
    let locks = amina.proposes(&session, "Locks on the river").await;
    let dams = chen.proposes(&session, "Dams").await;
    let rules = rita.proposes(&session, "How we write it down").await;
    olga.does("moveAgendaItem", json!({ "agendaItemId": rules["id"], "position": 1 })).await;
    farid.adopts(&locks).await;
    chen.does("withdrawAgendaItem", json!({ "agendaItemId": dams["id"] })).await;
    let agenda = agenda(bram, &session).await;
    assert_eq!(
        agenda,
        json!([
            { "position": 1, "title": "How we write it down", "status": "PROPOSED", "startsAt": "2027-03-29T08:00:00Z" },
            { "position": 2, "title": "Locks on the river", "status": "ADOPTED", "startsAt": "2027-03-29T08:20:00Z" },
            { "position": 3, "title": "Dams", "status": "WITHDRAWN", "startsAt": null },
        ])
    );
    assert_eq!(agenda_titles(oskar, &session).await, ["Locks on the river"], "an observer sees what is adopted");

    // Answers.
    bram.answers(&session, "ACCEPTED").await;
    dana.does("respondToSession", json!({ "sessionId": session["id"], "response": "TENTATIVE", "mode": "REMOTE" }))
        .await;
    let rsvp = dana.node(&session["id"], "Session", "viewerRsvp { response mode }").await;
    assert_eq!(rsvp["viewerRsvp"], json!({ "response": "TENTATIVE", "mode": "REMOTE" }));

    // Notes: each is read by exactly the people its visibility says.
    let aloud = amina.posts(&locks, "GROUP", "We can open them in April.").await;
    let ours = bram.posts(&locks, "DELEGATION", "Not before the spring flood.").await;
    let aside = chen.posts(&session, "FACILITATORS", "Could you speak to the north first?").await;
    let mine = amina.posts(&locks, "PRIVATE", "Ask home about the date.").await;
    for (note, readers) in [
        (&aloud, vec![olga, farid, rita, amina, bram, chen, dana]),
        (&ours, vec![amina, bram]),
        (&aside, vec![farid, chen]),
        (&mine, vec![amina]),
    ] {
        for person in people.iter().chain([&ada]) {
            let expected = readers.iter().any(|reader| reader.id() == person.id());
            let body = person.node(&note["id"], "Note", "body").await["body"].take();
            let read = if expected { note["body"].clone() } else { Value::Null };
            assert_eq!(body, read, "{} and the note {}", person.name(), note["visibility"]);
        }
    }

    // The reminder arrives when its time has come, to everyone at the table.
    world.works().await;
    world.letters().take();
    world.clock.stands_at("2027-03-22T08:00:00Z");
    world.works().await;
    let (reminders, others): (Vec<_>, Vec<_>) =
        world.letters().take().into_iter().partition(|letter| letter.subject.starts_with("Reminder"));
    assert_eq!(reminders.len(), 8, "a week before");
    assert!(others.iter().all(|letter| letter.subject == "There is something new to read"), "{others:?}");

    // Olga moves the session; calendars learn of it under the same UID.
    let later = json!({ "sessionId": session["id"], "expectedVersion": session["version"],
        "startsAt": "2027-03-30T08:00:00Z" });
    let moved = olga.does("rescheduleSession", later).await;
    assert_eq!((&moved["sequence"], &moved["endsAt"]), (&json!(1), &json!("2027-03-30T10:00:00Z")));
    world.passes("5m").await;
    let moved_letters = world.letters().take();
    assert_eq!(moved_letters.len(), 8);
    for letter in &moved_letters {
        let before = letters.iter().find(|before| before.to == letter.to).expect("was told before");
        assert_eq!(letter.calendar_property("UID"), before.calendar_property("UID"));
        assert_eq!(letter.calendar_property("SEQUENCE"), Some("1"));
    }

    // It is held, concluded, and read again after a restart, answer for answer.
    world.clock.stands_at("2027-03-30T10:05:00Z");
    farid.does("concludeSession", json!({ "sessionId": session["id"], "expectedVersion": moved["version"] })).await;
    rita.posts(&session, "GROUP", "The record follows.").await;
    let before = pages(&people, &session).await;
    world.restarts().await;
    assert_eq!(pages(&people, &session).await, before);
}

async fn agenda(person: &Person, session: &Value) -> Value {
    let fields = "agenda { position title status startsAt }";
    person.node(&session["id"], "Session", fields).await["agenda"].take()
}

async fn agenda_titles(person: &Person, session: &Value) -> Vec<String> {
    let agenda = agenda(person, session).await;
    agenda.as_array().into_iter().flatten().map(|item| item["title"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn pages(people: &[Person], session: &Value) -> Vec<Value> {
    let mut pages = Vec::new();
    for person in people {
        pages.push(person.reads(PAGE, json!({ "id": session["id"] })).await);
    }
    pages
}

async fn a_draft_is_seen_by_two_roles_and_mails_nobody(engine: Engine) {
    let table = dipoli_testkit::Table::set(engine).await;
    let draft = table.olga.schedules(&table.water, json!({ "draft": true })).await;
    table.works().await;
    assert!(table.letters().take().is_empty(), "nobody is told of a draft");
    for person in table.people() {
        let seen = !person.node(&draft["id"], "Session", "title").await.is_null();
        assert_eq!(seen, ["Olga", "Farid"].contains(&person.name()), "{}", person.name());
    }

    let publish = json!({ "sessionId": draft["id"], "expectedVersion": draft["version"] });
    let session = table.olga.does("publishSession", publish).await;
    assert_eq!(session["status"], "SCHEDULED");
    table.works().await;
    assert_eq!(table.letters().take().len(), 7, "all who sit at the table are told");
    assert!(!table.oskar.node(&draft["id"], "Session", "title").await.is_null());
}

async fn the_operations_of_the_explorer_are_good_documents(engine: Engine) {
    let table = dipoli_testkit::Table::set(engine).await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/operations");
    let files = std::fs::read_dir(folder).expect("the folder").flatten();
    let mut tried = 0;
    for file in files {
        let document = std::fs::read_to_string(file.path()).expect("a document");
        if document.lines().any(|line| line.starts_with("subscription")) {
            // What waits for something is asked over a socket.
            continue;
        }
        let example = document.lines().find_map(|line| line.strip_prefix("# variables: ")).unwrap_or("{}");
        let variables: Value = serde_json::from_str(example).expect("the example's variables are JSON");
        // One of the documents ends the sign-in, and one tries a password that is none.
        table.clock.passes("3s");
        let answer = table.ada.signs_in().await.asks(&document, variables).await;
        assert_eq!(answer.status, 200, "{}: {}", file.path().display(), answer.json);
        assert!(answer.json.get("data").is_some(), "{}: {}", file.path().display(), answer.json);
        tried += 1;
    }
    assert!(tried > 30, "{tried} operations");
}

on_each_database!(
    from_an_empty_folder_to_a_session_that_was_held,
    a_draft_is_seen_by_two_roles_and_mails_nobody,
    the_operations_of_the_explorer_are_good_documents,
);
