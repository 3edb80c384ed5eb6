//! A token's header and claims as they stand in it.
//!
//! The header is read strictly and by ourselves. The library would read `crit` and not refuse it, and it knows of
//! `jku`, `jwk`, `x5u`, `x5c`, which name keys of the sender's choice: with us whatever we do not write is refused,
//! these among it. No claim is optional.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Header};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Claims, Invalid};

const TYPE: &str = "at+jwt";

/// The header that tokens are issued with.
pub(super) fn header(kid: &str) -> Header {
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(TYPE.to_owned());
    header.kid = Some(kid.to_owned());
    header
}

/// Reads the key's name out of a token whose header is one of ours in every part.
pub(super) fn kid(token: &str) -> Result<String, Invalid> {
    let (header, _) = token.split_once('.').ok_or(Invalid)?;
    let json = URL_SAFE_NO_PAD.decode(header).map_err(|_| Invalid)?;
    let header: StrictHeader = serde_json::from_slice(&json).map_err(|_| Invalid)?;
    if header.typ != TYPE || header.alg != "EdDSA" {
        return Err(Invalid);
    }
    Ok(header.kid)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    typ: String,
    alg: String,
    kid: String,
}

/// The claims that tokens are issued with.
#[derive(Serialize, Deserialize)]
pub(super) struct WireClaims {
    iss: String,
    aud: String,
    sub: Uuid,
    exp: i64,
    nbf: i64,
    iat: i64,
    jti: Uuid,
    sid: Uuid,
    auth_time: i64,
    #[serde(default)]
    fresh: bool,
}

impl WireClaims {
    pub(super) fn new(claims: &Claims, issuer: &str, audience: &str) -> WireClaims {
        WireClaims {
            iss: issuer.to_owned(),
            aud: audience.to_owned(),
            sub: claims.person,
            exp: claims.expires_at,
            nbf: claims.not_before,
            iat: claims.issued_at,
            jti: claims.token,
            sid: claims.sign_in,
            auth_time: claims.authenticated_at,
            fresh: claims.fresh,
        }
    }

    pub(super) fn into_claims(self) -> Claims {
        Claims {
            person: self.sub,
            sign_in: self.sid,
            token: self.jti,
            authenticated_at: self.auth_time,
            fresh: self.fresh,
            issued_at: self.iat,
            not_before: self.nbf,
            expires_at: self.exp,
        }
    }
}
