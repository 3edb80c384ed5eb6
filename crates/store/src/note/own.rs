//! NAMED notes as their author's own data, whatever has become of the seat: to be exported, or to lose their text.
//!
//! Deliberately absent: notes under the Rule. Nobody knows whose they are.

use dipoli_domain::{
    Timestamp,
    id::{NoteId, PersonId, SessionId, WorkingGroupId},
    note::Visibility,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, sea_query::Query,
};

use super::row::{Bound, NoteText};
use crate::{
    KeyScope, Store, StoreError, Tx,
    connection::Sql,
    entity::{
        membership,
        note::{Column, Entity, Model},
    },
    time,
};

/// A NAMED note that a person wrote.
pub struct OwnNote {
    /// Which.
    pub id: NoteId,
    /// In which group.
    pub group: WorkingGroupId,
    /// On which session.
    pub session: SessionId,
    /// Who may read it.
    pub visibility: Visibility,
    /// When it was posted.
    pub posted_at: Timestamp,
    /// Markdown; empty once withdrawn.
    pub body: String,
    /// Whether its text was taken away.
    pub withdrawn: bool,
    /// Whether it is a text that was released from the caucus, which nothing takes back.
    pub released: bool,
    row: Model,
}

impl Store {
    /// The NAMED notes of a person, by the moment of posting. For the person themself. What a destroyed group said is not
    /// among them.
    pub async fn own_notes(&self, person: PersonId) -> Result<Vec<OwnNote>, StoreError> {
        self.own_notes_in(&self.reads(), person).await
    }

    async fn own_notes_in(&self, sql: &Sql<'_>, person: PersonId) -> Result<Vec<OwnNote>, StoreError> {
        let seats = Query::select()
            .column(membership::Column::Id)
            .from(membership::Entity)
            .and_where(membership::Column::PersonId.eq(person.uuid()))
            .take();
        let written = Entity::find()
            .filter(Column::AuthorId.in_subquery(seats))
            .order_by_asc(Column::PostedAt)
            .order_by_asc(Column::Id);
        let mut own = Vec::new();
        for row in written.all(sql).await? {
            own.extend(self.own_note(row).await?);
        }
        Ok(own)
    }

    async fn own_note(&self, row: Model) -> Result<Option<OwnNote>, StoreError> {
        let id = NoteId::from_uuid(row.id);
        let Some(text) = self.open_row::<NoteText>(id, &Bound::of(&row).aad(), &row.sealed).await? else {
            return Ok(None);
        };
        Ok(Some(OwnNote {
            id,
            group: WorkingGroupId::from_uuid(row.group_id),
            session: SessionId::from_uuid(row.session_id),
            visibility: Visibility::from_word(&row.visibility).ok_or(StoreError::Integrity)?,
            posted_at: time::read(row.posted_at),
            body: text.body,
            withdrawn: row.withdrawn,
            released: text.released,
            row,
        }))
    }
}

impl Tx {
    /// The same, within this transaction.
    pub async fn own_notes(&self, person: PersonId) -> Result<Vec<OwnNote>, StoreError> {
        self.store().own_notes_in(&self.sql(), person).await
    }

    /// Takes the text of a note away; its place stays. [`StoreError::Stale`] where it was changed meanwhile.
    pub async fn take_text(&self, note: OwnNote) -> Result<(), StoreError> {
        let before = Condition::all().add(Column::Id.eq(note.row.id)).add(Column::Version.eq(note.row.version));
        let mut row = Model { withdrawn: true, version: note.row.version + 1, ..note.row };
        let text = NoteText { body: String::new(), released: note.released };
        row.sealed = self.store().seal_note(KeyScope::Group(note.group), &Bound::of(&row).aad(), &text).await?;
        self.sql().overwrite(row.into_active_model().reset_all(), before).await
    }
}
