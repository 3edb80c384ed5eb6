//! A track as its people see it. The compartment itself (database, keys, mail) is a handle of the upper layers.

words! {
    /// How official the track is.
    pub enum Formality {
        /// Governments.
        Track1 = "track-1",
        /// Officials in a personal capacity and private citizens, together.
        Track15 = "track-1.5",
        /// Private citizens.
        Track2 = "track-2",
    }
}

/// What a track says of itself to those inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// Stands in links; a careful operator takes one that tells nothing.
    pub slug: String,
    /// The dialogue's name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// How official it is.
    pub formality: Formality,
}
