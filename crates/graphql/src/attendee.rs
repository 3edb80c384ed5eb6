//! Answers to sessions, in iCalendar's words.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object};
use dipoli_app as app;
use dipoli_domain::id::SessionId;

use crate::{
    connection::{Count, connection},
    context::{Payload, act, cx},
    error::Result,
    loader::AttendeeCount,
    membership::Membership,
    node::OfRow,
    nullable::Nullable,
    reader::Reader,
};

/// What a member answered (RFC 5545 PARTSTAT).
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::attendee::Rsvp")]
pub(crate) enum RsvpResponse {
    /// Nothing yet.
    Pending,
    /// Will come.
    Accepted,
    /// May come.
    Tentative,
    /// Will not come.
    Declined,
}

/// How a member attends.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::attendee::AttendanceMode")]
pub(crate) enum AttendanceMode {
    /// In the room.
    InPerson,
    /// From elsewhere.
    Remote,
}

/// An answer, as it is read.
pub(crate) struct Attendee {
    reader: Arc<Reader>,
    row: dipoli_domain::attendee::Attendee,
}

impl OfRow for Attendee {
    type Row = dipoli_domain::attendee::Attendee;
    fn of(reader: &Arc<Reader>, row: Self::Row) -> Self {
        Self { reader: reader.clone(), row }
    }
}

/// One member's answer to one session.
#[Object]
impl Attendee {
    /// Opaque, random, unique in the track.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// Whose answer it is.
    async fn membership(&self) -> Membership {
        Membership::of(&self.reader, self.row.membership.clone())
    }

    /// What they answered.
    async fn response(&self) -> RsvpResponse {
        self.row.response.into()
    }

    /// How they attend, if they said.
    async fn mode(&self) -> Option<AttendanceMode> {
        self.row.mode.map(Into::into)
    }
}

connection! {
    /// A page of answers to a session.
    AttendeeConnection,
    /// An answer in a list.
    AttendeeEdge of Attendee, AttendeeCountOf
}

/// The attendees of a session.
pub(crate) struct AttendeeCountOf(pub(crate) SessionId);

impl Count for AttendeeCountOf {
    async fn count(&self, reader: &Reader) -> Result<u64> {
        Ok(reader.find(AttendeeCount(self.0)).await?.unwrap_or_default())
    }
}

/// One's own answer to a session.
#[derive(InputObject)]
pub(crate) struct RespondToSessionInput {
    /// To which session.
    session_id: ID,
    /// The answer; PENDING takes an earlier one back.
    response: RsvpResponse,
    /// How one attends.
    mode: Option<AttendanceMode>,
}

/// An answer that was given.
pub(crate) struct AttendeePayload {
    attendee: Attendee,
}

/// An answer that was given.
#[Object]
impl AttendeePayload {
    /// The answer, as it is now.
    async fn attendee(&self) -> &Attendee {
        &self.attendee
    }
}

impl Payload<dipoli_domain::attendee::Attendee> for AttendeePayload {
    fn of(reader: &Arc<Reader>, row: dipoli_domain::attendee::Attendee) -> Self {
        Self { attendee: Attendee::of(reader, row) }
    }
}

/// What is done about answers.
#[derive(Default)]
pub(crate) struct AttendeeMutation;

#[Object]
impl AttendeeMutation {
    /// Answers a session for oneself; every member.
    async fn respond_to_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session, and what one answers.")] input: RespondToSessionInput,
    ) -> Nullable<AttendeePayload> {
        let (response, mode) = (input.response.into(), input.mode.map(Into::into));
        act(ctx, app::attendee::respond(cx(ctx), &input.session_id, response, mode)).await
    }
}
