//! A row of `membership`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "membership")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub group_id: Uuid,
    pub person_id: Uuid,
    pub role: String,
    pub capacity: String,
    pub delegation_id: Option<Uuid>,
    pub seated_at: Option<DateTimeUtc>,
    pub left_on: Option<Date>,
    pub awaits_sign_in: bool,
    pub reads_group_from: Option<DateTimeUtc>,
    pub reads_facilitators_from: Option<DateTimeUtc>,
    pub reads_delegation_from: Option<DateTimeUtc>,
    pub posts_from: Option<DateTimeUtc>,
    pub changed_on: Date,
    pub sealed: Option<Vec<u8>>,
    pub mac: Option<Vec<u8>>,
    pub sits_from: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
