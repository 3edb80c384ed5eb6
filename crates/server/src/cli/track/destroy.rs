//! `dipoli track destroy`: the keys first, then everything else.
//!
//! In this order, so that a kill between any two steps leaves what running it again completes: the statement is signed
//! while there is a key to sign with, and written into the folder; the settings take another name, by which the track is
//! no track any more, and a server that has it open lets it go within seconds; the key store is overwritten, from when on
//! the content is rubbish; the content and all other files are overwritten; the statement is printed; the folder goes.
//! Deliberately absent: a way back.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use clap::Args;
use dipoli_store::wipe_file;
use tokio::time::{Instant, sleep};

use crate::{
    cli::{Done, Where, complain, keys::Confirmed, place},
    config,
    data::TrackFolder,
    serving,
};

/// The settings of a track that is being destroyed.
pub(super) const SETTINGS: &str = "destruction.toml";
/// What is said when it is done.
const STATEMENT: &str = "destruction.txt";
/// How long a server has to let the track go: it looks every five seconds, and ends what is in hand.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is asked for.
const LOOK: Duration = Duration::from_millis(200);

/// Asks for the slug to be typed, destroys keys and data, and prints a signed statement. A server may be running: it
/// lets the track go. Where this is interrupted, running it again completes it.
#[derive(Args)]
pub struct Destroy {
    /// Which track
    slug: String,
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    confirmed: Confirmed,
}

impl Destroy {
    pub(in crate::cli) async fn run(self) -> anyhow::Result<Done> {
        let opened = place::open(&self.place)?;
        let folder = opened.data.track(&self.slug).context("this is no slug")?;
        let begun = folder.path().join(SETTINGS);
        if !folder.exists() && !begun.is_file() {
            bail!("there is no track {}; `dipoli track list` shows those that are there", self.slug);
        }
        let what = "The whole track is destroyed, its keys and its data, for good and for everyone.";
        self.confirmed.ask(&self.slug, what)?;
        destroyed(&opened, &folder, &self.slug, &self.confirmed).await
    }
}

/// Destroys a track, or goes on with it.
pub(super) async fn destroyed(
    opened: &place::Opened,
    folder: &TrackFolder,
    slug: &str,
    confirmed: &Confirmed,
) -> anyhow::Result<Done> {
    let begun = folder.path().join(SETTINGS);
    if folder.exists() {
        let track = place::track(opened, slug).await?;
        let statement = dipoli_app::keys::farewell(&track).await?;
        track.close().await?;
        write(&folder.path().join(STATEMENT), statement.text())?;
        fs::rename(folder.settings(), &begun)?;
    }
    let _alone = let_go(folder).await?;
    // The key store first.
    folder.place(&config::Track::load(&begun)?).wipe().await?;
    wipe_folder(&folder.outbox())?;
    let statement = fs::read_to_string(folder.path().join(STATEMENT))?;
    confirmed.hand_out(&statement)?;
    let gone = TrackFolder::unfinished(&opened.data);
    fs::rename(folder.path(), gone.path())?;
    wipe_folder(gone.path())?;
    complain("Backups of the key store made before still hold the keys: destroy those, and the copies of the data.");
    Ok(Done::Well)
}

/// Waits until no server has the track open.
pub(super) async fn let_go(folder: &TrackFolder) -> anyhow::Result<fs::File> {
    let begun = Instant::now();
    loop {
        if let Some(alone) = serving::hold_alone(folder)? {
            return Ok(alone);
        }
        if begun.elapsed() > PATIENCE {
            bail!("a server still has the track open; stop it, and run this again");
        }
        sleep(LOOK).await;
    }
}

/// A file that is there whole or not at all.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let beside = path.with_extension("new");
    let mut file = fs::File::create(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(fs::rename(beside, path)?)
}

/// Overwrites and removes every file of a folder, and the folder.
fn wipe_folder(folder: &Path) -> anyhow::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    let entries: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    for path in entries {
        if path.is_dir() && !path.is_symlink() { wipe_folder(&path)? } else { wipe_file(&path)? }
    }
    Ok(fs::remove_dir(folder)?)
}
