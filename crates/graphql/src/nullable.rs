//! A nullable field that can fail without taking its neighbours along.
//!
//! In async-graphql an `Err` on a nullable field still nulls its parent. A resolver that returns [`Nullable`] gives null
//! instead, and its error stands in `errors`.

use std::borrow::Cow;

use async_graphql::{
    ContextSelectionSet, OutputType, Positioned, ServerResult, Value, parser::types::Field, registry::Registry,
};

use futures_util::future::{BoxFuture, FutureExt};

use crate::error::{Failure, Result};

/// A value, nothing, or a failure that nulls this field alone.
pub(crate) struct Nullable<T>(Result<Option<T>>);

/// Waits for a result, whose failure nulls this field alone. Boxed: the library keeps the futures of all fields of an
/// object in one frame, which would not fit on a stack.
pub(crate) fn answer<'a, T, R>(result: impl Future<Output = Result<R>> + Send + 'a) -> BoxFuture<'a, Nullable<T>>
where
    R: Into<Option<T>>,
{
    async { Nullable(result.await.map(Into::into)) }.boxed()
}

impl<T: OutputType + Sync> OutputType for Nullable<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::type_name().into_owned()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry);
        T::type_name().into_owned()
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let error = match &self.0 {
            Ok(None) => return Ok(Value::Null),
            Ok(Some(value)) => match value.resolve(ctx, field).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            },
            Err(failure) => ctx.set_error_path(of(failure, field)),
        };
        ctx.add_error(error);
        Ok(Value::Null)
    }
}

fn of(failure: &Failure, field: &Positioned<Field>) -> async_graphql::ServerError {
    async_graphql::Error::from(failure.clone()).into_server_error(field.pos)
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema};
    use dipoli_domain::refusal::{Refusal, Refusals};

    use super::*;
    use crate::list::List;

    struct Query;

    struct Thing;

    #[Object]
    impl Thing {
        async fn name(&self) -> &str {
            "a"
        }

        async fn parts(&self) -> List<Part> {
            [Part, Part].into_iter().collect()
        }
    }

    struct Part;

    #[Object]
    impl Part {
        async fn broken(&self) -> Result<i32> {
            Err(Refusal::forbidden().into())
        }
    }

    #[Object]
    impl Query {
        async fn thing(&self) -> Nullable<Thing> {
            answer(async { Ok(Thing) }).await
        }

        async fn nothing(&self) -> Nullable<Thing> {
            answer(async { Ok(None) }).await
        }

        async fn refused(&self) -> Nullable<Thing> {
            let mut refusals = Refusals::default();
            refusals.push(Refusal::bad_input("title", "Too long."));
            refusals.push(Refusal::bad_input("endsAt", "Too early."));
            answer::<_, Option<_>>(async { Err(dipoli_app::Error::from(refusals).into()) }).await
        }
    }

    #[tokio::test]
    async fn a_failure_nulls_its_field_and_leaves_the_neighbours() {
        let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
        let answer = schema
            .execute("{ refused { name } a: thing { name } nothing { name } b: thing { parts { broken } } }")
            .await;
        let data = serde_json::to_string(&answer.data).expect("JSON");
        assert_eq!(data, r#"{"refused":null,"a":{"name":"a"},"nothing":null,"b":null}"#);
        let problems = serde_json::to_value(crate::error::tell(answer.errors, "r-1")).expect("JSON");
        let told = |n: usize| (problems[n]["path"].to_string(), problems[n]["extensions"].to_string());
        assert_eq!(told(0), (r#"["refused"]"#.into(), r#"{"code":"BAD_USER_INPUT","field":"title"}"#.into()));
        assert_eq!(told(1), (r#"["refused"]"#.into(), r#"{"code":"BAD_USER_INPUT","field":"endsAt"}"#.into()));
        assert_eq!(told(2), (r#"["b","parts",0,"broken"]"#.into(), r#"{"code":"FORBIDDEN"}"#.into()));
        assert!(problems[3].is_null());
    }

    #[test]
    fn the_schema_says_that_it_can_be_null() {
        let sdl = Schema::new(Query, EmptyMutation, EmptySubscription).sdl();
        assert!(sdl.contains("thing: Thing\n"), "{sdl}");
    }
}
