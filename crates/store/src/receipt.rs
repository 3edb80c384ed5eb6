//! That a note under the Rule was posted: a hash under the client's own key, so that the same sending again gives the same
//! answer and nothing is kept from which anyone else could make one (requirements N-07).
//!
//! Id and edit secret are derived from key and record. Deliberately absent: who posted, which note it was, and when but for
//! the day, at whose end the record goes.

use dipoli_domain::{Timestamp, idempotency::IdempotencyKey, time as domain_time};
use ring::hmac;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use subtle::ConstantTimeEq;

use crate::{
    Store, StoreError, Tx,
    entity::receipt::{Column, Entity, Model},
    time,
};

/// A sending of a note under the Rule by a key of its client's.
pub struct Receipt {
    record: [u8; 32],
    input_mac: [u8; 32],
}

/// What is known of such a sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipted {
    /// Nothing: it is to be done.
    Nothing,
    /// It was done today.
    Done,
    /// The key was used today for another input.
    OtherInput,
}

impl Receipt {
    /// What the id and the secret of the note are derived from, besides the key.
    pub const fn record(&self) -> &[u8; 32] {
        &self.record
    }
}

impl Store {
    /// The sending of `input` (the key apart) under `key`. The track's own key goes into it, so that the same key gives
    /// another record in another track.
    pub fn receipt(&self, key: &IdempotencyKey, input: &[u8]) -> Receipt {
        let under = hmac::Key::new(hmac::HMAC_SHA256, key.as_str().as_bytes());
        let hash = |label, parts: &[&[u8]]| {
            let tag = hmac::sign(&under, &self.mac(label, parts));
            tag.as_ref().try_into().expect("SHA-256 has 32 bytes")
        };
        Receipt { record: hash("receipt.record", &[]), input_mac: hash("receipt.input", &[input]) }
    }

    /// Whether this was sent before, today.
    pub async fn receipted(&self, receipt: &Receipt, now: Timestamp) -> Result<Receipted, StoreError> {
        let today = time::bind_day(domain_time::day(now));
        let row = Entity::find_by_id(receipt.record.to_vec()).one(&self.reads()).await?;
        Ok(match row.filter(|row| row.posted_on == today) {
            None => Receipted::Nothing,
            Some(row) if bool::from(row.input_mac.ct_eq(&receipt.input_mac)) => Receipted::Done,
            Some(_) => Receipted::OtherInput,
        })
    }
}

impl Tx {
    /// Records that the sending is done by this transaction. [`StoreError::Taken`] with `receipt` where a twin was faster.
    pub async fn record(&self, receipt: &Receipt) -> Result<(), StoreError> {
        let row = Model {
            record: receipt.record.to_vec(),
            input_mac: receipt.input_mac.to_vec(),
            posted_on: time::bind_day(domain_time::day(self.now())),
        };
        Entity::delete_many()
            .filter(Column::Record.eq(row.record.clone()))
            .filter(Column::PostedOn.lt(row.posted_on))
            .exec(&self.sql())
            .await?;
        self.sql().insert(row).await
    }
}
