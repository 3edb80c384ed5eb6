//! A statement of destruction: what was destroyed, when, and a signature by which anyone can check later that the track
//! said so.
//!
//! It is plain text. The signature (Ed25519, RFC 8032) is over the exact bytes before the line `signature: `, the line
//! break before it among them; key and signature are base64url without padding. Deliberately absent: any name or text of
//! what was destroyed.

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use dipoli_auth::signing_key::{self, PUBLIC_BYTES};
use dipoli_domain::Timestamp;
use dipoli_store::{Store, Unreadable};

use crate::Result;

const TITLE: &str = "Dipoli: statement of destruction";
const PUBLIC: &str = "public key: ";
const SIGNATURE: &str = "signature: ";

/// A signed statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement(String);

/// Why a text is no statement of destruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotGenuine {
    /// It lacks a part.
    #[error("this is no statement of destruction")]
    Form,
    /// It was changed, or another key signed it.
    #[error("the signature is not of this text by the key that it names")]
    Signature,
}

impl Statement {
    /// Says that `what` of a track was destroyed at an instant.
    pub(crate) fn signed(
        store: &Store,
        slug: &str,
        what: &str,
        at: Timestamp,
        unreadable: &Unreadable,
    ) -> Result<Self> {
        let mut text = format!("{TITLE}\ntrack: {slug}\nwhat: {what}\nwhen: {at}\n");
        for (id, purpose) in &unreadable.keys {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "key: {id} ({purpose})");
        }
        for (table, rows) in unreadable.rows.by_table().into_iter().filter(|(_, rows)| *rows > 0) {
            let _ = writeln!(text, "unreadable: {rows} in {table}");
        }
        let (kid, public) = store.statement_key()?;
        let _ = writeln!(text, "signed by: {kid}\n{PUBLIC}{}", URL_SAFE_NO_PAD.encode(public));
        let signature = store.sign_statement(&kid, &text)?;
        let _ = writeln!(text, "{SIGNATURE}{}", URL_SAFE_NO_PAD.encode(signature));
        Ok(Self(text))
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// Checks a statement's signature by the key that it names; gives that key, to be compared with the one that `track
/// check` showed while there was a track.
///
/// # Errors
/// It is no such statement, or not as it was signed.
pub fn verify(text: &str) -> std::result::Result<String, NotGenuine> {
    let at = text.rfind(&format!("\n{SIGNATURE}")).ok_or(NotGenuine::Form)? + 1;
    let (message, signature) = text.split_at(at);
    let public = message.lines().rev().find_map(|line| line.strip_prefix(PUBLIC)).ok_or(NotGenuine::Form)?;
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| NotGenuine::Form);
    let key: [u8; PUBLIC_BYTES] = decoded(public)?.try_into().map_err(|_| NotGenuine::Form)?;
    let signature = decoded(signature.trim_start_matches(SIGNATURE).trim_end())?;
    let is_genuine = message.starts_with(TITLE) && signing_key::verify(&key, message.as_bytes(), &signature);
    if is_genuine { Ok(public.to_owned()) } else { Err(NotGenuine::Signature) }
}
