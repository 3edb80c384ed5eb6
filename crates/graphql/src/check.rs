//! Whether the values that were sent are of the kinds that the schema asks for, told with the input field, all at once.
//!
//! The library would stop at the first fault, would not name its field, and would let through what it then cannot read (a
//! number of more than 32 bits, a variable that was left out), which costs the neighbouring fields their results. What a
//! text says is not looked at: that is the app's.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
};

use async_graphql::{
    Name, Number, Pos, Positioned, Variables,
    parser::types::{
        BaseType, Directive, ExecutableDocument, FragmentDefinition, OperationDefinition, OperationType, Selection,
        SelectionSet, Type, VariableDefinition,
    },
};
use async_graphql_value::{ConstValue, Value};

use crate::{
    error::{ErrorCode, Problem},
    shape::{Input, Shapes, Slot},
};

/// Values that a list can have.
const MOST_VALUES: usize = 100;

/// The values that the selected operation gives, checked; one problem for each fault.
pub(crate) fn values(
    shapes: &Shapes,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Vec<Problem> {
    let definitions = operation.variable_definitions.iter();
    let definitions = definitions.map(|definition| (definition.node.name.node.as_str(), &definition.node)).collect();
    let root = match operation.ty {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    };
    let mut check = Check {
        shapes,
        fragments: &document.fragments,
        seen: HashSet::new(),
        variables,
        definitions,
        problems: Vec::new(),
    };
    check.set(Some(root), &operation.selection_set.node);
    // What is wrong where it is used is told there, with the field.
    if check.problems.is_empty() {
        operation.variable_definitions.iter().for_each(|definition| check.variable(definition));
    }
    check.problems
}

struct Check<'a> {
    shapes: &'a Shapes,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    seen: HashSet<&'a str>,
    variables: &'a Variables,
    definitions: HashMap<&'a str, &'a VariableDefinition>,
    problems: Vec<Problem>,
}

/// Where a value stands: the place in the document, and the nearest name of the schema's.
#[derive(Clone, Copy)]
struct Place<'a> {
    pos: Pos,
    field: Option<&'a str>,
}

impl<'a> Check<'a> {
    fn set(&mut self, on: Option<&'a str>, set: &'a SelectionSet) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    self.conditions(&field.node.directives);
                    let Some(shape) = self.shapes.field(on, &field.node.name.node) else { continue };
                    let given = field.node.arguments.iter();
                    let given = given.map(|(name, value)| (name.node.as_str(), Given::Open(&value.node))).collect();
                    let place = Place { pos: field.pos, field: None };
                    self.slots(&shape.arguments, &given, place);
                    self.set(Some(&shape.ty), &field.node.selection_set.node);
                }
                Selection::FragmentSpread(spread) => {
                    self.conditions(&spread.node.directives);
                    let name = spread.node.fragment_name.node.as_str();
                    let Some(fragment) = self.fragments.get(name).filter(|_| self.seen.insert(name)) else { continue };
                    let on = fragment.node.type_condition.node.on.node.as_str();
                    self.set(Some(on), &fragment.node.selection_set.node);
                }
                Selection::InlineFragment(inline) => {
                    self.conditions(&inline.node.directives);
                    let on = inline.node.type_condition.as_ref().map_or(on, |on| Some(on.node.on.node.as_str()));
                    self.set(on, &inline.node.selection_set.node);
                }
            }
        }
    }

    /// What `@skip` and `@include` are given; other directives validation refuses.
    fn conditions(&mut self, directives: &'a [Positioned<Directive>]) {
        for directive in directives.iter().filter(|it| matches!(it.node.name.node.as_str(), "skip" | "include")) {
            let given = directive.node.arguments.iter();
            let given = given.map(|(name, value)| (name.node.as_str(), Given::Open(&value.node))).collect();
            self.slots(&self.shapes.condition, &given, Place { pos: directive.pos, field: None });
        }
    }

    /// The value of a variable, by its own type, wherever it is used (GraphQL §6.1.2).
    fn variable(&mut self, definition: &'a Positioned<VariableDefinition>) {
        let place = Place { pos: definition.pos, field: None };
        let of = &definition.node.var_type.node;
        match self.variables.get(&definition.node.name.node) {
            Some(value) => self.value(of, Given::Sent(value), place),
            None if of.nullable || definition.node.default_value.is_some() => {}
            None => self.fault(place, MISSING),
        }
    }

    /// Values by the names of their places: arguments, or the fields of an input object.
    fn slots(&mut self, slots: &'a BTreeMap<String, Slot>, given: &HashMap<&str, Given<'_>>, place: Place<'a>) {
        if given.keys().any(|name| !slots.contains_key(*name)) {
            self.fault(place, "Something is given here that the schema does not know.");
        }
        for (name, slot) in slots {
            let place = Place { field: Some(name), ..place };
            let given = given.get(name.as_str()).copied();
            if given.is_some_and(|value| !self.takes(&slot.ty, slot.has_default, value)) {
                self.fault(place, OF_ANOTHER_TYPE);
                continue;
            }
            match given.and_then(|value| self.resolved(value)) {
                None if slot.required => self.fault(place, MISSING),
                None => {}
                Some(value) => self.value(&slot.ty, value, place),
            }
        }
    }

    /// The value, with a variable read; `None` where that was left out. What is its default is looked at as what it is: a value
    /// of the document.
    fn resolved<'v>(&self, value: Given<'v>) -> Option<Given<'v>>
    where
        'a: 'v,
    {
        let Given::Open(Value::Variable(name)) = value else { return Some(value) };
        let value = self.variables.get(name)?;
        let default = self.definitions.get(name.as_str()).and_then(|it| it.default_value.as_ref());
        let is_default = default.is_some_and(|default| default.node == *value);
        Some(if is_default { Given::Closed(value) } else { Given::Sent(value) })
    }

    /// Whether the place takes the variable, if it is one, whatever its value is this time (GraphQL §5.8.5).
    fn takes(&self, place: &Type, has_default: bool, value: Given<'_>) -> bool {
        let Given::Open(Value::Variable(name)) = value else { return true };
        // One that is not declared is told by validation.
        let Some(definition) = self.definitions.get(name.as_str()) else { return true };
        let of = &definition.var_type.node;
        let never_null = definition.default_value.as_ref().is_some_and(|value| value.node != ConstValue::Null);
        if !place.nullable && of.nullable {
            return (never_null || has_default) && is_base_of(&place.base, &of.base);
        }
        is_of(place, of)
    }

    fn value(&mut self, ty: &'a Type, value: Given<'_>, place: Place<'a>) {
        // A variable within a list has its place even where it was left out.
        let value = self.resolved(value).unwrap_or(Given::Closed(&ConstValue::Null));
        match (&ty.base, value.look()) {
            (_, Look::Null) if ty.nullable => {}
            (_, Look::Null) => self.fault(place, MISSING),
            (BaseType::List(_), Look::List(items)) if items.len() > MOST_VALUES => {
                self.fault(place, "At most 100 values are taken here.");
            }
            (BaseType::List(ty), Look::List(items)) => {
                for item in items {
                    if self.takes(ty, false, item) {
                        self.value(ty, item, place);
                    } else {
                        self.fault(place, OF_ANOTHER_TYPE);
                    }
                }
            }
            (BaseType::List(ty), _) => self.value(ty, value, place),
            (BaseType::Named(name), look) => {
                let shapes = self.shapes;
                match shapes.input(name) {
                    Some(Input::Object(slots)) => {
                        if let Look::Object(fields) = look {
                            self.slots(slots, &fields, place);
                        } else {
                            self.fault(place, "An object is expected here.");
                        }
                    }
                    Some(input) => {
                        if let Err(expected) = scalar(input, &look) {
                            self.fault(place, expected);
                        }
                    }
                    None => {}
                }
            }
        }
    }

    fn fault(&mut self, place: Place<'a>, message: &'static str) {
        let field = place.field.map(|field| Cow::Owned(field.to_owned()));
        self.problems.push(Problem::new(ErrorCode::BadUserInput, message).with_field(field).at(vec![place.pos]));
    }
}

const MISSING: &str = "This must be given.";
const OF_ANOTHER_TYPE: &str = "The variable is declared with a type that does not belong here.";

/// Whether whatever is of the one type is of the other as well (GraphQL §5.8.5, `AreTypesCompatible`).
fn is_of(place: &Type, variable: &Type) -> bool {
    (place.nullable || !variable.nullable) && is_base_of(&place.base, &variable.base)
}

fn is_base_of(place: &BaseType, variable: &BaseType) -> bool {
    match (place, variable) {
        (BaseType::Named(place), BaseType::Named(variable)) => place == variable,
        (BaseType::List(place), BaseType::List(variable)) => is_of(place, variable),
        (BaseType::Named(_), BaseType::List(_)) | (BaseType::List(_), BaseType::Named(_)) => false,
    }
}

/// Whether a value without parts is of the kind; what was expected where it is not.
fn scalar(input: &Input, look: &Look<'_>) -> Result<(), &'static str> {
    let (fits, expected) = match input {
        Input::Text => (matches!(look, Look::Text | Look::TextOrWord(_)), "A text is expected here."),
        Input::Boolean => (matches!(look, Look::Boolean), "True or false is expected here."),
        Input::Int => (
            matches!(look, Look::Number(n) if n.as_i64().is_some_and(|n| i32::try_from(n).is_ok())),
            "A whole number of at most 32 bits is expected here.",
        ),
        Input::Id => (
            matches!(look, Look::Text | Look::TextOrWord(_)) || matches!(look, Look::Number(n) if n.is_i64()),
            "An id is expected here.",
        ),
        Input::Enum(words) => (
            matches!(look, Look::Word(word) | Look::TextOrWord(word) if words.contains(*word)),
            "This is none of the words that the schema has here.",
        ),
        Input::Object(_) => (true, ""),
    };
    if fits { Ok(()) } else { Err(expected) }
}

/// A value: one in the document, which may hold variables; the default of a variable, which holds none; or one that was
/// sent beside the document, in JSON.
#[derive(Clone, Copy)]
enum Given<'v> {
    Open(&'v Value),
    Closed(&'v ConstValue),
    Sent(&'v ConstValue),
}

/// What a value looks like, wherever it stands.
enum Look<'v> {
    Null,
    Number(&'v Number),
    Text,
    Word(&'v str),
    /// JSON has no words beside its texts.
    TextOrWord(&'v str),
    Boolean,
    List(Vec<Given<'v>>),
    Object(HashMap<&'v str, Given<'v>>),
}

impl<'v> Given<'v> {
    fn look(self) -> Look<'v> {
        match self {
            Self::Open(Value::Null | Value::Variable(_)) => Look::Null,
            Self::Open(Value::Number(number)) => Look::Number(number),
            Self::Open(Value::String(_)) => Look::Text,
            Self::Open(Value::Enum(word)) => Look::Word(word),
            Self::Open(Value::Boolean(_) | Value::Binary(_)) => Look::Boolean,
            Self::Open(Value::List(items)) => Look::List(items.iter().map(Given::Open).collect()),
            Self::Open(Value::Object(fields)) => {
                Look::Object(fields.iter().map(|(name, value)| (name.as_str(), Given::Open(value))).collect())
            }
            Self::Closed(value) => look(value, |_| Look::Text, Given::Closed),
            Self::Sent(value) => look(value, Look::TextOrWord, Given::Sent),
        }
    }
}

/// What a value without variables looks like, and the values within it.
fn look<'v>(
    value: &'v ConstValue,
    text: impl FnOnce(&'v str) -> Look<'v>,
    within: impl Fn(&'v ConstValue) -> Given<'v>,
) -> Look<'v> {
    match value {
        ConstValue::Null => Look::Null,
        ConstValue::Number(number) => Look::Number(number),
        ConstValue::String(words) => text(words),
        ConstValue::Enum(word) => Look::Word(word),
        ConstValue::Boolean(_) | ConstValue::Binary(_) => Look::Boolean,
        ConstValue::List(items) => Look::List(items.iter().map(within).collect()),
        ConstValue::Object(fields) => {
            Look::Object(fields.iter().map(|(name, value)| (name.as_str(), within(value))).collect())
        }
    }
}
