//! What waits and what is proved: idempotency records, the outbox of letters, the audit log and its chain.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, big_integer_null, blob, blob_null, boolean, integer, integer_null, string, text, text_null,
        timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

/// Fourth migration of the content.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [idempotency(), outbox(), audit_event(), audit_checkpoint(), audit_chain()] {
            manager.create_table(table).await?;
        }
        let expiry = Index::create().name("idempotency_expiry").table("idempotency").col("expires_at").take();
        let due = Index::create().name("outbox_due").table("outbox").col("state").col("due_at").take();
        let of_session = Index::create().name("outbox_session").table("outbox").col("session_id").take();
        let of_person = Index::create().name("outbox_person").table("outbox").col("person_id").col("kind").take();
        for index in [expiry, due, of_session, of_person] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Which person, mutation and key is in `key_mac` and nowhere else.
fn idempotency() -> TableCreateStatement {
    Table::create()
        .table("idempotency")
        .col(blob("key_mac").primary_key())
        .col(blob("input_mac"))
        .col(text("result"))
        .col(timestamp_with_time_zone("expires_at"))
        .take()
}

/// A letter that waits: of what kind, to whom, about which session. Its text is made when it is sent.
fn outbox() -> TableCreateStatement {
    Table::create()
        .table("outbox")
        .col(uuid("id").primary_key())
        .col(string("kind"))
        .col(uuid("person_id"))
        .col(uuid_null("session_id"))
        .col(integer_null("sequence"))
        .col(big_integer_null("before_seconds"))
        .col(boolean("own"))
        .col(timestamp_with_time_zone("written_at"))
        .col(timestamp_with_time_zone("due_at"))
        .col(timestamp_with_time_zone_null("expires_at"))
        .col(string("state"))
        .col(integer("attempts"))
        .col(uuid_null("claim"))
        .col(timestamp_with_time_zone_null("claimed_until"))
        .col(blob_null("uniqueness"))
        .index(Index::create().name("outbox_uniqueness").col("uniqueness").unique())
        .foreign_key(ForeignKey::create().name("outbox_to_person").from("outbox", "person_id").to("person", "id"))
        .foreign_key(ForeignKey::create().name("outbox_about_session").from("outbox", "session_id").to("session", "id"))
        .take()
}

/// `mac` is written with the row; `sequence` and `digest` are the sealer's.
fn audit_event() -> TableCreateStatement {
    Table::create()
        .table("audit_event")
        .col(uuid("id").primary_key())
        .col(timestamp_with_time_zone("occurred_at"))
        .col(string("action"))
        .col(uuid_null("actor_id"))
        .col(text_null("subject"))
        .col(blob("mac"))
        .col(big_integer_null("sequence"))
        .col(blob_null("digest"))
        .index(Index::create().name("audit_event_sequence").col("sequence").unique())
        .take()
}

fn audit_checkpoint() -> TableCreateStatement {
    Table::create()
        .table("audit_checkpoint")
        .col(big_integer("sequence").primary_key())
        .col(blob("digest"))
        .col(string("key_id"))
        .col(blob("signature"))
        .take()
}

/// One row, which a sealer locks: several processes make one chain.
fn audit_chain() -> TableCreateStatement {
    Table::create()
        .table("audit_chain")
        .col(integer("id").primary_key())
        .col(big_integer("sequence"))
        .col(blob("digest"))
        .take()
}
