//! Interpretative statements: what an adopted item means to a delegation, or to a participant without one, beside the item and
//! without reopening it (OSCE Rules of Procedure, MC.DOC/1/06, annex 1 A, paragraph 6).
//!
//! A statement is its speaker's in public: there is none under the Chatham House Rule. Deliberately absent: revising and
//! withdrawing one, and any effect of it on the item.

use jiff::{SignedDuration, Timestamp};

use crate::{
    agenda::{AgendaItem, ItemStatus},
    id::{AgendaItemId, DelegationId, MembershipId, StatementId, WorkingGroupId},
    policy::Seat,
    refusal::{Refusal, Refusals},
    text, time,
};

/// So long after its adoption statements are attached to an item.
const TAKEN_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Whose a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// A delegation's, whoever of its participants spoke for it.
    Delegation(DelegationId),
    /// A participant's who sits for none.
    Participant(MembershipId),
}

impl Speaker {
    /// Whose a statement from a seat is.
    pub fn of(seat: &Seat) -> Self {
        seat.delegation.map_or(Self::Participant(seat.membership), Self::Delegation)
    }
}

/// An interpretative statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Which.
    pub id: StatementId,
    /// Of which group.
    pub group: WorkingGroupId,
    /// Beside which item.
    pub item: AgendaItemId,
    /// Whose.
    pub speaker: Speaker,
    /// In writing.
    pub text: String,
    /// When it was attached.
    pub attached_at: Timestamp,
}

impl Statement {
    /// Attaches a statement to an adopted item, beside which the speaker has none yet.
    pub fn attach(
        item: &AgendaItem,
        beside: &[Self],
        speaker: Speaker,
        text: &str,
        now: Timestamp,
    ) -> Result<Self, Refusals> {
        taken(item, now)?;
        if beside.iter().any(|other| other.speaker == speaker) {
            let message = "There is a statement of this delegation or participant beside it; it stands as it is.";
            return Err(Refusal::state(message).into());
        }
        let text = text::statement("text", text)?;
        Ok(Self { id: StatementId::random(), group: item.group, item: item.id, speaker, text, attached_at: now })
    }

    /// Whether it is beside the item as it is adopted now: what was said of an earlier adoption is not.
    pub fn is_beside(&self, item: &AgendaItem) -> bool {
        let adopted_at = item.adopted_at.filter(|_| item.status == ItemStatus::Adopted);
        self.item == item.id && adopted_at.is_some_and(|at| self.attached_at >= at)
    }
}

/// Whether statements can be attached to an item: while it is adopted, until seven days after that.
pub fn taken(item: &AgendaItem, now: Timestamp) -> Result<(), Refusal> {
    let Some(adopted_at) = item.adopted_at.filter(|_| item.status == ItemStatus::Adopted) else {
        return Err(Refusal::state("It is not adopted."));
    };
    if now >= time::after(adopted_at, TAKEN_FOR) {
        return Err(Refusal::state("It was adopted seven days ago or earlier."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::SessionId, note::Attribution};

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn adopted() -> AgendaItem {
        AgendaItem {
            id: AgendaItemId::random(),
            group: WorkingGroupId::random(),
            session: SessionId::random(),
            title: "Water".into(),
            description: String::new(),
            duration_minutes: None,
            status: ItemStatus::Adopted,
            attribution: Attribution::ChathamHouse,
            adopted_at: Some(at("2027-03-01T09:00:00Z")),
            proposed_by: None,
            lead: None,
            needs_silence: false,
            by_word: false,
            stands_later: false,
            version: 1,
        }
    }

    #[test]
    fn it_is_attached_for_seven_days_and_once() {
        let (item, us) = (adopted(), Speaker::Delegation(DelegationId::random()));
        let (first, last, late) = ("2027-03-01T09:00:00Z", "2027-03-08T08:59:59.999999Z", "2027-03-08T09:00:00Z");
        let ours = Statement::attach(&item, &[], us, "To us it means the river alone.", at(first)).expect("in time");
        assert!(ours.is_beside(&item));
        let beside = std::slice::from_ref(&ours);
        assert!(Statement::attach(&item, beside, us, "And more.", at(last)).is_err(), "it stands as it is");
        let them = Speaker::Participant(MembershipId::random());
        assert!(Statement::attach(&item, beside, them, "To me too.", at(last)).is_ok());
        assert!(Statement::attach(&item, beside, them, "To me too.", at(late)).is_err());
        assert!(Statement::attach(&item, beside, them, " ", at(last)).is_err());
        let objected = AgendaItem { status: ItemStatus::Objected, adopted_at: None, ..item.clone() };
        assert!(taken(&objected, at(last)).is_err() && !ours.is_beside(&objected));
        let anew = AgendaItem { adopted_at: Some(at(last)), ..item };
        assert!(!ours.is_beside(&anew), "it was said of the text before");
    }
}
