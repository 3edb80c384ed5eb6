//! The table of scopes and mutations (A-15): what a token for an API client must have to do what its person may do. Every
//! mutation of the SDL stands in it, or the test fails.

use std::collections::{BTreeMap, BTreeSet};

use dipoli_testkit::{Engine, Person, Table, on_each_database};
use serde_json::{Value, json};

use self::Need::{BeforeSignIn, Never, Scope};
use crate::sdl::Sdl;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Need {
    /// Is done by whoever is not signed in yet; a token is no part of it.
    BeforeSignIn,
    /// No token does it, whatever its scopes.
    Never,
    /// This scope.
    Scope(&'static str),
}

/// All there are.
pub const SCOPES: [&str; 8] = [
    "SESSIONS_READ",
    "SESSIONS_WRITE",
    "AGENDA_WRITE",
    "ANSWERS_WRITE",
    "NOTES_READ",
    "NOTES_WRITE",
    "GROUPS_WRITE",
    "AUDIT_READ",
];

const SESSIONS: Need = Scope("SESSIONS_WRITE");
const AGENDA: Need = Scope("AGENDA_WRITE");
const NOTES: Need = Scope("NOTES_WRITE");
const GROUPS: Need = Scope("GROUPS_WRITE");

/// Each mutation: what it needs, someone who may do it, and an input that nothing but the policy refuses outright. Most are
/// refused for something else after that, such as a version that is not current, so that one row leaves the next its world.
const TABLE: &[(&str, Need, &str, &str)] = &[
    ("signIn", BeforeSignIn, "", ""),
    ("refreshTokens", BeforeSignIn, "", ""),
    ("requestPasswordReset", BeforeSignIn, "", ""),
    ("resetPassword", BeforeSignIn, "", ""),
    ("acceptInvitation", BeforeSignIn, "", ""),
    ("signOut", Never, "Olga", ""),
    ("endSignIn", Never, "Olga", r#"{"signInId": "none"}"#),
    ("endOtherSignIns", Never, "Olga", ""),
    ("changePassword", Never, "Olga", r#"{"currentPassword": "P", "password": "nine bridges over the Aura"}"#),
    ("setUpSecondFactor", Never, "Olga", ""),
    ("confirmSecondFactor", Never, "Olga", r#"{"code": "000000"}"#),
    ("renewRecoveryCodes", Never, "Olga", ""),
    ("removeSecondFactor", Never, "Olga", ""),
    ("startSecondFactorRecovery", Never, "Ada", r#"{"personId": "$amina"}"#),
    ("cancelSecondFactorRecovery", Never, "Olga", ""),
    ("createPersonalAccessToken", Never, "Olga", r#"{"name": "N", "scopes": ["NOTES_READ"]}"#),
    ("revokePersonalAccessToken", Never, "Olga", r#"{"accessTokenId": "none"}"#),
    ("updateAccount", Never, "Olga", r#"{"displayName": "O."}"#),
    ("changeAddress", Never, "Olga", r#"{"email": "o@elsewhere.example"}"#),
    ("confirmAddress", Never, "Olga", r#"{"token": "none"}"#),
    ("grantAdministration", Never, "Ada", r#"{"personId": "$amina"}"#),
    ("withdrawAdministration", Never, "Ada", r#"{"personId": "$amina"}"#),
    ("disablePerson", Never, "Ada", r#"{"personId": "$amina"}"#),
    ("enablePerson", Never, "Ada", r#"{"personId": "$amina"}"#),
    ("exportMyData", Never, "Olga", ""),
    ("eraseMyAccount", Never, "Olga", r#"{"email": "o@elsewhere.example", "notes": "GO"}"#),
    ("setLetterWanted", Never, "Olga", r#"{"kind": "REMINDER", "wanted": false}"#),
    ("setCalendarEntriesAttached", Never, "Olga", r#"{"attached": false}"#),
    ("setCalendarLabel", Never, "Olga", r#"{"label": "L"}"#),
    ("setMyReminders", Never, "Olga", r#"{"reminders": ["1h"]}"#),
    ("renewCalendarFeed", Never, "Olga", ""),
    ("invitePerson", GROUPS, "Ada", r#"{"email": "new@example.org", "displayName": " "}"#),
    (
        "createWorkingGroup",
        GROUPS,
        "Ada",
        r#"{"slug": "-", "name": "N", "mandate": "M", "timeZone": "Europe/Helsinki", "defaultAttribution": "NAMED"}"#,
    ),
    ("setTrackReminders", GROUPS, "Ada", r#"{"reminders": ["never"]}"#),
    ("updateWorkingGroup", GROUPS, "Olga", r#"{"workingGroupId": "$water", "expectedVersion": 99, "name": "N"}"#),
    ("agreeOnOrder", GROUPS, "Olga", r#"{"workingGroupId": "$water", "expectedVersion": 99, "order": "LOT"}"#),
    ("passChair", AGENDA, "Amina", r#"{"sessionId": "$session"}"#),
    ("addDelegation", GROUPS, "Olga", r#"{"workingGroupId": "$water", "name": " "}"#),
    ("nameSpokesperson", GROUPS, "Olga", r#"{"delegationId": "$north", "membershipId": "$bram"}"#),
    (
        "addMember",
        GROUPS,
        "Olga",
        r#"{"workingGroupId": "$water", "email": "new@example.org", "displayName": " ", "role": "OBSERVER"}"#,
    ),
    ("changeMember", GROUPS, "Olga", r#"{"membershipId": "$bram", "capacity": "OFFICIAL"}"#),
    ("removeMember", GROUPS, "Olga", r#"{"membershipId": "$oskar"}"#),
    (
        "scheduleSession",
        SESSIONS,
        "Olga",
        r#"{"workingGroupId": "$water", "title": " ", "startsAt": "2027-04-01T08:00:00Z", "endsAt": "2027-04-01T09:00:00Z"}"#,
    ),
    (
        "scheduleSessions",
        SESSIONS,
        "Olga",
        r#"{"workingGroupId": "$water", "title": " ", "startsAt": "2027-04-01T08:00:00Z", "endsAt": "2027-04-01T09:00:00Z"}"#,
    ),
    ("proposeDates", SESSIONS, "Olga", r#"{"workingGroupId": "$water", "title": "T", "slots": []}"#),
    ("markDates", Scope("ANSWERS_WRITE"), "Amina", r#"{"dateSearchId": "$search", "marks": []}"#),
    ("chooseDate", SESSIONS, "Olga", r#"{"dateSearchId": "$search", "startsAt": "2020-01-01T00:00:00Z"}"#),
    ("withdrawDates", SESSIONS, "Olga", r#"{"dateSearchId": "$search"}"#),
    ("publishSession", SESSIONS, "Olga", r#"{"sessionId": "$session", "expectedVersion": 99}"#),
    ("rescheduleSession", SESSIONS, "Olga", r#"{"sessionId": "$session", "expectedVersion": 99, "venue": "V"}"#),
    ("updateSession", SESSIONS, "Olga", r#"{"sessionId": "$session", "expectedVersion": 99, "title": "T"}"#),
    ("cancelSession", SESSIONS, "Olga", r#"{"sessionId": "$session", "expectedVersion": 99}"#),
    ("concludeSession", SESSIONS, "Olga", r#"{"sessionId": "$session", "expectedVersion": 99}"#),
    ("recordAttendance", SESSIONS, "Farid", r#"{"sessionId": "$concluded", "membershipIds": []}"#),
    ("removeAttendance", SESSIONS, "Farid", r#"{"sessionId": "$concluded", "membershipIds": []}"#),
    ("setSessionReminders", SESSIONS, "Olga", r#"{"sessionId": "$session", "reminders": ["never"]}"#),
    ("requeueDelivery", SESSIONS, "Olga", r#"{"sessionId": "$session", "kind": "REMINDER"}"#),
    ("respondToSession", Scope("ANSWERS_WRITE"), "Amina", r#"{"sessionId": "$session", "response": "ACCEPTED"}"#),
    ("proposeAgendaItem", AGENDA, "Amina", r#"{"sessionId": "$session", "title": " "}"#),
    ("updateAgendaItem", AGENDA, "Amina", r#"{"agendaItemId": "$item", "expectedVersion": 99, "title": "T"}"#),
    ("moveAgendaItem", AGENDA, "Farid", r#"{"agendaItemId": "$item", "position": 0}"#),
    ("adoptAgendaItem", AGENDA, "Farid", r#"{"agendaItemId": "$item", "expectedVersion": 99}"#),
    ("objectToAdoption", AGENDA, "Amina", r#"{"agendaItemId": "$item"}"#),
    ("proposeAgendaItemAnew", AGENDA, "Amina", r#"{"agendaItemId": "$item"}"#),
    ("deferAgendaItem", AGENDA, "Farid", r#"{"agendaItemId": "$item", "sessionId": "$session"}"#),
    ("openSilenceProcedure", AGENDA, "Farid", r#"{"agendaItemId": "$item", "deadline": "2020-01-01T00:00:00Z"}"#),
    ("attachStatement", AGENDA, "Amina", r#"{"agendaItemId": "$item", "text": "T"}"#),
    ("agreeOnSpokesperson", AGENDA, "Amina", r#"{"delegationId": "$north", "membershipId": "$bram"}"#),
    ("suspendParticipation", AGENDA, "Bram", r#"{"delegationId": "$north", "silenceMayProceed": true}"#),
    ("resumeParticipation", AGENDA, "Bram", r#"{"delegationId": "$north"}"#),
    ("breakSilence", AGENDA, "Chen", r#"{"silenceProcedureId": "$silence", "ground": "LINKAGE", "statement": " "}"#),
    ("withdrawSilenceProcedure", AGENDA, "Farid", r#"{"silenceProcedureId": "$silence"}"#),
    ("withdrawAgendaItem", AGENDA, "Amina", r#"{"agendaItemId": "$item"}"#),
    ("postNote", NOTES, "Amina", r#"{"sessionId": "$session", "body": " ", "visibility": "PRIVATE"}"#),
    ("reviseNote", NOTES, "Chen", r#"{"noteId": "$aside", "expectedVersion": 99, "body": "B"}"#),
    ("askToWithdrawNote", NOTES, "Farid", r#"{"noteId": "$note"}"#),
    ("releaseNote", NOTES, "Chen", r#"{"noteId": "$aside", "visibility": "PRIVATE"}"#),
    ("proposeParaphrase", NOTES, "Farid", r#"{"noteId": "$aside", "body": " ", "visibility": "GROUP"}"#),
    ("answerParaphrase", NOTES, "Chen", r#"{"paraphraseId": "$wording", "agree": false}"#),
    ("withdrawNote", NOTES, "Chen", r#"{"noteId": "$aside"}"#),
    ("openEarlierNotes", NOTES, "Farid", r#"{"membershipId": "$chen", "visibilities": []}"#),
    ("draftRecord", NOTES, "Rita", r#"{"sessionId": "$concluded", "text": "T", "expectedVersion": 99}"#),
    ("circulateRecord", NOTES, "Rita", r#"{"recordId": "$record", "expectedVersion": 99}"#),
    ("correctRecord", NOTES, "Amina", r#"{"recordId": "$record", "passage": "P"}"#),
    (
        "issueRecord",
        AGENDA,
        "Farid",
        r#"{"recordId": "$record", "deadline": "2027-04-01T08:00:00Z", "expectedVersion": 99}"#,
    ),
    ("recallRecord", AGENDA, "Farid", r#"{"recordId": "$record"}"#),
    ("objectToRecord", AGENDA, "Amina", r#"{"recordId": "$record", "ground": "LINKAGE", "statement": "S"}"#),
];

/// The world of the table: the ids that its inputs name.
async fn world(table: &Table) -> Vec<(&'static str, String)> {
    let id = |value: &Value| value["id"].as_str().expect("an id").to_owned();
    let text = |value: &Value| value.as_str().expect("an id").to_owned();
    let soon = |minutes: i64| (table.clock.now() + jiff::SignedDuration::from_mins(minutes)).to_string();
    let times = json!({ "attribution": "NAMED", "startsAt": soon(1), "endsAt": soon(30) });
    let session = table.olga.schedules(&table.water, times.clone()).await;
    let concluded = table.olga.schedules(&table.water, times).await;
    for person in [&table.olga, &table.farid, &table.rita, &table.amina, &table.bram, &table.chen] {
        person.answers(&session, "ACCEPTED").await;
    }
    let item = table.amina.proposes(&session, "Gauges").await;
    let contested = table.olga.proposes(&session, "Contested").await;
    let silence = table.farid.opens_silence(&contested, "2027-03-20T08:00:00Z").await;
    // While a session is on, what is said under the Rule comes out every five minutes.
    table.clock.passes("2m");
    let under_the_rule = json!({ "sessionId": session["id"], "body": "What nobody said.", "visibility": "GROUP",
        "attribution": "CHATHAM_HOUSE" });
    let note = table.chen.tries("postNote", under_the_rule).await.good()["postNote"]["note"].clone();
    table.passes("5m").await;
    let aside = table.chen.posts(&session, "FACILITATORS", "Aside.").await;
    let wording = json!({ "noteId": aside["id"], "body": "In other words.", "visibility": "GROUP" });
    let wording = table.farid.does("proposeParaphrase", wording).await;
    table.olga.does("concludeSession", json!({ "sessionId": concluded["id"], "expectedVersion": 1 })).await;
    let draft = json!({ "sessionId": concluded["id"], "text": "Of gauges." });
    let record = table.rita.tries("draftRecord", draft).await.good()["draftRecord"]["record"].clone();
    table.rita.does("circulateRecord", json!({ "recordId": record["id"], "expectedVersion": 1 })).await;
    let slots = json!([{ "startsAt": "2027-04-01T08:00:00Z", "endsAt": "2027-04-01T09:00:00Z" }]);
    let search = json!({ "workingGroupId": table.water["id"], "title": "T", "slots": slots });
    let search = table.olga.does("proposeDates", search).await;
    // The northern delegation's turn, and the southern one's at the other session.
    let order = json!({ "workingGroupId": table.water["id"], "expectedVersion": 1, "order": "ALPHABETICAL", "chairRotates": true });
    table.olga.does("agreeOnOrder", order).await;
    vec![
        ("$search", id(&search)),
        ("$water", id(&table.water)),
        ("$north", id(&table.north)),
        ("$amina", table.amina.id().to_owned()),
        ("$bram", text(table.seat("Bram"))),
        ("$chen", text(table.seat("Chen"))),
        ("$oskar", text(table.seat("Oskar"))),
        ("$session", id(&session)),
        ("$concluded", id(&concluded)),
        ("$item", id(&item)),
        ("$silence", id(&silence)),
        ("$note", id(&note)),
        ("$aside", id(&aside)),
        ("$wording", id(&wording)),
        ("$record", id(&record)),
    ]
}

/// The tokens that were made so far, by their person and scopes: of each person there are 50 at most.
#[derive(Default)]
struct Tokens(BTreeMap<(String, Vec<&'static str>), String>);

impl Tokens {
    async fn of(&mut self, table: &Table, person: &Person, scopes: &[&'static str]) -> String {
        let key = (person.name().to_owned(), scopes.to_vec());
        if let Some(token) = self.0.get(&key) {
            return token.clone();
        }
        table.clock.passes("1m");
        let input = json!({ "name": "N", "scopes": scopes });
        let made = person.signs_in().await.does("createPersonalAccessToken", input).await;
        self.0.entry(key).or_insert(made.as_str().expect("a token").to_owned()).clone()
    }
}

async fn tries(table: &Table, token: &str, mutation: &str, input: &Value) -> Vec<String> {
    let document = if input.is_null() {
        format!("mutation {{ {mutation} {{ __typename }} }}")
    } else {
        dipoli_testkit::mutation(mutation, "__typename")
    };
    table.door.ask("aalto", Some(token), &document, json!({ "input": input })).await.refusals()
}

async fn a_token_does_what_its_scopes_say_of_every_mutation(engine: Engine) {
    let of_schema: BTreeSet<_> = Sdl::checked_in().root_fields("Mutation").into_iter().map(|(name, _)| name).collect();
    let of_table: BTreeSet<_> = TABLE.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(of_table, of_schema, "every mutation stands in the table");

    let table = Table::set(engine).await;
    let ids = world(&table).await;
    let (mut tokens, mut wrong) = (Tokens::default(), Vec::new());
    for &(mutation, need, person, input) in TABLE {
        let input: Value = match input {
            "" => Value::Null,
            _ => serde_json::from_str(&ids.iter().fold(input.to_owned(), |text, (name, id)| text.replace(name, id)))
                .expect("JSON"),
        };
        // Nobody tries more than 120 times in a minute.
        table.clock.passes("1m");
        let person = table.people().into_iter().find(|other| other.name() == person);
        let has = |refusals: &[String], code: &str| refusals.iter().any(|refusal| refusal.starts_with(code));
        match (need, person) {
            (BeforeSignIn, _) => {}
            (Never, Some(person)) => {
                let all = tokens.of(&table, person, &SCOPES).await;
                let refusals = tries(&table, &all, mutation, &input).await;
                wrong.extend((refusals != ["FORBIDDEN"]).then(|| format!("{mutation} by any token: {refusals:?}")));
            }
            (Scope(scope), Some(person)) => {
                let others: Vec<_> = SCOPES.into_iter().filter(|other| *other != scope).collect();
                let without = tokens.of(&table, person, &others).await;
                let refusals = tries(&table, &without, mutation, &input).await;
                let is_stopped = has(&refusals, "FORBIDDEN") || has(&refusals, "NOT_FOUND");
                wrong.extend((!is_stopped).then(|| format!("{mutation} without {scope}: {refusals:?}")));
                let with = tokens.of(&table, person, &["SESSIONS_READ", "NOTES_READ", scope]).await;
                let refusals = tries(&table, &with, mutation, &input).await;
                let is_stopped = has(&refusals, "FORBIDDEN") || has(&refusals, "NOT_FOUND");
                wrong.extend(is_stopped.then(|| format!("{mutation} with {scope}: {refusals:?}")));
            }
            (_, None) => panic!("{mutation}: nobody has that name"),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

on_each_database!(a_token_does_what_its_scopes_say_of_every_mutation);
