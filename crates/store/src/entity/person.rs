//! A row of `person`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub email_mac: Vec<u8>,
    pub standing: String,
    pub is_administrator: bool,
    pub password_hash: Option<String>,
    pub links_generation: i32,
    pub created_on: Date,
    pub sealed: Vec<u8>,
    pub mac: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
