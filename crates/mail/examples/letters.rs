//! Writes letters of every kind and language into a folder, and the life of sessions around the weekends on which clocks
//! change, for programs of others to read: `.ci/mail-readers/run`.
//!
//! `letters.tsv` tells of each mail what its reader must find: file, method (or `-`), UID, SEQUENCE, start and end in
//! seconds, zone. Mails of one session follow each other as they were sent. Deliberately absent: judging; the readers do.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a program for tests: that it fails is enough")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::{env, fs, path::PathBuf};

use common::{LANGUAGES, appointment, at, in_language, letter, letters, rendered, zone};
use dipoli_domain::{
    letter::{Appointment, Letter, LetterKind, Matter, Times},
    time::Zone,
};
use dipoli_mail::{CalendarEntry, feed};
use jiff::SignedDuration;

/// Zones and instants at which their clocks have just changed, are about to, or do not; and a year's end.
const WEEKENDS: [(&str, [&str; 4]); 6] = [
    ("Europe/Warsaw", ["2027-03-28T00:30:00Z", "2027-03-28T01:00:00Z", "2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"]),
    (
        "Europe/Vilnius",
        ["2027-03-28T00:59:00Z", "2027-03-28T01:00:00Z", "2027-10-31T00:59:00Z", "2027-10-31T01:00:00Z"],
    ),
    ("Europe/Minsk", ["2027-03-28T00:30:00Z", "2027-03-28T01:00:00Z", "2027-10-31T01:00:00Z", "2027-12-31T21:30:00Z"]),
    (
        "Australia/Lord_Howe",
        ["2027-04-03T14:45:00Z", "2027-04-03T15:15:00Z", "2027-10-02T15:15:00Z", "2027-10-02T15:45:00Z"],
    ),
    (
        "America/New_York",
        ["2027-03-14T06:30:00Z", "2027-03-14T07:00:00Z", "2027-11-07T05:30:00Z", "2027-11-07T06:30:00Z"],
    ),
    (
        "Asia/Kathmandu",
        ["2027-12-31T18:00:00Z", "2027-12-31T18:30:00Z", "2028-02-29T12:00:00Z", "2027-06-30T18:15:00Z"],
    ),
];

/// How far a session is moved, one time after the other, in hours: over a change of the clocks and back.
const MOVES: [i64; 2] = [7 * 24, -24];

struct Folder {
    place: PathBuf,
    told: String,
}

impl Folder {
    fn keeps(&mut self, name: &str, letter: &Letter) {
        fs::write(self.place.join(name), rendered(letter).to_bytes()).unwrap();
        let line = match about(&letter.matter).filter(|it| it.has_entry) {
            None => format!("{name}\t-\n"),
            Some(it) => {
                let is_cancelled = matches!(letter.matter, Matter::SessionCancelled { .. });
                let method = if is_cancelled { "CANCEL" } else { "REQUEST" };
                let (starts, ends) = (it.starts_at.as_second(), it.ends_at.as_second());
                let zone = letter.zone.name();
                format!("{name}\t{method}\t{}\t{}\t{starts}\t{ends}\t{zone}\n", it.uid, it.sequence)
            }
        };
        self.told.push_str(&line);
    }
}

/// The session of a letter that brings a calendar entry: its calendar has heard of it when it is reminded of it.
fn about(matter: &Matter) -> Option<&Appointment> {
    if let Matter::SessionScheduled(it)
    | Matter::SessionsScheduled(it)
    | Matter::SessionMoved { appointment: it, .. }
    | Matter::SessionCancelled { appointment: it, .. } = matter
    {
        Some(it)
    } else {
        None
    }
}

/// A session of 90 minutes: scheduled, moved, moved again, cancelled.
fn life(starts_at: &str, uid: String, zone: &Zone) -> Vec<Letter> {
    let of = |starts_at: jiff::Timestamp, sequence| Appointment {
        starts_at,
        ends_at: starts_at + SignedDuration::from_mins(90),
        zone: zone.clone(),
        sequence,
        uid: uid.clone(),
        ..appointment()
    };
    let mut last = of(at(starts_at), 0);
    let mut matters = vec![Matter::SessionScheduled(last.clone())];
    for hours in MOVES {
        let was = Some(Times { starts_at: last.starts_at, ends_at: last.ends_at });
        last = of(last.starts_at + SignedDuration::from_hours(hours), last.sequence + 1);
        matters.push(Matter::SessionMoved { appointment: last.clone(), was });
    }
    let appointment = Appointment { answer: None, sequence: last.sequence + 1, ..last };
    matters.push(Matter::SessionCancelled { appointment, reason: None });
    let to = |matter| Letter { zone: zone.clone(), written_at: at("2027-02-20T07:30:15Z"), ..letter(matter) };
    matters.into_iter().map(to).collect()
}

fn main() {
    let place = PathBuf::from(env::args().nth(1).expect("a folder"));
    fs::create_dir_all(&place).unwrap();
    let mut folder = Folder { place, told: String::new() };
    for (number, letter) in letters().iter().enumerate() {
        folder.keeps(&format!("kind-{number:03}-{}.eml", letter.language), letter);
    }
    let mut lives = 0;
    for (name, instants) in WEEKENDS {
        for starts_at in instants {
            lives += 1;
            let uid = format!("00000000-0000-4000-8000-{lives:012}");
            for (step, letter) in life(starts_at, uid, &zone(name)).into_iter().enumerate() {
                let language = LANGUAGES[lives % LANGUAGES.len()];
                folder.keeps(&format!("life-{lives:03}-{step}.eml"), &in_language(letter, language));
            }
        }
    }
    fs::write(folder.place.join("letters.tsv"), &folder.told).unwrap();
    feeds(&folder.place);
    eprintln!("{} kinds, {} mails, {lives} sessions", LetterKind::ALL.len(), folder.told.lines().count());
}

/// A feed in each language, with the entry of the example letters and one that was cancelled.
fn feeds(place: &std::path::Path) {
    let of_mail = appointment();
    let entry = |uid: &str, is_cancelled| CalendarEntry {
        uid: uid.to_owned(),
        sequence: of_mail.sequence,
        stamp: at("2027-02-20T07:30:15Z"),
        starts_at: of_mail.starts_at,
        ends_at: of_mail.ends_at,
        is_cancelled,
        is_free: false,
        label: None,
        subject: None,
    };
    let entries = [entry(&of_mail.uid, false), entry("00000000-0000-4000-8000-999999999999", true)];
    for language in LANGUAGES {
        let language = in_language(letter(Matter::NotesDigest), language).language;
        let text = feed(&entries, &language, &zone("Europe/Minsk")).unwrap();
        fs::write(place.join(format!("feed-{language}.ics")), text).unwrap();
    }
}
