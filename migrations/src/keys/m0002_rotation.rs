//! Since when a key is in its state: what rotation waits for is counted from there.
//!
//! Deliberately absent: anything for the content. Which key sealed a row stands in the row's envelope.

use sea_orm_migration::{prelude::*, schema::timestamp_with_time_zone_null};

/// Second migration of the key store.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["wrapped_key", "signing_key"] {
            // Null: since the key was made.
            let since = timestamp_with_time_zone_null("state_since");
            manager.alter_table(Table::alter().table(table).add_column(since).take()).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
