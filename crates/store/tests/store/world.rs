//! A track's databases for one test, and a way to look at them and to change them from below.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use dipoli_domain::{
    Timestamp,
    email::EmailAddress,
    id::PersonId,
    language::LanguageTag,
    person::{Person, Security, Standing},
    policy::{self, Act, Actor, On, Permit},
    time::Zone,
};
use dipoli_store::{Clock, Database, Place, RootKey, Store};
use dipoli_testkit::{Engine, FreshDatabase};
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, QueryResult, Statement};
use tempfile::TempDir;

pub struct World {
    pub engine: Engine,
    pub place: Place,
    pub root: RootKey,
    pub micros: Arc<AtomicI64>,
    pub store: Store,
    pub folder: TempDir,
    databases: Vec<FreshDatabase>,
}

impl World {
    pub async fn new(engine: Engine) -> Self {
        let folder = TempDir::new().unwrap();
        let mut databases = Vec::new();
        let place = match engine {
            Engine::Sqlite => Place::folder(folder.path()),
            Engine::Postgres => {
                databases.extend([FreshDatabase::make().await, FreshDatabase::make().await]);
                Place { content: Database::url(databases[0].url()), keys: Database::url(databases[1].url()) }
            }
        };
        let start: Timestamp = "2027-03-01T09:00:00Z".parse().unwrap();
        let micros = Arc::new(AtomicI64::new(start.as_microsecond()));
        let root = RootKey::new([7; 32]);
        let store = Store::create(&place, &root, Clock::Fixed(Arc::clone(&micros))).await.unwrap();
        Self { engine, place, root, micros, store, folder, databases }
    }

    /// Another process on the same databases.
    pub async fn another(&self) -> Store {
        Store::open(&self.place, &self.root, Clock::Fixed(Arc::clone(&self.micros))).await.unwrap()
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.micros.load(Ordering::SeqCst)).unwrap()
    }

    pub fn passes(&self, seconds: i64) {
        self.micros.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    pub fn clock(&self, act: Act) -> Permit {
        policy::may(Actor::Clock, act, On::track(), self.now()).unwrap()
    }

    pub fn operator(&self) -> Permit {
        policy::may(Actor::Operator, Act::OpenTrack, On::track(), self.now()).unwrap()
    }

    pub fn stranger(&self, act: Act) -> Permit {
        policy::may(Actor::Stranger, act, On::track(), self.now()).unwrap()
    }

    /// The content database, from below.
    pub async fn content(&self) -> Raw {
        self.raw(0, "track.db").await
    }

    /// The key store, from below.
    pub async fn keys(&self) -> Raw {
        self.raw(1, "keys.db").await
    }

    async fn raw(&self, which: usize, file: &str) -> Raw {
        let url = match self.engine {
            Engine::Sqlite => format!("sqlite://{}", self.folder.path().join(file).display()),
            Engine::Postgres => self.databases[which].url(),
        };
        Raw::open(&url).await
    }
}

/// A connection that no rule of ours binds: without foreign keys, as an intruder would take it.
pub struct Raw(DatabaseConnection);

impl Raw {
    pub async fn open(url: &str) -> Self {
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        let raw = Self(sea_orm::Database::connect(options).await.unwrap());
        let unbound =
            if raw.is_sqlite() { "PRAGMA foreign_keys = OFF" } else { "SET session_replication_role = replica" };
        raw.run(unbound).await;
        raw
    }

    pub fn is_sqlite(&self) -> bool {
        self.0.get_database_backend() == DbBackend::Sqlite
    }

    pub async fn run(&self, sql: &str) -> u64 {
        self.0.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}")).rows_affected()
    }

    pub async fn rows(&self, sql: &str) -> Vec<QueryResult> {
        let statement = Statement::from_string(self.0.get_database_backend(), sql);
        self.0.query_all_raw(statement).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    pub async fn number(&self, sql: &str) -> i64 {
        self.rows(sql).await[0].try_get_by_index(0).unwrap()
    }

    pub async fn texts(&self, sql: &str) -> Vec<String> {
        self.rows(sql).await.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    /// Bytes as a literal of this database.
    pub fn bytes(&self, bytes: &[u8]) -> String {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        if self.is_sqlite() { format!("X'{digits}'") } else { format!("'\\x{digits}'::bytea") }
    }
}

/// Someone who has accepted their invitation.
pub fn someone(name: &str) -> Person {
    Person {
        id: PersonId::random(),
        display_name: name.to_owned(),
        affiliation: Some(format!("Institute of {name}")),
        email: EmailAddress::parse("email", &format!("{}@example.org", name.to_ascii_lowercase())).unwrap(),
        language: LanguageTag::english(),
        zone: Zone::utc(),
        is_administrator: false,
        standing: Standing::Active,
        security: Security::default(),
    }
}
