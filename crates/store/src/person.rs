//! Accounts: what the system itself reads of a person and writes for them.
//!
//! Addresses are found by a keyed hash; everything else that tells of a person is sealed. Deliberately absent: what a
//! viewer sees of others (see `person_seen.rs`).

use std::collections::BTreeSet;

use dipoli_domain::{
    Timestamp,
    email::EmailAddress,
    id::PersonId,
    language::LanguageTag,
    membership::Role,
    person::{Person, Security, Standing},
    time as domain_time,
    time::Zone,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Store, StoreError, Tx,
    connection::Sql,
    entity::{membership, person},
    reseal::{Envelope, Sealed},
    ring::KeyScope,
    scope,
    seal::Aad,
    time,
};

/// What is sealed of a person.
#[derive(Serialize, Deserialize)]
pub(crate) struct PersonText {
    pub display_name: String,
    pub affiliation: Option<String>,
    pub email: String,
    pub language: String,
    pub zone: String,
    #[serde(default)]
    pub phrase: Option<String>,
    #[serde(default)]
    pub no_reset_by_mail: bool,
    #[serde(default)]
    pub reset_once_from: Option<i64>,
    #[serde(default)]
    pub has_second_factor: bool,
}

/// What a person's text is bound to.
pub(crate) fn aad(id: Uuid, email_mac: &[u8], standing: &str, is_administrator: bool) -> Aad {
    Aad::of("person").id(id).bytes(email_mac).text(standing).flag(is_administrator)
}

impl Sealed for person::Entity {
    const TABLE: &'static str = "person";
    const ID: person::Column = person::Column::Id;
    const SEALED: person::Column = person::Column::Sealed;
    fn envelope(row: &person::Model) -> Option<Envelope<'_>> {
        Some(Envelope {
            id: row.id,
            row: PersonId::from_uuid(row.id).into(),
            scope: KeyScope::People,
            aad: aad(row.id, &row.email_mac, &row.standing, row.is_administrator),
            sealed: &row.sealed,
        })
    }
}

/// A person with what their account is proved by. No `Debug`.
#[derive(Clone)]
pub struct Account {
    /// Who.
    pub person: Person,
    /// PHC string; `None` until the invitation is accepted.
    pub password_hash: Option<String>,
    /// Raised to end every secret link that was given to them.
    pub links_generation: i32,
}

impl Store {
    /// The account of an address: for signing in and for resets, never for anyone's eyes.
    pub async fn account_by_email(&self, email: &EmailAddress) -> Result<Option<Account>, StoreError> {
        self.account_where(&self.reads(), person::Column::EmailMac.eq(self.email_mac(email))).await
    }

    /// An account by its id: for the person themself, and for the system's own work.
    pub async fn account(&self, id: PersonId) -> Result<Option<Account>, StoreError> {
        self.account_where(&self.reads(), person::Column::Id.eq(id.uuid())).await
    }

    async fn account_where(&self, sql: &Sql<'_>, condition: Expr) -> Result<Option<Account>, StoreError> {
        self.account_of(person::Entity::find().filter(condition).one(sql).await?).await
    }

    async fn account_of(&self, found: Option<person::Model>) -> Result<Option<Account>, StoreError> {
        let Some(row) = found.and_then(|row| self.genuine(row)) else {
            return Ok(None);
        };
        Ok(self.person_of(&row).await?.map(|person| Account {
            person,
            password_hash: row.password_hash,
            links_generation: row.links_generation,
        }))
    }

    /// How an address is found: it is compared without regard to case.
    pub(crate) fn email_mac(&self, email: &EmailAddress) -> Vec<u8> {
        self.mac("person.email", &[email.folded().as_bytes()]).to_vec()
    }

    /// The person of a row; `None` where it does not open.
    pub(crate) async fn person_of(&self, row: &person::Model) -> Result<Option<Person>, StoreError> {
        let id = PersonId::from_uuid(row.id);
        let aad = aad(row.id, &row.email_mac, &row.standing, row.is_administrator);
        let Some(text) = self.open_row::<PersonText>(id, &aad, &row.sealed).await? else {
            return Ok(None);
        };
        Ok(Some(Person {
            id,
            display_name: text.display_name,
            affiliation: text.affiliation,
            email: EmailAddress::stored(text.email),
            language: LanguageTag::stored(text.language),
            zone: Zone::stored(&text.zone).unwrap_or_else(Zone::utc),
            is_administrator: row.is_administrator,
            standing: Standing::from_word(&row.standing).ok_or(StoreError::Integrity)?,
            security: Security {
                phrase: text.phrase,
                reset_by_mail: !text.no_reset_by_mail,
                reset_once_from: match text.reset_once_from {
                    Some(micros) => Some(Timestamp::from_microsecond(micros).map_err(|_| StoreError::Integrity)?),
                    None => None,
                },
                has_second_factor: text.has_second_factor,
            },
        }))
    }

    async fn seal_person(&self, person: &Person) -> Result<Vec<u8>, StoreError> {
        let text = PersonText {
            display_name: person.display_name.clone(),
            affiliation: person.affiliation.clone(),
            email: person.email.as_str().to_owned(),
            language: person.language.as_str().to_owned(),
            zone: person.zone.name().to_owned(),
            phrase: person.security.phrase.clone(),
            no_reset_by_mail: !person.security.reset_by_mail,
            reset_once_from: person.security.reset_once_from.map(Timestamp::as_microsecond),
            has_second_factor: person.security.has_second_factor,
        };
        let email_mac = self.email_mac(&person.email);
        let aad = aad(person.id.uuid(), &email_mac, person.standing.word(), person.is_administrator);
        self.seal(KeyScope::People, &aad, &text).await
    }
}

/// What is left of a person whose account is erased.
pub(crate) fn erased(id: PersonId) -> Person {
    Person {
        id,
        display_name: "A former participant".to_owned(),
        affiliation: None,
        // An address that nobody has, and that is found again by nobody.
        email: EmailAddress::stored(format!("{}@erased.invalid", Uuid::new_v4().simple())),
        language: LanguageTag::english(),
        zone: Zone::utc(),
        is_administrator: false,
        standing: Standing::Erased,
        security: Security::default(),
    }
}

impl Tx {
    /// The account of an address.
    pub async fn account_by_email(&self, email: &EmailAddress) -> Result<Option<Account>, StoreError> {
        let of_email = person::Column::EmailMac.eq(self.store().email_mac(email));
        self.store().account_where(&self.sql(), of_email).await
    }

    /// An account by its id, held until the end: what is decided by it, or written back, is of the account as it is.
    pub async fn account(&self, id: PersonId) -> Result<Option<Account>, StoreError> {
        let row = person::Entity::find_by_id(id.uuid()).lock_exclusive().one(&self.sql()).await?;
        self.store().account_of(row).await
    }

    /// Where an account stands, which others may change meanwhile. For who holds a sign-in already: whoever ends those of a
    /// person holds the person first.
    pub(crate) async fn standing(&self, id: PersonId) -> Result<Option<Standing>, StoreError> {
        let account = self.store().account_where(&self.sql(), person::Column::Id.eq(id.uuid())).await?;
        Ok(account.map(|account| account.person.standing))
    }

    /// Adds a person, without a password. [`StoreError::Taken`] with `person.email` where the address is known.
    pub async fn add_person(&self, new: &Person) -> Result<(), StoreError> {
        let row = person::Model {
            id: new.id.uuid(),
            email_mac: self.store().email_mac(&new.email),
            standing: new.standing.word().to_owned(),
            is_administrator: new.is_administrator,
            password_hash: None,
            links_generation: 0,
            created_on: time::bind_day(domain_time::day(self.now())),
            sealed: self.store().seal_person(new).await?,
            mac: None,
        };
        self.sql().insert(self.store().marked(row)).await
    }

    /// Writes a person anew: name, affiliation, address, language, zone, standing, administration.
    pub async fn overwrite_person(&self, person: &Person) -> Result<(), StoreError> {
        let row = self.person_row(person.id).await?;
        let changed = person::Model {
            email_mac: self.store().email_mac(&person.email),
            standing: person.standing.word().to_owned(),
            is_administrator: person.is_administrator,
            sealed: self.store().seal_person(person).await?,
            ..row
        };
        self.put_person(changed).await
    }

    /// Stores a password's PHC string. Where it replaces `from`, and another was stored meanwhile:
    /// [`StoreError::Stale`].
    pub async fn set_password_hash(&self, person: PersonId, from: Option<&str>, hash: &str) -> Result<(), StoreError> {
        let row = self.person_row(person).await?;
        if row.password_hash.as_deref() != from {
            return Err(StoreError::Stale);
        }
        self.put_person(person::Model { password_hash: Some(hash.to_owned()), ..row }).await
    }

    /// Forgets a password: nobody signs in with it any more.
    pub(crate) async fn forget_password(&self, person: PersonId) -> Result<(), StoreError> {
        let row = self.person_row(person).await?;
        self.put_person(person::Model { password_hash: None, ..row }).await
    }

    /// Ends every secret link that the person was given; new ones are of the next generation.
    pub async fn renew_links(&self, person: PersonId) -> Result<(), StoreError> {
        let row = self.person_row(person).await?;
        let links_generation = row.links_generation + 1;
        self.put_person(person::Model { links_generation, ..row }).await
    }

    /// The administrators whose accounts are active, all of them held until the end: whoever changes one of them does it
    /// alone.
    pub async fn administrators(&self) -> Result<Vec<PersonId>, StoreError> {
        let rows = person::Entity::find()
            .filter(person::Column::IsAdministrator.eq(true))
            .filter(person::Column::Standing.eq(Standing::Active.word()))
            .order_by_asc(person::Column::Id)
            .lock_exclusive()
            .all(&self.sql())
            .await?;
        let genuine = rows.into_iter().filter_map(|row| self.store().genuine(row));
        Ok(genuine.map(|row| PersonId::from_uuid(row.id)).collect())
    }

    /// The facilitators of the groups in which a person has a seat in effect, but for themself.
    pub async fn facilitators_beside(&self, person: PersonId) -> Result<Vec<PersonId>, StoreError> {
        let in_effect = || {
            Condition::all().add(membership::Column::SeatedAt.is_not_null()).add(membership::Column::LeftOn.is_null())
        };
        let own = membership::Entity::find()
            .filter(in_effect().add(membership::Column::PersonId.eq(person.uuid())))
            .all(&self.sql())
            .await?;
        let groups: Vec<Uuid> =
            own.into_iter().filter_map(|row| self.store().genuine(row)).map(|row| row.group_id).collect();
        let beside = in_effect()
            .add(scope::one_of(membership::Column::GroupId.into_expr(), groups))
            .add(membership::Column::Role.eq(Role::Facilitator.word()))
            .add(membership::Column::PersonId.ne(person.uuid()));
        let rows = membership::Entity::find().filter(beside).all(&self.sql()).await?;
        let genuine = rows.into_iter().filter_map(|row| self.store().genuine(row));
        let people: BTreeSet<_> = genuine.map(|row| PersonId::from_uuid(row.person_id)).collect();
        Ok(people.into_iter().collect())
    }

    /// The row of a person, held until the end; [`StoreError::Stale`] where it is not what was stored.
    async fn person_row(&self, id: PersonId) -> Result<person::Model, StoreError> {
        let row = person::Entity::find_by_id(id.uuid()).lock_exclusive().one(&self.sql()).await?;
        row.and_then(|row| self.store().genuine(row)).ok_or(StoreError::Stale)
    }

    async fn put_person(&self, row: person::Model) -> Result<(), StoreError> {
        let row = self.store().marked(row);
        let is = Condition::all().add(person::Column::Id.eq(row.id));
        self.sql().overwrite(row.into_active_model().reset_all(), is).await
    }
}
