//! Mail as files.

#![allow(clippy::unwrap_used, reason = "a test that fails has said enough by where it failed")]

mod common;

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use common::{letter, letters, rendered};
use dipoli_domain::letter::{Letter, Matter};
use dipoli_mail::{Cause, Failure, Memory, Outlet};

fn names(folder: &PathBuf) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_letter_is_one_file_that_its_owner_alone_reads() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("tracks/aalto/outbox");
    let outlet = Outlet::folder(folder.clone());
    let letter = letter(Matter::PasswordChanged { at: common::at("2027-02-20T07:29:00Z") });
    for _ in 0..2 {
        outlet.deliver(rendered(&letter)).await.unwrap();
    }
    assert_eq!(names(&folder), ["20270220T073015Z-q1w2e3r4t5y6u7i8o9p0.eml"]);
    let file = folder.join(&names(&folder)[0]);
    assert_eq!(fs::read(&file).unwrap(), rendered(&letter).to_bytes());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn files_are_listed_in_the_order_of_writing() {
    let data = tempfile::tempdir().unwrap();
    let outlet = Outlet::folder(data.path().to_owned());
    for (second, key) in [(59, "a"), (1, "z"), (30, "m")] {
        let written_at = common::at(&format!("2027-02-20T07:30:{second:02}Z"));
        let letter = Letter { message_key: key.to_owned(), written_at, ..letter(Matter::SeatGiven { own: true }) };
        outlet.deliver(rendered(&letter)).await.unwrap();
    }
    let keys: Vec<_> = names(&data.path().to_owned()).iter().map(|name| name[17..18].to_owned()).collect();
    assert_eq!(keys, ["z", "m", "a"]);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_tried_again() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("outbox");
    fs::write(&file, "in the way").unwrap();
    let failure = Outlet::folder(file).deliver(rendered(&letters()[0])).await.unwrap_err();
    assert!(matches!(failure, Failure::Transient(Cause::Disk(_))), "{failure}");
}

#[tokio::test]
async fn memory_keeps_what_it_was_given() {
    let memory = Memory::default();
    let outlet = Outlet::Memory(memory.clone());
    for letter in letters() {
        outlet.deliver(rendered(&letter)).await.unwrap();
    }
    let expected: Vec<_> = letters().iter().map(|letter| rendered(letter).to_bytes()).collect();
    assert_eq!(memory.mails(), expected);
}
