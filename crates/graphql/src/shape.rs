//! The schema, as far as measuring and checking need it, read from the published SDL: so that no second table of fields
//! has to be kept true.

use std::collections::{BTreeMap, HashMap, HashSet};

use async_graphql::{
    Name,
    parser::{
        parse_schema,
        types::{BaseType, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition},
    },
};

/// How many objects a field can give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// One, or what its parent has been multiplied by already (the rows of a connection).
    One,
    /// A page: `first` or `last`, or the default.
    Page,
    /// As many as ids were given.
    Ids,
    /// A list without a page.
    List,
}

/// A field of an object.
pub(crate) struct Field {
    /// The name of its type.
    pub(crate) ty: String,
    /// How many objects it can give.
    pub(crate) size: Size,
    /// What it takes.
    pub(crate) arguments: BTreeMap<String, Slot>,
}

/// A place for a value: an argument or an input field.
pub(crate) struct Slot {
    /// What belongs there.
    pub(crate) ty: Type,
    /// Whether it must be given.
    pub(crate) required: bool,
    /// Whether something stands there where nothing is given.
    pub(crate) has_default: bool,
}

/// A type of values that can be given.
pub(crate) enum Input {
    /// A scalar that is a text.
    Text,
    /// A text or a whole number.
    Id,
    /// A whole number of 32 bits.
    Int,
    /// True or false.
    Boolean,
    /// One of these words.
    Enum(HashSet<String>),
    /// An object with these fields.
    Object(BTreeMap<String, Slot>),
}

/// All types, by name.
pub(crate) struct Shapes {
    /// What `@skip` and `@include` take.
    pub(crate) condition: BTreeMap<String, Slot>,
    objects: HashMap<String, HashMap<String, Field>>,
    inputs: HashMap<String, Input>,
}

impl Shapes {
    /// Reads the SDL that this crate has printed.
    pub(crate) fn read(sdl: &str) -> Self {
        let document = parse_schema(sdl).expect("the SDL was printed by the library that reads it");
        let truth = Type { base: BaseType::Named(Name::new("Boolean")), nullable: false };
        let condition = BTreeMap::from([("if".to_owned(), Slot { ty: truth, required: true, has_default: false })]);
        let mut shapes = Self { condition, objects: HashMap::new(), inputs: HashMap::new() };
        for (name, input) in
            [("String", Input::Text), ("ID", Input::Id), ("Int", Input::Int), ("Boolean", Input::Boolean)]
        {
            shapes.inputs.insert(name.to_owned(), input);
        }
        for definition in document.definitions {
            if let TypeSystemDefinition::Type(ty) = definition {
                shapes.add(ty.node.name.node.to_string(), ty.node.kind);
            }
        }
        shapes
    }

    fn add(&mut self, name: String, kind: TypeKind) {
        match kind {
            TypeKind::Object(object) => self.add_fields(name, object.fields.into_iter().map(|field| field.node)),
            TypeKind::Interface(interface) => {
                self.add_fields(name, interface.fields.into_iter().map(|field| field.node));
            }
            TypeKind::Enum(words) => {
                let words = words.values.into_iter().map(|word| word.node.value.node.to_string()).collect();
                self.inputs.insert(name, Input::Enum(words));
            }
            TypeKind::InputObject(object) => {
                let slots = slots(object.fields.into_iter().map(|field| field.node));
                self.inputs.insert(name, Input::Object(slots));
            }
            TypeKind::Scalar => {
                self.inputs.insert(name, Input::Text);
            }
            TypeKind::Union(_) => {}
        }
    }

    fn add_fields(&mut self, name: String, fields: impl Iterator<Item = FieldDefinition>) {
        let in_connection = name.ends_with("Connection");
        let fields = fields.map(|field| {
            let ty = base(&field.ty.node).to_owned();
            let size = match (&field.ty.node.base, ty.ends_with("Connection")) {
                (BaseType::List(_), _) if in_connection => Size::One,
                (BaseType::List(_), _) if field.arguments.iter().any(|slot| slot.node.name.node == "ids") => Size::Ids,
                (BaseType::List(_), _) => Size::List,
                (BaseType::Named(_), true) => Size::Page,
                (BaseType::Named(_), false) => Size::One,
            };
            let arguments = slots(field.arguments.into_iter().map(|slot| slot.node));
            (field.name.node.to_string(), Field { ty, size, arguments })
        });
        let fields = fields.collect();
        self.objects.insert(name, fields);
    }

    /// A field; `None` where there is none, which validation says.
    pub(crate) fn field(&self, object: Option<&str>, name: &str) -> Option<&Field> {
        self.objects.get(object?)?.get(name)
    }

    /// A type of values.
    pub(crate) fn input(&self, name: &str) -> Option<&Input> {
        self.inputs.get(name)
    }
}

fn slots(definitions: impl Iterator<Item = InputValueDefinition>) -> BTreeMap<String, Slot> {
    let slot = |slot: InputValueDefinition| {
        let has_default = slot.default_value.is_some();
        let required = !slot.ty.node.nullable && !has_default;
        (slot.name.node.to_string(), Slot { ty: slot.ty.node, required, has_default })
    };
    definitions.map(slot).collect()
}

/// The named type under lists and marks of non-null.
fn base(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => base(inner),
    }
}
