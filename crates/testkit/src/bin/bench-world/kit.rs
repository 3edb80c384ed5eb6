//! The performance kit's files, as its `gen.py` writes them: CSV without a header, columns by their place.

use std::{fs, path::Path, str::FromStr};

use anyhow::{Context, bail};
use serde::de::DeserializeOwned;

/// `id, name, email`.
pub type Person = (u32, String, String);
/// `id, name, track, created_at`.
pub type Group = (u32, String, String, String);
/// `group, person, role, delegation`.
pub type Member = (u32, u32, String, u32);
/// `id, group, title, starts_at, ends_at, status, location, chatham`.
pub type Session = (u32, u32, String, String, String, String, String, u8);
/// `session, person, status`.
pub type Rsvp = (u32, u32, String);
/// `id, session, position, title, minutes`.
pub type Item = (u32, u32, i32, String, i32);
/// `id, item, session, group, author, delegation, visibility, body, created_at`.
pub type Note = (u32, u32, u32, u32, u32, u32, u8, String, String);

/// All of it.
pub struct Kit {
    pub people: Vec<Person>,
    pub groups: Vec<Group>,
    pub members: Vec<Member>,
    pub sessions: Vec<Session>,
    pub rsvps: Vec<Rsvp>,
    pub items: Vec<Item>,
    pub notes: Vec<Note>,
    /// Viewer and session.
    pub pairs: Vec<(u32, u32)>,
}

impl Kit {
    /// Reads a folder.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            people: rows(folder, "person")?,
            groups: rows(folder, "working_group")?,
            members: rows(folder, "membership")?,
            sessions: rows(folder, "session")?,
            rsvps: rows(folder, "rsvp")?,
            items: rows(folder, "agenda_item")?,
            notes: rows(folder, "note")?,
            pairs: pairs(folder)?,
        })
    }
}

fn rows<T: DeserializeOwned>(folder: &Path, table: &str) -> anyhow::Result<Vec<T>> {
    let path = folder.join(format!("{table}.csv"));
    let file = csv::ReaderBuilder::new().has_headers(false).from_path(&path);
    let rows = file.and_then(|mut file| file.deserialize().collect());
    rows.with_context(|| format!("{} is not one of the kit's files", path.display()))
}

fn pairs(folder: &Path) -> anyhow::Result<Vec<(u32, u32)>> {
    for size in ["s", "m", "l"] {
        let path = folder.join(format!("pairs-{size}.txt"));
        if !path.exists() {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        let pair = |line: &str| {
            let (viewer, session) = line.split_once(' ')?;
            Some((u32::from_str(viewer).ok()?, u32::from_str(session).ok()?))
        };
        let pairs: Option<Vec<_>> = text.lines().map(pair).collect();
        return pairs.with_context(|| format!("{} holds something else than pairs", path.display()));
    }
    bail!("{} holds no pairs-s.txt, pairs-m.txt or pairs-l.txt", folder.display())
}
