//! `dipoli serve` as a process of its own, spoken to over a socket: what is true of the whole program and not of a
//! router in a test.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
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

/// An answer that has not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(30);

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
        Self::serve_saying("trace", program, data)
    }

    /// The same, with a log that says so much: `info` at least, or it does not say where it serves.
    pub fn serve_saying(log: &str, program: &str, data: &Path) -> Self {
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .env("DIPOLI_LOG", log)
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

    /// Where its API is.
    pub fn address(&self) -> &str {
        &self.api
    }

    /// Its number, for signals.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal: `STOP`, `CONT`, `TERM`, …
    pub fn gets(&self, signal: &str) {
        let sent = Command::new("kill").args([&format!("-{signal}"), &self.id().to_string()]).status();
        assert!(sent.expect("kill is there").success());
    }

    /// Ends it at once, in the middle of whatever it does.
    pub fn is_killed(mut self) {
        self.child.kill().expect("it lives");
        self.child.wait().expect("it ends");
    }

    /// What it takes of the machine's memory, in KiB.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or_default()
    }

    /// Posts a document to a track.
    pub fn ask(&self, track: &str, token: Option<&str>, document: &str, variables: &Value) -> Answer {
        ask_at(&self.api, track, token, document, variables).expect("it answers")
    }

    /// Reads a page of the admin address.
    pub fn admin(&self, path: &str) -> Answer {
        self.try_admin(path).expect("it answers")
    }

    /// The same; an error where it does not answer.
    pub fn try_admin(&self, path: &str) -> io::Result<Answer> {
        exchange(&self.admin, &format!("GET {path} HTTP/1.1\r\n"), "")
    }

    /// Tells it to stop, and waits until it has.
    pub fn stops(self) -> (ExitStatus, String) {
        self.gets("TERM");
        self.ends()
    }

    /// Waits until it has stopped, without telling it once more: a second signal ends it at once.
    pub fn ends(mut self) -> (ExitStatus, String) {
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

/// Posts a document to a track of whatever listens at an address.
///
/// # Errors
/// `ConnectionRefused` where nothing was sent; anything else where it is not known what became of it.
pub fn ask_at(
    address: &str,
    track: &str,
    token: Option<&str>,
    document: &str,
    variables: &Value,
) -> io::Result<Answer> {
    let body = json!({ "query": document, "variables": variables }).to_string();
    let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let length = body.len();
    let head = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n{bearer}");
    exchange(address, &format!("POST /{track}/graphql HTTP/1.1\r\n{head}"), &body)
}

fn exchange(address: &str, head: &str, body: &str) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(address).map_err(|_| io::Error::from(io::ErrorKind::ConnectionRefused))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let cut_off = |_| io::Error::from(io::ErrorKind::UnexpectedEof);
    let request = format!("{head}Host: {address}\r\nConnection: close\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).map_err(cut_off)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(cut_off)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let headers: HeaderMap = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")))
        .collect();
    Ok(Answer::new(status, &headers, Bytes::copy_from_slice(body.as_bytes())))
}
