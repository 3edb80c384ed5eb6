//! A row of `agenda_item`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agenda_item")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub group_id: Uuid,
    pub session_id: Uuid,
    pub position: i32,
    pub duration_minutes: Option<i32>,
    pub status: String,
    pub attribution: String,
    pub adopted_at: Option<DateTimeUtc>,
    pub proposed_by: Option<Uuid>,
    pub lead: Option<Uuid>,
    pub version: i32,
    pub sealed: Vec<u8>,
    pub needs_silence: bool,
    pub by_word: bool,
    pub stands_later: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
