//! Keys change under everyone's hands and nobody notices; what is destroyed is gone for everyone, and nothing else is.

use std::{
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use dipoli_app::keys::{self, statement};
use dipoli_testkit::{Door, Engine, Person, Process, Table, World, mutation, on_each_database, selection};
use serde_json::{Value, json};

const WHO: &str = "{ viewer { person { id } } }";

/// Which key signed a token.
fn kid(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap_or_default()).expect("a header");
    serde_json::from_slice::<Value>(&header).expect("JSON")["kid"].to_string()
}

async fn with_a_fresh_token(person: &Person) -> String {
    person.refreshes().await.good();
    person.tokens().access
}

async fn keys_change_and_nobody_notices(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let note = table.amina.posts(&session, "GROUP", "Before").await;
    let old = with_a_fresh_token(&table.amina).await;
    keys::rotate(&table.server().track("aalto").await).await.expect("keys rotate");
    // On PostgreSQL, another server has read its keys before; on files there is one server.
    let other = if engine == Engine::Postgres { Some(table.another_server().await) } else { None };

    table.passes("9m").await;
    let waiting = with_a_fresh_token(&table.amina).await;
    assert_eq!(kid(&waiting), kid(&old), "the new key is accepted for ten minutes before it signs");
    table.passes("1m").await;
    let new = with_a_fresh_token(&table.amina).await;
    assert_ne!(kid(&new), kid(&old));
    for door in [Some(table.door.clone()), other.as_ref().map(Door::to)].into_iter().flatten() {
        for token in [&waiting, &new] {
            door.ask("aalto", Some(token), WHO, json!({})).await.good();
        }
    }
    let seen = table.bram.node(&note["id"], "Note", "body").await;
    assert_eq!(seen["body"], "Before");
    let content = table.content().await;
    let keys = table.keys_of("aalto").await;
    assert_eq!(keys.number("SELECT count(*) FROM wrapped_key WHERE state = 'retained'").await, 0);
    assert_eq!(content.number("SELECT count(*) FROM audit_event WHERE action = 'integrity.failed'").await, 0);

    // The retired key goes when its last token has run out.
    table.passes("62m").await;
    let of_tokens = "SELECT state FROM signing_key WHERE purpose = 'access' ORDER BY state";
    assert_eq!(keys.texts(of_tokens).await, ["active", "destroyed"]);
    table.amina.reads(WHO, json!({})).await;
    if let Some(other) = other {
        other.stop().await;
    }
}

async fn a_group_that_was_destroyed_is_not_there_for_anyone(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    let note = table.amina.posts(&session, "GROUP", "What was said").await;
    let track = table.server().track("aalto").await;
    let group = keys::group_named(&track, "water").await.expect("it answers").expect("a group");
    let told = keys::destroy_group(&track, group).await.expect("it is destroyed");
    assert!(told.text().contains(&group.to_string()) && told.text().contains("unreadable: 1 in note\n"));
    assert!(statement::verify(told.text()).is_ok());
    let forged = told.text().replace("1 in note", "0 in note");
    assert_eq!(statement::verify(&forged), Err(statement::NotGenuine::Signature));

    for person in table.people() {
        for (kind, id) in [("WorkingGroup", &table.water["id"]), ("Session", &session["id"]), ("Note", &note["id"])] {
            assert!(person.node(id, kind, "id").await.is_null(), "{} finds a {kind}", person.name());
        }
        assert!(person.node(table.seat("Chen"), "Membership", "role").await.is_null(), "{}", person.name());
    }
    let seats = table.amina.reads("{ viewer { memberships { totalCount nodes { id } } } }", json!({})).await;
    assert_eq!(seats["viewer"]["memberships"]["totalCount"], 0);
    let groups = table.ada.reads("{ workingGroups { totalCount nodes { slug } } }", json!({})).await;
    assert_eq!(groups["workingGroups"], json!({ "totalCount": 1, "nodes": [{ "slug": "trade" }] }));
    let input = json!({ "sessionId": session["id"], "body": "Late", "visibility": "PRIVATE" });
    table.amina.tries("postNote", input).await.refused(&["NOT_FOUND sessionId"]);
    table.ada.convenes("water").await;

    // Somebody invited to it signs in; what was to be sent of it is not.
    let token = table.invitation.token().expect("he was invited");
    let piet = Person::accepts(&table.door, &table.clock, "aalto", "Piet", "piet@example.org", &token).await;
    piet.reads(WHO, json!({})).await;
    table.letters().take();
    table.clock.stands_at("2027-03-28T08:00:00Z");
    table.works().await;
    assert!(table.letters().take().is_empty(), "nobody is reminded");
    let noise = "SELECT count(*) FROM audit_event WHERE action = 'integrity.failed'";
    assert_eq!(table.content().await.number(noise).await, 0);
    let next = table.zoe.schedules(&table.trade, json!({})).await;
    assert_eq!(table.zoe.node(&next["id"], "Session", "title").await["title"], "Third round");
}

/// Runs the program with something typed into it.
fn dipoli(data: &Path, arguments: &[&str], typed: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dipoli"))
        .args(arguments)
        .arg("--data")
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("was piped");
    // It may not ask at all.
    let _ = stdin.write_all(typed.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Starts the program and kills it after a while, at whatever step it is; whether it had ended by itself.
fn is_killed_after(data: &Path, arguments: &[&str], life: Duration) -> bool {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dipoli"))
        .args(arguments)
        .arg("--data")
        .arg(data)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    std::thread::sleep(life);
    let ended = child.try_wait().expect("it can be asked").is_some();
    // SIGKILL: nothing in the program hears of it.
    let _ = child.kill();
    child.wait().expect("it ends");
    ended
}

async fn a_group_is_destroyed_by_its_name_alone(engine: Engine) {
    if engine == Engine::Postgres {
        // The same, but for half a minute in which servers let go.
        return;
    }
    let mut table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    table.amina.posts(&session, "GROUP", "What was said").await;
    table.files().await;
    let data = table.data();
    let file = data.join("statement.txt");
    let named = file.to_string_lossy().into_owned();
    let destroy = ["keys", "destroy-group", "aalto", "water", "--statement", &named];
    for wrong in ["", "aalto\n", "waters\n"] {
        assert_eq!(dipoli(&data, &destroy, wrong).status.code(), Some(1), "{wrong}");
    }
    assert!(!file.exists(), "nothing was done");
    let done = dipoli(&data, &destroy, "water\n");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(said(&done).trim_end(), std::fs::read_to_string(&file).expect("it was written").trim_end());
    let verified = Command::new(env!("CARGO_BIN_EXE_dipoli")).args(["keys", "verify-statement"]).arg(&file).output();
    let verified = said(&verified.expect("it runs"));
    let key = verified.strip_prefix("genuine; signed by ").expect("genuine").trim_end();
    let checked = said(&dipoli(&data, &["track", "check", "aalto"], ""));
    assert!(checked.contains(key) && checked.contains("groups destroyed: 1"), "{checked}");
    assert!(dipoli(&data, &["audit", "verify", "aalto"], "").status.success());
    table.restarts().await;
    assert!(table.amina.node(&session["id"], "Session", "title").await.is_null());
}

/// Killed at any moment, the next rotation goes on, and no row is lost.
async fn a_rotation_survives_being_killed(engine: Engine) {
    if engine == Engine::Postgres {
        // Each would wait for a minute; the steps themselves are tried one by one on both databases in the store.
        return;
    }
    let mut table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    for number in 0..250 {
        if number % 100 == 0 {
            // Nobody tries more than 120 times in a minute.
            table.clock.passes("1m");
        }
        table.amina.posts(&session, "GROUP", &format!("Note {number}")).await;
    }
    table.files().await;
    let data = table.data();
    for life in (20..400).step_by(45) {
        is_killed_after(&data, &["keys", "rotate", "aalto"], Duration::from_millis(life));
    }
    let done = dipoli(&data, &["keys", "rotate", "aalto"], "");
    assert!(done.status.success(), "{}{}", said(&done), String::from_utf8_lossy(&done.stderr));
    let keys = table.keys_of("aalto").await;
    let states = "SELECT DISTINCT state FROM wrapped_key ORDER BY state";
    assert_eq!(keys.texts(states).await, ["active", "destroyed"]);
    assert_eq!(keys.number("SELECT count(*) FROM signing_key WHERE state = 'pending'").await, 2);
    table.restarts().await;
    let notes = "notes(first: 100) { totalCount nodes { body } }";
    let seen = table.bram.node(&session["id"], "Session", notes).await;
    assert_eq!(seen["notes"]["totalCount"], 250);
    assert_eq!(seen["notes"]["nodes"].as_array().map(Vec::len), Some(100), "each of them opens");
    assert!(dipoli(&data, &["audit", "verify", "aalto"], "").status.success());
}

async fn a_track_is_destroyed_whole_however_often_it_is_killed(engine: Engine) {
    let mut world = World::with_tracks(engine, &["aalto", "saarinen"]).await;
    world.administrator("aalto").await.convenes("water").await;
    let wrapped = world.keys_of("aalto").await.bytes("SELECT wrapped FROM wrapped_key").await;
    world.files().await;
    let data = world.data();
    let destroy = ["track", "destroy", "aalto", "--confirm", "aalto"];
    assert_eq!(dipoli(&data, &["track", "destroy", "aalto"], "saarinen\n").status.code(), Some(1));
    assert!(world.track_folder("aalto").join("track.toml").exists(), "nothing was done");
    for life in [50, 100, 150, 200, 250, 300, 400] {
        is_killed_after(&data, &destroy, Duration::from_millis(life));
    }
    if world.track_folder("aalto").exists() {
        let done = dipoli(&data, &destroy, "");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let told = said(&done);
        assert!(statement::verify(&told).is_ok() && told.contains("what: the whole track"), "{told}");
    }
    assert!(!world.track_folder("aalto").exists());
    if engine == Engine::Postgres {
        assert!(world.keys_of("aalto").await.tables().await.is_empty());
        assert!(world.content_of("aalto").await.tables().await.is_empty());
    }
    world.restarts().await;
    for (path, bytes) in world.files().await {
        let holds = |key: &Vec<u8>| bytes.windows(key.len()).any(|window| window == key);
        assert!(!wrapped.iter().any(holds), "{}", path.display());
    }
    world.restarts().await;
    let document = mutation("signIn", selection("signIn"));
    let input = json!({ "input": { "email": "ada@example.org", "password": "a long enough password" } });
    let here = world.door.ask("aalto", None, &document, input.clone()).await;
    assert_eq!(here.bytes(), world.door.ask("nowhere", None, &document, input).await.bytes());
    world.administrator("saarinen").await.reads(WHO, json!({})).await;
}

async fn a_server_that_runs_lets_a_track_go(engine: Engine) {
    let mut world = World::with_tracks(engine, &["aalto", "saarinen"]).await;
    let people = [world.administrator("aalto").await, world.administrator("saarinen").await];
    world.files().await;
    let process = Process::serve(env!("CARGO_BIN_EXE_dipoli"), &world.data());
    let who = |track: &str, person: &Person| {
        let input = json!({ "input": { "email": person.email(), "password": person.password() } });
        process.ask(track, None, &mutation("signIn", selection("signIn")), &input)
    };
    for (track, person) in ["aalto", "saarinen"].into_iter().zip(&people) {
        who(track, person).good();
    }
    let done = dipoli(&world.data(), &["track", "destroy", "aalto", "--confirm", "aalto"], "");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(!world.track_folder("aalto").exists());
    assert_eq!(who("aalto", &people[0]).bytes().2, who("nowhere", &people[0]).bytes().2);
    who("saarinen", &people[1]).good();
    let (status, told) = process.stops();
    assert_eq!(status.code(), Some(0), "{told}");
    assert!(!world.track_folder("aalto").exists(), "nothing is made anew");
}

/// A track is closed: what was agreed goes along, and nothing else is left (procedures 14).
async fn a_track_is_closed_and_what_was_agreed_goes_along(engine: Engine) {
    let mut table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({ "attribution": "NAMED" })).await;
    let item = table.farid.adopts(&table.amina.proposes(&session, "Gauges at both banks").await).await;
    table.chen.does("attachStatement", json!({ "agendaItemId": item["id"], "text": "Both alike." })).await;
    table.amina.proposes(&session, "Fish").await;
    table.amina.posts(&session, "GROUP", "What was said").await;
    let other = json!({ "startsAt": "2027-03-02T09:00:00Z", "endsAt": "2027-03-02T10:00:00Z", "attribution": "NAMED" });
    let other = table.olga.schedules(&table.water, other).await;
    let drafted = json!({ "sessionId": other["id"], "text": "It was said that gauges rust." });
    table.rita.does("draftRecord", drafted).await;
    let empty = table.zoe.schedules(&table.trade, json!({})).await;
    table.clock.stands_at("2027-03-02T11:00:00Z");
    table.farid.does("concludeSession", json!({ "sessionId": other["id"], "expectedVersion": 1 })).await;
    let record = table.rita.node(&other["id"], "Session", "record { id version }").await["record"].take();
    let circulate = json!({ "recordId": record["id"], "expectedVersion": 1 });
    table.rita.does("circulateRecord", circulate).await;
    let issue = json!({ "recordId": record["id"], "expectedVersion": 2, "deadline": "2027-03-06T11:00:00Z" });
    table.farid.does("issueRecord", issue).await;
    table.clock.stands_at("2027-03-06T11:00:10Z");
    table.works().await;
    // Nobody watched it until then: it was given more time, once.
    table.passes("73h").await;
    table.files().await;

    let data = table.data();
    let along = data.join("along");
    let path = along.to_string_lossy().into_owned();
    let close = ["track", "close", "aalto", "--export", &path];
    assert_eq!(dipoli(&data, &close, "saarinen\n").status.code(), Some(1));
    assert!(!along.exists(), "nothing was done");
    let done = dipoli(&data, &close, "aalto\n");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(statement::verify(&said(&done)).is_ok(), "{}", said(&done));
    assert!(!data.join("tracks/aalto").exists());

    let id = |value: &serde_json::Value| value["id"].as_str().expect("an id").to_owned();
    let mut names: Vec<String> = std::fs::read_dir(&along)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort_unstable();
    let (agenda, issued) = (format!("2027-03-29-{}", id(&session)), format!("2027-03-02-{}", id(&other)));
    let expected: Vec<String> =
        [&issued, &agenda].iter().flat_map(|name| [format!("{name}.html"), format!("{name}.md")]).collect();
    assert_eq!(names, expected, "not {}", id(&empty));
    let read = |name: &str| std::fs::read_to_string(along.join(name)).expect("it was written");
    for ending in ["md", "html"] {
        let agenda = read(&format!("{agenda}.{ending}"));
        for stands in ["Adopted agenda: Third round", "Gauges at both banks", "Both alike.", "statement of South"] {
            assert!(agenda.contains(stands), "{stands} in {agenda}");
        }
        let issued = read(&format!("{issued}.{ending}"));
        assert!(issued.contains("It was said that gauges rust.") && issued.contains("Issued by silence"), "{issued}");
        for hidden in ["Fish", "What was said", "Amina", "Chen", "Olga"] {
            assert!(!agenda.contains(hidden) && !issued.contains(hidden), "{hidden}");
        }
    }
}

on_each_database!(
    a_track_is_closed_and_what_was_agreed_goes_along,
    a_server_that_runs_lets_a_track_go,
    keys_change_and_nobody_notices,
    a_group_that_was_destroyed_is_not_there_for_anyone,
    a_group_is_destroyed_by_its_name_alone,
    a_rotation_survives_being_killed,
    a_track_is_destroyed_whole_however_often_it_is_killed,
);
