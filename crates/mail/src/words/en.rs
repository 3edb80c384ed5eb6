//! English.

use dipoli_domain::letter::LetterKind;
use jiff::ZonedDateTime;

use super::Language;

/// English.
pub(super) const ENGLISH: Language = Language { tag: "en", template, moment, session: "Session" };

fn template(kind: LetterKind) -> &'static str {
    match kind {
        LetterKind::Invitation => include_str!("../../templates/en/invitation.txt"),
        LetterKind::PasswordReset => include_str!("../../templates/en/password-reset.txt"),
        LetterKind::PasswordChanged => include_str!("../../templates/en/password-changed.txt"),
        LetterKind::SeatGiven => include_str!("../../templates/en/seat-given.txt"),
        LetterKind::SeatChanged => include_str!("../../templates/en/seat-changed.txt"),
        LetterKind::SeatTaken => include_str!("../../templates/en/seat-taken.txt"),
        LetterKind::SessionScheduled => include_str!("../../templates/en/session-scheduled.txt"),
        LetterKind::SessionMoved => include_str!("../../templates/en/session-moved.txt"),
        LetterKind::SessionCancelled => include_str!("../../templates/en/session-cancelled.txt"),
        LetterKind::Reminder => include_str!("../../templates/en/reminder.txt"),
        LetterKind::SilenceOpened => include_str!("../../templates/en/silence-opened.txt"),
        LetterKind::SilenceEnding => include_str!("../../templates/en/silence-ending.txt"),
        LetterKind::SilenceMoved => include_str!("../../templates/en/silence-moved.txt"),
        LetterKind::SilenceBroken => include_str!("../../templates/en/silence-broken.txt"),
        LetterKind::SilenceAdopted => include_str!("../../templates/en/silence-adopted.txt"),
        LetterKind::SilenceWithdrawn => include_str!("../../templates/en/silence-withdrawn.txt"),
    }
}

fn moment(at: &ZonedDateTime) -> String {
    at.strftime("%A, %-d %B %Y, %H:%M, %Q (UTC%:z)").to_string()
}

#[cfg(test)]
mod tests {
    use dipoli_domain::time::Zone;

    use super::*;

    #[test]
    fn a_moment_says_everything() {
        for (zone, instant, words) in [
            ("Europe/Minsk", "2027-03-01T09:00:00Z", "Monday, 1 March 2027, 12:00, Europe/Minsk (UTC+03:00)"),
            ("UTC", "2027-12-31T23:59:59Z", "Friday, 31 December 2027, 23:59, UTC (UTC+00:00)"),
            (
                "America/New_York",
                "2027-07-01T00:30:00Z",
                "Wednesday, 30 June 2027, 20:30, America/New_York (UTC-04:00)",
            ),
            (
                "Australia/Lord_Howe",
                "2027-07-01T00:30:00Z",
                "Thursday, 1 July 2027, 11:00, Australia/Lord_Howe (UTC+10:30)",
            ),
        ] {
            let at = Zone::parse("timeZone", zone).unwrap().at(instant.parse().unwrap());
            assert_eq!(moment(&at), words);
        }
    }
}
