//! A note's row: its body, sealed and bound to all that the policy reads; the note made of it; and writing it.

use dipoli_domain::{
    Timestamp,
    id::{AgendaItemId, DelegationId, NoteId, SessionId, WorkingGroupId},
    membership::Membership,
    note::{Note, Visibility},
    policy::scope::People,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, FromQueryResult, IntoActiveModel, prelude::DateTimeUtc,
    sea_query::SelectStatement,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    KeyScope, Store, StoreError, Tx,
    entity::note::{Column, Entity, Model},
    membership_seen::{self, SeatRow, Seats},
    seal::Aad,
    time,
};

/// What is sealed of a note.
#[derive(Serialize, Deserialize)]
struct NoteText {
    body: String,
}

/// A note with its author's seat.
#[derive(FromQueryResult)]
pub(super) struct Row {
    id: Uuid,
    group_id: Uuid,
    pub session_id: Uuid,
    pub agenda_item_id: Option<Uuid>,
    visibility: String,
    delegation_id: Option<Uuid>,
    author_id: Uuid,
    posted_at: DateTimeUtc,
    withdrawn: bool,
    version: i32,
    sealed: Vec<u8>,
    #[sea_orm(nested)]
    author: SeatRow,
}

const COLUMNS: [Column; 11] = [
    Column::Id,
    Column::GroupId,
    Column::SessionId,
    Column::AgendaItemId,
    Column::Visibility,
    Column::DelegationId,
    Column::AuthorId,
    Column::PostedAt,
    Column::Withdrawn,
    Column::Version,
    Column::Sealed,
];

/// What the policy reads of a note, and what its body therefore is bound to.
struct Bound<'a> {
    id: Uuid,
    group: Uuid,
    session: Uuid,
    agenda_item: Option<Uuid>,
    visibility: &'a str,
    delegation: Option<Uuid>,
    author: Uuid,
    posted_at: Timestamp,
    withdrawn: bool,
}

impl Bound<'_> {
    fn aad(&self) -> Aad {
        Aad::of("note")
            .id(self.id)
            .id(self.group)
            .id(self.session)
            .maybe_id(self.agenda_item)
            .text(self.visibility)
            .maybe_id(self.delegation)
            .id(self.author)
            .instant(self.posted_at)
            .flag(self.withdrawn)
    }
}

/// Selects a note's columns and its author's.
pub(super) fn whole(select: &mut SelectStatement, people: &People) {
    select.columns(COLUMNS.map(|column| (Entity, column)));
    membership_seen::join(select, Column::AuthorId.into_expr());
    membership_seen::select(select, people);
}

impl Store {
    pub(super) async fn opened_notes(&self, rows: Vec<Row>) -> Result<Vec<Note>, StoreError> {
        let mut seats = Seats::new(self);
        let mut opened = Vec::with_capacity(rows.len());
        for row in rows {
            opened.extend(self.opened_note(row, &mut seats).await?);
        }
        Ok(opened)
    }

    pub(super) async fn opened_note(&self, row: Row, seats: &mut Seats<'_>) -> Result<Option<Note>, StoreError> {
        let id = NoteId::from_uuid(row.id);
        let posted_at = time::read(row.posted_at);
        let bound = Bound {
            id: row.id,
            group: row.group_id,
            session: row.session_id,
            agenda_item: row.agenda_item_id,
            visibility: &row.visibility,
            delegation: row.delegation_id,
            author: row.author_id,
            posted_at,
            withdrawn: row.withdrawn,
        };
        let Some(NoteText { body }) = self.open_row(id, &bound.aad(), &row.sealed).await? else { return Ok(None) };
        let Some(visibility) = Visibility::from_word(&row.visibility) else {
            self.report(id);
            return Ok(None);
        };
        let Some(author) = seats.membership(row.author).await? else { return Ok(None) };
        Ok(Some(Note {
            id,
            group: WorkingGroupId::from_uuid(row.group_id),
            session: SessionId::from_uuid(row.session_id),
            agenda_item: row.agenda_item_id.map(AgendaItemId::from_uuid),
            body,
            withdrawn: row.withdrawn,
            visibility,
            delegation: row.delegation_id.map(DelegationId::from_uuid),
            author,
            posted_at,
            version: row.version,
        }))
    }

    async fn sealed_note(&self, note: &Note) -> Result<Model, StoreError> {
        let Membership { id: author, .. } = note.author;
        let bound = Bound {
            id: note.id.uuid(),
            group: note.group.uuid(),
            session: note.session.uuid(),
            agenda_item: note.agenda_item.map(AgendaItemId::uuid),
            visibility: note.visibility.word(),
            delegation: note.delegation.map(DelegationId::uuid),
            author: author.uuid(),
            posted_at: note.posted_at,
            withdrawn: note.withdrawn,
        };
        let text = NoteText { body: note.body.clone() };
        Ok(Model {
            id: bound.id,
            group_id: bound.group,
            session_id: bound.session,
            agenda_item_id: bound.agenda_item,
            visibility: bound.visibility.to_owned(),
            delegation_id: bound.delegation,
            author_id: bound.author,
            posted_at: time::bind(note.posted_at),
            withdrawn: note.withdrawn,
            version: note.version,
            sealed: self.seal(KeyScope::Group(note.group), &bound.aad(), &text).await?,
        })
    }
}

impl Tx {
    /// Adds a note.
    pub async fn add_note(&self, note: &Note) -> Result<(), StoreError> {
        let row = self.store().sealed_note(note).await?;
        self.sql().insert(row).await
    }

    /// Writes a note over the version before it; [`StoreError::Stale`] where another is current.
    pub async fn change_note(&self, note: &Note) -> Result<(), StoreError> {
        let row = self.store().sealed_note(note).await?;
        let before = Condition::all().add(Column::Id.eq(row.id)).add(Column::Version.eq(row.version - 1));
        self.sql().overwrite(row.into_active_model().reset_all(), before).await
    }
}
