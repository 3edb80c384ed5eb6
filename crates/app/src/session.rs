//! Sessions: reading, scheduling, moving, publishing, rewording, cancelling, concluding.
//!
//! Every change of a session holds its group's lock: who is a member, and is told, is decided by one at a time.

use std::{collections::HashMap, sync::Arc};

use dipoli_domain::{
    attendee,
    audit::{Action, Event},
    id::{MembershipId, SessionId, WorkingGroupId},
    note::Attribution,
    policy::{self, Act, Actor, On, Permit, scope::Sessions},
    refusal::{Refusal, Refusals},
    session::{Draft, Move, Rewording, Session, SessionStatus},
    time,
};
use dipoli_store::{SessionFilter, StoreError, Tx};
use serde::Serialize;

use crate::{
    Connection, Cx, Error, PageArgs, Result, Track,
    cx::{id, unchanged},
    idempotency::Once,
    page::{List, Lists},
    session_letters, working_group,
};

/// Which sessions a list shows, as it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only these; an empty list shows none.
    pub status: Option<Vec<SessionStatus>>,
    /// RFC 3339; only sessions that start after this instant.
    pub starts_after: Option<String>,
    /// RFC 3339; only sessions that start before this instant.
    pub starts_before: Option<String>,
}

impl Filter {
    fn parsed(&self) -> Result<SessionFilter> {
        let mut refusals = Refusals::default();
        let mut instant = |field, text: Option<&String>| {
            refusals.keep(text.map(|text| time::instant(field, text)).transpose()).flatten()
        };
        let starts_after = instant("startsAfter", self.starts_after.as_ref());
        let starts_before = instant("startsBefore", self.starts_before.as_ref());
        refusals.check()?;
        let status = self.status.clone().map(|mut status| {
            status.sort_unstable();
            status.dedup();
            status
        });
        Ok(SessionFilter { status, starts_after, starts_before, ends_after: None })
    }
}

/// Those of these sessions that the viewer may read.
pub async fn many(cx: &Cx, ids: &[SessionId]) -> Result<HashMap<SessionId, Session>> {
    let found = cx.track.store.sessions(&Sessions::seen_by(&cx.viewer), ids).await?;
    Ok(found.into_iter().map(|session| (session.id, session)).collect())
}

/// The session, if the viewer may read it; an unknown one otherwise.
pub(crate) async fn seen(cx: &Cx, field: &'static str, id: SessionId) -> Result<Session> {
    many(cx, &[id]).await?.remove(&id).ok_or_else(|| Refusal::not_found(field).into())
}

/// Sessions of all the viewer's groups, by start and id.
pub async fn list(cx: &Cx, filter: &Filter, page: &PageArgs) -> Result<Connection<Session>> {
    let filter = filter.parsed()?;
    listed(cx, "sessions", &format!("{filter:?}"), &filter, page).await
}

/// How many `list` has in all.
pub async fn count(cx: &Cx, filter: &Filter) -> Result<u64> {
    Ok(cx.track.store.session_count(&Sessions::seen_by(&cx.viewer), &filter.parsed()?).await?)
}

/// SCHEDULED sessions of the viewer's groups that have not ended, soonest first.
pub async fn upcoming(cx: &Cx, page: &PageArgs) -> Result<Connection<Session>> {
    listed(cx, "viewer.upcomingSessions", "", &not_ended(cx), page).await
}

/// How many `upcoming` has in all.
pub async fn count_upcoming(cx: &Cx) -> Result<u64> {
    Ok(cx.track.store.session_count(&Sessions::seen_by(&cx.viewer), &not_ended(cx)).await?)
}

fn not_ended(cx: &Cx) -> SessionFilter {
    let status = Some(vec![SessionStatus::Scheduled]);
    SessionFilter { status, ends_after: Some(cx.now), ..SessionFilter::default() }
}

async fn listed(
    cx: &Cx,
    name: &'static str,
    bound: &str,
    filter: &SessionFilter,
    page: &PageArgs,
) -> Result<Connection<Session>> {
    let list = List { name, filter: bound.as_bytes() };
    let page = list.page(cx, page)?;
    let slice = cx.track.store.session_page(&Sessions::seen_by(&cx.viewer), filter, &page).await?;
    Ok(list.connection(cx, slice, |session| (session.starts_at(), session.id)))
}

/// The same page of each group's sessions, by start and id; one statement for all.
pub async fn of_groups(
    cx: &Cx,
    groups: &[WorkingGroupId],
    filter: &Filter,
    page: &PageArgs,
) -> Result<HashMap<WorkingGroupId, Connection<Session>>> {
    let filter = filter.parsed()?;
    let lists = Lists { name: "workingGroup.sessions", parents: groups, filter: &format!("{filter:?}") };
    let Some(page) = lists.page(cx, page)? else { return Ok(HashMap::new()) };
    let scope = Sessions::seen_by(&cx.viewer);
    let slices = cx.track.store.session_pages(&scope, groups, &filter, &page).await?;
    Ok(lists.connections(cx, slices, |session| (session.starts_at(), session.id)))
}

/// How many `of_groups` has in all, for each group.
pub async fn counts_of_groups(
    cx: &Cx,
    groups: &[WorkingGroupId],
    filter: &Filter,
) -> Result<HashMap<WorkingGroupId, u64>> {
    let scope = Sessions::seen_by(&cx.viewer);
    let counts = cx.track.store.session_counts(&scope, groups, &filter.parsed()?).await?;
    Ok(groups.iter().map(|group| (*group, counts.get(group).copied().unwrap_or_default())).collect())
}

/// A session to be scheduled, as it was sent.
#[derive(Serialize)]
pub struct Schedule {
    /// Of which group.
    pub working_group_id: String,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub purpose: String,
    /// RFC 3339.
    pub starts_at: String,
    /// RFC 3339.
    pub ends_at: String,
    /// IANA; the group's unless given.
    pub time_zone: Option<String>,
    /// Where it meets.
    pub venue: Option<String>,
    /// The remote room.
    pub join_url: Option<String>,
    /// The group's default unless given.
    #[serde(serialize_with = "crate::idempotency::optional_word")]
    pub attribution: Option<Attribution>,
    /// Kept as a draft.
    pub draft: bool,
    /// The client's key for sending this again.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Schedules a session; unless it is a draft, the members are told and reminders planned.
pub async fn schedule(cx: &Cx, input: Schedule) -> Result<Session> {
    let group = id("workingGroupId", &input.working_group_id)?;
    let group = working_group::many(cx, &[group])
        .await?
        .remove(&group)
        .ok_or_else(|| Refusal::not_found("workingGroupId"))?;
    let permit = cx.may("workingGroupId", Act::ScheduleSession, On::group(group.id)).await?;
    let once = Once::new("scheduleSession", input.idempotency_key.as_deref(), &input)?;
    let first = async {
        let session = Session::schedule(&group, &draft(&input), cx.now)?;
        let tx = cx.track.store.begin(permit).await?;
        once.remember(&tx, &session.id).await?;
        added(cx, tx, session).await
    };
    once.run(cx, first, async |earlier| seen(cx, "idempotencyKey", id("idempotencyKey", &earlier)?).await).await
}

/// Writes a new session with an open answer for every member, and tells them unless it is a draft.
async fn added(cx: &Cx, tx: Tx, session: Session) -> Result<Session> {
    tx.lock_group(session.group).await?;
    tx.add_session(&session).await?;
    let seats = tx.seats_held(session.group).await?;
    let members: Vec<MembershipId> = seats.iter().map(|seat| seat.membership).collect();
    tx.add_attendees(&[session.id], &members).await?;
    if session.published {
        session_letters::announce(&tx, &cx.track, &session, &seats).await?;
    }
    let action = if session.published { Action::SessionScheduled } else { Action::SessionDrafted };
    done(cx, tx, session, action).await
}

fn draft(input: &Schedule) -> Draft {
    Draft {
        title: input.title.clone(),
        purpose: input.purpose.clone(),
        starts_at: input.starts_at.clone(),
        ends_at: input.ends_at.clone(),
        zone: input.time_zone.clone(),
        venue: input.venue.clone(),
        join_url: input.join_url.clone(),
        attribution: input.attribution,
        draft: input.draft,
    }
}

/// A change of when and where, as it was sent.
pub struct Reschedule {
    /// Which session.
    pub session_id: String,
    /// The version last seen.
    pub expected_version: i32,
    /// What changes.
    pub change: Move,
}

/// Moves a session: raises `sequence` and `version`, plans reminders anew, tells the members.
pub async fn reschedule(cx: &Cx, input: Reschedule) -> Result<Session> {
    let (session, permit) =
        to_change(cx, &input.session_id, input.expected_version, Act::RescheduleSession).await?;
    let session = session.rescheduled(&input.change, cx.now)?;
    let tx = begin(cx, permit, &session).await?;
    session_letters::announce_move(&tx, &cx.track, &session).await?;
    done(cx, tx, session, Action::SessionRescheduled).await
}

/// Announces a draft.
pub async fn publish(cx: &Cx, session_id: &str, expected_version: i32) -> Result<Session> {
    let (session, permit) = to_change(cx, session_id, expected_version, Act::ScheduleSession).await?;
    let session = session.published(cx.now)?;
    let tx = begin(cx, permit, &session).await?;
    let seats = tx.seats_held(session.group).await?;
    session_letters::announce(&tx, &cx.track, &session, &seats).await?;
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

/// Changes words, or makes the attribution stricter.
pub async fn update(cx: &Cx, input: Update) -> Result<Session> {
    let Update { session_id, expected_version, change } = input;
    let session = seen(cx, "sessionId", id("sessionId", &session_id)?).await?;
    let on = On::group(session.group);
    let rewords = !(change.title.is_keep() && change.purpose.is_keep());
    let act = if rewords { Act::RewordSession } else { Act::TightenAttribution };
    let permit = cx.may("sessionId", act, on).await?;
    if rewords && !change.attribution.is_keep() {
        cx.may("sessionId", Act::TightenAttribution, on).await?;
    }
    unchanged(session.version, expected_version)?;
    let session = session.updated(&change)?;
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
    done(cx, tx, session, Action::SessionCancelled).await
}

/// Concludes a session.
pub async fn conclude(cx: &Cx, session_id: &str, expected_version: i32) -> Result<Session> {
    let (session, permit) = to_change(cx, session_id, expected_version, Act::ConcludeSession).await?;
    let session = session.concluded(cx.now)?;
    let tx = begin(cx, permit, &session).await?;
    session_letters::stop(&tx, session.id).await?;
    done(cx, tx, session, Action::SessionConcluded).await
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

async fn done(cx: &Cx, tx: Tx, session: Session, action: Action) -> Result<Session> {
    tx.commit(&[Event::on(action, session.id)]).await?;
    cx.track.wake();
    Ok(session)
}

/// What the viewer may do with a session, by their seat and its state.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is the answer to a question of its own")]
pub struct Can {
    /// Move it.
    pub reschedule: bool,
    /// Announce it.
    pub publish: bool,
    /// Change title and purpose.
    pub update: bool,
    /// Make its attribution stricter.
    pub tighten_attribution: bool,
    /// Call it off.
    pub cancel: bool,
    /// Conclude it.
    pub conclude: bool,
    /// Answer it.
    pub respond: bool,
    /// Propose agenda items.
    pub propose_agenda_item: bool,
    /// Put its agenda in order.
    pub order_agenda: bool,
    /// Post notes to it.
    pub post_note: bool,
}

/// What the viewer may do with this session.
pub fn can(cx: &Cx, session: &Session) -> Can {
    let seat = cx.viewer.seat(session.group).map(|seat| seat.membership);
    let on = On::group(session.group).of_membership(seat);
    let may = |act: Act, possible: bool| possible && cx.can(act, on);
    let movable = session.may_be_moved(cx.now).is_ok();
    let rewordable = session.status != SessionStatus::Cancelled;
    let agenda = session.takes_agenda().is_ok();
    Can {
        reschedule: may(Act::RescheduleSession, movable),
        publish: may(Act::ScheduleSession, session.clone().published(cx.now).is_ok()),
        update: may(Act::RewordSession, rewordable),
        tighten_attribution: may(Act::TightenAttribution, rewordable && session.attribution == Attribution::Named),
        cancel: may(Act::CancelSession, movable),
        conclude: may(Act::ConcludeSession, session.clone().concluded(cx.now).is_ok()),
        respond: may(Act::Respond, attendee::may_answer(session, cx.now).is_ok()),
        propose_agenda_item: may(Act::ProposeAgendaItem, agenda),
        order_agenda: may(Act::OrderAgenda, agenda),
        post_note: may(Act::PostNote, session.takes_notes().is_ok()),
    }
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
        session_letters::announce_move(&tx, track, &session).await?;
        tx.commit(&[Event::on(Action::SessionRecomputed, id)]).await?;
        track.wake();
        moved += 1;
    }
    Ok(moved)
}
