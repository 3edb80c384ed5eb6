//! What a participant writes on a session, who may read it, and what may be told about its author.
//!
//! Deliberately absent: notes under the Chatham House Rule. They are another thing, without author or time, and
//! not a NAMED note with its author hidden.

use jiff::Timestamp;

use crate::{
    id::{AgendaItemId, DelegationId, NoteId, SessionId, WorkingGroupId},
    membership::Membership,
    refusal::{Refusal, Refusals},
};

words! {
    /// What may be said outside about who said what.
    pub enum Attribution {
        /// The author is named to whoever may read the note.
        Named = "named",
        /// The Chatham House Rule: who said it is not shown and not stored.
        ChathamHouse = "chatham-house",
    }
}

impl Attribution {
    /// Whether this tells no more than `other`.
    pub const fn at_least_as_strict_as(self, other: Self) -> bool {
        match (self, other) {
            (Self::ChathamHouse, _) | (Self::Named, Self::Named) => true,
            (Self::Named, Self::ChathamHouse) => false,
        }
    }

    /// The stricter of the two: what holds for a part of a meeting that has its own.
    #[must_use]
    pub const fn or_stricter(self, other: Self) -> Self {
        if other.at_least_as_strict_as(self) { other } else { self }
    }
}

words! {
    /// Who may read a note.
    pub enum Visibility {
        /// The author alone.
        Private = "private",
        /// The members of the author's delegation.
        Delegation = "delegation",
        /// The author and the group's facilitators.
        Facilitators = "facilitators",
        /// Every member of the group but observers.
        Group = "group",
    }
}

/// Bytes of a note's body at most.
pub const BODY_MAX: usize = 40 * 1024;

/// A NAMED note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Which.
    pub id: NoteId,
    /// In which group.
    pub group: WorkingGroupId,
    /// On which session.
    pub session: SessionId,
    /// On which of its agenda items, if on one.
    pub agenda_item: Option<AgendaItemId>,
    /// Markdown, as it was posted; empty once withdrawn.
    pub body: String,
    /// Whether its text was taken away.
    pub withdrawn: bool,
    /// Who may read it.
    pub visibility: Visibility,
    /// The delegation that may read it, where one may: the author's at the time of posting.
    pub delegation: Option<DelegationId>,
    /// Who wrote it.
    pub author: Membership,
    /// When it was posted.
    pub posted_at: Timestamp,
    /// Counts revisions and the withdrawal, from 1.
    pub version: i32,
}

/// A note's body: 1 byte to 40 KiB, with something in it.
pub fn body(text: &str) -> Result<String, Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::bad_input("body", "A note says something."));
    }
    if text.len() > BODY_MAX {
        return Err(Refusal::bad_input("body", "A note has at most 40 KiB (UTF-8)."));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Refusal::bad_input(
            "body",
            "Control characters other than line breaks and tabs do not belong here.",
        ));
    }
    Ok(text.to_owned())
}

/// What a note to be posted starts with where nothing is said: for the group what the part of the meeting says
/// (which must be said aloud, see below), for the others NAMED.
///
/// Notes under the Rule are not taken yet; a note to the group must therefore say NAMED, and that is never assumed.
pub fn attribution(visibility: Visibility, asked: Option<Attribution>) -> Result<Attribution, Refusal> {
    match (visibility, asked) {
        (_, Some(Attribution::Named)) => Ok(Attribution::Named),
        (Visibility::Private, Some(Attribution::ChathamHouse)) => {
            Err(Refusal::bad_input("attribution", "A PRIVATE note has an owner and is always NAMED."))
        }
        (_, Some(Attribution::ChathamHouse)) => {
            Err(Refusal::state("Notes under the Chatham House Rule cannot be posted yet; nothing was stored.").at("attribution"))
        }
        (Visibility::Private | Visibility::Delegation | Visibility::Facilitators, None) => Ok(Attribution::Named),
        (Visibility::Group, None) => Err(Refusal::state(
            "A note to the group starts under the Chatham House Rule, which cannot be posted yet; to post it under your name, say attribution: NAMED. Nothing was stored.",
        )
        .at("attribution")),
    }
}

impl Note {
    /// The note with another body.
    pub fn revised(self, text: &str) -> Result<Self, Refusals> {
        if self.withdrawn {
            return Err(Refusal::state("The note was withdrawn.").into());
        }
        let body = body(text)?;
        let version = self.version + 1;
        Ok(Self { body, version, ..self })
    }

    /// The note without its text; its place stays.
    pub fn withdrawn(self) -> Result<Self, Refusals> {
        if self.withdrawn {
            return Err(Refusal::state("The note was withdrawn already.").into());
        }
        let version = self.version + 1;
        Ok(Self { body: String::new(), withdrawn: true, version, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_note_is_never_named_by_assumption() {
        assert!(attribution(Visibility::Group, None).is_err());
        assert_eq!(attribution(Visibility::Group, Some(Attribution::Named)), Ok(Attribution::Named));
        for visibility in [Visibility::Private, Visibility::Delegation, Visibility::Facilitators] {
            assert_eq!(attribution(visibility, None), Ok(Attribution::Named));
        }
        for visibility in Visibility::ALL {
            assert!(attribution(*visibility, Some(Attribution::ChathamHouse)).is_err());
        }
    }

    #[test]
    fn a_body_is_bounded_in_bytes() {
        assert!(body(&"я".repeat(BODY_MAX / 2)).is_ok());
        assert!(body(&format!("{}a", "я".repeat(BODY_MAX / 2))).is_err());
        assert!(body(" \n ").is_err());
        assert!(body("a\u{0}").is_err());
    }
}
