//! What a letter says: its kind, to whom, and the times in it. Rendering is the mail crate's; sending is the worker's.
//!
//! Deliberately absent: groups, parties, notes, and every person but the recipient (requirements M-13). A letter says
//! that something is due and when, and, where its track has chosen so, the title and place of a session.

use jiff::{SignedDuration, Timestamp};

use crate::{
    email::EmailAddress,
    id::{LetterId, SessionId},
    language::LanguageTag,
    reminder::Offset,
    time::Zone,
};

words! {
    /// What kind of letter it is. The words are stored with the letters that wait.
    pub enum LetterKind {
        /// An invitation to the track; holds a single-use token.
        Invitation = "invitation",
        /// A password reset; holds a single-use token.
        PasswordReset = "password-reset",
        /// A notice that the password was changed.
        PasswordChanged = "password-changed",
        /// A notice of a sign-in after others that failed.
        SignInAfterFailures = "sign-in-after-failures",
        /// A notice that a second factor was set up, replaced or removed.
        SecondFactorChanged = "second-factor-changed",
        /// A second factor is going to be removed, since it was lost: to its owner and to facilitators.
        RecoveryStarted = "recovery-started",
        /// A notice that a personal access token was made.
        TokenMade = "token-made",
        /// A personal access token runs out.
        TokenExpiring = "token-expiring",
        /// A change of address waits for this end of it; holds a single-use token.
        AddressToConfirm = "address-to-confirm",
        /// A notice that the address was changed.
        AddressChanged = "address-changed",
        /// A notice that what protects the account was changed: the phrase of its letters, or whether its password can be reset
        /// by mail.
        ProtectionChanged = "protection-changed",
        /// A notice to administrators that there is one more of them, or one less.
        AdministrationChanged = "administration-changed",
        /// A seat was given to someone in a group of the recipient's (perhaps to the recipient).
        SeatGiven = "seat-given",
        /// A seat was changed.
        SeatChanged = "seat-changed",
        /// A seat was taken away.
        SeatTaken = "seat-taken",
        /// A delegation of a group of the recipient's suspended its participation.
        ParticipationSuspended = "participation-suspended",
        /// It takes part again.
        ParticipationResumed = "participation-resumed",
        /// A session was scheduled.
        SessionScheduled = "session-scheduled",
        /// A series of sessions was scheduled.
        SessionsScheduled = "sessions-scheduled",
        /// A date is being sought for a session.
        DateSought = "date-sought",
        /// A session was moved.
        SessionMoved = "session-moved",
        /// A session was cancelled.
        SessionCancelled = "session-cancelled",
        /// A session is near.
        Reminder = "reminder",
        /// The recipient has not answered an invitation to a session.
        AnswerMissing = "answer-missing",
        /// There is something new to read; once a day, to all readers alike.
        NotesDigest = "notes-digest",
        /// Letters of a kind will not come any more, since the recipient asked for that.
        Unsubscribed = "unsubscribed",
        /// Letters to somebody in a group of the recipient's do not arrive any more.
        AddressStopped = "address-stopped",
        /// An item was adopted by the chair's word.
        ItemAdopted = "item-adopted",
        /// A participant objected to an adoption by the chair's word.
        ItemObjected = "item-objected",
        /// A text was put to the group by silence; to those who can object with a link to do so.
        SilenceOpened = "silence-opened",
        /// A silence procedure is about to end.
        SilenceEnding = "silence-ending",
        /// The deadline of a silence procedure was moved.
        SilenceMoved = "silence-moved",
        /// Silence was broken.
        SilenceBroken = "silence-broken",
        /// A text was adopted by silence.
        SilenceAdopted = "silence-adopted",
        /// A silence procedure was withdrawn.
        SilenceWithdrawn = "silence-withdrawn",
        /// The record of a session was circulated: members may ask for corrections.
        RecordCirculated = "record-circulated",
        /// The record of a session was issued, by silence.
        RecordIssued = "record-issued",
    }
}

impl LetterKind {
    /// Whether nobody can do without it: what safety rests on, and what would send people to a closed door. It cannot be
    /// turned off, has no List-Unsubscribe (requirements M-08), and says so.
    pub const fn is_necessary(self) -> bool {
        match self {
            Self::Invitation
            | Self::PasswordReset
            | Self::PasswordChanged
            | Self::ItemAdopted
            | Self::ItemObjected
            | Self::SilenceOpened
            | Self::SilenceEnding
            | Self::SilenceMoved
            | Self::SilenceBroken
            | Self::SilenceAdopted
            | Self::SilenceWithdrawn
            | Self::RecordCirculated
            | Self::RecordIssued
            | Self::SignInAfterFailures
            | Self::SecondFactorChanged
            | Self::RecoveryStarted
            | Self::TokenMade
            | Self::TokenExpiring
            | Self::AddressToConfirm
            | Self::AddressChanged
            | Self::ProtectionChanged
            | Self::AdministrationChanged
            | Self::SeatGiven
            | Self::SeatChanged
            | Self::SeatTaken
            | Self::ParticipationSuspended
            | Self::ParticipationResumed
            | Self::SessionCancelled
            | Self::Unsubscribed
            | Self::AddressStopped => true,
            Self::SessionScheduled
            | Self::SessionsScheduled
            | Self::SessionMoved
            | Self::Reminder
            | Self::AnswerMissing
            | Self::DateSought
            | Self::NotesDigest => false,
        }
    }

    /// Whether it tells what became of a text or a record. Such letters are not counted for anybody: as many as there were
    /// objections, times the members, would be a tally.
    pub const fn tells_of_decisions(self) -> bool {
        matches!(
            self,
            Self::ItemAdopted
                | Self::ItemObjected
                | Self::SilenceOpened
                | Self::SilenceEnding
                | Self::SilenceMoved
                | Self::SilenceBroken
                | Self::SilenceAdopted
                | Self::SilenceWithdrawn
                | Self::RecordCirculated
                | Self::RecordIssued
        )
    }

    /// Whether it holds a code that is of use for a short time only, and is asked for anew where it did not arrive.
    pub const fn is_asked_for_anew(self) -> bool {
        matches!(self, Self::PasswordReset | Self::AddressToConfirm)
    }

    /// Whether it is about one session.
    pub const fn is_about_a_session(self) -> bool {
        match self {
            Self::SessionScheduled
            | Self::SessionsScheduled
            | Self::SessionMoved
            | Self::SessionCancelled
            | Self::Reminder
            | Self::AnswerMissing => true,
            Self::Invitation
            | Self::PasswordReset
            | Self::PasswordChanged
            | Self::ItemAdopted
            | Self::ItemObjected
            | Self::SilenceOpened
            | Self::SilenceEnding
            | Self::SilenceMoved
            | Self::SilenceBroken
            | Self::SilenceAdopted
            | Self::SilenceWithdrawn
            | Self::RecordCirculated
            | Self::RecordIssued
            | Self::SignInAfterFailures
            | Self::SecondFactorChanged
            | Self::RecoveryStarted
            | Self::TokenMade
            | Self::TokenExpiring
            | Self::AddressToConfirm
            | Self::AddressChanged
            | Self::ProtectionChanged
            | Self::AdministrationChanged
            | Self::SeatGiven
            | Self::SeatChanged
            | Self::SeatTaken
            | Self::ParticipationSuspended
            | Self::ParticipationResumed
            | Self::NotesDigest
            | Self::DateSought
            | Self::Unsubscribed
            | Self::AddressStopped => false,
        }
    }
}

/// How long an invitation is good from its sending (requirements A-13).
pub const INVITATION: SignedDuration = SignedDuration::from_hours(72);
/// How long a password reset is good from its sending (requirements A-13).
pub const PASSWORD_RESET: SignedDuration = SignedDuration::from_hours(1);

/// The secret of a link on its way into the one letter that may hold it, in base64url: a token that is good once, or a
/// link's own. No `Debug`.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Wraps a token's text.
    pub fn new(text: String) -> Self {
        Self(text)
    }
    /// The token's text, for the letter.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// The session that a letter is about, as far as the letter may tell.
#[derive(Clone)]
pub struct Appointment {
    /// Which.
    pub session: SessionId,
    /// When it starts.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// The session's own zone.
    pub zone: Zone,
    /// The iCalendar SEQUENCE.
    pub sequence: i32,
    /// The iCalendar UID: random, one a recipient and session, constant over moves.
    pub uid: String,
    /// What the recipient's calendar calls it, if they have chosen a name for it.
    pub label: Option<String>,
    /// Whether the recipient wants a calendar entry with the letter.
    pub has_entry: bool,
    /// The secret of the link by which the recipient answers without signing in.
    pub answer: Option<Token>,
    /// What it is about, where the track's letters tell.
    pub subject: Option<Subject>,
}

/// What a session is about and where it meets: in letters of tracks that have chosen so, and never notes, other people,
/// or the address of the remote room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its title.
    pub title: String,
    /// Where it meets.
    pub venue: Option<String>,
}

/// When a session was to be, before it was moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// From then on.
    pub starts_at: Timestamp,
    /// Until then.
    pub ends_at: Timestamp,
}

/// What the letter is about.
#[derive(Clone)]
pub enum Matter {
    /// An invitation to the track, good for 72 hours from its sending.
    Invitation {
        /// The single-use token.
        token: Token,
        /// Until when it is good.
        expires_at: Timestamp,
    },
    /// A password reset, good for 60 minutes from its sending.
    PasswordReset {
        /// The single-use token.
        token: Token,
        /// Until when it is good.
        expires_at: Timestamp,
    },
    /// The password was changed at that time.
    PasswordChanged {
        /// When.
        at: Timestamp,
    },
    /// Someone signed in, after tries that failed.
    SignInAfterFailures,
    /// A second factor was set up, replaced or removed at that time.
    SecondFactorChanged {
        /// When.
        at: Timestamp,
    },
    /// A second factor is removed at that time, unless its owner cancels it; `own` to the owner.
    RecoveryStarted {
        /// Whether it is the recipient's.
        own: bool,
        /// When it takes effect.
        at: Timestamp,
    },
    /// A personal access token was made at that time.
    TokenMade {
        /// When.
        at: Timestamp,
    },
    /// A personal access token runs out at that time.
    TokenExpiring {
        /// When.
        expires_at: Timestamp,
    },
    /// A change of address waits for this end of it; `own` to the old address.
    AddressToConfirm {
        /// Whether it goes to the address that the account has.
        own: bool,
        /// The single-use token.
        token: Token,
        /// Until when it is good.
        expires_at: Timestamp,
    },
    /// The address was changed at that time.
    AddressChanged {
        /// When.
        at: Timestamp,
    },
    /// The phrase of letters, or the switch for resets by mail, was changed at that time.
    ProtectionChanged {
        /// When.
        at: Timestamp,
    },
    /// Someone became an administrator, or is none any more, at that time.
    AdministrationChanged {
        /// When.
        at: Timestamp,
    },
    /// A seat was given; `own` where it is the recipient's.
    SeatGiven {
        /// Whether it is the recipient's.
        own: bool,
    },
    /// A seat was changed; `own` where it is the recipient's.
    SeatChanged {
        /// Whether it is the recipient's.
        own: bool,
    },
    /// A seat was taken away; `own` where it was the recipient's.
    SeatTaken {
        /// Whether it is the recipient's.
        own: bool,
    },
    /// A delegation suspended its participation.
    ParticipationSuspended,
    /// It takes part again.
    ParticipationResumed,
    /// A session was scheduled.
    SessionScheduled(Appointment),
    /// A series of sessions was scheduled; this is the first of them.
    SessionsScheduled(Appointment),
    /// A date is being sought for a session.
    DateSought,
    /// A session was moved or changed to what is told here.
    SessionMoved {
        /// The session.
        appointment: Appointment,
        /// What the recipient was told before; `None` where the times are the same and something else has changed.
        was: Option<Times>,
    },
    /// A session was cancelled.
    SessionCancelled {
        /// The session.
        appointment: Appointment,
        /// Why, where the track's letters tell.
        reason: Option<String>,
    },
    /// A session starts in about so long.
    Reminder {
        /// The session.
        appointment: Appointment,
        /// How long before its start the reminder was meant for.
        before: Offset,
    },
    /// The recipient has not answered.
    AnswerMissing(Appointment),
    /// There is something new to read.
    NotesDigest,
    /// Letters of that kind will not come any more.
    Unsubscribed {
        /// Which.
        kind: LetterKind,
    },
    /// Letters to somebody in a group of the recipient's do not arrive any more.
    AddressStopped,
    /// An item was adopted by the chair's word; participants may object.
    ItemAdopted,
    /// A participant objected to an adoption by the chair's word.
    ItemObjected,
    /// A text was put to the group by silence.
    SilenceOpened(Call),
    /// A silence procedure is about to end.
    SilenceEnding(Call),
    /// The deadline of a silence procedure was moved.
    SilenceMoved(Call),
    /// Silence was broken: the text is not adopted.
    SilenceBroken,
    /// A text was adopted by silence.
    SilenceAdopted {
        /// The deadline.
        at: Timestamp,
    },
    /// A silence procedure was withdrawn: the text is not adopted.
    SilenceWithdrawn,
    /// A record was circulated.
    RecordCirculated,
    /// A record was issued.
    RecordIssued {
        /// The deadline.
        at: Timestamp,
    },
}

/// Until when silence can be broken, and for whoever can, how.
#[derive(Clone)]
pub struct Call {
    /// Exactly then is too late.
    pub deadline: Timestamp,
    /// The secret of the recipient's own link to object to this procedure; `None` for whoever cannot object.
    pub link: Option<Token>,
}

/// One letter to one person, ready to be rendered.
#[derive(Clone)]
pub struct Letter {
    /// Which; its Message-ID is derived from it, so that a second sending carries the same.
    pub id: LetterId,
    /// The Message-ID's part before the at sign: stable, and telling nothing.
    pub message_key: String,
    /// Where it goes.
    pub to: EmailAddress,
    /// The recipient's name.
    pub name: String,
    /// The recipient's language.
    pub language: LanguageTag,
    /// The recipient's zone.
    pub zone: Zone,
    /// What the recipient chose to know a true letter by (requirements M-13).
    pub phrase: Option<String>,
    /// The secret of the link by which letters of this kind are turned off; `None` where they cannot be.
    pub unsubscribe: Option<Token>,
    /// When it was written: the Date of the message.
    pub written_at: Timestamp,
    /// What it is about.
    pub matter: Matter,
}
