//! Counts a document's tokens and how deep its brackets nest, before anything parses it. One pass over the bytes, no
//! recursion: the parser that comes after it recurses, and is given nothing that could exhaust its stack.

/// What a document amounts to before it is parsed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Lexical tokens (GraphQL §2.1.6).
    pub(crate) tokens: usize,
    /// The deepest nesting of brackets of any kind.
    pub(crate) nesting: usize,
}

/// Counts. A document that is no GraphQL is counted as well as it can be; the parser refuses it.
pub(crate) fn tally(document: &str) -> Tally {
    let bytes = document.as_bytes();
    let (mut at, mut open, mut tally) = (0, 0_usize, Tally::default());
    while let Some(byte) = bytes.get(at) {
        let length = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                at += 1;
                continue;
            }
            0xef if bytes[at..].starts_with("\u{feff}".as_bytes()) => {
                at += 3;
                continue;
            }
            b'#' => {
                at += run(&bytes[at..], |byte| !matches!(byte, b'\n' | b'\r'));
                continue;
            }
            b'"' => string(&bytes[at..]),
            b'.' => run(&bytes[at..], |byte| byte == b'.').min(3),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => run(&bytes[at..], |byte| byte == b'_' || byte.is_ascii_alphanumeric()),
            b'-' | b'0'..=b'9' => {
                run(&bytes[at..], |byte| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9'))
            }
            b'{' | b'[' | b'(' => {
                open += 1;
                tally.nesting = tally.nesting.max(open);
                1
            }
            b'}' | b']' | b')' => {
                open = open.saturating_sub(1);
                1
            }
            _ => 1,
        };
        tally.tokens += 1;
        at += length;
    }
    tally
}

fn run(bytes: &[u8], goes_on: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| !goes_on(*byte)).unwrap_or(bytes.len())
}

/// The length of the string that begins here; one that does not end goes to the end of its line or of the document.
fn string(bytes: &[u8]) -> usize {
    let (quote, block) = if bytes.starts_with(b"\"\"\"") { (&b"\"\"\""[..], true) } else { (&b"\""[..], false) };
    let mut at = quote.len();
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(quote) {
            return at + quote.len();
        }
        at += match (block, rest[0]) {
            (true, b'\\') if rest.starts_with(b"\\\"\"\"") => 4,
            (false, b'\\') => 2,
            (false, b'\n' | b'\r') => return at,
            _ => 1,
        };
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_counted_as_the_specification_cuts_them() {
        for (document, tokens) in [
            ("", 0),
            (" ,\t\u{feff}# a comment { } \n", 0),
            ("{ a }", 3),
            ("query Q($a: Int = -1.5e+3) { f(x: $a) @skip(if: true) { ...F } }", 30),
            (r#"{ f(s: "a { b \" c", t: """d " \""" } e""") }"#, 11),
            ("{ f(s: \"open", 6),
            ("{ f(s: \"open\n) }", 8),
        ] {
            assert_eq!(tally(document).tokens, tokens, "{document}");
        }
    }

    #[test]
    fn nesting_is_that_of_brackets_outside_of_strings() {
        assert_eq!(tally(r#"{ a(b: [{ c: "[[[[" }]) { d } }"#).nesting, 4);
        assert_eq!(tally(&"{a".repeat(5_000)).nesting, 5_000);
        assert_eq!(tally("}}}{").nesting, 1);
    }
}
