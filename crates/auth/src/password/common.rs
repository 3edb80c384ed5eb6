//! Passwords that many people have, and that are guessed first.
//!
//! The list is Django's (its licence stands in the file). Few of its words are as long as our passwords are; refused are
//! also those that are one of them over and over, or one of them with little beside it. Deliberately absent: asking a
//! service elsewhere.

use std::{collections::HashSet, sync::LazyLock};

use zeroize::Zeroizing;

const LIST: &str = include_str!("common.txt");

static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let (_, words) = LIST.split_once("\n\n").unwrap_or_default();
    words.lines().collect()
});

/// Digits and signs beside a common word that are too few to make it another.
const BESIDE: usize = 6;
/// Shorter words are found by chance in any sentence.
const SHORTEST: usize = 5;

/// Whether a password is one of them, or little more.
pub(super) fn is_common(password: &str) -> bool {
    let folded: Zeroizing<String> = Zeroizing::new(password.chars().flat_map(char::to_lowercase).collect());
    let whole = folded.as_str();
    COMMON.contains(whole) || is_repeated(whole) || has_little_beside(whole)
}

/// `passwordpassword`.
fn is_repeated(whole: &str) -> bool {
    let ends = whole.char_indices().map(|(at, _)| at).skip(1).take_while(|at| 2 * at <= whole.len());
    ends.filter(|at| whole.len().is_multiple_of(*at)).any(|at| {
        let word = &whole[..at];
        word.chars().count() >= SHORTEST && COMMON.contains(word) && word.repeat(whole.len() / at) == whole
    })
}

/// `password1234`, `!!dragon2024`: a common word at the beginning, at the end or between.
fn has_little_beside(whole: &str) -> bool {
    let length = whole.chars().count();
    let bounds: Vec<usize> = whole.char_indices().map(|(at, _)| at).chain([whole.len()]).collect();
    (0..BESIDE.min(length)).any(|before| {
        (0..BESIDE - before).any(|after| {
            let kept = length.saturating_sub(before + after);
            let (from, until) = (bounds[before], bounds[length - after.min(length)]);
            let beside = whole[..from].chars().chain(whole[until.max(from)..].chars());
            kept >= SHORTEST && beside.into_iter().all(|c| !c.is_alphabetic()) && COMMON.contains(&whole[from..until])
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_long_enough() {
        assert!(COMMON.len() > 19_000, "{}", COMMON.len());
        assert!(COMMON.contains("password") && COMMON.contains("qwertyuiop"));
        assert!(!COMMON.iter().any(|word| word.contains("Django")), "its head is no password");
    }

    #[test]
    fn common_passwords_and_those_made_of_one_are_known() {
        for password in [
            "PasswordPassword",
            "password1234",
            "Password2024!",
            "!!dragon2024",
            "qwertyuiop123",
            "aaaaaaaaaaaa",
            "123456123456",
            "1234567890123",
        ] {
            assert!(is_common(password), "{password}");
        }
        for password in [
            "a pleasant evening",
            "dragons of Samarkand",
            "correct horse of 9",
            "тихий вечер в Эспоо",
            "monkey business in May",
            "",
        ] {
            assert!(!is_common(password), "{password}");
        }
    }
}
