//! Tokens of API clients: found by their digest, trusted by their MAC, named only to their owner (requirements A-15, N-16).

use dipoli_domain::{
    id::{PersonId, PersonalAccessTokenId, WorkingGroupId},
    personal_access_token::{NewToken, PersonalAccessToken},
    policy::Scopes,
    time as domain_time,
};
use jiff::civil;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Query};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError, Tx,
    entity::personal_access_token,
    reseal::{Envelope, Sealed},
    ring::KeyScope,
    seal::Aad,
    time,
};

#[derive(Serialize, Deserialize)]
struct Named {
    name: String,
}

fn aad(row: &personal_access_token::Model) -> Aad {
    Aad::of("personal_access_token").id(row.id).id(row.person_id).bytes(&row.digest)
}

impl Sealed for personal_access_token::Entity {
    const TABLE: &'static str = "personal_access_token";
    const ID: personal_access_token::Column = personal_access_token::Column::Id;
    const SEALED: personal_access_token::Column = personal_access_token::Column::Sealed;
    fn envelope(row: &personal_access_token::Model) -> Option<Envelope<'_>> {
        Some(Envelope {
            id: row.id,
            row: PersonalAccessTokenId::from_uuid(row.id).into(),
            scope: KeyScope::People,
            aad: aad(row),
            sealed: &row.sealed,
        })
    }
}

impl Store {
    /// A person's tokens that are good on that day, the latest to end first.
    pub async fn personal_access_tokens(
        &self,
        person: PersonId,
        today: civil::Date,
    ) -> Result<Vec<PersonalAccessToken>, StoreError> {
        let rows = personal_access_token::Entity::find()
            .filter(personal_access_token::Column::PersonId.eq(person.uuid()))
            .filter(personal_access_token::Column::ExpiresOn.gte(time::bind_day(today)))
            .order_by_desc(personal_access_token::Column::ExpiresOn)
            .order_by_asc(personal_access_token::Column::Id)
            .all(&self.reads())
            .await?;
        let mut tokens = Vec::with_capacity(rows.len());
        for row in rows.into_iter().filter_map(|row| self.genuine(row)) {
            let id = PersonalAccessTokenId::from_uuid(row.id);
            let Some(named) = self.open_row::<Named>(id, &aad(&row), &row.sealed).await? else { continue };
            tokens.push(PersonalAccessToken {
                id,
                name: named.name,
                scopes: Scopes::from_words(&row.scopes).ok_or(StoreError::Integrity)?,
                group: row.group_id.map(WorkingGroupId::from_uuid),
                created_on: time::read_day(row.created_on)?,
                last_used_on: time::read_day(row.last_used_on)?,
                expires_on: time::read_day(row.expires_on)?,
            });
        }
        Ok(tokens)
    }

    /// Notes that a token was used on that day: at most once a day, outside of any transaction.
    pub async fn token_used(&self, id: PersonalAccessTokenId, today: civil::Date) -> Result<(), StoreError> {
        let today = time::bind_day(today);
        let update = Query::update()
            .table(personal_access_token::Entity)
            .value(personal_access_token::Column::LastUsedOn, today)
            .and_where(personal_access_token::Column::Id.eq(id.uuid()))
            .and_where(personal_access_token::Column::LastUsedOn.lt(today))
            .take();
        let transaction = self.content().begin().await?;
        self.content().within(&transaction).run(&update).await?;
        Ok(transaction.commit().await?)
    }
}

impl Tx {
    /// Adds a token of a person; `digest` is what it is found by.
    pub async fn add_personal_access_token(
        &self,
        id: PersonalAccessTokenId,
        person: PersonId,
        new: &NewToken,
        group: Option<WorkingGroupId>,
        digest: [u8; 32],
    ) -> Result<(), StoreError> {
        let today = time::bind_day(domain_time::day(self.now()));
        let mut row = personal_access_token::Model {
            id: id.uuid(),
            person_id: person.uuid(),
            digest: digest.to_vec(),
            scopes: new.scopes.words(),
            group_id: group.map(WorkingGroupId::uuid),
            created_on: today,
            last_used_on: today,
            expires_on: time::bind_day(new.expires_on),
            sealed: Vec::new(),
            mac: None,
        };
        let named = Named { name: new.name.clone() };
        row.sealed = self.store().seal(KeyScope::People, &aad(&row), &named).await?;
        self.sql().insert(self.store().marked(row)).await
    }

    /// Revokes a token of a person; whether there was such a one.
    pub async fn revoke_personal_access_token(
        &self,
        person: PersonId,
        id: PersonalAccessTokenId,
    ) -> Result<bool, StoreError> {
        let gone = personal_access_token::Entity::delete_many()
            .filter(personal_access_token::Column::PersonId.eq(person.uuid()))
            .filter(personal_access_token::Column::Id.eq(id.uuid()))
            .exec(&self.sql())
            .await?;
        Ok(gone.rows_affected > 0)
    }

    /// Revokes all tokens of a person.
    pub async fn revoke_personal_access_tokens_of(&self, person: PersonId) -> Result<(), StoreError> {
        let of_person = personal_access_token::Column::PersonId.eq(person.uuid());
        personal_access_token::Entity::delete_many().filter(of_person).exec(&self.sql()).await?;
        Ok(())
    }

    /// The first of these days on which a token of a person ends, if one does.
    pub async fn token_ends(
        &self,
        person: PersonId,
        from: civil::Date,
        until: civil::Date,
    ) -> Result<Option<civil::Date>, StoreError> {
        let row = personal_access_token::Entity::find()
            .filter(personal_access_token::Column::PersonId.eq(person.uuid()))
            .filter(personal_access_token::Column::ExpiresOn.gte(time::bind_day(from)))
            .filter(personal_access_token::Column::ExpiresOn.lte(time::bind_day(until)))
            .order_by_asc(personal_access_token::Column::ExpiresOn)
            .one(&self.sql())
            .await?;
        row.map(|row| time::read_day(row.expires_on)).transpose()
    }
}
