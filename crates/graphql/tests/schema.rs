//! The published schema is the one that is served, and whatever can be read in it is described.

use std::{env, fs, path::Path};

use async_graphql::parser::{
    Positioned, parse_schema,
    types::{InputValueDefinition, TypeKind, TypeSystemDefinition},
};

#[test]
fn the_published_schema_is_the_one_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/schema.graphql");
    let served = dipoli_graphql::sdl();
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, &served).expect("the file can be written");
    }
    let published = fs::read_to_string(&path).unwrap_or_default();
    assert!(published == served, "schema/schema.graphql is not what is served; look at what UPDATE=1 changes");
    assert_eq!(served, dipoli_graphql::sdl(), "printed in the same order every time");
}

#[test]
fn whatever_can_be_read_in_the_schema_is_described() {
    let document = parse_schema(dipoli_graphql::sdl()).expect("the library reads what it prints");
    let mut bare = Vec::new();
    let mut see = |name: String, described: bool| {
        if !described {
            bare.push(name);
        }
    };
    let arguments = |of: &str, slots: &[Positioned<InputValueDefinition>], see: &mut dyn FnMut(String, bool)| {
        for slot in slots {
            see(format!("{of}({})", slot.node.name.node), slot.node.description.is_some());
        }
    };
    for definition in &document.definitions {
        let TypeSystemDefinition::Type(ty) = definition else { continue };
        let (ty, name) = (&ty.node, &ty.node.name.node);
        see(name.to_string(), ty.description.is_some());
        let fields = match &ty.kind {
            TypeKind::Object(object) => &object.fields,
            TypeKind::Interface(interface) => &interface.fields,
            TypeKind::Enum(words) => {
                for word in &words.values {
                    see(format!("{name}.{}", word.node.value.node), word.node.description.is_some());
                }
                continue;
            }
            TypeKind::InputObject(input) => {
                arguments(name, &input.fields, &mut see);
                continue;
            }
            TypeKind::Scalar | TypeKind::Union(_) => continue,
        };
        for field in fields {
            let of = format!("{name}.{}", field.node.name.node);
            see(of.clone(), field.node.description.is_some());
            arguments(&of, &field.node.arguments, &mut see);
        }
    }
    assert!(bare.is_empty(), "without a description: {bare:#?}");
}
