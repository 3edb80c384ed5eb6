//! The ways out: a folder (the default), a mail server, or memory.
//!
//! Deliberately absent: when to try again, and how fast to send. Those are the worker's.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::{
    failure::Failure,
    folder::Folder,
    memory::Memory,
    message::Message,
    smtp::{NotARelay, Smtp},
};

/// Where a track's mail leaves.
pub enum Outlet {
    /// As files.
    Folder(Folder),
    /// To a mail server.
    Smtp(Box<Smtp>),
    /// Nowhere; for tests.
    Memory(Memory),
}

impl Outlet {
    /// Files in this folder, which is made at the first mail.
    pub fn folder(path: PathBuf) -> Self {
        Self::Folder(Folder::new(path))
    }

    /// The mail server at `url` (`smtps://…` or `smtp://…`, see [`Smtp::new`]), greeted with the name `helo`.
    pub fn smtp(url: &SecretString, helo: &str) -> Result<Self, NotARelay> {
        Ok(Self::Smtp(Box::new(Smtp::new(url, helo)?)))
    }

    /// Delivers one mail, in less than 60 seconds, whichever way it ends.
    pub async fn deliver(&self, message: Message) -> Result<(), Failure> {
        match self {
            Self::Folder(folder) => folder.deliver(message).await,
            Self::Smtp(smtp) => smtp.deliver(&message.mail).await,
            Self::Memory(memory) => {
                memory.keep(message.to_bytes());
                Ok(())
            }
        }
    }
}
