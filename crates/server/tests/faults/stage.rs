//! A track with some people in it, made and served by the program, whose tokens last for as long as a test does.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use dipoli_testkit::{Engine, FreshDatabase, Letters, Process, Raw, mutation, selection};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_dipoli");
/// Everybody's password.
pub const PASSWORD: &str = "seven bridges over the Daugava";

/// One track, `aalto`.
pub struct Stage {
    /// Tokens of those who may post.
    pub people: Vec<String>,
    /// The organizer's.
    pub organizer: String,
    pub group: Value,
    pub session: Value,
    pub content: String,
    folder: PathBuf,
    /// Dropped with the stage.
    _databases: Vec<FreshDatabase>,
    _folder: Option<TempDir>,
}

impl Stage {
    /// A track on an engine, with so many people who may post.
    pub async fn set(engine: Engine, people: usize) -> (Self, Process) {
        let folder = TempDir::new().expect("a folder");
        let databases = match engine {
            Engine::Sqlite => Vec::new(),
            Engine::Postgres => vec![FreshDatabase::make().await, FreshDatabase::make().await],
        };
        let urls: Vec<String> = databases.iter().map(FreshDatabase::url).collect();
        let (mut stage, process) = Self::at(folder.path(), &urls, people);
        stage._databases = databases;
        stage._folder = Some(folder);
        (stage, process)
    }

    /// The same in a folder, and with addresses, that are there.
    pub fn at(folder: &Path, urls: &[String], people: usize) -> (Self, Process) {
        let data = folder.join("data");
        make(&data, "aalto", urls);
        let content = urls
            .first()
            .cloned()
            .unwrap_or_else(|| format!("sqlite://{}", data.join("tracks").join("aalto").join("track.db").display()));
        let process = Process::serve(PROGRAM, &data);
        let mut stage = Self {
            people: Vec::new(),
            organizer: String::new(),
            group: Value::Null,
            session: Value::Null,
            content,
            folder: data,
            _databases: Vec::new(),
            _folder: None,
        };
        stage.fill(&process, people);
        (stage, process)
    }

    fn fill(&mut self, process: &Process, people: usize) {
        let ada = sign_in(process, "aalto", "ada@example.org", PASSWORD);
        let does = |token: &str, name: &str, input: Value| done(process, "aalto", Some(token), name, input);
        let group = does(&ada, "createWorkingGroup", json!({ "slug": "water", "name": "Water", "timeZone": "UTC" }));
        self.group = group["workingGroup"]["id"].clone();
        let mut tokens = Vec::new();
        for number in 0..=people {
            let role = if number == 0 { "ORGANIZER" } else { "PARTICIPANT" };
            let email = format!("p{number}@example.org");
            let seat = json!({ "workingGroupId": self.group, "email": email, "displayName": format!("P {number}"),
                "role": role });
            does(&ada, "addMember", seat);
            let token = self.invitation(&email);
            let accepted =
                done(process, "aalto", None, "acceptInvitation", json!({ "token": token, "password": PASSWORD }));
            tokens.push(accepted["accessToken"].as_str().expect("a token").to_owned());
        }
        self.organizer = tokens.remove(0);
        self.people = tokens;
        self.session = self.schedules(process);
    }

    /// One more session of the group.
    pub fn schedules(&self, process: &Process) -> Value {
        let session = json!({ "workingGroupId": self.group, "title": "Low water", "startsAt": "2036-03-29T08:00:00Z",
            "endsAt": "2036-03-29T10:00:00Z" });
        done(process, "aalto", Some(&self.organizer), "scheduleSession", session)["session"].clone()
    }

    /// From its next start on its mail goes to this relay.
    pub fn mails_to(&self, relay: SocketAddr) {
        let file = self.folder.join("tracks").join("aalto").join("track.toml");
        let text = fs::read_to_string(&file).expect("settings");
        let text = text.replace("[mail]\n", &format!("[mail]\nurl = \"smtp://{relay}\"\n"));
        fs::write(&file, text).expect("settings");
    }

    fn invitation(&self, email: &str) -> String {
        let letters = Letters::of(&self.folder.join("tracks").join("aalto"));
        let begun = Instant::now();
        loop {
            if let Some(token) = letters.to(email).iter().find_map(dipoli_testkit::Letter::token) {
                return token;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "a letter leaves soon");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Serves it, once more.
    pub fn serve(&self) -> Process {
        Process::serve(PROGRAM, &self.folder)
    }

    /// A command of the program over the same folder.
    pub fn dipoli(&self, arguments: &[&str]) -> Output {
        dipoli(&self.folder, arguments)
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The audit log is one chain, and nothing of it was touched.
    pub fn verifies(&self) {
        let verified = self.dipoli(&["audit", "verify", "aalto"]);
        let told =
            format!("{}{}", String::from_utf8_lossy(&verified.stdout), String::from_utf8_lossy(&verified.stderr));
        assert!(verified.status.success() && told.contains("sound"), "{told}");
    }

    /// The content, from below.
    pub async fn raw(&self) -> Raw {
        Raw::open(&self.content).await
    }
}

/// Makes a track whose tokens last for an hour.
pub fn make(data: &Path, slug: &str, urls: &[String]) {
    fs::create_dir_all(data.parent().expect("a folder")).expect("it can be made");
    let password = data.with_extension("password");
    fs::write(&password, PASSWORD).expect("a file");
    let password = password.display().to_string();
    let mut arguments = vec!["track", "create", slug, "--name", "A", "--admin-email", "ada@example.org"];
    arguments.extend(["--admin-name", "Ada", "--admin-password-file", &password]);
    if let [content, keys] = urls {
        arguments.extend(["--database-url", content, "--keys-url", keys]);
    }
    let made = dipoli(data, &arguments);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let file = data.join("tracks").join(slug).join("track.toml");
    let text = fs::read_to_string(&file).expect("settings");
    let text = text
        .replace("access_token_minutes = 5", "access_token_minutes = 60")
        .replace("per_second = 20", "per_second = 1000")
        .replace("second_factor = \"roles\"", "second_factor = \"optional\"");
    fs::write(&file, text).expect("settings");
    let file = data.join("dipoli.toml");
    let text = fs::read_to_string(&file).expect("settings");
    fs::write(&file, text.replace("burst = 10 ", "burst = 10000 ")).expect("settings");
}

/// Runs the program over a folder.
pub fn dipoli(data: &Path, arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).arg("--data").arg(data).output().expect("the program runs")
}

/// An access token.
pub fn sign_in(process: &Process, track: &str, email: &str, password: &str) -> String {
    let signed_in = done(process, track, None, "signIn", json!({ "email": email, "password": password }));
    signed_in["accessToken"].as_str().expect("a token").to_owned()
}

/// The administrator's.
pub fn sign_in_as_ada(process: &Process, track: &str) -> String {
    sign_in(process, track, "ada@example.org", PASSWORD)
}

/// One more sign-in of one who may post, from 1.
pub fn sign_in_as_one(process: &Process, number: usize) -> String {
    sign_in(process, "aalto", &format!("p{number}@example.org"), PASSWORD)
}

fn done(process: &Process, track: &str, token: Option<&str>, name: &str, input: Value) -> Value {
    let answer = process.ask(track, token, &mutation(name, selection(name)), &json!({ "input": input }));
    answer.good()[name].clone()
}
