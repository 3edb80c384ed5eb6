//! `POST /{track}/graphql`: from bytes to an answer, in this order: limits, document, viewer, run.
//!
//! What comes before the viewer depends on no track, and is told to strangers as to everyone. Answers to documents that
//! try a credential leave no earlier than a floor after their arrival, whichever way they end (requirements A-05).
//! Deliberately absent: GET, batches, and any answer of the library's own HTTP layer.

use std::{net::SocketAddr, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::{
    Extension,
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use dipoli_app::{Cx, Knock, Track, guessing, identity};
use dipoli_domain::{guessing::Rate, sign_in::ClientKind};
use dipoli_graphql::{Api, Documents, ErrorCode, Kind, Manifest, Options, Prepared, RawRequest, Response as Answer};
use futures_util::FutureExt;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{
    accept::{self, Media},
    client,
    envelope::RequestId,
};
use crate::{
    config::{self, Instance, Network},
    metrics::Operation,
    tracks::Tracks,
};

/// Largest body, in bytes.
const MOST_BYTES: usize = 256 * 1024;

/// How long a request may take, its body included (requirements G-12).
const PATIENCE: Duration = Duration::from_secs(10);

/// Seconds after which whoever tried too often may try once more, at the usual rate (requirements A-06). How much longer it is
/// at one account is told to nobody.
const SOON_ENOUGH: &str = "20";

/// Seconds after which a database that is away is worth asking again.
const SOON: &str = "5";

/// What requests are answered with. A clone is the same.
#[derive(Clone)]
pub struct Endpoint(Arc<Inner>);

struct Inner {
    tracks: Tracks,
    api: Api,
    floor: Duration,
    rate: Rate,
    trusted_proxies: Vec<Network>,
    /// Where web pages that may open a socket are from: the server's own address, and those that are listed.
    origins: Vec<String>,
}

impl Endpoint {
    /// An endpoint for all tracks. Known documents are our own and those of the operator.
    pub fn new(tracks: Tracks, instance: &Instance, documents: Vec<String>, floor: Duration) -> Self {
        let own = super::pages::OPERATIONS.iter().map(|(_, text)| (*text).to_owned());
        let known = Manifest::of(own.chain(documents));
        let documents = match instance.documents {
            config::Documents::Open => known,
            config::Documents::Trusted => known.alone(),
        };
        let options = Options { introspection: instance.introspection, documents, ..Options::default() };
        let rate = Rate { burst: instance.sign_in.burst.get(), per_minute: instance.sign_in.per_minute.get() };
        let trusted_proxies = instance.trusted_proxies.clone();
        let own = origin(&instance.public_url).to_owned();
        let origins = instance.allowed_origins.iter().cloned().chain([own]).collect();
        Self(Arc::new(Inner { tracks, api: Api::new(options), floor, rate, trusted_proxies, origins }))
    }

    /// What is known of whoever asks for this slug.
    fn knock(&self, slug: &str, peer: Option<SocketAddr>, headers: &HeaderMap) -> Knock {
        let peer = peer.map(|peer| peer.ip());
        let name = headers.get(header::USER_AGENT).and_then(|name| name.to_str().ok());
        Knock {
            slug: slug.to_owned(),
            address: client::address(peer, headers, &self.0.trusted_proxies),
            client: ClientKind::of(name),
            rate: self.0.rate,
        }
    }

    /// The tracks.
    pub fn tracks(&self) -> &Tracks {
        &self.0.tracks
    }

    /// The API.
    pub fn api(&self) -> &Api {
        &self.0.api
    }

    /// See [`refusal_floor`].
    pub fn refusal_floor(&self) -> Duration {
        refusal_floor(self.0.floor)
    }

    /// Whether who asks may open a socket: no web page, or one from an origin that is listed.
    pub fn allows_origin(&self, headers: &HeaderMap) -> bool {
        let listed = |origin: &HeaderValue| self.0.origins.iter().any(|listed| listed.as_bytes() == origin.as_bytes());
        headers.get_all(header::ORIGIN).iter().all(listed)
    }
}

/// No answer to someone who shows a token or a link that is none leaves before this long after it has come: whether there is a
/// track, and whether it had to be opened first, is not told by the time. Shorter than where a credential is tried, since nothing
/// is hashed.
pub fn refusal_floor(floor: Duration) -> Duration {
    floor * 2 / 5
}

/// The origin of an address: scheme, host and port.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find('/').map_or(url, |path| &url[..host + path])
}

/// `POST /{track}/graphql`.
pub async fn post(
    State(endpoint): State<Endpoint>,
    slug: Result<Path<String>, PathRejection>,
    Extension(id): Extension<RequestId>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let arrived = Instant::now();
    let deadline = arrived + PATIENCE;
    let media = Media::wanted(&headers);
    if headers.contains_key(header::CONTENT_ENCODING) {
        let told = Answer::bad_input("A body is sent as it is, without Content-Encoding.");
        let mut response = send(StatusCode::UNSUPPORTED_MEDIA_TYPE, media, &told);
        response.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        return response;
    }
    if !accept::is_json(&headers) {
        let told = Answer::bad_input("The body must be JSON, sent as Content-Type: application/json.");
        return send(StatusCode::UNSUPPORTED_MEDIA_TYPE, media, &told);
    }
    let request = match timeout_at(deadline, read(length(&headers), body)).await {
        Ok(Ok(request)) => request,
        Ok(Err((status, told))) => return send(status, media, &told),
        Err(_) => return send(StatusCode::REQUEST_TIMEOUT, media, &Answer::unavailable()),
    };
    let metrics = endpoint.0.tracks.metrics();
    // A path that is no text is nobody's.
    let slug = slug.map(|Path(slug)| slug).unwrap_or_default();
    let documents = bearer(&headers).and_then(|token| endpoint.0.tracks.documents(&slug, token));
    let prepared = match endpoint.0.api.prepare(request, documents.as_deref()) {
        Ok(prepared) => prepared,
        Err(told) => {
            metrics.answered(Operation::Unread, told.kind(), arrived.elapsed());
            return answered(media, &told);
        }
    };
    let operation = Operation::of(&prepared);
    let is_credential = prepared.is_credential();
    let knock = endpoint.knock(&slug, peer.map(|Extension(ConnectInfo(peer))| peer), &headers);
    let asked = Asked { headers: &headers, media, documents: documents.as_deref(), request_id: id.as_str() };
    let run = AssertUnwindSafe(run(&endpoint, knock, prepared, asked)).catch_unwind();
    let told = match timeout_at(deadline, run).await {
        Ok(Ok(told)) => told,
        Ok(Err(_)) => Outcome::Told(Answer::internal(id.as_str())),
        Err(_) => Outcome::Told(Answer::unavailable()),
    };
    if is_credential {
        sleep_until(arrived + endpoint.0.floor).await;
    } else if matches!(&told, Outcome::Told(told) if told.kind() == Kind::Unauthenticated) {
        sleep_until(arrived + endpoint.refusal_floor()).await;
    }
    match told {
        Outcome::Told(told) => {
            metrics.answered(operation, told.kind(), arrived.elapsed());
            answered(media, &told)
        }
        Outcome::NotAcceptable => not_acceptable(),
    }
}

/// Any other method.
pub async fn not_post(headers: HeaderMap) -> Response {
    let told = Answer::bad_input("Send a POST.");
    let mut response = send(StatusCode::METHOD_NOT_ALLOWED, Media::wanted(&headers), &told);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

/// What the request says of its body's length.
fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The request in a body, or why there is none, whatever the answer is in: what is no request is 400.
async fn read(length: Option<u64>, body: Body) -> Result<RawRequest, (StatusCode, Answer)> {
    let too_large = || (StatusCode::PAYLOAD_TOO_LARGE, Answer::bad_input("A body has at most 256 KiB."));
    // What says beforehand that it is too large is not read at all.
    if length.is_some_and(|length| length > MOST_BYTES as u64) {
        return Err(too_large());
    }
    let bytes: Bytes = to_bytes(body, MOST_BYTES).await.map_err(|_| too_large())?;
    RawRequest::from_json(&bytes).map_err(|told| (StatusCode::BAD_REQUEST, told))
}

enum Outcome {
    Told(Answer),
    NotAcceptable,
}

/// What comes beside a document.
struct Asked<'a> {
    headers: &'a HeaderMap,
    media: Option<Media>,
    documents: Option<&'a Documents>,
    request_id: &'a str,
}

/// Runs a document: in its track as its viewer, in its track as a stranger, or, where it asks for nothing that a track
/// has, in nobody's.
async fn run(endpoint: &Endpoint, knock: Knock, mut prepared: Prepared, asked: Asked<'_>) -> Outcome {
    let id = asked.request_id;
    let (track, viewer) = match place(endpoint, &knock.slug, asked.headers, &prepared).await {
        Ok(place) => place,
        Err(Refused::Stranger) => return Outcome::Told(Answer::unauthenticated()),
        Err(Refused::App(error)) => return Outcome::Told(Answer::of(error, id)),
    };
    if asked.media.is_none() {
        return Outcome::NotAcceptable;
    }
    if let (Some(documents), Some(_)) = (asked.documents, &viewer) {
        prepared.remember(documents);
    }
    let again = prepared.is_credential().then(|| (knock.clone(), prepared.clone()));
    let told = endpoint.0.api.execute(Arc::clone(&track), viewer, knock, prepared, id).await;
    let is_away = told.codes().any(|code| code == ErrorCode::Unavailable);
    Outcome::Told(match again {
        Some((knock, again)) if is_away => as_nobody(endpoint, knock, again, told, id).await,
        Some((knock, again)) => {
            counted_beside(endpoint, &track, &knock, &again).await;
            told
        }
        None => told,
    })
}

/// Counts the try of a client address in nobody's track as well: whoever has tried too often is told so too when the track's own
/// database, where it is counted, has gone away.
async fn counted_beside(endpoint: &Endpoint, track: &Arc<Track>, knock: &Knock, prepared: &Prepared) {
    let Some(what) = prepared.counted_try() else { return };
    // What cannot be counted in memory is no reason to keep an answer back.
    if let Ok(nobody) = endpoint.0.tracks.nobody().await
        && !Arc::ptr_eq(&nobody, track)
    {
        drop(guessing::from_address(&nobody, knock, what).await);
    }
}

/// The answer to a stranger where the track's database went away meanwhile: what is told where there is no such track, so
/// that being away tells nothing (requirements A-05).
async fn as_nobody(endpoint: &Endpoint, knock: Knock, prepared: Prepared, told: Answer, id: &str) -> Answer {
    match endpoint.0.tracks.nobody().await {
        Ok(nobody) => endpoint.0.api.execute(nobody, None, knock, prepared, id).await,
        Err(_) => told,
    }
}

enum Refused {
    Stranger,
    App(dipoli_app::Error),
}

impl From<dipoli_app::Error> for Refused {
    fn from(error: dipoli_app::Error) -> Self {
        Self::App(error)
    }
}

async fn place(
    endpoint: &Endpoint,
    slug: &str,
    headers: &HeaderMap,
    prepared: &Prepared,
) -> Result<(Arc<Track>, Option<Cx>), Refused> {
    let tracks = &endpoint.0.tracks;
    if prepared.needs_viewer() {
        // Who shows nothing learns nothing, not even how long it takes to open a track.
        let token = bearer(headers).ok_or(Refused::Stranger)?;
        let track = tracks.for_request(slug).await?;
        let viewer = identity::authenticate(&track, token).await?;
        return Ok((track, Some(viewer)));
    }
    let track = if prepared.is_credential() { tracks.for_stranger(slug).await? } else { tracks.nobody().await? };
    Ok((track, None))
}

/// The token of `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    bearer_of(headers.get(header::AUTHORIZATION)?.to_str().ok()?)
}

/// The token of `Bearer …`.
pub fn bearer_of(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The answer to a request that was understood. Clients of `application/json` look for errors in the body alone.
fn answered(media: Option<Media>, told: &Answer) -> Response {
    let status = match (told.kind(), media) {
        (Kind::Unauthenticated, _) => StatusCode::UNAUTHORIZED,
        (Kind::RateLimited, _) => StatusCode::TOO_MANY_REQUESTS,
        (Kind::Unavailable, _) => StatusCode::SERVICE_UNAVAILABLE,
        (Kind::Internal, _) => StatusCode::INTERNAL_SERVER_ERROR,
        (Kind::Answered | Kind::BadRequest, None) => return not_acceptable(),
        (Kind::BadRequest, Some(Media::GraphQl)) => StatusCode::BAD_REQUEST,
        (Kind::Answered, _) | (Kind::BadRequest, Some(Media::Json)) => StatusCode::OK,
    };
    send(status, media, told)
}

fn not_acceptable() -> Response {
    let told = Answer::bad_input("An answer is application/graphql-response+json or application/json.");
    send(StatusCode::NOT_ACCEPTABLE, None, &told)
}

fn send(status: StatusCode, media: Option<Media>, told: &Answer) -> Response {
    let mut response = (status, told.to_bytes()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, media.unwrap_or(Media::Json).header());
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    match status {
        StatusCode::UNAUTHORIZED => drop(headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
        StatusCode::TOO_MANY_REQUESTS => {
            drop(headers.insert(header::RETRY_AFTER, HeaderValue::from_static(SOON_ENOUGH)))
        }
        StatusCode::SERVICE_UNAVAILABLE => drop(headers.insert(header::RETRY_AFTER, HeaderValue::from_static(SOON))),
        _ => {}
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_of_an_address() {
        for url in ["https://a.example:8443", "https://a.example:8443/", "https://a.example:8443/dialogues/"] {
            assert_eq!(origin(url), "https://a.example:8443");
        }
    }

    #[test]
    fn the_token_of_a_header() {
        let of = |value: &'static str| {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]);
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(of("Bearer a.b.c").as_deref(), Some("a.b.c"));
        assert_eq!(of("bearer  a.b.c ").as_deref(), Some("a.b.c"));
        for none in ["Bearer", "Bearer ", "Basic a.b.c", "a.b.c", ""] {
            assert_eq!(of(none), None, "{none}");
        }
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
