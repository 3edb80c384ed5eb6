//! Documents that are known beforehand, by the SHA-256 of their text; and whether others are run at all.
//!
//! Where only these are run, anything else is refused before it is parsed. Deliberately absent: registering a document by
//! sending it (what a client can register, it can send).

use std::collections::HashMap;

use serde::{Deserialize, de::Error};
use sha2::{Digest, Sha256};

use crate::response::Response;

/// The digest of a document's text.
pub(crate) type DocumentDigest = [u8; 32];

/// Documents that are known.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    documents: HashMap<DocumentDigest, String>,
    is_all: bool,
}

impl Manifest {
    /// These documents, and any other besides.
    pub fn of(documents: impl IntoIterator<Item = String>) -> Self {
        let documents = documents.into_iter().map(|text| (Sha256::digest(&text).into(), text)).collect();
        Self { documents, is_all: false }
    }

    /// The same documents, and no other.
    #[must_use]
    pub fn alone(self) -> Self {
        Self { is_all: true, ..self }
    }

    /// The text of what was sent: a document, its digest, or both where they belong together.
    pub(crate) fn text(&self, sent: Option<String>, id: Option<DocumentDigest>) -> Result<String, Response> {
        match (sent, id) {
            (Some(text), None) if !self.is_all => Ok(text),
            (Some(text), id) => {
                let digest: DocumentDigest = Sha256::digest(&text).into();
                if id.is_some_and(|id| id != digest) {
                    return Err(Response::bad_input("documentId is not the digest of query."));
                }
                if self.is_all && !self.documents.contains_key(&digest) {
                    return Err(unknown());
                }
                Ok(text)
            }
            (None, Some(id)) => self.documents.get(&id).cloned().ok_or_else(unknown),
            (None, None) => Err(Response::bad_input("A request has a query, or the documentId of one that is known.")),
        }
    }
}

fn unknown() -> Response {
    Response::bad_input("This document is not one of those that are run here.")
}

/// `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Copy)]
pub(crate) struct DocumentId(pub(crate) DocumentDigest);

impl<'de> Deserialize<'de> for DocumentId {
    fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let text = String::deserialize(source)?;
        let digits = text
            .strip_prefix("sha256:")
            .filter(|digits| digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let digits = digits.ok_or_else(|| D::Error::custom("no documentId"))?;
        let mut digest = DocumentDigest::default();
        for (byte, pair) in digest.iter_mut().zip(digits.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(D::Error::custom)?;
            *byte = u8::from_str_radix(pair, 16).map_err(D::Error::custom)?;
        }
        Ok(Self(digest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &str = "{ viewer { language } }";
    /// Of `KNOWN`, by another program.
    const DIGEST: &str = "sha256:3b89c95012efdaecaa125e49c16d3db6361cfd36b860dd681daffcb42df2ea3e";

    fn id(text: &str) -> Option<DocumentDigest> {
        serde_json::from_value::<DocumentId>(text.into()).ok().map(|id| id.0)
    }

    #[test]
    fn a_document_is_known_by_its_digest() {
        let manifest = Manifest::of([KNOWN.to_owned()]);
        let digest = id(DIGEST).expect("a digest");
        let text = |manifest: &Manifest, sent: Option<&str>, id| manifest.text(sent.map(str::to_owned), id).ok();
        for manifest in [manifest.clone(), manifest.clone().alone()] {
            assert_eq!(text(&manifest, None, Some(digest)).as_deref(), Some(KNOWN));
            assert_eq!(text(&manifest, Some(KNOWN), None).as_deref(), Some(KNOWN));
            assert_eq!(text(&manifest, Some(KNOWN), Some(digest)).as_deref(), Some(KNOWN));
            assert_eq!(text(&manifest, Some("{ track { slug } }"), Some(digest)), None);
            assert_eq!(text(&manifest, None, Some([7; 32])), None);
            assert_eq!(text(&manifest, None, None), None);
        }
        assert!(text(&manifest, Some("not even GraphQL"), None).is_some(), "any other besides");
        assert!(text(&manifest.alone(), Some("not even GraphQL"), None).is_none(), "and no other");
    }

    #[test]
    fn an_id_is_sha256_and_64_digits() {
        let digits = "ab".repeat(32);
        assert_eq!(id(&format!("sha256:{digits}")), Some([0xab; 32]));
        for wrong in [
            digits.clone(),
            format!("sha256:{}", &digits[1..]),
            format!("sha512:{digits}"),
            format!("sha256:{}", "xy".repeat(32)),
            format!("sha256:{}ä", &digits[2..]),
            format!("sha256:{}", "+1".repeat(32)),
            String::new(),
        ] {
            assert_eq!(id(&wrong), None, "{wrong}");
        }
    }
}
