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

    /// The fields of every type that is read, `Type.field`, each with the name of its type and whether it is a list.
    pub fn fields(&self) -> Vec<(String, String, bool)> {
        let mut fields = Vec::new();
        for definition in &self.0.definitions {
            let TypeSystemDefinition::Type(ty) = definition else { continue };
            if let TypeKind::Object(object) = &ty.node.kind {
                fields.extend(object.fields.iter().map(|field| {
                    let name = format!("{}.{}", ty.node.name.node, field.node.name.node);
                    let is_list = matches!(field.node.ty.node.base, BaseType::List(_));
                    (name, named(&field.node.ty.node), is_list)
                }));
            }
        }
        fields
    }

    /// Every name of the schema: of types, their fields and arguments, inputs and values.
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for definition in &self.0.definitions {
            let TypeSystemDefinition::Type(ty) = definition else { continue };
            names.push(ty.node.name.node.to_string());
            match &ty.node.kind {
                TypeKind::Object(object) => names.extend(object.fields.iter().flat_map(|field| {
                    let arguments = field.node.arguments.iter().map(|argument| argument.node.name.node.to_string());
                    std::iter::once(field.node.name.node.to_string()).chain(arguments.collect::<Vec<_>>())
                })),
                TypeKind::InputObject(input) => {
                    names.extend(input.fields.iter().map(|field| field.node.name.node.to_string()));
                }
                TypeKind::Enum(words) => {
                    names.extend(words.values.iter().map(|word| word.node.value.node.to_string()));
                }
                TypeKind::Scalar | TypeKind::Interface(_) | TypeKind::Union(_) => {}
            }
        }
        names
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
