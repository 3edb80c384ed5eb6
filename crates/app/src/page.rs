//! Connections: pages with sealed cursors. A cursor holds a sort key, bound to the list, its filter and the viewer.
//!
//! Deliberately absent: what a cursor's row is, or whether it is still there. A cursor is a place in an order, good
//! for as long as the list is.

use std::{collections::HashMap, fmt::Display, hash::Hash};

use dipoli_domain::{
    Timestamp,
    id::{AttendeeId, MembershipId, NoteId, PersonId, SessionId, WorkingGroupId},
    page::{Page, Slice},
    refusal::{Refusal, Refusals},
};
use uuid::Uuid;

use crate::{Cx, Result};

/// `first`, `after`, `last`, `before` as they were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PageArgs {
    /// So many from the beginning.
    pub first: Option<i32>,
    /// Only after this cursor.
    pub after: Option<String>,
    /// So many from the end.
    pub last: Option<i32>,
    /// Only before this cursor.
    pub before: Option<String>,
    /// Whether it is also asked how many there are in all, where a list can tell that with its page.
    pub counted: bool,
}

/// A page as the API gives it.
#[derive(Clone, Debug)]
pub struct Connection<T> {
    /// The rows with their cursors, in the connection's order.
    pub edges: Vec<Edge<T>>,
    /// Whether rows come before.
    pub has_previous: bool,
    /// Whether rows come after.
    pub has_next: bool,
    /// How many there are in all, where that came with the page.
    pub total: Option<u64>,
}

/// A row with its cursor.
#[derive(Clone, Debug)]
pub struct Edge<T> {
    /// Opaque, stable, bound to the viewer, the list and its filter.
    pub cursor: String,
    /// The row.
    pub node: T,
}

/// A sort key that a cursor can hold.
pub(crate) trait Key: Sized {
    /// The key, always in as many bytes.
    fn to_bytes(&self) -> Vec<u8>;
    /// The key again.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

macro_rules! ids_as_keys {
    ($($id:ident),+ $(,)?) => {
        $(impl Key for $id {
            fn to_bytes(&self) -> Vec<u8> {
                self.uuid().as_bytes().to_vec()
            }
            fn from_bytes(bytes: &[u8]) -> Option<Self> {
                Uuid::from_slice(bytes).ok().map(Self::from_uuid)
            }
        })+
    };
}

ids_as_keys!(PersonId, WorkingGroupId, MembershipId, SessionId, AttendeeId, NoteId);

impl Key for i64 {
    fn to_bytes(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_be_bytes)
    }
}

impl<K: Key> Key for (i64, K) {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.0.to_bytes();
        bytes.extend(self.1.to_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (number, rest) = bytes.split_at_checked(8)?;
        Some((i64::from_bytes(number)?, K::from_bytes(rest)?))
    }
}

impl<K: Key> Key for (Timestamp, K) {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.0.as_microsecond().to_bytes();
        bytes.extend(self.1.to_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (micros, rest) = bytes.split_at_checked(8)?;
        let instant = Timestamp::from_microsecond(i64::from_bytes(micros)?).ok()?;
        Some((instant, K::from_bytes(rest)?))
    }
}

/// A list that is paged: its name and whatever its filter says, so that a cursor of one is none of another.
pub(crate) struct List<'a> {
    pub name: &'static str,
    pub filter: &'a [u8],
}

impl List<'_> {
    /// Reads the arguments; a cursor that is not of this list, filter and viewer is BAD_USER_INPUT on its field.
    pub fn page<K: Key>(&self, cx: &Cx, args: &PageArgs) -> Result<Page<K>> {
        let mut refusals = Refusals::default();
        let mut key = |field, cursor: Option<&String>| {
            let key = cursor.map(|cursor| self.opened(cx, field, cursor)).transpose();
            refusals.keep(key).flatten()
        };
        let (after, before) = (key("after", args.after.as_ref()), key("before", args.before.as_ref()));
        match Page::new(args.first, after, args.last, before) {
            Ok(page) => {
                refusals.check()?;
                Ok(page)
            }
            Err(more) => {
                more.into_iter().for_each(|refusal| refusals.push(refusal));
                Err(refusals.into())
            }
        }
    }

    /// Puts cursors to the rows.
    pub fn connection<K: Key, T>(&self, cx: &Cx, slice: Slice<T>, key: impl Fn(&T) -> K) -> Connection<T> {
        let edge = |node: T| Edge { cursor: self.sealed(cx, &key(&node)), node };
        Connection {
            edges: slice.rows.into_iter().map(edge).collect(),
            has_previous: slice.has_previous,
            has_next: slice.has_next,
            total: None,
        }
    }

    pub(crate) fn sealed<K: Key>(&self, cx: &Cx, key: &K) -> String {
        let viewer = cx.viewer.person.uuid();
        cx.track.store.seal_cursor(&[self.name.as_bytes(), self.filter, viewer.as_bytes()], &key.to_bytes())
    }

    pub(crate) fn opened<K: Key>(&self, cx: &Cx, field: &'static str, cursor: &str) -> std::result::Result<K, Refusal> {
        let viewer = cx.viewer.person.uuid();
        cx.track
            .store
            .open_cursor(&[self.name.as_bytes(), self.filter, viewer.as_bytes()], cursor)
            .and_then(|bytes| K::from_bytes(&bytes))
            .ok_or_else(|| Refusal::bad_input(field, "This is no cursor of this list."))
    }
}

/// Lists of one kind, one under each of several parents, of which the same page is asked for at once.
pub(crate) struct Lists<'a, Id> {
    pub name: &'static str,
    pub parents: &'a [Id],
    /// What the filter says, the same for all.
    pub filter: &'a str,
}

impl<Id: Copy + Eq + Hash + Display> Lists<'_, Id> {
    /// The page. A cursor belongs to one parent's list and is refused for the others; `None` without parents.
    pub fn page<K: Key>(&self, cx: &Cx, args: &PageArgs) -> Result<Option<Page<K>>> {
        let mut page = None;
        for parent in self.parents {
            page = Some(self.list(*parent, |list| list.page(cx, args))?);
        }
        Ok(page)
    }

    /// Puts cursors to the rows of each; a parent that has none gets an empty connection.
    pub fn connections<K: Key, T>(
        &self,
        cx: &Cx,
        mut slices: HashMap<Id, Slice<T>>,
        key: impl Fn(&T) -> K,
    ) -> HashMap<Id, Connection<T>> {
        let of = |parent: &Id| {
            let slice = slices.remove(parent).unwrap_or_else(Slice::empty);
            (*parent, self.list(*parent, |list| list.connection(cx, slice, &key)))
        };
        self.parents.iter().map(of).collect()
    }

    fn list<R>(&self, parent: Id, then: impl FnOnce(&List<'_>) -> R) -> R {
        let filter = format!("{parent} {}", self.filter);
        then(&List { name: self.name, filter: filter.as_bytes() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_as_themselves() {
        let key = ("2027-03-29T08:00:00.123456Z".parse::<Timestamp>().unwrap(), NoteId::random());
        assert_eq!(<(Timestamp, NoteId)>::from_bytes(&key.to_bytes()), Some(key));
        assert_eq!(NoteId::from_bytes(&key.to_bytes()), None);
        assert_eq!(<(Timestamp, NoteId)>::from_bytes(&key.to_bytes()[..20]), None);
        assert_eq!(i64::from_bytes(&(-7_i64).to_bytes()), Some(-7));
        assert_eq!(i64::from_bytes(&[]), None);
    }
}
