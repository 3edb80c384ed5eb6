//! `dipoli restore`: a track from its backups, in its place or beside it under another slug.
//!
//! Nothing is written over: what is lost is put back into the place where it was, what is there stays. A copy of a track
//! that is there too is for a look: it sends nothing, and nobody is signed in to it. Deliberately absent: the root key.

use std::{fs, path::PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use dipoli_store::{Clock, Database, Part, Place, Store, back_up, identity_of, put_back};
use secrecy::SecretString;

use super::{Done, Where, audit, complain, place, place::Opened, say};
use crate::{
    config,
    create::Unfinished,
    data::{self, TrackFolder},
    serving,
};

/// Puts a backup back. Where the track of that slug is there and has lost its database, it is put into its place; a slug
/// that is free gets a copy beside. A database beside keys that are not its own is refused.
#[derive(Args)]
pub struct Restore {
    /// As which track
    slug: String,
    /// The content, as `dipoli backup` wrote it
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The keys, as `dipoli keys backup` wrote them
    #[arg(long, value_name = "FILE", conflicts_with = "keys_of")]
    keys_from: Option<PathBuf>,
    /// The keys that this track has today
    #[arg(long, value_name = "SLUG")]
    keys_of: Option<String>,
    /// A copy of the track's track.toml; that of the track with the same keys in this folder, if not given
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// postgres://… for the content, instead of a file
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// postgres://… for the wrapped keys, instead of a file
    #[arg(long, value_name = "URL")]
    keys_url: Option<String>,
    /// For a look: no letter leaves, nobody is signed in. So it is anyway where the track is in this folder too
    #[arg(long)]
    look: bool,
    #[command(flatten)]
    place: Where,
}

impl Restore {
    pub(super) async fn run(self) -> anyhow::Result<Done> {
        let opened = place::open_there(&self.place, Vec::new())?;
        let folder = place::folder(&opened.data, &self.slug)?;
        let store = if folder.exists() { self.in_place(&opened, &folder).await? } else { self.beside(&opened).await? };
        let report = store.verify_audit_log(None).await?;
        say(&format!("{}: restored; audit log: {}", self.slug, audit::summary(&report)));
        store.close().await?;
        Ok(if report.is_sound() { Done::Well } else { Done::WithFindings })
    }

    /// A track whose databases are lost, or its content alone.
    async fn in_place(&self, opened: &Opened, folder: &TrackFolder) -> anyhow::Result<Store> {
        if self.settings.is_some() || self.database_url.is_some() || self.keys_url.is_some() {
            bail!(
                "the track {} is there, and so are its settings: restore it by them, or under another slug",
                self.slug
            );
        }
        let Some(_alone) = serving::hold_alone(folder)? else {
            bail!("a server has the track {} open; stop it first, or restore under another slug", self.slug);
        };
        let place = folder.place(&config::Track::load(&folder.settings())?);
        let has_keys = !is_empty(Part::Keys, &place.keys).await;
        if !is_empty(Part::Content, &place.content).await || (has_keys && self.keys().is_some()) {
            bail!("the track {} is there already; restore under another slug, or destroy it first", self.slug);
        }
        if !has_keys {
            self.put_keys(opened, folder, &place.keys).await?;
        }
        put_back(Part::Content, &self.from, &place.content).await?;
        self.opened(opened, &place, self.look).await
    }

    /// A copy beside whatever is there.
    async fn beside(&self, opened: &Opened) -> anyhow::Result<Store> {
        data::new_slug(&self.slug).map_err(|wrong| anyhow::anyhow!("SLUG: {wrong}"))?;
        let unfinished = Unfinished::make(&opened.data)?;
        let keys = Database::File(unfinished.0.path().join("restored-keys"));
        self.put_keys(opened, &unfinished.0, &keys).await?;
        let identity = identity_of(Part::Keys, &keys).await?;
        let original = self.original(opened, identity).await?;
        let text = self.settings_text(original.as_deref(), opened)?;
        let settings = config::Track::parse(&unfinished.0.settings(), text.clone())?;
        let place = unfinished.0.place(&settings);
        match (&keys, &place.keys) {
            (Database::File(from), Database::File(to)) => fs::rename(from, to)?,
            (Database::File(from), to) => {
                put_back(Part::Keys, from, to).await?;
                dipoli_store::wipe_file(from)?;
            }
            (Database::Memory | Database::Url(_), _) => {}
        }
        put_back(Part::Content, &self.from, &place.content).await?;
        let store = self.opened(opened, &place, self.look || original.is_some()).await?;
        store.close().await?;
        data::private_file(&unfinished.0.settings(), &text)?;
        let folder = place::folder(&opened.data, &self.slug)?;
        fs::rename(unfinished.0.path(), folder.path())?;
        Ok(Store::open(&folder.place(&settings), &opened.root, Clock::Database).await?)
    }

    /// Opened by its keys, which refuse what is not theirs.
    async fn opened(&self, opened: &Opened, place: &Place, look: bool) -> anyhow::Result<Store> {
        let store = Store::open(place, &opened.root, Clock::Database).await?;
        let missing = store.accept_shorter_log().await?;
        if missing > 0 {
            complain(&format!("The keys are later than the content: {missing} events of the audit log came between."));
        }
        if look {
            store.quieten().await?;
            complain("It is for a look: its letters are not sent, and nobody is signed in to it.");
        }
        Ok(store)
    }

    fn keys(&self) -> Option<()> {
        (self.keys_from.is_some() || self.keys_of.is_some()).then_some(())
    }

    /// The keys' backup, or today's keys of a track.
    async fn put_keys(&self, opened: &Opened, folder: &TrackFolder, to: &Database) -> anyhow::Result<()> {
        if let Some(file) = &self.keys_from {
            return Ok(put_back(Part::Keys, file, to).await?);
        }
        let Some(slug) = &self.keys_of else {
            bail!("the content alone cannot be read: give --keys-from FILE, or --keys-of SLUG for the keys of a track");
        };
        place::slugs(&opened.data, Some(slug))?;
        let other = place::folder(&opened.data, slug)?;
        let today = other.place(&config::Track::load(&other.settings())?).keys;
        let file = folder.path().join(format!(".keys-{}", uuid::Uuid::new_v4().simple()));
        back_up(Part::Keys, &today, &file).await?;
        let put = put_back(Part::Keys, &file, to).await;
        dipoli_store::wipe_file(&file)?;
        Ok(put?)
    }

    /// The track of this folder whose keys have that identity.
    async fn original(&self, opened: &Opened, identity: Option<uuid::Uuid>) -> anyhow::Result<Option<String>> {
        for slug in opened.data.slugs() {
            let folder = place::folder(&opened.data, &slug)?;
            let Ok(settings) = config::Track::load(&folder.settings()) else { continue };
            let keys = folder.place(&settings).keys;
            if identity.is_some()
                && !is_missing(&keys)
                && identity_of(Part::Keys, &keys).await.ok().flatten() == identity
            {
                return Ok(Some(slug));
            }
        }
        Ok(None)
    }

    /// The settings: those given, or those of the original, without its databases and its relay.
    fn settings_text(&self, original: Option<&str>, opened: &Opened) -> anyhow::Result<String> {
        let (file, is_copy) = match (&self.settings, original) {
            (Some(file), _) => (file.clone(), false),
            (None, Some(slug)) => (place::folder(&opened.data, slug)?.settings(), true),
            (None, None) => bail!("--settings FILE is needed: a copy of the track.toml that the track had"),
        };
        let text = fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        let secret = |url: &Option<String>| url.clone().map(SecretString::from);
        let text = config::with_places(&text, secret(&self.database_url).as_ref(), secret(&self.keys_url).as_ref());
        Ok(if is_copy { config::without_relay(&text) } else { text })
    }
}

fn is_missing(database: &Database) -> bool {
    matches!(database, Database::File(path) if !path.exists())
}

/// Whether nothing of a track is there. A database that cannot be looked into is not empty.
async fn is_empty(part: Part, database: &Database) -> bool {
    is_missing(database) || dipoli_store::holds_nothing(part, database).await.unwrap_or(false)
}
