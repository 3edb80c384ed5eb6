//! The words of letters, apart from the code that fills them in: for each language its templates, and how it writes
//! a moment.
//!
//! A template is a whole letter: a line `Subject: …`, an empty line, the text. What it may name is in `text.rs`. To add
//! a language, add a file here and a folder of templates, and name it in `LANGUAGES`.

mod en;

use dipoli_domain::{language::LanguageTag, letter::LetterKind};
use jiff::ZonedDateTime;

/// What letters in one language need.
pub(crate) struct Language {
    /// Its BCP 47 primary tag.
    tag: &'static str,
    /// The template of each kind of letter.
    pub(crate) template: fn(LetterKind) -> &'static str,
    /// A moment on one line: weekday, date, time, zone and offset from UTC (requirements M-14).
    pub(crate) moment: fn(&ZonedDateTime) -> String,
    /// What a calendar entry is called.
    pub(crate) session: &'static str,
}

/// Every language that letters are written in. The first is written to those whose own is not among them.
const LANGUAGES: &[&Language] = &[&en::ENGLISH];

/// The language to write to a person in.
pub(crate) fn for_reader(of: &LanguageTag) -> &'static Language {
    let primary = of.as_str().split('-').next().unwrap_or_default();
    LANGUAGES.iter().find(|language| language.tag == primary).unwrap_or(&LANGUAGES[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_reads_another_language_is_written_to_in_english() {
        for tag in ["en", "en-GB", "be", "zh-Hant-TW"] {
            assert_eq!(for_reader(&LanguageTag::parse("language", tag).unwrap()).tag, "en");
        }
    }

    #[test]
    fn every_template_is_a_whole_letter_of_short_lines() {
        for language in LANGUAGES {
            for kind in LetterKind::ALL {
                let template = (language.template)(*kind);
                assert!(template.starts_with("Subject: "), "{kind:?}");
                assert_eq!(template.lines().nth(1), Some(""), "{kind:?}");
                assert!(template.ends_with('\n') && !template.ends_with("\n\n"), "{kind:?}");
                for line in template.lines().filter(|line| !line.contains("{{") && !line.contains("{%")) {
                    assert!(line.chars().count() <= 76 && line.trim_end() == line, "{kind:?}: {line}");
                }
            }
        }
    }
}
