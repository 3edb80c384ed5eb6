//! What strangers are answered over HTTP, whatever there is behind it.

use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, header},
};
use dipoli_auth::password::Parameters;
use dipoli_store::RootKey;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::Instant;
use tower::ServiceExt;

use super::*;
use crate::{
    config::Variables,
    data::DataFolder,
    server::{Options, Server},
};

const GRAPHQL: &str = "application/graphql-response+json";

struct Place {
    _folder: TempDir,
    router: Router,
}

/// A server without a track.
fn place(settings: &str, floor: Duration) -> Place {
    let folder = TempDir::new().unwrap();
    let data = DataFolder::at(&folder.path().join("data")).unwrap();
    data.prepare(&[]).unwrap();
    std::fs::write(data.instance_file(), settings).unwrap();
    let instance = Instance::load(&data.instance_file(), &Variables::default(), Vec::new()).unwrap();
    let options = Options {
        floor,
        hash: Parameters::FLOOR,
        workers: false,
        ..Options::new(data, RootKey::new([7; 32]), instance)
    };
    Place { _folder: folder, router: Server::start(options).unwrap().router() }
}

impl Place {
    async fn send(&self, mut request: Request<Body>) -> (u16, axum::http::HeaderMap, Vec<u8>) {
        request.headers_mut().entry(header::HOST).or_insert(HeaderValue::from_static("dipoli.example"));
        self.send_as_it_is(request).await
    }

    async fn send_as_it_is(&self, request: Request<Body>) -> (u16, axum::http::HeaderMap, Vec<u8>) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        for (name, value) in
            [("cache-control", "no-store"), ("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer")]
        {
            assert_eq!(head.headers[name], value);
        }
        assert!(head.headers.contains_key("x-request-id"));
        (head.status.as_u16(), head.headers, to_bytes(body, usize::MAX).await.unwrap().to_vec())
    }

    /// Posts a body; gives status, media type without parameters, and the first error's code.
    async fn post(&self, accept: &str, body: impl Into<Body>) -> (u16, String, String) {
        let request = post("application/json", accept).body(body.into()).unwrap();
        let (status, headers, body) = self.send(request).await;
        let json: Value = serde_json::from_slice(&body).unwrap();
        let media = headers[header::CONTENT_TYPE].to_str().unwrap();
        assert!(media.ends_with("; charset=utf-8"), "{media}");
        let code = json["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned();
        assert_eq!(json.get("data").is_some(), code.is_empty(), "{json}");
        (status, media.trim_end_matches("; charset=utf-8").to_owned(), code)
    }

    async fn get(&self, path: &str) -> (u16, axum::http::HeaderMap, Vec<u8>) {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }
}

fn post(content: &str, accept: &str) -> axum::http::request::Builder {
    Request::post("/aalto/graphql").header(header::CONTENT_TYPE, content).header(header::ACCEPT, accept)
}

fn query(document: &str) -> String {
    json!({ "query": document }).to_string()
}

#[tokio::test]
async fn an_answer_is_in_what_was_asked_for() {
    let place = place("", Duration::ZERO);
    let typename = || query("{ __typename }");
    for (accept, status, media) in [
        ("*/*", 200, "application/json"),
        ("application/json", 200, "application/json"),
        (GRAPHQL, 200, GRAPHQL),
        ("text/html", 406, "application/json"),
    ] {
        let (got, kind, _) = place.post(accept, typename()).await;
        assert_eq!((got, kind.as_str()), (status, media), "{accept}");
    }
}

#[tokio::test]
async fn the_status_says_what_went_wrong() {
    let place = place("", Duration::ZERO);
    let told = |code: &str| code.to_owned();
    for (document, json, graphql, code) in [
        // What is no request is 400, whatever the answer is in.
        ("[]".to_owned(), 400, 400, "BAD_USER_INPUT"),
        (format!("[{}]", query("{ __typename }")), 400, 400, "BAD_USER_INPUT"),
        ("{".to_owned(), 400, 400, "BAD_USER_INPUT"),
        // A document that is refused is 400 to those who read the status, 200 to those who read the body.
        (query("{"), 200, 400, "BAD_USER_INPUT"),
        (query("query A { __typename } query B { __typename }"), 200, 400, "BAD_USER_INPUT"),
        (query(&format!("{{ {} }}", "a: __typename ".repeat(16))), 200, 400, "QUERY_TOO_COMPLEX"),
        // Who has not signed in is told so, whatever the answer is in.
        (query("{ viewer { language } }"), 401, 401, "UNAUTHENTICATED"),
        (query("mutation { signOut { signedOut } }"), 401, 401, "UNAUTHENTICATED"),
    ] {
        let (status, _, got) = place.post("application/json", document.clone()).await;
        assert_eq!((status, got), (json, told(code)), "{document}");
        let (status, _, got) = place.post(GRAPHQL, document.clone()).await;
        assert_eq!((status, got), (graphql, told(code)), "{document}");
    }
}

#[tokio::test]
async fn only_posts_of_json_within_bounds_are_read() {
    let place = place("", Duration::ZERO);
    let (status, headers, _) = place.get("/aalto/graphql?query={__typename}").await;
    assert_eq!((status, &headers[header::ALLOW]), (405, &"POST".parse().unwrap()));
    for content in ["text/plain", "application/graphql", "multipart/form-data; boundary=x"] {
        let (status, ..) = place.send(post(content, "*/*").body(query("{ __typename }").into()).unwrap()).await;
        assert_eq!(status, 415, "{content}");
    }
    let padded = |bytes: usize| {
        let body = query("{ __typename }");
        format!("{body}{}", " ".repeat(bytes - body.len()))
    };
    assert_eq!(place.post("*/*", padded(256 * 1024)).await.0, 200);
    assert_eq!(place.post("*/*", padded(256 * 1024 + 1)).await.0, 413);
}

#[tokio::test]
async fn a_body_is_sent_as_it_is() {
    let place = place("", Duration::ZERO);
    for encoding in ["gzip", "br", "identity, gzip"] {
        let request = post("application/json", "*/*").header(header::CONTENT_ENCODING, encoding);
        let (status, headers, _) = place.send(request.body(query("{ __typename }").into()).unwrap()).await;
        assert_eq!((status, &headers[header::ACCEPT_ENCODING]), (415, &"identity".parse().unwrap()), "{encoding}");
    }
}

#[tokio::test]
async fn a_request_says_once_of_which_host_it_asks() {
    let place = place("", Duration::ZERO);
    for (hosts, version, status) in [
        (&["dipoli.example"][..], Version::HTTP_11, 200),
        (&[], Version::HTTP_10, 200),
        (&[], Version::HTTP_11, 400),
        (&["dipoli.example", "other.example"], Version::HTTP_11, 400),
    ] {
        let mut request = post("application/json", "*/*").version(version);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        let request = request.body(query("{ __typename }").into()).unwrap();
        assert_eq!(place.send_as_it_is(request).await.0, status, "{hosts:?}");
    }
}

#[tokio::test]
async fn what_says_that_it_is_too_large_is_not_waited_for() {
    let place = place("", Duration::ZERO);
    let never = Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let request = post("application/json", "*/*").header(header::CONTENT_LENGTH, 256 * 1024 + 1);
    let started = Instant::now();
    assert_eq!(place.send(request.body(never).unwrap()).await.0, 413);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn pages_from_elsewhere_may_talk_to_the_api_where_they_are_listed() {
    let preflight = |origin: &str| {
        let request = Request::builder().method(Method::OPTIONS).uri("/aalto/graphql").header(header::ORIGIN, origin);
        request.header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST").body(Body::empty()).unwrap()
    };
    let allowed = |headers: &axum::http::HeaderMap| headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN).cloned();
    let (status, headers, _) = place("", Duration::ZERO).send(preflight("https://a.example")).await;
    assert_eq!((status, allowed(&headers)), (405, None), "off unless an origin is listed");
    let place = place("allowed_origins = [\"https://a.example\"]", Duration::ZERO);
    for (origin, told) in [("https://a.example", true), ("https://b.example", false), ("null", false)] {
        let (_, headers, _) = place.send(preflight(origin)).await;
        assert_eq!(allowed(&headers).is_some(), told, "{origin}");
        assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
        let asked = post("application/json", "*/*").header(header::ORIGIN, origin);
        let (status, headers, _) = place.send(asked.body(query("{ __typename }").into()).unwrap()).await;
        assert_eq!((status, allowed(&headers).is_some()), (200, told), "{origin}");
        assert!(headers.contains_key(header::ACCESS_CONTROL_EXPOSE_HEADERS));
    }
}

#[tokio::test]
async fn only_known_documents_are_run_where_that_is_set() {
    let place = place("documents = \"trusted\"", Duration::ZERO);
    let (_, own) = pages::OPERATIONS.iter().find(|(name, _)| *name == "Viewer").unwrap();
    assert_eq!(place.post("*/*", query(own)).await.2, "UNAUTHENTICATED", "it would be run");
    assert_eq!(
        place.post(GRAPHQL, query("{ __typename }")).await,
        (400, GRAPHQL.to_owned(), "BAD_USER_INPUT".to_owned())
    );
}

#[tokio::test]
async fn a_challenge_comes_with_401_and_a_bad_token_changes_nothing() {
    let place = place("", Duration::ZERO);
    let ask = |token: Option<&str>| {
        let mut request = post("application/json", "*/*");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, token);
        }
        request.body(Body::from(query("{ viewer { language } }"))).unwrap()
    };
    let (status, headers, body) = place.send(ask(None)).await;
    assert_eq!((status, &headers[header::WWW_AUTHENTICATE]), (401, &"Bearer".parse().unwrap()));
    for token in ["Bearer x", "Bearer a.b.c", "Basic x", "Bearer eyJhbGciOiJub25lIn0.e30."] {
        let (other, _, same) = place.send(ask(Some(token))).await;
        assert_eq!((other, &same), (401, &body), "{token}");
    }
    // On fields that need no viewer the header is ignored.
    let request = post("application/json", "*/*").header(header::AUTHORIZATION, "Bearer x");
    let (status, _, body) = place.send(request.body(Body::from(query("{ __typename }"))).unwrap()).await;
    assert_eq!((status, body.as_slice()), (200, br#"{"data":{"__typename":"Query"}}"#.as_slice()));
}

#[tokio::test]
async fn a_credential_is_answered_no_earlier_than_the_floor() {
    let floor = Duration::from_millis(400);
    let place = place("", floor);
    let sign_in = "mutation { signIn(input: {email: \"a@example.org\", password: \"x\"}) { accessToken } }";
    let started = Instant::now();
    let request = post("application/json", "*/*").body(Body::from(query(sign_in))).unwrap();
    let (status, _, body) = place.send(request).await;
    assert!(started.elapsed() >= floor);
    let json: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status, &json["errors"][0]["extensions"]["code"]), (200, &json!("UNAUTHENTICATED")));
    let two = "mutation { a: signIn(input: {email: \"a@example.org\", password: \"x\"}) { accessToken } \
               b: signIn(input: {email: \"b@example.org\", password: \"x\"}) { accessToken } }";
    let started = Instant::now();
    assert_eq!(place.post("*/*", query(two)).await.2, "QUERY_TOO_COMPLEX");
    assert!(started.elapsed() < floor, "refused before any hashing");
}

#[tokio::test]
async fn pages_are_the_same_for_every_slug_and_allow_only_themselves() {
    let place = place("explorer = true", Duration::ZERO);
    for page in ["welcome", "explorer"] {
        let (status, headers, one) = place.get(&format!("/aalto/{page}")).await;
        let (_, _, other) = place.get(&format!("/no-such-track/{page}")).await;
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert_eq!(status, 200);
        assert!(one == other && policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
        let post = Request::builder().method(Method::POST).uri(format!("/aalto/{page}")).body(Body::empty()).unwrap();
        assert_eq!(place.send(post).await.0, 405);
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_there() {
    let place = place("", Duration::ZERO);
    let (status, _, nothing) = place.get("/").await;
    assert_eq!(status, 404);
    for path in ["/aalto", "/aalto/explorer", "/aalto/graphql/", "/graphql", "/livez", "/metrics", "/a/b/c"] {
        let (status, _, body) = place.get(path).await;
        assert_eq!((status, &body), (404, &nothing), "{path}");
    }
}
