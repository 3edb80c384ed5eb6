//! One member's answer to one session, in iCalendar's words (RFC 5545 PARTSTAT).

use jiff::Timestamp;

use crate::{
    id::{AttendeeId, SessionId},
    membership::Membership,
    refusal::Refusal,
    session::{Session, SessionStatus},
};

words! {
    /// What a member answered.
    pub enum Rsvp {
        /// Nothing yet.
        Pending = "pending",
        /// Will come.
        Accepted = "accepted",
        /// May come.
        Tentative = "tentative",
        /// Will not come.
        Declined = "declined",
    }
}

words! {
    /// How a member attends.
    pub enum AttendanceMode {
        /// In the room.
        InPerson = "in-person",
        /// From elsewhere.
        Remote = "remote",
    }
}

/// One member's answer to one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendee {
    /// Which.
    pub id: AttendeeId,
    /// To which session.
    pub session: SessionId,
    /// Whose.
    pub membership: Membership,
    /// What they answered.
    pub response: Rsvp,
    /// How they attend, if they said.
    pub mode: Option<AttendanceMode>,
}

/// Whether a session can still be answered: published, neither cancelled nor concluded, not ended.
pub fn may_answer(session: &Session, now: Timestamp) -> Result<(), Refusal> {
    match session.status {
        SessionStatus::Scheduled if now < session.ends_at() => Ok(()),
        SessionStatus::Scheduled => Err(Refusal::state("The session has ended.")),
        SessionStatus::Draft => Err(Refusal::state("The session is a draft; it can be answered once it is published.")),
        SessionStatus::Concluded => Err(Refusal::state("The session is concluded.")),
        SessionStatus::Cancelled => Err(Refusal::state("The session is cancelled.")),
    }
}
