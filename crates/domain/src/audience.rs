//! Who can read something, and by which rule: in roles and delegations, for everyone who reads it too (procedures, 15).
//!
//! Made from the policy's own rules, so that it cannot say otherwise than they do. Deliberately absent: names. Only who
//! wrote a NAMED note is one of its readers by name, and whoever shows that takes it from the note.

use crate::{
    agenda::ItemStatus,
    id::DelegationId,
    membership::Role,
    note::{Attribution, Visibility},
    policy::{Act, Holder, Rule},
    record::RecordStatus,
};

/// Who can read something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audience {
    /// The rule, in a sentence or two.
    pub rule: &'static str,
    /// Whoever holds a seat of one of these roles reads it, in the delegation where there is one.
    reads: Act,
    at_least: Rule,
    /// For members of this delegation only.
    pub delegation: Option<DelegationId>,
    /// Whether its author reads it whatever their role, as long as they have a seat that reads notes.
    pub author: bool,
}

impl Audience {
    /// The roles whose holders can read it, in the order of the policy.
    pub fn roles(&self) -> Vec<Role> {
        let reads = |role: &Role| self.reads.rule(Holder::Seat(*role)) == self.at_least;
        Role::ALL.iter().copied().filter(reads).collect()
    }

    const fn of(reads: Act, rule: &'static str) -> Self {
        Self { rule, reads, at_least: Rule::Always, delegation: None, author: false }
    }
}

/// Who can read a session: a draft, or one that was ever published.
pub const fn of_session(published: bool) -> Audience {
    if published {
        Audience::of(Act::SeeScheduledSessions, "A session that was published is read by every role of its group.")
    } else {
        let rule = "A session that was never published is read by the roles that prepare sessions.";
        Audience::of(Act::SeeDraftSessions, rule)
    }
}

/// Who can read an agenda item.
pub const fn of_item(session_published: bool, status: ItemStatus) -> Audience {
    match (session_published, status) {
        (false, _) => {
            let rule = "The agenda of a session that was never published is read by the roles that prepare sessions.";
            Audience::of(Act::SeeDraftSessions, rule)
        }
        (true, ItemStatus::Adopted) => {
            Audience::of(Act::SeeAdoptedItems, "An adopted item is read by every role of the group.")
        }
        (
            true,
            ItemStatus::Proposed
            | ItemStatus::UnderSilence
            | ItemStatus::Objected
            | ItemStatus::Deferred
            | ItemStatus::Withdrawn,
        ) => {
            let rule = "An item that is not adopted is read by the roles that work on the agenda.";
            Audience::of(Act::SeeProposedItems, rule)
        }
    }
}

/// Who can read the record of a session.
pub const fn of_record(status: RecordStatus) -> Audience {
    match status {
        RecordStatus::Draft => {
            Audience::of(Act::ReadRecordDraft, "The draft of a record is read by the roles that draft it.")
        }
        RecordStatus::Circulated | RecordStatus::UnderSilence => {
            let rule = "A record that is circulated is read by the roles that may ask for it to be corrected.";
            Audience::of(Act::ReadCirculatedRecord, rule)
        }
        RecordStatus::Issued => {
            Audience::of(Act::SeeAdoptedItems, "An issued record is read by every role of the group.")
        }
    }
}

/// Who can read a note; `delegation` is the one that a DELEGATION note is for. A note under the Rule has no author.
pub const fn of_note(visibility: Visibility, attribution: Attribution, delegation: Option<DelegationId>) -> Audience {
    let author = matches!(attribution, Attribution::Named);
    match visibility {
        Visibility::Private => {
            let rule = "A PRIVATE note is read by its author alone, as long as their seat reads notes.";
            // No role reads it by right of the role.
            Audience { author, ..Audience::of(Act::ReadPrivateNotes, rule) }
        }
        Visibility::Group => Audience { author, ..Audience::of(Act::ReadGroupNotes, TO_THE_GROUP) },
        Visibility::Facilitators => Audience { author, ..Audience::of(Act::ReadFacilitatorsNotes, TO_FACILITATORS) },
        Visibility::Delegation => Audience {
            author,
            delegation,
            at_least: Rule::Own,
            ..Audience::of(Act::ReadDelegationNotes, TO_A_DELEGATION)
        },
    }
}

const TO_THE_GROUP: &str = "A note to the group is read by every role that reads notes. To a seat that was taken after \
    the note was posted or released it is closed, unless a facilitator has opened it to that seat.";

const TO_FACILITATORS: &str = "A note to the facilitators is read by them. To one who became facilitator after it was \
    posted or released it is closed, unless another has opened it to that seat.";

const TO_A_DELEGATION: &str = "A note to a delegation is read by its members whose role reads notes. To one who joined \
    it after the note was posted or released it is closed, unless a member has opened it to that seat.";

#[cfg(test)]
mod tests {
    use super::*;

    const NOTES: [Role; 4] = [Role::Organizer, Role::Facilitator, Role::Rapporteur, Role::Participant];

    #[test]
    fn what_was_published_is_everyones_and_a_draft_its_makers() {
        assert_eq!(of_session(true).roles(), Role::ALL);
        assert_eq!(of_session(false).roles(), [Role::Organizer, Role::Facilitator]);
        assert_eq!(of_item(true, ItemStatus::Adopted).roles(), Role::ALL);
        assert_eq!(of_item(true, ItemStatus::Proposed).roles(), NOTES);
        assert_eq!(of_record(RecordStatus::Draft).roles(), [Role::Facilitator, Role::Rapporteur]);
        assert_eq!(of_record(RecordStatus::Circulated).roles(), NOTES);
        assert_eq!(of_record(RecordStatus::Issued).roles(), Role::ALL);
        assert_eq!(of_item(false, ItemStatus::Adopted).roles(), [Role::Organizer, Role::Facilitator]);
    }

    #[test]
    fn a_note_is_read_by_whom_it_is_for() {
        let us = Some(DelegationId::random());
        let of = |visibility, attribution| of_note(visibility, attribution, us);
        for (visibility, roles, delegation) in [
            (Visibility::Private, &[][..], None),
            (Visibility::Group, &NOTES, None),
            (Visibility::Facilitators, &[Role::Facilitator], None),
            (Visibility::Delegation, &NOTES, us),
        ] {
            let named = of(visibility, Attribution::Named);
            assert_eq!((named.roles().as_slice(), named.delegation, named.author), (roles, delegation, true));
            let under_the_rule = of(visibility, Attribution::ChathamHouse);
            assert_eq!(under_the_rule, Audience { author: false, ..named }, "{visibility:?}");
        }
    }
}
