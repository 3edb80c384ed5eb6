//! The one source of randomness for keys, secrets and salts: the operating system's.

use ring::rand::{SecureRandom, SystemRandom};

/// Fills `bytes` from the operating system's generator.
///
/// Without it no secret can be made and nothing here can be answered honestly, so its failure stops the request.
pub(crate) fn fill(bytes: &mut [u8]) {
    SystemRandom::new().fill(bytes).expect("the operating system's random generator answers");
}
