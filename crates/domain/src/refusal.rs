//! A refusal: why something was not done, in words that may be told to whoever asked.
//!
//! Deliberately absent: faults. What went wrong inside is an error of the layer where it happened and is never
//! shown; a refusal is an answer.

use std::borrow::Cow;

/// What kind of refusal it is; the API's `ErrorCode` (faults of the server apart, which are no refusals).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// No valid access token, or the sign-in behind it was revoked; also every failed sign-in.
    Unauthenticated,
    /// The viewer can see the object but may not do this to it.
    Forbidden,
    /// It does not exist, or the viewer may not know that it does.
    NotFound,
    /// A value is out of its bounds; the field is named.
    BadUserInput,
    /// It needs a sign-in less than 10 minutes old.
    ReauthenticationRequired,
    /// Another version is current, or an idempotency key was used for another input.
    Conflict,
    /// The object's state does not allow it.
    FailedPrecondition,
    /// Fewer people than the track's minimum could have written the note.
    AnonymitySetTooSmall,
    /// Too many at once.
    RateLimited,
}

/// One reason for refusing, and the input field at fault where one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of refusal.
    pub code: Code,
    /// The input field at fault, as the API names it.
    pub field: Option<Cow<'static, str>>,
    /// One sentence for the person who asked. Never holds text of anyone's but the field's bounds.
    pub message: Cow<'static, str>,
}

impl Refusal {
    /// A refusal that is about no one field.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, field: None, message: message.into() }
    }

    /// A value out of its bounds.
    pub fn bad_input(field: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::BadUserInput, message).at(field)
    }

    /// Not there, or not for the viewer's eyes: one answer for both, whatever the field holds.
    pub fn not_found(field: &'static str) -> Self {
        Self::new(Code::NotFound, "There is no such object, or it is not for you to see.").at(field)
    }

    /// Seen, but not to be done by this viewer.
    pub fn forbidden() -> Self {
        Self::new(Code::Forbidden, "Your seat does not allow this.")
    }

    /// Seen and allowed, but not in this state.
    pub fn state(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::FailedPrecondition, message)
    }

    /// Someone else changed it first.
    pub fn stale_version() -> Self {
        Self::new(Code::Conflict, "It has changed since you last saw it; read it again, then decide.")
            .at("expectedVersion")
    }

    /// The same refusal, with the field at fault named.
    #[must_use]
    pub fn at(mut self, field: &'static str) -> Self {
        self.field = Some(Cow::Borrowed(field));
        self
    }
}

/// One or more reasons: every input field at fault has its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusals(Vec<Refusal>);

impl Refusals {
    /// The value, or `None` with its refusal kept: checking goes on, so that all faults are told at once.
    pub fn keep<T>(&mut self, checked: Result<T, Refusal>) -> Option<T> {
        checked.map_err(|refusal| self.0.push(refusal)).ok()
    }

    /// Adds a reason.
    pub fn push(&mut self, refusal: Refusal) {
        self.0.push(refusal);
    }

    /// `Err` with all reasons, if there is one.
    pub fn check(&mut self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(std::mem::take(self)) }
    }

    /// The reasons, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Refusal> {
        self.0.iter()
    }
}

impl From<Refusal> for Refusals {
    fn from(refusal: Refusal) -> Self {
        Self(vec![refusal])
    }
}

impl IntoIterator for Refusals {
    type Item = Refusal;
    type IntoIter = std::vec::IntoIter<Refusal>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
