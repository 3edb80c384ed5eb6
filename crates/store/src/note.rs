//! NAMED notes: pages of many sessions or agenda items in one statement, with their authors; and counts.
//!
//! Which rows belong to a page is decided over ids and instants; bodies are read and opened for those alone. The rows
//! themselves, and writing them, are in `note/row.rs`.

mod row;

use std::collections::HashMap;

use dipoli_domain::{
    Timestamp,
    id::{AgendaItemId, NoteId, SessionId},
    note::{Note, Visibility},
    page::{Page, Slice},
    policy::scope::{Notes, People},
};
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement},
};
use uuid::Uuid;

use self::row::{Row, whole};
use crate::{
    Store, StoreError,
    entity::{
        note::{Column, Entity},
        session,
    },
    membership_seen::Seats,
    paging::{PAGE, Paging},
    scope,
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
        let pages = Paging::new(page, order).slices_joined::<Row>(&self.reads(), keys, of, list, belong).await?;
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
        self.reads().counts(&keys).await
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
