//! Every act there is, and for each kind of actor the rule. The table of the design (§3), as code.

use crate::membership::Role;

/// Declares the acts with the words that the printed matrix uses for them.
macro_rules! acts {
    ($($(#[$doc:meta])* $act:ident = $label:literal),+ $(,)?) => {
        /// Something that someone may be allowed to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Act { $($(#[$doc])* $act),+ }

        impl Act {
            /// Every act, in the matrix's order.
            pub const ALL: &'static [Self] = &[$(Self::$act),+];

            /// The act in the field's words.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$act => $label),+ }
            }
        }
    };
}

acts! {
    /// See that a group exists, its name and members.
    SeeGroup = "see that the group exists, its name and members",
    /// See scheduled sessions.
    SeeScheduledSessions = "see scheduled sessions",
    /// See drafts.
    SeeDraftSessions = "see draft sessions",
    /// See the agenda beyond what is adopted.
    SeeProposedItems = "see proposed agenda items",
    /// See the adopted agenda and issued records.
    SeeAdoptedItems = "see the adopted agenda, issued records",
    /// Add, change, remove members.
    ManageMembers = "add, change, remove members",
    /// Add delegations.
    ManageDelegations = "add delegations",
    /// Change the group's own settings.
    UpdateWorkingGroup = "change the group's own settings",
    /// Open earlier GROUP and FACILITATORS notes to a later member.
    OpenEarlierNotes = "open earlier GROUP and FACILITATORS notes to a later member",
    /// Open a delegation's earlier notes to a later member of it.
    OpenEarlierDelegationNotes = "open a delegation's earlier notes to a later member of it",
    /// See and record who was there.
    RecordAttendance = "see and record who was there",
    /// See delivery of mail, queue it again.
    SeeDelivery = "see delivery of mail, queue it again",
    /// Agree with the others of one's delegation who speaks for it.
    AgreeOnSpokesperson = "agree with one's delegation on its spokesperson",
    /// Suspend one's delegation, and return (its spokesperson).
    SuspendDelegation = "suspend one's delegation, and return (its spokesperson)",
    /// Pass on the chair of a session (participants of the delegation whose turn it is).
    PassChair = "pass on the chair of a session (its delegation's participants)",
    /// Schedule a session.
    ScheduleSession = "schedule a session, publish a draft",
    /// Look for a date: propose times, see how many of a side could come, choose one.
    FindDate = "find a date: propose times, see counts by delegation, choose one",
    /// Move a session.
    RescheduleSession = "reschedule a session",
    /// Call a session off.
    CancelSession = "cancel a session",
    /// Change a session's title and purpose.
    RewordSession = "change a session's title, purpose",
    /// Make a session's or an item's attribution stricter.
    TightenAttribution = "make a session's or an item's attribution stricter",
    /// Conclude a session.
    ConcludeSession = "conclude a session",
    /// Propose an agenda item.
    ProposeAgendaItem = "propose an agenda item",
    /// Edit or withdraw a proposed item.
    EditAgendaItem = "edit, withdraw an agenda item",
    /// Put the agenda in order.
    OrderAgenda = "order agenda items",
    /// Adopt or defer items.
    AdoptAgendaItem = "adopt, defer agenda items",
    /// Object to an adoption by the chair's word.
    ObjectToAdoption = "object to an adoption by the chair",
    /// Open or withdraw a silence procedure.
    OpenSilenceProcedure = "open, withdraw a silence procedure",
    /// Break silence, attach an interpretative statement.
    BreakSilence = "break silence, attach an interpretative statement",
    /// Post notes.
    PostNote = "post notes",
    /// Revise or withdraw a note.
    ReviseNote = "revise, withdraw a note",
    /// Read GROUP notes.
    ReadGroupNotes = "read GROUP notes",
    /// Read FACILITATORS notes.
    ReadFacilitatorsNotes = "read FACILITATORS notes",
    /// Read DELEGATION notes.
    ReadDelegationNotes = "read DELEGATION notes (own: one's delegation's)",
    /// Read PRIVATE notes.
    ReadPrivateNotes = "read PRIVATE notes",
    /// Withdraw another's GROUP note.
    WithdrawOthersNote = "withdraw another's GROUP note (its text goes, a trace stays)",
    /// Ask a facilitator to withdraw a note under the Rule that one reads.
    AskToWithdrawNote = "ask a facilitator to withdraw a GROUP note under the Rule",
    /// Release a caucus note, answer to a paraphrase of it.
    ReleaseNote = "release a FACILITATORS note, agree to a paraphrase of it",
    /// Propose a paraphrase of a caucus note.
    ProposeParaphrase = "propose a paraphrase of a FACILITATORS note",
    /// Read the draft of the record.
    ReadRecordDraft = "read the draft of the record",
    /// Read the circulated record.
    ReadCirculatedRecord = "read the circulated record",
    /// Ask for a passage of the circulated record to be struck or corrected.
    CorrectRecord = "ask for a passage of the circulated record to be struck or corrected",
    /// Draft and circulate the record.
    DraftRecord = "draft and circulate the record",
    /// Mark which of the proposed times suit oneself.
    MarkDates = "mark which proposed times suit oneself",
    /// Answer for oneself.
    Respond = "answer (RSVP) for oneself",
    /// Invite people to the track.
    InvitePerson = "invite people to the track",
    /// Create groups.
    CreateWorkingGroup = "create groups",
    /// See the audit log.
    SeeAuditLog = "see the audit log",
    /// See everyone who has an account.
    SeeEveryone = "see everyone who has an account",
    /// Say when the track's members are reminded, unless a session or they themselves say otherwise.
    SetTrackReminders = "say when the track's members are reminded",
    /// Say when a session's members are reminded.
    SetSessionReminders = "say when a session's members are reminded",
    /// Choose which letters one gets, when one is reminded, and what one's calendar shows.
    ChooseLetters = "choose one's own letters, reminders and calendar",
    /// Answer for the recipient of a letter, by its link.
    AnswerByLink = "answer (RSVP) by the link of one's letter",
    /// Turn off a kind of letters for the recipient of one, by its link.
    UnsubscribeByLink = "turn off a kind of letters by the link of one",
    /// End one's own sign-in.
    SignOut = "end one's own sign-in",
    /// See and end one's own sign-ins.
    ManageSignIns = "see and end one's own sign-ins",
    /// Change one's password; make, see and revoke access tokens.
    ManageCredentials = "change one's own password, make and revoke one's own access tokens",
    /// Set up, replace or remove one's second factor.
    SetUpSecondFactor = "set up, replace, remove one's own second factor",
    /// Cancel the recovery of one's second factor.
    CancelRecovery = "cancel the recovery of one's own second factor",
    /// Change one's name, affiliation, language, zone, address and mail.
    ChangeOwnAccount = "change one's own name, affiliation, language, zone, address, mail",
    /// Take one's own data along.
    ExportOwnData = "export one's own data",
    /// Erase one's own account.
    EraseOwnAccount = "erase one's own account",
    /// Make someone an administrator, or withdraw it.
    ManageAdministration = "make someone an administrator, withdraw it",
    /// Disable and enable accounts.
    DisableAccount = "disable and enable accounts",
    /// Start the recovery of a second factor that someone has lost.
    StartRecovery = "start the recovery of another's lost second factor",
    /// See whose lost second factor is going to be removed.
    SeeRecoveries = "see whose lost second factor is going to be removed",
    /// Have one's own refusal noted in the log.
    ReportDenial = "have one's own refusal noted in the log",
    /// Try to sign in.
    SignIn = "sign in",
    /// Rotate refresh tokens.
    RefreshTokens = "refresh tokens",
    /// Ask for a password reset.
    RequestPasswordReset = "ask for a password reset",
    /// Reset a password with the token from the letter.
    ResetPassword = "reset a password with the token from the letter",
    /// Accept an invitation with the token from the letter.
    AcceptInvitation = "accept an invitation with the token from the letter",
    /// Object with the link from the letter.
    ObjectByLink = "object to one silence procedure with the link from the letter",
    /// Count tries to sign in, before it is known whose.
    CountTries = "count tries to sign in",
    /// Claim, send and settle letters.
    DeliverLetters = "claim, send and settle letters",
    /// Chain the audit log.
    SealAuditLog = "chain the audit log",
    /// Compute instants anew after a change of a zone's rules.
    RecomputeInstants = "compute instants anew after a change of a zone's rules",
    /// Let out, on the tick, what waits for it.
    ReleaseNotes = "let out notes under the Rule on the tick",
    /// Tell what silence has decided, and give more time where someone was out of reach.
    TendSilence = "tell what silence has decided, move a deadline that not all could use",
    /// Forget what has run out.
    Housekeep = "forget what has run out",
    /// Note in the log that a row did not open with its key.
    ReportIntegrity = "note in the log that a row did not open with its key",
    /// Seal rows anew, put keys in turn, destroy those that nothing needs any more.
    TendKeys = "seal rows anew, put keys in turn, destroy those that nothing needs any more",
    /// Open a track with its first administrator.
    OpenTrack = "open a track with its first administrator",
    /// Begin the way back of someone who is locked out.
    BeginWayBack = "begin the way back of someone who is locked out",
    /// Make an example world, renew its passwords.
    PrepareDemo = "make an example world, renew its passwords",
    /// Make new keys.
    RotateKeys = "make new keys",
    /// Take along what was agreed in a track that is closed.
    CloseTrack = "take along issued records and adopted agendas of a track that is closed",
    /// Destroy the keys of a group or of a track.
    DestroyKeys = "destroy the keys of a group or of a track",
}

/// For whom a rule is: a role in the group concerned, or one of the others who can act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Whoever has a seat of this role in effect.
    Seat(Role),
    /// A track's administrator, by that alone.
    Administrator,
    /// Anyone who is signed in, by that alone.
    Person,
    /// Whoever has the link of a letter, in the place of its recipient, and for what the link is for alone.
    Link,
    /// Someone who has not signed in.
    Stranger,
    /// The clock.
    Clock,
    /// Whoever runs commands on the host.
    Operator,
}

/// What a holder may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Yes.
    Always,
    /// Where it is their own.
    Own,
    /// Where it is not their own.
    NotOwn,
    /// No.
    Never,
}

impl Act {
    /// The rule for a holder.
    pub const fn rule(self, holder: Holder) -> Rule {
        match holder {
            Holder::Seat(role) => self.rule_for_seat(role),
            Holder::Administrator => self.rule_for_administrator(),
            Holder::Person => when(self.is_anyones(), Rule::Always),
            Holder::Link => when(matches!(self, Self::AnswerByLink | Self::UnsubscribeByLink), Rule::Always),
            Holder::Stranger => when(self.is_before_sign_in(), Rule::Always),
            Holder::Clock => when(self.is_the_clocks(), Rule::Always),
            Holder::Operator => when(self.is_the_operators(), Rule::Always),
        }
    }

    const fn rule_for_seat(self, role: Role) -> Rule {
        use Role::{Facilitator, Observer, Organizer, Participant, Rapporteur};
        match self {
            Self::SeeGroup | Self::SeeScheduledSessions | Self::SeeAdoptedItems => Rule::Always,
            Self::SeeDraftSessions | Self::TightenAttribution | Self::ConcludeSession | Self::OrderAgenda => {
                when(matches!(role, Organizer | Facilitator), Rule::Always)
            }
            Self::RecordAttendance => when(matches!(role, Organizer | Facilitator), Rule::Always),
            Self::SeeProposedItems
            | Self::ProposeAgendaItem
            | Self::PostNote
            | Self::ReadGroupNotes
            | Self::AskToWithdrawNote
            | Self::ReadCirculatedRecord
            | Self::CorrectRecord => when(!matches!(role, Observer), Rule::Always),
            Self::EditAgendaItem
            | Self::ReviseNote
            | Self::ReleaseNote
            | Self::ReadDelegationNotes
            | Self::ReadPrivateNotes => when(!matches!(role, Observer), Rule::Own),
            Self::ReadFacilitatorsNotes => match role {
                Facilitator => Rule::Always,
                Organizer | Rapporteur | Participant => Rule::Own,
                Observer => Rule::Never,
            },
            Self::ManageMembers => when(matches!(role, Organizer), Rule::NotOwn),
            Self::ManageDelegations
            | Self::UpdateWorkingGroup
            | Self::SeeDelivery
            | Self::SetSessionReminders
            | Self::ScheduleSession
            | Self::FindDate
            | Self::RescheduleSession
            | Self::CancelSession
            | Self::RewordSession => when(matches!(role, Organizer), Rule::Always),
            Self::OpenEarlierNotes => when(matches!(role, Facilitator), Rule::NotOwn),
            Self::AdoptAgendaItem
            | Self::OpenSilenceProcedure
            | Self::WithdrawOthersNote
            | Self::ProposeParaphrase
            | Self::SeeRecoveries => when(matches!(role, Facilitator), Rule::Always),
            Self::ObjectToAdoption | Self::BreakSilence => when(matches!(role, Participant), Rule::Always),
            Self::OpenEarlierDelegationNotes
            | Self::AgreeOnSpokesperson
            | Self::SuspendDelegation
            | Self::PassChair => when(matches!(role, Participant), Rule::Own),
            Self::DraftRecord | Self::ReadRecordDraft => when(matches!(role, Facilitator | Rapporteur), Rule::Always),
            Self::Respond | Self::MarkDates => Rule::Own,
            Self::InvitePerson
            | Self::CreateWorkingGroup
            | Self::SeeAuditLog
            | Self::SeeEveryone
            | Self::SetTrackReminders
            | Self::ManageAdministration
            | Self::DisableAccount
            | Self::StartRecovery => Rule::Never,
            Self::ChooseLetters | Self::AnswerByLink | Self::UnsubscribeByLink => Rule::Never,
            Self::SignOut
            | Self::ManageSignIns
            | Self::ManageCredentials
            | Self::SetUpSecondFactor
            | Self::CancelRecovery
            | Self::ChangeOwnAccount
            | Self::ExportOwnData
            | Self::EraseOwnAccount
            | Self::ReportDenial
            | Self::SignIn
            | Self::RefreshTokens
            | Self::RequestPasswordReset
            | Self::ResetPassword
            | Self::AcceptInvitation
            | Self::ObjectByLink => Rule::Never,
            Self::CountTries
            | Self::DeliverLetters
            | Self::SealAuditLog
            | Self::RecomputeInstants
            | Self::ReleaseNotes
            | Self::TendSilence
            | Self::Housekeep
            | Self::ReportIntegrity
            | Self::TendKeys => Rule::Never,
            Self::OpenTrack
            | Self::BeginWayBack
            | Self::PrepareDemo
            | Self::RotateKeys
            | Self::CloseTrack
            | Self::DestroyKeys => Rule::Never,
        }
    }

    const fn rule_for_administrator(self) -> Rule {
        match self {
            Self::SeeGroup
            | Self::ManageDelegations
            | Self::UpdateWorkingGroup
            | Self::SeeDelivery
            | Self::InvitePerson
            | Self::CreateWorkingGroup
            | Self::SeeAuditLog
            | Self::SetTrackReminders
            | Self::SeeEveryone
            | Self::ManageAdministration
            | Self::DisableAccount => Rule::Always,
            Self::ManageMembers | Self::StartRecovery => Rule::NotOwn,
            Self::SeeRecoveries => Rule::Never,
            Self::SeeScheduledSessions
            | Self::SeeDraftSessions
            | Self::SeeProposedItems
            | Self::SeeAdoptedItems
            | Self::OpenEarlierNotes
            | Self::OpenEarlierDelegationNotes
            | Self::RecordAttendance
            | Self::AgreeOnSpokesperson
            | Self::SuspendDelegation
            | Self::PassChair
            | Self::ScheduleSession
            | Self::FindDate
            | Self::RescheduleSession
            | Self::CancelSession
            | Self::RewordSession
            | Self::TightenAttribution
            | Self::ConcludeSession
            | Self::ProposeAgendaItem
            | Self::EditAgendaItem
            | Self::OrderAgenda
            | Self::AdoptAgendaItem
            | Self::ObjectToAdoption
            | Self::OpenSilenceProcedure
            | Self::BreakSilence
            | Self::PostNote
            | Self::ReviseNote
            | Self::ReadGroupNotes
            | Self::ReadFacilitatorsNotes
            | Self::ReadDelegationNotes
            | Self::ReadPrivateNotes
            | Self::WithdrawOthersNote
            | Self::AskToWithdrawNote
            | Self::ReleaseNote
            | Self::ProposeParaphrase
            | Self::ReadRecordDraft
            | Self::ReadCirculatedRecord
            | Self::CorrectRecord
            | Self::DraftRecord
            | Self::Respond
            | Self::MarkDates
            | Self::SetSessionReminders
            | Self::ChooseLetters
            | Self::AnswerByLink
            | Self::UnsubscribeByLink
            | Self::SignOut
            | Self::ManageSignIns
            | Self::ManageCredentials
            | Self::SetUpSecondFactor
            | Self::CancelRecovery
            | Self::ChangeOwnAccount
            | Self::ExportOwnData
            | Self::EraseOwnAccount
            | Self::ReportDenial
            | Self::SignIn
            | Self::RefreshTokens
            | Self::RequestPasswordReset
            | Self::ResetPassword
            | Self::AcceptInvitation
            | Self::ObjectByLink
            | Self::CountTries
            | Self::DeliverLetters
            | Self::SealAuditLog
            | Self::RecomputeInstants
            | Self::ReleaseNotes
            | Self::TendSilence
            | Self::Housekeep
            | Self::ReportIntegrity
            | Self::TendKeys
            | Self::OpenTrack
            | Self::BeginWayBack
            | Self::PrepareDemo
            | Self::RotateKeys
            | Self::CloseTrack
            | Self::DestroyKeys => Rule::Never,
        }
    }

    const fn is_anyones(self) -> bool {
        matches!(
            self,
            Self::SignOut
                | Self::ManageSignIns
                | Self::ManageCredentials
                | Self::SetUpSecondFactor
                | Self::CancelRecovery
                | Self::ChangeOwnAccount
                | Self::ExportOwnData
                | Self::EraseOwnAccount
                | Self::ChooseLetters
                | Self::ReportDenial
        )
    }

    const fn is_before_sign_in(self) -> bool {
        matches!(
            self,
            Self::SignIn
                | Self::RefreshTokens
                | Self::RequestPasswordReset
                | Self::ResetPassword
                | Self::AcceptInvitation
                | Self::ObjectByLink
        )
    }

    const fn is_the_clocks(self) -> bool {
        matches!(
            self,
            Self::CountTries
                | Self::DeliverLetters
                | Self::SealAuditLog
                | Self::RecomputeInstants
                | Self::ReleaseNotes
                | Self::TendSilence
                | Self::Housekeep
                | Self::ReportIntegrity
                | Self::TendKeys
        )
    }

    const fn is_the_operators(self) -> bool {
        matches!(
            self,
            Self::OpenTrack
                | Self::BeginWayBack
                | Self::PrepareDemo
                | Self::SealAuditLog
                | Self::RotateKeys
                | Self::CloseTrack
                | Self::DestroyKeys
        )
    }
}

const fn when(condition: bool, rule: Rule) -> Rule {
    if condition { rule } else { Rule::Never }
}
