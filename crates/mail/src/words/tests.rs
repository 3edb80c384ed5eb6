//! What every language's file must have in common with the others'.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast::{CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey};

use super::*;

type Keys = BTreeMap<String, BTreeSet<String>>;

/// The keys of a file, attributes among them, each with its variables; and the plural forms of each selector.
fn keys(tag: &str, words: &'static str) -> (Keys, Vec<BTreeSet<String>>) {
    let resource = fluent_syntax::parser::parse(words).unwrap_or_else(|(_, faults)| panic!("{tag}: {faults:?}"));
    let (mut keys, mut plurals) = (Keys::new(), Vec::new());
    let mut note = |key: String, pattern: &Pattern<&str>| {
        let mut variables = BTreeSet::new();
        walk(pattern, &mut variables, &mut plurals);
        assert!(keys.insert(key.clone(), variables).is_none(), "{tag}: {key} stands twice");
    };
    for entry in &resource.body {
        match entry {
            Entry::Message(message) => {
                message.value.iter().for_each(|value| note(message.id.name.to_owned(), value));
                for attribute in &message.attributes {
                    note(format!("{}.{}", message.id.name, attribute.id.name), &attribute.value);
                }
            }
            Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
            Entry::Term(_) | Entry::Junk { .. } => panic!("{tag}: {entry:?}"),
        }
    }
    (keys, plurals)
}

fn walk(pattern: &Pattern<&str>, variables: &mut BTreeSet<String>, plurals: &mut Vec<BTreeSet<String>>) {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { .. } => {}
            PatternElement::Placeable { expression: Expression::Inline(inline) } => variable(inline, variables),
            PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                variable(selector, variables);
                let forms = variants.iter().map(|variant| match variant.key {
                    VariantKey::Identifier { name } => name.to_owned(),
                    VariantKey::NumberLiteral { value } => value.to_owned(),
                });
                plurals.push(forms.collect());
                variants.iter().for_each(|variant| walk(&variant.value, variables, plurals));
            }
        }
    }
}

fn variable(inline: &InlineExpression<&str>, variables: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => drop(variables.insert(id.name.to_owned())),
        InlineExpression::FunctionReference { arguments: CallArguments { positional, .. }, .. } => {
            positional.iter().for_each(|argument| variable(argument, variables));
        }
        InlineExpression::StringLiteral { .. }
        | InlineExpression::NumberLiteral { .. }
        | InlineExpression::MessageReference { .. }
        | InlineExpression::TermReference { .. }
        | InlineExpression::Placeable { .. } => panic!("only variables are set in: {inline:?}"),
    }
}

#[test]
fn all_languages_have_the_same_keys_and_variables() {
    let (english, _) = keys("en", LANGUAGES[0].2);
    assert!(english.len() > 30, "the file was read");
    for (tag, _, words) in LANGUAGES {
        let (these, _) = keys(tag, words);
        let missing: Vec<_> = english.iter().filter(|(key, _)| !these.contains_key(*key)).collect();
        let strange: Vec<_> = these.iter().filter(|(key, _)| !english.contains_key(*key)).collect();
        assert!(missing.is_empty() && strange.is_empty(), "{tag} lacks {missing:?} and has {strange:?}");
        assert_eq!(these, english, "{tag}: other variables");
    }
}

/// The plural forms that whole numbers take, and the one that Fluent wants for the rest.
#[test]
fn a_plural_has_every_form_of_its_language() {
    for (tag, forms) in [
        ("en", &["one", "other"][..]),
        ("be", &["one", "few", "many", "other"]),
        ("ru", &["one", "few", "many", "other"]),
        ("pl", &["one", "few", "many", "other"]),
        ("lt", &["one", "few", "many", "other"]),
    ] {
        let (_, plurals) = keys(tag, LANGUAGES.iter().find(|language| language.0 == tag).unwrap().2);
        assert!(!plurals.is_empty(), "{tag}");
        let wanted: BTreeSet<String> = forms.iter().map(|form| (*form).to_owned()).collect();
        assert!(plurals.iter().all(|plural| *plural == wanted), "{tag}: {plurals:?}");
    }
}

#[test]
fn plurals_are_those_of_the_language() {
    let until = |tag: &str, hours: i64| {
        let language = find(&LanguageTag::stored(tag.to_owned())).unwrap();
        let mut arguments = FluentArgs::new();
        arguments.set("hours", hours);
        language.say("invitation.until", &arguments).unwrap()
    };
    for (tag, hours, words) in [
        ("en", 1, "1 hour,"),
        ("en", 72, "72 hours,"),
        ("be", 1, "1 гадзіны,"),
        ("be", 72, "72 гадзін,"),
        ("be", 21, "21 гадзіны,"),
        ("be", 12, "12 гадзін,"),
        ("ru", 21, "21 часа,"),
        ("ru", 72, "72 часов,"),
        ("pl", 1, "1 godzinę,"),
        ("pl", 72, "72 godziny,"),
        ("pl", 12, "12 godzin,"),
        ("lt", 1, "1 valandą,"),
        ("lt", 72, "72 valandas,"),
        ("lt", 10, "10 valandų,"),
    ] {
        assert!(until(tag, hours).contains(words), "{}", until(tag, hours));
    }
}

#[test]
fn a_reader_is_written_to_in_their_own_language_else_the_tracks_else_english() {
    for (reader, track, language, locale) in [
        ("be", "en", "be", "be"),
        ("be-tarask", "en", "be", "be-tarask"),
        ("pl-PL", "en", "pl", "pl-PL"),
        ("lt-Latn-LT-x-private", "en", "lt", "lt-Latn-LT-x-private"),
        ("de", "ru", "ru", "ru"),
        ("zh-Hant-TW", "lt-LT", "lt", "lt-LT"),
        ("de", "fr", "en", "en-GB"),
        ("en", "be", "en", "en-GB"),
        ("en-US", "be", "en", "en-US"),
        ("be", "be", "be", "be"),
        // Bemba and Livvi only begin like Belarusian and Lithuanian.
        ("bem", "en", "en", "en-GB"),
    ] {
        let tag = |text: &str| LanguageTag::parse("language", text).unwrap();
        let reading = Reading::of(&tag(reader), &tag(track));
        assert_eq!((reading.language.tag, reading.locale.to_string().as_str()), (language, locale), "{reader} {track}");
    }
}

#[test]
fn what_is_not_there_is_an_error() {
    let english = &SPOKEN[0];
    for key in ["nothing", "invitation.nothing", "invitation", "greeting", "invitation.until"] {
        assert_eq!(english.say(key, &FluentArgs::new()), Err(RenderError::Words), "{key}");
    }
}
