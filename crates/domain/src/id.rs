//! Names of things: random (UUIDv4), typed, and written as a short prefix and 22 characters of base64url.
//!
//! Deliberately absent: ordered ids (UUIDv7, serial). An id tells no time, no order and no count, and it is no
//! secret either: what may not be guessed is a 256-bit secret, never an id.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

/// A text that is no id of the kind asked for. Deliberately without detail: it is answered as an unknown id is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this kind")]
pub struct NotAnId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $value:ident = $prefix:literal),+ $(,)?) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
            pub struct $name(Uuid);

            impl $name {
                /// A fresh random id.
                pub fn random() -> Self { Self(Uuid::new_v4()) }
                /// The id as it is stored.
                pub const fn uuid(self) -> Uuid { self.0 }
                /// The id that is stored as `uuid`.
                pub const fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write($prefix, self.0, f) }
            }

            impl FromStr for $name {
                type Err = NotAnId;
                fn from_str(text: &str) -> Result<Self, NotAnId> { read($prefix, text).map(Self) }
            }

            impl From<$name> for AnyId {
                fn from(id: $name) -> Self { Self::$value(id) }
            }
        )+

        /// An id of any kind, for `node` and for the subject of an audit event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum AnyId { $($(#[$doc])* $value($name)),+ }

        impl fmt::Display for AnyId {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $(Self::$value(id) => id.fmt(f)),+ }
            }
        }

        impl FromStr for AnyId {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                match text.split_once('_') {
                    $(Some(($prefix, _)) => text.parse().map(Self::$value),)+
                    _ => Err(NotAnId),
                }
            }
        }
    };
}

ids! {
    /// A person with an account in the track.
    PersonId Person = "per",
    /// A working group.
    WorkingGroupId WorkingGroup = "grp",
    /// A side at the table of one working group.
    DelegationId Delegation = "del",
    /// One person's seat in one working group.
    MembershipId Membership = "mem",
    /// A meeting of a working group.
    SessionId Session = "ses",
    /// A search for the date of a session.
    DateSearchId DateSearch = "dat",
    /// One member's answer to one session.
    AttendeeId Attendee = "att",
    /// An item on a session's agenda.
    AgendaItemId AgendaItem = "agi",
    /// A note on a session.
    NoteId Note = "not",
    /// A facilitator's wording of a caucus note.
    ParaphraseId Paraphrase = "par",
    /// A silence procedure on an agenda item.
    SilenceProcedureId SilenceProcedure = "sil",
    /// An objection that breaks silence.
    ObjectionId Objection = "obj",
    /// An interpretative statement.
    StatementId Statement = "sta",
    /// The record of a session.
    RecordId Record = "rec",
    /// A passage of a record that someone asked to be struck or corrected.
    CorrectionId Correction = "cor",
    /// An event of the audit log.
    AuditEventId AuditEvent = "aud",
    /// An authenticated presence.
    SignInId SignIn = "sgn",
    /// Tries that are counted together.
    AttemptId Attempt = "try",
    /// A second factor.
    SecondFactorId SecondFactor = "sec",
    /// What an API client shows instead of a sign-in.
    PersonalAccessTokenId PersonalAccessToken = "pat",
    /// A letter that waits to be sent.
    LetterId Letter = "let",
}

fn write(prefix: &str, uuid: Uuid, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{prefix}_{}", URL_SAFE_NO_PAD.encode(uuid.as_bytes()))
}

fn read(prefix: &str, text: &str) -> Result<Uuid, NotAnId> {
    let body = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or(NotAnId)?;
    if body.len() != 22 {
        return Err(NotAnId);
    }
    let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| NotAnId)?;
    Uuid::from_slice(&bytes).map_err(|_| NotAnId)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// Fuzzed: whatever a text is, it is the one text of an id, or none.
        #[test]
        fn a_text_is_the_one_text_of_an_id_or_none(text in "(ses|per|not|SES|se)?[_.-]?[A-Za-z0-9_=+/-]{20,24}|.{0,40}") {
            if let Ok(id) = text.parse::<AnyId>() {
                proptest::prop_assert_eq!(id.to_string(), text);
            }
        }

        /// Fuzzed: an id that was changed is another one, or none.
        #[test]
        fn an_id_that_was_changed_is_not_the_same(bytes: [u8; 16], at in 0_usize..26, other: char) {
            let id = NoteId::from_uuid(uuid::Uuid::from_bytes(bytes));
            let changed: String = id.to_string().chars().enumerate().map(|(n, c)| if n == at { other } else { c }).collect();
            if changed != id.to_string() {
                proptest::prop_assert_ne!(changed.parse(), Ok(id));
            }
        }
    }

    #[test]
    fn an_id_reads_back_as_itself_and_as_nothing_else() {
        let id = SessionId::random();
        let text = id.to_string();
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(text.parse(), Ok(AnyId::Session(id)));
        assert_eq!(text.parse::<PersonId>(), Err(NotAnId));
        for wrong in ["", "ses_", "ses_*", "ses", &text[..25], &format!("{text}A"), "ses_AAAAAAAAAAAAAAAAAAAAAB"] {
            assert_eq!(wrong.parse::<SessionId>(), Err(NotAnId), "{wrong}");
            assert_eq!(wrong.parse::<AnyId>(), Err(NotAnId), "{wrong}");
        }
    }
}
