//! Whom a track's letters come from, where their links lead, and how they look. Each track has its own; none is shared.
//!
//! Deliberately absent: a display name, which could only tell something (requirements M-13).

use dipoli_domain::{email::EmailAddress, language::LanguageTag, letter::Token};
use lettre::Address;
use url::Url;

use crate::layout::Layouts;

/// A track's mail identity.
#[derive(Clone)]
pub struct Sender {
    from: Address,
    links: String,
    language: LanguageTag,
    layouts: Layouts,
}

/// Settings that make no sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotASender {
    /// The address.
    #[error("no mail can come from this address: give one like secretariat@example.org")]
    From,
    /// The base of links.
    #[error("links begin with http:// or https:// and a host, and have neither ? nor #")]
    Links,
}

impl Sender {
    /// A sender: `from` stands in From and as the calendar's organizer, and its domain in the Message-ID; `links` is
    /// the public URL of the track, for example `https://dialogue.example/aalto`, with or without a slash at its end.
    pub fn new(from: &EmailAddress, links: &str) -> Result<Self, NotASender> {
        let from = from.as_str().parse().map_err(|_| NotASender::From)?;
        let url = Url::parse(links).map_err(|_| NotASender::Links)?;
        let sound = matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none();
        if !sound {
            return Err(NotASender::Links);
        }
        Ok(Self {
            from,
            links: url.as_str().trim_end_matches('/').to_owned(),
            language: LanguageTag::english(),
            layouts: Layouts::default(),
        })
    }

    /// The same with the language of those whose own there are no words in; English unless given.
    #[must_use]
    pub fn speaking(self, language: LanguageTag) -> Self {
        Self { language, ..self }
    }

    /// The same with layouts of the track's own.
    #[must_use]
    pub fn with_layouts(self, layouts: Layouts) -> Self {
        Self { layouts, ..self }
    }

    pub(crate) fn language(&self) -> &LanguageTag {
        &self.language
    }

    pub(crate) fn layouts(&self) -> &Layouts {
        &self.layouts
    }

    /// The address in From.
    pub(crate) fn from(&self) -> &Address {
        &self.from
    }

    /// The Message-ID of the letter with this key.
    pub(crate) fn message_id(&self, key: &str) -> String {
        format!("<{key}@{}>", self.from.domain())
    }

    /// The link by which a session is answered.
    pub(crate) fn answer(&self, secret: &Token, answer: &str) -> String {
        format!("{}/rsvp/{}?{}={answer}", self.links, secret.expose(), crate::page::ANSWER)
    }

    /// The link by which letters of a kind are turned off.
    pub(crate) fn unsubscribe(&self, secret: &Token) -> String {
        format!("{}/unsubscribe/{}", self.links, secret.expose())
    }

    /// The link that takes a token. The token stands behind `#`, which no browser sends to a server.
    pub(crate) fn welcome(&self, token: &Token) -> String {
        format!("{}/welcome#{}", self.links, token.expose())
    }

    /// The link with which the holder of a secret objects.
    pub(crate) fn objection(&self, secret: &Token) -> String {
        format!("{}/object/{}", self.links, secret.expose())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(links: &str) -> Result<Sender, NotASender> {
        Sender::new(&EmailAddress::parse("from", "secretariat@localhost").unwrap(), links)
    }

    #[test]
    fn links_are_absolute_and_end_in_the_path() {
        let token = Token::new("t".to_owned());
        for base in ["https://dialogue.example/aalto", "https://dialogue.example/aalto/"] {
            assert_eq!(sender(base).unwrap().welcome(&token), "https://dialogue.example/aalto/welcome#t");
        }
        for wrong in ["", "/aalto", "dialogue.example/aalto", "ftp://a/b", "https://a/b?c", "https://a/b#c"] {
            assert!(matches!(sender(wrong), Err(NotASender::Links)), "{wrong}");
        }
    }

    #[test]
    fn a_message_id_has_the_senders_domain() {
        assert_eq!(sender("http://127.0.0.1:8080/aalto").unwrap().message_id("k"), "<k@localhost>");
    }
}
