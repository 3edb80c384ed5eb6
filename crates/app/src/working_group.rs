//! Working groups: reading, convening, changing their own settings.

use std::collections::HashMap;

use dipoli_domain::{
    audit::{Action, Event},
    id::{DelegationId, WorkingGroupId},
    membership::MayHaveWritten,
    note::Attribution,
    patch::Patch,
    policy::{Act, On, Permit, scope::Groups},
    refusal::Refusal,
    working_group::{Change, WorkingGroup},
};
use dipoli_store::StoreError;
use serde::Serialize;

use crate::{Connection, Cx, Error, PageArgs, Result, cx::id, idempotency::Once, page::List};

const LIST: List<'static> = List { name: "working_groups", filter: &[] };

/// Those of these groups that the viewer may know of.
pub async fn many(cx: &Cx, ids: &[WorkingGroupId]) -> Result<HashMap<WorkingGroupId, WorkingGroup>> {
    let found = cx.track.store.working_groups(&Groups::seen_by(&cx.viewer), ids).await?;
    Ok(found.into_iter().map(|group| (group.id, group)).collect())
}

/// The group of that slug, if the viewer may know of it.
pub async fn by_slug(cx: &Cx, slug: &str) -> Result<Option<WorkingGroup>> {
    Ok(cx.track.store.working_group_of_slug(&Groups::seen_by(&cx.viewer), slug).await?)
}

/// The viewer's groups; all of them for an administrator. In the order of their (random) ids.
pub async fn list(cx: &Cx, page: &PageArgs) -> Result<Connection<WorkingGroup>> {
    let page = LIST.page(cx, page)?;
    let slice = cx.track.store.working_group_page(&Groups::seen_by(&cx.viewer), &page).await?;
    Ok(LIST.connection(cx, slice, |group| group.id))
}

/// How many `list` has in all.
pub async fn count(cx: &Cx) -> Result<u64> {
    Ok(cx.track.store.working_group_count(&Groups::seen_by(&cx.viewer)).await?)
}

/// For each group: how many people could have written a note under the Rule that the whole group reads (N-03).
pub async fn anonymity_set_sizes(cx: &Cx, ids: &[WorkingGroupId]) -> Result<HashMap<WorkingGroupId, u32>> {
    let seats = cx.track.store.posting_seats(&Groups::seen_by(&cx.viewer), ids).await?;
    let size = |group| number(seats.get(group), |seat| seat.counts(cx.track.settings().seat_age, cx.now));
    Ok(ids.iter().map(|group| (*group, size(group))).collect())
}

/// How many people of a group could have written a note under the Rule to that delegation, or to all of it.
pub(crate) async fn could_have_written(cx: &Cx, group: WorkingGroupId, to: Option<DelegationId>) -> Result<u32> {
    let seats = cx.track.store.posting_seats(&Groups::seen_by(&cx.viewer), &[group]).await?;
    let seat_age = cx.track.settings().seat_age;
    Ok(number(seats.get(&group), |seat| match to {
        Some(delegation) => seat.counts_for(delegation, seat_age, cx.now),
        None => seat.counts(seat_age, cx.now),
    }))
}

fn number(seats: Option<&Vec<MayHaveWritten>>, counts: impl Fn(&MayHaveWritten) -> bool) -> u32 {
    let counted = seats.into_iter().flatten().filter(|seat| counts(seat)).count();
    u32::try_from(counted).unwrap_or(u32::MAX)
}

/// The group that an input names; NOT_FOUND on `field` where the viewer may not know of it.
pub(crate) async fn seen(cx: &Cx, field: &'static str, text: &str) -> Result<WorkingGroup> {
    let group = id(field, text)?;
    many(cx, &[group]).await?.remove(&group).ok_or_else(|| Refusal::not_found(field).into())
}

/// A group to be convened, as it was sent.
#[derive(Serialize)]
pub struct Create {
    /// Its short name.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is convened for.
    pub mandate: String,
    /// IANA.
    pub time_zone: String,
    /// `Attribution::word` of what new sessions start with.
    #[serde(serialize_with = "crate::idempotency::word")]
    pub default_attribution: Attribution,
    /// The client's key for sending this again.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Convenes a group, without members: an administrator seats them. A slug that is taken is BAD_USER_INPUT on `slug`.
pub async fn create(cx: &Cx, input: Create) -> Result<WorkingGroup> {
    let permit = cx.may("slug", Act::CreateWorkingGroup, On::track()).await?;
    let once = Once::new("createWorkingGroup", input.idempotency_key.as_deref(), &input)?;
    let again = async |group: String| seen(cx, "idempotencyKey", &group).await;
    once.run(cx, convene(cx, permit, &once, &input), again).await
}

async fn convene(cx: &Cx, permit: Permit, once: &Once, input: &Create) -> Result<WorkingGroup> {
    let Create { slug, name, mandate, time_zone, default_attribution, .. } = input;
    let group = WorkingGroup::convene(slug, name, mandate, time_zone, *default_attribution)?;
    // Looked for first, so that a key is made for few groups that are never convened.
    if by_slug(cx, &group.slug).await?.is_some() {
        return Err(taken().into());
    }
    cx.track.store.make_group_key(group.id, cx.now).await?;
    let tx = cx.track.store.begin(permit).await?;
    once.remember(&tx, &group.id).await?;
    tx.add_working_group(&group).await.map_err(|error| match error == StoreError::Taken("working_group.slug") {
        true => taken().into(),
        false => Error::from(error),
    })?;
    tx.commit(&[Event::on(Action::GroupCreated, group.id)]).await?;
    cx.track.wake();
    Ok(group)
}

fn taken() -> Refusal {
    Refusal::bad_input("slug", "Another group has this slug.")
}

/// A change of a group's own settings, as it was sent.
pub struct Update {
    /// Which group.
    pub working_group_id: String,
    /// The version last seen.
    pub expected_version: i32,
    /// A new name.
    pub name: Patch<String>,
    /// A new mandate.
    pub mandate: Patch<String>,
    /// A new zone.
    pub time_zone: Patch<String>,
    /// What new sessions start with.
    pub default_attribution: Patch<Attribution>,
}

/// Changes a group's own settings. A change that changes nothing leaves no trace.
pub async fn update(cx: &Cx, input: Update) -> Result<WorkingGroup> {
    let group = seen(cx, "workingGroupId", &input.working_group_id).await?;
    let permit = cx.may("workingGroupId", Act::UpdateWorkingGroup, On::group(group.id)).await?;
    if group.version != input.expected_version {
        return Err(Refusal::stale_version().into());
    }
    let Update { name, mandate, time_zone: zone, default_attribution, .. } = input;
    let group = group.updated(&Change { name, mandate, zone, default_attribution })?;
    if group.version == input.expected_version {
        return Ok(group);
    }
    let tx = cx.track.store.begin(permit).await?;
    tx.overwrite_working_group(&group).await?;
    tx.commit(&[Event::on(Action::GroupUpdated, group.id)]).await?;
    cx.track.wake();
    Ok(group)
}

/// What the viewer may do with a group.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is the answer to a question of its own")]
pub struct Can {
    /// Change its settings.
    pub update: bool,
    /// Add delegations.
    pub manage_delegations: bool,
    /// Give, change and take seats other than their own.
    pub manage_members: bool,
    /// Schedule sessions.
    pub schedule_session: bool,
}

/// What the viewer may do with this group.
pub fn can(cx: &Cx, group: &WorkingGroup) -> Can {
    let may = |act| cx.can(act, On::group(group.id));
    Can {
        update: may(Act::UpdateWorkingGroup),
        manage_delegations: may(Act::ManageDelegations),
        manage_members: may(Act::ManageMembers),
        schedule_session: may(Act::ScheduleSession),
    }
}
