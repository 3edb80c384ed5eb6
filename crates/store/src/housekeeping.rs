//! Forgetting what has run out. Nothing that anyone can still use goes, and nothing that is asked for by the audit log.

use dipoli_domain::{Timestamp, note::Visibility, time as domain_time};
use jiff::SignedDuration;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};

use crate::{
    Store, StoreError, Tx,
    entity::{
        address_change, attempt, idempotency, note, one_time_token, outbox, personal_access_token, receipt, sign_in,
        spent_refresh_token,
    },
    outbox::State,
    time,
};

/// How long a letter that was sent, or never will be, is remembered: so long it is not queued a second time.
const LETTERS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Tx {
    /// Deletes idempotency records, tokens, sign-ins and letters that have run out.
    pub async fn housekeep(&self) -> Result<(), StoreError> {
        let (sql, now) = (self.sql(), time::bind(self.now()));
        let today = time::bind_day(domain_time::day(self.now()));
        let expired = idempotency::Column::ExpiresAt.lte(now);
        idempotency::Entity::delete_many().filter(expired).exec(&sql).await?;
        let expired = one_time_token::Column::ExpiresAt.lte(now);
        one_time_token::Entity::delete_many().filter(expired).exec(&sql).await?;
        attempt::Entity::delete_many().filter(attempt::Column::Day.lt(today)).exec(&sql).await?;
        let expired = spent_refresh_token::Column::ExpiresOn.lt(today);
        spent_refresh_token::Entity::delete_many().filter(expired).exec(&sql).await?;
        let over = Condition::any().add(sign_in::Column::Ended.eq(true)).add(sign_in::Column::ExpiresOn.lt(today));
        sign_in::Entity::delete_many().filter(over).exec(&sql).await?;
        let expired = personal_access_token::Column::ExpiresOn.lt(today);
        personal_access_token::Entity::delete_many().filter(expired).exec(&sql).await?;
        let expired = address_change::Column::ExpiresAt.lte(now);
        address_change::Entity::delete_many().filter(expired).exec(&sql).await?;
        outbox::Entity::delete_many().filter(finished(self.now())).exec(&sql).await?;
        Ok(())
    }

    /// Deletes what goes at the day's end: receipts of days gone by, and PRIVATE notes that were given up, all of the day
    /// together, so that none is joined to what was posted instead (requirements N-04).
    pub async fn end_day(&self) -> Result<(), StoreError> {
        let today = time::bind_day(domain_time::day(self.now()));
        receipt::Entity::delete_many().filter(receipt::Column::PostedOn.lt(today)).exec(&self.sql()).await?;
        note::Entity::delete_many().filter(given_up()).exec(&self.sql()).await?;
        Ok(())
    }
}

impl Store {
    /// Whether there is something that goes at a day's end.
    pub async fn goes_at_midnight(&self) -> Result<bool, StoreError> {
        let reads = self.reads();
        Ok(receipt::Entity::find().limit(1).one(&reads).await?.is_some()
            || note::Entity::find().filter(given_up()).limit(1).one(&reads).await?.is_some())
    }
}

fn given_up() -> Condition {
    let private = note::Column::Visibility.eq(Visibility::Private.word());
    Condition::all().add(private).add(note::Column::Withdrawn.eq(true))
}

fn finished(now: Timestamp) -> Condition {
    let long_ago = time::bind(domain_time::before(now, LETTERS_KEPT));
    let states = [State::Sent, State::Dead, State::Expired].map(State::word);
    Condition::all().add(outbox::Column::State.is_in(states)).add(outbox::Column::DueAt.lt(long_ago))
}
