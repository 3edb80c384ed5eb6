//! How delivery of letters goes, as far as it is told to anyone: how many, and classes of failure, never what a server said
//! and never to whom.

use jiff::{Timestamp, civil};

use crate::{id::SessionId, letter::LetterKind};

words! {
    /// Why a letter did not arrive.
    pub enum Failure {
        /// The server refused it for good.
        Refused = "refused",
        /// The server did not take it, so far.
        NotTaken = "not-taken",
        /// No server could be reached, so far.
        Unreachable = "unreachable",
        /// It was tried too often.
        Exhausted = "exhausted",
        /// Nothing goes to the address any more: it was refused for good too often.
        Stopped = "stopped",
        /// It cannot be made into a mail.
        Unwritable = "unwritable",
    }
}

/// After so many refusals for good in a row nothing goes to an address any more.
pub const REFUSALS: i32 = 3;

/// Whether nothing goes to an address any more that was refused for good so often in a row.
pub const fn is_stopped(refusals: i32) -> bool {
    refusals >= REFUSALS
}

/// How the letters of one kind go: about one session, of one day for digests, in all for the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// About which session, if about one.
    pub session: Option<SessionId>,
    /// Of what kind.
    pub kind: LetterKind,
    /// Of which day; digests only.
    pub day: Option<civil::Date>,
    /// How many wait or are on their way.
    pub queued: i64,
    /// How many a server took.
    pub sent: i64,
    /// How many were given up.
    pub failed: i64,
    /// Why letters did not arrive, so far or for good, and how many.
    pub failures: Vec<(Failure, i64)>,
    /// When a server took the last one; not for digests.
    pub last_sent_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_refusal_stops_an_address() {
        assert_eq!([0, 1, 2, 3, 4].map(is_stopped), [false, false, false, true, true]);
    }
}
