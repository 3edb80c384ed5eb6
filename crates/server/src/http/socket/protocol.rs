//! The messages of `graphql-transport-ws`, and the codes with which a socket is closed.
//!
//! Deliberately absent: anything of a message in what is said about it, the id apart that the protocol wants repeated.

use axum::extract::ws::{CloseFrame, Message};
use dipoli_graphql::{RawRequest, Response};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

/// The subprotocol's name.
pub const NAME: &str = "graphql-transport-ws";

/// Longest id of an operation, in bytes.
const LONGEST_ID: usize = 128;

/// Longest reason that fits into a close frame.
const LONGEST_REASON: usize = 123;

/// Why a socket is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Close {
    /// The process ends, or the track is closed.
    GoingAway,
    /// The database is away.
    TryAgainLater,
    /// A message is larger than is read.
    TooBig,
    /// What came is no frame of a WebSocket.
    NoFrame,
    /// A text that is no UTF-8.
    NoText,
    /// What came is no message of the protocol.
    Bad(&'static str),
    /// Nobody has been acknowledged, or their token has run out or its sign-in was ended.
    Unauthorized(&'static str),
    /// The token is none, there are too many sockets, or the person's seats have changed.
    Forbidden(&'static str),
    /// The subprotocol was not asked for.
    Subprotocol,
    /// `connection_init` did not come in time.
    InitTimeout,
    /// An operation of this id is there already.
    Exists(String),
    /// A second `connection_init`.
    TooManyInits,
}

impl Close {
    /// The frame that says it.
    pub fn frame(&self) -> Message {
        let (code, mut reason) = match self {
            Self::GoingAway => (1001, "Going away".to_owned()),
            Self::NoFrame => (1002, "Not a frame of the WebSocket protocol".to_owned()),
            Self::NoText => (1007, "A text is UTF-8".to_owned()),
            Self::TooBig => (1009, "A message has at most 64 KiB".to_owned()),
            Self::TryAgainLater => (1013, "Try again later".to_owned()),
            Self::Bad(reason) => (4400, (*reason).to_owned()),
            Self::Unauthorized(reason) => (4401, (*reason).to_owned()),
            Self::Forbidden(reason) => (4403, (*reason).to_owned()),
            Self::Subprotocol => (4406, "Subprotocol not acceptable".to_owned()),
            Self::InitTimeout => (4408, "Connection initialisation timeout".to_owned()),
            Self::Exists(id) => (4409, format!("Subscriber for {id} already exists")),
            Self::TooManyInits => (4429, "Too many initialisation requests".to_owned()),
        };
        if reason.len() > LONGEST_REASON {
            reason = "Subscriber already exists".to_owned();
        }
        Message::Close(Some(CloseFrame { code, reason: reason.into() }))
    }
}

/// What a socket is closed with after a fault of the library's, by its words (it has no others that go through axum); `None`
/// where nobody is left to be told.
pub fn of_fault(fault: &str) -> Option<Close> {
    let is = |part: &str| fault.contains(part);
    match () {
        () if is("too long") => Some(Close::TooBig),
        () if is("UTF-8") || is("utf-8") => Some(Close::NoText),
        () if is("protocol error") && !is("clos") => Some(Close::NoFrame),
        () => None,
    }
}

/// What a client says.
pub enum Said {
    /// Who it is.
    Init(Option<String>),
    /// It wants to know whether the server is there; what it sent is sent back.
    Ping(Option<Box<RawValue>>),
    /// It is there.
    Pong,
    /// It asks something.
    Subscribe {
        /// Under this id.
        id: String,
        /// The request, or what is wrong with it.
        request: Result<RawRequest, Response>,
    },
    /// It wants no more of an operation.
    Complete(String),
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

impl Said {
    /// Reads a text message.
    ///
    /// # Errors
    /// The close that the protocol has for what is no message of its.
    pub fn read(text: &str) -> Result<Self, Close> {
        let envelope: Envelope<'_> =
            serde_json::from_str(text).map_err(|_| Close::Bad("A message is one JSON object with a type"))?;
        match envelope.kind.as_str() {
            "connection_init" => Ok(Self::Init(token(envelope.payload)?)),
            "ping" => Ok(Self::Ping(object(envelope.payload)?.map(ToOwned::to_owned))),
            "pong" => object(envelope.payload).map(|_| Self::Pong),
            "subscribe" => {
                let (id, payload) = (id(envelope.id)?, object(envelope.payload)?);
                let payload = payload.ok_or(Close::Bad("A subscribe message has a payload"))?;
                Ok(Self::Subscribe { id, request: request(payload)? })
            }
            "complete" => Ok(Self::Complete(id(envelope.id)?)),
            _ => Err(Close::Bad("A message's type is one of graphql-transport-ws, sent by clients")),
        }
    }
}

fn id(id: Option<String>) -> Result<String, Close> {
    id.filter(|id| (1..=LONGEST_ID).contains(&id.len())).ok_or(Close::Bad("An operation's id has 1 to 128 bytes"))
}

/// A payload, which is an object or nothing.
fn object(payload: Option<&RawValue>) -> Result<Option<&RawValue>, Close> {
    match payload.filter(|payload| payload.get() != "null") {
        Some(payload) if !payload.get().starts_with('{') => Err(Close::Bad("A payload is an object")),
        payload => Ok(payload),
    }
}

/// The request of a payload. One that nests too deep is refused like any other; what is no request breaks the protocol.
fn request(payload: &RawValue) -> Result<Result<RawRequest, Response>, Close> {
    match RawRequest::from_json(payload.get().as_bytes()) {
        Err(refused) if refused.is_bad_input() => {
            Err(Close::Bad("A subscribe message's payload is a GraphQL request with a query"))
        }
        read => Ok(read),
    }
}

/// The bearer token of `{"Authorization": "Bearer …"}`, if there is one. The name is a header's: its case is nothing.
fn token(payload: Option<&RawValue>) -> Result<Option<String>, Close> {
    let Some(payload) = object(payload)? else { return Ok(None) };
    let payload: Value = serde_json::from_str(payload.get()).map_err(|_| Close::Bad("A payload is an object"))?;
    let header = payload.as_object().and_then(|members| {
        members
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("authorization"))
            .and_then(|(_, value)| value.as_str())
    });
    Ok(header.and_then(|header| super::super::graphql::bearer_of(header)).map(str::to_owned))
}

fn text(message: &Value) -> Message {
    Message::text(message.to_string())
}

/// The client is acknowledged.
pub fn ack() -> Message {
    text(&json!({ "type": "connection_ack" }))
}

/// Whether the client is there.
pub fn ping() -> Message {
    text(&json!({ "type": "ping" }))
}

/// The server is there.
pub fn pong(payload: Option<&RawValue>) -> Message {
    Message::text(match payload {
        Some(payload) => format!(r#"{{"type":"pong","payload":{payload}}}"#),
        None => r#"{"type":"pong"}"#.to_owned(),
    })
}

/// An answer to an operation; one without data is its end.
pub fn answer(id: &str, told: &Response) -> Message {
    let id = Value::from(id);
    Message::text(match told.errors_alone() {
        Some(errors) => format!(r#"{{"id":{id},"type":"error","payload":{errors}}}"#),
        None => {
            format!(r#"{{"id":{id},"type":"next","payload":{}}}"#, String::from_utf8_lossy(&told.to_bytes()))
        }
    })
}

/// Nothing more comes.
pub fn complete(id: &str) -> Message {
    text(&json!({ "id": id, "type": "complete" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(text: &str) -> Option<Close> {
        Said::read(text).err()
    }

    #[test]
    fn what_is_no_message_breaks_the_protocol() {
        for text in [
            "",
            "x",
            "null",
            "[]",
            "{}",
            r#"{"type":1}"#,
            r#"{"type":"start"}"#,
            r#"{"type":"connection_ack"}"#,
            r#"{"type":"next","id":"1"}"#,
            r#"{"type":"connection_init","payload":1}"#,
            r#"{"type":"ping","payload":"x"}"#,
            r#"{"type":"complete"}"#,
            r#"{"type":"complete","id":""}"#,
            r#"{"type":"complete","id":1}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":null}"#,
            r#"{"type":"subscribe","id":"1","payload":{}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#,
            r#"{"type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#,
        ] {
            assert!(matches!(closed(text), Some(Close::Bad(_))), "{text}");
        }
        let long = format!(r#"{{"type":"complete","id":"{}"}}"#, "x".repeat(129));
        assert!(matches!(closed(&long), Some(Close::Bad(_))));
    }

    proptest::proptest! {
        /// Fuzzed: whatever a text is, it is a message of the protocol or a close.
        #[test]
        fn a_text_is_a_message_or_a_close(
            kind in "connection_init|ping|pong|subscribe|complete|next|.{0,9}",
            id in "\\PC{0,140}",
            payload in r#"null|1|\{\}|\{"query":"\{a\}"\}|\{"Authorization":"(Bearer )?[a-z.]{0,9}"\}|[\[\]{}",:a]{0,20}"#,
            tail in ".{0,9}",
        ) {
            let text = format!(r#"{{"type":{},"id":{},"payload":{payload}}}{tail}"#, json!(kind), json!(id));
            if let Err(close) = Said::read(&text) {
                proptest::prop_assert!(matches!(close, Close::Bad(_)));
            }
        }
    }

    #[test]
    fn a_token_is_a_bearer_of_the_payload() {
        let token = |text: &str| match Said::read(text) {
            Ok(Said::Init(token)) => token,
            _ => panic!("{text}"),
        };
        assert_eq!(
            token(r#"{"type":"connection_init","payload":{"Authorization":"Bearer a.b.c"}}"#).as_deref(),
            Some("a.b.c")
        );
        assert_eq!(
            token(r#"{"type":"connection_init","payload":{"authorization":"bearer a.b.c"}}"#).as_deref(),
            Some("a.b.c")
        );
        for none in [
            r#"{"type":"connection_init"}"#,
            r#"{"type":"connection_init","payload":null}"#,
            r#"{"type":"connection_init","payload":{}}"#,
            r#"{"type":"connection_init","payload":{"Authorization":1}}"#,
            r#"{"type":"connection_init","payload":{"Authorization":"Basic x"}}"#,
        ] {
            assert_eq!(token(none), None, "{none}");
        }
    }

    #[test]
    fn a_reason_fits_into_its_frame() {
        for id in ["1".to_owned(), "x".repeat(128), "ä".repeat(64)] {
            let Message::Close(Some(frame)) = Close::Exists(id).frame() else { panic!("a close") };
            assert!(frame.reason.len() <= LONGEST_REASON && frame.code == 4409);
        }
    }

    #[test]
    fn a_ping_is_answered_with_what_it_brought() {
        let Ok(Said::Ping(payload)) = Said::read(r#"{"type":"ping","payload":{"a": 1}}"#) else { panic!("a ping") };
        assert_eq!(pong(payload.as_deref()), Message::text(r#"{"type":"pong","payload":{"a": 1}}"#));
        assert_eq!(pong(None), Message::text(r#"{"type":"pong"}"#));
        assert!(matches!(Said::read(r#"{"type":"pong"}"#), Ok(Said::Pong)));
    }
}
