//! The calendar part, read back: what it says, and that its times are the session's whatever the reader's zone does.

#![allow(clippy::unwrap_used, reason = "a test that fails has said enough by where it failed")]

mod common;

use calcard::{
    common::timezone::Tz,
    icalendar::{ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarProperty},
};
use common::{apart, appointment, at, letter, zone};
use dipoli_domain::{
    email::EmailAddress,
    letter::{Appointment, Letter, Matter},
};

fn calendar(letter: &Letter) -> String {
    apart(letter).calendar.unwrap()
}

/// The calendar part for a reader in `reader`, of a session of one hour.
fn calendar_in(reader: &str, starts_at: &str) -> String {
    let starts_at = at(starts_at);
    let session = Appointment { starts_at, ends_at: starts_at + jiff::SignedDuration::from_hours(1), ..appointment() };
    calendar(&Letter { zone: zone(reader), ..letter(Matter::SessionScheduled(session)) })
}

/// The lines of a calendar, unfolded.
fn lines(calendar: &str) -> Vec<String> {
    calendar.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
}

/// The instants of the entry's start and end, computed by the parser from the calendar's own rules or names.
fn instants(calendar: &str) -> (i64, i64) {
    let parsed = ICalendar::parse(calendar).unwrap();
    let dates = parsed.expand_dates(Tz::UTC, 2);
    assert!(dates.errors.is_empty(), "{:?} {calendar}", dates.errors);
    let [event] = &dates.events[..] else { panic!("one event") };
    let event = event.clone().try_into_date_time().unwrap();
    (event.start.timestamp(), event.end.timestamp())
}

fn components(calendar: &str, kind: ICalendarComponentType) -> Vec<ICalendarComponent> {
    let parsed = ICalendar::parse(calendar).unwrap();
    parsed.components.into_iter().filter(|component| component.component_type == kind).collect()
}

#[test]
fn an_entry_says_what_it_must_and_no_more() {
    let scheduled = Matter::SessionScheduled(appointment());
    assert_eq!(
        lines(&calendar(&letter(scheduled))),
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//invite//EN",
            "METHOD:REQUEST",
            "BEGIN:VTIMEZONE",
            "TZID:Europe/Minsk",
            "BEGIN:STANDARD",
            "DTSTART:20110327T020000",
            "TZOFFSETFROM:+0200",
            "TZOFFSETTO:+0300",
            "TZNAME:+03",
            "END:STANDARD",
            "END:VTIMEZONE",
            "BEGIN:VEVENT",
            "UID:7b1f2f7e-7e1c-4f0a-9b53-5d0a6f6f2a11",
            "SEQUENCE:2",
            "DTSTAMP:20270220T073015Z",
            "SUMMARY:Session",
            "CLASS:PRIVATE",
            "STATUS:CONFIRMED",
            "DTSTART;TZID=Europe/Minsk:20270301T120000",
            "DTEND;TZID=Europe/Minsk:20270301T140000",
            "ORGANIZER:mailto:secretariat@track.example",
            "ATTENDEE;RSVP=FALSE:mailto:amina@example.org",
            "END:VEVENT",
            "END:VCALENDAR",
        ]
    );
}

#[test]
fn moving_asks_again_and_cancelling_takes_back() {
    for (matter, method, status) in [
        (Matter::SessionScheduled(appointment()), "REQUEST", "CONFIRMED"),
        (Matter::SessionMoved { appointment: appointment(), was: None }, "REQUEST", "CONFIRMED"),
        (Matter::SessionCancelled { appointment: appointment(), reason: None }, "CANCEL", "CANCELLED"),
    ] {
        let parts = apart(&letter(matter));
        assert_eq!(parts.calendar_type.unwrap(), format!("{method} utf-8"));
        let lines = lines(&parts.calendar.unwrap());
        assert!(lines.contains(&format!("METHOD:{method}")) && lines.contains(&format!("STATUS:{status}")));
        assert!(lines.contains(&"UID:7b1f2f7e-7e1c-4f0a-9b53-5d0a6f6f2a11".to_owned()));
    }
}

#[test]
fn other_letters_have_no_calendar_part() {
    for letter in common::letters() {
        let has = matches!(
            letter.matter,
            Matter::SessionScheduled(_)
                | Matter::SessionsScheduled(_)
                | Matter::SessionMoved { .. }
                | Matter::SessionCancelled { .. }
        );
        assert_eq!(apart(&letter).calendar.is_some(), has);
    }
}

#[test]
fn times_are_the_sessions_on_the_weekends_when_clocks_change() {
    for reader in [
        "Europe/Minsk",
        "Europe/Warsaw",
        "Europe/Vilnius",
        "Australia/Lord_Howe",
        "America/New_York",
        "Asia/Tehran",
        "UTC",
    ] {
        // Around the changes in Europe, on Lord Howe and in New York, hour by hour, and at year's end.
        for day in ["2027-03-13", "2027-03-27", "2027-04-03", "2027-10-02", "2027-10-30", "2027-11-06", "2027-12-31"] {
            let midnight = at(&format!("{day}T00:15:00Z"));
            for hour in 0..48 {
                let starts_at = midnight + jiff::SignedDuration::from_hours(hour);
                let calendar = calendar_in(reader, &starts_at.to_string());
                let expected = (starts_at.as_second(), starts_at.as_second() + 3600);
                assert_eq!(instants(&calendar), expected, "{reader} {starts_at}\n{calendar}");
                reads_by_its_own_rules(&calendar, starts_at);
            }
        }
    }
}

/// Reads DTSTART with the VTIMEZONE's own rules (RFC 5545 §3.6.5: the observance that began last) and compares.
fn reads_by_its_own_rules(calendar: &str, starts_at: jiff::Timestamp) {
    let Some(start) = lines(calendar).into_iter().find_map(|line| {
        line.strip_prefix("DTSTART;TZID=").and_then(|rest| rest.split_once(':')).map(|(_, time)| time.to_owned())
    }) else {
        return assert!(calendar.contains("DTSTART:") && !calendar.contains("VTIMEZONE"));
    };
    let civil = |text: &str| jiff::civil::DateTime::strptime("%Y%m%dT%H%M%S", text).unwrap();
    let offset = |text: &str| {
        let minutes: i32 = text[1..3].parse::<i32>().unwrap() * 60 + text[3..5].parse::<i32>().unwrap();
        jiff::tz::Offset::from_seconds(if text.starts_with('-') { -minutes * 60 } else { minutes * 60 }).unwrap()
    };
    let all = lines(calendar);
    let observances: Vec<_> = all
        .iter()
        .zip(&all[1..])
        .zip(&all[2..])
        .filter_map(|((begins, from), to)| {
            let begins = begins.strip_prefix("DTSTART:").filter(|_| from.starts_with("TZOFFSETFROM:"))?;
            Some((civil(begins), offset(&to["TZOFFSETTO:".len()..])))
        })
        .collect();
    let local = civil(&start);
    let (_, to) = observances.iter().filter(|(begins, _)| *begins <= local).max_by_key(|(begins, _)| *begins).unwrap();
    assert_eq!(to.to_timestamp(local).unwrap().as_second(), starts_at.as_second(), "{calendar}");
}

#[test]
fn a_zone_without_changes_has_one_observance_and_utc_has_none() {
    let of = |reader| calendar_in(reader, "2027-03-01T09:00:00Z");
    for (reader, standard, daylight) in
        [("Europe/Minsk", 1, 0), ("Asia/Kolkata", 1, 0), ("Etc/GMT-3", 1, 0), ("Europe/Warsaw", 3, 2)]
    {
        let calendar = of(reader);
        let found = |kind| components(&calendar, kind).len();
        let counts = (found(ICalendarComponentType::Standard), found(ICalendarComponentType::Daylight));
        assert_eq!(counts, (standard, daylight), "{calendar}");
    }
    for utc in ["UTC", "Etc/UTC", "Etc/GMT"] {
        let calendar = of(utc);
        assert!(!calendar.contains("TZ") && calendar.contains("DTSTART:20270301T090000Z\r\n"), "{calendar}");
    }
}

#[test]
fn lord_howe_changes_by_half_an_hour() {
    let calendar = calendar_in("Australia/Lord_Howe", "2027-10-02T15:45:00Z");
    assert!(calendar.contains("TZOFFSETFROM:+1030\r\nTZOFFSETTO:+1100\r\n"), "{calendar}");
    assert!(calendar.contains("DTSTART;TZID=Australia/Lord_Howe:20271003T024500\r\n"), "{calendar}");
}

#[test]
fn a_time_that_clocks_show_twice_is_in_utc() {
    for (starts_at, found) in [
        // One hour from 00:59 is clear; what touches the hour from 02:00 to 03:00, which comes twice, is not.
        ("2027-10-30T22:59:00Z", "DTSTART;TZID=Europe/Warsaw:20271031T005900"),
        ("2027-10-30T23:30:00Z", "DTSTART:20271030T233000Z"),
        ("2027-10-31T00:30:00Z", "DTSTART:20271031T003000Z"),
        ("2027-10-31T01:30:00Z", "DTSTART:20271031T013000Z"),
        ("2027-10-31T02:00:00Z", "DTSTART;TZID=Europe/Warsaw:20271031T030000"),
    ] {
        let calendar = calendar_in("Europe/Warsaw", starts_at);
        assert!(lines(&calendar).contains(&found.to_owned()), "{calendar}");
    }
}

#[test]
fn a_calendars_lines_are_folded_and_its_addresses_encoded() {
    let long = format!("{}@{}.example", "a".repeat(60), "b".repeat(60));
    for (address, found) in [
        (long.as_str(), format!("mailto:{long}")),
        ("o'neil,jr+x@example.org", "mailto:o%27neil%2Cjr+x@example.org".to_owned()),
        ("\"odd; one\"@example.org", "mailto:%22odd%3B%20one%22@example.org".to_owned()),
    ] {
        let Ok(to) = EmailAddress::parse("email", address) else { continue };
        let calendar = calendar(&Letter { to, ..letter(Matter::SessionScheduled(appointment())) });
        assert!(calendar.split("\r\n").all(|line| line.len() <= 75), "{calendar}");
        assert!(lines(&calendar).contains(&format!("ATTENDEE;RSVP=FALSE:{found}")), "{calendar}");
        let [event] = &components(&calendar, ICalendarComponentType::VEvent)[..] else { panic!("one event") };
        let attendees: Vec<_> = event.properties(&ICalendarProperty::Attendee).collect();
        assert_eq!(attendees.len(), 1);
    }
}
