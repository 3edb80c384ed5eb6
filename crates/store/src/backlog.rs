//! How much waits, for whoever watches over a server: numbers and instants alone.
//!
//! Deliberately absent: what waits under the Chatham House Rule (a tick that is late is told, one to come is not), and
//! events that wait for their day's end. Nothing here moves with a note under the Rule before its tick.

use dipoli_domain::Timestamp;
use sea_orm::{
    ColumnTrait, DbBackend, FromQueryResult,
    prelude::DateTimeUtc,
    sea_query::{Expr, ExprTrait, Query},
};

use crate::{
    Store, StoreError, audit_day,
    connection::Connections,
    entity::{audit_event, outbox},
    outbox::State,
    time,
};

/// What waits in a track.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Letters that are due.
    pub letters: u64,
    /// Since when the oldest of them is.
    pub oldest_letter: Option<Timestamp>,
    /// Events that could be chained.
    pub events: u64,
    /// A tick that is past and was not done.
    pub late_tick: Option<Timestamp>,
}

/// Connections to a track's databases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    /// Open ones.
    pub open: u32,
    /// Of these, those that nobody uses at this moment.
    pub idle: u32,
}

impl Store {
    /// What waits at `now`.
    pub async fn backlog(&self, now: Timestamp) -> Result<Backlog, StoreError> {
        #[derive(FromQueryResult)]
        struct Due {
            number: i64,
            oldest: Option<DateTimeUtc>,
        }
        let letters = Query::select()
            .expr_as(Expr::cust("count(*)"), "number")
            .expr_as(outbox::Column::DueAt.into_expr().min(), "oldest")
            .from(outbox::Entity)
            .and_where(outbox::Column::State.eq(State::Queued.word()))
            .and_where(outbox::Column::DueAt.lte(time::bind(now)))
            .take();
        let letters: Option<Due> = self.reads().row(&letters).await?;
        let events = Query::select()
            .expr(Expr::cust("count(*)"))
            .from(audit_event::Entity)
            .cond_where(audit_day::to_chain(now))
            .take();
        Ok(Backlog {
            letters: letters.as_ref().map_or(0, |due| due.number.unsigned_abs()),
            oldest_letter: letters.and_then(|due| due.oldest).map(time::read),
            events: self.reads().number(&events).await?.unsigned_abs(),
            late_tick: self.next_tick_due().await?.filter(|due| *due < now),
        })
    }

    /// Its connections at this moment.
    pub fn pool(&self) -> Pool {
        let (content, keys) = (self.content().pool(), self.keys().store.db.pool());
        Pool { open: content.open + keys.open, idle: content.idle + keys.idle }
    }
}

impl Connections {
    fn pool(&self) -> Pool {
        let idle = |idle: usize| u32::try_from(idle).unwrap_or(u32::MAX);
        if self.backend() == DbBackend::Postgres {
            let pool = self.pooled().get_postgres_connection_pool();
            return Pool { open: pool.size(), idle: idle(pool.num_idle()) };
        }
        let pool = self.pooled().get_sqlite_connection_pool();
        Pool { open: pool.size(), idle: idle(pool.num_idle()) }
    }
}
