//! When what happens in the example world: all deeds around a meeting, each at its time.
//!
//! Times follow from the meeting's day and its zone's clocks, so that the world is as young as the day it is made on.

use dipoli_domain::{
    Timestamp,
    time::{self, Wall, Zone},
};
use jiff::{SignedDuration, ToSpan, civil::Weekday};

use super::{
    cast::WORLD,
    meetings::{Fate, Meeting},
};

/// How long ago the groups were convened.
const BEGINNING: SignedDuration = SignedDuration::from_hours(150 * 24);

/// When the world begins: the clock of a track that is made for it.
pub fn beginning(today: Timestamp) -> Timestamp {
    time::before(today, BEGINNING)
}

/// Something that happens to a meeting, by its place in the list, and to which of its items, answers or notes.
#[derive(Clone, Copy, Debug)]
pub enum Deed {
    Schedule(usize),
    Propose(usize, usize),
    Decide(usize, usize),
    Answer(usize, usize),
    Note(usize, usize),
    CallOff(usize),
    Conclude(usize),
}

/// Everything that happens around a meeting, and when.
pub fn deeds_of(index: usize, meeting: &Meeting, today: Timestamp) -> Vec<(Timestamp, Deed)> {
    let (starts, ends) = slot(meeting, today);
    let announced = time::before(starts, SignedDuration::from_hours(21 * 24)).min(time::before(today, hours(48)));
    let after = |minutes: usize| time::after(announced, SignedDuration::from_mins(i64::try_from(minutes).unwrap_or(0)));
    let mut deeds = vec![(announced, Deed::Schedule(index))];
    deeds.extend((0..meeting.agenda.len()).map(|i| (after(60 * (i + 1)), Deed::Propose(index, i))));
    deeds.extend((0..meeting.agenda.len()).map(|i| (after(60 * 20 + 7 * i), Deed::Decide(index, i))));
    deeds.extend((0..meeting.answers.len()).map(|i| (after(60 * 26 + 11 * i), Deed::Answer(index, i))));
    let first_note = if meeting.fate == Fate::Concluded { time::after(starts, hours(1)) } else { after(60 * 30) };
    deeds.extend((0..meeting.notes.len()).map(|i| {
        let later = SignedDuration::from_mins(i64::try_from(9 * i).unwrap_or(0));
        (time::after(first_note, later), Deed::Note(index, i))
    }));
    match meeting.fate {
        Fate::Concluded => deeds.push((time::after(ends, hours(1)), Deed::Conclude(index))),
        Fate::CalledOff => deeds.push((after(60 * 40), Deed::CallOff(index))),
        Fate::Announced | Fate::Draft => {}
    }
    deeds
}

const fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// When a meeting starts and ends.
pub fn slot(meeting: &Meeting, today: Timestamp) -> (Timestamp, Timestamp) {
    let zone = zone(meeting);
    let day = zone.at(today).date().saturating_add(meeting.day.days());
    let day = match day.weekday() {
        Weekday::Saturday => day.saturating_add(2.days()),
        Weekday::Sunday => day.saturating_add(1.days()),
        Weekday::Monday | Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday | Weekday::Friday => day,
    };
    let starts = Wall { local: day.at(meeting.hour, 0, 0, 0), zone }.instant();
    (starts, time::after(starts, hours(meeting.hours)))
}

fn zone(meeting: &Meeting) -> Zone {
    let group = WORLD.iter().flat_map(|setting| setting.groups).find(|group| group.slug == meeting.group);
    let name = meeting.zone.or(group.map(|group| group.zone)).unwrap_or("UTC");
    Zone::stored(name).unwrap_or_else(Zone::utc)
}
