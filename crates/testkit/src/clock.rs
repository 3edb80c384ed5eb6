//! The clock of a test: it stands still until the test moves it.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use dipoli_domain::span::Span;
use jiff::Timestamp;

/// A clock that several servers and people look at, and that only the test moves.
#[derive(Clone)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// A clock that stands at an instant (RFC 3339).
    pub fn at(instant: &str) -> Self {
        let instant: Timestamp = instant.parse().expect("an instant");
        Self(Arc::new(AtomicI64::new(instant.as_microsecond())))
    }

    /// What it shows.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).expect("in range")
    }

    /// Moves it forward: `90s`, `5m`, `24h`, `7d`.
    pub fn passes(&self, span: &str) {
        let span: Span = span.parse().expect("a span");
        self.0.fetch_add(i64::from(span.as_seconds()) * 1_000_000, Ordering::SeqCst);
    }

    /// Puts it to an instant.
    pub fn stands_at(&self, instant: &str) {
        let instant: Timestamp = instant.parse().expect("an instant");
        self.0.store(instant.as_microsecond(), Ordering::SeqCst);
    }

    /// The microseconds themselves, for the store's clock.
    pub fn micros(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.0)
    }
}
