//! G-09, generated from the SDL: whatever an id names that the viewer may not know of, the answer is the same, byte
//! for byte. A root field or an id argument that this file does not know of fails the test.

use std::collections::{BTreeMap, BTreeSet};

use dipoli_domain::id::{
    AgendaItemId, DateSearchId, DelegationId, MembershipId, NoteId, ObjectionId, ParaphraseId, PersonId,
    PersonalAccessTokenId, RecordId, SessionId, SignInId, SilenceProcedureId, WorkingGroupId,
};
use dipoli_testkit::{Engine, Person, Socket, Table, merged, on_each_database};
use serde_json::{Value, json};

use crate::sdl::Sdl;

/// What an id argument names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Group,
    Delegation,
    Membership,
    Person,
    Session,
    Item,
    Note,
    Paraphrase,
    Silence,
    SignIn,
    Token,
    Objection,
    Record,
    Search,
}

/// Every id argument of every mutation: what it names, and the rest of an input that is otherwise good.
const MUTATIONS: &[(&str, &str, Kind, &str)] = &[
    ("updateWorkingGroup", "workingGroupId", Kind::Group, r#"{"expectedVersion": 1}"#),
    ("agreeOnOrder", "workingGroupId", Kind::Group, r#"{"expectedVersion": 1, "order": "LOT"}"#),
    ("passChair", "sessionId", Kind::Session, "{}"),
    ("addDelegation", "workingGroupId", Kind::Group, r#"{"name": "East"}"#),
    ("addDelegation", "spokespersonId", Kind::Membership, r#"{"name": "East", "workingGroupId": "$water"}"#),
    ("nameSpokesperson", "delegationId", Kind::Delegation, "{}"),
    ("nameSpokesperson", "membershipId", Kind::Membership, r#"{"delegationId": "$north"}"#),
    ("agreeOnSpokesperson", "delegationId", Kind::Delegation, r#"{"membershipId": "$bram"}"#),
    ("agreeOnSpokesperson", "membershipId", Kind::Membership, r#"{"delegationId": "$north"}"#),
    ("suspendParticipation", "delegationId", Kind::Delegation, "{}"),
    ("resumeParticipation", "delegationId", Kind::Delegation, "{}"),
    (
        "addMember",
        "workingGroupId",
        Kind::Group,
        r#"{"role": "OBSERVER", "email": "new@example.org", "displayName": "New"}"#,
    ),
    ("addMember", "personId", Kind::Person, r#"{"role": "OBSERVER", "workingGroupId": "$water"}"#),
    (
        "addMember",
        "delegationId",
        Kind::Delegation,
        r#"{"role": "OBSERVER", "workingGroupId": "$water", "email": "new@example.org", "displayName": "New"}"#,
    ),
    ("changeMember", "membershipId", Kind::Membership, r#"{"role": "OBSERVER"}"#),
    ("changeMember", "delegationId", Kind::Delegation, r#"{"membershipId": "$bram"}"#),
    ("openEarlierNotes", "membershipId", Kind::Membership, r#"{"visibilities": ["GROUP"]}"#),
    ("removeMember", "membershipId", Kind::Membership, "{}"),
    (
        "scheduleSession",
        "workingGroupId",
        Kind::Group,
        r#"{"title": "T", "startsAt": "2027-04-01T08:00:00Z", "endsAt": "2027-04-01T09:00:00Z"}"#,
    ),
    (
        "scheduleSessions",
        "workingGroupId",
        Kind::Group,
        r#"{"title": "T", "startsAt": "2027-04-01T08:00:00Z", "endsAt": "2027-04-01T09:00:00Z", "everyWeeks": 1, "sessions": 2}"#,
    ),
    (
        "proposeDates",
        "workingGroupId",
        Kind::Group,
        r#"{"title": "T", "slots": [{"startsAt": "2027-04-01T08:00:00Z", "endsAt": "2027-04-01T09:00:00Z"}]}"#,
    ),
    ("markDates", "dateSearchId", Kind::Search, r#"{"marks": []}"#),
    ("chooseDate", "dateSearchId", Kind::Search, r#"{"startsAt": "2027-04-01T08:00:00Z"}"#),
    ("withdrawDates", "dateSearchId", Kind::Search, "{}"),
    ("publishSession", "sessionId", Kind::Session, r#"{"expectedVersion": 1}"#),
    ("rescheduleSession", "sessionId", Kind::Session, r#"{"expectedVersion": 1}"#),
    ("updateSession", "sessionId", Kind::Session, r#"{"expectedVersion": 1}"#),
    ("cancelSession", "sessionId", Kind::Session, r#"{"expectedVersion": 1}"#),
    ("concludeSession", "sessionId", Kind::Session, r#"{"expectedVersion": 1}"#),
    ("respondToSession", "sessionId", Kind::Session, r#"{"response": "ACCEPTED"}"#),
    ("recordAttendance", "sessionId", Kind::Session, r#"{"membershipIds": ["$bram"]}"#),
    ("recordAttendance", "membershipIds", Kind::Membership, r#"{"sessionId": "$session"}"#),
    ("removeAttendance", "sessionId", Kind::Session, r#"{"membershipIds": ["$bram"]}"#),
    ("removeAttendance", "membershipIds", Kind::Membership, r#"{"sessionId": "$session"}"#),
    ("setCalendarLabel", "sessionId", Kind::Session, r#"{"label": "L"}"#),
    ("setSessionReminders", "sessionId", Kind::Session, r#"{"reminders": ["1h"]}"#),
    ("requeueDelivery", "sessionId", Kind::Session, r#"{"kind": "REMINDER"}"#),
    ("proposeAgendaItem", "sessionId", Kind::Session, r#"{"title": "T"}"#),
    ("proposeAgendaItem", "leadMembershipId", Kind::Membership, r#"{"title": "T", "sessionId": "$session"}"#),
    ("updateAgendaItem", "agendaItemId", Kind::Item, r#"{"expectedVersion": 1}"#),
    ("updateAgendaItem", "leadMembershipId", Kind::Membership, r#"{"expectedVersion": 1, "agendaItemId": "$item"}"#),
    ("moveAgendaItem", "agendaItemId", Kind::Item, r#"{"position": 1}"#),
    ("adoptAgendaItem", "agendaItemId", Kind::Item, "{}"),
    ("withdrawAgendaItem", "agendaItemId", Kind::Item, "{}"),
    ("objectToAdoption", "agendaItemId", Kind::Item, "{}"),
    ("proposeAgendaItemAnew", "agendaItemId", Kind::Item, "{}"),
    ("deferAgendaItem", "agendaItemId", Kind::Item, r#"{"sessionId": "$session"}"#),
    ("deferAgendaItem", "sessionId", Kind::Session, r#"{"agendaItemId": "$item"}"#),
    ("openSilenceProcedure", "agendaItemId", Kind::Item, r#"{"deadline": "2027-03-20T08:00:00Z"}"#),
    ("withdrawSilenceProcedure", "silenceProcedureId", Kind::Silence, "{}"),
    ("breakSilence", "silenceProcedureId", Kind::Silence, r#"{"ground": "LINKAGE", "statement": "S"}"#),
    ("postNote", "sessionId", Kind::Session, r#"{"body": "B", "visibility": "PRIVATE"}"#),
    ("postNote", "agendaItemId", Kind::Item, r#"{"body": "B", "visibility": "PRIVATE", "sessionId": "$session"}"#),
    ("reviseNote", "noteId", Kind::Note, r#"{"expectedVersion": 1, "body": "B"}"#),
    ("withdrawNote", "noteId", Kind::Note, "{}"),
    ("askToWithdrawNote", "noteId", Kind::Note, "{}"),
    ("releaseNote", "noteId", Kind::Note, r#"{"visibility": "GROUP"}"#),
    ("releaseNote", "delegationId", Kind::Delegation, r#"{"visibility": "DELEGATION", "noteId": "$aside"}"#),
    ("proposeParaphrase", "noteId", Kind::Note, r#"{"visibility": "GROUP", "body": "B"}"#),
    (
        "proposeParaphrase",
        "delegationId",
        Kind::Delegation,
        r#"{"visibility": "DELEGATION", "body": "B", "noteId": "$aside"}"#,
    ),
    ("attachStatement", "agendaItemId", Kind::Item, r#"{"text": "T"}"#),
    ("concludeSession", "carryOverToSessionId", Kind::Session, r#"{"expectedVersion": 1, "sessionId": "$session"}"#),
    ("draftRecord", "sessionId", Kind::Session, r#"{"text": "T"}"#),
    ("circulateRecord", "recordId", Kind::Record, r#"{"expectedVersion": 1}"#),
    ("correctRecord", "recordId", Kind::Record, r#"{"passage": "P"}"#),
    ("issueRecord", "recordId", Kind::Record, r#"{"expectedVersion": 1, "deadline": "2027-03-20T08:00:00Z"}"#),
    ("recallRecord", "recordId", Kind::Record, "{}"),
    ("objectToRecord", "recordId", Kind::Record, r#"{"ground": "LINKAGE", "statement": "S"}"#),
    ("endSignIn", "signInId", Kind::SignIn, "{}"),
    ("createPersonalAccessToken", "workingGroupId", Kind::Group, r#"{"name": "N", "scopes": ["SESSIONS_READ"]}"#),
    ("revokePersonalAccessToken", "accessTokenId", Kind::Token, "{}"),
    ("startSecondFactorRecovery", "personId", Kind::Person, "{}"),
    ("grantAdministration", "personId", Kind::Person, "{}"),
    ("withdrawAdministration", "personId", Kind::Person, "{}"),
    ("disablePerson", "personId", Kind::Person, "{}"),
    ("enablePerson", "personId", Kind::Person, "{}"),
    ("answerParaphrase", "paraphraseId", Kind::Paraphrase, r#"{"agree": true}"#),
];

/// Root fields of queries that take an id, or what stands for one.
const QUERIES: [(&str, &str); 6] = [
    ("node", "id"),
    ("nodes", "ids"),
    ("workingGroup", "slug"),
    ("paraphrases", "noteId"),
    ("deliveries", "sessionId"),
    ("recordExport", "recordId"),
];

/// Root fields of subscriptions that take an id.
const SUBSCRIPTIONS: [(&str, &str, Kind); 5] = [
    ("delegationChanged", "workingGroupId", Kind::Group),
    ("recordChanged", "workingGroupId", Kind::Group),
    ("notePosted", "sessionId", Kind::Session),
    ("sessionChanged", "workingGroupId", Kind::Group),
    ("silenceChanged", "workingGroupId", Kind::Group),
];

/// An input with the ids of this world in it.
fn filled(rest: &str, table: &Table, things: &Things) -> Value {
    let text = json_text;
    let filled = rest
        .replace("$water", &text(&table.water["id"]))
        .replace("$north", &text(&table.north["id"]))
        .replace("$bram", &text(table.seat("Bram")))
        .replace("$session", &text(&things.session["id"]))
        .replace("$item", &text(&things.item["id"]))
        .replace("$aside", &text(&things.aside["id"]));
    serde_json::from_str(&filled).expect("JSON")
}

/// What there is to be strange to.
struct Things {
    session: Value,
    item: Value,
    /// Chen's, to the facilitators.
    aside: Value,
    /// Of another group; by kind.
    foreign: Vec<(Kind, String)>,
    /// Of the water group, but not for everyone there; by kind, with those who may see it.
    hidden: Vec<(Kind, String, &'static [&'static str])>,
}

async fn things(table: &Table) -> Things {
    let id = |value: &Value| value["id"].as_str().expect("an id").to_owned();
    let session = table.olga.schedules(&table.water, json!({ "attribution": "NAMED" })).await;
    let item = table.olga.proposes(&session, "Proposed").await;
    let draft = table.olga.schedules(&table.water, json!({ "draft": true })).await;
    let on_draft = table.olga.proposes(&draft, "Of the draft").await;
    let trade = table.zoe.schedules(&table.trade, json!({})).await;
    let far_item = table.zoe.proposes(&trade, "Tariffs").await;
    let far_note = table.zoe.posts(&trade, "GROUP", "Far away.").await;
    let far_seat = table.zoe.reads("{ viewer { memberships { nodes { id } } } }", json!({})).await;
    let far_seat = id(&far_seat["viewer"]["memberships"]["nodes"][0]);
    let slots = json!([{ "startsAt": "2027-04-01T08:00:00Z", "endsAt": "2027-04-01T09:00:00Z" }]);
    let far_search = json!({ "workingGroupId": table.trade["id"], "title": "Tariffs", "slots": slots });
    let far_search = table.zoe.does("proposeDates", far_search).await;
    let foreign = vec![
        (Kind::Group, id(&table.trade)),
        (Kind::Delegation, id(&table.far)),
        (Kind::Membership, far_seat),
        (Kind::Person, table.zoe.id().to_owned()),
        (Kind::Session, id(&trade)),
        (Kind::Item, id(&far_item)),
        (Kind::Note, id(&far_note)),
        (Kind::Search, id(&far_search)),
    ];
    let aside = table.chen.posts(&session, "FACILITATORS", "Aside.").await;
    let wording = json!({ "noteId": aside["id"], "body": "In other words.", "visibility": "GROUP" });
    let wording = table.farid.does("proposeParaphrase", wording).await;
    let contested = table.olga.proposes(&session, "Contested").await;
    let silence = table.farid.opens_silence(&contested, "2027-03-20T08:00:00Z").await;
    let objection = table.chen.breaks(&silence, "SUBSTANCE", "Not so.").await["objections"][0].take();
    let draft_of = json!({ "sessionId": session["id"], "text": "Of gauges." });
    let record = table.rita.tries("draftRecord", draft_of).await.good()["draftRecord"]["record"].clone();
    let hidden: Vec<(Kind, String, &'static [&'static str])> = vec![
        (Kind::Record, id(&record), &["Farid", "Rita"]),
        (Kind::Silence, id(&silence), &["Olga", "Farid", "Rita", "Amina", "Bram", "Chen"]),
        (Kind::Objection, id(&objection), &["Olga", "Farid", "Rita", "Amina", "Bram", "Chen"]),
        (Kind::Session, id(&draft), &["Olga", "Farid"]),
        (Kind::Item, id(&on_draft), &["Olga", "Farid"]),
        (Kind::Item, id(&item), &["Olga", "Farid", "Rita", "Amina", "Bram", "Chen"]),
        (Kind::Note, id(&table.bram.posts(&session, "DELEGATION", "Ours.").await), &["Amina", "Bram"]),
        (Kind::Note, id(&table.bram.posts(&session, "PRIVATE", "Mine.").await), &["Bram"]),
        (Kind::Note, id(&aside), &["Chen", "Farid"]),
        (Kind::Paraphrase, id(&wording), &["Chen", "Farid"]),
        (
            Kind::Note,
            id(&table.chen.posts(&session, "GROUP", "Aloud.").await),
            &["Olga", "Farid", "Rita", "Amina", "Bram", "Chen"],
        ),
    ];
    Things { session, item, aside, foreign, hidden }
}

/// Ids that name nothing which `person` may know of: one of each sort, the random one first.
fn strange(kind: Kind, person: &Person, things: &Things) -> Vec<String> {
    let random = match kind {
        Kind::Group => WorkingGroupId::random().to_string(),
        Kind::Delegation => DelegationId::random().to_string(),
        Kind::Membership => MembershipId::random().to_string(),
        Kind::Person => PersonId::random().to_string(),
        Kind::Session => SessionId::random().to_string(),
        Kind::Item => AgendaItemId::random().to_string(),
        Kind::Note => NoteId::random().to_string(),
        Kind::Paraphrase => ParaphraseId::random().to_string(),
        Kind::Silence => SilenceProcedureId::random().to_string(),
        Kind::SignIn => SignInId::random().to_string(),
        Kind::Token => PersonalAccessTokenId::random().to_string(),
        Kind::Objection => ObjectionId::random().to_string(),
        Kind::Record => RecordId::random().to_string(),
        Kind::Search => DateSearchId::random().to_string(),
    };
    let other_kind = if kind == Kind::Person { things.session["id"].as_str().unwrap_or_default() } else { person.id() };
    let mut ids = vec![
        random.clone(),
        String::new(),
        "x".repeat(300),
        "'; DROP TABLE note; --".to_owned(),
        random[..random.len() - 1].to_owned(),
        format!("{random}=="),
        random.to_uppercase(),
        other_kind.to_owned(),
    ];
    let sees_all =
        person.name() == "Ada" && matches!(kind, Kind::Group | Kind::Delegation | Kind::Membership | Kind::Person);
    if person.name() != "Zoe" && !sees_all {
        ids.extend(things.foreign.iter().filter(|(of, _)| *of == kind).map(|(_, id)| id.clone()));
    }
    let out_of_sight = things.hidden.iter().filter(|(of, _, seen_by)| *of == kind && !seen_by.contains(&person.name()));
    ids.extend(out_of_sight.map(|(_, id, _)| id.clone()));
    ids
}

fn names_foreign(id: &str, things: &Things) -> bool {
    things.foreign.iter().any(|(_, foreign)| foreign == id)
}

/// What a person may meet before the id in question is looked at: the object that it belongs to is out of their sight,
/// or not theirs to change.
const IN_THE_WAY: [&str; 8] = [
    "NOT_FOUND noteId",
    "NOT_FOUND workingGroupId",
    "NOT_FOUND delegationId",
    "NOT_FOUND membershipId",
    "NOT_FOUND sessionId",
    "NOT_FOUND agendaItemId",
    "FORBIDDEN",
    // Asked before any id is looked at.
    "REAUTHENTICATION_REQUIRED",
];

async fn what_may_not_be_known_of_is_answered_as_what_does_not_exist(engine: Engine) {
    let table = Table::set(engine).await;
    let things = things(&table).await;
    for person in table.people() {
        for &(mutation, field, kind, rest) in MUTATIONS {
            // Nobody tries more than 120 times in a minute.
            table.clock.passes("1m");
            let mut first: Option<(String, dipoli_testkit::Answer)> = None;
            let strange = strange(kind, person, &things);
            // Administrators see how letters are delivered, and so which sessions there are letters about.
            let sees_letters = mutation == "requeueDelivery" && person.name() == "Ada";
            for id in strange.into_iter().filter(|id| !(sees_letters && names_foreign(id, &things))) {
                let input = merged(filled(rest, &table, &things), json!({ field: id }));
                let answer = person.tries(mutation, input).await;
                let refusals = answer.refusals();
                let expected = [format!("NOT_FOUND {field}")];
                assert!(
                    refusals == expected || (refusals.len() == 1 && IN_THE_WAY.contains(&refusals[0].as_str())),
                    "{}: {mutation}({field}: {id:?}) was answered {}",
                    person.name(),
                    answer.json
                );
                let (first_id, first) = first.get_or_insert((id.clone(), answer.clone()));
                assert_eq!(
                    answer.bytes(),
                    first.bytes(),
                    "{}: {mutation}({field}: …) tells {id:?} from {first_id:?}",
                    person.name()
                );
            }
        }
    }
    // Where nothing else stands in the way, it is the field that is named.
    for (person, mutation, field) in [
        (&table.olga, "addDelegation", "spokespersonId"),
        (&table.olga, "nameSpokesperson", "delegationId"),
        (&table.olga, "nameSpokesperson", "membershipId"),
        (&table.amina, "agreeOnSpokesperson", "membershipId"),
        (&table.amina, "suspendParticipation", "delegationId"),
        (&table.olga, "addMember", "personId"),
        (&table.olga, "addMember", "delegationId"),
        (&table.olga, "changeMember", "delegationId"),
        (&table.olga, "proposeAgendaItem", "leadMembershipId"),
        (&table.olga, "updateAgendaItem", "leadMembershipId"),
        (&table.amina, "postNote", "agendaItemId"),
        (&table.chen, "releaseNote", "delegationId"),
        (&table.farid, "proposeParaphrase", "delegationId"),
        (&table.amina, "answerParaphrase", "paraphraseId"),
        (&table.farid, "withdrawSilenceProcedure", "silenceProcedureId"),
        (&table.amina, "breakSilence", "silenceProcedureId"),
        (&table.farid, "issueRecord", "recordId"),
        (&table.amina, "objectToRecord", "recordId"),
    ] {
        let &(_, _, kind, rest) = MUTATIONS.iter().find(|(m, f, ..)| *m == mutation && *f == field).expect("a row");
        for id in strange(kind, person, &things) {
            let input = merged(filled(rest, &table, &things), json!({ field: id }));
            let answer = person.tries(mutation, input).await;
            answer.refused(&[&format!("NOT_FOUND {field}")]);
        }
    }
}

async fn a_query_shows_nothing_where_there_is_nothing_to_see(engine: Engine) {
    let table = Table::set(engine).await;
    let things = things(&table).await;
    let kinds = [
        Kind::Group,
        Kind::Delegation,
        Kind::Membership,
        Kind::Person,
        Kind::Session,
        Kind::Item,
        Kind::Note,
        Kind::Paraphrase,
        Kind::Silence,
        Kind::SignIn,
        Kind::Token,
        Kind::Objection,
        Kind::Record,
    ];
    for person in table.people() {
        // A person may look at themself; everything else here is strange to them.
        let ids: Vec<String> = kinds
            .iter()
            .flat_map(|kind| strange(*kind, person, &things))
            .filter(|id| id != person.id() && Some(id.as_str()) != things.session["id"].as_str())
            .collect();
        let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        for some in ids.chunks(100) {
            let answer = person.asks(nodes, json!({ "ids": some })).await;
            assert_eq!(answer.good()["nodes"], json!(vec![Value::Null; some.len()]), "{}", person.name());
        }
        let node = "query($id: ID!) { node(id: $id) { id } }";
        let mut answers = BTreeSet::new();
        for id in ids {
            answers.insert(person.asks(node, json!({ "id": id })).await.bytes().2);
        }
        assert_eq!(answers, BTreeSet::from(["{\"data\":{\"node\":null}}".to_owned()]), "{}", person.name());

        let mut answers = BTreeSet::new();
        for id in strange(Kind::Note, person, &things).into_iter().chain([json_text(&things.aside["id"])]) {
            let by_secret = "query($id: ID!, $s: String!) { paraphrases(noteId: $id, editSecret: $s) { id } }";
            answers.insert(person.asks(by_secret, json!({ "id": id, "s": "A".repeat(43) })).await.bytes().2);
        }
        assert_eq!(answers, BTreeSet::from(["{\"data\":{\"paraphrases\":[]}}".to_owned()]), "{}", person.name());

        let mut answers = BTreeSet::new();
        for id in strange(Kind::Record, person, &things) {
            let export = "query($id: ID!) { recordExport(recordId: $id, format: HTML) }";
            answers.insert(person.asks(export, json!({ "id": id })).await.bytes().2);
        }
        assert_eq!(answers, BTreeSet::from(["{\"data\":{\"recordExport\":null}}".to_owned()]), "{}", person.name());

        let mut answers = BTreeSet::new();
        let foreign = |id: &String| person.name() == "Ada" && names_foreign(id, &things);
        for id in strange(Kind::Session, person, &things).into_iter().filter(|id| !foreign(id)) {
            let by_session = "query($id: ID!) { deliveries(sessionId: $id) { kind } }";
            answers.insert(person.asks(by_session, json!({ "id": id })).await.bytes().2);
        }
        assert_eq!(answers, BTreeSet::from(["{\"data\":{\"deliveries\":[]}}".to_owned()]), "{}", person.name());

        let slugs = ["trade", "none-such", "", "WATER ", "../water", &"w".repeat(300)];
        let mut answers = BTreeMap::new();
        for slug in slugs {
            if slug == "trade" && ["Ada", "Zoe"].contains(&person.name()) {
                continue;
            }
            let document = "query($slug: String!) { workingGroup(slug: $slug) { id } }";
            let answer = person.asks(document, json!({ "slug": slug })).await;
            answers.insert(answer.bytes().2, slug);
        }
        let texts: Vec<_> = answers.keys().map(String::as_str).collect();
        assert_eq!(texts, ["{\"data\":{\"workingGroup\":null}}"], "{}", person.name());
    }
}

fn json_text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

async fn a_subscription_answers_every_id_alike(engine: Engine) {
    let table = Table::set(engine).await;
    let things = things(&table).await;
    let address = table.server().listens().await;
    for person in table.people() {
        let mut socket = Socket::of(address, "aalto", &person.tokens().access).await;
        for (field, argument, kind) in SUBSCRIPTIONS {
            let document = format!("subscription($id: ID!) {{ {field}({argument}: $id) {{ id }} }}");
            let mut answers = BTreeSet::new();
            for id in strange(kind, person, &things) {
                socket.asks("1", &document, json!({ "id": id })).await;
                answers.insert(socket.hears_of("1", "error").await.to_string());
            }
            assert_eq!(answers.len(), 1, "{}: {field}: {answers:?}", person.name());
            assert!(answers.iter().all(|answer| answer.contains("NOT_FOUND")), "{field}: {answers:?}");
        }
    }
}

#[test]
fn every_id_of_the_sdl_is_covered() {
    let sdl = Sdl::checked_in();
    let covered: BTreeSet<(&str, &str)> = QUERIES
        .into_iter()
        .chain(MUTATIONS.iter().map(|(field, argument, ..)| (*field, *argument)))
        .chain(SUBSCRIPTIONS.map(|(field, argument, _)| (field, argument)))
        .collect();
    let mut in_sdl = BTreeSet::from([("workingGroup".to_owned(), "slug".to_owned())]);
    for root in ["Query", "Mutation", "Subscription"] {
        for (field, arguments) in sdl.root_fields(root) {
            in_sdl.extend(arguments.iter().flat_map(|argument| sdl.ids_in(argument)).map(|id| (field.clone(), id)));
        }
    }
    let missing: Vec<_> =
        in_sdl.iter().filter(|(field, id)| !covered.contains(&(field.as_str(), id.as_str()))).collect();
    assert!(missing.is_empty(), "no stranger tries these: {missing:#?}");
    assert!(in_sdl.len() > 20, "the schema was read: {in_sdl:?}");
}

on_each_database!(
    what_may_not_be_known_of_is_answered_as_what_does_not_exist,
    a_query_shows_nothing_where_there_is_nothing_to_see,
    a_subscription_answers_every_id_alike,
);
