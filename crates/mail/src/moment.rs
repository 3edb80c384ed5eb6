//! A moment as a reader reads it: weekday, date and time in their language, whose clocks show it, and how far those are
//! from UTC (requirements M-14).
//!
//! A zone is called by its city, which is what its IANA name is made of. Deliberately absent: names such as "Eastern
//! European Summer Time", which few know, and which call the clocks of Minsk "Moscow time".

use dipoli_domain::{Timestamp, time::Zone};
use fluent_bundle::FluentArgs;
use icu_datetime::{
    DateTimeFormatter, NoCalendarFormatter,
    fieldsets::{self, zone::ExemplarCity},
    input::{Date, DateTime, Time, TimeZone},
};
use icu_locale_core::Locale;
use icu_time::zone::IanaParser;
use jiff::ZonedDateTime;

use crate::{render::RenderError, words::Reading};

/// The instant as clocks in the zone show it, on one line.
pub(crate) fn moment(reading: &Reading, instant: Timestamp, zone: &Zone) -> Result<String, RenderError> {
    let at = zone.at(instant);
    let mut arguments = FluentArgs::new();
    arguments.set("when", when(&reading.locale, &at)?);
    if is_utc(zone) {
        return reading.language.say("utc", &arguments);
    }
    arguments.set("place", place(&reading.locale, zone));
    arguments.set("offset", at.strftime("%:z").to_string());
    reading.language.say("moment", &arguments)
}

/// Weekday, date and time, as the language writes them.
fn when(locale: &Locale, at: &ZonedDateTime) -> Result<String, RenderError> {
    let part = |number: i8| u8::try_from(number).map_err(|_| RenderError::Date);
    let date = Date::try_new_iso(at.year().into(), part(at.month())?, part(at.day())?);
    let time = Time::try_new(part(at.hour())?, part(at.minute())?, 0, 0);
    let (date, time) = (date.map_err(|_| RenderError::Date)?, time.map_err(|_| RenderError::Date)?);
    let fields = fieldsets::YMDE::long().with_time_hm();
    let formatter = DateTimeFormatter::try_new(locale.into(), fields).map_err(|_| RenderError::Words)?;
    Ok(formatter.format(&DateTime { date, time }).to_string())
}

/// The zone's city in the language; its IANA name where it is called by none.
fn place(locale: &Locale, zone: &Zone) -> String {
    let name = zone.name();
    let id = IanaParser::new().parse(name);
    let formatter = NoCalendarFormatter::try_new(locale.into(), ExemplarCity).ok();
    formatter
        .filter(|_| id != TimeZone::UNKNOWN && !name.starts_with("Etc/"))
        .map_or_else(|| name.to_owned(), |formatter| formatter.format(&id.without_offset()).to_string())
}

fn is_utc(zone: &Zone) -> bool {
    matches!(zone.name(), "UTC" | "Etc/UTC")
}

#[cfg(test)]
mod tests {
    use dipoli_domain::language::LanguageTag;

    use super::*;

    fn said(language: &str, zone: &str, instant: &str) -> String {
        let tag = LanguageTag::parse("language", language).unwrap();
        let zone = Zone::parse("timeZone", zone).unwrap();
        moment(&Reading::of(&tag, &tag), instant.parse().unwrap(), &zone).unwrap()
    }

    #[test]
    fn a_moment_says_everything_in_the_readers_language() {
        for (language, words) in [
            ("en", "Monday, 1 March 2027 at 12:00 (Minsk, UTC+03:00)"),
            ("be", "панядзелак, 1 сакавіка 2027\u{202f}г. у 12:00 (Мінск, UTC+03:00)"),
            ("ru", "понедельник, 1 марта 2027\u{202f}г. в 12:00 (Минск, UTC+03:00)"),
            ("pl", "poniedziałek, 1 marca 2027 12:00 (Mińsk, UTC+03:00)"),
            ("lt", "2027 m. kovo 1 d., pirmadienis 12:00 (Minskas, UTC+03:00)"),
        ] {
            assert_eq!(said(language, "Europe/Minsk", "2027-03-01T09:00:00Z"), words);
        }
    }

    #[test]
    fn clocks_are_those_of_the_zone_on_that_day() {
        for (zone, instant, words) in [
            ("UTC", "2027-12-31T23:59:59Z", "Friday, 31 December 2027 at 23:59 (UTC)"),
            ("America/New_York", "2027-07-01T00:30:00Z", "Wednesday, 30 June 2027 at 20:30 (New York, UTC-04:00)"),
            ("Europe/Warsaw", "2027-03-28T00:59:00Z", "Sunday, 28 March 2027 at 01:59 (Warsaw, UTC+01:00)"),
            ("Europe/Warsaw", "2027-03-28T01:00:00Z", "Sunday, 28 March 2027 at 03:00 (Warsaw, UTC+02:00)"),
            ("Europe/Vilnius", "2027-10-31T00:30:00Z", "Sunday, 31 October 2027 at 03:30 (Vilnius, UTC+03:00)"),
            ("Europe/Vilnius", "2027-10-31T01:30:00Z", "Sunday, 31 October 2027 at 03:30 (Vilnius, UTC+02:00)"),
            (
                "Australia/Lord_Howe",
                "2027-07-01T00:30:00Z",
                "Thursday, 1 July 2027 at 11:00 (Lord Howe Island, UTC+10:30)",
            ),
            ("Europe/Kiev", "2027-07-01T00:30:00Z", "Thursday, 1 July 2027 at 03:30 (Kyiv, UTC+03:00)"),
            ("Etc/GMT-5", "2027-07-01T00:30:00Z", "Thursday, 1 July 2027 at 05:30 (Etc/GMT-5, UTC+05:00)"),
        ] {
            assert_eq!(said("en", zone, instant), words);
        }
    }

    #[test]
    fn a_region_has_its_own_order() {
        assert_eq!(
            said("en-US", "America/New_York", "2027-03-01T09:00:00Z").replace('\u{202f}', " "),
            "Monday, March 1, 2027 at 4:00 AM (New York, UTC-05:00)"
        );
    }
}
