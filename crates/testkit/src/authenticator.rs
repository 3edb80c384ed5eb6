//! An authenticator of someone's (RFC 6238), which knows the seed as its owner has typed it. Written apart from the one that
//! checks its codes, so that both are not wrong alike.

use jiff::Timestamp;
use ring::hmac;

/// A telephone with a seed in it.
pub struct Authenticator(Vec<u8>);

impl Authenticator {
    /// With a seed in base32.
    pub fn of(seed: &str) -> Self {
        let (mut bytes, mut bits, mut waiting) = (Vec::new(), 0, 0_u32);
        for letter in seed.bytes() {
            let place = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter);
            waiting = (waiting << 5) | u32::try_from(place.expect("base32")).expect("small");
            bits += 5;
            if bits >= 8 {
                bits -= 8;
                bytes.push(u8::try_from((waiting >> bits) & 255).expect("a byte"));
            }
        }
        Self(bytes)
    }

    /// The seed that it knows.
    pub fn seed(&self) -> &[u8] {
        &self.0
    }

    /// What it shows at a time.
    pub fn shows(&self, now: Timestamp) -> String {
        let step = now.as_second() / 30;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let hash = hmac::sign(&key, &step.to_be_bytes());
        let at = usize::from(hash.as_ref()[19] & 15);
        let number = u32::from_be_bytes(hash.as_ref()[at..at + 4].try_into().expect("four bytes")) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}
