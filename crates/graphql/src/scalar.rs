//! Scalars of our own. On the way in they keep the text as it was sent: what is wrong with it is said by the app, with
//! the field, beside all other faults. On the way out they hold what the domain has checked.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use dipoli_domain::Timestamp;

/// Declares a scalar that is a text.
macro_rules! texts {
    ($($(#[$($doc:tt)*])* $name:ident;)+) => {
        $(
            $(#[$($doc)*])*
            #[derive(Clone)]
            pub(crate) struct $name(String);

            $(#[$($doc)*])*
            #[Scalar]
            impl ScalarType for $name {
                fn parse(value: Value) -> InputValueResult<Self> {
                    match value {
                        Value::String(text) => Ok(Self(text)),
                        other => Err(InputValueError::expected_type(other)),
                    }
                }

                fn is_valid(value: &Value) -> bool {
                    matches!(value, Value::String(_))
                }

                fn to_value(&self) -> Value {
                    Value::String(self.0.clone())
                }
            }

            impl From<$name> for String {
                fn from(text: $name) -> Self {
                    text.0
                }
            }
        )+
    };
}

texts! {
    /// RFC 3339 instant, always sent in UTC with a trailing Z.
    DateTime;
    /// A day, as year-month-day in UTC. Presence is kept to the day.
    Date;
    /// IANA time-zone name, for example Europe/Minsk. Anything else is BAD_USER_INPUT.
    TimeZone;
    /// BCP 47 language tag, for example be or pl-PL.
    LanguageTag;
    /// An e-mail address as RFC 5321 allows it; compared without regard to case.
    EmailAddress;
}

impl From<Timestamp> for DateTime {
    fn from(instant: Timestamp) -> Self {
        Self(dipoli_domain::time::rfc3339(instant))
    }
}

impl Date {
    /// The day as it is written.
    pub(crate) fn of(day: impl std::fmt::Display) -> Self {
        Self(day.to_string())
    }
}

impl From<&dipoli_domain::time::Zone> for TimeZone {
    fn from(zone: &dipoli_domain::time::Zone) -> Self {
        Self(zone.name().to_owned())
    }
}

impl From<&dipoli_domain::language::LanguageTag> for LanguageTag {
    fn from(tag: &dipoli_domain::language::LanguageTag) -> Self {
        Self(tag.as_str().to_owned())
    }
}

impl From<&str> for EmailAddress {
    fn from(address: &str) -> Self {
        Self(address.to_owned())
    }
}
