//! Answering a session by the link of a letter, without signing in (requirements G-15).
//!
//! A link is good for one person's answer to one session, until the session starts. Deliberately absent: anything that
//! the link could tell of the session, its time included: the letter has told it.

use std::sync::Arc;

use dipoli_domain::{
    attendee::Rsvp,
    audit::{Action, Event},
    language::LanguageTag,
    person::Standing,
    policy::{self, Act, Actor, Holder, On, Rule},
    session::SessionStatus,
};
use dipoli_store::Asked;

use crate::{Error, Result, Track, link, session_letters};

/// A question that is open to whoever has its link.
pub struct Question(Asked);

impl Question {
    /// The language of whoever is asked.
    pub fn language(&self) -> &LanguageTag {
        &self.0.language
    }
}

/// The question behind a link; `None` for whatever is no link, or none any more: the session has started or was
/// cancelled, the seat was lost, the person's links were renewed.
pub async fn question(track: &Track, secret: &str) -> Result<Option<Question>> {
    let Some((attendee, generation)) = link::open_answer(track, secret) else { return Ok(None) };
    let now = track.now().await?;
    let asked = track.store.asked(attendee).await?;
    let is_open = |asked: &Asked| {
        let sees = |role| Act::SeeScheduledSessions.rule(Holder::Seat(role)) == Rule::Always;
        asked.links_generation == generation
            && asked.standing == Standing::Active
            && asked.seat.is_some_and(|seat| sees(seat.role))
            && asked.status == SessionStatus::Scheduled
            && asked.starts_at > now
    };
    Ok(asked.filter(is_open).map(Question))
}

/// Answers it. How one attends is not asked, and what was said of it before is forgotten.
pub async fn answer(track: &Arc<Track>, question: &Question, response: Rsvp) -> Result<()> {
    let asked = &question.0;
    let permit = policy::may(Actor::Link(asked.person), Act::AnswerByLink, On::group(asked.group), track.now().await?)
        .map_err(|denied| Error::from(denied.refusal("secret")))?;
    let tx = track.store.begin(permit).await?;
    tx.lock_group(asked.group).await?;
    tx.respond(asked.id, response, None).await?;
    if let Some(session) = tx.session(asked.session).await? {
        session_letters::plan_anew(&tx, track, &session, Some(asked.person)).await?;
    }
    tx.commit(&[Event::on(Action::Responded, asked.id)]).await?;
    track.wake();
    Ok(())
}
