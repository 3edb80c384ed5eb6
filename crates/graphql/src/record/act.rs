//! What is done about records: drafting, circulating, asking for corrections, issuing, objecting.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use dipoli_app as app;

use super::Record;
use crate::{
    context::{Payload, act, cx},
    list::List,
    node::OfRow,
    nullable::Nullable,
    reader::Reader,
    scalar::DateTime,
    silence::ObjectionGround,
};

/// A record to be drafted or reworded.
#[derive(InputObject)]
pub(crate) struct DraftRecordInput {
    /// Of which session, which has one record.
    session_id: ID,
    /// Markdown, at most 96 KiB; it names no speaker.
    text: String,
    /// The version last seen; left out for the first draft.
    expected_version: Option<i32>,
}

/// A record to be circulated.
#[derive(InputObject)]
pub(crate) struct CirculateRecordInput {
    /// Which record.
    record_id: ID,
    /// The version last seen.
    expected_version: i32,
}

/// A passage to be struck or corrected.
#[derive(InputObject)]
pub(crate) struct CorrectRecordInput {
    /// Of which record.
    record_id: ID,
    /// As it stands in the record; 1 to 10,000 characters.
    passage: String,
    /// What should stand there; left out where the passage is to be struck.
    wording: Option<String>,
}

/// A record to be issued.
#[derive(InputObject)]
pub(crate) struct IssueRecordInput {
    /// Which record.
    record_id: ID,
    /// Until when one can object: at least the track's shortest period from now.
    deadline: DateTime,
    /// The version last seen: that text is put to the group.
    expected_version: i32,
}

/// A record whose issue is taken back.
#[derive(InputObject)]
pub(crate) struct RecallRecordInput {
    /// Which record.
    record_id: ID,
}

/// Exactly on the deadline is too late.
#[derive(InputObject)]
pub(crate) struct ObjectToRecordInput {
    /// Which record.
    record_id: ID,
    /// On what ground.
    ground: ObjectionGround,
    /// The objection, in writing; 1 to 10,000 characters.
    statement: String,
    /// Wording that one could accept instead.
    amendment: Option<String>,
    /// The same key and input again within 24 hours return the first result; 1 to 255 characters.
    idempotency_key: Option<String>,
}

impl From<ObjectToRecordInput> for app::silence::ObjectToRecord {
    fn from(input: ObjectToRecordInput) -> Self {
        Self {
            record_id: input.record_id.into(),
            ground: input.ground.into(),
            statement: input.statement,
            amendment: input.amendment,
            idempotency_key: input.idempotency_key,
        }
    }
}

/// A record, and what to look at again in its text.
pub(crate) struct DraftRecordPayload {
    record: Record,
    names: Vec<String>,
}

/// A record, and what to look at again in its text.
#[Object]
impl DraftRecordPayload {
    /// The record, as it is now.
    async fn record(&self) -> &Record {
        &self.record
    }

    /// Names of members, former ones among them, and of delegations that seem to stand in the text, in whichever form: a warning. A record names no speaker.
    async fn names_found(&self) -> List<String> {
        self.names.iter().cloned().collect()
    }
}

impl Payload<app::record::Drafted> for DraftRecordPayload {
    fn of(reader: &Arc<Reader>, drafted: app::record::Drafted) -> Self {
        Self { record: Record::of(reader, drafted.record), names: drafted.names }
    }
}

/// A record that was changed, or of which something was asked.
pub(crate) struct RecordPayload {
    record: Record,
}

/// A record that was changed, or of which something was asked.
#[Object]
impl RecordPayload {
    /// The record, as it is now.
    async fn record(&self) -> &Record {
        &self.record
    }
}

impl Payload<dipoli_domain::record::Record> for RecordPayload {
    fn of(reader: &Arc<Reader>, row: dipoli_domain::record::Record) -> Self {
        Self { record: Record::of(reader, row) }
    }
}

/// What is done about records.
#[derive(Default)]
pub(crate) struct RecordMutation;

#[Object]
impl RecordMutation {
    /// Drafts the record of a session, or rewords it until it is under silence; facilitators and rapporteurs.
    async fn draft_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which session, in which words.")] input: DraftRecordInput,
    ) -> Nullable<DraftRecordPayload> {
        let done =
            async move { app::record::draft(cx(ctx), &input.session_id, &input.text, input.expected_version).await };
        act(ctx, done).await
    }

    /// Shows the draft to all members but observers, once the session is concluded; facilitators and rapporteurs. They are told.
    async fn circulate_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which record.")] input: CirculateRecordInput,
    ) -> Nullable<RecordPayload> {
        let done = async move { app::record::circulate(cx(ctx), &input.record_id, input.expected_version).await };
        act(ctx, done).await
    }

    /// Asks for a passage of a circulated record to be struck or corrected; everyone but observers. Who asked is written nowhere, and shown to nobody.
    async fn correct_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which passage, and what should stand there.")] input: CorrectRecordInput,
    ) -> Nullable<RecordPayload> {
        let done = async move {
            app::record::correct(cx(ctx), &input.record_id, &input.passage, input.wording.as_deref()).await
        };
        act(ctx, done).await
    }

    /// Puts a circulated record to the group by silence; facilitators. Without an objection it is issued at the deadline.
    async fn issue_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which record, until when.")] input: IssueRecordInput,
    ) -> Nullable<RecordPayload> {
        let done = async move {
            let deadline = String::from(input.deadline);
            app::record::issue(cx(ctx), &input.record_id, &deadline, input.expected_version).await
        };
        act(ctx, done).await
    }

    /// Takes the silence procedure on a record back before its deadline; facilitators. The record stays circulated.
    async fn recall_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which record.")] input: RecallRecordInput,
    ) -> Nullable<RecordPayload> {
        act(ctx, async move { app::record::recall(cx(ctx), &input.record_id).await }).await
    }

    /// Objects to the issue of a record that is under silence; participants. It stays circulated. Nobody objects too often: no limit holds here.
    async fn object_to_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which record, and why.")] input: ObjectToRecordInput,
    ) -> Nullable<RecordPayload> {
        act(ctx, app::silence::object_to_record(cx(ctx), input.into())).await
    }
}
