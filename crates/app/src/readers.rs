//! Who has read notes by others on which day, as far as it is not written down yet (requirements N-06).
//!
//! It is kept in memory until the day is over or the track is closed, so that no write tells when someone read; a process
//! that is killed forgets it. Deliberately absent: which notes, when in the day, and how often.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use dipoli_domain::id::PersonId;
use jiff::civil;

/// People with the days on which they read.
#[derive(Default)]
pub(crate) struct Readers(Mutex<HashSet<(PersonId, civil::Date)>>);

impl Readers {
    /// Notes that someone read on that day.
    pub(crate) fn note(&self, person: PersonId, day: civil::Date) {
        self.all().insert((person, day));
    }

    /// Whether there are any.
    pub(crate) fn is_empty(&self) -> bool {
        self.all().is_empty()
    }

    /// Takes out those of the days before `day`, or all.
    pub(crate) fn take(&self, before: Option<civil::Date>) -> Vec<(PersonId, civil::Date)> {
        let mut all = self.all();
        let (taken, kept) = all.drain().partition(|(_, day)| before.is_none_or(|before| *day < before));
        *all = kept;
        Vec::from_iter::<HashSet<_>>(taken)
    }

    /// Puts back what could not be written.
    pub(crate) fn put_back(&self, readers: Vec<(PersonId, civil::Date)>) {
        self.all().extend(readers);
    }

    fn all(&self) -> MutexGuard<'_, HashSet<(PersonId, civil::Date)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_is_told_once_a_day() {
        let (readers, amina, chen) = (Readers::default(), PersonId::random(), PersonId::random());
        let (monday, tuesday) = (civil::date(2027, 3, 1), civil::date(2027, 3, 2));
        readers.note(amina, monday);
        readers.note(amina, monday);
        readers.note(chen, tuesday);
        assert_eq!(readers.take(Some(tuesday)), [(amina, monday)]);
        assert!(readers.take(Some(tuesday)).is_empty());
        readers.put_back(vec![(amina, monday)]);
        assert_eq!(readers.take(None).len(), 2);
        assert!(readers.is_empty());
    }
}
