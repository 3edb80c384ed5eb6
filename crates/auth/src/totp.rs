//! Time-based one-time passwords (RFC 6238 over SHA-1, six digits, 30 seconds), as every authenticator reads them, and the
//! recovery codes beside them.
//!
//! Deliberately absent: whether a code was used before, and how often one was wrong: that is decided where it is kept.

use ring::hmac;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::random;

/// Seconds for which a code is shown.
const STEP: i64 = 30;
/// Steps before and after now whose codes are right too.
const SKEW: i64 = 1;

/// What codes are computed from: 160 random bits, wiped when dropped.
#[derive(ZeroizeOnDrop)]
pub struct Seed([u8; Seed::BYTES]);

impl Seed {
    /// Length in bytes.
    pub const BYTES: usize = 20;

    /// Makes a new one.
    pub fn generate() -> Seed {
        let mut seed = Seed([0; Seed::BYTES]);
        random::fill(&mut seed.0);
        seed
    }

    /// The seed of these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Seed> {
        bytes.try_into().ok().map(Seed)
    }

    /// Its bytes, to be sealed.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.to_vec())
    }

    /// As it is typed into an authenticator: 32 characters of base32.
    pub fn to_text(&self) -> SecretString {
        base32(&self.0).into()
    }

    /// As an authenticator reads it from a picture. `label` is what it calls the entry.
    pub fn to_uri(&self, label: &str) -> SecretString {
        let secret = Zeroizing::new(base32(&self.0));
        format!("otpauth://totp/{label}?secret={}&issuer={label}&algorithm=SHA1&digits=6&period=30", *secret).into()
    }

    /// The latest step, of this one and its neighbours, whose code this is. All of them are computed.
    pub fn step_of(&self, code: &str, now: i64) -> Option<i64> {
        let current = now.div_euclid(STEP);
        let mut found = None;
        for step in current - SKEW..=current + SKEW {
            if bool::from(self.code_of(step).as_bytes().ct_eq(code.as_bytes())) {
                found = Some(step);
            }
        }
        found
    }

    /// The code at a time, for whoever shows codes.
    pub fn code_at(&self, now: i64) -> String {
        self.code_of(now.div_euclid(STEP))
    }

    fn code_of(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let hash = hmac::sign(&key, &step.to_be_bytes());
        let hash = hash.as_ref();
        // RFC 4226 §5.3: the last four bits say where the code begins.
        let at = usize::from(hash[hash.len() - 1] & 0x0f);
        let number = u32::from_be_bytes([hash[at] & 0x7f, hash[at + 1], hash[at + 2], hash[at + 3]]);
        format!("{:06}", number % 1_000_000)
    }
}

/// A code that is good once where the factor is lost: 128 random bits.
pub struct RecoveryCode([u8; RecoveryCode::BYTES]);

impl RecoveryCode {
    const BYTES: usize = 16;
    /// Characters of base32 that stand together.
    const GROUP: usize = 5;

    /// Makes a new one.
    pub fn generate() -> RecoveryCode {
        let mut code = RecoveryCode([0; RecoveryCode::BYTES]);
        random::fill(&mut code.0);
        code
    }

    /// As it is written down: groups of letters and digits.
    pub fn to_text(&self) -> SecretString {
        let text = Zeroizing::new(base32(&self.0));
        let groups: Vec<&str> = text
            .as_bytes()
            .chunks(RecoveryCode::GROUP)
            .map(|group| std::str::from_utf8(group).unwrap_or_default())
            .collect();
        groups.join("-").into()
    }

    /// SHA-256 of what was typed, however it was grouped: what is stored, and what a code that comes back is found by.
    /// `None` for what is too long to be one.
    pub fn digest_of(text: &str) -> Option<[u8; 32]> {
        if text.len() > 4 * RecoveryCode::BYTES {
            return None;
        }
        let plain: Zeroizing<String> = Zeroizing::new(
            text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect(),
        );
        Some(Sha256::digest(plain.as_bytes()).into())
    }

    /// The digest of this one.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(Zeroizing::new(base32(&self.0)).as_bytes()).into()
    }
}

/// RFC 4648, without padding.
fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut waiting, mut bits) = (0_u32, 0);
    for byte in bytes {
        waiting = (waiting << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(LETTERS[usize::try_from((waiting >> bits) & 31).unwrap_or_default()]));
        }
        waiting &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(char::from(LETTERS[usize::try_from((waiting << (5 - bits)) & 31).unwrap_or_default()]));
    }
    text
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    /// RFC 6238, appendix B: the seed, and of its eight digits the last six.
    #[test]
    fn computes_what_the_standard_computes() {
        let seed = Seed::from_bytes(b"12345678901234567890").expect("twenty bytes");
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(seed.code_at(second), code, "{second}");
        }
    }

    #[test]
    fn the_neighbours_are_right_and_no_others() {
        let seed = Seed::from_bytes(b"12345678901234567890").expect("twenty bytes");
        let code = seed.code_at(3_000);
        for (second, step) in [(2_939, None), (2_970, Some(100)), (3_000, Some(100)), (3_059, Some(100)), (3_060, None)]
        {
            assert_eq!(seed.step_of(&code, second), step, "{second}");
        }
        for wrong in ["", "00000", "0000000", "28708 ", "２８７０８２"] {
            assert_eq!(seed.step_of(wrong, 59), None, "{wrong}");
        }
    }

    #[test]
    fn a_seed_is_told_as_authenticators_read_it() {
        let seed = Seed::from_bytes(b"12345678901234567890").expect("twenty bytes");
        assert_eq!(seed.to_text().expose_secret(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let uri = seed.to_uri("aalto");
        assert_eq!(
            uri.expose_secret(),
            "otpauth://totp/aalto?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=aalto&algorithm=SHA1&digits=6&period=30"
        );
        assert_ne!(Seed::generate().to_bytes(), Seed::generate().to_bytes());
    }

    #[test]
    fn base32_is_that_of_the_standard() {
        for (plain, text) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(base32(plain.as_bytes()), text);
        }
    }

    #[test]
    fn a_recovery_code_is_known_however_it_is_typed() {
        let code = RecoveryCode::generate();
        let text = code.to_text();
        let text = text.expose_secret();
        assert_eq!((text.len(), text.split('-').count()), (31, 6), "{text}");
        for typed in [text.to_owned(), text.to_lowercase(), text.replace('-', ""), text.replace('-', " ")] {
            assert_eq!(RecoveryCode::digest_of(&typed), Some(code.digest()), "{typed}");
        }
        assert_ne!(RecoveryCode::digest_of(&text[1..]), Some(code.digest()));
        assert_eq!(RecoveryCode::digest_of(&"A".repeat(65)), None);
    }
}
