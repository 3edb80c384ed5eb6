//! `dipoli track close`: what was agreed goes along, everything else is destroyed (procedures, 14).
//!
//! Each session with an issued record or something adopted is a Markdown file and a page that prints; only when all of them
//! are on the disk does the destruction begin, as `track destroy` does it. Deliberately absent: notes, drafts, objections,
//! people.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::Args;
use dipoli_app::closing::{self, Document};

use super::destroy::{SETTINGS, destroyed};
use crate::cli::{Done, Where, complain, keys::Confirmed, place};

/// Asks for the slug to be typed, writes issued records and adopted agendas into a new folder, then destroys the track and
/// prints a signed statement. Where this is interrupted, running it again completes it
#[derive(Args)]
pub struct Close {
    /// Which track
    slug: String,
    #[command(flatten)]
    place: Where,
    /// Where issued records and adopted agendas are written: a folder that is not there yet
    #[arg(long, value_name = "DIR")]
    export: PathBuf,
    #[command(flatten)]
    confirmed: Confirmed,
}

impl Close {
    pub(super) async fn run(self) -> anyhow::Result<Done> {
        let opened = place::open(&self.place)?;
        let folder = opened.data.track(&self.slug).context("this is no slug")?;
        let is_begun = folder.path().join(SETTINGS).is_file();
        if !folder.exists() && !is_begun {
            bail!("there is no track {}; `dipoli track list` shows those that are there", self.slug);
        }
        if !is_begun && self.export.exists() {
            bail!("--export: {} is there already; name a folder that is not", self.export.display());
        }
        let what = "Issued records and adopted agendas are written down; then the whole track is destroyed, its keys and its \
                    data, for good and for everyone.";
        self.confirmed.ask(&self.slug, what)?;
        if folder.exists() {
            let track = place::track(&opened, &self.slug).await?;
            let documents = closing::documents(&track).await?;
            track.close().await?;
            write_down(&self.export, &documents)?;
            complain(&format!("What was agreed is in {}.", self.export.display()));
        }
        destroyed(&opened, &folder, &self.slug, &self.confirmed).await
    }
}

/// Writes the documents into a folder that gets its name when it is whole.
fn write_down(folder: &Path, documents: &[Document]) -> anyhow::Result<()> {
    let told = || format!("--export: {} cannot be written", folder.display());
    let beside = folder.with_extension("unfinished");
    if beside.exists() {
        // Of an export that was cut off.
        fs::remove_dir_all(&beside).with_context(told)?;
    }
    fs::create_dir_all(&beside).with_context(told)?;
    for document in documents {
        for (ending, text) in [("md", &document.markdown), ("html", &document.html)] {
            let mut file = File::create(beside.join(format!("{}.{ending}", document.name))).with_context(told)?;
            file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(told)?;
        }
    }
    fs::rename(&beside, folder).with_context(told)
}
