//! The body of a request: one JSON object, as GraphQL over HTTP says. No arrays of them: there is no batching.

use async_graphql::{Extensions, Variables};
use serde::Deserialize;

use crate::{limits::within, manifest::DocumentId, response::Response};

/// Objects and arrays within one another in a body, at most.
const MOST_NESTING: u64 = 10;

/// A request as it was sent. It may hold a password: it is neither shown nor logged.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RawRequest {
    /// The document.
    #[serde(default)]
    pub(crate) query: Option<String>,
    /// The digest of one that is known.
    #[serde(default)]
    pub(crate) document_id: Option<DocumentId>,
    /// Which of its operations runs, where there are several.
    #[serde(default)]
    pub(crate) operation_name: Option<String>,
    /// Values for its variables, by name.
    #[serde(default)]
    pub(crate) variables: Variables,
    /// What clients add; nothing reads it.
    #[serde(default, rename = "extensions")]
    pub(crate) _extensions: Option<Extensions>,
}

impl RawRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// The answer to a body that is no such object (BAD_USER_INPUT), or that nests deeper than 10 (QUERY_TOO_COMPLEX).
    pub fn from_json(body: &[u8]) -> Result<Self, Response> {
        within("jsonNesting", nesting(body) as u64, MOST_NESTING).map_err(|excess| Response::refused(excess.into()))?;
        let request: Option<Self> = serde_json::from_slice(body).ok();
        request.filter(|request| request.query.is_some() || request.document_id.is_some()).ok_or_else(|| {
            Response::bad_input(
                "The body must be one JSON object with the text `query` or a `documentId`, and with `operationName`, `variables` and `extensions` if you like.",
            )
        })
    }
}

/// How deep brackets nest outside of strings.
fn nesting(json: &[u8]) -> usize {
    let (mut open, mut most, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                open += 1;
                most = most.max(open);
            }
            b'}' | b']' if !in_string => open = open.saturating_sub(1),
            _ => {}
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    fn refused(body: &str) -> Option<Response> {
        RawRequest::from_json(body.as_bytes()).err()
    }

    #[test]
    fn a_body_is_one_object() {
        assert!(refused(r#"{"query":"{ viewer { language } }"}"#).is_none());
        assert!(refused(r#"{"query":"","operationName":null,"variables":null,"extensions":null,"more":1}"#).is_none());
        for wrong in [
            "",
            "{",
            "null",
            "[]",
            r#"[{"query":"{a}"}]"#,
            "{}",
            r#"{"query":null}"#,
            r#"{"documentId":"x"}"#,
            r#"{"query":"{a}","documentId":1}"#,
            r#"{"query":1}"#,
            r#"{"query":"{a}","variables":[]}"#,
            r#"{"query":"{a}","variables":"{}"}"#,
            r#"{"query":"{a}","operationName":1}"#,
            r#"{"query":"{a}","extensions":[]}"#,
        ] {
            let response = refused(wrong).unwrap_or_else(|| panic!("{wrong} was taken"));
            assert_eq!(response.kind(), Kind::BadRequest, "{wrong}");
        }
    }

    #[test]
    fn a_body_nests_ten_deep_and_no_deeper() {
        let body = |depth: usize| {
            format!(
                r#"{{"query":"{{a}} [[[[[[[[[[[[ \" {{","variables":{{"v":{}{}}}}}"#,
                "[".repeat(depth),
                "]".repeat(depth)
            )
        };
        assert!(refused(&body(8)).is_none());
        let bytes = refused(&body(9)).expect("too deep").to_bytes();
        let text = String::from_utf8(bytes).expect("JSON");
        assert!(text.contains("QUERY_TOO_COMPLEX") && text.contains("jsonNesting"), "{text}");
        assert!(refused(&body(100_000)).is_some());
    }
}
