//! Secrets that are handed out once: refresh tokens, invitations, resets, and the links of feeds.
//!
//! Only their digest is stored. Being 256 random bits, they need neither salt nor a slow hash. Deliberately absent:
//! what a secret opens, for whom and until when (its row says so), and any way to print one by accident.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hkdf;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::random;

/// 256 random bits, wiped when dropped.
#[derive(ZeroizeOnDrop)]
pub struct Secret([u8; Secret::BYTES]);

impl Secret {
    /// Length in bytes.
    pub const BYTES: usize = 32;

    /// Of a marked one, the bytes before its mark.
    const UNMARKED: usize = 24;

    /// Length of the text form, in characters.
    pub const TEXT_LENGTH: usize = 43;

    /// Makes a new one.
    pub fn generate() -> Secret {
        let mut secret = Secret([0; Secret::BYTES]);
        random::fill(&mut secret.0);
        secret
    }

    /// Makes a new one of 192 random bits and a mark that a keyed hash makes of them: whoever holds the key sees without
    /// looking anything up that somebody made it up.
    pub fn generate_marked(mark: impl FnOnce(&[u8]) -> [u8; 32]) -> Secret {
        let mut secret = Secret::generate();
        let (random, place) = secret.0.split_at_mut(Secret::UNMARKED);
        place.copy_from_slice(&mark(random)[..Secret::BYTES - Secret::UNMARKED]);
        secret
    }

    /// Whether it bears that mark.
    pub fn is_marked(&self, mark: impl FnOnce(&[u8]) -> [u8; 32]) -> bool {
        let (random, place) = self.0.split_at(Secret::UNMARKED);
        // Compared whole, however early it differs.
        place.iter().zip(mark(random)).fold(0, |differs, (is, should)| differs | (is ^ should)) == 0
    }

    /// The secret that a keyed hash has derived: for links that are told again each time and stored nowhere.
    pub const fn derived(hash: [u8; Secret::BYTES]) -> Secret {
        Secret(hash)
    }

    /// The edit secret of a note under the Chatham House Rule that was sent with an idempotency key, and 16 bytes for its
    /// id: derived from the key and the record that is kept of the sending, so that the same sending again gives the same
    /// and nothing is stored (HKDF with SHA-256, RFC 5869).
    pub fn of_sending(idempotency_key: &str, record: &[u8; 32]) -> (Secret, [u8; 16]) {
        let derived = hkdf::Salt::new(hkdf::HKDF_SHA256, record).extract(idempotency_key.as_bytes());
        let mut secret = Secret([0; Secret::BYTES]);
        let mut id = [0; 16];
        for (purpose, bytes) in [(b"edit secret".as_slice(), secret.0.as_mut_slice()), (b"note id", &mut id)] {
            derived
                .expand(&[purpose], Length(bytes.len()))
                .and_then(|okm| okm.fill(bytes))
                .expect("a few bytes are far below HKDF's 8,160");
        }
        (secret, id)
    }

    /// Reads the text form. There is one text for each secret: padding, white space, another alphabet and stray
    /// bits in the last character are all refused.
    pub fn parse(text: &str) -> Option<Secret> {
        if text.len() != Secret::TEXT_LENGTH {
            return None;
        }
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        let mut secret = Secret([0; Secret::BYTES]);
        (bytes.len() == Secret::BYTES).then(|| secret.0.copy_from_slice(&bytes))?;
        Some(secret)
    }

    /// What the text of a personal access token begins with, so that whoever searches for secrets knows one.
    pub const PERSONAL: &str = "dipoli_pat_";

    /// Reads a personal access token.
    pub fn parse_personal(text: &str) -> Option<Secret> {
        Secret::parse(text.strip_prefix(Secret::PERSONAL)?)
    }

    /// The text form as a personal access token.
    pub fn to_personal_text(&self) -> SecretString {
        use secrecy::ExposeSecret;
        format!("{}{}", Secret::PERSONAL, self.to_text().expose_secret()).into()
    }

    /// The text form: [`Secret::TEXT_LENGTH`] characters of base64url, safe in a URL's path and fragment.
    pub fn to_text(&self) -> SecretString {
        // Room for all of it at once: a string that grows leaves pieces behind.
        let mut text = String::with_capacity(Secret::TEXT_LENGTH);
        URL_SAFE_NO_PAD.encode_string(self.0, &mut text);
        SecretString::from(text)
    }

    /// SHA-256 of the raw bytes: what is stored, and what a secret that comes back is looked up by.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

/// How many bytes are derived.
struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn comes_back_from_its_text() {
        let secret = Secret::generate();
        let text = secret.to_text();

        assert_eq!(text.expose_secret().len(), Secret::TEXT_LENGTH);
        assert!(text.expose_secret().chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
        let back = Secret::parse(text.expose_secret()).expect("its own text");
        assert_eq!(back.digest(), secret.digest());
    }

    #[test]
    fn no_two_are_alike() {
        assert_ne!(Secret::generate().digest(), Secret::generate().digest());
    }

    #[test]
    fn a_mark_is_of_its_own_secret_and_key() {
        let mark = |key: u8| move |random: &[u8]| Sha256::digest([random, &[key]].concat()).into();
        let marked = Secret::generate_marked(mark(1));
        assert!(marked.is_marked(mark(1)) && !marked.is_marked(mark(2)));
        assert!(!Secret::generate().is_marked(mark(1)));
        for byte in 0..Secret::BYTES {
            let mut other = Secret(marked.0);
            other.0[byte] ^= 1;
            assert!(!other.is_marked(mark(1)), "{byte}");
        }
    }

    #[test]
    fn a_sending_has_one_secret_and_one_id() {
        let of = |key: &str, record: u8| {
            let (secret, id) = Secret::of_sending(key, &[record; 32]);
            (secret.digest(), id)
        };
        assert_eq!(of("a key of a client's", 1), of("a key of a client's", 1));
        assert_ne!(of("a key of a client's", 1), of("a key of a client's", 2));
        assert_ne!(of("a key of a client's", 1), of("another key", 1));
        let (secret, id) = Secret::of_sending("a key of a client's", &[1; 32]);
        assert_ne!(secret.0[..16], id, "who knows the id knows nothing of the secret");
    }

    #[test]
    fn is_stored_as_sha_256_of_its_bytes() {
        // 32 zero bytes; the digest is the well-known one.
        let zeros = Secret::parse(&"A".repeat(Secret::TEXT_LENGTH)).expect("canonical");
        let expected = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925";

        let hex: String = zeros.digest().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected);
    }

    #[test]
    fn only_the_canonical_text_is_read() {
        let a = "A".repeat(42);
        for text in [
            String::new(),
            a.clone(),
            format!("{a}AA"),
            format!("{a}="),
            format!("{a} "),
            format!("{a}+"),
            format!("{a}/"),
            // The last character carries four bits of the secret; here the two below them are set.
            format!("{a}B"),
            format!("{}é", "A".repeat(41)),
        ] {
            assert!(Secret::parse(&text).is_none(), "{text:?} was read");
        }
    }
}
