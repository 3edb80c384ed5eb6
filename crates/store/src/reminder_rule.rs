//! When members are reminded: by a rule of the track's or of a session's, where somebody has said so.

use dipoli_domain::{id::SessionId, reminder::Rule};
use sea_orm::{EntityTrait, IntoActiveModel, QueryTrait, sea_query::OnConflict};
use uuid::Uuid;

use crate::{
    Store, StoreError, Tx,
    connection::Sql,
    entity::reminder_rule::{Column, Entity, Model},
};

impl Store {
    /// The rule of a session, or of the track; `None` where nobody has said anything.
    pub async fn reminder_rule(&self, of: Option<SessionId>) -> Result<Option<Rule>, StoreError> {
        self.reminder_rule_in(&self.reads(), of).await
    }

    async fn reminder_rule_in(&self, sql: &Sql<'_>, of: Option<SessionId>) -> Result<Option<Rule>, StoreError> {
        let row = Entity::find_by_id(self.rule_id(of)).one(sql).await?;
        Ok(row.map(|row| Rule::from_stored(&row.rule)))
    }

    /// The track's rule has the id of no session.
    fn rule_id(&self, of: Option<SessionId>) -> Uuid {
        of.map_or_else(Uuid::nil, SessionId::uuid)
    }
}

impl Tx {
    /// As [`Store::reminder_rule`], within the transaction.
    pub async fn reminder_rule(&self, of: Option<SessionId>) -> Result<Option<Rule>, StoreError> {
        self.store().reminder_rule_in(&self.sql(), of).await
    }

    /// Sets the rule of a session, or of the track; `None` takes it back.
    pub async fn set_reminder_rule(&self, of: Option<SessionId>, rule: Option<&Rule>) -> Result<(), StoreError> {
        let of_id = self.store().rule_id(of);
        let Some(rule) = rule else {
            Entity::delete_by_id(of_id).exec(&self.sql()).await?;
            return Ok(());
        };
        let row = Model { of_id, rule: rule.stored() }.into_active_model();
        let mut insert = Entity::insert(row).into_query();
        let again = OnConflict::column(Column::OfId).update_column(Column::Rule).to_owned();
        self.sql().run(insert.on_conflict(again)).await.map(drop)
    }
}
