//! What a document would cost, in one pass over it: fragments are measured once each and added up where they are spread,
//! so that a document of 16 KiB that would unfold to 2⁶⁰ fields is refused as quickly as it is read (requirements G-01 to
//! G-04). It comes before validation, which unfolds, and before anyone has signed in.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned, Variables,
    parser::types::{
        ExecutableDocument, Field, FragmentDefinition, OperationDefinition, OperationType, Selection, SelectionSet,
    },
};
use async_graphql_value::{ConstValue, Value};

use crate::{
    limits::{Excess, Limits, within},
    shape::{Shapes, Size},
};

/// Rows that a page or a list counts as where nothing is said.
const USUAL: u64 = 20;
/// Rows that a page can have.
const MOST_ROWS: u64 = 100;

/// The fields that need no viewer. Each tries a credential, so that a request has at most one of them.
const CREDENTIALS: [&str; 5] = ["signIn", "refreshTokens", "acceptInvitation", "requestPasswordReset", "resetPassword"];

/// Lists of the schema that lead to types again: within one another they would unfold it many times over.
const SCHEMA_LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];

/// Fields of a viewer that try a credential, too: of these and the others together a request has at most one.
const PROOFS: [&str; 3] = ["changePassword", "confirmSecondFactor", "confirmAddress"];

/// What can be done before a second factor is set up, by whoever must have one.
const BEFORE_SECOND_FACTOR: [&str; 4] = ["viewer", "setUpSecondFactor", "confirmSecondFactor", "signOut"];

/// Changes that are never too many: whoever has a chance to object has it, whatever else they did.
const UNLIMITED: [&str; 2] = ["breakSilence", "objectToRecord"];

/// The field that a socket outlives its token by.
const RENEWAL: &str = "renew";

/// What is known of the operation that will run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Roots {
    /// Whether it has a field that needs a viewer.
    pub(crate) needs_viewer: bool,
    /// Whether it tries a credential.
    pub(crate) credential: bool,
    /// Whether it asks for the schema.
    pub(crate) introspection: bool,
    /// Whether it renews its socket, and does nothing else.
    pub(crate) renewal: bool,
    /// Whether it asks for more than can be done before a second factor is set up.
    pub(crate) beyond_set_up: bool,
    /// How many changes it tries as its viewer, those apart whose number is not limited.
    pub(crate) attempts: usize,
}

/// What a selection adds up to. Everything saturates.
#[derive(Clone, Copy, Default)]
struct Sum {
    fields: u64,
    complexity: u64,
    aliases: u64,
    depth: u64,
    nesting: u64,
    roots: u64,
    credentials: u64,
    introspections: u64,
    schema_lists: u64,
    typenames: u64,
    unlimited: u64,
    proofs: u64,
    before_second_factor: u64,
    renewals: u64,
}

impl Sum {
    fn beside(self, other: Self) -> Self {
        Self {
            fields: self.fields.saturating_add(other.fields),
            complexity: self.complexity.saturating_add(other.complexity),
            aliases: self.aliases.saturating_add(other.aliases),
            depth: self.depth.max(other.depth),
            nesting: self.nesting.max(other.nesting),
            roots: self.roots.saturating_add(other.roots),
            credentials: self.credentials.saturating_add(other.credentials),
            introspections: self.introspections.saturating_add(other.introspections),
            schema_lists: self.schema_lists.max(other.schema_lists),
            typenames: self.typenames.saturating_add(other.typenames),
            unlimited: self.unlimited.saturating_add(other.unlimited),
            proofs: self.proofs.saturating_add(other.proofs),
            before_second_factor: self.before_second_factor.saturating_add(other.before_second_factor),
            renewals: self.renewals.saturating_add(other.renewals),
        }
    }

    fn check(&self, limits: &Limits, schema_alone: bool) -> Result<(), Excess> {
        within("fields", self.fields, limits.fields)?;
        within("nesting", self.nesting, limits.nesting as u64)?;
        within("depth", self.depth, if schema_alone { limits.introspection_depth } else { limits.depth })?;
        within("schemaLists", self.schema_lists, limits.schema_lists)?;
        within("aliases", self.aliases, limits.aliases)?;
        within("rootFields", self.roots, limits.root_fields)?;
        within("credentialFields", self.credentials.saturating_add(self.proofs), 1)?;
        within("complexity", self.complexity, limits.complexity)
    }

    /// The same, one selection set further in.
    fn inside(self) -> Self {
        Self { nesting: self.nesting.saturating_add(1), ..self }
    }
}

/// A fragment on the way.
enum Fragment {
    /// Being measured; one that is met again now is spread within itself.
    Open,
    /// Measured.
    Done(Sum),
}

struct Meter<'a> {
    limits: &'a Limits,
    shapes: &'a Shapes,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    measured: HashMap<&'a str, Fragment>,
    variables: &'a Variables,
    directives: usize,
}

/// Measures a document; the roots are those of `selected`.
pub(crate) fn measure(
    limits: &Limits,
    shapes: &Shapes,
    document: &ExecutableDocument,
    selected: &OperationDefinition,
    variables: &Variables,
) -> Result<Roots, Excess> {
    let operations = || document.operations.iter().map(|(_, operation)| &operation.node);
    within("operations", operations().count() as u64, limits.operations as u64)?;
    within("fragments", document.fragments.len() as u64, limits.fragments as u64)?;
    let mut meter =
        Meter { limits, shapes, fragments: &document.fragments, measured: HashMap::new(), variables, directives: 0 };
    let sums = operations().map(|operation| meter.operation(operation)).collect::<Result<Vec<_>, _>>()?;
    for name in document.fragments.keys() {
        meter.fragment(name)?;
    }
    within("directives", meter.directives as u64, limits.directives as u64)?;
    let schema_alone = sums.iter().all(|sum| sum.roots == sum.introspections + sum.typenames);
    for sum in &sums {
        sum.check(limits, schema_alone)?;
    }
    let sum = operations().zip(&sums).find(|(operation, _)| std::ptr::eq(*operation, selected));
    let sum = sum.map_or_else(Sum::default, |(_, sum)| *sum);
    let changes = if selected.ty == OperationType::Mutation { sum.roots } else { 0 };
    let attempts = changes.saturating_sub(sum.credentials + sum.typenames + sum.unlimited);
    Ok(Roots {
        attempts: usize::try_from(attempts).unwrap_or(usize::MAX),
        beyond_set_up: sum.roots > sum.credentials + sum.typenames + sum.before_second_factor,
        needs_viewer: sum.roots > sum.credentials + sum.typenames,
        credential: sum.credentials > 0,
        introspection: sum.introspections > 0,
        renewal: sum.renewals == 1 && sum.roots == 1 + sum.typenames,
    })
}

impl<'a> Meter<'a> {
    fn operation(&mut self, operation: &'a OperationDefinition) -> Result<Sum, Excess> {
        self.count_directives(operation.directives.len())?;
        for definition in &operation.variable_definitions {
            self.count_directives(definition.node.directives.len())?;
        }
        let root = match operation.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        Ok(self.set(Some(root), &operation.selection_set.node)?.inside())
    }

    fn set(&mut self, on: Option<&'a str>, set: &'a SelectionSet) -> Result<Sum, Excess> {
        set.items.iter().try_fold(Sum::default(), |sum, selection| {
            let added = match &selection.node {
                Selection::Field(field) => self.field(on, &field.node)?,
                Selection::FragmentSpread(spread) => {
                    self.count_directives(spread.node.directives.len())?;
                    self.fragment(&spread.node.fragment_name.node)?.inside()
                }
                Selection::InlineFragment(inline) => {
                    self.count_directives(inline.node.directives.len())?;
                    let on = inline.node.type_condition.as_ref().map_or(on, |on| Some(on.node.on.node.as_str()));
                    self.set(on, &inline.node.selection_set.node)?.inside()
                }
            };
            Ok(sum.beside(added))
        })
    }

    fn field(&mut self, on: Option<&'a str>, field: &'a Field) -> Result<Sum, Excess> {
        self.count_directives(field.directives.len())?;
        let name = field.name.node.as_str();
        let (shapes, selections) = (self.shapes, &field.selection_set.node);
        let shape = shapes.field(on, name);
        let below = self.set(shape.map(|shape| shape.ty.as_str()), selections)?;
        let times = shape.map_or(1, |shape| self.times(shape.size, field));
        Ok(Sum {
            fields: below.fields.saturating_add(1),
            complexity: below.complexity.saturating_mul(times).saturating_add(1),
            aliases: below.aliases.saturating_add(u64::from(field.alias.is_some())),
            depth: below.depth.saturating_add(1),
            nesting: below.nesting.saturating_add(u64::from(!selections.items.is_empty())),
            roots: 1,
            credentials: u64::from(CREDENTIALS.contains(&name)),
            introspections: u64::from(matches!(name, "__schema" | "__type")),
            schema_lists: below.schema_lists.saturating_add(u64::from(shape.is_none() && SCHEMA_LISTS.contains(&name))),
            typenames: u64::from(name == "__typename"),
            unlimited: u64::from(UNLIMITED.contains(&name)),
            proofs: u64::from(PROOFS.contains(&name)),
            before_second_factor: u64::from(BEFORE_SECOND_FACTOR.contains(&name)),
            renewals: u64::from(name == RENEWAL),
        })
    }

    fn fragment(&mut self, name: &'a str) -> Result<Sum, Excess> {
        match self.measured.get(name) {
            Some(Fragment::Done(sum)) => return Ok(*sum),
            Some(Fragment::Open) => return Err(Excess::of_depth(self.limits)),
            None => {}
        }
        // One that does not exist costs nothing; validation refuses it.
        let Some(fragment) = self.fragments.get(name) else { return Ok(Sum::default()) };
        self.measured.insert(name, Fragment::Open);
        self.count_directives(fragment.node.directives.len())?;
        let on = fragment.node.type_condition.node.on.node.as_str();
        let sum = self.set(Some(on), &fragment.node.selection_set.node)?;
        within("fields", sum.fields, self.limits.fields)?;
        self.measured.insert(name, Fragment::Done(sum));
        Ok(sum)
    }

    fn count_directives(&mut self, found: usize) -> Result<(), Excess> {
        self.directives = self.directives.saturating_add(found);
        within("directivesPerField", found as u64, self.limits.directives_per_field as u64)
    }

    /// How often what is under a field can be in the answer. A page larger than any is refused where it is asked for.
    fn times(&self, size: Size, field: &Field) -> u64 {
        let given = match size {
            Size::One => return 1,
            Size::List => None,
            Size::Page => self.rows(field, "first").or_else(|| self.rows(field, "last")),
            Size::Ids => self.rows(field, "ids"),
        };
        given.unwrap_or(USUAL).min(MOST_ROWS)
    }

    /// How many rows an argument asks for: by its number, or by its length.
    fn rows(&self, field: &Field, argument: &str) -> Option<u64> {
        match &field.get_argument(argument)?.node {
            Value::Number(number) => number.as_u64(),
            Value::List(items) => Some(items.len() as u64),
            Value::Variable(name) => match self.variables.get(name)? {
                ConstValue::Number(number) => number.as_u64(),
                ConstValue::List(items) => Some(items.len() as u64),
                ConstValue::Null
                | ConstValue::String(_)
                | ConstValue::Boolean(_)
                | ConstValue::Binary(_)
                | ConstValue::Enum(_)
                | ConstValue::Object(_) => None,
            },
            Value::Null
            | Value::String(_)
            | Value::Boolean(_)
            | Value::Binary(_)
            | Value::Enum(_)
            | Value::Object(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
