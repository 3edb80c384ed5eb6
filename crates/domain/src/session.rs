//! One meeting of a group, from draft to concluded or cancelled. Transitions take the old state and give the new one.

use jiff::{SignedDuration, Timestamp};

use crate::{
    id::{DelegationId, SessionId, WorkingGroupId},
    note::Attribution,
    patch::Patch,
    refusal::{Refusal, Refusals},
    text,
    time::{self, Wall, Zone},
    working_group::{WorkingGroup, not_null, required},
};

words! {
    /// Where a session stands.
    pub enum SessionStatus {
        /// Seen by organizers and facilitators only; mails nobody.
        Draft = "draft",
        /// Announced to the members.
        Scheduled = "scheduled",
        /// Over; notes may still be posted.
        Concluded = "concluded",
        /// Called off.
        Cancelled = "cancelled",
    }
}

/// A session lasts at most this long.
const LONGEST: SignedDuration = SignedDuration::from_hours(31 * 24);

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// Of which group.
    pub group: WorkingGroupId,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub purpose: String,
    /// Where it meets.
    pub venue: Option<String>,
    /// The remote room; to members only, never in a letter.
    pub join_url: Option<String>,
    /// Where it stands.
    pub status: SessionStatus,
    /// Whether the members were ever told of it: a draft that is cancelled stays out of their sight.
    pub published: bool,
    /// When it starts, on the wall.
    pub starts: Wall,
    /// When it ends, on the wall, in the same zone.
    pub ends: Wall,
    /// What may be said outside about who said what.
    pub attribution: Attribution,
    /// From when on an item is additional, where that is before the start.
    pub agenda_cut_off: Option<Timestamp>,
    /// The delegation that chaired it, once it is concluded, where the chair goes round.
    pub chaired_by: Option<DelegationId>,
    /// The delegations that have passed its chair on.
    pub passed: Vec<DelegationId>,
    /// Why it was called off, if it was and a reason was given.
    pub cancel_reason: Option<String>,
    /// Counts what calendars must learn of, from 0 (RFC 5545 SEQUENCE).
    pub sequence: i32,
    /// Counts every change, from 1.
    pub version: i32,
}

/// A session to be scheduled, as it was sent.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its title.
    pub title: String,
    /// What it is for.
    pub purpose: String,
    /// RFC 3339 instant.
    pub starts_at: String,
    /// RFC 3339 instant.
    pub ends_at: String,
    /// IANA zone; the group's unless given.
    pub zone: Option<String>,
    /// Where it meets.
    pub venue: Option<String>,
    /// The remote room.
    pub join_url: Option<String>,
    /// The group's default unless given.
    pub attribution: Option<Attribution>,
    /// RFC 3339; the start unless given.
    pub agenda_cut_off: Option<String>,
    /// Kept as a draft.
    pub draft: bool,
}

/// A change of when and where, as it was sent.
#[derive(Clone, Debug, Default)]
pub struct Move {
    /// RFC 3339 instant; alone it keeps the duration.
    pub starts_at: Patch<String>,
    /// RFC 3339 instant.
    pub ends_at: Patch<String>,
    /// IANA zone; alone it keeps the wall clock.
    pub zone: Patch<String>,
    /// Where it meets; null clears.
    pub venue: Patch<String>,
    /// The remote room; null clears.
    pub join_url: Patch<String>,
}

/// A change of words and attribution, as it was sent.
#[derive(Clone, Debug, Default)]
pub struct Rewording {
    /// A new title.
    pub title: Patch<String>,
    /// A new purpose.
    pub purpose: Patch<String>,
    /// Stricter only.
    pub attribution: Patch<Attribution>,
    /// RFC 3339; null for the start.
    pub agenda_cut_off: Patch<String>,
}

impl Session {
    /// From when on an item is additional: its start, or what was set, whichever comes first.
    pub fn cut_off(&self) -> Timestamp {
        self.agenda_cut_off.map_or(self.starts_at(), |set| set.min(self.starts_at()))
    }

    /// The instant of its start.
    pub fn starts_at(&self) -> Timestamp {
        self.starts.instant()
    }

    /// The instant of its end.
    pub fn ends_at(&self) -> Timestamp {
        self.ends.instant()
    }

    /// The zone in which it was scheduled.
    pub fn zone(&self) -> &Zone {
        &self.starts.zone
    }

    /// A new session of `group`, told all its faults at once.
    pub fn schedule(group: &WorkingGroup, draft: &Draft, now: Timestamp) -> Result<Self, Refusals> {
        let mut refusals = Refusals::default();
        let title = refusals.keep(text::line("title", &draft.title));
        let purpose = refusals.keep(text::prose("purpose", &draft.purpose));
        let venue =
            refusals.keep(text::optional_line("venue", draft.venue.as_deref().unwrap_or_default(), text::VENUE_MAX));
        let join_url = refusals.keep(text::link("joinUrl", draft.join_url.as_deref().unwrap_or_default()));
        let zone = refusals
            .keep(draft.zone.as_deref().map_or_else(|| Ok(group.zone.clone()), |name| Zone::parse("timeZone", name)));
        let starts_at = refusals.keep(time::instant("startsAt", &draft.starts_at));
        let ends_at = refusals.keep(time::instant("endsAt", &draft.ends_at));
        let slot = match (zone, starts_at, ends_at) {
            (Some(zone), Some(starts_at), Some(ends_at)) => slot(&mut refusals, &zone, starts_at, ends_at, now),
            (_, Some(starts_at), _) if starts_at <= now => {
                refusals.push(in_the_past());
                None
            }
            _ => None,
        };
        let cut_off = refusals.keep(cut_off(draft.agenda_cut_off.as_deref(), starts_at));
        refusals.check()?;
        let (Some(title), Some(purpose), Some(venue), Some(join_url), Some((starts, ends)), Some(agenda_cut_off)) =
            (title, purpose, venue, join_url, slot, cut_off)
        else {
            return Err(Refusal::bad_input("input", "It is incomplete.").into());
        };
        let status = if draft.draft { SessionStatus::Draft } else { SessionStatus::Scheduled };
        Ok(Self {
            id: SessionId::random(),
            group: group.id,
            title,
            purpose,
            venue,
            join_url,
            status,
            published: !draft.draft,
            starts,
            ends,
            attribution: draft.attribution.unwrap_or(group.default_attribution),
            agenda_cut_off,
            chaired_by: None,
            passed: Vec::new(),
            cancel_reason: None,
            sequence: 0,
            version: 1,
        })
    }

    /// The session at another time or place. Raises `sequence` and `version`; what changes nothing raises neither.
    pub fn rescheduled(self, change: &Move, now: Timestamp) -> Result<Self, Refusals> {
        self.may_be_moved(now)?;
        let mut refusals = Refusals::default();
        let zone = refusals.keep(required("timeZone", &change.zone, self.zone().clone(), Zone::parse));
        let starts_at = refusals.keep(moved_instant("startsAt", &change.starts_at));
        let ends_at = refusals.keep(moved_instant("endsAt", &change.ends_at));
        let venue = refusals.keep(optional("venue", &change.venue, self.venue.clone(), |field, text| {
            text::optional_line(field, text, text::VENUE_MAX)
        }));
        let join_url = refusals.keep(optional("joinUrl", &change.join_url, self.join_url.clone(), text::link));
        let slot = match (zone, starts_at, ends_at) {
            (Some(zone), Some(starts_at), Some(ends_at)) => {
                self.moved_slot(&mut refusals, zone, starts_at, ends_at, now)
            }
            _ => None,
        };
        refusals.check()?;
        let (Some(venue), Some(join_url), Some((starts, ends))) = (venue, join_url, slot) else {
            return Err(Refusal::bad_input("input", "It is incomplete.").into());
        };
        let moved = Self { starts, ends, venue, join_url, ..self.clone() };
        if moved == self {
            return Ok(self);
        }
        Ok(Self { sequence: self.sequence + 1, version: self.version + 1, ..moved })
    }

    /// Whether it can still be moved: a draft at any time, a scheduled one until it has ended.
    pub fn may_be_moved(&self, now: Timestamp) -> Result<(), Refusals> {
        self.open_until_its_end("moved", now)
    }

    /// The session after its zone's rules have changed: the wall clock stays, the instants follow. Raises `sequence`
    /// and `version`, since calendars must learn of it.
    #[must_use]
    pub fn recomputed(self) -> Self {
        let (sequence, version) = (self.sequence + 1, self.version + 1);
        Self { sequence, version, ..self }
    }

    /// The new slot: what was given, the duration kept for a new start alone, the wall clock for a new zone alone.
    fn moved_slot(
        &self,
        refusals: &mut Refusals,
        zone: Zone,
        starts_at: Option<Timestamp>,
        ends_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<(Wall, Wall)> {
        let fields = Fields::of_move(starts_at.is_some(), ends_at.is_some());
        let on_the_wall = |local| Wall { local, zone: zone.clone() };
        let (starts, ends) = if starts_at.is_none() && ends_at.is_none() {
            (on_the_wall(self.starts.local), on_the_wall(self.ends.local))
        } else {
            let new_start = starts_at.unwrap_or_else(|| on_the_wall(self.starts.local).instant());
            let new_end =
                ends_at.unwrap_or_else(|| time::after(new_start, self.ends_at().duration_since(self.starts_at())));
            let starts = refusals.keep(match starts_at {
                Some(given) => Wall::of(fields.start, given, &zone),
                None => Ok(on_the_wall(self.starts.local)),
            });
            let ends = refusals.keep(Wall::of(fields.end, new_end, &zone));
            (starts?, ends?)
        };
        let moved = starts.instant() != self.starts_at();
        checked(refusals, starts, ends, fields, moved, now)
    }

    /// The draft, announced.
    pub fn published(self, now: Timestamp) -> Result<Self, Refusals> {
        match self.status {
            SessionStatus::Draft if self.starts_at() > now => {
                let version = self.version + 1;
                Ok(Self { status: SessionStatus::Scheduled, published: true, version, ..self })
            }
            SessionStatus::Draft => Err(Refusal::state("Its start is in the past; move it first.").into()),
            SessionStatus::Scheduled => Err(Refusal::state("It is published already.").into()),
            SessionStatus::Concluded => Err(Refusal::state("It is concluded.").into()),
            SessionStatus::Cancelled => Err(Refusal::state("It is cancelled.").into()),
        }
    }

    /// The session in other words, or under a stricter attribution. What changes nothing raises no version.
    pub fn updated(self, change: &Rewording) -> Result<Self, Refusals> {
        if self.status == SessionStatus::Cancelled {
            return Err(Refusal::state("It is cancelled.").into());
        }
        let mut refusals = Refusals::default();
        let title = refusals.keep(required("title", &change.title, self.title.clone(), text::line));
        let purpose = refusals.keep(required("purpose", &change.purpose, self.purpose.clone(), text::prose));
        let attribution = refusals.keep(tightened(self.attribution, &change.attribution));
        let agenda_cut_off = refusals.keep(match &change.agenda_cut_off {
            Patch::Keep => Ok(self.agenda_cut_off),
            Patch::Clear => Ok(None),
            Patch::Set(text) => cut_off(Some(text), Some(self.starts_at())),
        });
        refusals.check()?;
        let (Some(title), Some(purpose), Some(attribution), Some(agenda_cut_off)) =
            (title, purpose, attribution, agenda_cut_off)
        else {
            return Err(Refusal::bad_input("input", "It is incomplete.").into());
        };
        let updated = Self { title, purpose, attribution, agenda_cut_off, ..self.clone() };
        let version = self.version + i32::from(updated != self);
        Ok(Self { version, ..updated })
    }

    /// The session, called off, with the reason if one was given (0…10,000 characters; a blank one is none). Raises
    /// `sequence` and `version`. One that has ended is concluded, not cancelled.
    pub fn cancelled(self, reason: Option<&str>, now: Timestamp) -> Result<Self, Refusals> {
        self.open_until_its_end("cancelled", now)?;
        let reason = text::prose("reason", reason.unwrap_or_default())?;
        let cancel_reason = (!reason.trim().is_empty()).then_some(reason);
        let (sequence, version) = (self.sequence + 1, self.version + 1);
        Ok(Self { status: SessionStatus::Cancelled, cancel_reason, sequence, version, ..self })
    }

    /// Whether what was not reached here can go to that session's agenda: to a later one of the same group.
    pub fn may_carry_over_to(&self, later: &Self) -> Result<(), Refusal> {
        if later.group != self.group {
            return Err(Refusal::not_found("carryOverToSessionId"));
        }
        if later.starts_at() <= self.starts_at() {
            return Err(Refusal::bad_input("carryOverToSessionId", "What was not reached goes to a later session."));
        }
        later.takes_agenda().map_err(|refusal| refusal.at("carryOverToSessionId"))
    }

    /// The session, over. Not before its start.
    pub fn concluded(self, now: Timestamp) -> Result<Self, Refusals> {
        match self.status {
            SessionStatus::Scheduled if now >= self.starts_at() => {
                let version = self.version + 1;
                Ok(Self { status: SessionStatus::Concluded, version, ..self })
            }
            SessionStatus::Scheduled => {
                Err(Refusal::state("It has not started yet; one that will not be held is cancelled.").into())
            }
            SessionStatus::Draft => Err(Refusal::state("It is a draft.").into()),
            SessionStatus::Concluded => Err(Refusal::state("It is concluded already.").into()),
            SessionStatus::Cancelled => Err(Refusal::state("It is cancelled.").into()),
        }
    }

    /// The session with who chaired it, which is kept when it is concluded.
    #[must_use]
    pub fn chaired(self, by: Option<DelegationId>) -> Self {
        Self { chaired_by: by, ..self }
    }

    fn open_until_its_end(&self, done: &str, now: Timestamp) -> Result<(), Refusals> {
        match self.status {
            SessionStatus::Draft => Ok(()),
            SessionStatus::Scheduled if now < self.ends_at() => Ok(()),
            SessionStatus::Scheduled => Err(Refusal::state(format!("It has ended and cannot be {done}.")).into()),
            SessionStatus::Concluded => Err(Refusal::state(format!("It is concluded and cannot be {done}.")).into()),
            SessionStatus::Cancelled => Err(Refusal::state("It is cancelled already.").into()),
        }
    }

    /// Whether notes can be posted to it: see [`SessionStatus::takes_notes`].
    pub fn takes_notes(&self) -> Result<(), Refusal> {
        self.status.takes_notes()
    }

    /// Whether its agenda can be worked on: see [`SessionStatus::takes_agenda`].
    pub fn takes_agenda(&self) -> Result<(), Refusal> {
        self.status.takes_agenda()
    }
}

impl SessionStatus {
    /// Whether notes can be posted: before, during and after, but not to a draft or a cancelled session.
    pub fn takes_notes(self) -> Result<(), Refusal> {
        match self {
            Self::Scheduled | Self::Concluded => Ok(()),
            Self::Draft => Err(Refusal::state("The session is a draft.")),
            Self::Cancelled => Err(Refusal::state("The session is cancelled.")),
        }
    }

    /// Whether the agenda can be worked on.
    pub fn takes_agenda(self) -> Result<(), Refusal> {
        match self {
            Self::Draft | Self::Scheduled => Ok(()),
            Self::Concluded => Err(Refusal::state("The session is concluded.")),
            Self::Cancelled => Err(Refusal::state("The session is cancelled.")),
        }
    }

    /// Whether attribution can still be made stricter, for the session or a part of it: also after it is over.
    pub fn takes_stricter_attribution(self) -> Result<(), Refusal> {
        match self {
            Self::Draft | Self::Scheduled | Self::Concluded => Ok(()),
            Self::Cancelled => Err(Refusal::state("The session is cancelled.")),
        }
    }
}

/// The attribution after a change: stricter at any time, never laxer.
pub(crate) fn tightened(current: Attribution, change: &Patch<Attribution>) -> Result<Attribution, Refusal> {
    match *change {
        Patch::Keep => Ok(current),
        Patch::Clear => Err(not_null("attribution")),
        Patch::Set(new) if new.at_least_as_strict_as(current) => Ok(new),
        Patch::Set(_) => Err(Refusal::bad_input(
            "attribution",
            "Attribution can be made stricter, never laxer, for what was already said.",
        )),
    }
}

fn moved_instant(field: &'static str, patch: &Patch<String>) -> Result<Option<Timestamp>, Refusal> {
    match patch {
        Patch::Keep => Ok(None),
        Patch::Clear => Err(not_null(field)),
        Patch::Set(text) => time::instant(field, text).map(Some),
    }
}

fn optional(
    field: &'static str,
    patch: &Patch<String>,
    current: Option<String>,
    check: impl FnOnce(&'static str, &str) -> Result<Option<String>, Refusal>,
) -> Result<Option<String>, Refusal> {
    match patch {
        Patch::Keep => Ok(current),
        Patch::Clear => Ok(None),
        Patch::Set(text) => check(field, text),
    }
}

fn slot(
    refusals: &mut Refusals,
    zone: &Zone,
    starts_at: Timestamp,
    ends_at: Timestamp,
    now: Timestamp,
) -> Option<(Wall, Wall)> {
    let starts = refusals.keep(Wall::of("startsAt", starts_at, zone));
    let ends = refusals.keep(Wall::of("endsAt", ends_at, zone));
    checked(refusals, starts?, ends?, Fields { start: "startsAt", end: "endsAt" }, true, now)
}

/// The input fields that a start and an end follow from: what is wrong with them is said there.
#[derive(Clone, Copy)]
struct Fields {
    start: &'static str,
    end: &'static str,
}

impl Fields {
    /// Of a move: a start alone takes the end along, a zone alone both.
    const fn of_move(start_given: bool, end_given: bool) -> Self {
        match (start_given, end_given) {
            (true, true) => Self { start: "startsAt", end: "endsAt" },
            (true, false) => Self { start: "startsAt", end: "startsAt" },
            (false, true) => Self { start: "timeZone", end: "endsAt" },
            (false, false) => Self { start: "timeZone", end: "timeZone" },
        }
    }
}

fn checked(
    refusals: &mut Refusals,
    starts: Wall,
    ends: Wall,
    fields: Fields,
    start_moved: bool,
    now: Timestamp,
) -> Option<(Wall, Wall)> {
    let length = ends.instant().duration_since(starts.instant());
    if start_moved && starts.instant() <= now {
        refusals.push(in_the_past().at(fields.start));
    }
    if length <= SignedDuration::ZERO {
        refusals.push(Refusal::bad_input(fields.end, "A session ends after it starts."));
    } else if length > LONGEST {
        refusals.push(Refusal::bad_input(fields.end, "A session lasts at most 31 days."));
    } else if !start_moved && ends.instant() <= now {
        refusals.push(Refusal::bad_input(fields.end, "It would have ended already."));
    }
    Some((starts, ends))
}

/// A cut-off is not after the start, as far as that is known.
fn cut_off(text: Option<&str>, starts_at: Option<Timestamp>) -> Result<Option<Timestamp>, Refusal> {
    let set = text.map(|text| time::instant("agendaCutOff", text)).transpose()?;
    if set.zip(starts_at).is_some_and(|(set, start)| set > start) {
        return Err(Refusal::bad_input("agendaCutOff", "What comes after the session's start is additional anyway."));
    }
    Ok(set)
}

fn in_the_past() -> Refusal {
    Refusal::bad_input("startsAt", "A session is scheduled for the time to come; this start is in the past.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn group() -> WorkingGroup {
        WorkingGroup::convene("wg", "Water", "", "Europe/Warsaw", Attribution::ChathamHouse).expect("sound")
    }

    fn draft() -> Draft {
        Draft {
            title: "Third round".into(),
            purpose: String::new(),
            starts_at: "2027-03-20T09:00:00Z".into(),
            ends_at: "2027-03-20T11:00:00Z".into(),
            zone: None,
            venue: None,
            join_url: None,
            attribution: None,
            agenda_cut_off: None,
            draft: false,
        }
    }

    const NOW: &str = "2027-03-01T00:00:00Z";

    fn scheduled() -> Session {
        Session::schedule(&group(), &draft(), at(NOW)).expect("sound")
    }

    #[test]
    fn a_session_starts_with_its_groups_zone_and_attribution() {
        let session = scheduled();
        assert_eq!(session.zone().name(), "Europe/Warsaw");
        assert_eq!(session.attribution, Attribution::ChathamHouse);
        assert_eq!(session.starts.local, jiff::civil::date(2027, 3, 20).at(10, 0, 0, 0));
        assert_eq!((session.sequence, session.version, session.published), (0, 1, true));
    }

    #[test]
    fn every_fault_has_its_own_refusal() {
        let wrong = Draft {
            title: " ".into(),
            ends_at: "2027-03-20T08:00:00Z".into(),
            starts_at: "2027-03-20T09:00:00Z".into(),
            join_url: Some("ftp://x".into()),
            ..draft()
        };
        let refusals = Session::schedule(&group(), &wrong, at(NOW)).expect_err("unsound");
        let fields: Vec<_> = refusals.iter().filter_map(|refusal| refusal.field.as_deref()).collect();
        assert_eq!(fields, ["title", "joinUrl", "endsAt"]);
        let past = Session::schedule(
            &group(),
            &Draft { zone: Some("Mars/Olympus".into()), ..draft() },
            at("2027-03-20T09:00:00Z"),
        )
        .expect_err("past");
        assert_eq!(past.iter().filter_map(|r| r.field.as_deref()).collect::<Vec<_>>(), ["timeZone", "startsAt"]);
    }

    #[test]
    fn a_new_start_keeps_the_duration_and_a_new_zone_the_wall_clock() {
        let moved = scheduled()
            .rescheduled(&Move { starts_at: Patch::Set("2027-03-29T09:00:00Z".into()), ..Move::default() }, at(NOW))
            .expect("sound");
        assert_eq!(moved.ends_at(), at("2027-03-29T11:00:00Z"));
        assert_eq!(moved.starts.local.hour(), 11, "Warsaw has changed its clocks by then");
        assert_eq!((moved.sequence, moved.version), (1, 2));
        let minsk = scheduled()
            .rescheduled(&Move { zone: Patch::Set("Europe/Minsk".into()), ..Move::default() }, at(NOW))
            .expect("sound");
        assert_eq!(minsk.starts.local, scheduled().starts.local);
        assert_eq!(minsk.starts_at(), at("2027-03-20T07:00:00Z"));
    }

    #[test]
    fn what_changes_nothing_raises_nothing() {
        let session = scheduled();
        let same = Move {
            starts_at: Patch::Set(draft().starts_at),
            zone: Patch::Set("Europe/Warsaw".into()),
            venue: Patch::Clear,
            ..Move::default()
        };
        for nothing in [Move::default(), same] {
            assert_eq!(session.clone().rescheduled(&nothing, at(NOW)), Ok(session.clone()));
        }
        let same = Rewording { title: Patch::Set(session.title.clone()), ..Rewording::default() };
        for nothing in [Rewording::default(), same] {
            assert_eq!(session.clone().updated(&nothing), Ok(session.clone()));
        }
    }

    #[test]
    fn what_a_clock_change_does_not_allow_is_said_of_the_field_that_was_sent() {
        let fields = |change: Move| {
            let refusals = scheduled().rescheduled(&change, at(NOW)).expect_err("the clocks change");
            refusals.iter().filter_map(|refusal| refusal.field.as_deref().map(str::to_owned)).collect::<Vec<_>>()
        };
        // Warsaw shows 02:00 to 03:00 twice on 31 October 2027; the session would end in the second of them.
        let into_the_fold = Move { starts_at: Patch::Set("2027-10-30T23:30:00Z".into()), ..Move::default() };
        assert_eq!(fields(into_the_fold), ["startsAt"]);
        // In Los Angeles the clocks go from 02:00 to 03:00 on 14 March 2027: what starts at 02:30 starts at 03:30.
        let early =
            Draft { starts_at: "2027-03-14T01:30:00Z".into(), ends_at: "2027-03-14T02:00:00Z".into(), ..draft() };
        let session = Session::schedule(&group(), &early, at(NOW)).expect("sound");
        let there = Move { zone: Patch::Set("America/Los_Angeles".into()), ..Move::default() };
        let refusals = session.rescheduled(&there, at(NOW)).expect_err("it would end before it starts");
        assert_eq!(refusals.iter().map(|refusal| refusal.field.as_deref()).collect::<Vec<_>>(), [Some("timeZone")]);
    }

    #[test]
    fn a_session_that_is_on_can_be_prolonged_but_not_moved_into_the_past() {
        let during = at("2027-03-20T10:00:00Z");
        let longer = Move { ends_at: Patch::Set("2027-03-20T12:00:00Z".into()), ..Move::default() };
        assert!(scheduled().rescheduled(&longer, during).is_ok());
        let past = Move { starts_at: Patch::Set("2027-03-20T08:00:00Z".into()), ..Move::default() };
        assert!(scheduled().rescheduled(&past, during).is_err());
        assert!(scheduled().rescheduled(&longer, at("2027-03-20T11:00:00Z")).is_err());
    }

    #[test]
    fn venue_is_cleared_by_null_and_kept_when_omitted() {
        let session = Session { venue: Some("Hall".into()), ..scheduled() };
        let kept = session.clone().rescheduled(&Move::default(), at(NOW)).expect("sound");
        assert_eq!(kept.venue.as_deref(), Some("Hall"));
        let cleared = session.rescheduled(&Move { venue: Patch::Clear, ..Move::default() }, at(NOW)).expect("sound");
        assert_eq!(cleared.venue, None);
    }

    #[test]
    fn attribution_gets_stricter_and_never_laxer() {
        let lax = Rewording { attribution: Patch::Set(Attribution::Named), ..Rewording::default() };
        assert!(scheduled().updated(&lax).is_err());
        let named = Session { attribution: Attribution::Named, ..scheduled() };
        let strict = Rewording { attribution: Patch::Set(Attribution::ChathamHouse), ..Rewording::default() };
        assert_eq!(named.updated(&strict).expect("stricter").attribution, Attribution::ChathamHouse);
    }

    #[test]
    fn what_comes_after_the_cut_off_is_additional() {
        let of = |cut_off: Option<&str>| Draft { agenda_cut_off: cut_off.map(Into::into), ..draft() };
        let scheduled = |cut_off| Session::schedule(&group(), &of(cut_off), at(NOW));
        let usual = scheduled(None).expect("sound");
        assert_eq!(usual.cut_off(), usual.starts_at());
        let earlier = scheduled(Some("2027-03-18T09:00:00Z")).expect("sound");
        assert_eq!(earlier.cut_off(), at("2027-03-18T09:00:00Z"));
        assert!(scheduled(Some("2027-03-20T09:00:00.000001Z")).is_err() && scheduled(Some("soon")).is_err());
        let moved = Move { starts_at: Patch::Set("2027-03-17T09:00:00Z".into()), ..Move::default() };
        let moved = earlier.clone().rescheduled(&moved, at(NOW)).expect("to come");
        assert_eq!(moved.cut_off(), moved.starts_at(), "whichever comes first");
        let cleared = Rewording { agenda_cut_off: Patch::Clear, ..Rewording::default() };
        assert_eq!(earlier.updated(&cleared).expect("sound").cut_off(), usual.cut_off());
    }

    #[test]
    fn the_life_of_a_session() {
        assert!(scheduled().concluded(at(NOW)).is_err());
        let concluded = scheduled().concluded(at("2027-03-20T11:00:00Z")).expect("over");
        assert!(concluded.clone().cancelled(None, at("2027-03-20T11:00:00Z")).is_err());
        assert!(concluded.takes_notes().is_ok() && concluded.takes_agenda().is_err());
        let cancelled = scheduled().cancelled(Some("The hall burnt down."), at(NOW)).expect("called off");
        assert_eq!((cancelled.sequence, cancelled.cancel_reason.as_deref()), (1, Some("The hall burnt down.")));
        assert_eq!(scheduled().cancelled(Some(" "), at(NOW)).expect("called off").cancel_reason, None);
        assert!(scheduled().cancelled(Some(&"a".repeat(text::PROSE_MAX + 1)), at(NOW)).is_err());
        assert!(cancelled.clone().cancelled(None, at(NOW)).is_err() && cancelled.takes_notes().is_err());
        let hidden = Session::schedule(&group(), &Draft { draft: true, ..draft() }, at(NOW)).expect("draft");
        assert!(!hidden.published);
        assert!(hidden.clone().published(at(NOW)).expect("announced").published);
        assert!(hidden.published(at("2027-03-21T00:00:00Z")).is_err());
    }
}
