//! How a read or a write can fail. The database's own text stays in here: it may hold values.

use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};

/// Why a read or a write failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or is too slow. Whether a commit that was under way took place is not known.
    #[error("the database is not available")]
    Unavailable,
    /// Another transaction was in the way of this one, of which nothing is left: the whole of it may be run again
    /// (requirements R-04).
    #[error("another transaction was in the way")]
    Again,
    /// A unique thing exists already; the word says which (`person.email`, `working_group.slug`, …).
    #[error("taken: {0}")]
    Taken(&'static str),
    /// The row has another version than the one that the change was made from, or is gone.
    #[error("the row has changed meanwhile")]
    Stale,
    /// A row does not open with its key, or holds what was never written.
    #[error("a stored row is not what was stored")]
    Integrity,
    /// A transaction that changes something was to be committed without an audit event.
    #[error("a change without an audit event")]
    Unaudited,
    /// The audit log lacks events that were in it when its end was last signed; nothing is chained to what is left.
    #[error("the audit log was cut: `dipoli audit verify` says where")]
    LogCut,
    /// Anything else that should not happen; the text names the kind of error, never values.
    #[error("database fault: {0}")]
    Fault(String),
}

/// Unique things: the constraint's name (PostgreSQL), its columns (SQLite), and the word for it.
const UNIQUE: &[(&str, &str, &str)] = &[
    ("person_email_mac", "person.email_mac", "person.email"),
    ("working_group_slug_mac", "working_group.slug_mac", "working_group.slug"),
    ("delegation_group_name", "delegation.group_id, delegation.name_mac", "delegation.name"),
    ("membership_group_person", "membership.group_id, membership.person_id", "membership.person"),
    ("attendee_session_membership", "attendee.session_id, attendee.membership_id", "attendee.membership"),
    ("idempotency_pkey", "idempotency.key_mac", "idempotency.key"),
    ("staged_note_pkey", "staged_note.id", "note"),
    ("silence_open", "silence_procedure.agenda_item_id", "silence.open"),
    ("silence_open_record", "silence_procedure.record_id", "silence.open"),
    ("record_of_session", "session_record.session_id", "record.session"),
    ("note_pkey", "note.id", "note"),
    ("chatham_house_note_pkey", "chatham_house_note.id", "note"),
    ("receipt_pkey", "receipt.record", "receipt"),
    ("outbox_uniqueness", "outbox.uniqueness", "outbox.uniqueness"),
    ("sign_in_current_digest", "sign_in.current_digest", "sign_in.refresh_token"),
    ("spent_refresh_token_pkey", "spent_refresh_token.digest", "sign_in.refresh_token"),
];

impl From<DbErr> for StoreError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the errors of other crates grow with their releases")]
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(text)) = error.sql_err() {
            return taken(&text);
        }
        match &error {
            DbErr::Conn(RuntimeErr::SqlxError(cause)) if of_pooler(cause) => Self::Fault(POOLER.to_owned()),
            DbErr::Conn(_) | DbErr::ConnectionAcquire(_) => Self::Unavailable,
            DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => of_driver(cause),
            other => Self::Fault(kind(other).to_owned()),
        }
    }
}

/// What a pooler breaks that hands out another connection for each transaction.
pub(crate) const POOLER: &str = "a pooler in transaction mode stands before PostgreSQL and does not keep what a \
    connection needs (settings, prepared statements); let it work in session mode, or go around it";

/// Whether it says that start-up options are refused, or that a prepared statement is another connection's.
fn of_pooler(cause: &sqlx::Error) -> bool {
    let code = cause.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some("08P01" | "26000" | "42P05"))
}

fn taken(text: &str) -> StoreError {
    UNIQUE
        .iter()
        .find(|(name, columns, _)| text.contains(&format!("\"{name}\"")) || text.ends_with(columns))
        .map_or_else(
            || StoreError::Fault("an unnamed unique constraint".to_owned()),
            |known| StoreError::Taken(known.2),
        )
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the errors of other crates grow with their releases")]
fn of_driver(cause: &sqlx::Error) -> StoreError {
    if of_pooler(cause) {
        return StoreError::Fault(POOLER.to_owned());
    }
    match cause {
        sqlx::Error::Database(error) => match error.code().as_deref() {
            // Serialization failure, deadlock.
            Some("40001" | "40P01") => StoreError::Again,
            // Statement timeout, lock timeout, a transaction idle for too long, shutdown, too many connections.
            Some("57014" | "55P03" | "25P03" | "57P01" | "57P02" | "57P03" | "53300") => StoreError::Unavailable,
            // The disk is full, or memory.
            Some("53100" | "53200") => StoreError::Unavailable,
            // Connection failures, and a database or login role that is not there (any more).
            Some("08000" | "08001" | "08003" | "08004" | "08006" | "3D000" | "28000" | "28P01") => {
                StoreError::Unavailable
            }
            // SQLite's BUSY and LOCKED with their extensions, IOERR, FULL.
            Some("5" | "6" | "10" | "13" | "261" | "517" | "773") => StoreError::Unavailable,
            code => StoreError::Fault(format!("code {}", code.unwrap_or("none"))),
        },
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => StoreError::Unavailable,
        sqlx::Error::ColumnDecode { index, .. } => StoreError::Fault(format!("column {index} does not decode")),
        sqlx::Error::ColumnNotFound(name) => StoreError::Fault(format!("column {name} is missing")),
        _ => StoreError::Fault("driver".to_owned()),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the errors of other crates grow with their releases")]
const fn kind(error: &DbErr) -> &'static str {
    match error {
        DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. } => "a value of another type",
        DbErr::RecordNotFound(_) => "a record is missing",
        DbErr::RecordNotInserted | DbErr::RecordNotUpdated => "nothing was written",
        DbErr::Migration(_) => "migration",
        _ => "unexpected",
    }
}

/// Why a track's databases cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The track was not made, or not to the end.
    #[error("there is no track here: make it with `dipoli track create`")]
    Missing,
    /// The content is not of these keys, for example because one of the two was restored alone.
    #[error("the database and the key store do not belong together")]
    Mismatch,
    /// The root key does not open the track's key.
    #[error("the root key is not the one that this track's keys were wrapped with")]
    WrongRootKey,
    /// Migrations are waiting.
    #[error("the database is of an earlier release: run `dipoli migrate`")]
    Older,
    /// The schema has migrations that this program does not know.
    #[error("the database is of a later release than this program")]
    Newer,
    /// It was made by `track create --postgres`, and its CONNECT is given to everybody.
    #[error("everybody may connect to the track's database: REVOKE CONNECT ON DATABASE … FROM PUBLIC")]
    OpenToAll,
    /// The audit log lacks events that were in it when its end was last signed: the database was cut, or an older one was
    /// put in its place.
    #[error(
        "the database is older than its keys: the audit log lacks events; `dipoli audit verify` says which, `dipoli restore` puts an older database back"
    )]
    LogCut,
    /// Anything that can happen to an open store too.
    #[error(transparent)]
    Store(#[from] StoreError),
}
