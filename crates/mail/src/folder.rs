//! Mail as files, one `.eml` a letter: the default, where no mail server is named.
//!
//! A file is written whole under another name and then renamed, so that nobody reads half a letter. Its name has the
//! second at which the letter was written, so that a listing is in order, and the key of its Message-ID; neither tells
//! more than the file's own date. A letter that is sent again has the same name and is there once.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{
    failure::{Cause, Failure},
    message::Message,
};

/// A folder that mails are written into.
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// A folder, made at the first mail.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(crate) async fn deliver(&self, message: Message) -> Result<(), Failure> {
        let folder = self.path.clone();
        let name = format!("{}-{}.eml", message.written_at.strftime("%Y%m%dT%H%M%SZ"), message.key);
        let written = tokio::task::spawn_blocking(move || write_whole(&folder, &name, &message.to_bytes()));
        written
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
            .map_err(|fault| Failure::Transient(Cause::Disk(fault.kind())))
    }
}

/// Writes the file, sees it on the disk, then gives it its name and sees that on the disk.
fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let (unfinished, finished) = (folder.join(format!(".{name}.part")), folder.join(name));
    let mut file = private(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, &finished)?;
    File::open(folder)?.sync_all()
}

/// A new file for the owner alone: a letter holds a name, an address and perhaps a token.
fn private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
