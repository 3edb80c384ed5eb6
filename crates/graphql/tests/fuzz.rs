//! What comes from a client before anyone has signed in: bodies and documents that were whole once, cut and patched.
//!
//! From the corpus beside this file and the published operations. However often it is to be tried, PROPTEST_CASES says; how
//! long it was tried last stands in docs/testing.md.

use std::{fs, path::Path, sync::LazyLock, time::Instant};

use dipoli_graphql::{Api, Options, RawRequest, Response};
use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};

static API: LazyLock<Api> = LazyLock::new(|| Api::new(Options::default()));

/// Documents to begin with.
static CORPUS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [here.join("tests/corpus"), here.join("../../schema/operations")];
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("the folder"));
    let mut paths: Vec<_> = files.map(|file| file.expect("an entry").path()).collect();
    paths.sort_unstable();
    paths.iter().map(|path| fs::read_to_string(path).expect("a document")).collect()
});

/// What is put into a document: what the language is made of, and what it is not.
const PIECES: [&str; 34] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "!",
    "$",
    "@",
    "&",
    "|",
    "=",
    "...",
    "\"",
    "\"\"\"",
    "\\",
    "\\u",
    "#",
    "\n",
    "\0",
    "-",
    "1e999",
    "null",
    "on",
    "fragment F on Query",
    "query",
    "__typename",
    "__schema",
    "...F",
    "a:",
    "@skip(if: true)",
    "\u{feff}",
    "🏃",
];

#[derive(Clone, Debug)]
enum Edit {
    Insert(Index, usize, usize),
    Delete(Index, usize),
    Double(Index, usize),
    Join(Index),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = prop_oneof![
        4 => (any::<Index>(), 0..PIECES.len(), 1_usize..40).prop_map(|(at, piece, times)| Edit::Insert(at, piece, times)),
        3 => (any::<Index>(), 1_usize..60).prop_map(|(at, length)| Edit::Delete(at, length)),
        2 => (any::<Index>(), 1_usize..200).prop_map(|(at, length)| Edit::Double(at, length)),
        1 => any::<Index>().prop_map(Edit::Join),
    ];
    prop::collection::vec(edit, 0..12)
}

fn edited(first: Index, edits: &[Edit]) -> String {
    let mut text: Vec<char> = CORPUS[first.index(CORPUS.len())].chars().collect();
    for edit in edits {
        match edit {
            Edit::Insert(at, piece, times) => {
                let at = at.index(text.len() + 1);
                text.splice(at..at, PIECES[*piece].repeat(*times).chars());
            }
            Edit::Delete(at, length) => {
                let at = at.index(text.len() + 1);
                text.drain(at..(at + length).min(text.len()));
            }
            Edit::Double(at, length) => {
                let at = at.index(text.len() + 1);
                let part: Vec<_> = text[at..(at + length).min(text.len())].to_vec();
                text.splice(at..at, part);
            }
            Edit::Join(other) => text.extend(CORPUS[other.index(CORPUS.len())].chars()),
        }
    }
    text.into_iter().collect()
}

/// A refusal is short, has a code each, and holds no more than a client may be told.
fn is_in_order(refused: &Response) {
    let bytes = refused.to_bytes();
    assert!(bytes.len() < 4096, "{} bytes", bytes.len());
    let json: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert!(json.get("data").is_none());
    for problem in json["errors"].as_array().expect("errors") {
        let keys: Vec<_> = problem.as_object().expect("an object").keys().map(String::as_str).collect();
        assert!(keys.iter().all(|key| ["message", "locations", "extensions"].contains(key)), "{json}");
        let code = problem["extensions"]["code"].as_str();
        assert!(matches!(code, Some("BAD_USER_INPUT" | "QUERY_TOO_COMPLEX")), "{json}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a document is, it is taken or refused, at once and in few words.
    #[test]
    fn a_document_is_measured_or_refused(first: Index, edits in edits()) {
        let document = edited(first, &edits);
        let body = json!({ "query": document }).to_string();
        let begun = Instant::now();
        match RawRequest::from_json(body.as_bytes()) {
            Err(refused) => is_in_order(&refused),
            Ok(request) => {
                if let Err(refused) = API.prepare(request, None) {
                    is_in_order(&refused);
                }
            }
        }
        // Milliseconds where it is optimised and alone; here it is neither.
        prop_assert!(begun.elapsed().as_secs() < 2, "{:?}", begun.elapsed());
    }

    /// Whatever a body is, it is read or refused.
    #[test]
    fn a_body_is_read_or_refused(first: Index, at: Index, bytes in prop::collection::vec(any::<u8>(), 0..40), cut: Index) {
        let body = json!({ "query": CORPUS[first.index(CORPUS.len())], "variables": { "a": [null, 1, "x"] },
            "operationName": "Q", "extensions": {}, "documentId": null });
        let mut body = body.to_string().into_bytes();
        let at = at.index(body.len());
        body.splice(at..at, bytes);
        body.truncate(cut.index(body.len() * 2));
        match RawRequest::from_json(&body) {
            Err(refused) => is_in_order(&refused),
            Ok(request) => {
                if let Err(refused) = API.prepare(request, None) {
                    is_in_order(&refused);
                }
            }
        }
    }
}
