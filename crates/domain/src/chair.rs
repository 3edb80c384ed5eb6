//! Which delegation chairs a session, where the chair goes round (procedures 11): from one session to the next, in the group's
//! agreed order, past those that have passed or have suspended their participation.
//!
//! Who chaired is kept when a session is concluded, and the chair goes on from there: what becomes of the order afterwards
//! changes nothing of what was. Deliberately absent: a person. Who sits in the chair is the delegation's to say.

use std::collections::HashMap;

use crate::{
    id::{DelegationId, SessionId},
    refusal::Refusal,
    session::{Session, SessionStatus},
};

/// Who chairs each of a group's sessions that are held or are to be, where `round` is the order, without those that take no
/// part. A session whose every chair has passed has none.
pub fn of_sessions(round: &[DelegationId], sessions: &[Session]) -> HashMap<SessionId, DelegationId> {
    let mut in_turn: Vec<&Session> = sessions.iter().collect();
    in_turn.sort_by_key(|session| (session.starts_at(), session.id));
    let (mut chairs, mut next) = (HashMap::new(), 0);
    for session in in_turn {
        let chair = match session.status {
            SessionStatus::Concluded => session.chaired_by,
            SessionStatus::Scheduled => first_from(round, next, &session.passed),
            SessionStatus::Draft | SessionStatus::Cancelled => None,
        };
        let Some(chair) = chair else { continue };
        chairs.insert(session.id, chair);
        if let Some(place) = round.iter().position(|it| *it == chair) {
            next = place + 1;
        }
    }
    chairs
}

fn first_from(round: &[DelegationId], next: usize, passed: &[DelegationId]) -> Option<DelegationId> {
    let (before, from) = round.split_at(next.min(round.len()));
    from.iter().chain(before).copied().find(|it| !passed.contains(it))
}

impl Session {
    /// The session, which `chair` has passed on. It can until the session has ended.
    pub fn chair_passed(self, chair: DelegationId, now: jiff::Timestamp) -> Result<Self, Refusal> {
        if self.status != SessionStatus::Scheduled || now >= self.ends_at() {
            return Err(Refusal::state("The chair passes until the session has ended."));
        }
        let passed = [self.passed.as_slice(), &[chair]].concat();
        let version = self.version + 1;
        Ok(Self { passed, version, ..self })
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{note::Attribution, session::Draft, working_group::WorkingGroup};

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn session(day: &str) -> Session {
        let group = WorkingGroup::convene("water", "Water", "", "UTC", Attribution::Named).expect("sound");
        let draft = Draft {
            title: "Third round".into(),
            purpose: String::new(),
            starts_at: format!("{day}T09:00:00Z"),
            ends_at: format!("{day}T11:00:00Z"),
            zone: None,
            venue: None,
            join_url: None,
            attribution: None,
            agenda_cut_off: None,
            draft: false,
        };
        Session::schedule(&group, &draft, Timestamp::UNIX_EPOCH).expect("sound")
    }

    #[test]
    fn the_chair_goes_round_and_goes_on_from_whoever_had_it() {
        let round: [DelegationId; 3] = std::array::from_fn(|_| DelegationId::random());
        let [a, b, c] = round;
        let sessions = ["2027-03-04", "2027-03-01", "2027-03-02", "2027-03-03"].map(session);
        let in_turn = |sessions: &[Session; 4], round: &[DelegationId]| {
            let chairs = of_sessions(round, sessions);
            [1, 2, 3, 0].map(|nth: usize| chairs.get(&sessions[nth].id).copied())
        };
        assert_eq!(in_turn(&sessions, &round), [Some(a), Some(b), Some(c), Some(a)]);

        let [fourth, first, second, third] = sessions;
        let second = second.chair_passed(b, at("2027-03-01T00:00:00Z")).expect("before its end");
        let sessions = [fourth, first, second, third];
        assert_eq!(in_turn(&sessions, &round), [Some(a), Some(c), Some(a), Some(b)], "past who has passed");

        // A session is concluded under C, and another delegation joins before it in the alphabet.
        let [fourth, first, second, third] = sessions;
        let first = first.concluded(at("2027-03-01T11:00:00Z")).expect("begun").chaired(Some(c));
        let cancelled = third.cancelled(None, at("2027-03-01T11:00:00Z")).expect("to come");
        let sessions = [fourth, first, second, cancelled];
        let new = DelegationId::random();
        assert_eq!(in_turn(&sessions, &[new, a, b, c]), [Some(c), Some(new), None, Some(a)]);
        assert_eq!(in_turn(&sessions, &[]), [Some(c), None, None, None]);
    }

    #[test]
    fn when_all_have_passed_nobody_chairs() {
        let round: [DelegationId; 2] = std::array::from_fn(|_| DelegationId::random());
        let both = round
            .into_iter()
            .try_fold(session("2027-03-01"), |it, chair| it.chair_passed(chair, Timestamp::UNIX_EPOCH));
        let both = both.expect("before its end");
        assert_eq!(both.version, 3);
        assert!(of_sessions(&round, std::slice::from_ref(&both)).is_empty());
        assert!(both.chair_passed(round[0], at("2027-03-01T11:00:00Z")).is_err());
    }
}
