//! What processes over one PostgreSQL database tell each other: that there is something new, and where to look for it, by
//! LISTEN and NOTIFY (requirements: live updates over replicas).
//!
//! It is told after the commit, and not within it: a NOTIFY in a transaction makes all that commit wait for each other. What a
//! process that is killed between the two did not tell is found by those who look from time to time. Deliberately absent:
//! content. Whoever may listen to the database may read its rows anyway, and learns less from this.

use sea_orm::sqlx::{
    self,
    postgres::{PgListener, PgPoolOptions},
};
use tokio::time::timeout;

use crate::{Store, StoreError, patience::PATIENCE};

/// The channel of a database; each track has a database of its own.
const CHANNEL: &str = "dipoli";

/// What a process hears of the others.
pub enum Heard {
    /// One of them told this; as it was given to [`Store::tell_others`].
    Told(String),
    /// The connection was lost and is there again: whatever was told meanwhile was not heard.
    Missed,
}

/// A connection that listens. It connects again by itself.
pub struct News(PgListener);

impl Store {
    /// Tells the other processes that use this database; on SQLite there are none.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the database is away. Nobody was told then.
    pub async fn tell_others(&self, words: &[String]) -> Result<(), StoreError> {
        let Some(pool) = self.of_postgres() else { return Ok(()) };
        let tell = sqlx::query("SELECT pg_notify($1, word) FROM unnest($2) AS word").bind(CHANNEL).bind(words);
        timeout(PATIENCE, tell.execute(pool)).await.map_err(|_| StoreError::Unavailable)?.map_err(away)?;
        Ok(())
    }

    /// Listens to the other processes, over a connection of its own; `None` on SQLite.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the database is away, or lets nobody else in.
    pub async fn news(&self) -> Result<Option<News>, StoreError> {
        let Some(pool) = self.of_postgres() else { return Ok(None) };
        let alone = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(pool.connect_options().as_ref().clone());
        let mut listener = PgListener::connect_with(&alone).await.map_err(away)?;
        listener.listen(CHANNEL).await.map_err(away)?;
        Ok(Some(News(listener)))
    }
}

impl News {
    /// Waits for what is told next.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the connection is lost and there is no other.
    pub async fn hear(&mut self) -> Result<Heard, StoreError> {
        Ok(match self.0.try_recv().await.map_err(away)? {
            Some(told) => Heard::Told(told.payload().to_owned()),
            None => Heard::Missed,
        })
    }
}

fn away(_: sqlx::Error) -> StoreError {
    StoreError::Unavailable
}
