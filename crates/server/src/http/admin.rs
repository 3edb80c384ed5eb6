//! The admin address: whether the process lives, whether it can answer, and what it counts.
//!
//! Deliberately absent: anything that names a track or a person. The address is published nowhere, and still.

use std::time::Duration;

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    routing::get,
};
use futures_util::{StreamExt, stream};

use crate::tracks::Tracks;

/// How long the tracks have to answer.
const PATIENCE: Duration = Duration::from_secs(4);

/// Tracks that are asked at once.
const AT_ONCE: usize = 8;

/// A letter that has been due for so long, or a tick, is told of.
const LATE: Duration = Duration::from_secs(120);

/// What Prometheus takes the page for.
const PROMETHEUS: (header::HeaderName, &str) = (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");

/// `/livez`, `/readyz` and `/metrics`.
pub fn router(tracks: Tracks) -> Router {
    Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .fallback(super::not_found)
        .with_state(tracks)
        .layer(axum::middleware::from_fn(super::envelope::envelope))
}

/// 503 where there are tracks and not one of them answers, since one track's database is not the others' fault; and where
/// the process is being stopped, so that a proxy asks another. A track that answers is up to date: it is not opened before
/// its migrations are done. What is late is told, and no reason to ask another process, which does the same work.
async fn readyz(State(tracks): State<Tracks>) -> (StatusCode, String) {
    if tracks.are_left() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n".to_owned());
    }
    let slugs = tracks.slugs();
    let is_ready = slugs.is_empty() || tokio::time::timeout(PATIENCE, one_answers(&tracks, slugs)).await == Ok(true);
    if !is_ready {
        return (StatusCode::SERVICE_UNAVAILABLE, "no track answers\n".to_owned());
    }
    let waiting = tracks.waiting().await;
    let late = [("a letter", waiting.oldest_letter), ("a tick", waiting.late_tick)];
    let told = late.iter().filter(|(_, since)| *since > LATE);
    let mut page = "ready\n".to_owned();
    told.for_each(|(what, since)| page.push_str(&format!("{what} has been due for {} s\n", since.as_secs())));
    if waiting.away > 0 {
        page.push_str(&format!("tracks whose database is away: {}\n", waiting.away));
    }
    (StatusCode::OK, page)
}

/// For Prometheus.
async fn metrics(State(tracks): State<Tracks>) -> ([(header::HeaderName, &'static str); 1], String) {
    ([PROMETHEUS], tracks.metrics().page(&tracks.waiting().await))
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
