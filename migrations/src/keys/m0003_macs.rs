//! Whether the content's rows from before there were MACs have been given theirs: once, and never again, so that a row
//! whose MAC was taken away is not given another (requirements N-16).

use sea_orm_migration::{
    prelude::*,
    schema::{date, integer},
};

/// Third migration of the key store.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(macs_given()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// One row, from the day on which it was done; no row before.
fn macs_given() -> TableCreateStatement {
    Table::create().table("macs_given").col(integer("id").primary_key()).col(date("given_on")).take()
}
