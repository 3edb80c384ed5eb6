//! No letter yields a tally (procedures 3): nobody is told by mail how many objected, read or were silent.
//!
//! What can be put into a letter is a closed list, with a reason each; so are the numbers that stand in one.

#![allow(clippy::unwrap_used, reason = "a test that fails has said enough by where it failed")]

mod common;

use std::{collections::BTreeSet, fs, path::Path};

use common::{LANGUAGES, apart, in_language, letters};

/// What words are filled with.
const FILLED: &[(&str, &str)] = &[
    ("hours", "how long a link is good"),
    ("kind", "of which letters a link turns off"),
    ("name", "the recipient's"),
    ("offset", "of a place's clocks from UTC"),
    ("place", "whose clocks are meant"),
    ("when", "a time"),
];

/// Words of votes in each language, by how they begin.
const OF_VOTES: &[(&str, &[&str])] = &[
    ("en", &["vote", "voting", "majorit", "quorum", "abstain", "abstention", "unanim", "ballot", "tally", "percent"]),
    ("be", &["галасав", "большасц", "кворум", "устрыма", "аднагалос", "адсот"]),
    ("ru", &["голосова", "большинств", "кворум", "воздерж", "единоглас", "процент"]),
    ("pl", &["głosowa", "większoś", "kworum", "wstrzyma", "jednogłoś", "procent"]),
    ("lt", &["balsav", "daugum", "kvorum", "susilaik", "vienbals", "procent"]),
];

fn words_files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("words");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn words_are_filled_with_no_count_of_people() {
    let files = words_files();
    assert_eq!(files.len(), LANGUAGES.len());
    for (file, text) in files {
        let filled: BTreeSet<&str> = text
            .split('$')
            .skip(1)
            .map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap())
            .collect();
        let known: BTreeSet<&str> = FILLED.iter().map(|(name, _)| *name).collect();
        let strange: Vec<_> = filled.difference(&known).collect();
        assert!(strange.is_empty(), "{file}: {strange:?}");
        let language = Path::new(&file).file_stem().unwrap().to_string_lossy().into_owned();
        let (_, stems) = OF_VOTES.iter().find(|(of, _)| *of == language).unwrap();
        let folded = text.to_lowercase();
        for word in folded.split(|c: char| !c.is_alphabetic()) {
            assert!(!stems.iter().any(|stem| word.starts_with(stem)), "{file}: {word}");
        }
    }
}

/// The numbers of a text outside of links and codes.
fn numbers(text: &str) -> BTreeSet<u32> {
    let prose = text.lines().filter(|line| !line.contains("://"));
    let words = prose.flat_map(str::split_whitespace).filter(|word| word.chars().count() < 40);
    let digits = words.flat_map(|word| word.split(|c: char| !c.is_ascii_digit())).filter(|run| !run.is_empty());
    digits.map(|run| run.parse().unwrap()).collect()
}

/// Every number in any letter: of days and times of the examples, of the clocks' offset, and how long a link is good.
const NUMBERS: &[u32] = &[0, 1, 3, 10, 11, 12, 14, 19, 20, 21, 23, 24, 27, 28, 29, 30, 72, 2027];

#[test]
fn a_letter_holds_no_number_but_of_times() {
    let mut found = BTreeSet::new();
    for language in LANGUAGES {
        for letter in letters() {
            let parts = apart(&in_language(letter, language));
            found.extend(numbers(&parts.text));
        }
    }
    assert_eq!(found, NUMBERS.iter().copied().collect());
}
