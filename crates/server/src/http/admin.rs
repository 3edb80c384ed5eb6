//! The admin address: whether the process lives, and whether it can answer.
//!
//! Deliberately absent: anything that names a track or a person. The address is published nowhere, and still.

use std::time::Duration;

use axum::{Router, extract::State, http::StatusCode, routing::get};
use futures_util::{StreamExt, stream};

use crate::tracks::Tracks;

/// How long the tracks have to answer.
const PATIENCE: Duration = Duration::from_secs(4);

/// Tracks that are asked at once.
const AT_ONCE: usize = 8;

/// `/livez` and `/readyz`.
pub fn router(tracks: Tracks) -> Router {
    Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(readyz))
        .fallback(super::not_found)
        .with_state(tracks)
        .layer(axum::middleware::from_fn(super::envelope::envelope))
}

/// 503 only where there are tracks and not one of them answers: one track's database is not the others' fault.
async fn readyz(State(tracks): State<Tracks>) -> (StatusCode, &'static str) {
    let slugs = tracks.slugs();
    let is_ready = slugs.is_empty() || tokio::time::timeout(PATIENCE, one_answers(&tracks, slugs)).await == Ok(true);
    if is_ready { (StatusCode::OK, "ready\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "no track answers\n") }
}

/// Open tracks are asked first; closed ones are opened only where none of those answers.
async fn one_answers(tracks: &Tracks, slugs: Vec<String>) -> bool {
    let (open, closed): (Vec<_>, Vec<_>) = slugs.into_iter().partition(|slug| tracks.is_open(slug));
    for slugs in [open, closed] {
        let mut answers =
            stream::iter(slugs).map(|slug| async move { tracks.answers(&slug).await }).buffer_unordered(AT_ONCE);
        while let Some(answer) = answers.next().await {
            if answer {
                return true;
            }
        }
    }
    false
}
