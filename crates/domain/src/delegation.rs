//! A side at the table of one working group, who speaks for it, and whether it takes part (procedures 13).
//!
//! A delegation that has suspended its participation goes on reading and may object; it posts nothing, is reminded of
//! nothing, and nothing is adopted by its silence unless its spokesperson agrees. Deliberately absent: since when, and why.

use crate::{
    id::{DelegationId, MembershipId, WorkingGroupId},
    refusal::Refusal,
};

/// Those who sit for one side.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Delegation {
    /// Which.
    pub id: DelegationId,
    /// At whose table.
    pub group: WorkingGroupId,
    /// As it stands on the table.
    pub name: String,
    /// The seat of whoever speaks for it. It counts while that seat is in effect and for this delegation.
    pub spokesperson: Option<MembershipId>,
    /// Whom its members would have speak for it, until they agree.
    pub named: Vec<Named>,
    /// Whether it takes part.
    pub participation: Participation,
    /// Its lot, drawn when it was added: where it stands in a group that lists by lot.
    pub lot: u64,
}

/// Delegations of one group at most.
pub const MOST: usize = 50;

/// One member's word on who should speak for their delegation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Named {
    /// Whose word.
    pub by: MembershipId,
    /// Whom they named.
    pub whom: MembershipId,
}

/// Whether a delegation takes part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Participation {
    /// It does.
    #[default]
    Full,
    /// It has suspended it.
    Suspended {
        /// Whether silence procedures are opened and run out all the same: its spokesperson agrees to that.
        silence_may_proceed: bool,
    },
}

impl Delegation {
    /// A new one, which takes part.
    pub fn new(group: WorkingGroupId, name: String, spokesperson: Option<MembershipId>) -> Self {
        let (id, participation) = (DelegationId::random(), Participation::Full);
        Self { id, group, name, spokesperson, named: Vec::new(), participation, lot: draw() }
    }

    /// Whether it has suspended its participation.
    pub fn is_suspended(&self) -> bool {
        self.participation != Participation::Full
    }

    /// Whether it stands in the way of silence procedures.
    pub fn holds_up_silence(&self) -> bool {
        self.participation == Participation::Suspended { silence_may_proceed: false }
    }

    /// The delegation with another spokesperson, or none. What its members said before is spent.
    #[must_use]
    pub fn spoken_for_by(self, spokesperson: Option<MembershipId>) -> Self {
        Self { spokesperson, named: Vec::new(), ..self }
    }

    /// The delegation after `by` named `whom`, where `members` are its participants: once all of them name the same, that
    /// is its spokesperson. What those said who are its participants no more does not count.
    #[must_use]
    pub fn named_by(mut self, by: MembershipId, whom: MembershipId, members: &[MembershipId]) -> Self {
        self.named.retain(|named| named.by != by && members.contains(&named.by));
        self.named.push(Named { by, whom });
        let agree = |member: &MembershipId| self.named.contains(&Named { by: *member, whom });
        if members.iter().all(agree) { self.spoken_for_by(Some(whom)) } else { self }
    }

    /// The delegation, whose participation is suspended; or, where it is already, with another word on silence.
    pub fn suspended(self, silence_may_proceed: bool) -> Result<Self, Refusal> {
        let participation = Participation::Suspended { silence_may_proceed };
        if self.participation == participation {
            return Err(Refusal::state("It has suspended its participation already."));
        }
        Ok(Self { participation, ..self })
    }

    /// The delegation, which takes part again.
    pub fn resumed(self) -> Result<Self, Refusal> {
        if !self.is_suspended() {
            return Err(Refusal::state("It has not suspended its participation."));
        }
        Ok(Self { participation: Participation::Full, ..self })
    }

    /// Whether its members post notes.
    pub fn posts(&self) -> Result<(), Refusal> {
        if self.is_suspended() {
            let message = "Your delegation has suspended its participation; meanwhile its members post no notes.";
            return Err(Refusal::state(message));
        }
        Ok(())
    }
}

/// Draws a lot.
pub fn draw() -> u64 {
    DelegationId::random().uuid().as_u64_pair().0
}

/// Whether silence procedures are opened in a group of these delegations.
pub fn silence_may_be_opened(delegations: &[Delegation]) -> Result<(), Refusal> {
    if delegations.iter().any(Delegation::holds_up_silence) {
        let message = "A delegation has suspended its participation: meanwhile nothing is put under silence, \
                       unless its spokesperson agrees.";
        return Err(Refusal::state(message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn north() -> Delegation {
        Delegation::new(WorkingGroupId::random(), "North".into(), None)
    }

    #[test]
    fn its_members_agree_when_each_of_them_names_the_same() {
        let [amina, bram, gone] = std::array::from_fn(|_| MembershipId::random());
        let members = [amina, bram];
        let north = north().named_by(gone, bram, &[amina, bram, gone]);
        assert_eq!(north.spokesperson, None);
        let north = north.named_by(amina, bram, &members).named_by(bram, amina, &members);
        assert_eq!(north.spokesperson, None, "they do not agree");
        let north = north.named_by(bram, bram, &members);
        assert_eq!(north.spokesperson, Some(bram));
        assert!(north.named.is_empty(), "what was said is spent");
        assert_eq!(north.named_by(amina, amina, &members).spokesperson, Some(bram), "until they agree on another");
    }

    #[test]
    fn it_is_suspended_once_and_resumed_once() {
        assert!(north().resumed().is_err() && north().posts().is_ok());
        let suspended = north().suspended(false).expect("it took part");
        assert!(suspended.holds_up_silence() && suspended.posts().is_err());
        assert!(suspended.clone().suspended(false).is_err());
        let agreed = suspended.clone().suspended(true).expect("another word on silence");
        assert!(agreed.is_suspended() && !agreed.holds_up_silence() && agreed.posts().is_err());
        assert!(silence_may_be_opened(&[north(), agreed]).is_ok());
        assert!(silence_may_be_opened(&[north(), suspended.clone()]).is_err());
        assert!(!suspended.resumed().expect("it was suspended").is_suspended());
    }
}
