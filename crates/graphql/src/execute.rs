//! From a request to an answer: parsed once, measured, checked, run.

use std::{future::ready, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_graphql::{
    Pos, Positioned, Request, SDLExportOptions, Schema, ServerError, Value, Variables,
    parser::{
        Error, parse_query,
        types::{
            DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
        },
    },
};
use dipoli_app::{Cx, Knock, Pass, Track, again::Tries, guessing};
use dipoli_domain::policy::By;
use futures_util::{
    FutureExt,
    stream::{self, BoxStream, StreamExt},
};
use tokio::time::timeout;

use crate::{
    batch::Batches,
    check,
    cost::{self, Roots},
    documents::Documents,
    error::{ErrorCode, Failure, Problem, log_fault, tell},
    limits::Limits,
    manifest::Manifest,
    mutation::Mutation,
    query::Query,
    reader::Reader,
    request::RawRequest,
    response::Response,
    shape::Shapes,
    subscription::{Subscriptions, without_socket},
    token::doubled_input_field,
};

/// How long an operation may take; what it was doing is cut off then, and its transaction rolled back (requirements G-12).
const PATIENCE: Duration = Duration::from_secs(10);

type Root = Schema<Query, Mutation, Subscriptions>;

/// What an operator decides about the API.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether signed-in viewers may ask for the schema.
    pub introspection: bool,
    /// How much is accepted.
    pub limits: Limits,
    /// The documents that are known.
    pub documents: Manifest,
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
    document: Arc<ExecutableDocument>,
    /// Its text, where it was not remembered.
    text: Option<String>,
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

    /// As what a credential that it tries is counted by client address, if it is.
    pub fn counted_try(&self) -> Option<&'static str> {
        let mut fields = Vec::new();
        root_fields(&self.document, &self.operation()?.selection_set.node, &mut fields);
        fields.iter().find_map(|field| match field.node.name.node.as_str() {
            "signIn" => Some(guessing::SIGN_IN),
            "requestPasswordReset" => Some(guessing::RESET),
            _ => None,
        })
    }

    /// Whether it renews its socket, and does nothing else: there is a place for that where there is none for more.
    pub const fn is_renewal(&self) -> bool {
        self.roots.renewal
    }

    /// Remembers its document among those of a track, for whoever sends it next. To be called once its sender is known there.
    pub fn remember(&mut self, documents: &Documents) {
        if let Some(text) = self.text.take() {
            documents.remember(text, Arc::clone(&self.document));
        }
    }

    /// Whether it may write.
    pub fn is_mutation(&self) -> bool {
        self.ty == OperationType::Mutation
    }

    /// Whether it waits for what is to come.
    pub fn is_subscription(&self) -> bool {
        self.ty == OperationType::Subscription
    }

    fn operation(&self) -> Option<&OperationDefinition> {
        select(&self.document, self.operation_name.as_deref())
    }

    /// The same subscription, its one field where the library looks for it: a root field that stands in a fragment would
    /// be passed over. Of several, none begins, nor where it hangs on a condition whether there is one (GraphQL §5.2.4.1).
    fn of_one_field(mut self) -> Result<Self, Response> {
        let mut fields = Vec::new();
        if let Some(operation) = self.operation() {
            let set = &operation.selection_set.node;
            if is_conditional(&self.document, set) {
                return Err(Response::bad_input("The field of a subscription has neither @skip nor @include."));
            }
            root_fields(&self.document, set, &mut fields);
        }
        let one = match fields.as_slice() {
            [one] if one.node.name.node.as_str() == "__typename" => None,
            [one] => Some(Positioned::new(Selection::Field((*one).clone()), one.pos)),
            _ => None,
        };
        let Some(one) = one else {
            return Err(Response::bad_input("A subscription has exactly one field."));
        };
        let name = self.operation_name.clone();
        if let Some(operation) = select_mut(Arc::make_mut(&mut self.document), name.as_deref()) {
            let items = &mut operation.selection_set.node.items;
            items.retain(|item| !matches!(item.node, Selection::Field(_)));
            items.push(one);
        }
        Ok(self)
    }
}

impl Api {
    /// Builds the schema.
    pub fn new(options: Options) -> Self {
        let schema = schema();
        let shapes = Shapes::read(&print(&schema));
        Self { schema, shapes, options }
    }

    /// Parses and measures a request, looking first among the documents of the track that it is for, where that is open.
    /// Nothing of it has been run, and no one has signed in.
    ///
    /// # Errors
    /// The answer to a document that is no GraphQL, lacks the operation, or is larger than accepted.
    pub fn prepare(&self, request: RawRequest, documents: Option<&Documents>) -> Result<Prepared, Response> {
        let RawRequest { query, document_id, operation_name, variables, .. } = request;
        let query = self.options.documents.text(query, document_id.map(|id| id.0))?;
        self.options.limits.before_parsing(&query).map_err(|excess| Response::refused(excess.into()))?;
        let remembered = documents.and_then(|documents| documents.get(&query));
        let is_new = remembered.is_none();
        let document = remembered.map_or_else(|| parse(&query), Ok)?;
        let Some(operation) = select(&document, operation_name.as_deref()) else {
            return Err(Response::bad_input("operationName must name one of the document's operations."));
        };
        let variables = with_defaults(operation, variables);
        let roots = cost::measure(&self.options.limits, &self.shapes, &document, operation, &variables)
            .map_err(|excess| Response::refused(excess.into()))?;
        let ty = operation.ty;
        Ok(Prepared { document, text: is_new.then_some(query), operation_name, variables, ty, roots })
    }

    /// Runs a prepared request in a track, as its viewer. A mutation goes on where the caller is dropped: it ends with a
    /// commit or a roll-back, never half-way. A panic is answered as a fault, for this request alone.
    pub async fn execute(
        &self,
        track: Arc<Track>,
        viewer: Option<Cx>,
        knock: Knock,
        prepared: Prepared,
        request_id: &str,
    ) -> Response {
        if prepared.ty == OperationType::Subscription && viewer.is_some() {
            return Response::refused(Problem::of_refusal(&without_socket()));
        }
        self.answer(Asking { track, viewer, knock: Some(knock), pass: None }, prepared, request_id).await
    }

    async fn answer(&self, asking: Asking, prepared: Prepared, request_id: &str) -> Response {
        if prepared.needs_viewer() && asking.viewer.is_none() {
            return Response::unauthenticated();
        }
        if let Some(Err(limited)) = asking.viewer.as_ref().map(|cx| cx.attempts(prepared.roots.attempts)) {
            return Response::of(limited, request_id);
        }
        if let Some(refused) = asking.viewer.as_ref().and_then(|cx| unfinished(cx, &prepared)) {
            return refused;
        }
        if let Some(refused) = self.refused(&prepared) {
            return refused;
        }
        let is_mutation = prepared.is_mutation();
        let run = timeout(PATIENCE, run_whole(self.schema.clone(), asking, prepared));
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

    /// Runs a prepared request over a socket: one answer to a query or a mutation, as many as come to a subscription. An
    /// answer without data says that it was refused, and is the last.
    pub async fn stream(
        &self,
        pass: Arc<Pass>,
        prepared: Prepared,
        request_id: String,
    ) -> BoxStream<'static, Response> {
        let only = |told: Response| stream::once(ready(told)).boxed();
        if prepared.is_credential() {
            return only(Response::bad_input("Signing in, and what else tries a credential, is done by POST."));
        }
        let viewer = match pass.cx().await {
            Ok(cx) => Some(cx),
            Err(error) => return only(Response::of(error, &request_id)),
        };
        let asking = Asking { track: Arc::clone(pass.track()), viewer, knock: None, pass: Some(pass) };
        if prepared.ty != OperationType::Subscription {
            return only(self.answer(asking, prepared, &request_id).await);
        }
        match self.refused(&prepared).map_or_else(|| prepared.of_one_field(), Err) {
            Ok(prepared) => events(self.schema.clone(), asking, prepared, request_id),
            Err(refused) => only(refused),
        }
    }

    /// What is known to be refused before anything runs.
    fn refused(&self, prepared: &Prepared) -> Option<Response> {
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

/// The document of a text.
fn parse(text: &str) -> Result<Arc<ExecutableDocument>, Response> {
    let refused = |error: Error| Response::refused(Problem::invalid_document().at(error.positions().collect()));
    let document = parse_query(text).map_err(refused)?;
    match doubled_input_field(text) {
        Some(at) => Err(Response::refused(Problem::doubled_input_field().at(vec![position(text, at)]))),
        None => Ok(Arc::new(document)),
    }
}

/// The line and the column of a byte, both from 1 (GraphQL §7.1.2).
fn position(text: &str, at: usize) -> Pos {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|char| *char != '\n').count() + 1;
    Pos { line, column }
}

/// The answer to someone who has to set up a second factor, and asks for anything else.
fn unfinished(cx: &Cx, prepared: &Prepared) -> Option<Response> {
    let is_unfinished = matches!(cx.viewer.by, By::Unfinished(_));
    (is_unfinished && prepared.roots.beyond_set_up).then(|| {
        let told = "Set up a second factor first: setUpSecondFactor, then confirmSecondFactor.";
        Response::refused(Problem::new(ErrorCode::FailedPrecondition, told))
    })
}

/// The library's answer, as it is told.
fn told(answer: async_graphql::Response, request_id: &str) -> Response {
    // What was never run has no path: the library refused the document.
    let ran = answer.data != Value::Null || answer.errors.iter().any(|error| !error.path.is_empty());
    let problems = tell(answer.errors, request_id);
    if ran { Response::answered(answer.data, problems) } else { Response::all_refused(problems) }
}

/// Who asks, and where.
#[derive(Clone)]
struct Asking {
    track: Arc<Track>,
    viewer: Option<Cx>,
    /// Who knocked, where it came by POST: credentials are tried that way alone.
    knock: Option<Knock>,
    /// What the socket is open by, where it is asked over one.
    pass: Option<Arc<Pass>>,
}

/// Runs an operation, and the whole of it again where another transaction was in its way.
async fn run_whole(schema: Root, asking: Asking, prepared: Prepared) -> async_graphql::Response {
    let mut tries = Tries::default();
    loop {
        let answer = run(schema.clone(), asking.clone(), prepared.clone()).await;
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

async fn run(schema: Root, asking: Asking, prepared: Prepared) -> async_graphql::Response {
    let batches = Batches::default();
    let request = request(asking, prepared, &batches);
    batches.drive(schema.execute(request)).await
}

/// What the library is asked.
fn request(asking: Asking, prepared: Prepared, batches: &Batches) -> Request {
    let is_mutation = prepared.is_mutation();
    let mut request = Request::new("").variables(prepared.variables).data(asking.track).data(batches.clone());
    if let Some(cx) = asking.viewer {
        let cx = Cx { is_query: !is_mutation, ..cx };
        request = request.data(Reader::new(cx, batches));
    }
    if let Some(knock) = asking.knock {
        request = request.data(knock);
    }
    if let Some(pass) = asking.pass {
        request = request.data(pass);
    }
    request.operation_name = prepared.operation_name;
    request.set_parsed_query(Arc::unwrap_or_clone(prepared.document));
    request
}

/// The variables, with the defaults of those that were left out: the library looks for those in arguments alone, and not in
/// the conditions of `@skip` and `@include`.
pub(crate) fn with_defaults(operation: &OperationDefinition, mut variables: Variables) -> Variables {
    for definition in &operation.variable_definitions {
        if let Some(default) = &definition.node.default_value {
            variables.entry(definition.node.name.node.clone()).or_insert_with(|| default.node.clone());
        }
    }
    variables
}

/// The answers to a subscription. A refusal to begin is an answer without data; a panic ends it as a fault.
fn events(schema: Root, asking: Asking, prepared: Prepared, request_id: String) -> BoxStream<'static, Response> {
    let batches = Batches::default();
    let answers = schema.execute_stream(request(asking, prepared, &batches));
    stream::unfold(Some((answers, batches, request_id)), async |state| {
        let (mut answers, batches, request_id) = state?;
        match AssertUnwindSafe(batches.drive(answers.next())).catch_unwind().await {
            Ok(None) => None,
            Ok(Some(answer)) => {
                // The field itself, and nothing within it, is what fails where the source of events does.
                let is_refusal = answer.data == Value::Null && answer.errors.iter().all(|error| error.path.len() < 2);
                let told = if is_refusal { refused_to_begin(answer, &request_id) } else { told(answer, &request_id) };
                let more = (!is_refusal).then_some((answers, batches, request_id));
                Some((told, more))
            }
            Err(_) => {
                log_fault(&request_id, "a resolver panicked");
                Some((Response::internal(&request_id), None))
            }
        }
    })
    .boxed()
}

fn refused_to_begin(answer: async_graphql::Response, request_id: &str) -> Response {
    Response::all_refused(tell(answer.errors, request_id))
}

/// The fields of a root, those in fragments among them. Circles were refused before.
fn root_fields<'a>(document: &'a ExecutableDocument, set: &'a SelectionSet, found: &mut Vec<&'a Positioned<Field>>) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => found.push(field),
            Selection::InlineFragment(inline) => root_fields(document, &inline.node.selection_set.node, found),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    root_fields(document, &fragment.node.selection_set.node, found);
                }
            }
        }
    }
}

/// Whether something in the selection of a root, fragments among it, is there only on a condition.
fn is_conditional(document: &ExecutableDocument, set: &SelectionSet) -> bool {
    set.items.iter().any(|item| {
        let (directives, within) = match &item.node {
            Selection::Field(field) => (&field.node.directives, None),
            Selection::InlineFragment(inline) => (&inline.node.directives, Some(&inline.node.selection_set.node)),
            Selection::FragmentSpread(spread) => {
                let fragment = document.fragments.get(&spread.node.fragment_name.node);
                (&spread.node.directives, fragment.map(|fragment| &fragment.node.selection_set.node))
            }
        };
        let is_condition = |name: &str| matches!(name, "skip" | "include");
        directives.iter().any(|directive| is_condition(directive.node.name.node.as_str()))
            || within.is_some_and(|set| is_conditional(document, set))
    })
}

/// The operation of that name, or the only one, to be changed.
fn select_mut<'a>(document: &'a mut ExecutableDocument, name: Option<&str>) -> Option<&'a mut OperationDefinition> {
    match (&mut document.operations, name) {
        (DocumentOperations::Single(operation), _) => Some(&mut operation.node),
        (DocumentOperations::Multiple(operations), Some(name)) => {
            operations.get_mut(name).map(|operation| &mut operation.node)
        }
        (DocumentOperations::Multiple(operations), None) => {
            operations.values_mut().next().map(|operation| &mut operation.node)
        }
    }
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
    schema.sdl_with_options(SDLExportOptions::new().use_space_ident())
}

/// The schema in GraphQL's own language, types by name. What clients are written against.
pub fn sdl() -> String {
    print(&schema())
}

#[cfg(test)]
mod tests;
