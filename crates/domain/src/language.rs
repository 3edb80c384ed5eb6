//! Languages of people, as BCP 47 tags.

use std::fmt;

use icu_locale_core::Locale;

use crate::refusal::Refusal;

/// A well-formed BCP 47 tag in canonical case, at most 35 characters (RFC 5646 §4.4.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LanguageTag(String);

impl LanguageTag {
    /// Checks the tag; anything else is a refusal on `field`.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Refusal> {
        let refusal = || Refusal::bad_input(field, "This is not a BCP 47 language tag, for example be or pl-PL.");
        if text.len() > 35 || text.contains('_') {
            return Err(refusal());
        }
        text.parse::<Locale>().map(|locale| Self(locale.to_string())).map_err(|_| refusal())
    }

    /// A tag that was checked when it was stored.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// English, where nothing else is known.
    pub fn english() -> Self {
        Self("en".to_owned())
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LanguageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_tag() {
        assert_eq!(LanguageTag::parse("language", "PL-pl").expect("sound").as_str(), "pl-PL");
        assert_eq!(LanguageTag::parse("language", "be").expect("sound").as_str(), "be");
        for wrong in ["", "en_US", "belarusian!", "x"] {
            assert!(LanguageTag::parse("language", wrong).is_err(), "{wrong}");
        }
    }
}
