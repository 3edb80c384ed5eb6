//! Connections to a database, set up as requirements R-02 asks, and the one wrapper through which every statement
//! goes: it counts them, and turns what the driver says into the store's own errors.
//!
//! Deliberately absent: logging of statements. They hold what is confidential.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use sea_orm::{
    AccessMode, ActiveModelBehavior, ActiveModelTrait, Condition, ConnectOptions, ConnectionTrait, Database as Orm,
    DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, EntityTrait, ExecResult, FromQueryResult,
    IntoActiveModel, IsolationLevel, Iterable, PrimaryKeyToColumn, QueryFilter, QueryResult, QueryTrait,
    SqliteTransactionMode, Statement, StatementBuilder, TransactionOptions, TransactionTrait,
    sea_query::SelectStatement,
    sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use uuid::Uuid;

use crate::{
    Database, StoreError, one_of,
    patience::{self, PATIENCE},
    place,
};

/// Connections that read a SQLite file at once; one more writes.
const SQLITE_READERS: u32 = 4;

/// Connections of one process to a PostgreSQL database.
const POSTGRES_CONNECTIONS: u32 = 5;

/// One database: connections to read by, and one or more to write by.
pub(crate) struct Connections {
    writer: DatabaseConnection,
    readers: DatabaseConnection,
    statements: AtomicU64,
    heard: Heard,
}

/// When a database answered last: nanoseconds since this was made (an answer can come within a millisecond of its question).
struct Heard {
    made: Instant,
    last: AtomicU64,
}

impl Heard {
    fn new() -> Self {
        Self { made: Instant::now(), last: AtomicU64::new(0) }
    }

    fn now(&self) {
        let nanos = u64::try_from(self.made.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.last.store(nanos, Ordering::Relaxed);
    }

    fn since(&self) -> Duration {
        self.made.elapsed().saturating_sub(Duration::from_nanos(self.last.load(Ordering::Relaxed)))
    }
}

impl Connections {
    /// Opens a database. A SQLite file is made where there is none; PostgreSQL is not asked before the first use.
    pub async fn open(database: &Database) -> Result<Self, StoreError> {
        let (writer, readers) = match database {
            Database::File(path) => {
                make_file(path)?;
                let writer = Orm::connect(sqlite(path, 1, false)).await?;
                (writer, Orm::connect(sqlite(path, SQLITE_READERS, true)).await?)
            }
            Database::Memory => {
                let only = Orm::connect(memory()).await?;
                (only.clone(), only)
            }
            Database::Url(address) => {
                let pool = Orm::connect(postgres(address)).await?;
                (pool.clone(), pool)
            }
        };
        Ok(Self { writer, readers, statements: AtomicU64::new(0), heard: Heard::new() })
    }

    /// One connection of somebody who makes databases, which may take as long as it takes.
    pub async fn of_administrator(address: &str) -> Result<Self, StoreError> {
        let only = Orm::connect(quiet(address.to_owned(), 1)).await?;
        Ok(Self { writer: only.clone(), readers: only, statements: AtomicU64::new(0), heard: Heard::new() })
    }

    /// Which database it is.
    pub fn backend(&self) -> DbBackend {
        self.readers.get_database_backend()
    }

    /// What reads are taken from, to be counted.
    pub const fn pooled(&self) -> &DatabaseConnection {
        &self.readers
    }

    /// For reading outside of a transaction.
    pub fn reads(&self) -> Sql<'_> {
        Sql { on: On::Pool(&self.readers), statements: &self.statements, heard: &self.heard }
    }

    /// A transaction that may write. On SQLite it holds the only writing lock from its beginning.
    pub async fn begin(&self) -> Result<DatabaseTransaction, StoreError> {
        let sqlite_transaction_mode = (self.backend() == DbBackend::Sqlite).then_some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode, ..TransactionOptions::default() };
        Ok(patience::waited(self.writer.begin_with_options(options)).await?)
    }

    /// A transaction that sees one moment, for reading alone.
    pub async fn begin_reading(&self) -> Result<DatabaseTransaction, StoreError> {
        let of_postgres = self.backend() == DbBackend::Postgres;
        let options = TransactionOptions {
            isolation_level: of_postgres.then_some(IsolationLevel::RepeatableRead),
            access_mode: of_postgres.then_some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        };
        Ok(patience::waited(self.readers.begin_with_options(options)).await?)
    }

    /// On SQLite: writes the database as it is at this moment into a file that is empty.
    pub async fn write_into(&self, file: &std::path::Path) -> Result<(), StoreError> {
        let into = Statement::from_sql_and_values(
            DbBackend::Sqlite,
            "VACUUM INTO ?",
            [file.to_string_lossy().into_owned().into()],
        );
        Ok(self.writer.execute_raw(into).await.map(drop)?)
    }

    /// Runs one statement outside of a transaction.
    pub async fn administer(&self, sql: &str) -> Result<(), StoreError> {
        Ok(self.writer.execute_unprepared(sql).await.map(drop)?)
    }

    /// For the statements of such a transaction.
    pub fn within<'a>(&'a self, transaction: &'a DatabaseTransaction) -> Sql<'a> {
        Sql { on: On::Transaction(transaction), statements: &self.statements, heard: &self.heard }
    }

    /// How long ago it answered last.
    pub fn silent_for(&self) -> Duration {
        self.heard.since()
    }

    /// Statements run so far, BEGIN and COMMIT apart.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// On SQLite: folds the write-ahead log into the database and cuts it to nothing. `false` where a reader or writer
    /// stood in the way.
    pub async fn cut_log(&self) -> Result<bool, StoreError> {
        if self.backend() != DbBackend::Sqlite {
            return Ok(true);
        }
        let sql = Sql { on: On::Pool(&self.writer), statements: &self.statements, heard: &self.heard };
        let cut = Statement::from_string(DbBackend::Sqlite, "PRAGMA wal_checkpoint(TRUNCATE)");
        let row = sql.query_one_raw(cut).await?;
        let busy = row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?;
        Ok(busy == Some(0))
    }

    /// Writes a SQLite database anew, each page over an older one, and empties its write-ahead log.
    /// [`StoreError::Unavailable`] where somebody is reading so long that the log cannot be emptied.
    pub async fn write_anew(&self) -> Result<(), StoreError> {
        self.writer.execute_unprepared("VACUUM").await?;
        if self.cut_log().await? { Ok(()) } else { Err(StoreError::Unavailable) }
    }

    /// Closes all connections; on SQLite the write-ahead log is folded in.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.readers.clone().close().await?;
        Ok(self.writer.clone().close().await?)
    }
}

/// The file is made with its owner's rights alone; SQLite gives its companions the same.
fn make_file(path: &std::path::Path) -> Result<(), StoreError> {
    match place::private_file(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::Fault(format!("the database file cannot be made: {}", error.kind()))),
    }
}

fn sqlite(path: &std::path::Path, connections: u32, only_reads: bool) -> ConnectOptions {
    let path = path.to_owned();
    let mut options = quiet("sqlite:file".to_owned(), connections);
    // A file is there or it is not; asking before each use costs as much as a short statement.
    options.test_before_acquire(false);
    if !only_reads {
        patience::without_remains(&mut options);
    }
    options.map_sqlx_sqlite_opts(move |sqlite: SqliteConnectOptions| {
        sqlite
            .filename(&path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(PATIENCE)
            .foreign_keys(true)
            .pragma("secure_delete", "ON")
            .pragma("temp_store", "MEMORY")
            .pragma("query_only", if only_reads { "ON" } else { "OFF" })
    });
    options
}

/// The database lives as long as its one connection, which is therefore never recycled.
fn memory() -> ConnectOptions {
    let mut options = quiet("sqlite::memory:".to_owned(), 1);
    options.min_connections(1).idle_timeout(None).max_lifetime(None);
    options.map_sqlx_sqlite_opts(|sqlite: SqliteConnectOptions| sqlite.foreign_keys(true));
    options
}

fn postgres(address: &str) -> ConnectOptions {
    let mut options = quiet(address.to_owned(), POSTGRES_CONNECTIONS);
    patience::with_patience(&mut options);
    options
}

fn quiet(address: String, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(address);
    options
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .connect_timeout(PATIENCE)
        .sqlx_logging(false)
        .record_stmt_in_spans(false);
    options
}

#[derive(FromQueryResult)]
struct Count {
    list: Uuid,
    number: i64,
}

/// Where statements run: counted, and with the store's errors.
#[derive(Clone, Copy)]
pub(crate) struct Sql<'a> {
    on: On<'a>,
    statements: &'a AtomicU64,
    heard: &'a Heard,
}

#[derive(Clone, Copy)]
enum On<'a> {
    Pool(&'a DatabaseConnection),
    Transaction(&'a DatabaseTransaction),
}

impl Sql<'_> {
    /// Which database it is.
    pub fn backend(&self) -> DbBackend {
        self.get_database_backend()
    }

    /// All rows of a statement, each column by its name.
    pub async fn rows<R: FromQueryResult>(&self, select: &impl StatementBuilder) -> Result<Vec<R>, StoreError> {
        let rows = self.query_all_raw(self.backend().build(select)).await?;
        Ok(rows.iter().map(|row| R::from_query_result(row, "")).collect::<Result<_, _>>()?)
    }

    /// The only row, if there is one.
    pub async fn row<R: FromQueryResult>(&self, select: &impl StatementBuilder) -> Result<Option<R>, StoreError> {
        let row = self.query_one_raw(self.backend().build(select)).await?;
        Ok(row.map(|row| R::from_query_result(&row, "")).transpose()?)
    }

    /// The number in the first column of the only row; 0 where it is null or there is no row.
    pub async fn number(&self, select: &SelectStatement) -> Result<i64, StoreError> {
        let row = self.query_one_raw(self.backend().build(select)).await?;
        let number = row.map(|row| row.try_get_by_index::<Option<i64>>(0)).transpose()?;
        Ok(number.flatten().unwrap_or_default())
    }

    /// How many rows each of several lists has: the columns `list` and `number` of a grouped statement.
    pub async fn counts(&self, select: &SelectStatement) -> Result<HashMap<Uuid, u64>, StoreError> {
        let counts = self.rows::<Count>(select).await?;
        Ok(counts.into_iter().map(|row| (row.list, row.number.unsigned_abs())).collect())
    }

    /// Runs a statement that gives no rows; gives how many it touched.
    pub async fn run(&self, statement: &impl StatementBuilder) -> Result<u64, StoreError> {
        Ok(self.execute_raw(self.backend().build(statement)).await?.rows_affected())
    }

    /// Runs an update that names the version it was made from: [`StoreError::Stale`] where nothing matched.
    pub async fn swap(&self, update: &impl StatementBuilder) -> Result<(), StoreError> {
        if self.run(update).await? == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Inserts a whole row.
    pub async fn insert<M, A>(&self, row: M) -> Result<(), StoreError>
    where
        M: sea_orm::ModelTrait + IntoActiveModel<A>,
        A: ActiveModelTrait<Entity = M::Entity> + ActiveModelBehavior + Send,
    {
        <M::Entity as EntityTrait>::insert(row.into_active_model().reset_all()).exec_without_returning(self).await?;
        Ok(())
    }

    /// Writes what is set of `row`, its key apart, over the one row that `is` finds: [`StoreError::Stale`] where there is
    /// none, which is how a change finds out that it was made from an old version.
    pub async fn overwrite<A: ActiveModelTrait>(&self, mut row: A, is: Condition) -> Result<(), StoreError> {
        for key in <<A::Entity as EntityTrait>::PrimaryKey as Iterable>::iter() {
            row.not_set(key.into_column());
        }
        let update = <A::Entity as EntityTrait>::update_many().set(row).filter(is);
        self.swap(&update.into_query()).await
    }

    /// The statement as this database takes it.
    fn spoken(&self, statement: Statement) -> Statement {
        if self.backend() == DbBackend::Sqlite { one_of::spread(statement) } else { statement }
    }

    fn count(&self) {
        self.statements.fetch_add(1, Ordering::Relaxed);
    }

    /// What a statement came to; the database was heard where it came to something.
    fn came<T>(&self, to: Result<T, DbErr>) -> Result<T, DbErr> {
        if to.is_ok() {
            self.heard.now();
        }
        to
    }
}

#[sea_orm::prelude::async_trait::async_trait]
impl ConnectionTrait for Sql<'_> {
    fn get_database_backend(&self) -> DbBackend {
        match self.on {
            On::Pool(pool) => pool.get_database_backend(),
            On::Transaction(transaction) => transaction.get_database_backend(),
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let statement = self.spoken(statement);
        self.count();
        self.came(match self.on {
            On::Pool(pool) => patience::alone(|| pool.execute_raw(statement.clone())).await,
            On::Transaction(transaction) => patience::waited(transaction.execute_raw(statement)).await,
        })
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.count();
        match self.on {
            On::Pool(pool) => pool.execute_unprepared(sql).await,
            On::Transaction(transaction) => transaction.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let statement = self.spoken(statement);
        self.count();
        self.came(match self.on {
            On::Pool(pool) => patience::alone(|| pool.query_one_raw(statement.clone())).await,
            On::Transaction(transaction) => patience::waited(transaction.query_one_raw(statement)).await,
        })
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let statement = self.spoken(statement);
        self.count();
        self.came(match self.on {
            On::Pool(pool) => patience::alone(|| pool.query_all_raw(statement.clone())).await,
            On::Transaction(transaction) => patience::waited(transaction.query_all_raw(statement)).await,
        })
    }
}
