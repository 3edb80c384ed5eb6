//! A sign-in, as the person whose it is sees it in the list of theirs (requirements A-10).
//!
//! Deliberately absent: the client's address and name, and times within a day (requirements N-17).

use jiff::civil;

use crate::id::SignInId;

words! {
    /// What kind of client someone signed in from: enough to know one's own again, and no more than that.
    pub enum ClientKind {
        /// A browser on a computer.
        Browser = "browser",
        /// A telephone or a tablet.
        Phone = "phone",
        /// A program of another kind.
        Program = "program",
        /// One that does not say.
        Unknown = "unknown",
    }
}

impl ClientKind {
    /// The kind that a client gives itself out as, by its User-Agent.
    pub fn of(user_agent: Option<&str>) -> Self {
        let Some(name) = user_agent.filter(|name| !name.trim().is_empty()) else { return Self::Unknown };
        let has = |word: &str| name.contains(word);
        if !name.starts_with("Mozilla/") && !name.starts_with("Opera/") {
            Self::Program
        } else if ["Mobile", "Android", "iPhone", "iPad"].into_iter().any(has) {
            Self::Phone
        } else {
            Self::Browser
        }
    }
}

/// One of a person's sign-ins that are on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Which.
    pub id: SignInId,
    /// From what kind of client.
    pub client: ClientKind,
    /// On which day.
    pub signed_in_on: civil::Date,
    /// On which day it was last used.
    pub last_used_on: civil::Date,
    /// On which day it ends by itself, however much it is used.
    pub expires_on: civil::Date,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_known_by_its_kind_alone() {
        for (name, kind) in [
            (None, ClientKind::Unknown),
            (Some(" "), ClientKind::Unknown),
            (Some("curl/8.5.0"), ClientKind::Program),
            (Some("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"), ClientKind::Browser),
            (Some("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) Mobile/15E148 Safari/604.1"), ClientKind::Phone),
            (Some("Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36"), ClientKind::Phone),
        ] {
            assert_eq!(ClientKind::of(name), kind, "{name:?}");
        }
    }
}
