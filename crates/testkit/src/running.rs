//! The server of a world: started over a folder as `dipoli serve` starts it, but for what takes time.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use axum::Router;
use dipoli_app::Track;
use dipoli_auth::password::{Hasher, Parameters};
use dipoli_domain::track::Formality;
use dipoli_server::{
    Options, Server,
    config::{Instance, Variables},
    connections,
    create::{Maker, NewTrack},
    data::DataFolder,
};
use dipoli_store::{Clock as StoreClock, RootKey};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::Clock;

/// A server that runs, without a socket.
pub struct Running(Server);

impl Running {
    /// Starts a server: no floor under its answers, cheap hashes, and nothing done unasked.
    pub(crate) async fn start(data: &Path, clock: &Clock) -> Self {
        let data = DataFolder::at(data).expect("a data folder");
        let root = root_key(&data);
        let settings = Instance::load(&data.instance_file(), &Variables::default(), Vec::new());
        let instance = settings.expect("the settings are in order");
        let mut options = Options::new(data, root, instance);
        options.clock = store_clock(clock);
        options.floor = Duration::ZERO;
        options.hash = Parameters::FLOOR;
        options.workers = false;
        Self(Server::start(options).expect("nobody else serves this folder"))
    }

    /// The way in.
    pub fn router(&self) -> Router {
        self.0.router()
    }

    /// Listens on an address of its own, as long as the test runs.
    pub async fn listens(&self) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("there is a free port");
        let address = listener.local_addr().expect("it has an address");
        tokio::spawn(connections::serve(listener, self.router(), CancellationToken::new()));
        address
    }

    /// Does what has fallen due.
    pub async fn works(&self) {
        self.0.run_due_work_once().await.expect("what is due can be done");
    }

    /// A track's handle, for what no client sees: how many statements it has run.
    pub async fn track(&self, slug: &str) -> Arc<Track> {
        self.0.tracks().for_request(slug).await.expect("it opens")
    }

    /// What is counted, as whoever reads the metrics sees it; how long things took and who was free apart.
    pub async fn metrics(&self) -> String {
        let tracks = self.0.tracks();
        let page = tracks.metrics().page(&tracks.waiting().await);
        let is_of_chance = |line: &&str| line.contains("dipoli_request_seconds") || line.contains("dipoli_pool");
        let mut lines: Vec<_> = page.lines().filter(|line| !is_of_chance(line)).collect();
        lines.sort_unstable();
        lines.join("\n")
    }

    /// Stops it; its files are whole then.
    pub async fn stop(self) {
        self.0.stop().await;
    }
}

fn store_clock(clock: &Clock) -> StoreClock {
    StoreClock::Fixed(clock.micros())
}

fn root_key(data: &DataFolder) -> RootKey {
    RootKey::load_or_create(&data.root_key()).expect("a root key").0
}

/// Where a track's databases are, where not in its folder.
pub(crate) struct Urls {
    pub content: String,
    pub keys: String,
}

/// Makes a track as `track create` does.
pub(crate) async fn make_track(
    data: &Path,
    clock: &Clock,
    slug: &str,
    urls: Option<&Urls>,
    settings: &[(&'static str, String)],
    password: &str,
) {
    let data = DataFolder::at(data).expect("a data folder");
    // Everyone comes from one address here.
    let instance = [("sign_in.burst", "10000"), ("sign_in.per_minute", "10000"), ("explorer", "true")];
    data.prepare(&instance.map(|(key, value)| (key, value.to_owned()))).expect("it can be made");
    let maker = Maker {
        root: root_key(&data),
        data,
        clock: store_clock(clock),
        hasher: Arc::new(Hasher::new(Parameters::FLOOR)),
        public_url: "http://127.0.0.1:8080".to_owned(),
    };
    // Nobody needs a second factor, unless the test says so.
    let usual = [("mail.per_second", "1000".to_owned()), ("sign_in.second_factor", "\"optional\"".to_owned())];
    let usual: Vec<_> = usual.into_iter().filter(|(key, _)| settings.iter().all(|(given, _)| given != key)).collect();
    let track = NewTrack {
        slug: slug.to_owned(),
        name: "A dialogue".to_owned(),
        purpose: String::new(),
        formality: Formality::Track15,
        database_url: urls.map(|urls| urls.content.as_str().into()),
        keys_url: urls.map(|urls| urls.keys.as_str().into()),
        settings: [&usual[..], settings].concat(),
        admin_email: "ada@example.org".to_owned(),
        admin_name: "Ada".to_owned(),
        admin_password: Some(password.into()),
    };
    maker.make(track).await.expect("a track can be made");
}
