//! What the migrations make, written down: `schema/sqlite.sql` and `schema/postgres.sql`, read back from freshly
//! migrated databases. `UPDATE=1 cargo test` rewrites them.

use std::{fmt::Write, fs, path::Path};

use dipoli_testkit::{Engine, on_each_database};

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

on_each_database!(the_schema_is_as_written_down);
