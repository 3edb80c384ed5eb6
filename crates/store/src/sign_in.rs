//! Sign-ins, and the rotation of their refresh tokens (requirements ).
//!
//! Times of use are kept to the day; the instants that rotation needs are sealed. Deliberately absent: the tokens
//! themselves. What is stored and looked up is a digest.

use dipoli_domain::{
    Timestamp,
    id::{PersonId, SignInId},
    person::Standing,
    sign_in::{ClientKind, SignIn},
    time as domain_time,
};
use jiff::{SignedDuration, civil};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Store, StoreError, Tx,
    entity::{sign_in, spent_refresh_token},
    even_bytes,
    reseal::{Envelope, Sealed},
    ring::KeyScope,
    seal::Aad,
    time,
};

/// Sign-ins of one person at most; the longest unused one makes room.
const MOST: usize = 48;
/// A refresh token that is not used for so long is good no more.
const IDLE: SignedDuration = SignedDuration::from_hours(24);
/// No sign-in lasts longer.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The same for one that was proved by a second factor, too.
const IDLE_PROVED_TWICE: SignedDuration = SignedDuration::from_hours(7 * 24);
const LONGEST_PROVED_TWICE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long a refresh whose answer was lost may be repeated.
const FORGIVEN_FOR: SignedDuration = SignedDuration::from_secs(60);

/// A sign-in as a refresh finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Which.
    pub sign_in: SignInId,
    /// Whose.
    pub person: PersonId,
    /// When the person last proved who they are.
    pub authenticated_at: Timestamp,
}

/// What became of a refresh token that was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It was spent; the successor is good now.
    Rotated(Known),
    /// It was spent before: the whole sign-in was ended.
    Reused(Known),
    /// It is good for nothing. Nothing was written.
    Unknown,
}

/// What rotation needs to know and nobody else: sealed.
#[derive(Serialize, Deserialize)]
struct RotationState {
    authenticated_at: i64,
    expires_at: i64,
    rotated_at: i64,
    #[serde(default, with = "even_bytes::optional")]
    previous: Option<Vec<u8>>,
    forgiven: bool,
    #[serde(default)]
    client: Option<String>,
    #[serde(default)]
    proved_twice: bool,
}

impl RotationState {
    const fn idle(&self) -> SignedDuration {
        if self.proved_twice { IDLE_PROVED_TWICE } else { IDLE }
    }
}

/// How someone has signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entrance {
    /// From what kind of client.
    pub client: ClientKind,
    /// Whether by a second factor, too.
    pub proved_twice: bool,
}

fn aad(row: &sign_in::Model) -> Aad {
    Aad::of("sign_in").id(row.id).id(row.person_id).bytes(&row.current_digest)
}

impl Sealed for sign_in::Entity {
    const TABLE: &'static str = "sign_in";
    const ID: sign_in::Column = sign_in::Column::Id;
    const SEALED: sign_in::Column = sign_in::Column::Rotation;
    fn envelope(row: &sign_in::Model) -> Option<Envelope<'_>> {
        Some(Envelope {
            id: row.id,
            row: SignInId::from_uuid(row.id).into(),
            scope: KeyScope::People,
            aad: aad(row),
            sealed: &row.rotation,
        })
    }
}

impl Store {
    /// A person's sign-ins that are on, the latest used first.
    pub async fn sign_ins(&self, person: PersonId, today: civil::Date) -> Result<Vec<SignIn>, StoreError> {
        let rows = sign_in::Entity::find()
            .filter(sign_in::Column::PersonId.eq(person.uuid()))
            .filter(sign_in::Column::Ended.eq(false))
            .filter(sign_in::Column::ExpiresOn.gte(time::bind_day(today)))
            .order_by_desc(sign_in::Column::LastUsedOn)
            .order_by_asc(sign_in::Column::Id)
            .all(&self.reads())
            .await?;
        let mut sign_ins = Vec::with_capacity(rows.len());
        for row in rows.into_iter().filter_map(|row| self.genuine(row)) {
            let id = SignInId::from_uuid(row.id);
            let Some(state) = self.open_row::<RotationState>(id, &aad(&row), &row.rotation).await? else { continue };
            let client = state.client.as_deref().and_then(ClientKind::from_word).unwrap_or(ClientKind::Unknown);
            sign_ins.push(SignIn {
                id,
                client,
                signed_in_on: time::read_day(row.created_on)?,
                last_used_on: time::read_day(row.last_used_on)?,
                expires_on: time::read_day(row.expires_on)?,
            });
        }
        Ok(sign_ins)
    }
}

impl Tx {
    /// Adds a sign-in of a person who has proved who they are now; `digest` is its first refresh token's.
    pub async fn add_sign_in(
        &self,
        id: SignInId,
        person: PersonId,
        entrance: Entrance,
        digest: [u8; 32],
    ) -> Result<Known, StoreError> {
        self.make_room(person).await?;
        let longest = if entrance.proved_twice { LONGEST_PROVED_TWICE } else { LONGEST };
        let expires_at = domain_time::after(self.now(), longest);
        let today = time::bind_day(domain_time::day(self.now()));
        let mut row = sign_in::Model {
            id: id.uuid(),
            person_id: person.uuid(),
            current_digest: digest.to_vec(),
            rotation: Vec::new(),
            created_on: today,
            last_used_on: today,
            expires_on: time::bind_day(domain_time::day(expires_at)),
            ended: false,
            mac: None,
        };
        let now = self.now().as_microsecond();
        let state = RotationState {
            authenticated_at: now,
            expires_at: expires_at.as_microsecond(),
            rotated_at: now,
            previous: None,
            forgiven: false,
            client: Some(entrance.client.word().to_owned()),
            proved_twice: entrance.proved_twice,
        };
        row.rotation = self.store().seal(KeyScope::People, &aad(&row), &state).await?;
        self.sql().insert(self.store().marked(row)).await?;
        Ok(Known { sign_in: id, person, authenticated_at: self.now() })
    }

    /// Whether a person has signed in, or refreshed a sign-in, since an instant.
    pub(crate) async fn was_here_since(&self, person: PersonId, instant: Timestamp) -> Result<bool, StoreError> {
        let of_person = sign_in::Entity::find().filter(sign_in::Column::PersonId.eq(person.uuid()));
        for row in of_person.all(&self.sql()).await? {
            let id = SignInId::from_uuid(row.id);
            let state = self.store().open_row::<RotationState>(id, &aad(&row), &row.rotation).await?;
            if state.is_some_and(|state| state.rotated_at > instant.as_microsecond()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Ends the longest unused sign-ins, so that one more is within bounds.
    async fn make_room(&self, person: PersonId) -> Result<(), StoreError> {
        let ids: Vec<Uuid> = sign_in::Entity::find()
            .select_only()
            .column(sign_in::Column::Id)
            .filter(sign_in::Column::PersonId.eq(person.uuid()))
            .filter(sign_in::Column::Ended.eq(false))
            .order_by_desc(sign_in::Column::LastUsedOn)
            .order_by_desc(sign_in::Column::CreatedOn)
            .into_tuple()
            .all(&self.sql())
            .await?;
        for id in ids.into_iter().skip(MOST - 1) {
            self.end_sign_in(SignInId::from_uuid(id)).await?;
        }
        Ok(())
    }

    /// Ends a sign-in. Whether it was still on.
    pub async fn end_sign_in(&self, id: SignInId) -> Result<bool, StoreError> {
        self.end_where(sign_in::Column::Id.eq(id.uuid())).await.map(|ended| ended > 0)
    }

    /// Ends all sign-ins of a person; how many there were.
    pub async fn end_sign_ins_of(&self, person: PersonId) -> Result<u64, StoreError> {
        self.end_where(sign_in::Column::PersonId.eq(person.uuid())).await
    }

    /// Ends all sign-ins of a person but one.
    pub async fn end_other_sign_ins(&self, person: PersonId, but: SignInId) -> Result<u64, StoreError> {
        let others = sign_in::Column::PersonId.eq(person.uuid()).and(sign_in::Column::Id.ne(but.uuid()));
        self.end_where(others).await
    }

    /// Ends a sign-in of a person. Whether there was such a one.
    pub async fn end_sign_in_of(&self, person: PersonId, id: SignInId) -> Result<bool, StoreError> {
        let it = sign_in::Column::PersonId.eq(person.uuid()).and(sign_in::Column::Id.eq(id.uuid()));
        self.end_where(it).await.map(|ended| ended > 0)
    }

    async fn end_where(&self, which: Expr) -> Result<u64, StoreError> {
        let update = Query::update()
            .table(sign_in::Entity)
            .value(sign_in::Column::Ended, true)
            .value(sign_in::Column::Mac, None::<Vec<u8>>)
            .and_where(which)
            .and_where(sign_in::Column::Ended.eq(false))
            .take();
        self.sql().run(&update).await
    }

    /// Spends a refresh token and puts `successor` in its place. One that was spent before ends its sign-in, but for
    /// a lost answer: once, within 60 seconds, while nothing was done with the successor.
    pub async fn rotate(&self, token: [u8; 32], successor: [u8; 32]) -> Result<Rotation, StoreError> {
        let current = sign_in::Column::CurrentDigest.eq(token.to_vec());
        if let Some((row, state)) = self.live_sign_in(current).await? {
            if !self.may_go_on(&row, &state).await? {
                return Ok(Rotation::Unknown);
            }
            return self.put(row, state, successor, Some(token)).await;
        }
        let Some(spent) = spent_refresh_token::Entity::find_by_id(token.to_vec()).one(&self.sql()).await? else {
            return Ok(Rotation::Unknown);
        };
        let Some((row, state)) = self.live_sign_in(sign_in::Column::Id.eq(spent.sign_in_id)).await? else {
            return Ok(Rotation::Unknown);
        };
        if self.is_lost_answer(&token, &state) && self.may_go_on(&row, &state).await? {
            return self.put(row, state, successor, None).await;
        }
        let known = known(&row, &state)?;
        self.end_sign_in(known.sign_in).await?;
        Ok(Rotation::Reused(known))
    }

    /// Whether a sign-in is on; held until the end of the transaction.
    pub async fn is_signed_in(&self, id: SignInId) -> Result<bool, StoreError> {
        Ok(self.live_sign_in(sign_in::Column::Id.eq(id.uuid())).await?.is_some())
    }

    /// The sign-in, held until the end of the transaction.
    async fn live_sign_in(&self, which: Expr) -> Result<Option<(sign_in::Model, RotationState)>, StoreError> {
        let find = sign_in::Entity::find().filter(which).filter(sign_in::Column::Ended.eq(false)).lock_exclusive();
        let Some(row) = find.one(&self.sql()).await?.and_then(|row| self.store().genuine(row)) else {
            return Ok(None);
        };
        let state = self.store().open_row(SignInId::from_uuid(row.id), &aad(&row), &row.rotation).await?;
        Ok(state.map(|state| (row, state)))
    }

    async fn may_go_on(&self, row: &sign_in::Model, state: &RotationState) -> Result<bool, StoreError> {
        let rotated_at = instant(state.rotated_at)?;
        if self.now() >= instant(state.expires_at)? || self.now() >= domain_time::after(rotated_at, state.idle()) {
            return Ok(false);
        }
        Ok(self.standing(PersonId::from_uuid(row.person_id)).await? == Some(Standing::Active))
    }

    fn is_lost_answer(&self, token: &[u8; 32], state: &RotationState) -> bool {
        let until = instant(state.rotated_at).map(|at| domain_time::after(at, FORGIVEN_FOR));
        !state.forgiven
            && state.previous.as_deref() == Some(token.as_slice())
            && until.is_ok_and(|until| self.now() <= until)
    }

    /// Puts a new token in the place of the current one, which is spent. `rotated` is the token that was presented,
    /// where it was the current one; otherwise a lost answer is being repeated, and that is forgiven once.
    async fn put(
        &self,
        row: sign_in::Model,
        state: RotationState,
        successor: [u8; 32],
        rotated: Option<[u8; 32]>,
    ) -> Result<Rotation, StoreError> {
        let known = known(&row, &state)?;
        let spent = spent_refresh_token::Model {
            digest: row.current_digest.clone(),
            sign_in_id: row.id,
            expires_on: row.expires_on,
        };
        self.sql().insert(spent).await?;
        let state = match rotated {
            Some(token) => RotationState {
                rotated_at: self.now().as_microsecond(),
                previous: Some(token.to_vec()),
                forgiven: false,
                ..state
            },
            None => RotationState { forgiven: true, ..state },
        };
        let was = row.current_digest.clone();
        let row = sign_in::Model { current_digest: successor.to_vec(), ..row };
        let rotation = self.store().seal(KeyScope::People, &aad(&row), &state).await?;
        let row = self.store().marked(row);
        let update = Query::update()
            .table(sign_in::Entity)
            .value(sign_in::Column::CurrentDigest, row.current_digest)
            .value(sign_in::Column::Rotation, rotation)
            .value(sign_in::Column::Mac, row.mac)
            .value(sign_in::Column::LastUsedOn, time::bind_day(domain_time::day(self.now())))
            .and_where(sign_in::Column::Id.eq(row.id))
            .and_where(sign_in::Column::CurrentDigest.eq(was))
            .take();
        self.sql().swap(&update).await?;
        Ok(Rotation::Rotated(known))
    }
}

fn known(row: &sign_in::Model, state: &RotationState) -> Result<Known, StoreError> {
    Ok(Known {
        sign_in: SignInId::from_uuid(row.id),
        person: PersonId::from_uuid(row.person_id),
        authenticated_at: instant(state.authenticated_at)?,
    })
}

fn instant(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|_| StoreError::Integrity)
}
