//! Every kind of letter, compared with the mail that is checked in. `UPDATE=1 cargo test -p dipoli-mail` writes the
//! mails anew; a changed word is then read in review like code.

#![allow(clippy::unwrap_used, reason = "a test that fails has said enough by where it failed")]

mod common;

use std::{collections::BTreeSet, env, fs, path::PathBuf};

use common::{letter, matters, rendered, zone};
use dipoli_domain::letter::{Letter, LetterKind, Matter};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The letters and the names of their files.
fn goldens() -> Vec<(String, Letter)> {
    let mut goldens = Vec::new();
    for kind in LetterKind::ALL {
        for (matter, suffix) in matters(*kind).into_iter().zip(["", "-of-another"]) {
            goldens.push((format!("{}{suffix}.eml", kind.word()), letter(matter)));
        }
    }
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

#[test]
fn a_second_rendering_is_the_same_mail() {
    for (file, letter) in goldens() {
        assert_eq!(rendered(&letter).to_bytes(), rendered(&letter).to_bytes(), "{file}");
    }
}
