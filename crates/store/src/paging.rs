//! Pages by sort key, in both directions, of one list or of many lists in one statement.
//!
//! A list whose page begins or ends at a cursor is asked in a second statement whether anything lies beyond it: the
//! row of a cursor may be out of the viewer's sight by now, and proves nothing (requirements G-11).

use std::collections::HashMap;

use dipoli_domain::{
    Timestamp,
    id::{AttendeeId, MembershipId, NoteId, PersonId, SessionId, WorkingGroupId},
    page::{End, Page, Slice},
};
use sea_orm::{
    FromQueryResult,
    sea_query::{CaseStatement, Expr, ExprTrait, Func, Order, OverStatement, Query, SelectStatement, WindowStatement},
};
use uuid::Uuid;

use crate::{StoreError, connection::Sql, time};

/// The rows of a page, as a table to join to.
pub(crate) const PAGE: &str = "page";

/// A sort key that ends in something unique.
pub(crate) trait SortKey {
    /// Its parts, in the order of the list's columns.
    fn parts(&self) -> Vec<Expr>;
}

impl SortKey for Uuid {
    fn parts(&self) -> Vec<Expr> {
        vec![Expr::val(*self)]
    }
}

macro_rules! sorted_by_id {
    ($($id:ident),+) => {
        $(impl SortKey for $id {
            fn parts(&self) -> Vec<Expr> { self.uuid().parts() }
        })+
    };
}

sorted_by_id!(PersonId, WorkingGroupId, MembershipId, SessionId, AttendeeId, NoteId);

impl<T: SortKey> SortKey for (Timestamp, T) {
    fn parts(&self) -> Vec<Expr> {
        std::iter::once(Expr::val(time::bind(self.0))).chain(self.1.parts()).collect()
    }
}

impl<T: SortKey> SortKey for (i64, T) {
    fn parts(&self) -> Vec<Expr> {
        std::iter::once(Expr::val(self.0)).chain(self.1.parts()).collect()
    }
}

impl SortKey for i64 {
    fn parts(&self) -> Vec<Expr> {
        vec![Expr::val(*self)]
    }
}

/// A page of a list that is ordered by these columns, ascending.
pub(crate) struct Paging<'a, K> {
    page: &'a Page<K>,
    order: Vec<Expr>,
}

/// Whether rows lie before the cursor that a page begins after, and after the one that it ends before.
#[derive(Clone, Copy, Default, FromQueryResult)]
struct Beyond {
    earlier: bool,
    later: bool,
}

#[derive(FromQueryResult)]
struct BeyondEach {
    list: Uuid,
    earlier: i32,
    later: i32,
}

impl<'a, K: SortKey> Paging<'a, K> {
    pub fn new(page: &'a Page<K>, order: impl IntoIterator<Item = Expr>) -> Self {
        Self { page, order: order.into_iter().collect() }
    }

    /// Runs `select` (columns, joins and filter, without order) for one page.
    pub async fn slice<R: FromQueryResult>(
        &self,
        sql: &Sql<'_>,
        select: SelectStatement,
    ) -> Result<Slice<R>, StoreError> {
        let beyond = match self.beyond(&select) {
            Some(statement) => sql.row(&statement).await?.unwrap_or_default(),
            None => Beyond::default(),
        };
        let mut select = self.bounded(select);
        for column in &self.order {
            select.order_by_expr(column.clone(), self.direction());
        }
        select.limit(u64::from(self.page.size) + 1);
        Ok(self.cut(sql.rows(&select).await?, beyond))
    }

    /// The same page of many lists in one statement: `of` is the column that tells them apart, `list` reads it from a
    /// row. `keys` selects what finds a row and nothing else, so that the window is run over keys alone; `join` gets
    /// those of the page as the table [`PAGE`] and selects the rows that belong to them, every column by a name of its
    /// own. A list without rows, on the page or beyond it, is absent.
    pub async fn slices_joined<R: FromQueryResult>(
        &self,
        sql: &Sql<'_>,
        keys: SelectStatement,
        of: Expr,
        list: impl Fn(&R) -> Uuid,
        join: impl FnOnce(&mut SelectStatement) -> SelectStatement,
    ) -> Result<HashMap<Uuid, Slice<R>>, StoreError> {
        let mut beyond = HashMap::new();
        if let Some(statement) = self.beyond_each(&keys, &of) {
            for row in sql.rows::<BeyondEach>(&statement).await? {
                beyond.insert(row.list, Beyond { earlier: row.earlier > 0, later: row.later > 0 });
            }
        }
        let mut pages: HashMap<Uuid, Vec<R>> = beyond.keys().map(|list| (*list, Vec::new())).collect();
        for row in sql.rows::<R>(&join(&mut self.each(keys, of))).await? {
            pages.entry(list(&row)).or_default().push(row);
        }
        Ok(pages
            .into_iter()
            .map(|(list, rows)| (list, self.cut(rows, beyond.get(&list).copied().unwrap_or_default())))
            .collect())
    }

    const fn direction(&self) -> Order {
        match self.page.end {
            End::First => Order::Asc,
            End::Last => Order::Desc,
        }
    }

    fn key(&self) -> Expr {
        Expr::tuple(self.order.iter().cloned())
    }

    fn bounded(&self, mut select: SelectStatement) -> SelectStatement {
        if let Some(after) = &self.page.after {
            select.and_where(self.key().gt(Expr::tuple(after.parts())));
        }
        if let Some(before) = &self.page.before {
            select.and_where(self.key().lt(Expr::tuple(before.parts())));
        }
        select
    }

    fn each(&self, select: SelectStatement, of: Expr) -> SelectStatement {
        let mut inner = self.bounded(select);
        let mut window = WindowStatement::default();
        window.add_partition_by(of);
        for column in &self.order {
            window.order_by_expr(column.clone(), self.direction());
        }
        inner.expr_window_as(Func::cust("ROW_NUMBER"), window, "place");
        let place = || Expr::col((PAGE, "place"));
        Query::select()
            .from_subquery(inner, PAGE)
            .and_where(place().lte(i64::from(self.page.size) + 1))
            .order_by_expr(place(), Order::Asc)
            .take()
    }

    fn earlier(&self) -> Option<Expr> {
        self.page.after.as_ref().map(|after| self.key().lte(Expr::tuple(after.parts())))
    }

    fn later(&self) -> Option<Expr> {
        self.page.before.as_ref().map(|before| self.key().gte(Expr::tuple(before.parts())))
    }

    fn beyond(&self, select: &SelectStatement) -> Option<SelectStatement> {
        let (earlier, later) = (self.earlier(), self.later());
        if earlier.is_none() && later.is_none() {
            return None;
        }
        let exists = |there: Option<Expr>| match there {
            Some(there) => {
                let mut rows = select.clone();
                Expr::exists(rows.clear_selects().expr(Expr::cust("1")).and_where(there).limit(1).take())
            }
            None => Expr::cust("1 = 0"),
        };
        Some(Query::select().expr_as(exists(earlier), "earlier").expr_as(exists(later), "later").take())
    }

    fn beyond_each(&self, select: &SelectStatement, of: &Expr) -> Option<SelectStatement> {
        let (earlier, later) = (self.earlier(), self.later());
        if earlier.is_none() && later.is_none() {
            return None;
        }
        let any = |there: Option<Expr>| {
            let there = there.unwrap_or_else(|| Expr::cust("1 = 0"));
            let case = CaseStatement::new().case(there, Expr::cust("1")).finally(Expr::cust("0"));
            Expr::Case(Box::new(case)).max()
        };
        let mut rows = select.clone();
        rows.clear_selects()
            .expr_as(of.clone(), "list")
            .expr_as(any(earlier), "earlier")
            .expr_as(any(later), "later")
            .add_group_by([of.clone()]);
        Some(rows)
    }

    /// One row more than asked for was read, to know whether there are more; it goes, and the rows come in the
    /// list's own order.
    fn cut<R>(&self, mut rows: Vec<R>, beyond: Beyond) -> Slice<R> {
        let size = usize::try_from(self.page.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        match self.page.end {
            End::First => Slice { rows, has_previous: beyond.earlier, has_next: more || beyond.later },
            End::Last => {
                rows.reverse();
                Slice { rows, has_previous: more || beyond.earlier, has_next: beyond.later }
            }
        }
    }
}
