//! MACs of the rows that the policy or sign-in trusts as they stand (requirements N-16), and since when a seat is its
//! delegation's: opening earlier notes to it does not make it older.
//!
//! A row from before has no MAC, and is given one at the first opening; the key store remembers that this was done.

use sea_orm_migration::{
    prelude::*,
    schema::{blob_null, timestamp_with_time_zone_null},
};

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
        let sits_from =
            Table::alter().table("membership").add_column(timestamp_with_time_zone_null("sits_from")).take();
        manager.alter_table(sits_from).await?;
        // Until now nothing was opened to anyone.
        let as_it_reads =
            Query::update().table("membership").value("sits_from", Expr::col("reads_delegation_from")).take();
        manager.execute(as_it_reads).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
