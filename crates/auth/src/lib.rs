//! Proves who someone is: passwords, second factors, access tokens, and the secrets behind refresh tokens, invitations and resets.
//!
//! It answers "is this really they?", never "may they?": rights are the policy's (`dipoli-domain`), and whether a
//! sign-in still stands is the database's. Deliberately absent: storage, HTTP, accounts, attempts counted, and the
//! wall clock. Times are Unix seconds that the caller hands in.

pub mod access_token;
pub mod password;
pub mod secret;
pub mod signing_key;
pub mod totp;

mod jwt_provider;
mod random;
