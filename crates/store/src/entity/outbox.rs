//! A row of `outbox`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    pub person_id: Uuid,
    pub session_id: Option<Uuid>,
    pub sequence: Option<i32>,
    pub before_seconds: Option<i64>,
    pub own: bool,
    pub written_at: DateTimeUtc,
    pub due_at: DateTimeUtc,
    pub expires_at: Option<DateTimeUtc>,
    pub state: String,
    pub attempts: i32,
    pub claim: Option<Uuid>,
    pub claimed_until: Option<DateTimeUtc>,
    pub uniqueness: Option<Vec<u8>>,
    pub was_starts_at: Option<DateTimeUtc>,
    pub was_ends_at: Option<DateTimeUtc>,
    pub about_kind: Option<String>,
    pub failure: Option<String>,
    pub settled_at: Option<DateTimeUtc>,
    pub silence_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
