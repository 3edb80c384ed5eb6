//! Who can read a session, an item or a note, and why, as roles and delegations (procedures, 15). The rules are the
//! domain's.

use std::sync::Arc;

use async_graphql::Object;
use dipoli_domain::audience;

use crate::{
    delegation::Delegation,
    error::Result,
    list::List,
    membership::{Membership, Role},
    node::OfRow,
    reader::Reader,
};

/// Who can read something, and by which rule.
pub(crate) struct Audience {
    reader: Arc<Reader>,
    rule: audience::Audience,
    author: Option<dipoli_domain::membership::Membership>,
}

impl Audience {
    /// The readers of what has no author among them.
    pub(crate) fn of(reader: &Arc<Reader>, rule: audience::Audience) -> Self {
        Self { reader: reader.clone(), rule, author: None }
    }

    /// The same, with the author of a note that has one.
    pub(crate) fn with_author(self, author: Option<&dipoli_domain::membership::Membership>) -> Self {
        Self { author: author.filter(|_| self.rule.author).cloned(), ..self }
    }
}

/// Who can read something, and by which rule. Seats of the group alone read it: whoever has left, and an administrator without a seat, reads nothing.
#[Object]
impl Audience {
    /// The rule, in a sentence or two.
    async fn rule(&self) -> &str {
        self.rule.rule
    }

    /// The roles whose holders can read it; where there are delegations, of these only.
    async fn roles(&self) -> Vec<Role> {
        self.rule.roles().into_iter().map(Into::into).collect()
    }

    /// The delegations for whose members it is; none where it is not for delegations.
    async fn delegations(&self) -> Result<List<Delegation>> {
        let found = match self.rule.delegation {
            Some(delegation) => self.reader.find(delegation).await?,
            None => None,
        };
        Ok(found.into_iter().map(|row| Delegation::of(&self.reader, Arc::unwrap_or_clone(row))).collect())
    }

    /// Who wrote it, and reads it in any role that reads notes; null for what nobody reads for having written it, as every CHATHAM_HOUSE note.
    async fn author(&self) -> Option<Membership> {
        self.author.clone().map(|author| Membership::of(&self.reader, author))
    }
}
