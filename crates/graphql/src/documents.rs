//! Documents that were parsed lately in one track, by their text: clients send the same few again and again, and parsing one
//! takes as long as a short statement of the database.
//!
//! What is sent in variables is no part of a document, and is measured and checked each time. Deliberately absent: documents
//! of strangers; of two tracks together, since how long an answer takes would tell in the one what is asked in the other; with
//! a text of their own in them (a `"`, or a comment), since that may be someone's words or password, and is kept in no memory
//! for it; and those that were refused.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::parser::types::ExecutableDocument;

/// Bytes of text whose documents are remembered at most, twice over. What is parsed of a text takes some twenty times its
/// bytes.
const MOST_BYTES: usize = 64 * 1024;

/// Parsed documents that are remembered: those that were met lately, and those before them. What is met again moves up, so
/// that what nobody asks for goes. One for each track that is open.
#[derive(Default)]
pub struct Documents(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    lately: HashMap<String, Arc<ExecutableDocument>>,
    bytes: usize,
    before: HashMap<String, Arc<ExecutableDocument>>,
}

impl Documents {
    /// The document of this text, if it is remembered.
    pub(crate) fn get(&self, text: &str) -> Option<Arc<ExecutableDocument>> {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(document) = remembered.lately.get(text) {
            return Some(Arc::clone(document));
        }
        let (text, document) = remembered.before.remove_entry(text)?;
        remembered.put(text, Arc::clone(&document));
        Some(document)
    }

    /// Remembers the document of a text, unless someone's words may stand in it.
    pub(crate) fn remember(&self, text: String, document: Arc<ExecutableDocument>) {
        if !text.contains(['"', '#']) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).put(text, document);
        }
    }
}

impl Remembered {
    fn put(&mut self, text: String, document: Arc<ExecutableDocument>) {
        if self.bytes + text.len() > MOST_BYTES {
            self.before = mem::take(&mut self.lately);
            self.bytes = 0;
        }
        let bytes = text.len();
        if self.lately.insert(text, document).is_none() {
            self.bytes += bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn met(documents: &Documents, text: &str) {
        documents.remember(text.to_owned(), Arc::new(parse_query(text).expect("a document")));
    }

    #[test]
    fn what_is_met_again_is_remembered_and_what_is_not_goes() {
        let documents = Documents::default();
        let (often, once) = ("{ viewer { language } }", "{ viewer { id } }");
        met(&documents, often);
        met(&documents, once);
        for number in 0..600 {
            met(&documents, &format!("{{ viewer {{ name{number:0500}: displayName }} }}"));
            assert!(documents.get(often).is_some(), "after {number} others");
        }
        assert!(documents.get(once).is_none());
        let remembered = documents.0.lock().expect("no one panics");
        let bytes = remembered.lately.keys().chain(remembered.before.keys()).map(String::len).sum::<usize>();
        assert!(bytes <= 2 * MOST_BYTES, "{bytes}");
    }

    #[test]
    fn the_words_of_people_are_not_remembered() {
        let documents = Documents::default();
        for text in
            [r#"{ node(id: "x") { id } }"#, r#"{ node(id: """x""") { id } }"#, "{ viewer { id } } # as Amina asked"]
        {
            met(&documents, text);
            assert!(documents.get(text).is_none(), "{text}");
        }
    }
}
