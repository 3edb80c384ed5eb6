//! What every answer has around it, whatever it is an answer to: a request id, and headers that keep it to the one who
//! asked.
//!
//! Deliberately absent: a log line for a request. Who asked what and when is nobody's business but theirs (N-10).

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// Where a request's id stands, on the way in and out.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken from a client.
const LONGEST: usize = 64;

/// By what name a fault is found in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// The client's, if it is a plain word; a random one otherwise.
    fn of(headers: &HeaderMap) -> Self {
        let plain = |id: &&str| {
            (1..=LONGEST).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        };
        let given = headers.get(&REQUEST_ID).and_then(|id| id.to_str().ok()).filter(plain);
        Self(given.map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Puts the envelope around an answer.
pub async fn envelope(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, HeaderValue::try_from(id.0).expect("a plain word"));
    // The calendar feed says for itself how long it is good (requirements G-15).
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_ids_are_taken() {
        let of = |id: &str| {
            let headers = HeaderMap::from_iter([(REQUEST_ID, HeaderValue::try_from(id).unwrap())]);
            RequestId::of(&headers)
        };
        assert_eq!(of("trace-1.a_B").as_str(), "trace-1.a_B");
        for odd in ["", "a b", "a\"b", "<script>", &"a".repeat(65)] {
            assert_ne!(of(odd).as_str(), odd);
            assert_eq!(of(odd).as_str().len(), 36);
        }
    }
}
