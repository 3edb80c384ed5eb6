//! Sessions that follow each other in a rhythm: every so many weeks, or on the same weekday of every month.
//!
//! It is reckoned on the wall: each session begins and ends when clocks in the session's zone show what they showed for the
//! first, also where they are changed in between. Each is a session of its own from then on. Deliberately absent: anything
//! that holds them together afterwards.

use jiff::{Span, civil::Date};

use crate::{
    id::SessionId,
    refusal::{Refusal, Refusals},
    session::Session,
    time::Wall,
};

/// Sessions of a series at most.
pub const MOST: usize = 52;

words! {
    /// Which of a month's days of the same weekday.
    pub enum Week {
        /// The first.
        First = "first",
        /// The second.
        Second = "second",
        /// The third.
        Third = "third",
        /// The fourth.
        Fourth = "fourth",
        /// The last, whether it is the fourth or the fifth.
        Last = "last",
    }
}

/// How a series goes on after its first session, as it was sent.
#[derive(Clone, Debug, Default)]
pub struct Recurrence {
    /// Every so many weeks, 1 to 52.
    pub every_weeks: Option<i32>,
    /// On the same weekday of every month: which of them.
    pub monthly_on: Option<Week>,
    /// So many sessions in all, 2 to [`MOST`].
    pub sessions: Option<i32>,
    /// A day of the session's zone, year-month-day, after which none begins.
    pub last_day: Option<String>,
}

#[derive(Clone, Copy)]
enum Rhythm {
    Weeks(i64),
    Monthly(Week),
}

impl Recurrence {
    /// The series that begins with `first`, in order; told all faults at once. Each session has an id of its own.
    pub fn of(&self, first: &Session) -> Result<Vec<Session>, Refusals> {
        let mut refusals = Refusals::default();
        let rhythm = refusals.keep(self.rhythm(first.starts.local.date()));
        let end = refusals.keep(self.end());
        refusals.check()?;
        let (Some(rhythm), Some((most, last_day))) = (rhythm, end) else {
            return Err(Refusal::bad_input("input", "It is incomplete.").into());
        };
        let begins = first.starts.local.date();
        let mut days: Vec<Date> = (0..i64::MAX)
            .map_while(|nth| rhythm.day(begins, nth))
            .take_while(|day| last_day.is_none_or(|last| *day <= last))
            .take(most.unwrap_or(MOST + 1))
            .collect();
        if days.len() > MOST {
            return Err(Refusal::bad_input("lastDay", format!("A series has at most {MOST} sessions.")).into());
        }
        if days.len() < 2 {
            return Err(Refusal::bad_input("lastDay", "Only one session would begin until then.").into());
        }
        days.remove(0);
        let later = days.into_iter().map(|day| on(first, day)).collect::<Result<Vec<_>, _>>()?;
        Ok(std::iter::once(first.clone()).chain(later).collect())
    }

    fn rhythm(&self, begins: Date) -> Result<Rhythm, Refusal> {
        match (self.every_weeks, self.monthly_on) {
            (Some(weeks @ 1..=52), None) => Ok(Rhythm::Weeks(weeks.into())),
            (Some(_), None) => Err(Refusal::bad_input("everyWeeks", "1 to 52 weeks.")),
            (None, Some(week)) if week.day_like(begins, begins) == Some(begins) => Ok(Rhythm::Monthly(week)),
            (None, Some(_)) => {
                Err(Refusal::bad_input("monthlyOn", "The first session is not on that weekday of its month."))
            }
            (None, None) | (Some(_), Some(_)) => {
                Err(Refusal::bad_input("everyWeeks", "Give either everyWeeks or monthlyOn."))
            }
        }
    }

    fn end(&self) -> Result<(Option<usize>, Option<Date>), Refusal> {
        match (self.sessions, self.last_day.as_deref()) {
            (Some(sessions), None) => {
                let sessions = usize::try_from(sessions).ok().filter(|sessions| (2..=MOST).contains(sessions));
                let too_many = || Refusal::bad_input("sessions", format!("A series has 2 to {MOST} sessions."));
                Ok((Some(sessions.ok_or_else(too_many)?), None))
            }
            (None, Some(day)) => {
                let no_day = |_| Refusal::bad_input("lastDay", "This is not a day, for example 2027-03-31.");
                Ok((None, Some(day.parse().map_err(no_day)?)))
            }
            (None, None) | (Some(_), Some(_)) => {
                Err(Refusal::bad_input("sessions", "Give either sessions or lastDay."))
            }
        }
    }
}

impl Rhythm {
    /// The day of the nth session after the first; `None` where the calendar ends.
    fn day(self, begins: Date, nth: i64) -> Option<Date> {
        match self {
            Self::Weeks(weeks) => begins.checked_add(Span::new().try_weeks(weeks.checked_mul(nth)?).ok()?).ok(),
            Self::Monthly(week) => {
                let month = begins.first_of_month().checked_add(Span::new().try_months(nth).ok()?).ok()?;
                week.day_like(month, begins)
            }
        }
    }
}

impl Week {
    /// The day of `month`'s month that has the weekday of `like`.
    fn day_like(self, month: Date, like: Date) -> Option<Date> {
        let nth = match self {
            Self::First => 1,
            Self::Second => 2,
            Self::Third => 3,
            Self::Fourth => 4,
            Self::Last => -1,
        };
        month.nth_weekday_of_month(nth, like.weekday()).ok()
    }
}

/// The first session on another day, as clocks show it there.
fn on(first: &Session, day: Date) -> Result<Session, Refusals> {
    let out_of_range = |_| Refusal::bad_input("lastDay", "That is beyond the calendar.");
    let later = first.starts.local.date().until(day).map_err(out_of_range)?;
    let moved = |wall: &Wall| -> Result<Wall, Refusal> {
        Ok(Wall { local: wall.local.checked_add(later).map_err(out_of_range)?, zone: wall.zone.clone() })
    };
    let (starts, ends) = (moved(&first.starts)?, moved(&first.ends)?);
    if ends.instant() <= starts.instant() {
        let message = format!("The clocks are changed on {day}: the session would end before it starts.");
        return Err(Refusal::bad_input("endsAt", message).into());
    }
    Ok(Session { id: SessionId::random(), starts, ends, agenda_cut_off: None, ..first.clone() })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{note::Attribution, session::Draft, working_group::WorkingGroup};

    fn first(zone: &str, starts_at: &str, ends_at: &str) -> Session {
        let group = WorkingGroup::convene("water", "Water", "", zone, Attribution::Named).expect("sound");
        let draft = Draft {
            title: "Third round".into(),
            purpose: String::new(),
            starts_at: starts_at.into(),
            ends_at: ends_at.into(),
            zone: None,
            venue: None,
            join_url: None,
            attribution: None,
            agenda_cut_off: None,
            draft: false,
        };
        Session::schedule(&group, &draft, Timestamp::UNIX_EPOCH).expect("sound")
    }

    fn weeks(every_weeks: i32, sessions: i32) -> Recurrence {
        Recurrence { every_weeks: Some(every_weeks), sessions: Some(sessions), ..Recurrence::default() }
    }

    fn monthly(week: Week, last_day: &str) -> Recurrence {
        Recurrence { monthly_on: Some(week), last_day: Some(last_day.into()), ..Recurrence::default() }
    }

    fn starts(series: &[Session]) -> Vec<String> {
        series.iter().map(|session| session.starts_at().to_string()).collect()
    }

    fn fields(recurrence: &Recurrence, first: &Session) -> Vec<String> {
        let refusals = recurrence.of(first).expect_err("unsound");
        refusals.iter().filter_map(|refusal| refusal.field.as_deref().map(str::to_owned)).collect()
    }

    #[test]
    fn every_two_weeks_the_clocks_show_the_same() {
        let first = first("Europe/Warsaw", "2027-03-15T09:00:00Z", "2027-03-15T11:00:00Z");
        let series = weeks(2, 3).of(&first).expect("sound");
        assert_eq!(starts(&series), ["2027-03-15T09:00:00Z", "2027-03-29T08:00:00Z", "2027-04-12T08:00:00Z"]);
        assert!(series.iter().all(|it| it.starts.local.hour() == 10 && it.ends.local.hour() == 12));
        assert_eq!(series[0], first);
        assert!(series[1].id != series[2].id && series[1].id != first.id);
    }

    #[test]
    fn on_the_last_friday_of_the_month() {
        let first = first("Europe/Vilnius", "2027-01-29T12:00:00Z", "2027-01-29T22:30:00Z");
        let series = monthly(Week::Last, "2027-04-30").of(&first).expect("sound");
        let expected = ["2027-01-29T12:00:00Z", "2027-02-26T12:00:00Z", "2027-03-26T12:00:00Z", "2027-04-30T11:00:00Z"];
        assert_eq!(starts(&series), expected);
        assert_eq!(series[3].ends.local, jiff::civil::date(2027, 5, 1).at(0, 30, 0, 0), "it ends on the day after");
        assert_eq!(fields(&monthly(Week::First, "2027-04-30"), &first), ["monthlyOn"]);
        assert_eq!(fields(&monthly(Week::Fourth, "2027-04-30"), &first), ["monthlyOn"], "it is the fifth");
        assert_eq!(fields(&monthly(Week::Last, "2027-02-25"), &first), ["lastDay"], "only one");
    }

    #[test]
    fn what_a_gap_swallows_begins_later_and_what_would_end_before_it_starts_is_refused() {
        let night = |ends_at| first("Europe/Warsaw", "2027-03-21T01:30:00Z", ends_at);
        let series = weeks(1, 3).of(&night("2027-03-21T03:00:00Z")).expect("sound");
        assert_eq!(starts(&series), ["2027-03-21T01:30:00Z", "2027-03-28T01:30:00Z", "2027-04-04T00:30:00Z"]);
        assert_eq!(series[1].ends_at().to_string(), "2027-03-28T02:00:00Z");
        assert_eq!(fields(&weeks(1, 3), &night("2027-03-21T02:15:00Z")), ["endsAt"]);
        // At Lord Howe the clocks go by half an hour.
        let there = first("Australia/Lord_Howe", "2027-09-25T15:45:00Z", "2027-09-25T17:00:00Z");
        let series = weeks(1, 2).of(&there).expect("sound");
        assert_eq!(starts(&series), ["2027-09-25T15:45:00Z", "2027-10-02T15:45:00Z"]);
        let minsk = first("Europe/Minsk", "2027-12-30T07:00:00Z", "2027-12-30T08:00:00Z");
        assert_eq!(starts(&weeks(1, 2).of(&minsk).expect("sound")), ["2027-12-30T07:00:00Z", "2028-01-06T07:00:00Z"]);
    }

    #[test]
    fn it_has_one_rhythm_and_one_end_and_at_most_52_sessions() {
        let first = first("Europe/Minsk", "2027-01-04T07:00:00Z", "2027-01-04T08:00:00Z");
        assert_eq!(weeks(1, 52).of(&first).expect("sound").len(), MOST);
        let a_year = Recurrence { sessions: None, last_day: Some("2027-12-31".into()), ..weeks(1, 2) };
        assert_eq!(a_year.of(&first).expect("sound").len(), MOST);
        for (recurrence, expected) in [
            (Recurrence::default(), vec!["everyWeeks", "sessions"]),
            (Recurrence { monthly_on: Some(Week::First), ..weeks(1, 2) }, vec!["everyWeeks"]),
            (Recurrence { last_day: Some("2027-03-01".into()), ..weeks(1, 2) }, vec!["sessions"]),
            (weeks(0, 2), vec!["everyWeeks"]),
            (weeks(53, 2), vec!["everyWeeks"]),
            (weeks(1, 1), vec!["sessions"]),
            (weeks(1, 53), vec!["sessions"]),
            (Recurrence { sessions: None, last_day: Some("soon".into()), ..weeks(1, 2) }, vec!["lastDay"]),
            (Recurrence { sessions: None, last_day: Some("2028-01-03".into()), ..weeks(1, 2) }, vec!["lastDay"]),
            (Recurrence { sessions: None, last_day: Some("9999-12-31".into()), ..weeks(1, 2) }, vec!["lastDay"]),
        ] {
            assert_eq!(fields(&recurrence, &first), expected, "{recurrence:?}");
        }
    }
}
