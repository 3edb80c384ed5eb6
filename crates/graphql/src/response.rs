//! An answer, ready to be sent. Which HTTP status and headers go with it is the server's to say, by its [`Kind`].

use std::fmt;

use async_graphql::Value;
use dipoli_app as app;
use serde::Serialize;

use crate::error::{ErrorCode, Failure, MOST, Problem};

/// What kind of answer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The operation ran; there is `data`, and there may be errors of fields.
    Answered,
    /// The request cannot be run as it stands, or is larger than accepted. There is no `data`.
    BadRequest,
    /// It needs a viewer, and there is none. There is no `data`.
    Unauthenticated,
    /// Too many at once. There is no `data`.
    RateLimited,
    /// The database or another part is away. There is no `data`.
    Unavailable,
    /// A fault of the server. There is no `data`.
    Internal,
}

/// An answer. What it holds may be confidential: shown for debugging, it tells its kind and codes alone.
#[derive(Serialize)]
pub struct Response {
    #[serde(skip)]
    kind: Kind,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Problem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
}

impl Response {
    /// What kind of answer it is.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The codes of its errors, in order.
    pub fn codes(&self) -> impl Iterator<Item = ErrorCode> {
        self.errors.iter().map(Problem::code)
    }

    /// Its errors as JSON, where they are all there is: it was refused before anything of it ran.
    pub fn errors_alone(&self) -> Option<String> {
        let json = || serde_json::to_string(&self.errors).expect("names and texts make JSON");
        self.data.is_none().then(json)
    }

    /// Whether there is no viewer behind the request.
    pub fn is_unauthenticated(&self) -> bool {
        self.kind == Kind::Unauthenticated
    }

    /// Whether it cannot be read or run as it stands; not for its size.
    pub fn is_bad_input(&self) -> bool {
        self.codes().any(|code| code == ErrorCode::BadUserInput)
    }

    /// The body.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("names, texts and finite numbers make JSON")
    }

    /// To who has no valid access token, on fields that need one. Its bytes are always the same.
    pub fn unauthenticated() -> Self {
        Self::refused(Problem::new(ErrorCode::Unauthenticated, "Sign in first."))
    }

    /// To one too many.
    pub fn rate_limited() -> Self {
        Self::refused(Problem::new(ErrorCode::RateLimited, "Too many at once; try again later."))
    }

    /// Where the track's database is away.
    pub fn unavailable() -> Self {
        Self::refused(Problem::unavailable())
    }

    /// Where the server is at fault. Its reason belongs in the log, under the same id.
    pub fn internal(request_id: &str) -> Self {
        Self::refused(Problem::internal(request_id))
    }

    /// To a request that cannot be read; `message` is a sentence of ours.
    pub fn bad_input(message: &'static str) -> Self {
        Self::refused(Problem::new(ErrorCode::BadUserInput, message))
    }

    /// What an act outside of any field ended with. A fault is logged under `request_id`.
    pub fn of(error: app::Error, request_id: &str) -> Self {
        let problems = Failure::from(error).problems(request_id);
        if problems.iter().any(|problem| problem.code() == ErrorCode::Unauthenticated) {
            return Self::unauthenticated();
        }
        Self::all_refused(problems)
    }

    /// One reason for not running it.
    pub(crate) fn refused(problem: Problem) -> Self {
        Self::all_refused(vec![problem])
    }

    /// Several.
    pub(crate) fn all_refused(mut errors: Vec<Problem>) -> Self {
        errors.truncate(MOST);
        let kind = match errors.first().map_or(ErrorCode::Internal, Problem::code) {
            ErrorCode::Unauthenticated => Kind::Unauthenticated,
            ErrorCode::RateLimited => Kind::RateLimited,
            ErrorCode::Unavailable => Kind::Unavailable,
            ErrorCode::Internal => Kind::Internal,
            ErrorCode::Forbidden
            | ErrorCode::NotFound
            | ErrorCode::BadUserInput
            | ErrorCode::ReauthenticationRequired
            | ErrorCode::Conflict
            | ErrorCode::FailedPrecondition
            | ErrorCode::AnonymitySetTooSmall
            | ErrorCode::QueryTooComplex => Kind::BadRequest,
        };
        Self { kind, errors, data: None }
    }

    /// What came of running it.
    pub(crate) const fn answered(data: Value, errors: Vec<Problem>) -> Self {
        Self { kind: Kind::Answered, errors, data: Some(data) }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Response").field(&self.kind).field(&self.codes().collect::<Vec<_>>()).finish()
    }
}

#[cfg(test)]
mod tests {
    use dipoli_domain::refusal::{Code, Refusal};

    use super::*;

    #[test]
    fn without_a_viewer_there_is_one_answer() {
        let refusal = Refusal::new(Code::Unauthenticated, "The token is stale.");
        let ours = Response::of(refusal.into(), "r-1");
        assert_eq!(ours.kind(), Kind::Unauthenticated);
        assert_eq!(ours.to_bytes(), Response::unauthenticated().to_bytes());
        assert_eq!(
            Response::unauthenticated().to_bytes(),
            br#"{"errors":[{"message":"Sign in first.","extensions":{"code":"UNAUTHENTICATED"}}]}"#
        );
    }

    #[test]
    fn a_refusal_has_a_bounded_number_of_reasons() {
        let refused = Response::all_refused((0..1_000).map(|_| Problem::invalid_document()).collect());
        assert_eq!(refused.codes().count(), MOST);
        assert!(refused.to_bytes().len() < 4 * 1024);
    }

    #[test]
    fn errors_stand_before_data_and_data_only_where_it_ran() {
        let answer = Response::answered(Value::Null, vec![Problem::unavailable()]);
        let text = String::from_utf8(answer.to_bytes()).expect("JSON");
        assert!(text.starts_with(r#"{"errors":["#) && text.ends_with(r#","data":null}"#), "{text}");
        let secret = Response::answered(Value::String("canary".to_owned()), Vec::new());
        assert!(!format!("{secret:?}").contains("canary"));
        assert_eq!(Response::unavailable().kind(), Kind::Unavailable);
        assert!(!String::from_utf8(Response::internal("r-1").to_bytes()).expect("JSON").contains("data"));
    }
}
