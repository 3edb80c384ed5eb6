//! A session's notes as they become readable to one viewer, each once: for whoever waits for them.
//!
//! What is remembered is a place in the order of arrival (the moment of posting, or the tick), and which notes close before
//! it are known: of two notes that are posted at once the later one may be committed first. A cursor holds the same, so that
//! whoever was away goes on without a gap and without hearing anything twice. Deliberately absent: rights. Every look starts
//! from the scope of whoever looks, as of now.

use std::collections::VecDeque;

use dipoli_domain::{
    Timestamp,
    id::{NoteId, SessionId},
    note::AnyNote,
    refusal::Refusal,
    time,
};
use dipoli_store::ArrivalKey;
use jiff::SignedDuration;
use uuid::Uuid;

use crate::{
    Cx, Result,
    cx::id,
    page::{Key, List},
    session,
};

/// How long a note that was posted may take to be committed: longer than any operation does.
const COMMITTED_WITHIN: SignedDuration = SignedDuration::from_secs(30);
/// Notes that are read at once.
const AT_ONCE: u64 = 100;
/// Known notes that a cursor can hold.
const MOST_KNOWN: usize = 100;

/// A note that has come, and where to go on after it.
#[derive(Clone)]
pub struct Arrived {
    /// The note.
    pub note: AnyNote,
    /// When it became readable.
    at: Timestamp,
}

impl Arrived {
    fn key(&self) -> ArrivalKey {
        (self.at, self.note.id())
    }
}

/// How far one has come in a session's notes.
pub struct Arrivals {
    session: SessionId,
    place: Place,
    /// Where the last page ended, if it was a full one.
    beyond: Option<ArrivalKey>,
}

/// A place in the order of arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    /// Nothing that came before this instant is waited for.
    from: Timestamp,
    /// Up to here the notes under the Rule are known: a tick lets all of its own out at once, and they are shown in order.
    ruled: Option<ArrivalKey>,
    /// What is known of the NAMED ones that came since, in the order of arrival.
    known: VecDeque<ArrivalKey>,
}

impl Arrivals {
    /// From now on, or after the note of a cursor. A session that is not seen is NOT_FOUND, a cursor of anything else
    /// BAD_USER_INPUT.
    pub async fn begin(cx: &Cx, session_id: &str, after: Option<&str>) -> Result<Self> {
        let session = session::seen(cx, "sessionId", id("sessionId", session_id)?).await?.id;
        if let Some(cursor) = after {
            let place = list(session, |list| list.opened(cx, "after", cursor))?;
            return Ok(Self { session, place, beyond: None });
        }
        let place = Place { from: time::before(cx.now, COMMITTED_WITHIN), ruled: None, known: VecDeque::new() };
        let mut arrivals = Self { session, place, beyond: None };
        loop {
            let there = arrivals.look(cx).await?;
            if there.is_empty() {
                return Ok(arrivals);
            }
            there.iter().for_each(|note| arrivals.place.came(note));
        }
    }

    /// In which session.
    pub const fn session(&self) -> SessionId {
        self.session
    }

    /// What has come and is not known yet, as far as the viewer may read it, in the order of arrival. None of it is known
    /// before it was [passed](Self::pass).
    pub async fn look(&mut self, cx: &Cx) -> Result<Vec<Arrived>> {
        let scopes = super::scopes(cx);
        loop {
            let from = self.place.from;
            let (rows, has_more) =
                cx.track.store.notes_arrived((&scopes.0, &scopes.1), self.session, from, self.beyond, AT_ONCE).await?;
            let last = rows.last().map(|(at, note)| (*at, note.id()));
            let new: Vec<_> = rows
                .into_iter()
                .map(|(at, note)| Arrived { note, at })
                .filter(|arrived| !self.place.knows(arrived))
                .collect();
            self.beyond = last.filter(|_| has_more && new.is_empty());
            if self.beyond.is_none() {
                if new.is_empty() {
                    self.place.forget_before(time::before(cx.now, COMMITTED_WITHIN));
                }
                return Ok(new);
            }
        }
    }

    /// The note was shown; gives the cursor to go on after it.
    pub fn pass(&mut self, cx: &Cx, arrived: &Arrived) -> String {
        super::read(cx, [&arrived.note]);
        self.place.came(arrived);
        // Notes are passed in order, and what is older than this is committed: nothing comes before it any more.
        self.place.forget_before(arrived.at.min(time::before(cx.now, COMMITTED_WITHIN)));
        let place = self.place.clone().seen_from(arrived.at);
        list(self.session, |list| Ok::<_, Refusal>(list.sealed(cx, &place))).unwrap_or_default()
    }
}

fn list<R>(session: SessionId, then: impl FnOnce(&List<'_>) -> R) -> R {
    then(&List { name: "notePosted", filter: session.to_string().as_bytes() })
}

impl Place {
    fn knows(&self, note: &Arrived) -> bool {
        match note.note {
            AnyNote::Named(_) => self.known.contains(&note.key()),
            AnyNote::ChathamHouse(_) => self.ruled.is_some_and(|ruled| note.key() <= ruled),
        }
    }

    fn came(&mut self, note: &Arrived) {
        match note.note {
            AnyNote::Named(_) => self.came_named(note.key()),
            AnyNote::ChathamHouse(_) => self.ruled = self.ruled.max(Some(note.key())),
        }
    }

    fn came_named(&mut self, note: ArrivalKey) {
        let at = self.known.partition_point(|known| *known < note);
        self.known.insert(at, note);
    }

    fn forget_before(&mut self, instant: Timestamp) {
        self.from = self.from.max(instant);
        while self.known.front().is_some_and(|(at, _)| *at < self.from) {
            self.known.pop_front();
        }
    }

    /// The place as a cursor holds it, whose note arrived then. Of more NAMED notes than a cursor holds, posted within half a
    /// minute, the earlier ones are forgotten: hearing one twice is better than missing the one that was committed late.
    fn seen_from(mut self, arrived: Timestamp) -> Self {
        self.forget_before(time::before(arrived, COMMITTED_WITHIN));
        while self.known.len() > MOST_KNOWN {
            if let Some((at, _)) = self.known.pop_front() {
                self.from = at;
            }
        }
        self
    }
}

impl Key for Place {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.from.as_microsecond().to_bytes();
        bytes.push(u8::from(self.ruled.is_some()));
        for (at, note) in self.ruled.iter().chain(&self.known) {
            bytes.extend(at.as_microsecond().to_bytes());
            bytes.extend(note.uuid().as_bytes());
        }
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let instant = |bytes: &[u8]| Timestamp::from_microsecond(i64::from_bytes(bytes)?).ok();
        let (from, known) = bytes.split_at_checked(8)?;
        let (is_ruled, known) = known.split_first()?;
        let mut known = known
            .chunks(24)
            .map(|key| {
                let (at, note) = key.split_at_checked(8)?;
                Some((instant(at)?, NoteId::from_uuid(Uuid::from_slice(note).ok()?)))
            })
            .collect::<Option<VecDeque<_>>>()?;
        let ruled = match is_ruled {
            0 => None,
            1 => Some(known.pop_front()?),
            _ => return None,
        };
        Some(Self { from: instant(from)?, ruled, known })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_900_000_000 + second).expect("an instant")
    }

    #[test]
    fn a_place_reads_back_as_itself_and_nothing_else_does() {
        let known: VecDeque<_> = (0..3).map(|second| (at(second), NoteId::random())).collect();
        for ruled in [None, Some((at(9), NoteId::random()))] {
            let place = Place { from: at(0), ruled, known: known.clone() };
            let bytes = place.to_bytes();
            assert_eq!(Place::from_bytes(&bytes), Some(place));
            for length in (0..bytes.len()).filter(|length| length % 24 != 9) {
                assert_eq!(Place::from_bytes(&bytes[..length]), None, "{length}");
            }
        }
    }

    #[test]
    fn a_cursor_knows_what_came_shortly_before_its_note() {
        let mut place = Place { from: at(0), ruled: None, known: VecDeque::new() };
        for second in [0, 40, 50, 45] {
            place.came_named((at(second), NoteId::random()));
        }
        let cursor = place.clone().seen_from(at(50));
        assert_eq!(cursor.from, at(20));
        assert_eq!(cursor.known.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [at(40), at(45), at(50)]);
        (0..300).for_each(|_| place.came_named((at(50), NoteId::random())));
        let cursor = place.seen_from(at(50));
        assert_eq!((cursor.known.len(), cursor.from), (MOST_KNOWN, at(50)));
    }
}
