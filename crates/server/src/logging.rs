//! The log: to stderr, filtered by `DIPOLI_LOG` (`info` unless set), its times to the hour.
//!
//! A log says that something of a kind went wrong, never to whom: no slug, address, size or person, and no moment that
//! would tell who acted (requirements N-10). A fault's text stands under its request id. Deliberately absent: lines for
//! requests, and what a panic says, which may hold anything.

use std::{fmt, io};

use tracing_subscriber::{
    EnvFilter,
    fmt::{format::Writer, time::FormatTime},
};

/// Libraries whose lines hold addresses or values, whatever the filter says.
const SILENCED: [&str; 5] = ["sqlx=off", "sea_orm=off", "lettre=off", "hyper=off", "rustls=off"];

/// Writes the log from now on.
pub fn start() {
    let mut filter = EnvFilter::builder()
        .with_env_var("DIPOLI_LOG")
        .with_default_directive(tracing::Level::INFO.into())
        .from_env_lossy();
    for directive in SILENCED {
        filter = filter.add_directive(directive.parse().expect("a directive of our own"));
    }
    let log =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_timer(Hours).with_target(false);
    // A second start, in a test that runs several servers, keeps the first.
    let _ = log.try_init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a panic; only its own request is lost");
    }));
}

/// The hour, in UTC.
struct Hours;

impl FormatTime for Hours {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        #[expect(clippy::disallowed_methods, reason = "the log's own time, which decides nothing")]
        let now = jiff::Timestamp::now();
        write!(writer, "{}", now.strftime("%Y-%m-%dT%HZ"))
    }
}
