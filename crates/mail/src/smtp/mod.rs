//! Mail to a server.
//!
//! A connection is kept for the next letter only when the last one went through whole. The library's own pool would
//! also keep one whose sending was given up in the middle, and the next letter would then take the answers to the last
//! for its own; hence the few lines here.
//!
//! Until the server was told of the letter, whatever it does says nothing about the letter: it is unreachable, or has
//! no time. Deliberately absent: pace and repetition, which are the worker's.

mod route;
#[cfg(test)]
mod tests;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use lettre::{
    address::Envelope,
    transport::smtp::{
        self,
        authentication::DEFAULT_MECHANISMS,
        client::{AsyncSmtpConnection, TlsParameters, TlsParametersBuilder},
        extension::ClientId,
    },
};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout};

pub use self::route::NotARelay;
use self::route::{Route, Security};
use crate::failure::{Cause, Failure};

/// For one letter from first to last (requirements M-02: ≤ 60 s).
const PATIENCE: Duration = Duration::from_secs(50);
/// Of it, until the server is ready for a letter.
const CONNECTING: Duration = Duration::from_secs(20);
/// How long an idle connection is kept. Servers close them after some minutes.
const KEPT_FOR: Duration = Duration::from_secs(30);
/// How many idle connections are kept.
const KEPT: usize = 4;

/// A mail server, and the connections to it that wait for a letter.
pub struct Smtp {
    route: Route,
    hello: ClientId,
    patience: Duration,
    kept: Mutex<Vec<Kept>>,
    #[cfg(test)]
    trusted: Option<smtp::client::Certificate>,
}

struct Kept {
    connection: AsyncSmtpConnection,
    since: Instant,
}

impl Smtp {
    /// The server at `smtps://HOST` (TLS from the start, port 465) or `smtp://HOST` (STARTTLS or nothing, port 587),
    /// with `USER:PASSWORD@` before the host, percent-encoded, where the server asks for it, and `:PORT` after it.
    /// `smtp://` to `localhost` or an address of loopback is plain (port 25) unless `?tls=required` follows. Its
    /// certificate must be good for HOST by the machine's trusted roots. `helo` is the name to greet with.
    pub fn new(url: &SecretString, helo: &str) -> Result<Self, NotARelay> {
        Ok(Self {
            route: Route::parse(url.expose_secret())?,
            hello: route::greeting(helo)?,
            patience: PATIENCE,
            kept: Mutex::default(),
            #[cfg(test)]
            trusted: None,
        })
    }

    pub(crate) async fn deliver(&self, mail: &lettre::Message) -> Result<(), Failure> {
        timeout(self.patience, self.send(mail)).await.unwrap_or(Err(Failure::Transient(Cause::Time)))
    }

    async fn send(&self, mail: &lettre::Message) -> Result<(), Failure> {
        let bytes = mail.formatted();
        if let Some(connection) = self.take_kept().await {
            match self.send_by(connection, mail.envelope(), &bytes).await {
                // The server has had enough of this connection; it did not take the letter, and may on another.
                Err(Failure::Transient(Cause::Reply(421))) => {}
                outcome => return outcome,
            }
        }
        let connection = timeout(CONNECTING, self.connect()).await.unwrap_or(Err(Failure::Unreachable))?;
        self.send_by(connection, mail.envelope(), &bytes).await
    }

    async fn send_by(
        &self,
        mut connection: AsyncSmtpConnection,
        envelope: &Envelope,
        mail: &[u8],
    ) -> Result<(), Failure> {
        connection.send(envelope, mail).await.map_err(|error| verdict(&error))?;
        self.keep(connection);
        Ok(())
    }

    /// A connection on which the server is ready for a letter.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let (host, port) = (self.route.host.as_str(), self.route.port);
        let mut connection = match self.route.security {
            Security::Loopback => self.open(&self.route.loopback()[..], None).await,
            Security::Implicit => self.open((host, port), Some(self.tls().await?)).await,
            Security::StartTls => self.open((host, port), None).await,
        }?;
        if self.route.security == Security::StartTls {
            connection.starttls(self.tls().await?, &self.hello).await.map_err(|error| not_ready(&error))?;
        }
        if let Some(credentials) = &self.route.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(|error| not_ready(&error))?;
        }
        Ok(connection)
    }

    async fn open(
        &self,
        at: impl tokio::net::ToSocketAddrs,
        tls: Option<TlsParameters>,
    ) -> Result<AsyncSmtpConnection, Failure> {
        AsyncSmtpConnection::connect_tokio1(at, Some(CONNECTING / 2), &self.hello, tls, None)
            .await
            .map_err(|error| not_ready(&error))
    }

    /// Reads the machine's trusted roots: anew for each connection, so that a track at rest holds none in memory and
    /// a root that was added or taken away counts from the next connection.
    async fn tls(&self) -> Result<TlsParameters, Failure> {
        let parameters = self.trust(TlsParameters::builder(self.route.host.clone()));
        let built = tokio::task::spawn_blocking(move || parameters.build()).await;
        built.map_err(|_| Failure::Unreachable)?.map_err(|_| Failure::Unreachable)
    }

    #[cfg(not(test))]
    fn trust(&self, parameters: TlsParametersBuilder) -> TlsParametersBuilder {
        parameters
    }

    #[cfg(test)]
    fn trust(&self, parameters: TlsParametersBuilder) -> TlsParametersBuilder {
        self.trusted.iter().cloned().fold(parameters, TlsParametersBuilder::add_root_certificate)
    }

    /// A kept connection that still answers.
    async fn take_kept(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let Kept { mut connection, since } = self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if since.elapsed() < KEPT_FOR && connection.test_connected().await {
                return Some(connection);
            }
        }
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT {
            kept.push(Kept { connection, since: Instant::now() });
        }
    }
}

/// What a fault says that came before the server was told of the letter.
fn not_ready(error: &smtp::Error) -> Failure {
    match error.status() {
        Some(code) => Failure::Transient(Cause::Reply(code.into())),
        None => Failure::Unreachable,
    }
}

/// What a fault says that came after the server was told of the letter.
fn verdict(error: &smtp::Error) -> Failure {
    match error.status() {
        Some(code) if error.is_permanent() => Failure::Permanent(Cause::Reply(code.into())),
        Some(code) => Failure::Transient(Cause::Reply(code.into())),
        None => Failure::Transient(Cause::Conversation),
    }
}
