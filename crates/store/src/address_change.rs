//! Changes of address that wait for both ends of them.
//!
//! Deliberately absent: whether somebody else has the new address. That is found out when the change is made, by whoever
//! has shown that they read the mail that goes there.

use dipoli_domain::{Timestamp, email::EmailAddress, id::PersonId};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QuerySelect};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError, Tx,
    connection::Sql,
    entity::address_change,
    reseal::{Envelope, Sealed},
    ring::KeyScope,
    seal::Aad,
    time,
};

/// A change of address.
#[derive(Clone, PartialEq, Eq)]
pub struct AddressChange {
    /// Whose.
    pub person: PersonId,
    /// The address to be.
    pub to: EmailAddress,
    /// Whether the old end has agreed.
    pub old_confirmed: bool,
    /// Whether the new end has agreed.
    pub new_confirmed: bool,
    /// Until when it waits.
    pub expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct To {
    email: String,
}

fn aad(row: &address_change::Model) -> Aad {
    let micros = time::read(row.expires_at).as_microsecond().to_be_bytes();
    Aad::of("address_change").id(row.person_id).flag(row.old_confirmed).flag(row.new_confirmed).bytes(&micros)
}

impl Sealed for address_change::Entity {
    const TABLE: &'static str = "address_change";
    const ID: address_change::Column = address_change::Column::PersonId;
    const SEALED: address_change::Column = address_change::Column::Sealed;
    fn envelope(row: &address_change::Model) -> Option<Envelope<'_>> {
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
    async fn address_change_in(&self, sql: &Sql<'_>, person: PersonId) -> Result<Option<AddressChange>, StoreError> {
        let find = address_change::Entity::find_by_id(person.uuid()).lock_exclusive();
        let Some(row) = find.one(sql).await? else { return Ok(None) };
        let to: Option<To> = self.open_row(person, &aad(&row), &row.sealed).await?;
        Ok(to.map(|to| AddressChange {
            person,
            to: EmailAddress::stored(to.email),
            old_confirmed: row.old_confirmed,
            new_confirmed: row.new_confirmed,
            expires_at: time::read(row.expires_at),
        }))
    }
}

impl Tx {
    /// A person's change of address that still waits; held until the end.
    pub async fn address_change(&self, person: PersonId) -> Result<Option<AddressChange>, StoreError> {
        let found = self.store().address_change_in(&self.sql(), person).await?;
        Ok(found.filter(|change| change.expires_at > self.now()))
    }

    /// Writes a change of address, in the place of what there was.
    pub async fn put_address_change(&self, change: &AddressChange) -> Result<(), StoreError> {
        let mut row = address_change::Model {
            person_id: change.person.uuid(),
            old_confirmed: change.old_confirmed,
            new_confirmed: change.new_confirmed,
            expires_at: time::bind(change.expires_at),
            sealed: Vec::new(),
        };
        let to = To { email: change.to.as_str().to_owned() };
        row.sealed = self.store().seal(KeyScope::People, &aad(&row), &to).await?;
        let is = Condition::all().add(address_change::Column::PersonId.eq(row.person_id));
        match self.sql().overwrite(row.clone().into_active_model().reset_all(), is).await {
            Err(StoreError::Stale) => self.sql().insert(row).await,
            written => written,
        }
    }

    /// Ends a person's change of address.
    pub async fn end_address_change(&self, person: PersonId) -> Result<(), StoreError> {
        address_change::Entity::delete_by_id(person.uuid()).exec(&self.sql()).await?;
        Ok(())
    }
}
