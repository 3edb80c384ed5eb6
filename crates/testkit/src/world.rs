//! A data folder with a track or two, a server over it, and a clock: everything that `dipoli serve` has, but no
//! socket, no waiting, and nothing that runs unasked.
//!
//! Deliberately absent: short cuts. Tracks are made as `track create` makes them, and people come by the letter.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;
use tempfile::TempDir;

use crate::{
    Clock, Door, Engine, Letters, Person, Raw,
    database::FreshDatabase,
    running::{Running, Urls, make_track},
};

/// The first administrator's password in every track.
const PASSWORD: &str = "seven bridges over the Daugava";

/// A small world.
pub struct World {
    /// What time it is.
    pub clock: Clock,
    /// The way in.
    pub door: Door,
    server: Option<Running>,
    tracks: Vec<TrackPlace>,
    folder: TempDir,
}

/// Where a track's databases are.
struct TrackPlace {
    slug: String,
    content: String,
    keys: String,
    /// Dropped with the world.
    databases: Vec<FreshDatabase>,
}

impl TrackPlace {
    async fn make(engine: Engine, data: &Path, slug: &str, clock: &Clock, settings: &[(&'static str, String)]) -> Self {
        let mut databases = Vec::new();
        let (content, keys) = match engine {
            Engine::Sqlite => {
                let file = |name: &str| format!("sqlite://{}", data.join("tracks").join(slug).join(name).display());
                make_track(data, clock, slug, None, settings, PASSWORD).await;
                (file("track.db"), file("keys.db"))
            }
            Engine::Postgres => {
                databases.extend([FreshDatabase::make().await, FreshDatabase::make().await]);
                let urls = Urls { content: databases[0].url(), keys: databases[1].url() };
                make_track(data, clock, slug, Some(&urls), settings, PASSWORD).await;
                (urls.content, urls.keys)
            }
        };
        Self { slug: slug.to_owned(), content, keys, databases }
    }
}

impl World {
    /// A world with one track, `aalto`.
    pub async fn new(engine: Engine) -> Self {
        Self::with_tracks(engine, &["aalto"]).await
    }

    /// A world with these tracks, each with the administrator Ada.
    pub async fn with_tracks(engine: Engine, slugs: &[&str]) -> Self {
        Self::with_settings(engine, slugs, &[]).await
    }

    /// The same; their `track.toml` has these settings, each a key and its TOML.
    pub async fn with_settings(engine: Engine, slugs: &[&str], settings: &[(&'static str, String)]) -> Self {
        let folder = TempDir::new().expect("a folder");
        let clock = Clock::at("2027-03-01T09:00:00Z");
        let data = folder.path().join("data");
        fs::create_dir_all(&data).expect("a folder");
        let mut tracks = Vec::new();
        for slug in slugs {
            tracks.push(TrackPlace::make(engine, &data, slug, &clock, settings).await);
        }
        let server = Running::start(&data, &clock).await;
        Self { door: Door::new(server.router()), clock, server: Some(server), tracks, folder }
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The folder of a track.
    pub fn track_folder(&self, slug: &str) -> PathBuf {
        self.data().join("tracks").join(slug)
    }

    /// The server as it runs.
    pub fn server(&self) -> &Running {
        self.server.as_ref().expect("it runs")
    }

    /// Another server over the same folder, as a second process would be.
    pub async fn another_server(&self) -> Running {
        Running::start(&self.data(), &self.clock).await
    }

    /// Stops the server and starts it anew; people keep their tokens.
    pub async fn restarts(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
        let server = Running::start(&self.data(), &self.clock).await;
        self.door.leads_to(server.router());
        self.server = Some(server);
    }

    /// Does what has fallen due: letters leave, the audit log is chained.
    pub async fn works(&self) {
        self.server().works().await;
    }

    /// Lets time pass, and does what falls due by then.
    pub async fn passes(&self, span: &str) {
        self.clock.passes(span);
        self.works().await;
    }

    /// The letters of the first track.
    pub fn letters(&self) -> Letters {
        self.letters_of(&self.tracks[0].slug)
    }

    /// The letters of a track.
    pub fn letters_of(&self, slug: &str) -> Letters {
        Letters::of(&self.track_folder(slug))
    }

    /// The first administrator of a track, signed in.
    pub async fn administrator(&self, track: &str) -> Person {
        Person::arrives(&self.door, &self.clock, track, "Ada", "ada@example.org", PASSWORD).await
    }

    /// Someone who accepts the invitation in the newest letter to their address.
    pub async fn accepts(&self, track: &str, name: &str) -> Person {
        let email = address(name);
        let letters = self.letters_of(track).to(&email);
        let token = letters.iter().rev().find_map(crate::Letter::token).expect("an invitation");
        Person::accepts(&self.door, &self.clock, track, name, &email, &token).await
    }

    /// Invites someone to the track and has them accept.
    pub async fn invites(&self, administrator: &Person, track: &str, name: &str) -> Person {
        administrator.does("invitePerson", json!({ "email": address(name), "displayName": name })).await;
        self.works().await;
        self.accepts(track, name).await
    }

    /// The content database of the first track, from below.
    pub async fn content(&self) -> Raw {
        Raw::open(&self.tracks[0].content).await
    }

    /// The content database of a track, from below.
    pub async fn content_of(&self, slug: &str) -> Raw {
        Raw::open(&self.place(slug).content).await
    }

    /// The key store of a track, from below.
    pub async fn keys_of(&self, slug: &str) -> Raw {
        Raw::open(&self.place(slug).keys).await
    }

    /// Takes the databases of a track away, under the server's feet.
    pub fn loses(&mut self, slug: &str) {
        let place = self.tracks.iter_mut().find(|place| place.slug == slug).expect("a track of this world");
        place.databases.clear();
    }

    fn place(&self, slug: &str) -> &TrackPlace {
        self.tracks.iter().find(|place| place.slug == slug).expect("a track of this world")
    }

    /// Stops the server and gives the bytes of every file of the data folder, each with its path.
    pub async fn files(&mut self) -> Vec<(PathBuf, Vec<u8>)> {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
        let mut files = Vec::new();
        collect(&self.data(), &mut files);
        files
    }
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            let bytes = fs::read(&path).expect("a file");
            files.push((path, bytes));
        }
    }
}

/// The address of someone of that name.
pub fn address(name: &str) -> String {
    format!("{}@example.org", name.to_lowercase().replace(' ', "."))
}
