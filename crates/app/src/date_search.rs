//! Finding a date: proposing times, marking them, choosing one, which schedules the session, or giving up.
//!
//! The log says that somebody marked, and not what. Deliberately absent: any way to read another's marks; the organizer's
//! counts are made of them here, and nothing else is.

use std::collections::HashMap;

use dipoli_domain::{
    audit::{Action, Event},
    date_search::{DateMark, DateSearch, Line, MOST_OPEN, SlotDraft},
    id::{DateSearchId, MembershipId, WorkingGroupId},
    letter::LetterKind,
    note::Attribution,
    policy::{Act, On, Permit, scope::DateSearches},
    refusal::{Refusal, Refusals},
    session::{Draft, Session},
    time,
};
use dipoli_store::{Queued, Tx};
use serde::Serialize;

use crate::{Cx, Result, Topic, cx::id, idempotency::Once, identity::token_letter, session, working_group};

/// Those of these searches that the viewer may see, with their own marks.
pub async fn many(cx: &Cx, ids: &[DateSearchId]) -> Result<HashMap<DateSearchId, DateSearch>> {
    let found = cx.track.store.date_searches(&seen_by(cx), ids).await?;
    Ok(found.into_iter().map(|search| (search.id, as_seen(cx, search))).collect())
}

/// The open searches of each group, with the viewer's own marks.
pub async fn of_groups(cx: &Cx, groups: &[WorkingGroupId]) -> Result<HashMap<WorkingGroupId, Vec<DateSearch>>> {
    let mut of_groups: HashMap<_, Vec<_>> = HashMap::new();
    for search in cx.track.store.open_date_searches(&seen_by(cx), groups).await? {
        of_groups.entry(search.group).or_default().push(as_seen(cx, search));
    }
    Ok(of_groups)
}

/// How many of each side could come at each of these searches' times, in the order of their slots; for those in groups whose
/// sessions the viewer schedules.
pub async fn lines(cx: &Cx, ids: &[DateSearchId]) -> Result<HashMap<DateSearchId, Vec<Vec<Line>>>> {
    let found = cx.track.store.date_searches(&seen_by(cx), ids).await?;
    let searches: Vec<_> = found.into_iter().filter(|search| are_counted_for(cx, search)).collect();
    let groups: Vec<_> = searches.iter().map(|search| search.group).collect();
    let sides = cx.track.store.sides_of(&groups).await?;
    let of = |search: &DateSearch| search.lines(sides.get(&search.group).map_or(&[], Vec::as_slice));
    Ok(searches.iter().map(|search| (search.id, of(search))).collect())
}

/// Whether the viewer sees counts of a search: while it is open, of those who could choose.
pub fn are_counted_for(cx: &Cx, search: &DateSearch) -> bool {
    search.is_open().is_ok() && cx.can(Act::FindDate, On::group(search.group))
}

fn seen_by(cx: &Cx) -> DateSearches {
    DateSearches::seen_by(&cx.viewer)
}

fn as_seen(cx: &Cx, search: DateSearch) -> DateSearch {
    let seat = own_seat(cx, search.group);
    search.seen_from(seat)
}

fn own_seat(cx: &Cx, group: WorkingGroupId) -> Option<MembershipId> {
    cx.viewer.seat(group).map(|seat| seat.membership)
}

/// What the viewer may do about a search.
#[derive(Clone, Copy, Debug)]
pub struct Can {
    /// Mark its times.
    pub mark: bool,
    /// Choose one of them, or give up.
    pub choose: bool,
}

/// What the viewer may do about this search.
pub fn can(cx: &Cx, search: &DateSearch) -> Can {
    let (is_open, group) = (search.is_open().is_ok(), On::group(search.group));
    let own = group.of_membership(own_seat(cx, search.group));
    Can { mark: is_open && cx.can(Act::MarkDates, own), choose: is_open && cx.can(Act::FindDate, group) }
}

/// Times to be proposed, as they were sent.
#[derive(Serialize)]
pub struct Propose {
    /// To which group.
    pub working_group_id: String,
    /// The session's title.
    pub title: String,
    /// What it is for.
    pub purpose: String,
    /// Start and end of each, RFC 3339.
    pub slots: Vec<(String, String)>,
    /// IANA; the group's unless given.
    pub time_zone: Option<String>,
    /// Where it would meet.
    pub venue: Option<String>,
    /// The remote room.
    pub join_url: Option<String>,
    /// The group's default unless given.
    #[serde(serialize_with = "crate::idempotency::optional_word")]
    pub attribution: Option<Attribution>,
    /// The client's key for sending this again.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Proposes times; the members are told that a date is being sought.
pub async fn propose(cx: &Cx, input: Propose) -> Result<DateSearch> {
    let group = working_group::seen(cx, "workingGroupId", &input.working_group_id).await?;
    let permit = cx.may("workingGroupId", Act::FindDate, On::group(group.id)).await?;
    let once = Once::new("proposeDates", input.idempotency_key.as_deref(), &input)?;
    let first = async {
        let slot = |(starts_at, ends_at): &(String, String)| SlotDraft {
            starts_at: starts_at.clone(),
            ends_at: ends_at.clone(),
        };
        let slots: Vec<_> = input.slots.iter().map(slot).collect();
        let search = DateSearch::propose(&group, &draft(&input), &slots, cx.now)?;
        let tx = cx.track.store.begin(permit).await?;
        tx.lock_group(group.id).await?;
        once.remember(&tx, &search.id).await?;
        if tx.has_open_date_searches(group.id, MOST_OPEN).await? {
            return Err(Refusal::state(format!("A group looks for {MOST_OPEN} dates at a time at most.")).into());
        }
        tx.add_date_search(&search).await?;
        tell(&tx, &search).await?;
        tx.commit(&[Event::on(Action::DatesProposed, search.id)]).await?;
        cx.track.wake();
        Ok(search)
    };
    once.run(cx, first, async |earlier| seen(cx, "idempotencyKey", &earlier).await).await
}

/// Tells everyone whose seat is in effect, until the last of the times begins.
async fn tell(tx: &Tx, search: &DateSearch) -> Result<()> {
    let last = search.slots.iter().map(|slot| slot.starts.instant()).max();
    let seats = tx.seats_in_effect(search.group).await?;
    let letter = |person| Queued { expires: last, ..token_letter(LetterKind::DateSought, person, tx.now()) };
    Ok(tx.queue_all(&seats.iter().map(|seat| letter(seat.person)).collect::<Vec<_>>()).await?)
}

/// What a member says of one time, as it was sent.
pub struct Mark {
    /// RFC 3339: of which, by its start.
    pub starts_at: String,
    /// What they say; `None` takes it back.
    pub mark: Option<DateMark>,
}

/// Says which of the times suit the viewer. What is not mentioned stays as it was.
pub async fn mark(cx: &Cx, date_search_id: &str, marks: &[Mark]) -> Result<DateSearch> {
    let search = seen(cx, "dateSearchId", date_search_id).await?;
    let own = own_seat(cx, search.group);
    let permit = cx.may("dateSearchId", Act::MarkDates, On::group(search.group).of_membership(own)).await?;
    let seat = own.ok_or_else(|| Refusal::not_found("dateSearchId"))?;
    let mut refusals = Refusals::default();
    let said = |it: &Mark| Some((refusals.keep(time::instant("marks", &it.starts_at))?, it.mark));
    let said: Vec<_> = marks.iter().filter_map(said).collect();
    refusals.check()?;
    let (tx, search) = held(cx, permit, &search).await?;
    let search = search.marked(seat, &said)?;
    tx.change_date_search(&search).await?;
    tx.commit(&[Event::on(Action::DatesMarked, search.id)]).await?;
    cx.track.wake();
    Ok(as_seen(cx, search))
}

/// Chooses the time that starts then: schedules the session as [`session::schedule`] does, and ends the search.
pub async fn choose(cx: &Cx, date_search_id: &str, starts_at: &str) -> Result<Session> {
    let search = seen(cx, "dateSearchId", date_search_id).await?;
    let permit = cx.may("dateSearchId", Act::FindDate, On::group(search.group)).await?;
    let starts_at = time::instant("startsAt", starts_at)?;
    let group = working_group::many(cx, &[search.group]).await?.remove(&search.group);
    let group = group.ok_or_else(|| Refusal::not_found("dateSearchId"))?;
    let (tx, search) = held(cx, permit, &search).await?;
    let (search, session) = search.chosen(&group, starts_at, cx.now)?;
    tx.change_date_search(&search).await?;
    let mut events = session::added(&tx, &cx.track, std::slice::from_ref(&session)).await?;
    events.push(Event::on(Action::DateChosen, search.id));
    tx.commit(&events).await?;
    cx.track.wake();
    cx.track.tell(Topic::Sessions(session.group));
    Ok(session)
}

/// Gives up a search. Nobody is told: nothing was fixed.
pub async fn withdraw(cx: &Cx, date_search_id: &str) -> Result<DateSearch> {
    let search = seen(cx, "dateSearchId", date_search_id).await?;
    let permit = cx.may("dateSearchId", Act::FindDate, On::group(search.group)).await?;
    let (tx, search) = held(cx, permit, &search).await?;
    let search = search.withdrawn()?;
    tx.change_date_search(&search).await?;
    tx.commit(&[Event::on(Action::DatesWithdrawn, search.id)]).await?;
    cx.track.wake();
    Ok(search)
}

/// The search that an input names, if the viewer may see it.
async fn seen(cx: &Cx, field: &'static str, text: &str) -> Result<DateSearch> {
    let search = id(field, text)?;
    many(cx, &[search]).await?.remove(&search).ok_or_else(|| Refusal::not_found(field).into())
}

/// The search as it is now, with all marks, under its group's lock.
async fn held(cx: &Cx, permit: Permit, seen: &DateSearch) -> Result<(Tx, DateSearch)> {
    let tx = cx.track.store.begin(permit).await?;
    tx.lock_group(seen.group).await?;
    let search = tx.date_search(seen.id).await?.ok_or_else(|| Refusal::not_found("dateSearchId"))?;
    Ok((tx, search))
}

/// The session without its times.
fn draft(input: &Propose) -> Draft {
    Draft {
        title: input.title.clone(),
        purpose: input.purpose.clone(),
        starts_at: String::new(),
        ends_at: String::new(),
        zone: input.time_zone.clone(),
        venue: input.venue.clone(),
        join_url: input.join_url.clone(),
        attribution: input.attribution,
        agenda_cut_off: None,
        draft: false,
    }
}
