//! The data folder: which file is where, and what is made when it is first used.
//!
//! Deliberately absent: what is in the files, and any way to a track but by its slug.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use dipoli_domain::text;
use dipoli_store::{Database, Place};
use secrecy::ExposeSecret;

use crate::config;

/// Names that stand, or may come to stand, beside the tracks in addresses.
const RESERVED: [&str; 12] = [
    "admin", "api", "assets", "docs", "explorer", "graphql", "healthz", "livez", "metrics", "readyz", "static",
    "status",
];

/// A folder with everything but the root key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFolder(PathBuf);

impl DataFolder {
    /// The folder at `path`, which may have to be made.
    ///
    /// # Errors
    /// The path has no name of its own (`/`, `..`), so that nothing could lie beside it.
    pub fn at(path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        if path.file_name().is_none() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "name a folder of its own for --data"));
        }
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// `DATA.key`: beside the folder and never in it, so that no copy of the folder holds it.
    pub fn root_key(&self) -> PathBuf {
        let mut name = self.0.file_name().unwrap_or_default().to_owned();
        name.push(".key");
        self.0.with_file_name(name)
    }

    /// The instance's settings.
    pub fn instance_file(&self) -> PathBuf {
        self.0.join("dipoli.toml")
    }

    /// Makes the folder, readable by its owner alone, and the instance's settings file, where they are not there yet.
    ///
    /// # Errors
    /// A folder or file cannot be made.
    pub fn prepare(&self, given: &[(&str, String)]) -> io::Result<()> {
        private_folder(&self.tracks())?;
        let file = self.instance_file();
        if file.exists() {
            return Ok(());
        }
        private_file(&file, &config::Instance::first_file(given))
    }

    /// The documents that the operator has registered: the `.graphql` files in `documents/`, each as it is sent.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn documents(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(self.0.join("documents")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let files = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
        let documents = files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "graphql"));
        documents.map(fs::read_to_string).collect()
    }

    /// Where the tracks are.
    pub fn tracks(&self) -> PathBuf {
        self.0.join("tracks")
    }

    /// The folder of a track, whether it is there or not; `None` for what is no slug.
    pub fn track(&self, slug: &str) -> Option<TrackFolder> {
        let slug = text::slug("slug", slug).ok()?;
        Some(TrackFolder(self.tracks().join(slug)))
    }

    /// The slugs of all tracks that are there, in order.
    pub fn slugs(&self) -> Vec<String> {
        let entries = fs::read_dir(self.tracks()).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut slugs: Vec<_> = names.filter(|name| self.track(name).is_some_and(|track| track.exists())).collect();
        slugs.sort_unstable();
        slugs
    }
}

/// The folder of one track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackFolder(PathBuf);

impl TrackFolder {
    /// A folder in which a track is being made; it becomes one by its new name.
    pub fn unfinished(data: &DataFolder) -> Self {
        Self(data.tracks().join(format!(".new-{}", uuid::Uuid::new_v4().simple())))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The track's settings.
    pub fn settings(&self) -> PathBuf {
        self.0.join("track.toml")
    }

    /// Where letters go that have no relay.
    pub fn outbox(&self) -> PathBuf {
        self.0.join("outbox")
    }

    /// Where an operator puts layouts of the track's letters that go before those of the program.
    pub fn layouts(&self) -> PathBuf {
        self.0.join("layouts")
    }

    /// Whether a track is there.
    pub fn exists(&self) -> bool {
        self.settings().is_file()
    }

    /// The track's two databases, as its settings say.
    pub fn place(&self, settings: &config::Track) -> Place {
        let files = Place::folder(&self.0);
        let given = |url: &Option<secrecy::SecretString>, file| match url {
            Some(url) => Database::url(url.expose_secret()),
            None => file,
        };
        Place { content: given(&settings.database_url, files.content), keys: given(&settings.keys_url, files.keys) }
    }
}

/// Whether a track of these settings keeps anything in SQLite files, which one serving process alone may have open.
pub fn has_files(settings: &config::Track) -> bool {
    settings.database_url.is_none() || settings.keys_url.is_none()
}

/// Whether processes other than the one that serves its files may write to a track of these settings.
pub const fn is_shared(settings: &config::Track) -> bool {
    settings.database_url.is_some() || settings.keys_url.is_some()
}

/// Checks a slug for a track that is to be made.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn new_slug(slug: &str) -> Result<String, String> {
    let slug = text::slug("slug", slug).map_err(|refusal| refusal.message.into_owned())?;
    if RESERVED.contains(&slug.as_str()) {
        return Err(format!("{slug} is reserved; take another slug, one that tells nothing"));
    }
    Ok(slug)
}

/// A folder that its owner alone may read, with those above it.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// A file that its owner alone may read; an error where there is one.
pub(crate) fn private_file(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_key_lies_beside_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::at(&folder.path().join("data")).unwrap();
        assert_eq!(data.root_key(), folder.path().join("data.key"));
        assert!(DataFolder::at(Path::new("/")).is_err());
    }

    #[test]
    fn a_track_is_a_folder_with_settings() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::at(&folder.path().join("data")).unwrap();
        data.prepare(&[]).unwrap();
        data.prepare(&[]).unwrap();
        assert!(data.instance_file().is_file() && data.slugs().is_empty());
        for name in ["saarinen", "aalto", ".new-1", "Not a slug"] {
            private_folder(&data.tracks().join(name)).unwrap();
            private_file(&data.tracks().join(name).join("track.toml"), "").unwrap();
        }
        private_folder(&data.tracks().join("empty")).unwrap();
        assert_eq!(data.slugs(), ["aalto", "saarinen"]);
        assert!(data.track("../aalto").is_none() && data.track("").is_none());
    }

    #[test]
    fn a_new_slug_is_plain_and_free() {
        assert_eq!(new_slug("aalto"), Ok("aalto".to_owned()));
        for wrong in ["Aalto", "a b", "livez", "readyz", "metrics", "", "..", "-a"] {
            assert!(new_slug(wrong).is_err(), "{wrong}");
        }
    }
}
