//! The subject and the text part of a letter: a template of the reader's language, filled in with what the letter holds.
//!
//! A template may name: `name`; `own` (letters on seats); `begins` and `ends` (sessions); `link`, `token` and `until`
//! (invitation and reset); `at` (the password was changed, a text was adopted); `deadline` and `link` (silence procedures, the link only where one can object). Naming anything else is an error, not an empty word.
//!
//! Deliberately absent: for how long before the session a reminder was meant. It may leave later than that, and the
//! time itself stands in the letter. The session's own zone: a discreet letter tells the reader's only.

use std::sync::LazyLock;

use dipoli_domain::{
    Timestamp,
    letter::{Letter, LetterKind, Matter},
};
use minijinja::{Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig};

use crate::{render::RenderError, sender::Sender, words::Language};

/// What the reader sees first and then.
pub(crate) struct Text {
    pub(crate) subject: String,
    pub(crate) body: String,
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut syntax = SyntaxConfig::builder();
    // A condition on a line of its own leaves no empty line behind.
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    templates.set_syntax(syntax.build().expect("the usual delimiters are sound"));
    templates
});

/// Writes the letter. `name` is the recipient's, on one line.
pub(crate) fn write(letter: &Letter, name: &str, sender: &Sender, language: &Language) -> Result<Text, RenderError> {
    let template = (language.template)(kind(&letter.matter));
    let facts = context! { name, ..facts(letter, sender, language) };
    let whole = TEMPLATES.render_str(template, facts).map_err(|_| RenderError::Template)?;
    let (subject, body) = whole.split_once("\n\n").ok_or(RenderError::Template)?;
    let subject = subject.strip_prefix("Subject: ").ok_or(RenderError::Template)?;
    Ok(Text { subject: subject.to_owned(), body: body.trim_end().to_owned() })
}

fn kind(matter: &Matter) -> LetterKind {
    match matter {
        Matter::Invitation { .. } => LetterKind::Invitation,
        Matter::PasswordReset { .. } => LetterKind::PasswordReset,
        Matter::PasswordChanged { .. } => LetterKind::PasswordChanged,
        Matter::SeatGiven { .. } => LetterKind::SeatGiven,
        Matter::SeatChanged { .. } => LetterKind::SeatChanged,
        Matter::SeatTaken { .. } => LetterKind::SeatTaken,
        Matter::SessionScheduled(_) => LetterKind::SessionScheduled,
        Matter::SessionMoved(_) => LetterKind::SessionMoved,
        Matter::SessionCancelled(_) => LetterKind::SessionCancelled,
        Matter::Reminder { .. } => LetterKind::Reminder,
        Matter::SilenceOpened(_) => LetterKind::SilenceOpened,
        Matter::SilenceEnding(_) => LetterKind::SilenceEnding,
        Matter::SilenceMoved(_) => LetterKind::SilenceMoved,
        Matter::SilenceBroken => LetterKind::SilenceBroken,
        Matter::SilenceAdopted { .. } => LetterKind::SilenceAdopted,
        Matter::SilenceWithdrawn => LetterKind::SilenceWithdrawn,
    }
}

fn facts(letter: &Letter, sender: &Sender, language: &Language) -> Value {
    let moment = |instant: Timestamp| (language.moment)(&letter.zone.at(instant));
    match &letter.matter {
        Matter::Invitation { token, expires_at } | Matter::PasswordReset { token, expires_at } => {
            context! { token => token.expose(), link => sender.welcome(token), until => moment(*expires_at) }
        }
        Matter::PasswordChanged { at } => context! { at => moment(*at) },
        Matter::SeatGiven { own } | Matter::SeatChanged { own } | Matter::SeatTaken { own } => context! { own },
        Matter::SessionScheduled(appointment)
        | Matter::SessionMoved(appointment)
        | Matter::SessionCancelled(appointment)
        | Matter::Reminder { appointment, before: _ } => {
            context! { begins => moment(appointment.starts_at), ends => moment(appointment.ends_at) }
        }
        Matter::SilenceOpened(call) | Matter::SilenceEnding(call) | Matter::SilenceMoved(call) => {
            let link = call.link.as_ref().map(|secret| sender.objection(secret));
            context! { deadline => moment(call.deadline), link }
        }
        Matter::SilenceAdopted { at } => context! { at => moment(*at) },
        Matter::SilenceBroken | Matter::SilenceWithdrawn => context! {},
    }
}
