//! A record as it leaves the system: Markdown, and a page that prints to paper or PDF as it is.
//!
//! It has no field for a person, so that no speaker can be named in it but by who drafts. Deliberately absent: anything
//! that is fetched when the page is opened, and any number of people, notes or objections.

use std::fmt::Write;

use jiff::{Timestamp, civil::Date};

use super::{
    Record, RecordStatus,
    markdown::{escaped, to_html},
};
use crate::{note::Attribution, session::Session, time, track::Formality};

/// What stands on an exported record.
pub struct Export<'a> {
    /// Stands on every page, if the track has one.
    pub marking: Option<&'a str>,
    /// How official the dialogue is.
    pub formality: Formality,
    /// The dialogue's name.
    pub track: &'a str,
    /// The group's name.
    pub group: &'a str,
    /// The session that it is the record of.
    pub session: &'a Session,
    /// The strictest attribution of any part of the session: a record is of all of them.
    pub attribution: Attribution,
    /// The delegations' names, in the group's order.
    pub delegations: Vec<&'a str>,
    /// What stands adopted on the session's agenda, in its order.
    pub adopted: Vec<Adopted<'a>>,
    /// The record; `None` where the adopted agenda alone is exported.
    pub record: Option<&'a Record>,
}

/// An item that was adopted.
pub struct Adopted<'a> {
    /// Its title.
    pub title: &'a str,
    /// Its text.
    pub description: &'a str,
    /// When.
    pub at: Option<Timestamp>,
    /// The statements beside it.
    pub statements: Vec<Beside<'a>>,
}

/// An interpretative statement.
pub struct Beside<'a> {
    /// The delegation whose it is; `None` for a participant's, who is not named.
    pub delegation: Option<&'a str>,
    /// In writing.
    pub text: &'a str,
}

/// What a page has to look like on paper.
const STYLE: &str = "@page{size:A4;margin:25mm 22mm}body{font:11pt/1.45 serif;max-width:42em;margin:auto;color:#000;\
    background:#fff}h1{font-size:17pt}h2{font-size:13pt}h3,h4,h5,h6{font-size:11pt}h1,h2,h3{break-after:avoid}\
    .marking{text-align:center;font-weight:bold;letter-spacing:.05em}dt{font-weight:bold}dd{margin:0 0 .3em 0}\
    .standing{border:1px solid;padding:.5em 1em}blockquote{margin-left:2em}pre{white-space:pre-wrap}\
    @media print{.marking{position:fixed;top:-15mm;left:0;right:0}}";

impl Export<'_> {
    /// As Markdown.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        if let Some(marking) = self.marking {
            let _ = writeln!(text, "**{}**\n", plain(marking));
        }
        let _ = writeln!(text, "# {}\n", plain(&self.title()));
        for (name, value) in self.facts() {
            let _ = writeln!(text, "- {name}: {}", plain(&value));
        }
        for sentence in self.sentences() {
            let _ = write!(text, "\n{}\n", plain(&sentence));
        }
        if !self.adopted.is_empty() {
            text.push_str("\n## Adopted agenda\n");
            for item in &self.adopted {
                let _ = write!(text, "\n### {}\n", plain(&item.heading()));
                if !item.description.trim().is_empty() {
                    let _ = write!(text, "\n{}\n", quoted(item.description));
                }
                for statement in &item.statements {
                    let _ = write!(text, "\n{}:\n\n{}\n", plain(&statement.heading()), quoted(statement.text));
                }
            }
        }
        if let Some(record) = self.record {
            let _ = write!(text, "\n## Record\n\n{}\n", record.text);
        }
        text
    }

    /// As a page that is whole in itself.
    pub fn html(&self) -> String {
        let mut page = String::from("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        page.push_str(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
        );
        let title = escaped(&self.title());
        let _ = write!(page, "<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n");
        if let Some(marking) = self.marking {
            let _ = writeln!(page, "<p class=\"marking\">{}</p>", escaped(marking));
        }
        let _ = write!(page, "<h1>{title}</h1>\n<dl>\n");
        for (name, value) in self.facts() {
            let _ = writeln!(page, "<dt>{name}</dt><dd>{}</dd>", escaped(&value));
        }
        page.push_str("</dl>\n<div class=\"standing\">\n");
        for sentence in self.sentences() {
            let _ = writeln!(page, "<p>{}</p>", escaped(&sentence));
        }
        page.push_str("</div>\n");
        if !self.adopted.is_empty() {
            page.push_str("<h2>Adopted agenda</h2>\n");
            for item in &self.adopted {
                let _ = writeln!(page, "<h3>{}</h3>", escaped(&item.heading()));
                page.push_str(&to_html(item.description));
                for statement in &item.statements {
                    let _ = write!(page, "<p>{}:</p>\n<blockquote>", escaped(&statement.heading()));
                    let _ = writeln!(page, "{}</blockquote>", to_html(statement.text));
                }
            }
        }
        if let Some(record) = self.record {
            let _ = write!(page, "<h2>Record</h2>\n{}", to_html(&record.text));
        }
        page.push_str("</body>\n</html>\n");
        page
    }

    fn title(&self) -> String {
        let what = if self.record.is_some() { "Record" } else { "Adopted agenda" };
        format!("{what}: {}", self.session.title)
    }

    /// What it is the record of. The day is that of the session's own clocks.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let formality = match self.formality {
            Formality::Track1 => "Track 1: governments",
            Formality::Track15 => "Track 1.5: officials in a personal capacity and private citizens, together",
            Formality::Track2 => "Track 2: private citizens",
        };
        let mut facts = vec![
            ("Dialogue", self.track.to_owned()),
            ("Formality", formality.to_owned()),
            ("Working group", self.group.to_owned()),
            ("Session", self.session.title.clone()),
            ("Date", self.session.starts.local.date().to_string()),
        ];
        if !self.delegations.is_empty() {
            facts.push(("Delegations", self.delegations.join("; ")));
        }
        facts
    }

    /// What one must know of it: where it stands, whose words these are, in what capacity people spoke.
    fn sentences(&self) -> Vec<String> {
        let standing = self.record.map(|record| match (record.status, record.issued_at) {
            (RecordStatus::Issued, Some(at)) => {
                format!("Issued by silence on {}: until then nobody objected to this text.", day(at))
            }
            (RecordStatus::Issued, None)
            | (RecordStatus::Draft | RecordStatus::Circulated | RecordStatus::UnderSilence, _) => {
                let word = if record.status == RecordStatus::Draft { "A draft" } else { "Circulated, not issued" };
                format!("{word}. This record does not necessarily reflect a consensus.")
            }
        });
        let what = match (self.session.attribution, self.attribution) {
            (Attribution::ChathamHouse, _) => Some("The session was"),
            (Attribution::Named, Attribution::ChathamHouse) => Some("A part of the session was"),
            (Attribution::Named, Attribution::Named) => None,
        };
        let rule = what.map_or_else(
            || "No speaker is named here.".to_owned(),
            |what| {
                format!(
                    "{what} held under the Chatham House Rule: what was said may be used; neither who said it nor for \
                     whom may be told."
                )
            },
        );
        let capacity = "Everyone took part in the capacity that was agreed for them. Who takes part in a personal \
            capacity or as an expert speaks for nobody else; no function and no state stands here beside anyone.";
        standing.into_iter().chain([rule, capacity.to_owned()]).collect()
    }
}

impl Adopted<'_> {
    fn heading(&self) -> String {
        match self.at {
            Some(at) => format!("{} (adopted on {})", self.title, day(at)),
            None => self.title.to_owned(),
        }
    }
}

impl Beside<'_> {
    fn heading(&self) -> String {
        match self.delegation {
            Some(delegation) => format!("Interpretative statement of {delegation}"),
            None => "Interpretative statement of a participant".to_owned(),
        }
    }
}

fn day(at: Timestamp) -> Date {
    time::day(at)
}

/// One line of text in which Markdown finds no mark.
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for character in line.chars() {
        if matches!(character, '\\' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '#' | '!' | '|' | '~') {
            text.push('\\');
        }
        text.push(if character == '\n' { ' ' } else { character });
    }
    text
}

/// A text of several lines, as a quotation.
fn quoted(text: &str) -> String {
    text.lines().map(|line| format!("> {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::WorkingGroupId, record::tests::record, session::Draft, working_group::WorkingGroup};

    const SENTENCE: &str = "does not necessarily reflect a consensus";

    fn session(attribution: Attribution) -> Session {
        let group = WorkingGroup::convene("water", "Water", "", "Europe/Minsk", attribution).expect("sound");
        let draft = Draft {
            title: "Third <round>".to_owned(),
            purpose: String::new(),
            starts_at: "2027-03-29T22:30:00Z".to_owned(),
            ends_at: "2027-03-29T23:30:00Z".to_owned(),
            zone: None,
            venue: None,
            join_url: None,
            attribution: None,
            agenda_cut_off: None,
            draft: false,
        };
        let session = Session::schedule(&group, &draft, Timestamp::UNIX_EPOCH).expect("sound");
        Session { group: WorkingGroupId::random(), ..session }
    }

    fn both(session: &Session, record: &Record) -> [String; 2] {
        both_of(session, session.attribution, record)
    }

    fn both_of(session: &Session, attribution: Attribution, record: &Record) -> [String; 2] {
        let export = Export {
            attribution,
            marking: Some("FOR <participants> ONLY"),
            formality: Formality::Track15,
            track: "Border *crossings*",
            group: "Water",
            session,
            delegations: vec!["North", "South & East"],
            adopted: vec![Adopted {
                title: "Gauges",
                description: "# All\nof them",
                at: Some(session.starts_at()),
                statements: vec![
                    Beside { delegation: Some("South & East"), text: "The <river> alone." },
                    Beside { delegation: None, text: "To me too." },
                ],
            }],
            record: Some(record),
        };
        [export.markdown(), export.html()]
    }

    #[test]
    fn it_says_where_it_stands() {
        let session = session(Attribution::ChathamHouse);
        for status in [RecordStatus::Draft, RecordStatus::Circulated, RecordStatus::UnderSilence] {
            for export in both(&session, &record(status, "Text.")) {
                assert!(export.contains(SENTENCE) && !export.contains("Issued by silence"), "{export}");
            }
        }
        let deadline = "2027-04-05T08:00:00Z".parse().expect("an instant");
        for export in both(&session, &record(RecordStatus::UnderSilence, "Text.").issued(deadline)) {
            assert!(!export.contains(SENTENCE) && export.contains("Issued by silence on 2027-04-05"), "{export}");
            assert!(export.contains("Chatham House Rule") && export.contains("personal capacity"), "{export}");
            assert!(export.contains("Track 1.5") && export.contains("2027-03-30"), "the wall's day: {export}");
        }
    }

    #[test]
    fn it_says_that_a_part_was_under_the_rule() {
        let session = session(Attribution::Named);
        let record = record(RecordStatus::Draft, "Text.");
        for export in both_of(&session, Attribution::ChathamHouse, &record) {
            assert!(export.contains("A part of the session was held under the Chatham House Rule"), "{export}");
        }
        for export in both(&session, &record) {
            assert!(export.contains("No speaker is named here.") && !export.contains("Chatham"), "{export}");
        }
    }

    #[test]
    fn what_is_written_is_no_markup_of_ours() {
        let [markdown, html] =
            both(&session(Attribution::Named), &record(RecordStatus::Draft, "<script>x</script> **y**"));
        assert!(
            markdown.starts_with("**FOR \\<participants\\> ONLY**\n") && markdown.contains("Border \\*crossings\\*")
        );
        assert!(markdown.contains("> # All\n> of them"), "an item's text makes no heading: {markdown}");
        assert!(html.contains("FOR &lt;participants&gt; ONLY") && html.contains("South &amp; East"), "{html}");
        assert!(html.contains("&lt;script&gt;x&lt;/script&gt; <strong>y</strong>"), "{html}");
        assert!(
            html.contains("statement of South &amp; East:</p>") && html.contains("The &lt;river&gt; alone."),
            "{html}"
        );
        assert!(markdown.contains("statement of a participant:\n\n> To me too.\n"), "{markdown}");
        for remote in ["http:", "https:", "src=", "href", "url(", "@import"] {
            assert!(!html.contains(remote), "{remote} in {html}");
        }
    }
}
