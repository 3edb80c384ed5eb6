//! Copying a whole database from one engine to the other, as it was at one moment, and proving that the copy is the same:
//! for backups of what is in PostgreSQL, for restoring there, and for moving a track.
//!
//! Rows are written in the order of their keys, which are random: their places in the copy tell nothing. Tables and
//! columns are asked of PostgreSQL, which is always one of the two sides, so that no table can be forgotten. Deliberately
//! absent: opening anything. What is sealed is copied as it is, and no key is needed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use dipoli_migrations::{ContentMigrator, KeysMigrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, Statement, TryGetable, Value,
    sea_query::{Alias, Expr, Order, Query},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    Database, OpenError, StoreError,
    connection::{Connections, Sql},
    schema::newer_or_fault,
};

/// Rows that are read and written at once.
const AT_ONCE: u64 = 200;

/// Which of a track's two databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// People, groups, sessions, notes, audit log.
    Content,
    /// Wrapped keys.
    Keys,
}

/// What was copied, by table: how many rows, and the digest of all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied(BTreeMap<String, (u64, [u8; 32])>);

impl Copied {
    /// All rows.
    pub fn rows(&self) -> u64 {
        self.0.values().map(|(rows, _)| rows).sum()
    }

    /// All tables.
    pub fn tables(&self) -> usize {
        self.0.len()
    }
}

/// Why something was not copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The target is in use.
    #[error("there is something in the target already: take an empty database")]
    Occupied,
    /// What arrived is not what was sent.
    #[error("the table {0} did not arrive as it was; nothing is used of the copy")]
    Differs(String),
    /// A column is of a kind that is not copied.
    #[error("a column of the table {0} is of a kind that is not copied")]
    Column(String),
    /// A file.
    #[error("{0}: {1}")]
    File(std::path::PathBuf, std::io::Error),
    /// A file is no backup of that part.
    #[error("{0} is no backup of a track's {1}")]
    NoBackup(std::path::PathBuf, &'static str),
    /// A database cannot be opened, or is of another release.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A database is away or at fault.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sea_orm::DbErr> for CopyError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

/// A table: its columns with their types, its key, and the tables that must be there before it.
#[derive(Default)]
struct Table {
    columns: Vec<(String, String)>,
    key: Vec<String>,
    after: BTreeSet<String>,
}

/// Copies one part of a track into an empty database of the other engine, whole or not at all, and reads it back.
pub async fn copy(part: Part, from: &Database, to: &Database) -> Result<Copied, CopyError> {
    let (from, to) = (Connections::open(from).await?, Connections::open(to).await?);
    refuse_older(part, &from).await?;
    let snapshot = snapshot(&from).await?;
    let target = crate::schema::begin_alone(&to).await?;
    refuse_occupied(&to.within(&target)).await?;
    up(part, &target).await?;
    let described = if from.backend() == DbBackend::Postgres { from.within(&snapshot) } else { to.within(&target) };
    let tables = tables(&described).await?;
    let is_postgres = to.backend() == DbBackend::Postgres;
    let defer = match is_postgres {
        true => constraints(&to.within(&target), "DEFERRABLE INITIALLY DEFERRED").await?,
        false => vec!["PRAGMA defer_foreign_keys = ON".to_owned()],
    };
    for statement in &defer {
        target.execute_unprepared(statement).await?;
    }
    let mut sent = Copied::default();
    for name in in_order(&tables) {
        let told = pour(&name, &tables[&name], &from.within(&snapshot), Some(&to.within(&target))).await?;
        sent.0.insert(name, told);
    }
    let mut arrived = Copied::default();
    for (name, table) in &tables {
        arrived.0.insert(name.clone(), pour(name, table, &to.within(&target), None).await?);
    }
    if let Some(name) = sent.0.keys().find(|name| sent.0[*name] != arrived.0[*name]) {
        return Err(CopyError::Differs(name.clone()));
    }
    if is_postgres {
        target.execute_unprepared("SET CONSTRAINTS ALL IMMEDIATE").await?;
        for statement in constraints(&to.within(&target), "NOT DEFERRABLE").await? {
            target.execute_unprepared(&statement).await?;
        }
    }
    target.commit().await?;
    snapshot.rollback().await?;
    from.close().await?;
    to.close().await?;
    Ok(sent)
}

/// Refuses a database in which migrations are waiting, or that has some which this program does not know.
pub(crate) async fn refuse_older(part: Part, database: &Connections) -> Result<(), OpenError> {
    let reads = database.reads();
    let pending = match part {
        Part::Content => ContentMigrator::get_pending_migrations_read_only(&reads).await,
        Part::Keys => KeysMigrator::get_pending_migrations_read_only(&reads).await,
    };
    if pending.map_err(newer_or_fault)?.is_empty() { Ok(()) } else { Err(OpenError::Older) }
}

async fn up(part: Part, target: &DatabaseTransaction) -> Result<(), OpenError> {
    match part {
        Part::Content => ContentMigrator::up(target, None).await,
        Part::Keys => KeysMigrator::up(target, None).await,
    }
    .map_err(newer_or_fault)
}

/// A transaction that sees one moment and writes nothing.
async fn snapshot(from: &Connections) -> Result<DatabaseTransaction, StoreError> {
    let snapshot = from.begin_reading().await?;
    if from.backend() == DbBackend::Postgres {
        let patiently = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
        snapshot.execute_unprepared(patiently).await?;
    }
    Ok(snapshot)
}

async fn refuse_occupied(sql: &Sql<'_>) -> Result<(), CopyError> {
    let tables = if sql.backend() == DbBackend::Postgres {
        "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
    } else {
        "SELECT count(*) FROM sqlite_master WHERE type = 'table'"
    };
    let row = sql.query_one_raw(Statement::from_string(sql.backend(), tables)).await?;
    let tables = row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?;
    if tables == Some(0) { Ok(()) } else { Err(CopyError::Occupied) }
}

/// The tables as PostgreSQL describes them, those of the migrators apart.
async fn tables(sql: &Sql<'_>) -> Result<BTreeMap<String, Table>, StoreError> {
    let asked = async |what: &str| sql.query_all_raw(Statement::from_string(DbBackend::Postgres, what)).await;
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    let columns = "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns \
        WHERE table_schema = current_schema() AND table_name NOT LIKE '%\\_migration' ORDER BY 1, ordinal_position";
    for row in asked(columns).await? {
        let (table, column, kind) = (text(&row, 0)?, text(&row, 1)?, text(&row, 2)?);
        tables.entry(table).or_default().columns.push((column, kind));
    }
    let keys = "SELECT c.conrelid::regclass::text, a.attname::text FROM pg_constraint c, unnest(c.conkey) \
        WITH ORDINALITY AS k (number, place), pg_attribute a WHERE c.contype = 'p' AND a.attrelid = c.conrelid \
        AND a.attnum = k.number AND c.connamespace = current_schema()::regnamespace ORDER BY 1, k.place";
    for row in asked(keys).await? {
        if let Some(table) = tables.get_mut(&text(&row, 0)?) {
            table.key.push(text(&row, 1)?);
        }
    }
    let references = "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint \
        WHERE contype = 'f' AND connamespace = current_schema()::regnamespace AND conrelid <> confrelid";
    for row in asked(references).await? {
        if let Some(table) = tables.get_mut(&text(&row, 0)?) {
            table.after.insert(text(&row, 1)?);
        }
    }
    Ok(tables)
}

/// What makes PostgreSQL's foreign keys wait for the end, or not any more: a row may refer to a later one of its table.
async fn constraints(sql: &Sql<'_>, how: &str) -> Result<Vec<String>, StoreError> {
    let all = format!(
        "SELECT format('ALTER TABLE %s ALTER CONSTRAINT %I {how}', conrelid::regclass, conname) FROM pg_constraint \
         WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
    );
    let rows = sql.query_all_raw(Statement::from_string(DbBackend::Postgres, all)).await?;
    rows.iter().map(|row| text(row, 0)).collect()
}

fn text(row: &QueryResult, column: usize) -> Result<String, StoreError> {
    Ok(row.try_get_by_index(column)?)
}

/// Tables, each after those that it refers to.
fn in_order(tables: &BTreeMap<String, Table>) -> Vec<String> {
    let mut order: Vec<String> = Vec::new();
    while order.len() < tables.len() {
        let is_ready = |(name, table): &(&String, &Table)| {
            !order.contains(name) && table.after.iter().all(|before| order.contains(before))
        };
        // A circle would have to be cut somewhere; foreign keys are checked at the end all the same.
        let rest = || tables.iter().find(|(name, _)| !order.contains(name));
        let Some((next, _)) = tables.iter().find(is_ready).or_else(rest) else { break };
        order.push(next.clone());
    }
    order
}

/// Reads a table to its end, and writes it where `to` is given; how many rows, and the digest of all.
async fn pour(name: &str, table: &Table, from: &Sql<'_>, to: Option<&Sql<'_>>) -> Result<(u64, [u8; 32]), CopyError> {
    let columns: Vec<Alias> = table.columns.iter().map(|(column, _)| Alias::new(column)).collect();
    let (mut rows, mut digest) = (0, [0; 32]);
    loop {
        let mut select = Query::select();
        select.columns(columns.iter().cloned()).from(Alias::new(name)).limit(AT_ONCE).offset(rows);
        for key in &table.key {
            select.order_by(Alias::new(key), Order::Asc);
        }
        let page = from.query_all_raw(from.backend().build(&select)).await?;
        let mut insert = Query::insert();
        insert.into_table(Alias::new(name)).columns(columns.iter().cloned());
        for row in &page {
            let values = values(name, table, row)?;
            mix(&mut digest, &values);
            insert.values_panic(values.into_iter().map(Expr::val));
        }
        if let Some(to) = to.filter(|_| !page.is_empty()) {
            to.run(&insert).await?;
        }
        rows += page.len() as u64;
        if (page.len() as u64) < AT_ONCE {
            return Ok((rows, digest));
        }
    }
}

/// A row's values, each as its column's type says.
fn values(name: &str, table: &Table, row: &QueryResult) -> Result<Vec<Value>, CopyError> {
    fn of<T: TryGetable>(row: &QueryResult, column: &str) -> Result<Value, CopyError>
    where
        Option<T>: Into<Value>,
    {
        Ok(row.try_get::<Option<T>>("", column)?.into())
    }
    let value = |(column, kind): &(String, String)| match kind.as_str() {
        "uuid" => of::<Uuid>(row, column),
        "bytea" => of::<Vec<u8>>(row, column),
        "text" | "character varying" => of::<String>(row, column),
        "smallint" => of::<i16>(row, column),
        "integer" => of::<i32>(row, column),
        "bigint" => of::<i64>(row, column),
        "boolean" => of::<bool>(row, column),
        "date" => of::<NaiveDate>(row, column),
        "timestamp with time zone" => of::<DateTime<Utc>>(row, column),
        _ => Err(CopyError::Column(name.to_owned())),
    };
    table.columns.iter().map(value).collect()
}

/// Adds a row to a digest in which the order of rows does not count: no two rows of a table are the same.
fn mix(digest: &mut [u8; 32], values: &[Value]) {
    let mut row = Sha256::new();
    for value in values {
        let text = format!("{value:?}");
        row.update((text.len() as u64).to_be_bytes());
        row.update(text);
    }
    for (byte, of_row) in digest.iter_mut().zip(row.finalize()) {
        *byte ^= of_row;
    }
}
