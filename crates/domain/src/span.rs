//! Durations as operators write them: a whole number and `s`, `m`, `h` or `d`.

use std::{fmt, str::FromStr};

/// A length of time in whole seconds, at most 366 days. A day is 24 hours: spans are counted between instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span(u32);

/// A text that is no span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a duration is a whole number and s, m, h or d, at most 366d: for example 5m")]
pub struct NotASpan;

impl Span {
    const MAX: u32 = 366 * 86_400;

    /// A span of so many seconds; `None` above 366 days.
    pub const fn seconds(seconds: u32) -> Option<Self> {
        if seconds <= Self::MAX { Some(Self(seconds)) } else { None }
    }

    /// Its length in seconds.
    pub const fn as_seconds(self) -> u32 {
        self.0
    }

    /// Its length, to be added to an instant.
    pub fn to_signed(self) -> jiff::SignedDuration {
        jiff::SignedDuration::from_secs(i64::from(self.0))
    }
}

impl FromStr for Span {
    type Err = NotASpan;
    fn from_str(text: &str) -> Result<Self, NotASpan> {
        let unit = text.chars().next_back().ok_or(NotASpan)?;
        let factor = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(NotASpan),
        };
        let digits = &text[..text.len() - unit.len_utf8()];
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotASpan);
        }
        let count: u32 = digits.parse().map_err(|_| NotASpan)?;
        count.checked_mul(factor).and_then(Self::seconds).ok_or(NotASpan)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = match self.0 {
            s if s % 86_400 == 0 && s > 0 => (s / 86_400, 'd'),
            s if s % 3_600 == 0 && s > 0 => (s / 3_600, 'h'),
            s if s % 60 == 0 && s > 0 => (s / 60, 'm'),
            s => (s, 's'),
        };
        write!(f, "{count}{unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_and_write() {
        for (text, seconds, back) in
            [("5m", 300, "5m"), ("24h", 86_400, "1d"), ("7d", 604_800, "7d"), ("0s", 0, "0s"), ("90s", 90, "90s")]
        {
            let span: Span = text.parse().expect("sound");
            assert_eq!((span.as_seconds(), span.to_string().as_str()), (seconds, back));
        }
        for wrong in ["", "5", "m", "-5m", "5 m", "5w", "367d", "99999999999d", "5ж", "+5m"] {
            assert_eq!(wrong.parse::<Span>(), Err(NotASpan), "{wrong}");
        }
    }
}
