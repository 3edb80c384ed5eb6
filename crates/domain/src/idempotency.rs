//! The key under which a client may send the same creation again.

use crate::refusal::Refusal;

/// A client's idempotency key, 1…255 characters without control characters. It is scoped to person and mutation
/// and kept for 24 hours (requirements G-14).
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Checks the bounds; the field is `idempotencyKey`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let length = text.chars().count();
        if (1..=255).contains(&length) && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refusal::bad_input(
                "idempotencyKey",
                "An idempotency key has 1 to 255 characters and no control characters.",
            ))
        }
    }

    /// The same for a note under the Chatham House Rule, whose edit secret is derived from it: at least 22 characters, which
    /// is what 128 random bits take in base64 (requirements N-07).
    pub fn parse_for_secret(text: &str) -> Result<Self, Refusal> {
        let key = Self::parse(text)?;
        if key.0.chars().count() >= 22 {
            return Ok(key);
        }
        Err(Refusal::bad_input(
            "idempotencyKey",
            "The key of a note under the Chatham House Rule has at least 22 characters, and should be random: the note's \
             edit secret is derived from it.",
        ))
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
