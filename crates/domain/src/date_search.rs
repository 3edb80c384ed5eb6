//! Finding a date: times that an organizer proposes for a session, and what each member says of them.
//!
//! A member sees their own marks. The organizer sees how many of each delegation could come, and of nobody who: a side of
//! fewer than [`FEWEST`] members is counted with others. That is no decision, and the one place where something is counted
//! (procedures 3). Deliberately absent: who has said nothing, when somebody marked, and any mark once a date is found.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    id::{DateSearchId, DelegationId, MembershipId, SessionId, WorkingGroupId},
    note::Attribution,
    refusal::{Refusal, Refusals},
    session::{Draft, Session},
    time::{self, Wall},
    working_group::WorkingGroup,
};

/// Times of a search at most.
pub const MOST_SLOTS: usize = 10;
/// Searches that are open in a group at most.
pub const MOST_OPEN: usize = 5;
/// Members that are counted together at least.
pub const FEWEST: usize = 3;

words! {
    /// What a member says of a time.
    pub enum DateMark {
        /// They can come.
        Yes = "yes",
        /// They can come if need be.
        IfNeedBe = "if-need-be",
        /// They cannot come.
        No = "no",
    }
}

words! {
    /// Where a search stands.
    pub enum DateSearchStatus {
        /// Members may mark.
        Open = "open",
        /// A time was chosen, and a session scheduled.
        Chosen = "chosen",
        /// It was given up.
        Withdrawn = "withdrawn",
    }
}

/// A time that is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// When the session would start, on the wall.
    pub starts: Wall,
    /// When it would end, in the same zone.
    pub ends: Wall,
}

/// A search for the date of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateSearch {
    /// Which.
    pub id: DateSearchId,
    /// Of which group.
    pub group: WorkingGroupId,
    /// Where it stands.
    pub status: DateSearchStatus,
    /// The session that it led to.
    pub session: Option<SessionId>,
    /// The session's title.
    pub title: String,
    /// What the session is for.
    pub purpose: String,
    /// Where it would meet.
    pub venue: Option<String>,
    /// Its remote room.
    pub join_url: Option<String>,
    /// What may be said outside about who said what.
    pub attribution: Attribution,
    /// The times, by their starts; no two start together.
    pub slots: Vec<Slot>,
    /// What was said, by seat: one mark for each slot, or none. Empty once the search is over.
    pub marks: BTreeMap<MembershipId, Vec<Option<DateMark>>>,
}

/// A time to be proposed, as it was sent.
#[derive(Clone, Debug)]
pub struct SlotDraft {
    /// RFC 3339 instant.
    pub starts_at: String,
    /// RFC 3339 instant.
    pub ends_at: String,
}

/// Counts of one side for one slot; `delegation` is `None` for all who are not counted by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which side.
    pub delegation: Option<DelegationId>,
    /// How many can come.
    pub yes: u32,
    /// How many can come if need be.
    pub if_need_be: u32,
    /// How many cannot.
    pub no: u32,
}

impl DateSearch {
    /// A new search, told all its faults at once. `draft` is the session without its times; those of `slots` are to come.
    pub fn propose(group: &WorkingGroup, draft: &Draft, slots: &[SlotDraft], now: Timestamp) -> Result<Self, Refusals> {
        if slots.is_empty() || slots.len() > MOST_SLOTS {
            return Err(Refusal::bad_input("slots", format!("Propose 1 to {MOST_SLOTS} times.")).into());
        }
        let mut refusals = Refusals::default();
        let mut sessions = Vec::new();
        for slot in slots {
            let at = Draft { starts_at: slot.starts_at.clone(), ends_at: slot.ends_at.clone(), ..draft.clone() };
            match Session::schedule(group, &at, now) {
                Ok(session) => sessions.push(session),
                // The same fault of several times is told once.
                Err(faults) => {
                    for fault in faults.iter() {
                        if !refusals.iter().any(|told| told == fault) {
                            refusals.push(fault.clone());
                        }
                    }
                }
            }
        }
        refusals.check()?;
        sessions.sort_by_key(Session::starts_at);
        if sessions.windows(2).any(|pair| pair[0].starts_at() == pair[1].starts_at()) {
            return Err(Refusal::bad_input("slots", "Two of the times start together.").into());
        }
        let slots = sessions.iter().map(|it| Slot { starts: it.starts.clone(), ends: it.ends.clone() }).collect();
        let Some(Session { title, purpose, venue, join_url, attribution, .. }) = sessions.pop() else {
            return Err(Refusal::bad_input("slots", "It is incomplete.").into());
        };
        Ok(Self {
            id: DateSearchId::random(),
            group: group.id,
            status: DateSearchStatus::Open,
            session: None,
            title,
            purpose,
            venue,
            join_url,
            attribution,
            slots,
            marks: BTreeMap::new(),
        })
    }

    /// The same with what a seat says of times, by their starts; `None` takes a mark back. What it said of others stays.
    pub fn marked(mut self, seat: MembershipId, said: &[(Timestamp, Option<DateMark>)]) -> Result<Self, Refusal> {
        self.is_open()?;
        let mut marks = self.marks.remove(&seat).unwrap_or_default();
        marks.resize(self.slots.len(), None);
        for (starts_at, mark) in said {
            marks[self.place("marks", *starts_at)?] = *mark;
        }
        if marks.iter().any(Option::is_some) {
            self.marks.insert(seat, marks);
        }
        Ok(self)
    }

    /// The session of `group`, whose search it is, at one of the times, which is to come; and the search, which is over and
    /// keeps no mark.
    pub fn chosen(
        self,
        group: &WorkingGroup,
        starts_at: Timestamp,
        now: Timestamp,
    ) -> Result<(Self, Session), Refusals> {
        self.is_open()?;
        let slot = &self.slots[self.place("startsAt", starts_at)?];
        let draft = Draft {
            title: self.title.clone(),
            purpose: self.purpose.clone(),
            starts_at: time::rfc3339(slot.starts.instant()),
            ends_at: time::rfc3339(slot.ends.instant()),
            zone: Some(slot.starts.zone.name().to_owned()),
            venue: self.venue.clone(),
            join_url: self.join_url.clone(),
            attribution: Some(self.attribution),
            agenda_cut_off: None,
            draft: false,
        };
        let session = Session::schedule(group, &draft, now)?;
        let status = DateSearchStatus::Chosen;
        Ok((Self { status, session: Some(session.id), marks: BTreeMap::new(), ..self }, session))
    }

    /// The search, given up; it keeps no mark.
    pub fn withdrawn(self) -> Result<Self, Refusal> {
        self.is_open()?;
        Ok(Self { status: DateSearchStatus::Withdrawn, marks: BTreeMap::new(), ..self })
    }

    /// The search as a seat sees it: with its own marks, and nobody else's.
    #[must_use]
    pub fn seen_from(mut self, seat: Option<MembershipId>) -> Self {
        self.marks.retain(|of, _| Some(*of) == seat);
        self
    }

    /// Whether members may mark, and a time be chosen.
    pub fn is_open(&self) -> Result<(), Refusal> {
        match self.status {
            DateSearchStatus::Open => Ok(()),
            DateSearchStatus::Chosen => Err(Refusal::state("A date was chosen.")),
            DateSearchStatus::Withdrawn => Err(Refusal::state("The search was withdrawn.")),
        }
    }

    fn place(&self, field: &'static str, starts_at: Timestamp) -> Result<usize, Refusal> {
        let found = self.slots.iter().position(|slot| slot.starts.instant() == starts_at);
        found.ok_or_else(|| Refusal::bad_input(field, "No proposed time starts then."))
    }

    /// What was said of each slot, by side, where `seats` are those in effect. Which sides are counted by themselves follows
    /// from the seats alone; where not even all together are enough, nothing is told.
    pub fn lines(&self, seats: &[(MembershipId, Option<DelegationId>)]) -> Vec<Vec<Line>> {
        let sides = sides(seats);
        let line = |slot: usize, (delegation, members): &(Option<DelegationId>, Vec<MembershipId>)| {
            let said = |mark| {
                let of = members.iter().filter(|seat| self.mark(**seat, slot) == Some(mark));
                u32::try_from(of.count()).unwrap_or(u32::MAX)
            };
            let (yes, if_need_be, no) = (said(DateMark::Yes), said(DateMark::IfNeedBe), said(DateMark::No));
            Line { delegation: *delegation, yes, if_need_be, no }
        };
        (0..self.slots.len()).map(|slot| sides.iter().map(|side| line(slot, side)).collect()).collect()
    }

    /// What a seat says of a slot.
    pub fn mark(&self, seat: MembershipId, slot: usize) -> Option<DateMark> {
        self.marks.get(&seat)?.get(slot).copied().flatten()
    }
}

/// The sides that are counted, each of [`FEWEST`] members at least, those that are counted together last.
fn sides(seats: &[(MembershipId, Option<DelegationId>)]) -> Vec<(Option<DelegationId>, Vec<MembershipId>)> {
    let mut by_delegation: BTreeMap<Option<DelegationId>, Vec<MembershipId>> = BTreeMap::new();
    for (seat, delegation) in seats {
        by_delegation.entry(*delegation).or_default().push(*seat);
    }
    let mut others = by_delegation.remove(&None).unwrap_or_default();
    let (mut large, small): (Vec<_>, Vec<_>) =
        by_delegation.into_iter().partition(|(_, members)| members.len() >= FEWEST);
    others.extend(small.into_iter().flat_map(|(_, members)| members));
    // Of those whom nobody is to be told apart in, there are enough.
    large.sort_by_key(|(delegation, members)| (std::cmp::Reverse(members.len()), *delegation));
    while !others.is_empty() && others.len() < FEWEST {
        let Some((_, members)) = large.pop() else { return Vec::new() };
        others.extend(members);
    }
    large.sort_by_key(|(delegation, _)| *delegation);
    let others = (!others.is_empty()).then_some((None, others));
    large.into_iter().chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    const NOW: &str = "2027-03-01T00:00:00Z";
    const FIRST: &str = "2027-03-15T09:00:00Z";
    const SECOND: &str = "2027-03-16T09:00:00Z";

    fn group() -> WorkingGroup {
        WorkingGroup::convene("water", "Water", "", "Europe/Warsaw", Attribution::ChathamHouse).expect("sound")
    }

    fn draft() -> Draft {
        Draft {
            title: "Third round".into(),
            purpose: String::new(),
            starts_at: String::new(),
            ends_at: String::new(),
            zone: None,
            venue: None,
            join_url: None,
            attribution: None,
            agenda_cut_off: None,
            draft: false,
        }
    }

    fn slot(starts_at: &str) -> SlotDraft {
        SlotDraft { starts_at: starts_at.into(), ends_at: starts_at.replace("T09", "T11") }
    }

    fn search() -> DateSearch {
        DateSearch::propose(&group(), &draft(), &[slot(SECOND), slot(FIRST)], at(NOW)).expect("sound")
    }

    #[test]
    fn what_is_proposed_is_to_come_and_apart() {
        let search = search();
        assert_eq!(search.slots[0].starts.instant(), at(FIRST), "by their starts");
        let fields = |title: &str, slots: &[SlotDraft]| {
            let draft = Draft { title: title.into(), ..draft() };
            let refusals = DateSearch::propose(&group(), &draft, slots, at(NOW)).expect_err("unsound");
            refusals.iter().filter_map(|refusal| refusal.field.as_deref().map(str::to_owned)).collect::<Vec<_>>()
        };
        assert_eq!(fields("T", &[]), ["slots"]);
        assert_eq!(fields("T", &vec![slot(FIRST); 11]), ["slots"]);
        assert_eq!(fields("T", &[slot(FIRST), slot(FIRST)]), ["slots"]);
        assert_eq!(fields(" ", &[slot("2027-02-01T09:00:00Z"), slot(FIRST)]), ["title", "startsAt"]);
    }

    #[test]
    fn a_mark_can_be_changed_and_taken_back_until_it_is_over() {
        let (seat, group) = (MembershipId::random(), group());
        let search = search().marked(seat, &[(at(FIRST), Some(DateMark::No))]).expect("open");
        let search = search.marked(seat, &[(at(SECOND), Some(DateMark::Yes))]).expect("open");
        assert_eq!((search.mark(seat, 0), search.mark(seat, 1)), (Some(DateMark::No), Some(DateMark::Yes)));
        assert!(search.clone().marked(seat, &[(at(NOW), None)]).is_err());
        let nothing = search.clone().marked(seat, &[(at(FIRST), None), (at(SECOND), None)]).expect("open");
        assert!(nothing.marks.is_empty());
        assert!(search.clone().seen_from(Some(MembershipId::random())).marks.is_empty());
        assert!(search.clone().chosen(&group, at(FIRST), at(FIRST)).is_err(), "it has passed");
        let (over, session) = search.clone().chosen(&group, at(SECOND), at(NOW)).expect("open");
        assert_eq!((over.status, over.session), (DateSearchStatus::Chosen, Some(session.id)));
        assert!(over.marks.is_empty() && over.clone().marked(seat, &[]).is_err() && over.withdrawn().is_err());
        assert_eq!((session.starts_at(), session.attribution), (at(SECOND), Attribution::ChathamHouse));
        assert!(search.withdrawn().expect("open").marks.is_empty());
    }

    /// So many seats for each delegation; the last number is of those without one.
    fn seats(sides: &[usize], without: usize) -> Vec<(MembershipId, Option<DelegationId>)> {
        let for_one = |members: &usize| {
            let delegation = Some(DelegationId::random());
            (0..*members).map(move |_| (MembershipId::random(), delegation)).collect::<Vec<_>>()
        };
        let mut seats: Vec<_> = sides.iter().flat_map(for_one).collect();
        seats.extend((0..without).map(|_| (MembershipId::random(), None)));
        seats
    }

    #[test]
    fn no_side_of_fewer_than_three_is_counted_by_itself() {
        let sizes = |sides_of: &[usize], without: usize| {
            let sides = sides(&seats(sides_of, without));
            let mut sizes: Vec<_> = sides.iter().map(|(side, members)| (side.is_none(), members.len())).collect();
            sizes.sort_unstable();
            sizes
        };
        assert_eq!(sizes(&[3, 4], 0), [(false, 3), (false, 4)]);
        assert_eq!(sizes(&[3, 2, 1], 1), [(false, 3), (true, 4)]);
        assert_eq!(sizes(&[3, 4], 1), [(false, 4), (true, 4)], "one alone is not told apart");
        assert_eq!(sizes(&[2], 0), [], "not even all together are enough");
        assert_eq!(sizes(&[], 3), [(true, 3)]);
    }

    #[test]
    fn what_is_counted_is_what_was_said_of_seats_in_effect() {
        let seats = seats(&[3], 0);
        let mut search = search();
        for (seat, mark) in
            [(seats[0].0, DateMark::Yes), (seats[1].0, DateMark::No), (MembershipId::random(), DateMark::Yes)]
        {
            search = search.marked(seat, &[(at(FIRST), Some(mark))]).expect("open");
        }
        let lines = search.lines(&seats);
        assert_eq!(lines[0], [Line { delegation: seats[0].1, yes: 1, if_need_be: 0, no: 1 }]);
        assert_eq!(lines[1], [Line { delegation: seats[0].1, yes: 0, if_need_be: 0, no: 0 }]);
    }
}
