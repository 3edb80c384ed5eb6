//! What people choose about their letters, when they are reminded, and how delivery goes.
//!
//! Deliberately absent: what a mail server said. What is kept of a failure is its class.

use sea_orm_migration::{
    prelude::*,
    schema::{blob, integer, string_null, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid},
};

/// Ninth migration of the content.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [correspondent(), reminder_rule(), session_change(), digest()] {
            manager.create_table(table).await?;
        }
        for column in [
            timestamp_with_time_zone_null("was_starts_at"),
            timestamp_with_time_zone_null("was_ends_at"),
            string_null("about_kind"),
            string_null("failure"),
            timestamp_with_time_zone_null("settled_at"),
        ] {
            manager.alter_table(Table::alter().table("outbox").add_column(column).take()).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// `refusals` counts how often in a row the address was refused for good; what the person has chosen is in `sealed`.
fn correspondent() -> TableCreateStatement {
    Table::create()
        .table("correspondent")
        .col(uuid("person_id").primary_key())
        .col(integer("feed_generation"))
        .col(integer("refusals"))
        .col(blob("sealed"))
        .foreign_key(
            ForeignKey::create().name("correspondent_is_person").from("correspondent", "person_id").to("person", "id"),
        )
        .take()
}

/// When members are reminded: of the session with that id, or in the track with that id.
fn reminder_rule() -> TableCreateStatement {
    Table::create().table("reminder_rule").col(uuid("of_id").primary_key()).col(text("rule")).take()
}

/// When calendars had last to learn of a session.
fn session_change() -> TableCreateStatement {
    Table::create()
        .table("session_change")
        .col(uuid("session_id").primary_key())
        .col(timestamp_with_time_zone("changed_at"))
        .foreign_key(
            ForeignKey::create()
                .name("session_change_of_session")
                .from("session_change", "session_id")
                .to("session", "id"),
        )
        .take()
}

/// One row: up to which instant readers were told that there is something new.
fn digest() -> TableCreateStatement {
    Table::create().table("digest").col(integer("id").primary_key()).col(timestamp_with_time_zone("told_until")).take()
}
