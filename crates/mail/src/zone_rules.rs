//! A time zone's rules as a VTIMEZONE, for the years around one session (RFC 5545 §3.6.5).
//!
//! What was in force is listed change by change from the time zone database: no recurrence rule, since there is none
//! that is true for every zone. Deliberately absent: changes that have nothing to do with the session.

use calcard::{
    common::PartialDateTime,
    icalendar::{ICalendarComponent, ICalendarComponentType, ICalendarProperty},
};
use dipoli_domain::{Timestamp, time};
use jiff::{
    SignedDuration,
    civil::DateTime,
    tz::{Offset, TimeZone},
};

/// How much is listed before the session's start and after its end.
const MARGIN: SignedDuration = SignedDuration::from_hours(366 * 24);

/// From one change of a zone's clocks to the next.
struct Observance {
    /// What the clocks showed when it began, had they not been changed.
    begins: DateTime,
    from: Offset,
    to: Offset,
    is_daylight: bool,
    abbreviation: String,
}

/// A zone, and its rules around one session.
pub(crate) struct ZoneRules {
    zone: TimeZone,
    name: String,
    observances: Vec<Observance>,
}

impl ZoneRules {
    /// The rules that an entry from `starts_at` to `ends_at` needs; `None` for UTC by whatever name.
    pub(crate) fn around(zone: &TimeZone, starts_at: Timestamp, ends_at: Timestamp) -> Option<Self> {
        let name = zone.iana_name()?.to_owned();
        let observances = observances(zone, time::before(starts_at, MARGIN), time::after(ends_at, MARGIN));
        let is_utc =
            observances.iter().all(|observance| observance.from == Offset::UTC && observance.to == Offset::UTC);
        (!is_utc).then(|| Self { zone: zone.clone(), name, observances })
    }

    /// The TZID.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// An instant as the zone's clocks show it.
    pub(crate) fn local(&self, instant: Timestamp) -> PartialDateTime {
        local(self.zone.to_datetime(instant))
    }

    /// Whether the zone's clocks show this time twice.
    pub(crate) fn shows_twice(&self, instant: Timestamp) -> bool {
        self.zone.to_ambiguous_timestamp(self.zone.to_datetime(instant)).is_ambiguous()
    }

    /// The VTIMEZONE, and the observances that belong inside of it.
    pub(crate) fn components(&self) -> (ICalendarComponent, Vec<ICalendarComponent>) {
        let mut rules = ICalendarComponent::new(ICalendarComponentType::VTimezone);
        rules.add_property(ICalendarProperty::Tzid, self.name());
        (rules, self.observances.iter().map(Observance::component).collect())
    }
}

/// What was in force from `first` to `last`, beginning with what was in force at `first` already.
fn observances(zone: &TimeZone, first: Timestamp, last: Timestamp) -> Vec<Observance> {
    let mut observances = vec![in_force(zone, first)];
    let changes = zone.following(first).take_while(|change| change.timestamp() <= last);
    observances.extend(changes.map(|change| Observance::of_change(zone, change.timestamp())));
    observances
}

/// What was in force at that instant: since the last change, or since 1970 where that is longer ago or there is none.
fn in_force(zone: &TimeZone, at: Timestamp) -> Observance {
    match zone.preceding(at).next().map(|change| change.timestamp()) {
        Some(change) if change >= Timestamp::UNIX_EPOCH => Observance::of_change(zone, change),
        _ => {
            let now = zone.to_offset_info(at);
            Observance {
                begins: DateTime::constant(1970, 1, 1, 0, 0, 0, 0),
                from: now.offset(),
                to: now.offset(),
                is_daylight: now.dst().is_dst(),
                abbreviation: now.abbreviation().to_owned(),
            }
        }
    }
}

impl Observance {
    fn of_change(zone: &TimeZone, change: Timestamp) -> Self {
        let from = zone.to_offset(time::before(change, SignedDuration::from_nanos(1)));
        let now = zone.to_offset_info(change);
        Self {
            begins: from.to_datetime(change),
            from,
            to: now.offset(),
            is_daylight: now.dst().is_dst(),
            abbreviation: now.abbreviation().to_owned(),
        }
    }

    fn component(&self) -> ICalendarComponent {
        let kind = if self.is_daylight { ICalendarComponentType::Daylight } else { ICalendarComponentType::Standard };
        let mut component = ICalendarComponent::new(kind);
        component.add_property(ICalendarProperty::Dtstart, local(self.begins));
        component.add_property(ICalendarProperty::Tzoffsetfrom, offset(self.from));
        component.add_property(ICalendarProperty::Tzoffsetto, offset(self.to));
        component.add_property(ICalendarProperty::Tzname, self.abbreviation.as_str());
        component
    }
}

/// What clocks show, as iCalendar writes it; to the second.
pub(crate) fn local(at: DateTime) -> PartialDateTime {
    PartialDateTime {
        year: at.year().try_into().ok(),
        month: at.month().try_into().ok(),
        day: at.day().try_into().ok(),
        hour: at.hour().try_into().ok(),
        minute: at.minute().try_into().ok(),
        second: at.second().try_into().ok(),
        ..PartialDateTime::default()
    }
}

/// An offset from UTC, as iCalendar writes it; to the minute, which is what zones have had since 1970.
fn offset(offset: Offset) -> PartialDateTime {
    let minutes = offset.seconds() / 60;
    PartialDateTime {
        tz_hour: (minutes.abs() / 60).try_into().ok(),
        tz_minute: (minutes.abs() % 60).try_into().ok(),
        tz_minus: minutes < 0,
        ..PartialDateTime::default()
    }
}
