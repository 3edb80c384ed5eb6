//! Why a mail did not leave, as far as the worker must know and a log may tell.
//!
//! Deliberately absent: what the server said. Its text may repeat the address or parts of the mail.

use std::io;

/// How sending failed, which decides what comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// This mail will never be taken: an SMTP 5xx after the letter's sender was named.
    #[error("refused for good: {0}")]
    Permanent(Cause),
    /// Not now; to be tried again, and it counts as a try.
    #[error("not taken this time: {0}")]
    Transient(Cause),
    /// No server was there that may have the mail: none answered, or none with the TLS that is required. Says nothing
    /// about the mail and does not count as a try.
    #[error("the mail server cannot be reached")]
    Unreachable,
}

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The server answered with this code (400…599).
    #[error("the server answered {0}")]
    Reply(u16),
    /// The conversation broke off, or what came was no SMTP.
    #[error("the conversation with the server broke off")]
    Conversation,
    /// The server took too long.
    #[error("the server took too long")]
    Time,
    /// The file could not be written.
    #[error("the file could not be written ({0})")]
    Disk(io::ErrorKind),
}
