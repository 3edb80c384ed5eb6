//! The rule for a new password: long enough, not endless, not the person's own name or address, not a common one.
//!
//! Each part of the rule is one function from the password to a fault, in the order in which a person should hear
//! of them; a further part is a further line in [`NewPassword::parse`].

use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use zeroize::Zeroizing;

use super::common;

/// A password that keeps the rule, and can be hashed.
pub struct NewPassword(SecretString);

impl NewPassword {
    /// Fewest characters (Unicode scalar values, so that every script counts alike).
    pub const SHORTEST_CHARACTERS: usize = 12;

    /// Most bytes of UTF-8.
    pub const LONGEST_BYTES: usize = 1024;

    /// Measures a password by the rule. `personal` is what others know of the person: name, address.
    ///
    /// # Errors
    /// The first part of the rule that is broken.
    pub fn parse(password: SecretString, personal: &[&str]) -> Result<NewPassword, PasswordFault> {
        length(password.expose_secret())?;
        not_personal(password.expose_secret(), personal)?;
        if common::is_common(password.expose_secret()) {
            return Err(PasswordFault::Common);
        }
        Ok(NewPassword(password))
    }

    pub(super) fn into_secret(self) -> SecretString {
        self.0
    }
}

/// Why a password was refused. The text can be shown to the person; it repeats nothing of the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PasswordFault {
    /// Fewer than [`NewPassword::SHORTEST_CHARACTERS`].
    #[error("A password has at least 12 characters. A few words in a row are easy to remember.")]
    TooShort,
    /// More than [`NewPassword::LONGEST_BYTES`].
    #[error("A password has at most 1024 bytes.")]
    TooLong,
    /// Little more than the person's name or address.
    #[error("A password is not made of one's own name or address. Add words that have nothing to do with them.")]
    Personal,
    /// One that many people have, or little more.
    #[error("Many people have this password, and it is guessed first. A few words in a row are better.")]
    Common,
}

fn length(password: &str) -> Result<(), PasswordFault> {
    // Bytes first: whoever sends a megabyte has it measured, not counted.
    if password.len() > NewPassword::LONGEST_BYTES {
        return Err(PasswordFault::TooLong);
    }
    if password.chars().count() < NewPassword::SHORTEST_CHARACTERS {
        return Err(PasswordFault::TooShort);
    }
    Ok(())
}

/// Letters and digits that must be left when all that is personal is taken out: more than a year and a letter.
const LEFT_OVER: usize = 6;

/// Shorter words are initials and particles, found by chance in any sentence.
const SHORTEST_WORD: usize = 2;

fn not_personal(password: &str, personal: &[&str]) -> Result<(), PasswordFault> {
    let whole = letters_and_digits(password);
    let mut rest = Zeroizing::new(whole.to_string());
    for word in words(personal) {
        // A space keeps the two sides from making a word that was not there.
        rest = Zeroizing::new(rest.replace(&word, " "));
    }
    let left_over = rest.chars().filter(|c| *c != ' ').count();
    if *rest != *whole && left_over < LEFT_OVER {
        return Err(PasswordFault::Personal);
    }
    Ok(())
}

/// The words of names and addresses in lower case, longest first, so that "Annamaria" goes before "Anna".
fn words(personal: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = personal
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        // Character by character, as in the password: a whole word would make its last Σ another letter.
        .map(|word| word.chars().flat_map(char::to_lowercase).collect::<String>())
        .filter(|word| word.chars().count() >= SHORTEST_WORD)
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

/// The password in lower case without what separates words in it.
fn letters_and_digits(password: &str) -> Zeroizing<String> {
    // Lower case can be longer by half (İ); a string that grows leaves pieces behind.
    let mut kept = Zeroizing::new(String::with_capacity(2 * password.len()));
    kept.extend(password.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(password: &str, personal: &[&str]) -> Result<(), PasswordFault> {
        NewPassword::parse(SecretString::from(password), personal).map(drop)
    }

    #[test]
    fn length_is_counted_in_characters_of_any_script() {
        for (password, verdict) in [
            ("", Err(PasswordFault::TooShort)),
            ("elevenchars", Err(PasswordFault::TooShort)),
            ("twelve chars", Ok(())),
            // Eleven and twelve Cyrillic letters: 22 and 24 bytes.
            ("абвгдежзийк", Err(PasswordFault::TooShort)),
            ("абвгдежзийкл", Ok(())),
            ("ქართულიანბანი", Ok(())),
            // One grapheme of three scalar values is three characters.
            ("👩‍🚀👩‍🚀👩‍🚀👩‍🚀", Ok(())),
        ] {
            assert_eq!(judge(password, &[]), verdict, "{password:?}");
        }
    }

    #[test]
    fn length_is_bounded_in_bytes() {
        assert_eq!(judge(&"x-q7".repeat(256), &[]), Ok(()));
        assert_eq!(judge(&format!("{}!", "x-q7".repeat(256)), &[]), Err(PasswordFault::TooLong));
        assert_eq!(judge(&"я".repeat(512), &[]), Ok(()));
        assert_eq!(judge(&"я".repeat(513), &[]), Err(PasswordFault::TooLong));
    }

    #[test]
    fn nothing_is_asked_of_its_composition() {
        for password in ["onlylowercase", "ONLYUPPERCASE", "395102847163", "            ", "!!!!!!!!!!!!"] {
            assert_eq!(judge(password, &["Amina Karimova", "amina@example.org"]), Ok(()), "{password:?}");
        }
    }

    #[test]
    fn name_and_address_are_not_a_password() {
        let amina = ["Amina Karimova", "a.karimova@institute.example.org"];
        for password in [
            "Amina Karimova",
            "aminakarimova",
            "KARIMOVA-AMINA",
            "k-a-r-i-m-o-v-a-amina",
            "AminaKarimova1985!",
            "aminaaminaamina",
            "a.karimova@institute.example.org",
            "karimova@institute",
        ] {
            assert_eq!(judge(password, &amina), Err(PasswordFault::Personal), "{password:?}");
        }
        let oksana = ["Оксана Ё. Ткаченко", "o@example.org"];
        for password in ["оксана ткаченко", "ТКАЧЕНКО_ОКСАНА", "Ткаченко1991!"] {
            assert_eq!(judge(password, &oksana), Err(PasswordFault::Personal), "{password:?}");
        }
        assert_eq!(judge("ΓΙΩΡΓΟΣ-ΓΙΩΡΓΟΣ", &["ΓΙΩΡΓΟΣ"]), Err(PasswordFault::Personal));
        assert_eq!(judge("Li Na Li Na Li Na", &["Li Na"]), Err(PasswordFault::Personal));
    }

    #[test]
    fn a_name_may_be_part_of_a_password() {
        let amina = ["Amina Karimova", "a.karimova@institute.example.org"];
        for password in ["Amina walks by the sea", "karimova and the seven lamps", "hurrikaamina?"] {
            assert_eq!(judge(password, &amina), Ok(()), "{password:?}");
        }
        // Six letters or digits of one's own are enough, five are not; signs do not count.
        assert_eq!(judge("aminakarimova+a1985", &amina), Err(PasswordFault::Personal));
        assert_eq!(judge("aminakarimova+ab1985", &amina), Ok(()));
        // A short name is found in many words; that alone refuses nothing.
        assert_eq!(judge("bananasplits", &["An Li", "an@example.org"]), Ok(()));
        assert_eq!(judge("a pleasant evening", &["", " ", "-"]), Ok(()));
    }

    #[test]
    fn the_faults_name_the_bounds() {
        let [short, long] = [PasswordFault::TooShort, PasswordFault::TooLong].map(|fault| fault.to_string());
        assert!(short.contains(&NewPassword::SHORTEST_CHARACTERS.to_string()));
        assert!(long.contains(&NewPassword::LONGEST_BYTES.to_string()));
    }
}
