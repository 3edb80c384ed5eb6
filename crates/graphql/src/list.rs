//! A list whose errors keep their paths: async-graphql's own would say where the element stands, not which field of it
//! failed.

use std::borrow::Cow;

use async_graphql::{
    ContextSelectionSet, OutputType, Positioned, ServerResult, Value, parser::types::Field, registry::Registry,
};
use futures_util::future::try_join_all;

/// Elements, each resolved beside the others.
pub(crate) struct List<T>(Vec<T>);

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Self(elements.into_iter().collect())
    }
}

impl<T: OutputType> OutputType for List<T> {
    fn type_name() -> Cow<'static, str> {
        Cow::Owned(format!("[{}]", T::qualified_type_name()))
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry);
        Self::qualified_type_name()
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let elements = self.0.iter().enumerate().map(|(index, element)| async move {
            let ctx = ctx.with_index(index);
            element.resolve(&ctx, field).await
        });
        try_join_all(elements).await.map(Value::List)
    }
}
