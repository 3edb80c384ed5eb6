//! What one chooses about the letters and the calendar that one gets, and when members are reminded.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use dipoli_app as app;
use dipoli_domain::{correspondence::Choices, reminder::Rule};

use crate::{
    context::{Payload, act, cx},
    node::OfRow,
    nullable::{Nullable, answer},
    reader::Reader,
    session::Session,
};

/// What a letter is about.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::letter::LetterKind")]
pub(crate) enum LetterKind {
    /// An invitation to the track.
    Invitation,
    /// A password reset.
    PasswordReset,
    /// That the password was changed.
    PasswordChanged,
    /// That a sign-in succeeded after failures.
    SignInAfterFailures,
    /// That the second factor was changed.
    SecondFactorChanged,
    /// That the removal of a second factor has begun.
    RecoveryStarted,
    /// That a personal access token was made.
    TokenMade,
    /// That a personal access token runs out.
    TokenExpiring,
    /// A code to confirm a change of address.
    AddressToConfirm,
    /// That the address was changed.
    AddressChanged,
    /// That the phrase of letters, or the switch for password resets by mail, was changed.
    ProtectionChanged,
    /// That who administers the track has changed.
    AdministrationChanged,
    /// That a text was put to the group by silence.
    SilenceOpened,
    /// That a silence procedure is about to end.
    SilenceEnding,
    /// That the deadline of a silence procedure was moved.
    SilenceMoved,
    /// That silence was broken.
    SilenceBroken,
    /// That a text was adopted by silence.
    SilenceAdopted,
    /// That a silence procedure was withdrawn.
    SilenceWithdrawn,
    /// That the record of a session was circulated.
    RecordCirculated,
    /// That the record of a session was issued, by silence.
    RecordIssued,
    /// That an item was adopted by the chair's word.
    ItemAdopted,
    /// That a participant objected to an adoption by the chair's word.
    ItemObjected,
    /// That a seat was given.
    SeatGiven,
    /// That a seat was changed.
    SeatChanged,
    /// That a seat was taken away.
    SeatTaken,
    /// That a delegation suspended its participation.
    ParticipationSuspended,
    /// That a delegation takes part again.
    ParticipationResumed,
    /// That a session is scheduled.
    SessionScheduled,
    /// That several sessions are scheduled, one after the other.
    SessionsScheduled,
    /// That a date is being sought for a session.
    DateSought,
    /// That a session was moved or changed.
    SessionMoved,
    /// That a session was cancelled.
    SessionCancelled,
    /// That a session is near.
    Reminder,
    /// That one has not answered an invitation to a session.
    AnswerMissing,
    /// That there is something new to read; once a day, to all readers alike.
    NotesDigest,
    /// That letters of a kind will not come any more.
    Unsubscribed,
    /// That letters to somebody in a group do not arrive any more.
    AddressStopped,
}

/// Whether one gets letters of a kind.
#[derive(SimpleObject)]
pub(crate) struct LetterChoice {
    /// The kind.
    kind: LetterKind,
    /// Whether they come to everyone whom they concern, and cannot be turned off.
    necessary: bool,
    /// Whether one gets them.
    wanted: bool,
}

/// What a session is called in one's calendar.
#[derive(SimpleObject)]
pub(crate) struct SessionLabel {
    /// Which session.
    session_id: ID,
    /// Its name in one's calendar.
    label: String,
}

/// What one has chosen about one's letters and calendar.
pub(crate) struct Correspondence(pub(crate) Choices);

/// What one has chosen about one's letters and calendar.
#[Object]
impl Correspondence {
    /// Every kind of letters, and whether one gets them.
    async fn letters(&self) -> Vec<LetterChoice> {
        let choice = |kind: &dipoli_domain::letter::LetterKind| LetterChoice {
            kind: (*kind).into(),
            necessary: kind.is_necessary(),
            wanted: self.0.wants(*kind),
        };
        dipoli_domain::letter::LetterKind::ALL.iter().map(choice).collect()
    }

    /// Whether letters about sessions come with a calendar entry.
    async fn attaches_calendar_entries(&self) -> bool {
        !self.0.without_entries
    }

    /// What sessions are called in one's calendar; null for "Session" in one's language.
    async fn calendar_label(&self) -> Option<&str> {
        self.0.label.as_deref()
    }

    /// Sessions that are called otherwise in one's calendar.
    async fn calendar_labels(&self) -> Vec<SessionLabel> {
        let label = |(session, label): (&dipoli_domain::id::SessionId, &String)| SessionLabel {
            session_id: session.to_string().into(),
            label: label.clone(),
        };
        self.0.labels.iter().map(label).collect()
    }

    /// How long before a session one is reminded (7d, 24h, 30m, or day-before: 09:00 by one's own clocks); empty for never,
    /// null for as the session or the track says.
    async fn reminders(&self) -> Option<Vec<String>> {
        self.0.reminders.as_ref().map(Rule::texts)
    }
}

/// What one has chosen, as it is now.
pub(crate) struct CorrespondencePayload(Choices);

/// What one has chosen, as it is now.
#[Object]
impl CorrespondencePayload {
    /// What one has chosen.
    async fn correspondence(&self) -> Correspondence {
        Correspondence(self.0.clone())
    }
}

impl Payload<Choices> for CorrespondencePayload {
    fn of(_: &Arc<Reader>, row: Choices) -> Self {
        Self(row)
    }
}

/// Another address of one's calendar feed.
pub(crate) struct RenewCalendarFeedPayload {
    reader: Arc<Reader>,
}

/// Another address of one's calendar feed.
#[Object]
impl RenewCalendarFeedPayload {
    /// The new secret address; the one before leads nowhere.
    async fn calendar_feed_url(&self) -> crate::error::Result<String> {
        Ok(app::person::calendar_feed_url(self.reader.cx()).await?)
    }
}

impl Payload<()> for RenewCalendarFeedPayload {
    fn of(reader: &Arc<Reader>, (): ()) -> Self {
        Self { reader: reader.clone() }
    }
}

/// When members are reminded of a session.
pub(crate) struct SessionRemindersPayload {
    session: Session,
}

/// When members are reminded of a session.
#[Object]
impl SessionRemindersPayload {
    /// The session.
    async fn session(&self) -> &Session {
        &self.session
    }
}

impl Payload<dipoli_domain::session::Session> for SessionRemindersPayload {
    fn of(reader: &Arc<Reader>, row: dipoli_domain::session::Session) -> Self {
        Self { session: Session::of(reader, row) }
    }
}

/// When members of the track are reminded.
#[derive(SimpleObject)]
pub(crate) struct TrackRemindersPayload {
    /// As it is now.
    reminders: Vec<String>,
}

impl Payload<Rule> for TrackRemindersPayload {
    fn of(_: &Arc<Reader>, row: Rule) -> Self {
        Self { reminders: row.texts() }
    }
}

/// Letters of a kind, off or on.
#[derive(InputObject)]
pub(crate) struct SetLetterWantedInput {
    /// Which letters; what is necessary cannot be turned off.
    kind: LetterKind,
    /// Whether one wants them.
    wanted: bool,
}

/// Whether letters come with a calendar entry.
#[derive(InputObject)]
pub(crate) struct SetCalendarEntriesAttachedInput {
    /// Whether they do.
    attached: bool,
}

/// What one's calendar shows.
#[derive(InputObject)]
pub(crate) struct SetCalendarLabelInput {
    /// Which session; all that have no name of their own, unless given.
    session_id: Option<ID>,
    /// The name; null for the usual one.
    label: Option<String>,
}

/// When one is reminded.
#[derive(InputObject)]
pub(crate) struct SetMyRemindersInput {
    /// At most 10 of 7d, 24h, 30m and the like, or day-before; empty for never, null for as the session or the track says.
    reminders: MaybeUndefined<Vec<String>>,
}

/// When members are reminded of a session.
#[derive(InputObject)]
pub(crate) struct SetSessionRemindersInput {
    /// Which session.
    session_id: ID,
    /// At most 10 of 7d, 24h, 30m and the like, or day-before; empty for never, null for as the track says.
    reminders: MaybeUndefined<Vec<String>>,
}

/// When members of the track are reminded.
#[derive(InputObject)]
pub(crate) struct SetTrackRemindersInput {
    /// At most 10 of 7d, 24h, 30m and the like, or day-before; empty for never, null for as the track's settings say.
    reminders: MaybeUndefined<Vec<String>>,
}

/// What is chosen about letters, reminders and calendars.
#[derive(Default)]
pub(crate) struct CorrespondenceMutation;

#[Object]
impl CorrespondenceMutation {
    /// Turns letters of a kind off or on, for oneself.
    async fn set_letter_wanted(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which letters, and whether one wants them.")] input: SetLetterWantedInput,
    ) -> Nullable<CorrespondencePayload> {
        act(ctx, app::correspondence::want(cx(ctx), input.kind.into(), input.wanted)).await
    }

    /// Whether letters about sessions come with a calendar entry, for oneself.
    async fn set_calendar_entries_attached(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whether they do.")] input: SetCalendarEntriesAttachedInput,
    ) -> Nullable<CorrespondencePayload> {
        act(ctx, app::correspondence::attach_entries(cx(ctx), input.attached)).await
    }

    /// What one's own calendar calls sessions, or one of them.
    async fn set_calendar_label(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session, and its name.")] input: SetCalendarLabelInput,
    ) -> Nullable<CorrespondencePayload> {
        let session = input.session_id.as_ref().map(|id| id.as_str());
        act(ctx, app::correspondence::label(cx(ctx), session, input.label.as_deref())).await
    }

    /// When one is reminded of sessions; goes before what a session or the track says.
    async fn set_my_reminders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "When.")] input: SetMyRemindersInput,
    ) -> Nullable<CorrespondencePayload> {
        act(ctx, app::correspondence::remind(cx(ctx), input.reminders.as_opt_ref().flatten().map(Vec::as_slice))).await
    }

    /// When members are reminded of a session; organizers. Goes before what the track says.
    async fn set_session_reminders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session, and when.")] input: SetSessionRemindersInput,
    ) -> Nullable<SessionRemindersPayload> {
        let reminders = input.reminders.as_opt_ref().flatten().map(Vec::as_slice);
        act(ctx, app::correspondence::remind_of_session(cx(ctx), &input.session_id, reminders)).await
    }

    /// When members of the track are reminded; administrators. Goes before the track's settings.
    async fn set_track_reminders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "When.")] input: SetTrackRemindersInput,
    ) -> Nullable<TrackRemindersPayload> {
        let reminders = input.reminders.as_opt_ref().flatten().map(Vec::as_slice);
        act(ctx, app::correspondence::remind_in_track(cx(ctx), reminders)).await
    }

    /// Makes another secret address of one's calendar feed; the one before leads nowhere.
    async fn renew_calendar_feed(&self, ctx: &Context<'_>) -> Nullable<RenewCalendarFeedPayload> {
        answer(async {
            app::correspondence::renew_feed(cx(ctx)).await?;
            Ok(RenewCalendarFeedPayload::of(crate::context::reader(ctx), ()))
        })
        .await
    }
}
