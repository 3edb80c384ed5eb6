//! That a note under the Rule was posted: a hash under the client's own key, so that the same sending again gives the same
//! answer and nothing is kept from which anyone else could make one (requirements N-07).
//!
//! Id and edit secret are derived from the key and a random value that goes with the record at the day's end: from then on
//! whoever has the key proves nothing by it. Deliberately absent: who posted, which note it was, and when but for the day.

use dipoli_domain::{Timestamp, idempotency::IdempotencyKey, time as domain_time};
use ring::hmac;
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter};
use subtle::ConstantTimeEq;

use crate::{
    Store, StoreError, Tx,
    entity::receipt::{Column, Entity, Model},
    place::random,
    staging::shuffled,
    time,
};

/// A sending of a note under the Rule by a key of its client's.
pub struct Receipt {
    record: [u8; 32],
    input_mac: [u8; 32],
    salt: Salt,
}

/// What the id and the secret of a note are derived from, besides its sender's key.
pub type Salt = [u8; 32];

/// What is known of such a sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipted {
    /// Nothing: it is to be done.
    Nothing,
    /// It was done today, with this.
    Done(Salt),
    /// The key was used today for another input.
    OtherInput,
}

impl Receipt {
    /// What the id and the secret of the note are derived from, besides the key, if this sending is the first.
    pub const fn salt(&self) -> &Salt {
        &self.salt
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
        let mut salt = [0; 32];
        random(&mut salt);
        Receipt { record: hash("receipt.record", &[]), input_mac: hash("receipt.input", &[input]), salt }
    }

    /// Whether this was sent before, today.
    pub async fn receipted(&self, receipt: &Receipt, now: Timestamp) -> Result<Receipted, StoreError> {
        let today = time::bind_day(domain_time::day(now));
        let row = Entity::find_by_id(receipt.record.to_vec()).one(&self.reads()).await?;
        Ok(match row.filter(|row| row.posted_on == today) {
            None => Receipted::Nothing,
            Some(row) if bool::from(row.input_mac.ct_eq(&receipt.input_mac)) => {
                Receipted::Done(row.salt.try_into().map_err(|_| StoreError::Integrity)?)
            }
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
            salt: receipt.salt.to_vec(),
            posted_on: time::bind_day(domain_time::day(self.now())),
        };
        Entity::delete_many()
            .filter(Column::Record.eq(row.record.clone()))
            .filter(Column::PostedOn.lt(row.posted_on))
            .exec(&self.sql())
            .await?;
        self.sql().insert(row).await
    }

    /// Writes all receipts anew in this transaction, in an order that tells nothing: what their own left behind would tell
    /// when each was written. On PostgreSQL the table is to be held.
    pub(crate) async fn write_receipts_anew(&self) -> Result<(), StoreError> {
        let sql = self.sql();
        let rows = shuffled(Entity::find().all(&sql).await?);
        if sql.backend() == DbBackend::Postgres {
            sql.execute_unprepared("TRUNCATE receipt").await?;
        } else {
            Entity::delete_many().exec(&sql).await?;
        }
        for row in rows {
            sql.insert(row).await?;
        }
        Ok(())
    }
}
