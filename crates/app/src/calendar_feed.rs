//! The calendar feed of one person: what they may see of sessions, under the UIDs that their letters have.
//!
//! Deliberately absent: drafts, and, unless the track's letters tell them, titles and places: whoever has the address of
//! a feed reads it.

use dipoli_domain::{
    Timestamp,
    attendee::Rsvp,
    language::LanguageTag,
    letter::Subject,
    person::Standing,
    policy::{Act, Holder, Rule},
    session::SessionStatus,
    time::{self, Zone},
};
use dipoli_store::{Correspondent, FeedSession};
use jiff::SignedDuration;

use crate::{Result, Track, link};

/// How long a cancelled session stays, so that calendars learn of it.
const CANCELLED_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A feed.
pub struct Feed {
    /// The reader's language.
    pub language: LanguageTag,
    /// The reader's zone.
    pub zone: Zone,
    /// The sessions, by start.
    pub entries: Vec<Entry>,
}

/// A session in a feed.
pub struct Entry {
    /// The iCalendar UID.
    pub uid: String,
    /// The iCalendar SEQUENCE.
    pub sequence: i32,
    /// When calendars had last to learn of it.
    pub changed_at: Timestamp,
    /// When it starts.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// Whether it was cancelled.
    pub is_cancelled: bool,
    /// Whether the reader has declined: it takes none of their time.
    pub is_declined: bool,
    /// What the reader calls it.
    pub label: Option<String>,
    /// What it is about, where the track's letters tell.
    pub subject: Option<Subject>,
}

/// The feed behind a secret; `None` for whatever is no such secret, or none any more.
pub async fn read(track: &Track, secret: &str) -> Result<Option<Feed>> {
    let Some((person, links, feed)) = link::open_calendar(track, secret) else { return Ok(None) };
    let Some(account) = track.store.account(person).await? else { return Ok(None) };
    let correspondent = track.store.correspondent(person).await?;
    let good = account.links_generation == links
        && correspondent.feed_generation == feed
        && account.person.standing == Standing::Active;
    if !good {
        return Ok(None);
    }
    let cancelled_since = time::before(track.now().await?, CANCELLED_KEPT);
    let sessions = track.store.feed_sessions(person, cancelled_since).await?;
    let sees = |it: &FeedSession| Act::SeeScheduledSessions.rule(Holder::Seat(it.seat.role)) == Rule::Always;
    let entries = sessions.into_iter().filter(sees).map(|it| entry(track, &correspondent, it)).collect();
    Ok(Some(Feed { language: account.person.language, zone: account.person.zone, entries }))
}

fn entry(track: &Track, correspondent: &Correspondent, it: FeedSession) -> Entry {
    let (starts_at, ends_at) = (it.session.starts_at(), it.session.ends_at());
    let tells = track.settings().letters_tell_titles;
    Entry {
        uid: it.calendar_uid.to_string(),
        sequence: it.session.sequence,
        changed_at: it.changed_at.unwrap_or(Timestamp::UNIX_EPOCH),
        starts_at,
        ends_at,
        is_cancelled: it.session.status == SessionStatus::Cancelled,
        is_declined: it.response == Rsvp::Declined,
        label: correspondent.choices.label_of(it.session.id).map(str::to_owned),
        subject: tells.then_some(Subject { title: it.session.title, venue: it.session.venue }),
    }
}
