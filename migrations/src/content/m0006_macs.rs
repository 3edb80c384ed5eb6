//! MACs of the rows that the policy or sign-in trusts as they stand (requirements N-16).
//!
//! A row from before has none, and is given one at the first opening; the key store remembers that this was done.

use sea_orm_migration::{prelude::*, schema::blob_null};

/// Sixth migration of the content.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// The tables whose rows are trusted.
const TRUSTED: [&str; 6] = ["person", "sign_in", "one_time_token", "working_group", "membership", "session"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TRUSTED {
            manager.alter_table(Table::alter().table(table).add_column(blob_null("mac")).take()).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
