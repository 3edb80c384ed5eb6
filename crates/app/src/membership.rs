//! Seats: who sits in a group, and giving, changing and taking seats.
//!
//! Nobody gives, changes or takes a seat of their own, a group that has an organizer is not left without one, and
//! every change is told to the whole group (requirements N-15).

mod change;
mod give;
mod open;

use std::collections::HashMap;

use dipoli_domain::{
    id::{MembershipId, PersonId, WorkingGroupId},
    letter::LetterKind,
    membership::{Membership, Role, Seating},
    policy::{
        Act, On,
        scope::{Groups, People},
    },
    refusal::Refusal,
    time,
};
use dipoli_store::{Queued, Tx};
use jiff::SignedDuration;

pub(crate) use change::leave;
pub use change::{Change, change, remove};
pub use give::{Add, add};
pub use open::{Open, open_earlier_notes};

use crate::{
    Connection, Cx, PageArgs, Result,
    cx::id,
    page::{List, Lists},
};

/// What is not told by then has been seen on the group's page.
const TOLD_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Those of these seats that the viewer may know of, seats that were left included: NAMED notes go on naming.
pub async fn many(cx: &Cx, ids: &[MembershipId]) -> Result<HashMap<MembershipId, Membership>> {
    let (scope, people) = (Groups::seen_by(&cx.viewer), People::seen_by(&cx.viewer));
    let found = cx.track.store.memberships(&scope, &people, ids).await?;
    Ok(found.into_iter().map(|seat| (seat.id, seat)).collect())
}

/// The same page of each group's seats that have not been left, in the order of their (random) ids; one statement
/// for all.
pub async fn of_groups(
    cx: &Cx,
    groups: &[WorkingGroupId],
    role: Option<Role>,
    page: &PageArgs,
) -> Result<HashMap<WorkingGroupId, Connection<Membership>>> {
    let lists = Lists { name: "working_group.members", parents: groups, filter: role.map_or("", Role::word) };
    let Some(page) = lists.page(cx, page)? else { return Ok(HashMap::new()) };
    let (scope, people) = (Groups::seen_by(&cx.viewer), People::seen_by(&cx.viewer));
    let slices = cx.track.store.membership_pages(&scope, &people, groups, role, &page).await?;
    Ok(lists.connections(cx, slices, |seat| seat.id))
}

/// How many `of_groups` has in all, for each group.
pub async fn counts_of_groups(
    cx: &Cx,
    groups: &[WorkingGroupId],
    role: Option<Role>,
) -> Result<HashMap<WorkingGroupId, u64>> {
    let counts = cx.track.store.membership_counts(&Groups::seen_by(&cx.viewer), groups, role).await?;
    Ok(groups.iter().map(|group| (*group, counts.get(group).copied().unwrap_or_default())).collect())
}

/// The viewer's own seats in effect, as far as they may know of the groups: a program's token may be for one of them, or for
/// none.
pub async fn of_viewer(cx: &Cx, page: &PageArgs) -> Result<Connection<Membership>> {
    let list = List { name: "viewer.memberships", filter: &[] };
    let page = list.page(cx, page)?;
    let (groups, people) = (Groups::seen_by(&cx.viewer), People::seen_by(&cx.viewer));
    let slice = cx.track.store.own_memberships(&groups, &people, &page).await?;
    Ok(list.connection(cx, slice, |seat| seat.id))
}

/// How many `of_viewer` has in all.
pub fn count_of_viewer(cx: &Cx) -> usize {
    let groups = Groups::seen_by(&cx.viewer);
    cx.viewer.seats.iter().filter(|seat| groups.admits(seat.group)).count()
}

/// What the viewer may do with a seat.
#[derive(Clone, Copy, Debug)]
pub struct Can {
    /// Change or take it.
    pub manage: bool,
    /// Open earlier notes to the group or to facilitators to it.
    pub open_earlier_notes: bool,
    /// Open the viewer's delegation's earlier notes to it.
    pub open_delegation_notes: bool,
}

/// What the viewer may do with this seat.
pub fn can(cx: &Cx, membership: &Membership) -> Can {
    let seat = On::group(membership.group).of_person(membership.person.id);
    Can {
        manage: membership.seating != Seating::Left && cx.can(Act::ManageMembers, seat),
        open_earlier_notes: open::can_open(cx, membership),
        open_delegation_notes: open::can_open_delegations(cx, membership),
    }
}

/// The seat that an input names; NOT_FOUND on `field` where the viewer may not know of it.
pub(crate) async fn seen(cx: &Cx, field: &'static str, text: &str) -> Result<Membership> {
    let seat = id(field, text)?;
    many(cx, &[seat]).await?.remove(&seat).ok_or_else(|| Refusal::not_found(field).into())
}

/// Tells a change of `concerned`'s seat to everyone whose seat is in effect, and to `concerned` themself where they
/// have an account to be told by (`reached`).
async fn tell_group(
    tx: &Tx,
    kind: LetterKind,
    group: WorkingGroupId,
    concerned: PersonId,
    reached: bool,
) -> Result<()> {
    let seats = tx.seats_held(group).await?;
    let others = seats.iter().filter(|seat| seat.in_effect).map(|seat| seat.person).filter(|it| *it != concerned);
    let told = others.chain(reached.then_some(concerned)).map(|person| Queued {
        kind,
        person,
        session: None,
        sequence: None,
        silence: None,
        before: None,
        own: person == concerned,
        due: tx.now(),
        expires: Some(time::after(tx.now(), TOLD_FOR)),
        was: None,
        about: None,
    });
    Ok(tx.queue_all(&told.collect::<Vec<_>>()).await?)
}
