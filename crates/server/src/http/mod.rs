//! What is answered over HTTP: `POST /{track}/graphql` and the pages; the admin address apart.
//!
//! Every slug has the same routes and the same answers to strangers. Deliberately absent: cookies, a log of requests,
//! and any answer that says what was asked for.

mod accept;
pub mod admin;
mod envelope;
mod graphql;
mod object;
mod object_words;
mod pages;

use std::time::Duration;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{MethodFilter, get, on},
};
use tower_http::compression::CompressionLayer;

use crate::{config::Instance, tracks::Tracks};

/// The API and the pages of all tracks. Credential documents are answered no earlier than `floor` after they came.
pub fn router(tracks: Tracks, instance: &Instance, floor: Duration) -> Router {
    let objections = object::Endpoint::new(tracks.clone(), floor);
    let endpoint = graphql::Endpoint::new(tracks, instance, floor);
    let mut router = Router::new()
        .route(
            "/{track}/graphql",
            on(MethodFilter::POST, graphql::post).fallback(graphql::not_post).with_state(endpoint),
        )
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
        .layer(middleware::from_fn(envelope::envelope))
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
