//! How often a password may be guessed: at one account, and from one client address (requirements A-06).
//!
//! A try is counted before anything is compared, so that those which come together are not more than those which come one
//! after the other. Both counts are a day's. Deliberately absent: whether the account exists; and sign-ins that are on,
//! which no lock ends.

use jiff::{SignedDuration, Timestamp};

use crate::time;

/// How often a client address may try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At once.
    pub burst: u32,
    /// And then every minute.
    pub per_minute: u32,
}

/// The tries from one client address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// When it has as many tries before it as at first.
    pub full_at: Option<Timestamp>,
}

impl Bucket {
    /// The bucket after one more try; `None` where none is left.
    pub fn tried(self, rate: Rate, now: Timestamp) -> Option<Self> {
        let each = SignedDuration::from_micros(60_000_000 / i64::from(rate.per_minute.max(1)));
        let most = each * i32::try_from(rate.burst.saturating_sub(1)).unwrap_or(i32::MAX);
        let full_at = self.full_at.map_or(now, |at| at.max(now));
        (full_at <= time::after(now, most)).then(|| Self { full_at: Some(time::after(full_at, each)) })
    }
}

/// Tries at one account that are under way at once.
const AT_ONCE: usize = 3;
/// A try of which nothing was heard for so long has come to nothing, and counts as one that failed.
const LOST_AFTER: SignedDuration = SignedDuration::from_secs(30);
/// Failures after which the account is locked until the day ends.
const MOST: u32 = 100;

/// The tries of a day at one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// Those that failed.
    pub failures: u32,
    /// When the last of them did.
    pub failed_at: Option<Timestamp>,
    /// Of those that failed, how many the account's owner was told of.
    pub told: u32,
    /// When those that are under way began.
    pub under_way: Vec<Timestamp>,
}

impl Lock {
    /// With one more try under way; `None` where it is locked.
    pub fn began(self, now: Timestamp) -> Option<Self> {
        let mut lock = self.without_lost(now);
        let under_way = u32::try_from(lock.under_way.len()).unwrap_or(u32::MAX);
        let spent = lock.failures.saturating_add(under_way) >= MOST;
        let pauses = lock.failed_at.is_some_and(|at| now < time::after(at, pause(lock.failures)));
        if spent || pauses || lock.under_way.len() >= AT_ONCE {
            return None;
        }
        lock.under_way.push(now);
        Some(lock)
    }

    /// After a try that began then has failed.
    #[must_use]
    pub fn failed(self, began: Timestamp, now: Timestamp) -> Self {
        let ended = self.ended(began);
        Self { failures: ended.failures.saturating_add(1), failed_at: Some(now), ..ended }
    }

    /// After a try that began then was right, or came to no decision. What failed before still counts: whoever guesses
    /// does not get a hundred more because the owner has come by.
    #[must_use]
    pub fn ended(mut self, began: Timestamp) -> Self {
        if let Some(place) = self.under_way.iter().position(|at| *at == began) {
            self.under_way.swap_remove(place);
        }
        self
    }

    /// Whether there are failures that the owner was not told of.
    pub const fn is_news(&self) -> bool {
        self.failures > self.told
    }

    /// The same, once the owner was told.
    #[must_use]
    pub const fn told(mut self) -> Self {
        self.told = self.failures;
        self
    }

    fn without_lost(self, now: Timestamp) -> Self {
        let (under_way, lost): (Vec<_>, Vec<_>) =
            self.under_way.into_iter().partition(|at| now < time::after(*at, LOST_AFTER));
        let failures = self.failures.saturating_add(u32::try_from(lost.len()).unwrap_or(u32::MAX));
        Self { failures, under_way, ..self }
    }
}

/// How long nothing is tried after so many failures. From [`MOST`] on it is the day that ends it.
const fn pause(failures: u32) -> SignedDuration {
    SignedDuration::from_secs(match failures {
        0..3 => 1,
        3..9 => 3,
        9..25 => 5,
        _ => 10,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 10, per_minute: 3 };

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_900_000_000_000 + millis).expect("an instant")
    }

    #[test]
    fn an_address_has_ten_tries_and_then_three_a_minute() {
        let mut bucket = Bucket::default();
        for number in 0..10 {
            bucket = bucket.tried(RATE, at(0)).unwrap_or_else(|| panic!("try {number}"));
        }
        assert_eq!(bucket.tried(RATE, at(19_999)), None);
        let mut tried = 0;
        for second in 20..80 {
            while let Some(after) = bucket.tried(RATE, at(second * 1_000)) {
                (bucket, tried) = (after, tried + 1);
            }
        }
        assert_eq!(tried, 3, "a minute later");
        let mut again = 0;
        while let Some(after) = bucket.tried(RATE, at(3_600_000)) {
            (bucket, again) = (after, again + 1);
        }
        assert_eq!(again, 10, "an hour later it is full");
    }

    /// Tries as often as it can for so long; gives how many were made.
    fn guesses(lock: &mut Lock, from: i64, until: i64) -> u32 {
        let mut tried = 0;
        for millis in (from..until).step_by(100) {
            if let Some(began) = lock.clone().began(at(millis)) {
                *lock = began.failed(at(millis), at(millis));
                tried += 1;
            }
        }
        tried
    }

    #[test]
    fn pauses_grow_with_the_failures_until_the_day_ends() {
        for (failures, pause) in [(1, 1_000), (2, 1_000), (3, 3_000), (8, 3_000), (9, 5_000), (24, 5_000), (25, 10_000)]
        {
            let lock = Lock { failures: failures - 1, ..Lock::default() }.failed(at(0), at(0));
            assert_eq!(lock.clone().began(at(pause - 1)), None, "{failures}");
            assert!(lock.clone().began(at(pause)).is_some(), "{failures}");
        }
        let mut lock = Lock::default();
        assert_eq!(guesses(&mut lock, 0, 24 * 3_600_000), 100, "a day of guessing");
    }

    #[test]
    fn of_those_that_come_together_three_are_looked_at() {
        let mut lock = Lock::default();
        for _ in 0..3 {
            lock = lock.began(at(0)).expect("under way");
        }
        assert_eq!(lock.clone().began(at(0)), None);
        assert!(lock.clone().ended(at(0)).began(at(0)).is_some(), "one has ended well");
        assert_eq!(lock.clone().failed(at(0), at(0)).began(at(0)), None, "one has failed, and there is a pause");
        let lost = lock.began(at(30_000)).expect("the others were lost");
        assert_eq!((lost.failures, lost.under_way.len()), (3, 1), "and count as failures");
        let nearly = Lock { failures: 98, ..Lock::default() };
        let nearly = nearly.began(at(0)).and_then(|lock| lock.began(at(0))).expect("two more");
        assert_eq!(nearly.began(at(0)), None, "a hundred are a hundred");
    }

    #[test]
    fn the_owner_is_told_once_of_what_failed() {
        let lock = Lock::default().began(at(0)).expect("free").failed(at(0), at(0));
        assert!(lock.is_news());
        let lock = lock.began(at(1_000)).expect("free again").ended(at(1_000)).told();
        assert!(!lock.is_news());
        assert_eq!(lock.failures, 1, "and it still counts");
    }
}
