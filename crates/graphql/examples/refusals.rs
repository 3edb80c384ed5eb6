//! How long a document within the limits on bytes takes to be refused or prepared (requirement G-03): the shortest and the
//! longest of a hundred times, in microseconds. Run by hand, built for release; what came of it is in `docs/testing.md`.
//!
//! Deliberately absent: any verdict, and the time in which a request comes and goes.

#![allow(clippy::print_stdout, reason = "its figures are what it is for")]

use std::time::{Duration, Instant};

use dipoli_graphql::{Api, Options, RawRequest};
use serde_json::json;

const TIMES: usize = 100;

fn main() {
    let api = Api::new(Options::default());
    for (what, document) in documents() {
        let body = json!({ "query": document }).to_string();
        let (mut shortest, mut longest, mut refused) = (Duration::MAX, Duration::ZERO, 0);
        for _ in 0..TIMES {
            let began = Instant::now();
            let prepared = RawRequest::from_json(body.as_bytes()).and_then(|request| api.prepare(request, None));
            let took = began.elapsed();
            (shortest, longest) = (shortest.min(took), longest.max(took));
            refused += usize::from(prepared.is_err());
        }
        let bytes = document.len();
        let told = if refused == TIMES { "refused" } else { "prepared" };
        println!("{what}, {bytes} bytes: {told} in {} to {} µs", shortest.as_micros(), longest.as_micros());
    }
}

fn documents() -> Vec<(String, String)> {
    let doubling = [1, 5, 10, 19, 20, 60].map(|n| (format!("{n} fragments that double"), fragments(n)));
    let others = [
        ("2,000 operations", (0..2000).map(|n| format!("query A{n}{{__typename}}")).collect()),
        ("500 operations", (0..500).map(|n| format!("query A{n}{{__typename}}")).collect()),
        ("1,000 duplicate fields", format!("{{ {} }}", "__typename ".repeat(1000))),
        ("500 aliases", format!("{{ {} }}", (0..500).map(|n| format!("a{n}: __typename ")).collect::<String>())),
        ("1,000 brackets", format!("{}{}", "{a".repeat(500), "}".repeat(500))),
        ("a session's page", include_str!("../../../schema/operations/Session.graphql").to_owned()),
    ];
    doubling.into_iter().chain(others.map(|(what, document)| (what.to_owned(), document))).collect()
}

/// A chain of fragments, each of which spreads the next one twice.
fn fragments(n: usize) -> String {
    let each = (0..n).map(|i| {
        let inner = if i + 1 < n { format!("...F{0} ...F{0}", i + 1) } else { "__typename".to_owned() };
        format!(" fragment F{i} on Query {{ {inner} }}")
    });
    format!("query {{ ...F0 }}{}", each.collect::<String>())
}
