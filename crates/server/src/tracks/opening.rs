//! What it takes to open a track, and the one that strangers meet where there is none.

use std::sync::Arc;

use dipoli_app::Track;
use dipoli_store::{Database, OpenError, Place, RootKey, Store};
use ring::rand::{SecureRandom, SystemRandom};

use super::Surroundings;
use crate::{config, data::TrackFolder, workers::Postman};

/// Why a track could not be opened, for the command line: it may name files.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    /// There is none, or this process does not serve it.
    #[error("there is no such track")]
    Absent,
    /// It was tried a moment ago.
    #[error("it could not be opened a moment ago")]
    TooSoon,
    /// Its settings.
    #[error("{0}")]
    Settings(String),
    /// Another process serves it.
    #[error(transparent)]
    Served(#[from] crate::serving::Refused),
    /// Its databases or keys.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// What it is opened with.
    #[error(transparent)]
    App(#[from] dipoli_app::Error),
}

/// Opens a track's databases, brought up to date first where they are of an earlier release, and its handle.
///
/// # Errors
/// What is in the way.
pub async fn open_track(
    with: &Surroundings,
    slug: &str,
    folder: &TrackFolder,
    settings: &config::Track,
) -> Result<(Arc<Track>, Postman), NotOpened> {
    let place = folder.place(settings);
    let open = || Store::open(&place, &with.root, with.clock.clone());
    let store = match open().await {
        Err(OpenError::Older) => {
            Store::migrate(&place).await?;
            open().await?
        }
        other => other?,
    };
    store.refuse_cut_log().await?;
    if store.is_open_to_all() {
        tracing::warn!("every role of the cluster may connect to a track's database; `dipoli track check` says which");
    }
    let track = Track::open(settings.for_app(slug, &with.public_url), store, Arc::clone(&with.hasher))?;
    let track = Arc::new(track);
    // Before anyone reads: what was out of reach for long is given more time.
    dipoli_app::silence::tend(&track).await?;
    let postman =
        Postman::new(settings, folder, &track.base_url(), with.outlet.clone()).map_err(NotOpened::Settings)?;
    Ok((track, postman))
}

/// A track in memory, with settings as any track's and keys that nobody else has. It is as large as an empty track is,
/// and little more: without an account there is no sign-in, and what is written without one are counted tries, of a day
/// and so many at most.
pub(super) async fn nobody(with: &Surroundings) -> dipoli_app::Result<Arc<Track>> {
    let place = Place { content: Database::Memory, keys: Database::Memory };
    let fault = |fault: OpenError| dipoli_app::Error::Fault(fault.to_string());
    let mut root = [0; 32];
    SystemRandom::new().fill(&mut root).expect("the operating system's random generator answers");
    let store = Store::create(&place, &RootKey::new(root), with.clock.clone()).await.map_err(fault)?;
    let settings = config::Track::of_nobody().for_app("nobody", &with.public_url);
    Track::open(settings, store, Arc::clone(&with.hasher)).map(Arc::new)
}
