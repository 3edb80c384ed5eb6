//! The text of a settings file as it is first written, and the keys that may stand in one: both from one list, so that
//! comments, defaults and what is accepted cannot drift apart.

use std::{fmt::Write, ops::Range, path::Path};

use toml::de::{DeTable, DeValue};

use super::layers::Wrong;

/// What stands in the first file for a key.
#[derive(Clone, Copy)]
pub(super) enum First {
    /// The default, as TOML.
    Default(&'static str),
    /// No default: whoever makes the file has to say.
    Required,
    /// Nothing unless given; the text is an example, commented out.
    Example(&'static str),
}

/// One key.
pub(super) struct Entry {
    /// `section.key`, or `key` above all sections.
    pub key: &'static str,
    /// What is written first.
    pub first: First,
    /// One line on what it means and its bounds.
    pub comment: &'static str,
}

/// A settings file.
pub(super) struct Template {
    /// What the file is, in one line.
    pub head: &'static str,
    /// Its keys, those of a section together.
    pub entries: &'static [Entry],
}

/// Where the comments begin.
const COLUMN: usize = 38;

impl Template {
    /// The file with every key and its comment; `given` holds values (as TOML) that differ from the default.
    pub fn render(&self, given: &[(&str, String)]) -> String {
        let mut text = format!("# {}\n", self.head);
        let mut section = "";
        for entry in self.entries {
            let (in_section, key) = entry.key.rsplit_once('.').unwrap_or(("", entry.key));
            if in_section != section {
                section = in_section;
                text.push_str(&format!("\n[{section}]\n"));
            }
            let value = given.iter().find(|(name, _)| *name == entry.key).map(|(_, value)| value.as_str());
            let line = match (value, entry.first) {
                (Some(value), _) => format!("{key} = {value}"),
                (None, First::Default(value)) => format!("{key} = {value}"),
                (None, First::Example(value)) => format!("# {key} = {value}"),
                (None, First::Required) => format!("# {key} ="),
            };
            // Writing to a string does not fail.
            let _ = writeln!(text, "{line:<COLUMN$}# {}", entry.comment);
        }
        text
    }

    /// The defaults alone, as TOML.
    pub fn defaults(&self) -> String {
        let mut text = String::new();
        for entry in self.entries {
            if let First::Default(value) = entry.first {
                // Dotted keys above all: no section has to be opened.
                let _ = writeln!(text, "{} = {value}", entry.key);
            }
        }
        text
    }

    /// Whether there is such a key.
    pub fn knows(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key)
    }

    /// Refuses what is no TOML, and keys that there are not, by file and line.
    pub fn check(&self, file: &Path, text: &str) -> Result<(), Wrong> {
        let table = DeTable::parse(text).map_err(|error| {
            let line = line(text, error.span().unwrap_or_default());
            Wrong::new(format!("{}, line {line}", file.display()), error.message())
        })?;
        for (key, span) in keys(table.get_ref(), "") {
            if !self.knows(&key) {
                let place = format!("{}, line {}", file.display(), line(text, span));
                return Err(Wrong::new(place, format!("there is no setting {key}")));
            }
        }
        Ok(())
    }

    /// The line on which a key stands in a file.
    pub fn line_of(text: &str, key: &str) -> Option<usize> {
        let table = DeTable::parse(text).ok()?;
        let found = keys(table.get_ref(), "").into_iter().find(|(name, _)| name == key)?;
        Some(line(text, found.1))
    }
}

/// Every key with a value that is no table, and where it stands.
fn keys(table: &DeTable<'_>, prefix: &str) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    for (key, value) in table {
        let name = format!("{prefix}{}", key.get_ref());
        match value.get_ref() {
            DeValue::Table(inner) if !inner.is_empty() => found.extend(keys(inner, &format!("{name}."))),
            // A section with nothing in it says nothing.
            DeValue::Table(_) => {}
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_) => found.push((name, key.span())),
        }
    }
    found
}

fn line(text: &str, span: Range<usize>) -> usize {
    1 + text.bytes().take(span.start).filter(|byte| *byte == b'\n').count()
}
