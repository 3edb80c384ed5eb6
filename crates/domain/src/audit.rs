//! What the audit log tells: that something was done, by whom, to what; never the text of anything.

use jiff::Timestamp;

use crate::id::{AnyId, AuditEventId, PersonId};

words! {
    /// What was done. The words are the API's `AuditEvent.action` and the column `action`.
    pub enum Action {
        /// A track was opened by its operator.
        TrackCreated = "track.created",
        /// The operator began the way back of someone who was locked out.
        WayBackBegun = "person.way_back_begun",
        /// An example world was made, or its passwords renewed.
        DemoPrepared = "track.demo_prepared",
        /// A person was invited to the track.
        PersonInvited = "person.invited",
        /// An invitation was accepted.
        InvitationAccepted = "person.invitation_accepted",
        /// A person signed in.
        SignedIn = "sign_in.succeeded",
        /// A sign-in to a known account failed.
        SignInFailed = "sign_in.failed",
        /// Tokens were refreshed.
        TokensRefreshed = "sign_in.refreshed",
        /// A spent refresh token came back; every token of its sign-in was revoked.
        RefreshReused = "sign_in.refresh_reused",
        /// A person signed out.
        SignedOut = "sign_in.ended",
        /// A password reset was asked for.
        ResetRequested = "password.reset_requested",
        /// A password was reset.
        PasswordReset = "password.reset",
        /// A person changed their password.
        PasswordChanged = "password.changed",
        /// A second factor is being set up.
        SecondFactorBegun = "second_factor.begun",
        /// A second factor was set up, perhaps in the place of another.
        SecondFactorSetUp = "second_factor.set_up",
        /// A second factor was removed.
        SecondFactorRemoved = "second_factor.removed",
        /// Recovery codes were made anew.
        RecoveryCodesRenewed = "second_factor.codes_renewed",
        /// An administrator started the recovery of a lost second factor.
        RecoveryStarted = "second_factor.recovery_started",
        /// The recovery of a second factor was cancelled.
        RecoveryCancelled = "second_factor.recovery_cancelled",
        /// A personal access token was made.
        TokenMade = "access_token.made",
        /// A personal access token was revoked.
        TokenRevoked = "access_token.revoked",
        /// A person changed what their account says.
        AccountChanged = "person.changed",
        /// A person took their own data along.
        DataExported = "person.data_exported",
        /// A person erased their account.
        PersonErased = "person.erased",
        /// A person asked for a change of their address.
        AddressChangeAsked = "person.address_change_asked",
        /// One end of a change of address agreed.
        AddressConfirmed = "person.address_confirmed",
        /// A person's address was changed.
        AddressChanged = "person.address_changed",
        /// An account was disabled.
        PersonDisabled = "person.disabled",
        /// An account was enabled.
        PersonEnabled = "person.enabled",
        /// Someone was made an administrator.
        AdministrationGranted = "administration.granted",
        /// Someone is an administrator no more.
        AdministrationWithdrawn = "administration.withdrawn",
        /// A working group was convened.
        GroupCreated = "working_group.created",
        /// A group's own settings were changed.
        GroupUpdated = "working_group.updated",
        /// The order of a group's delegations, or whether its chair goes round, was agreed on.
        OrderAgreed = "working_group.order_agreed",
        /// A delegation was added.
        DelegationAdded = "delegation.added",
        /// An organizer said who speaks for a delegation, or its members have agreed on it.
        SpokespersonNamed = "delegation.spokesperson_named",
        /// A member said who should speak for their delegation.
        SpokespersonProposed = "delegation.spokesperson_proposed",
        /// A delegation suspended its participation, or changed its word on silence meanwhile.
        ParticipationSuspended = "delegation.participation_suspended",
        /// A delegation takes part again.
        ParticipationResumed = "delegation.participation_resumed",
        /// A seat was given.
        MembershipAdded = "membership.added",
        /// A pending seat took effect.
        MembershipSeated = "membership.seated",
        /// A seat's role was changed.
        RoleChanged = "membership.role_changed",
        /// A seat's capacity or delegation was changed.
        MembershipChanged = "membership.changed",
        /// Earlier notes were opened to a seat.
        NotesOpened = "membership.notes_opened",
        /// A seat was taken away.
        MembershipRemoved = "membership.removed",
        /// Times were proposed for a session.
        DatesProposed = "date_search.proposed",
        /// A member said which of the times suit them.
        DatesMarked = "date_search.marked",
        /// One of the times was chosen; every mark is gone.
        DateChosen = "date_search.chosen",
        /// A search for a date was given up; every mark is gone.
        DatesWithdrawn = "date_search.withdrawn",
        /// A session was drafted.
        SessionDrafted = "session.drafted",
        /// A session was scheduled.
        SessionScheduled = "session.scheduled",
        /// A draft was published.
        SessionPublished = "session.published",
        /// A session was moved.
        SessionRescheduled = "session.rescheduled",
        /// A session was moved by a change of its zone's rules.
        SessionRecomputed = "session.recomputed",
        /// A session's title, purpose or attribution was changed.
        SessionUpdated = "session.updated",
        /// A delegation has passed on the chair of a session.
        ChairPassed = "session.chair_passed",
        /// A session was cancelled.
        SessionCancelled = "session.cancelled",
        /// A session was concluded.
        SessionConcluded = "session.concluded",
        /// It was recorded that somebody was at a session.
        AttendanceRecorded = "session.attendance_recorded",
        /// Somebody was taken out of what was recorded of a session.
        AttendanceRemoved = "session.attendance_removed",
        /// A member answered.
        Responded = "attendee.responded",
        /// A person has chosen which letters they get, when they are reminded, or what their calendar shows.
        LettersChosen = "letters.chosen",
        /// Somebody has said when members are reminded.
        RemindersSet = "reminders.set",
        /// Letters that could not be delivered were queued again.
        DeliveryRequeued = "delivery.requeued",
        /// An agenda item was proposed.
        ItemProposed = "agenda_item.proposed",
        /// An agenda item was changed.
        ItemUpdated = "agenda_item.updated",
        /// An agenda item was moved.
        ItemMoved = "agenda_item.moved",
        /// An agenda item was adopted by the chair's word.
        ItemAdopted = "agenda_item.adopted",
        /// A participant objected to an adoption by the chair's word.
        AdoptionObjected = "agenda_item.adoption_objected",
        /// An objected item was proposed anew.
        ItemProposedAnew = "agenda_item.proposed_anew",
        /// An agenda item was deferred to a later session.
        ItemDeferred = "agenda_item.deferred",
        /// An agenda item was withdrawn.
        ItemWithdrawn = "agenda_item.withdrawn",
        /// An interpretative statement was attached to an item.
        StatementAttached = "agenda_item.statement_attached",
        /// A silence procedure was opened.
        SilenceOpened = "silence.opened",
        /// Silence was broken.
        SilenceBroken = "silence.broken",
        /// A further objection was stated.
        ObjectionStated = "silence.objection_stated",
        /// A silence procedure was withdrawn.
        SilenceWithdrawn = "silence.withdrawn",
        /// A deadline was moved, since not everyone could have objected.
        DeadlineMoved = "silence.deadline_moved",
        /// An item was adopted, or a record issued, by silence, at the deadline.
        SilenceAdopted = "silence.adopted",
        /// The record of a session was drafted.
        RecordDrafted = "record.drafted",
        /// A record was reworded.
        RecordRevised = "record.revised",
        /// A record was circulated.
        RecordCirculated = "record.circulated",
        /// Someone asked that a passage of a record be struck or corrected.
        CorrectionAsked = "record.correction_asked",
        /// A NAMED note was posted.
        NotePosted = "note.posted",
        /// A NAMED note was revised.
        NoteRevised = "note.revised",
        /// A reader asked that a note under the Rule be withdrawn.
        WithdrawalAsked = "note.withdrawal_asked",
        /// A note's text was taken away; a trace stays.
        NoteWithdrawn = "note.withdrawn",
        /// A caucus note was released; under the author's name, with the note that names them.
        NoteReleased = "note.released",
        /// A facilitator proposed a wording of a caucus note.
        ParaphraseProposed = "note.paraphrase_proposed",
        /// The author of a caucus note did not agree to a wording.
        ParaphraseDeclined = "note.paraphrase_declined",
        /// A person read notes by others on that day; which ones, and how often, is not kept.
        NotesRead = "notes.read",
        /// Someone tried what their seat does not allow.
        PermissionDenied = "permission.denied",
        /// New keys were made, for everything that is written from then on.
        KeysRotated = "keys.rotated",
        /// Issued records and adopted agendas were taken along, since the track is closed.
        TrackExported = "track.exported",
        /// Keys were destroyed. What they sealed cannot be read by anyone.
        KeysDestroyed = "keys.destroyed",
        /// A working group was destroyed: the keys of its texts go.
        GroupDestroyed = "working_group.destroyed",
        /// A row did not open with its key: it was changed outside of Dipoli, and shows nothing.
        IntegrityFailed = "integrity.failed",
    }
}

/// What the words of all that concerns notes begin with; also for the rows of the log.
pub const NOTES: &str = "note";

impl Action {
    /// Those that tell that somebody was there: sign-ins and refreshes that succeed, and their ends. They are told once a
    /// person and day (requirements N-17).
    pub const PRESENCE: [Self; 3] = [Self::SignedIn, Self::TokensRefreshed, Self::SignedOut];

    /// Whether it is one of [`Action::PRESENCE`].
    pub fn is_presence(self) -> bool {
        Self::PRESENCE.contains(&self)
    }
}

/// An event to be written beside what it tells of. Actor and time come from the permit of the writing transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// What was done.
    pub action: Action,
    /// To what.
    pub subject: Option<AnyId>,
}

impl Event {
    /// Something was done to `subject`.
    pub fn on(action: Action, subject: impl Into<AnyId>) -> Self {
        Self { action, subject: Some(subject.into()) }
    }

    /// Something was done under the Chatham House Rule: to nothing that is named, by nobody.
    pub const fn under_the_rule(action: Action) -> Self {
        Self::of(action)
    }

    /// Something was done that is to no one object.
    pub const fn of(action: Action) -> Self {
        Self { action, subject: None }
    }

    /// Whether it is told with its whole day: whatever concerns notes and names none, and who was there. Such events have
    /// their day's midnight and are chained in one shuffled batch when the day is over, so that the log gives back neither
    /// the time nor the order of what was done under the Rule, nor when in the day somebody was signed in (requirements
    /// N-06, N-17).
    pub fn is_of_the_day(&self) -> bool {
        self.action.is_presence() || self.subject.is_none() && self.action.word().starts_with(NOTES)
    }
}

/// One link of the log, as administrators see it once it is chained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// Which.
    pub id: AuditEventId,
    /// Its place in the chain, from 1 without gaps.
    pub sequence: i64,
    /// When; to the day where presence would be told.
    pub occurred_at: Timestamp,
    /// What was done.
    pub action: String,
    /// By whom; `None` for the clock, the operator, and whoever had not signed in.
    pub actor: Option<PersonId>,
    /// To what, as that object's id.
    pub subject: Option<String>,
    /// SHA-256 over this event and the digest before it.
    pub digest: [u8; 32],
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{NoteId, PersonId};

    #[test]
    fn what_is_done_under_the_rule_is_told_with_its_day() {
        assert!(Event::under_the_rule(Action::NotePosted).is_of_the_day());
        assert!(Event::of(Action::NotesRead).is_of_the_day());
        assert!(
            !Event::on(Action::NotePosted, NoteId::random()).is_of_the_day(),
            "a NAMED note has its author and time"
        );
        assert!(!Event::of(Action::PermissionDenied).is_of_the_day());
        let signed_in = Event::on(Action::SignedIn, PersonId::random());
        assert!(signed_in.is_of_the_day(), "that somebody was there is told when the day is over");
    }
}
