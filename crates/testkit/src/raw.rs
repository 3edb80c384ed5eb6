//! A track's database seen from below, as whoever holds a copy of it would see it: tables, rows, bytes.
//!
//! The only code of the tests that speaks SQL; nothing here goes through the store.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use serde_json::Value;

/// A connection of our own to one database.
pub struct Raw(DatabaseConnection);

impl Raw {
    /// Connects to a database by its address.
    pub async fn open(url: &str) -> Self {
        let mut options = sea_orm::ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        Self(Database::connect(options).await.expect("the database is there"))
    }

    /// Whether it is a file.
    pub fn is_sqlite(&self) -> bool {
        self.0.get_database_backend() == DbBackend::Sqlite
    }

    /// Runs a statement; gives how many rows it changed.
    pub async fn run(&self, sql: &str) -> u64 {
        self.0.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}")).rows_affected()
    }

    /// The first column of every row, as text.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let statement = Statement::from_string(self.0.get_database_backend(), sql);
        let rows = self.0.query_all_raw(statement).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        rows.iter().map(|row| row.try_get_by_index(0).expect("a text")).collect()
    }

    /// The first column of every row, as bytes.
    pub async fn bytes(&self, sql: &str) -> Vec<Vec<u8>> {
        let statement = Statement::from_string(self.0.get_database_backend(), sql);
        let rows = self.0.query_all_raw(statement).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        rows.iter().map(|row| row.try_get_by_index(0).expect("bytes")).collect()
    }

    /// The first column of the only row, as a number.
    pub async fn number(&self, sql: &str) -> i64 {
        let statement = Statement::from_string(self.0.get_database_backend(), sql);
        let row = self.0.query_one_raw(statement).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        row.and_then(|row| row.try_get_by_index(0).ok()).unwrap_or_else(|| panic!("{sql}: no number"))
    }

    /// Every table.
    pub async fn tables(&self) -> Vec<String> {
        let sql = if self.is_sqlite() {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        } else {
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
        };
        self.texts(sql).await
    }

    /// The columns of a table.
    pub async fn columns(&self, table: &str) -> Vec<String> {
        let sql = if self.is_sqlite() {
            format!("SELECT name FROM pragma_table_info('{table}')")
        } else {
            format!(
                "SELECT column_name::text FROM information_schema.columns \
                 WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY ordinal_position"
            )
        };
        self.texts(&sql).await
    }

    /// Sets one column of one row to an expression; gives what it was, as an expression.
    pub async fn set(&self, table: &str, id: &Value, column: &str, to: &str) -> String {
        let row = self.id(id);
        let quoted = if self.is_sqlite() {
            format!("quote(\"{column}\")")
        } else {
            format!("quote_nullable(CAST(\"{column}\" AS text))")
        };
        let before = self.texts(&format!("SELECT {quoted} FROM \"{table}\" WHERE id = {row}")).await;
        let changed = self.run(&format!("UPDATE \"{table}\" SET \"{column}\" = {to} WHERE id = {row}")).await;
        assert_eq!(changed, 1, "{table}.{column}");
        before.into_iter().next().unwrap_or_default()
    }

    /// An id of the API as the database has it.
    pub fn id(&self, id: &Value) -> String {
        let random = id.as_str().and_then(|id| id.split_once('_')).map(|(_, random)| random);
        let bytes = URL_SAFE_NO_PAD.decode(random.unwrap_or_default()).expect("an id");
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        if self.is_sqlite() { format!("X'{hex}'") } else { format!("CAST('{hex}' AS uuid)") }
    }

    /// How many rows each table has.
    pub async fn counts(&self) -> BTreeMap<String, i64> {
        let mut counts = BTreeMap::new();
        for table in self.tables().await {
            let rows = self.number(&format!("SELECT count(*) FROM \"{table}\"")).await;
            counts.insert(table, rows);
        }
        counts
    }

    /// Every row of every table, each with its table, in the order in which they lie there, and on PostgreSQL with the rank
    /// of the transaction that wrote it.
    pub async fn as_it_lies(&self) -> Vec<(String, String)> {
        let mut rows = Vec::new();
        for table in self.tables().await {
            for row in self.rows_as_they_lie(&table).await {
                rows.push((table.clone(), row));
            }
        }
        if !self.is_sqlite() {
            rank(&mut rows);
        }
        rows
    }

    async fn rows_as_they_lie(&self, table: &str) -> Vec<String> {
        let columns = self.columns(table).await;
        let sql = if self.is_sqlite() {
            let values: Vec<_> = columns.iter().map(|column| format!("'{column}=' || quote(\"{column}\")")).collect();
            format!("SELECT {} FROM \"{table}\" ORDER BY rowid", values.join(" || ' ' || "))
        } else {
            let value = |column| format!("'{column}=' || quote_nullable(CAST(\"{column}\" AS text))");
            let values: Vec<_> = columns.iter().map(value).collect();
            let transaction = "'transaction ' || CAST(xmin AS text) || ' '";
            format!("SELECT {transaction} || {} FROM \"{table}\" ORDER BY ctid", values.join(" || ' ' || "))
        };
        self.texts(&sql).await
    }

    /// Every value of every row of every table, bytes as hexadecimal digits.
    pub async fn dump(&self) -> String {
        let mut dump = String::new();
        for table in self.tables().await {
            dump.push_str(&self.dump_of(&table).await);
        }
        dump
    }

    /// The same of one table.
    pub async fn dump_of(&self, table: &str) -> String {
        let mut dump = String::new();
        for column in self.columns(table).await {
            let value = if self.is_sqlite() {
                format!("CASE typeof(\"{column}\") WHEN 'blob' THEN hex(\"{column}\") ELSE \"{column}\" END")
            } else {
                format!("\"{column}\"")
            };
            let sql = format!("SELECT coalesce(CAST({value} AS TEXT), '') FROM \"{table}\"");
            for text in self.texts(&sql).await {
                dump.push_str(&format!("{table}.{column}: {text}\n"));
            }
        }
        dump
    }
}

/// Numbers of transactions, replaced by how many earlier ones are still to be seen.
fn rank(rows: &mut [(String, String)]) {
    let number = |row: &str| {
        row.strip_prefix("transaction ")
            .and_then(|row| row.split_once(' '))
            .and_then(|(number, _)| number.parse::<u64>().ok())
            .unwrap_or_default()
    };
    let numbers: BTreeSet<u64> = rows.iter().map(|(_, row)| number(row)).collect();
    let ranks: BTreeMap<u64, usize> = numbers.into_iter().enumerate().map(|(rank, number)| (number, rank)).collect();
    for (_, row) in rows {
        let before = number(row);
        *row = row.replacen(&format!("transaction {before} "), &format!("transaction {} ", ranks[&before]), 1);
    }
}
