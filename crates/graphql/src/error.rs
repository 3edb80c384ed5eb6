//! Errors, as they are told: a closed set of codes, the input field at fault, and sentences of our own.
//!
//! Resolvers fail with a [`Failure`] and with nothing else; [`tell`], the outermost mapper, turns it and whatever the
//! library says into [`Problem`]s. Deliberately absent: any text of the library's, which echoes the document, names Rust
//! types and guesses what was meant. A fault's text goes to the log under the request id, and nowhere else.

use std::{borrow::Cow, sync::Arc};

use async_graphql::{Enum, PathSegment, Pos, ServerError};
use dipoli_app as app;
use dipoli_domain::refusal::{Code, Refusal};
use serde::Serialize;

use crate::limits::Excess;

/// Errors of one answer at most: a hostile document does not make a long one.
pub(crate) const MOST: usize = 20;

/// What is counted of a document may have no end; more than every client can read is not told.
const MOST_TOLD: u64 = (1 << 53) - 1;

/// extensions.code of every error. extensions.field names the input field at fault, where one is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// No valid access token, or the sign-in behind it was revoked.
    Unauthenticated,
    /// The viewer can see the object but may not do this to it.
    Forbidden,
    /// It does not exist, or the viewer may not know that it does: the two cannot be told apart.
    NotFound,
    /// A value is out of its bounds, or the document cannot be run as it stands.
    BadUserInput,
    /// It needs a fresh sign-in (less than 10 minutes old). A sign-in that lacks its one-time code is UNAUTHENTICATED, like any other that fails.
    ReauthenticationRequired,
    /// expectedVersion is not the current version, or an idempotency key was used for another input.
    Conflict,
    /// The object's state does not allow it (an agenda item of a concluded session, a second silence procedure).
    FailedPrecondition,
    /// Fewer than the track's minimum of people could have written the note, so the Chatham House Rule would protect nobody.
    AnonymitySetTooSmall,
    /// Too many at once; try again later.
    RateLimited,
    /// The operation is deeper, wider or costlier than the server accepts; extensions.limit says in what, extensions.counted how much it has, extensions.most how much is accepted.
    QueryTooComplex,
    /// The database or another part is away; safe to try again.
    Unavailable,
    /// A fault of the server. Nothing about it is told but a request id (extensions.requestId), which the log has.
    Internal,
}

impl From<Code> for ErrorCode {
    fn from(code: Code) -> Self {
        match code {
            Code::Unauthenticated => Self::Unauthenticated,
            Code::Forbidden => Self::Forbidden,
            Code::NotFound => Self::NotFound,
            Code::BadUserInput => Self::BadUserInput,
            Code::ReauthenticationRequired => Self::ReauthenticationRequired,
            Code::Conflict => Self::Conflict,
            Code::FailedPrecondition => Self::FailedPrecondition,
            Code::AnonymitySetTooSmall => Self::AnonymitySetTooSmall,
            Code::RateLimited => Self::RateLimited,
        }
    }
}

/// Why a resolver gives nothing. Shared, because one statement that failed may have been asked for by many fields.
///
/// It has no `Display` on purpose: the library would tell it.
#[derive(Clone)]
pub(crate) struct Failure(Arc<app::Error>);

/// What a resolver gives.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// Something that cannot be, unless this server has a fault. `text` is for the log.
    pub(crate) fn fault(text: &str) -> Self {
        app::Error::Fault(text.to_owned()).into()
    }

    /// Whether another transaction was in the way of what was to be done, so that nothing of it was.
    pub(crate) fn is_again(&self) -> bool {
        matches!(*self.0, app::Error::Again)
    }

    /// What it says in an answer; one problem for each reason of a refusal.
    pub(crate) fn problems(&self, request_id: &str) -> Vec<Problem> {
        match &*self.0 {
            app::Error::Refused(refusals) => refusals.iter().map(Problem::of_refusal).collect(),
            app::Error::Unavailable | app::Error::Again => vec![Problem::unavailable()],
            app::Error::Fault(text) => {
                log_fault(request_id, text);
                vec![Problem::internal(request_id)]
            }
        }
    }
}

impl From<app::Error> for Failure {
    fn from(error: app::Error) -> Self {
        Self(Arc::new(error))
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        app::Error::from(refusal).into()
    }
}

impl From<Failure> for async_graphql::Error {
    fn from(failure: Failure) -> Self {
        Self { message: String::new(), source: Some(Arc::new(failure)), extensions: None }
    }
}

/// One error of an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Problem {
    message: Cow<'static, str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Pos>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    path: Vec<PathSegment>,
    extensions: Details,
}

/// The machine-readable part of an error.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    code: ErrorCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counted: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    most: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

impl Problem {
    /// A problem without field and place.
    pub(crate) fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        let extensions = Details { code, field: None, limit: None, counted: None, most: None, request_id: None };
        Self { message: message.into(), locations: Vec::new(), path: Vec::new(), extensions }
    }

    /// A refusal, in its own words.
    pub(crate) fn of_refusal(refusal: &Refusal) -> Self {
        Self::new(refusal.code.into(), refusal.message.clone()).with_field(refusal.field.clone())
    }

    /// The database or another part is away.
    pub(crate) fn unavailable() -> Self {
        Self::new(ErrorCode::Unavailable, "This cannot be answered just now; it is safe to try again.")
    }

    /// A fault; only the log knows more.
    pub(crate) fn internal(request_id: &str) -> Self {
        let mut problem =
            Self::new(ErrorCode::Internal, "Something went wrong here; the log has it under the request id.");
        problem.extensions.request_id = Some(request_id.to_owned());
        problem
    }

    /// More of something than is accepted: in what, how much was counted, how much is accepted.
    pub(crate) fn too_complex(excess: Excess) -> Self {
        let mut problem = Self::new(ErrorCode::QueryTooComplex, "The operation is larger than this server accepts.");
        problem.extensions.limit = Some(excess.limit);
        problem.extensions.counted = Some(excess.counted.min(MOST_TOLD));
        problem.extensions.most = Some(excess.most);
        problem
    }

    /// A document that cannot be run.
    pub(crate) fn invalid_document() -> Self {
        Self::new(ErrorCode::BadUserInput, "The document is not valid here; see the schema.")
    }

    /// A document in which an input object has a field twice: which of them would be meant?
    pub(crate) fn doubled_input_field() -> Self {
        Self::new(ErrorCode::BadUserInput, "A field of an input object is given twice here.")
    }

    /// The same, with the input field at fault. A name of the schema's, never of the document's.
    pub(crate) fn with_field(mut self, field: Option<Cow<'static, str>>) -> Self {
        self.extensions.field = field;
        self
    }

    /// The same, with places in the document.
    pub(crate) fn at(mut self, locations: Vec<Pos>) -> Self {
        self.locations = locations;
        self
    }

    /// Its code.
    pub(crate) const fn code(&self) -> ErrorCode {
        self.extensions.code
    }
}

/// The outermost mapper: what the library collected, as problems. `request_id` is told where the server is at fault.
pub(crate) fn tell(errors: Vec<ServerError>, request_id: &str) -> Vec<Problem> {
    let problems = errors.into_iter().flat_map(|error| {
        let problems = match (error.source::<Failure>(), &error.source) {
            (Some(failure), _) => failure.problems(request_id),
            (None, Some(_)) => {
                log_fault(request_id, &error.message);
                vec![Problem::internal(request_id)]
            }
            (None, None) => vec![Problem::invalid_document()],
        };
        problems.into_iter().map(move |problem| Problem {
            path: error.path.clone(),
            locations: error.locations.clone(),
            ..problem
        })
    });
    problems.take(MOST).collect()
}

/// A fault's text, under the request id.
pub(crate) fn log_fault(request_id: &str, text: &str) {
    tracing::error!(request_id, fault = text, "a request failed");
}

#[cfg(test)]
mod tests {
    use dipoli_domain::refusal::Refusals;

    use super::*;

    fn told(error: impl Into<async_graphql::Error>) -> Vec<Problem> {
        tell(vec![error.into().into_server_error(Pos { line: 1, column: 2 })], "r-1")
    }

    #[test]
    fn every_reason_of_a_refusal_is_told_with_its_field() {
        let mut refusals = Refusals::default();
        refusals.push(Refusal::bad_input("title", "Too long."));
        refusals.push(Refusal::bad_input("endsAt", "Before the start."));
        let problems = told(Failure::from(app::Error::from(refusals)));
        let json = serde_json::to_string(&problems).expect("plain values");
        assert_eq!(
            json,
            r#"[{"message":"Too long.","locations":[{"line":1,"column":2}],"extensions":{"code":"BAD_USER_INPUT","field":"title"}},{"message":"Before the start.","locations":[{"line":1,"column":2}],"extensions":{"code":"BAD_USER_INPUT","field":"endsAt"}}]"#
        );
    }

    #[test]
    fn a_fault_is_told_as_a_request_id() {
        let problems = told(Failure::fault("no such table: canary"));
        let json = serde_json::to_string(&problems).expect("plain values");
        assert!(json.contains(r#""code":"INTERNAL","requestId":"r-1""#), "{json}");
        assert!(!json.contains("canary"), "{json}");
    }

    #[test]
    fn what_is_not_ours_is_masked() {
        let strange = async_graphql::Error::new_with_source(std::io::Error::other("canary"));
        assert_eq!(told(strange)[0].code(), ErrorCode::Internal);
        let problems = told(async_graphql::Error::new("Unknown field \"canary\". Did you mean \"can\"?"));
        let json = serde_json::to_string(&problems).expect("plain values");
        assert!(!json.contains("canary") && !json.contains("mean"), "{json}");
        assert_eq!(problems[0].code(), ErrorCode::BadUserInput);
    }

    #[test]
    fn an_answer_has_a_bounded_number_of_errors() {
        let error = ServerError::new("x", None);
        assert_eq!(tell(vec![error; 500], "r-1").len(), MOST);
    }
}
