//! What a person has chosen about the letters and the calendar that they get.
//!
//! Deliberately absent: language, zone and address, which belong to the account.

use std::collections::BTreeMap;

use crate::{id::SessionId, letter::LetterKind, refusal::Refusal, reminder::Rule, text};

/// Most sessions that one calls by a name of one's own.
const MOST_LABELS: usize = 500;

/// A person's choices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Kinds of letters that they do not want.
    pub unwanted: Vec<LetterKind>,
    /// Whether letters come without a calendar entry.
    pub without_entries: bool,
    /// What their calendar calls sessions; "Session" in their language unless given.
    pub label: Option<String>,
    /// What it calls single ones.
    pub labels: BTreeMap<SessionId, String>,
    /// When they are reminded; as the session or the track says unless given.
    pub reminders: Option<Rule>,
}

impl Choices {
    /// Whether they want letters of a kind. What is necessary is not asked.
    pub fn wants(&self, kind: LetterKind) -> bool {
        kind.is_necessary() || !self.unwanted.contains(&kind)
    }

    /// With letters of a kind wanted or not; what is necessary cannot be turned off.
    pub fn with(mut self, field: &'static str, kind: LetterKind, wanted: bool) -> Result<Self, Refusal> {
        if kind.is_necessary() {
            let why = "Letters of this kind are necessary: they come to everyone whom they concern.";
            return if wanted { Ok(self) } else { Err(Refusal::bad_input(field, why)) };
        }
        self.unwanted.retain(|unwanted| *unwanted != kind);
        if !wanted {
            self.unwanted.push(kind);
        }
        Ok(self)
    }

    /// With another name for sessions, or for one; `None` for the usual one.
    pub fn labelled(mut self, session: Option<SessionId>, label: Option<&str>) -> Result<Self, Refusal> {
        let label = label.map(|label| text::line("label", label)).transpose()?;
        match (session, label) {
            (None, label) => self.label = label,
            (Some(session), None) => drop(self.labels.remove(&session)),
            (Some(session), Some(label)) => {
                if self.labels.len() >= MOST_LABELS && !self.labels.contains_key(&session) {
                    return Err(Refusal::bad_input("label", format!("At most {MOST_LABELS} sessions have one.")));
                }
                self.labels.insert(session, label);
            }
        }
        Ok(self)
    }

    /// What their calendar calls a session, if they have chosen.
    pub fn label_of(&self, session: SessionId) -> Option<&str> {
        self.labels.get(&session).or(self.label.as_ref()).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_necessary_is_not_turned_off() {
        for kind in LetterKind::ALL {
            let off = Choices::default().with("kind", *kind, false);
            assert_eq!(off.is_err(), kind.is_necessary(), "{kind:?}");
            let Ok(off) = off else { continue };
            assert!(!off.wants(*kind));
            let on = off.clone().with("kind", *kind, false).and_then(|off| off.with("kind", *kind, true));
            assert_eq!(on.expect("optional"), Choices::default());
        }
    }

    #[test]
    fn a_label_of_ones_own_goes_before_the_usual_one() {
        let (one, other) = (SessionId::random(), SessionId::random());
        let choices = Choices::default().labelled(None, Some("Dentist")).expect("a line");
        let choices = choices.labelled(Some(one), Some("Choir")).expect("a line");
        assert_eq!((choices.label_of(one), choices.label_of(other)), (Some("Choir"), Some("Dentist")));
        let choices = choices.labelled(Some(one), None).and_then(|it| it.labelled(None, None)).expect("none");
        assert_eq!(choices, Choices::default());
        assert!(choices.labelled(None, Some("two\nlines")).is_err());
    }
}
