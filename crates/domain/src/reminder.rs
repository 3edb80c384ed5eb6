//! When reminders of a session are due.

use jiff::Timestamp;

use crate::{span::Span, time};

/// A reminder that is to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// How long before the session's start it is meant for.
    pub before: Span,
    /// When it is due.
    pub due: Timestamp,
}

/// The reminders of a session that starts at `starts_at`, planned at `now`: "24 h before" is the instant less 24 h.
/// Of those whose time is past only the latest is kept; it is due at once. None for a session that has started.
pub fn plan(offsets: &[Span], starts_at: Timestamp, now: Timestamp) -> Vec<Planned> {
    if now >= starts_at {
        return Vec::new();
    }
    let mut offsets: Vec<Span> = offsets.to_vec();
    offsets.sort_unstable();
    offsets.dedup();
    let mut planned = Vec::with_capacity(offsets.len());
    for before in offsets {
        let due = time::before(starts_at, before.to_signed());
        if due > now {
            planned.push(Planned { before, due });
        } else {
            planned.push(Planned { before, due: now });
            break;
        }
    }
    planned.reverse();
    planned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(texts: &[&str]) -> Vec<Span> {
        texts.iter().map(|text| text.parse().expect("a span")).collect()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn reminders_to_come_and_the_latest_that_is_due() {
        let offsets = spans(&["7d", "24h", "1h"]);
        let start = at("2027-03-28T08:00:00Z");
        let early = plan(&offsets, start, at("2027-03-01T00:00:00Z"));
        assert_eq!(
            early.iter().map(|p| p.due).collect::<Vec<_>>(),
            [at("2027-03-21T08:00:00Z"), at("2027-03-27T08:00:00Z"), at("2027-03-28T07:00:00Z")]
        );
        let now = at("2027-03-28T00:00:00Z");
        let late = plan(&offsets, start, now);
        assert_eq!(
            late.iter().map(|p| (p.before.to_string(), p.due)).collect::<Vec<_>>(),
            [("1d".to_owned(), now), ("1h".to_owned(), at("2027-03-28T07:00:00Z"))]
        );
        assert_eq!(plan(&offsets, start, at("2027-03-28T07:30:00Z")).len(), 1);
        assert!(plan(&offsets, start, start).is_empty());
        assert!(plan(&[], start, now).is_empty());
    }
}
