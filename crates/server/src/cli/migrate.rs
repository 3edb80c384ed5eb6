//! `dipoli migrate`: brings databases up to this release. `serve` does the same when it opens a track; this does it
//! at a moment of the operator's choosing.

use clap::Args;
use dipoli_store::Store;

use super::{Done, Where, complain, place, say};
use crate::config;

/// Forward only; of several processes one does it and the others wait.
#[derive(Args)]
pub struct Migrate {
    /// Only this track
    slug: Option<String>,
    #[command(flatten)]
    place: Where,
}

impl Migrate {
    pub(super) async fn run(self) -> anyhow::Result<Done> {
        let opened = place::open(&self.place)?;
        let mut done = Done::Well;
        for slug in place::slugs(&opened.data, self.slug.as_deref())? {
            match migrate(&opened, &slug).await {
                Ok(()) => say(&format!("{slug}: up to date")),
                Err(fault) => {
                    complain(&format!("{slug}: {fault:#}"));
                    done = Done::WithFindings;
                }
            }
        }
        Ok(done)
    }
}

async fn migrate(opened: &place::Opened, slug: &str) -> anyhow::Result<()> {
    let folder = opened.data.track(slug).ok_or_else(|| anyhow::anyhow!("this is no slug"))?;
    let settings = config::Track::load(&folder.settings())?;
    Ok(Store::migrate(&folder.place(&settings)).await?)
}
