//! Notes of both kinds: pages of many sessions or agenda items in one statement, with the authors of those that have one;
//! and counts. First the NAMED ones in the order of posting, then those under the Rule by their random ids.
//!
//! Which rows belong to a page is decided over ids and instants, out of both tables at once; bodies are read and opened for
//! those alone. The rows themselves, and writing NAMED ones, are in `note/row.rs`.

mod own;
mod row;

use std::collections::HashMap;

use dipoli_domain::{
    Timestamp,
    id::{AgendaItemId, NoteId, SessionId},
    note::{AnyNote, Visibility},
    page::{Page, Slice},
    policy::scope::{Notes, People},
};
use sea_orm::{
    ColumnTrait, Condition, FromQueryResult,
    sea_query::{
        Expr, ExprTrait, Func, JoinType, Order, OverStatement, Query, SelectStatement, UnionType, WindowStatement,
    },
};
use uuid::Uuid;

pub use self::own::OwnNote;
use self::row::{Row, whole};
use crate::{
    Store, StoreError,
    entity::{chatham_house_note, note, session},
    membership_seen::Seats,
    paging::{PAGE, Paging, SortKey},
    scope, time,
};

/// A note's place in a list: [`NAMED`] ones by the moment of posting, those [`UNDER_THE_RULE`] after them by id alone.
pub type NoteKey = (i64, (Timestamp, NoteId));

/// The first part of a NAMED note's key.
pub const NAMED: i64 = 0;
/// The first part of the key of a note under the Rule.
pub const UNDER_THE_RULE: i64 = 1;

/// The place of a note in lists.
pub const fn note_key(note: &AnyNote) -> NoteKey {
    match note {
        AnyNote::Named(note) => (NAMED, (note.posted_at, note.id)),
        AnyNote::ChathamHouse(note) => (UNDER_THE_RULE, (Timestamp::UNIX_EPOCH, note.id)),
    }
}

/// A note's place in the order in which notes became readable: when, and which.
pub type ArrivalKey = (Timestamp, NoteId);

/// Both tables as one, as far as lists need them.
const READABLE: &str = "readable";
/// How many keys a list has, beside each of them.
const TOTAL: &str = "total";

/// Which notes a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoteFilter {
    /// Only these; none where the list is empty.
    pub visibility: Option<Vec<Visibility>>,
    /// Only those that the scope's viewer wrote, or only those of others.
    pub mine: Option<bool>,
}

impl NoteFilter {
    fn of_named(&self, scope: &Notes) -> Condition {
        let written =
            || scope::one_of(note::Column::AuthorId.into_expr(), scope.seats.iter().map(|seat| seat.author.uuid()));
        let mine = self.mine.map(|mine| if mine { written() } else { written().not() });
        Condition::all().add(self.of_visibility(note::Column::Visibility)).add_option(mine)
    }

    /// A note under the Rule is nobody's own.
    fn under_the_rule(&self) -> Condition {
        let mine = (self.mine == Some(true)).then(scope::nothing);
        Condition::all().add(self.of_visibility(chatham_house_note::Column::Visibility)).add_option(mine)
    }

    fn of_visibility(&self, column: impl ColumnTrait) -> Condition {
        Condition::all().add_option(self.visibility.as_ref().map(|visibility| match visibility.as_slice() {
            [] => scope::nothing(),
            some => column.is_in(some.iter().map(|visibility| visibility.word())),
        }))
    }
}

/// A page of a list of notes.
#[derive(Debug)]
pub struct NotePage {
    /// The notes.
    pub slice: Slice<AnyNote>,
    /// How many the whole list has, where that was asked for and the page is cut out of the whole list.
    pub total: Option<u64>,
}

/// A note on a page, and how many its list has where they are counted with it.
#[derive(FromQueryResult)]
struct Listed {
    #[sea_orm(nested)]
    row: Row,
    total: Option<i64>,
}

/// Under what notes are listed.
#[derive(Clone, Copy)]
enum Under {
    Sessions,
    Items,
    /// Nothing: they are asked for by their own ids.
    Themselves,
}

impl Under {
    fn named(self) -> Expr {
        match self {
            Self::Sessions => note::Column::SessionId.into_expr(),
            Self::Items => note::Column::AgendaItemId.into_expr(),
            Self::Themselves => note::Column::Id.into_expr(),
        }
    }

    fn under_the_rule(self) -> Expr {
        match self {
            Self::Sessions => chatham_house_note::Column::SessionId.into_expr(),
            Self::Items => chatham_house_note::Column::AgendaItemId.into_expr(),
            Self::Themselves => chatham_house_note::Column::Id.into_expr(),
        }
    }
}

impl Store {
    /// Those of these notes that are in scope.
    pub async fn notes(&self, scope: &Notes, people: &People, ids: &[NoteId]) -> Result<Vec<AnyNote>, StoreError> {
        let ids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
        let keys = readable(scope, &NoteFilter::default(), Under::Themselves, &ids);
        let mut select = Query::select().from_subquery(keyed(keys), PAGE).take();
        whole(&mut select, people);
        let rows = self.reads().rows::<Row>(&select).await?;
        self.opened_notes(rows).await
    }

    /// The same page of each session's notes, those on its agenda items included; where they are to be counted, with how
    /// many there are in all. A session without any is absent.
    pub async fn notes_of_sessions(
        &self,
        scope: &Notes,
        people: &People,
        sessions: &[SessionId],
        filter: &NoteFilter,
        (page, counted): (&Page<NoteKey>, bool),
    ) -> Result<HashMap<SessionId, NotePage>, StoreError> {
        let sessions: Vec<_> = sessions.iter().map(|id| id.uuid()).collect();
        let keys = readable(scope, filter, Under::Sessions, &sessions);
        let pages = self.note_pages(keys, people, (page, counted), |row| row.session_id).await?;
        Ok(pages.into_iter().map(|(session, page)| (SessionId::from_uuid(session), page)).collect())
    }

    /// The same page of each agenda item's notes, as [`Store::notes_of_sessions`] gives those of sessions.
    pub async fn notes_of_items(
        &self,
        scope: &Notes,
        people: &People,
        items: &[AgendaItemId],
        filter: &NoteFilter,
        (page, counted): (&Page<NoteKey>, bool),
    ) -> Result<HashMap<AgendaItemId, NotePage>, StoreError> {
        let items: Vec<_> = items.iter().map(|id| id.uuid()).collect();
        let keys = readable(scope, filter, Under::Items, &items);
        let item = |row: &Row| row.agenda_item_id.unwrap_or_default();
        let pages = self.note_pages(keys, people, (page, counted), item).await?;
        Ok(pages.into_iter().map(|(item, page)| (AgendaItemId::from_uuid(item), page)).collect())
    }

    /// How many notes [`Store::notes_of_sessions`] has in all, for each session that has any.
    pub async fn note_counts_of_sessions(
        &self,
        scope: &Notes,
        sessions: &[SessionId],
        filter: &NoteFilter,
    ) -> Result<HashMap<SessionId, u64>, StoreError> {
        let sessions: Vec<_> = sessions.iter().map(|id| id.uuid()).collect();
        let counts = self.note_counts(readable(scope, filter, Under::Sessions, &sessions)).await?;
        Ok(counts.into_iter().map(|(session, number)| (SessionId::from_uuid(session), number)).collect())
    }

    /// How many notes [`Store::notes_of_items`] has in all, for each item that has any.
    pub async fn note_counts_of_items(
        &self,
        scope: &Notes,
        items: &[AgendaItemId],
        filter: &NoteFilter,
    ) -> Result<HashMap<AgendaItemId, u64>, StoreError> {
        let items: Vec<_> = items.iter().map(|id| id.uuid()).collect();
        let counts = self.note_counts(readable(scope, filter, Under::Items, &items)).await?;
        Ok(counts.into_iter().map(|(item, number)| (AgendaItemId::from_uuid(item), number)).collect())
    }

    /// A session's notes in the order in which they became readable (NAMED ones when they were posted, those under the
    /// Rule on their tick, there by their random ids): from an instant on, and beyond a place; and whether there are more
    /// than so many.
    pub async fn notes_arrived(
        &self,
        (scope, people): (&Notes, &People),
        session: SessionId,
        from: Timestamp,
        beyond: Option<ArrivalKey>,
        most: u64,
    ) -> Result<(Vec<(Timestamp, AnyNote)>, bool), StoreError> {
        let arrived = || Expr::col((READABLE, "arrived"));
        let key = || Expr::col((READABLE, "key"));
        let mut keys = keyed(readable(scope, &NoteFilter::default(), Under::Sessions, &[session.uuid()]));
        keys.and_where(arrived().gte(time::bind(from)))
            .order_by_expr(arrived(), Order::Asc)
            .order_by_expr(key(), Order::Asc)
            .limit(most + 1);
        if let Some(beyond) = beyond {
            keys.and_where(Expr::tuple([arrived(), key()]).gt(Expr::tuple(beyond.parts())));
        }
        let mut select = Query::select().from_subquery(keys, PAGE).take();
        whole(&mut select, people);
        let mut rows = self.reads().rows::<Row>(&select).await?;
        rows.sort_by_key(Row::arrival);
        let has_more = rows.len() as u64 > most;
        rows.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        let mut seats = Seats::new(self);
        let mut opened = Vec::with_capacity(rows.len());
        for row in rows {
            let (arrived, _) = row.arrival();
            opened.extend(self.opened_note(row, &mut seats).await?.map(|note| (arrived, note)));
        }
        Ok((opened, has_more))
    }

    async fn note_pages(
        &self,
        keys: SelectStatement,
        people: &People,
        (page, counted): (&Page<NoteKey>, bool),
        list: impl Fn(&Row) -> Uuid,
    ) -> Result<HashMap<Uuid, NotePage>, StoreError> {
        let order = ["kind", "at", "key"].map(|column| Expr::col((READABLE, column)));
        let of = || Expr::col((READABLE, "list"));
        // A page is cut by passing over the keys of its list; counting them on the way saves passing over them again.
        let counted = counted && page.is_of_whole();
        let mut keys = keyed(keys);
        if counted {
            let all = WindowStatement::default().add_partition_by(of()).take();
            keys.expr_window_as(Func::count(Expr::col((READABLE, "key"))), all, TOTAL);
        }
        let belong = |page: &mut SelectStatement| {
            whole(page, people);
            let total = if counted { Expr::col((PAGE, TOTAL)) } else { Expr::val(None::<i64>) };
            page.expr_as(total, TOTAL).take()
        };
        let list = |listed: &Listed| list(&listed.row);
        let pages = Paging::new(page, order).slices_joined::<Listed>(&self.reads(), keys, of(), list, belong).await?;
        let mut opened = HashMap::with_capacity(pages.len());
        let mut seats = Seats::new(self);
        for (list, slice) in pages {
            let (has_previous, has_next) = (slice.has_previous, slice.has_next);
            let total = slice.rows.first().and_then(|listed| listed.total).map(i64::unsigned_abs);
            let mut rows = Vec::with_capacity(slice.rows.len());
            for listed in slice.rows {
                rows.extend(self.opened_note(listed.row, &mut seats).await?);
            }
            opened.insert(list, NotePage { slice: Slice { rows, has_previous, has_next }, total });
        }
        Ok(opened)
    }

    async fn note_counts(&self, keys: SelectStatement) -> Result<HashMap<Uuid, u64>, StoreError> {
        let list = || Expr::col((READABLE, "list"));
        let counts = Query::select()
            .expr_as(list(), "list")
            .expr_as(Expr::col((READABLE, "key")).count(), "number")
            .from_subquery(keys, READABLE)
            .add_group_by([list()])
            .take();
        self.reads().counts(&counts).await
    }
}

/// The keys of both kinds of notes in scope: of which list, of which kind, in which place, which.
fn readable(scope: &Notes, filter: &NoteFilter, under: Under, lists: &[Uuid]) -> SelectStatement {
    let of = |column: Expr| scope::one_of(column, lists.iter().copied());
    let mut named = Query::select()
        .expr_as(under.named(), "list")
        .expr_as(Expr::val(NAMED), "kind")
        .expr_as(note::Column::PostedAt.into_expr(), "at")
        .expr_as(note::Column::PostedAt.into_expr(), "arrived")
        .expr_as(note::Column::Id.into_expr(), "key")
        .from(note::Entity)
        .take();
    with_session(&mut named, note::Column::SessionId);
    named.cond_where(scope::notes(scope)).cond_where(filter.of_named(scope)).and_where(of(under.named()));
    let mut under_the_rule = Query::select()
        .expr_as(under.under_the_rule(), "list")
        .expr_as(Expr::val(UNDER_THE_RULE), "kind")
        .expr_as(Expr::val(time::bind(Timestamp::UNIX_EPOCH)), "at")
        .expr_as(chatham_house_note::Column::ReleasedAt.into_expr(), "arrived")
        .expr_as(chatham_house_note::Column::Id.into_expr(), "key")
        .from(chatham_house_note::Entity)
        .take();
    with_session(&mut under_the_rule, chatham_house_note::Column::SessionId);
    under_the_rule
        .cond_where(scope::chatham_house_notes(scope))
        .cond_where(filter.under_the_rule())
        .and_where(of(under.under_the_rule()));
    named.union(UnionType::All, under_the_rule).take()
}

/// The keys as a table of its own, of which a page can be cut.
fn keyed(keys: SelectStatement) -> SelectStatement {
    Query::select().expr_as(Expr::col((READABLE, "key")), "key").from_subquery(keys, READABLE).take()
}

/// Joins the session, without which a note is never seen.
fn with_session(select: &mut SelectStatement, of: impl ColumnTrait) {
    let session = session::Column::Id.into_expr().eq(of.into_expr());
    select.join(JoinType::InnerJoin, session::Entity, session);
}
