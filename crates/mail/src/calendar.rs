//! Calendar entries of one person (RFC 5545, 5546, 6047; requirements M-11): attached to letters, sent anew when the session
//! moves and taken back when it is cancelled; and all of them as a feed. The same session has the same UID in both.
//!
//! Deliberately absent: description, link, the other people, and the recipient's name, which their calendar knows; title and
//! place but where the track's letters tell them. The organizer is the track's sender, and no answer is asked for: one
//! answers by the letter's links, or after signing in.

use calcard::{
    common::{IanaString, PartialDateTime},
    icalendar::{
        ICalendar, ICalendarClassification, ICalendarComponent, ICalendarComponentType, ICalendarEntry,
        ICalendarMethod, ICalendarParameter, ICalendarParameterName, ICalendarProperty, ICalendarStatus,
        ICalendarTransparency, ICalendarValue, Uri,
    },
};
use dipoli_domain::{
    Timestamp,
    language::LanguageTag,
    letter::{Appointment, Letter, Matter, Subject},
    time::Zone,
};
use fluent_bundle::FluentArgs;
use jiff::{ZonedDateTime, tz::TimeZone};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    name,
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

/// A session as it stands in somebody's calendar.
pub struct CalendarEntry {
    /// The iCalendar UID.
    pub uid: String,
    /// The iCalendar SEQUENCE.
    pub sequence: i32,
    /// When calendars had last to learn of it.
    pub stamp: Timestamp,
    /// When it starts.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// Whether it was cancelled.
    pub is_cancelled: bool,
    /// Whether it takes none of the reader's time, since they have declined.
    pub is_free: bool,
    /// What the reader calls it.
    pub label: Option<String>,
    /// What it is about, where the track's letters tell.
    pub subject: Option<Subject>,
}

/// The calendar part of a letter; `None` where what it tells is no news to a calendar, or its reader wants none.
pub(crate) fn invite(letter: &Letter, sender: &Sender, reading: &Reading) -> Result<Option<Invite>, RenderError> {
    let (method, appointment) = match &letter.matter {
        Matter::SessionScheduled(appointment)
        | Matter::SessionsScheduled(appointment)
        | Matter::SessionMoved { appointment, .. } => (ICalendarMethod::Request, appointment),
        Matter::SessionCancelled { appointment, .. } => (ICalendarMethod::Cancel, appointment),
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
        | Matter::ProtectionChanged { .. }
        | Matter::AdministrationChanged { .. }
        | Matter::SeatGiven { .. }
        | Matter::SeatChanged { .. }
        | Matter::SeatTaken { .. }
        | Matter::ParticipationSuspended
        | Matter::ParticipationResumed
        | Matter::Reminder { .. }
        | Matter::AnswerMissing(_)
        | Matter::NotesDigest
        | Matter::DateSought
        | Matter::Unsubscribed { .. }
        | Matter::AddressStopped
        | Matter::SilenceOpened(_)
        | Matter::SilenceEnding(_)
        | Matter::SilenceMoved(_)
        | Matter::SilenceBroken
        | Matter::ItemAdopted
        | Matter::ItemObjected
        | Matter::SilenceAdopted { .. }
        | Matter::RecordCirculated
        | Matter::RecordIssued { .. }
        | Matter::SilenceWithdrawn => return Ok(None),
    };
    if !appointment.has_entry {
        return Ok(None);
    }
    let entry = entry(letter, appointment, method == ICalendarMethod::Cancel);
    let rules = clocks(&letter.zone, std::slice::from_ref(&entry));
    let mut event = event(&entry, rules.as_ref(), &usual_name(reading)?);
    event.add_property(ICalendarProperty::Organizer, mailto(sender.from().as_ref()));
    event.add_property_with_params(
        ICalendarProperty::Attendee,
        [ICalendarParameter::rsvp(false)],
        mailto(letter.to.as_str()),
    );
    let word = method.as_str();
    let text = calendar(Some(method), rules.as_ref(), vec![event]).to_string();
    Ok(Some(Invite { method: word, text }))
}

/// A feed of all these entries, for a reader of this language in this zone (RFC 5545; no METHOD: nothing is asked).
///
/// # Errors
/// A word is missing.
pub fn feed(entries: &[CalendarEntry], language: &LanguageTag, zone: &Zone) -> Result<String, RenderError> {
    let reading = Reading::of(language, &LanguageTag::english());
    let usual = usual_name(&reading)?;
    let rules = clocks(zone, entries);
    let events = entries.iter().map(|entry| event(entry, rules.as_ref(), &usual)).collect();
    Ok(calendar(None, rules.as_ref(), events).to_string())
}

fn usual_name(reading: &Reading) -> Result<String, RenderError> {
    reading.language.say("entry", &FluentArgs::new())
}

fn entry(letter: &Letter, appointment: &Appointment, is_cancelled: bool) -> CalendarEntry {
    CalendarEntry {
        uid: appointment.uid.clone(),
        sequence: appointment.sequence,
        stamp: letter.written_at,
        starts_at: appointment.starts_at,
        ends_at: appointment.ends_at,
        is_cancelled,
        is_free: false,
        label: appointment.label.clone(),
        subject: appointment.subject.clone(),
    }
}

fn event(entry: &CalendarEntry, rules: Option<&ZoneRules>, usual: &str) -> ICalendarComponent {
    let mut event = ICalendarComponent::new(ICalendarComponentType::VEvent);
    event.add_uid(&entry.uid);
    event.add_sequence(entry.sequence.into());
    event.add_dtstamp(utc(entry.stamp));
    let title = entry.subject.as_ref().map(|subject| subject.title.as_str());
    let summary = name::on_one_line(entry.label.as_deref().or(title).unwrap_or(usual));
    event.add_property(ICalendarProperty::Summary, summary.as_str());
    if let Some(venue) = entry.subject.as_ref().and_then(|subject| subject.venue.as_deref()) {
        event.add_property(ICalendarProperty::Location, name::on_one_line(venue).as_str());
    }
    event.add_property(ICalendarProperty::Class, ICalendarClassification::Private);
    let status = if entry.is_cancelled { ICalendarStatus::Cancelled } else { ICalendarStatus::Confirmed };
    event.add_property(ICalendarProperty::Status, status);
    if entry.is_free {
        event.add_property(ICalendarProperty::Transp, ICalendarTransparency::Transparent);
    }
    // An hour that the clocks show twice (autumn) is written in UTC: by RFC 5545 §3.3.5 it would be the first of the two,
    // whichever is meant, and not every calendar reads it so.
    let rules = rules.filter(|rules| !rules.shows_twice(entry.starts_at) && !rules.shows_twice(entry.ends_at));
    event.entries.push(time(ICalendarProperty::Dtstart, entry.starts_at, rules));
    event.entries.push(time(ICalendarProperty::Dtend, entry.ends_at, rules));
    event
}

fn calendar(method: Option<ICalendarMethod>, rules: Option<&ZoneRules>, events: Vec<ICalendarComponent>) -> ICalendar {
    let mut whole = ICalendarComponent::new(ICalendarComponentType::VCalendar);
    whole.add_property(ICalendarProperty::Version, "2.0");
    whole.add_property(ICalendarProperty::Prodid, PRODUCT);
    if let Some(method) = method {
        whole.add_property(ICalendarProperty::Method, method);
    }
    let mut calendar = ICalendar { components: vec![whole] };
    let names_zone = |event: &ICalendarComponent| {
        event.entries.iter().any(|entry| entry.parameter(&ICalendarParameterName::Tzid).is_some())
    };
    if let Some((zone, observances)) = rules.filter(|_| events.iter().any(names_zone)).map(ZoneRules::components) {
        let zone = place(&mut calendar, 0, zone);
        for observance in observances {
            place(&mut calendar, zone, observance);
        }
    }
    for event in events {
        place(&mut calendar, 0, event);
    }
    calendar
}

/// Puts a component into another and tells where it stands.
fn place(calendar: &mut ICalendar, inside: usize, component: ICalendarComponent) -> usize {
    let at = calendar.components.len();
    calendar.components.push(component);
    calendar.components[inside].component_ids.extend(u32::try_from(at));
    at
}

/// The reader's clocks around the time of these entries; `None` for UTC.
fn clocks(zone: &Zone, entries: &[CalendarEntry]) -> Option<ZoneRules> {
    let first = entries.iter().map(|entry| entry.starts_at).min()?;
    let last = entries.iter().map(|entry| entry.ends_at).max()?;
    let at: ZonedDateTime = zone.at(first);
    ZoneRules::around(at.time_zone(), first, last)
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
