//! What the links of letters lead to: answering a session, turning letters off, and the calendar feed.
//!
//! A GET changes nothing. Whatever is no link, or none any more, in this track or in one that there is not, has the same
//! answer. Deliberately absent: scripts, cookies, and anything about a session that its letter has not told.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use axum::{
    body::{Body, to_bytes},
    extract::{Path, RawQuery, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use dipoli_app::{Error, Track, again::Tries, answer_by_link, calendar_feed, correspondence};
use dipoli_domain::language::LanguageTag;
use dipoli_mail::{ANSWER, CalendarEntry, Page, answer_of, feed, spoken, wanted};
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use crate::tracks::Tracks;

/// Largest form, in bytes.
const MOST_BYTES: usize = 4096;

/// How long a form may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// The track and the secret of a path; a path that is no text names nobody's.
type Place = Result<Path<(String, String)>, PathRejection>;

/// `GET /{track}/rsvp/{secret}`: a page with a button for each answer.
pub async fn ask(
    State(tracks): State<Tracks>,
    place: Place,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = query.unwrap_or_default();
    let mut given = form_urlencoded::parse(query.as_bytes());
    let suggested = given.find(|(name, _)| name == ANSWER).and_then(|(_, answer)| answer_of(&answer));
    answered(
        &headers,
        question(&tracks, place)
            .await
            .map(|found| found.map(|(track, it)| (Page::Answer(suggested), language(&track, it.language())))),
    )
}

/// `POST /{track}/rsvp/{secret}`: the answer.
pub async fn answer(State(tracks): State<Tracks>, place: Place, headers: HeaderMap, body: Body) -> Response {
    let Some(form) = form(body).await else { return bad_form() };
    let Some(answer) = form.iter().find(|(name, _)| name == ANSWER).and_then(|(_, it)| answer_of(it)) else {
        return bad_form();
    };
    let done = async {
        let Some((track, question)) = question(&tracks, place).await? else { return Ok(None) };
        done(|| answer_by_link::answer(&track, &question, answer)).await?;
        Ok(Some((Page::Answered(answer), language(&track, question.language()))))
    };
    answered(&headers, done.await)
}

async fn question(tracks: &Tracks, place: Place) -> dipoli_app::Result<Option<(Arc<Track>, answer_by_link::Question)>> {
    let (track, secret) = at(tracks, place).await?;
    Ok(answer_by_link::question(&track, &secret).await?.map(|question| (track, question)))
}

/// `GET /{track}/unsubscribe/{secret}`: a page with a button.
pub async fn offer(State(tracks): State<Tracks>, place: Place, headers: HeaderMap) -> Response {
    let found = subscription(&tracks, place).await;
    answered(
        &headers,
        found.map(|found| found.map(|(track, it)| (Page::Unsubscribe(it.kind), language(&track, &it.language)))),
    )
}

/// `POST /{track}/unsubscribe/{secret}`: letters of that kind are off, whatever the form says (RFC 8058).
pub async fn unsubscribe(State(tracks): State<Tracks>, place: Place, headers: HeaderMap, body: Body) -> Response {
    if form(body).await.is_none() {
        return bad_form();
    }
    let done = async {
        let Some((track, subscription)) = subscription(&tracks, place).await? else { return Ok(None) };
        done(|| correspondence::unsubscribe(&track, &subscription)).await?;
        Ok(Some((Page::Unsubscribed(subscription.kind), language(&track, &subscription.language))))
    };
    answered(&headers, done.await)
}

async fn subscription(
    tracks: &Tracks,
    place: Place,
) -> dipoli_app::Result<Option<(Arc<Track>, correspondence::Subscription)>> {
    let (track, secret) = at(tracks, place).await?;
    Ok(correspondence::subscription(&track, &secret).await?.map(|subscription| (track, subscription)))
}

/// `GET /{track}/calendar/{secret}.ics`: the feed, or that it has not changed.
pub async fn calendar(State(tracks): State<Tracks>, place: Place, headers: HeaderMap) -> Response {
    let read = async {
        let (track, file) = at(&tracks, place).await?;
        match file.strip_suffix(".ics") {
            Some(secret) => {
                let found = calendar_feed::read(&track, secret).await?;
                Ok(found.map(|found| (language(&track, &found.language), found)))
            }
            None => Ok(None),
        }
    };
    match read.await {
        Ok(Some((language, found))) => entries(&found, &language, &headers),
        Ok(None) => page(StatusCode::NOT_FOUND, Page::Gone, &reader(&headers)),
        Err(error) => failed(&error),
    }
}

/// The feed. Its ETag is made of nothing but what it says, so that it tells nothing else.
fn entries(found: &calendar_feed::Feed, language: &LanguageTag, headers: &HeaderMap) -> Response {
    let entries: Vec<_> = found.entries.iter().map(calendar_entry).collect();
    let Ok(text) = feed(&entries, language, &found.zone) else { return fault() };
    let tag = format!("\"{}\"", STANDARD.encode(Sha256::digest(&text)));
    let given = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let is_known = given.flat_map(|value| value.split(',')).any(|it| {
        let it = it.trim();
        it == "*" || it.strip_prefix("W/").unwrap_or(it) == tag
    });
    let Ok(etag) = HeaderValue::try_from(tag) else { return fault() };
    let etag = [(header::ETAG, etag), (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"))];
    if is_known {
        return (StatusCode::NOT_MODIFIED, etag).into_response();
    }
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8"))];
    (etag, kind, text).into_response()
}

fn calendar_entry(entry: &calendar_feed::Entry) -> CalendarEntry {
    CalendarEntry {
        uid: entry.uid.clone(),
        sequence: entry.sequence,
        stamp: entry.changed_at,
        starts_at: entry.starts_at,
        ends_at: entry.ends_at,
        is_cancelled: entry.is_cancelled,
        is_free: entry.is_declined,
        label: entry.label.clone(),
        subject: entry.subject.clone(),
    }
}

/// Does it, and again where another transaction was in the way.
async fn done<F: Future<Output = dipoli_app::Result<()>>>(act: impl Fn() -> F) -> dipoli_app::Result<()> {
    let mut tries = Tries::default();
    loop {
        let outcome = act().await;
        if !tries.again(&outcome).await {
            return outcome;
        }
    }
}

async fn at(tracks: &Tracks, place: Place) -> dipoli_app::Result<(Arc<Track>, String)> {
    let (slug, secret) = place.map(|Path(place)| place).unwrap_or_default();
    Ok((tracks.for_request(&slug).await?, secret))
}

/// The fields of a form; `None` for what is none, or does not come to an end: whoever sends nothing must not keep a place.
async fn form(body: Body) -> Option<Vec<(String, String)>> {
    form_within(PATIENCE, body).await
}

async fn form_within(patience: Duration, body: Body) -> Option<Vec<(String, String)>> {
    let bytes = timeout(patience, to_bytes(body, MOST_BYTES)).await.ok()?.ok()?;
    Some(form_urlencoded::parse(&bytes).into_owned().collect())
}

/// The page that was found, in its reader's language, or the one that says that there is none, in the browser's.
fn answered(headers: &HeaderMap, found: dipoli_app::Result<Option<(Page, LanguageTag)>>) -> Response {
    match found {
        Ok(Some((found, language))) => page(StatusCode::OK, found, &language),
        Ok(None) => page(StatusCode::NOT_FOUND, Page::Gone, &reader(headers)),
        Err(error) => failed(&error),
    }
}

/// A person's language as letters to them have it: the track's, where there are no words in theirs.
fn language(track: &Track, theirs: &LanguageTag) -> LanguageTag {
    spoken(theirs, &track.settings().language)
}

fn reader(headers: &HeaderMap) -> LanguageTag {
    wanted(headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default())
}

fn page(status: StatusCode, page: Page, language: &LanguageTag) -> Response {
    static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
        let style = STANDARD.encode(Sha256::digest(dipoli_mail::STYLE));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        );
        HeaderValue::try_from(policy).expect("a digest is base64")
    });
    let Ok(html) = page.html(language) else { return fault() };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, POLICY.clone()),
    ];
    (status, headers, html).into_response()
}

fn bad_form() -> Response {
    (StatusCode::BAD_REQUEST, "This is not the form of the page.\n").into_response()
}

fn failed(error: &Error) -> Response {
    match error {
        Error::Unavailable | Error::Again => (StatusCode::SERVICE_UNAVAILABLE, "Try again shortly.\n").into_response(),
        Error::Refused(_) => (StatusCode::CONFLICT, "This cannot be done now.\n").into_response(),
        Error::Fault(_) => fault(),
    }
}

fn fault() -> Response {
    tracing::error!("a page of a letter's link could not be made");
    (StatusCode::INTERNAL_SERVER_ERROR, "Something is wrong here.\n").into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use futures_util::stream::{self, StreamExt};

    use super::*;

    #[tokio::test]
    async fn a_form_that_does_not_end_is_given_up() {
        let begun = || stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"answer="))]);
        let patience = Duration::from_millis(50);
        assert!(form_within(patience, Body::from_stream(begun().chain(stream::pending()))).await.is_none());
        let whole = form_within(patience, Body::from_stream(begun())).await.expect("it ends");
        assert_eq!(whole, [("answer".to_owned(), String::new())]);
    }
}
