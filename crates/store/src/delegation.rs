//! Delegations: read with their group's scope, found by a keyed hash of their name. Who speaks for one, and whether it takes
//! part, is sealed with its name.

use dipoli_domain::{
    delegation::{Delegation, Named, Participation},
    id::{DelegationId, MembershipId, WorkingGroupId},
    policy::scope::Groups,
};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter,
    sea_query::{Expr, Query},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    KeyScope, Store, StoreError, Tx,
    entity::delegation::{Column, Entity, Model},
    reseal::{Envelope, Sealed},
    scope,
    seal::Aad,
};

/// What is sealed of a delegation.
#[derive(Serialize, Deserialize)]
pub(crate) struct DelegationText {
    name: String,
    #[serde(default)]
    spokesperson: Option<Uuid>,
    /// By whom, whom.
    #[serde(default)]
    named: Vec<(Uuid, Uuid)>,
    #[serde(default)]
    suspended: bool,
    #[serde(default)]
    silence_may_proceed: bool,
    /// 0 where none was drawn yet: it was added before there were lots.
    #[serde(default)]
    lot: u64,
}

impl DelegationText {
    fn of(delegation: &Delegation) -> Self {
        let (suspended, silence_may_proceed) = match delegation.participation {
            Participation::Full => (false, false),
            Participation::Suspended { silence_may_proceed } => (true, silence_may_proceed),
        };
        Self {
            name: delegation.name.clone(),
            spokesperson: delegation.spokesperson.map(MembershipId::uuid),
            named: delegation.named.iter().map(|named| (named.by.uuid(), named.whom.uuid())).collect(),
            suspended,
            silence_may_proceed,
            lot: delegation.lot,
        }
    }

    pub fn delegation(self, id: DelegationId, group: WorkingGroupId) -> Delegation {
        let seat = MembershipId::from_uuid;
        let Self { name, spokesperson, named, suspended, silence_may_proceed, lot } = self;
        Delegation {
            id,
            group,
            name,
            spokesperson: spokesperson.map(seat),
            named: named.into_iter().map(|(by, whom)| Named { by: seat(by), whom: seat(whom) }).collect(),
            participation: match suspended {
                true => Participation::Suspended { silence_may_proceed },
                false => Participation::Full,
            },
            lot,
        }
    }
}

/// What a delegation's name is bound to.
pub(crate) fn aad(id: Uuid, group: Uuid) -> Aad {
    Aad::of("delegation").id(id).id(group)
}

impl Sealed for Entity {
    const TABLE: &'static str = "delegation";
    const ID: Column = Column::Id;
    const SEALED: Column = Column::Sealed;
    fn envelope(row: &Model) -> Option<Envelope<'_>> {
        Some(Envelope {
            id: row.id,
            row: DelegationId::from_uuid(row.id).into(),
            scope: KeyScope::Group(WorkingGroupId::from_uuid(row.group_id)),
            aad: aad(row.id, row.group_id),
            sealed: &row.sealed,
        })
    }
}

impl Store {
    /// Those of these delegations that are in scope.
    pub async fn delegations(&self, scope: &Groups, ids: &[DelegationId]) -> Result<Vec<Delegation>, StoreError> {
        let asked = scope::one_of(Column::Id.into_expr(), ids.iter().map(|id| id.uuid()));
        self.delegations_where(scope, asked).await
    }

    /// The delegations of those of these groups that are in scope, in no order: their names are sealed.
    pub async fn delegations_of(
        &self,
        scope: &Groups,
        groups: &[WorkingGroupId],
    ) -> Result<Vec<Delegation>, StoreError> {
        let asked = scope::one_of(Column::GroupId.into_expr(), groups.iter().map(|id| id.uuid()));
        self.delegations_where(scope, asked).await
    }

    async fn delegations_where(&self, scope: &Groups, asked: Expr) -> Result<Vec<Delegation>, StoreError> {
        let rows = Entity::find()
            .filter(scope::groups(self, scope, Column::GroupId.into_expr()))
            .filter(asked)
            .all(&self.reads())
            .await?;
        let mut opened = Vec::with_capacity(rows.len());
        for row in rows {
            opened.extend(self.opened_delegation(&row).await?);
        }
        Ok(opened)
    }

    async fn opened_delegation(&self, row: &Model) -> Result<Option<Delegation>, StoreError> {
        let (id, group) = (DelegationId::from_uuid(row.id), WorkingGroupId::from_uuid(row.group_id));
        let text: Option<DelegationText> = self.open_row(id, &aad(row.id, row.group_id), &row.sealed).await?;
        Ok(text.map(|text| text.delegation(id, group)))
    }
}

impl Tx {
    /// A group's delegations as they are now, in no order. Ask under [`Tx::lock_group`].
    pub async fn delegations_held(&self, group: WorkingGroupId) -> Result<Vec<Delegation>, StoreError> {
        let mut opened = Vec::new();
        for row in Entity::find().filter(Column::GroupId.eq(group.uuid())).all(&self.sql()).await? {
            opened.extend(self.store().opened_delegation(&row).await?);
        }
        Ok(opened)
    }

    /// A delegation as it is now.
    pub async fn delegation(&self, id: DelegationId) -> Result<Option<Delegation>, StoreError> {
        match Entity::find_by_id(id.uuid()).one(&self.sql()).await? {
            Some(row) => self.store().opened_delegation(&row).await,
            None => Ok(None),
        }
    }

    /// Writes who speaks for a delegation, and whether it takes part. Ask under [`Tx::lock_group`].
    pub async fn change_delegation(&self, delegation: &Delegation) -> Result<(), StoreError> {
        let (id, group) = (delegation.id.uuid(), delegation.group.uuid());
        let text = DelegationText::of(delegation);
        let sealed = self.store().seal(KeyScope::Group(delegation.group), &aad(id, group), &text).await?;
        let update = Query::update()
            .table(Entity)
            .value(Column::Sealed, sealed)
            .and_where(Column::Id.eq(id))
            .and_where(Column::GroupId.eq(group))
            .take();
        self.sql().swap(&update).await
    }

    /// How many delegations a group has. Ask under [`Tx::lock_group`].
    pub async fn count_delegations(&self, group: WorkingGroupId) -> Result<u64, StoreError> {
        Ok(Entity::find().filter(Column::GroupId.eq(group.uuid())).count(&self.sql()).await?)
    }

    /// Adds a delegation. [`StoreError::Taken`] with `delegation.name` where the group has one of that name, compared
    /// without regard to case.
    pub async fn add_delegation(&self, new: &Delegation) -> Result<(), StoreError> {
        let (id, group_id) = (new.id.uuid(), new.group.uuid());
        let text = DelegationText::of(new);
        let sealed = self.store().seal(KeyScope::Group(new.group), &aad(id, group_id), &text).await?;
        let folded = new.name.to_lowercase();
        let name_mac = self.store().mac("delegation.name", &[group_id.as_bytes(), folded.as_bytes()]).to_vec();
        self.sql().insert(Model { id, group_id, name_mac, sealed }).await
    }
}
