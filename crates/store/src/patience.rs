//! How long PostgreSQL is waited for, and which statements run again by themselves (requirements G-12, R-04, R-05).
//!
//! The server ends a statement after its time; a server that says nothing at all (frozen, or behind a network that lost
//! it) is given up here a moment later, and so is a connection that does not come back to rest. Deliberately absent:
//! running a transaction again, which whoever began it does as a whole.

use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, DbBackend, DbErr, RuntimeErr, Statement,
    sqlx::{self, Connection, postgres::PgConnectOptions},
};
use uuid::Uuid;

use crate::{StoreError, connection::Connections, error::POOLER};

/// How long a statement, a lock, or the wait for a connection may last.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// A server that should have ended a statement by now says nothing any more.
const SILENCE: Duration = Duration::from_secs(7);

/// A transaction in which nothing happens holds its locks no longer: its process was stopped or has lost the server.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(10);

/// A connection that was given back has this long to come to rest.
const TO_REST: Duration = Duration::from_secs(3);

/// A connection that has come to rest so lately is taken for good; one that rested longer is asked first. Where it was cut
/// meanwhile all the same, what was asked over it is UNAVAILABLE, as what is under way when it is cut.
pub(crate) const TRUSTED: Duration = Duration::from_secs(1);

/// Connections that nobody used for so long are closed.
const UNUSED: Duration = Duration::from_secs(60);

/// How often a statement that is a transaction of its own is run again.
const MOST: u32 = 5;

/// Settings of PostgreSQL that safety rests on; read back when a track is opened.
const SETTINGS: [(&str, Duration); 2] =
    [("statement_timeout", PATIENCE), ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION)];

/// Connects when it is needed, with those settings, and lets go of what has gone silent.
pub(crate) fn with_patience(options: &mut ConnectOptions) {
    options.connect_lazy(true).idle_timeout(UNUSED);
    options.map_sqlx_postgres_opts(|postgres: PgConnectOptions| {
        postgres.options(SETTINGS.map(|(name, time)| (name, time.as_millis().to_string())))
    });
    options.test_before_acquire(false).map_sqlx_postgres_pool_opts(|pool| {
        let pool = pool.before_acquire(|connection, resting| {
            Box::pin(async move {
                if resting.idle_for > TRUSTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        });
        pool.after_release(|connection, _| {
            Box::pin(async move {
                match tokio::time::timeout(TO_REST, connection.ping()).await {
                    Ok(at_rest) => at_rest.map(|()| true),
                    Err(_) => Err(sqlx::Error::PoolTimedOut),
                }
            })
        })
    });
}

/// Lets go of a connection to SQLite in which a transaction did not end. A disk that is full makes SQLite roll back by
/// itself; the driver's own rollback fails then, and the driver takes whatever comes next for a part of a transaction that
/// there is not: it would be acknowledged and never written.
pub(crate) fn without_remains(options: &mut ConnectOptions) {
    options.map_sqlx_sqlite_pool_opts(|pool| {
        pool.after_release(|connection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
    });
}

/// Refuses a PostgreSQL in which the settings do not hold, because something between does not pass them on.
pub(crate) async fn read_back(database: &Connections) -> Result<(), StoreError> {
    if database.backend() != DbBackend::Postgres {
        return Ok(());
    }
    for (name, time) in SETTINGS {
        let read = format!("SELECT CAST(setting AS bigint) FROM pg_settings WHERE name = '{name}'");
        let row = database.reads().query_one_raw(Statement::from_string(DbBackend::Postgres, read)).await?;
        let holds = row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?;
        if holds.map(i64::unsigned_abs).map(Duration::from_millis) != Some(time) {
            return Err(StoreError::Fault(POOLER.to_owned()));
        }
    }
    Ok(())
}

/// Waits for what should take no longer than a statement.
pub(crate) async fn waited<T>(work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
    tokio::time::timeout(SILENCE, work).await.unwrap_or_else(|_| Err(gone("silent")))
}

/// Runs a statement that is a transaction of its own: again where another was in its way, since nothing is left of it
/// then. That others were in its way each time is not told as what it was: whoever hears that may run again what was
/// done before.
pub(crate) async fn alone<T, F: Future<Output = Result<T, DbErr>>>(run: impl Fn() -> F) -> Result<T, DbErr> {
    let mut tries = 0;
    loop {
        let outcome = waited(run()).await;
        if !again(&outcome, &mut tries).await {
            return outcome.map_err(|error| if was_in_the_way(&error) { gone("contended") } else { error });
        }
    }
}

/// Whether to run it again after this outcome; waits before it says yes.
async fn again<T>(outcome: &Result<T, DbErr>, tries: &mut u32) -> bool {
    let is_again = outcome.as_ref().is_err_and(was_in_the_way);
    if !is_again || *tries == MOST {
        return false;
    }
    *tries += 1;
    let pause = 10 + u64::try_from(Uuid::new_v4().as_u128() % 191).unwrap_or_default();
    tokio::time::sleep(Duration::from_millis(pause)).await;
    true
}

/// A serialization failure or a deadlock.
fn was_in_the_way(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = error else {
        return false;
    };
    let code = cause.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some("40001" | "40P01"))
}

fn gone(why: &str) -> DbErr {
    DbErr::Conn(RuntimeErr::Internal(why.to_owned()))
}
