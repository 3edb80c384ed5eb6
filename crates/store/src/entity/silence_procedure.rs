//! A row of `silence_procedure`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "silence_procedure")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub group_id: Uuid,
    pub session_id: Uuid,
    pub agenda_item_id: Option<Uuid>,
    pub record_id: Option<Uuid>,
    pub status: String,
    pub opened_at: DateTimeUtc,
    pub deadline: DateTimeUtc,
    pub moved: bool,
    pub watched_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    pub sealed: Vec<u8>,
    pub mac: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
