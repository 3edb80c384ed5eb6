use std::{
    fmt::Write,
    sync::LazyLock,
    time::{Duration, Instant},
};

use async_graphql::parser::parse_query;

use super::*;
use crate::{error::Problem, execute::with_defaults};

static SHAPES: LazyLock<Shapes> = LazyLock::new(|| Shapes::read(&crate::sdl()));

/// The whole way of a document before it runs: counted, parsed, measured.
fn measured(document: &str, variables: &Variables) -> Result<Roots, Excess> {
    let limits = Limits::default();
    limits.before_parsing(document)?;
    let document = parse_query(document).expect("GraphQL");
    let (_, selected) = document.operations.iter().next().expect("has one");
    let variables = with_defaults(&selected.node, variables.clone());
    measure(&limits, &SHAPES, &document, &selected.node, &variables)
}

fn refusal(document: &str) -> Option<String> {
    let problem = Problem::from(measured(document, &Variables::default()).err()?);
    let json = serde_json::to_value(&problem).expect("plain values");
    assert_eq!(json["extensions"]["code"], "QUERY_TOO_COMPLEX", "{document}: {json}");
    Some(json["extensions"]["limit"].as_str().expect("a limit").to_owned())
}

fn at_most(limit: &str, accepted: &str, refused: &str) {
    assert_eq!(refusal(accepted), None, "{limit} at its most");
    assert_eq!(refusal(refused).as_deref(), Some(limit), "{limit} and one more");
}

/// `count` times `text`, with `#` replaced by the number.
fn times(count: usize, text: &str) -> String {
    (0..count).map(|n| text.replace('#', &n.to_string()) + " ").collect()
}

#[test]
fn every_limit_holds_at_its_most_and_not_beyond() {
    let padded = |bytes: usize| format!("{{__typename}}{}", " ".repeat(bytes - 12));
    at_most("documentBytes", &padded(16_384), &padded(16_385));

    let tokens = |count: usize| format!("{{ node(id: \"\") @skip(if: true) {{ id }} }} {}", "!".repeat(count - 18));
    assert_eq!(Limits::default().before_parsing(&tokens(1_000)), Ok(()));
    assert!(Limits::default().before_parsing(&tokens(1_001)).is_err());

    let operations = |count| times(count, "query Q# { viewer { language } }");
    at_most("operations", &operations(10), &operations(11));

    let fragments = |count| format!("{{ viewer {{ ...F0 }} }} {}", times(count, "fragment F# on Viewer { language }"));
    at_most("fragments", &fragments(20), &fragments(21));

    let aliases = |count| format!("{{ viewer {{ {} }} }}", times(count, "a#: language"));
    at_most("aliases", &aliases(15), &aliases(16));
    let spread = "{ viewer { ...F ...F ...F ...F ...F } } fragment F on Viewer { a: language b: language c: language";
    at_most("aliases", &format!("{spread} }}"), &format!("{spread} d: language }}"));

    let circular = |count| {
        format!("{{ __schema {{ types {{ {} name {} }} }} }}", "fields { type { ".repeat(count), "} }".repeat(count))
    };
    at_most("schemaLists", &circular(2), &circular(3));

    let on_a_field = |count| format!("{{ viewer {{ language {} }} }}", times(count, "@include(if: true)"));
    at_most("directivesPerField", &on_a_field(3), &on_a_field(4));

    let directives = |count| format!("{{ viewer {{ {} }} }}", times(count, "language @include(if: true)"));
    at_most("directives", &directives(20), &directives(21));

    let roots = |count| format!("{{ {} }}", times(count, "__typename"));
    at_most("rootFields", &roots(10), &roots(11));

    let fields = |count: usize| format!("{{ viewer {{ {} }} }}", times(count - 1, "language"));
    at_most("fields", &fields(500), &fields(501));
    let typenames = |count: usize| format!("{{ viewer {{ {} }} }}", times(count - 1, "__typename"));
    at_most("fields", &typenames(500), &typenames(501));
}

#[test]
fn depth_counts_fields_and_unfolds_fragments() {
    let chain = "workingGroup { viewerMembership { workingGroup { viewerMembership { workingGroup {";
    let deep = |leaf: &str| format!("{{ node(id: \"\") {{ ... on Session {{ {chain} {leaf} }} }} }} }} }} }} }} }}");
    at_most(
        "depth",
        &deep("viewerMembership { workingGroup { viewerMembership { id } } }"),
        &deep("viewerMembership { workingGroup { viewerMembership { person { id } } } }"),
    );
    at_most(
        "depth",
        &(deep("...F")
            + "fragment F on WorkingGroup { viewerMembership { workingGroup { viewerMembership { id } } } }"),
        &(deep("...F")
            + "fragment F on WorkingGroup { viewerMembership { workingGroup { viewerMembership { person { id } } } } }"),
    );
    let schema = |depth: usize| {
        format!("{{ __schema {{ types {{ {}name{} }} }} }}", "ofType { ".repeat(depth - 3), " }".repeat(depth - 3))
    };
    at_most("depth", &schema(20), &schema(21));
    let mixed = schema(11).replacen("__schema", "viewer { language } __schema", 1);
    assert_eq!(refusal(&mixed).as_deref(), Some("depth"), "the larger depth is for the schema alone");
}

#[test]
fn complexity_multiplies_by_the_rows_asked_for() {
    // 1 + 100 × (nodes 1 + 19 fields) = 2001
    let people = |first: &str, fields: usize| {
        format!("query($n: Int = 100, $m: Int) {{ people({first}) {{ nodes {{ {} }} }} }}", times(fields, "id"))
    };
    for first in ["first: 100", "last: 100", "first: $n", "first: 999999"] {
        at_most("complexity", &people(first, 18), &people(first, 19));
    }
    // 1 + 20 × (1 + 99) = 2001: twenty rows where nothing is said
    for first in ["first: $m", "after: \"\""] {
        at_most("complexity", &people(first, 98), &people(first, 99));
    }
    let ids = |count: usize| format!("{{ nodes(ids: [{}]) {{ {} }} }}", times(count, "\"x\""), times(20, "id"));
    at_most("complexity", &ids(99), &ids(100));
    let sent = Variables::from_json(serde_json::json!({ "m": 100 }));
    assert!(measured(&people("first: $m", 19), &sent).is_err(), "by the variable that was sent");
}

#[test]
fn one_credential_a_request() {
    let sign_in = |alias| format!("{alias}: signIn(input: {{ email: \"\", password: \"\" }}) {{ accessToken }}");
    at_most(
        "credentialFields",
        &format!("mutation {{ {} }}", sign_in("a")),
        &format!("mutation {{ {} {} }}", sign_in("a"), sign_in("b")),
    );
    let twice = format!("mutation {{ ...F ...F }} fragment F on Mutation {{ {} }}", sign_in("a"));
    assert_eq!(refusal(&twice).as_deref(), Some("credentialFields"));
}

#[test]
fn roots_say_who_is_needed() {
    let roots = |document: &str| measured(document, &Variables::default()).expect("within the limits");
    let needs_viewer = |document: &str| roots(document).needs_viewer;
    assert!(!needs_viewer("{ __typename }"));
    assert!(needs_viewer("{ __typename viewer { language } }"));
    assert!(needs_viewer("{ ...F } fragment F on Query { ... { viewer { language } } }"));
    assert!(needs_viewer("{ __schema { queryType { name } } }"));
    assert!(needs_viewer("{ unknown }"));
    assert!(!needs_viewer("mutation { signIn(input: {}) { viewer { language } } }"));
    assert!(needs_viewer("mutation { signIn(input: {}) { accessToken } signOut { signedOut } }"));
    assert!(roots("mutation { requestPasswordReset(input: {}) { accepted } }").credential);
    assert!(!roots("mutation { signOut { signedOut } }").credential);
    assert!(roots("{ __type(name: \"Note\") { name } }").introspection);
}

#[test]
fn a_fragment_within_itself_is_refused() {
    for document in [
        "{ viewer { ...A } } fragment A on Viewer { ...A }",
        "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { language ...A }",
        "{ viewer { language } } fragment A on Viewer { person { ...B } } fragment B on Person { ...A }",
    ] {
        assert_eq!(refusal(document).as_deref(), Some("depth"), "{document}");
    }
}

/// How long a document takes, at the best of a few attempts, and whether it is accepted once it is parsed.
fn timed(limits: &Limits, text: &str) -> (Duration, bool) {
    let attempts = (0..5).map(|_| {
        let start = Instant::now();
        let document = parse_query(text).expect("GraphQL");
        let (_, selected) = document.operations.iter().next().expect("has one");
        let measured = measure(limits, &SHAPES, &document, &selected.node, &Variables::default());
        (start.elapsed(), measured.is_ok())
    });
    attempts.min_by_key(|(took, _)| *took).expect("there were attempts")
}

/// Requirement G-03: chains of fragments, each spread twice and more, at every length that fits into a document.
#[test]
fn chains_of_fragments_are_measured_at_once() {
    // Without the limit on their number: what is proved is that the pass does not unfold.
    let limits = Limits { fragments: 1_000, ..Limits::default() };
    let unoptimised = if cfg!(debug_assertions) { 20 } else { 1 };
    for spreads in [2, 3, 10] {
        for length in 1..=60 {
            let mut text = String::from("{ viewer { ...F0 } } ");
            for n in 0..length {
                write!(text, "fragment F{n} on Viewer {{ {} }} ", times(spreads, &format!("...F{}", n + 1)))
                    .expect("text");
            }
            write!(text, "fragment F{length} on Viewer {{ language }}").expect("text");
            let (took, accepted) = timed(&limits, &text);
            assert_eq!(accepted, spreads.pow(length.min(9)) <= 499, "{length} × {spreads}");
            let fits = limits.before_parsing(&text).is_ok();
            let bound = if fits { Duration::from_millis(5) * unoptimised } else { Duration::from_secs(1) };
            assert!(took < bound, "{length} × {spreads}: {took:?}");
        }
    }
}

#[test]
fn a_deep_document_is_refused_before_the_parser_sees_it() {
    for open in ["{a", "{a(b:[", "{a(b:{c:", "{...{"] {
        assert_eq!(refusal(&open.repeat(100)).as_deref(), Some("nesting"), "{open}");
    }
    let fragments = times(20, "fragment F# on Viewer { ... { ... { ... { ... { ... { ... { ...G# } } } } } } }");
    let mut chained = format!("{{ viewer {{ ...F0 }} }} {fragments}");
    for n in 0..20 {
        chained = chained.replace(&format!("...G{n} "), &format!("...F{} ", n + 1));
    }
    assert_eq!(refusal(&chained).as_deref(), Some("nesting"));
}
