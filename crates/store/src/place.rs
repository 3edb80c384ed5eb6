//! Where a track is kept: its two databases, and the key that opens the rest.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use ring::rand::{SecureRandom, SystemRandom};
use zeroize::{Zeroize, Zeroizing};

/// A database: a SQLite file of its own, or PostgreSQL. No `Debug`: an address may hold a password.
#[derive(Clone)]
pub enum Database {
    /// A SQLite file; made if it is not there, readable by its owner alone.
    File(PathBuf),
    /// SQLite in memory, gone when it is closed. It has one connection: whoever holds a transaction may not read
    /// beside it.
    Memory,
    /// `postgres://…`.
    Url(Arc<Zeroizing<String>>),
}

impl Database {
    /// A PostgreSQL database by its address.
    pub fn url(address: impl Into<String>) -> Self {
        Self::Url(Arc::new(Zeroizing::new(address.into())))
    }
}

/// The two databases of a track.
#[derive(Clone)]
pub struct Place {
    /// People, groups, sessions, notes, audit log.
    pub content: Database,
    /// Wrapped keys, apart from what they open.
    pub keys: Database,
}

impl Place {
    /// `track.db` and `keys.db` in a folder.
    pub fn folder(folder: &Path) -> Self {
        Self { content: Database::File(folder.join("track.db")), keys: Database::File(folder.join("keys.db")) }
    }

    /// Whether the files are there, where they are files.
    pub(crate) fn is_there(&self) -> bool {
        [&self.content, &self.keys].into_iter().all(|database| match database {
            Database::File(path) => path.exists(),
            Database::Memory | Database::Url(_) => true,
        })
    }
}

/// The instance's root key, which wraps every track's key. Wiped when dropped; no `Debug`.
#[derive(Clone)]
pub struct RootKey(Arc<Zeroizing<[u8; 32]>>);

/// A root key file that cannot be used. The text may name the file: it is for the command line.
#[derive(Debug, thiserror::Error)]
pub enum RootKeyError {
    /// It cannot be read or made.
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
    /// It is no root key.
    #[error("{0} is not a root key: it should hold exactly 32 bytes")]
    Length(PathBuf),
    /// Others than its owner may read it.
    #[error("{0} may be read by others; allow its owner alone (chmod 600)")]
    Exposed(PathBuf),
}

impl RootKey {
    /// The key of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Arc::new(Zeroizing::new(bytes)))
    }

    /// Reads the key file.
    pub fn load(path: &Path) -> Result<Self, RootKeyError> {
        let told = |error| RootKeyError::Io(path.to_owned(), error);
        refuse_exposed(path)?;
        let bytes = Zeroizing::new(std::fs::read(path).map_err(told)?);
        let bytes: [u8; 32] = bytes.as_slice().try_into().map_err(|_| RootKeyError::Length(path.to_owned()))?;
        Ok(Self::new(bytes))
    }

    /// Reads the key file, or makes it (32 random bytes, 0600) where there is none. `true` where it was made now:
    /// its owner should be told to keep a copy elsewhere.
    pub fn load_or_create(path: &Path) -> Result<(Self, bool), RootKeyError> {
        match create(path) {
            Ok(key) => Ok((key, true)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok((Self::load(path)?, false)),
            Err(error) => Err(RootKeyError::Io(path.to_owned(), error)),
        }
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RootKey")
    }
}

/// Written beside and linked into place, so that a crash leaves a whole key or none.
fn create(path: &Path) -> io::Result<RootKey> {
    if path.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let mut bytes = Zeroizing::new([0u8; 32]);
    random(&mut *bytes);
    let beside = path.with_extension(format!("new-{}", uuid::Uuid::new_v4().simple()));
    let written = (|| {
        let mut file = private_file(&beside)?;
        io::Write::write_all(&mut file, &*bytes)?;
        file.sync_all()?;
        std::fs::hard_link(&beside, path)
    })();
    let removed = std::fs::remove_file(&beside);
    written?;
    removed?;
    let key = RootKey::new(*bytes);
    bytes.zeroize();
    Ok(key)
}

#[cfg(unix)]
fn refuse_exposed(path: &Path) -> Result<(), RootKeyError> {
    use std::os::unix::fs::MetadataExt;
    let told = |error| RootKeyError::Io(path.to_owned(), error);
    let mode = std::fs::metadata(path).map_err(told)?.mode();
    if mode & 0o077 == 0 { Ok(()) } else { Err(RootKeyError::Exposed(path.to_owned())) }
}

#[cfg(not(unix))]
fn refuse_exposed(_: &Path) -> Result<(), RootKeyError> {
    Ok(())
}

/// A new file that its owner alone may read; an error where there is one already.
pub(crate) fn private_file(path: &Path) -> io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Fills `bytes` from the operating system's generator, without which nothing here can be done honestly.
pub(crate) fn random(bytes: &mut [u8]) {
    SystemRandom::new().fill(bytes).expect("the operating system's random generator answers");
}
