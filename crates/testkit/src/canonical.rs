//! Random values made canonical: each is replaced by how many others came before it and by its length, so that two runs of
//! the same story can be compared.
//!
//! Deliberately absent: any knowledge of which field is random. What is long and looks like it is: ids, tokens, digests,
//! ciphertexts, also as hexadecimal digits.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Characters from which on something can be a random value.
const RANDOM: usize = 16;

/// The random values met so far.
#[derive(Default)]
pub struct Canonical(HashMap<String, usize>);

impl Canonical {
    /// The text with its random values replaced; what is met for the first time gets the next number.
    pub fn text(&mut self, text: &str) -> String {
        replaced(text, |value| {
            let next = self.0.len();
            let number = *self.0.entry(value.to_owned()).or_insert(next);
            for stored in as_stored(value) {
                self.0.entry(stored).or_insert(number);
            }
            format!("<{number}:{}>", value.len())
        })
    }

    /// The same of something whose place tells nothing: what was not met before has no number.
    pub fn shuffled(&self, text: &str) -> String {
        replaced(text, |value| match self.0.get(value) {
            Some(number) => format!("<{number}:{}>", value.len()),
            None => format!("<:{}>", value.len()),
        })
    }
}

/// An id of the API, as databases print it.
fn as_stored(value: &str) -> Vec<String> {
    let random = value.split_once('_').map(|(_, random)| random).filter(|random| random.len() == 22);
    let Some(bytes) = random.and_then(|random| URL_SAFE_NO_PAD.decode(random).ok()) else { return Vec::new() };
    let Ok(id) = uuid::Uuid::from_slice(&bytes) else { return Vec::new() };
    vec![id.to_string(), format!("{:X}", id.simple())]
}

fn replaced(text: &str, mut canonical: impl FnMut(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let word = rest.find(|c: char| !is_of_value(c)).unwrap_or(rest.len());
        let (value, after) = rest.split_at(word);
        out.push_str(&if is_random(value) { canonical(value) } else { value.to_owned() });
        let gap = after.find(is_of_value).unwrap_or(after.len());
        let (between, after) = after.split_at(gap);
        out.push_str(between);
        rest = after;
    }
    out
}

const fn is_of_value(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '/')
}

fn is_random(value: &str) -> bool {
    let has = |is: fn(&u8) -> bool| value.bytes().any(|byte| is(&byte));
    let is_mixed = has(u8::is_ascii_digit) || has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    value.len() >= RANDOM && is_mixed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_value_has_the_same_place() {
        let (one, other) = ("not_AAAAAAAAAAAAAAAAAAAAA1", "X'00112233445566778899aabbccddeeff'");
        let mut canonical = Canonical::default();
        let text = canonical.text(&format!("{one} then {other} and {one}, ANONYMITY_SET_TOO_SMALL"));
        assert_eq!(text, "<0:26> then X'<1:32>' and <0:26>, ANONYMITY_SET_TOO_SMALL");
        let stored = "e5e7fb3c-1d6c-4a5e-9c3a-0123456789ab";
        let id = uuid::Uuid::parse_str(stored).expect("an id");
        canonical.text(&format!("per_{}", URL_SAFE_NO_PAD.encode(id.as_bytes())));
        assert_eq!(canonical.text(stored), "<2:36>", "the same id, as a database has it");
        assert_eq!(canonical.shuffled(&format!("{one} not_BBBBBBBBBBBBBBBBBBBBB2")), "<0:26> <:26>");
    }
}
