//! The key store: wrapped keys, apart from the content they open, so that destroying a key is real.

mod m0001_keys;
mod m0002_rotation;
mod m0003_macs;

use sea_orm_migration::prelude::*;

/// Brings a track's key store up to date.
pub struct KeysMigrator;

#[async_trait::async_trait]
impl MigratorTrait for KeysMigrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m0001_keys::Migration), Box::new(m0002_rotation::Migration), Box::new(m0003_macs::Migration)]
    }

    fn migration_table_name() -> DynIden {
        "keys_migration".into_iden()
    }
}
