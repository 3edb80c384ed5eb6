//! Delivering letters: due ones are claimed by one statement, sent outside of any transaction, and settled by the
//! claim's holder alone (requirements M-02, M-04).
//!
//! Deliberately absent: sending, and whether a letter may still be sent. The facts for that are brought along, see
//! `letter_in_hand.rs`.

use dipoli_domain::{Timestamp, delivery::Failure, id::LetterId, time as domain_time};
use jiff::SignedDuration;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter,
    prelude::DateTimeUtc,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType, Order, Query, SelectStatement, UnionType},
};
use uuid::Uuid;

use crate::{ClaimedLetter, Store, StoreError, Tx, entity::outbox, letter_in_hand, outbox::State, time};

/// How long a claim holds.
const LEASE: SignedDuration = SignedDuration::from_secs(120);
/// Attempts at most.
const MOST_ATTEMPTS: i32 = 12;
/// First pause between attempts, in seconds; each further one is twice as long.
const FIRST_PAUSE: f64 = 30.0;
/// Longest pause between attempts, in seconds.
const LONGEST_PAUSE: f64 = 30.0 * 60.0;

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Settlement {
    /// It was taken.
    Sent,
    /// Not now: after 30 s · 2^n · `jitter`, at most 30 minutes, at most 12 times.
    Retry {
        /// 0.8…1.2.
        jitter: f64,
    },
    /// The server could not be reached, which does not count as an attempt.
    Unreachable {
        /// 0.8…1.2.
        jitter: f64,
    },
    /// It was not tried: another may claim it at once.
    GivenBack,
    /// Never, for this reason.
    Dead(Failure),
    /// It must not be sent any more.
    Expired,
}

impl Store {
    /// When the next letter falls due or a claim on one runs out; `None` where none waits.
    pub async fn next_letter_due(&self) -> Result<Option<Timestamp>, StoreError> {
        #[derive(FromQueryResult)]
        struct Due {
            due: Option<DateTimeUtc>,
        }
        // Each of the two is the first of an index; one minimum over both would look at everything that waits.
        let first = |state: State, column: outbox::Column| {
            Query::select()
                .expr_as(column.into_expr().min(), "due")
                .from(outbox::Entity)
                .and_where(outbox::Column::State.eq(state.word()))
                .take()
        };
        let both = first(State::Queued, outbox::Column::DueAt)
            .union(UnionType::All, first(State::Claimed, outbox::Column::ClaimedUntil))
            .take();
        let select = Query::select().expr_as(Expr::col("due").min(), "due").from_subquery(both, "waiting").take();
        let due: Option<Due> = self.reads().row(&select).await?;
        Ok(due.and_then(|row| row.due).map(time::read))
    }
}

impl Tx {
    /// Claims up to `most` letters that are due, for 120 seconds, each with one attempt more. What is out of date
    /// expires here, and what was tried in vain too often dies. Letters whose recipient's row does not open are dead.
    /// What sessions say of themselves is brought along `with_words`.
    pub async fn claim_letters(&self, most: u32, with_words: bool) -> Result<Vec<ClaimedLetter>, StoreError> {
        let claim = Uuid::new_v4();
        let mut rows = self.claim(claim, most).await?;
        // Where one is out of date, many may be; looking at all that waits is for that case alone.
        let late = rows.iter().filter(|row| row.is_out_of_date(self.now())).count();
        if late > 0 {
            self.expire_late(claim).await?;
            rows = self.claim(claim, u32::try_from(late).unwrap_or(most)).await?;
        }
        let mut letters = Vec::with_capacity(rows.len());
        for row in rows {
            let id = row.id();
            if row.attempts() > MOST_ATTEMPTS {
                self.settle_letter(id, claim, Settlement::Dead(Failure::Exhausted)).await?;
                continue;
            }
            match self.store().letter_in_hand(claim, row, with_words).await? {
                Some(letter) => letters.push(letter),
                None => drop(self.settle_letter(id, claim, Settlement::Dead(Failure::Unwritable)).await?),
            }
        }
        Ok(letters)
    }

    /// Claims up to `most` more letters that are due; gives all that are under this claim.
    async fn claim(&self, claim: Uuid, most: u32) -> Result<Vec<letter_in_hand::Row>, StoreError> {
        let until = domain_time::after(self.now(), LEASE);
        let update = Query::update()
            .table(outbox::Entity)
            .value(outbox::Column::State, State::Claimed.word())
            .value(outbox::Column::Claim, claim)
            .value(outbox::Column::ClaimedUntil, time::bind(until))
            .value(outbox::Column::Attempts, outbox::Column::Attempts.into_expr().add(1))
            .and_where(outbox::Column::Id.into_expr().in_subquery(self.due(most)))
            .take();
        self.sql().run(&update).await?;
        self.sql().rows(&letter_in_hand::select(claim)).await
    }

    /// Letters whose claim has run out, and those that wait and are due, the longest due first: each read in the order of an
    /// index, so that it does not matter how many more there are.
    fn due(&self, most: u32) -> SelectStatement {
        let now = time::bind(self.now());
        let first = |state: State, due: outbox::Column| {
            Query::select()
                .column(outbox::Column::Id)
                .from(outbox::Entity)
                .and_where(outbox::Column::State.eq(state.word()))
                .and_where(due.lte(now))
                .order_by(outbox::Column::DueAt, Order::Asc)
                .limit(u64::from(most))
                .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
                .take()
        };
        let ids = |letters: SelectStatement| {
            Query::select().column(outbox::Column::Id).from_subquery(letters, "letters").take()
        };
        let queued = ids(first(State::Queued, outbox::Column::DueAt));
        ids(first(State::Claimed, outbox::Column::ClaimedUntil))
            .union(UnionType::All, queued)
            .limit(u64::from(most))
            .take()
    }

    /// What is out of date expires, unless it is under a claim of somebody else's.
    async fn expire_late(&self, claim: Uuid) -> Result<(), StoreError> {
        let now = time::bind(self.now());
        let ours = outbox::Column::Claim.eq(claim).or(outbox::Column::ClaimedUntil.lte(now));
        let here = Condition::any()
            .add(outbox::Column::State.eq(State::Queued.word()))
            .add(outbox::Column::State.eq(State::Claimed.word()).and(ours));
        let update = Query::update()
            .table(outbox::Entity)
            .value(outbox::Column::State, State::Expired.word())
            .value(outbox::Column::Failure, Option::<String>::None)
            .cond_where(here)
            .and_where(outbox::Column::ExpiresAt.lte(now))
            .take();
        self.sql().run(&update).await.map(drop)
    }

    /// Settles a letter. `false`, and nothing is written, where the claim has run out and another holds it.
    pub async fn settle_letter(&self, id: LetterId, claim: Uuid, settlement: Settlement) -> Result<bool, StoreError> {
        let held = Condition::all()
            .add(outbox::Column::Id.eq(id.uuid()))
            .add(outbox::Column::Claim.eq(claim))
            .add(outbox::Column::State.eq(State::Claimed.word()));
        let Some(row) = outbox::Entity::find().filter(held.clone()).one(&self.sql()).await? else {
            return Ok(false);
        };
        let (state, due_at, attempts) = settled(&row, settlement, self.now());
        let update = Query::update()
            .table(outbox::Entity)
            .value(outbox::Column::State, state.word())
            .value(outbox::Column::DueAt, time::bind(due_at))
            .value(outbox::Column::Attempts, attempts)
            .value(outbox::Column::Failure, failure(&row, settlement).map(Failure::word))
            .value(outbox::Column::SettledAt, time::bind(self.now()))
            .value(outbox::Column::Claim, Option::<Uuid>::None)
            .value(outbox::Column::ClaimedUntil, Option::<DateTimeUtc>::None)
            .cond_where(held)
            .take();
        self.sql().run(&update).await.map(|settled| settled == 1)
    }
}

/// Why it did not arrive, if it did not.
fn failure(row: &outbox::Model, settlement: Settlement) -> Option<Failure> {
    match settlement {
        Settlement::Sent | Settlement::Expired => None,
        Settlement::GivenBack => row.failure.as_deref().and_then(Failure::from_word),
        Settlement::Dead(failure) => Some(failure),
        Settlement::Unreachable { .. } => Some(Failure::Unreachable),
        Settlement::Retry { .. } if row.attempts >= MOST_ATTEMPTS => Some(Failure::Exhausted),
        Settlement::Retry { .. } => Some(Failure::NotTaken),
    }
}

/// State, due time and attempts after a settlement.
fn settled(row: &outbox::Model, settlement: Settlement, now: Timestamp) -> (State, Timestamp, i32) {
    let due = time::read(row.due_at);
    let later = |seconds: f64| domain_time::after(now, SignedDuration::from_secs_f64(seconds.min(LONGEST_PAUSE)));
    let untried = row.attempts - 1;
    match settlement {
        Settlement::Sent => (State::Sent, due, row.attempts),
        Settlement::Dead(_) => (State::Dead, due, row.attempts),
        Settlement::Expired => (State::Expired, due, row.attempts),
        Settlement::GivenBack => (State::Queued, now, untried),
        Settlement::Unreachable { jitter } => (State::Queued, later(FIRST_PAUSE * jitter), untried),
        Settlement::Retry { .. } if row.attempts >= MOST_ATTEMPTS => (State::Dead, due, row.attempts),
        Settlement::Retry { jitter } => {
            let pause = (FIRST_PAUSE * f64::from(2_u32.pow(untried.clamp(0, 16).unsigned_abs()))).min(LONGEST_PAUSE);
            (State::Queued, later(pause * jitter), row.attempts)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after_attempts(attempts: i32, settlement: Settlement) -> (State, i64, i32) {
        let now = Timestamp::UNIX_EPOCH;
        let row = outbox::Model {
            id: Uuid::nil(),
            kind: "reminder".to_owned(),
            person_id: Uuid::nil(),
            session_id: None,
            sequence: None,
            before_seconds: None,
            own: false,
            written_at: time::bind(now),
            due_at: time::bind(now),
            expires_at: None,
            state: State::Claimed.word().to_owned(),
            attempts,
            claim: None,
            claimed_until: None,
            uniqueness: None,
            was_starts_at: None,
            was_ends_at: None,
            about_kind: None,
            failure: None,
            settled_at: None,
            silence_id: None,
        };
        let (state, due, attempts) = settled(&row, settlement, now);
        (state, due.as_second(), attempts)
    }

    #[test]
    fn pauses_double_up_to_half_an_hour_and_end_after_twelve() {
        let pauses: Vec<_> = (1..12).map(|n| after_attempts(n, Settlement::Retry { jitter: 1.0 }).1).collect();
        assert_eq!(pauses, [30, 60, 120, 240, 480, 960, 1800, 1800, 1800, 1800, 1800]);
        assert_eq!(after_attempts(12, Settlement::Retry { jitter: 1.0 }).0, State::Dead);
        assert_eq!(after_attempts(1, Settlement::Retry { jitter: 0.8 }), (State::Queued, 24, 1));
        assert_eq!(after_attempts(11, Settlement::Retry { jitter: 1.2 }), (State::Queued, 1800, 11));
    }

    #[test]
    fn what_was_not_tried_is_not_counted() {
        assert_eq!(after_attempts(3, Settlement::Unreachable { jitter: 1.0 }), (State::Queued, 30, 2));
        assert_eq!(after_attempts(3, Settlement::GivenBack), (State::Queued, 0, 2));
    }
}
