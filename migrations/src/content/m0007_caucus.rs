//! What facilitators ask to pass on of caucus notes, and that something was released.
//!
//! Deliberately absent: which note it is of. Both tables find it by a keyed hash of its id, so that whoever has a copy of
//! the database cannot join what came out to the note that it came from.

use sea_orm_migration::{
    prelude::*,
    schema::{blob, date, uuid},
};

/// Seventh migration of the content.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(paraphrase()).await?;
        manager.create_table(release()).await?;
        let of_note = Index::create().name("paraphrase_of_note").table("paraphrase").col("note_mac").take();
        manager.create_index(of_note).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Wording, audience and what became of it are in `sealed`.
fn paraphrase() -> TableCreateStatement {
    Table::create()
        .table("paraphrase")
        .col(uuid("id").primary_key())
        .col(uuid("group_id"))
        .col(blob("note_mac"))
        .col(blob("sealed"))
        .take()
}

/// That a note was released, and the day of the first time.
fn release() -> TableCreateStatement {
    Table::create().table("release").col(blob("note_mac").primary_key()).col(date("released_on")).take()
}
