//! The checked-in schema, read for what a test must cover: the root fields and the ids that they take.

use async_graphql::parser::{
    parse_schema,
    types::{BaseType, FieldDefinition, InputValueDefinition, ServiceDocument, Type, TypeKind, TypeSystemDefinition},
};

/// `schema/schema.graphql`.
pub struct Sdl(ServiceDocument);

impl Sdl {
    /// Reads it.
    pub fn checked_in() -> Self {
        let text = include_str!("../../../../schema/schema.graphql");
        Self(parse_schema(text).expect("the checked-in schema is a schema"))
    }

    /// The fields of a root type, with their arguments.
    pub fn root_fields(&self, root: &str) -> Vec<(String, Vec<InputValueDefinition>)> {
        let Some(TypeKind::Object(object)) = self.kind_of(root) else { panic!("the schema has {root}") };
        let arguments =
            |field: &FieldDefinition| field.arguments.iter().map(|argument| argument.node.clone()).collect();
        object.fields.iter().map(|field| (field.node.name.to_string(), arguments(&field.node))).collect()
    }

    /// The names of the ids in an argument: itself, or the members of its input, however deep.
    pub fn ids_in(&self, argument: &InputValueDefinition) -> Vec<String> {
        let name = named(&argument.ty.node);
        if name == "ID" {
            return vec![argument.name.to_string()];
        }
        let Some(TypeKind::InputObject(input)) = self.kind_of(&name) else { return Vec::new() };
        input.fields.iter().flat_map(|field| self.ids_in(&field.node)).collect()
    }

    fn kind_of(&self, name: &str) -> Option<&TypeKind> {
        self.0.definitions.iter().find_map(|definition| {
            let TypeSystemDefinition::Type(ty) = definition else { return None };
            (ty.node.name.node == name).then_some(&ty.node.kind)
        })
    }
}

fn named(ty: &Type) -> String {
    match &ty.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(inner) => named(inner),
    }
}
