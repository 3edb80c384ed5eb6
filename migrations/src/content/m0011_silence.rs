//! Silence procedures and the objections that break them; letters about them.
//!
//! Deliberately absent: who was silent, and in any column who objected or who could have: both are sealed. A procedure's row
//! is trusted as it stands and carries a MAC.

use sea_orm_migration::{
    prelude::*,
    schema::{blob, boolean, string, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null},
};

/// Eleventh migration of the content.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(silence_procedure()).await?;
        manager.create_table(objection()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        let about_silence = Table::alter().table("outbox").add_column(uuid_null("silence_id")).take();
        manager.alter_table(about_silence).await?;
        let of_silence = Index::create().name("outbox_silence").table("outbox").col("silence_id").take();
        manager.create_index(of_silence).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// The last one holds that an item has one open procedure at most.
pub(super) fn indexes() -> [IndexCreateStatement; 3] {
    [
        Index::create().name("silence_of_item").table("silence_procedure").col("agenda_item_id").take(),
        Index::create().name("objection_to_silence").table("objection").col("silence_id").take(),
        Index::create()
            .name("silence_open")
            .table("silence_procedure")
            .col("agenda_item_id")
            .unique()
            .and_where(Expr::col("status").eq("open"))
            .take(),
    ]
}

/// The roll of those who could object when it was opened is in `sealed`.
fn silence_procedure() -> TableCreateStatement {
    Table::create()
        .table("silence_procedure")
        .col(uuid("id").primary_key())
        .col(uuid("group_id"))
        .col(uuid("session_id"))
        .col(uuid("agenda_item_id"))
        .col(string("status"))
        .col(timestamp_with_time_zone("opened_at"))
        .col(timestamp_with_time_zone("deadline"))
        .col(boolean("moved"))
        .col(timestamp_with_time_zone("watched_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(blob("sealed"))
        .col(blob("mac"))
        .foreign_key(
            ForeignKey::create()
                .name("silence_on_item")
                .from("silence_procedure", "agenda_item_id")
                .to("agenda_item", "id"),
        )
        .take()
}

/// Ground, statement, amendment and whose they are, are in `sealed`.
fn objection() -> TableCreateStatement {
    Table::create()
        .table("objection")
        .col(uuid("id").primary_key())
        .col(uuid("group_id"))
        .col(uuid("silence_id"))
        .col(blob("sealed"))
        .foreign_key(
            ForeignKey::create()
                .name("objection_to_silence")
                .from("objection", "silence_id")
                .to("silence_procedure", "id"),
        )
        .take()
}
