//! A second factor: who must have one, and what a code that was given makes of it (requirements A-11).
//!
//! Whether a code is right is computed elsewhere; here it is decided what that is worth. Deliberately absent: the seed.

use jiff::{SignedDuration, Timestamp};

use crate::{membership::Role, policy::Seat, time};

words! {
    /// Who must have a second factor; a track's setting.
    pub enum Demand {
        /// Administrators, organizers and facilitators.
        Roles = "roles",
        /// Everyone.
        Required = "required",
        /// Whoever wants one.
        Optional = "optional",
    }
}

impl Demand {
    /// Whether it falls on someone with these rights.
    pub fn falls_on(self, is_administrator: bool, seats: &[Seat]) -> bool {
        match self {
            Self::Roles => {
                is_administrator || seats.iter().any(|seat| matches!(seat.role, Role::Organizer | Role::Facilitator))
            }
            Self::Required => true,
            Self::Optional => false,
        }
    }
}

/// Recovery codes that are given.
pub const RECOVERY_CODES: usize = 10;
/// Codes that may be wrong within [`WINDOW`].
const MOST_TRIES: usize = 5;
const WINDOW: SignedDuration = SignedDuration::from_mins(5);
/// How long the owner has to cancel the recovery that an administrator has started.
pub const RECOVERY: SignedDuration = SignedDuration::from_hours(72);

/// What a second factor has been used for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Factor {
    /// The step of the last code that was taken: neither it nor an earlier one is taken again.
    pub last_step: Option<i64>,
    /// Digests of the recovery codes that are left.
    pub recovery_codes: Vec<[u8; 32]>,
    /// When codes were wrong lately.
    pub tries: Vec<Timestamp>,
    /// That an administrator has started to remove it.
    pub recovery: Option<Recovery>,
}

/// The removal of a second factor that its owner has lost, until they cancel it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// From when on the factor is as good as removed, if its owner was told.
    pub takes_effect_at: Timestamp,
    /// Whether the letter that tells its owner has left: without it, nothing ever takes effect.
    pub owner_is_told: bool,
}

impl Recovery {
    /// One that starts now.
    pub fn starting(now: Timestamp) -> Self {
        Self { takes_effect_at: time::after(now, RECOVERY), owner_is_told: false }
    }

    /// Whether the factor is as good as removed.
    pub fn is_in_effect(self, now: Timestamp) -> bool {
        self.owner_is_told && now >= self.takes_effect_at
    }

    /// Whether it came to nothing, and may be started anew: its time is over, and its owner was never told.
    pub fn has_failed(self, now: Timestamp) -> bool {
        !self.owner_is_told && now >= self.takes_effect_at
    }
}

/// A code that someone gave, as far as it is known what it could be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The code of this step, the latest of those that it could be.
    OfStep(i64),
    /// What has this digest, and is no code of a step.
    Recovery([u8; 32]),
    /// Nothing that is right at this time.
    Wrong,
}

impl Factor {
    /// Whether another code may be tried now. Where not, nothing is compared.
    pub fn may_be_tried(&self, now: Timestamp) -> bool {
        self.lately(now).count() < MOST_TRIES
    }

    /// After a code was given: `Ok` where it is taken, `Err` where it is not, which counts. Whoever has the factor has
    /// not lost it: a recovery that was started is over.
    pub fn given(mut self, code: Code, now: Timestamp) -> Result<Self, Self> {
        if !self.may_be_tried(now) {
            return Err(self);
        }
        let taken = match code {
            Code::OfStep(step) if self.last_step.is_none_or(|last| step > last) => {
                self.last_step = Some(step);
                true
            }
            Code::Recovery(digest) => {
                let place = self.recovery_codes.iter().position(|code| *code == digest);
                place.map(|place| self.recovery_codes.remove(place)).is_some()
            }
            Code::OfStep(_) | Code::Wrong => false,
        };
        if taken {
            return Ok(Self { tries: Vec::new(), recovery: None, ..self });
        }
        let tries = self.lately(now).chain([now]).collect();
        Err(Self { tries, ..self })
    }

    /// Whether it is as good as removed.
    pub fn is_recovered(&self, now: Timestamp) -> bool {
        self.recovery.is_some_and(|it| it.is_in_effect(now))
    }

    fn lately(&self, now: Timestamp) -> impl Iterator<Item = Timestamp> {
        let since = time::before(now, WINDOW);
        self.tries.iter().copied().filter(move |at| *at > since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::{MembershipId, WorkingGroupId},
        membership::Reading,
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_900_000_000 + second).expect("an instant")
    }

    #[test]
    fn a_code_is_taken_once_and_no_earlier_one_after_it() {
        let factor = Factor::default().given(Code::OfStep(7), at(0)).expect("taken");
        assert!(factor.clone().given(Code::OfStep(7), at(0)).is_err());
        assert!(factor.clone().given(Code::OfStep(6), at(0)).is_err());
        assert!(factor.given(Code::OfStep(8), at(0)).is_ok());
    }

    #[test]
    fn a_recovery_code_is_taken_once_and_ends_a_recovery() {
        let factor = Factor {
            recovery_codes: vec![[1; 32], [2; 32]],
            recovery: Some(Recovery::starting(at(9))),
            ..Factor::default()
        };
        let used = factor.given(Code::Recovery([1; 32]), at(0)).expect("taken");
        assert_eq!((used.recovery_codes.as_slice(), used.recovery), ([[2; 32]].as_slice(), None));
        assert!(used.given(Code::Recovery([1; 32]), at(0)).is_err());
    }

    #[test]
    fn five_codes_in_five_minutes_are_tried() {
        let mut factor = Factor::default();
        for second in 0..5 {
            factor = factor.given(Code::Wrong, at(second)).expect_err("wrong");
        }
        factor = factor.given(Code::OfStep(1), at(299)).expect_err("right, and not looked at");
        assert_eq!((factor.tries.len(), factor.last_step), (5, None));
        assert!(factor.given(Code::OfStep(1), at(300)).is_ok(), "the first is five minutes ago");
    }

    #[test]
    fn a_recovery_takes_effect_when_it_is_due() {
        let due = RECOVERY.as_secs();
        let told = Recovery { owner_is_told: true, ..Recovery::starting(at(0)) };
        let factor = Factor { recovery: Some(told), ..Factor::default() };
        assert!(!factor.is_recovered(at(due - 1)) && factor.is_recovered(at(due)));
        assert!(!Factor::default().is_recovered(at(due)));
    }

    #[test]
    fn a_recovery_of_which_nobody_was_told_never_takes_effect() {
        let untold = Recovery::starting(at(0));
        let due = RECOVERY.as_secs();
        assert!(!untold.is_in_effect(at(due)) && !untold.has_failed(at(due - 1)) && untold.has_failed(at(due)));
    }

    #[test]
    fn the_demand_falls_on_those_who_decide() {
        let seat = |role| Seat {
            membership: MembershipId::random(),
            group: WorkingGroupId::random(),
            role,
            delegation: None,
            reading: Reading::default(),
        };
        for (role, falls) in [
            (Role::Organizer, true),
            (Role::Facilitator, true),
            (Role::Rapporteur, false),
            (Role::Participant, false),
            (Role::Observer, false),
        ] {
            assert_eq!(Demand::Roles.falls_on(false, &[seat(role)]), falls, "{role:?}");
            assert!(Demand::Required.falls_on(false, &[seat(role)]));
            assert!(!Demand::Optional.falls_on(true, &[seat(role)]));
        }
        assert!(Demand::Roles.falls_on(true, &[]) && !Demand::Roles.falls_on(false, &[]));
    }
}
