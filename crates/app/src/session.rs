//! Sessions: single ones, lists of them, and what the viewer may do with them. Scheduling and every later change have
//! files of their own.

mod added;
mod change;
mod changes;
mod schedule;

use std::collections::HashMap;

use dipoli_domain::{
    attendance, attendee,
    id::{SessionId, WorkingGroupId},
    note::Attribution,
    policy::{Act, On, scope::Sessions},
    refusal::{Refusal, Refusals},
    session::{Session, SessionStatus},
    time,
};
use dipoli_store::SessionFilter;

pub(crate) use self::added::added;
pub use self::{
    change::{Reschedule, Update, cancel, conclude, publish, recompute_instants, reschedule, update},
    changes::Changes,
    schedule::{Schedule, ScheduleSeries, schedule, schedule_series},
};
use crate::{
    Connection, Cx, PageArgs, Result,
    page::{List, Lists},
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
    /// Record who was there.
    pub record_attendance: bool,
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
        record_attendance: may(Act::RecordAttendance, attendance::may_be_recorded(session, cx.now).is_ok()),
        propose_agenda_item: may(Act::ProposeAgendaItem, agenda),
        order_agenda: may(Act::OrderAgenda, agenda),
        post_note: may(Act::PostNote, session.takes_notes().is_ok()),
    }
}
