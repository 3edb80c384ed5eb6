//! Taking a track's databases away for good: its keys first, since what they sealed is rubbish from then on, then all
//! the rest. It needs no key, and it can be done again until nothing is there.
//!
//! Deliberately absent: the blocks that a file system or a flash disk keeps of what was overwritten, backups, and the
//! archived log of PostgreSQL. Whoever destroys a track sees to those.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
};

use sea_orm::ConnectionTrait;

use crate::{Database, Place, StoreError, connection::Connections};

/// Every table of a track, the keys first.
const TABLES: [&str; 44] = [
    "wrapped_key",
    "signing_key",
    "audit_head",
    "macs_given",
    "key_store",
    "keys_migration",
    "objection",
    "silence_procedure",
    "correction",
    "interpretative_statement",
    "session_record",
    "outbox",
    "idempotency",
    "audit_event",
    "audit_checkpoint",
    "audit_chain",
    "note",
    "agenda_item",
    "attendance",
    "attendee",
    "date_search",
    "session",
    "membership",
    "delegation",
    "working_group",
    "one_time_token",
    "spent_refresh_token",
    "sign_in",
    "person",
    "track",
    "content_migration",
    "chatham_house_note",
    "staged_note",
    "receipt",
    "paraphrase",
    "release",
    "correspondent",
    "reminder_rule",
    "session_change",
    "digest",
    "attempt",
    "second_factor",
    "personal_access_token",
    "address_change",
];

/// Bytes that are written over at once.
const BLOCK: usize = 64 * 1024;

impl Place {
    /// Overwrites and removes both databases, the key store first: files are overwritten and unlinked, PostgreSQL's
    /// tables are dropped, wrapped keys overwritten before. Nobody may have them open.
    pub async fn wipe(&self) -> Result<(), StoreError> {
        self.keys.wipe().await?;
        self.content.wipe().await
    }
}

impl Database {
    /// The same for one of them.
    pub async fn wipe(&self) -> Result<(), StoreError> {
        match self {
            Self::File(path) => wipe_database(path).map_err(not_wiped),
            Self::Url(_) => drop_tables(self).await,
            Self::Memory => Ok(()),
        }
    }
}

fn wipe_database(path: &Path) -> io::Result<()> {
    for companion in ["", "-wal", "-journal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(companion);
        wipe_file(&PathBuf::from(name))?;
    }
    Ok(())
}

/// Overwrites a file in its place, whole, and unlinks it; nothing where there is none.
pub fn wipe_file(path: &Path) -> io::Result<()> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let zeros = vec![0; BLOCK];
    let mut left = file.metadata()?.len();
    while left > 0 {
        let block = usize::try_from(left).map_or(BLOCK, |left| left.min(BLOCK));
        file.write_all(&zeros[..block])?;
        left -= u64::try_from(block).unwrap_or(left);
    }
    file.sync_all()?;
    std::fs::remove_file(path)
}

async fn drop_tables(database: &Database) -> Result<(), StoreError> {
    let connections = Connections::open(database).await?;
    let sql = connections.reads();
    for table in TABLES {
        if matches!(table, "wrapped_key" | "signing_key") {
            let overwrite = format!(
                "DO $$ BEGIN IF to_regclass('{table}') IS NOT NULL THEN UPDATE {table} SET wrapped = ''; END IF; END $$"
            );
            sql.execute_unprepared(&overwrite).await?;
        }
        sql.execute_unprepared(&format!("DROP TABLE IF EXISTS {table} CASCADE")).await?;
    }
    connections.close().await
}

fn not_wiped(error: io::Error) -> StoreError {
    StoreError::Fault(format!("a database file cannot be overwritten: {}", error.kind()))
}
