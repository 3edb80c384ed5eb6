//! The small pages that the links of letters lead to: in the reader's language, without script, picture or colour.
//!
//! Deliberately absent: anything about a session, a group or a track. A page tells less than the letter did.

use std::sync::LazyLock;

use dipoli_domain::{attendee::Rsvp, language::LanguageTag, letter::LetterKind};
use fluent_bundle::FluentArgs;
use minijinja::{Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig};

use crate::{render::RenderError, words::Reading};

/// The style of every page, so that whoever serves it can allow this one and no other.
pub const STYLE: &str = ":root { color-scheme: light dark; } \
    body { font-family: sans-serif; line-height: 1.5; margin: 2em auto; max-width: 32em; padding: 0 1em; } \
    button { font: inherit; min-height: 2.75em; padding: 0.5em 1em; width: 100%; }";

/// The name of the form's field that holds an answer.
pub const ANSWER: &str = "answer";

/// What a page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// To answer a session; with the answer that the letter's link suggests, if it does.
    Answer(Option<Rsvp>),
    /// The answer was noted.
    Answered(Rsvp),
    /// To turn off letters of a kind.
    Unsubscribe(LetterKind),
    /// They are turned off.
    Unsubscribed(LetterKind),
    /// The link is none, or none any more.
    Gone,
}

/// An answer as it stands in links and forms.
pub const fn answer_word(answer: Rsvp) -> Option<&'static str> {
    match answer {
        Rsvp::Accepted => Some("accepted"),
        Rsvp::Tentative => Some("tentative"),
        Rsvp::Declined => Some("declined"),
        Rsvp::Pending => None,
    }
}

/// The answer that stands in a link or a form.
pub fn answer_of(word: &str) -> Option<Rsvp> {
    Rsvp::ALL.iter().copied().find(|answer| answer_word(*answer) == Some(word))
}

static LAYOUT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true);
    environment.set_syntax(syntax.build().expect("the usual delimiters are sound"));
    environment.add_template("page.html", include_str!("../layouts/page.html")).expect("the page is a template");
    environment
});

impl Page {
    /// The page as HTML, for a reader of this language.
    ///
    /// # Errors
    /// A word is missing.
    pub fn html(self, language: &LanguageTag) -> Result<String, RenderError> {
        let reading = Reading::of(language, &LanguageTag::english());
        let style = Value::from_safe_string(STYLE.to_owned());
        let (title, paragraphs, buttons) = self.words(&reading)?;
        let page = context! { language => reading.language.tag, style, title, paragraphs, buttons };
        let layout = LAYOUT.get_template("page.html").map_err(|_| RenderError::Layout)?;
        layout.render(page).map_err(|_| RenderError::Layout)
    }

    fn words(self, reading: &Reading) -> Result<(String, Vec<String>, Vec<Value>), RenderError> {
        let say = |key: &str| reading.language.say(key, &FluentArgs::new());
        Ok(match self {
            Self::Answer(suggested) => {
                (say("page-answer.title")?, vec![say("page-answer.lead")?], answers(reading, suggested)?)
            }
            Self::Answered(answer) => {
                let noted = say(&format!("page-answer.{}", answer_word(answer).ok_or(RenderError::Words)?))?;
                (say("page-answer.title")?, vec![noted, say("page-answer.again")?], answers(reading, Some(answer))?)
            }
            Self::Unsubscribe(kind) => {
                let button = say("page-unsubscribe.button")?;
                let button =
                    context! { name => "List-Unsubscribe", value => "One-Click", label => button, chosen => false };
                (say("page-unsubscribe.title")?, vec![of_kind(reading, "page-unsubscribe.lead", kind)?], vec![button])
            }
            Self::Unsubscribed(kind) => {
                let what = of_kind(reading, "page-unsubscribe.lead", kind)?;
                (say("page-unsubscribe.title")?, vec![what, say("page-unsubscribe.done")?], Vec::new())
            }
            Self::Gone => (say("page-gone.title")?, vec![say("page-gone.lead")?], Vec::new()),
        })
    }
}

/// A button for each answer.
fn answers(reading: &Reading, chosen: Option<Rsvp>) -> Result<Vec<Value>, RenderError> {
    let buttons = [(Rsvp::Accepted, "accept"), (Rsvp::Tentative, "tentative"), (Rsvp::Declined, "decline")];
    buttons
        .into_iter()
        .map(|(answer, key)| {
            let label = reading.language.say(key, &FluentArgs::new())?;
            Ok(context! { name => ANSWER, value => answer_word(answer), label, chosen => chosen == Some(answer) })
        })
        .collect()
}

/// A message that names a kind of letters that can be turned off.
pub(crate) fn of_kind(reading: &Reading, key: &str, kind: LetterKind) -> Result<String, RenderError> {
    let mut named = FluentArgs::new();
    named.set("kind", reading.language.say(&format!("kind.{}", kind.word()), &FluentArgs::new())?);
    reading.language.say(key, &named)
}

/// The language among those that there are words in which a browser asks for first (RFC 9110 §12.5.4); English else.
pub fn wanted(accept_language: &str) -> LanguageTag {
    let quality = |parameters: &str| parameters.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
    let mut ranges: Vec<(f32, LanguageTag)> = accept_language
        .split(',')
        .filter_map(|range| {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let tag = LanguageTag::parse("language", tag.trim()).ok()?;
            Some((quality(parameters).unwrap_or(1.0), tag))
        })
        .filter(|(quality, tag)| *quality > 0.0 && Reading::has(tag))
        .collect();
    ranges.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranges.into_iter().next().map_or_else(LanguageTag::english, |(_, tag)| tag)
}

/// The language to speak to a reader in: their own, where there are words in it; else the track's; English where there are
/// none in either.
pub fn spoken(reader: &LanguageTag, track: &LanguageTag) -> LanguageTag {
    let known = [reader, track].into_iter().find(|tag| Reading::has(tag));
    known.cloned().unwrap_or_else(LanguageTag::english)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_whole_in_every_language_and_runs_nothing() {
        for language in ["en", "be", "ru", "pl", "lt"] {
            let language = LanguageTag::parse("language", language).unwrap();
            let optional = LetterKind::ALL.iter().copied().filter(|kind| !kind.is_necessary());
            let pages = optional.flat_map(|kind| [Page::Unsubscribe(kind), Page::Unsubscribed(kind)]);
            let answers =
                [Page::Gone, Page::Answer(None), Page::Answer(Some(Rsvp::Declined)), Page::Answered(Rsvp::Accepted)];
            for page in pages.chain(answers) {
                let html = page.html(&language).unwrap();
                assert!(html.contains(&format!("<html lang=\"{language}\">")), "{html}");
                for absent in ["<script", "<img", "http", " style=", "Dipoli"] {
                    assert!(!html.contains(absent), "{absent} in {html}");
                }
                assert_eq!(
                    html.contains("<form method=\"post\">"),
                    matches!(page, Page::Answer(_) | Page::Answered(_) | Page::Unsubscribe(_))
                );
            }
        }
    }

    #[test]
    fn an_answer_has_one_word() {
        for answer in Rsvp::ALL {
            assert_eq!(
                answer_word(*answer).and_then(answer_of),
                Some(*answer).filter(|answer| *answer != Rsvp::Pending)
            );
        }
        assert_eq!(answer_of("yes"), None);
    }

    #[test]
    fn a_browser_is_answered_in_the_first_language_that_there_is() {
        for (header, language) in [
            ("", "en"),
            ("de, fr;q=0.5", "en"),
            ("de, be;q=0.5, ru;q=0.9", "ru"),
            ("lt-LT,lt;q=0.9,en;q=0.8", "lt-LT"),
            ("pl;q=0, ru;q=0.1", "ru"),
            ("\u{0}, ;;q=, *", "en"),
        ] {
            assert_eq!(wanted(header).as_str(), language, "{header}");
        }
    }
}
