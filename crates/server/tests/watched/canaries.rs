//! Nothing confidential lies about in clear (N-09, N-10): words that stand nowhere else are written into every text
//! there is, and then every file, every table, every letter and every line that the process says is searched for them.

use std::path::Path;

use dipoli_testkit::{Authenticator, Engine, Person, World, merged, on_each_database};
use serde_json::{Value, json};

use crate::saying;

/// Bytes as text that can be searched: a character each, in lower case.
fn searchable(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(byte.to_ascii_lowercase())).collect()
}

/// Whether a searchable text holds a canary, each of whose characters is a byte: in clear, in UTF-16, or in hexadecimal
/// digits.
fn holds(text: &str, canary: &str) -> bool {
    let bytes: Vec<u8> = canary.chars().map(|c| u8::try_from(c).expect("a character is a byte")).collect();
    let utf16: Vec<u8> = bytes.iter().flat_map(|byte| [*byte, 0]).collect();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [searchable(&bytes), searchable(&utf16), hex].iter().any(|form| text.contains(form.as_str()))
}

/// The words, the same in every run: a canary that is found says where it came from.
const GROUP: [&str; 4] = ["kanarslug", "Kanarname", "Kanarmandate", "Kanardelegation"];
const SESSION: [&str; 5] = ["Kanartitle", "Kanarpurpose", "Kanarvenue", "kanarlink", "Kanarreason"];
const ITEM: [&str; 2] = ["Kanaritem", "Kanardescription"];
const NOTES: [&str; 6] =
    ["Kanargroupnote", "Kanarsidenote", "Kanarcaucus", "Kanarprivate", "Kanarrevised", "Kanarwithdrawn"];
/// Under the Rule, and in the caucus: posted, revised, to the facilitators, and a wording of that.
const UNDER_THE_RULE: [&str; 4] = ["Kanarunnamed", "Kanarreworded", "Kanaraside", "Kanarparaphrase"];
const PEOPLE: [&str; 4] = ["Kanarova", "kanarova@kanarmail.example", "Kanarministry", "Kanargivenname"];
const SECRETS: [&str; 3] = ["kanar password nobody guesses", "kanar-idempotency-key", "kanar-key-under-the-rule"];

async fn written(world: &World) -> Vec<String> {
    let ada = world.administrator("aalto").await;
    let group = json!({ "slug": GROUP[0], "name": GROUP[1], "mandate": GROUP[2], "timeZone": "Europe/Minsk",
        "defaultAttribution": "NAMED" });
    let group = ada.does("createWorkingGroup", group).await;
    let side = ada.adds_delegation(&group, GROUP[3]).await;
    let person = json!({ "email": PEOPLE[1], "displayName": PEOPLE[0], "affiliation": PEOPLE[2] });
    ada.does("invitePerson", person).await;
    ada.does(
        "addMember",
        json!({ "workingGroupId": group["id"], "email": PEOPLE[1], "displayName": PEOPLE[3],
        "role": "PARTICIPANT", "delegationId": side["id"] }),
    )
    .await;
    world.works().await;
    let invitation = world.letters().to(PEOPLE[1]).iter().find_map(dipoli_testkit::Letter::token).expect("invited");
    let accept = json!({ "token": invitation, "password": SECRETS[0] });
    let document = dipoli_testkit::mutation("acceptInvitation", dipoli_testkit::selection("acceptInvitation"));
    let answer = world.door.ask("aalto", None, &document, json!({ "input": accept })).await;
    let tokens = dipoli_testkit::Tokens::of(&answer.good()["acceptInvitation"]);

    let olga = world.invites(&ada, "aalto", "Olga").await;
    ada.seats(&group, &olga, "ORGANIZER", None).await;
    let farid = world.invites(&ada, "aalto", "Farid").await;
    ada.seats(&group, &farid, "FACILITATOR", None).await;
    let session = json!({ "title": SESSION[0], "purpose": SESSION[1], "venue": SESSION[2],
        "joinUrl": format!("https://{}.example/room", SESSION[3]), "idempotencyKey": SECRETS[1] });
    let session = olga.schedules(&group, session).await;
    let session_id = json!({ "sessionId": session["id"] });
    let kanarova = Person::arrives(&world.door, &world.clock, "aalto", "Kanarova", PEOPLE[1], SECRETS[0]).await;
    let them = async |input: Value, name: &str| kanarova.tries(name, input).await.good()[name].clone();
    let item = merged(session_id.clone(), json!({ "title": ITEM[0], "description": ITEM[1] }));
    them(item, "proposeAgendaItem").await;
    let mut last = Value::Null;
    for (body, visibility) in NOTES.iter().zip(["GROUP", "DELEGATION", "FACILITATORS", "PRIVATE", "GROUP", "GROUP"]) {
        let note = json!({ "body": body, "visibility": visibility, "attribution": "NAMED" });
        last = them(merged(session_id.clone(), note), "postNote").await;
    }
    them(json!({ "noteId": last["note"]["id"] }), "withdrawNote").await;
    let under_the_rule = |body: &str, visibility: &str, key: &str| {
        let note =
            json!({ "body": body, "visibility": visibility, "attribution": "CHATHAM_HOUSE", "idempotencyKey": key });
        merged(session_id.clone(), note)
    };
    let posted = them(under_the_rule(UNDER_THE_RULE[0], "GROUP", SECRETS[2]), "postNote").await;
    let aside = them(under_the_rule(UNDER_THE_RULE[2], "FACILITATORS", "another key under the rule"), "postNote").await;
    world.passes("24h").await;
    let of = |posted: &Value| json!({ "noteId": posted["note"]["id"], "editSecret": posted["editSecret"] });
    let revised = merged(of(&posted), json!({ "body": UNDER_THE_RULE[1], "expectedVersion": 1 }));
    them(revised, "reviseNote").await;
    let wording = json!({ "noteId": aside["note"]["id"], "body": UNDER_THE_RULE[3], "visibility": "GROUP" });
    let wording = farid.does("proposeParaphrase", wording).await;
    let agreed = json!({ "paraphraseId": wording["id"], "agree": true, "editSecret": aside["editSecret"] });
    them(agreed, "answerParaphrase").await;
    them(merged(of(&aside), json!({ "visibility": "GROUP" })), "releaseNote").await;
    world.passes("24h").await;
    let seen = olga.node(&session["id"], "Session", "notes(first: 100) { nodes { body } }").await.to_string();
    assert!([1, 2, 3].iter().all(|told| seen.contains(UNDER_THE_RULE[*told])), "they came out: {seen}");
    let cancelled = olga.schedules(&group, json!({})).await;
    let cancel = json!({ "sessionId": cancelled["id"], "expectedVersion": 1, "reason": SESSION[4] });
    olga.does("cancelSession", cancel).await;
    world.passes("22d").await;
    let secret = |posted: &Value| posted["editSecret"].as_str().expect("a secret").to_owned();
    let mut secrets = vec![tokens.access, tokens.refresh, invitation, olga.tokens().refresh, secret(&posted)];
    secrets.push(secret(&aside));
    secrets.extend(proofs(world, &olga).await);
    secrets
}

/// What somebody proves themself with: a seed as it is typed and as it is counted with, recovery codes with and without
/// their hyphens, used and not, and the token of a program.
async fn proofs(world: &World, person: &Person) -> Vec<String> {
    person.signs_in().await;
    let begun = person.reads("mutation { setUpSecondFactor { seed } }", json!({})).await;
    let seed = begun["setUpSecondFactor"]["seed"].as_str().expect("a seed").to_owned();
    let authenticator = Authenticator::of(&seed);
    let raw = authenticator.seed().iter().copied().map(char::from).collect();
    let confirm = json!({ "code": authenticator.shows(world.clock.now()) });
    let confirmed = person.tries("confirmSecondFactor", confirm).await.good()["confirmSecondFactor"].clone();
    let codes = confirmed["recoveryCodes"].as_array().expect("codes").clone();
    let codes: Vec<String> = codes.iter().map(|code| code.as_str().expect("a code").to_owned()).collect();
    let program = json!({ "name": "Calendar", "scopes": ["SESSIONS_READ"] });
    let program = person.does("createPersonalAccessToken", program).await;
    let program = program.as_str().expect("a token").to_owned();
    let document = "{ viewer { memberships { totalCount } } }";
    world.door.ask("aalto", Some(&program), document, json!({})).await.good();
    world.clock.passes("1m");
    let sign_in = json!({ "email": person.email(), "password": person.password(), "oneTimeCode": codes[0] });
    let document = dipoli_testkit::mutation("signIn", dipoli_testkit::selection("signIn"));
    world.door.ask("aalto", None, &document, json!({ "input": sign_in })).await.good();
    let ungrouped = codes.iter().map(|code| code.replace('-', ""));
    let ungrouped: Vec<_> = ungrouped.collect();
    [vec![seed, raw, program], codes, ungrouped].concat()
}

fn canaries(tokens: &[String]) -> Vec<String> {
    let words = [&GROUP[..], &SESSION, &ITEM, &NOTES, &UNDER_THE_RULE, &PEOPLE, &SECRETS].concat();
    words.into_iter().map(str::to_owned).chain(tokens.iter().cloned()).collect()
}

/// A letter holds its recipient's name and address, and where it must its own token; no more of what was written.
fn may_hold(file: &Path, canary: &str, tokens: &[String]) -> bool {
    let is_letter = file.extension().is_some_and(|kind| kind == "eml");
    let own = PEOPLE.contains(&canary) && canary != PEOPLE[2] || tokens.get(2).is_some_and(|token| token == canary);
    is_letter && own
}

async fn nothing_lies_about_in_clear(engine: Engine) {
    let _alone = saying::listen().await;
    let smallest = [("notes.smallest_anonymity_set", "3".to_owned())];
    let mut world = World::with_settings(engine, &["aalto"], &smallest).await;
    let tokens = written(&world).await;
    let canaries = canaries(&tokens);
    let said = saying::said();
    assert!(said.len() > 1_000, "the process was heard");
    let text = searchable(said.as_bytes());
    let mut found: Vec<_> =
        canaries.iter().filter(|canary| holds(&text, canary)).map(|canary| format!("{canary} was said")).collect();
    for (name, raw) in [("content", world.content().await), ("keys", world.keys_of("aalto").await)] {
        let dump = raw.dump().await;
        assert!(dump.len() > 100, "{name} was read");
        let text = searchable(dump.as_bytes());
        found.extend(canaries.iter().filter(|canary| holds(&text, canary)).map(|canary| format!("{canary} in {name}")));
    }
    let before = on_disk(&world.data());
    let after = world.files().await;
    assert!(after.len() > 5, "the folder was read");
    for (file, bytes) in before.iter().chain(&after) {
        let text = searchable(bytes);
        for canary in canaries.iter().filter(|canary| holds(&text, canary) && !may_hold(file, canary, &tokens)) {
            found.push(format!("{canary} in {}", file.display()));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// The files as they are while the server runs, write-ahead logs among them.
fn on_disk(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(on_disk(&path));
        } else {
            let bytes = std::fs::read(&path).expect("a file");
            files.push((path, bytes));
        }
    }
    files
}

#[test]
fn a_canary_is_found_where_it_is() {
    for text in ["…Kanartitle…", "KANARTITLE", "4b616E61727469746c65"] {
        assert!(holds(&searchable(text.as_bytes()), "Kanartitle"), "{text}");
    }
    let utf16: Vec<u8> = "Kanartitle".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(holds(&searchable(&utf16), "Kanartitle") && !holds("kanar title", "Kanartitle"));
}

on_each_database!(nothing_lies_about_in_clear);
