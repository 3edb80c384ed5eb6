//! What people have chosen about their letters, and whether letters reach them.
//!
//! The choices are sealed: what somebody calls a session in their calendar is nobody else's business, and neither is
//! what they have turned off. A row that does not open is taken for no choice. Deliberately absent: what a server said
//! when it refused a letter.

use std::collections::BTreeMap;

use dipoli_domain::{
    correspondence::Choices,
    id::{PersonId, SessionId},
    letter::LetterKind,
    reminder::Rule,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QuerySelect};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError, Tx,
    connection::Sql,
    entity::correspondent::{Column, Entity, Model},
    reseal::{Envelope, Sealed},
    ring::KeyScope,
    seal::Aad,
};

/// A person as letters find them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correspondent {
    /// Raised to make another address of their calendar feed.
    pub feed_generation: i32,
    /// How often in a row their address was refused for good.
    pub refusals: i32,
    /// What they have chosen.
    pub choices: Choices,
}

#[derive(Serialize, Deserialize)]
struct ChoicesText {
    unwanted: Vec<String>,
    without_entries: bool,
    label: Option<String>,
    labels: BTreeMap<String, String>,
    reminders: Option<String>,
}

fn aad(row: &Model) -> Aad {
    Aad::of("correspondent").id(row.person_id)
}

impl Sealed for Entity {
    const TABLE: &'static str = "correspondent";
    const ID: Column = Column::PersonId;
    const SEALED: Column = Column::Sealed;
    fn envelope(row: &Model) -> Option<Envelope<'_>> {
        Some(Envelope {
            id: row.person_id,
            row: PersonId::from_uuid(row.person_id).into(),
            scope: KeyScope::People,
            aad: aad(row),
            sealed: &row.sealed,
        })
    }
}

impl Store {
    /// What a person has chosen; the defaults where nothing was.
    pub async fn correspondent(&self, person: PersonId) -> Result<Correspondent, StoreError> {
        self.correspondent_in(&self.reads(), person).await
    }

    async fn correspondent_in(&self, sql: &Sql<'_>, person: PersonId) -> Result<Correspondent, StoreError> {
        let row = Entity::find_by_id(person.uuid()).one(sql).await?;
        self.correspondent_of(row).await
    }

    pub(crate) async fn correspondent_of(&self, row: Option<Model>) -> Result<Correspondent, StoreError> {
        let Some(row) = row else { return Ok(Correspondent::default()) };
        let person = PersonId::from_uuid(row.person_id);
        let text = self.open_row::<ChoicesText>(person, &aad(&row), &row.sealed).await?;
        Ok(Correspondent {
            feed_generation: row.feed_generation,
            refusals: row.refusals,
            choices: text.map(choices).unwrap_or_default(),
        })
    }
}

fn choices(text: ChoicesText) -> Choices {
    Choices {
        unwanted: text.unwanted.iter().filter_map(|word| LetterKind::from_word(word)).collect(),
        without_entries: text.without_entries,
        label: text.label,
        labels: text.labels.into_iter().filter_map(|(id, label)| Some((id.parse().ok()?, label))).collect(),
        reminders: text.reminders.as_deref().map(Rule::from_stored),
    }
}

impl Tx {
    /// What a person has chosen, held until the end.
    pub async fn correspondent(&self, person: PersonId) -> Result<Correspondent, StoreError> {
        let row = Entity::find_by_id(person.uuid()).lock_exclusive().one(&self.sql()).await?;
        self.store().correspondent_of(row).await
    }

    /// Writes what a person has chosen, and how it stands with their address.
    pub async fn put_correspondent(&self, person: PersonId, to: &Correspondent) -> Result<(), StoreError> {
        let labels =
            to.choices.labels.iter().map(|(session, label): (&SessionId, _)| (session.to_string(), label.clone()));
        let text = ChoicesText {
            unwanted: to.choices.unwanted.iter().map(|kind| kind.word().to_owned()).collect(),
            without_entries: to.choices.without_entries,
            label: to.choices.label.clone(),
            labels: labels.collect(),
            reminders: to.choices.reminders.as_ref().map(Rule::stored),
        };
        let mut row = Model {
            person_id: person.uuid(),
            feed_generation: to.feed_generation,
            refusals: to.refusals,
            sealed: Vec::new(),
        };
        row.sealed = self.store().seal(KeyScope::People, &aad(&row), &text).await?;
        let is_there = Entity::find_by_id(person.uuid()).one(&self.sql()).await?.is_some();
        if is_there {
            let is = Condition::all().add(Column::PersonId.eq(person.uuid()));
            self.sql().overwrite(row.into_active_model().reset_all(), is).await
        } else {
            self.sql().insert(row).await
        }
    }
}
