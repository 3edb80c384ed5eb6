//! The settings: what keys there are, where a value comes from, and what is wrong with one.
//!
//! Defaults, then the file, then `DIPOLI_…` variables, then flags; each key is checked whoever gave it. A fault names
//! the file and line, the variable or the flag. Deliberately absent: any key that is read and not checked, and any
//! default that is not also the text of the written file.

mod bounds;
pub mod instance;
mod layers;
mod places;
mod template;
pub mod track;

pub use bounds::{Count, Network, Within};
pub use instance::{Documents, Instance};
pub use layers::{Variables, Wrong};
pub use places::{with_places, without_relay};
pub use track::Track;

use std::path::Path;

/// Reads a settings file, or says what is wrong with it.
fn read(file: &Path) -> Result<String, Wrong> {
    std::fs::read_to_string(file).map_err(|error| Wrong::new(file.display(), format!("it cannot be read: {error}")))
}
