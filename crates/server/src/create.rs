//! Making a track: its folder, its settings file, its databases and keys, and its first administrator.
//!
//! All of it is made in a folder that no server takes for a track, which then gets the track's name: there is a whole
//! track or none. Deliberately absent: questions; who makes a track has decided everything.

use std::{fs, sync::Arc};

use anyhow::{Context, bail};
use dipoli_app::{Track, operator};
use dipoli_auth::password::Hasher;
use dipoli_domain::{person::Invitee, track::Formality};
use dipoli_store::{Clock, OpenError, RootKey, Store};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    config,
    data::{self, DataFolder, TrackFolder},
    workers,
};

/// A track to be made.
pub struct NewTrack {
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// How official it is.
    pub formality: Formality,
    /// Where its content is, if not in a file of its own.
    pub database_url: Option<SecretString>,
    /// Where its keys are, if not in a file of their own.
    pub keys_url: Option<SecretString>,
    /// Further settings, as keys and TOML.
    pub settings: Vec<(&'static str, String)>,
    /// The address of its first administrator.
    pub admin_email: String,
    /// Their name.
    pub admin_name: String,
    /// Their password; an invitation is made without one.
    pub admin_password: Option<SecretString>,
}

/// What tracks are made with.
pub struct Maker {
    /// Where.
    pub data: DataFolder,
    /// What wraps their keys.
    pub root: RootKey,
    /// Their time.
    pub clock: Clock,
    /// Who hashes passwords.
    pub hasher: Arc<Hasher>,
    /// What links begin with.
    pub public_url: String,
}

impl Maker {
    /// Makes a track. Without a password it gives the link, good once and for 72 hours, by which the administrator
    /// sets one.
    ///
    /// # Errors
    /// A sentence that says what is wrong; nothing is left in the data folder.
    pub async fn make(&self, new: NewTrack) -> anyhow::Result<Option<SecretString>> {
        self.make_and_fill(new, async |_| Ok(())).await
    }

    /// The same; `fill` puts something in before anybody sees the track.
    ///
    /// # Errors
    /// As [`Maker::make`], and those of `fill`.
    pub async fn make_and_fill(
        &self,
        new: NewTrack,
        fill: impl AsyncFnOnce(&Arc<Track>) -> anyhow::Result<()>,
    ) -> anyhow::Result<Option<SecretString>> {
        let slug = data::new_slug(&new.slug).map_err(|wrong| anyhow::anyhow!("SLUG: {wrong}"))?;
        let folder = self.free(&slug)?;
        let unfinished = Unfinished::make(&self.data)?;
        let link = self.make_in(&unfinished.0, &slug, new, fill).await?;
        let renamed = fs::rename(unfinished.0.path(), folder.path());
        renamed.with_context(|| format!("the folder {} cannot be made", folder.path().display()))?;
        Ok(link)
    }

    fn free(&self, slug: &str) -> anyhow::Result<TrackFolder> {
        let folder = self.data.track(slug).context("this is no slug")?;
        if folder.path().exists() {
            bail!("there is a track {slug} already; take another slug");
        }
        Ok(folder)
    }

    async fn make_in(
        &self,
        folder: &TrackFolder,
        slug: &str,
        new: NewTrack,
        fill: impl AsyncFnOnce(&Arc<Track>) -> anyhow::Result<()>,
    ) -> anyhow::Result<Option<SecretString>> {
        let text = config::Track::first_file(&new.settings());
        let settings = config::Track::parse(&folder.settings(), text.clone())?;
        let administrator = new.administrator(&settings)?;
        let password = new.admin_password.map(|password| operator::new_password(password, &administrator)).transpose();
        let password = password.map_err(|refusal| anyhow::anyhow!("--admin-password-file: {}", refusal.message))?;
        data::private_file(&folder.settings(), &text)?;
        let store = Store::create(&folder.place(&settings), &self.root, self.clock.clone()).await;
        let store = store.map_err(|error| with_addresses(error, &settings))?;
        let for_app = settings.for_app(slug, &self.public_url);
        let track = Arc::new(Track::open(for_app, store, Arc::clone(&self.hasher))?);
        let token = operator::open_track(&track, administrator, password).await?;
        fill(&track).await?;
        workers::chain(&track).await?;
        track.close().await?;
        Ok(token.map(|token| format!("{}/welcome#{}", track.base_url(), token.expose_secret()).into()))
    }
}

/// The error, with where the databases are that were given, but not how one gets in: neither user nor password nor
/// parameters.
fn with_addresses(error: OpenError, settings: &config::Track) -> anyhow::Error {
    let given = [("--database-url", &settings.database_url), ("--keys-url", &settings.keys_url)];
    let told: Vec<_> = given
        .iter()
        .filter_map(|(flag, url)| Some(format!("{flag} {}", place_of(url.as_ref()?.expose_secret()))))
        .collect();
    if told.is_empty() { error.into() } else { anyhow::anyhow!("{error} ({})", told.join(", ")) }
}

fn place_of(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", ""));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let place = match authority.rsplit_once('@') {
        Some((_, place)) => place,
        None if path.contains('@') => return format!("{scheme}://…"),
        None => authority,
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    format!("{scheme}://{place}{path}")
}

/// A folder in which a track is being made. What is not renamed to a track by the end is removed.
pub(crate) struct Unfinished(pub(crate) TrackFolder);

impl Unfinished {
    pub(crate) fn make(data: &DataFolder) -> anyhow::Result<Self> {
        let folder = TrackFolder::unfinished(data);
        data::private_folder(folder.path())?;
        Ok(Self(folder))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Gone where all went well; what cannot be removed is no track either.
        let _ = fs::remove_dir_all(self.0.path());
    }
}

impl NewTrack {
    /// The values of the settings file that are not defaults.
    fn settings(&self) -> Vec<(&'static str, String)> {
        let text = |text: &str| toml::Value::from(text).to_string();
        let mut given = vec![
            ("name", text(&self.name)),
            ("purpose", text(&self.purpose)),
            ("formality", text(self.formality.word())),
        ];
        for (key, url) in [("database_url", &self.database_url), ("keys_url", &self.keys_url)] {
            given.extend(url.as_ref().map(|url| (key, text(url.expose_secret()))));
        }
        given.extend(self.settings.iter().cloned());
        given
    }

    fn administrator(&self, settings: &config::Track) -> anyhow::Result<Invitee> {
        Invitee::parse(&self.admin_email, &self.admin_name, None, None, None, &settings.language).map_err(|refusals| {
            let told: Vec<_> = refusals
                .iter()
                .map(|refusal| {
                    let flag = if refusal.field.as_deref() == Some("email") { "--admin-email" } else { "--admin-name" };
                    format!("{flag}: {}", refusal.message)
                })
                .collect();
            anyhow::anyhow!(told.join("; "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::place_of;

    #[test]
    fn an_address_is_told_without_what_opens_it() {
        for (url, told) in [
            (
                "postgres://anna:secret@db.example.org:5432/dialogue?sslpassword=secret",
                "postgres://db.example.org:5432/dialogue",
            ),
            ("postgres://db.example.org/dialogue", "postgres://db.example.org/dialogue"),
            ("postgres://anna:se?cret@db.example.org/dialogue", "postgres://…"),
            ("postgres://anna:se/cret@db.example.org/dialogue", "postgres://…"),
            ("nonsense", "postgres://"),
        ] {
            assert_eq!(place_of(url), told);
        }
    }
}
