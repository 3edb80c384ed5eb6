//! How much of everything is accepted, and what of it can be told before a document is parsed.

use crate::{error::Problem, token::tally};

/// More of something than is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Excess {
    /// Of what.
    pub(crate) limit: &'static str,
    /// How much there is.
    pub(crate) counted: u64,
    /// How much may be.
    pub(crate) most: u64,
}

impl Excess {
    /// A depth without end.
    pub(crate) const fn of_depth(limits: &Limits) -> Self {
        Self { limit: "depth", counted: u64::MAX, most: limits.depth }
    }
}

impl From<Excess> for Problem {
    fn from(excess: Excess) -> Self {
        Self::too_complex(excess)
    }
}

/// How much of everything is accepted.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a document.
    pub document_bytes: usize,
    /// Lexical tokens of a document.
    pub tokens: usize,
    /// Brackets within brackets, of any kind.
    pub nesting: usize,
    /// Operations of a document.
    pub operations: usize,
    /// Fragments of a document.
    pub fragments: usize,
    /// Fields within fields.
    pub depth: u64,
    /// The same for a document of introspection alone.
    pub introspection_depth: u64,
    /// Lists of the schema's types within one another.
    pub schema_lists: u64,
    /// Fields, each as often as it can be in the answer.
    pub complexity: u64,
    /// Aliases, with fragments unfolded.
    pub aliases: u64,
    /// Directives on one field.
    pub directives_per_field: usize,
    /// Directives of a document.
    pub directives: usize,
    /// Fields of the root, with fragments unfolded.
    pub root_fields: u64,
    /// Fields, with fragments unfolded.
    pub fields: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 16 * 1024,
            tokens: 1_000,
            nesting: 48,
            operations: 10,
            fragments: 20,
            depth: 10,
            introspection_depth: 20,
            schema_lists: 2,
            complexity: 2_000,
            aliases: 15,
            directives_per_field: 3,
            directives: 20,
            root_fields: 10,
            fields: 500,
        }
    }
}

impl Limits {
    /// What can be said before the document is parsed.
    pub(crate) fn before_parsing(&self, document: &str) -> Result<(), Excess> {
        within("documentBytes", document.len() as u64, self.document_bytes as u64)?;
        let tally = tally(document);
        within("tokens", tally.tokens as u64, self.tokens as u64)?;
        within("nesting", tally.nesting as u64, self.nesting as u64)
    }
}

/// Refuses more of something than is accepted.
pub(crate) fn within(limit: &'static str, found: u64, most: u64) -> Result<(), Excess> {
    if found > most { Err(Excess { limit, counted: found, most }) } else { Ok(()) }
}
