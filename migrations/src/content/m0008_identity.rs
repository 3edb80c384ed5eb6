//! What signing in needs beyond a password: tries that are counted, second factors, tokens of API clients, and addresses
//! that are being changed.

use sea_orm_migration::{
    prelude::*,
    schema::{blob, blob_null, boolean, date, string, timestamp_with_time_zone, uuid, uuid_null},
};

/// Eighth migration of the content.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [attempt(), second_factor(), personal_access_token(), address_change()] {
            manager.create_table(table).await?;
        }
        let by_day = Index::create().name("attempt_day").table("attempt").col("day").take();
        let of_person =
            Index::create().name("personal_access_token_person").table("personal_access_token").col("person_id").take();
        for index in [by_day, of_person] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Tries of a day, by a keyed hash of what was tried. Whose they are and when they were is not to be read from a row.
fn attempt() -> TableCreateStatement {
    Table::create().table("attempt").col(uuid("id").primary_key()).col(date("day")).col(blob("sealed")).take()
}

/// A seed with what it has been used for, all of it sealed. A person has one that is confirmed, and perhaps one that is
/// being set up.
fn second_factor() -> TableCreateStatement {
    Table::create()
        .table("second_factor")
        .col(uuid("id").primary_key())
        .col(uuid("person_id"))
        .col(boolean("confirmed"))
        .col(blob("sealed"))
        .index(Index::create().name("second_factor_person").col("person_id").col("confirmed").unique())
        .foreign_key(
            ForeignKey::create().name("second_factor_of_person").from("second_factor", "person_id").to("person", "id"),
        )
        .take()
}

/// What an API client shows instead of a sign-in; its name is sealed.
fn personal_access_token() -> TableCreateStatement {
    Table::create()
        .table("personal_access_token")
        .col(uuid("id").primary_key())
        .col(uuid("person_id"))
        .col(blob("digest"))
        .col(string("scopes"))
        .col(uuid_null("group_id"))
        .col(date("created_on"))
        .col(date("last_used_on"))
        .col(date("expires_on"))
        .col(blob("sealed"))
        .col(blob_null("mac"))
        .index(Index::create().name("personal_access_token_digest").col("digest").unique())
        .foreign_key(
            ForeignKey::create()
                .name("personal_access_token_of_person")
                .from("personal_access_token", "person_id")
                .to("person", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .name("personal_access_token_for_group")
                .from("personal_access_token", "group_id")
                .to("working_group", "id"),
        )
        .take()
}

/// A new address that waits to be confirmed at both ends; the address is sealed.
fn address_change() -> TableCreateStatement {
    Table::create()
        .table("address_change")
        .col(uuid("person_id").primary_key())
        .col(boolean("old_confirmed"))
        .col(boolean("new_confirmed"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(blob("sealed"))
        .foreign_key(
            ForeignKey::create()
                .name("address_change_of_person")
                .from("address_change", "person_id")
                .to("person", "id"),
        )
        .take()
}
