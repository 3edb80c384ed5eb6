//! Letters that wait: written in the transaction of their cause, unique, and taken back when the cause has gone.
//!
//! A row says what kind of letter goes to whom and about which session; its text is made when it is sent. Deliberately
//! absent: tokens, names, addresses. Claiming and settling are in `delivery.rs`.

use dipoli_domain::{
    Timestamp,
    id::{LetterId, PersonId, SessionId, SilenceProcedureId, WorkingGroupId},
    letter::{LetterKind, Times},
    reminder::Offset,
    time as domain_time,
};
use jiff::SignedDuration;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryTrait,
    sea_query::{ExprTrait, OnConflict, Query},
};

use crate::{
    StoreError, Tx,
    entity::{outbox, session},
    time,
};

/// Rows of one INSERT at most: SQLite takes 32,766 values in a statement.
const AT_ONCE: usize = 500;

/// Where a letter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Queued,
    Claimed,
    Sent,
    Dead,
    Expired,
}

impl State {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Claimed => "claimed",
            Self::Sent => "sent",
            Self::Dead => "dead",
            Self::Expired => "expired",
        }
    }
}

/// A letter to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// Of what kind.
    pub kind: LetterKind,
    /// To whom.
    pub person: PersonId,
    /// About which session, if about one.
    pub session: Option<SessionId>,
    /// The session's sequence that it tells of; at another it is not sent.
    pub sequence: Option<i32>,
    /// About which silence procedure, if about one.
    pub silence: Option<SilenceProcedureId>,
    /// For reminders: how long before the start.
    pub before: Option<Offset>,
    /// For seats: whether it is the recipient's.
    pub own: bool,
    /// When it is to leave.
    pub due: Timestamp,
    /// From when on it would come too late.
    pub expires: Option<Timestamp>,
    /// For a session that was moved: when it was to be, as far as the recipient was told.
    pub was: Option<Times>,
    /// For what is about letters of a kind: which.
    pub about: Option<LetterKind>,
}

/// News of a session that its recipient has not been sent yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// Of what kind.
    pub kind: LetterKind,
    /// To whom.
    pub person: PersonId,
    /// When it was to leave.
    pub due: Timestamp,
    /// When the session was to be, as far as they were told.
    pub was: Option<Times>,
}

impl Tx {
    /// Queues a letter. The same letter about the same state of a session is queued once.
    pub async fn queue(&self, letter: &Queued) -> Result<(), StoreError> {
        self.queue_all(std::slice::from_ref(letter)).await
    }

    /// Queues letters; see [`Tx::queue`]. One that was taken back waits anew.
    pub async fn queue_all(&self, letters: &[Queued]) -> Result<(), StoreError> {
        for some in letters.chunks(AT_ONCE) {
            let rows = some.iter().map(|letter| self.row(letter).into_active_model().reset_all());
            let mut insert = outbox::Entity::insert_many(rows).into_query();
            let again = OnConflict::column(outbox::Column::Uniqueness)
                .update_columns([
                    outbox::Column::DueAt,
                    outbox::Column::ExpiresAt,
                    outbox::Column::Sequence,
                    outbox::Column::WasStartsAt,
                    outbox::Column::WasEndsAt,
                ])
                .value(outbox::Column::State, State::Queued.word())
                .value(outbox::Column::Attempts, 0)
                .action_and_where(outbox::Column::State.eq(State::Expired.word()))
                .to_owned();
            self.sql().run(insert.on_conflict(again)).await?;
        }
        Ok(())
    }

    fn row(&self, letter: &Queued) -> outbox::Model {
        outbox::Model {
            id: LetterId::random().uuid(),
            kind: letter.kind.word().to_owned(),
            person_id: letter.person.uuid(),
            session_id: letter.session.map(|session| session.uuid()),
            sequence: letter.sequence,
            before_seconds: letter.before.map(|before| before.stored().into()),
            own: letter.own,
            written_at: time::bind(self.now()),
            due_at: time::bind(letter.due),
            expires_at: letter.expires.map(time::bind),
            state: State::Queued.word().to_owned(),
            attempts: 0,
            claim: None,
            claimed_until: None,
            uniqueness: self.uniqueness(letter),
            silence_id: letter.silence.map(|silence| silence.uuid()),
            was_starts_at: letter.was.map(|was| time::bind(was.starts_at)),
            was_ends_at: letter.was.map(|was| time::bind(was.ends_at)),
            about_kind: letter.about.map(|kind| kind.word().to_owned()),
            failure: None,
            settled_at: None,
        }
    }

    /// Letters about a session are unique by kind, session, person, sequence and offset (requirements M-01). Whoever has
    /// not answered is asked once, however often the session is moved. Those about a silence procedure alike.
    fn uniqueness(&self, letter: &Queued) -> Option<Vec<u8>> {
        let session = letter.session.map(SessionId::uuid).or(letter.silence.map(SilenceProcedureId::uuid))?;
        let person = letter.person.uuid();
        let once = letter.kind == LetterKind::AnswerMissing;
        let sequence = letter.sequence.filter(|_| !once).unwrap_or_default().to_be_bytes();
        let before = letter.before.map_or(u32::MAX, Offset::stored).to_be_bytes();
        let parts: [&[u8]; 5] =
            [letter.kind.word().as_bytes(), session.as_bytes(), person.as_bytes(), &sequence, &before];
        Some(self.store().mac("outbox.uniqueness", &parts).to_vec())
    }

    /// Takes back what is queued about a silence procedure.
    pub async fn expire_letters_about_silence(&self, silence: SilenceProcedureId) -> Result<(), StoreError> {
        self.expire(Condition::all().add(outbox::Column::SilenceId.eq(silence.uuid()))).await
    }

    /// Takes back what is queued about a session.
    pub async fn expire_letters_about(&self, session: SessionId) -> Result<(), StoreError> {
        self.expire(Condition::all().add(outbox::Column::SessionId.eq(session.uuid()))).await
    }

    /// What was to be told of a session and has not left yet: that it is scheduled or moved.
    pub async fn unsent_news_of(&self, session: SessionId) -> Result<Vec<Unsent>, StoreError> {
        let news = [LetterKind::SessionScheduled, LetterKind::SessionsScheduled, LetterKind::SessionMoved]
            .map(LetterKind::word);
        let rows = outbox::Entity::find()
            .filter(outbox::Column::SessionId.eq(session.uuid()))
            .filter(outbox::Column::Kind.is_in(news))
            .filter(outbox::Column::State.eq(State::Queued.word()))
            .all(&self.sql())
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Unsent {
                    kind: LetterKind::from_word(&row.kind).ok_or(StoreError::Integrity)?,
                    person: PersonId::from_uuid(row.person_id),
                    due: time::read(row.due_at),
                    was: was(&row),
                })
            })
            .collect()
    }

    /// Takes back the reminders of a session that are queued to a person, and the question for their answer.
    pub async fn expire_reminders(&self, session: SessionId, person: PersonId) -> Result<(), StoreError> {
        let planned = [LetterKind::Reminder, LetterKind::AnswerMissing].map(LetterKind::word);
        let which = Condition::all()
            .add(outbox::Column::SessionId.eq(session.uuid()))
            .add(outbox::Column::PersonId.eq(person.uuid()))
            .add(outbox::Column::Kind.is_in(planned));
        self.expire(which).await
    }

    /// Takes back what is queued to a person about sessions of a group.
    pub async fn expire_session_letters_to(&self, person: PersonId, group: WorkingGroupId) -> Result<(), StoreError> {
        let of_group = Query::select()
            .column(session::Column::Id.as_column_ref())
            .from(session::Entity)
            .and_where(session::Column::GroupId.eq(group.uuid()))
            .take();
        let which = Condition::all()
            .add(outbox::Column::PersonId.eq(person.uuid()))
            .add(outbox::Column::SessionId.into_expr().in_subquery(of_group));
        self.expire(which).await
    }

    async fn expire(&self, which: Condition) -> Result<(), StoreError> {
        let update = Query::update()
            .table(outbox::Entity)
            .value(outbox::Column::State, State::Expired.word())
            .cond_where(which)
            .and_where(outbox::Column::State.eq(State::Queued.word()))
            .take();
        self.sql().run(&update).await.map(drop)
    }

    /// How many letters of a kind were written to a person within the last hour (requirements A-13).
    pub async fn letters_last_hour(&self, person: PersonId, kind: LetterKind) -> Result<u32, StoreError> {
        let since = domain_time::before(self.now(), SignedDuration::from_hours(1));
        let count = Query::select()
            .expr(outbox::Column::Id.into_expr().count())
            .from(outbox::Entity)
            .and_where(outbox::Column::PersonId.eq(person.uuid()))
            .and_where(outbox::Column::Kind.eq(kind.word()))
            .and_where(outbox::Column::WrittenAt.gt(time::bind(since)))
            .take();
        self.sql().number(&count).await.map(|letters| u32::try_from(letters).unwrap_or(u32::MAX))
    }
}

/// When the session of a row was to be before.
pub(crate) fn was(row: &outbox::Model) -> Option<Times> {
    let (starts_at, ends_at) = row.was_starts_at.zip(row.was_ends_at)?;
    Some(Times { starts_at: time::read(starts_at), ends_at: time::read(ends_at) })
}
