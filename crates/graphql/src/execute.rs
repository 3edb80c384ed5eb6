//! From a request to an answer: parsed once, measured, checked, run.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_graphql::{
    Request, SDLExportOptions, Schema, ServerError, Value, Variables,
    parser::{
        parse_query,
        types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType},
    },
};
use dipoli_app::{Cx, Track, again::Tries};
use futures_util::FutureExt;
use tokio::time::timeout;

use crate::{
    batch::Batches,
    check,
    cost::{self, Roots},
    error::{ErrorCode, Failure, Problem, log_fault, tell},
    limits::Limits,
    mutation::Mutation,
    query::Query,
    reader::Reader,
    request::RawRequest,
    response::Response,
    shape::Shapes,
    subscription::{Subscriptions, not_yet},
};

/// How long an operation may take; what it was doing is cut off then, and its transaction rolled back (requirements G-12).
const PATIENCE: Duration = Duration::from_secs(10);

type Root = Schema<Query, Mutation, Subscriptions>;

/// What an operator decides about the API.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Whether signed-in viewers may ask for the schema.
    pub introspection: bool,
    /// How much is accepted.
    pub limits: Limits,
}

/// The API. One for all tracks: it holds nothing of any.
pub struct Api {
    schema: Root,
    shapes: Shapes,
    options: Options,
}

/// A request that may be run: parsed, within the limits, its operation known.
#[derive(Clone)]
pub struct Prepared {
    document: ExecutableDocument,
    operation_name: Option<String>,
    variables: Variables,
    ty: OperationType,
    roots: Roots,
}

impl Prepared {
    /// Whether it has a field that needs a signed-in viewer.
    pub const fn needs_viewer(&self) -> bool {
        self.roots.needs_viewer
    }

    /// Whether it tries a password, a token or an address: its answer leaves no earlier than a fixed floor.
    pub const fn is_credential(&self) -> bool {
        self.roots.credential
    }

    /// Whether it may write.
    pub fn is_mutation(&self) -> bool {
        self.ty == OperationType::Mutation
    }

    fn operation(&self) -> Option<&OperationDefinition> {
        select(&self.document, self.operation_name.as_deref())
    }
}

impl Api {
    /// Builds the schema.
    pub fn new(options: Options) -> Self {
        let schema = schema();
        let shapes = Shapes::read(&print(&schema));
        Self { schema, shapes, options }
    }

    /// Parses and measures a request. Nothing of it has been run, and no one has signed in.
    ///
    /// # Errors
    /// The answer to a document that is no GraphQL, lacks the operation, or is larger than accepted.
    pub fn prepare(&self, request: RawRequest) -> Result<Prepared, Response> {
        let RawRequest { query, operation_name, variables, extensions: _ } = request;
        self.options.limits.before_parsing(&query).map_err(|excess| Response::refused(excess.into()))?;
        let document = parse_query(&query)
            .map_err(|error| Response::refused(Problem::invalid_document().at(error.positions().collect())))?;
        let Some(operation) = select(&document, operation_name.as_deref()) else {
            return Err(Response::bad_input("operationName must name one of the document's operations."));
        };
        let roots = cost::measure(&self.options.limits, &self.shapes, &document, operation, &variables)
            .map_err(|excess| Response::refused(excess.into()))?;
        let ty = operation.ty;
        Ok(Prepared { document, operation_name, variables, ty, roots })
    }

    /// Runs a prepared request in a track, as its viewer. A mutation goes on where the caller is dropped: it ends with a
    /// commit or a roll-back, never half-way. A panic is answered as a fault, for this request alone.
    pub async fn execute(
        &self,
        track: Arc<Track>,
        viewer: Option<Cx>,
        prepared: Prepared,
        request_id: &str,
    ) -> Response {
        if prepared.needs_viewer() && viewer.is_none() {
            return Response::unauthenticated();
        }
        if let Some(Err(limited)) = viewer.as_ref().map(|cx| cx.attempts(prepared.roots.attempts)) {
            return Response::of(limited, request_id);
        }
        if let Some(refused) = self.refused(&prepared) {
            return refused;
        }
        let is_mutation = prepared.is_mutation();
        let run = timeout(PATIENCE, run_whole(self.schema.clone(), track, viewer, prepared));
        let done =
            if is_mutation { tokio::spawn(run).await.ok() } else { AssertUnwindSafe(run).catch_unwind().await.ok() };
        match done {
            Some(Ok(answer)) => told(answer, request_id),
            Some(Err(_)) => Response::unavailable(),
            None => {
                log_fault(request_id, "a resolver panicked");
                Response::internal(request_id)
            }
        }
    }

    /// What is known to be refused before anything runs.
    fn refused(&self, prepared: &Prepared) -> Option<Response> {
        if prepared.ty == OperationType::Subscription {
            return Some(Response::refused(Problem::of_refusal(&not_yet())));
        }
        if prepared.roots.introspection && !self.options.introspection {
            return Some(Response::refused(Problem::new(
                ErrorCode::BadUserInput,
                "Introspection is switched off here; the schema is published as schema.graphql.",
            )));
        }
        let operation = prepared.operation()?;
        let problems = check::values(&self.shapes, &prepared.document, operation, &prepared.variables);
        (!problems.is_empty()).then(|| Response::all_refused(problems))
    }
}

/// The library's answer, as it is told.
fn told(answer: async_graphql::Response, request_id: &str) -> Response {
    // What was never run has no path: the library refused the document.
    let ran = answer.data != Value::Null || answer.errors.iter().any(|error| !error.path.is_empty());
    let problems = tell(answer.errors, request_id);
    if ran { Response::answered(answer.data, problems) } else { Response::all_refused(problems) }
}

/// Runs an operation, and the whole of it again where another transaction was in its way.
async fn run_whole(schema: Root, track: Arc<Track>, viewer: Option<Cx>, prepared: Prepared) -> async_graphql::Response {
    let mut tries = Tries::default();
    loop {
        let answer = run(schema.clone(), Arc::clone(&track), viewer.clone(), prepared.clone()).await;
        if !(nothing_was_done(&answer) && tries.one_more().await) {
            return answer;
        }
    }
}

/// Whether another transaction was in the way of each act of a mutation, so that nothing of it was done. Where one of
/// several acts was done, the others are not done again for it: that is answered as it is.
fn nothing_was_done(answer: &async_graphql::Response) -> bool {
    let is_again =
        |error: &ServerError| error.path.len() == 1 && error.source::<Failure>().is_some_and(Failure::is_again);
    let Value::Object(fields) = &answer.data else { return false };
    !answer.errors.is_empty()
        && answer.errors.iter().all(is_again)
        && fields.values().all(|value| *value == Value::Null)
}

async fn run(schema: Root, track: Arc<Track>, viewer: Option<Cx>, prepared: Prepared) -> async_graphql::Response {
    let is_mutation = prepared.is_mutation();
    let batches = Batches::default();
    let mut request = Request::new("").variables(prepared.variables).data(track).data(batches.clone());
    if let Some(cx) = viewer {
        let cx = Cx { is_query: !is_mutation, ..cx };
        request = request.data(Reader::new(cx, &batches));
    }
    request.operation_name = prepared.operation_name;
    request.set_parsed_query(prepared.document);
    batches.drive(schema.execute(request)).await
}

/// The operation of that name, or the only one.
fn select<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Option<&'a OperationDefinition> {
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(&operation.node),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name).map(|operation| &operation.node),
        (DocumentOperations::Multiple(operations), None) => {
            let mut operations = operations.values();
            operations.next().filter(|_| operations.next().is_none()).map(|operation| &operation.node)
        }
    }
}

fn schema() -> Root {
    // The library's own checks of depth walk fragments again at every spread; ours has bounded that walk already.
    let most = Limits::default().nesting + 1;
    Schema::build(Query, Mutation::default(), Subscriptions)
        .register_output_type::<ErrorCode>()
        .disable_suggestions()
        .limit_recursive_depth(most)
        .finish()
}

fn print(schema: &Root) -> String {
    schema.sdl_with_options(SDLExportOptions::new().prefer_single_line_descriptions().use_space_ident())
}

/// The schema in GraphQL's own language, types by name. What clients are written against.
pub fn sdl() -> String {
    print(&schema())
}

#[cfg(test)]
mod tests;
