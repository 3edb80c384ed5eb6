//! The mark that a process serves tracks from SQLite files: a second one that would is refused, with the reason.
//!
//! One process serves all tracks of a folder, or some serve one each (`--only`): who serves all holds the folder's mark
//! alone, who serves one holds it with others and that track's own mark alone. Marks are locks of the operating system
//! and end with the process. Deliberately absent: marks for tracks that are wholly in PostgreSQL, where any number of
//! processes serve; and for commands, which read beside a server.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    sync::{Mutex, PoisonError},
};

use crate::data::{DataFolder, TrackFolder};

/// Beside a track's databases; locked by whoever has them open.
const OPEN: &str = ".open";

/// Why the mark could not be set.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Another process has it.
    #[error("another dipoli serves these tracks from their SQLite files; stop it first, or serve another folder")]
    Served,
    /// A registered document cannot be read.
    #[error("a document in documents/ cannot be read: {0}")]
    Documents(io::Error),
    /// A file cannot be made or locked.
    #[error("the folder cannot be marked as served: {0}")]
    Io(#[from] io::Error),
}

/// The mark, once it is set.
#[derive(Debug)]
pub struct Mark {
    data: DataFolder,
    only: Option<String>,
    held: Mutex<Vec<File>>,
}

impl Mark {
    /// A mark for all tracks of a folder, or for one; not set yet.
    pub const fn new(data: DataFolder, only: Option<String>) -> Self {
        Self { data, only, held: Mutex::new(Vec::new()) }
    }

    /// Sets it, if it is not set already.
    ///
    /// # Errors
    /// Another process serves the same files, or the mark cannot be made.
    pub fn set(&self) -> Result<(), Refused> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if !held.is_empty() {
            return Ok(());
        }
        let folder = file(&self.data.tracks().join(".serving"))?;
        match self.only.as_deref().and_then(|slug| self.data.track(slug)) {
            None => {
                taken(folder.try_lock())?;
                held.push(folder);
            }
            Some(track) => {
                taken(folder.try_lock_shared())?;
                let own = file(&track.path().join(".serving"))?;
                taken(own.try_lock())?;
                held.extend([folder, own]);
            }
        }
        Ok(())
    }

    /// Takes it away, so that another process may serve.
    pub fn take_away(&self) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Holds a track's files as open, with others that do, until the file is dropped.
///
/// # Errors
/// The file cannot be made or locked, or the track is being destroyed.
pub fn hold(folder: &TrackFolder) -> io::Result<File> {
    let file = file(&folder.path().join(OPEN))?;
    file.try_lock_shared()?;
    Ok(file)
}

/// Holds them alone; `None` where somebody has them open.
///
/// # Errors
/// The file cannot be made or locked.
pub fn hold_alone(folder: &TrackFolder) -> io::Result<Option<File>> {
    let file = file(&folder.path().join(OPEN))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn file(path: &std::path::Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn taken(outcome: Result<(), TryLockError>) -> Result<(), Refused> {
    match outcome {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(Refused::Served),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_serves_all_or_several_serve_one_each() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::at(&folder.path().join("data")).unwrap();
        for slug in ["aalto", "saarinen"] {
            crate::data::private_folder(&data.tracks().join(slug)).unwrap();
        }
        let mark = |only: Option<&str>| Mark::new(data.clone(), only.map(str::to_owned));
        let all = mark(None);
        all.set().unwrap();
        all.set().expect("setting it twice is setting it");
        for second in [None, Some("aalto")] {
            assert!(matches!(mark(second).set(), Err(Refused::Served)), "{second:?}");
        }
        all.take_away();
        let (aalto, saarinen) = (mark(Some("aalto")), mark(Some("saarinen")));
        aalto.set().unwrap();
        saarinen.set().unwrap();
        for second in [None, Some("aalto")] {
            assert!(matches!(mark(second).set(), Err(Refused::Served)), "{second:?}");
        }
    }
}
