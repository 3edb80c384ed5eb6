//! How delivery of letters goes, as far as it is told to anyone: classes of failure, never what a server said.

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
