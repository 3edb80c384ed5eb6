//! NAMED notes: pages of many sessions or agenda items in one statement, with their authors; counts; changes.
//!
//! Which rows belong to a page is decided over ids and instants; bodies are read and opened for those alone.

use std::collections::HashMap;

use dipoli_domain::{
    Timestamp,
    id::{AgendaItemId, DelegationId, NoteId, SessionId, WorkingGroupId},
    membership::Membership,
    note::{Note, Visibility},
    page::{Page, Slice},
    policy::scope::{Notes, People},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, FromQueryResult, IntoActiveModel,
    prelude::DateTimeUtc,
    sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    KeyScope, Store, StoreError, Tx,
    entity::{
        note::{Column, Entity, Model},
        session,
    },
    membership_seen::{self, SeatRow, Seats},
    paging::{PAGE, Paging},
    scope,
    seal::Aad,
    time,
};

/// A note's place in a list: in the order of posting.
pub type NoteKey = (Timestamp, NoteId);

/// Which notes a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoteFilter {
    /// Only these; none where the list is empty.
    pub visibility: Option<Vec<Visibility>>,
    /// Only those that the scope's viewer wrote, or only those of others.
    pub mine: Option<bool>,
}

impl NoteFilter {
    fn condition(&self, scope: &Notes) -> Condition {
        let visibility = self.visibility.as_ref().map(|visibility| match visibility.as_slice() {
            [] => scope::nothing(),
            some => Column::Visibility.is_in(some.iter().map(|visibility| visibility.word())),
        });
        let written = || scope::one_of(Column::AuthorId.into_expr(), scope.seats.iter().map(|seat| seat.author.uuid()));
        let mine = self.mine.map(|mine| if mine { written() } else { written().not() });
        Condition::all().add_option(visibility).add_option(mine)
    }
}

/// What is sealed of a note.
#[derive(Serialize, Deserialize)]
struct NoteText {
    body: String,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    group_id: Uuid,
    session_id: Uuid,
    agenda_item_id: Option<Uuid>,
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

#[derive(FromQueryResult)]
struct Count {
    list: Uuid,
    number: i64,
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

impl Store {
    /// Those of these notes that are in scope.
    pub async fn notes(&self, scope: &Notes, people: &People, ids: &[NoteId]) -> Result<Vec<Note>, StoreError> {
        let mut select = Query::select().from(Entity).take();
        of_session(&mut select, scope);
        select.and_where(scope::one_of(Column::Id.into_expr(), ids.iter().map(|id| id.uuid())));
        whole(&mut select, people);
        let rows = self.reads().rows::<Row>(&select).await?;
        self.opened_notes(rows).await
    }

    /// The same page of each session's notes, those on its agenda items included. A session without any is absent.
    pub async fn notes_of_sessions(
        &self,
        scope: &Notes,
        people: &People,
        sessions: &[SessionId],
        filter: &NoteFilter,
        page: &Page<NoteKey>,
    ) -> Result<HashMap<SessionId, Slice<Note>>, StoreError> {
        let keys = listed(scope, filter, Column::SessionId, sessions.iter().map(|id| id.uuid()));
        let pages = self.note_pages(keys, people, page, Column::SessionId, |row| row.session_id).await?;
        Ok(pages.into_iter().map(|(session, slice)| (SessionId::from_uuid(session), slice)).collect())
    }

    /// The same page of each agenda item's notes. An item without any is absent.
    pub async fn notes_of_items(
        &self,
        scope: &Notes,
        people: &People,
        items: &[AgendaItemId],
        filter: &NoteFilter,
        page: &Page<NoteKey>,
    ) -> Result<HashMap<AgendaItemId, Slice<Note>>, StoreError> {
        let keys = listed(scope, filter, Column::AgendaItemId, items.iter().map(|id| id.uuid()));
        let item = |row: &Row| row.agenda_item_id.unwrap_or_default();
        let pages = self.note_pages(keys, people, page, Column::AgendaItemId, item).await?;
        Ok(pages.into_iter().map(|(item, slice)| (AgendaItemId::from_uuid(item), slice)).collect())
    }

    /// How many notes [`Store::notes_of_sessions`] has in all, for each session that has any.
    pub async fn note_counts_of_sessions(
        &self,
        scope: &Notes,
        sessions: &[SessionId],
        filter: &NoteFilter,
    ) -> Result<HashMap<SessionId, u64>, StoreError> {
        let keys = listed(scope, filter, Column::SessionId, sessions.iter().map(|id| id.uuid()));
        let counts = self.note_counts(keys, Column::SessionId).await?;
        Ok(counts.into_iter().map(|(session, number)| (SessionId::from_uuid(session), number)).collect())
    }

    /// How many notes [`Store::notes_of_items`] has in all, for each item that has any.
    pub async fn note_counts_of_items(
        &self,
        scope: &Notes,
        items: &[AgendaItemId],
        filter: &NoteFilter,
    ) -> Result<HashMap<AgendaItemId, u64>, StoreError> {
        let keys = listed(scope, filter, Column::AgendaItemId, items.iter().map(|id| id.uuid()));
        let counts = self.note_counts(keys, Column::AgendaItemId).await?;
        Ok(counts.into_iter().map(|(item, number)| (AgendaItemId::from_uuid(item), number)).collect())
    }

    async fn note_pages(
        &self,
        mut keys: SelectStatement,
        people: &People,
        page: &Page<NoteKey>,
        of: Column,
        list: impl Fn(&Row) -> Uuid,
    ) -> Result<HashMap<Uuid, Slice<Note>>, StoreError> {
        keys.expr_as(Column::Id.into_expr(), "key");
        let order = [Column::PostedAt.into_expr(), Column::Id.into_expr()];
        let belong = |page: &mut SelectStatement| {
            page.join(JoinType::InnerJoin, Entity, Column::Id.into_expr().eq(Expr::col((PAGE, "key"))));
            whole(page, people);
            page.take()
        };
        let pages =
            Paging::new(page, order).slices_joined::<Row>(&self.reads(), keys, of, list, belong).await?;
        let mut opened = HashMap::with_capacity(pages.len());
        let mut seats = Seats::new(self);
        for (list, slice) in pages {
            let (has_previous, has_next) = (slice.has_previous, slice.has_next);
            let mut rows = Vec::with_capacity(slice.rows.len());
            for row in slice.rows {
                rows.extend(self.opened_note(row, &mut seats).await?);
            }
            opened.insert(list, Slice { rows, has_previous, has_next });
        }
        Ok(opened)
    }

    async fn note_counts(&self, mut keys: SelectStatement, of: Column) -> Result<HashMap<Uuid, u64>, StoreError> {
        keys.expr_as(of.into_expr(), "list")
            .expr_as(Column::Id.into_expr().count(), "number")
            .add_group_by([of.into_expr()]);
        let counts = self.reads().rows::<Count>(&keys).await?;
        Ok(counts.into_iter().map(|row| (row.list, row.number.unsigned_abs())).collect())
    }

    async fn opened_notes(&self, rows: Vec<Row>) -> Result<Vec<Note>, StoreError> {
        let mut seats = Seats::new(self);
        let mut opened = Vec::with_capacity(rows.len());
        for row in rows {
            opened.extend(self.opened_note(row, &mut seats).await?);
        }
        Ok(opened)
    }

    async fn opened_note(&self, row: Row, seats: &mut Seats<'_>) -> Result<Option<Note>, StoreError> {
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
        let Some(visibility) = Visibility::from_word(&row.visibility) else { return Ok(None) };
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

/// Joins the session, without which a note is never seen, and keeps what is in scope.
fn of_session(select: &mut SelectStatement, scope: &Notes) {
    let session = session::Column::Id.into_expr().eq(Column::SessionId.into_expr());
    select.join(JoinType::InnerJoin, session::Entity, session).cond_where(scope::notes(scope));
}

fn listed(scope: &Notes, filter: &NoteFilter, of: Column, lists: impl Iterator<Item = Uuid>) -> SelectStatement {
    let mut select = Query::select().from(Entity).take();
    of_session(&mut select, scope);
    select.cond_where(filter.condition(scope)).and_where(scope::one_of(of.into_expr(), lists)).take()
}

/// Selects a note's columns and its author's.
fn whole(select: &mut SelectStatement, people: &People) {
    select.columns(COLUMNS.map(|column| (Entity, column)));
    membership_seen::join(select, Column::AuthorId.into_expr());
    membership_seen::select(select, people);
}
