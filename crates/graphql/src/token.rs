//! A document's tokens: how many there are, how deep its brackets nest, and what the parser passes over, before anything
//! parses it. Passes over the bytes without recursion: the parser that comes after recurses, and is given nothing that
//! could exhaust its stack.

use std::collections::HashSet;

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
    let (mut open, mut tally) = (0_usize, Tally::default());
    for (_, token) in tokens(document.as_bytes()) {
        tally.tokens += 1;
        match token[0] {
            b'{' | b'[' | b'(' => {
                open += 1;
                tally.nesting = tally.nesting.max(open);
            }
            b'}' | b']' | b')' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    tally
}

/// Where an input object of the document names a field for the second time (GraphQL §5.6.3), at which byte. The parser
/// keeps the later one and says nothing, and so it would be used.
pub(crate) fn doubled_input_field(document: &str) -> Option<usize> {
    // Input objects stand between round brackets only, and nothing else there has braces.
    let (mut round, mut objects) = (0_usize, Vec::<HashSet<&[u8]>>::new());
    let mut tokens = tokens(document.as_bytes()).peekable();
    while let Some((at, token)) = tokens.next() {
        match token[0] {
            b'(' => round += 1,
            b')' => round = round.saturating_sub(1),
            b'{' if round > 0 => objects.push(HashSet::new()),
            b'}' if round > 0 => drop(objects.pop()),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                let is_field = tokens.peek().is_some_and(|(_, next)| *next == b":");
                if let Some(fields) = objects.last_mut().filter(|_| is_field)
                    && !fields.insert(token)
                {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// The tokens, each with the byte at which it begins.
fn tokens(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = &bytes[at..];
            let length = match rest.first()? {
                b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                    at += 1;
                    continue;
                }
                0xef if rest.starts_with("\u{feff}".as_bytes()) => {
                    at += 3;
                    continue;
                }
                b'#' => {
                    at += run(rest, |byte| !matches!(byte, b'\n' | b'\r'));
                    continue;
                }
                b'"' => string(rest),
                b'.' => run(rest, |byte| byte == b'.').min(3),
                b'_' | b'a'..=b'z' | b'A'..=b'Z' => run(rest, |byte| byte == b'_' || byte.is_ascii_alphanumeric()),
                b'-' | b'0'..=b'9' => run(rest, |byte| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')),
                _ => 1,
            };
            let begins = at;
            at += length;
            return Some((begins, &rest[..length]));
        }
    })
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
    fn an_input_object_names_each_field_once() {
        for (document, doubled) in [
            ("{ a: f(x: {b: 1, c: {b: 2}}) { b: g b } a2: f(x: {b: 3}) { c } }", None),
            ("{ f(x: {b: 1, c: [{d: 1}, {d: 2}]}) }", None),
            (r#"{ f(x: {b: "b: 1, b: 2", c: b}) }"#, None),
            ("query ($v: In = {b: $b, c: 1}) { f }", None),
            ("{ f(x: {b: 1, b: 2}) }", Some(14)),
            ("{ f(x: {b: 1, c: {d: 1}, # b\n b: 2}) }", Some(30)),
            ("{ f(x: [{d: 1, d: 1}]) }", Some(15)),
            ("query ($v: In = {b: 1, b: 1}) { f }", Some(23)),
            ("{ f(x: {b: {c: {b: 1}}, b : 2}) }", Some(24)),
            ("} } ) {", None),
        ] {
            assert_eq!(doubled_input_field(document), doubled, "{document}");
        }
    }

    #[test]
    fn nesting_is_that_of_brackets_outside_of_strings() {
        assert_eq!(tally(r#"{ a(b: [{ c: "[[[[" }]) { d } }"#).nesting, 4);
        assert_eq!(tally(&"{a".repeat(5_000)).nesting, 5_000);
        assert_eq!(tally("}}}{").nesting, 1);
    }
}
