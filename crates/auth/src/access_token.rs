//! Access tokens: JWTs (RFC 9068's shape, RFC 8725's advice) that one track's ring signs and only it accepts.
//!
//! A token proves who signed in; whether that sign-in still stands, and what its person may do, the database says at
//! every request. Deliberately absent: roles and rights (they would outlive their taking away), a choice of
//! algorithm, and any account of why a token is refused: there is one answer to all of them.

mod key_ring;
mod wire;

pub use key_ring::Ring;

use thiserror::Error;
use uuid::Uuid;

/// How far apart the clocks of two servers of a track may be, in seconds.
pub const LEEWAY_SECONDS: i64 = 30;

/// Longest text that is looked at, in bytes; ours are a third of it.
pub const LONGEST_BYTES: usize = 2048;

/// What a token says. Times are Unix seconds. Issuer and audience are the ring's and not repeated here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `sub`: who.
    pub person: Uuid,
    /// `sid`: by which sign-in.
    pub sign_in: Uuid,
    /// `jti`: this token, at random.
    pub token: Uuid,
    /// `auth_time`: when the person last proved who they are; a refresh does not change it.
    pub authenticated_at: i64,
    /// Whether it was issued for that proof itself, and not for a refresh token.
    pub fresh: bool,
    /// `iat`: when it was issued.
    pub issued_at: i64,
    /// `nbf`: from when it holds, give or take [`LEEWAY_SECONDS`].
    pub not_before: i64,
    /// `exp`: until when it holds, give or take [`LEEWAY_SECONDS`].
    pub expires_at: i64,
}

impl Claims {
    /// The claims of a new token that holds from `now` for `lifetime` seconds; not a fresh one.
    pub fn new(person: Uuid, sign_in: Uuid, authenticated_at: i64, now: i64, lifetime: i64) -> Claims {
        Claims {
            person,
            sign_in,
            token: Uuid::new_v4(),
            authenticated_at,
            fresh: false,
            issued_at: now,
            not_before: now,
            expires_at: now.saturating_add(lifetime),
        }
    }

    /// Whether the token holds at `now` (Unix seconds), give or take [`LEEWAY_SECONDS`].
    pub const fn holds_at(&self, now: i64) -> bool {
        now >= self.not_before.saturating_sub(LEEWAY_SECONDS) && now < self.expires_at.saturating_add(LEEWAY_SECONDS)
    }
}

/// The one answer to a token that is not accepted, whatever is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the access token is not valid")]
pub struct Invalid;

#[cfg(test)]
mod tests;
