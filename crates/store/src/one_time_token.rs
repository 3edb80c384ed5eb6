//! Tokens that are good once: invitations and password resets. Stored is their digest, for whom, for what, until when.

use dipoli_domain::{Timestamp, id::PersonId};
use sea_orm::{
    ColumnTrait, EntityTrait, Iterable, QueryFilter,
    sea_query::{Query, Returning},
};

use crate::{Store, StoreError, Tx, entity::one_time_token, time};

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneTime {
    /// Accepting the invitation to the track.
    Invitation,
    /// Setting a new password.
    PasswordReset,
    /// Agreeing, at the old address, to a change of it.
    OldAddress,
    /// Agreeing, at the new address, to a change to it.
    NewAddress,
}

impl OneTime {
    const fn word(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::PasswordReset => "password-reset",
            Self::OldAddress => "old-address",
            Self::NewAddress => "new-address",
        }
    }
}

impl Store {
    /// Whose token it is, while it is good for this. It stays good.
    pub async fn one_time_token(
        &self,
        digest: &[u8; 32],
        kind: OneTime,
        now: Timestamp,
    ) -> Result<Option<PersonId>, StoreError> {
        let row = one_time_token::Entity::find_by_id(digest.to_vec())
            .filter(one_time_token::Column::Kind.eq(kind.word()))
            .filter(one_time_token::Column::ExpiresAt.gt(time::bind(now)))
            .one(&self.reads())
            .await?;
        Ok(row.and_then(|row| self.genuine(row)).map(|row| PersonId::from_uuid(row.person_id)))
    }
}

impl Tx {
    /// Stores a new token's digest.
    pub async fn add_one_time_token(
        &self,
        digest: &[u8; 32],
        person: PersonId,
        kind: OneTime,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let (digest, kind) = (digest.to_vec(), kind.word().to_owned());
        let (person_id, expires_at) = (person.uuid(), time::bind(expires_at));
        let row = one_time_token::Model { digest, person_id, kind, expires_at, mac: None };
        self.sql().insert(self.store().marked(row)).await
    }

    /// Takes a token, so that it is good no more; whose it was. Of several at once, one gets it.
    pub async fn take_one_time_token(&self, digest: &[u8; 32], kind: OneTime) -> Result<Option<PersonId>, StoreError> {
        let delete = Query::delete()
            .from_table(one_time_token::Entity)
            .and_where(one_time_token::Column::Digest.eq(digest.to_vec()))
            .and_where(one_time_token::Column::Kind.eq(kind.word()))
            .and_where(one_time_token::Column::ExpiresAt.gt(time::bind(self.now())))
            .returning(Returning::new().columns(one_time_token::Column::iter()))
            .take();
        let taken: Option<one_time_token::Model> = self.sql().row(&delete).await?;
        let taken = taken.and_then(|row| self.store().genuine(row));
        Ok(taken.map(|row| PersonId::from_uuid(row.person_id)))
    }

    /// Ends all tokens of a person: once one has done its work, the others of earlier letters are good no more.
    pub async fn end_one_time_tokens(&self, person: PersonId) -> Result<(), StoreError> {
        let of_person = one_time_token::Column::PersonId.eq(person.uuid());
        one_time_token::Entity::delete_many().filter(of_person).exec(&self.sql()).await?;
        Ok(())
    }
}
