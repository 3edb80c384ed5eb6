//! Letters that were claimed, with what is true of their matter now: everything that is asked before one is sent, in
//! one statement.
//!
//! Deliberately absent: whether it may still be sent.

use dipoli_domain::{
    Timestamp,
    attendee::Rsvp,
    id::{AttendeeId, LetterId, SessionId, WorkingGroupId},
    letter::{LetterKind, Times},
    person::Person,
    policy::Seat,
    reminder::Offset,
    session::SessionStatus,
    silence::Silence,
    time::Zone,
};
use sea_orm::{
    ColumnTrait, Condition, FromQueryResult, Iterable,
    prelude::DateTimeUtc,
    sea_query::{ExprTrait, JoinType, Order, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    Correspondent, Store, StoreError,
    entity::{attendee, correspondent, membership, outbox, person, session, silence_procedure},
    membership_row,
    outbox::State,
    time, trusted,
};

/// A letter in hand, with what is true of its matter now.
pub struct ClaimedLetter {
    /// Which.
    pub id: LetterId,
    /// Proof of the claim.
    pub claim: Uuid,
    /// Of what kind.
    pub kind: LetterKind,
    /// To whom.
    pub recipient: Person,
    /// The session's sequence that it tells of.
    pub sequence: Option<i32>,
    /// For reminders: how long before the start.
    pub before: Option<Offset>,
    /// For seats: whether it is the recipient's.
    pub own: bool,
    /// When it was written.
    pub written_at: Timestamp,
    /// When the session was to be, as far as the recipient was told.
    pub was: Option<Times>,
    /// For what is about letters of a kind: which.
    pub about: Option<LetterKind>,
    /// What the recipient has chosen, and how it stands with their address.
    pub correspondent: Correspondent,
    /// The session that it is about, as it is now.
    pub meeting: Option<Meeting>,
    /// The silence procedure that it is about, as it is now, and the recipient's seat at its table.
    pub call: Option<(Silence, Option<Seat>)>,
    /// Raised to end every link that the recipient was given.
    pub links_generation: i32,
}

/// A session as far as letters are concerned, and the recipient's part in it.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// Which.
    pub session: SessionId,
    /// Of which group.
    pub group: WorkingGroupId,
    /// Where it stands.
    pub status: SessionStatus,
    /// Whether the members were ever told of it.
    pub published: bool,
    /// When it starts.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// Its own zone.
    pub zone: Zone,
    /// Its current sequence.
    pub sequence: i32,
    /// The recipient's seat in its group, if they have one in effect.
    pub seat: Option<Seat>,
    /// The recipient's answer, if they are asked for one.
    pub answer: Option<Answer>,
    /// What it says of itself, where that was asked for.
    pub words: Option<MeetingWords>,
}

/// The recipient's answer to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Which.
    pub id: AttendeeId,
    /// What it is.
    pub response: Rsvp,
    /// Its iCalendar UID.
    pub calendar_uid: Uuid,
}

/// What a session says of itself that may stand in a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingWords {
    /// Its title.
    pub title: String,
    /// Where it meets.
    pub venue: Option<String>,
    /// Why it was cancelled.
    pub cancel_reason: Option<String>,
}

#[derive(FromQueryResult)]
pub(crate) struct Row {
    #[sea_orm(nested)]
    letter: LetterRow,
    #[sea_orm(nested)]
    recipient: person::Model,
    #[sea_orm(nested(prefix = "correspondent_"))]
    correspondent: Option<correspondent::Model>,
    #[sea_orm(nested)]
    meeting: MeetingRow,
    #[sea_orm(nested(prefix = "silence_"))]
    silence: Option<silence_procedure::Model>,
}

#[derive(FromQueryResult)]
struct LetterRow {
    letter_id: Uuid,
    letter_kind: String,
    letter_sequence: Option<i32>,
    letter_before: Option<i64>,
    letter_own: bool,
    letter_written_at: DateTimeUtc,
    letter_was_starts_at: Option<DateTimeUtc>,
    letter_was_ends_at: Option<DateTimeUtc>,
    letter_about: Option<String>,
    letter_expires_at: Option<DateTimeUtc>,
    letter_attempts: i32,
}

#[derive(FromQueryResult)]
struct MeetingRow {
    #[sea_orm(nested(prefix = "session_"))]
    session: Option<session::Model>,
    #[sea_orm(nested(prefix = "seat_"))]
    seat: Option<membership::Model>,
    #[sea_orm(nested(prefix = "answer_"))]
    answer: Option<attendee::Model>,
}

impl Row {
    pub fn id(&self) -> LetterId {
        LetterId::from_uuid(self.letter.letter_id)
    }

    /// Whether it would come too late.
    pub fn is_out_of_date(&self, now: Timestamp) -> bool {
        self.letter.letter_expires_at.is_some_and(|expires| time::read(expires) <= now)
    }

    /// How often it was claimed, this time among them.
    pub const fn attempts(&self) -> i32 {
        self.letter.letter_attempts
    }
}

impl Store {
    /// The letter of a row, without its session where that went with its group; `None` where its recipient does not open.
    pub(crate) async fn letter_in_hand(
        &self,
        claim: Uuid,
        row: Row,
        with_words: bool,
    ) -> Result<Option<ClaimedLetter>, StoreError> {
        let Some(recipient) = self.person_of(&row.recipient).await? else {
            return Ok(None);
        };
        let letter = row.letter;
        let ring = self.keys().ring();
        let call = self.call(row.silence, row.meeting.seat.as_ref())?.filter(|(it, _)| !ring.is_destroyed(it.group));
        let before = letter.letter_before.and_then(|seconds| u32::try_from(seconds).ok()).and_then(Offset::from_stored);
        let was = letter.letter_was_starts_at.zip(letter.letter_was_ends_at);
        Ok(Some(ClaimedLetter {
            id: LetterId::from_uuid(letter.letter_id),
            claim,
            kind: LetterKind::from_word(&letter.letter_kind).ok_or(StoreError::Integrity)?,
            recipient,
            sequence: letter.letter_sequence,
            before,
            own: letter.letter_own,
            written_at: time::read(letter.letter_written_at),
            was: was.map(|(starts, ends)| Times { starts_at: time::read(starts), ends_at: time::read(ends) }),
            about: letter.letter_about.as_deref().and_then(LetterKind::from_word),
            links_generation: row.recipient.links_generation,
            call,
            correspondent: self.correspondent_of(row.correspondent).await?,
            meeting: self.meeting(row.meeting, with_words).await?.filter(|meeting| !ring.is_destroyed(meeting.group)),
        }))
    }

    /// The procedure as it is now, with the recipient's seat.
    fn call(
        &self,
        silence: Option<silence_procedure::Model>,
        seat: Option<&membership::Model>,
    ) -> Result<Option<(Silence, Option<Seat>)>, StoreError> {
        let Some(silence) = silence.and_then(|row| self.silence_of(&row)) else { return Ok(None) };
        let seat = seat.filter(|seat| self.is_genuine(*seat));
        Ok(Some((silence, seat.map(membership_row::policy_seat).transpose()?)))
    }

    /// The session as it is now; `None` where its row is not what was stored. A seat whose row is not is no seat.
    async fn meeting(&self, row: MeetingRow, with_words: bool) -> Result<Option<Meeting>, StoreError> {
        let Some(session) = row.session.and_then(|session| self.genuine(session)) else {
            return Ok(None);
        };
        let seat = row.seat.and_then(|seat| self.genuine(seat));
        let words = if with_words { self.opened_session(session.clone()).await? } else { None };
        let answer = row.answer.and_then(|answer| {
            Some(Answer {
                id: AttendeeId::from_uuid(answer.id),
                response: Rsvp::from_word(&answer.response)?,
                calendar_uid: answer.calendar_uid,
            })
        });
        Ok(Some(Meeting {
            session: SessionId::from_uuid(session.id),
            group: WorkingGroupId::from_uuid(session.group_id),
            status: SessionStatus::from_word(&session.status).ok_or(StoreError::Integrity)?,
            published: session.published,
            starts_at: time::read(session.starts_at),
            ends_at: time::read(session.ends_at),
            zone: Zone::stored(&session.time_zone).unwrap_or_else(Zone::utc),
            sequence: session.sequence,
            seat: seat.as_ref().map(membership_row::policy_seat).transpose()?,
            answer,
            words: words.map(|session| MeetingWords {
                title: session.title,
                venue: session.venue,
                cancel_reason: session.cancel_reason,
            }),
        }))
    }
}

/// The letters of a claim with everything that is asked before they are sent.
pub(crate) fn select(claim: Uuid) -> SelectStatement {
    let mut select = Query::select();
    select
        .expr_as(outbox::Column::Id.into_expr(), "letter_id")
        .expr_as(outbox::Column::Kind.into_expr(), "letter_kind")
        .expr_as(outbox::Column::Sequence.into_expr(), "letter_sequence")
        .expr_as(outbox::Column::BeforeSeconds.into_expr(), "letter_before")
        .expr_as(outbox::Column::Own.into_expr(), "letter_own")
        .expr_as(outbox::Column::WrittenAt.into_expr(), "letter_written_at")
        .expr_as(outbox::Column::WasStartsAt.into_expr(), "letter_was_starts_at")
        .expr_as(outbox::Column::WasEndsAt.into_expr(), "letter_was_ends_at")
        .expr_as(outbox::Column::AboutKind.into_expr(), "letter_about")
        .expr_as(outbox::Column::ExpiresAt.into_expr(), "letter_expires_at")
        .expr_as(outbox::Column::Attempts.into_expr(), "letter_attempts")
        .columns(person::Column::iter().map(|column| column.as_column_ref()));
    trusted::whole_row(&mut select, session::Entity, "session_");
    trusted::whole_row(&mut select, membership::Entity, "seat_");
    trusted::whole_row(&mut select, attendee::Entity, "answer_");
    trusted::whole_row(&mut select, correspondent::Entity, "correspondent_");
    trusted::whole_row(&mut select, silence_procedure::Entity, "silence_");
    let group = membership::Column::GroupId;
    let at_the_table = Condition::any()
        .add(group.into_expr().equals(session::Column::GroupId.as_column_ref()))
        .add(group.into_expr().equals(silence_procedure::Column::GroupId.as_column_ref()));
    let seat_in_effect = Condition::all()
        .add(at_the_table)
        .add(membership::Column::PersonId.into_expr().equals(person::Column::Id.as_column_ref()))
        .add(membership::Column::SeatedAt.is_not_null())
        .add(membership::Column::LeftOn.is_null());
    let answer = Condition::all()
        .add(attendee::Column::SessionId.into_expr().equals(session::Column::Id.as_column_ref()))
        .add(attendee::Column::MembershipId.into_expr().equals(membership::Column::Id.as_column_ref()));
    let recipient = outbox::Column::PersonId.into_expr().equals(person::Column::Id.as_column_ref());
    let chosen = correspondent::Column::PersonId.into_expr().equals(person::Column::Id.as_column_ref());
    let about = outbox::Column::SessionId.into_expr().equals(session::Column::Id.as_column_ref());
    let about_silence = outbox::Column::SilenceId.into_expr().equals(silence_procedure::Column::Id.as_column_ref());
    select
        .from(outbox::Entity)
        .join(JoinType::InnerJoin, person::Entity, recipient)
        .join(JoinType::LeftJoin, correspondent::Entity, chosen)
        .join(JoinType::LeftJoin, session::Entity, about)
        .join(JoinType::LeftJoin, silence_procedure::Entity, about_silence)
        .join(JoinType::LeftJoin, membership::Entity, seat_in_effect)
        .join(JoinType::LeftJoin, attendee::Entity, answer)
        .and_where(outbox::Column::Claim.eq(claim))
        .and_where(outbox::Column::State.eq(State::Claimed.word()))
        .order_by(outbox::Column::DueAt.as_column_ref(), Order::Asc)
        .take()
}
