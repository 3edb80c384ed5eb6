//! The calendar part: one entry for one person, sent anew when the session moves, and taken back when it is cancelled
//! (RFC 5545, 5546, 6047; requirements M-11).
//!
//! Deliberately absent: title, place, description, link, the other people, and the recipient's name, which their
//! calendar knows. The organizer is the track's sender, and no answer is asked for: one answers after signing in.

use calcard::{
    common::{IanaString, PartialDateTime},
    icalendar::{
        ICalendar, ICalendarClassification, ICalendarComponent, ICalendarComponentType, ICalendarEntry,
        ICalendarMethod, ICalendarParameter, ICalendarParameterName, ICalendarProperty, ICalendarStatus,
        ICalendarValue, Uri,
    },
};
use dipoli_domain::{
    Timestamp,
    letter::{Appointment, Letter, Matter},
    time::Zone,
};
use fluent_bundle::FluentArgs;
use jiff::{ZonedDateTime, tz::TimeZone};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    render::RenderError,
    sender::Sender,
    words::Reading,
    zone_rules::{self, ZoneRules},
};

/// Names a program, as it must, and no product: a reader's mailbox is not to tell what they take part in.
const PRODUCT: &str = "-//invite//EN";

/// What of an address stands in a mailto URL as it is (RFC 6068).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'@')
    .remove(b'.')
    .remove(b'-')
    .remove(b'_')
    .remove(b'~')
    .remove(b'+')
    .remove(b'!')
    .remove(b'$')
    .remove(b'*');

/// A calendar part.
pub(crate) struct Invite {
    /// What is to be done with it; the same word stands in the part's Content-Type (RFC 6047 §2.4).
    pub(crate) method: &'static str,
    /// The part: folded lines with CRLF ends.
    pub(crate) text: String,
}

/// The calendar part of a letter; `None` where what it tells is no news to a calendar.
pub(crate) fn invite(letter: &Letter, sender: &Sender, reading: &Reading) -> Result<Option<Invite>, RenderError> {
    let (method, status, appointment) = match &letter.matter {
        Matter::SessionScheduled(appointment) | Matter::SessionMoved(appointment) => {
            (ICalendarMethod::Request, ICalendarStatus::Confirmed, appointment)
        }
        Matter::SessionCancelled(appointment) => (ICalendarMethod::Cancel, ICalendarStatus::Cancelled, appointment),
        Matter::Invitation { .. }
        | Matter::PasswordReset { .. }
        | Matter::PasswordChanged { .. }
        | Matter::SignInAfterFailures
        | Matter::SecondFactorChanged { .. }
        | Matter::RecoveryStarted { .. }
        | Matter::TokenMade { .. }
        | Matter::TokenExpiring { .. }
        | Matter::AddressToConfirm { .. }
        | Matter::AddressChanged { .. }
        | Matter::AdministrationChanged { .. }
        | Matter::SeatGiven { .. }
        | Matter::SeatChanged { .. }
        | Matter::SeatTaken { .. }
        | Matter::SilenceOpened(_)
        | Matter::SilenceEnding(_)
        | Matter::SilenceMoved(_)
        | Matter::SilenceBroken
        | Matter::ItemAdopted
        | Matter::ItemObjected
        | Matter::SilenceAdopted { .. }
        | Matter::SilenceWithdrawn
        | Matter::Reminder { .. } => return Ok(None),
    };
    let summary = reading.language.say("entry", &FluentArgs::new())?;
    let mut event = event(letter, appointment, sender, &summary);
    event.add_property(ICalendarProperty::Status, status);
    let rules = clocks(&letter.zone, appointment);
    event.entries.push(time(ICalendarProperty::Dtstart, appointment.starts_at, rules.as_ref()));
    event.entries.push(time(ICalendarProperty::Dtend, appointment.ends_at, rules.as_ref()));
    Ok(Some(Invite { method: method.as_str(), text: calendar(method, rules.as_ref(), event).to_string() }))
}

/// The entry but for its state and its times.
fn event(letter: &Letter, appointment: &Appointment, sender: &Sender, summary: &str) -> ICalendarComponent {
    let mut event = ICalendarComponent::new(ICalendarComponentType::VEvent);
    event.add_uid(&appointment.uid);
    event.add_sequence(appointment.sequence.into());
    event.add_dtstamp(utc(letter.written_at));
    event.add_property(ICalendarProperty::Organizer, mailto(sender.from().as_ref()));
    event.add_property_with_params(
        ICalendarProperty::Attendee,
        [ICalendarParameter::rsvp(false)],
        mailto(letter.to.as_str()),
    );
    event.add_property(ICalendarProperty::Summary, summary);
    event.add_property(ICalendarProperty::Class, ICalendarClassification::Private);
    event
}

fn calendar(method: ICalendarMethod, rules: Option<&ZoneRules>, event: ICalendarComponent) -> ICalendar {
    let mut whole = ICalendarComponent::new(ICalendarComponentType::VCalendar);
    whole.add_property(ICalendarProperty::Version, "2.0");
    whole.add_property(ICalendarProperty::Prodid, PRODUCT);
    whole.add_property(ICalendarProperty::Method, method);
    let mut calendar = ICalendar { components: vec![whole] };
    if let Some((zone, observances)) = rules.map(ZoneRules::components) {
        let zone = place(&mut calendar, 0, zone);
        for observance in observances {
            place(&mut calendar, zone, observance);
        }
    }
    place(&mut calendar, 0, event);
    calendar
}

/// Puts a component into another and tells where it stands.
fn place(calendar: &mut ICalendar, inside: usize, component: ICalendarComponent) -> usize {
    let at = calendar.components.len();
    calendar.components.push(component);
    calendar.components[inside].component_ids.extend(u32::try_from(at));
    at
}

/// The clocks that the entry's times are written in: the reader's own, or `None` for UTC. It is UTC too where the
/// reader's clocks show one of the two times twice (autumn): by RFC 5545 §3.3.5 that would be the first, whichever is
/// meant, and not every calendar reads it so.
fn clocks(zone: &Zone, appointment: &Appointment) -> Option<ZoneRules> {
    let (start, end) = (zone.at(appointment.starts_at), zone.at(appointment.ends_at));
    let is_twofold = |at: &ZonedDateTime| at.time_zone().to_ambiguous_timestamp(at.datetime()).is_ambiguous();
    if is_twofold(&start) || is_twofold(&end) {
        return None;
    }
    ZoneRules::around(start.time_zone(), appointment.starts_at, appointment.ends_at)
}

fn time(name: ICalendarProperty, instant: Timestamp, rules: Option<&ZoneRules>) -> ICalendarEntry {
    let entry = ICalendarEntry::new(name);
    match rules {
        Some(rules) => entry
            .with_param(ICalendarParameter::new(ICalendarParameterName::Tzid, rules.name().to_owned()))
            .with_value(rules.local(instant)),
        None => entry.with_value(utc(instant)),
    }
}

/// An instant with the `Z` of UTC.
fn utc(instant: Timestamp) -> PartialDateTime {
    let local = zone_rules::local(TimeZone::UTC.to_datetime(instant));
    PartialDateTime { tz_hour: Some(0), tz_minute: Some(0), ..local }
}

fn mailto(address: &str) -> ICalendarValue {
    ICalendarValue::Uri(Uri::Location(format!("mailto:{}", utf8_percent_encode(address, ENCODED))))
}
