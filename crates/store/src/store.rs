//! The handle of a track's databases: opening and making them, and what every read and write has in common.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use dipoli_domain::{
    Timestamp,
    id::{AnyId, WorkingGroupId},
    time as domain_time,
};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement, sea_query::Query, sqlx::PgPool};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Clock, OpenError, Place, RootKey, SigningSeed, StoreError, audit_chain, cluster,
    connection::{Connections, Sql},
    entity::track,
    key_store::KeyStore,
    keys::{Keys, Opened},
    macs_given, patience,
    ring::KeyScope,
    schema,
    seal::{self, Aad},
    time,
};

/// Rows that did not open and are still to be reported, at most; beyond that they are left out of reads all the same.
const REPORTS: usize = 256;

/// One track's databases. Cheap to clone; whoever has it is in the track, and no function takes two.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    content: Connections,
    keys: Keys,
    clock: Clock,
    unopened: Mutex<Unopened>,
    /// Held by whoever asks the database whether it answers.
    asking: tokio::sync::Mutex<()>,
    /// Whether the head of the audit chain was signed by this process since it last chained anything.
    head_signed: AtomicBool,
    /// Whether PostgreSQL lets everybody connect to one of the two.
    open_to_all: bool,
}

#[derive(Default)]
struct Unopened {
    known: HashSet<AnyId>,
    waiting: VecDeque<AnyId>,
}

impl Store {
    /// Makes a track's databases and keys where they are not there yet, and opens them. What an interrupted making
    /// left is completed.
    pub async fn create(place: &Place, root: &RootKey, clock: Clock) -> Result<Self, OpenError> {
        let content = Connections::open(&place.content).await?;
        let keys = Connections::open(&place.keys).await?;
        // Both are asked before anything is written to one.
        let (now, _) = (now(&content.reads(), &clock).await?, self::now(&keys.reads(), &clock).await?);
        schema::migrate(&content, &keys).await?;
        let keys = KeyStore::create(keys, root, domain_time::day(now)).await?;
        claim(&content, &keys, now).await?;
        Self::with(content, keys, clock).await
    }

    /// Opens the databases of a track that was made before and is up to date (see [`Store::migrate`]).
    pub async fn open(place: &Place, root: &RootKey, clock: Clock) -> Result<Self, OpenError> {
        if !place.is_there() {
            return Err(OpenError::Missing);
        }
        let content = Connections::open(&place.content).await?;
        let keys = Connections::open(&place.keys).await?;
        schema::refuse_other(&content, &keys).await?;
        let keys = KeyStore::open(keys, root).await?;
        Self::with(content, keys, clock).await
    }

    /// Brings both databases up to date. Of several at once one does it and the others wait.
    pub async fn migrate(place: &Place) -> Result<(), OpenError> {
        let content = Connections::open(&place.content).await?;
        let keys = Connections::open(&place.keys).await?;
        schema::migrate(&content, &keys).await?;
        content.close().await?;
        Ok(keys.close().await?)
    }

    async fn with(content: Connections, keys: KeyStore, clock: Clock) -> Result<Self, OpenError> {
        let mut open_to_all = false;
        for database in [&content, &keys.db] {
            patience::read_back(database).await?;
            open_to_all |= cluster::is_open_to_all(database).await?;
        }
        let row = track::Entity::find().one(&content.reads()).await.map_err(StoreError::from)?;
        if row.ok_or(OpenError::Missing)?.identity != keys.identity() {
            return Err(OpenError::Mismatch);
        }
        let keys = Keys::load(keys).await?;
        let today = domain_time::day(now(&content.reads(), &clock).await?);
        macs_given::once(&content, &keys, today).await?;
        Ok(Self(Arc::new(Inner {
            content,
            keys,
            clock,
            unopened: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
            head_signed: AtomicBool::new(false),
            open_to_all,
        })))
    }

    /// Closes all connections.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.0.content.close().await?;
        self.0.keys.store.db.close().await
    }

    /// Whether everybody in the cluster may connect to one of its databases.
    pub fn is_open_to_all(&self) -> bool {
        self.0.open_to_all
    }

    /// The track's time.
    pub async fn now(&self) -> Result<Timestamp, StoreError> {
        now(&self.reads(), &self.0.clock).await
    }

    /// Whether the database answers within that time. A file does, and what has answered a moment ago is not asked. One asks for
    /// all who come at once, and whatever was answered meanwhile counts, to whomever: where much is to be done, one answer can
    /// take long that comes.
    pub async fn answers_within(&self, time: Duration) -> bool {
        let content = &self.0.content;
        if content.backend() == DbBackend::Sqlite || content.silent_for() < patience::TRUSTED {
            return true;
        }
        let asked = Instant::now();
        let answer = async {
            let _one = self.0.asking.lock().await;
            if content.silent_for() > asked.elapsed() {
                // What it answers does not matter.
                let anything = Statement::from_string(content.backend(), "SELECT 1");
                drop(content.reads().query_one_raw(anything).await);
            }
        };
        drop(tokio::time::timeout(time, answer).await);
        content.silent_for() <= asked.elapsed()
    }

    /// The same, read within a transaction.
    pub(crate) async fn now_within(&self, sql: &Sql<'_>) -> Result<Timestamp, StoreError> {
        now(sql, &self.0.clock).await
    }

    /// SQL statements run so far on both databases, BEGIN and COMMIT apart.
    pub fn statements(&self) -> u64 {
        self.0.content.statements() + self.0.keys.store.db.statements()
    }

    /// Makes the data key of a group that is about to be convened, in the key store, before the group's row.
    pub async fn make_group_key(&self, group: WorkingGroupId, now: Timestamp) -> Result<(), StoreError> {
        self.0.keys.make_group_key(group, domain_time::day(now)).await
    }

    /// HMAC-SHA-256 under the track's MAC key over a label and parts: for secrets of links, Message-IDs, and
    /// whatever has to be recognised without being stored.
    pub fn mac(&self, label: &'static str, parts: &[&[u8]]) -> [u8; 32] {
        self.0.keys.mac(&parts.iter().fold(Aad::of(label), |aad, part| aad.bytes(part)))
    }

    /// The seeds that sign, and those whose tokens are still accepted.
    pub fn access_seeds(&self) -> Vec<SigningSeed> {
        self.0.keys.access_seeds()
    }

    /// Seals a sort key as a cursor of one list, filter and viewer (`bound_to`). The same input gives the same text.
    pub fn seal_cursor(&self, bound_to: &[&[u8]], key: &[u8]) -> String {
        let aad = bound_to.iter().fold(Aad::of("cursor"), |aad, part| aad.bytes(part));
        self.0.keys.seal_cursor(&aad, key).map(|cursor| URL_SAFE_NO_PAD.encode(cursor)).unwrap_or_default()
    }

    /// The sort key of a cursor; `None` for whatever is no cursor of this list, filter and viewer.
    pub fn open_cursor(&self, bound_to: &[&[u8]], cursor: &str) -> Option<Vec<u8>> {
        let aad = bound_to.iter().fold(Aad::of("cursor"), |aad, part| aad.bytes(part));
        let cursor = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        self.0.keys.open_cursor(&aad, &cursor).map(|key| key.to_vec())
    }

    /// Rows that did not open since this was asked last, once a row and process, to be written into the audit log.
    pub fn integrity(&self) -> Vec<AnyId> {
        self.unopened().waiting.drain(..).collect()
    }

    /// Whether other processes may write to it while this one serves it.
    pub fn is_shared(&self) -> bool {
        self.reads().backend() != DbBackend::Sqlite
    }

    /// The connections to its content, on PostgreSQL.
    pub(crate) fn of_postgres(&self) -> Option<&PgPool> {
        self.is_shared().then(|| self.0.content.pooled().get_postgres_connection_pool())
    }

    /// For reading outside of a transaction.
    pub(crate) fn reads(&self) -> Sql<'_> {
        self.0.content.reads()
    }

    pub(crate) fn content(&self) -> &Connections {
        &self.0.content
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn head_signed(&self) -> &AtomicBool {
        &self.0.head_signed
    }

    /// Seals a value for a row; `aad` is everything that the policy reads of it.
    pub(crate) async fn seal<T: Serialize>(
        &self,
        scope: KeyScope,
        aad: &Aad,
        value: &T,
    ) -> Result<Vec<u8>, StoreError> {
        self.0.keys.seal(scope, aad, seal::BLOCK, value).await
    }

    /// Seals a note, whose length is told in larger steps.
    pub(crate) async fn seal_note<T: Serialize>(
        &self,
        scope: KeyScope,
        aad: &Aad,
        value: &T,
    ) -> Result<Vec<u8>, StoreError> {
        self.0.keys.seal(scope, aad, seal::NOTE_BLOCK, value).await
    }

    /// Opens a row's text. A row that does not open is noted for the audit log and is `None`: it is left out. So is one
    /// whose group was destroyed, of which there is nothing to note.
    pub(crate) async fn open_row<T: DeserializeOwned>(
        &self,
        row: impl Into<AnyId>,
        aad: &Aad,
        sealed: &[u8],
    ) -> Result<Option<T>, StoreError> {
        match self.0.keys.open(aad, sealed).await? {
            Opened::Text(text) => Ok(Some(text)),
            Opened::Destroyed => Ok(None),
            Opened::Wrong => {
                self.report(row);
                Ok(None)
            }
        }
    }

    /// Notes that a row is not what was stored.
    pub(crate) fn report(&self, row: impl Into<AnyId>) {
        let row = row.into();
        let mut unopened = self.unopened();
        if unopened.known.len() < REPORTS && unopened.known.insert(row) {
            unopened.waiting.push_back(row);
        }
    }

    fn unopened(&self) -> MutexGuard<'_, Unopened> {
        self.0.unopened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn now(sql: &Sql<'_>, clock: &Clock) -> Result<Timestamp, StoreError> {
    let select = Query::select().expr(clock.micros(sql.backend())).take();
    let micros = sql.number(&select).await?;
    Timestamp::from_microsecond(micros).map_err(|_| StoreError::Integrity)
}

/// Puts the key store's identity into the content, or refuses content that has another.
async fn claim(content: &Connections, keys: &KeyStore, now: Timestamp) -> Result<(), OpenError> {
    let transaction = schema::begin_alone(content).await?;
    let sql = content.within(&transaction);
    match track::Entity::find().one(&sql).await.map_err(StoreError::from)? {
        Some(row) if row.identity != keys.identity() => return Err(OpenError::Mismatch),
        Some(_) => {}
        None => {
            let created_on = time::bind_day(domain_time::day(now));
            sql.insert(track::Model { identity: keys.identity(), created_on }).await?;
            audit_chain::begin(&sql, keys.identity()).await?;
        }
    }
    Ok(transaction.commit().await.map_err(StoreError::from)?)
}
