//! Notes under the Chatham House Rule, where they wait for their tick, and what is kept so that a posting can be sent again.
//!
//! Deliberately absent: any column that names or could name an author, and any time but that of a tick (requirements N-01,
//! N-05, N-07).

use sea_orm_migration::{
    prelude::*,
    schema::{blob, boolean, date, integer, string, timestamp_with_time_zone, uuid, uuid_null},
};

/// Fifth migration of the content.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [chatham_house_note(), staged_note(), receipt()] {
            manager.create_table(table).await?;
        }
        for (name, column) in
            [("chatham_house_note_of_session", "session_id"), ("chatham_house_note_of_item", "agenda_item_id")]
        {
            let index = Index::create().name(name).table("chatham_house_note").col(column).col("id").take();
            manager.create_index(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// `released_at` is the instant of the tick, the same for all that came out with it.
fn chatham_house_note() -> TableCreateStatement {
    Table::create()
        .table("chatham_house_note")
        .col(uuid("id").primary_key())
        .col(uuid("group_id"))
        .col(uuid("session_id"))
        .col(uuid_null("agenda_item_id"))
        .col(string("visibility"))
        .col(uuid_null("delegation_id"))
        .col(timestamp_with_time_zone("released_at"))
        .col(blob("edit_digest"))
        .col(boolean("withdrawn"))
        .col(integer("version"))
        .col(blob("sealed"))
        .foreign_key(
            ForeignKey::create()
                .name("chatham_house_note_on_session")
                .from("chatham_house_note", "session_id")
                .to("session", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .name("chatham_house_note_on_agenda_item")
                .from("chatham_house_note", "agenda_item_id")
                .to("agenda_item", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .name("chatham_house_note_for_delegation")
                .from("chatham_house_note", "delegation_id")
                .to("delegation", "id"),
        )
        .take()
}

/// What was posted, or what is to become of a note that is out, all of it in `sealed`. Its id is a keyed hash of the note and
/// of whose act it is: the order in which rows came is joined to no note. Emptied by every tick.
fn staged_note() -> TableCreateStatement {
    Table::create()
        .table("staged_note")
        .col(uuid("id").primary_key())
        .col(uuid("group_id"))
        .col(timestamp_with_time_zone("due_at"))
        .col(blob("sealed"))
        .take()
}

/// That something was posted under a key that only its sender has: two hashes under that key, and the random value without
/// which not even the key gives the note's id and secret. Goes at the day's end.
fn receipt() -> TableCreateStatement {
    Table::create()
        .table("receipt")
        .col(blob("record").primary_key())
        .col(blob("input_mac"))
        .col(blob("salt"))
        .col(date("posted_on"))
        .take()
}
