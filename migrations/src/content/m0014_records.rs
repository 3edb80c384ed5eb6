//! Records of sessions, what is asked to be corrected in them, and silence on them.
//!
//! A silence procedure is from now on on an item or on a record. SQLite cannot make a column nullable: its table, and that
//! of the objections, which refers to it, are made anew with all their rows. Deliberately absent: who asked for a correction.

use sea_orm_migration::{
    prelude::*,
    schema::{blob, integer, string, timestamp_with_time_zone_null, uuid, uuid_null},
    sea_orm::DbBackend,
};

/// Fourteenth migration of the content.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(session_record()).await?;
        manager.create_table(correction()).await?;
        let of_session =
            Index::create().name("record_of_session").table("session_record").col("session_id").unique().take();
        manager.create_index(of_session).await?;
        manager.create_index(index("correction_of_record", "correction", "record_id")).await?;
        if manager.get_database_backend() == DbBackend::Sqlite {
            made_anew(manager).await?;
        } else {
            let on_record = Table::alter().table("silence_procedure").add_column(uuid_null("record_id")).take();
            manager.alter_table(on_record).await?;
            let sql = "ALTER TABLE silence_procedure ALTER COLUMN agenda_item_id DROP NOT NULL; \
                ALTER TABLE silence_procedure ADD CONSTRAINT silence_on_record \
                FOREIGN KEY (record_id) REFERENCES session_record (id)";
            manager.get_connection().execute_unprepared(sql).await?;
        }
        manager.create_index(index("silence_of_record", "silence_procedure", "record_id")).await?;
        let open_on_record = Index::create()
            .name("silence_open_record")
            .table("silence_procedure")
            .col("record_id")
            .unique()
            .and_where(Expr::col("status").eq("open"))
            .take();
        manager.create_index(open_on_record).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn index(name: &'static str, table: &'static str, column: &'static str) -> IndexCreateStatement {
    Index::create().name(name).table(table).col(column).take()
}

/// Its text is in `sealed`.
fn session_record() -> TableCreateStatement {
    Table::create()
        .table("session_record")
        .col(uuid("id").primary_key())
        .col(uuid("group_id"))
        .col(uuid("session_id"))
        .col(string("status"))
        .col(timestamp_with_time_zone_null("issued_at"))
        .col(integer("version"))
        .col(blob("sealed"))
        .foreign_key(
            ForeignKey::create().name("record_on_session").from("session_record", "session_id").to("session", "id"),
        )
        .take()
}

/// Passage and wording are in `sealed`.
fn correction() -> TableCreateStatement {
    Table::create()
        .table("correction")
        .col(uuid("id").primary_key())
        .col(uuid("group_id"))
        .col(uuid("record_id"))
        .col(blob("sealed"))
        .foreign_key(
            ForeignKey::create()
                .name("correction_on_record")
                .from("correction", "record_id")
                .to("session_record", "id"),
        )
        .take()
}

/// The objections are copied and dropped first, so that no row refers to a table that goes.
async fn made_anew(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let sql = "\
        CREATE TABLE silence_anew ( id uuid_text NOT NULL PRIMARY KEY, group_id uuid_text NOT NULL, \
            session_id uuid_text NOT NULL, agenda_item_id uuid_text, record_id uuid_text, status varchar NOT NULL, \
            opened_at timestamp_with_timezone_text NOT NULL, deadline timestamp_with_timezone_text NOT NULL, \
            moved boolean NOT NULL, watched_at timestamp_with_timezone_text NOT NULL, \
            ended_at timestamp_with_timezone_text, sealed blob NOT NULL, mac blob NOT NULL, \
            FOREIGN KEY (agenda_item_id) REFERENCES agenda_item (id), \
            FOREIGN KEY (record_id) REFERENCES session_record (id) ); \
        INSERT INTO silence_anew SELECT id, group_id, session_id, agenda_item_id, NULL, status, opened_at, deadline, \
            moved, watched_at, ended_at, sealed, mac FROM silence_procedure; \
        CREATE TABLE objection_anew ( id uuid_text NOT NULL PRIMARY KEY, group_id uuid_text NOT NULL, \
            silence_id uuid_text NOT NULL, sealed blob NOT NULL, \
            FOREIGN KEY (silence_id) REFERENCES silence_anew (id) ); \
        INSERT INTO objection_anew SELECT id, group_id, silence_id, sealed FROM objection; \
        DROP TABLE objection; \
        DROP TABLE silence_procedure; \
        ALTER TABLE silence_anew RENAME TO silence_procedure; \
        ALTER TABLE objection_anew RENAME TO objection";
    manager.get_connection().execute_unprepared(sql).await?;
    for index in super::m0011_silence::indexes() {
        manager.create_index(index).await?;
    }
    Ok(())
}
