//! `dipoli track create`, `list`, `check`, `move`, `way-back`, `close` and `destroy`.

mod check;
mod close;
mod destroy;
mod moving;
mod postgres;
mod way_back;

use std::{path::PathBuf, sync::Arc};

use anyhow::Context;
use clap::{Args, Subcommand};
use dipoli_auth::password::{Hasher, Parameters};
use dipoli_domain::{email::EmailAddress, text, track::Formality};
use dipoli_store::Clock;
use secrecy::{ExposeSecret, SecretString};

use super::{Done, Where, ask, place, say};
use crate::{
    config,
    create::{Maker, NewTrack},
    data,
};

/// What can be done to tracks.
#[derive(Subcommand)]
pub enum Command {
    /// Make a track; what is not given is asked for
    Create(Box<Create>),
    /// Show the tracks of a data folder
    List(List),
    /// Open a track and say what state it is in
    Check(check::Check),
    /// Move a track's databases to PostgreSQL, or back to files
    Move(moving::Move),
    /// Begin the way back of someone who is locked out and whom no administrator can help
    WayBack(way_back::WayBack),
    /// Close a track: take along what was agreed, then destroy it
    Close(close::Close),
    /// Destroy a track: its keys, then its data
    Destroy(destroy::Destroy),
}

impl Command {
    pub(super) async fn run(self) -> anyhow::Result<Done> {
        match self {
            Self::Create(command) => command.run().await,
            Self::List(command) => command.run(),
            Self::Check(command) => command.run().await,
            Self::Move(command) => command.run().await,
            Self::WayBack(command) => command.run().await,
            Self::Close(command) => command.run().await,
            Self::Destroy(command) => command.run().await,
        }
    }
}

/// A running server finds the new track by itself.
#[derive(Args)]
pub struct Create {
    /// Stands in addresses: a to z, 0 to 9 and hyphens; take one that tells nothing
    slug: String,
    #[command(flatten)]
    place: Where,
    /// The dialogue's name, shown to those inside
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// What it is for, shown to those inside
    #[arg(long, default_value = "", hide_default_value = true)]
    purpose: String,
    /// track-1, track-1.5 or track-2
    #[arg(long, default_value = "track-1.5")]
    formality: String,
    /// The first administrator's address
    #[arg(long, value_name = "EMAIL")]
    admin_email: Option<String>,
    /// The first administrator's name
    #[arg(long, value_name = "NAME")]
    admin_name: Option<String>,
    /// A file with the first administrator's password; without it, a link to set one is printed
    #[arg(long, value_name = "FILE")]
    admin_password_file: Option<PathBuf>,
    /// postgres://… for the content, instead of a file
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// postgres://… for the wrapped keys, instead of a file
    #[arg(long, value_name = "URL")]
    keys_url: Option<String>,
    /// postgres://… of somebody who may make databases: makes two and a login role for this track, with random names
    #[arg(long, value_name = "ADMIN_URL", conflicts_with_all = ["database_url", "keys_url"])]
    postgres: Option<String>,
}

impl Create {
    async fn run(self) -> anyhow::Result<Done> {
        data::new_slug(&self.slug).map_err(|wrong| anyhow::anyhow!("SLUG: {wrong}"))?;
        let formality = Formality::from_word(&self.formality)
            .context("--formality: it should be one of track-1, track-1.5, track-2")?;
        let password = self.admin_password_file.as_deref().map(read_password).transpose()?;
        let line = |line: &str| text::line("line", line).map_err(|refusal| refusal.message.into_owned());
        let email = |email: &str| {
            let email = EmailAddress::parse("email", email).map_err(|refusal| refusal.message.into_owned())?;
            Ok(email.as_str().to_owned())
        };
        let name = ask::for_value(self.name.as_deref(), "--name", "Name of the dialogue", line)?;
        let admin_email =
            ask::for_value(self.admin_email.as_deref(), "--admin-email", "First administrator's address", email)?;
        let admin_name =
            ask::for_value(self.admin_name.as_deref(), "--admin-name", "First administrator's name", line)?;
        let opened = place::open_or_make(&self.place, Vec::new())?;
        let maker = Maker {
            data: opened.data,
            root: opened.root,
            clock: Clock::Database,
            hasher: Arc::new(Hasher::new(Parameters::DEFAULT)),
            public_url: opened.instance.public_url,
        };
        let made = match &self.postgres {
            Some(admin_url) => Some(postgres::make(admin_url).await?),
            None => None,
        };
        let [database_url, keys_url] = match &made {
            Some(made) => made.urls().map(Some),
            None => [self.database_url, self.keys_url].map(|url| url.map(SecretString::from)),
        };
        let new = NewTrack {
            slug: self.slug,
            name,
            purpose: self.purpose,
            formality,
            database_url,
            keys_url,
            settings: Vec::new(),
            admin_email,
            admin_name,
            admin_password: password,
        };
        let done = report(maker, new).await;
        if done.is_err() {
            opened.fresh.undo();
            if let Some(made) = made {
                made.unmake().await;
            }
        }
        done
    }
}

async fn report(maker: Maker, new: NewTrack) -> anyhow::Result<Done> {
    let slug = new.slug.clone();
    let link = maker.make(new).await?;
    super::complain(&format!(
        "The track {slug} is made; its settings are in {}.",
        maker.data.tracks().join(&slug).join("track.toml").display()
    ));
    match link {
        Some(link) => {
            super::complain("The first administrator sets a password here, once and within 72 hours:");
            say(link.expose_secret());
        }
        None => say(&format!("{}/{slug}/graphql", maker.public_url)),
    }
    Ok(Done::Well)
}

/// The first line of a file; a line break at its end is not part of the password.
fn read_password(file: &std::path::Path) -> anyhow::Result<SecretString> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("--admin-password-file: {} cannot be read", file.display()))?;
    let text = SecretString::from(text);
    let password = text.expose_secret().trim_end_matches(['\r', '\n']);
    Ok(SecretString::from(password))
}

/// Shows slug and name.
#[derive(Args)]
pub struct List {
    #[command(flatten)]
    place: Where,
}

impl List {
    fn run(self) -> anyhow::Result<Done> {
        let opened = place::open(&self.place)?;
        let slugs = opened.data.slugs();
        let width = slugs.iter().map(String::len).max().unwrap_or_default();
        for slug in slugs {
            let folder = opened.data.track(&slug).context("this is no slug")?;
            let (kept, name) = match config::Track::load(&folder.settings()) {
                Ok(settings) if settings.database_url.is_some() => ("postgresql", settings.name),
                Ok(settings) => ("sqlite", settings.name),
                Err(wrong) => ("unreadable", wrong.to_string()),
            };
            say(&format!("{slug:width$}  {kept:10}  {name}"));
        }
        Ok(Done::Well)
    }
}
