//! A WebSocket into a running server, as a client of `graphql-transport-ws` has it: over a socket of the operating system,
//! since an upgrade needs one.
//!
//! Deliberately absent: manners. Whatever a test wants said is said, in the order that it wants.

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest, http::HeaderValue},
};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// What comes over a socket.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// A message of the protocol.
    Message(Value),
    /// The server's close: code and reason.
    Closed(u16, String),
    /// It is gone without a word.
    Gone,
}

/// A client's socket.
pub struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    /// Opens one with these headers; `Err` with the status where it is refused.
    ///
    /// # Errors
    /// The status of the refusal.
    pub async fn with_headers(address: SocketAddr, track: &str, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let mut request =
            format!("ws://{address}/{track}/graphql").into_client_request().expect("an address and a slug make a URL");
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).expect("a header"));
        }
        let stream = TcpStream::connect(address).await.expect("the server listens");
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Opens one for the subprotocol; nothing has been said yet.
    pub async fn new(address: SocketAddr, track: &str) -> Self {
        Self::with_headers(address, track, &[("sec-websocket-protocol", "graphql-transport-ws")])
            .await
            .expect("it is taken")
    }

    /// Opens one and is acknowledged.
    pub async fn of(address: SocketAddr, track: &str, token: &str) -> Self {
        let mut socket = Self::new(address, track).await;
        socket.inits(token).await;
        assert_eq!(socket.hears().await, Heard::Message(json!({ "type": "connection_ack" })));
        socket
    }

    /// Says who it is.
    pub async fn inits(&mut self, token: &str) {
        let payload = json!({ "Authorization": format!("Bearer {token}") });
        self.says(&json!({ "type": "connection_init", "payload": payload })).await;
    }

    /// Says anything that is JSON.
    pub async fn says(&mut self, message: &Value) {
        self.sends(Message::text(message.to_string())).await;
    }

    /// Says anything that is text.
    pub async fn says_text(&mut self, text: &str) {
        self.sends(Message::text(text)).await;
    }

    /// Says what is no text.
    pub async fn says_bytes(&mut self, bytes: &[u8]) {
        self.sends(Message::binary(bytes.to_vec())).await;
    }

    /// Sends bytes as they are, whatever frames they make.
    pub async fn says_raw(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).await.expect("the server reads");
    }

    /// A socket that is closed already hears nothing.
    async fn sends(&mut self, message: Message) {
        drop(self.0.send(message).await);
    }

    /// Asks something under an id.
    pub async fn asks(&mut self, id: &str, document: &str, variables: Value) {
        let payload = json!({ "query": document, "variables": variables });
        self.says(&json!({ "type": "subscribe", "id": id, "payload": payload })).await;
    }

    /// What comes next; the server's pings are answered on the way.
    pub async fn hears(&mut self) -> Heard {
        self.hears_within(PATIENCE).await.expect("something comes")
    }

    /// What comes within this time.
    pub async fn hears_within(&mut self, patience: Duration) -> Option<Heard> {
        loop {
            let Ok(message) = timeout(patience, self.0.next()).await else { return None };
            match message {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).expect("JSON");
                    if message["type"] != "ping" {
                        return Some(Heard::Message(message));
                    }
                    self.says(&json!({ "type": "pong" })).await;
                }
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Some(Heard::Closed(frame.code.into(), frame.reason.to_string()));
                }
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Some(Heard::Gone),
                Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            }
        }
    }

    /// Closes it as a client does; gives the code with which the server closes it in turn, if it does.
    pub async fn closes(&mut self) -> Option<u16> {
        use tokio_tungstenite::tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};
        let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
        self.sends(Message::Close(Some(frame))).await;
        match self.hears_within(PATIENCE).await {
            Some(Heard::Closed(code, _)) => Some(code),
            Some(Heard::Message(_) | Heard::Gone) | None => None,
        }
    }

    /// Whether the server asks within this time, with everything else quiet, if anybody is there. It is not answered.
    pub async fn is_asked_within(&mut self, patience: Duration) -> bool {
        match timeout(patience, self.0.next()).await {
            Ok(Some(Ok(Message::Text(text)))) => text.as_str() == r#"{"type":"ping"}"#,
            Ok(_) | Err(_) => false,
        }
    }

    /// The payload of the next message under this id, which is of this type.
    pub async fn hears_of(&mut self, id: &str, kind: &str) -> Value {
        match self.hears().await {
            Heard::Message(mut message) if message["id"] == id && message["type"] == kind => message["payload"].take(),
            other @ (Heard::Message(_) | Heard::Closed(..) | Heard::Gone) => {
                panic!("{kind} of {id} was to come, and not {other:?}")
            }
        }
    }

    /// The code with which it is closed, whatever comes before.
    pub async fn is_closed(&mut self) -> u16 {
        loop {
            match self.hears().await {
                Heard::Message(_) => {}
                Heard::Closed(code, _) => return code,
                Heard::Gone => panic!("gone without a word"),
            }
        }
    }

    /// Nothing comes for a while.
    pub async fn is_silent(&mut self) {
        let heard = self.hears_within(Duration::from_millis(400)).await;
        assert_eq!(heard, None, "nothing was to come");
    }
}
