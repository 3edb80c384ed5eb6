//! The WebSocket of a track, `graphql-transport-ws`: one client, its operations, and until when.
//!
//! A client says within ten seconds who it is, and is looked at again and again: its socket ends with its token (or takes a
//! later one by the query `renew`), with its sign-in, and when its seats change. What it does not send is refused with the
//! code that the protocol has for that. Deliberately absent: anything that an operation does, which is the API's; and any
//! difference between a track and none, to whoever cannot sign in.

mod protocol;

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    extract::{
        FromRequestParts, Path, Request, State,
        rejection::PathRejection,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use dipoli_app::{Error, Pass, Topic, bus::Ears, pass::Standing};
use dipoli_domain::refusal::{Code, Refusal};
use dipoli_graphql::{Documents, Kind, RawRequest, Response as Answer};
use futures_util::{
    FutureExt, StreamExt,
    future::{AbortHandle, Abortable, BoxFuture},
    stream::FuturesUnordered,
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::protocol::{Close, Said};
use super::graphql::Endpoint;
use crate::metrics::Operation as Counted;

/// The version of the WebSocket protocol (RFC 6455).
const VERSION: &str = "13";
/// Largest message that is read, in bytes.
const MOST_BYTES: usize = 64 * 1024;
/// How much is read of it at once: what an idle client costs most of, and clients say little.
const READ_AT_ONCE: usize = 4 * 1024;
/// How long a client may take to say who it is.
const INIT: Duration = Duration::from_secs(10);
/// How often a silent client is asked whether it is there.
const PING: Duration = Duration::from_secs(20);
/// After so long without a word it is not.
const GONE: Duration = Duration::from_secs(60);
/// How often it is looked at anew whether the socket may stay open.
const LOOK: Duration = Duration::from_secs(3);
/// How long a client has to take its close.
const FAREWELL: Duration = Duration::from_secs(2);
/// Operations of a socket that were begun and not answered, refused ones among them.
const MOST_RUNNING: usize = 40;
/// Answers that wait for the socket.
const WAITING: usize = 16;

/// `GET /{track}/graphql` of a client that wants a WebSocket; any other is told to send a POST.
pub async fn get(
    State(endpoint): State<Endpoint>,
    slug: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let (mut parts, _) = request.into_parts();
    let Ok(upgrade) = WebSocketUpgrade::from_request_parts(&mut parts, &()).await else {
        return if is_of_another_version(&headers) {
            upgrade_required()
        } else {
            super::graphql::not_post(headers).await
        };
    };
    if !endpoint.allows_origin(&headers) {
        return (StatusCode::FORBIDDEN, "Pages from this origin may not talk to the API.\n").into_response();
    }
    // A path that is no text is nobody's.
    let slug = slug.map(|Path(slug)| slug).unwrap_or_default();
    let upgrade = upgrade.max_message_size(MOST_BYTES).max_frame_size(MOST_BYTES).read_buffer_size(READ_AT_ONCE);
    let upgrade = upgrade.protocols([protocol::NAME]);
    upgrade.on_upgrade(move |socket| run(endpoint, slug, socket))
}

/// Whether a WebSocket is wanted of a version that is not spoken here.
fn is_of_another_version(headers: &HeaderMap) -> bool {
    let is = |name, value: &str| {
        headers.get(name).is_some_and(|it: &HeaderValue| it.as_bytes().eq_ignore_ascii_case(value.as_bytes()))
    };
    is(header::UPGRADE, "websocket") && !is(header::SEC_WEBSOCKET_VERSION, VERSION)
}

/// Tells the version that is spoken (RFC 6455 §4.4).
fn upgrade_required() -> Response {
    let headers = [(header::SEC_WEBSOCKET_VERSION, VERSION), (header::UPGRADE, "websocket")];
    (StatusCode::UPGRADE_REQUIRED, headers, "WebSockets are of version 13 here.\n").into_response()
}

/// Runs a socket to its end, which the process waits for when it stops.
async fn run(endpoint: Endpoint, slug: String, mut socket: WebSocket) {
    let (_held, stop) = endpoint.tracks().held();
    let close = match began(&endpoint, &slug, &mut socket, &stop).await {
        Ok(Some(pass)) => Socket::new(endpoint, slug, Arc::new(pass)).run(&mut socket, &stop).await,
        Ok(None) => None,
        Err(close) => Some(close),
    };
    if let Some(close) = close
        && socket.send(close.frame()).await.is_err()
    {
        return;
    }
    // The client's close comes back to ours, or ours goes back to the client's (RFC 6455 §5.5.1); what it said before is not
    // listened to any more.
    let rest = async { while let Some(Ok(_)) = socket.recv().await {} };
    drop(timeout(FAREWELL, rest).await);
}

/// Waits until the client says who it is; `None` where it left instead.
async fn began(
    endpoint: &Endpoint,
    slug: &str,
    socket: &mut WebSocket,
    stop: &CancellationToken,
) -> Result<Option<Pass>, Close> {
    if socket.protocol().is_none() {
        return Err(Close::Subprotocol);
    }
    let until = Instant::now() + INIT;
    loop {
        let said = tokio::select! {
            message = socket.recv() => said(message)?,
            () = sleep_until(until) => return Err(Close::InitTimeout),
            () = stop.cancelled() => return Err(Close::GoingAway),
        };
        match said {
            Heard::Gone => return Ok(None),
            Heard::Nothing | Heard::Said(Said::Pong | Said::Complete(_)) => {}
            Heard::Said(Said::Ping(payload)) => {
                if socket.send(protocol::pong(payload.as_deref())).await.is_err() {
                    return Ok(None);
                }
            }
            Heard::Said(Said::Subscribe { .. }) => return Err(Close::Unauthorized("Unauthorized")),
            Heard::Said(Said::Init(token)) => {
                let pass = pass(endpoint, slug, token).await?;
                return Ok(socket.send(protocol::ack()).await.is_ok().then_some(pass));
            }
        }
    }
}

/// The pass of a token. Whoever shows none learns nothing, not even how long it takes to open a track.
async fn pass(endpoint: &Endpoint, slug: &str, token: Option<String>) -> Result<Pass, Close> {
    let token = token.ok_or(Close::Forbidden("Forbidden"))?;
    let arrived = Instant::now();
    let opened = async {
        let track = endpoint.tracks().for_request(slug).await?;
        Pass::open(&track, token.into()).await
    };
    let told = opened.await;
    let error = match told {
        Ok(pass) => return Ok(pass),
        Err(error) => error,
    };
    Err(match error {
        // Whoever has five sockets has signed in.
        Error::Refused(why) if why.iter().any(|why| why.code == Code::RateLimited) => {
            Close::Forbidden("A sign-in has at most 5 sockets")
        }
        Error::Refused(_) => {
            sleep_until(arrived + endpoint.refusal_floor()).await;
            Close::Forbidden("Forbidden")
        }
        Error::Unavailable | Error::Again | Error::Fault(_) => Close::TryAgainLater,
    })
}

/// The answer to an operation of a client that waits for more answers than a sign-in has operations.
fn too_many() -> Error {
    Refusal::new(Code::RateLimited, "Wait for what was asked before.").into()
}

/// What came over a socket.
enum Heard {
    Said(Said),
    /// A frame that is no message.
    Nothing,
    /// The client has left.
    Gone,
}

fn said(message: Option<Result<Message, axum::Error>>) -> Result<Heard, Close> {
    match message {
        Some(Ok(Message::Text(text))) => Said::read(&text).map(Heard::Said),
        Some(Ok(Message::Binary(_))) => Err(Close::Bad("A message is a text")),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(Heard::Nothing),
        Some(Ok(Message::Close(_))) | None => Ok(Heard::Gone),
        Some(Err(fault)) => protocol::of_fault(&fault.to_string()).map_or(Ok(Heard::Gone), Err),
    }
}

/// What an operation has to say.
enum Out {
    /// Under an id, in a run of it; the last word frees the id.
    Word { id: String, run: Uuid, message: Message, is_last: bool },
    /// Its viewer is nobody any more.
    Unauthorized,
}

/// An operation that runs: which run of its id, and what ends it.
struct Running {
    run: Uuid,
    abort: AbortHandle,
}

/// A socket whose client was acknowledged.
struct Socket {
    endpoint: Endpoint,
    slug: String,
    pass: Arc<Pass>,
    ears: Ears,
    running: HashMap<String, Running>,
    operations: FuturesUnordered<BoxFuture<'static, ()>>,
    out: mpsc::Sender<Out>,
    waiting: mpsc::Receiver<Out>,
    heard: Instant,
}

impl Socket {
    fn new(endpoint: Endpoint, slug: String, pass: Arc<Pass>) -> Self {
        let (out, waiting) = mpsc::channel(WAITING);
        Self {
            endpoint,
            slug,
            ears: pass.listen(),
            pass,
            running: HashMap::new(),
            operations: FuturesUnordered::new(),
            out,
            waiting,
            heard: Instant::now(),
        }
    }

    /// Runs until there is a reason to close it; `None` where the client has left.
    async fn run(mut self, socket: &mut WebSocket, stop: &CancellationToken) -> Option<Close> {
        self.until_closed(socket, stop).await.err()
    }

    async fn until_closed(&mut self, socket: &mut WebSocket, stop: &CancellationToken) -> Result<(), Close> {
        let mut next_ping = Instant::now() + PING;
        let mut looking = self.looks();
        let mut is_looking = false;
        loop {
            let reply = tokio::select! {
                message = socket.recv() => match said(message)? {
                    Heard::Gone => return Ok(()),
                    Heard::Nothing => { self.heard = Instant::now(); None }
                    Heard::Said(said) => { self.heard = Instant::now(); self.hear(said)? }
                },
                Some(out) = self.waiting.recv() => self.told(out)?,
                Some(()) = self.operations.next() => None,
                () = self.ears.wait(&[Topic::People], LOOK), if !is_looking => {
                    looking = self.looks();
                    is_looking = true;
                    None
                }
                looked = &mut looking, if is_looking => {
                    is_looking = false;
                    looked?;
                    None
                }
                () = sleep_until(next_ping) => {
                    if self.heard.elapsed() >= GONE {
                        return Ok(());
                    }
                    next_ping = Instant::now() + PING;
                    Some(protocol::ping())
                }
                () = stop.cancelled() => return Err(Close::GoingAway),
            };
            if let Some(message) = reply
                && socket.send(message).await.is_err()
            {
                return Ok(());
            }
        }
    }

    /// Looks whether the socket may stay open.
    fn looks(&self) -> BoxFuture<'static, Result<(), Close>> {
        let (tracks, slug, pass) = (self.endpoint.tracks().clone(), self.slug.clone(), Arc::clone(&self.pass));
        async move {
            standing(&pass).await?;
            // The track is in use, and is still the one that the socket was opened in.
            match tracks.for_request(&slug).await {
                Ok(track) if Arc::ptr_eq(&track, pass.track()) => Ok(()),
                Ok(_) | Err(_) => Err(Close::GoingAway),
            }
        }
        .boxed()
    }

    fn hear(&mut self, said: Said) -> Result<Option<Message>, Close> {
        match said {
            Said::Init(_) => Err(Close::TooManyInits),
            Said::Ping(payload) => Ok(Some(protocol::pong(payload.as_deref()))),
            Said::Pong => Ok(None),
            Said::Complete(id) => {
                if let Some(running) = self.running.remove(&id) {
                    running.abort.abort();
                }
                Ok(None)
            }
            Said::Subscribe { id, .. } if self.running.contains_key(&id) => Err(Close::Exists(id)),
            Said::Subscribe { id, .. } if self.running.len() >= MOST_RUNNING => {
                Ok(Some(protocol::answer(&id, &Answer::of(too_many(), &Uuid::new_v4().to_string()))))
            }
            Said::Subscribe { id, request } => Ok(self.begin(id, request)),
        }
    }

    /// Begins an operation, or gives the answer to one that cannot begin.
    fn begin(&mut self, id: String, request: Result<RawRequest, Answer>) -> Option<Message> {
        let request = match request {
            Ok(request) => request,
            Err(refused) => return Some(protocol::answer(&id, &refused)),
        };
        let run = Uuid::new_v4();
        let (abort, registration) = AbortHandle::new_pair();
        self.running.insert(id.clone(), Running { run, abort });
        let asked = Asked { id, run, request_id: Uuid::new_v4().to_string(), out: self.out.clone() };
        let documents = self.pass.with_bearer(|token| self.endpoint.tracks().documents(&self.slug, token));
        let operation = asked.run(self.endpoint.clone(), documents, Arc::clone(&self.pass), request);
        self.operations.push(Abortable::new(operation, registration).map(drop).boxed());
        None
    }

    fn told(&mut self, out: Out) -> Result<Option<Message>, Close> {
        match out {
            // The client had ended it; the id may be another's by now.
            Out::Word { id, run, .. } if self.running.get(&id).is_none_or(|running| running.run != run) => Ok(None),
            Out::Word { id, message, is_last, .. } => {
                if is_last {
                    self.running.remove(&id);
                }
                Ok(Some(message))
            }
            Out::Unauthorized => Err(Close::Unauthorized("Unauthorized")),
        }
    }
}

/// Why the socket may not stay open, if it may not. While the database is away it may: nothing is shown then anyway.
async fn standing(pass: &Pass) -> Result<(), Close> {
    match pass.standing().await {
        Ok(Standing::Good) | Err(_) => Ok(()),
        Ok(Standing::Ended) => Err(Close::Unauthorized("Unauthorized")),
        Ok(Standing::Changed) => Err(Close::Forbidden("Your seats have changed; connect again")),
    }
}

/// An operation on its way.
struct Asked {
    id: String,
    run: Uuid,
    request_id: String,
    out: mpsc::Sender<Out>,
}

impl Asked {
    async fn run(self, endpoint: Endpoint, documents: Option<Arc<Documents>>, pass: Arc<Pass>, request: RawRequest) {
        let mut prepared = match endpoint.api().prepare(request, documents.as_deref()) {
            Ok(prepared) => prepared,
            Err(refused) => return self.says(protocol::answer(&self.id, &refused), true).await,
        };
        let place = if prepared.is_renewal() { pass.renewal() } else { pass.operation() };
        let _place = match place {
            Ok(place) => place,
            Err(error) => {
                return self.says(protocol::answer(&self.id, &Answer::of(error, &self.request_id)), true).await;
            }
        };
        if let Some(documents) = &documents {
            prepared.remember(documents);
        }
        let (begun, operation, metrics) = (Instant::now(), Counted::of(&prepared), endpoint.tracks().metrics());
        if operation == Counted::Subscription {
            metrics.answered(operation, Kind::Answered, Duration::ZERO);
        }
        let mut is_counted = operation == Counted::Subscription;
        let mut answers = endpoint.api().stream(pass, prepared, self.request_id.clone()).await;
        while let Some(told) = answers.next().await {
            if !std::mem::replace(&mut is_counted, true) {
                metrics.answered(operation, told.kind(), begun.elapsed());
            }
            if told.is_unauthenticated() {
                return self.tells(Out::Unauthorized).await;
            }
            let is_refusal = told.errors_alone().is_some();
            self.says(protocol::answer(&self.id, &told), is_refusal).await;
            if is_refusal {
                return;
            }
        }
        self.says(protocol::complete(&self.id), true).await;
    }

    async fn says(&self, message: Message, is_last: bool) {
        self.tells(Out::Word { id: self.id.clone(), run: self.run, message, is_last }).await;
    }

    /// A socket that is gone hears nothing.
    async fn tells(&self, out: Out) {
        drop(self.out.send(out).await);
    }
}
