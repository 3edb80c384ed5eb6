//! Changing a session: by people, from the version that they last saw, and by the clock.
//!
//! Every change holds the group's lock: who is a member, and is told, is decided by one at a time.

use std::sync::Arc;

use dipoli_domain::{
    audit::{Action, Event},
    letter::Times,
    policy::{self, Act, Actor, On, Permit},
    session::{Move, Rewording, Session},
};
use dipoli_store::{StoreError, Tx};

use super::seen;
use crate::{
    Cx, Error, Result, Topic, Track, agenda, chair,
    cx::{id, unchanged},
    session_letters, silence,
};

/// A change of when and where, as it was sent.
pub struct Reschedule {
    /// Which session.
    pub session_id: String,
    /// The version last seen.
    pub expected_version: i32,
    /// What changes.
    pub change: Move,
}

/// Moves a session: raises `sequence` and `version`, plans reminders anew, tells the members. A move to where it is
/// leaves no trace.
pub async fn reschedule(cx: &Cx, input: Reschedule) -> Result<Session> {
    let (session, permit) = to_change(cx, &input.session_id, input.expected_version, Act::RescheduleSession).await?;
    let was = Times { starts_at: session.starts_at(), ends_at: session.ends_at() };
    let session = session.rescheduled(&input.change, cx.now)?;
    if session.version == input.expected_version {
        return Ok(session);
    }
    let tx = begin(cx, permit, &session).await?;
    session_letters::announce_move(&tx, &cx.track, &session, Some(was)).await?;
    done(cx, tx, session, Action::SessionRescheduled).await
}

/// Announces a draft.
pub async fn publish(cx: &Cx, session_id: &str, expected_version: i32) -> Result<Session> {
    let (session, permit) = to_change(cx, session_id, expected_version, Act::ScheduleSession).await?;
    let session = session.published(cx.now)?;
    let tx = begin(cx, permit, &session).await?;
    session_letters::announce(&tx, &cx.track, &session, None).await?;
    done(cx, tx, session, Action::SessionPublished).await
}

/// A change of words and attribution, as it was sent.
pub struct Update {
    /// Which session.
    pub session_id: String,
    /// The version last seen.
    pub expected_version: i32,
    /// What changes. Title and purpose are the organizers', a stricter attribution the facilitators' too.
    pub change: Rewording,
}

/// Changes words, or makes the attribution stricter. A change that changes nothing leaves no trace.
pub async fn update(cx: &Cx, input: Update) -> Result<Session> {
    let Update { session_id, expected_version, change } = input;
    let session = seen(cx, "sessionId", id("sessionId", &session_id)?).await?;
    let on = On::group(session.group);
    let rewords = !(change.title.is_keep() && change.purpose.is_keep() && change.agenda_cut_off.is_keep());
    let act = if rewords { Act::RewordSession } else { Act::TightenAttribution };
    let permit = cx.may("sessionId", act, on).await?;
    if rewords && !change.attribution.is_keep() {
        cx.may("sessionId", Act::TightenAttribution, on).await?;
    }
    unchanged(session.version, expected_version)?;
    let session = session.updated(&change)?;
    if session.version == expected_version {
        return Ok(session);
    }
    let tx = begin(cx, permit, &session).await?;
    done(cx, tx, session, Action::SessionUpdated).await
}

/// Calls a session off; the members are told (unless it was a draft), reminders stop. The reason (≤ 10,000
/// characters) is kept with the session's text and goes into no letter.
pub async fn cancel(cx: &Cx, session_id: &str, expected_version: i32, reason: Option<&str>) -> Result<Session> {
    let (session, permit) = to_change(cx, session_id, expected_version, Act::CancelSession).await?;
    let session = session.cancelled(reason, cx.now)?;
    let tx = begin(cx, permit, &session).await?;
    session_letters::announce_cancellation(&tx, &session).await?;
    let withdrawn = silence::session_cancelled(&tx, session.group, session.id).await?;
    let group = session.group;
    let session = done_with(cx, tx, session, Action::SessionCancelled, &withdrawn).await?;
    cx.track.tell(Topic::Silences(group));
    Ok(session)
}

/// Concludes a session; what was not reached goes to a later one of the group, if one is given, as a facilitator may defer it.
pub async fn conclude(
    cx: &Cx,
    session_id: &str,
    expected_version: i32,
    carry_over_to: Option<&str>,
) -> Result<Session> {
    let (session, permit) = to_change(cx, session_id, expected_version, Act::ConcludeSession).await?;
    let later = match carry_over_to {
        Some(text) => {
            cx.may("sessionId", Act::AdoptAgendaItem, On::group(session.group)).await?;
            Some(seen(cx, "carryOverToSessionId", id("carryOverToSessionId", text)?).await?)
        }
        None => None,
    };
    let chair = chair::of_sessions(cx, &[session.id]).await?.get(&session.id).copied();
    let session = session.concluded(cx.now)?.chaired(chair);
    let tx = begin(cx, permit, &session).await?;
    session_letters::stop(&tx, session.id).await?;
    let carried = match &later {
        Some(later) => {
            session.may_carry_over_to(later).map_err(Error::from)?;
            agenda::carry_over(&tx, &session, later).await?
        }
        None => Vec::new(),
    };
    done_with(cx, tx, session, Action::SessionConcluded, &carried).await
}

/// The session as the viewer last saw it, and the permit to do this to it.
async fn to_change(cx: &Cx, session_id: &str, expected_version: i32, act: Act) -> Result<(Session, Permit)> {
    let session = seen(cx, "sessionId", id("sessionId", session_id)?).await?;
    let permit = cx.may("sessionId", act, On::group(session.group)).await?;
    unchanged(session.version, expected_version)?;
    Ok((session, permit))
}

/// Begins to write a session over the version before it.
async fn begin(cx: &Cx, permit: Permit, session: &Session) -> Result<Tx> {
    let tx = cx.track.store.begin(permit).await?;
    tx.lock_group(session.group).await?;
    tx.change_session(session).await?;
    Ok(tx)
}

/// Commits a session with its event, and gives it.
async fn done(cx: &Cx, tx: Tx, session: Session, action: Action) -> Result<Session> {
    done_with(cx, tx, session, action, &[]).await
}

/// The same, with what else it brought about.
async fn done_with(cx: &Cx, tx: Tx, session: Session, action: Action, more: &[Event]) -> Result<Session> {
    tx.commit(&[&[Event::on(action, session.id)], more].concat()).await?;
    cx.track.wake();
    cx.track.tell(Topic::Sessions(session.group));
    Ok(session)
}

/// Computes the instants of sessions to come anew from local time and zone, after the zones' rules have changed
/// with a new release; those that moved are rescheduled by the clock (requirements M-12). Gives how many moved.
pub async fn recompute_instants(track: &Arc<Track>) -> Result<u32> {
    let now = track.now().await?;
    let mut moved = 0;
    for id in track.store.sessions_off_the_wall(now).await? {
        let permit = policy::may(Actor::Clock, Act::RecomputeInstants, On::track(), now)
            .map_err(|denied| Error::from(denied.refusal("sessionId")))?;
        let tx = track.store.begin(permit).await?;
        let Some(session) = tx.session(id).await?.map(Session::recomputed) else { continue };
        tx.lock_group(session.group).await?;
        match tx.change_session(&session).await {
            // Another process was faster, or a person has moved it meanwhile: its instants are new already.
            Err(StoreError::Stale) => continue,
            written => written?,
        }
        session_letters::announce_move(&tx, track, &session, None).await?;
        tx.commit(&[Event::on(Action::SessionRecomputed, id)]).await?;
        track.wake();
        track.tell(Topic::Sessions(session.group));
        moved += 1;
    }
    Ok(moved)
}
