//! Relay connections: a page of edges, and how many there are in all where that is asked for.
//!
//! Pages, cursors and flags come from the app as they are; nothing is left out here, so nothing can be told by what is
//! left out.

use std::sync::Arc;

use async_graphql::{Context, MaybeUndefined, SimpleObject};
use dipoli_app::{Connection, PageArgs};
use dipoli_domain::patch::Patch;

use crate::{error::Result, reader::Reader};

/// Which part of a connection this is, and how to get the parts beside it.
#[derive(SimpleObject, Clone)]
pub(crate) struct PageInfo {
    /// Whether rows come after this page.
    has_next_page: bool,
    /// Whether rows come before this page.
    has_previous_page: bool,
    /// The cursor of the first row, for `before`; null on an empty page.
    start_cursor: Option<String>,
    /// The cursor of the last row, for `after`; null on an empty page.
    end_cursor: Option<String>,
}

impl PageInfo {
    /// What the page says of itself.
    pub(crate) fn of<T>(page: &Connection<T>) -> Self {
        Self {
            has_next_page: page.has_next,
            has_previous_page: page.has_previous,
            start_cursor: page.edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: page.edges.last().map(|edge| edge.cursor.clone()),
        }
    }
}

/// A list that can be counted as a whole.
pub(crate) trait Count {
    /// How many there are in all.
    async fn count(&self, reader: &Reader) -> Result<u64>;
}

/// The arguments of every connection.
pub(crate) fn page(first: Option<i32>, after: Option<String>, last: Option<i32>, before: Option<String>) -> PageArgs {
    PageArgs { first, after, last, before, counted: false }
}

/// The page that a loader gave; nothing for a parent that has nothing.
pub(crate) fn loaded<T: Clone>(page: Option<Arc<Connection<T>>>) -> Connection<T> {
    page.map_or_else(
        || Connection { edges: Vec::new(), has_previous: false, has_next: false, total: None },
        Arc::unwrap_or_clone,
    )
}

/// Whether what is selected of this connection says how many there are in all.
pub(crate) fn counts(ctx: &Context<'_>) -> bool {
    ctx.look_ahead().field("totalCount").exists()
}

/// A field of a change, as it was sent.
pub(crate) fn patch<T, U: From<T>>(field: MaybeUndefined<T>) -> Patch<U> {
    match field {
        MaybeUndefined::Undefined => Patch::Keep,
        MaybeUndefined::Null => Patch::Clear,
        MaybeUndefined::Value(value) => Patch::Set(value.into()),
    }
}

/// Declares the connection and edge types of a node that is made of a reader and a row.
macro_rules! connection {
    ($(#[$($doc:tt)*])* $connection:ident, $(#[$($edge_doc:tt)*])* $edge:ident of $node:ident, $count:ty) => {
        $(#[$($edge_doc)*])*
        pub(crate) struct $edge {
            cursor: String,
            node: $node,
        }

        $(#[$($edge_doc)*])*
        #[async_graphql::Object]
        impl $edge {
            /// Where the row stands in this list, for `after` and `before`. Opaque.
            async fn cursor(&self) -> &str {
                &self.cursor
            }

            /// The row.
            async fn node(&self) -> &$node {
                &self.node
            }
        }

        $(#[$($doc)*])*
        pub(crate) struct $connection {
            reader: std::sync::Arc<crate::reader::Reader>,
            edges: Vec<$edge>,
            page_info: crate::connection::PageInfo,
            count: $count,
        }

        impl $connection {
            /// A page, and how the whole list is counted.
            pub(crate) fn new(
                reader: &std::sync::Arc<crate::reader::Reader>,
                page: dipoli_app::Connection<<$node as crate::node::OfRow>::Row>,
                count: $count,
            ) -> Self {
                let page_info = crate::connection::PageInfo::of(&page);
                let edge = |edge: dipoli_app::Edge<_>| $edge {
                    cursor: edge.cursor,
                    node: crate::node::OfRow::of(reader, edge.node),
                };
                let edges = page.edges.into_iter().map(edge).collect();
                Self { reader: reader.clone(), edges, page_info, count }
            }
        }

        $(#[$($doc)*])*
        #[async_graphql::Object]
        impl $connection {
            /// How many there are in all for the viewer; counted only where it is asked for.
            async fn total_count(&self) -> crate::error::Result<i32> {
                let count = crate::connection::Count::count(&self.count, &self.reader).await?;
                Ok(i32::try_from(count).unwrap_or(i32::MAX))
            }

            /// The rows of this page, with their cursors.
            async fn edges(&self) -> crate::list::List<&$edge> {
                self.edges.iter().collect()
            }

            /// The rows of this page.
            async fn nodes(&self) -> crate::list::List<&$node> {
                self.edges.iter().map(|edge| &edge.node).collect()
            }

            /// Which part of the list this page is.
            async fn page_info(&self) -> &crate::connection::PageInfo {
                &self.page_info
            }
        }
    };
}
pub(crate) use connection;
