//! Every kind of letter, compared with the mail that is checked in. `UPDATE=1 cargo test -p dipoli-mail` writes the
//! mails anew; a changed word is then read in review like code.

#![allow(clippy::unwrap_used, reason = "a test that fails has said enough by where it failed")]

mod common;

use std::{collections::BTreeSet, env, fs, path::PathBuf};

use common::{LANGUAGES, apart, in_language, letter, matters, rendered, zone};
use dipoli_domain::letter::{Letter, LetterKind, Matter};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// A letter of each kind and the name that it goes by.
fn every_kind() -> Vec<(String, Letter)> {
    let named = |kind: &LetterKind| {
        let word = kind.word();
        matters(*kind)
            .into_iter()
            .zip(["", if kind.is_about_a_session() { "-otherwise" } else { "-of-another" }])
            .map(move |(matter, which)| (format!("{word}{which}"), letter(matter)))
    };
    LetterKind::ALL.iter().flat_map(named).collect()
}

/// The letters and the names of their files.
fn goldens() -> Vec<(String, Letter)> {
    let mut goldens: Vec<_> = every_kind().into_iter().map(|(name, letter)| (format!("{name}.eml"), letter)).collect();
    let Some(Matter::SessionScheduled(session)) = matters(LetterKind::SessionScheduled).pop() else {
        panic!("a session")
    };
    let elsewhere = Letter {
        name: "Алесь Дзюба-Кавалеўскі".to_owned(),
        zone: zone("America/New_York"),
        ..letter(Matter::SessionScheduled(session))
    };
    goldens.push(("session-scheduled-to-alies-in-new-york.eml".to_owned(), elsewhere));
    goldens
}

#[test]
fn every_letter_is_as_checked_in_and_nothing_else_is() {
    let update = env::var_os("UPDATE").is_some();
    for (file, letter) in goldens() {
        let mail = String::from_utf8(rendered(&letter).to_bytes()).unwrap();
        // Checked in with plain line ends, so that the files can be read and compared anywhere.
        let mail = mail.replace("\r\n", "\n");
        assert!(!mail.contains('\r'), "{file}");
        let path = folder().join(&file);
        if update {
            fs::write(&path, mail).unwrap();
        } else {
            assert_eq!(mail, fs::read_to_string(&path).unwrap(), "{file}: see UPDATE=1");
        }
    }
    let found = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let expected = goldens().into_iter().map(|(file, _)| file);
    assert_eq!(found.collect::<BTreeSet<_>>(), expected.collect::<BTreeSet<_>>());
}

/// What is read of every letter in a language, as it is checked in: subject and text, for a review of the words.
fn words(language: &str) -> String {
    let read = every_kind().into_iter().map(|(name, letter)| {
        let parts = apart(&in_language(letter, language));
        format!("=== {name}\n{}\n\n{}\n", parts.subject, parts.text.replace("\r\n", "\n"))
    });
    read.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_words_of_every_language_are_as_checked_in() {
    for language in LANGUAGES {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/words/{language}.txt"));
        if env::var_os("UPDATE").is_some() {
            fs::write(&path, words(language)).unwrap();
        } else {
            assert_eq!(words(language), fs::read_to_string(&path).unwrap(), "{language}: see UPDATE=1");
        }
    }
}

#[test]
fn a_second_rendering_is_the_same_mail() {
    for (file, letter) in goldens() {
        assert_eq!(rendered(&letter).to_bytes(), rendered(&letter).to_bytes(), "{file}");
    }
}
