//! `dipoli serve` as a process of its own, spoken to over a socket: what is true of the whole program and not of a
//! router in a test.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use axum::{body::Bytes, http::HeaderMap};
use serde_json::{Value, json};

use crate::Answer;

/// A serving process. It is ended with the value, if it has not ended before.
pub struct Process {
    child: Child,
    api: String,
    admin: String,
    told: Arc<Mutex<String>>,
}

impl Process {
    /// Starts the program over a data folder, on free ports, with its log as talkative as it can be made.
    pub fn serve(program: &str, data: &Path) -> Self {
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .env("DIPOLI_LOG", "trace")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let told = Arc::new(Mutex::new(String::new()));
        let mut lines = BufReader::new(child.stderr.take().expect("was piped")).lines().map_while(Result::ok);
        let serving = lines.find(|line| line.contains("Serving on")).expect("it says where it serves");
        let (api, admin) = addresses(&serving);
        let heard = Arc::clone(&told);
        thread::spawn(move || {
            for line in lines {
                heard.lock().unwrap_or_else(PoisonError::into_inner).push_str(&(line + "\n"));
            }
        });
        Self { child, api, admin, told }
    }

    /// All that it has said so far.
    pub fn told(&self) -> String {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Posts a document to a track.
    pub fn ask(&self, track: &str, token: Option<&str>, document: &str, variables: &Value) -> Answer {
        let body = json!({ "query": document, "variables": variables }).to_string();
        let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let length = body.len();
        let head = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n{bearer}");
        exchange(&self.api, &format!("POST /{track}/graphql HTTP/1.1\r\n{head}"), &body)
    }

    /// Reads a page of the admin address.
    pub fn admin(&self, path: &str) -> Answer {
        exchange(&self.admin, &format!("GET {path} HTTP/1.1\r\n"), "")
    }

    /// Tells it to stop, and waits until it has.
    pub fn stops(mut self) -> (ExitStatus, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill is there").success());
        let status = self.child.wait().expect("it ends");
        // What it said last is still being read.
        thread::sleep(Duration::from_millis(50));
        (status, self.told())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The two addresses of `Serving on ADDR, admin on ADDR; …`.
fn addresses(line: &str) -> (String, String) {
    let after = |mark: &str| {
        let rest = line.split_once(mark).map(|(_, rest)| rest).unwrap_or_default();
        rest.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ':')).collect()
    };
    (after("Serving on "), after("admin on "))
}

fn exchange(address: &str, head: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let request = format!("{head}Host: {address}\r\nConnection: close\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let headers: HeaderMap = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")))
        .collect();
    Answer::new(status, &headers, Bytes::copy_from_slice(body.as_bytes()))
}
