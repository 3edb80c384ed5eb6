//! How delivery goes, for those who organize and administer: counts by session and kind, of digests by day alone; and
//! queueing again what was given up.
//!
//! Deliberately absent: recipients, what a server said, and letters that tell what became of a text, whose number would be
//! a tally. Digests are counted by the day on which they were written,
//! for the whole track together, and not by the time at which they left (requirements N-05).

use std::collections::BTreeMap;

use dipoli_domain::{
    Timestamp,
    delivery::{Delivery, Failure},
    id::{PersonId, SessionId, WorkingGroupId},
    letter::LetterKind,
    membership::Role,
    policy::scope::Groups,
    time as domain_time,
};
use jiff::civil;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter,
    prelude::DateTimeUtc,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    Store, StoreError, Tx,
    entity::{correspondent, membership, outbox, session},
    outbox::State,
    scope, time,
};

/// Letters of one kind, session and state.
#[derive(FromQueryResult)]
struct Row {
    session_id: Option<Uuid>,
    kind: String,
    state: String,
    failure: Option<String>,
    written_at: DateTimeUtc,
    letters: i64,
    settled_at: Option<DateTimeUtc>,
}

type Key = (Option<SessionId>, LetterKind, Option<civil::Date>);

impl Store {
    /// How letters go about sessions of these groups, or about one of them; for all groups also the rest. What was taken
    /// back is not counted, and neither is what was settled long ago.
    pub async fn deliveries(&self, scope: &Groups, of: Option<SessionId>) -> Result<Vec<Delivery>, StoreError> {
        let mut deliveries: BTreeMap<Key, Delivery> = BTreeMap::new();
        for digests in [false, true] {
            let mut select = counts(digests);
            select.cond_where(self.delivered(scope));
            if let Some(session) = of {
                select.and_where(outbox::Column::SessionId.eq(session.uuid()));
            }
            for row in self.reads().rows::<Row>(&select).await? {
                let kind = LetterKind::from_word(&row.kind).ok_or(StoreError::Integrity)?;
                let session = row.session_id.map(SessionId::from_uuid);
                let day = digests.then(|| domain_time::day(time::read(row.written_at)));
                let key: Key = (session, kind, day);
                count(deliveries.entry(key).or_insert_with(|| nothing_yet(key)), &row);
            }
        }
        Ok(deliveries.into_values().collect())
    }

    /// The group of a session about which there are letters, among these groups.
    pub async fn group_with_letters(
        &self,
        scope: &Groups,
        session: SessionId,
    ) -> Result<Option<WorkingGroupId>, StoreError> {
        let row = session::Entity::find_by_id(session.uuid())
            .filter(scope::groups(self, scope, session::Column::GroupId.into_expr()))
            .filter(session::Column::Id.into_expr().in_subquery(told_of()))
            .one(&self.reads())
            .await?;
        Ok(row.and_then(|row| self.genuine(row)).map(|row| WorkingGroupId::from_uuid(row.group_id)))
    }

    fn delivered(&self, scope: &Groups) -> Condition {
        let of_groups = Query::select()
            .column(session::Column::Id.as_column_ref())
            .from(session::Entity)
            .cond_where(scope::groups(self, scope, session::Column::GroupId.into_expr()))
            .take();
        let about_sessions = outbox::Column::SessionId.into_expr().in_subquery(of_groups);
        match scope {
            Groups::All => Condition::any().add(about_sessions).add(outbox::Column::SessionId.is_null()),
            Groups::Only(_) => Condition::all().add(about_sessions),
        }
    }
}

/// Letters by session, kind, state and failure; digests also by when they were written, which is once a day.
fn counts(digests: bool) -> SelectStatement {
    let mut columns =
        vec![outbox::Column::SessionId, outbox::Column::Kind, outbox::Column::State, outbox::Column::Failure];
    let digest = LetterKind::NotesDigest.word();
    let decisions = LetterKind::ALL.iter().filter(|kind| kind.tells_of_decisions()).map(|kind| kind.word());
    let mut select = Query::select();
    if digests {
        columns.push(outbox::Column::WrittenAt);
        select.and_where(outbox::Column::Kind.eq(digest));
    } else {
        select.and_where(outbox::Column::Kind.ne(digest));
    }
    select
        .columns(
            [outbox::Column::SessionId, outbox::Column::Kind, outbox::Column::State, outbox::Column::Failure]
                .map(|column| column.as_column_ref()),
        )
        .expr_as(outbox::Column::WrittenAt.into_expr().min(), "written_at")
        .expr_as(outbox::Column::Id.into_expr().count(), "letters")
        .expr_as(outbox::Column::SettledAt.into_expr().max(), "settled_at")
        .from(outbox::Entity)
        .and_where(outbox::Column::State.ne(State::Expired.word()))
        .and_where(outbox::Column::Kind.is_not_in(decisions))
        .group_by_columns(columns.iter().map(|column| column.as_column_ref()))
        .take()
}

/// Whether no later letter of the same kind was written to the same person. Of two of one instant, the greater id is later.
fn is_latest() -> Expr {
    let later = Alias::new("later");
    let of_later = |column: outbox::Column| Expr::col((later.clone(), column));
    let is_later = of_later(outbox::Column::WrittenAt).gt(outbox::Column::WrittenAt.into_expr()).or(of_later(
        outbox::Column::WrittenAt,
    )
    .eq(outbox::Column::WrittenAt.into_expr())
    .and(of_later(outbox::Column::Id).gt(outbox::Column::Id.into_expr())));
    let found = Query::select()
        .expr(Expr::val(1))
        .from_as(outbox::Entity, later.clone())
        .and_where(of_later(outbox::Column::PersonId).equals(outbox::Column::PersonId.as_column_ref()))
        .and_where(of_later(outbox::Column::Kind).equals(outbox::Column::Kind.as_column_ref()))
        .and_where(is_later)
        .take();
    Expr::exists(found).not()
}

/// Sessions about which there are letters.
fn told_of() -> SelectStatement {
    Query::select()
        .column(outbox::Column::SessionId.as_column_ref())
        .from(outbox::Entity)
        .and_where(outbox::Column::SessionId.is_not_null())
        .take()
}

fn nothing_yet((session, kind, day): Key) -> Delivery {
    Delivery { session, kind, day, queued: 0, sent: 0, failed: 0, failures: Vec::new(), last_sent_at: None }
}

fn count(delivery: &mut Delivery, row: &Row) {
    let counted = if row.state == State::Sent.word() {
        let settled = row.settled_at.map(time::read).filter(|_| delivery.day.is_none());
        delivery.last_sent_at = latest(delivery.last_sent_at, settled);
        &mut delivery.sent
    } else if row.state == State::Dead.word() {
        &mut delivery.failed
    } else {
        &mut delivery.queued
    };
    *counted += row.letters;
    if let Some(failure) = row.failure.as_deref().and_then(Failure::from_word) {
        match delivery.failures.iter_mut().find(|(of, _)| *of == failure) {
            Some((_, letters)) => *letters += row.letters,
            None => delivery.failures.push((failure, row.letters)),
        }
        delivery.failures.sort_unstable_by_key(|(of, _)| *of);
    }
}

fn latest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.max(other)
}

impl Tx {
    /// Queues again what was given up of a kind and can still be told: about a session, or about none; of invitations, each of
    /// which would get a code of its own, the latest to each person. Their recipients' addresses are tried anew. Gives how many
    /// letters that were.
    pub async fn requeue(&self, session: Option<SessionId>, kind: LetterKind) -> Result<u64, StoreError> {
        let not_late = Condition::any()
            .add(outbox::Column::ExpiresAt.is_null())
            .add(outbox::Column::ExpiresAt.gt(time::bind(self.now())));
        let about = match session {
            Some(session) => outbox::Column::SessionId.eq(session.uuid()),
            None => outbox::Column::SessionId.is_null(),
        };
        let given_up = Condition::all()
            .add(about)
            .add(outbox::Column::Kind.eq(kind.word()))
            .add(outbox::Column::State.eq(State::Dead.word()))
            .add(not_late);
        let given_up = if kind == LetterKind::Invitation { given_up.add(is_latest()) } else { given_up };
        let recipients = Query::select()
            .column(outbox::Column::PersonId.as_column_ref())
            .from(outbox::Entity)
            .cond_where(given_up.clone())
            .take();
        let try_anew = Query::update()
            .table(correspondent::Entity)
            .value(correspondent::Column::Refusals, 0)
            .and_where(correspondent::Column::PersonId.into_expr().in_subquery(recipients))
            .take();
        self.sql().run(&try_anew).await?;
        let requeue = Query::update()
            .table(outbox::Entity)
            .value(outbox::Column::State, State::Queued.word())
            .value(outbox::Column::DueAt, time::bind(self.now()))
            .value(outbox::Column::Attempts, 0)
            .value(outbox::Column::Failure, Option::<String>::None)
            .cond_where(given_up)
            .take();
        self.sql().run(&requeue).await
    }

    /// Organizers of the groups in which somebody has a seat, or will have one, beside themself.
    pub async fn organizers_around(&self, person: PersonId) -> Result<Vec<PersonId>, StoreError> {
        let groups = Query::select()
            .column(membership::Column::GroupId.as_column_ref())
            .from(membership::Entity)
            .and_where(membership::Column::PersonId.eq(person.uuid()))
            .and_where(membership::Column::LeftOn.is_null())
            .take();
        let rows = membership::Entity::find()
            .filter(membership::Column::Role.eq(Role::Organizer.word()))
            .filter(membership::Column::PersonId.ne(person.uuid()))
            .filter(membership::Column::SeatedAt.is_not_null())
            .filter(membership::Column::LeftOn.is_null())
            .filter(membership::Column::GroupId.into_expr().in_subquery(groups))
            .all(&self.sql())
            .await?;
        let genuine = rows.into_iter().filter_map(|row| self.store().genuine(row));
        let mut organizers: Vec<_> = genuine.map(|row| PersonId::from_uuid(row.person_id)).collect();
        organizers.sort_unstable();
        organizers.dedup();
        Ok(organizers)
    }
}
