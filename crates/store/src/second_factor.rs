//! Second factors: the seed and what it was used for, all of it sealed, so that no row tells when someone signed in
//! (requirements A-11, N-09, N-17).
//!
//! A code is taken by one of several who come at once: the row is held from reading to writing, and what is written names
//! what was read. Deliberately absent: recovery codes (their digests are sealed beside the seed).

use std::collections::HashMap;

use dipoli_domain::{
    Timestamp,
    id::{MembershipId, PersonId, SecondFactorId, WorkingGroupId},
    second_factor::{Factor, Recovery},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Query};
use serde::{Deserialize, Serialize};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::{
    Store, StoreError, Tx,
    connection::Sql,
    entity::{membership, second_factor},
    reseal::{Envelope, Sealed},
    ring::KeyScope,
    scope,
    seal::Aad,
};

/// A second factor. No `Debug`.
pub struct SecondFactor {
    /// Whose.
    pub person: PersonId,
    /// What codes are computed from.
    pub seed: Zeroizing<Vec<u8>>,
    /// What it has been used for.
    pub factor: Factor,
    /// The row that it was read from.
    row: Option<second_factor::Model>,
}

impl SecondFactor {
    /// A new one.
    pub fn new(person: PersonId, seed: Zeroizing<Vec<u8>>, factor: Factor) -> Self {
        Self { person, seed, factor, row: None }
    }
}

#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
struct State {
    seed: Vec<u8>,
    #[zeroize(skip)]
    last_step: Option<i64>,
    #[zeroize(skip)]
    recovery_codes: Vec<[u8; 32]>,
    #[zeroize(skip)]
    tries: Vec<i64>,
    #[zeroize(skip)]
    recovers_at: Option<i64>,
    #[zeroize(skip)]
    #[serde(default)]
    owner_is_told: bool,
}

impl State {
    fn of(seed: &[u8], factor: &Factor) -> Self {
        Self {
            seed: seed.to_vec(),
            last_step: factor.last_step,
            recovery_codes: factor.recovery_codes.clone(),
            tries: factor.tries.iter().map(|at| at.as_microsecond()).collect(),
            recovers_at: factor.recovery.map(|recovery| recovery.takes_effect_at.as_microsecond()),
            owner_is_told: factor.recovery.is_some_and(|recovery| recovery.owner_is_told),
        }
    }

    fn factor(&self) -> Result<Factor, StoreError> {
        Ok(Factor {
            last_step: self.last_step,
            recovery_codes: self.recovery_codes.clone(),
            tries: self.tries.iter().copied().map(instant).collect::<Result<_, _>>()?,
            recovery: match self.recovers_at {
                Some(at) => Some(Recovery { takes_effect_at: instant(at)?, owner_is_told: self.owner_is_told }),
                None => None,
            },
        })
    }
}

fn aad(row: &second_factor::Model) -> Aad {
    Aad::of("second_factor").id(row.id).id(row.person_id).flag(row.confirmed)
}

impl Sealed for second_factor::Entity {
    const TABLE: &'static str = "second_factor";
    const ID: second_factor::Column = second_factor::Column::Id;
    const SEALED: second_factor::Column = second_factor::Column::Sealed;
    fn envelope(row: &second_factor::Model) -> Option<Envelope<'_>> {
        Some(Envelope {
            id: row.id,
            row: SecondFactorId::from_uuid(row.id).into(),
            scope: KeyScope::People,
            aad: aad(row),
            sealed: &row.sealed,
        })
    }
}

impl Store {
    /// What a person's second factor has been used for; `None` where they have none, or its row does not open.
    pub async fn second_factor(&self, person: PersonId) -> Result<Option<Factor>, StoreError> {
        let found = self.second_factor_in(&self.reads(), person, true, false).await?;
        Ok(found.map(|found| found.factor))
    }

    /// The seats in effect at these tables whose people's second factors are going to be removed, with when, group by group and
    /// each in the order of their (random) ids.
    pub async fn recoveries(
        &self,
        groups: &[WorkingGroupId],
        now: Timestamp,
    ) -> Result<HashMap<WorkingGroupId, Vec<(MembershipId, Timestamp)>>, StoreError> {
        let of_groups = scope::one_of(membership::Column::GroupId.into_expr(), groups.iter().map(|id| id.uuid()));
        let seats = membership::Entity::find()
            .filter(of_groups)
            .filter(membership::Column::SeatedAt.is_not_null())
            .filter(membership::Column::LeftOn.is_null())
            .order_by_asc(membership::Column::Id)
            .all(&self.reads())
            .await?;
        let seats: Vec<_> = seats.into_iter().filter_map(|seat| self.genuine(seat)).collect();
        let people = seats.iter().map(|seat| seat.person_id);
        let factors = second_factor::Entity::find()
            .filter(second_factor::Column::Confirmed.eq(true))
            .filter(scope::one_of(second_factor::Column::PersonId.into_expr(), people))
            .all(&self.reads())
            .await?;
        let mut under_way = HashMap::new();
        for factor in factors {
            let id = SecondFactorId::from_uuid(factor.id);
            let Some(state) = self.open_row::<State>(id, &aad(&factor), &factor.sealed).await? else { continue };
            let recovery = state.factor()?.recovery.filter(|recovery| !recovery.has_failed(now));
            under_way.extend(recovery.map(|recovery| (factor.person_id, recovery.takes_effect_at)));
        }
        let mut recoveries: HashMap<_, Vec<_>> = HashMap::new();
        for seat in seats {
            if let Some(at) = under_way.get(&seat.person_id) {
                let of_group = recoveries.entry(WorkingGroupId::from_uuid(seat.group_id)).or_default();
                of_group.push((MembershipId::from_uuid(seat.id), *at));
            }
        }
        Ok(recoveries)
    }

    async fn second_factor_in(
        &self,
        sql: &Sql<'_>,
        person: PersonId,
        confirmed: bool,
        held: bool,
    ) -> Result<Option<SecondFactor>, StoreError> {
        let find = second_factor::Entity::find()
            .filter(second_factor::Column::PersonId.eq(person.uuid()))
            .filter(second_factor::Column::Confirmed.eq(confirmed));
        let find = if held { find.lock_exclusive() } else { find };
        let Some(row) = find.one(sql).await? else { return Ok(None) };
        let id = SecondFactorId::from_uuid(row.id);
        let Some(mut state) = self.open_row::<State>(id, &aad(&row), &row.sealed).await? else { return Ok(None) };
        let seed = Zeroizing::new(std::mem::take(&mut state.seed));
        Ok(Some(SecondFactor { person, factor: state.factor()?, seed, row: Some(row) }))
    }
}

impl Tx {
    /// A person's second factor, or the one that is being set up; held until the end.
    pub async fn second_factor(&self, person: PersonId, confirmed: bool) -> Result<Option<SecondFactor>, StoreError> {
        self.store().second_factor_in(&self.sql(), person, confirmed, true).await
    }

    /// Adds a second factor, in the place of what there was.
    pub async fn add_second_factor(&self, new: &SecondFactor, confirmed: bool) -> Result<(), StoreError> {
        self.remove_second_factor(new.person, confirmed).await?;
        let mut row = second_factor::Model {
            id: SecondFactorId::random().uuid(),
            person_id: new.person.uuid(),
            confirmed,
            sealed: Vec::new(),
        };
        let state = State::of(&new.seed, &new.factor);
        row.sealed = self.store().seal(KeyScope::People, &aad(&row), &state).await?;
        self.sql().insert(row).await
    }

    /// Writes what a second factor that was read here has been used for. [`StoreError::Stale`] where another has
    /// written meanwhile.
    pub async fn put_second_factor(&self, read: SecondFactor) -> Result<(), StoreError> {
        let row = read.row.ok_or(StoreError::Stale)?;
        let state = State::of(&read.seed, &read.factor);
        let update = Query::update()
            .table(second_factor::Entity)
            .value(second_factor::Column::Sealed, self.store().seal(KeyScope::People, &aad(&row), &state).await?)
            .and_where(second_factor::Column::Id.eq(row.id))
            .and_where(second_factor::Column::Sealed.eq(row.sealed))
            .take();
        self.sql().swap(&update).await
    }

    /// Removes a person's second factor, or the one that is being set up.
    pub async fn remove_second_factor(&self, person: PersonId, confirmed: bool) -> Result<(), StoreError> {
        second_factor::Entity::delete_many()
            .filter(second_factor::Column::PersonId.eq(person.uuid()))
            .filter(second_factor::Column::Confirmed.eq(confirmed))
            .exec(&self.sql())
            .await?;
        Ok(())
    }
}

fn instant(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|_| StoreError::Integrity)
}
