//! What a viewer may read, as data: the store turns a scope into SQL, `admits` says the same of one row, and a
//! property test holds the two together (requirements N-13).
//!
//! Every read of the store starts from a scope; lists, counts, cursors and single objects alike (G-09, G-11).

use jiff::Timestamp;

use super::{Act, Holder, Rule, Seat, Viewer};
use crate::{
    agenda::ItemStatus,
    id::{DelegationId, MembershipId, PersonId, WorkingGroupId},
    note::Visibility,
    record::RecordStatus,
    silence::{Silence, State},
};

/// Which groups, with their delegations and members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Groups {
    /// All of the track's.
    All,
    /// These.
    Only(Vec<WorkingGroupId>),
}

impl Groups {
    /// The groups that the viewer knows of.
    pub fn seen_by(viewer: &Viewer) -> Self {
        if !viewer.covers(Act::SeeGroup) {
            return Self::Only(Vec::new());
        }
        if viewer.is_administrator && allowed(Act::SeeGroup, Holder::Administrator) {
            return Self::All;
        }
        Self::Only(viewer.seats.iter().filter(|seat| seat_may(seat, Act::SeeGroup)).map(|seat| seat.group).collect())
    }

    /// The groups of whose sessions the viewer sees how letters are delivered.
    pub fn with_delivery_seen_by(viewer: &Viewer) -> Self {
        if !viewer.covers(Act::SeeDelivery) {
            return Self::Only(Vec::new());
        }
        if viewer.is_administrator && allowed(Act::SeeDelivery, Holder::Administrator) {
            return Self::All;
        }
        Self::Only(groups_where(viewer, Act::SeeDelivery))
    }

    /// Whether this group is among them.
    pub fn admits(&self, group: WorkingGroupId) -> bool {
        match self {
            Self::All => true,
            Self::Only(groups) => groups.contains(&group),
        }
    }
}

/// Which sessions: of these groups, with drafts or without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sessions {
    /// Groups whose sessions, if ever published, are seen.
    pub published: Vec<WorkingGroupId>,
    /// Groups whose unpublished sessions are seen too.
    pub drafts: Vec<WorkingGroupId>,
}

impl Sessions {
    /// The sessions that the viewer may read.
    pub fn seen_by(viewer: &Viewer) -> Self {
        Self {
            published: groups_where(viewer, Act::SeeScheduledSessions),
            drafts: groups_where(viewer, Act::SeeDraftSessions),
        }
    }

    /// Whether a session of `group` is among them.
    pub fn admits(&self, group: WorkingGroupId, published: bool) -> bool {
        (published && self.published.contains(&group)) || self.drafts.contains(&group)
    }
}

/// Of which sessions one sees who was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendances {
    /// The sessions.
    pub sessions: Sessions,
    /// The groups in which it is seen.
    pub groups: Vec<WorkingGroupId>,
}

impl Attendances {
    /// The sessions of which the viewer sees who was there.
    pub fn seen_by(viewer: &Viewer) -> Self {
        Self { sessions: Sessions::seen_by(viewer), groups: groups_where(viewer, Act::RecordAttendance) }
    }
}

/// In which groups one sees that a date is being sought, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateSearches {
    /// The groups.
    pub groups: Vec<WorkingGroupId>,
}

impl DateSearches {
    /// The groups in which the viewer sees it.
    pub fn seen_by(viewer: &Viewer) -> Self {
        Self { groups: groups_where(viewer, Act::SeeScheduledSessions) }
    }
}

/// Which agenda items of sessions that the viewer may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agendas {
    /// The sessions.
    pub sessions: Sessions,
    /// Groups in which every item is seen.
    pub all_items: Vec<WorkingGroupId>,
    /// Groups in which adopted items are seen.
    pub adopted_items: Vec<WorkingGroupId>,
    /// At which time: silence adopts at its deadline.
    pub at: Timestamp,
}

impl Agendas {
    /// The items that the viewer may read at `at`.
    pub fn seen_by(viewer: &Viewer, at: Timestamp) -> Self {
        Self {
            sessions: Sessions::seen_by(viewer),
            all_items: groups_where(viewer, Act::SeeProposedItems),
            adopted_items: groups_where(viewer, Act::SeeAdoptedItems),
            at,
        }
    }

    /// What is adopted in these groups, of sessions that were published: for what goes along with a track that is closed.
    pub fn adopted_in(groups: Vec<WorkingGroupId>, at: Timestamp) -> Self {
        let sessions = Sessions { published: groups.clone(), drafts: Vec::new() };
        Self { sessions, all_items: Vec::new(), adopted_items: groups, at }
    }

    /// All of a group's, as they stood at `at`: for what follows from an act that the policy has allowed.
    pub fn of_group(group: WorkingGroupId, at: Timestamp) -> Self {
        let sessions = Sessions { published: vec![group], drafts: vec![group] };
        Self { sessions, all_items: vec![group], adopted_items: vec![group], at }
    }

    /// Whether an item of `group`, on a session that is seen, is among them.
    pub fn admits(&self, group: WorkingGroupId, status: ItemStatus) -> bool {
        self.all_items.contains(&group) || (status == ItemStatus::Adopted && self.adopted_items.contains(&group))
    }

    /// Whether a silence procedure in `group`, on an item of a session that is seen, is among them: where only what is
    /// adopted is seen, the procedure that has adopted it.
    pub fn admits_silence(&self, silence: &Silence) -> bool {
        let has_adopted = matches!(silence.state_at(self.at), State::Adopted { .. });
        self.all_items.contains(&silence.group) || (has_adopted && self.adopted_items.contains(&silence.group))
    }

    /// Whether objections in `group` are seen: by those who work on the agenda.
    pub fn admits_objections(&self, group: WorkingGroupId) -> bool {
        self.all_items.contains(&group)
    }
}

/// Which records of sessions that the viewer may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records {
    /// The sessions.
    pub sessions: Sessions,
    /// Groups in which drafts are seen.
    pub drafts: Vec<WorkingGroupId>,
    /// Groups in which what is circulated is seen.
    pub circulated: Vec<WorkingGroupId>,
    /// Groups in which what is issued is seen.
    pub issued: Vec<WorkingGroupId>,
    /// At which time: silence issues at its deadline.
    pub at: Timestamp,
}

impl Records {
    /// The records that the viewer may read at `at`. To a token a record is what was said, issued or not: it reads none
    /// without the scope for notes.
    pub fn seen_by(viewer: &Viewer, at: Timestamp) -> Self {
        let reads = viewer.covers(Act::ReadCirculatedRecord);
        let issued = if reads { groups_where(viewer, Act::SeeAdoptedItems) } else { Vec::new() };
        Self {
            sessions: Sessions::seen_by(viewer),
            drafts: groups_where(viewer, Act::ReadRecordDraft),
            circulated: groups_where(viewer, Act::ReadCirculatedRecord),
            issued,
            at,
        }
    }

    /// What is issued in these groups, of sessions that were published: for what goes along with a track that is closed.
    pub fn issued_in(groups: Vec<WorkingGroupId>, at: Timestamp) -> Self {
        let sessions = Sessions { published: groups.clone(), drafts: Vec::new() };
        Self { sessions, drafts: Vec::new(), circulated: Vec::new(), issued: groups, at }
    }

    /// All of a group's, as they stood at `at`: for what follows from an act that the policy has allowed.
    pub fn of_group(group: WorkingGroupId, at: Timestamp) -> Self {
        let sessions = Sessions { published: vec![group], drafts: vec![group] };
        Self { sessions, drafts: vec![group], circulated: vec![group], issued: vec![group], at }
    }

    /// Whether a record of `group`, of a session that is seen, is among them.
    pub fn admits(&self, group: WorkingGroupId, status: RecordStatus) -> bool {
        let groups = match status {
            RecordStatus::Draft => &self.drafts,
            RecordStatus::Circulated | RecordStatus::UnderSilence => &self.circulated,
            RecordStatus::Issued => &self.issued,
        };
        groups.contains(&group)
    }

    /// Whether what was asked of a record in `group` is seen.
    pub fn admits_corrections(&self, group: WorkingGroupId) -> bool {
        self.circulated.contains(&group)
    }
}

/// Which notes, seat by seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notes {
    /// The sessions: a note is never seen without its session.
    pub sessions: Sessions,
    /// What each seat opens.
    pub seats: Vec<NoteSeat>,
}

/// What one seat opens of its group's notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoteSeat {
    /// In this group only.
    pub group: WorkingGroupId,
    /// All NAMED notes that this seat wrote, of any visibility.
    pub author: MembershipId,
    /// GROUP notes posted, or released, from then on.
    pub group_from: Option<Timestamp>,
    /// FACILITATORS notes posted, or released, from then on.
    pub facilitators_from: Option<Timestamp>,
    /// This delegation's notes posted, or released, from then on.
    pub delegation_from: Option<(DelegationId, Timestamp)>,
}

/// What the policy reads of a note under the Rule: nothing of its author, who has no more right to it than others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChathamHouseFacts {
    /// Its group.
    pub group: WorkingGroupId,
    /// Whether its session was ever published.
    pub session_published: bool,
    /// Who may read it.
    pub visibility: Visibility,
    /// Whose delegation, for DELEGATION.
    pub delegation: Option<DelegationId>,
    /// When it came out.
    pub released_at: Timestamp,
}

/// What the policy reads of a NAMED note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoteFacts {
    /// Its group.
    pub group: WorkingGroupId,
    /// Whether its session was ever published.
    pub session_published: bool,
    /// Who may read it.
    pub visibility: Visibility,
    /// Whose delegation, for DELEGATION.
    pub delegation: Option<DelegationId>,
    /// Who wrote it.
    pub author: MembershipId,
    /// When.
    pub posted_at: Timestamp,
}

impl Notes {
    /// The notes that the viewer may read.
    pub fn seen_by(viewer: &Viewer) -> Self {
        let reads = viewer.covers(Act::ReadPrivateNotes);
        let seats = viewer.seats.iter().filter(|_| reads).filter_map(NoteSeat::of).collect();
        Self { sessions: Sessions::seen_by(viewer), seats }
    }

    /// Whether a note is among them.
    pub fn admits(&self, note: &NoteFacts) -> bool {
        self.sessions.admits(note.group, note.session_published) && self.seats.iter().any(|seat| seat.admits(note))
    }

    /// Whether a note under the Rule is among them.
    pub fn admits_chatham_house(&self, note: &ChathamHouseFacts) -> bool {
        let opens = |seat: &NoteSeat| {
            seat.group == note.group && seat.opens(note.visibility, note.delegation, note.released_at)
        };
        self.sessions.admits(note.group, note.session_published) && self.seats.iter().any(opens)
    }
}

impl NoteSeat {
    fn of(seat: &Seat) -> Option<Self> {
        // Who may not even read what they wrote (an observer, who was something else before) reads no note at all.
        if seat_rule(seat, Act::ReadPrivateNotes) == Rule::Never {
            return None;
        }
        let opens = |act: Act, at_least: Rule| seat_rule(seat, act) == at_least;
        Some(Self {
            group: seat.group,
            author: seat.membership,
            group_from: seat.reading.group.filter(|_| opens(Act::ReadGroupNotes, Rule::Always)),
            facilitators_from: seat.reading.facilitators.filter(|_| opens(Act::ReadFacilitatorsNotes, Rule::Always)),
            delegation_from: seat
                .delegation
                .zip(seat.reading.delegation)
                .filter(|_| opens(Act::ReadDelegationNotes, Rule::Own)),
        })
    }

    fn admits(&self, note: &NoteFacts) -> bool {
        self.group == note.group
            && (self.author == note.author || self.opens(note.visibility, note.delegation, note.posted_at))
    }

    /// Whether it opens what became readable to that audience at `since`.
    fn opens(&self, visibility: Visibility, delegation: Option<DelegationId>, since: Timestamp) -> bool {
        let opened = |from: Option<Timestamp>| from.is_some_and(|from| since >= from);
        match visibility {
            Visibility::Private => false,
            Visibility::Delegation => {
                self.delegation_from.is_some_and(|(own, from)| delegation == Some(own) && since >= from)
            }
            Visibility::Facilitators => opened(self.facilitators_from),
            Visibility::Group => opened(self.group_from),
        }
    }
}

/// Whether a seat opens what became readable to an audience, whoever wrote it: for what is told to all its readers alike.
pub fn opens(seat: &Seat, note: &ChathamHouseFacts) -> bool {
    let session = if note.session_published { Act::SeeScheduledSessions } else { Act::SeeDraftSessions };
    let opened = |it: NoteSeat| it.opens(note.visibility, note.delegation, note.released_at);
    seat.group == note.group && seat_may(seat, session) && NoteSeat::of(seat).is_some_and(opened)
}

/// The groups in which the viewer may post notes; what an edit secret is looked for in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting(pub Vec<WorkingGroupId>);

impl Posting {
    /// The groups in which the viewer may post.
    pub fn by(viewer: &Viewer) -> Self {
        Self(groups_where(viewer, Act::PostNote))
    }
}

/// Which people, and whose addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct People {
    /// Who looks: they see all of themselves.
    pub viewer: PersonId,
    /// Whether everyone is seen, with all that is known of them.
    pub everyone: bool,
    /// Groups whose members are seen.
    pub groups: Vec<WorkingGroupId>,
    /// Groups whose members' addresses are seen.
    pub addresses: Vec<WorkingGroupId>,
}

impl People {
    /// The people that the viewer may know of, wherever they meet them.
    pub fn seen_by(viewer: &Viewer) -> Self {
        Self {
            viewer: viewer.person,
            everyone: administers(viewer, Act::SeeEveryone),
            groups: groups_where(viewer, Act::SeeGroup),
            addresses: groups_where(viewer, Act::ManageMembers),
        }
    }

    /// The people that `Query.people` lists: everyone for administrators, for organizers those they share a group
    /// with, for others nobody.
    pub fn listed_for(viewer: &Viewer) -> Self {
        let seen = Self::seen_by(viewer);
        Self { groups: seen.addresses.clone(), ..seen }
    }
}

/// Whether the audit log is open to the viewer.
pub fn sees_audit_log(viewer: &Viewer) -> bool {
    administers(viewer, Act::SeeAuditLog)
}

fn administers(viewer: &Viewer, act: Act) -> bool {
    viewer.is_administrator && viewer.covers(act) && allowed(act, Holder::Administrator)
}

fn groups_where(viewer: &Viewer, act: Act) -> Vec<WorkingGroupId> {
    let covered = viewer.covers(act);
    viewer.seats.iter().filter(|seat| covered && seat_may(seat, act)).map(|seat| seat.group).collect()
}

const fn seat_rule(seat: &Seat, act: Act) -> Rule {
    act.rule(Holder::Seat(seat.role))
}

fn seat_may(seat: &Seat, act: Act) -> bool {
    // `NotOwn` counts: addresses are seen by whoever manages members, their own seat apart.
    matches!(seat_rule(seat, act), Rule::Always | Rule::NotOwn)
}

fn allowed(act: Act, holder: Holder) -> bool {
    act.rule(holder) == Rule::Always
}
