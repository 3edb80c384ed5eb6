//! A letter in the form in which it travels.

use dipoli_domain::Timestamp;

/// A rendered letter. No `Debug`: it holds a name, an address and perhaps a token.
pub struct Message {
    pub(crate) key: String,
    pub(crate) written_at: Timestamp,
    pub(crate) mail: lettre::Message,
}

impl Message {
    /// The whole mail, headers and all, with CRLF line ends; ASCII only.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.mail.formatted()
    }
}
