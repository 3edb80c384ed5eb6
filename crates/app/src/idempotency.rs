//! Doing a creation once, however often it is sent (requirements G-14).
//!
//! The record is written in the transaction of what it records. Of twins that come at the same moment one finds the
//! other's record, is rolled back, and gives what the other made. What was made is loaded again through the viewer's
//! scope, and the policy was asked again before: a replay shows nobody more than they may see by now.

use std::fmt::Display;

use dipoli_domain::{
    id::PersonId,
    idempotency::IdempotencyKey,
    membership::{Capacity, Role},
    note::{Attribution, Visibility},
    refusal::{Code, Refusal},
    series::Week,
    silence::Ground,
};
use dipoli_store::{Remembered, Sending, Tx};
use serde::{Serialize, Serializer};

use crate::{Cx, Error, Result};

/// One sending of a creation, with the client's key or without.
pub(crate) struct Once {
    mutation: &'static str,
    key: Option<IdempotencyKey>,
    input: Vec<u8>,
}

impl Once {
    /// The sending of `input` (its key apart) to `mutation`.
    pub fn new(mutation: &'static str, key: Option<&str>, input: &impl Serialize) -> Result<Self> {
        let key = key.map(IdempotencyKey::parse).transpose()?;
        let input = serde_json::to_vec(input).map_err(|_| Error::Fault("an input does not serialize".to_owned()))?;
        Ok(Self { mutation, key, input })
    }

    /// Gives what `first` makes, or `again` what it made before. `first` calls [`Once::remember`] in its transaction
    /// and is not polled where it was done already. The same key with another input is CONFLICT on `idempotencyKey`.
    pub async fn run<T, Again: Future<Output = Result<T>>>(
        &self,
        cx: &Cx,
        first: impl Future<Output = Result<T>>,
        again: impl FnOnce(String) -> Again,
    ) -> Result<T> {
        if let Some(made) = self.made(cx).await? {
            return again(made).await;
        }
        match first.await {
            Ok(made) => Ok(made),
            // A twin may have been faster, and that is why this one failed.
            Err(error) => match self.made(cx).await? {
                Some(made) => again(made).await,
                None => Err(error),
            },
        }
    }

    /// Records that this transaction does it and makes `id`.
    pub async fn remember(&self, tx: &Tx, id: &impl Display) -> Result<()> {
        let Some(person) = tx.actor() else { return Ok(()) };
        self.remember_by(tx, person, id).await
    }

    /// The same for a transaction that names nobody: the record is a keyed hash, from which nobody's name comes back.
    pub async fn remember_by(&self, tx: &Tx, person: PersonId, id: &impl Display) -> Result<()> {
        let Some(key) = &self.key else { return Ok(()) };
        let sending = Sending { person, mutation: self.mutation, key, input: &self.input };
        Ok(tx.remember(sending, &id.to_string()).await?)
    }

    /// What was made of it before, by the same person with the same key and input. CONFLICT with another input.
    pub async fn made(&self, cx: &Cx) -> Result<Option<String>> {
        let Some(key) = &self.key else { return Ok(None) };
        let sending = Sending { person: cx.viewer.person, mutation: self.mutation, key, input: &self.input };
        match cx.track.store.remembered(sending, cx.now).await? {
            Remembered::Nothing => Ok(None),
            Remembered::Done(made) => Ok(Some(made)),
            Remembered::OtherInput => {
                let message = "This key was used for another input; take a new one for something new.";
                Err(Refusal::new(Code::Conflict, message).at("idempotencyKey").into())
            }
        }
    }
}

/// A value of a closed vocabulary, as it stands in a recorded input.
pub(crate) trait Word: Copy {
    /// Its word.
    fn of(self) -> &'static str;
}

macro_rules! words {
    ($($name:ty),+ $(,)?) => {
        $(impl Word for $name {
            fn of(self) -> &'static str {
                self.word()
            }
        })+
    };
}

words!(Role, Capacity, Attribution, Visibility, Ground, Week);

/// Serializes a value as its word.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields over by reference")]
pub(crate) fn word<S: Serializer>(value: &impl Word, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(value.of())
}

/// Serializes a value that may be absent as its word.
#[allow(clippy::ref_option, reason = "serde hands fields over by reference")]
pub(crate) fn optional_word<S: Serializer>(
    value: &Option<impl Word>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    value.map(Word::of).serialize(serializer)
}
