//! Interpretative statements: sealed whole, whoever's they are with them.

use std::collections::HashMap;

use dipoli_domain::{
    id::{AgendaItemId, DelegationId, MembershipId, StatementId, WorkingGroupId},
    policy::scope::Agendas,
    statement::{Speaker, Statement},
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    KeyScope, Store, StoreError, Tx,
    connection::Sql,
    entity::interpretative_statement::{Column, Entity, Model},
    reseal::{Envelope, Sealed},
    scope,
    seal::Aad,
};

/// What is sealed of a statement; it is of a delegation or of a seat.
#[derive(Serialize, Deserialize)]
struct StatementText {
    text: String,
    delegation: Option<Uuid>,
    membership: Option<Uuid>,
    attached_at: i64,
}

fn aad(row: &Model) -> Aad {
    Aad::of("interpretative_statement").id(row.id).id(row.group_id).id(row.agenda_item_id)
}

impl Sealed for Entity {
    const TABLE: &'static str = "interpretative_statement";
    const ID: Column = Column::Id;
    const SEALED: Column = Column::Sealed;
    fn envelope(row: &Model) -> Option<Envelope<'_>> {
        Some(Envelope {
            id: row.id,
            row: StatementId::from_uuid(row.id).into(),
            scope: KeyScope::Group(WorkingGroupId::from_uuid(row.group_id)),
            aad: aad(row),
            sealed: &row.sealed,
        })
    }
}

impl Store {
    /// The statements that were ever attached to each of these items, by the time at which they were. Ask for items that the
    /// viewer reads, with the scope that they were read with.
    pub async fn statements_on(
        &self,
        scope: &Agendas,
        items: &[AgendaItemId],
    ) -> Result<HashMap<AgendaItemId, Vec<Statement>>, StoreError> {
        let groups = scope.all_items.iter().chain(&scope.adopted_items).map(|id| id.uuid());
        let in_scope = scope::one_of(Column::GroupId.into_expr(), groups);
        let on = scope::one_of(Column::AgendaItemId.into_expr(), items.iter().map(|id| id.uuid()));
        let mut on_items: HashMap<_, Vec<_>> = HashMap::new();
        for statement in self.statements_where(&self.reads(), in_scope.and(on)).await? {
            on_items.entry(statement.item).or_default().push(statement);
        }
        Ok(on_items)
    }

    async fn statements_where(&self, sql: &Sql<'_>, which: Expr) -> Result<Vec<Statement>, StoreError> {
        let mut found = Vec::new();
        for row in Entity::find().filter(which).order_by_asc(Column::Id).all(sql).await? {
            found.extend(self.opened_statement(&row).await?);
        }
        found.sort_by_key(|statement| (statement.attached_at, statement.id));
        Ok(found)
    }

    pub(crate) async fn opened_statement(&self, row: &Model) -> Result<Option<Statement>, StoreError> {
        let id = StatementId::from_uuid(row.id);
        let Some(sealed) = self.open_row::<StatementText>(id, &aad(row), &row.sealed).await? else { return Ok(None) };
        let speaker = match (sealed.delegation, sealed.membership) {
            (Some(delegation), None) => Speaker::Delegation(DelegationId::from_uuid(delegation)),
            (None, Some(membership)) => Speaker::Participant(MembershipId::from_uuid(membership)),
            (Some(_), Some(_)) | (None, None) => return Err(StoreError::Integrity),
        };
        Ok(Some(Statement {
            id,
            group: WorkingGroupId::from_uuid(row.group_id),
            item: AgendaItemId::from_uuid(row.agenda_item_id),
            speaker,
            text: sealed.text,
            attached_at: dipoli_domain::Timestamp::from_microsecond(sealed.attached_at)
                .map_err(|_| StoreError::Integrity)?,
        }))
    }
}

impl Tx {
    /// The statements that were ever attached to an item. Ask under [`Tx::lock_group`].
    pub async fn statements_on_item(&self, item: AgendaItemId) -> Result<Vec<Statement>, StoreError> {
        self.store().statements_where(&self.sql(), Column::AgendaItemId.eq(item.uuid())).await
    }

    /// Adds a statement.
    pub async fn add_statement(&self, statement: &Statement) -> Result<(), StoreError> {
        let (delegation, membership) = match statement.speaker {
            Speaker::Delegation(delegation) => (Some(delegation.uuid()), None),
            Speaker::Participant(membership) => (None, Some(membership.uuid())),
        };
        let mut row = Model {
            id: statement.id.uuid(),
            group_id: statement.group.uuid(),
            agenda_item_id: statement.item.uuid(),
            sealed: Vec::new(),
        };
        let attached_at = statement.attached_at.as_microsecond();
        let text = StatementText { text: statement.text.clone(), delegation, membership, attached_at };
        row.sealed = self.store().seal(KeyScope::Group(statement.group), &aad(&row), &text).await?;
        self.sql().insert(row).await
    }
}
