//! What is counted, for Prometheus: how many requests of a kind were answered how, how long they took, and what waits.
//!
//! A label says the kind of an operation and how it ended, and nothing else: no track, group, person, address or size, and
//! not which query it was (requirements N-10). What mutations do to a counter is shown with the whole hour in which they
//! came, counted from the start of the process: a counter that moved with each would time every note. Deliberately absent: a
//! counter of anything that one person does, and gauges that move with a note under the Rule before its tick.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use dipoli_graphql::{Kind, Prepared};
use metrics::{counter, gauge, histogram, with_local_recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use tokio::time::Instant;

use crate::tracks::Waiting;

const HOUR: Duration = Duration::from_secs(3_600);

/// Up to how many seconds an answer took, by bucket.
const SECONDS: [f64; 9] = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

const REQUESTS: &str = "dipoli_requests_total";
const TOOK: &str = "dipoli_request_seconds";

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It reads.
    Query,
    /// It may write.
    Mutation,
    /// It listens, from when it began to; how long is not counted.
    Subscription,
    /// It was no request of these.
    Unread,
}

impl Operation {
    /// What a prepared document is.
    pub fn of(prepared: &Prepared) -> Self {
        match (prepared.is_mutation(), prepared.is_subscription()) {
            (true, _) => Self::Mutation,
            (false, true) => Self::Subscription,
            (false, false) => Self::Query,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Subscription => "subscription",
            Self::Unread => "unread",
        }
    }
}

/// How it ended.
const ENDS: [&str; 5] = ["answered", "refused", "limited", "unavailable", "fault"];

const fn end(kind: Kind) -> usize {
    match kind {
        Kind::Answered => 0,
        Kind::BadRequest | Kind::Unauthenticated => 1,
        Kind::RateLimited => 2,
        Kind::Unavailable => 3,
        Kind::Internal => 4,
    }
}

/// The mutations of the hour that is not over.
#[derive(Clone, Copy, Default)]
struct Hour {
    number: u64,
    ends: [u64; ENDS.len()],
    took: [usize; SECONDS.len() + 1],
}

/// The counters of one server.
pub struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    begun: Instant,
    hour: Mutex<Hour>,
}

impl Default for Metrics {
    fn default() -> Self {
        let with_buckets = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Full(TOOK.to_owned()), &SECONDS);
        let recorder = with_buckets.expect("there are buckets").build_recorder();
        let handle = recorder.handle();
        Self { recorder, handle, begun: Instant::now(), hour: Mutex::default() }
    }
}

impl Metrics {
    /// Counts an answer.
    pub fn answered(&self, operation: Operation, ended: Kind, took: Duration) {
        self.count(self.hours(), operation, ended, took);
    }

    /// All counters, as Prometheus reads them.
    pub fn page(&self, waiting: &Waiting) -> String {
        self.shown(self.hours(), waiting)
    }

    /// Whole hours since the start.
    fn hours(&self) -> u64 {
        self.begun.elapsed().as_secs() / HOUR.as_secs()
    }

    fn count(&self, hour: u64, operation: Operation, ended: Kind, took: Duration) {
        let seconds = took.as_secs_f64();
        if operation != Operation::Mutation {
            with_local_recorder(&self.recorder, || {
                counter!(REQUESTS, "operation" => operation.word(), "end" => ENDS[end(ended)]).increment(1);
                if operation != Operation::Subscription {
                    histogram!(TOOK, "operation" => operation.word()).record(seconds);
                }
            });
            return;
        }
        let mut current = self.turned(hour);
        current.ends[end(ended)] += 1;
        let bucket = SECONDS.iter().position(|bound| seconds <= *bound).unwrap_or(SECONDS.len());
        current.took[bucket] += 1;
    }

    /// The hour that is on; one that is over is shown from now on.
    fn turned(&self, hour: u64) -> std::sync::MutexGuard<'_, Hour> {
        let mut current = self.hour.lock().unwrap_or_else(PoisonError::into_inner);
        if current.number < hour {
            let over = std::mem::replace(&mut *current, Hour { number: hour, ..Hour::default() });
            with_local_recorder(&self.recorder, || {
                for (end, number) in ENDS.into_iter().zip(over.ends).filter(|(_, number)| *number > 0) {
                    counter!(REQUESTS, "operation" => "mutation", "end" => end).increment(number);
                }
                let bounds = SECONDS.into_iter().chain([2.0 * SECONDS[SECONDS.len() - 1]]);
                for (bound, number) in bounds.zip(over.took).filter(|(_, number)| *number > 0) {
                    histogram!(TOOK, "operation" => "mutation").record_many(bound, number);
                }
            });
        }
        current
    }

    fn shown(&self, hour: u64, waiting: &Waiting) -> String {
        drop(self.turned(hour));
        with_local_recorder(&self.recorder, || {
            let set = |name: &'static str, value: u64| gauge!(name).set(to_float(value));
            set("dipoli_tracks_open", waiting.open);
            set("dipoli_tracks_away", waiting.away);
            set("dipoli_pool_connections", waiting.connections);
            set("dipoli_pool_connections_idle", waiting.idle_connections);
            set("dipoli_outbox_due", waiting.letters);
            set("dipoli_outbox_oldest_seconds", waiting.oldest_letter.as_secs());
            set("dipoli_audit_unchained", waiting.events);
            set("dipoli_tick_late_seconds", waiting.late_tick.as_secs());
        });
        self.handle.run_upkeep();
        self.handle.render()
    }
}

/// Exact up to 2^32, and nothing here is larger.
fn to_float(value: u64) -> f64 {
    f64::from(u32::try_from(value).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_counted_at_once_and_a_mutation_when_its_hour_is_over() {
        let (metrics, waiting) = (Metrics::default(), Waiting { letters: 3, ..Waiting::default() });
        let took = Duration::from_millis(30);
        metrics.count(0, Operation::Query, Kind::Answered, took);
        metrics.count(0, Operation::Subscription, Kind::Answered, took);
        let before = metrics.shown(0, &waiting);
        assert!(before.contains(r#"dipoli_requests_total{operation="query",end="answered"} 1"#), "{before}");
        assert!(before.contains(r#"dipoli_request_seconds_bucket{operation="query",le="0.05"} 1"#), "{before}");
        assert!(before.contains(r#"dipoli_requests_total{operation="subscription",end="answered"} 1"#), "{before}");
        assert!(!before.contains(r#"dipoli_request_seconds_count{operation="subscription""#), "{before}");
        assert!(before.contains("dipoli_outbox_due 3"), "{before}");
        for _ in 0..7 {
            metrics.count(0, Operation::Mutation, Kind::Answered, took);
        }
        metrics.count(0, Operation::Mutation, Kind::Unavailable, Duration::from_secs(11));
        let lines = |page: &str| page.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(lines(&metrics.shown(0, &waiting)), lines(&before), "nothing moves with it");
        metrics.count(1, Operation::Mutation, Kind::Answered, took);
        let after = metrics.shown(1, &waiting);
        assert!(after.contains(r#"dipoli_requests_total{operation="mutation",end="answered"} 7"#), "{after}");
        assert!(after.contains(r#"dipoli_requests_total{operation="mutation",end="unavailable"} 1"#), "{after}");
        assert!(after.contains(r#"dipoli_request_seconds_bucket{operation="mutation",le="0.05"} 7"#), "{after}");
        assert!(after.contains(r#"dipoli_request_seconds_bucket{operation="mutation",le="+Inf"} 8"#), "{after}");
    }
}
