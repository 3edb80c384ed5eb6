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

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
