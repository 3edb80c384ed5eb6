//! Bringing both databases up to date, and refusing those that are of another release.

use dipoli_migrations::{ContentMigrator, KeysMigrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr};

use crate::{OpenError, Part, StoreError, connection::Connections};

/// Runs all migrations, in one transaction a database, which is also the lock: on SQLite it is the one that writes,
/// on PostgreSQL it takes an advisory lock.
pub(crate) async fn migrate(content: &Connections, keys: &Connections) -> Result<(), OpenError> {
    up::<ContentMigrator>(content).await?;
    up::<KeysMigrator>(keys).await
}

/// The same for one of the two.
pub(crate) async fn bring_up(part: Part, database: &Connections) -> Result<(), OpenError> {
    match part {
        Part::Content => up::<ContentMigrator>(database).await,
        Part::Keys => up::<KeysMigrator>(database).await,
    }
}

/// A transaction that runs alone among those that make something: migrations, keys, a track's first rows.
pub(crate) async fn begin_alone(database: &Connections) -> Result<DatabaseTransaction, StoreError> {
    let transaction = database.begin().await?;
    if database.backend() == DbBackend::Postgres {
        // Others may be at it, and a large table takes its time.
        let lock = "SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(hashtext('dipoli migrations'))";
        transaction.execute_unprepared(lock).await?;
    }
    Ok(transaction)
}

async fn up<M: MigratorTrait>(database: &Connections) -> Result<(), OpenError> {
    let transaction = begin_alone(database).await?;
    M::up(&transaction, None).await.map_err(newer_or_fault)?;
    Ok(transaction.commit().await.map_err(StoreError::from)?)
}

/// Refuses databases in which migrations are waiting, or that have some which this program does not know.
pub(crate) async fn refuse_other(content: &Connections, keys: &Connections) -> Result<(), OpenError> {
    let content = ContentMigrator::get_pending_migrations_read_only(&content.reads()).await;
    let keys = KeysMigrator::get_pending_migrations_read_only(&keys.reads()).await;
    let pending = [content.map_err(newer_or_fault)?, keys.map_err(newer_or_fault)?];
    if pending.iter().all(Vec::is_empty) { Ok(()) } else { Err(OpenError::Older) }
}

/// The migrator says so in a text of its own where it finds a migration that it does not know.
pub(crate) fn newer_or_fault(error: DbErr) -> OpenError {
    if let DbErr::Custom(_) = error { OpenError::Newer } else { StoreError::from(error).into() }
}
