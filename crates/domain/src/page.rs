//! Pages of a connection: how many, from which end, after which row. Keyset only; there is no offset.

use crate::refusal::{Refusal, Refusals};

/// Rows of a page where nothing is said.
pub const DEFAULT_SIZE: u32 = 20;
/// Rows of a page at most.
pub const MAX_SIZE: u32 = 100;

/// From which end rows are taken. The rows of a page always come in the connection's own order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// `first`: from the beginning, or after `after`.
    First,
    /// `last`: from the end, or before `before`.
    Last,
}

/// A page asked for; `K` is the connection's sort key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Page<K> {
    /// From which end.
    pub end: End,
    /// How many rows, 0…[`MAX_SIZE`].
    pub size: u32,
    /// Only rows after this key.
    pub after: Option<K>,
    /// Only rows before this key.
    pub before: Option<K>,
}

impl<K> Page<K> {
    /// Checks `first` and `last` (0…100, not both) and puts them beside the keys that the cursors held.
    pub fn new(first: Option<i32>, after: Option<K>, last: Option<i32>, before: Option<K>) -> Result<Self, Refusals> {
        let (end, size) = match (first, last) {
            (Some(_), Some(_)) => {
                return Err(Refusal::bad_input("last", "Give first or last, not both.").into());
            }
            (None, Some(last)) => (End::Last, size("last", last)?),
            (Some(first), None) => (End::First, size("first", first)?),
            (None, None) => (End::First, DEFAULT_SIZE),
        };
        Ok(Self { end, size, after, before })
    }

    /// The first `size` rows.
    pub const fn first(size: u32) -> Self {
        Self { end: End::First, size, after: None, before: None }
    }

    /// Whether it is cut out of the whole list, not out of what lies beyond a key.
    pub const fn is_of_whole(&self) -> bool {
        self.after.is_none() && self.before.is_none()
    }
}

fn size(field: &'static str, value: i32) -> Result<u32, Refusal> {
    u32::try_from(value)
        .ok()
        .filter(|size| *size <= MAX_SIZE)
        .ok_or_else(|| Refusal::bad_input(field, "A page has 0 to 100 rows."))
}

/// A page as it was found: the rows in the connection's order, and whether there are more at either end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether rows come before the first of these.
    pub has_previous: bool,
    /// Whether rows come after the last of these.
    pub has_next: bool,
}

impl<T> Slice<T> {
    /// No rows, and none beside them.
    pub const fn empty() -> Self {
        Self { rows: Vec::new(), has_previous: false, has_next: false }
    }

    /// The same page of other things.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Slice<U> {
        Slice { rows: self.rows.into_iter().map(f).collect(), has_previous: self.has_previous, has_next: self.has_next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_bounded_and_has_one_end() {
        assert_eq!(Page::<()>::new(None, None, None, None).expect("default").size, 20);
        assert_eq!(Page::<()>::new(Some(100), None, None, None).expect("most").size, 100);
        assert_eq!(Page::<()>::new(None, None, Some(0), None).expect("none").end, End::Last);
        for (first, last) in [(Some(101), None), (Some(-1), None), (None, Some(101)), (Some(1), Some(1))] {
            assert!(Page::<()>::new(first, None, last, None).is_err(), "{first:?} {last:?}");
        }
    }
}
