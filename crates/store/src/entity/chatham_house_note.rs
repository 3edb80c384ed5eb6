//! A row of `chatham_house_note`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "chatham_house_note")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub group_id: Uuid,
    pub session_id: Uuid,
    pub agenda_item_id: Option<Uuid>,
    pub visibility: String,
    pub delegation_id: Option<Uuid>,
    pub released_at: DateTimeUtc,
    pub edit_digest: Vec<u8>,
    pub withdrawn: bool,
    pub version: i32,
    pub sealed: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
