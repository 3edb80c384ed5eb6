//! How an act can end other than well: refused, for reasons that may be told, or failed, for reasons that may not.

use dipoli_domain::refusal::{Refusal, Refusals};
use dipoli_store::StoreError;

/// The outcome of an act.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an act was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It was refused; the reasons may be told. Nothing was written.
    #[error("refused")]
    Refused(Refusals),
    /// The database or another part is away; safe to try again.
    #[error("unavailable")]
    Unavailable,
    /// Another transaction was in the way of this one, of which nothing is left: the whole act may be done again.
    #[error("in the way of another")]
    Again,
    /// A fault of the server. Its text belongs in the log, under the request id, and nowhere else.
    #[error("fault: {0}")]
    Fault(String),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<Refusals> for Error {
    fn from(refusals: Refusals) -> Self {
        Self::Refused(refusals)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable => Self::Unavailable,
            StoreError::Again => Self::Again,
            StoreError::Stale => Self::Refused(Refusal::stale_version().into()),
            fault @ (StoreError::Taken(_)
            | StoreError::Integrity
            | StoreError::Unaudited
            | StoreError::LogCut
            | StoreError::Fault(_)) => Self::Fault(fault.to_string()),
        }
    }
}
