//! Sealing: XChaCha20-Poly1305 over padded text, bound to everything that the policy reads of the row (N-09).
//!
//! Envelope: `version (1) │ algorithm (1) │ key id (16) │ nonce (24) │ ciphertext`. The key is picked by the id in the
//! envelope and by nothing else; keys are never tried in turn. Every sealing takes a fresh random nonce.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use dipoli_domain::Timestamp;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::place::random;

const VERSION: u8 = 1;
const XCHACHA20_POLY1305: u8 = 1;
const NONCE: usize = 24;
const HEADER: usize = 2 + 16 + NONCE;
/// Smallest plaintext after padding; the next sizes are twice, four times, … as long.
pub(crate) const BLOCK: usize = 64;
/// The same for notes, whose lengths would tell more than those of titles (requirements N-01).
pub(crate) const NOTE_BLOCK: usize = 256;

/// What does not open: changed, moved, of another key, or never sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unopened;

/// What a sealed text is bound to. Every part is written with its length in front, so that no two lists of parts
/// are one byte string.
pub(crate) struct Aad(Vec<u8>);

impl Aad {
    /// The associated data of a row of `table`.
    pub fn of(table: &'static str) -> Self {
        Self(Vec::new()).text(table)
    }

    /// Adds bytes.
    #[must_use]
    pub fn bytes(mut self, part: &[u8]) -> Self {
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX - 1);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(part);
        self
    }

    /// Adds a word or other text that is not confidential.
    #[must_use]
    pub fn text(self, part: &str) -> Self {
        self.bytes(part.as_bytes())
    }

    /// Adds an id.
    #[must_use]
    pub fn id(self, part: Uuid) -> Self {
        self.bytes(part.as_bytes())
    }

    /// Adds an id that may be absent.
    #[must_use]
    pub fn maybe_id(self, part: Option<Uuid>) -> Self {
        self.maybe(part.as_ref().map(|id| id.as_bytes().as_slice()))
    }

    /// Adds bytes that may be absent; absence is no length at all.
    #[must_use]
    pub fn maybe(mut self, part: Option<&[u8]>) -> Self {
        match part {
            Some(part) => self.bytes(part),
            None => {
                self.0.extend_from_slice(&u32::MAX.to_be_bytes());
                self
            }
        }
    }

    /// Adds yes or no.
    #[must_use]
    pub fn flag(self, part: bool) -> Self {
        self.bytes(&[u8::from(part)])
    }

    /// Adds a number.
    #[must_use]
    pub fn number(self, part: i64) -> Self {
        self.bytes(&part.to_be_bytes())
    }

    /// Adds an instant, to the microsecond.
    #[must_use]
    pub fn instant(self, part: Timestamp) -> Self {
        self.number(part.as_microsecond())
    }

    /// All parts.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Seals `plaintext` with the key of that id, filled up to `block` times a power of two.
pub(crate) fn seal(key_id: Uuid, key: &[u8; 32], aad: &Aad, block: usize, plaintext: &[u8]) -> Vec<u8> {
    let mut nonce = [0; NONCE];
    random(&mut nonce);
    seal_with(nonce, key_id, key, aad, &pad(plaintext, block))
}

/// The same, unpadded and with the nonce given: for keys, whose length is known, and for cursors.
pub(crate) fn seal_with(nonce: [u8; NONCE], key_id: Uuid, key: &[u8; 32], aad: &Aad, plaintext: &[u8]) -> Vec<u8> {
    let mut envelope = vec![VERSION, XCHACHA20_POLY1305];
    envelope.extend_from_slice(key_id.as_bytes());
    envelope.extend_from_slice(&nonce);
    let bound = bound(aad, key_id);
    let sealed = XChaCha20Poly1305::new(key.into())
        .encrypt(&XNonce::from(nonce), Payload { msg: plaintext, aad: &bound })
        .expect("a text of ours is far shorter than the cipher's 256 GiB");
    envelope.extend_from_slice(&sealed);
    envelope
}

/// The id of the key that an envelope asks for.
pub(crate) fn key_of(envelope: &[u8]) -> Result<Uuid, Unopened> {
    match envelope {
        [VERSION, XCHACHA20_POLY1305, rest @ ..] if rest.len() >= HEADER - 2 => {
            Uuid::from_slice(&rest[..16]).map_err(|_| Unopened)
        }
        _ => Err(Unopened),
    }
}

/// Opens an envelope with the key of its id.
pub(crate) fn open(key: &[u8; 32], aad: &Aad, envelope: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unopened> {
    unpad(open_unpadded(key, aad, envelope)?)
}

/// Opens what [`seal_with`] sealed.
pub(crate) fn open_unpadded(key: &[u8; 32], aad: &Aad, envelope: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unopened> {
    let bound = bound(aad, key_of(envelope)?);
    let nonce = XNonce::try_from(&envelope[HEADER - NONCE..HEADER]).map_err(|_| Unopened)?;
    XChaCha20Poly1305::new(key.into())
        .decrypt(&nonce, Payload { msg: &envelope[HEADER..], aad: &bound })
        .map(Zeroizing::new)
        .map_err(|_| Unopened)
}

fn bound(aad: &Aad, key_id: Uuid) -> Vec<u8> {
    let mut bound = aad.0.clone();
    bound.extend_from_slice(&[VERSION, XCHACHA20_POLY1305]);
    bound.extend_from_slice(key_id.as_bytes());
    bound
}

/// The text with its length in front, filled up to block·2^k bytes (the block is a power of two): a ciphertext's length
/// tells little of its text's.
fn pad(plaintext: &[u8], block: usize) -> Zeroizing<Vec<u8>> {
    let length = u32::try_from(plaintext.len()).expect("a text of ours is bounded to kilobytes");
    let size = (plaintext.len() + 4).max(block).next_power_of_two();
    let mut padded = Zeroizing::new(Vec::with_capacity(size));
    padded.extend_from_slice(&length.to_be_bytes());
    padded.extend_from_slice(plaintext);
    padded.resize(size, 0);
    padded
}

fn unpad(padded: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, Unopened> {
    let (length, rest) = padded.split_first_chunk::<4>().ok_or(Unopened)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Unopened)?;
    rest.get(..length).map(|text| Zeroizing::new(text.to_vec())).ok_or(Unopened)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    #[test]
    fn what_was_sealed_opens_and_nothing_else_does() {
        let (id, aad) = (Uuid::new_v4(), Aad::of("note").flag(true));
        let envelope = seal(id, &KEY, &aad, BLOCK, b"a pleasant evening");
        assert_eq!(open(&KEY, &aad, &envelope).unwrap().as_slice(), b"a pleasant evening");
        for place in 0..envelope.len() {
            let mut flipped = envelope.clone();
            flipped[place] ^= 1;
            assert!(open(&KEY, &aad, &flipped).is_err(), "byte {place}");
        }
        for length in 0..envelope.len() {
            assert!(open(&KEY, &aad, &envelope[..length]).is_err(), "cut to {length}");
        }
        assert!(open(&KEY, &Aad::of("note").flag(false), &envelope).is_err());
        assert!(open(&[8; 32], &aad, &envelope).is_err());
    }

    #[test]
    fn lengths_are_told_in_powers_of_two_only() {
        let length = |block, n| seal(Uuid::nil(), &KEY, &Aad::of("note"), block, &vec![b'x'; n]).len() - HEADER - 16;
        for (text, padded) in [(0, 64), (60, 64), (61, 128), (124, 128), (125, 256), (40 * 1024, 65_536)] {
            assert_eq!(length(BLOCK, text), padded, "{text}");
            assert_eq!(length(NOTE_BLOCK, text), padded.max(256), "{text}");
        }
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let some = Uuid::new_v4();
        let different = [
            Aad::of("a").text("bc"),
            Aad::of("ab").text("c"),
            Aad::of("a").text("b").text("c"),
            Aad::of("a").maybe_id(None),
            Aad::of("a").maybe_id(Some(some)),
            Aad::of("a").maybe_id(None).maybe_id(None),
            Aad::of("a"),
        ];
        for (i, one) in different.iter().enumerate() {
            for other in &different[i + 1..] {
                assert_ne!(one.as_bytes(), other.as_bytes());
            }
        }
        assert_eq!(Aad::of("a").id(some).as_bytes(), Aad::of("a").maybe_id(Some(some)).as_bytes());
    }
}
