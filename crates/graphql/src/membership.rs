//! Seats: who sits in a group, in which role and capacity, for which side.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use dipoli_app as app;
use dipoli_domain::id::{MembershipId, WorkingGroupId};

use crate::{
    connection::{Count, connection, patch},
    context::{Payload, act, cx},
    delegation::Delegation,
    error::Result,
    loader::Under,
    node::OfRow,
    note::NoteVisibility,
    nullable::Nullable,
    person::Person,
    reader::Reader,
    scalar::{Date, DateTime, EmailAddress},
    working_group::WorkingGroup,
};

/// What a person does in one working group. A membership has exactly one role.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::membership::Role")]
pub(crate) enum Role {
    /// Convenes: manages the group's members, schedules sessions, prepares the agenda.
    Organizer,
    /// Chairs or mediates: adopts the agenda, opens silence procedures, receives notes meant for facilitators.
    Facilitator,
    /// Keeps the non-attributed record.
    Rapporteur,
    /// Takes part in the dialogue, alone or for a delegation.
    Participant,
    /// Follows: sees sessions, adopted agenda and adopted records; no notes; posts nothing.
    Observer,
}

/// In what capacity a person sits at the table (what makes a dialogue Track 1.5).
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::membership::Capacity")]
pub(crate) enum Capacity {
    /// For a government or an institution.
    Official,
    /// For oneself, whatever one's office.
    Personal,
    /// For what one knows.
    Expert,
}

/// A seat, as it is read.
pub(crate) struct Membership {
    reader: Arc<Reader>,
    row: dipoli_domain::membership::Membership,
}

impl OfRow for Membership {
    type Row = dipoli_domain::membership::Membership;
    fn of(reader: &Arc<Reader>, row: Self::Row) -> Self {
        Self { reader: reader.clone(), row }
    }
}

/// One person's seat in one working group. A seat that was left goes on naming the author of NAMED notes.
#[Object]
impl Membership {
    /// Opaque, random, unique in the track.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// Who sits on it.
    async fn person(&self) -> Person {
        Person::of(&self.reader, self.row.person.clone())
    }

    /// At whose table.
    async fn working_group(&self) -> Result<WorkingGroup> {
        Ok(WorkingGroup::shared(&self.reader, self.reader.get(self.row.group).await?))
    }

    /// What they do there.
    async fn role(&self) -> Role {
        self.row.role.into()
    }

    /// In what capacity they sit there.
    async fn capacity(&self) -> Capacity {
        self.row.capacity.into()
    }

    /// For which side, if for one.
    async fn delegation(&self) -> Option<Delegation> {
        self.row.delegation.clone().map(|row| Delegation::of(&self.reader, row))
    }

    /// The day on which it took effect; null while its person has yet to accept, and once it was left.
    async fn seated_on(&self) -> Option<Date> {
        self.row.seated_on().map(Date::of)
    }

    /// The day of its last change: given, taken, another role, capacity or delegation, earlier notes opened to it.
    async fn changed_on(&self) -> Date {
        Date::of(self.row.changed_on)
    }

    /// What the viewer may do with it.
    async fn viewer_can(&self) -> MembershipActs {
        app::membership::can(self.reader.cx(), &self.row).into()
    }
}

/// What the viewer may do with a seat, by the policy that also answers the attempt.
#[derive(SimpleObject)]
pub(crate) struct MembershipActs {
    /// Change it or take it away; never one's own.
    manage: bool,
    /// Open earlier GROUP and FACILITATORS notes to it; never to one's own.
    open_earlier_notes: bool,
    /// Open the viewer's own delegation's earlier notes to it; never to one's own.
    open_delegation_notes: bool,
}

impl From<app::membership::Can> for MembershipActs {
    fn from(can: app::membership::Can) -> Self {
        let app::membership::Can { manage, open_earlier_notes, open_delegation_notes } = can;
        Self { manage, open_earlier_notes, open_delegation_notes }
    }
}

connection! {
    /// A page of seats.
    MembershipConnection,
    /// A seat in a list.
    MembershipEdge of Membership, MembershipCount
}

/// Which seats are counted.
pub(crate) enum MembershipCount {
    /// The viewer's own in effect.
    OfViewer,
    /// A group's.
    OfGroup(WorkingGroupId, Option<dipoli_domain::membership::Role>),
}

impl Count for MembershipCount {
    async fn count(&self, reader: &Reader) -> Result<u64> {
        match *self {
            Self::OfViewer => Ok(app::membership::count_of_viewer(reader.cx()) as u64),
            Self::OfGroup(group, role) => Ok(reader.find(Under::new(group, role)).await?.unwrap_or_default()),
        }
    }
}

/// Either personId or email. An address without an account is invited to the track and seated; the answer is the same.
#[derive(InputObject)]
pub(crate) struct AddMemberInput {
    /// At whose table.
    working_group_id: ID,
    /// Who, if they are known.
    person_id: Option<ID>,
    /// Or at which address.
    email: Option<EmailAddress>,
    /// Required with email. Until the person signs in again, the answer shows this name, known address or not; who comes back to a seat that they left keeps their own, which their notes go on naming.
    display_name: Option<String>,
    /// In which role.
    role: Role,
    /// In what capacity.
    #[graphql(default_with = "Capacity::Personal")]
    capacity: Capacity,
    /// For which side of the same group.
    delegation_id: Option<ID>,
    /// The same key and input again within 24 hours return the first result; 1 to 255 characters.
    idempotency_key: Option<String>,
}

impl From<AddMemberInput> for app::membership::Add {
    fn from(input: AddMemberInput) -> Self {
        Self {
            working_group_id: input.working_group_id.into(),
            person_id: input.person_id.map(Into::into),
            email: input.email.map(Into::into),
            display_name: input.display_name,
            role: input.role.into(),
            capacity: input.capacity.into(),
            delegation_id: input.delegation_id.map(Into::into),
            idempotency_key: input.idempotency_key,
        }
    }
}

/// A change of a seat. What is left out stays.
#[derive(InputObject)]
pub(crate) struct ChangeMemberInput {
    /// Which seat; never one's own.
    membership_id: ID,
    /// Another role.
    role: MaybeUndefined<Role>,
    /// Another capacity.
    capacity: MaybeUndefined<Capacity>,
    /// Another side of the same group; null for none.
    delegation_id: MaybeUndefined<ID>,
}

impl From<ChangeMemberInput> for app::membership::Change {
    fn from(input: ChangeMemberInput) -> Self {
        Self {
            membership_id: input.membership_id.into(),
            role: patch(input.role),
            capacity: patch(input.capacity),
            delegation_id: patch(input.delegation_id),
        }
    }
}

/// Notes from before a seat, its role or its delegation was taken, to be opened to it.
#[derive(InputObject)]
pub(crate) struct OpenEarlierNotesInput {
    /// To which seat; never one's own.
    membership_id: ID,
    /// Which notes: GROUP and FACILITATORS are a facilitator's to open, DELEGATION a participant's of the same one; PRIVATE notes are nobody's.
    visibilities: Vec<NoteVisibility>,
    /// Only what was posted or released since; all that the viewer reads themself, unless given.
    since: Option<DateTime>,
}

impl From<OpenEarlierNotesInput> for app::membership::Open {
    fn from(input: OpenEarlierNotesInput) -> Self {
        Self {
            membership_id: input.membership_id.into(),
            visibilities: input.visibilities.into_iter().map(Into::into).collect(),
            since: input.since.map(Into::into),
        }
    }
}

/// A seat to be taken away.
#[derive(InputObject)]
pub(crate) struct RemoveMemberInput {
    /// Which seat; never one's own.
    membership_id: ID,
}

/// A seat that was given or changed.
pub(crate) struct MembershipPayload {
    membership: Membership,
}

/// A seat that was given or changed.
#[Object]
impl MembershipPayload {
    /// The seat, as it is now.
    async fn membership(&self) -> &Membership {
        &self.membership
    }
}

impl Payload<dipoli_domain::membership::Membership> for MembershipPayload {
    fn of(reader: &Arc<Reader>, row: dipoli_domain::membership::Membership) -> Self {
        Self { membership: Membership::of(reader, row) }
    }
}

/// A seat that was taken away.
#[derive(SimpleObject)]
pub(crate) struct RemoveMemberPayload {
    /// Which seat it was.
    removed_membership_id: ID,
}

impl Payload<MembershipId> for RemoveMemberPayload {
    fn of(_: &Arc<Reader>, id: MembershipId) -> Self {
        Self { removed_membership_id: id.to_string().into() }
    }
}

/// What is done about seats.
#[derive(Default)]
pub(crate) struct MembershipMutation;

#[Object]
impl MembershipMutation {
    /// Gives a seat; organizers, administrators, never to themselves. The whole group is told.
    async fn add_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which seat, to whom.")] input: AddMemberInput,
    ) -> Nullable<MembershipPayload> {
        act(ctx, app::membership::add(cx(ctx), input.into())).await
    }

    /// Changes a seat; organizers, administrators, never their own. A group keeps an organizer.
    async fn change_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which seat, and what changes.")] input: ChangeMemberInput,
    ) -> Nullable<MembershipPayload> {
        act(ctx, app::membership::change(cx(ctx), input.into())).await
    }

    /// Opens earlier notes to a seat; facilitators, for a delegation's its participants, never to their own, and never more than they read themselves. It cannot be taken back but with the seat, role or delegation. The whole group is told.
    async fn open_earlier_notes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which notes, to which seat.")] input: OpenEarlierNotesInput,
    ) -> Nullable<MembershipPayload> {
        act(ctx, app::membership::open_earlier_notes(cx(ctx), input.into())).await
    }

    /// Takes a seat away; organizers, administrators, never their own. Its person loses all of the group at once.
    async fn remove_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which seat.")] input: RemoveMemberInput,
    ) -> Nullable<RemoveMemberPayload> {
        act(ctx, app::membership::remove(cx(ctx), &input.membership_id)).await
    }
}
