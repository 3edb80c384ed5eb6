//! Who may do what: one pure function, [`may`], which is the only maker of a [`Permit`]; and what a viewer may read,
//! as a [`scope`] that the store turns into SQL.
//!
//! Deliberately absent: rank. No act is allowed because another is; an administrator has other rights, not more.

pub mod act;
pub mod by;
pub mod matrix;
pub mod scope;

use jiff::Timestamp;

pub use act::{Act, Holder, Rule};
pub use by::{By, Scopes, TokenScope};

use crate::{
    id::{DelegationId, MembershipId, PersonId, WorkingGroupId},
    membership::{Reading, Role},
    refusal::Refusal,
};

/// A seat in effect, as the policy reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Which.
    pub membership: MembershipId,
    /// At whose table.
    pub group: WorkingGroupId,
    /// In which role.
    pub role: Role,
    /// For which side, if for one.
    pub delegation: Option<DelegationId>,
    /// Since when it may read what.
    pub reading: Reading,
}

/// A signed-in person with their seats, as they are in the database at this request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Who.
    pub person: PersonId,
    /// What the request was made with, and how far it goes by that.
    pub by: By,
    /// Whether they keep the track's accounts and groups.
    pub is_administrator: bool,
    /// Their seats that are in effect.
    pub seats: Vec<Seat>,
}

impl Viewer {
    /// Whether the request goes so far, whatever its person may do.
    pub fn covers(&self, act: Act) -> bool {
        self.by.covers(act)
    }

    /// Their seat in a group, if they have one in effect.
    pub fn seat(&self, group: WorkingGroupId) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.group == group)
    }
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub enum Actor<'a> {
    /// A signed-in person.
    Viewer(&'a Viewer),
    /// Whoever has the link of a letter to this person.
    Link(PersonId),
    /// Someone who has not signed in (yet).
    Stranger,
    /// Nobody: something fell due.
    Clock,
    /// Whoever runs commands on the host.
    Operator,
}

/// What an act is done to, as far as the policy needs to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct On {
    group: Option<WorkingGroupId>,
    owner: Option<Owner>,
}

/// Whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Person(PersonId),
    Membership(MembershipId),
    Delegation(DelegationId),
    Colleague(DelegationId, PersonId),
    Spokesperson(DelegationId, Option<MembershipId>),
}

impl On {
    /// The track itself.
    pub const fn track() -> Self {
        Self { group: None, owner: None }
    }

    /// Something of a working group that has no owner.
    pub const fn group(group: WorkingGroupId) -> Self {
        Self { group: Some(group), owner: None }
    }

    /// The same, belonging to a person: a seat, an account.
    #[must_use]
    pub const fn of_person(mut self, person: PersonId) -> Self {
        self.owner = Some(Owner::Person(person));
        self
    }

    /// The same, belonging to a seat: an answer, a note, a proposal. `None` for what has lost its owner.
    #[must_use]
    pub const fn of_membership(mut self, membership: Option<MembershipId>) -> Self {
        self.owner = match membership {
            Some(membership) => Some(Owner::Membership(membership)),
            None => None,
        };
        self
    }

    /// The same, a seat of a person for a delegation: it is a member's own where they sit for the same one, and it is
    /// not their own seat. `None` for a seat without one.
    #[must_use]
    pub const fn of_colleague(mut self, person: PersonId, delegation: Option<DelegationId>) -> Self {
        self.owner = match delegation {
            Some(delegation) => Some(Owner::Colleague(delegation, person)),
            None => None,
        };
        self
    }

    /// The same, a delegation's, for whoever speaks for it to decide: from that seat, while it is for that delegation.
    #[must_use]
    pub const fn of_spokesperson(mut self, delegation: DelegationId, spokesperson: Option<MembershipId>) -> Self {
        self.owner = Some(Owner::Spokesperson(delegation, spokesperson));
        self
    }

    /// The same, belonging to a delegation.
    #[must_use]
    pub const fn of_delegation(mut self, delegation: DelegationId) -> Self {
        self.owner = Some(Owner::Delegation(delegation));
        self
    }
}

/// Why an act is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// The viewer may not even know of it.
    NotFound,
    /// The viewer sees it but may not do this to it.
    Forbidden,
}

impl Denied {
    /// The refusal that is told; `field` names the input that led to what may not be known of.
    pub fn refusal(self, field: &'static str) -> Refusal {
        match self {
            Self::NotFound => Refusal::not_found(field),
            Self::Forbidden => Refusal::forbidden(),
        }
    }
}

/// Proof that the policy allowed an act: who, what, when. Made by [`may`] alone, and asked for by every writing
/// transaction, which takes the audit event's actor and time from it.
#[derive(Debug)]
pub struct Permit {
    actor: Option<PersonId>,
    act: Act,
    at: Timestamp,
    under_the_rule: bool,
}

impl Permit {
    /// Who was allowed; `None` for strangers, the clock and the operator.
    pub const fn actor(&self) -> Option<PersonId> {
        self.actor
    }

    /// What was allowed.
    pub const fn act(&self) -> Act {
        self.act
    }

    /// When.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// The same without who: for what is done under the Chatham House Rule, whose transaction writes no row that names a
    /// person, and no audit event before the tick (requirements N-01, N-06).
    #[must_use]
    pub const fn under_the_rule(mut self) -> Self {
        self.actor = None;
        self.under_the_rule = true;
        self
    }

    /// Whether who was allowed has been left out.
    pub const fn is_under_the_rule(&self) -> bool {
        self.under_the_rule
    }
}

/// Whether `actor` may do `act` on `on` at `now`.
///
/// A person who has neither a seat in the group nor, where the act is one of theirs, administration, may not know
/// of anything in it: [`Denied::NotFound`]. One who sees it but may not do this: [`Denied::Forbidden`].
pub fn may(actor: Actor<'_>, act: Act, on: On, now: Timestamp) -> Result<Permit, Denied> {
    let allowed = match actor {
        Actor::Viewer(viewer) => viewer_may(viewer, act, on)?,
        Actor::Link(_) => act.rule(Holder::Link) == Rule::Always,
        Actor::Stranger => act.rule(Holder::Stranger) == Rule::Always,
        Actor::Clock => act.rule(Holder::Clock) == Rule::Always,
        Actor::Operator => act.rule(Holder::Operator) == Rule::Always,
    };
    let person = match actor {
        Actor::Viewer(viewer) => Some(viewer.person),
        Actor::Link(person) => Some(person),
        Actor::Stranger | Actor::Clock | Actor::Operator => None,
    };
    if allowed { Ok(Permit { actor: person, act, at: now, under_the_rule: false }) } else { Err(Denied::Forbidden) }
}

fn viewer_may(viewer: &Viewer, act: Act, on: On) -> Result<bool, Denied> {
    let seat = on.group.and_then(|group| viewer.seat(group));
    if on.group.is_some() && seat.is_none() && !viewer.is_administrator {
        return Err(Denied::NotFound);
    }
    if !viewer.covers(act) {
        return Err(Denied::Forbidden);
    }
    let holders = [
        Some(Holder::Person),
        seat.map(|seat| Holder::Seat(seat.role)),
        viewer.is_administrator.then_some(Holder::Administrator),
    ];
    let own = owns(viewer, seat, on.owner);
    Ok(holders.into_iter().flatten().any(|holder| match act.rule(holder) {
        Rule::Always => true,
        Rule::Own => own,
        Rule::NotOwn => !own,
        Rule::Never => false,
    }))
}

fn owns(viewer: &Viewer, seat: Option<&Seat>, owner: Option<Owner>) -> bool {
    match owner {
        None => false,
        Some(Owner::Person(person)) => person == viewer.person,
        Some(Owner::Membership(membership)) => seat.is_some_and(|seat| seat.membership == membership),
        Some(Owner::Colleague(delegation, person)) => {
            person != viewer.person && seat.is_some_and(|seat| seat.delegation == Some(delegation))
        }
        Some(Owner::Spokesperson(delegation, spokesperson)) => {
            seat.is_some_and(|seat| seat.delegation == Some(delegation) && Some(seat.membership) == spokesperson)
        }
        Some(Owner::Delegation(delegation)) => seat.is_some_and(|seat| seat.delegation == Some(delegation)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::SignInId;

    fn seated(role: Role) -> (Viewer, Seat) {
        let seat = Seat {
            membership: MembershipId::random(),
            group: WorkingGroupId::random(),
            role,
            delegation: None,
            reading: Reading::default(),
        };
        let viewer = Viewer {
            person: PersonId::random(),
            by: By::SignIn(SignInId::random()),
            is_administrator: false,
            seats: vec![seat],
        };
        (viewer, seat)
    }

    fn verdict(viewer: &Viewer, act: Act, on: On) -> Result<(), Denied> {
        may(Actor::Viewer(viewer), act, on, Timestamp::UNIX_EPOCH).map(|_| ())
    }

    #[test]
    fn a_group_without_a_seat_does_not_exist() {
        let (viewer, _) = seated(Role::Organizer);
        for act in Act::ALL {
            assert_eq!(verdict(&viewer, *act, On::group(WorkingGroupId::random())), Err(Denied::NotFound), "{act:?}");
        }
    }

    #[test]
    fn nobody_changes_a_seat_of_their_own() {
        let (organizer, seat) = seated(Role::Organizer);
        let group = On::group(seat.group);
        assert_eq!(verdict(&organizer, Act::ManageMembers, group.of_person(PersonId::random())), Ok(()));
        assert_eq!(verdict(&organizer, Act::ManageMembers, group.of_person(organizer.person)), Err(Denied::Forbidden));
        let administrator = Viewer { is_administrator: true, ..organizer };
        assert_eq!(
            verdict(&administrator, Act::ManageMembers, group.of_person(administrator.person)),
            Err(Denied::Forbidden)
        );
    }

    #[test]
    fn nobody_opens_earlier_notes_to_themself() {
        let (facilitator, seat) = seated(Role::Facilitator);
        let group = On::group(seat.group);
        let earlier = |on| verdict(&facilitator, Act::OpenEarlierNotes, on);
        assert_eq!(earlier(group.of_person(PersonId::random())), Ok(()));
        assert_eq!(earlier(group.of_person(facilitator.person)), Err(Denied::Forbidden));

        let (mut member, seat) = seated(Role::Participant);
        let (us, them) = (DelegationId::random(), DelegationId::random());
        member.seats[0].delegation = Some(us);
        let (someone, group) = (PersonId::random(), On::group(seat.group));
        let ours = |on| verdict(&member, Act::OpenEarlierDelegationNotes, on);
        assert_eq!(ours(group.of_colleague(someone, Some(us))), Ok(()));
        for not_ours in [
            group.of_colleague(someone, Some(them)),
            group.of_colleague(someone, None),
            group.of_colleague(member.person, Some(us)),
        ] {
            assert_eq!(ours(not_ours), Err(Denied::Forbidden));
        }
    }

    #[test]
    fn a_delegation_is_suspended_by_whoever_speaks_for_it_and_sits_for_it() {
        let (mut member, seat) = seated(Role::Participant);
        let (us, them) = (DelegationId::random(), DelegationId::random());
        let suspends = |member: &Viewer, spokesperson| {
            verdict(member, Act::SuspendDelegation, On::group(seat.group).of_spokesperson(us, spokesperson))
        };
        assert_eq!(suspends(&member, Some(seat.membership)), Err(Denied::Forbidden), "of no delegation");
        member.seats[0].delegation = Some(them);
        assert_eq!(suspends(&member, Some(seat.membership)), Err(Denied::Forbidden), "of another one");
        member.seats[0].delegation = Some(us);
        assert_eq!(suspends(&member, Some(seat.membership)), Ok(()));
        assert_eq!(suspends(&member, Some(MembershipId::random())), Err(Denied::Forbidden));
        assert_eq!(suspends(&member, None), Err(Denied::Forbidden));
        member.seats[0].role = Role::Observer;
        assert_eq!(suspends(&member, Some(seat.membership)), Err(Denied::Forbidden));
    }

    #[test]
    fn an_administrator_has_other_rights_not_more() {
        let (viewer, _) = seated(Role::Observer);
        let administrator = Viewer { is_administrator: true, seats: Vec::new(), ..viewer };
        let group = On::group(WorkingGroupId::random());
        assert_eq!(verdict(&administrator, Act::ManageDelegations, group), Ok(()));
        for act in
            [Act::ScheduleSession, Act::PostNote, Act::ReadGroupNotes, Act::AdoptAgendaItem, Act::SeeScheduledSessions]
        {
            assert_eq!(verdict(&administrator, act, group), Err(Denied::Forbidden), "{act:?}");
        }
    }

    #[test]
    fn only_the_clock_does_what_falls_due_and_only_strangers_sign_in() {
        let (organizer, _) = seated(Role::Organizer);
        assert!(verdict(&organizer, Act::DeliverLetters, On::track()).is_err());
        assert!(may(Actor::Clock, Act::DeliverLetters, On::track(), Timestamp::UNIX_EPOCH).is_ok());
        assert!(may(Actor::Stranger, Act::SignIn, On::track(), Timestamp::UNIX_EPOCH).is_ok());
        assert!(may(Actor::Stranger, Act::PostNote, On::track(), Timestamp::UNIX_EPOCH).is_err());
    }
}
