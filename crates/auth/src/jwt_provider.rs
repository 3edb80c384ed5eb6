//! Ed25519 over ring for `jsonwebtoken`, whose own backends bring libraries that we do not want.
//!
//! A key in the library's hands is the raw 32 bytes of the seed or of the public key, in spite of the "der" in the
//! names of its constructors. Deliberately absent: every other algorithm, which is therefore refused, and JWK.

use std::sync::Once;

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{ErrorKind, Result},
};
use signature::{Signer, Verifier};
use zeroize::Zeroizing;

use crate::signing_key::{self, PUBLIC_BYTES, SEED_BYTES};

static PROVIDER: CryptoProvider =
    CryptoProvider { signer_factory: signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };

static INSTALLED: Once = Once::new();

/// Installs the provider for this process. Safe to call at any time, any number of times.
pub(crate) fn install() {
    INSTALLED.call_once(|| {
        PROVIDER.install_default().expect("no other crate in this process uses jsonwebtoken");
    });
}

struct Ed25519Signer(Zeroizing<[u8; SEED_BYTES]>);

impl Signer<Vec<u8>> for Ed25519Signer {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, signature::Error> {
        Ok(signing_key::sign(&self.0, message).to_vec())
    }
}

impl JwtSigner for Ed25519Signer {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

struct Ed25519Verifier([u8; PUBLIC_BYTES]);

impl Verifier<Vec<u8>> for Ed25519Verifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), signature::Error> {
        if signing_key::verify(&self.0, message, signature) { Ok(()) } else { Err(signature::Error::new()) }
    }
}

impl JwtVerifier for Ed25519Verifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    only_eddsa(algorithm)?;
    let seed = key.as_bytes().try_into().map_err(|_| ErrorKind::InvalidEddsaKey)?;
    Ok(Box::new(Ed25519Signer(Zeroizing::new(seed))))
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    only_eddsa(algorithm)?;
    let public = key.try_get_as_bytes()?.try_into().map_err(|_| ErrorKind::InvalidEddsaKey)?;
    Ok(Box::new(Ed25519Verifier(public)))
}

fn only_eddsa(algorithm: &Algorithm) -> Result<()> {
    if *algorithm == Algorithm::EdDSA { Ok(()) } else { Err(ErrorKind::InvalidAlgorithm.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_algorithms_and_other_keys_are_refused() {
        let (private, public) = (EncodingKey::from_ed_der(&[7; 32]), DecodingKey::from_ed_der(&[7; 32]));
        assert!(signer(&Algorithm::EdDSA, &private).is_ok());
        assert!(verifier(&Algorithm::EdDSA, &public).is_ok());

        assert!(signer(&Algorithm::HS256, &private).is_err());
        assert!(verifier(&Algorithm::HS256, &public).is_err());
        assert!(signer(&Algorithm::EdDSA, &EncodingKey::from_ed_der(&[7; 31])).is_err());
        assert!(verifier(&Algorithm::EdDSA, &DecodingKey::from_ed_der(&[7; 33])).is_err());
    }
}
