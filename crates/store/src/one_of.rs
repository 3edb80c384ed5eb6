//! Whether a column has one of many values, in one statement however many they are: as an array on PostgreSQL, and as a list
//! on SQLite, which has no arrays. Whoever writes a condition need not know which database it is for.
//!
//! Deliberately absent: lists of words of ours, which do not grow.

use sea_orm::{
    Statement, Value, Values,
    sea_query::{Expr, ExprTrait, Func, ValueType},
};

/// How the condition is written.
const ANY: &str = "= ANY(";

/// `column` is one of these values; no row where there are none.
pub(crate) fn one_of<V: Into<Value> + ValueType>(column: Expr, values: impl IntoIterator<Item = V>) -> Expr {
    let values: Vec<Value> = values.into_iter().map(Into::into).collect();
    if values.is_empty() {
        return nothing();
    }
    let array = Value::Array(V::array_type(), Some(Box::new(values)));
    column.eq(Func::cust("ANY").arg(Expr::val(array)))
}

/// No row.
pub(crate) fn nothing() -> Expr {
    Expr::cust("1 = 0")
}

/// The statement as SQLite takes it: each array spread as a list, filled up to a power of two, so that few statements are
/// prepared.
pub(crate) fn spread(mut statement: Statement) -> Statement {
    let is_array = |value: &Value| matches!(value, Value::Array(..));
    let Some(values) = statement.values.take_if(|values| values.0.iter().any(is_array)) else {
        return statement;
    };
    // Text never stands in a statement but as a value: every question mark is the place of one.
    let mut pieces = statement.sql.split('?');
    let mut sql = pieces.next().unwrap_or_default().to_owned();
    let mut single = Vec::with_capacity(values.0.len());
    for (value, piece) in values.0.into_iter().zip(pieces) {
        if let Value::Array(_, list) = value {
            let mut list = list.map(|list| *list).unwrap_or_default();
            let last = list.last().cloned();
            list.resize_with(list.len().next_power_of_two(), || last.clone().expect("a list is never empty"));
            sql.truncate(sql.strip_suffix(ANY).map_or(sql.len(), str::len));
            sql.push_str("IN (");
            sql.push_str(&vec!["?"; list.len()].join(", "));
            single.extend(list);
        } else {
            sql.push('?');
            single.push(value);
        }
        sql.push_str(piece);
    }
    statement.sql = sql;
    statement.values = Some(Values(single));
    statement
}

#[cfg(test)]
mod tests {
    use sea_orm::{DbBackend, sea_query::Query};
    use uuid::Uuid;

    use super::*;

    fn statement(on: DbBackend, ids: &[Uuid]) -> Statement {
        let select = Query::select()
            .column("body")
            .from("note")
            .and_where(Expr::col("withdrawn").eq(false))
            .and_where(one_of(Expr::col("id"), ids.iter().copied()).not())
            .and_where(Expr::col("version").eq(7))
            .take();
        on.build(&select)
    }

    #[test]
    fn it_is_one_statement_on_postgres_however_many_there_are() {
        let few = statement(DbBackend::Postgres, &[Uuid::nil()]);
        let many = statement(DbBackend::Postgres, &[Uuid::nil(); 300]);
        assert_eq!(few.sql, many.sql);
        assert!(few.sql.contains(r#"NOT "id" = ANY($2)"#), "{}", few.sql);
        assert_eq!(few.values.map(|values| values.0.len()), Some(3));
    }

    #[test]
    fn it_is_a_list_on_sqlite_filled_up_with_its_last() {
        let ids = [Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3)];
        let spread = spread(statement(DbBackend::Sqlite, &ids));
        assert!(
            spread.sql.contains(r#""withdrawn" = ? AND (NOT "id" IN (?, ?, ?, ?)) AND "version" = ?"#),
            "{}",
            spread.sql
        );
        let values = spread.values.expect("it has values").0;
        let list: Vec<Value> = [1, 2, 3, 3].map(|number| Uuid::from_u128(number).into()).into();
        assert_eq!(values[1..5], list);
        assert_eq!((values.len(), &values[5]), (6, &Value::from(7)));
    }

    #[test]
    fn what_has_no_array_stays_as_it_is() {
        let of_none = statement(DbBackend::Sqlite, &[]);
        assert_eq!(spread(of_none.clone()), of_none);
        assert!(of_none.sql.contains("1 = 0"), "{}", of_none.sql);
    }
}
