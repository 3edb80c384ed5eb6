//! Whether something stands on a later agenda for a deferred item, so that it goes there once. Of what was deferred before there
//! was this, nobody knows: it may be deferred once more.

use sea_orm_migration::{prelude::*, schema::boolean};

/// Sixteenth migration of the content.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = boolean("stands_later").default(false).take();
        manager.alter_table(Table::alter().table("agenda_item").add_column(column).take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
