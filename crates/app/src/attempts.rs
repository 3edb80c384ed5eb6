//! How often someone may try to change something: 120 times in any minute, whatever it is (requirements N-07).
//!
//! Attempts are counted, and not what came of them, in memory and for a minute: no counter that can be read moves with a
//! note under the Rule. Deliberately absent: what was tried; and credentials, which have a limit of their own.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use dipoli_domain::{
    Timestamp,
    id::PersonId,
    refusal::{Code, Refusal},
    time,
};
use jiff::SignedDuration;

/// Attempts of a person in any minute.
const MOST: usize = 120;
/// That minute.
const WINDOW: SignedDuration = SignedDuration::from_mins(1);

/// The attempts of the last minute.
#[derive(Default)]
pub(crate) struct Attempts(Mutex<HashMap<PersonId, VecDeque<Timestamp>>>);

impl Attempts {
    /// Counts so many attempts of a person, or none of them: RATE_LIMITED where they would be too many in this minute.
    pub(crate) fn count(&self, person: PersonId, attempts: usize, now: Timestamp) -> Result<(), Refusal> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = time::before(now, WINDOW);
        all.retain(|_, tried| {
            while tried.front().is_some_and(|at| *at <= since) {
                tried.pop_front();
            }
            !tried.is_empty()
        });
        let before = all.get(&person).map_or(0, VecDeque::len);
        if before.saturating_add(attempts) > MOST {
            return Err(Refusal::new(Code::RateLimited, "More than 120 changes in a minute; try again shortly."));
        }
        if attempts > 0 {
            all.entry(person).or_default().extend(std::iter::repeat_n(now, attempts));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_120_attempts_in_any_minute() {
        let (attempts, amina, chen) = (Attempts::default(), PersonId::random(), PersonId::random());
        let at = |second: i64| Timestamp::from_second(1_900_000_000 + second).expect("an instant");
        for second in 0..40 {
            attempts.count(amina, 3, at(second)).expect("within the limit");
        }
        assert_eq!(attempts.count(amina, 1, at(59)).map_err(|refusal| refusal.code), Err(Code::RateLimited));
        attempts.count(chen, 120, at(59)).expect("another's are another's");
        assert!(attempts.count(amina, 4, at(60)).is_err(), "three of a minute ago are forgotten, not four");
        attempts.count(amina, 3, at(60)).expect("what was refused was not counted");
        assert!(attempts.count(amina, 1, at(60)).is_err());
        attempts.count(amina, 0, at(60)).expect("nothing is always possible");
        attempts.count(amina, 120, at(120)).expect("a quiet minute later");
    }
}
