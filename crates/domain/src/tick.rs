//! When notes under the Chatham House Rule come out: on a tick, all of a group's that wait for it together.
//!
//! Ticks lie on a grid that depends on nothing that anyone does: every so many minutes of the day while a session is on,
//! otherwise at a fixed hour. A tick so many minutes *after a posting* would tell when that was (requirements N-05).
//! Deliberately absent: bringing a tick forward. What was staged for one comes out with it, whatever happens meanwhile.

use jiff::Timestamp;

use crate::span::Span;

/// How often notes come out. Spans of whole days fall on midnight UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// While a session of the group is on: 1 s to 1 h.
    pub during_session: Span,
    /// Otherwise: 1 s to 7 days.
    pub otherwise: Span,
}

impl Pace {
    /// The tick for which something staged at `now` waits: the next instant of the grid, never `now` itself.
    pub fn tick_after(self, now: Timestamp, session_is_on: bool) -> Timestamp {
        let span = if session_is_on { self.during_session } else { self.otherwise };
        let step = i64::from(span.as_seconds().max(1));
        let next = now.as_second().div_euclid(step).saturating_add(1).saturating_mul(step);
        Timestamp::from_second(next).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn ticks_lie_on_a_grid() {
        let pace = Pace { during_session: "5m".parse().expect("sound"), otherwise: "24h".parse().expect("sound") };
        for (posted, on, tick) in [
            ("2027-03-29T08:00:00Z", true, "2027-03-29T08:05:00Z"),
            ("2027-03-29T08:04:59.999999Z", true, "2027-03-29T08:05:00Z"),
            ("2027-03-29T08:05:00Z", true, "2027-03-29T08:10:00Z"),
            ("2027-03-29T08:05:00Z", false, "2027-03-30T00:00:00Z"),
            ("2027-03-29T23:59:59Z", false, "2027-03-30T00:00:00Z"),
            ("2027-03-30T00:00:00Z", false, "2027-03-31T00:00:00Z"),
        ] {
            assert_eq!(pace.tick_after(at(posted), on), at(tick), "{posted}");
        }
    }
}
