//! Letters of every kind, to one person, and how a mail is taken apart.
#![allow(dead_code, reason = "each test binary uses its part")]

use dipoli_domain::{
    Timestamp,
    email::EmailAddress,
    id::{LetterId, SessionId},
    language::LanguageTag,
    letter::{Appointment, Call, Letter, LetterKind, Matter, Times, Token},
    time::Zone,
};
use dipoli_mail::{Message, Sender, render};
use mail_parser::{MessageParser, MimeHeaders};

/// A token of 43 characters of base64url, with both of its odd ones.
pub const TOKEN: &str = "dGhpcyBpcyBub3QgYSByZWFsIHRva2Vu-_AAAAAAAAA";

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn zone(name: &str) -> Zone {
    Zone::parse("timeZone", name).unwrap()
}

pub fn sender() -> Sender {
    let from = EmailAddress::parse("from", "secretariat@track.example").unwrap();
    Sender::new(&from, "https://dialogue.example/aalto").unwrap()
}

/// Two hours on the first of March, in Vilnius for those who set it up.
pub fn appointment() -> Appointment {
    Appointment {
        session: SessionId::random(),
        starts_at: at("2027-03-01T09:00:00Z"),
        ends_at: at("2027-03-01T11:00:00Z"),
        zone: zone("Europe/Vilnius"),
        sequence: 2,
        uid: "7b1f2f7e-7e1c-4f0a-9b53-5d0a6f6f2a11".to_owned(),
        label: None,
        has_entry: true,
        answer: Some(Token::new(SECRET.to_owned())),
        subject: None,
    }
}

/// The secret of a link, as long as they are.
pub const SECRET: &str =
    "c2VjcmV0IG9mIGEgbGluayBpbiBhIGxldHRlciwgYXMgbG9uZyBhcyB0aGV5IGFyZSwgYW5kIG5vdCBvbmUgdGhhdCBpcyB1c2Vk";

/// What a letter on this matter holds to be turned off by.
fn unsubscribe(matter: &Matter) -> Option<Token> {
    let is_optional = matches!(
        matter,
        Matter::SessionScheduled(_)
            | Matter::SessionsScheduled(_)
            | Matter::SessionMoved { .. }
            | Matter::Reminder { .. }
            | Matter::AnswerMissing(_)
            | Matter::DateSought
            | Matter::NotesDigest
    );
    is_optional.then(|| Token::new(SECRET.to_owned()))
}

/// When the session was to be before: the evening before.
pub fn was() -> Times {
    Times { starts_at: at("2027-02-28T16:00:00Z"), ends_at: at("2027-02-28T18:00:00Z") }
}

/// A letter of 20 February 2027 to Amina Haddad in Minsk.
pub fn letter(matter: Matter) -> Letter {
    Letter {
        id: LetterId::random(),
        message_key: "q1w2e3r4t5y6u7i8o9p0".to_owned(),
        to: EmailAddress::parse("email", "amina@example.org").unwrap(),
        name: "Amina Haddad".to_owned(),
        language: LanguageTag::english(),
        zone: zone("Europe/Minsk"),
        phrase: None,
        unsubscribe: unsubscribe(&matter),
        written_at: at("2027-02-20T07:30:15.123456Z"),
        matter,
    }
}

/// What letters of this kind are about: one, or two where it may be the recipient's own.
pub fn matters(kind: LetterKind) -> Vec<Matter> {
    let token = || Token::new(TOKEN.to_owned());
    match kind {
        LetterKind::Invitation => vec![Matter::Invitation { token: token(), expires_at: at("2027-02-23T07:30:15Z") }],
        LetterKind::PasswordReset => {
            vec![Matter::PasswordReset { token: token(), expires_at: at("2027-02-20T08:30:15Z") }]
        }
        LetterKind::PasswordChanged => vec![Matter::PasswordChanged { at: at("2027-02-20T07:29:00Z") }],
        LetterKind::SignInAfterFailures => vec![Matter::SignInAfterFailures],
        LetterKind::SecondFactorChanged => vec![Matter::SecondFactorChanged { at: at("2027-02-20T07:29:00Z") }],
        LetterKind::RecoveryStarted => {
            [true, false].map(|own| Matter::RecoveryStarted { own, at: at("2027-02-23T07:30:15Z") }).into()
        }
        LetterKind::TokenMade => vec![Matter::TokenMade { at: at("2027-02-20T07:29:00Z") }],
        LetterKind::TokenExpiring => vec![Matter::TokenExpiring { expires_at: at("2027-02-27T00:00:00Z") }],
        LetterKind::AddressToConfirm => [true, false]
            .map(|own| Matter::AddressToConfirm { own, token: token(), expires_at: at("2027-02-21T07:30:15Z") })
            .into(),
        LetterKind::AddressChanged => vec![Matter::AddressChanged { at: at("2027-02-20T07:29:00Z") }],
        LetterKind::ProtectionChanged => vec![Matter::ProtectionChanged { at: at("2027-02-20T07:29:00Z") }],
        LetterKind::AdministrationChanged => vec![Matter::AdministrationChanged { at: at("2027-02-20T07:29:00Z") }],
        LetterKind::SeatGiven => [true, false].map(|own| Matter::SeatGiven { own }).into(),
        LetterKind::SeatChanged => [true, false].map(|own| Matter::SeatChanged { own }).into(),
        LetterKind::SeatTaken => [true, false].map(|own| Matter::SeatTaken { own }).into(),
        LetterKind::SessionScheduled => vec![Matter::SessionScheduled(appointment())],
        LetterKind::SessionsScheduled => {
            vec![Matter::SessionsScheduled(Appointment { answer: None, ..appointment() })]
        }
        LetterKind::DateSought => vec![Matter::DateSought],
        LetterKind::SessionMoved => {
            [Some(was()), None].map(|was| Matter::SessionMoved { appointment: appointment(), was }).into()
        }
        LetterKind::SessionCancelled => {
            let appointment = Appointment { answer: None, ..appointment() };
            vec![Matter::SessionCancelled { appointment, reason: None }]
        }
        LetterKind::Reminder => {
            vec![Matter::Reminder { appointment: appointment(), before: "24h".parse().unwrap() }]
        }
        LetterKind::AnswerMissing => vec![Matter::AnswerMissing(appointment())],
        LetterKind::NotesDigest => vec![Matter::NotesDigest],
        LetterKind::Unsubscribed => vec![Matter::Unsubscribed { kind: LetterKind::Reminder }],
        LetterKind::ParticipationSuspended => vec![Matter::ParticipationSuspended],
        LetterKind::ParticipationResumed => vec![Matter::ParticipationResumed],
        LetterKind::AddressStopped => vec![Matter::AddressStopped],
        LetterKind::SilenceOpened => [Some(token()), None].map(|link| Matter::SilenceOpened(call(link))).into(),
        LetterKind::SilenceEnding => vec![Matter::SilenceEnding(call(Some(token())))],
        LetterKind::SilenceMoved => [Some(token()), None].map(|link| Matter::SilenceMoved(call(link))).into(),
        LetterKind::SilenceBroken => vec![Matter::SilenceBroken],
        LetterKind::ItemAdopted => vec![Matter::ItemAdopted],
        LetterKind::ItemObjected => vec![Matter::ItemObjected],
        LetterKind::SilenceAdopted => vec![Matter::SilenceAdopted { at: at("2027-03-01T09:00:00Z") }],
        LetterKind::SilenceWithdrawn => vec![Matter::SilenceWithdrawn],
        LetterKind::RecordCirculated => vec![Matter::RecordCirculated],
        LetterKind::RecordIssued => vec![Matter::RecordIssued { at: at("2027-03-01T09:00:00Z") }],
    }
}

fn call(link: Option<Token>) -> Call {
    Call { deadline: at("2027-03-01T09:00:00Z"), link }
}

/// The languages that letters are written in.
pub const LANGUAGES: [&str; 5] = ["en", "be", "ru", "pl", "lt"];

/// Letters of every kind, in every language.
pub fn letters() -> Vec<Letter> {
    let every = LetterKind::ALL.iter().flat_map(|kind| matters(*kind)).map(letter);
    every.flat_map(|letter| LANGUAGES.map(|language| in_language(letter.clone(), language))).collect()
}

pub fn in_language(letter: Letter, language: &str) -> Letter {
    Letter { language: LanguageTag::parse("language", language).unwrap(), ..letter }
}

pub fn rendered(letter: &Letter) -> Message {
    render(letter, &sender()).unwrap()
}

/// A mail taken apart: its headers in order, its text, and its calendar part.
pub struct Parts {
    pub headers: Vec<(String, String)>,
    pub subject: String,
    pub recipients: Vec<(Option<String>, String)>,
    pub text: String,
    pub html: String,
    pub calendar: Option<String>,
    pub calendar_type: Option<String>,
}

pub fn taken_apart(bytes: &[u8]) -> Parts {
    let mail = MessageParser::default().parse(bytes).unwrap();
    let recipients =
        mail.to().unwrap().iter().map(|to| (to.name().map(str::to_owned), to.address().unwrap().to_owned()));
    let calendar = mail.parts.iter().find(|part| part.is_content_type("text", "calendar"));
    Parts {
        headers: mail.headers_raw().map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect(),
        subject: mail.subject().unwrap().to_owned(),
        recipients: recipients.collect(),
        text: mail.body_text(0).unwrap().into_owned(),
        html: mail.body_html(0).unwrap().into_owned(),
        calendar: calendar.map(|part| part.text_contents().unwrap().to_owned()),
        calendar_type: calendar.map(|part| {
            let content_type = part.content_type().unwrap();
            format!("{} {}", content_type.attribute("method").unwrap(), content_type.attribute("charset").unwrap())
        }),
    }
}

pub fn apart(letter: &Letter) -> Parts {
    taken_apart(&rendered(letter).to_bytes())
}
