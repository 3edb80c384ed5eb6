//! The schema's history, of a track's content and of its key store. One definition serves SQLite and PostgreSQL.
//!
//! Migrations go forward only, each in a transaction on either database, and are never changed once released.
//! Two runs at once fail on both databases: whoever runs them holds a lock (the store does). Deliberately absent: a
//! track id in any table. The database is the track.

mod content;
mod keys;

pub use content::ContentMigrator;
pub use keys::KeysMigrator;
pub use sea_orm_migration::MigratorTrait;
