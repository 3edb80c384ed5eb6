//! `dipoli backup` and `dipoli keys backup`: one file each, taken beside a server that runs.
//!
//! They are commands of their own because the two files belong into different hands: the content's for long, the keys'
//! for a short time and elsewhere. Deliberately absent: the root key, which no backup holds, and the settings.

use std::path::PathBuf;

use clap::Args;
use dipoli_store::{Part, back_up};

use super::{Done, Where, complain, place, say};
use crate::config;

/// A file is made; one that is there already is not written over. The track may be served meanwhile.
#[derive(Args)]
pub struct Backup {
    /// Of which track
    slug: String,
    /// The file to be made
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    place: Where,
}

impl Backup {
    pub(super) async fn run(self, part: Part) -> anyhow::Result<Done> {
        let opened = place::open(&self.place)?;
        place::slugs(&opened.data, Some(&self.slug))?;
        let folder = place::folder(&opened.data, &self.slug)?;
        let place = folder.place(&config::Track::load(&folder.settings())?);
        let (from, what) = match part {
            Part::Content => {
                (place.content, "Nothing in it can be read without the keys, which have a backup of their own.")
            }
            Part::Keys => (
                place.keys,
                "Its keys are wrapped by the root key, which is in no backup. Keep it apart from the content's, and not for \
                 longer than what it opens may be read.",
            ),
        };
        back_up(part, &from, &self.to).await?;
        complain(what);
        say(&self.to.display().to_string());
        Ok(Done::Well)
    }
}
