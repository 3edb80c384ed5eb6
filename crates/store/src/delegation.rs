//! Delegations: read with their group's scope, found by a keyed hash of their name.

use dipoli_domain::{
    delegation::Delegation,
    id::{DelegationId, WorkingGroupId},
    policy::scope::Groups,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};
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
    pub name: String,
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
            let (id, group) = (DelegationId::from_uuid(row.id), WorkingGroupId::from_uuid(row.group_id));
            let text: Option<DelegationText> = self.open_row(id, &aad(row.id, row.group_id), &row.sealed).await?;
            opened.extend(text.map(|DelegationText { name }| Delegation { id, group, name }));
        }
        Ok(opened)
    }
}

impl Tx {
    /// How many delegations a group has. Ask under [`Tx::lock_group`].
    pub async fn count_delegations(&self, group: WorkingGroupId) -> Result<u64, StoreError> {
        Ok(Entity::find().filter(Column::GroupId.eq(group.uuid())).count(&self.sql()).await?)
    }

    /// Adds a delegation. [`StoreError::Taken`] with `delegation.name` where the group has one of that name, compared
    /// without regard to case.
    pub async fn add_delegation(&self, new: &Delegation) -> Result<(), StoreError> {
        let (id, group_id) = (new.id.uuid(), new.group.uuid());
        let text = DelegationText { name: new.name.clone() };
        let sealed = self.store().seal(KeyScope::Group(new.group), &aad(id, group_id), &text).await?;
        let folded = new.name.to_lowercase();
        let name_mac = self.store().mac("delegation.name", &[group_id.as_bytes(), folded.as_bytes()]).to_vec();
        self.sql().insert(Model { id, group_id, name_mac, sealed }).await
    }
}
