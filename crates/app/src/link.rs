//! Secrets of the links that stand in letters and calendars: each for one person and one thing, and nothing else.
//!
//! They are not stored: a secret is what it is for, sealed under the track's key for cursors and links, with the
//! generation of the person's links, which a reset of the password raises. Deliberately absent: links that sign in.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use dipoli_domain::{
    id::{AttendeeId, PersonId},
    letter::{LetterKind, Token},
};
use uuid::Uuid;

use crate::Track;

const CALENDAR: &str = "link.calendar";
const ANSWER: &str = "link.answer";
const UNSUBSCRIBE: &str = "link.unsubscribe";

/// The secret address of a calendar feed.
pub(crate) fn calendar(track: &Track, person: PersonId, links: i32, feed: i32) -> String {
    seal(track, CALENDAR, person.uuid(), &[&links.to_be_bytes(), &feed.to_be_bytes()])
}

/// Whose feed it is, and of which generations its address is.
pub(crate) fn open_calendar(track: &Track, secret: &str) -> Option<(PersonId, i32, i32)> {
    let (id, rest) = open(track, CALENDAR, secret)?;
    let (links, feed) = rest.split_first_chunk::<4>()?;
    Some((PersonId::from_uuid(id), i32::from_be_bytes(*links), i32::from_be_bytes(feed.try_into().ok()?)))
}

/// The link by which a session is answered.
pub(crate) fn answer(track: &Track, attendee: AttendeeId, links: i32) -> Token {
    Token::new(seal(track, ANSWER, attendee.uuid(), &[&links.to_be_bytes()]))
}

/// Which answer it is for, and of which generation it is.
pub(crate) fn open_answer(track: &Track, secret: &str) -> Option<(AttendeeId, i32)> {
    let (id, rest) = open(track, ANSWER, secret)?;
    Some((AttendeeId::from_uuid(id), i32::from_be_bytes(rest.try_into().ok()?)))
}

/// The link by which letters of a kind are turned off.
pub(crate) fn unsubscribe(track: &Track, person: PersonId, links: i32, kind: LetterKind) -> Token {
    Token::new(seal(track, UNSUBSCRIBE, person.uuid(), &[&links.to_be_bytes(), kind.word().as_bytes()]))
}

/// Whom it is for, of which generation it is, and what it turns off.
pub(crate) fn open_unsubscribe(track: &Track, secret: &str) -> Option<(PersonId, i32, LetterKind)> {
    let (id, rest) = open(track, UNSUBSCRIBE, secret)?;
    let (links, kind) = rest.split_first_chunk::<4>()?;
    let kind = LetterKind::from_word(std::str::from_utf8(kind).ok()?)?;
    Some((PersonId::from_uuid(id), i32::from_be_bytes(*links), kind))
}

fn seal(track: &Track, what: &str, id: Uuid, rest: &[&[u8]]) -> String {
    let inner = rest.iter().fold(id.as_bytes().to_vec(), |inner, part| [&inner, *part].concat());
    track.store.seal_cursor(&[what.as_bytes()], &inner)
}

/// What was sealed. A text that is one in another spelling is none: a secret has one spelling.
fn open(track: &Track, what: &str, secret: &str) -> Option<(Uuid, Vec<u8>)> {
    let spelled = URL_SAFE_NO_PAD.decode(secret).is_ok_and(|bytes| URL_SAFE_NO_PAD.encode(bytes) == secret);
    let inner = track.store.open_cursor(&[what.as_bytes()], secret).filter(|_| spelled)?;
    let (id, rest) = inner.split_first_chunk::<16>()?;
    Some((Uuid::from_bytes(*id), rest.to_vec()))
}
