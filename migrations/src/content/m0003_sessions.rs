//! Sessions with their answers, agendas and NAMED notes.
//!
//! Deliberately absent: notes under the Chatham House Rule. They get a table of their own, without an author.

use sea_orm_migration::{
    prelude::*,
    schema::{
        blob, boolean, integer, integer_null, string, string_null, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

/// Third migration of the content.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [session(), attendee(), agenda_item(), note()] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Each serves one list of the API, in its order.
fn indexes() -> [IndexCreateStatement; 5] {
    [
        Index::create().name("session_by_start").table("session").col("group_id").col("starts_at").col("id").take(),
        Index::create().name("attendee_membership").table("attendee").col("membership_id").take(),
        Index::create().name("agenda_item_by_position").table("agenda_item").col("session_id").col("position").take(),
        Index::create().name("note_of_item").table("note").col("agenda_item_id").col("posted_at").col("id").take(),
        Index::create().name("note_of_session").table("note").col("session_id").col("posted_at").col("id").take(),
    ]
}

/// Local time and zone are the truth; `starts_at` and `ends_at` are computed from them. Words are in `sealed`.
fn session() -> TableCreateStatement {
    Table::create()
        .table("session")
        .col(uuid("id").primary_key())
        .col(uuid("group_id"))
        .col(string("status"))
        .col(boolean("published"))
        .col(string("starts_local"))
        .col(string("ends_local"))
        .col(string("time_zone"))
        .col(timestamp_with_time_zone("starts_at"))
        .col(timestamp_with_time_zone("ends_at"))
        .col(string("attribution"))
        .col(integer("sequence"))
        .col(integer("version"))
        .col(blob("sealed"))
        .foreign_key(
            ForeignKey::create().name("session_of_group").from("session", "group_id").to("working_group", "id"),
        )
        .take()
}

fn attendee() -> TableCreateStatement {
    Table::create()
        .table("attendee")
        .col(uuid("id").primary_key())
        .col(uuid("session_id"))
        .col(uuid("membership_id"))
        .col(string("response"))
        .col(string_null("mode"))
        .col(uuid("calendar_uid"))
        .index(Index::create().name("attendee_session_membership").col("session_id").col("membership_id").unique())
        .foreign_key(
            ForeignKey::create().name("attendee_of_session").from("attendee", "session_id").to("session", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .name("attendee_of_membership")
                .from("attendee", "membership_id")
                .to("membership", "id"),
        )
        .take()
}

fn agenda_item() -> TableCreateStatement {
    Table::create()
        .table("agenda_item")
        .col(uuid("id").primary_key())
        .col(uuid("group_id"))
        .col(uuid("session_id"))
        .col(integer("position"))
        .col(integer_null("duration_minutes"))
        .col(string("status"))
        .col(string("attribution"))
        .col(timestamp_with_time_zone_null("adopted_at"))
        .col(uuid_null("proposed_by"))
        .col(uuid_null("lead"))
        .col(integer("version"))
        .col(blob("sealed"))
        .foreign_key(
            ForeignKey::create().name("agenda_item_of_session").from("agenda_item", "session_id").to("session", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .name("agenda_item_by_membership")
                .from("agenda_item", "proposed_by")
                .to("membership", "id"),
        )
        .foreign_key(ForeignKey::create().name("agenda_item_led_by").from("agenda_item", "lead").to("membership", "id"))
        .take()
}

fn note() -> TableCreateStatement {
    Table::create()
        .table("note")
        .col(uuid("id").primary_key())
        .col(uuid("group_id"))
        .col(uuid("session_id"))
        .col(uuid_null("agenda_item_id"))
        .col(string("visibility"))
        .col(uuid_null("delegation_id"))
        .col(uuid("author_id"))
        .col(timestamp_with_time_zone("posted_at"))
        .col(boolean("withdrawn"))
        .col(integer("version"))
        .col(blob("sealed"))
        .foreign_key(ForeignKey::create().name("note_on_session").from("note", "session_id").to("session", "id"))
        .foreign_key(
            ForeignKey::create().name("note_on_agenda_item").from("note", "agenda_item_id").to("agenda_item", "id"),
        )
        .foreign_key(
            ForeignKey::create().name("note_for_delegation").from("note", "delegation_id").to("delegation", "id"),
        )
        .foreign_key(ForeignKey::create().name("note_by_author").from("note", "author_id").to("membership", "id"))
        .take()
}
