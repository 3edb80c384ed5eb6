//! The key store's identity, its wrapped keys, its signing keys, and the signed head of the audit chain.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, blob, date, integer, string, uuid, uuid_null},
};

/// First migration of the key store.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [key_store(), wrapped_key(), signing_key(), audit_head()] {
            manager.create_table(table).await?;
        }
        let of_group = Index::create().name("wrapped_key_group").table("wrapped_key").col("group_id").take();
        manager.create_index(of_group).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// One row. The content has the same identity, or the two do not belong together.
fn key_store() -> TableCreateStatement {
    Table::create().table("key_store").col(uuid("identity").primary_key()).col(date("created_on")).take()
}

/// The track key is wrapped by the root key, every other by the track key.
fn wrapped_key() -> TableCreateStatement {
    Table::create()
        .table("wrapped_key")
        .col(uuid("id").primary_key())
        .col(uuid_null("group_id"))
        .col(string("purpose"))
        .col(string("state"))
        .col(blob("wrapped"))
        .col(date("created_on"))
        .take()
}

fn signing_key() -> TableCreateStatement {
    Table::create()
        .table("signing_key")
        .col(string("kid").primary_key())
        .col(string("purpose"))
        .col(string("state"))
        .col(blob("public"))
        .col(blob("wrapped"))
        .col(date("created_on"))
        .take()
}

/// One row: how long the audit chain was when it was last sealed, signed. A shorter chain was cut.
fn audit_head() -> TableCreateStatement {
    Table::create()
        .table("audit_head")
        .col(integer("id").primary_key())
        .col(big_integer("sequence"))
        .col(blob("digest"))
        .col(string("key_id"))
        .col(blob("signature"))
        .take()
}
