//! When reminders of a session are due: by a rule of the track, the session or the person.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp, civil};

use crate::{
    refusal::Refusal,
    span::Span,
    time::{self, Wall, Zone},
};

/// Most reminders of one session.
const MOST: usize = 10;
/// When "the day before" is.
const MORNING: civil::Time = civil::Time::constant(9, 0, 0, 0);
/// How the day before is written.
const DAY_BEFORE: &str = "day-before";

/// How long before a session's start something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Offset {
    /// So long before its instant.
    Before(Span),
    /// On the day before it, at 09:00 by the recipient's clocks.
    DayBefore,
}

/// A text that is no offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reminder is a duration from 1s to 366d, for example 24h, or day-before")]
pub struct NotAnOffset;

impl FromStr for Offset {
    type Err = NotAnOffset;
    fn from_str(text: &str) -> Result<Self, NotAnOffset> {
        if text == DAY_BEFORE {
            return Ok(Self::DayBefore);
        }
        let span: Span = text.parse().map_err(|_| NotAnOffset)?;
        if span.as_seconds() == 0 { Err(NotAnOffset) } else { Ok(Self::Before(span)) }
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before(span) => span.fmt(f),
            Self::DayBefore => f.write_str(DAY_BEFORE),
        }
    }
}

impl Offset {
    /// The number that it is stored as: its seconds, and 0 for the day before.
    pub const fn stored(self) -> u32 {
        match self {
            Self::Before(span) => span.as_seconds(),
            Self::DayBefore => 0,
        }
    }

    /// The offset of a stored number.
    pub fn from_stored(seconds: u32) -> Option<Self> {
        if seconds == 0 { Some(Self::DayBefore) } else { Span::seconds(seconds).map(Self::Before) }
    }

    /// The instant before a start, for a reader whose clocks are those of `zone`.
    fn instant(self, starts_at: Timestamp, zone: &Zone) -> Timestamp {
        match self {
            Self::Before(span) => time::before(starts_at, span.to_signed()),
            Self::DayBefore => {
                let eve = zone.at(starts_at).date().yesterday().unwrap_or(civil::Date::MIN);
                Wall { local: eve.to_datetime(MORNING), zone: zone.clone() }.instant()
            }
        }
    }
}

/// When one is reminded: at most ten offsets; none means never.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule(Vec<Offset>);

impl Rule {
    /// Reads offsets as they were sent; a refusal on `field` names the first that is none.
    pub fn parse<T: AsRef<str>>(field: &'static str, texts: &[T]) -> Result<Self, Refusal> {
        if texts.len() > MOST {
            return Err(Refusal::bad_input(field, format!("At most {MOST} reminders.")));
        }
        let offsets: Result<Vec<Offset>, _> = texts.iter().map(|text| text.as_ref().parse()).collect();
        let mut offsets = offsets.map_err(|fault: NotAnOffset| Refusal::bad_input(field, format!("Here {fault}.")))?;
        offsets.sort_unstable();
        offsets.dedup();
        Ok(Self(offsets))
    }

    /// The offsets, as they are sent and stored.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Written as one text.
    pub fn stored(&self) -> String {
        self.texts().join(" ")
    }

    /// The rule of a stored text; what is no offset any more is left out.
    pub fn from_stored(text: &str) -> Self {
        Self(text.split_whitespace().filter_map(|offset| offset.parse().ok()).collect())
    }
}

/// A reminder that is to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// How long before the session's start it is meant for.
    pub before: Offset,
    /// When it is due.
    pub due: Timestamp,
}

/// The reminders of a session that starts at `starts_at`, to a reader in `zone`, planned at `now`: "24 h before" is the
/// instant less 24 h, "the day before" is 09:00 by the reader's clocks. Of those whose time is past only the latest is
/// kept; it is due at once. None for a session that has started.
pub fn plan(rule: &Rule, starts_at: Timestamp, zone: &Zone, now: Timestamp) -> Vec<Planned> {
    if now >= starts_at {
        return Vec::new();
    }
    let due = |before: &Offset| Planned { before: *before, due: before.instant(starts_at, zone) };
    let mut all: Vec<Planned> = rule.0.iter().map(due).collect();
    all.sort_by_key(|planned| planned.due);
    let past = all.iter().filter(|planned| planned.due <= now).count();
    let mut planned = all.split_off(past.saturating_sub(1));
    if let Some(late) = planned.first_mut().filter(|planned| planned.due <= now) {
        late.due = now;
    }
    planned
}

/// How long before a session those who have not answered are asked to.
pub const ANSWER_MISSING: SignedDuration = SignedDuration::from_hours(72);

/// When whoever has not answered by then is asked to; `None` where that time is past: they were invited just now.
pub fn answer_missing(starts_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    Some(time::before(starts_at, ANSWER_MISSING)).filter(|due| *due > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(texts: &[&str]) -> Rule {
        Rule::parse("reminders", texts).expect("a rule")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn zone(name: &str) -> Zone {
        Zone::parse("timeZone", name).expect("a zone")
    }

    #[test]
    fn reminders_to_come_and_the_latest_that_is_due() {
        let (rule, utc) = (rule(&["7d", "24h", "1h"]), Zone::utc());
        let start = at("2027-03-28T08:00:00Z");
        let early = plan(&rule, start, &utc, at("2027-03-01T00:00:00Z"));
        assert_eq!(
            early.iter().map(|p| p.due).collect::<Vec<_>>(),
            [at("2027-03-21T08:00:00Z"), at("2027-03-27T08:00:00Z"), at("2027-03-28T07:00:00Z")]
        );
        let now = at("2027-03-28T00:00:00Z");
        let late = plan(&rule, start, &utc, now);
        assert_eq!(
            late.iter().map(|p| (p.before.to_string(), p.due)).collect::<Vec<_>>(),
            [("1d".to_owned(), now), ("1h".to_owned(), at("2027-03-28T07:00:00Z"))]
        );
        assert_eq!(plan(&rule, start, &utc, at("2027-03-28T07:30:00Z")).len(), 1);
        assert!(plan(&rule, start, &utc, start).is_empty());
        assert!(plan(&Rule::default(), start, &utc, now).is_empty());
    }

    /// Requirements M-12: the recipient's wall clock, over the changes of clocks and the year's end.
    #[test]
    fn the_day_before_is_nine_in_the_morning_where_the_reader_is() {
        let eve = |place: &str, start: &str| {
            plan(&rule(&["day-before"]), at(start), &zone(place), at("2026-01-01T00:00:00Z"))[0].due
        };
        for (place, start, due) in [
            ("Europe/Warsaw", "2027-03-29T08:00:00Z", "2027-03-28T07:00:00Z"),
            ("Europe/Warsaw", "2027-03-28T08:00:00Z", "2027-03-27T08:00:00Z"),
            ("Europe/Vilnius", "2027-11-01T08:00:00Z", "2027-10-31T07:00:00Z"),
            ("Europe/Vilnius", "2027-10-31T08:00:00Z", "2027-10-30T06:00:00Z"),
            ("Europe/Minsk", "2027-03-29T08:00:00Z", "2027-03-28T06:00:00Z"),
            ("Australia/Lord_Howe", "2027-10-04T01:00:00Z", "2027-10-02T22:00:00Z"),
            ("Europe/Minsk", "2027-12-31T22:00:00Z", "2027-12-31T06:00:00Z"),
            ("Europe/Warsaw", "2027-12-31T22:00:00Z", "2027-12-30T08:00:00Z"),
        ] {
            assert_eq!(eve(place, start), at(due), "{place} {start}");
        }
    }

    #[test]
    fn what_is_a_rule() {
        assert_eq!(rule(&["1h", "day-before", "7d", "60m"]).texts(), ["1h", "7d", "day-before"]);
        assert_eq!(Rule::from_stored(&rule(&["day-before", "24h"]).stored()), rule(&["1d", "day-before"]));
        assert_eq!(Rule::from_stored(""), Rule::default());
        for wrong in [&["soon"][..], &["0s"], &["367d"], &["1h"; 11], &["-1h"], &["Day-Before"]] {
            assert!(Rule::parse("reminders", wrong).is_err(), "{wrong:?}");
        }
        for offset in ["day-before", "1s", "366d"] {
            let offset: Offset = offset.parse().expect("an offset");
            assert_eq!(Offset::from_stored(offset.stored()), Some(offset));
        }
    }

    #[test]
    fn whoever_was_asked_less_than_three_days_before_is_not_asked_again() {
        let start = at("2027-03-28T08:00:00Z");
        assert_eq!(answer_missing(start, at("2027-03-01T00:00:00Z")), Some(at("2027-03-25T08:00:00Z")));
        assert_eq!(answer_missing(start, at("2027-03-25T08:00:00Z")), None);
    }
}
