//! `GET|POST /{track}/object/{secret}`: objecting with the link from a letter, without signing in, and nothing else.
//!
//! The form is the same for every slug and secret, and so is the answer to a link that is not good. Neither shows the text that is
//! under silence. What was typed comes back with what is wrong with it. Deliberately absent: a script, a limit on how often.

use std::{sync::LazyLock, time::Duration};

use axum::{
    Extension,
    body::{Body, to_bytes},
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use dipoli_app::{Error, silence};
use dipoli_domain::{
    refusal::{Code, Refusals},
    silence::Ground,
};
use minijinja::{Environment, Value, context};
use tokio::time::{Instant, sleep_until, timeout};
use url::form_urlencoded;

use super::{
    envelope::RequestId,
    object_words::{LANGUAGES, Words},
    pages::digest_of_style,
};
use crate::tracks::Tracks;

const PAGE: &str = include_str!("../../assets/object.html");

/// Largest form, in bytes: two texts of 10,000 characters, percent-encoded.
const MOST_BYTES: usize = 512 * 1024;
/// How long a form may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// What objections are taken with. A clone is the same.
#[derive(Clone)]
pub struct Endpoint {
    tracks: Tracks,
    floor: Duration,
}

impl Endpoint {
    /// An endpoint for all tracks; no answer to a link leaves earlier than `floor` after it came.
    pub const fn new(tracks: Tracks, floor: Duration) -> Self {
        Self { tracks, floor }
    }
}

/// What was typed.
#[derive(Default)]
struct Said {
    ground: String,
    statement: String,
    amendment: String,
}

impl Said {
    /// What a form says; a field that is not in it is empty.
    fn read(form: &[u8]) -> Self {
        let mut said = Self::default();
        for (name, value) in form_urlencoded::parse(form) {
            match name.as_ref() {
                "ground" => said.ground = value.into_owned(),
                // A form's lines end in CR LF.
                "statement" => said.statement = value.replace("\r\n", "\n"),
                "amendment" => said.amendment = value.replace("\r\n", "\n"),
                _ => {}
            }
        }
        said
    }
}

/// What came of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Asked,
    Objected,
    NoGround,
    Statement,
    Amendment,
    Over,
    BadLink,
    Away,
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Objected => "objected",
            Self::NoGround => "no_ground",
            Self::Statement => "statement_wrong",
            Self::Amendment => "amendment_wrong",
            Self::Over => "over",
            Self::BadLink => "bad_link",
            Self::Away => "away",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::Asked | Self::Objected => StatusCode::OK,
            Self::NoGround | Self::Statement | Self::Amendment => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Over => StatusCode::CONFLICT,
            Self::BadLink => StatusCode::NOT_FOUND,
            Self::Away => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// The form, whatever the slug and the secret are.
pub async fn get(headers: HeaderMap) -> Response {
    page(&headers, Outcome::Asked, &Said::default())
}

/// Takes the objection of whoever has the link.
pub async fn post(
    State(endpoint): State<Endpoint>,
    Extension(id): Extension<RequestId>,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let arrived = Instant::now();
    let Ok(Ok(form)) = timeout(PATIENCE, to_bytes(body, MOST_BYTES)).await else {
        return page(&headers, Outcome::Statement, &Said::default());
    };
    let said = Said::read(&form);
    let (slug, secret) = path.map(|Path(path)| path).unwrap_or_default();
    let task = tokio::spawn(objected(endpoint.tracks.clone(), slug, secret, id.as_str().to_owned(), said));
    let (outcome, said) = task.await.unwrap_or((Outcome::Away, Said::default()));
    sleep_until(arrived + endpoint.floor).await;
    page(&headers, outcome, &said)
}

/// Runs on, also where whoever sent it is gone.
async fn objected(tracks: Tracks, slug: String, secret: String, id: String, said: Said) -> (Outcome, Said) {
    let ground = match said.ground.as_str() {
        "LINKAGE" => Ground::Linkage,
        "SUBSTANCE" => Ground::Substance,
        "PROCEDURE" => Ground::Procedure,
        _ => return (Outcome::NoGround, said),
    };
    let Ok(track) = tracks.for_request(&slug).await else { return (Outcome::Away, said) };
    let (statement, amendment) = (said.statement.clone(), Some(said.amendment.clone()));
    let input = silence::ByLink { secret, ground, statement, amendment };
    let outcome = match silence::object_by_link(&track, input).await {
        Ok(()) => Outcome::Objected,
        Err(Error::Refused(refusals)) => refused(&refusals),
        Err(Error::Unavailable | Error::Again) => Outcome::Away,
        Err(Error::Fault(fault)) => {
            tracing::error!(request = id.as_str(), fault = fault.as_str(), "an objection by link failed");
            Outcome::Away
        }
    };
    (outcome, said)
}

fn refused(refusals: &Refusals) -> Outcome {
    let first = refusals.iter().next();
    match first.map(|refusal| (refusal.code, refusal.field.as_deref())) {
        Some((_, Some("statement"))) => Outcome::Statement,
        Some((_, Some("amendment"))) => Outcome::Amendment,
        Some((Code::FailedPrecondition, _)) => Outcome::Over,
        // Another was faster in the same moment: the same again is good.
        Some((Code::Conflict, _)) => Outcome::Away,
        _ => Outcome::BadLink,
    }
}

fn page(headers: &HeaderMap, outcome: Outcome, said: &Said) -> Response {
    static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
        let mut pages = Environment::new();
        pages.add_template("object.html", PAGE).expect("the page is a template");
        pages
    });
    static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
        let style = digest_of_style(PAGE);
        let policy = format!(
            "default-src 'none'; style-src {style}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        HeaderValue::try_from(policy).expect("digests are base64")
    });
    let words = wanted(headers);
    let texts = Value::from_pairs(words.texts.iter().copied());
    let Said { ground, statement, amendment } = said;
    let typed = Value::from_pairs(
        [("ground", ground), ("statement", statement), ("amendment", amendment)].map(|(k, v)| (k, v.as_str())),
    );
    let filled = PAGES.get_template("object.html").and_then(|page| {
        page.render(context! { language => words.language, outcome => outcome.word(), words => texts, said => typed })
    });
    let Ok(html) = filled else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, POLICY.clone()),
        (header::VARY, HeaderValue::from_static("accept-language")),
    ];
    (outcome.status(), headers, html).into_response()
}

/// The first language that the visitor asks for and the page has; English otherwise.
fn wanted(headers: &HeaderMap) -> &'static Words {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let tags = asked.split(',').filter_map(|part| part.split([';', '-']).next()).map(str::trim);
    tags.into_iter()
        .find_map(|tag| LANGUAGES.iter().find(|words| words.language.eq_ignore_ascii_case(tag)))
        .unwrap_or(&LANGUAGES[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_speaks_the_visitors_language() {
        let of = |value: &'static str| {
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, HeaderValue::from_static(value))]);
            wanted(&headers).language
        };
        for (asked, given) in [("be-BY,ru;q=0.8", "be"), ("fi, LT;q=0.5", "lt"), ("fi", "en"), ("", "en"), ("pl", "pl")]
        {
            assert_eq!(of(asked), given, "{asked}");
        }
    }

    #[tokio::test]
    async fn what_was_typed_comes_back_and_ends_nothing() {
        let said = Said {
            ground: "LINKAGE".into(),
            statement: "</textarea><script>alert(1)</script>".into(),
            amendment: String::new(),
        };
        for outcome in
            [Outcome::NoGround, Outcome::Statement, Outcome::Amendment, Outcome::Over, Outcome::BadLink, Outcome::Away]
        {
            let response = page(&HeaderMap::new(), outcome, &said);
            assert_eq!(response.status(), outcome.status());
            let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a whole body");
            let html = String::from_utf8_lossy(&body);
            assert!(!html.contains("<script"), "{html}");
            assert!(html.contains("&lt;script&gt;") && html.contains("value=\"LINKAGE\" required checked"), "{html}");
            assert!(html.contains("class=\"wrong\" role=\"alert\">") && !html.contains("role=\"alert\"></p>"));
        }
    }
}
