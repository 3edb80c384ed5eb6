//! Free text at the door: trimmed where it is one line, bounded, without control characters.
//!
//! Deliberately absent: any change of what was written beyond trimming a line. Text of several lines is kept to
//! the letter.

use crate::refusal::Refusal;

/// Characters of a title, a name or an affiliation at most.
pub const LINE_MAX: usize = 200;
/// Characters of a venue at most.
pub const VENUE_MAX: usize = 500;
/// Characters of a purpose, mandate, description or reason at most.
pub const PROSE_MAX: usize = 10_000;
/// Characters of a link at most.
pub const LINK_MAX: usize = 2_048;

/// One line that must say something: 1…200 characters after trimming.
pub fn line(field: &'static str, text: &str) -> Result<String, Refusal> {
    let line = bounded_line(field, text, LINE_MAX)?;
    if line.chars().all(is_invisible) { Err(Refusal::bad_input(field, "It may not be empty.")) } else { Ok(line) }
}

/// One line that may be empty, which is as if it was not given.
pub fn optional_line(field: &'static str, text: &str, max: usize) -> Result<Option<String>, Refusal> {
    bounded_line(field, text, max).map(|line| (!line.is_empty()).then_some(line))
}

/// Text of several lines, 0…10,000 characters, kept to the letter.
pub fn prose(field: &'static str, text: &str) -> Result<String, Refusal> {
    if text.chars().count() > PROSE_MAX {
        return Err(Refusal::bad_input(field, format!("At most {PROSE_MAX} characters.")));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Refusal::bad_input(
            field,
            "Control characters other than line breaks and tabs do not belong here.",
        ));
    }
    Ok(text.to_owned())
}

/// Text of several lines that must say something.
pub fn statement(field: &'static str, text: &str) -> Result<String, Refusal> {
    let said = prose(field, text)?;
    let says_nothing = said.chars().all(|c| c.is_whitespace() || is_invisible(c));
    if says_nothing { Err(Refusal::bad_input(field, "It may not be empty.")) } else { Ok(said) }
}

/// The address of a remote room: `https://` or `http://`, one word, at most 2,048 characters; empty is none.
pub fn link(field: &'static str, text: &str) -> Result<Option<String>, Refusal> {
    let Some(link) = optional_line(field, text, LINK_MAX)? else { return Ok(None) };
    let rest = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://")).unwrap_or_default();
    if rest.is_empty() || link.chars().any(char::is_whitespace) {
        return Err(Refusal::bad_input(field, "A link begins with https:// or http:// and has no spaces."));
    }
    Ok(Some(link))
}

/// A slug: 1…63 characters, a–z, 0–9 and single hyphens between them. It stands in links, so it should tell nothing.
pub fn slug(field: &'static str, text: &str) -> Result<String, Refusal> {
    let sound = (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--");
    if sound {
        Ok(text.to_owned())
    } else {
        Err(Refusal::bad_input(
            field,
            "A slug has 1 to 63 characters: a to z, 0 to 9, and single hyphens between them.",
        ))
    }
}

/// Characters without a shape of their own: a line of these alone says nothing.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// Characters that turn the direction of what follows, so that a name can be made to read as another (UAX #9).
const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn bounded_line(field: &'static str, text: &str, max: usize) -> Result<String, Refusal> {
    let line = text.trim();
    if line.chars().any(|c| c.is_control() || turns_direction(c)) {
        return Err(Refusal::bad_input(field, "It is one line, without control characters."));
    }
    if line.chars().count() > max {
        return Err(Refusal::bad_input(field, format!("At most {max} characters.")));
    }
    Ok(line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_bounded_and_one() {
        assert_eq!(line("title", "  Border crossings ").expect("sound"), "Border crossings");
        for wrong in ["", "   ", "\u{200b}", "a\u{202e}b", "a\r\nBcc: x", "a\u{0}b", &"я".repeat(201)] {
            assert_eq!(line("title", wrong).expect_err("unsound").field.as_deref(), Some("title"));
        }
        assert!(line("title", &"я".repeat(200)).is_ok());
    }

    #[test]
    fn a_slug_is_plain() {
        for right in ["a", "aalto", "wg-1"] {
            assert!(slug("slug", right).is_ok(), "{right}");
        }
        for wrong in ["", "-a", "a-", "a--b", "A", "a_b", "ä", "a/b", &"a".repeat(64)] {
            assert!(slug("slug", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_link_is_http() {
        assert!(link("joinUrl", "https://meet.example/room").expect("sound").is_some());
        assert!(link("joinUrl", " ").expect("none").is_none());
        for wrong in ["javascript:alert(1)", "https://", "https://a b", "meet.example"] {
            assert!(link("joinUrl", wrong).is_err(), "{wrong}");
        }
    }
}
