//! Passwords: the rule for a new one, and the proof of an old one.
//!
//! Deliberately absent: rules of composition and of age, which make passwords worse, and any change to what
//! was typed: no trimming, no cutting, no folding of case. How often someone may try is the caller's to count.

mod common;
mod hasher;
mod parameters;
mod phc;
mod rule;

pub use hasher::{Busy, Hasher, Verdict};
pub use parameters::{Parameters, ParametersFault};
pub use rule::{NewPassword, PasswordFault};
