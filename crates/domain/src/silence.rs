//! The silence procedure on an agenda item or a record: tacit adoption, unless someone objects before the deadline (OSCE
//! Rules of Procedure, MC.DOC/1/06, annex 1 A).
//!
//! What has become of one is asked of [`Silence::state_at`], whoever asks and whenever anything runs: the clock's work only
//! tells it. Deliberately absent: who was silent, and any count. Silence is not kept; only objections are.

use jiff::{SignedDuration, Timestamp};

use crate::{
    agenda::{AgendaItem, ItemStatus},
    id::{AgendaItemId, MembershipId, ObjectionId, RecordId, SessionId, SilenceProcedureId, WorkingGroupId},
    note::Attribution,
    record::{Record, RecordStatus},
    refusal::{Refusal, Refusals},
    session::SessionStatus,
    span::Span,
    text, time,
};

words! {
    /// On what ground silence is broken.
    pub enum Ground {
        /// The text ties this dialogue to another policy track.
        Linkage = "linkage",
        /// Against what the text says.
        Substance = "substance",
        /// Against using the silence procedure at all.
        Procedure = "procedure",
    }
}

/// The text that is put to the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Text {
    /// That of an agenda item.
    Item(AgendaItemId),
    /// The record of a session.
    Record(RecordId),
}

impl Text {
    /// The item, if it is one.
    pub const fn item(self) -> Option<AgendaItemId> {
        match self {
            Self::Item(item) => Some(item),
            Self::Record(_) => None,
        }
    }

    /// The record, if it is one.
    pub const fn record(self) -> Option<RecordId> {
        match self {
            Self::Item(_) => None,
            Self::Record(record) => Some(record),
        }
    }
}

/// After the deadline so much time is left for an objection in flight to land before anything reads as adopted.
pub const LANDING: SignedDuration = SignedDuration::from_secs(10);
/// An objection has begun to be written within this time after the deadline, so that it is written when the landing is over.
const IN_HAND: SignedDuration = SignedDuration::from_secs(5);
/// A procedure that nobody watched for longer than this was out of reach of those who could object.
const OUTAGE: SignedDuration = SignedDuration::from_hours(1);
/// How often it is written down that a procedure is watched.
pub const BEAT: SignedDuration = SignedDuration::from_mins(1);
/// So long before the deadline those who can still object are reminded of it.
pub const LAST_CALL: SignedDuration = SignedDuration::from_hours(24);
/// So long before the deadline at most it is looked at whether everyone was reached.
const LAST_LOOK: SignedDuration = SignedDuration::from_hours(1);

/// What has been done to a procedure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nothing yet: the deadline decides.
    Running,
    /// The first objection arrived then.
    Broken {
        /// When.
        at: Timestamp,
    },
    /// Its adoption was told.
    Told,
    /// It was taken back then.
    Withdrawn {
        /// When.
        at: Timestamp,
    },
}

/// Where a procedure stands at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It can be broken, or an objection may still be landing.
    Open,
    /// An objection arrived before the deadline.
    Broken {
        /// The first one's instant.
        at: Timestamp,
    },
    /// The deadline passed without an objection.
    Adopted {
        /// The deadline itself.
        at: Timestamp,
    },
    /// It was taken back before the deadline.
    Withdrawn {
        /// When.
        at: Timestamp,
    },
}

/// A silence procedure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Which.
    pub id: SilenceProcedureId,
    /// Of which group.
    pub group: WorkingGroupId,
    /// Of which session.
    pub session: SessionId,
    /// On which text.
    pub on: Text,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Until when it can be broken; exactly then is too late.
    pub deadline: Timestamp,
    /// Whether the deadline was moved, which happens once.
    pub moved: bool,
    /// The last time that someone was there to take an objection.
    pub watched_at: Timestamp,
    /// What has been done to it.
    pub stage: Stage,
}

impl Silence {
    /// Puts an item to the group by silence, until `deadline` (RFC 3339), which is at least the track's shortest period
    /// away. `anyone` says whether there is someone who could object: the silence of nobody is no consensus.
    pub fn open(
        item: &AgendaItem,
        session: SessionStatus,
        deadline: &str,
        shortest: Span,
        anyone: bool,
        now: Timestamp,
    ) -> Result<Self, Refusals> {
        match session {
            SessionStatus::Scheduled => {}
            SessionStatus::Draft => return Err(Refusal::state("The session is a draft: publish it first.").into()),
            SessionStatus::Concluded | SessionStatus::Cancelled => session.takes_agenda()?,
        }
        if let Some(other) = not_proposed(item.status) {
            return Err(Refusal::state(other).into());
        }
        Self::put(Text::Item(item.id), (item.group, item.session), deadline, shortest, anyone, now)
    }

    /// The same with the record of a session, which is issued by silence. It is circulated once the session is over.
    pub fn open_on_record(
        record: &Record,
        deadline: &str,
        shortest: Span,
        anyone: bool,
        now: Timestamp,
    ) -> Result<Self, Refusals> {
        let other = match record.status {
            RecordStatus::Circulated => None,
            RecordStatus::Draft => Some("It is a draft: circulate it first."),
            RecordStatus::UnderSilence => Some("It is under silence already."),
            RecordStatus::Issued => Some("It is issued already."),
        };
        if let Some(other) = other {
            return Err(Refusal::state(other).into());
        }
        Self::put(Text::Record(record.id), (record.group, record.session), deadline, shortest, anyone, now)
    }

    fn put(
        on: Text,
        (group, session): (WorkingGroupId, SessionId),
        deadline: &str,
        shortest: Span,
        anyone: bool,
        now: Timestamp,
    ) -> Result<Self, Refusals> {
        let deadline = time::instant("deadline", deadline)?;
        if deadline < time::after(now, shortest.to_signed()) {
            let message =
                format!("The deadline is at least {shortest} from now: this track allows no shorter silence.");
            return Err(Refusal::bad_input("deadline", message).into());
        }
        if deadline > time::after(now, SignedDuration::from_hours(366 * 24)) {
            return Err(Refusal::bad_input("deadline", "The deadline is at most 366 days from now.").into());
        }
        if !anyone {
            return Err(Refusal::state("Nobody has a seat from which to object; silence would be no consensus.").into());
        }
        Ok(Self {
            id: SilenceProcedureId::random(),
            group,
            session,
            on,
            opened_at: now,
            deadline,
            moved: false,
            watched_at: now,
            stage: Stage::Running,
        })
    }

    /// Where it stands at `now`.
    pub fn state_at(&self, now: Timestamp) -> State {
        match self.stage {
            Stage::Running if self.has_run_out(now) => State::Adopted { at: self.deadline },
            Stage::Running => State::Open,
            Stage::Broken { at } => State::Broken { at },
            Stage::Told => State::Adopted { at: self.deadline },
            Stage::Withdrawn { at } => State::Withdrawn { at },
        }
    }

    /// Whether objections are taken at `now`: also after the first, until the deadline.
    pub fn takes_objections(&self, now: Timestamp) -> bool {
        matches!(self.stage, Stage::Running | Stage::Broken { .. }) && now < self.deadline
    }

    /// Whether it is open and its deadline is still to come: whoever loses the right to object now was not heard.
    pub fn is_running(&self, now: Timestamp) -> bool {
        self.stage == Stage::Running && (now < self.deadline || !self.was_watched())
    }

    /// From when on it reads as adopted, unless something happens before.
    pub fn runs_out_at(&self) -> Timestamp {
        time::after(self.deadline, LANDING)
    }

    fn has_run_out(&self, now: Timestamp) -> bool {
        now >= self.runs_out_at() && self.was_watched()
    }

    /// Whether it was out of reach for no longer than an hour until its deadline, or was given more time for that.
    fn was_watched(&self) -> bool {
        self.moved || self.deadline.duration_since(self.watched_at) <= OUTAGE
    }

    /// The procedure, broken by an objection that was stated at `stated_at` and begins to be written at `now`.
    pub fn broken(self, stated_at: Timestamp, now: Timestamp) -> Result<Self, Refusal> {
        if stated_at >= self.deadline {
            return Err(too_late());
        }
        match self.stage {
            Stage::Running if now >= time::after(self.deadline, IN_HAND) => Err(too_late()),
            Stage::Running => Ok(Self { stage: Stage::Broken { at: stated_at }, ..self }),
            Stage::Broken { .. } => Ok(self),
            Stage::Told => Err(too_late()),
            Stage::Withdrawn { .. } => Err(Refusal::state("It was withdrawn; there is nothing to object to.")),
        }
    }

    /// The procedure, taken back at `now`, before the deadline.
    pub fn withdrawn(self, now: Timestamp) -> Result<Self, Refusal> {
        match self.stage {
            Stage::Running if self.is_running(now) => Ok(Self { stage: Stage::Withdrawn { at: now }, ..self }),
            Stage::Running | Stage::Told => Err(Refusal::state("The deadline has passed.")),
            Stage::Broken { .. } => Err(Refusal::state("Silence was broken; there is nothing to withdraw.")),
            Stage::Withdrawn { .. } => Err(Refusal::state("It was withdrawn already.")),
        }
    }

    /// The procedure, watched at `now`. Where nobody watched it for more than an hour while it ran, its deadline moves by
    /// one `shortest` period, once.
    pub fn watched(self, shortest: Span, now: Timestamp) -> Self {
        if self.stage != Stage::Running {
            return self;
        }
        let out_of_reach = now.min(self.deadline).duration_since(self.watched_at);
        let watched = Self { watched_at: self.watched_at.max(now), ..self };
        if out_of_reach > OUTAGE { watched.moved(shortest, now) } else { watched }
    }

    /// The procedure with one `shortest` period more, counted from its deadline, or from now where that has passed. Once.
    pub fn moved(self, shortest: Span, now: Timestamp) -> Self {
        if self.moved || self.stage != Stage::Running {
            return self;
        }
        let deadline = time::after(self.deadline.max(now), shortest.to_signed());
        Self { deadline, moved: true, ..self }
    }

    /// When it is looked at whether everyone who could object was reached, while more time can still be given for that: an
    /// hour before the deadline, or later where the whole period is short.
    fn last_look_at(&self) -> Timestamp {
        let period = self.deadline.duration_since(self.opened_at);
        time::before(self.deadline, LAST_LOOK.min(period / 10))
    }

    /// Whether this look at it, at `now`, is the one at which everyone has to have been reached.
    pub fn is_about_to_end(&self, now: Timestamp) -> bool {
        let last_look = self.last_look_at();
        self.stage == Stage::Running
            && !self.moved
            && now < self.deadline
            && now >= last_look
            && self.watched_at < last_look
    }

    /// When it is to be looked at again; `None` once the deadline no longer matters.
    pub fn next_look(&self) -> Option<Timestamp> {
        let last_look = Some(self.last_look_at()).filter(|last_look| !self.moved && self.watched_at < *last_look);
        let soonest = time::after(self.watched_at, BEAT).min(self.runs_out_at());
        (self.stage == Stage::Running).then(|| last_look.map_or(soonest, |last_look| last_look.min(soonest)))
    }

    /// The procedure whose adoption is told at `now`; `None` where it is not adopted, or was told before.
    pub fn told(self, now: Timestamp) -> Option<Self> {
        (self.stage == Stage::Running && self.has_run_out(now)).then_some(Self { stage: Stage::Told, ..self })
    }
}

fn too_late() -> Refusal {
    Refusal::state("The deadline has passed; exactly on the deadline is too late.")
}

/// Why an item cannot be put under silence.
const fn not_proposed(status: ItemStatus) -> Option<&'static str> {
    match status {
        ItemStatus::Proposed => None,
        ItemStatus::UnderSilence => Some("It is under silence already."),
        ItemStatus::Adopted => Some("It is adopted already."),
        ItemStatus::Objected => Some("It met an objection; it is proposed anew first."),
        ItemStatus::Deferred => Some("It was deferred to a later session."),
        ItemStatus::Withdrawn => Some("It was withdrawn."),
    }
}

/// An objection, as it was stated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// Which.
    pub id: ObjectionId,
    /// To which procedure.
    pub silence: SilenceProcedureId,
    /// Of which group.
    pub group: WorkingGroupId,
    /// On what ground.
    pub ground: Ground,
    /// In writing.
    pub statement: String,
    /// Wording that the objector could accept instead.
    pub amendment: Option<String>,
    /// From which seat.
    pub by: MembershipId,
}

impl Objection {
    /// An objection to `silence`, told all its faults at once.
    pub fn state(
        silence: &Silence,
        ground: Ground,
        statement: &str,
        amendment: Option<&str>,
        by: MembershipId,
    ) -> Result<Self, Refusals> {
        let mut refusals = Refusals::default();
        let said = refusals.keep(text::statement("statement", statement));
        let amendment = refusals.keep(text::prose("amendment", amendment.unwrap_or_default()));
        refusals.check()?;
        let (Some(statement), Some(amendment)) = (said, amendment) else {
            return Err(Refusal::bad_input("input", "It is incomplete.").into());
        };
        Ok(Self {
            id: ObjectionId::random(),
            silence: silence.id,
            group: silence.group,
            ground,
            statement,
            amendment: Some(amendment).filter(|amendment| !amendment.trim().is_empty()),
            by,
        })
    }
}

impl Objection {
    /// Whether it says what another said from the same seat: it was sent twice.
    pub fn repeats(&self, other: &Self) -> bool {
        let said = |it: &Self| (it.silence, it.by, it.ground, it.statement.clone(), it.amendment.clone());
        said(self) == said(other)
    }
}

/// An objection as a viewer meets it, with the attribution of what it is to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// The objection.
    pub objection: Objection,
    /// The item's, as it is now; of a record the strictest in its session.
    pub attribution: Attribution,
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORTEST: &str = "72h";

    fn shortest() -> Span {
        SHORTEST.parse().expect("a span")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn opened() -> Timestamp {
        at("2027-03-01T09:00:00Z")
    }

    fn later(length: SignedDuration) -> Timestamp {
        time::after(opened(), length)
    }

    fn item(status: ItemStatus) -> AgendaItem {
        AgendaItem {
            id: AgendaItemId::random(),
            group: WorkingGroupId::random(),
            session: SessionId::random(),
            title: "Water".into(),
            description: String::new(),
            duration_minutes: None,
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

    /// Watched until its deadline.
    fn silence() -> Silence {
        let silence = Silence::open(
            &item(ItemStatus::Proposed),
            SessionStatus::Scheduled,
            "2027-03-04T09:00:00Z",
            shortest(),
            true,
            opened(),
        )
        .expect("sound");
        Silence { watched_at: silence.deadline, ..silence }
    }

    #[test]
    fn it_is_adopted_at_the_deadline_and_reads_so_ten_seconds_later() {
        let silence = silence();
        let deadline = silence.deadline;
        for before in [opened(), deadline, time::before(silence.runs_out_at(), SignedDuration::from_micros(1))] {
            assert_eq!(silence.state_at(before), State::Open);
            assert!(silence.clone().told(before).is_none());
        }
        let adopted = State::Adopted { at: deadline };
        assert_eq!(silence.state_at(silence.runs_out_at()), adopted);
        assert_eq!(silence.state_at(later(SignedDuration::from_hours(1_000))), adopted, "whenever it is looked at");
        let told = silence.clone().told(silence.runs_out_at()).expect("adopted");
        assert_eq!(told.state_at(deadline), adopted);
        assert!(told.clone().told(silence.runs_out_at()).is_none(), "told once");
    }

    #[test]
    fn one_microsecond_before_the_deadline_is_in_time_and_the_deadline_is_too_late() {
        let silence = silence();
        let just = time::before(silence.deadline, SignedDuration::from_micros(1));
        let landed = time::after(silence.deadline, SignedDuration::from_secs(4));
        let broken = silence.clone().broken(just, landed).expect("in time");
        assert_eq!(broken.state_at(silence.runs_out_at()), State::Broken { at: just });
        assert!(silence.clone().broken(silence.deadline, silence.deadline).is_err());
        assert!(silence.clone().broken(just, time::after(silence.deadline, IN_HAND)).is_err(), "it lands too late");
    }

    #[test]
    fn every_objection_until_the_deadline_is_kept() {
        let first = later(SignedDuration::from_hours(1));
        let broken = silence().broken(first, first).expect("in time");
        assert!(broken.takes_objections(later(SignedDuration::from_hours(2))));
        let again = broken.clone().broken(later(SignedDuration::from_hours(2)), later(SignedDuration::from_hours(2)));
        assert_eq!(again.expect("in time").stage, Stage::Broken { at: first });
        assert!(broken.clone().broken(broken.deadline, broken.deadline).is_err());
        assert!(broken.clone().withdrawn(later(SignedDuration::from_hours(2))).is_err());
        assert_eq!(broken.clone().watched(shortest(), later(SignedDuration::from_hours(1_000))), broken);
    }

    #[test]
    fn it_is_withdrawn_before_the_deadline_and_not_on_it() {
        let silence = silence();
        let at = later(SignedDuration::from_hours(1));
        let withdrawn = silence.clone().withdrawn(at).expect("in time");
        assert_eq!(withdrawn.state_at(silence.runs_out_at()), State::Withdrawn { at });
        assert!(withdrawn.clone().broken(at, at).is_err() && withdrawn.withdrawn(at).is_err());
        assert!(silence.clone().withdrawn(silence.deadline).is_err());
    }

    #[test]
    fn an_outage_of_more_than_an_hour_moves_the_deadline_once() {
        let silence = Silence { watched_at: opened(), ..silence() };
        let hour = later(SignedDuration::from_hours(1));
        let in_time = silence.clone().watched(shortest(), hour);
        assert_eq!((in_time.deadline, in_time.watched_at), (silence.deadline, hour));
        let late = time::after(hour, SignedDuration::from_micros(1));
        let moved = silence.clone().watched(shortest(), late);
        assert_eq!(moved.deadline, time::after(silence.deadline, shortest().to_signed()));
        let again = moved.clone().watched(shortest(), time::after(late, SignedDuration::from_hours(2)));
        assert_eq!(again.deadline, moved.deadline, "once");
    }

    #[test]
    fn who_was_down_over_the_deadline_has_decided_nothing() {
        let silence = Silence { watched_at: opened(), ..silence() };
        let back = time::after(silence.deadline, SignedDuration::from_hours(5));
        assert_eq!(silence.state_at(back), State::Open, "nobody could object for three days");
        let moved = silence.clone().watched(shortest(), back);
        assert_eq!(moved.deadline, time::after(back, shortest().to_signed()), "the time is given, not only counted");
        assert!(moved.takes_objections(back));
        // Down for the last fifty minutes only, and over the deadline.
        let shortly = Silence { watched_at: time::before(silence.deadline, SignedDuration::from_mins(50)), ..silence };
        assert_eq!(shortly.state_at(back), State::Adopted { at: shortly.deadline });
        assert_eq!(shortly.clone().watched(shortest(), back).deadline, shortly.deadline);
    }

    #[test]
    fn it_is_looked_at_every_minute_and_once_shortly_before_the_end() {
        let silence = Silence { watched_at: opened(), ..silence() };
        assert_eq!(silence.next_look(), Some(later(SignedDuration::from_mins(1))));
        let last_look = time::before(silence.deadline, SignedDuration::from_hours(1));
        let before = Silence { watched_at: time::before(last_look, SignedDuration::from_secs(30)), ..silence.clone() };
        assert_eq!(before.next_look(), Some(last_look));
        assert!(before.is_about_to_end(last_look) && !before.is_about_to_end(before.watched_at));
        let after = before.watched(shortest(), last_look);
        assert!(!after.is_about_to_end(time::after(last_look, BEAT)), "it is looked at once");
        assert_eq!(after.next_look(), Some(time::after(last_look, BEAT)));
        let at_the_end = Silence { watched_at: silence.deadline, ..silence };
        assert_eq!(at_the_end.next_look(), Some(at_the_end.runs_out_at()));
    }

    #[test]
    fn what_can_be_put_under_silence() {
        let open = |status, session, deadline: &str, anyone| {
            Silence::open(&item(status), session, deadline, shortest(), anyone, opened())
        };
        let (proposed, scheduled, soonest) = (ItemStatus::Proposed, SessionStatus::Scheduled, "2027-03-04T09:00:00Z");
        assert!(open(proposed, scheduled, soonest, true).is_ok(), "the shortest period is long enough");
        for (status, session, deadline, anyone) in [
            (proposed, scheduled, "2027-03-04T08:59:59.999999Z", true),
            (proposed, scheduled, "2028-03-04T09:00:00Z", true),
            (proposed, scheduled, "tomorrow", true),
            (proposed, scheduled, soonest, false),
            (proposed, SessionStatus::Draft, soonest, true),
            (proposed, SessionStatus::Concluded, soonest, true),
            (proposed, SessionStatus::Cancelled, soonest, true),
            (ItemStatus::UnderSilence, scheduled, soonest, true),
            (ItemStatus::Adopted, scheduled, soonest, true),
            (ItemStatus::Objected, scheduled, soonest, true),
            (ItemStatus::Deferred, scheduled, soonest, true),
            (ItemStatus::Withdrawn, scheduled, soonest, true),
        ] {
            assert!(open(status, session, deadline, anyone).is_err(), "{status:?} {session:?} {deadline} {anyone}");
        }
    }

    #[test]
    fn an_objection_says_something() {
        let by = MembershipId::random();
        let state =
            |statement: &str, amendment| Objection::state(&silence(), Ground::Linkage, statement, amendment, by);
        assert_eq!(state("No.", Some(" ")).expect("sound").amendment, None);
        assert_eq!(state("No.", Some("Not yet")).expect("sound").amendment.as_deref(), Some("Not yet"));
        let faults = state(" \n", Some("\u{0}")).expect_err("unsound");
        assert_eq!(
            faults.iter().filter_map(|fault| fault.field.as_deref()).collect::<Vec<_>>(),
            ["statement", "amendment"]
        );
    }
}
