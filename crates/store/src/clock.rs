//! The track's clock: its database's, so that several processes agree on what is due. Tests hand in a fixed one.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use dipoli_domain::Timestamp;
use sea_orm::{
    DbBackend,
    sea_query::{Expr, ExprTrait},
};

/// Where a track's time comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// From the content database.
    #[default]
    Database,
    /// Stands where a test has put it: microseconds since 1970.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `instant` until it is moved through the same cell.
    pub fn fixed(instant: Timestamp) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(instant.as_microsecond())))
    }

    /// Now, in microseconds since 1970, as an expression to be selected beside other columns.
    pub(crate) fn micros(&self, backend: DbBackend) -> Expr {
        match (self, backend) {
            (Self::Fixed(micros), _) => Expr::val(micros.load(Ordering::SeqCst)).cast_as("bigint"),
            (Self::Database, DbBackend::Postgres) => {
                Expr::cust("CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)")
            }
            (Self::Database, _) => Expr::cust("CAST(unixepoch('subsec') * 1000000 AS bigint)"),
        }
    }
}
