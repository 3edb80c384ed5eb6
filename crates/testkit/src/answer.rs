//! An answer of the API as it left the server, and the few questions that tests ask of one.
//!
//! Deliberately absent: types of the schema. A test reads what a client would read, by name.

use std::collections::BTreeMap;

use axum::{body::Bytes, http::HeaderMap};
use serde_json::Value;

/// What the server said.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers, those apart that differ from answer to answer (`date`, `x-request-id`).
    pub headers: BTreeMap<String, String>,
    /// The body's bytes.
    pub body: Bytes,
    /// The body read as JSON; null where it is none.
    pub json: Value,
}

impl Answer {
    pub(crate) fn new(status: u16, headers: &HeaderMap, body: Bytes) -> Self {
        let headers = headers
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id"))
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let json = serde_json::from_slice(&body).unwrap_or_default();
        Self { status, headers, body, json }
    }

    /// The answer without what may differ between two answers that are otherwise the same: the request id.
    pub fn bytes(&self) -> (u16, &BTreeMap<String, String>, String) {
        let mut json = self.json.clone();
        let errors = json.get_mut("errors").and_then(Value::as_array_mut).into_iter().flatten();
        for error in errors {
            if let Some(extensions) = error.get_mut("extensions").and_then(Value::as_object_mut) {
                extensions.remove("requestId");
            }
        }
        let unchanged = json == self.json;
        let text = if unchanged { String::from_utf8_lossy(&self.body).into_owned() } else { json.to_string() };
        (self.status, &self.headers, text)
    }

    /// The data of an answer without errors.
    pub fn good(&self) -> &Value {
        assert!(
            self.status == 200 && self.json.get("errors").is_none(),
            "expected an answer without errors, got {} {}",
            self.status,
            self.json
        );
        &self.json["data"]
    }

    /// What stands at a JSON pointer below `data`, errors elsewhere or not; null where nothing does.
    pub fn at(&self, pointer: &str) -> &Value {
        self.json.get("data").and_then(|data| data.pointer(pointer)).unwrap_or(&Value::Null)
    }

    /// The errors, each as `CODE` or `CODE field`, in their order.
    pub fn refusals(&self) -> Vec<String> {
        let errors = self.json.get("errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        errors
            .iter()
            .map(|error| {
                let extensions = &error["extensions"];
                let code = extensions["code"].as_str().unwrap_or("without a code");
                match extensions["field"].as_str() {
                    Some(field) => format!("{code} {field}"),
                    None => code.to_owned(),
                }
            })
            .collect()
    }

    /// Checks that it was refused for exactly these reasons, in any order, and that nothing was given.
    #[track_caller]
    pub fn refused(&self, expected: &[&str]) {
        let mut refusals = self.refusals();
        refusals.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(refusals, expected, "{}", self.json);
        let given = self.json["data"].as_object().into_iter().flatten().find(|(_, value)| !value.is_null());
        assert!(given.is_none(), "refused and still given: {}", self.json);
    }
}
