//! What a letter says: its kind, to whom, and the times in it. Rendering is the mail crate's; sending is the worker's.
//!
//! Deliberately absent: titles, venues, groups, parties, and every person but the recipient (requirements M-13).
//! A letter says that something is due and when, nothing else.

use jiff::{SignedDuration, Timestamp};

use crate::{
    email::EmailAddress,
    id::{LetterId, SessionId},
    language::LanguageTag,
    span::Span,
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
        /// A notice to administrators that there is one more of them, or one less.
        AdministrationChanged = "administration-changed",
        /// A seat was given to someone in a group of the recipient's (perhaps to the recipient).
        SeatGiven = "seat-given",
        /// A seat was changed.
        SeatChanged = "seat-changed",
        /// A seat was taken away.
        SeatTaken = "seat-taken",
        /// A session was scheduled.
        SessionScheduled = "session-scheduled",
        /// A session was moved.
        SessionMoved = "session-moved",
        /// A session was cancelled.
        SessionCancelled = "session-cancelled",
        /// A session is near.
        Reminder = "reminder",
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
    }
}

/// How long an invitation is good from its sending (requirements A-13).
pub const INVITATION: SignedDuration = SignedDuration::from_hours(72);
/// How long a password reset is good from its sending (requirements A-13).
pub const PASSWORD_RESET: SignedDuration = SignedDuration::from_hours(1);

/// A single-use token on its way into the one letter that may hold it: 43 characters of base64url. No `Debug`.
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

/// The session that a letter is about, as far as a discreet letter may tell.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// A session was scheduled.
    SessionScheduled(Appointment),
    /// A session was moved to what is told here.
    SessionMoved(Appointment),
    /// A session was cancelled.
    SessionCancelled(Appointment),
    /// A session starts in about so long.
    Reminder {
        /// The session.
        appointment: Appointment,
        /// How long before its start the reminder was meant for.
        before: Span,
    },
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
    /// When it was written: the Date of the message.
    pub written_at: Timestamp,
    /// What it is about.
    pub matter: Matter,
}
