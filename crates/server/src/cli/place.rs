//! The data folder and the root key, as commands need them: made at first use, or there already.

use std::{fs, path::PathBuf, sync::Arc};

use anyhow::{Context, bail};
use dipoli_app::Track;
use dipoli_auth::password::{Hasher, Parameters};
use dipoli_store::{Clock, RootKey, Store};

use super::{RootKeyFile, Where, complain};
use crate::{
    config::{self, Instance, Variables},
    data::{DataFolder, TrackFolder},
};

/// A data folder with its key and settings.
pub struct Opened {
    /// The folder.
    pub data: DataFolder,
    /// The key.
    pub root: RootKey,
    /// The settings.
    pub instance: Instance,
    /// What was made of it just now.
    pub fresh: Fresh,
}

/// What a command has made before it is known whether it succeeds.
pub struct Fresh {
    folder: Option<DataFolder>,
    key: Option<PathBuf>,
}

impl Fresh {
    /// Takes it away again, as far as nobody has put anything in it: neither a folder nor a key is left of a command
    /// that failed.
    pub fn undo(self) {
        // What is not there, or not empty, stays as it is.
        if let Some(folder) = self.folder {
            let _ = fs::remove_dir(folder.tracks());
            if !folder.tracks().exists() {
                let _ = fs::remove_file(folder.instance_file());
                let _ = fs::remove_dir(folder.path());
            }
        }
        if let Some(key) = self.key {
            let _ = fs::remove_file(key);
        }
    }
}

/// Opens the folder; makes it, its settings file and the root key where they are not there yet.
pub fn open_or_make(place: &Where, flags: Vec<(&'static str, String)>) -> anyhow::Result<Opened> {
    open_or_make_with(place, &[], flags)
}

/// The same; a settings file that is made has `given` for its values.
pub fn open_or_make_with(
    place: &Where,
    given: &[(&str, String)],
    flags: Vec<(&'static str, String)>,
) -> anyhow::Result<Opened> {
    let data = DataFolder::at(&place.data)?;
    let folder = (!data.path().exists()).then(|| data.clone());
    data.prepare(given).with_context(|| format!("the data folder {} cannot be made", data.path().display()))?;
    let file = key_file(&data, &place.key);
    if !file.exists() && !data.slugs().is_empty() {
        bail!(
            "the root key {} is not there, and without it the tracks in {} cannot be read: put the copy of it back",
            file.display(),
            data.path().display()
        );
    }
    if file.starts_with(data.path()) {
        bail!(
            "the root key {} lies in the data folder; keep it elsewhere, so that no copy of the folder holds it",
            file.display()
        );
    }
    let (root, is_new) = RootKey::load_or_create(&file)?;
    if is_new {
        complain(&format!(
            "The root key was made: {}. Keep a copy of it elsewhere: without it nothing in {} can be read.",
            file.display(),
            data.path().display()
        ));
    }
    let instance = Instance::load(&data.instance_file(), &Variables::of_process(), flags)?;
    let fresh = Fresh { folder, key: is_new.then_some(file) };
    Ok(Opened { data, root, instance, fresh })
}

/// Opens a folder that must be there; an empty one is made a data folder. A wrong path is no reason for another root key.
pub fn open_there(place: &Where, flags: Vec<(&'static str, String)>) -> anyhow::Result<Opened> {
    let data = DataFolder::at(&place.data)?;
    if !data.path().is_dir() {
        return Err(no_folder(&data));
    }
    open_or_make(place, flags)
}

fn no_folder(data: &DataFolder) -> anyhow::Error {
    let path = data.path().display();
    anyhow::anyhow!("there is no data folder {path}; `dipoli track create SLUG --data DIR` makes one")
}

/// Opens a folder that must be there.
pub fn open(place: &Where) -> anyhow::Result<Opened> {
    let data = DataFolder::at(&place.data)?;
    if !data.tracks().is_dir() {
        return Err(no_folder(&data));
    }
    open_or_make(place, Vec::new())
}

/// The open databases of a track.
pub async fn store(opened: &Opened, slug: &str) -> anyhow::Result<Store> {
    slugs(&opened.data, Some(slug))?;
    let folder = opened.data.track(slug).context("this is no slug")?;
    let settings = config::Track::load(&folder.settings())?;
    Ok(Store::open(&folder.place(&settings), &opened.root, Clock::Database).await?)
}

/// The open handle of a track, for what the operator does in it.
pub async fn track(opened: &Opened, slug: &str) -> anyhow::Result<Arc<Track>> {
    let store = store(opened, slug).await?;
    let folder = opened.data.track(slug).context("this is no slug")?;
    let settings = config::Track::load(&folder.settings())?.for_app(slug, &opened.instance.public_url);
    Ok(Arc::new(Track::open(settings, store, Arc::new(Hasher::new(Parameters::DEFAULT)))?))
}

/// The folder of a track, whether it is there or not.
pub fn folder(data: &DataFolder, slug: &str) -> anyhow::Result<TrackFolder> {
    data.track(slug).context("this is no slug")
}

fn key_file(data: &DataFolder, key: &RootKeyFile) -> PathBuf {
    key.root_key.clone().map_or_else(|| data.root_key(), |file| std::path::absolute(&file).unwrap_or(file))
}

/// The slugs that a command is about: the one given, which must be there, or all.
pub fn slugs(data: &DataFolder, given: Option<&str>) -> anyhow::Result<Vec<String>> {
    let all = data.slugs();
    match given {
        None => Ok(all),
        Some(slug) if all.iter().any(|there| there == slug) => Ok(vec![slug.to_owned()]),
        Some(slug) => bail!(
            "there is no track {slug} in {}; `dipoli track list` shows those that are there",
            data.path().display()
        ),
    }
}
