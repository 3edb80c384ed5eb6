//! Instants and days on their way into and out of the database: microseconds, UTC.
//!
//! Deliberately absent: the clock (see `clock.rs`).

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use dipoli_domain::Timestamp;
use jiff::civil;

use crate::StoreError;

/// The instant as it is bound, truncated to microseconds so that both databases keep the same.
pub(crate) fn bind(instant: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(instant.as_microsecond()).unwrap_or_default()
}

/// The instant that was stored.
pub(crate) fn read(stored: DateTime<Utc>) -> Timestamp {
    Timestamp::from_microsecond(stored.timestamp_micros()).unwrap_or_default()
}

/// The day as it is bound.
pub(crate) fn bind_day(day: civil::Date) -> NaiveDate {
    NaiveDate::from_ymd_opt(day.year().into(), day.month().unsigned_abs().into(), day.day().unsigned_abs().into())
        .unwrap_or_default()
}

/// The day that was stored.
pub(crate) fn read_day(stored: NaiveDate) -> Result<civil::Date, StoreError> {
    let parts = (i16::try_from(stored.year()), i8::try_from(stored.month()), i8::try_from(stored.day()));
    let (Ok(year), Ok(month), Ok(day)) = parts else {
        return Err(StoreError::Integrity);
    };
    civil::Date::new(year, month, day).map_err(|_| StoreError::Integrity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_reads_back_to_the_microsecond() {
        let instant: Timestamp = "2027-03-28T01:30:00.123456789Z".parse().unwrap();
        assert_eq!(read(bind(instant)), "2027-03-28T01:30:00.123456Z".parse().unwrap());
        let day = civil::date(2028, 2, 29);
        assert_eq!(read_day(bind_day(day)).unwrap(), day);
    }
}
