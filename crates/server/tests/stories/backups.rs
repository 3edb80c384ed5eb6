//! A track is backed up while it is served, looked at beside itself, put back, and moved; what was destroyed stays so.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use dipoli_testkit::{Engine, FreshDatabase, Person, Table, World, on_each_database, postgres};
use serde_json::{Value, json};

fn dipoli(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dipoli"))
        .args(arguments)
        .arg("--data")
        .arg(data)
        .output()
        .expect("the program runs")
}

fn well(data: &Path, arguments: &[&str]) -> String {
    let output = dipoli(data, arguments);
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {told}");
    told
}

fn refused(data: &Path, arguments: &[&str], why: &str) {
    let output = dipoli(data, arguments);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
    assert!(told.contains(why), "{arguments:?}: {told}");
}

async fn at(world: &World, track: &str, person: &Person) -> Person {
    Person::arrives(&world.door, &world.clock, track, person.name(), person.email(), person.password()).await
}

async fn bodies(person: &Person, session: &Value) -> Vec<String> {
    let seen = person.node(&session["id"], "Session", "notes(first: 50) { nodes { body } }").await;
    let mut bodies: Vec<_> = seen["notes"]["nodes"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .map(|note| note["body"].as_str().unwrap_or_default().to_owned())
        .collect();
    bodies.sort_unstable();
    bodies
}

async fn a_copy_is_looked_at_beside_the_first(engine: Engine) {
    let table = Table::set(engine).await;
    let data = table.data();
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (keys, content) = (file("keys"), file("content"));
    let session = table.olga.schedules(&table.water, json!({})).await;
    table.amina.posts(&session, "GROUP", "Before").await;
    table.works().await;
    table.letters().take();

    // Both while it is served; neither is written over, and neither can be taken for the other.
    well(&data, &["backup", "aalto", "--to", &content]);
    well(&data, &["keys", "backup", "aalto", "--to", &keys]);
    refused(&data, &["backup", "aalto", "--to", &content], "exists");
    table.amina.posts(&session, "GROUP", "After").await;
    refused(&data, &["restore", "look", "--from", &keys, "--keys-from", &keys], "is no backup of a track's content");
    refused(&data, &["restore", "look", "--from", &content], "--keys-from");
    let cut = file("cut");
    let bytes = std::fs::read(&content).expect("a file");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).expect("a file");
    assert!(!dipoli(&data, &["restore", "look", "--from", &cut, "--keys-from", &keys]).status.success());
    assert!(!data.join("tracks/look").exists(), "nothing is left of it");

    // Under another slug; the first does not notice.
    let told = well(&data, &["restore", "look", "--from", &content, "--keys-from", &keys]);
    assert!(told.contains("look: restored; audit log: sound") && told.contains("for a look"), "{told}");
    let bram = at(&table, "look", &table.bram).await;
    assert_eq!(bodies(&bram, &session).await, ["Before"]);
    assert_eq!(bodies(&table.bram, &session).await, ["After", "Before"]);
    let spent = json!({ "refreshToken": table.bram.tokens().refresh });
    let document = dipoli_testkit::mutation("refreshTokens", dipoli_testkit::selection("refreshTokens"));
    table.door.ask("look", None, &document, json!({ "input": spent })).await.refused(&["UNAUTHENTICATED"]);
    table.bram.refreshes().await.good();
    table.clock.stands_at("2027-03-28T08:00:00Z");
    table.works().await;
    assert!(table.letters_of("look").take().is_empty(), "the copy reminds nobody");
    assert!(!table.letters().take().is_empty(), "the first does");
    refused(&data, &["restore", "look", "--from", &content, "--keys-from", &keys], "look");

    // What is destroyed later is readable in no older backup, by today's keys; nor are another's keys taken.
    well(&data, &["keys", "destroy-group", "aalto", "water", "--confirm", "water"]);
    let told = well(&data, &["restore", "later", "--from", &content, "--keys-of", "aalto"]);
    assert!(told.contains("came between"), "{told}");
    let bram = at(&table, "later", &table.bram).await;
    assert!(bodies(&bram, &session).await.is_empty());
    well(&data, &["track", "create", "saarinen", "--name", "A", "--admin-email", "a@example.org", "--admin-name", "A"]);
    refused(&data, &["restore", "other", "--from", &content, "--keys-of", "saarinen"], "do not belong together");
    assert!(!data.join("tracks/other").exists());
}

async fn a_lost_database_is_put_back_into_its_place(engine: Engine) {
    let mut table = Table::set(engine).await;
    let data = table.data();
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let session = table.olga.schedules(&table.water, json!({})).await;
    table.amina.posts(&session, "GROUP", "Kept").await;
    well(&data, &["backup", "aalto", "--to", &file("content")]);
    if engine == Engine::Postgres {
        return; // Its place is lost in the next story, with another one to go to.
    }
    refused(&data, &["restore", "aalto", "--from", &file("content")], "a server has the track aalto open");
    table.files().await;
    refused(&data, &["restore", "aalto", "--from", &file("content")], "is there already");
    for lost in ["track.db", "track.db-wal", "track.db-shm"] {
        // Those that are not there are lost already.
        let _ = std::fs::remove_file(table.track_folder("aalto").join(lost));
    }
    well(&data, &["restore", "aalto", "--from", &file("content")]);
    table.restarts().await;
    assert_eq!(bodies(&table.bram, &session).await, ["Kept"]);
    table.works().await;
    assert!(!table.letters().take().is_empty(), "what waited to be sent is sent");
}

async fn a_track_moves_and_everything_is_there(engine: Engine) {
    if postgres().is_none() {
        return;
    }
    let mut table = Table::set(engine).await;
    let data = table.data();
    let session = table.olga.schedules(&table.water, json!({})).await;
    let item = table.amina.proposes(&session, "Gauges").await;
    table.farid.adopts(&item).await;
    table.amina.posts(&session, "GROUP", "Said").await;
    let under_the_rule = json!({ "sessionId": session["id"], "visibility": "GROUP", "body": "Under the Rule",
        "attribution": "CHATHAM_HOUSE" });
    table.bram.does("postNote", under_the_rule).await;
    table.passes("24h").await;
    let databases = [FreshDatabase::make().await, FreshDatabase::make().await];
    let [content, keys] = [databases[0].url(), databases[1].url()];
    let there = ["track", "move", "aalto", "--database-url", &content, "--keys-url", &keys];
    let back = ["track", "move", "aalto", "--to-files"];
    let both = if engine == Engine::Sqlite { [&there[..], &back[..]] } else { [&back[..], &there[..]] };
    table.files().await;
    let before = table.content().await.counts().await;
    for arguments in both {
        let told = well(&data, arguments);
        assert!(told.contains("counts and digests agree") && told.contains("audit log: sound"), "{told}");
        refused(&data, arguments, "drop them first");
        table.restarts().await;
        assert_eq!(bodies(&table.farid, &session).await, ["Said", "Under the Rule"]);
        let agenda = table.oskar.node(&session["id"], "Session", "agenda { title }").await;
        assert_eq!(agenda["agenda"][0]["title"], "Gauges");
        table.files().await;
        well(&data, &["track", "move", "aalto", "--drop-old"]);
        refused(&data, &["track", "move", "aalto", "--drop-old"], "nothing is kept");
    }
    let on_postgres = dipoli_testkit::Raw::open(&content).await;
    match engine {
        Engine::Sqlite => {
            assert!(on_postgres.tables().await.is_empty(), "what was dropped is dropped");
            let after = table.content().await.counts().await;
            assert_eq!(after["note"], before["note"]);
            assert_eq!(after["outbox"], before["outbox"]);
        }
        Engine::Postgres => {
            assert!(!table.track_folder("aalto").join("track.db").exists());
            assert_eq!(on_postgres.counts().await["note"], before["note"]);
        }
    }
}

/// A move that is killed, at moments spread over all the time that one takes: it leaves a track that is well, or one that is
/// being moved and of which nothing is missing where it was; run again, it is where it should go, whole.
#[tokio::test]
async fn a_move_that_is_killed_is_completed() {
    const MOMENTS: u32 = 6;
    if postgres().is_none() {
        return;
    }
    let mut table = Table::set(Engine::Sqlite).await;
    let data = table.data();
    let session = table.olga.schedules(&table.water, json!({})).await;
    table.amina.posts(&session, "GROUP", "Said").await;
    let databases = [FreshDatabase::make().await, FreshDatabase::make().await];
    let [content, keys] = [databases[0].url(), databases[1].url()];
    let there = ["track", "move", "aalto", "--database-url", &content, "--keys-url", &keys];
    let back = ["track", "move", "aalto", "--to-files"];
    table.files().await;
    let expected = table.content().await.counts().await;
    let settings = table.track_folder("aalto").join("track.toml");
    let mut were_moving = 0;
    for arguments in [&there[..], &back[..]] {
        // How long one takes; the first of each kind is let be.
        let begun = Instant::now();
        well(&data, arguments);
        let whole = begun.elapsed();
        well(&data, &["track", "move", "aalto", "--drop-old"]);
        let opposite = if arguments == there { &back[..] } else { &there[..] };
        for moment in 1..=MOMENTS {
            well(&data, opposite);
            well(&data, &["track", "move", "aalto", "--drop-old"]);
            killed_after(&data, arguments, whole * moment / MOMENTS);
            if settings.is_file() {
                well(&data, &["track", "check", "aalto"]);
            } else {
                were_moving += 1;
            }
            let again = dipoli(&data, arguments);
            let told = String::from_utf8_lossy(&again.stderr).into_owned();
            // Where the kill came too late, it had arrived.
            assert!(again.status.success() || told.contains("drop them first"), "{moment}: {told}");
            well(&data, &["track", "check", "aalto"]);
            well(&data, &["track", "move", "aalto", "--drop-old"]);
        }
    }
    assert!(were_moving > 0, "none was killed while it moved");
    assert_eq!(table.content().await.counts().await, expected);
    table.restarts().await;
    assert_eq!(bodies(&table.farid, &session).await, ["Said"]);
}

/// Runs it, and kills it (SIGKILL) after so long.
fn killed_after(data: &Path, arguments: &[&str], moment: Duration) {
    let mut running = Command::new(env!("CARGO_BIN_EXE_dipoli"))
        .args(arguments)
        .arg("--data")
        .arg(data)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    std::thread::sleep(moment);
    running.kill().expect("it can be killed");
    running.wait().expect("it is gone");
}

async fn a_database_made_for_a_track_lets_nobody_else_in(engine: Engine) {
    if engine == Engine::Sqlite {
        return;
    }
    let server = postgres().expect("asked for on PostgreSQL alone");
    let admin = dipoli_testkit::Raw::open(&server).await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let url = |slug: &str, key: &str| {
        let text = std::fs::read_to_string(data.join("tracks").join(slug).join("track.toml")).expect("settings");
        let line = text.lines().find(|line| line.starts_with(key)).expect("an address").to_owned();
        line.split('"').nth(1).expect("quoted").to_owned()
    };
    let mut made = Vec::new();
    for slug in ["aalto", "saarinen"] {
        let arguments = ["--name", "A", "--admin-email", "a@example.org", "--admin-name", "A", "--postgres", &server];
        well(&data, &[&["track", "create", slug][..], &arguments[..]].concat());
        well(&data, &["track", "check", slug]);
        made.extend([url(slug, "database_url"), url(slug, "keys_url")]);
    }
    let name = |url: &str| url.rsplit('/').next().unwrap_or_default().to_owned();
    let role = |url: &str| url["postgres://".len()..].split(':').next().unwrap_or_default().to_owned();
    for url in &made {
        assert!(!url.contains("aalto") && !url.contains("saarinen"));
        for other in made.iter().filter(|other| role(other) != role(url)) {
            let may =
                format!("SELECT has_database_privilege('{}', '{}', 'CONNECT')::int::bigint", role(other), name(url));
            assert_eq!(admin.number(&may).await, 0);
        }
    }
    admin.run(&format!("GRANT CONNECT ON DATABASE {} TO PUBLIC", name(&made[0]))).await;
    let checked = dipoli(&data, &["track", "check", "aalto"]);
    assert!(!checked.status.success() && String::from_utf8_lossy(&checked.stdout).contains("everybody may connect"));
    well(&data, &["track", "check", "saarinen"]);
    for url in &made {
        admin.run(&format!("DROP DATABASE {} WITH (FORCE)", name(url))).await;
    }
    for role in [role(&made[0]), role(&made[2])] {
        admin.run(&format!("DROP ROLE {role}")).await;
    }
}

on_each_database!(
    a_copy_is_looked_at_beside_the_first,
    a_lost_database_is_put_back_into_its_place,
    a_track_moves_and_everything_is_there,
    a_database_made_for_a_track_lets_nobody_else_in,
);
