//! Notes under the Chatham House Rule: what may be told is what was said, and nothing about who said it.
//!
//! "When a meeting, or part thereof, is held under the Chatham House Rule, participants are free to use the information
//! received, but neither the identity nor the affiliation of the speaker(s), nor that of any other participant, may be
//! revealed." (Chatham House, 1927, 2002.)
//!
//! Deliberately absent: author, delegation (unless it is the audience), sign-in, device and time of posting; and any way
//! from such a note to a NAMED one or back (requirements N-01, N-04).

use unicode_normalization::UnicodeNormalization;

use crate::{
    id::{AgendaItemId, DelegationId, NoteId, SessionId, WorkingGroupId},
    note::{self, Visibility},
    refusal::{Code, Refusal},
};

/// A note under the Rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChathamHouseNote {
    /// Which.
    pub id: NoteId,
    /// In which group.
    pub group: WorkingGroupId,
    /// On which session.
    pub session: SessionId,
    /// On which of its agenda items, if on one.
    pub agenda_item: Option<AgendaItemId>,
    /// Markdown, normalised; empty once withdrawn.
    pub body: String,
    /// Whether its text was taken away.
    pub withdrawn: bool,
    /// Whether a reader has asked that it be withdrawn.
    pub withdrawal_asked: bool,
    /// Whether it is a text that its author has released from the caucus, which nothing takes back.
    pub released: bool,
    /// Who may read it; never PRIVATE.
    pub visibility: Visibility,
    /// The delegation that may read it, where one may.
    pub delegation: Option<DelegationId>,
    /// Counts revisions and the withdrawal, from 1.
    pub version: i32,
}

/// A body as it is kept under the Rule: NFC, LF, without characters at the ends of lines or of the text that nobody sees, and
/// without any of no width, which could carry a mark of who wrote it. Bounded as every body is.
pub fn body(text: &str) -> Result<String, Refusal> {
    note::body(&without_marks(text))
}

/// The text in NFC, with LF, and without characters that nobody sees.
pub(crate) fn without_marks(text: &str) -> String {
    let unix = text.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    let visible: String = unix.chars().filter(|c| !has_no_width(*c)).nfc().collect();
    let lines: Vec<&str> = visible.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}

/// Characters that show nothing by themselves (Unicode's `Default_Ignorable_Code_Point`, and the byte order mark).
const fn has_no_width(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Refuses a note that too few people could have written: the Rule would protect nobody (requirements N-03).
pub fn hidden_among(could_have_written: u32, smallest: u32) -> Result<(), Refusal> {
    if could_have_written >= smallest {
        return Ok(());
    }
    let message = format!(
        "Only {could_have_written} people could have written this note, and the track asks for {smallest}: the \
         Chatham House Rule would protect nobody. Post it under your name (attribution: NAMED), to a wider audience, or \
         keep it for yourself (visibility: PRIVATE). Nothing was stored."
    );
    Err(Refusal::new(Code::AnonymitySetTooSmall, message).at("attribution"))
}

/// What a change to a note under the Rule that waits for its tick does to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// The new text, where it was revised.
    pub body: Option<String>,
    /// Whether it goes.
    pub withdrawn: bool,
    /// Whether a reader asked that it go.
    pub withdrawal_asked: bool,
}

impl ChathamHouseNote {
    /// The note as it is after the tick. A withdrawal wins over a revision; both of one tick count as one change, and
    /// that someone asked for a withdrawal is none.
    #[must_use]
    pub fn changed(mut self, change: Pending) -> Self {
        if self.withdrawn {
            return self;
        }
        if change.withdrawn || change.body.is_some() {
            self.version += 1;
        }
        self.body = match change {
            Pending { withdrawn: true, .. } => String::new(),
            Pending { body, .. } => body.unwrap_or(self.body),
        };
        self.withdrawn = change.withdrawn;
        self.withdrawal_asked |= change.withdrawal_asked;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_carries_nothing_that_nobody_sees() {
        let marked = "\u{feff}Cafe\u{301}\u{200b} \u{2066}opens\u{2069}  \r\nat\u{a0}nine\t \r\n\r\n \u{e0041}";
        assert_eq!(body(marked).as_deref(), Ok("Café opens\nat\u{a0}nine"));
        assert!(body("\u{200b}\u{200d}").is_err(), "nothing is left");
        assert_eq!(body(" - a list\n   - within\n").as_deref(), Ok(" - a list\n   - within"));
    }

    #[test]
    fn the_same_text_however_it_was_typed() {
        let forms = ["é\nь", "e\u{301}\r\nь", "e\u{301} \rь\u{2060}"];
        for form in forms {
            assert_eq!(body(form).as_deref(), Ok("é\nь"));
        }
    }

    #[test]
    fn too_few_hide_nobody() {
        assert_eq!(hidden_among(4, 4), Ok(()));
        let refused = hidden_among(3, 4).unwrap_err();
        assert_eq!((refused.code, refused.field.as_deref()), (Code::AnonymitySetTooSmall, Some("attribution")));
        assert!(refused.message.contains("NAMED") && refused.message.contains("PRIVATE"));
    }

    fn note() -> ChathamHouseNote {
        ChathamHouseNote {
            id: NoteId::random(),
            group: WorkingGroupId::random(),
            session: SessionId::random(),
            agenda_item: None,
            body: "one".to_owned(),
            withdrawn: false,
            withdrawal_asked: false,
            released: false,
            visibility: Visibility::Group,
            delegation: None,
            version: 1,
        }
    }

    #[test]
    fn a_tick_changes_a_note_once() {
        let revised = note().changed(Pending { body: Some("two".to_owned()), ..Pending::default() });
        assert_eq!((revised.body.as_str(), revised.version), ("two", 2));
        let gone = revised.changed(Pending { body: Some("three".to_owned()), withdrawn: true, ..Pending::default() });
        assert_eq!((gone.body.as_str(), gone.withdrawn, gone.version), ("", true, 3));
        let late = gone.clone().changed(Pending { body: Some("four".to_owned()), ..Pending::default() });
        assert_eq!(late, gone);
        let asked = note().changed(Pending { withdrawal_asked: true, ..Pending::default() });
        assert_eq!((asked.version, asked.withdrawal_asked), (1, true));
    }
}
