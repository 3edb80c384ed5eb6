//! The record of a session: what its rapporteur writes down of it, from draft to issued. It names no speaker.
//!
//! A correction has no author: whoever may ask for one is not told to the others, nor to those who draft, since nobody
//! keeps it. Deliberately absent: a second record of a session, any way back from issued, and any count of who has read it.

pub mod export;
mod markdown;
mod names;

use jiff::Timestamp;

pub use self::names::names_in;
use crate::{
    chatham_house_note::without_marks,
    id::{CorrectionId, RecordId, SessionId, WorkingGroupId},
    refusal::{Refusal, Refusals},
    session::{Session, SessionStatus},
    text,
};

words! {
    /// Where a record stands.
    pub enum RecordStatus {
        /// Is written by facilitators and the rapporteur, who alone see it.
        Draft = "draft",
        /// Is read by all members but observers, who may ask for corrections.
        Circulated = "circulated",
        /// Is put to the group by silence; its text is frozen.
        UnderSilence = "under-silence",
        /// Stands, by silence; observers read it too.
        Issued = "issued",
    }
}

/// Bytes of a record at most: a request with one stays below what a request may have.
pub const TEXT_MAX: usize = 96 * 1024;
/// Corrections that can be asked of one record.
pub const MOST_CORRECTIONS: usize = 500;

/// The record of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Which.
    pub id: RecordId,
    /// Of which group.
    pub group: WorkingGroupId,
    /// Of which session.
    pub session: SessionId,
    /// Plain Markdown; NFC, LF, without characters that nobody sees.
    pub text: String,
    /// Where it stands.
    pub status: RecordStatus,
    /// When it was issued: the deadline.
    pub issued_at: Option<Timestamp>,
    /// Counts every change, from 1.
    pub version: i32,
}

impl Record {
    /// The first draft of a session's record.
    pub fn draft(session: &Session, text: &str) -> Result<Self, Refusals> {
        match session.status {
            SessionStatus::Scheduled | SessionStatus::Concluded => {}
            SessionStatus::Draft => return Err(Refusal::state("The session is a draft.").into()),
            SessionStatus::Cancelled => return Err(Refusal::state("The session is cancelled.").into()),
        }
        Ok(Self {
            id: RecordId::random(),
            group: session.group,
            session: session.id,
            text: checked(text)?,
            status: RecordStatus::Draft,
            issued_at: None,
            version: 1,
        })
    }

    /// The record in other words. What changes nothing raises no version.
    pub fn revised(self, text: &str) -> Result<Self, Refusals> {
        match self.status {
            RecordStatus::Draft | RecordStatus::Circulated => {}
            RecordStatus::UnderSilence => {
                return Err(Refusal::state("It is under silence; its text is frozen until the deadline.").into());
            }
            RecordStatus::Issued => return Err(Refusal::state("It is issued; its text is frozen.").into()),
        }
        let text = checked(text)?;
        let version = self.version + i32::from(text != self.text);
        Ok(Self { text, version, ..self })
    }

    /// The record, shown to the members: once its session is over.
    pub fn circulated(self, session: SessionStatus) -> Result<Self, Refusal> {
        match self.status {
            RecordStatus::Draft if session == SessionStatus::Concluded => Ok(self.with(RecordStatus::Circulated)),
            RecordStatus::Draft => Err(Refusal::state("The session is not concluded.")),
            RecordStatus::Circulated | RecordStatus::UnderSilence => Err(Refusal::state("It is circulated already.")),
            RecordStatus::Issued => Err(Refusal::state("It is issued already.")),
        }
    }

    /// Whether one may ask for corrections of it.
    pub fn takes_corrections(&self) -> Result<(), Refusal> {
        match self.status {
            RecordStatus::Circulated => Ok(()),
            RecordStatus::Draft => Err(Refusal::state("It is a draft.")),
            RecordStatus::UnderSilence => {
                Err(Refusal::state("It is under silence: whoever does not agree objects to it."))
            }
            RecordStatus::Issued => Err(Refusal::state("It is issued; its text is frozen.")),
        }
    }

    /// The record, put to the group by silence. Whether it can be is for the procedure to say.
    #[must_use]
    pub fn under_silence(self) -> Self {
        self.with(RecordStatus::UnderSilence)
    }

    /// The record after silence on it was broken or withdrawn: circulated, as it was.
    #[must_use]
    pub fn circulated_again(self) -> Self {
        if self.status == RecordStatus::UnderSilence { self.with(RecordStatus::Circulated) } else { self }
    }

    /// The record, issued by silence at the deadline.
    #[must_use]
    pub fn issued(self, deadline: Timestamp) -> Self {
        if self.status == RecordStatus::UnderSilence {
            Self { issued_at: Some(deadline), ..self.with(RecordStatus::Issued) }
        } else {
            self
        }
    }

    fn with(self, status: RecordStatus) -> Self {
        let version = self.version + 1;
        Self { status, version, ..self }
    }
}

/// A record says something, in at most [`TEXT_MAX`] bytes.
fn checked(text: &str) -> Result<String, Refusal> {
    let text = without_marks(text);
    if text.trim().is_empty() {
        return Err(Refusal::bad_input("text", "A record says something."));
    }
    if text.len() > TEXT_MAX {
        return Err(Refusal::bad_input("text", "A record has at most 96 KiB (UTF-8)."));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        let message = "Control characters other than line breaks and tabs do not belong here.";
        return Err(Refusal::bad_input("text", message));
    }
    Ok(text)
}

/// What someone asked of a record; of whom it is, is kept nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Which.
    pub id: CorrectionId,
    /// Of which group.
    pub group: WorkingGroupId,
    /// Of which record.
    pub record: RecordId,
    /// As it stood in the record when it was asked.
    pub passage: String,
    /// What should stand there; the passage is to be struck where there is nothing.
    pub wording: Option<String>,
}

impl Correction {
    /// Asks that a passage of `record` be struck, or be replaced by `wording`.
    pub fn ask(record: &Record, passage: &str, wording: Option<&str>) -> Result<Self, Refusals> {
        record.takes_corrections()?;
        let mut refusals = Refusals::default();
        let passage = refusals.keep(text::statement("passage", &without_marks(passage)).and_then(|passage| {
            let stands = record.text.contains(&passage);
            if stands { Ok(passage) } else { Err(Refusal::bad_input("passage", "This does not stand in the record.")) }
        }));
        let wording = refusals.keep(text::prose("wording", &without_marks(wording.unwrap_or_default())));
        refusals.check()?;
        let (Some(passage), Some(wording)) = (passage, wording) else {
            return Err(Refusal::bad_input("input", "It is incomplete.").into());
        };
        Ok(Self {
            id: CorrectionId::random(),
            group: record.group,
            record: record.id,
            passage,
            wording: Some(wording).filter(|wording| !wording.trim().is_empty()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn record(status: RecordStatus, text: &str) -> Record {
        Record {
            id: RecordId::random(),
            group: WorkingGroupId::random(),
            session: SessionId::random(),
            text: text.to_owned(),
            status,
            issued_at: None,
            version: 1,
        }
    }

    #[test]
    fn it_goes_from_draft_to_issued_and_never_back() {
        let draft = record(RecordStatus::Draft, "Gauges were discussed.");
        assert!(draft.clone().circulated(SessionStatus::Scheduled).is_err(), "the session is not over");
        let circulated = draft.circulated(SessionStatus::Concluded).expect("over");
        let revised = circulated.revised("Gauges and fish were discussed.").expect("not frozen");
        assert_eq!((revised.status, revised.version), (RecordStatus::Circulated, 3));
        let frozen = revised.under_silence();
        assert!(frozen.clone().revised("Other").is_err() && frozen.takes_corrections().is_err());
        assert_eq!(frozen.clone().circulated_again().status, RecordStatus::Circulated);
        let deadline: Timestamp = "2027-04-05T08:00:00Z".parse().expect("an instant");
        let issued = frozen.issued(deadline);
        assert_eq!((issued.status, issued.issued_at), (RecordStatus::Issued, Some(deadline)));
        assert_eq!(issued.clone().circulated_again(), issued, "what is issued stays so");
        assert!(issued.clone().revised("Other").is_err() && issued.circulated(SessionStatus::Concluded).is_err());
    }

    #[test]
    fn a_correction_is_of_what_stands_there() {
        let circulated = record(RecordStatus::Circulated, "Gauges were discussed.\nFish were not.");
        let struck = Correction::ask(&circulated, "Fish were not.", None).expect("it stands there");
        assert_eq!(struck.wording, None);
        let marked = Correction::ask(&circulated, "Ga\u{200b}uges", Some(" ")).expect("without the mark");
        assert_eq!((marked.passage.as_str(), marked.wording), ("Gauges", None));
        assert!(
            Correction::ask(&circulated, "Boats", None).is_err() && Correction::ask(&circulated, " ", None).is_err()
        );
        let draft = Record { status: RecordStatus::Draft, ..circulated };
        assert!(Correction::ask(&draft, "Gauges", None).is_err());
    }

    #[test]
    fn a_text_is_bounded_in_bytes() {
        let draft = record(RecordStatus::Draft, "x");
        assert!(draft.clone().revised(&"я".repeat(TEXT_MAX / 2)).is_ok());
        for wrong in [format!("{}a", "я".repeat(TEXT_MAX / 2)), " \n".to_owned(), "a\u{0}".to_owned()] {
            assert!(draft.clone().revised(&wrong).is_err());
        }
    }
}
