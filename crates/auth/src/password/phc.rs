//! The stored form of a password: the PHC string of one argon2id hash.
//!
//! What is not argon2id v19 with exactly `m`, `t` and `p`, within our ceiling, is not ours and is never run. There
//! is no error type: the reader of a stored string can do nothing about it but let the sign-in fail.

use argon2::{
    ARGON2ID_IDENT, Argon2, PasswordHash, PasswordHasher, PasswordVerifier, Version,
    password_hash::{
        self,
        phc::{Output, ParamsString, Salt},
    },
};

use super::Parameters;
use crate::random;

const SALT_BYTES: usize = 16;
const TAG_BYTES: usize = 32;

/// A hash that this crate can check a password against.
pub(super) struct Stored {
    phc: PasswordHash,
    cost: Parameters,
}

impl Stored {
    /// Reads a stored string.
    pub(super) fn parse(text: &str) -> Option<Stored> {
        let phc = PasswordHash::new(text).ok()?;
        let recognised = phc.algorithm == ARGON2ID_IDENT
            && phc.version == Some(Version::V0x13.into())
            && phc.salt.is_some()
            && phc.hash.is_some()
            && phc.params.iter().count() == 3;
        if !recognised {
            return None;
        }
        let number = |name: &str| phc.params.get_decimal(name);
        let cost = Parameters::of_stored(number("m")?, number("t")?, number("p")?)?;
        Some(Stored { phc, cost })
    }

    /// A hash that costs as much as a real one and that no password matches: its tag was drawn, not computed.
    pub(super) fn dummy(cost: Parameters) -> Stored {
        let mut salt = [0; SALT_BYTES];
        let mut tag = [0; TAG_BYTES];
        random::fill(&mut salt);
        random::fill(&mut tag);
        let params = ParamsString::try_from(cost.params()).expect("three numbers fit a PHC string");
        let phc = PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params,
            salt: Some(Salt::new(&salt).expect("16 bytes fit a PHC string")),
            hash: Some(Output::new(&tag).expect("32 bytes fit a PHC string")),
        };
        Stored { phc, cost }
    }

    /// Whether the password made this hash; compared in constant time.
    ///
    /// # Errors
    /// Memory could not be had, or the string asks for what argon2 does not do.
    pub(super) fn matches(&self, password: &str) -> password_hash::Result<bool> {
        match Argon2::default().verify_password(password.as_bytes(), &self.phc) {
            Ok(()) => Ok(true),
            Err(password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether a new hash of the same password would have another cost, salt or tag length.
    pub(super) fn is_outdated(&self, current: Parameters) -> bool {
        self.cost != current
            || self.phc.salt.is_none_or(|salt| salt.len() != SALT_BYTES)
            || self.phc.hash.is_none_or(|tag| tag.len() != TAG_BYTES)
    }
}

/// Hashes a password with a fresh salt.
///
/// # Errors
/// Memory could not be had.
pub(super) fn hash(password: &str, cost: Parameters) -> password_hash::Result<String> {
    let mut salt = [0; SALT_BYTES];
    random::fill(&mut salt);
    // `Argon2::from` is argon2id, version 19, 32 bytes of tag.
    let phc = Argon2::from(cost.params()).hash_password_with_salt(password.as_bytes(), &salt)?;
    Ok(phc.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the argon2 reference program: `echo -n password | argon2 somesalt -id -t 2 -k 256 -p 1`.
    const REFERENCE: &str = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

    #[test]
    fn a_new_hash_says_what_it_is() {
        let text = hash("a pleasant evening", Parameters::DEFAULT).expect("64 MiB");

        assert!(text.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{text}");
        let phc = PasswordHash::new(&text).expect("a PHC string");
        assert_eq!(phc.salt.expect("a salt").len(), 16);
        assert_eq!(phc.hash.expect("a tag").len(), 32);
        assert!(!Stored::parse(&text).expect("our own").is_outdated(Parameters::DEFAULT));
    }

    #[test]
    fn two_hashes_of_one_password_share_nothing() {
        let [a, b] = [(); 2].map(|()| hash("a pleasant evening", Parameters::FLOOR).expect("19 MiB"));
        assert_ne!(a, b);
    }

    #[test]
    fn computes_what_the_reference_program_computes() {
        let stored = Stored::parse(REFERENCE).expect("argon2id v19");
        assert_eq!(stored.matches("password"), Ok(true));
        assert_eq!(stored.matches("Password"), Ok(false));
    }

    #[test]
    fn a_dummy_costs_the_same_and_matches_nothing() {
        let dummy = Stored::dummy(Parameters::FLOOR);
        assert!(dummy.phc.to_string().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(!dummy.is_outdated(Parameters::FLOOR));
        assert_eq!(dummy.matches(""), Ok(false));
    }

    #[test]
    fn what_is_not_ours_is_not_read() {
        let salt_and_tag = REFERENCE.split_once("p=1").expect("has parameters").1;
        for head in [
            "$argon2i$v=19$m=256,t=2,p=1",
            "$argon2d$v=19$m=256,t=2,p=1",
            "$argon2id$v=16$m=256,t=2,p=1",
            "$argon2id$m=256,t=2,p=1",
            "$argon2id$v=19",
            "$argon2id$v=19$m=256,t=2",
            "$argon2id$v=19$m=256,t=2,p=1,data=c29tZQ",
            "$argon2id$v=19$m=256,t=two,p=1",
            // Above the ceiling: 4 TiB, four billion passes.
            "$argon2id$v=19$m=4294967295,t=2,p=1",
            "$argon2id$v=19$m=256,t=4294967295,p=1",
            "$argon2id$v=19$m=256,t=2,p=16777215",
            "$scrypt$ln=16,r=8,p=1",
        ] {
            assert!(Stored::parse(&format!("{head}{salt_and_tag}")).is_none(), "{head} was read");
        }
        for text in ["", "$", "password", "$argon2id$v=19$m=256,t=2,p=1", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ"] {
            assert!(Stored::parse(text).is_none(), "{text:?} was read");
        }
    }
}
