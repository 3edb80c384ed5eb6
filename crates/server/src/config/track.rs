//! `track.toml`: the settings of one track. Keys whose feature comes later are there and checked already, so that a
//! file written today is good then.

use std::path::Path;

use dipoli_domain::{
    email::EmailAddress, language::LanguageTag, reminder::Rule, second_factor::Demand, tick::Pace, track::Formality,
};
use secrecy::SecretString;
use serde::Deserialize;

use super::{
    Wrong, bounds,
    bounds::{Count, Within},
    layers::{self, Layer},
    template::{Entry, First, Template},
};

const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;
/// As long as a duration can be.
const YEAR: u32 = 366 * DAY;

/// A track's settings, checked.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// The dialogue's name.
    #[serde(deserialize_with = "bounds::line")]
    pub name: String,
    /// What it is for.
    #[serde(deserialize_with = "bounds::prose")]
    pub purpose: String,
    /// How official it is.
    #[serde(deserialize_with = "bounds::formality")]
    pub formality: Formality,
    /// Language of whoever has none.
    #[serde(deserialize_with = "bounds::language")]
    pub language: LanguageTag,
    /// Where the content is, if not in `track.db`.
    #[serde(default, deserialize_with = "bounds::database_url")]
    pub database_url: Option<SecretString>,
    /// Where the wrapped keys are, if not in `keys.db`.
    #[serde(default, deserialize_with = "bounds::database_url")]
    pub keys_url: Option<SecretString>,
    /// Of notes.
    pub notes: Notes,
    /// Of silence procedures.
    pub silence: Silence,
    /// Of records.
    pub record: Record,
    /// Of reminders.
    pub reminders: Reminders,
    /// Of mail.
    pub mail: Mail,
    /// Of signing in.
    pub sign_in: SignIn,
}

/// How notes under the Rule are released, and whom they hide among.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notes {
    /// The tick while a session of the group is on.
    pub release_during_session: Within<1, HOUR>,
    /// The tick otherwise.
    pub release_otherwise: Within<1, { 7 * DAY }>,
    /// Fewest people who could have written one.
    pub smallest_anonymity_set: Count<3, 20>,
    /// How long a seat is held before it counts for that.
    pub seat_age: Within<0, YEAR>,
}

/// Of silence procedures.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Silence {
    /// Shortest time from opening to deadline.
    pub shortest: Within<1, YEAR>,
}

/// Of records of sessions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Stands on every page of an exported one.
    #[serde(deserialize_with = "bounds::optional_line")]
    pub marking: Option<String>,
}

/// Of reminders.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reminders {
    /// How long before a session they leave.
    #[serde(deserialize_with = "bounds::reminders")]
    pub before: Rule,
}

/// Of mail.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// The relay; files in `outbox/` without one.
    #[serde(default, deserialize_with = "bounds::smtp_url")]
    pub url: Option<SecretString>,
    /// Who the letters are from.
    #[serde(deserialize_with = "bounds::email")]
    pub from: EmailAddress,
    /// What EHLO says.
    #[serde(deserialize_with = "bounds::host")]
    pub helo: String,
    /// How much letters tell.
    pub content: Content,
    /// Most letters a second.
    pub per_second: Count<1, 1_000>,
}

/// How much letters tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// That something is due, and when.
    Discreet,
    /// Titles, too.
    Titles,
}

/// Of signing in.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// Life of an access token.
    pub access_token_minutes: Count<1, 60>,
    /// Who needs a second factor.
    pub second_factor: SecondFactor,
}

/// Who needs a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecondFactor {
    /// Administrators, organizers and facilitators.
    Roles,
    /// Everyone.
    Required,
    /// Whoever wants one.
    Optional,
}

const TEMPLATE: Template = Template {
    head: "The settings of one track. Durations are a number and s, m, h or d.",
    entries: &[
        Entry { key: "name", first: First::Required, comment: "the dialogue's name, to those inside" },
        Entry { key: "purpose", first: First::Default(r#""""#), comment: "what it is for, to those inside" },
        Entry { key: "formality", first: First::Default(r#""track-1.5""#), comment: "track-1 | track-1.5 | track-2" },
        Entry { key: "language", first: First::Default(r#""en""#), comment: "of whoever has none (BCP 47)" },
        Entry {
            key: "database_url",
            first: First::Example(r#""postgres://…""#),
            comment: "the content; track.db in this folder unless given",
        },
        Entry {
            key: "keys_url",
            first: First::Example(r#""postgres://…""#),
            comment: "the wrapped keys; keys.db in this folder unless given",
        },
        Entry {
            key: "notes.release_during_session",
            first: First::Default(r#""5m""#),
            comment: "1s…1h; below 1m the moment of posting can be guessed",
        },
        Entry {
            key: "notes.release_otherwise",
            first: First::Default(r#""24h""#),
            comment: "1s…7d; at a fixed hour where it is a day or more",
        },
        Entry {
            key: "notes.smallest_anonymity_set",
            first: First::Default("4"),
            comment: "3…20 people among whom an author is not found",
        },
        Entry {
            key: "notes.seat_age",
            first: First::Default(r#""7d""#),
            comment: "from 0s: how long a seat is held before it counts for that",
        },
        Entry {
            key: "silence.shortest",
            first: First::Default(r#""72h""#),
            comment: "from 1s; members see it; below 24h the unreached are taken for consenting",
        },
        Entry {
            key: "record.marking",
            first: First::Default(r#""""#),
            comment: "stands on every page of an exported record: one line, at most 200 characters",
        },
        Entry {
            key: "reminders.before",
            first: First::Default(r#"["7d", "24h", "1h"]"#),
            comment: "at most 10; before a session's start; day-before is 09:00 by the recipient's clocks",
        },
        Entry {
            key: "mail.url",
            first: First::Example(r#""smtps://…""#),
            comment: "the track's own relay; files in outbox/ unless given; smtp:// needs STARTTLS but on loopback",
        },
        Entry {
            key: "mail.from",
            first: First::Default(r#""secretariat@localhost""#),
            comment: "the track's own sender",
        },
        Entry { key: "mail.helo", first: First::Default(r#""localhost""#), comment: "what EHLO says" },
        Entry { key: "mail.content", first: First::Default(r#""discreet""#), comment: "discreet | titles" },
        Entry { key: "mail.per_second", first: First::Default("20"), comment: "1…1000: letters at most" },
        Entry {
            key: "sign_in.access_token_minutes",
            first: First::Default("5"),
            comment: "1…60: life of an access token",
        },
        Entry {
            key: "sign_in.second_factor",
            first: First::Default(r#""roles""#),
            comment: "roles (administrators, organizers, facilitators) | required | optional",
        },
    ],
};

impl Track {
    /// Reads the file.
    ///
    /// # Errors
    /// What is wrong, and on which line.
    pub fn load(file: &Path) -> Result<Self, Wrong> {
        Self::parse(file, super::read(file)?)
    }

    /// Reads the text of a file that is, or will be, at `file`.
    ///
    /// # Errors
    /// As [`Track::load`].
    pub fn parse(file: &Path, text: String) -> Result<Self, Wrong> {
        layers::extract(&TEMPLATE, &[Layer::File { path: file.to_owned(), text }])
    }

    /// The file as it is first written; `given` holds values (as TOML) that differ from the default, `name` among them.
    pub fn first_file(given: &[(&str, String)]) -> String {
        TEMPLATE.render(given)
    }

    /// The settings of the track in which nobody can sign in: the defaults.
    pub fn of_nobody() -> Self {
        let text = "name = \"nobody\"".to_owned();
        Self::parse(Path::new("nobody"), text).unwrap_or_else(|wrong| unreachable!("the defaults are sound: {wrong}"))
    }

    /// The settings that acts depend on.
    pub fn for_app(&self, slug: &str, public_url: &str) -> dipoli_app::Settings {
        dipoli_app::Settings {
            slug: slug.to_owned(),
            name: self.name.clone(),
            purpose: self.purpose.clone(),
            formality: self.formality,
            language: self.language.clone(),
            public_url: public_url.to_owned(),
            reminders: self.reminders.before.clone(),
            letters_tell_titles: self.mail.content == Content::Titles,
            pace: Pace {
                during_session: self.notes.release_during_session.get(),
                otherwise: self.notes.release_otherwise.get(),
            },
            smallest_anonymity_set: self.notes.smallest_anonymity_set.get(),
            seat_age: self.notes.seat_age.get(),
            shortest_silence: self.silence.shortest.get(),
            record_marking: self.record.marking.clone(),
            access_token_minutes: self.sign_in.access_token_minutes.get(),
            second_factor: match self.sign_in.second_factor {
                SecondFactor::Roles => Demand::Roles,
                SecondFactor::Required => Demand::Required,
                SecondFactor::Optional => Demand::Optional,
            },
        }
    }

    /// What an operator should think about once more, in a sentence each.
    pub fn warnings(&self) -> Vec<&'static str> {
        let mut warnings = Vec::new();
        let mut warn = |is_so: bool, sentence| warnings.extend(is_so.then_some(sentence));
        warn(
            self.notes.release_during_session.get().as_seconds() < MINUTE,
            "notes.release_during_session is below 1m: who was writing a moment ago may be guessed",
        );
        warn(
            self.silence.shortest.get().as_seconds() < DAY,
            "silence.shortest is below 24h: silence of people who were not reached is no consent",
        );
        warn(self.mail.url.is_none(), "mail.url is not set: letters go to files in outbox/ and reach nobody");
        warn(
            self.mail.url.is_some() && self.mail.from.as_str().ends_with("@localhost"),
            "mail.from is at localhost: relays and recipients will refuse it",
        );
        warn(
            self.mail.content == Content::Titles,
            "mail.content = \"titles\": relays and mailboxes learn titles, places and why sessions are cancelled",
        );
        warn(
            self.sign_in.second_factor == SecondFactor::Optional,
            "sign_in.second_factor = \"optional\": whoever learns an administrator's password is one",
        );
        warnings
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn parse(text: &str) -> Result<Track, Wrong> {
        Track::parse(Path::new("track.toml"), format!("name = \"Border crossings\"\n{text}"))
    }

    fn fault(text: &str) -> String {
        parse(text).err().map(|wrong| wrong.to_string()).unwrap_or_default()
    }

    /// Everything in it, as far as it may be shown.
    fn shown(track: &Track) -> String {
        let Track { name, purpose, formality, language, notes, silence, record, reminders, mail, sign_in, .. } = track;
        let Mail { from, helo, content, per_second, .. } = mail;
        let mail = format!("{} {helo} {content:?} {per_second:?}", from.as_str());
        format!(
            "{name} {purpose} {formality:?} {language} {notes:?} {silence:?} {record:?} {reminders:?} {mail} {sign_in:?}"
        )
    }

    #[test]
    fn the_written_file_holds_every_key_and_the_defaults() {
        let text = Track::first_file(&[("name", "\"Border crossings\"".into())]);
        let track = Track::parse(Path::new("track.toml"), text.clone()).unwrap();
        assert_eq!(shown(&track), shown(&parse("").unwrap()), "the text and the defaults differ");
        for entry in TEMPLATE.entries {
            let key = entry.key.rsplit('.').next().unwrap();
            let stands = |line: &str| line.trim_start_matches("# ").starts_with(&format!("{key} = "));
            assert!(text.lines().any(stands), "{key} is not in\n{text}");
        }
        assert_eq!(track.name, "Border crossings");
        assert_eq!(track.formality, Formality::Track15);
        assert_eq!(track.reminders.before.texts(), ["1h", "1d", "7d"]);
        assert!(track.database_url.is_none() && track.mail.url.is_none());
        assert_eq!((track.mail.per_second.get(), track.sign_in.access_token_minutes.get()), (20, 5));
    }

    #[test]
    fn every_bound_is_kept() {
        for (section, key, least, most, below, above) in [
            ("notes", "release_during_session", "\"1s\"", "\"1h\"", "\"0s\"", "\"61m\""),
            ("notes", "release_otherwise", "\"1s\"", "\"7d\"", "\"0s\"", "\"8d\""),
            ("notes", "smallest_anonymity_set", "3", "20", "2", "21"),
            ("notes", "seat_age", "\"0s\"", "\"366d\"", "\"-1s\"", "\"367d\""),
            ("silence", "shortest", "\"1s\"", "\"366d\"", "\"0s\"", "\"367d\""),
            ("mail", "per_second", "1", "1000", "0", "1001"),
            ("sign_in", "access_token_minutes", "1", "60", "0", "61"),
        ] {
            for good in [least, most] {
                assert!(parse(&format!("[{section}]\n{key} = {good}\n")).is_ok(), "{key} = {good}");
            }
            for bad in [below, above] {
                let told = fault(&format!("[{section}]\n{key} = {bad}\n"));
                assert!(told.starts_with(&format!("track.toml, line 3, {section}.{key}: ")), "{told}");
            }
        }
    }

    #[test]
    fn what_is_not_a_value_is_refused_by_its_line() {
        for text in [
            "formality = \"track-3\"",
            "language = \"english!\"",
            "database_url = \"sqlite://x\"",
            "keys_url = \"mysql://x\"",
            "purpose = 3",
            "mail.url = \"http://relay.example\"",
            "mail.url = \"smtp://\"",
            "mail.from = \"secretariat\"",
            "mail.helo = \"a b\"",
            "mail.content = \"everything\"",
            "record.marking = 3",
            "record.marking = \"a\\nb\"",
            "reminders.before = [\"soon\"]",
            "reminders.before = [\"0s\"]",
            "reminders.before = \"1h\"",
            "sign_in.second_factor = \"sometimes\"",
            "nothing = 1",
            "notes.nothing = 1",
        ] {
            let told = fault(&format!("\n{text}\n"));
            assert!(told.starts_with("track.toml, line 3"), "{text}: {told}");
        }
        let nameless = Track::parse(Path::new("track.toml"), "purpose = \"\"".into()).err().unwrap();
        assert_eq!(nameless.to_string(), "track.toml: name is missing");
    }

    #[test]
    fn a_marking_is_one_line_or_none() {
        let marking = |value: &str| parse(&format!("record.marking = {value}")).map(|track| track.record.marking);
        assert_eq!(marking("\" \"").unwrap(), None);
        assert_eq!(marking("\"FOR PARTICIPANTS ONLY\"").unwrap().as_deref(), Some("FOR PARTICIPANTS ONLY"));
        let of_length = |length| marking(&format!("\"{}\"", "ж".repeat(length)));
        assert!(of_length(200).is_ok() && of_length(201).is_err());
    }

    #[test]
    fn secrets_are_read_and_not_shown() {
        let track = parse("database_url = \"postgres://a:hidden@db.example/x\"").unwrap();
        assert_eq!(track.database_url.as_ref().unwrap().expose_secret(), "postgres://a:hidden@db.example/x");
        assert!(!format!("{:?}", track.database_url).contains("hidden"));
    }

    #[test]
    fn an_operator_is_warned() {
        let about = |text: &str, word: &str| parse(text).unwrap().warnings().iter().any(|line| line.starts_with(word));
        assert!(about("notes.release_during_session = \"59s\"", "notes.release_during_session"));
        assert!(!about("notes.release_during_session = \"1m\"", "notes.release_during_session"));
        assert!(about("silence.shortest = \"23h\"", "silence.shortest"));
        assert!(!about("silence.shortest = \"24h\"", "silence.shortest"));
        assert!(!about("", "sign_in.second_factor") && about("sign_in.second_factor = \"optional\"", "sign_in.second"));
    }
}
