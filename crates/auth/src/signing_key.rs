//! Ed25519 keys: those that sign access tokens and those that sign checkpoints of the audit log.
//!
//! One key does one of the two, never both, so that nothing signed for one purpose can be shown for the other;
//! [`Ring::new`](crate::access_token::Ring::new) takes its key by value for that reason. Deliberately absent: how a
//! seed is kept (sealed, by the store) and when a key is put in use or retired.

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::random;

/// Length of a seed, in bytes.
pub const SEED_BYTES: usize = 32;

/// Length of a public key, in bytes.
pub const PUBLIC_BYTES: usize = 32;

/// Length of a signature, in bytes.
pub const SIGNATURE_BYTES: usize = 64;

/// A private key and its name. The seed is wiped when dropped.
pub struct SigningKey {
    kid: String,
    seed: Zeroizing<[u8; SEED_BYTES]>,
    public: [u8; PUBLIC_BYTES],
}

/// What others need to check what a [`SigningKey`] signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// The name of the key, as tokens carry it.
    pub kid: String,
    /// The key.
    pub bytes: [u8; PUBLIC_BYTES],
}

impl SigningKey {
    /// Makes a new key with a random name, which tells neither its age nor its track.
    pub fn generate() -> SigningKey {
        let mut seed = Zeroizing::new([0; SEED_BYTES]);
        random::fill(&mut *seed);
        SigningKey::from_seed(Uuid::new_v4().to_string(), &seed)
    }

    /// Makes a key that was kept. Every 32 bytes are a valid seed.
    pub fn from_seed(kid: String, seed: &[u8; SEED_BYTES]) -> SigningKey {
        let mut public = [0; PUBLIC_BYTES];
        public.copy_from_slice(key_pair(seed).public_key().as_ref());
        SigningKey { kid, seed: Zeroizing::new(*seed), public }
    }

    /// The key's name.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The seed, to be sealed and stored. Whoever has it can sign in as anyone.
    pub fn expose_seed(&self) -> &[u8; SEED_BYTES] {
        &self.seed
    }

    /// The half that may be shown.
    pub fn public(&self) -> PublicKey {
        PublicKey { kid: self.kid.clone(), bytes: self.public }
    }

    /// Signs a message. The same message has the same signature.
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        sign(&self.seed, message)
    }
}

/// Whether `signature` was made over exactly `message` by the owner of `public`.
#[must_use]
pub fn verify(public: &[u8; PUBLIC_BYTES], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, public).verify(message, signature).is_ok()
}

pub(crate) fn sign(seed: &[u8; SEED_BYTES], message: &[u8]) -> [u8; SIGNATURE_BYTES] {
    let mut signature = [0; SIGNATURE_BYTES];
    signature.copy_from_slice(key_pair(seed).sign(message).as_ref());
    signature
}

/// Made anew each time, for some tens of microseconds: ring's own pair is not wiped, so none is kept.
fn key_pair(seed: &[u8; SEED_BYTES]) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(seed).expect("every 32 bytes are an Ed25519 seed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_as_rfc_8032_says() {
        // RFC 8032, 7.1, test 2.
        let seed = unhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        let key = SigningKey::from_seed("test".to_owned(), &seed.try_into().expect("32 bytes"));

        assert_eq!(
            key.public().bytes.to_vec(),
            unhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        );
        let expected = unhex(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        );
        assert_eq!(key.sign(&[0x72]).to_vec(), expected);
    }

    #[test]
    fn a_kept_key_is_the_same_key() {
        let key = SigningKey::generate();
        let kept = SigningKey::from_seed(key.kid().to_owned(), key.expose_seed());
        assert_eq!(kept.public(), key.public());
        assert_ne!(SigningKey::generate().public(), key.public());
    }

    #[test]
    fn only_the_signed_message_under_the_right_key_verifies() {
        let (key, other) = (SigningKey::generate(), SigningKey::generate());
        let signature = key.sign(b"seq 41");
        let public = key.public().bytes;

        assert!(verify(&public, b"seq 41", &signature));
        assert!(!verify(&public, b"seq 42", &signature));
        assert!(!verify(&other.public().bytes, b"seq 41", &signature));
        assert!(!verify(&public, b"seq 41", &signature[..63]));
        assert!(!verify(&public, b"seq 41", b""));
        let mut changed = signature;
        changed[0] ^= 1;
        assert!(!verify(&public, b"seq 41", &changed));
    }

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
    }
}
