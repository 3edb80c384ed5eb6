//! Who was at a session: one sealed row for all of them.

use sea_orm_migration::{
    prelude::*,
    schema::{blob, uuid},
};

/// Seventeenth migration of the content.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("attendance")
            .col(uuid("session_id").primary_key())
            .col(uuid("group_id"))
            .col(blob("sealed"))
            .foreign_key(
                ForeignKey::create().name("attendance_of_session").from("attendance", "session_id").to("session", "id"),
            )
            .take();
        manager.create_table(table).await?;
        let of_group = Index::create().name("attendance_of_group").table("attendance").col("group_id").take();
        manager.create_index(of_group).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
