//! Interpretative statements on adopted items. All of them is sealed, and whose they are with it.

use sea_orm_migration::{
    prelude::*,
    schema::{blob, uuid},
};

/// Fifteenth migration of the content.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("interpretative_statement")
            .col(uuid("id").primary_key())
            .col(uuid("group_id"))
            .col(uuid("agenda_item_id"))
            .col(blob("sealed"))
            .foreign_key(
                ForeignKey::create()
                    .name("statement_on_item")
                    .from("interpretative_statement", "agenda_item_id")
                    .to("agenda_item", "id"),
            )
            .take();
        manager.create_table(table).await?;
        let of_item =
            Index::create().name("statement_of_item").table("interpretative_statement").col("agenda_item_id").take();
        manager.create_index(of_item).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
