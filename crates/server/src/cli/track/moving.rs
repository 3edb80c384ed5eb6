//! `dipoli track move`: a track's databases from files to PostgreSQL, from there to files, or to another PostgreSQL.
//!
//! In this order, so that a kill between any two steps leaves what running it again completes, and never two tracks: the
//! settings take another name, by which the track is no track any more, and a server that has it open lets it go within
//! seconds; the databases are copied, each whole or not at all, and what arrived is compared with what was sent; the copy
//! is opened and its audit log verified; the old settings are kept beside, the new ones are put in place. The old
//! databases stay until they are dropped. Deliberately absent: servers on other hosts with folders of their own. Those
//! are stopped first.

use std::{fs, path::Path};

use anyhow::{Context, bail};
use clap::Args;
use dipoli_store::{Clock, Database, Part, Place, Store, copy, holds_nothing, identity_of};
use secrecy::SecretString;

use super::destroy::let_go;
use crate::{
    cli::{Done, Where, audit, complain, place, place::Opened, say},
    config,
    data::TrackFolder,
};

/// The settings of a track that is being moved.
const MOVING: &str = "moving.toml";
/// Its settings before, which name the databases that are kept.
const BEFORE: &str = "before-move.toml";

/// Moves a track's databases; a part without an address stays where it is. The track does not answer meanwhile. Where
/// this is interrupted, running it again completes it.
#[derive(Args)]
#[group(id = "target", required = true, multiple = true)]
pub struct Move {
    /// Which track
    #[arg(group = "which")]
    slug: String,
    /// postgres://… for the content: an empty database
    #[arg(long, value_name = "URL", group = "target")]
    database_url: Option<String>,
    /// postgres://… for the wrapped keys: an empty database
    #[arg(long, value_name = "URL", group = "target")]
    keys_url: Option<String>,
    /// To files in the track's folder, both of them
    #[arg(long, conflicts_with_all = ["database_url", "keys_url"], group = "target")]
    to_files: bool,
    /// Destroy the databases from before the last move, which are kept until then
    #[arg(long, conflicts_with_all = ["database_url", "keys_url", "to_files"], group = "target")]
    drop_old: bool,
    #[command(flatten)]
    place: Where,
}

impl Move {
    pub(in crate::cli) async fn run(self) -> anyhow::Result<Done> {
        let opened = place::open(&self.place)?;
        let folder = place::folder(&opened.data, &self.slug)?;
        let moving = folder.path().join(MOVING);
        if !folder.exists() && !moving.is_file() {
            bail!("there is no track {}; `dipoli track list` shows those that are there", self.slug);
        }
        if self.drop_old {
            return drop_old(&folder).await;
        }
        if folder.exists() && moving.is_file() {
            // A kill came after all was done but this.
            fs::remove_file(&moving)?;
            say(&format!("{}: moved", self.slug));
            return Ok(Done::Well);
        }
        let before = folder.path().join(BEFORE);
        if folder.exists() {
            if before.is_file() {
                bail!("the databases from before the last move are still kept; drop them first (--drop-old)");
            }
            self.refuse_occupied(&folder).await?;
            fs::rename(folder.settings(), &moving)?;
        }
        let alone = let_go(&folder).await;
        let moved = match alone {
            Ok(_alone) => self.moved(&opened, &folder, &moving, &before).await,
            Err(error) => Err(error),
        };
        if moved.is_err() && !folder.exists() {
            // It goes on where it was.
            let _ = fs::remove_file(&before);
            fs::rename(&moving, folder.settings())?;
        }
        moved
    }

    async fn moved(&self, opened: &Opened, folder: &TrackFolder, moving: &Path, before: &Path) -> anyhow::Result<Done> {
        let text = fs::read_to_string(moving)?;
        let old = config::Track::parse(moving, text.clone())?;
        let new_text = self.new_text(&text, &old);
        let new = config::Track::parse(&folder.settings(), new_text.clone())?;
        let (from, to) = (folder.place(&old), folder.place(&new));
        let parts = self.parts(&old);
        if parts.is_empty() {
            bail!("it is there already: nothing was moved");
        }
        let copied = copy_all(&parts, &from, &to).await;
        let checked = match copied {
            Ok(told) => check(opened, &to).await.map(|summary| (told, summary)),
            Err(error) => Err(error),
        };
        let (told, summary) = match checked {
            Ok(done) => done,
            Err(error) => {
                for part in parts {
                    wipe_copy(part, &from, &to).await?;
                }
                return Err(error.context("nothing was moved; the track goes on where it was"));
            }
        };
        told.iter().for_each(|line| say(line));
        say(&format!("audit log: {summary}"));
        write_whole(before, &text)?;
        write_whole(&folder.settings(), &new_text)?;
        fs::remove_file(moving)?;
        say(&format!("{}: moved", self.slug));
        complain("The old databases are kept; `dipoli track move SLUG --drop-old` destroys them.");
        Ok(Done::Well)
    }

    /// Before anything is stopped: whether there is room where it should go.
    async fn refuse_occupied(&self, folder: &TrackFolder) -> anyhow::Result<()> {
        let text = fs::read_to_string(folder.settings())?;
        let old = config::Track::parse(&folder.settings(), text.clone())?;
        let new = config::Track::parse(&folder.settings(), self.new_text(&text, &old))?;
        let to = folder.place(&new);
        for part in self.parts(&old) {
            if !is_free(part, of(&to, part)).await? {
                bail!("there is something in the target already; take an empty database");
            }
        }
        Ok(())
    }

    fn new_text(&self, text: &str, old: &config::Track) -> String {
        let given = |url: &Option<String>, old: &Option<SecretString>| match url {
            Some(url) => Some(SecretString::from(url.clone())),
            None if self.to_files => None,
            None => old.clone(),
        };
        let (database_url, keys_url) =
            (given(&self.database_url, &old.database_url), given(&self.keys_url, &old.keys_url));
        config::with_places(text, database_url.as_ref(), keys_url.as_ref())
    }

    /// What is to be moved; the keys last, so that they lie in two places for the shortest time.
    fn parts(&self, old: &config::Track) -> Vec<Part> {
        let content = self.database_url.is_some() || self.to_files && old.database_url.is_some();
        let keys = self.keys_url.is_some() || self.to_files && old.keys_url.is_some();
        [(content, Part::Content), (keys, Part::Keys)]
            .into_iter()
            .filter_map(|(moves, part)| moves.then_some(part))
            .collect()
    }
}

const fn of(place: &Place, part: Part) -> &Database {
    match part {
        Part::Content => &place.content,
        Part::Keys => &place.keys,
    }
}

/// Whether nothing is in a database. A file may be there all the same: a move that was killed while it copied has left it,
/// and what it had written so far was never committed.
async fn is_free(part: Part, database: &Database) -> anyhow::Result<bool> {
    match database {
        Database::File(path) if !path.exists() => Ok(true),
        Database::File(_) | Database::Memory | Database::Url(_) => {
            holds_nothing(part, database).await.context("the target cannot be reached")
        }
    }
}

async fn copy_all(parts: &[Part], from: &Place, to: &Place) -> anyhow::Result<Vec<String>> {
    let mut told = Vec::new();
    for part in parts {
        wipe_copy(*part, from, to).await?;
        let copied = copy(*part, of(from, *part), of(to, *part)).await?;
        let what = if *part == Part::Content { "content" } else { "keys" };
        told.push(format!("{what}: {} rows of {} tables, counts and digests agree", copied.rows(), copied.tables()));
    }
    Ok(told)
}

/// Takes away what an interrupted move has left in the target: the same track, and nothing else.
async fn wipe_copy(part: Part, from: &Place, to: &Place) -> anyhow::Result<()> {
    let (from, to) = (of(from, part), of(to, part));
    if !is_free(part, to).await? {
        let other = identity_of(part, to).await.ok().flatten();
        if other.is_none() || other != identity_of(part, from).await? {
            bail!("there is something in the target already; take an empty database");
        }
        to.wipe().await?;
    }
    Ok(())
}

/// The copy opens with its keys, and its log is sound.
async fn check(opened: &Opened, place: &Place) -> anyhow::Result<String> {
    let store = Store::open(place, &opened.root, Clock::Database).await?;
    let report = store.verify_audit_log(None).await?;
    store.close().await?;
    if !report.is_sound() {
        bail!("the audit log of the copy is not sound: {}", audit::summary(&report));
    }
    Ok(audit::summary(&report))
}

/// Destroys what the settings from before the move name and those of now do not.
async fn drop_old(folder: &TrackFolder) -> anyhow::Result<Done> {
    let before = folder.path().join(BEFORE);
    if !before.is_file() {
        bail!("nothing is kept from before a move");
    }
    let (old, new) = (config::Track::load(&before)?, config::Track::load(&folder.settings())?);
    let place = folder.place(&old);
    for (part, old, new) in
        [(Part::Keys, &old.keys_url, &new.keys_url), (Part::Content, &old.database_url, &new.database_url)]
    {
        let text =
            |url: &Option<SecretString>| url.as_ref().map(|url| secrecy::ExposeSecret::expose_secret(url).to_owned());
        if text(old) != text(new) {
            of(&place, part).wipe().await?;
        }
    }
    dipoli_store::wipe_file(&before)?;
    say("the databases from before the move are destroyed");
    Ok(Done::Well)
}

/// A file that is there whole or not at all, for its owner alone.
fn write_whole(path: &Path, text: &str) -> anyhow::Result<()> {
    let beside = path.with_extension("new");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    crate::data::private_file(&beside, text)?;
    Ok(fs::rename(beside, path)?)
}
