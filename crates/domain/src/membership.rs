//! One person's seat in one working group: role, capacity, delegation, and since when it may read what.

use jiff::Timestamp;

use crate::{
    delegation::Delegation,
    id::{DelegationId, MembershipId, WorkingGroupId},
    note::Visibility,
    person::PersonSeen,
    span::Span,
    time,
};

words! {
    /// What a person does in one working group. A membership has exactly one role.
    pub enum Role {
        /// Convenes: manages members, schedules sessions, prepares the agenda.
        Organizer = "organizer",
        /// Chairs or mediates.
        Facilitator = "facilitator",
        /// Keeps the non-attributed record.
        Rapporteur = "rapporteur",
        /// Takes part in the dialogue, alone or for a delegation.
        Participant = "participant",
        /// Follows; no notes, posts nothing.
        Observer = "observer",
    }
}

words! {
    /// In what capacity a person sits at the table.
    pub enum Capacity {
        /// For a government or an institution.
        Official = "official",
        /// For oneself, whatever one's office.
        Personal = "personal",
        /// For what one knows.
        Expert = "expert",
    }
}

/// Since when a seat may read which notes, and post. A seat, a role or a delegation opens only what was written after it was
/// taken (requirements N-15); the policy turns this into a filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reading {
    /// GROUP notes; `None` for observers.
    pub group: Option<Timestamp>,
    /// FACILITATORS notes; `None` but for facilitators.
    pub facilitators: Option<Timestamp>,
    /// The own delegation's notes; `None` without one, and for observers.
    pub delegation: Option<Timestamp>,
    /// Since when it may post without a break; what the anonymity set is counted from. `None` for observers.
    pub posts: Option<Timestamp>,
    /// Since when it sits for its delegation without a break; what that delegation's anonymity set is counted from.
    /// Opening earlier notes does not move it. `None` without one, and for observers.
    pub sits: Option<Timestamp>,
}

impl Reading {
    /// What a seat taken at `now` may read.
    pub fn taken(role: Role, delegation: Option<DelegationId>, now: Timestamp) -> Self {
        Self::default().changed((role, delegation), (role, delegation), now)
    }

    /// What the seat may read after its role or delegation changed at `now`: what was open and still is stays open
    /// from when it was, what is new opens from now on.
    pub fn changed(
        self,
        (_, delegation_before): (Role, Option<DelegationId>),
        (role, delegation): (Role, Option<DelegationId>),
        now: Timestamp,
    ) -> Self {
        let reads_notes = role != Role::Observer;
        let same_delegation = delegation == delegation_before;
        let for_delegation = |since: Option<Timestamp>| {
            (reads_notes && delegation.is_some()).then(|| since.filter(|_| same_delegation).unwrap_or(now))
        };
        Self {
            group: reads_notes.then(|| self.group.unwrap_or(now)),
            facilitators: (role == Role::Facilitator).then(|| self.facilitators.unwrap_or(now)),
            delegation: for_delegation(self.delegation),
            posts: reads_notes.then(|| self.posts.unwrap_or(now)),
            sits: for_delegation(self.sits),
        }
    }
}

impl Reading {
    /// With earlier notes of a visibility opened by someone who reads `by`: those since an instant, or all, but never
    /// more than they read themself. It only ever opens. `None` where one of the two reads no such notes; nobody's
    /// PRIVATE notes are opened. That a delegation is the same one is for the policy to say.
    pub fn opened(self, visibility: Visibility, by: &Self, since: Option<Timestamp>) -> Option<Self> {
        let from = |own: Option<Timestamp>, theirs: Option<Timestamp>| {
            let offered = theirs.map(|theirs| since.map_or(theirs, |since| theirs.max(since)))?;
            own.map(|own| own.min(offered))
        };
        match visibility {
            Visibility::Private => None,
            Visibility::Group => from(self.group, by.group).map(|group| Self { group: Some(group), ..self }),
            Visibility::Facilitators => from(self.facilitators, by.facilitators)
                .map(|facilitators| Self { facilitators: Some(facilitators), ..self }),
            Visibility::Delegation => {
                from(self.delegation, by.delegation).map(|delegation| Self { delegation: Some(delegation), ..self })
            }
        }
    }
}

/// A seat in effect that may post, of an active person, as it is counted for the anonymity set (requirements N-03).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MayHaveWritten {
    /// For which side, if for one, and since when it sits for it: nobody hides a delegation's author who is not of it.
    pub delegation: Option<(DelegationId, Timestamp)>,
    /// Since when it may post without a break.
    pub posts_from: Timestamp,
    /// The day on which its group was convened.
    pub convened_on: jiff::civil::Date,
}

impl MayHaveWritten {
    /// Whether it counts at `now`: it may post for `seat_age`, or since the group's first day. So a puppet that was
    /// seated a minute ago hides nobody.
    pub fn counts(&self, seat_age: Span, now: Timestamp) -> bool {
        self.counts_since(self.posts_from, seat_age, now)
    }

    /// Whether it counts at `now` among those who could have written to a delegation: it sits for it as long.
    pub fn counts_for(&self, delegation: DelegationId, seat_age: Span, now: Timestamp) -> bool {
        self.delegation.is_some_and(|(own, since)| {
            own == delegation && self.counts_since(since.max(self.posts_from), seat_age, now)
        })
    }

    fn counts_since(&self, since: Timestamp, seat_age: Span, now: Timestamp) -> bool {
        since <= time::before(now, seat_age.to_signed()) || time::day(since) == self.convened_on
    }
}

/// Whether a seat is in effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Seating {
    /// Given, but its person has yet to accept the invitation to the track or to sign in again.
    Pending,
    /// In effect since then.
    Since(Timestamp),
    /// Taken away. The row stays, so that NAMED notes go on naming their author.
    Left,
}

/// A seat as a viewer may see it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Membership {
    /// Which seat.
    pub id: MembershipId,
    /// At whose table.
    pub group: WorkingGroupId,
    /// Who sits on it, as the viewer may see them.
    pub person: PersonSeen,
    /// What they do there.
    pub role: Role,
    /// In what capacity.
    pub capacity: Capacity,
    /// For which side, if for one.
    pub delegation: Option<Delegation>,
    /// Whether it is in effect.
    pub seating: Seating,
    /// The day of the seat's last change (given, taken, role, capacity, delegation).
    pub changed_on: jiff::civil::Date,
}

impl Membership {
    /// The day on which it took effect; `None` while it is pending or after it was left.
    pub fn seated_on(&self) -> Option<jiff::civil::Date> {
        match self.seating {
            Seating::Since(instant) => Some(time::day(instant)),
            Seating::Pending | Seating::Left => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn a_role_opens_only_what_comes_after_it() {
        let us = Some(DelegationId::random());
        let them = Some(DelegationId::random());
        let seat = Reading::taken(Role::Participant, us, at(10));
        assert_eq!(
            seat,
            Reading {
                group: Some(at(10)),
                facilitators: None,
                delegation: Some(at(10)),
                posts: Some(at(10)),
                sits: Some(at(10))
            }
        );
        let chair = seat.changed((Role::Participant, us), (Role::Facilitator, us), at(20));
        assert_eq!(chair, Reading { facilitators: Some(at(20)), ..seat });
        let other_side = seat.changed((Role::Participant, us), (Role::Participant, them), at(30));
        assert_eq!((other_side.delegation, other_side.sits), (Some(at(30)), Some(at(30))));
        let observer = chair.changed((Role::Facilitator, us), (Role::Observer, us), at(40));
        assert_eq!(observer, Reading::default());
        let back = observer.changed((Role::Observer, us), (Role::Participant, us), at(50));
        assert_eq!(back, Reading::taken(Role::Participant, us, at(50)));
    }

    #[test]
    fn nobody_opens_more_than_they_read() {
        let us = Some(DelegationId::random());
        let early = Reading::taken(Role::Facilitator, us, at(10));
        let late = Reading::taken(Role::Facilitator, us, at(30));
        for visibility in [Visibility::Group, Visibility::Facilitators, Visibility::Delegation] {
            let open = |seat: Reading, by: &Reading, since: Option<i64>| seat.opened(visibility, by, since.map(at));
            let from = |reading: Reading| match visibility {
                Visibility::Group => reading.group,
                Visibility::Facilitators => reading.facilitators,
                Visibility::Delegation | Visibility::Private => reading.delegation,
            };
            assert_eq!(open(late, &early, None).map(from), Some(Some(at(10))), "{visibility:?}: all that they read");
            assert_eq!(open(late, &early, Some(20)).map(from), Some(Some(at(20))), "what is asked for");
            assert_eq!(open(late, &early, Some(5)).map(from), Some(Some(at(10))), "no more than they read");
            assert_eq!(open(late, &early, Some(40)), Some(late), "it never closes");
            assert_eq!(open(early, &late, None), Some(early), "it never closes");
            assert_eq!(open(Reading::default(), &early, None), None, "a seat that reads none");
            assert_eq!(open(late, &Reading::default(), None), None, "an opener who reads none");
            let older = open(late, &early, None).map(|seat| (seat.posts, seat.sits));
            assert_eq!(older, Some((late.posts, late.sits)), "it makes nobody older");
        }
        assert_eq!(late.opened(Visibility::Private, &early, None), None);
    }

    #[test]
    fn a_seat_counts_with_age_or_from_the_first_day() {
        let week: Span = "7d".parse().expect("a span");
        let day = 86_400;
        let seat = |posts: i64, convened: i64| MayHaveWritten {
            delegation: None,
            posts_from: at(posts),
            convened_on: time::day(at(convened)),
        };
        assert!(seat(3 * day, 0).counts(week, at(10 * day)));
        assert!(!seat(3 * day, 0).counts(week, at(10 * day - 1)));
        assert!(seat(3 * day + 5, 3 * day).counts(week, at(3 * day + 6)), "taken on the first day");
    }

    #[test]
    fn a_seat_hides_a_delegations_author_only_while_it_sits_for_it() {
        let (us, them) = (DelegationId::random(), DelegationId::random());
        let week: Span = "7d".parse().expect("a span");
        let day = 86_400;
        let moved =
            MayHaveWritten { delegation: Some((us, at(9 * day))), posts_from: at(day), convened_on: time::day(at(0)) };
        assert!(moved.counts(week, at(10 * day)));
        assert!(!moved.counts_for(us, week, at(10 * day)), "since yesterday only");
        assert!(moved.counts_for(us, week, at(16 * day)));
        assert!(!moved.counts_for(them, week, at(16 * day)));
    }
}
