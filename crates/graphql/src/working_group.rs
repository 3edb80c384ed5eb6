//! Working groups: the bodies that meet.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use dipoli_app as app;

use crate::{
    connection::{Count, connection, loaded, page, patch},
    context::{Payload, act, cx},
    date_search::DateSearch,
    delegation::Delegation,
    error::Result,
    list::List,
    loader::{DateSearchesOf, DelegationsOf, RecoveriesOf, Under},
    membership::{Membership, MembershipConnection, MembershipCount, Role},
    node::OfRow,
    note::Attribution,
    nullable::{Nullable, answer},
    order::DelegationOrder,
    reader::Reader,
    scalar::{DateTime, LanguageTag, TimeZone},
    session::{SessionConnection, SessionCount, SessionFilter},
};

/// A working group, as it is read.
pub(crate) struct WorkingGroup {
    reader: Arc<Reader>,
    row: Arc<dipoli_domain::working_group::WorkingGroup>,
}

impl WorkingGroup {
    /// A group that several objects may belong to.
    pub(crate) fn shared(reader: &Arc<Reader>, row: Arc<dipoli_domain::working_group::WorkingGroup>) -> Self {
        Self { reader: reader.clone(), row }
    }
}

impl OfRow for WorkingGroup {
    type Row = dipoli_domain::working_group::WorkingGroup;
    fn of(reader: &Arc<Reader>, row: Self::Row) -> Self {
        Self::shared(reader, Arc::new(row))
    }
}

/// A lost second factor that is going to be removed.
#[derive(SimpleObject)]
pub(crate) struct SecondFactorRecovery {
    /// Whose.
    membership: Membership,
    /// From when on their password is enough, if they have been told and have not cancelled it.
    takes_effect_at: DateTime,
}

/// The body that meets: members in their roles, delegations, sessions.
#[Object]
impl WorkingGroup {
    /// Opaque, random, unique in the track.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// Its short name, unique in the track.
    async fn slug(&self) -> &str {
        &self.row.slug
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// What it is convened for; may be empty.
    async fn mandate(&self) -> &str {
        &self.row.mandate
    }

    /// Where its sessions are scheduled unless they say otherwise.
    async fn time_zone(&self) -> TimeZone {
        (&self.row.zone).into()
    }

    /// Attribution that new sessions of this group start with; CHATHAM_HOUSE unless set.
    async fn default_attribution(&self) -> Attribution {
        self.row.default_attribution.into()
    }

    /// Members whose lost second factor an administrator has started to remove; to facilitators. Null to everyone else.
    async fn second_factor_recoveries(&self) -> Nullable<List<SecondFactorRecovery>> {
        answer(async {
            if !app::second_factor::sees_recoveries(self.reader.cx(), self.row.id) {
                return Ok(None);
            }
            let found =
                self.reader.find(RecoveriesOf(self.row.id)).await?.map(Arc::unwrap_or_clone).unwrap_or_default();
            let shown = |(seat, at): (_, dipoli_domain::Timestamp)| SecondFactorRecovery {
                membership: Membership::of(&self.reader, seat),
                takes_effect_at: at.into(),
            };
            Ok(Some(found.into_iter().map(shown).collect()))
        })
        .await
    }

    /// The sides at its table, in the order that it has agreed on; never by date of joining or size.
    async fn delegations(&self) -> Result<List<Delegation>> {
        let rows = self.reader.find(DelegationsOf(self.row.id)).await?.map(Arc::unwrap_or_clone).unwrap_or_default();
        Ok(rows.into_iter().map(|row| Delegation::of(&self.reader, row)).collect())
    }

    /// In which order its delegations are listed; by name unless it has agreed otherwise.
    async fn delegation_order(&self) -> DelegationOrder {
        self.row.order.kind.into()
    }

    /// In whose alphabet, where they are listed by name.
    async fn order_language(&self) -> LanguageTag {
        (&self.row.order.language).into()
    }

    /// Whether the chair of its sessions goes round in that order.
    async fn chair_rotates(&self) -> bool {
        self.row.order.chair_rotates
    }

    /// The searches for a date of a session that are open, at most 5.
    async fn date_searches(&self) -> Result<List<DateSearch>> {
        let rows = self.reader.find(DateSearchesOf(self.row.id)).await?.map(Arc::unwrap_or_clone).unwrap_or_default();
        Ok(rows.into_iter().map(|row| DateSearch::of(&self.reader, row)).collect())
    }

    /// Its seats that have not been left.
    async fn members(
        &self,
        #[graphql(desc = "Only seats of this role.")] role: Option<Role>,
        #[graphql(desc = "So many from the beginning, 0 to 100; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<MembershipConnection> {
        let role = role.map(Into::into);
        let rows = self.reader.find(Under::new(self.row.id, (role, page(first, after, last, before)))).await?;
        Ok(MembershipConnection::new(&self.reader, loaded(rows), MembershipCount::OfGroup(self.row.id, role)))
    }

    /// Its sessions that the viewer may see, by start.
    async fn sessions(
        &self,
        #[graphql(desc = "Only sessions like this.")] filter: Option<SessionFilter>,
        #[graphql(desc = "So many from the beginning, 0 to 100; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<SessionConnection> {
        let filter = SessionFilter::or_all(filter);
        let rows =
            self.reader.find(Under::new(self.row.id, (filter.clone(), page(first, after, last, before)))).await?;
        Ok(SessionConnection::new(&self.reader, loaded(rows), SessionCount::OfGroup(self.row.id, filter)))
    }

    /// The viewer's own seat in it, if one is in effect.
    async fn viewer_membership(&self) -> Nullable<Membership> {
        answer(async {
            let Some(seat) = self.reader.cx().viewer.seat(self.row.id) else { return Ok(None) };
            let row = self.reader.find(seat.membership).await?;
            Ok(row.map(|row| Membership::of(&self.reader, Arc::unwrap_or_clone(row))))
        })
        .await
    }

    /// Counts changes of the group's own settings, from 1.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// What the viewer may do with it.
    async fn viewer_can(&self) -> WorkingGroupActs {
        app::working_group::can(self.reader.cx(), &self.row).into()
    }
}

/// What the viewer may do with a group, by the policy that also answers the attempt.
#[derive(SimpleObject)]
pub(crate) struct WorkingGroupActs {
    /// Change its settings.
    update: bool,
    /// Add delegations.
    manage_delegations: bool,
    /// Give, change and take seats other than their own.
    manage_members: bool,
    /// Schedule sessions.
    schedule_session: bool,
}

impl From<app::working_group::Can> for WorkingGroupActs {
    fn from(can: app::working_group::Can) -> Self {
        Self {
            update: can.update,
            manage_delegations: can.manage_delegations,
            manage_members: can.manage_members,
            schedule_session: can.schedule_session,
        }
    }
}

connection! {
    /// A page of working groups.
    WorkingGroupConnection,
    /// A working group in a list.
    WorkingGroupEdge of WorkingGroup, AllGroups
}

/// The viewer's groups; all of them for an administrator.
pub(crate) struct AllGroups;

impl Count for AllGroups {
    async fn count(&self, reader: &Reader) -> Result<u64> {
        Ok(app::working_group::count(reader.cx()).await?)
    }
}

/// A group to be convened.
#[derive(InputObject)]
pub(crate) struct CreateWorkingGroupInput {
    /// Its short name, unique in the track.
    slug: String,
    /// Its name.
    name: String,
    /// What it is convened for.
    #[graphql(default)]
    mandate: String,
    /// Where its sessions are scheduled unless they say otherwise.
    time_zone: TimeZone,
    /// Attribution that its sessions start with.
    #[graphql(default_with = "Attribution::ChathamHouse")]
    default_attribution: Attribution,
    /// The same key and input again within 24 hours return the first result; 1 to 255 characters.
    idempotency_key: Option<String>,
}

impl From<CreateWorkingGroupInput> for app::working_group::Create {
    fn from(input: CreateWorkingGroupInput) -> Self {
        Self {
            slug: input.slug,
            name: input.name,
            mandate: input.mandate,
            time_zone: input.time_zone.into(),
            default_attribution: input.default_attribution.into(),
            idempotency_key: input.idempotency_key,
        }
    }
}

/// A change of a group's own settings. What is left out stays.
#[derive(InputObject)]
pub(crate) struct UpdateWorkingGroupInput {
    /// Which group.
    working_group_id: ID,
    /// The version last seen.
    expected_version: i32,
    /// A new name.
    name: MaybeUndefined<String>,
    /// A new mandate.
    mandate: MaybeUndefined<String>,
    /// A new zone, for sessions to come.
    time_zone: MaybeUndefined<TimeZone>,
    /// What new sessions start with.
    default_attribution: MaybeUndefined<Attribution>,
}

impl From<UpdateWorkingGroupInput> for app::working_group::Update {
    fn from(input: UpdateWorkingGroupInput) -> Self {
        Self {
            working_group_id: input.working_group_id.into(),
            expected_version: input.expected_version,
            name: patch(input.name),
            mandate: patch(input.mandate),
            time_zone: patch(input.time_zone),
            default_attribution: patch(input.default_attribution),
        }
    }
}

/// A group that was convened or changed.
pub(crate) struct WorkingGroupPayload {
    working_group: WorkingGroup,
}

/// A group that was convened or changed.
#[Object]
impl WorkingGroupPayload {
    /// The group, as it is now.
    async fn working_group(&self) -> &WorkingGroup {
        &self.working_group
    }
}

impl Payload<dipoli_domain::working_group::WorkingGroup> for WorkingGroupPayload {
    fn of(reader: &Arc<Reader>, row: dipoli_domain::working_group::WorkingGroup) -> Self {
        Self { working_group: WorkingGroup::of(reader, row) }
    }
}

/// What is done about working groups.
#[derive(Default)]
pub(crate) struct WorkingGroupMutation;

#[Object]
impl WorkingGroupMutation {
    /// Convenes a group; administrators. It has no members yet, its maker not among them.
    async fn create_working_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which group.")] input: CreateWorkingGroupInput,
    ) -> Nullable<WorkingGroupPayload> {
        act(ctx, app::working_group::create(cx(ctx), input.into())).await
    }

    /// Changes a group's own settings; organizers, administrators.
    async fn update_working_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which group, and what changes.")] input: UpdateWorkingGroupInput,
    ) -> Nullable<WorkingGroupPayload> {
        act(ctx, app::working_group::update(cx(ctx), input.into())).await
    }
}
