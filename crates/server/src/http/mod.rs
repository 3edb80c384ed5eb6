//! What is answered over HTTP: `POST /{track}/graphql`, its WebSocket and the pages; the admin address apart.
//!
//! Every slug has the same routes and the same answers to strangers. Deliberately absent: cookies, a log of requests,
//! and any answer that says what was asked for.

mod accept;
pub mod admin;
mod client;
pub mod connections;
mod envelope;
mod graphql;
mod letters;
mod object;
mod object_words;
pub(crate) mod pages;
mod socket;

use std::time::Duration;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, Method, StatusCode, Version, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodFilter, get, on},
};
use tokio::time::{Instant, sleep_until};
use tower_http::{
    compression::CompressionLayer,
    cors::{AllowOrigin, CorsLayer},
};

use crate::{config::Instance, tracks::Tracks};

/// How long a browser may keep what it was told of other origins.
const PREFLIGHT: Duration = Duration::from_secs(600);

/// The API and the pages of all tracks. `documents` are those that the operator has registered. Credential documents are answered no earlier than `floor` after they came.
pub fn router(tracks: Tracks, instance: &Instance, documents: Vec<String>, floor: Duration) -> Router {
    let objections = object::Endpoint::new(tracks.clone(), floor);
    let leaving = middleware::from_fn_with_state(tracks.clone(), last_of_its_connection);
    let endpoint = graphql::Endpoint::new(tracks.clone(), instance, documents, floor);
    let mut api = on(MethodFilter::POST, graphql::post)
        .on(MethodFilter::GET, socket::get)
        .fallback(graphql::not_post)
        .with_state(endpoint);
    if !instance.allowed_origins.is_empty() {
        api = api.layer(from_elsewhere(&instance.allowed_origins));
    }
    let of_letters = Router::new()
        .route("/{track}/rsvp/{secret}", get(letters::ask).post(letters::answer).fallback(not_get_or_post))
        .route(
            "/{track}/unsubscribe/{secret}",
            get(letters::offer).post(letters::unsubscribe).fallback(not_get_or_post),
        )
        .route("/{track}/calendar/{secret}", get(letters::calendar).fallback(not_get))
        .with_state(tracks.clone())
        .layer(middleware::from_fn_with_state(graphql::refusal_floor(floor), not_found_sooner_than));
    let mut router = of_letters
        .route("/{track}/graphql", api)
        .route("/{track}/welcome", get(pages::welcome).fallback(not_get))
        .route(
            "/{track}/object/{secret}",
            get(object::get).post(object::post).fallback(not_get_or_post).with_state(objections),
        );
    if instance.explorer {
        router = router.route("/{track}/explorer", get(pages::explorer).fallback(not_get));
    }
    router
        .fallback(not_found)
        .layer(DefaultBodyLimit::disable())
        .layer(CompressionLayer::new())
        .layer(leaving)
        .layer(middleware::from_fn(of_one_host))
        .layer(middleware::from_fn(envelope::envelope))
}

/// Refuses a request that does not say of which host it asks, or says it twice (RFC 9112 §3.2).
async fn of_one_host(request: Request, next: Next) -> Response {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    let needs_one = request.version() == Version::HTTP_11;
    if hosts > 1 || (needs_one && hosts == 0) {
        return (StatusCode::BAD_REQUEST, "A request has one Host.\n").into_response();
    }
    next.run(request).await
}

/// That there is nothing is told no sooner than this long after it was asked: whether a track had to be opened to find that out
/// is not told by the time (requirements A-05).
async fn not_found_sooner_than(State(floor): State<Duration>, request: Request, next: Next) -> Response {
    let arrived = Instant::now();
    let response = next.run(request).await;
    if response.status() == StatusCode::NOT_FOUND {
        sleep_until(arrived + floor).await;
    }
    response
}

/// Says with each answer that it is the connection's last, once the process is being stopped.
async fn last_of_its_connection(State(tracks): State<Tracks>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if tracks.are_left() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// What lets web pages from these origins talk to the API: with a token that they have, since there are no cookies.
fn from_elsewhere(origins: &[String]) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().filter_map(|origin| origin.parse().ok())))
        .allow_methods([Method::POST])
        .allow_headers([header::CONTENT_TYPE, header::AUTHORIZATION, envelope::REQUEST_ID])
        .expose_headers([envelope::REQUEST_ID])
        .max_age(PREFLIGHT)
}

/// The one answer to paths that there are not.
pub(crate) async fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "There is nothing here.\n").into_response()
}

async fn not_get() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET,HEAD")], "This is a page to be read.\n").into_response()
}

async fn not_get_or_post() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET,HEAD,POST")], "This is a form to be filled in.\n")
        .into_response()
}

#[cfg(test)]
mod tests;
