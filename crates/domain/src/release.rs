//! The caucus channel: what is said to the facilitators alone is not to be passed on, unless its author releases it, in its
//! own words or in a facilitator's paraphrase (UNCITRAL Conciliation Rules, article 10; procedures 8).
//!
//! Deliberately absent: taking a release back, and any reference from what was released to where it came from.

use crate::{
    id::{DelegationId, NoteId, ParaphraseId, WorkingGroupId},
    note::{self, AnyNote, Attribution, Visibility},
    refusal::{Refusal, Refusals},
};

/// To whom a text is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// The whole group but observers.
    Group,
    /// One delegation.
    Delegation(DelegationId),
}

impl Audience {
    /// The visibility of the note that it becomes.
    pub const fn visibility(self) -> Visibility {
        match self {
            Self::Group => Visibility::Group,
            Self::Delegation(_) => Visibility::Delegation,
        }
    }

    /// The delegation that may read it, where one may.
    pub const fn delegation(self) -> Option<DelegationId> {
        match self {
            Self::Group => None,
            Self::Delegation(delegation) => Some(delegation),
        }
    }

    /// Refuses what is no audience for a release: one's own eyes, and those that have it already.
    pub fn check(visibility: Visibility, has_delegation: bool) -> Result<(), Refusal> {
        match (visibility, has_delegation) {
            (Visibility::Group, false) | (Visibility::Delegation, true) => Ok(()),
            (Visibility::Group, true) => {
                Err(Refusal::bad_input("delegationId", "What goes to the group goes to no one delegation."))
            }
            (Visibility::Delegation, false) => {
                Err(Refusal::bad_input("delegationId", "Name the delegation to which the text is released."))
            }
            (Visibility::Private | Visibility::Facilitators, _) => {
                Err(Refusal::bad_input("visibility", "A text is released to the group or to a delegation."))
            }
        }
    }
}

words! {
    /// What became of a paraphrase.
    pub enum ParaphraseState {
        /// The author has not answered.
        Open = "open",
        /// The author has agreed; it was released.
        Agreed = "agreed",
        /// The author has not agreed; it goes nowhere.
        Declined = "declined",
    }
}

/// A facilitator's wording of a caucus note, which the author may agree to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paraphrase {
    /// Which.
    pub id: ParaphraseId,
    /// In which group.
    pub group: WorkingGroupId,
    /// Of which note.
    pub note: NoteId,
    /// Markdown.
    pub body: String,
    /// To whom it would be released.
    pub audience: Audience,
    /// Whether it would name the note's author.
    pub names_source: bool,
    /// What became of it.
    pub state: ParaphraseState,
}

impl Paraphrase {
    /// What it is once its author has answered; an answer stands.
    pub fn answered(self, agree: bool) -> Result<Self, Refusals> {
        match self.state {
            ParaphraseState::Open => {
                let state = if agree { ParaphraseState::Agreed } else { ParaphraseState::Declined };
                Ok(Self { state, ..self })
            }
            ParaphraseState::Agreed | ParaphraseState::Declined => {
                Err(Refusal::state("It was answered already.").at("paraphraseId").into())
            }
        }
    }
}

/// Refuses to release what is no caucus note, or is gone; and to name the author of a note that has none.
pub fn releasable(source: &AnyNote, names_source: bool) -> Result<(), Refusals> {
    let mut refusals = Refusals::default();
    if source.visibility() != Visibility::Facilitators {
        refusals.push(Refusal::state("Only a note to the facilitators alone is released.").at("noteId"));
    } else if source.withdrawn() {
        refusals.push(Refusal::state("The note was withdrawn.").at("noteId"));
    }
    if names_source && source.attribution() == Attribution::ChathamHouse {
        let message = "A note under the Chatham House Rule has no author to name.";
        refusals.push(Refusal::bad_input("namesSource", message));
    }
    refusals.check()
}

/// The wording of a paraphrase: as every body.
pub fn wording(text: &str) -> Result<String, Refusal> {
    note::body(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_released_to_someone() {
        assert_eq!(Audience::check(Visibility::Group, false), Ok(()));
        assert_eq!(Audience::check(Visibility::Delegation, true), Ok(()));
        for (visibility, delegation, field) in [
            (Visibility::Group, true, "delegationId"),
            (Visibility::Delegation, false, "delegationId"),
            (Visibility::Private, false, "visibility"),
            (Visibility::Facilitators, true, "visibility"),
        ] {
            let refused = Audience::check(visibility, delegation).unwrap_err();
            assert_eq!(refused.field.as_deref(), Some(field));
        }
    }

    #[test]
    fn an_answer_stands() {
        let paraphrase = Paraphrase {
            id: ParaphraseId::random(),
            group: WorkingGroupId::random(),
            note: NoteId::random(),
            body: "One side could accept more.".to_owned(),
            audience: Audience::Group,
            names_source: false,
            state: ParaphraseState::Open,
        };
        let declined = paraphrase.clone().answered(false).unwrap();
        assert_eq!(declined.state, ParaphraseState::Declined);
        assert!(declined.answered(true).is_err());
        assert!(paraphrase.answered(true).unwrap().answered(false).is_err());
    }
}
