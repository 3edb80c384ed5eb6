//! Working groups, their delegations, and who sits in them.

use sea_orm_migration::{
    prelude::*,
    schema::{
        blob, blob_null, boolean, date, date_null, integer, string, timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

/// Second migration of the content.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [working_group(), delegation(), membership()] {
            manager.create_table(table).await?;
        }
        let of_person = Index::create().name("membership_person").table("membership").col("person_id").take();
        manager.create_index(of_person).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Slug, name and mandate are in `sealed`.
fn working_group() -> TableCreateStatement {
    Table::create()
        .table("working_group")
        .col(uuid("id").primary_key())
        .col(blob("slug_mac"))
        .col(string("time_zone"))
        .col(string("default_attribution"))
        .col(date("convened_on"))
        .col(integer("version"))
        .col(blob("sealed"))
        .index(Index::create().name("working_group_slug_mac").col("slug_mac").unique())
        .take()
}

fn delegation() -> TableCreateStatement {
    Table::create()
        .table("delegation")
        .col(uuid("id").primary_key())
        .col(uuid("group_id"))
        .col(blob("name_mac"))
        .col(blob("sealed"))
        .index(Index::create().name("delegation_group_name").col("group_id").col("name_mac").unique())
        .foreign_key(
            ForeignKey::create().name("delegation_of_group").from("delegation", "group_id").to("working_group", "id"),
        )
        .take()
}

/// One row a person and group for good: who leaves keeps it, and takes it up again on coming back. `sealed` holds
/// the name and address that a pending seat was given with.
fn membership() -> TableCreateStatement {
    Table::create()
        .table("membership")
        .col(uuid("id").primary_key())
        .col(uuid("group_id"))
        .col(uuid("person_id"))
        .col(string("role"))
        .col(string("capacity"))
        .col(uuid_null("delegation_id"))
        .col(timestamp_with_time_zone_null("seated_at"))
        .col(date_null("left_on"))
        .col(boolean("awaits_sign_in"))
        .col(timestamp_with_time_zone_null("reads_group_from"))
        .col(timestamp_with_time_zone_null("reads_facilitators_from"))
        .col(timestamp_with_time_zone_null("reads_delegation_from"))
        .col(timestamp_with_time_zone_null("posts_from"))
        .col(date("changed_on"))
        .col(blob_null("sealed"))
        .index(Index::create().name("membership_group_person").col("group_id").col("person_id").unique())
        .foreign_key(
            ForeignKey::create().name("membership_of_group").from("membership", "group_id").to("working_group", "id"),
        )
        .foreign_key(
            ForeignKey::create().name("membership_of_person").from("membership", "person_id").to("person", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .name("membership_for_delegation")
                .from("membership", "delegation_id")
                .to("delegation", "id"),
        )
        .take()
}
