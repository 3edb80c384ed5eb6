//! Searches for the date of a session: times and marks are one sealed text, so that no row tells who has marked.

use sea_orm_migration::{
    prelude::*,
    schema::{blob, string, uuid},
};

/// Eighteenth migration of the content.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("date_search")
            .col(uuid("id").primary_key())
            .col(uuid("group_id"))
            .col(string("status"))
            .col(blob("sealed"))
            .foreign_key(
                ForeignKey::create()
                    .name("date_search_of_group")
                    .from("date_search", "group_id")
                    .to("working_group", "id"),
            )
            .take();
        manager.create_table(table).await?;
        let by_group = Index::create().name("date_search_by_group").table("date_search").col("group_id").take();
        manager.create_index(by_group).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
