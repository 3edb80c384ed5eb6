//! The words of letters, apart from the code that chooses them: one Fluent file a language, compiled in.
//!
//! To add a language, add its file and name it in `LANGUAGES`; a test compares its keys and variables with the others'.
//! Deliberately absent: words that an operator could exchange. A layout can be (see `layout.rs`); what a letter says is
//! the same in every track, so that its discretion can be tested.

use std::sync::LazyLock;

use dipoli_domain::language::LanguageTag;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use icu_locale_core::Locale;
use icu_plurals::{PluralCategory, PluralRules};
use unic_langid::LanguageIdentifier;

use crate::render::RenderError;

/// One language.
pub(crate) struct Language {
    /// Its BCP 47 primary tag.
    pub(crate) tag: &'static str,
    /// Whose dates are written for a reader who names no region.
    dates: &'static str,
    bundle: FluentBundle<FluentResource>,
}

/// Every language that letters are written in, with its words and the locale of its dates. English dates are those of
/// the day-month order and the 24 hours that the others have too, unless the reader names a region.
const LANGUAGES: [(&str, &str, &str); 5] = [
    ("en", "en-GB", include_str!("../words/en.ftl")),
    ("be", "be", include_str!("../words/be.ftl")),
    ("ru", "ru", include_str!("../words/ru.ftl")),
    ("pl", "pl", include_str!("../words/pl.ftl")),
    ("lt", "lt", include_str!("../words/lt.ftl")),
];

static SPOKEN: LazyLock<Vec<Language>> =
    LazyLock::new(|| LANGUAGES.map(|(tag, dates, words)| Language::new(tag, dates, words)).into());

/// A language as one reader reads it.
pub(crate) struct Reading {
    /// The language of the words.
    pub(crate) language: &'static Language,
    /// The locale of the dates.
    pub(crate) locale: Locale,
}

impl Reading {
    /// Whether there are words in a language.
    pub(crate) fn has(tag: &LanguageTag) -> bool {
        find(tag).is_some()
    }

    /// The language to write to a person in: their own, looked up as BCP 47 does it (RFC 4647 §3.4); else the track's;
    /// else English.
    pub(crate) fn of(reader: &LanguageTag, track: &LanguageTag) -> Self {
        let chosen = [reader, track].into_iter().find_map(|tag| Some((find(tag)?, tag.as_str())));
        let (language, tag) = chosen.unwrap_or((&SPOKEN[0], "en"));
        let dates = if tag == language.tag { language.dates } else { tag };
        Self { language, locale: dates.parse().unwrap_or(Locale::UNKNOWN) }
    }
}

/// The language of the longest beginning of the tag that there are words for.
fn find(tag: &LanguageTag) -> Option<&'static Language> {
    let mut range = tag.as_str();
    loop {
        if let Some(language) = SPOKEN.iter().find(|language| language.tag.eq_ignore_ascii_case(range)) {
            return Some(language);
        }
        range = range.rsplit_once('-')?.0;
    }
}

/// `PLURAL($number)`: the number's plural form by CLDR. Fluent's own selection by number goes wrong above twenty in
/// Belarusian and Lithuanian.
fn plural<'a>(tag: &str, positional: &[FluentValue<'a>]) -> FluentValue<'a> {
    let rules = PluralRules::try_new_cardinal(tag.parse().unwrap_or(Locale::UNKNOWN).into());
    match (positional, rules) {
        // Only what is whole and not negative is counted in letters.
        ([FluentValue::Number(number)], Ok(rules)) => form(rules.category_for(number.value.abs() as u64)).into(),
        _ => FluentValue::Error,
    }
}

fn form(category: PluralCategory) -> &'static str {
    match category {
        PluralCategory::Zero => "zero",
        PluralCategory::One => "one",
        PluralCategory::Two => "two",
        PluralCategory::Few => "few",
        PluralCategory::Many => "many",
        PluralCategory::Other => "other",
    }
}

impl Language {
    fn new(tag: &'static str, dates: &'static str, words: &'static str) -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec![tag.parse::<LanguageIdentifier>().unwrap_or_default()]);
        // Nothing is set in that runs from right to left: names are stripped of what turns, the rest is ours.
        bundle.set_use_isolating(false);
        let resource = FluentResource::try_new(words.to_owned()).unwrap_or_else(|(whole, _)| whole);
        // The words of no language have a function of this name but this one.
        let _ = bundle.add_function("PLURAL", move |positional, _| plural(tag, positional));
        // A key given twice is found by the test of the words.
        let _ = bundle.add_resource(resource);
        Self { tag, dates, bundle }
    }

    /// A message (`begins`) or one of its attributes (`reminder.subject`), filled in. A key that is not there, or a
    /// variable that is not given, is an error and never an empty word.
    pub(crate) fn say(&self, key: &str, arguments: &FluentArgs) -> Result<String, RenderError> {
        let (id, attribute) = key.split_once('.').map_or((key, None), |(id, attribute)| (id, Some(attribute)));
        let message = self.bundle.get_message(id).ok_or(RenderError::Words)?;
        let pattern = match attribute {
            Some(name) => message.get_attribute(name).map(|attribute| attribute.value()),
            None => message.value(),
        };
        let mut faults = Vec::new();
        let said = self.bundle.format_pattern(pattern.ok_or(RenderError::Words)?, Some(arguments), &mut faults);
        if faults.is_empty() { Ok(said.into_owned()) } else { Err(RenderError::Words) }
    }
}

#[cfg(test)]
mod tests;
