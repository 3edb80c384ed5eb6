//! A row of `personal_access_token`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "personal_access_token")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub person_id: Uuid,
    pub digest: Vec<u8>,
    pub scopes: String,
    pub group_id: Option<Uuid>,
    pub created_on: Date,
    pub last_used_on: Date,
    pub expires_on: Date,
    pub sealed: Vec<u8>,
    pub mac: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
