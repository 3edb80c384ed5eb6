//! What a participant writes on a session, who may read it, and what may be told about its author.
//!
//! A note under the Chatham House Rule is another thing, without author or time, and not a NAMED note with its author
//! hidden: see `chatham_house_note.rs`. [`AnyNote`] is what lists of both hold.

use jiff::Timestamp;

use crate::{
    chatham_house_note::ChathamHouseNote,
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
    /// Whether it is a text that its author has released from the caucus, which nothing takes back.
    pub released: bool,
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

/// What holds for a note: what its author asks for, otherwise for the group what holds for that `part` of the meeting
/// (its agenda item's attribution, or its session's), for the others NAMED. Authors may always name themselves, and always
/// choose the Rule; PRIVATE notes have an owner and are NAMED.
pub fn attribution(
    visibility: Visibility,
    asked: Option<Attribution>,
    part: Attribution,
) -> Result<Attribution, Refusal> {
    match (visibility, asked) {
        (Visibility::Private, Some(Attribution::ChathamHouse)) => {
            Err(Refusal::bad_input("attribution", "A PRIVATE note has an owner and is always NAMED."))
        }
        (_, Some(asked)) => Ok(asked),
        (Visibility::Group, None) => Ok(part),
        (Visibility::Private | Visibility::Delegation | Visibility::Facilitators, None) => Ok(Attribution::Named),
    }
}

impl Note {
    /// Refuses what would take a release back, whoever it is.
    pub fn stays(&self) -> Result<(), Refusals> {
        if self.released {
            let message = "The text was released, and a release cannot be taken back.";
            return Err(Refusal::state(message).at("noteId").into());
        }
        Ok(())
    }

    /// The note with another body.
    pub fn revised(self, text: &str) -> Result<Self, Refusals> {
        self.stays()?;
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

/// A note of either kind, as lists hold them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnyNote {
    /// One whose author is named: with its author it is three times the size of the other.
    Named(Box<Note>),
    /// One that has no author.
    ChathamHouse(ChathamHouseNote),
}

impl From<Note> for AnyNote {
    fn from(note: Note) -> Self {
        Self::Named(Box::new(note))
    }
}

/// Declares what both kinds have.
macro_rules! of_both {
    ($($(#[$doc:meta])* $field:ident: $type:ty),+ $(,)?) => {
        $($(#[$doc])*
        pub fn $field(&self) -> $type {
            match self {
                Self::Named(note) => note.$field,
                Self::ChathamHouse(note) => note.$field,
            }
        })+
    };
}

impl AnyNote {
    of_both! {
        /// Which.
        id: NoteId,
        /// In which group.
        group: WorkingGroupId,
        /// On which session.
        session: SessionId,
        /// On which of its agenda items, if on one.
        agenda_item: Option<AgendaItemId>,
        /// Whether its text was taken away.
        withdrawn: bool,
        /// Who may read it.
        visibility: Visibility,
        /// The delegation that may read it, where one may.
        delegation: Option<DelegationId>,
        /// Counts revisions and the withdrawal, from 1.
        version: i32,
    }

    /// Markdown; empty once withdrawn.
    pub fn body(&self) -> &str {
        match self {
            Self::Named(note) => &note.body,
            Self::ChathamHouse(note) => &note.body,
        }
    }

    /// What may be told about its author.
    pub const fn attribution(&self) -> Attribution {
        match self {
            Self::Named(_) => Attribution::Named,
            Self::ChathamHouse(_) => Attribution::ChathamHouse,
        }
    }

    /// Who wrote it, where that is known.
    pub fn author(&self) -> Option<&Membership> {
        match self {
            Self::Named(note) => Some(&note.author),
            Self::ChathamHouse(_) => None,
        }
    }

    /// When it was posted, where that is known.
    pub fn posted_at(&self) -> Option<Timestamp> {
        match self {
            Self::Named(note) => Some(note.posted_at),
            Self::ChathamHouse(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_to_the_group_starts_with_what_holds_for_its_part_of_the_meeting() {
        use Attribution::{ChathamHouse, Named};
        for part in [Named, ChathamHouse] {
            assert_eq!(attribution(Visibility::Group, None, part), Ok(part));
            for visibility in [Visibility::Private, Visibility::Delegation, Visibility::Facilitators] {
                assert_eq!(attribution(visibility, None, part), Ok(Named));
            }
            for visibility in Visibility::ALL {
                assert_eq!(attribution(*visibility, Some(Named), part), Ok(Named));
            }
            for visibility in [Visibility::Group, Visibility::Delegation, Visibility::Facilitators] {
                assert_eq!(attribution(visibility, Some(ChathamHouse), part), Ok(ChathamHouse));
            }
            assert!(attribution(Visibility::Private, Some(ChathamHouse), part).is_err());
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
