//! Records of creations that were done once: which person, mutation and key is in a keyed hash and nowhere else.

use dipoli_domain::{Timestamp, id::PersonId, idempotency::IdempotencyKey, time as domain_time};
use jiff::SignedDuration;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use subtle::ConstantTimeEq;

use crate::{Store, StoreError, Tx, entity::idempotency, time};

/// How long a record is kept (requirements G-14).
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// One sending of a creation.
#[derive(Clone, Copy)]
pub struct Sending<'a> {
    /// Who sends.
    pub person: PersonId,
    /// Which mutation.
    pub mutation: &'static str,
    /// Under which key.
    pub key: &'a IdempotencyKey,
    /// All of the input but the key, in one form for equal inputs.
    pub input: &'a [u8],
}

/// What is known of a sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remembered {
    /// Nothing: it is to be done.
    Nothing,
    /// It was done; what it gave (an id).
    Done(String),
    /// The key was used for another input.
    OtherInput,
}

impl Sending<'_> {
    fn key_mac(&self, store: &Store) -> Vec<u8> {
        let person = self.person.uuid();
        let parts: [&[u8]; 3] = [person.as_bytes(), self.mutation.as_bytes(), self.key.as_str().as_bytes()];
        store.mac("idempotency.key", &parts).to_vec()
    }

    fn input_mac(&self, store: &Store) -> Vec<u8> {
        store.mac("idempotency.input", &[self.input]).to_vec()
    }
}

impl Store {
    /// Whether this was sent before, within the last 24 hours.
    pub async fn remembered(&self, sending: Sending<'_>, now: Timestamp) -> Result<Remembered, StoreError> {
        let row = idempotency::Entity::find_by_id(sending.key_mac(self))
            .filter(idempotency::Column::ExpiresAt.gt(time::bind(now)))
            .one(&self.reads())
            .await?;
        Ok(match row {
            None => Remembered::Nothing,
            Some(row) if bool::from(row.input_mac.ct_eq(&sending.input_mac(self))) => Remembered::Done(row.result),
            Some(_) => Remembered::OtherInput,
        })
    }
}

impl Tx {
    /// Records that the sending is done by this transaction and gives `result`. [`StoreError::Taken`] with
    /// `idempotency.key` where a twin was faster: drop the transaction and ask [`Store::remembered`].
    pub async fn remember(&self, sending: Sending<'_>, result: &str) -> Result<(), StoreError> {
        let key_mac = sending.key_mac(self.store());
        idempotency::Entity::delete_many()
            .filter(idempotency::Column::KeyMac.eq(key_mac.clone()))
            .filter(idempotency::Column::ExpiresAt.lte(time::bind(self.now())))
            .exec(&self.sql())
            .await?;
        let row = idempotency::Model {
            key_mac,
            input_mac: sending.input_mac(self.store()),
            result: result.to_owned(),
            expires_at: time::bind(domain_time::after(self.now(), KEPT)),
        };
        self.sql().insert(row).await
    }
}
