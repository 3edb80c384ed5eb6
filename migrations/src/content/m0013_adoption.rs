//! How an agenda item may be adopted, and how it was: by silence alone, or by the chair's word.

use sea_orm_migration::{prelude::*, schema::boolean};

/// Thirteenth migration of the content.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["needs_silence", "by_word"] {
            let added = Table::alter().table("agenda_item").add_column(boolean(column).default(false)).take();
            manager.alter_table(added).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
