//! The track's identity; people, their sign-ins, and the digests of tokens that are good once.

use sea_orm_migration::{
    prelude::*,
    schema::{blob, boolean, date, integer, string, text_null, timestamp_with_time_zone, uuid},
};

/// First migration of the content.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [track(), person(), sign_in(), spent_refresh_token(), one_time_token()] {
            manager.create_table(table).await?;
        }
        let sign_ins = Index::create().name("sign_in_person").table("sign_in").col("person_id").take();
        let spent =
            Index::create().name("spent_refresh_token_sign_in").table("spent_refresh_token").col("sign_in_id").take();
        let tokens = Index::create().name("one_time_token_person").table("one_time_token").col("person_id").take();
        for index in [sign_ins, spent, tokens] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// One row. The key store has the same identity, or the two do not belong together.
fn track() -> TableCreateStatement {
    Table::create().table("track").col(uuid("identity").primary_key()).col(date("created_on")).take()
}

/// Addresses are found by a keyed hash; name, affiliation, address, language and zone are in `sealed`.
fn person() -> TableCreateStatement {
    Table::create()
        .table("person")
        .col(uuid("id").primary_key())
        .col(blob("email_mac"))
        .col(string("standing"))
        .col(boolean("is_administrator"))
        .col(text_null("password_hash"))
        .col(integer("links_generation"))
        .col(date("created_on"))
        .col(blob("sealed"))
        .index(Index::create().name("person_email_mac").col("email_mac").unique())
        .take()
}

/// An authenticated presence. Times of use are days; what needs an instant is in `rotation`, sealed.
fn sign_in() -> TableCreateStatement {
    Table::create()
        .table("sign_in")
        .col(uuid("id").primary_key())
        .col(uuid("person_id"))
        .col(blob("current_digest"))
        .col(blob("rotation"))
        .col(date("created_on"))
        .col(date("last_used_on"))
        .col(date("expires_on"))
        .col(boolean("ended"))
        .index(Index::create().name("sign_in_current_digest").col("current_digest").unique())
        .foreign_key(ForeignKey::create().name("sign_in_of_person").from("sign_in", "person_id").to("person", "id"))
        .take()
}

/// Keeps the digest and the family's expiry only, so that a reuse is known for one.
fn spent_refresh_token() -> TableCreateStatement {
    Table::create()
        .table("spent_refresh_token")
        .col(blob("digest").primary_key())
        .col(uuid("sign_in_id"))
        .col(date("expires_on"))
        .foreign_key(
            ForeignKey::create()
                .name("spent_refresh_token_of_sign_in")
                .from("spent_refresh_token", "sign_in_id")
                .to("sign_in", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .take()
}

fn one_time_token() -> TableCreateStatement {
    Table::create()
        .table("one_time_token")
        .col(blob("digest").primary_key())
        .col(uuid("person_id"))
        .col(string("kind"))
        .col(timestamp_with_time_zone("expires_at"))
        .foreign_key(
            ForeignKey::create()
                .name("one_time_token_of_person")
                .from("one_time_token", "person_id")
                .to("person", "id"),
        )
        .take()
}
