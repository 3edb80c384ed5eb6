//! Letters as their recipients find them: read back from the track's outbox folder by a parser that is not ours.

use std::{
    fs,
    path::{Path, PathBuf},
};

use mail_parser::{MessageParser, MimeHeaders};

/// One delivered letter.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Whom it went to.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its Message-ID.
    pub message_id: String,
    /// Its text part.
    pub text: String,
    /// Its calendar part, unfolded, if it has one.
    pub calendar: Option<String>,
    /// When it was written: seconds since 1970.
    pub written_at: i64,
    /// All of it, as it was sent.
    pub raw: String,
    file: PathBuf,
}

impl Letter {
    fn read(file: PathBuf) -> Self {
        let raw = fs::read(&file).expect("a letter is there until someone takes it");
        let message = MessageParser::default().parse(&raw).expect("a letter is a message");
        let to = message.to().and_then(|to| to.first()).and_then(|to| to.address()).expect("a recipient");
        let calendar = message.parts.iter().find(|part| {
            part.content_type().is_some_and(|kind| kind.ctype() == "text" && kind.subtype() == Some("calendar"))
        });
        Self {
            to: to.to_owned(),
            subject: message.subject().unwrap_or_default().to_owned(),
            message_id: message.message_id().unwrap_or_default().to_owned(),
            text: message.body_text(0).unwrap_or_default().into_owned(),
            calendar: calendar.and_then(|part| part.text_contents()).map(unfolded),
            written_at: message.date().map(mail_parser::DateTime::to_timestamp).unwrap_or_default(),
            raw: String::from_utf8_lossy(&raw).into_owned(),
            file,
        }
    }

    /// The single-use token: 43 characters of base64url, alone on a line of the text part.
    pub fn token(&self) -> Option<String> {
        let is_token = |line: &&str| {
            line.len() == 43 && line.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        self.text.lines().find(is_token).map(str::to_owned)
    }

    /// The value of a calendar property, whatever its parameters.
    pub fn calendar_property(&self, name: &str) -> Option<&str> {
        self.calendar.as_deref()?.lines().find_map(|line| {
            let rest = line.strip_prefix(name)?;
            rest.starts_with([':', ';']).then(|| rest.split_once(':').map(|(_, value)| value))?
        })
    }
}

/// A track's outbox folder.
#[derive(Clone, Debug)]
pub struct Letters(PathBuf);

impl Letters {
    /// Of the track in that folder.
    pub fn of(track: &Path) -> Self {
        Self(track.join("outbox"))
    }

    /// All letters that were delivered and not taken yet, the earliest written first.
    pub fn all(&self) -> Vec<Letter> {
        let files = fs::read_dir(&self.0).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut letters: Vec<_> =
            files.filter(|file| file.extension().is_some_and(|kind| kind == "eml")).map(Letter::read).collect();
        letters.sort_by(|a, b| (a.written_at, &a.file).cmp(&(b.written_at, &b.file)));
        letters
    }

    /// Those to one address.
    pub fn to(&self, address: &str) -> Vec<Letter> {
        self.all().into_iter().filter(|letter| letter.to.eq_ignore_ascii_case(address)).collect()
    }

    /// All letters; they leave the folder, so that what comes next is new.
    pub fn take(&self) -> Vec<Letter> {
        let letters = self.all();
        for letter in &letters {
            fs::remove_file(&letter.file).expect("a letter can be taken");
        }
        letters
    }
}

/// RFC 5545 §3.1: a line that begins with a space goes on with the one before.
fn unfolded(text: &str) -> String {
    text.replace("\r\n ", "").replace("\n ", "").replace("\r\n", "\n")
}
