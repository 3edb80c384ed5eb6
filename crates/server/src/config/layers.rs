//! Where a value comes from: default, file, variable, flag, the later over the earlier; and faults that say which.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use figment::{
    Figment, Metadata, Profile, Provider,
    error::Kind,
    providers::{Format, Toml},
    value::{Dict, Map, Value},
};
use serde::de::DeserializeOwned;

use super::template::Template;

/// What is wrong with a setting, and where it was given. For whoever sits at the command line: it names files.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {message}")]
pub struct Wrong {
    place: String,
    message: String,
}

impl Wrong {
    pub(super) fn new(place: impl fmt::Display, message: impl Into<String>) -> Self {
        Self { place: place.to_string(), message: message.into() }
    }
}

/// `DIPOLI_…` variables of the environment, handed in so that a test has its own.
#[derive(Clone, Debug, Default)]
pub struct Variables(Vec<(String, String)>);

/// Variables that are no settings: the root key's file is a flag's, the filter is the log's, and tests have theirs.
const APART: [&str; 2] = ["DIPOLI_ROOT_KEY_FILE", "DIPOLI_LOG"];
const PREFIX: &str = "DIPOLI_";
const TESTS: &str = "DIPOLI_TEST_";

impl Variables {
    /// Those of this process.
    pub fn of_process() -> Self {
        Self::from_iter(std::env::vars())
    }

    /// The settings key that a variable stands for: `DIPOLI_SIGN_IN__BURST` is `sign_in.burst`.
    fn key(variable: &str) -> String {
        variable.trim_start_matches(PREFIX).to_ascii_lowercase().replace("__", ".")
    }
}

impl FromIterator<(String, String)> for Variables {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        let ours = |name: &str| name.starts_with(PREFIX) && !name.starts_with(TESTS) && !APART.contains(&name);
        Self(variables.into_iter().filter(|(name, _)| ours(name)).collect())
    }
}

/// One place where values come from.
pub(super) enum Layer {
    /// The template's own.
    Defaults(String),
    /// A settings file.
    File { path: PathBuf, text: String },
    /// The environment.
    Variables(Variables),
    /// The command line: keys and values.
    Flags(Vec<(&'static str, String)>),
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        match self {
            Self::Defaults(_) => Metadata::named("default"),
            Self::File { .. } => Metadata::named("file"),
            Self::Variables(_) => Metadata::named("variable"),
            Self::Flags(_) => Metadata::named("flag"),
        }
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        match self {
            Self::Defaults(text) | Self::File { text, .. } => Toml::string(text).data(),
            Self::Variables(Variables(all)) => {
                let pairs = all.iter().map(|(name, value)| (Variables::key(name), value));
                Ok(Profile::Default
                    .collect(nested(pairs, |value| value.parse().unwrap_or_else(|never| match never {}))))
            }
            Self::Flags(all) => {
                let pairs = all.iter().map(|(key, value)| ((*key).to_owned(), value));
                Ok(Profile::Default.collect(nested(pairs, |value| Value::from(value.as_str()))))
            }
        }
    }
}

/// `section.key` and value pairs as a table of tables; at most one section deep, as the files are.
fn nested<'a>(pairs: impl Iterator<Item = (String, &'a String)>, value: impl Fn(&String) -> Value) -> Dict {
    let mut dict = Dict::new();
    for (name, text) in pairs {
        match name.split_once('.') {
            None => drop(dict.insert(name, value(text))),
            Some((section, key)) => {
                let section = dict.entry(section.to_owned()).or_insert_with(|| Value::from(Dict::new()));
                if let Value::Dict(_, inner) = section {
                    inner.insert(key.to_owned(), value(text));
                }
            }
        }
    }
    dict
}

/// Lays the layers over each other and reads the settings.
pub(super) fn extract<T: DeserializeOwned>(template: &Template, layers: &[Layer]) -> Result<T, Wrong> {
    let mut figment = Figment::from(Layer::Defaults(template.defaults()));
    for layer in layers {
        check_keys(template, layer)?;
        figment = figment.merge(LayerRef(layer));
    }
    figment.extract().map_err(|error| wrong(&error, layers))
}

/// A layer that is looked at once more for its faults, and so not given away.
struct LayerRef<'a>(&'a Layer);

impl Provider for LayerRef<'_> {
    fn metadata(&self) -> Metadata {
        self.0.metadata()
    }
    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        self.0.data()
    }
}

fn check_keys(template: &Template, layer: &Layer) -> Result<(), Wrong> {
    match layer {
        Layer::File { path, text } => template.check(path, text),
        Layer::Variables(Variables(all)) => match all.iter().find(|(name, _)| !template.knows(&Variables::key(name))) {
            Some((name, _)) => Err(Wrong::new(name, "there is no such setting")),
            None => Ok(()),
        },
        Layer::Defaults(_) | Layer::Flags(_) => Ok(()),
    }
}

fn wrong(error: &figment::Error, layers: &[Layer]) -> Wrong {
    let key = key_of(&error.path);
    let source = error.metadata.as_ref().map(|metadata| metadata.name.as_ref()).unwrap_or("file");
    let place = layers.iter().find_map(|layer| match (layer, source) {
        (Layer::File { path, text }, "file") => Some(in_file(path, text, &key)),
        (Layer::Variables(Variables(all)), "variable") => {
            all.iter().find(|(name, _)| Variables::key(name) == key).map(|(name, _)| name.clone())
        }
        (Layer::Flags(_), "flag") => Some(format!("--{}", key.replace('_', "-"))),
        _ => None,
    });
    Wrong::new(place.unwrap_or_else(|| key.clone()), message(error))
}

/// The dotted key of a path; places within a list are the list's.
fn key_of(path: &[String]) -> String {
    let names: Vec<_> = path.iter().map(String::as_str).take_while(|part| part.parse::<usize>().is_err()).collect();
    names.join(".")
}

fn in_file(path: &Path, text: &str, key: &str) -> String {
    match Template::line_of(text, key) {
        Some(line) => format!("{}, line {line}, {key}", path.display()),
        None => path.display().to_string(),
    }
}

fn message(error: &figment::Error) -> String {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the library's other kinds say themselves what they are")]
    match &error.kind {
        Kind::Message(message) => message.clone(),
        Kind::InvalidType(_, expected) => format!("it should be {expected}"),
        Kind::UnknownVariant(_, known) => format!("it should be one of {}", known.join(", ")),
        Kind::MissingField(name) => format!("{name} is missing"),
        other => other.to_string(),
    }
}
