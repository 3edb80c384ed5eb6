//! A person's name as it may stand in a header and in a line of text: one line, and running in one direction.
//!
//! Names are checked where they are given. This is the second lock: a name that got past the first makes no header,
//! no line of its own that looks like a code, and does not turn the text behind it around.

/// The name on one line: what separates is one space, controls and marks that turn the direction of text are gone.
pub(crate) fn on_one_line(name: &str) -> String {
    let kept: String =
        name.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !turns_direction(*c)).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Embeddings, overrides and isolates (Unicode UAX #9). The plain marks, which Hebrew and Arabic names may need, stay.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(on_one_line("  Amina\r\nBcc: x@y\u{2028}z\0 "), "Amina Bcc: x@y z");
        assert_eq!(on_one_line("Алесь\u{202e} Дзюба"), "Алесь Дзюба");
        assert_eq!(on_one_line("\u{202e}\r\n"), "");
    }
}
