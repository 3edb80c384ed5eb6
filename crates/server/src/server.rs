//! A server: tracks, routers and workers put together, with sockets (`bind`, `run`) or without (tests).

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use axum::Router;
use dipoli_auth::password::{Hasher, Parameters};
use dipoli_mail::Outlet;
use dipoli_store::{Clock, RootKey};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    config::Instance,
    data::DataFolder,
    http::{self, admin, connections},
    tracks::{Surroundings, Tracks},
    workers::scheduler,
};

/// Answers to documents with a credential field leave no earlier than this after their arrival (requirements A-05).
pub const FLOOR: Duration = Duration::from_millis(500);

/// Requests and letters in hand have this long to end when the process is told to stop (requirements R-08).
const DRAIN: Duration = Duration::from_secs(20);

/// So long it still answers whoever was sent here before a proxy knew.
const LEAVING: Duration = Duration::from_secs(1);

/// What a server is started with. `new` says what `dipoli serve` has; tests change what they must.
pub struct Options {
    /// The data folder, prepared.
    pub data: DataFolder,
    /// The root key.
    pub root: RootKey,
    /// The instance's settings.
    pub instance: Instance,
    /// The one track that is served, if only one is.
    pub only: Option<String>,
    /// Where the tracks' time comes from.
    pub clock: Clock,
    /// See [`FLOOR`]; no setting changes it.
    pub floor: Duration,
    /// What a new password hash costs.
    pub hash: Parameters,
    /// Where mail goes instead of where the tracks' settings say.
    pub outlet: Option<Arc<Outlet>>,
    /// Whether what falls due is done by itself; [`Server::run_due_work_once`] does it by hand.
    pub workers: bool,
}

impl Options {
    /// As `dipoli serve` does it.
    pub fn new(data: DataFolder, root: RootKey, instance: Instance) -> Self {
        let hash = instance.password_cost();
        Self {
            data,
            root,
            instance,
            only: None,
            clock: Clock::Database,
            floor: FLOOR,
            hash,
            outlet: None,
            workers: true,
        }
    }
}

/// A server without sockets.
pub struct Server {
    tracks: Tracks,
    router: Router,
}

impl Server {
    /// Puts a server together. No track is opened yet; with workers, what is due is looked for from now on.
    ///
    /// # Errors
    /// Another process serves the same SQLite files, or a registered document cannot be read.
    pub fn start(options: Options) -> Result<Self, crate::serving::Refused> {
        let Options { data, root, instance, only, clock, floor, hash, outlet, workers } = options;
        let documents = data.documents().map_err(crate::serving::Refused::Documents)?;
        let hasher = Arc::new(Hasher::new(hash));
        let public_url = instance.public_url.clone();
        let tracks = Tracks::new(Surroundings { data, root, clock, hasher, public_url, only, outlet, workers });
        tracks.claim_files()?;
        if workers {
            let all = tracks.clone();
            tracks.beside(|stop| scheduler::run(all, stop));
        }
        let router = http::router(tracks.clone(), &instance, documents, floor);
        Ok(Self { tracks, router })
    }

    /// The API and the pages.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// `/livez` and `/readyz`.
    pub fn admin_router(&self) -> Router {
        admin::router(self.tracks.clone())
    }

    /// The tracks.
    pub const fn tracks(&self) -> &Tracks {
        &self.tracks
    }

    /// Does by hand all that is due in every track: letters leave, what has run out is forgotten, the audit log is
    /// chained. Gives how many letters were in hand.
    ///
    /// # Errors
    /// A track cannot be opened, or its database is away or at fault.
    pub async fn run_due_work_once(&self) -> anyhow::Result<usize> {
        self.tracks.run_due_work_once().await
    }

    /// Stops what runs beside, and closes all tracks; their files can be served by another from then on.
    pub async fn stop(self) {
        self.tracks.stop().await;
        self.tracks.close().await;
    }

    /// Serves until a signal. Then nothing more is claimed, `/readyz` says so, each answer is its connection's last, and a
    /// moment later nothing new is taken; what is in hand has 20 seconds. A second signal ends the process at once.
    pub async fn run(self, Listeners { api, admin }: Listeners) {
        let stop = CancellationToken::new();
        tokio::spawn(stop_at_signals(stop.clone()));
        let closing = CancellationToken::new();
        let serving = {
            let api = connections::serve(api, self.router(), closing.clone());
            let admin = connections::serve(admin, self.admin_router(), closing.clone());
            async { tokio::join!(api, admin) }
        };
        let workers = async {
            stop.cancelled().await;
            tokio::join!(self.tracks.stop(), async {
                sleep(LEAVING).await;
                closing.cancel();
            });
        };
        let too_long = async {
            stop.cancelled().await;
            sleep(DRAIN).await;
        };
        tokio::select! {
            _ = async { tokio::join!(serving, workers) } => {}
            () = too_long => tracing::warn!("some requests or letters were not done in time"),
        }
        // A database that is away must not hold up the end.
        let _ = timeout(Duration::from_secs(2), self.tracks.close()).await;
    }
}

/// The sockets of a server.
pub struct Listeners {
    api: TcpListener,
    admin: TcpListener,
}

impl Listeners {
    /// Takes the addresses that the settings name.
    ///
    /// # Errors
    /// One of them cannot be had; the text says what to do.
    pub async fn take(instance: &Instance) -> anyhow::Result<Self> {
        let api = listener(instance.listen, "--listen").await?;
        let admin = listener(instance.admin_listen, "--admin-listen").await?;
        Ok(Self { api, admin })
    }

    /// Where the API is.
    pub fn address(&self) -> String {
        shown(&self.api)
    }

    /// Where `/livez` and `/readyz` are.
    pub fn admin_address(&self) -> String {
        shown(&self.admin)
    }
}

async fn listener(address: SocketAddr, flag: &str) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    listener.with_context(|| format!("{address} cannot be listened on; give another address with {flag}"))
}

fn shown(listener: &TcpListener) -> String {
    listener.local_addr().map_or_else(|_: io::Error| "an unknown address".to_owned(), |address| address.to_string())
}

async fn stop_at_signals(stop: CancellationToken) {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals cannot be waited for; the process ends at once when it is told to");
        return;
    };
    let mut next = async || tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} };
    next().await;
    stop.cancel();
    next().await;
    std::process::exit(1);
}
