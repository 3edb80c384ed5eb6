//! The agenda of a session: items that are proposed, ordered, adopted or withdrawn, and when each begins.

use jiff::{SignedDuration, Timestamp};

use crate::{
    id::{AgendaItemId, MembershipId, SessionId, WorkingGroupId},
    note::Attribution,
    patch::Patch,
    refusal::{Refusal, Refusals},
    session::{Session, SessionStatus, tightened},
    silence::Ground,
    text, time,
    working_group::required,
};

words! {
    /// Where an agenda item stands.
    pub enum ItemStatus {
        /// Waits for adoption.
        Proposed = "proposed",
        /// Is put to the group by silence.
        UnderSilence = "under-silence",
        /// Stands on the agenda; its text is frozen.
        Adopted = "adopted",
        /// Silence was broken; it needs talking.
        Objected = "objected",
        /// Goes to a later session.
        Deferred = "deferred",
        /// Was taken back by who proposed it.
        Withdrawn = "withdrawn",
    }
}

/// Items of one session at most.
pub const MOST: usize = 100;
/// A participant may object to the chair's word for so long at least.
const WORD_STANDS_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// Minutes of one item at most.
pub const LONGEST_MINUTES: i32 = 7 * 24 * 60;

/// An agenda item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgendaItem {
    /// Which.
    pub id: AgendaItemId,
    /// Of which group.
    pub group: WorkingGroupId,
    /// Of which session.
    pub session: SessionId,
    /// Its title.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// How long it takes, 1…[`LONGEST_MINUTES`].
    pub duration_minutes: Option<i32>,
    /// Where it stands.
    pub status: ItemStatus,
    /// The session's unless it was set stricter for this part of the meeting.
    pub attribution: Attribution,
    /// When it was adopted.
    pub adopted_at: Option<Timestamp>,
    /// Who proposed it.
    pub proposed_by: Option<MembershipId>,
    /// Who leads it.
    pub lead: Option<MembershipId>,
    /// Whether the chair's word alone does not adopt it: it was proposed after the cut-off, or has met an objection.
    pub needs_silence: bool,
    /// Whether the chair's word adopted it.
    pub by_word: bool,
    /// Whether it was deferred and something stands for it on the agenda of a later session. What an objection to the use of
    /// silence deferred has no place there while no later session is scheduled.
    pub stands_later: bool,
    /// Counts every change, from 1.
    pub version: i32,
}

/// An item to be proposed, as it was sent.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// Its title.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// How long it takes, in minutes.
    pub duration_minutes: Option<i32>,
    /// Who leads it, checked to sit in the group.
    pub lead: Option<MembershipId>,
    /// The session's unless given; stricter only.
    pub attribution: Option<Attribution>,
}

/// A change of an item, as it was sent.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// A new title.
    pub title: Patch<String>,
    /// A new description.
    pub description: Patch<String>,
    /// Another duration; null clears.
    pub duration_minutes: Patch<i32>,
    /// Another lead, checked to sit in the group; null clears.
    pub lead: Patch<MembershipId>,
    /// Stricter only.
    pub attribution: Patch<Attribution>,
}

impl Change {
    /// Whether it touches more than the attribution, which facilitators and organizers may tighten.
    pub const fn rewords(&self) -> bool {
        !(self.title.is_keep() && self.description.is_keep() && self.duration_minutes.is_keep() && self.lead.is_keep())
    }
}

impl AgendaItem {
    /// A new item of `session`, told all its faults at once.
    /// What comes after the session's cut-off is additional and goes under silence.
    pub fn propose(session: &Session, proposal: &Proposal, by: MembershipId, now: Timestamp) -> Result<Self, Refusals> {
        session.takes_agenda()?;
        let mut refusals = Refusals::default();
        let title = refusals.keep(text::line("title", &proposal.title));
        let description = refusals.keep(text::prose("description", &proposal.description));
        let duration = refusals.keep(proposal.duration_minutes.map(minutes).transpose());
        let asked = proposal.attribution.map_or(Patch::Keep, Patch::Set);
        let attribution = refusals.keep(tightened(session.attribution, &asked));
        refusals.check()?;
        let (Some(title), Some(description), Some(duration_minutes), Some(attribution)) =
            (title, description, duration, attribution)
        else {
            return Err(Refusal::bad_input("input", "It is incomplete.").into());
        };
        Ok(Self {
            id: AgendaItemId::random(),
            group: session.group,
            session: session.id,
            title,
            description,
            duration_minutes,
            status: ItemStatus::Proposed,
            attribution,
            adopted_at: None,
            proposed_by: Some(by),
            lead: proposal.lead,
            needs_silence: now >= session.cut_off(),
            by_word: false,
            stands_later: false,
            version: 1,
        })
    }

    /// The item after a change. Its text can change while it is proposed, its attribution be tightened at any time. What
    /// changes nothing raises no version.
    pub fn updated(self, change: &Change) -> Result<Self, Refusals> {
        if change.rewords() && self.status != ItemStatus::Proposed {
            return Err(Refusal::state("The text is frozen; a change is a new proposal.").into());
        }
        if !change.attribution.is_keep() && self.status == ItemStatus::UnderSilence {
            return Err(Refusal::state("Its attribution is frozen with its text until the procedure ends.").into());
        }
        let mut refusals = Refusals::default();
        let title = refusals.keep(required("title", &change.title, self.title.clone(), text::line));
        let description =
            refusals.keep(required("description", &change.description, self.description.clone(), text::prose));
        let duration = refusals.keep(match change.duration_minutes {
            Patch::Keep => Ok(self.duration_minutes),
            Patch::Clear => Ok(None),
            Patch::Set(value) => minutes(value).map(Some),
        });
        let attribution = refusals.keep(tightened(self.attribution, &change.attribution));
        refusals.check()?;
        let (Some(title), Some(description), Some(duration_minutes), Some(attribution)) =
            (title, description, duration, attribution)
        else {
            return Err(Refusal::bad_input("input", "It is incomplete.").into());
        };
        let lead = change.lead.clone().over(self.lead);
        let updated = Self { title, description, duration_minutes, attribution, lead, ..self.clone() };
        let version = self.version + i32::from(updated != self);
        Ok(Self { version, ..updated })
    }

    /// The item, adopted by the chair's word at `now`. An objected item is proposed anew and goes under silence.
    pub fn adopted(self, now: Timestamp) -> Result<Self, Refusals> {
        match self.status {
            ItemStatus::Proposed if self.needs_silence => {
                let message =
                    "It is additional or has met an objection: it goes under silence, not by the chair's word.";
                Err(Refusal::state(message).into())
            }
            ItemStatus::Proposed => {
                let version = self.version + 1;
                Ok(Self { status: ItemStatus::Adopted, adopted_at: Some(now), by_word: true, version, ..self })
            }
            ItemStatus::Adopted => Err(Refusal::state("It is adopted already.").into()),
            ItemStatus::UnderSilence => Err(Refusal::state("It is under silence until the deadline.").into()),
            ItemStatus::Objected => {
                Err(Refusal::state("It met an objection: it is not adopted by word, but proposed anew.").into())
            }
            ItemStatus::Deferred => Err(Refusal::state("It was deferred to a later session.").into()),
            ItemStatus::Withdrawn => Err(Refusal::state("It was withdrawn.").into()),
        }
    }

    /// The item, put to the group by silence. Whether it can be is for the procedure to say.
    #[must_use]
    pub fn under_silence(self) -> Self {
        self.with(ItemStatus::UnderSilence)
    }

    /// The item after its procedure was withdrawn: proposed again, as it was.
    #[must_use]
    pub fn proposed_again(self) -> Self {
        if self.status == ItemStatus::UnderSilence { self.with(ItemStatus::Proposed) } else { self }
    }

    /// The item after silence on it was broken. An objection to the use of silence defers it to a later session and
    /// counts as no disagreement on substance, whichever objections come beside it.
    #[must_use]
    pub fn objected(self, ground: Ground) -> Self {
        let after = match ground {
            Ground::Procedure => ItemStatus::Deferred,
            Ground::Linkage | Ground::Substance => ItemStatus::Objected,
        };
        let changes = match self.status {
            ItemStatus::UnderSilence => true,
            ItemStatus::Objected => after == ItemStatus::Deferred,
            ItemStatus::Proposed | ItemStatus::Adopted | ItemStatus::Deferred | ItemStatus::Withdrawn => false,
        };
        if changes { Self { needs_silence: true, ..self.with(after) } } else { self }
    }

    /// The item, adopted by silence at the deadline.
    #[must_use]
    pub fn adopted_by_silence(self, deadline: Timestamp) -> Self {
        if self.status == ItemStatus::UnderSilence {
            Self { adopted_at: Some(deadline), ..self.with(ItemStatus::Adopted) }
        } else {
            self
        }
    }

    /// Until when a participant may object to the chair's word: until the session's end, and at least for 24 hours. `None` where
    /// it was not adopted by word.
    pub fn final_at(&self, session_ends_at: Timestamp) -> Option<Timestamp> {
        let adopted_at = self.adopted_at.filter(|_| self.by_word && self.status == ItemStatus::Adopted)?;
        Some(session_ends_at.max(time::after(adopted_at, WORD_STANDS_AFTER)))
    }

    /// The item after an objection to its adoption by the chair's word.
    pub fn objected_to(self, session_ends_at: Timestamp, now: Timestamp) -> Result<Self, Refusals> {
        match self.final_at(session_ends_at) {
            None => Err(Refusal::state("It was not adopted by the chair's word.").into()),
            Some(final_at) if now >= final_at => Err(Refusal::state("Its adoption is final.").into()),
            Some(_) => {
                Ok(Self { adopted_at: None, by_word: false, needs_silence: true, ..self.with(ItemStatus::Objected) })
            }
        }
    }

    /// An objected item, proposed anew, with new words if need be. It goes under silence.
    pub fn proposed_anew(self, title: Option<&str>, description: Option<&str>) -> Result<Self, Refusals> {
        if self.status != ItemStatus::Objected {
            return Err(Refusal::state("Only what met an objection is proposed anew.").into());
        }
        let mut refusals = Refusals::default();
        let title = refusals.keep(title.map_or_else(|| Ok(self.title.clone()), |new| text::line("title", new)));
        let description = refusals
            .keep(description.map_or_else(|| Ok(self.description.clone()), |new| text::prose("description", new)));
        refusals.check()?;
        let (Some(title), Some(description)) = (title, description) else {
            return Err(Refusal::bad_input("input", "It is incomplete.").into());
        };
        Ok(Self { title, description, ..self.with(ItemStatus::Proposed) })
    }

    /// The item, deferred, and what stands for it on the agenda of a later session: its history stays where it was. It goes
    /// there once: what stands there is what is deferred from then on.
    pub fn deferred_to(self, from: &Session, later: &Session) -> Result<(Self, Self), Refusals> {
        match self.status {
            ItemStatus::Deferred if self.stands_later => {
                return Err(Refusal::state("It was deferred already, and stands on a later agenda.").into());
            }
            ItemStatus::Proposed | ItemStatus::Objected | ItemStatus::Deferred => {}
            ItemStatus::UnderSilence => return Err(Refusal::state("It is under silence until the deadline.").into()),
            ItemStatus::Adopted => return Err(Refusal::state("It is adopted already.").into()),
            ItemStatus::Withdrawn => return Err(Refusal::state("It was withdrawn.").into()),
        }
        if later.group != from.group {
            return Err(Refusal::not_found("sessionId").into());
        }
        later.takes_agenda()?;
        if later.starts_at() <= from.starts_at() {
            return Err(Refusal::bad_input("sessionId", "An item is deferred to a later session.").into());
        }
        let status = if self.status == ItemStatus::Objected { ItemStatus::Objected } else { ItemStatus::Proposed };
        let there = Self {
            id: AgendaItemId::random(),
            session: later.id,
            status,
            attribution: self.attribution.or_stricter(later.attribution),
            version: 1,
            ..self.clone()
        };
        Ok((self.carried(), there))
    }

    /// What stands for this item, as it was before an objection to the use of silence deferred it, on the agenda of the next
    /// session: nobody is asked there to be silent again but about what met an objection before, or is additional there.
    pub fn carried_on(self, from: &Session, next: &Session, now: Timestamp) -> Result<Self, Refusals> {
        let was_objected = self.status == ItemStatus::Objected;
        let status = if was_objected { ItemStatus::Objected } else { ItemStatus::Proposed };
        let needs_silence = was_objected || now >= next.cut_off();
        let (_, there) = Self { status, needs_silence, ..self }.deferred_to(from, next)?;
        Ok(there)
    }

    /// The item, deferred, after something was put on a later agenda to stand for it.
    #[must_use]
    pub fn carried(self) -> Self {
        Self { stands_later: true, ..self.with(ItemStatus::Deferred) }
    }

    /// Whether it was not reached when its session is over: nothing became of it.
    pub const fn was_not_reached(&self) -> bool {
        matches!(self.status, ItemStatus::Proposed | ItemStatus::Objected)
    }

    fn with(self, status: ItemStatus) -> Self {
        let version = self.version + 1;
        Self { status, version, ..self }
    }

    /// The item, taken back by who proposed it.
    pub fn withdrawn(self) -> Result<Self, Refusals> {
        match self.status {
            ItemStatus::Proposed | ItemStatus::Objected | ItemStatus::Deferred => {
                let version = self.version + 1;
                Ok(Self { status: ItemStatus::Withdrawn, version, ..self })
            }
            ItemStatus::Adopted => {
                Err(Refusal::state("It is adopted; what was agreed is not taken back by one.").into())
            }
            ItemStatus::UnderSilence => Err(Refusal::state("It is under silence until the deadline.").into()),
            ItemStatus::Withdrawn => Err(Refusal::state("It was withdrawn already.").into()),
        }
    }
}

fn minutes(value: i32) -> Result<i32, Refusal> {
    if (1..=LONGEST_MINUTES).contains(&value) {
        Ok(value)
    } else {
        Err(Refusal::bad_input("durationMinutes", "A duration is 1 minute to 7 days."))
    }
}

/// An item in its place, as one viewer sees the agenda.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The item.
    pub item: AgendaItem,
    /// From 1, without gaps, among the items that the viewer sees.
    pub position: i32,
    /// From the session's start and the durations before it; `None` where one is unknown or out of sight.
    pub starts_at: Option<Timestamp>,
    /// Where its session stands, on which depends what can be done with it.
    pub session_status: SessionStatus,
}

/// One place of a session's agenda, as one viewer meets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An item that they see.
    Seen(AgendaItem),
    /// One that they do not see; whether it takes time.
    Unseen {
        /// Not so for what was withdrawn or deferred.
        takes_time: bool,
    },
}

impl ItemStatus {
    /// Whether an item takes time at the session: what was withdrawn or deferred keeps its place and takes none.
    pub const fn takes_time(self) -> bool {
        match self {
            Self::Proposed | Self::UnderSilence | Self::Adopted | Self::Objected => true,
            Self::Deferred | Self::Withdrawn => false,
        }
    }
}

/// Lays out a session's agenda, given in its order, for whom these places are seen or unseen.
pub fn lay_out(places: Vec<Place>, session_status: SessionStatus, starts_at: Timestamp) -> Vec<Placed> {
    let mut clock = Some(starts_at);
    let mut placed: Vec<Placed> = Vec::with_capacity(places.len());
    for place in places {
        match place {
            Place::Unseen { takes_time } => clock = clock.filter(|_| !takes_time),
            Place::Seen(item) => {
                let position = i32::try_from(placed.len() + 1).unwrap_or(i32::MAX);
                let takes_time = item.status.takes_time();
                let starts_at = clock.filter(|_| takes_time);
                if takes_time {
                    clock = clock
                        .zip(item.duration_minutes)
                        .map(|(instant, minutes)| time::after(instant, SignedDuration::from_mins(i64::from(minutes))));
                }
                placed.push(Placed { item, position, starts_at, session_status });
            }
        }
    }
    placed
}

/// The order after `item` has moved to `position` (from 1). `position` is the refused field where it is out of range.
pub fn reordered(
    mut order: Vec<AgendaItemId>,
    item: AgendaItemId,
    position: i32,
) -> Result<Vec<AgendaItemId>, Refusal> {
    let last = order.len();
    let target = usize::try_from(position).ok().filter(|place| (1..=last).contains(place));
    let target =
        target.ok_or_else(|| Refusal::bad_input("position", format!("This agenda has positions 1 to {last}.")))?;
    order.retain(|other| *other != item);
    order.insert(target - 1, item);
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(status: ItemStatus, duration_minutes: Option<i32>) -> AgendaItem {
        AgendaItem {
            id: AgendaItemId::random(),
            group: WorkingGroupId::random(),
            session: SessionId::random(),
            title: "Water".into(),
            description: String::new(),
            duration_minutes,
            status,
            attribution: Attribution::ChathamHouse,
            adopted_at: None,
            proposed_by: None,
            lead: None,
            needs_silence: false,
            by_word: false,
            stands_later: false,
            version: 1,
        }
    }

    fn start() -> Timestamp {
        "2027-03-20T09:00:00Z".parse().expect("an instant")
    }

    #[test]
    fn items_begin_where_the_durations_before_them_end() {
        let items = vec![
            item(ItemStatus::Adopted, Some(30)),
            item(ItemStatus::Withdrawn, Some(60)),
            item(ItemStatus::Proposed, Some(15)),
            item(ItemStatus::Adopted, None),
            item(ItemStatus::Adopted, Some(10)),
        ];
        let scheduled = SessionStatus::Scheduled;
        let all = lay_out(items.iter().cloned().map(Place::Seen).collect(), scheduled, start());
        let minutes = |placed: &Placed| placed.starts_at.map(|t| t.duration_since(start()).as_mins());
        assert_eq!(all.iter().map(minutes).collect::<Vec<_>>(), [Some(0), None, Some(30), Some(45), None]);
        assert_eq!(all.iter().map(|p| p.position).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        let as_observer = |item: AgendaItem| {
            if item.status == ItemStatus::Adopted {
                return Place::Seen(item);
            }
            Place::Unseen { takes_time: item.status.takes_time() }
        };
        let observer = lay_out(items.into_iter().map(as_observer).collect(), scheduled, start());
        assert_eq!(
            observer.iter().map(minutes).collect::<Vec<_>>(),
            [Some(0), None, None],
            "an item out of sight hides what follows"
        );
        assert_eq!(observer.iter().map(|p| p.position).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn moving_keeps_positions_without_gaps() {
        let ids: Vec<_> = (0..4).map(|_| AgendaItemId::random()).collect();
        let moved = reordered(ids.clone(), ids[0], 3).expect("in range");
        assert_eq!(moved, [ids[1], ids[2], ids[0], ids[3]]);
        assert!(reordered(ids.clone(), ids[0], 0).is_err() && reordered(ids.clone(), ids[0], 5).is_err());
    }

    #[test]
    fn the_chairs_word_is_final_after_the_session_and_a_day() {
        let hours = |hours| time::after(start(), SignedDuration::from_hours(hours));
        let adopted = item(ItemStatus::Proposed, None).adopted(start()).expect("proposed");
        assert_eq!(adopted.final_at(hours(2)), Some(hours(24)));
        assert_eq!(adopted.final_at(hours(48)), Some(hours(48)));
        assert!(adopted.clone().objected_to(hours(2), hours(24)).is_err());
        let objected = adopted.objected_to(hours(2), hours(23)).expect("in time");
        assert_eq!((objected.status, objected.adopted_at), (ItemStatus::Objected, None));
        let anew = objected.proposed_anew(Some("Rivers"), None).expect("objected");
        assert_eq!((anew.status, anew.title.as_str()), (ItemStatus::Proposed, "Rivers"));
        assert!(anew.clone().adopted(start()).is_err(), "not by word");
        let by_silence = anew.under_silence().adopted_by_silence(start());
        assert_eq!(by_silence.final_at(hours(2)), None, "what silence adopted is not the chair's word");
        assert!(by_silence.objected_to(hours(2), start()).is_err());
    }

    #[test]
    fn what_is_adopted_is_frozen() {
        let adopted = item(ItemStatus::Proposed, None).adopted(start()).expect("proposed");
        assert_eq!(adopted.adopted_at, Some(start()));
        assert!(adopted.clone().withdrawn().is_err() && adopted.clone().adopted(start()).is_err());
        let reworded = Change { title: Patch::Set("Rivers".into()), ..Change::default() };
        assert!(adopted.clone().updated(&reworded).is_err());
        assert!(item(ItemStatus::Objected, None).adopted(start()).is_err());
    }
}
