use serde_json::{Value as Json, json};

use super::*;
use crate::{Kind, request::RawRequest};

fn api() -> Api {
    Api::new(Options::default())
}

fn raw(query: &str, variables: Json) -> RawRequest {
    let body = json!({ "query": query, "variables": variables }).to_string();
    RawRequest::from_json(body.as_bytes()).expect("a request")
}

fn json(response: &Response) -> Json {
    serde_json::from_slice(&response.to_bytes()).expect("JSON")
}

/// The answer to a request that is refused before anything of it runs, by us or by the library.
async fn refused(api: &Api, query: &str, variables: Json) -> Response {
    let prepared = match api.prepare(raw(query, variables), None) {
        Ok(prepared) => prepared,
        Err(response) => return response,
    };
    if let Some(response) = api.refused(&prepared) {
        return response;
    }
    let mut request = Request::new("").variables(prepared.variables);
    request.set_parsed_query(Arc::unwrap_or_clone(prepared.document));
    // Without a track a resolver can only panic; a document that has come so far was not refused.
    let ran = AssertUnwindSafe(api.schema.execute(request)).catch_unwind().await;
    ran.map_or_else(|_| Response::answered(Value::Null, Vec::new()), |answer| told(answer, "r-1"))
}

fn fields(response: &Response) -> Vec<String> {
    let problems = json(response);
    let field = |problem: &Json| problem["extensions"]["field"].as_str().unwrap_or("?").to_owned();
    let mut fields: Vec<_> = problems["errors"].as_array().expect("errors").iter().map(field).collect();
    fields.sort();
    fields
}

const POST: &str = "mutation($input: PostNoteInput!) { postNote(input: $input) { note { id } } }";

#[tokio::test]
async fn every_value_of_a_wrong_kind_is_told_with_its_field() {
    let api = api();
    for (query, variables, wrong) in [
        (
            "mutation($input: SignInInput!) { signIn(input: $input) { accessToken } }",
            json!({ "input": { "email": 5, "oneTimeCode": true } }),
            &["email", "oneTimeCode", "password"][..],
        ),
        ("mutation { requestPasswordReset(input: { email: 5 }) { accepted } }", json!({}), &["email"]),
        (
            "mutation($email: EmailAddress!) { requestPasswordReset(input: { email: $email }) { accepted } }",
            json!({}),
            &["email"],
        ),
        (POST, json!({ "input": { "sessionId": "x", "body": "x", "visibility": "EVERYONE" } }), &["visibility"]),
        (POST, json!({ "input": { "sessionId": [], "body": null, "visibility": "GROUP" } }), &["body", "sessionId"]),
        (POST, json!({ "input": "x" }), &["input"]),
        (POST, json!({}), &["input"]),
        (
            "query($first: Int) { people(first: $first) { totalCount } }",
            json!({ "first": 3_000_000_000_i64 }),
            &["first"],
        ),
        ("{ people(first: 1.5, last: 3000000000) { totalCount } }", json!({}), &["first", "last"]),
        (
            "{ sessions(filter: { startsAfter: 5, status: [WEEKLY] }) { totalCount } }",
            json!({}),
            &["startsAfter", "status"],
        ),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": vec!["x"; 101] }), &["ids"]),
        ("{ node { id } }", json!({}), &["id"]),
        ("{ track(secret: 1) { slug } }", json!({}), &["?"]),
        // A word of the schema's is a word, and a text is a text; JSON has texts alone.
        (
            "mutation { postNote(input: { sessionId: \"x\", body: \"x\", visibility: \"GROUP\" }) { note { id } } }",
            json!({}),
            &["visibility"],
        ),
        (
            "mutation($v: NoteVisibility! = \"GROUP\") { postNote(input: { sessionId: \"x\", body: \"x\", visibility: $v }) { note { id } } }",
            json!({}),
            &["visibility"],
        ),
        // A variable goes where its type goes, whatever it holds (GraphQL §5.8.5).
        ("query($id: String!) { node(id: $id) { id } }", json!({ "id": "x" }), &["id"]),
        ("query($id: ID) { node(id: $id) { id } }", json!({ "id": "x" }), &["id"]),
        ("query($id: ID!) { nodes(ids: $id) { id } }", json!({ "id": "x" }), &["ids"]),
        ("query($ids: [ID]!) { nodes(ids: $ids) { id } }", json!({ "ids": ["x"] }), &["ids"]),
        ("query($id: ID) { nodes(ids: [$id]) { id } }", json!({ "id": "x" }), &["ids"]),
        // So it does in conditions, and one that must be given is, also where nothing would come of it.
        ("query($if: Boolean) { track { slug @skip(if: $if) } }", json!({ "if": true }), &["if"]),
        ("query($if: Boolean!) { track { slug @include(if: $if) } }", json!({}), &["if"]),
        ("query($if: Boolean!) { track { ... @include(if: $if) { slug } } }", json!({ "if": "x" }), &["if"]),
        ("query($n: Int!) { people(first: $n) { totalCount } }", json!({}), &["?"]),
        ("query($n: Int!) { people(first: $n) { totalCount } }", json!({ "n": null }), &["?"]),
        ("query($n: Int) { track { slug } people(first: $n) { totalCount } }", json!({ "n": "x" }), &["first"]),
        (POST, json!({ "input": { "sessionId": "x", "body": "x", "visibility": "GROUP", "secret": 1 } }), &["input"]),
    ] {
        let response = refused(&api, query, variables).await;
        assert_eq!(response.kind(), Kind::BadRequest, "{query}");
        assert_eq!(fields(&response), wrong, "{query}");
        assert!(response.codes().all(|code| code == ErrorCode::BadUserInput), "{query}");
    }
}

#[test]
fn what_a_text_says_is_not_looked_at_here() {
    let api = api();
    let query = "mutation($input: InvitePersonInput!) { invitePerson(input: $input) { person { id } } }";
    let nonsense = json!({ "input": {
        "email": "", "displayName": "", "language": "!", "timeZone": "Mars/Olympus", "affiliation": null
    } });
    let prepared = api.prepare(raw(query, nonsense), None).expect("within the limits");
    assert!(api.refused(&prepared).is_none());
    assert!(prepared.needs_viewer() && prepared.is_mutation() && !prepared.is_credential());
}

/// Requirement G-07: answers to bad documents match a closed pattern and stay small.
#[tokio::test]
async fn bad_documents_are_answered_with_a_code_and_a_place() {
    let api = Api::new(Options { introspection: true, ..Options::default() });
    let mut documents: Vec<String> = [
        "",
        "canary",
        "{",
        "}",
        "{ canary }",
        "{ viewer }",
        "{ viewer { canary } }",
        "{ viewer { language { canary } } }",
        "{ viewr { language } }",
        "{ viewer { languag } }",
        "query($canary: String) { viewer { language } }",
        "query($canary: Canary) { viewer { language } }",
        "query($canary: Int) { node(id: $canary) { id } }",
        "{ node(id: $canary) { id } }",
        "{ node(id: \"x\", canary: 1) { id } }",
        "{ node(id: \"x\", id: \"y\") { id } }",
        "mutation { postNote(input: { visibility: PRIVATE, body: \"x\", visibility: GROUP }) { note { id } } }",
        "{ viewer { ...Canary } }",
        "{ viewer { language } } fragment Canary on Viewer { language }",
        "{ viewer { ... on Canary { language } } }",
        "{ viewer { ... on Note { body } } }",
        "{ viewer @canary { language } }",
        "{ viewer { a: language a: timeZone } }",
        "{ a: node(id: \"x\") { id } a: node(id: \"y\") { id } }",
        "mutation { canary }",
        "mutation { postNote }",
        "mutation { postNote(input: {}) { note { id } } }",
        "{ viewer { language @skip } }",
        "{ viewer { language @include(if: \"canary\") } }",
        "{ viewer { language } } { viewer { language } }",
        "query A { viewer { language } } query A { viewer { language } }",
        "type Canary { a: Int }",
        "{ node(id: \"canary) { id } }",
        "{ node(id: 99999999999999999999999) { id } }",
        "\u{0}",
    ]
    .map(str::to_owned)
    .into();
    let valid = "query Q($n: Int = 5) { node(id: \"x\") { ... on Session { agenda { notes(first: $n) { nodes { body } } } } } }";
    documents.extend((1..valid.len()).map(|at| format!("{}canary{}", &valid[..at], &valid[at..])));
    documents.extend((1..valid.len()).map(|at| valid[..at].to_owned()));
    assert!(documents.len() > 200);
    for document in documents {
        let response = refused(&api, &document, json!({})).await;
        if response.kind() == Kind::Answered {
            continue; // the canary fell into a name or a text that may be anything
        }
        let bytes = response.to_bytes();
        let text = String::from_utf8(bytes).expect("JSON");
        assert!(text.len() < 4096, "{document}");
        assert!(!text.to_lowercase().contains("canary") && !text.contains("Did you mean"), "{document}: {text}");
        for problem in json(&response)["errors"].as_array().expect("errors") {
            let code = problem["extensions"]["code"].as_str().expect("a code");
            assert!(matches!(code, "BAD_USER_INPUT" | "QUERY_TOO_COMPLEX"), "{document}: {text}");
            let keys: Vec<_> = problem.as_object().expect("an object").keys().map(String::as_str).collect();
            assert!(keys.iter().all(|key| ["message", "locations", "extensions"].contains(key)), "{document}: {text}");
        }
    }
}

#[tokio::test]
async fn a_field_of_an_input_is_given_once() {
    let twice = "mutation {\n  postNote(input: { sessionId: \"x\", body: \"x\", visibility: PRIVATE, visibility: GROUP }) { note { id } }\n}";
    let told = json(&refused(&api(), twice, json!({})).await);
    assert_eq!(told["errors"][0]["extensions"], json!({ "code": "BAD_USER_INPUT" }));
    assert_eq!(told["errors"][0]["locations"], json!([{ "line": 2, "column": 69 }]));
}

#[tokio::test]
async fn a_default_holds_in_conditions_too() {
    let api = api();
    for (default, given, shown) in [
        ("true", json!({}), true),
        ("false", json!({}), false),
        ("false", json!({ "if": true }), true),
        ("true", json!({ "if": false }), false),
    ] {
        let query =
            format!("query($if: Boolean! = {default}) {{ a: __typename ... @include(if: $if) {{ b: __typename }} }}");
        let told = json(&refused(&api, &query, given).await);
        assert_eq!(told["data"]["b"].is_string(), shown, "{query}: {told}");
    }
}

#[tokio::test]
async fn what_is_switched_off_says_so() {
    let api = api();
    let introspection = refused(&api, "{ __schema { queryType { name } } }", json!({})).await;
    assert_eq!(introspection.codes().collect::<Vec<_>>(), [ErrorCode::BadUserInput]);
}

#[test]
fn the_operation_that_runs_is_the_one_named() {
    let api = api();
    let both = "query A { viewer { language } } mutation B { signOut { signedOut } }";
    let prepare = |query: &str, name: Option<&str>| {
        api.prepare(RawRequest { operation_name: name.map(str::to_owned), ..raw(query, json!({})) }, None)
    };
    assert!(prepare(both, Some("B")).is_ok_and(|prepared| prepared.is_mutation()));
    assert!(prepare(both, Some("A")).is_ok_and(|prepared| !prepared.is_mutation()));
    assert!(prepare("query A { viewer { language } }", None).is_ok());
    for (query, name) in [(both, None), (both, Some("C")), (both, Some("")), ("{ viewer { language } }", Some("A"))] {
        let response = prepare(query, name).err().expect("no such operation");
        assert_eq!(response.kind(), Kind::BadRequest);
    }
}

/// The example variables of a document, which stand in a comment.
fn example(text: &str) -> Json {
    let line = text.lines().find_map(|line| line.strip_prefix("# variables: "));
    line.map_or_else(|| json!({}), |line| serde_json::from_str(line).expect("JSON"))
}

/// The documents that the project publishes can be run as they are: they are within the limits and valid by the schema,
/// their example variables too.
#[tokio::test]
async fn the_published_operations_can_be_run() {
    let api = api();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/operations");
    let mut found = 0;
    for file in std::fs::read_dir(folder).expect("the folder") {
        let path = file.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a document");
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
        let prepared = api.prepare(RawRequest { operation_name: Some(name.to_owned()), ..raw(&text, json!({})) }, None);
        assert!(prepared.is_ok(), "{name}: {:?}", prepared.err().map(|response| json(&response)));
        if !text.contains("subscription ") {
            let response = refused(&api, &text, example(&text)).await;
            assert_eq!(response.kind(), Kind::Answered, "{name}: {}", json(&response));
        }
        found += 1;
    }
    assert!(found > 30);
    let wrong = refused(&api, "query Q { viewer { languag } }", json!({})).await;
    assert_eq!(wrong.kind(), Kind::BadRequest, "what is not valid by the schema is seen");
}

#[test]
fn where_only_known_documents_run_no_other_is_even_parsed() {
    let known = "{ viewer { language } }";
    let api = Api::new(Options { documents: Manifest::of([known.to_owned()]).alone(), ..Options::default() });
    let body = |body: Json| RawRequest::from_json(body.to_string().as_bytes()).expect("a request");
    assert!(api.prepare(raw(known, json!({})), None).is_ok());
    assert!(api.prepare(body(json!({ "documentId": KNOWN_ID })), None).is_ok());
    let refusals: std::collections::BTreeSet<_> =
        ["{ viewer { timeZone } }", "{ viewer { language }", "{".repeat(9_000).as_str()]
            .iter()
            .map(|text| json(&api.prepare(raw(text, json!({})), None).err().expect("refused")).to_string())
            .collect();
    assert_eq!(refusals.len(), 1, "{refusals:?}");
}

/// Of `{ viewer { language } }`.
const KNOWN_ID: &str = "sha256:3b89c95012efdaecaa125e49c16d3db6361cfd36b860dd681daffcb42df2ea3e";

#[tokio::test]
async fn the_usual_introspection_is_within_the_limits() {
    let api = Api::new(Options { introspection: true, ..Options::default() });
    let types = "ofType { kind name ".repeat(9) + &"}".repeat(9);
    let query = format!(
        "query {{ __schema {{ queryType {{ name }} mutationType {{ name }} subscriptionType {{ name }} types {{ ...T }}
         directives {{ name description locations args {{ ...I }} }} }} }}
         fragment T on __Type {{ kind name description fields(includeDeprecated: true) {{ name description args {{ ...I }}
           type {{ ...R }} isDeprecated deprecationReason }} inputFields {{ ...I }} interfaces {{ ...R }}
           enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }}
           possibleTypes {{ ...R }} }}
         fragment I on __InputValue {{ name description type {{ ...R }} defaultValue }}
         fragment R on __Type {{ kind name {types} }}"
    );
    let response = refused(&api, &query, json!({})).await;
    assert_eq!(response.kind(), Kind::Answered, "{:?}", json(&response)["errors"]);
}

#[test]
fn a_subscription_has_one_field_wherever_it_stands() {
    let api = api();
    let one = |query: &str| {
        let prepared = api.prepare(raw(query, json!({})), None).expect("within the limits").of_one_field();
        prepared.map(|prepared| {
            let items = &prepared.operation().expect("it is there").selection_set.node.items;
            items.iter().filter(|item| matches!(item.node, Selection::Field(_))).count()
        })
    };
    let posted = "notePosted(sessionId: \"x\") { id }";
    for good in [
        format!("subscription {{ {posted} }}"),
        format!("subscription {{ ...F }} fragment F on Subscription {{ {posted} }}"),
        format!("subscription {{ ... on Subscription {{ ... {{ {posted} }} }} }}"),
    ] {
        assert!(one(&good).is_ok_and(|fields| fields == 1), "{good}");
    }
    for bad in [
        format!("subscription {{ {posted} b: {posted} }}"),
        format!("subscription {{ ...F ...F }} fragment F on Subscription {{ {posted} }}"),
        format!("subscription {{ __typename {posted} }}"),
        "subscription { notePosted(sessionId: \"x\") @skip(if: false) { id } }".to_owned(),
        format!("subscription {{ ... @skip(if: true) {{ {posted} }} }}"),
        format!("subscription {{ ...F @include(if: false) }} fragment F on Subscription {{ {posted} }}"),
        format!("subscription {{ ...F }} fragment F on Subscription {{ ... @include(if: true) {{ {posted} }} }}"),
        "subscription { __typename }".to_owned(),
    ] {
        let refused = one(&bad).expect_err(&bad);
        assert_eq!((refused.kind(), refused.codes().count()), (Kind::BadRequest, 1), "{bad}");
    }
}
