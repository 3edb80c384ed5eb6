//! Backups: one file for the content and one for the keys, each by itself, taken while the track is served (requirements
//! A backup is a SQLite database with the track's tables, whichever engine they came from.
//!
//! The content's backup holds no key, and the keys' no content and not the root key: what was destroyed is in neither, and
//! stays unreadable in every older one. Deliberately absent: settings. A track's name and its relay's password belong
//! into no copy that leaves the host with the rest.

use std::path::{Path, PathBuf};

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, Statement,
    sea_query::{Expr, Query},
};

use crate::{
    CopyError, Database, Part, Store, StoreError,
    connection::Connections,
    copying::{copy, refuse_older},
    digest,
    entity::{audit_chain, audit_head, key_store, one_time_token, outbox, sign_in, track},
    outbox::State,
    place::private_file,
};

impl Part {
    const fn named(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Keys => "keys",
        }
    }

    /// A table that the other part has not.
    const fn mark(self) -> &'static str {
        match self {
            Self::Content => "track",
            Self::Keys => "key_store",
        }
    }
}

/// Writes one part of a track into a new file, as it is at one moment. The file is there whole, or not at all.
///
/// # Errors
/// There is such a file already, it cannot be written, or the database is away.
pub async fn back_up(part: Part, from: &Database, to: &Path) -> Result<(), CopyError> {
    if to.exists() {
        return Err(CopyError::File(to.to_owned(), std::io::ErrorKind::AlreadyExists.into()));
    }
    let beside = beside(to);
    let written = write(part, from, &beside).await;
    let done = match written {
        Ok(()) => std::fs::File::open(&beside)
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(&beside, to))
            .map_err(|error| CopyError::File(to.to_owned(), error)),
        failed => failed,
    };
    // What is left of a backup that failed is none.
    let _ = std::fs::remove_file(&beside);
    done
}

/// Puts a backup into an empty place: a file, or a database of PostgreSQL.
///
/// # Errors
/// The file is no backup of that part, or of another release; the place is not empty, or away.
pub async fn put_back(part: Part, file: &Path, to: &Database) -> Result<(), CopyError> {
    let told = |error| CopyError::File(file.to_owned(), error);
    std::fs::metadata(file).map_err(told)?;
    // A backup is read where it lies and never written to: another copy is opened.
    let folder = tempfile_beside(to, file);
    let copy_of = folder.join(format!(".restoring-{}", uuid::Uuid::new_v4().simple()));
    private_file(&copy_of).map_err(|error| CopyError::File(copy_of.clone(), error))?;
    let put = async {
        std::fs::copy(file, &copy_of).map_err(told)?;
        put(part, file, &copy_of, to).await
    };
    let done = put.await;
    for end in ["", "-wal", "-shm"] {
        let mut name = copy_of.as_os_str().to_owned();
        name.push(end);
        let _ = std::fs::remove_file(PathBuf::from(name));
    }
    done
}

fn tempfile_beside(to: &Database, file: &Path) -> PathBuf {
    let beside = match to {
        Database::File(path) => path.parent(),
        Database::Memory | Database::Url(_) => file.parent(),
    };
    beside.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new(".")).to_owned()
}

async fn put(part: Part, file: &Path, copied: &Path, to: &Database) -> Result<(), CopyError> {
    let from = Database::File(copied.to_owned());
    let no_backup = || CopyError::NoBackup(file.to_owned(), part.named());
    let database = Connections::open(&from).await.map_err(|_| no_backup())?;
    let mark = format!("SELECT count(*) FROM \"{}\"", part.mark());
    let row = database.reads().query_one_raw(Statement::from_string(DbBackend::Sqlite, mark)).await;
    let is_marked = row.is_ok_and(|row| row.is_some_and(|row| row.try_get_by_index::<i64>(0) == Ok(1)));
    if !is_marked {
        return Err(no_backup());
    }
    crate::schema::bring_up(part, &database).await?;
    refuse_older(part, &database).await?;
    database.close().await?;
    match to {
        Database::File(path) if path.exists() => Err(CopyError::Occupied),
        Database::File(path) => std::fs::rename(copied, path).map_err(|error| CopyError::File(path.clone(), error)),
        Database::Memory | Database::Url(_) => copy(part, &from, to).await.map(drop),
    }
}

async fn write(part: Part, from: &Database, to: &Path) -> Result<(), CopyError> {
    match from {
        Database::File(_) | Database::Memory => {
            private_file(to).map_err(|error| CopyError::File(to.to_owned(), error))?;
            let database = Connections::open(from).await?;
            refuse_older(part, &database).await?;
            database.write_into(to).await?;
            Ok(database.close().await?)
        }
        Database::Url(_) => copy(part, from, &Database::File(to.to_owned())).await.map(drop),
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

/// Whether nothing of a track is in a database that is there.
///
/// # Errors
/// It is away or at fault.
pub async fn holds_nothing(part: Part, database: &Database) -> Result<bool, CopyError> {
    let opened = Connections::open(database).await?;
    let tables = if opened.backend() == DbBackend::Postgres {
        "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = "
    } else {
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = "
    };
    let marked = Statement::from_string(opened.backend(), format!("{tables}'{}'", part.mark()));
    let row = opened.reads().query_one_raw(marked).await?;
    let tables = row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?;
    opened.close().await?;
    Ok(tables == Some(0))
}

/// Whose database it is; the same in a track's content and keys, and in each copy of them.
///
/// # Errors
/// It is away or at fault.
pub async fn identity_of(part: Part, database: &Database) -> Result<Option<uuid::Uuid>, CopyError> {
    let database = Connections::open(database).await?;
    let identity = match part {
        Part::Content => track::Entity::find().one(&database.reads()).await?.map(|row| row.identity),
        Part::Keys => key_store::Entity::find().one(&database.reads()).await?.map(|row| row.identity),
    };
    database.close().await?;
    Ok(identity)
}

impl Store {
    /// Whose databases these are: the same in a track and in each restored copy of it.
    pub fn identity(&self) -> uuid::Uuid {
        self.keys().store.identity()
    }

    /// In a copy that is there for a look: nothing waits to be sent, and nobody is signed in or can come in by what they
    /// were sent, so that the first notices nothing of it.
    pub async fn quieten(&self) -> Result<(), StoreError> {
        let transaction = self.content().begin().await?;
        let sql = self.content().within(&transaction);
        let letters = Query::update()
            .table(outbox::Entity)
            .value(outbox::Column::State, State::Expired.word())
            .and_where(outbox::Column::State.is_in([State::Queued.word(), State::Claimed.word()]))
            .take();
        sql.run(&letters).await?;
        digest::tell_nobody(&sql).await?;
        one_time_token::Entity::delete_many().exec(&sql).await?;
        sign_in::Entity::update_many().col_expr(sign_in::Column::Ended, Expr::val(true)).exec(&sql).await?;
        Ok(transaction.commit().await?)
    }

    /// In a copy whose keys are from a later moment than its content: gives how many events the log lacks that had been
    /// chained by then, and lets the signed head be signed anew, at the end that there is.
    pub async fn accept_shorter_log(&self) -> Result<u64, StoreError> {
        let keys = &self.keys().store.db;
        let head = audit_head::Entity::find().one(&keys.reads()).await?.map_or(0, |head| head.sequence);
        let Some(chain) = audit_chain::Entity::find().one(&self.reads()).await? else { return Ok(0) };
        if head <= chain.sequence {
            return Ok(0);
        }
        let transaction = keys.begin().await?;
        audit_head::Entity::delete_many().exec(&keys.within(&transaction)).await?;
        transaction.commit().await?;
        if chain.sequence > 0 {
            self.sign_head(&chain).await?;
        }
        Ok((head - chain.sequence).unsigned_abs())
    }
}
