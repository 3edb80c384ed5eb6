//! A person with an account in the track, and what of them a viewer may see.

use jiff::Timestamp;

use crate::{
    email::EmailAddress,
    id::PersonId,
    language::LanguageTag,
    refusal::{Refusal, Refusals},
    text,
    time::Zone,
};

words! {
    /// Where an account stands.
    pub enum Standing {
        /// Invited to the track; the invitation is not accepted yet.
        Invited = "invited",
        /// Has accepted the invitation.
        Active = "active",
        /// Switched off by an administrator.
        Disabled = "disabled",
        /// Erased by its person; what stays of theirs is a former participant's.
        Erased = "erased",
    }
}

/// A person as the system knows them. Only they themselves and administrators see all of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Whose.
    pub id: PersonId,
    /// As it is written on the name plate.
    pub display_name: String,
    /// Function or institution; shown as the capacity allows.
    pub affiliation: Option<String>,
    /// Where letters go, and what one signs in with.
    pub email: EmailAddress,
    /// Language of letters.
    pub language: LanguageTag,
    /// Zone of letters.
    pub zone: Zone,
    /// Keeps the track's accounts and groups; reads no content without a seat.
    pub is_administrator: bool,
    /// Where the account stands.
    pub standing: Standing,
    /// What they have chosen for their own security.
    pub security: Security,
}

/// What a person has chosen for their own security; for nobody else's eyes.
#[derive(Clone, PartialEq, Eq)]
pub struct Security {
    /// Stands in every letter to them, so that they know a true one (requirements M-13).
    pub phrase: Option<String>,
    /// Whether the password can be reset by mail.
    pub reset_by_mail: bool,
    /// From when on it can be, once, although they switched it off: the operator has begun their way back, and they have not
    /// said a word about it.
    pub reset_once_from: Option<Timestamp>,
    /// Whether they have a second factor.
    pub has_second_factor: bool,
}

impl Security {
    /// Whether the password can be reset by mail now.
    pub fn can_reset_by_mail(&self, now: Timestamp) -> bool {
        self.reset_by_mail || self.reset_once_from.is_some_and(|from| from <= now)
    }
}

impl Default for Security {
    fn default() -> Self {
        Self { phrase: None, reset_by_mail: true, reset_once_from: None, has_second_factor: false }
    }
}

/// A person as one viewer may see them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PersonSeen {
    /// Whose.
    pub id: PersonId,
    /// Their own name; for a seat that has not taken effect, the name that it was given with.
    pub display_name: String,
    /// `None` where they sit in a personal capacity in every group shared with the viewer.
    pub affiliation: Option<String>,
    /// To the person, to administrators and to organizers of a shared group; to others `None`.
    pub email: Option<String>,
    /// How the account stands: to the person and to administrators; to others `None`.
    pub account: Option<AccountSeen>,
}

/// How an account stands, to those who keep accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccountSeen {
    /// Whether it is open, disabled, or was not accepted yet.
    pub standing: Standing,
    /// Whether its person keeps the track's accounts and groups.
    pub is_administrator: bool,
}

impl From<&Person> for PersonSeen {
    fn from(person: &Person) -> Self {
        Self {
            id: person.id,
            display_name: person.display_name.clone(),
            affiliation: person.affiliation.clone(),
            email: Some(person.email.as_str().to_owned()),
            account: Some(AccountSeen { standing: person.standing, is_administrator: person.is_administrator }),
        }
    }
}

/// Someone to be invited to the track.
#[derive(Clone, PartialEq, Eq)]
pub struct Invitee {
    /// Where the invitation goes.
    pub email: EmailAddress,
    /// Their name.
    pub display_name: String,
    /// Their function or institution.
    pub affiliation: Option<String>,
    /// Language of letters; the track's unless given.
    pub language: LanguageTag,
    /// Zone of letters; UTC unless given.
    pub zone: Zone,
}

impl Invitee {
    /// Checks every field and tells all faults at once.
    pub fn parse(
        email: &str,
        display_name: &str,
        affiliation: Option<&str>,
        language: Option<&str>,
        zone: Option<&str>,
        track_language: &LanguageTag,
    ) -> Result<Self, Refusals> {
        let mut refusals = Refusals::default();
        let email = refusals.keep(EmailAddress::parse("email", email));
        let display_name = refusals.keep(text::line("displayName", display_name));
        let affiliation =
            refusals.keep(text::optional_line("affiliation", affiliation.unwrap_or_default(), text::LINE_MAX));
        let language = refusals
            .keep(language.map_or_else(|| Ok(track_language.clone()), |tag| LanguageTag::parse("language", tag)));
        let zone = refusals.keep(zone.map_or_else(|| Ok(Zone::utc()), |name| Zone::parse("timeZone", name)));
        refusals.check()?;
        match (email, display_name, affiliation, language, zone) {
            (Some(email), Some(display_name), Some(affiliation), Some(language), Some(zone)) => {
                Ok(Self { email, display_name, affiliation, language, zone })
            }
            _ => Err(Refusal::bad_input("input", "It is incomplete.").into()),
        }
    }
}
