//! The compartment, as those inside see it.

use std::sync::Arc;

use async_graphql::{Enum, Object};
use dipoli_app as app;

/// How official the track is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::track::Formality")]
pub(crate) enum Formality {
    /// Between governments, by officials as such.
    #[graphql(name = "TRACK_1")]
    Track1,
    /// Officials in a personal capacity and private citizens, together.
    #[graphql(name = "TRACK_1_5")]
    Track15,
    /// Between private citizens.
    #[graphql(name = "TRACK_2")]
    Track2,
}

/// A track, by its settings.
pub(crate) struct Track(pub(crate) Arc<app::Track>);

/// The compartment this endpoint serves.
#[Object]
impl Track {
    /// Its short name, as it stands in the endpoint's path.
    async fn slug(&self) -> &str {
        &self.0.settings().slug
    }

    /// The dialogue's name.
    async fn name(&self) -> &str {
        &self.0.settings().name
    }

    /// What the dialogue is for; may be empty.
    async fn purpose(&self) -> &str {
        &self.0.settings().purpose
    }

    /// How official it is.
    async fn formality(&self) -> Formality {
        self.0.settings().formality.into()
    }

    /// The shortest period of a silence procedure, in seconds.
    async fn shortest_silence_seconds(&self) -> i32 {
        i32::try_from(self.0.settings().shortest_silence.as_seconds()).unwrap_or(i32::MAX)
    }
}
