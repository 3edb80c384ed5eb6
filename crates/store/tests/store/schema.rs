//! What the migrations make, written down: `schema/sqlite.sql` and `schema/postgres.sql`, read back from freshly
//! migrated databases. `UPDATE=1 cargo test` rewrites them.

use std::{fmt::Write, fs, path::Path};

use dipoli_migrations::{ContentMigrator, MigratorTrait};
use dipoli_testkit::{Engine, on_each_database};
use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::world::{Raw, World};

const BOOKKEEPING: [&str; 2] = ["content_migration", "keys_migration"];

async fn the_schema_is_as_written_down(engine: Engine) {
    let world = World::new(engine).await;
    let (name, file) = match engine {
        Engine::Sqlite => ("SQLite", "sqlite.sql"),
        Engine::Postgres => ("PostgreSQL", "postgres.sql"),
    };
    let found = format!(
        "-- A track's tables on {name}, read back from freshly migrated databases.\n\
         -- Generated: `UPDATE=1 cargo test -p dipoli-store` rewrites it.\n\
         \n-- Content\n{}\n-- Key store\n{}",
        described(&world.content().await).await,
        described(&world.keys().await).await
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema").join(file);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &found).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == found, "{file} is not what the migrations make; UPDATE=1 rewrites it");
    for line in found.lines() {
        assert!(!line.contains("track_id"), "the database is the track: {line}");
    }
}

async fn described(raw: &Raw) -> String {
    if raw.is_sqlite() { described_sqlite(raw).await } else { described_postgres(raw).await }
}

async fn described_sqlite(raw: &Raw) -> String {
    let sql = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY tbl_name, type DESC, name";
    let mut text = String::new();
    for statement in raw.texts(sql).await {
        if BOOKKEEPING.iter().any(|table| statement.contains(table)) {
            continue;
        }
        let _ = writeln!(text, "\n{};", broken(&statement));
    }
    text
}

/// A CREATE TABLE with a line for each of its parts.
fn broken(statement: &str) -> String {
    if !statement.starts_with("CREATE TABLE") {
        return statement.to_owned();
    }
    let (mut text, mut depth) = (String::new(), 0);
    for character in statement.chars() {
        match character {
            '(' => {
                depth += 1;
                text.push_str(if depth == 1 { "(\n   " } else { "(" });
                continue;
            }
            ')' => depth -= 1,
            _ => {}
        }
        match (character, depth) {
            (',', 1) => {
                text.truncate(text.trim_end().len());
                text.push_str(",\n   ");
            }
            (')', 0) => {
                text.truncate(text.trim_end().len());
                text.push_str("\n)");
            }
            (' ', 1) if text.ends_with(' ') && text.ends_with("   ") => text.push(' '),
            _ => text.push(character),
        }
    }
    text.lines()
        .map(|line| if line.starts_with("    ") { format!("    {}", line.trim()) } else { line.to_owned() })
        .collect::<Vec<_>>()
        .join("\n")
}

async fn described_postgres(raw: &Raw) -> String {
    let mut text = String::new();
    let tables = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1";
    for table in raw.texts(tables).await {
        if BOOKKEEPING.contains(&table.as_str()) {
            continue;
        }
        let columns = format!(
            "SELECT column_name || ' ' || data_type || CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END \
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{table}' \
             ORDER BY ordinal_position"
        );
        let constraints = format!(
            "SELECT 'CONSTRAINT ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint \
             WHERE conrelid = 'public.\"{table}\"'::regclass ORDER BY contype = 'f', conname"
        );
        let parts = [raw.texts(&columns).await, raw.texts(&constraints).await].concat();
        let _ = writeln!(text, "\nCREATE TABLE {table} (\n    {}\n);", parts.join(",\n    "));
        let indexes = format!(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = '{table}' \
             AND indexname NOT IN (SELECT conname FROM pg_constraint) ORDER BY indexname"
        );
        for index in raw.texts(&indexes).await {
            let _ = writeln!(text, "\n{index};");
        }
    }
    text
}

/// A procedure from before there were records, and the objection to it, are there after it.
#[tokio::test]
async fn silence_from_before_records_is_kept() {
    let database = sea_orm::Database::connect("sqlite::memory:").await.unwrap();
    let before = ContentMigrator::migrations().iter().position(|it| it.name() == "m0014_records").unwrap();
    ContentMigrator::up(&database, Some(u32::try_from(before).unwrap())).await.unwrap();
    let id = |number: u8| format!("X'{}'", format!("{number:02x}").repeat(16));
    let (item, silence, objection) = (id(1), id(2), id(3));
    let rows = format!(
        "PRAGMA foreign_keys = OFF; \
         INSERT INTO agenda_item (id, group_id, session_id, position, status, attribution, version, sealed) \
         VALUES ({item}, {item}, {item}, 1, 'objected', 'named', 2, X'00'); \
         INSERT INTO silence_procedure VALUES ({silence}, {item}, {item}, {item}, 'broken', '2027-03-01', '2027-03-02', \
         FALSE, '2027-03-01', '2027-03-01', X'04', X'05'); \
         INSERT INTO objection VALUES ({objection}, {item}, {silence}, X'06'); PRAGMA foreign_keys = ON"
    );
    database.execute_unprepared(&rows).await.unwrap();
    // As a track is opened: in one transaction, with what refers to what held.
    let transaction = database.begin().await.unwrap();
    ContentMigrator::up(&transaction, None).await.unwrap();
    transaction.commit().await.unwrap();
    let kept = format!(
        "SELECT count(*) AS number FROM silence_procedure JOIN objection ON silence_id = silence_procedure.id \
         WHERE agenda_item_id = {item} AND record_id IS NULL AND mac = X'05' AND objection.sealed = X'06'"
    );
    let kept = database.query_one_raw(sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, kept)).await.unwrap();
    assert_eq!(kept.unwrap().try_get::<i64>("", "number").unwrap(), 1);
    let orphan = format!("INSERT INTO objection VALUES ({item}, {item}, {item}, X'06')");
    assert!(database.execute_unprepared(&orphan).await.is_err(), "it refers to the table as it is now");
}

on_each_database!(the_schema_is_as_written_down);
