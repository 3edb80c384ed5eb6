//! The keys of one track's tokens: one that signs, and all whose tokens are accepted.
//!
//! A ring is made anew when a key changes; it is never changed in place. Deliberately absent: where a key comes
//! from. The name in a token's header picks from this ring or from nowhere.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation, decode, encode};
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use super::{Claims, Invalid, LONGEST_BYTES, wire};
use crate::{
    jwt_provider,
    signing_key::{PublicKey, SigningKey},
};

/// Tokens that are remembered at most, twice over.
const REMEMBERED: usize = 2_048;

/// Issues and verifies the access tokens of one track. To be shared: nothing that it accepts changes.
pub struct Ring {
    issuer: String,
    audience: String,
    signing_kid: String,
    signing: EncodingKey,
    verifying: HashMap<String, DecodingKey>,
    validation: Validation,
    genuine: Mutex<Remembered>,
}

/// What genuine tokens say, by their digests: a signature takes as long to check as a short statement of the database takes.
/// That a token is none is not remembered. With a ring goes what it remembers: a key that is not in the next one proves
/// nothing there.
#[derive(Default)]
struct Remembered {
    lately: HashMap<[u8; 32], Claims>,
    before: HashMap<[u8; 32], Claims>,
}

impl Remembered {
    fn get(&self, token: &[u8; 32]) -> Option<&Claims> {
        self.lately.get(token).or_else(|| self.before.get(token))
    }

    fn put(&mut self, token: [u8; 32], claims: Claims) {
        if self.lately.len() == REMEMBERED {
            self.before = std::mem::take(&mut self.lately);
        }
        self.lately.insert(token, claims);
    }
}

impl Ring {
    /// A ring that signs with `signer` and accepts its tokens and those of `others`: the key that is next in turn,
    /// and those whose last tokens have not expired.
    ///
    /// `issuer` and `audience` must tell the track from every other. Of two keys of one name the signer's is taken,
    /// else the later.
    pub fn new(
        issuer: impl Into<String>,
        audience: impl Into<String>,
        signer: SigningKey,
        others: impl IntoIterator<Item = PublicKey>,
    ) -> Ring {
        jwt_provider::install();
        let (issuer, audience) = (issuer.into(), audience.into());
        let verifying = others
            .into_iter()
            .chain([signer.public()])
            .map(|key| (key.kid, DecodingKey::from_ed_der(&key.bytes)))
            .collect();
        Ring {
            validation: validation(&issuer, &audience),
            issuer,
            audience,
            signing_kid: signer.kid().to_owned(),
            signing: EncodingKey::from_ed_der(signer.expose_seed()),
            verifying,
            genuine: Mutex::default(),
        }
    }

    /// Signs a token: three parts of base64url, some 600 characters.
    pub fn issue(&self, claims: &Claims) -> SecretString {
        let wire = wire::WireClaims::new(claims, &self.issuer, &self.audience);
        encode(&wire::header(&self.signing_kid), &wire, &self.signing)
            .expect("the claims are plain JSON, and the key was made for this algorithm")
            .into()
    }

    /// Whether a token has the form of ours and names a key that is not in this ring: it may be in a newer one.
    pub fn names_another_key(&self, token: &str) -> bool {
        token.len() <= LONGEST_BYTES && wire::kid(token).is_ok_and(|kid| !self.verifying.contains_key(&kid))
    }

    /// Reads a token that one of the ring's keys signed, that names the ring's issuer and audience, and that holds
    /// at `now` (Unix seconds).
    ///
    /// # Errors
    /// [`Invalid`] for everything else.
    pub fn verify(&self, token: &str, now: i64) -> Result<Claims, Invalid> {
        let claims = self.genuine(token)?;
        claims.holds_at(now).then_some(claims).ok_or(Invalid)
    }

    /// The same without regard to time, for whoever learns what time it is only from the database that they then
    /// ask about the sign-in; they must ask [`Claims::holds_at`] too.
    ///
    /// # Errors
    /// [`Invalid`] for everything but a token that one of the ring's keys signed and that names the ring's issuer
    /// and audience.
    pub fn genuine(&self, token: &str) -> Result<Claims, Invalid> {
        if token.len() > LONGEST_BYTES {
            return Err(Invalid);
        }
        let digest = Sha256::digest(token.as_bytes()).into();
        let remembered = || self.genuine.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(claims) = remembered().get(&digest) {
            return Ok(claims.clone());
        }
        let key = self.verifying.get(&wire::kid(token)?).ok_or(Invalid)?;
        let data = decode::<wire::WireClaims>(token, key, &self.validation).map_err(|_| Invalid)?;
        let claims = data.claims.into_claims();
        remembered().put(digest, claims.clone());
        Ok(claims)
    }
}

#[cfg(test)]
impl Ring {
    /// How many tokens it remembers.
    pub(super) fn remembers(&self) -> usize {
        let genuine = self.genuine.lock().unwrap_or_else(PoisonError::into_inner);
        genuine.lately.len() + genuine.before.len()
    }
}

/// The library checks signature, issuer, audience, and that nothing is missing. It would take the time from the
/// wall clock, so the times are checked by [`Claims::holds_at`] instead.
fn validation(issuer: &str, audience: &str) -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation
}
