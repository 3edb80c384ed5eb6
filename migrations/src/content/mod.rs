//! What a track says and decides: its people, groups, sessions and notes, and the work that waits.

mod m0001_people;
mod m0002_working_groups;
mod m0003_sessions;
mod m0004_work;
mod m0005_chatham_house_notes;
mod m0006_macs;
mod m0007_caucus;
mod m0008_identity;
mod m0009_letters;
mod m0011_silence;
mod m0013_adoption;
mod m0014_records;
mod m0015_statements;
mod m0016_stands_later;
mod m0017_attendance;
mod m0018_date_searches;

use sea_orm_migration::prelude::*;

/// Brings a track's content database up to date.
pub struct ContentMigrator;

#[async_trait::async_trait]
impl MigratorTrait for ContentMigrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_people::Migration),
            Box::new(m0002_working_groups::Migration),
            Box::new(m0003_sessions::Migration),
            Box::new(m0004_work::Migration),
            Box::new(m0005_chatham_house_notes::Migration),
            Box::new(m0006_macs::Migration),
            Box::new(m0007_caucus::Migration),
            Box::new(m0008_identity::Migration),
            Box::new(m0009_letters::Migration),
            Box::new(m0011_silence::Migration),
            Box::new(m0013_adoption::Migration),
            Box::new(m0014_records::Migration),
            Box::new(m0015_statements::Migration),
            Box::new(m0016_stands_later::Migration),
            Box::new(m0017_attendance::Migration),
            Box::new(m0018_date_searches::Migration),
        ]
    }

    fn migration_table_name() -> DynIden {
        "content_migration".into_iden()
    }
}
