//! What a person chooses about the letters and the calendar that they get, and when members are reminded.
//!
//! Each choice takes effect at once: what waits is planned anew, and what must not be sent is not sent (requirements
//! M-06). Deliberately absent: choosing for anyone else.

use std::sync::Arc;

use dipoli_domain::{
    audit::{Action, Event},
    correspondence::Choices,
    id::{PersonId, SessionId},
    language::LanguageTag,
    letter::LetterKind,
    person::Standing,
    policy::{self, Act, Actor, On},
    refusal::Refusal,
    reminder::Rule,
    session::Session,
    time,
};
use dipoli_store::{Correspondent, Queued, Tx};
use jiff::SignedDuration;

use crate::{Cx, Error, Result, Track, cx::id, link, session, session_letters};

/// How long the confirmation of having turned something off is worth sending.
const CONFIRMED_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What the viewer has chosen; FORBIDDEN to an API client, which does not choose it either.
pub async fn of_viewer(cx: &Cx) -> Result<Choices> {
    if !cx.viewer.covers(Act::ChooseLetters) {
        return Err(Refusal::forbidden().into());
    }
    Ok(cx.track.store.correspondent(cx.viewer.person).await?.choices)
}

/// Turns letters of a kind off or on for oneself; what is necessary cannot be turned off.
pub async fn want(cx: &Cx, kind: LetterKind, wanted: bool) -> Result<Choices> {
    choose(cx, |choices| choices.with("kind", kind, wanted), false).await
}

/// Whether letters come with a calendar entry.
pub async fn attach_entries(cx: &Cx, attach: bool) -> Result<Choices> {
    choose(cx, |choices| Ok(Choices { without_entries: !attach, ..choices }), false).await
}

/// What one's calendar calls sessions, or one of them.
pub async fn label(cx: &Cx, session: Option<&str>, label: Option<&str>) -> Result<Choices> {
    let session = match session {
        Some(text) => Some(session::seen(cx, "sessionId", id("sessionId", text)?).await?.id),
        None => None,
    };
    choose(cx, |choices| choices.labelled(session, label), false).await
}

/// When one is reminded; `None` for as the session or the track says.
pub async fn remind(cx: &Cx, reminders: Option<&[String]>) -> Result<Choices> {
    let reminders = reminders.map(|texts| Rule::parse("reminders", texts)).transpose()?;
    choose(cx, |choices| Ok(Choices { reminders, ..choices }), true).await
}

/// Makes another address of one's calendar feed; the one before leads nowhere.
pub async fn renew_feed(cx: &Cx) -> Result<()> {
    let permit = cx.may("input", Act::ChooseLetters, On::track()).await?;
    let tx = cx.track.store.begin(permit).await?;
    let before = tx.correspondent(cx.viewer.person).await?;
    let after = Correspondent { feed_generation: before.feed_generation + 1, ..before };
    tx.put_correspondent(cx.viewer.person, &after).await?;
    Ok(tx.commit(&[Event::on(Action::LettersChosen, cx.viewer.person)]).await?)
}

async fn choose(
    cx: &Cx,
    change: impl FnOnce(Choices) -> std::result::Result<Choices, Refusal> + Send,
    plans: bool,
) -> Result<Choices> {
    let permit = cx.may("input", Act::ChooseLetters, On::track()).await?;
    let tx = cx.track.store.begin(permit).await?;
    let person = cx.viewer.person;
    let before = tx.correspondent(person).await?;
    let choices = change(before.choices.clone())?;
    if choices == before.choices {
        return Ok(choices);
    }
    tx.put_correspondent(person, &Correspondent { choices: choices.clone(), ..before }).await?;
    if plans {
        session_letters::plan_all_anew(&tx, &cx.track, Some(person)).await?;
    }
    tx.commit(&[Event::on(Action::LettersChosen, person)]).await?;
    cx.track.wake();
    Ok(choices)
}

/// When members are reminded of a session; `None` for as the track says. Organizers.
pub async fn remind_of_session(cx: &Cx, session: &str, reminders: Option<&[String]>) -> Result<Session> {
    let session = session::seen(cx, "sessionId", id("sessionId", session)?).await?;
    let permit = cx.may("sessionId", Act::SetSessionReminders, On::group(session.group)).await?;
    let rule = reminders.map(|texts| Rule::parse("reminders", texts)).transpose()?;
    let tx = cx.track.store.begin(permit).await?;
    tx.lock_group(session.group).await?;
    tx.set_reminder_rule(Some(session.id), rule.as_ref()).await?;
    session_letters::plan_anew(&tx, &cx.track, &session, None).await?;
    tx.commit(&[Event::on(Action::RemindersSet, session.id)]).await?;
    cx.track.wake();
    Ok(session)
}

/// When members of the track are reminded; `None` for as its settings say. Administrators.
pub async fn remind_in_track(cx: &Cx, reminders: Option<&[String]>) -> Result<Rule> {
    let permit = cx.may("reminders", Act::SetTrackReminders, On::track()).await?;
    let rule = reminders.map(|texts| Rule::parse("reminders", texts)).transpose()?;
    let tx = cx.track.store.begin(permit).await?;
    tx.set_reminder_rule(None, rule.as_ref()).await?;
    session_letters::plan_all_anew(&tx, &cx.track, None).await?;
    tx.commit(&[Event::of(Action::RemindersSet)]).await?;
    cx.track.wake();
    Ok(rule.unwrap_or_else(|| cx.track.settings().reminders.clone()))
}

/// When members are reminded of a session, unless they have chosen otherwise: as was said of it, else of the track.
pub async fn rule_of(cx: &Cx, session: Option<SessionId>) -> Result<Rule> {
    if let Some(session) = session
        && let Some(rule) = cx.track.store.reminder_rule(Some(session)).await?
    {
        return Ok(rule);
    }
    Ok(cx.track.store.reminder_rule(None).await?.unwrap_or_else(|| cx.track.settings().reminders.clone()))
}

/// What the link of a letter turns off, and for a reader of which language.
pub struct Subscription {
    /// Whose.
    person: PersonId,
    /// The kind of letters.
    pub kind: LetterKind,
    /// The reader's language.
    pub language: LanguageTag,
}

/// What a link turns off; `None` for whatever is no link, or none any more.
pub async fn subscription(track: &Track, secret: &str) -> Result<Option<Subscription>> {
    let Some((person, generation, kind)) = link::open_unsubscribe(track, secret) else { return Ok(None) };
    let account = track.store.account(person).await?;
    let good = account.filter(|it| it.links_generation == generation && it.person.standing == Standing::Active);
    Ok(good.map(|account| Subscription { person, kind, language: account.person.language }))
}

/// Turns a kind of letters off for whoever was sent the link, and confirms it by letter, once.
pub async fn unsubscribe(track: &Arc<Track>, subscription: &Subscription) -> Result<()> {
    let Subscription { person, kind, .. } = subscription;
    let now = track.now().await?;
    let permit = policy::may(Actor::Link(*person), Act::UnsubscribeByLink, On::track(), now)
        .map_err(|denied| Error::from(denied.refusal("secret")))?;
    let tx = track.store.begin(permit).await?;
    let before = tx.correspondent(*person).await?;
    let choices = before.choices.clone().with("secret", *kind, false)?;
    if choices == before.choices {
        return Ok(());
    }
    tx.put_correspondent(*person, &Correspondent { choices, ..before }).await?;
    tx.queue(&confirmation(&tx, *person, *kind)).await?;
    tx.commit(&[Event::on(Action::LettersChosen, *person)]).await?;
    track.wake();
    Ok(())
}

fn confirmation(tx: &Tx, person: PersonId, about: LetterKind) -> Queued {
    Queued {
        kind: LetterKind::Unsubscribed,
        person,
        session: None,
        sequence: None,
        before: None,
        silence: None,
        own: true,
        due: tx.now(),
        expires: Some(time::after(tx.now(), CONFIRMED_FOR)),
        was: None,
        about: Some(about),
    }
}
