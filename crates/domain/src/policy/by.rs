//! What a request was made with, and how far it goes by that: a sign-in goes as far as its person may, a personal access
//! token as far as its scopes (requirements A-15), and whoever has to set up a second factor no further than that
//! (requirements A-11).
//!
//! Deliberately absent: a scope for credentials. No token changes a password, a second factor, a token, or who
//! administers.

use super::Act;
use crate::id::{AnyId, PersonalAccessTokenId, SignInId};

words! {
    /// What a personal access token is good for. Every scope of a group's work lets one see the groups, members,
    /// sessions and agendas that it is done to.
    pub enum TokenScope {
        /// See groups, members, sessions, agendas and answers.
        SessionsRead = "sessions:read",
        /// Schedule, move, change, cancel and conclude sessions; see how letters about them are delivered.
        SessionsWrite = "sessions:write",
        /// Propose, order, adopt and withdraw items; silence procedures.
        AgendaWrite = "agenda:write",
        /// Answer invitations to sessions.
        AnswersWrite = "answers:write",
        /// Read notes and records. Only if asked for.
        NotesRead = "notes:read",
        /// Post notes; with `notes:read` also what is done to notes that are there.
        NotesWrite = "notes:write",
        /// Convene and change groups, their delegations and members; invite people.
        GroupsWrite = "groups:write",
        /// Read the audit log.
        AuditRead = "audit:read",
    }
}

/// The scopes of a token: each once, in the vocabulary's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<TokenScope>);

impl Scopes {
    /// These scopes.
    pub fn new(scopes: impl IntoIterator<Item = TokenScope>) -> Self {
        let mut scopes: Vec<_> = scopes.into_iter().collect();
        scopes.sort_unstable();
        scopes.dedup();
        Self(scopes)
    }

    /// The scopes of stored words; `None` where one is unknown.
    pub fn from_words(words: &str) -> Option<Self> {
        words.split_whitespace().map(TokenScope::from_word).collect::<Option<Vec<_>>>().map(Self::new)
    }

    /// As they are stored.
    pub fn words(&self) -> String {
        self.0.iter().map(|scope| scope.word()).collect::<Vec<_>>().join(" ")
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = TokenScope> {
        self.0.iter().copied()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an act is within them.
    pub fn cover(&self, act: Act) -> bool {
        match act.token_need() {
            TokenNeed::Any => true,
            TokenNeed::Frame => self.0.iter().any(|scope| *scope != TokenScope::AuditRead),
            TokenNeed::Scope(scope) => self.0.contains(&scope),
            TokenNeed::Never => false,
        }
    }
}

/// What an act asks of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenNeed {
    /// Nothing in particular.
    Any,
    /// Any scope of a group's work.
    Frame,
    /// This scope.
    Scope(TokenScope),
    /// A token does not do it.
    Never,
}

/// What a request was made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// A sign-in.
    SignIn(SignInId),
    /// A sign-in of someone who must have a second factor and has not set one up.
    Unfinished(SignInId),
    /// A personal access token.
    Token(PersonalAccessTokenId, Scopes),
}

impl By {
    /// Whether a request goes so far.
    pub fn covers(&self, act: Act) -> bool {
        match self {
            Self::SignIn(_) => true,
            Self::Unfinished(_) => act.comes_before_second_factor(),
            Self::Token(_, scopes) => scopes.cover(act),
        }
    }

    /// Which sign-in or token it is.
    pub fn id(&self) -> AnyId {
        match self {
            Self::SignIn(id) | Self::Unfinished(id) => (*id).into(),
            Self::Token(id, _) => (*id).into(),
        }
    }

    /// The sign-in, where it is one.
    pub const fn sign_in(&self) -> Option<SignInId> {
        match self {
            Self::SignIn(id) | Self::Unfinished(id) => Some(*id),
            Self::Token(..) => None,
        }
    }
}

impl Act {
    /// What a token must have for it.
    pub const fn token_need(self) -> TokenNeed {
        match self {
            Self::ReportDenial => TokenNeed::Any,
            Self::SeeGroup
            | Self::SeeScheduledSessions
            | Self::SeeDraftSessions
            | Self::SeeProposedItems
            | Self::SeeAdoptedItems => TokenNeed::Frame,
            Self::ScheduleSession
            | Self::FindDate
            | Self::RescheduleSession
            | Self::CancelSession
            | Self::RewordSession
            | Self::TightenAttribution
            | Self::ConcludeSession
            | Self::SetSessionReminders
            | Self::SeeDelivery
            | Self::RecordAttendance => TokenNeed::Scope(TokenScope::SessionsWrite),
            Self::ProposeAgendaItem
            | Self::EditAgendaItem
            | Self::OrderAgenda
            | Self::AdoptAgendaItem
            | Self::ObjectToAdoption
            | Self::OpenSilenceProcedure
            | Self::BreakSilence
            | Self::AgreeOnSpokesperson
            | Self::SuspendDelegation
            | Self::PassChair => TokenNeed::Scope(TokenScope::AgendaWrite),
            Self::Respond | Self::MarkDates => TokenNeed::Scope(TokenScope::AnswersWrite),
            Self::ReadGroupNotes
            | Self::ReadFacilitatorsNotes
            | Self::ReadDelegationNotes
            | Self::ReadPrivateNotes
            | Self::ReadRecordDraft
            | Self::ReadCirculatedRecord => TokenNeed::Scope(TokenScope::NotesRead),
            Self::PostNote
            | Self::ReviseNote
            | Self::WithdrawOthersNote
            | Self::AskToWithdrawNote
            | Self::ReleaseNote
            | Self::ProposeParaphrase
            | Self::OpenEarlierNotes
            | Self::OpenEarlierDelegationNotes
            | Self::CorrectRecord
            | Self::DraftRecord => TokenNeed::Scope(TokenScope::NotesWrite),
            Self::ManageMembers
            | Self::ManageDelegations
            | Self::UpdateWorkingGroup
            | Self::InvitePerson
            | Self::CreateWorkingGroup
            | Self::SetTrackReminders
            | Self::SeeEveryone => TokenNeed::Scope(TokenScope::GroupsWrite),
            Self::SeeAuditLog => TokenNeed::Scope(TokenScope::AuditRead),
            Self::SignOut
            | Self::ManageSignIns
            | Self::ManageCredentials
            | Self::SetUpSecondFactor
            | Self::CancelRecovery
            | Self::ChangeOwnAccount
            | Self::ExportOwnData
            | Self::EraseOwnAccount
            | Self::ManageAdministration
            | Self::DisableAccount
            | Self::StartRecovery
            | Self::SeeRecoveries
            | Self::ChooseLetters
            | Self::AnswerByLink
            | Self::UnsubscribeByLink
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
            | Self::DestroyKeys => TokenNeed::Never,
        }
    }

    /// Whether someone may do it who has to set up a second factor first.
    pub const fn comes_before_second_factor(self) -> bool {
        matches!(self, Self::SetUpSecondFactor | Self::SignOut | Self::ReportDenial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_stored_and_read_in_one_order() {
        let scopes = Scopes::new([TokenScope::NotesWrite, TokenScope::SessionsRead, TokenScope::NotesWrite]);
        assert_eq!(scopes.words(), "sessions:read notes:write");
        assert_eq!(Scopes::from_words(&scopes.words()), Some(scopes));
        assert_eq!(Scopes::from_words("sessions:read everything"), None);
        assert_eq!(Scopes::from_words(""), Some(Scopes::default()));
    }

    #[test]
    fn no_scope_covers_credentials() {
        let every = Scopes::new(TokenScope::ALL.iter().copied());
        for act in [
            Act::ManageCredentials,
            Act::SetUpSecondFactor,
            Act::CancelRecovery,
            Act::ManageSignIns,
            Act::SignOut,
            Act::ChangeOwnAccount,
            Act::ExportOwnData,
            Act::EraseOwnAccount,
            Act::ManageAdministration,
            Act::DisableAccount,
            Act::StartRecovery,
        ] {
            assert!(!every.cover(act), "{act:?}");
        }
        assert!(!Scopes::default().cover(Act::SeeGroup));
    }

    #[test]
    fn each_scope_covers_its_own() {
        for (scope, act) in [
            (TokenScope::SessionsRead, Act::SeeScheduledSessions),
            (TokenScope::SessionsWrite, Act::ScheduleSession),
            (TokenScope::AgendaWrite, Act::BreakSilence),
            (TokenScope::AnswersWrite, Act::Respond),
            (TokenScope::NotesRead, Act::ReadGroupNotes),
            (TokenScope::NotesWrite, Act::PostNote),
            (TokenScope::GroupsWrite, Act::ManageMembers),
            (TokenScope::AuditRead, Act::SeeAuditLog),
        ] {
            for other in TokenScope::ALL {
                let covered = Scopes::new([*other]).cover(act);
                let frame = scope == TokenScope::SessionsRead && *other != TokenScope::AuditRead;
                assert_eq!(covered, *other == scope || frame, "{act:?} by {other:?}");
            }
        }
    }
}
