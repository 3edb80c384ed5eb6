//! The media types of a request: what it is in, and what its answer may be in (GraphQL over HTTP, §6).

use axum::http::{HeaderMap, HeaderValue, header};

/// What an answer is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `application/graphql-response+json`: the status says whether the request was run.
    GraphQl,
    /// `application/json`: a request that was understood and refused is 200, as clients of that type expect.
    Json,
}

impl Media {
    /// As a header says it.
    pub const fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphQl => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        })
    }

    /// What the request asks its answer to be in; `None` where it takes neither of the two. Whoever does not say, or
    /// takes anything, is a client of old, and gets `application/json`.
    pub fn wanted(headers: &HeaderMap) -> Option<Self> {
        let mut wishes = Wishes::default();
        let mut said = false;
        for value in headers.get_all(header::ACCEPT) {
            for range in value.to_str().unwrap_or_default().split(',').map(str::trim).filter(|range| !range.is_empty())
            {
                said = true;
                wishes.take(range);
            }
        }
        if said { wishes.best() } else { Some(Self::Json) }
    }
}

/// How much each type is wished for, in thousandths, by the most specific range that names it.
#[derive(Default)]
struct Wishes {
    graphql: Option<u32>,
    json: Option<u32>,
    application: Option<u32>,
    any: Option<u32>,
}

impl Wishes {
    fn take(&mut self, range: &str) {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts
            .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
            .map_or(1_000, thousandths);
        match name.as_str() {
            "application/graphql-response+json" => self.graphql = Some(weight),
            "application/json" => self.json = Some(weight),
            "application/*" => self.application = Some(weight),
            "*/*" => self.any = Some(weight),
            _ => {}
        }
    }

    fn best(&self) -> Option<Media> {
        let fallback = self.application.or(self.any).unwrap_or(0);
        let (graphql, json) = (self.graphql.unwrap_or(fallback), self.json.unwrap_or(fallback));
        match (graphql, json) {
            (0, 0) => None,
            // Equal wishes: the newer type only for those who know its name.
            (graphql, json) if graphql > json || (graphql == json && self.graphql.is_some()) => Some(Media::GraphQl),
            _ => Some(Media::Json),
        }
    }
}

/// A weight of 0 to 1 with at most three decimals; anything else is no wish.
fn thousandths(weight: &str) -> u32 {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    if decimals.len() > 3 {
        return 0;
    }
    match (whole, format!("{decimals:0<3}").parse::<u32>()) {
        ("1", Ok(0)) => 1_000,
        ("0", Ok(thousandths)) => thousandths,
        _ => 0,
    }
}

/// Whether the body is said to be JSON in UTF-8.
pub fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
    let name = parts.next().unwrap_or_default();
    let is_utf8 = |part: &str| part.strip_prefix("charset=").is_none_or(|set| set.trim_matches('"') == "utf-8");
    name == "application/json" && parts.all(|part| is_utf8(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::try_from(*value).unwrap())).collect()
    }

    #[test]
    fn what_an_answer_may_be_in() {
        let (graphql, json) = (Some(Media::GraphQl), Some(Media::Json));
        for (accept, media) in [
            (&[][..], json),
            (&[""], json),
            (&["*/*"], json),
            (&["application/*"], json),
            (&["application/json"], json),
            (&["application/json; charset=utf-8"], json),
            (&["application/graphql-response+json"], graphql),
            (&["Application/GraphQL-Response+JSON; charset=utf-8"], graphql),
            (&["application/graphql-response+json, application/json;q=0.9"], graphql),
            (&["application/graphql-response+json;q=0.8, application/json;q=0.9"], json),
            (&["application/graphql-response+json, application/json"], graphql),
            (&["application/json", "application/graphql-response+json"], graphql),
            (&["text/html, */*;q=0.1"], json),
            (&["application/json;q=0, */*"], graphql),
            (&["text/html"], None),
            (&["application/json;q=0"], None),
            (&["application/json;q=nine"], None),
        ] {
            assert_eq!(Media::wanted(&headers(header::ACCEPT, accept)), media, "{accept:?}");
        }
    }

    #[test]
    fn what_a_body_is_in() {
        for good in ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\""] {
            assert!(is_json(&headers(header::CONTENT_TYPE, &[good])), "{good}");
        }
        for bad in ["application/json; charset=latin1", "text/plain", "application/graphql", "application/jsonp", ""] {
            assert!(!is_json(&headers(header::CONTENT_TYPE, &[bad])), "{bad}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
