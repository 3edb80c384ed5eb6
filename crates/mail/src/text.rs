//! What a letter says, in the reader's language, before it is laid out.
//!
//! A discreet letter tells times by the reader's clocks only; one that tells titles tells them by the session's too, where
//! those are others (requirements M-14). Deliberately absent: for how long before the session a reminder was meant. It may
//! leave later than that, and the time itself stands in the letter.

use dipoli_domain::{
    Timestamp,
    letter::{self, Appointment, Call, Letter, Matter, Token},
};
use fluent_bundle::FluentArgs;
use jiff::SignedDuration;

use crate::{layout::Block, moment::moment, name, page, render::RenderError, sender::Sender, words::Reading};

/// What the reader sees first and then.
pub(crate) struct Text {
    pub(crate) subject: String,
    pub(crate) greeting: String,
    pub(crate) blocks: Vec<Block>,
}

/// Writes the letter. `called` is the recipient's, on one line.
pub(crate) fn write(letter: &Letter, called: &str, sender: &Sender, reading: &Reading) -> Result<Text, RenderError> {
    let writer = Writer { letter, sender, reading };
    let key = key(&letter.matter);
    let mut blocks = writer.blocks(key)?;
    blocks.extend(writer.ending()?);
    if let Some(phrase) = &letter.phrase {
        blocks.push(Block::fact(writer.say("phrase")?, name::on_one_line(phrase)));
    }
    let mut named = FluentArgs::new();
    named.set("name", called);
    Ok(Text {
        subject: writer.say(&format!("{key}.subject"))?,
        greeting: reading.language.say("greeting", &named)?,
        blocks,
    })
}

/// The message that holds the words of this letter.
fn key(matter: &Matter) -> &'static str {
    match matter {
        Matter::Invitation { .. } => "invitation",
        Matter::PasswordReset { .. } => "password-reset",
        Matter::PasswordChanged { .. } => "password-changed",
        Matter::SignInAfterFailures => "sign-in-after-failures",
        Matter::SecondFactorChanged { .. } => "second-factor-changed",
        Matter::RecoveryStarted { own: true, .. } => "recovery-started-own",
        Matter::RecoveryStarted { own: false, .. } => "recovery-started",
        Matter::TokenMade { .. } => "token-made",
        Matter::TokenExpiring { .. } => "token-expiring",
        Matter::AddressToConfirm { own: true, .. } => "address-to-confirm-own",
        Matter::AddressToConfirm { own: false, .. } => "address-to-confirm",
        Matter::AddressChanged { .. } => "address-changed",
        Matter::ProtectionChanged { .. } => "protection-changed",
        Matter::AdministrationChanged { .. } => "administration-changed",
        Matter::SeatGiven { own: true } => "seat-given-own",
        Matter::SeatGiven { own: false } => "seat-given",
        Matter::SeatChanged { own: true } => "seat-changed-own",
        Matter::SeatChanged { own: false } => "seat-changed",
        Matter::SeatTaken { own: true } => "seat-taken-own",
        Matter::SeatTaken { own: false } => "seat-taken",
        Matter::ParticipationSuspended => "participation-suspended",
        Matter::ParticipationResumed => "participation-resumed",
        Matter::SessionScheduled(_) => "session-scheduled",
        Matter::SessionsScheduled(_) => "sessions-scheduled",
        Matter::DateSought => "date-sought",
        Matter::SessionMoved { was: Some(_), .. } => "session-moved",
        Matter::SessionMoved { was: None, .. } => "session-changed",
        Matter::SessionCancelled { .. } => "session-cancelled",
        Matter::Reminder { .. } => "reminder",
        Matter::AnswerMissing(_) => "answer-missing",
        Matter::NotesDigest => "notes-digest",
        Matter::Unsubscribed { .. } => "unsubscribed",
        Matter::AddressStopped => "address-stopped",
        Matter::SilenceOpened(Call { link: Some(_), .. }) => "silence-opened-own",
        Matter::SilenceOpened(Call { link: None, .. }) => "silence-opened",
        Matter::SilenceEnding(_) => "silence-ending",
        Matter::SilenceMoved(_) => "silence-moved",
        Matter::ItemAdopted => "item-adopted",
        Matter::ItemObjected => "item-objected",
        Matter::SilenceBroken => "silence-broken",
        Matter::SilenceAdopted { .. } => "silence-adopted",
        Matter::SilenceWithdrawn => "silence-withdrawn",
        Matter::RecordCirculated => "record-circulated",
        Matter::RecordIssued { .. } => "record-issued",
    }
}

struct Writer<'a> {
    letter: &'a Letter,
    sender: &'a Sender,
    reading: &'a Reading,
}

impl Writer<'_> {
    fn blocks(&self, key: &str) -> Result<Vec<Block>, RenderError> {
        Ok(match &self.letter.matter {
            Matter::Invitation { token, expires_at } => self.token(key, token, *expires_at, letter::INVITATION)?,
            Matter::PasswordReset { token, expires_at } => {
                self.token(key, token, *expires_at, letter::PASSWORD_RESET)?
            }
            Matter::SignInAfterFailures => vec![self.paragraph(key, "lead")?, self.paragraph(key, "close")?],
            Matter::AddressToConfirm { own: _, token, expires_at } => vec![
                self.paragraph(key, "lead")?,
                Block::code(token.expose().to_owned()),
                Block::fact(self.of(key, "until")?, self.moment(*expires_at)?),
                self.paragraph(key, "close")?,
            ],
            Matter::PasswordChanged { at }
            | Matter::SecondFactorChanged { at }
            | Matter::RecoveryStarted { own: _, at }
            | Matter::TokenMade { at }
            | Matter::TokenExpiring { expires_at: at }
            | Matter::AddressChanged { at }
            | Matter::ProtectionChanged { at }
            | Matter::AdministrationChanged { at }
            | Matter::SilenceAdopted { at }
            | Matter::RecordIssued { at } => {
                vec![Block::fact(self.of(key, "lead")?, self.moment(*at)?), self.paragraph(key, "close")?]
            }
            Matter::SeatGiven { .. }
            | Matter::SeatChanged { .. }
            | Matter::SeatTaken { .. }
            | Matter::NotesDigest
            | Matter::AddressStopped => vec![self.paragraph(key, "lead")?],
            Matter::Unsubscribed { kind } => {
                let lead = page::of_kind(self.reading, &format!("{key}.lead"), *kind)?;
                vec![Block::paragraph(lead), self.paragraph(key, "close")?]
            }
            Matter::SilenceOpened(call) | Matter::SilenceEnding(call) | Matter::SilenceMoved(call) => {
                self.call(key, call)?
            }
            Matter::SilenceBroken
            | Matter::SilenceWithdrawn
            | Matter::ParticipationSuspended
            | Matter::ParticipationResumed
            | Matter::RecordCirculated
            | Matter::DateSought
            | Matter::ItemAdopted
            | Matter::ItemObjected => vec![self.paragraph(key, "lead")?, self.paragraph(key, "close")?],
            Matter::SessionCancelled { appointment, reason } => {
                let labels = [self.of(key, "begins")?, self.of(key, "ends")?];
                let reason = reason.as_ref().map(|reason| Ok(Block::fact(self.say("reason")?, reason.clone())));
                self.session(key, appointment, labels, reason.into_iter().collect::<Result<_, _>>()?)?
            }
            Matter::SessionMoved { appointment, was: Some(was) } => {
                let before = vec![
                    Block::fact(self.of(key, "was-begins")?, self.moment(was.starts_at)?),
                    Block::fact(self.of(key, "was-ends")?, self.moment(was.ends_at)?),
                ];
                self.session(key, appointment, [self.of(key, "begins")?, self.of(key, "ends")?], before)?
            }
            Matter::SessionScheduled(appointment)
            | Matter::SessionsScheduled(appointment)
            | Matter::SessionMoved { appointment, was: None }
            | Matter::AnswerMissing(appointment)
            | Matter::Reminder { appointment, before: _ } => {
                self.session(key, appointment, [self.say("begins")?, self.say("ends")?], Vec::new())?
            }
        })
    }

    /// The link and the code that can be used once.
    fn token(
        &self,
        key: &str,
        token: &Token,
        expires_at: Timestamp,
        life: SignedDuration,
    ) -> Result<Vec<Block>, RenderError> {
        let mut hours = FluentArgs::new();
        hours.set("hours", life.as_hours());
        let until = self.reading.language.say(&format!("{key}.until"), &hours)?;
        Ok(vec![
            self.paragraph(key, "lead")?,
            Block::link(None, self.sender.welcome(token)),
            self.paragraph(key, "code")?,
            Block::code(token.expose().to_owned()),
            Block::fact(until, self.moment(expires_at)?),
            self.paragraph(key, "close")?,
        ])
    }

    /// Until when one can object, and with which link; for whoever cannot, what happens if nobody does.
    fn call(&self, key: &str, call: &Call) -> Result<Vec<Block>, RenderError> {
        let mut blocks = vec![Block::fact(self.of(key, "lead")?, self.moment(call.deadline)?)];
        if let Some(secret) = &call.link {
            blocks.extend([self.paragraph("silence", "object")?, Block::link(None, self.sender.objection(secret))]);
        }
        blocks.push(self.paragraph("silence", if call.link.is_some() { "silent" } else { "read" })?);
        Ok(blocks)
    }

    fn session(
        &self,
        key: &str,
        appointment: &Appointment,
        [begins, ends]: [String; 2],
        first: Vec<Block>,
    ) -> Result<Vec<Block>, RenderError> {
        let mut blocks = vec![self.paragraph(key, "lead")?];
        if let Some(subject) = &appointment.subject {
            blocks.push(Block::fact(self.say("title")?, name::on_one_line(&subject.title)));
            if let Some(venue) = &subject.venue {
                blocks.push(Block::fact(self.say("venue")?, name::on_one_line(venue)));
            }
        }
        blocks.extend(first);
        blocks.push(Block::fact(begins, self.moment(appointment.starts_at)?));
        blocks.push(Block::fact(ends, self.moment(appointment.ends_at)?));
        blocks.extend(self.by_the_sessions_clocks(appointment)?);
        blocks.push(self.paragraph(key, "close")?);
        if let Some(secret) = &appointment.answer {
            blocks.push(Block::paragraph(self.say("answer")?));
            for (key, answer) in [("accept", "accepted"), ("tentative", "tentative"), ("decline", "declined")] {
                blocks.push(Block::link(Some(self.say(key)?), self.sender.answer(secret, answer)));
            }
        }
        Ok(blocks)
    }

    /// The times where the session is, for readers elsewhere; only in letters that tell where that is.
    fn by_the_sessions_clocks(&self, appointment: &Appointment) -> Result<Vec<Block>, RenderError> {
        if appointment.subject.is_none() || appointment.zone == self.letter.zone {
            return Ok(Vec::new());
        }
        let there = |instant| moment(self.reading, instant, &appointment.zone);
        Ok(vec![
            Block::fact(self.say("there-begins")?, there(appointment.starts_at)?),
            Block::fact(self.say("there-ends")?, there(appointment.ends_at)?),
        ])
    }

    /// How letters of this kind are turned off, or that they cannot be.
    fn ending(&self) -> Result<Vec<Block>, RenderError> {
        Ok(match &self.letter.unsubscribe {
            Some(secret) => vec![Block::link(Some(self.say("unsubscribe")?), self.sender.unsubscribe(secret))],
            None => vec![Block::paragraph(self.say("necessary")?)],
        })
    }

    fn paragraph(&self, key: &str, attribute: &str) -> Result<Block, RenderError> {
        self.of(key, attribute).map(Block::paragraph)
    }

    fn of(&self, key: &str, attribute: &str) -> Result<String, RenderError> {
        self.say(&format!("{key}.{attribute}"))
    }

    fn say(&self, key: &str) -> Result<String, RenderError> {
        self.reading.language.say(key, &FluentArgs::new())
    }

    fn moment(&self, instant: Timestamp) -> Result<String, RenderError> {
        moment(self.reading, instant, &self.letter.zone)
    }
}
