//! The audit log: what administrators read of it, and the clock's work on it.

use std::{collections::HashMap, sync::Arc};

use dipoli_domain::{
    Timestamp,
    audit::{Action, AuditEvent, Event},
    id::{AuditEventId, PersonId},
    policy::{self, Act, Actor, On, Permit},
    time,
};
use jiff::civil;

use crate::{Connection, Cx, Error, PageArgs, Result, Track, page::List};

const EVENTS: List<'static> = List { name: "audit_events", filter: &[] };

/// Chained events, oldest first; to administrators only (FORBIDDEN to others).
pub async fn list(cx: &Cx, page: &PageArgs) -> Result<Connection<AuditEvent>> {
    cx.may("auditEvents", Act::SeeAuditLog, On::track()).await?;
    let slice = cx.track.store.audit_events(&cx.viewer, &EVENTS.page(cx, page)?).await?;
    Ok(EVENTS.connection(cx, slice, |event: &AuditEvent| event.sequence))
}

/// How many `list` has in all.
pub async fn count(cx: &Cx) -> Result<u64> {
    cx.may("auditEvents", Act::SeeAuditLog, On::track()).await?;
    Ok(cx.track.store.audit_event_count(&cx.viewer).await?)
}

/// Those of these events that are chained; none for whoever may not read the log.
pub async fn many(cx: &Cx, ids: &[AuditEventId]) -> Result<HashMap<AuditEventId, AuditEvent>> {
    let events = cx.track.store.audit_events_by_id(&cx.viewer, ids).await?;
    Ok(events.into_iter().map(|event| (event.id, event)).collect())
}

/// Chains what is not chained yet; gives how many events that were. What is told with its whole day waits for the day's
/// end (UTC), and is chained then as one batch.
///
/// # Errors
/// [`Error::Unavailable`] where a database is away; what was not chained is chained next time.
pub async fn seal(track: &Arc<Track>) -> Result<u64> {
    let permit = clock(track, Act::SealAuditLog).await?;
    let today = time::day(permit.at());
    tell_readers(track, track.readers.take(Some(today))).await?;
    Ok(track.store.seal_audit_log(permit).await?)
}

/// When there is something to do that waits for the end of its day: the next midnight, where the day has events that are
/// told with it, or something that goes with it.
///
/// # Errors
/// [`Error::Unavailable`] where the database is away.
pub async fn next_due(track: &Arc<Track>) -> Result<Option<Timestamp>> {
    let store = &track.store;
    if track.readers.is_empty() && !store.events_wait_for_their_day().await? && !store.goes_at_midnight().await? {
        return Ok(None);
    }
    Ok(Some(time::next_midnight(track.now().await?)))
}

/// Whether it is only in memory yet who read notes today: such a track stays open until the day is over, since a row that
/// is written when its last reader has left tells when that was.
pub fn keeps_readers(track: &Track) -> bool {
    !track.readers.is_empty()
}

/// What goes at the day's end, at the first time after it.
///
/// # Errors
/// [`Error::Unavailable`] where the database is away.
pub async fn end_day(track: &Arc<Track>) -> Result<()> {
    if !track.store.goes_at_midnight().await? {
        return Ok(());
    }
    let permit = clock(track, Act::Housekeep).await?;
    if !time::is_first_hour(permit.at()) {
        return Ok(());
    }
    let tx = track.store.begin(permit).await?;
    tx.end_day().await?;
    Ok(tx.commit(&[]).await?)
}

/// Writes down who read notes, as far as it is kept in memory: before the track is closed.
///
/// # Errors
/// [`Error::Unavailable`] where the database is away.
pub async fn keep_readers(track: &Arc<Track>) -> Result<()> {
    tell_readers(track, track.readers.take(None)).await
}

async fn tell_readers(track: &Arc<Track>, readers: Vec<(PersonId, civil::Date)>) -> Result<()> {
    if readers.is_empty() {
        return Ok(());
    }
    let written = async {
        let tx = track.store.begin(clock(track, Act::SealAuditLog).await?).await?;
        tx.tell_readers(&readers).await?;
        Ok(tx.commit(&[]).await?)
    };
    written.await.inspect_err(|_| track.readers.put_back(readers.clone()))
}

/// Writes what did not open with its key into the log.
///
/// # Errors
/// [`Error::Unavailable`] where the database is away.
pub async fn report_integrity(track: &Arc<Track>) -> Result<()> {
    let events: Vec<Event> =
        track.store.integrity().into_iter().map(|row| Event::on(Action::IntegrityFailed, row)).collect();
    if events.is_empty() {
        return Ok(());
    }
    let tx = track.store.begin(clock(track, Act::ReportIntegrity).await?).await?;
    tx.commit(&events).await?;
    track.wake();
    Ok(())
}

async fn clock(track: &Track, act: Act) -> Result<Permit> {
    let now = track.now().await?;
    policy::may(Actor::Clock, act, On::track(), now).map_err(|_| Error::Fault("not an act of the clock".to_owned()))
}
