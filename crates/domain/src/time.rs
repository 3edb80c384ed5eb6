//! Wall-clock time in a zone, which is what people agree on, and the instant that follows from it.
//!
//! The local date-time and the IANA zone are the truth; the instant is computed from them, and computed anew when a
//! zone's rules change (requirements M-12). Deliberately absent: the clock.

use std::fmt;

use jiff::{SignedDuration, Timestamp, civil, tz};

use crate::refusal::Refusal;

/// An IANA time zone that the bundled database knows, in its canonical spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(tz::TimeZone);

impl Zone {
    /// Checks the name; anything but an IANA name is a refusal on `field`.
    pub fn parse(field: &'static str, name: &str) -> Result<Self, Refusal> {
        Self::stored(name)
            .ok_or_else(|| Refusal::bad_input(field, "This is not an IANA time zone, for example Europe/Minsk."))
    }

    /// The zone of a stored name; `None` where today's database no longer has it.
    pub fn stored(name: &str) -> Option<Self> {
        if name.is_empty() || name.eq_ignore_ascii_case("local") {
            return None;
        }
        let zone = tz::TimeZone::get(name).ok()?;
        zone.iana_name().is_some().then_some(Self(zone))
    }

    /// UTC, where nothing else is known.
    pub fn utc() -> Self {
        Self(tz::TimeZone::UTC)
    }

    /// Its IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// An instant as clocks in this zone show it.
    pub fn at(&self, instant: Timestamp) -> jiff::ZonedDateTime {
        instant.to_zoned_datetime(self.0.clone())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A wall-clock time in a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wall {
    /// What the clocks show.
    pub local: civil::DateTime,
    /// Where.
    pub zone: Zone,
}

impl Wall {
    /// The wall-clock time that stands for an instant in a zone. The second of two equal wall-clock times (autumn)
    /// cannot be kept and is refused on `field`.
    pub fn of(field: &'static str, instant: Timestamp, zone: &Zone) -> Result<Self, Refusal> {
        let wall = Self { local: zone.at(instant).datetime(), zone: zone.clone() };
        if wall.instant() == instant {
            Ok(wall)
        } else {
            Err(Refusal::bad_input(
                field,
                "The clocks of this zone show this time twice; only the first of the two can be kept.",
            ))
        }
    }

    /// The instant that it is: a gap (spring) moves forward by the gap, of a fold (autumn) the first is taken
    /// (RFC 5545 §3.3.5).
    pub fn instant(&self) -> Timestamp {
        self.zone.0.to_ambiguous_timestamp(self.local).compatible().unwrap_or(Timestamp::MAX)
    }
}

/// Reads an RFC 3339 instant in the years 1970 to 9999, truncated to microseconds, which is what both databases keep.
pub fn instant(field: &'static str, text: &str) -> Result<Timestamp, Refusal> {
    let refusal = || {
        Refusal::bad_input(field, "This is not an RFC 3339 instant with an offset, for example 2027-03-01T09:00:00Z.")
    };
    if text.len() > 40 || !text.get(10..11).is_some_and(|t| t.eq_ignore_ascii_case("T")) || text.contains('[') {
        return Err(refusal());
    }
    let instant: Timestamp = text.parse().map_err(|_| refusal())?;
    if instant < Timestamp::UNIX_EPOCH || instant.as_second() > LAST_SECOND {
        return Err(refusal());
    }
    Ok(micros(instant))
}

/// The last second of 9998: a day's room for every zone and lead time below the largest instant.
const LAST_SECOND: i64 = 253_370_764_799;

/// The instant truncated to microseconds.
pub fn micros(instant: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(instant.as_microsecond()).unwrap_or(instant)
}

/// The UTC day of an instant. Presence is kept to the day (requirements N-17).
pub fn day(instant: Timestamp) -> civil::Date {
    instant.to_zoned_datetime(tz::TimeZone::UTC).date()
}

/// Midnight (UTC) of the instant's day.
pub fn midnight(instant: Timestamp) -> Timestamp {
    start_of(day(instant))
}

/// Midnight (UTC) with which the day begins; the smallest instant where that is out of range.
pub fn start_of(day: civil::Date) -> Timestamp {
    tz::TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MIN)
}

/// The first midnight (UTC) after the instant.
pub fn next_midnight(instant: Timestamp) -> Timestamp {
    after(midnight(instant), SignedDuration::from_hours(24))
}

/// Whether it is between midnight and one o'clock (UTC): the hour of what is done nightly.
pub fn is_first_hour(instant: Timestamp) -> bool {
    instant.to_zoned_datetime(tz::TimeZone::UTC).hour() == 0
}

/// `instant` moved back; the smallest instant where that is out of range.
pub fn before(instant: Timestamp, length: SignedDuration) -> Timestamp {
    instant.checked_sub(length).unwrap_or(Timestamp::MIN)
}

/// `instant` moved forward; the largest instant where that is out of range.
pub fn after(instant: Timestamp, length: SignedDuration) -> Timestamp {
    instant.checked_add(length).unwrap_or(Timestamp::MAX)
}

/// RFC 3339 in UTC with a trailing Z, as the API sends it.
pub fn rfc3339(instant: Timestamp) -> String {
    instant.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn what_is_a_zone() {
        assert_eq!(Zone::parse("timeZone", "Europe/Minsk").expect("known").name(), "Europe/Minsk");
        for wrong in ["", "Mars/Olympus", "+03:00", "local", "EST5EDT,M3.2.0,M11.1.0", "Europe/Minsk "] {
            assert!(Zone::parse("timeZone", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_gap_moves_forward_and_a_fold_takes_the_first() {
        let warsaw = Zone::parse("timeZone", "Europe/Warsaw").expect("known");
        let gap = Wall { local: civil::date(2027, 3, 28).at(2, 30, 0, 0), zone: warsaw.clone() };
        assert_eq!(gap.instant(), at("2027-03-28T01:30:00Z"));
        let fold = Wall { local: civil::date(2027, 10, 31).at(2, 30, 0, 0), zone: warsaw.clone() };
        assert_eq!(fold.instant(), at("2027-10-31T00:30:00Z"));
        assert!(Wall::of("startsAt", at("2027-10-31T00:30:00Z"), &warsaw).is_ok());
        assert!(Wall::of("startsAt", at("2027-10-31T01:30:00Z"), &warsaw).is_err());
        let lord_howe = Zone::parse("timeZone", "Australia/Lord_Howe").expect("known");
        let half_hour_gap = Wall { local: civil::date(2027, 10, 3).at(2, 15, 0, 0), zone: lord_howe };
        assert_eq!(half_hour_gap.instant(), at("2027-10-02T15:45:00Z"));
    }

    #[test]
    fn what_is_an_instant() {
        assert_eq!(instant("startsAt", "2027-03-01T12:00:00+03:00").expect("sound"), at("2027-03-01T09:00:00Z"));
        assert_eq!(
            instant("startsAt", "2027-03-01T09:00:00.1234567Z").expect("sound").as_microsecond() % 1_000_000,
            123_456
        );
        assert_eq!(rfc3339(at("2027-03-01T12:00:00+03:00")), "2027-03-01T09:00:00Z");
        for wrong in [
            "",
            "tomorrow",
            "2027-03-01",
            "2027-03-01T09:00:00",
            "2027-03-01 09:00:00Z",
            "1969-12-31T23:59:59Z",
            "9999-12-31T23:59:59Z",
            "2027-03-01T09:00:00+00:00[Europe/Minsk]",
        ] {
            assert!(instant("startsAt", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn days_are_utc_days() {
        let late = at("2027-03-01T23:59:59.9Z");
        assert_eq!(day(late), civil::date(2027, 3, 1));
        assert_eq!(midnight(late), at("2027-03-01T00:00:00Z"));
    }
}
