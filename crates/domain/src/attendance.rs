//! Who was at a session, as its organizers and facilitators have recorded it: apart from what was answered to the invitation.
//!
//! A seat that is recorded was there; nothing else is kept. Deliberately absent: who recorded it and when, for how long
//! somebody was there, who was expected, and any count.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    id::{MembershipId, SessionId, WorkingGroupId},
    refusal::Refusal,
    session::{Session, SessionStatus},
};

/// Who was at one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendance {
    /// Of which group.
    pub group: WorkingGroupId,
    /// At which session.
    pub session: SessionId,
    /// The seats of those who were there.
    pub present: BTreeSet<MembershipId>,
}

impl Attendance {
    /// Nobody was recorded yet.
    pub const fn of(session: &Session) -> Self {
        Self { group: session.group, session: session.id, present: BTreeSet::new() }
    }

    /// The same with these seats. What is recorded already stays as it is.
    #[must_use]
    pub fn with(mut self, seats: impl IntoIterator<Item = MembershipId>) -> Self {
        self.present.extend(seats);
        self
    }

    /// The same without these seats.
    #[must_use]
    pub fn without(mut self, seats: &[MembershipId]) -> Self {
        self.present.retain(|seat| !seats.contains(seat));
        self
    }
}

/// Whether it can be recorded who is or was there: once the session has begun, also after it is concluded.
pub fn may_be_recorded(session: &Session, now: Timestamp) -> Result<(), Refusal> {
    match session.status {
        SessionStatus::Concluded => Ok(()),
        SessionStatus::Scheduled if now >= session.starts_at() => Ok(()),
        SessionStatus::Scheduled => Err(Refusal::state("The session has not begun yet.")),
        SessionStatus::Draft => Err(Refusal::state("The session is a draft.")),
        SessionStatus::Cancelled => Err(Refusal::state("The session is cancelled.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{note::Attribution, session::Draft, working_group::WorkingGroup};

    fn session(now: Timestamp) -> Session {
        let group =
            WorkingGroup::convene("water", "Water", "Rivers", "Europe/Warsaw", Attribution::Named).expect("good");
        let draft = Draft {
            title: "Third round".into(),
            purpose: String::new(),
            starts_at: "2027-03-01T09:00:00Z".into(),
            ends_at: "2027-03-01T11:00:00Z".into(),
            zone: None,
            venue: None,
            join_url: None,
            attribution: None,
            agenda_cut_off: None,
            draft: false,
        };
        Session::schedule(&group, &draft, now).expect("good")
    }

    #[test]
    fn it_is_recorded_from_the_start_on_and_not_of_what_is_not_held() {
        let before: Timestamp = "2027-03-01T08:59:59Z".parse().expect("an instant");
        let session = session(before);
        assert!(may_be_recorded(&session, before).is_err());
        assert!(may_be_recorded(&session, session.starts_at()).is_ok());
        let over = session.clone().concluded(session.ends_at()).expect("it has begun");
        assert!(may_be_recorded(&over, session.ends_at()).is_ok());
        let cancelled = session.clone().cancelled(None, before).expect("it has not ended");
        assert!(may_be_recorded(&cancelled, session.starts_at()).is_err());
    }

    #[test]
    fn a_seat_is_there_or_it_is_not() {
        let [amina, bram] = [MembershipId::random(), MembershipId::random()];
        let nobody = Attendance::of(&session(Timestamp::UNIX_EPOCH));
        let both = nobody.clone().with([amina, bram]);
        assert_eq!(both.clone().with([bram]), both);
        assert_eq!(both.without(&[amina]).without(&[bram, amina]), nobody);
    }
}
