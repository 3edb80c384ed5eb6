//! The way into a running server: its router, without a socket, as any client on the network meets it.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderValue, Method, Request, header},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{Answer, Running};

/// A server's address, as it were, and that of whoever comes. It stays good over a restart.
#[derive(Clone)]
pub struct Door {
    router: Arc<RwLock<Router>>,
    sent: Arc<Mutex<Vec<Sent>>>,
    from: IpAddr,
    forwarded_for: Option<String>,
}

/// A GraphQL request that was sent.
#[derive(Clone)]
pub struct Sent {
    /// The bearer token, if it had one.
    pub token: Option<String>,
    /// The request.
    pub body: Value,
}

impl Door {
    pub(crate) fn new(router: Router) -> Self {
        Self {
            router: Arc::new(RwLock::new(router)),
            sent: Arc::default(),
            from: IpAddr::V4(Ipv4Addr::LOCALHOST),
            forwarded_for: None,
        }
    }

    /// The same for someone who comes from this address.
    #[must_use]
    pub fn from(&self, address: &str) -> Self {
        Self { from: address.parse().expect("an address"), ..self.clone() }
    }

    /// The same with `X-Forwarded-For`.
    #[must_use]
    pub fn forwarded_for(&self, addresses: &str) -> Self {
        Self { forwarded_for: Some(addresses.to_owned()), ..self.clone() }
    }

    /// The way into another server.
    pub fn to(server: &Running) -> Self {
        Self::new(server.router())
    }

    /// Leads to another server from now on: the same one after a restart.
    pub(crate) fn leads_to(&self, router: Router) {
        *self.router.write().unwrap_or_else(PoisonError::into_inner) = router;
    }

    /// The GraphQL requests that went through here since this was asked last.
    pub fn sent(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.sent.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends any request.
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        request.headers_mut().entry(header::HOST).or_insert(HeaderValue::from_static("127.0.0.1:8080"));
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((self.from, 40_000))));
        if let Some(addresses) = &self.forwarded_for {
            let addresses = addresses.parse().expect("a header's value");
            request.headers_mut().insert("x-forwarded-for", addresses);
        }
        let router = self.router.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Ok(response) = router.oneshot(request).await;
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a whole body");
        Answer::new(head.status.as_u16(), &head.headers, body)
    }

    /// Posts a document to a track, with a bearer token or without.
    pub async fn ask(&self, track: &str, token: Option<&str>, document: &str, variables: Value) -> Answer {
        self.post(track, token, &json!({ "query": document, "variables": variables })).await
    }

    /// Posts a GraphQL request, whatever is in it.
    pub async fn post(&self, track: &str, token: Option<&str>, body: &Value) -> Answer {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(format!("/{track}/graphql"))
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let sent = Sent { token: token.map(str::to_owned), body: body.clone() };
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).push(sent);
        self.send(request.body(Body::from(body.to_string())).expect("a request")).await
    }
}
