//! Objecting: from one's seat, or with the link from the letter.
//!
//! An objection's instant is the database's clock as its request began, before any lock or retry. Where the item is under
//! the Chatham House Rule, the transaction writes no row that names a person in clear. Deliberately absent: any limit on how often.

use std::sync::Arc;

use dipoli_auth::secret::Secret;
use dipoli_domain::{
    Timestamp,
    audit::{Action, Event},
    id::{MembershipId, PersonId},
    letter::LetterKind,
    note::Attribution,
    person::Standing,
    policy::{self, Act, Actor, On, Permit},
    record::Record,
    refusal::Refusal,
    silence::{Ground, Objection, Silence, Stage},
    time,
};
use dipoli_store::Listener;
use jiff::SignedDuration;
use serde::Serialize;

use super::{latest_on_records, letters, may_object, seen, text};
use crate::{Cx, Error, Result, Topic, Track, again::Tries, idempotency::Once, record};

/// So long after the deadline a link still tells that it has passed.
const LINK_TELLS_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// An objection, as it was sent.
#[derive(Serialize)]
pub struct Break {
    /// To which procedure.
    pub silence_procedure_id: String,
    /// On what ground.
    #[serde(serialize_with = "crate::idempotency::word")]
    pub ground: Ground,
    /// In writing.
    pub statement: String,
    /// Wording that one could accept instead.
    pub amendment: Option<String>,
    /// The client's key for sending this again.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Breaks silence. All who see the item are told at once; further objections are taken until the deadline.
pub async fn break_silence(cx: &Cx, input: Break) -> Result<Silence> {
    let silence = seen(cx, "silenceProcedureId", &input.silence_procedure_id).await?;
    let once = Once::new("breakSilence", input.idempotency_key.as_deref(), &input)?;
    let said = (input.ground, input.statement.as_str(), input.amendment.as_deref());
    let first = speak(cx, "silenceProcedureId", silence, said, &once);
    once.run(cx, first, async |earlier: String| seen(cx, "idempotencyKey", &earlier).await).await
}

/// An objection to the issue of a record, as it was sent.
#[derive(Serialize)]
pub struct ObjectToRecord {
    /// To which record.
    pub record_id: String,
    /// On what ground.
    #[serde(serialize_with = "crate::idempotency::word")]
    pub ground: Ground,
    /// In writing.
    pub statement: String,
    /// Wording that one could accept instead.
    pub amendment: Option<String>,
    /// The client's key for sending this again.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Objects to the issue of a record that is under silence, or was until a moment ago. It stays circulated.
pub async fn object_to_record(cx: &Cx, input: ObjectToRecord) -> Result<Record> {
    let record = record::seen(cx, "recordId", &input.record_id).await?;
    let silence = latest_on_records(cx, &[record.id]).await?.remove(&record.id);
    let once = Once::new("objectToRecord", input.idempotency_key.as_deref(), &input)?;
    let said = (input.ground, input.statement.as_str(), input.amendment.as_deref());
    let first = async {
        // Whoever may not object is told that, whether there is something to object to or not.
        cx.may("recordId", Act::BreakSilence, On::group(record.group)).await?;
        let silence = silence.ok_or_else(|| Refusal::state("It was never under silence."))?;
        speak(cx, "recordId", silence, said, &once).await
    };
    once.run(cx, first, async |earlier: String| {
        let silence = earlier.parse().map_err(|_| Error::Fault("an id was remembered that is none".to_owned()))?;
        let mut found = cx.track.store.silences(&super::seen_by(cx), &[silence]).await?;
        found.pop().ok_or_else(|| Refusal::not_found("idempotencyKey").into())
    })
    .await?;
    record::of_id(cx, "recordId", record.id).await
}

/// Objects from the viewer's seat.
async fn speak(
    cx: &Cx,
    field: &'static str,
    silence: Silence,
    (ground, statement, amendment): (Ground, &str, Option<&str>),
    once: &Once,
) -> Result<Silence> {
    let permit = cx.may(field, Act::BreakSilence, On::group(silence.group)).await?;
    let seat = cx.viewer.seat(silence.group).ok_or_else(|| Refusal::not_found(field))?;
    let permit = match text::attribution(cx, field, silence.on).await? {
        Attribution::Named => permit,
        Attribution::ChathamHouse => permit.under_the_rule(),
    };
    let by = seat.membership;
    let spoken = Spoken { silence, ground, statement, amendment, by, once: Some((once, cx.viewer.person)) };
    land(&cx.track, permit, spoken).await
}

/// An objection with the link from the letter, as it was sent.
pub struct ByLink {
    /// The link's secret.
    pub secret: String,
    /// On what ground.
    pub ground: Ground,
    /// In writing.
    pub statement: String,
    /// Wording that one could accept instead.
    pub amendment: Option<String>,
}

/// Objects to the one procedure, as the one person, that the link is for. It does nothing else, and tells nothing of either.
pub async fn object_by_link(track: &Arc<Track>, input: ByLink) -> Result<()> {
    let now = track.store.now().await?;
    let mut tries = Tries::default();
    loop {
        let stated = object_at(track, &input, now).await;
        if !tries.again(&stated).await {
            return stated;
        }
    }
}

/// Objects with a link, as of `now`, however often it has to be tried.
async fn object_at(track: &Arc<Track>, input: &ByLink, now: Timestamp) -> Result<()> {
    let listener = holder(track, &input.secret, now).await?;
    let silence = track.store.silences(&of(&listener, now), &[listener.silence]).await?.pop().ok_or_else(bad_link)?;
    let permit = policy::may(Actor::Stranger, Act::ObjectByLink, On::track(), now)
        .map_err(|denied| Error::from(denied.refusal("secret")))?;
    let spoken = Spoken {
        silence,
        ground: input.ground,
        statement: &input.statement,
        amendment: input.amendment.as_deref(),
        by: listener.seat.membership,
        once: None,
    };
    land(track, permit, spoken).await.map(drop)
}

/// Whose link it is, as long as they could object from their seat.
async fn holder(track: &Track, secret: &str, now: Timestamp) -> Result<Listener> {
    let given = Secret::parse(secret).ok_or_else(bad_link)?.digest();
    let mut holder = None;
    for listener in track.store.listeners(time::before(now, LINK_TELLS_FOR)).await? {
        let link = letters::link(track, listener.silence, listener.person, listener.links_generation);
        if link.digest() == given {
            holder = Some(listener);
        }
    }
    let can = |listener: &Listener| listener.standing == Standing::Active && may_object(listener.seat.role);
    holder.filter(can).ok_or_else(bad_link)
}

fn of(listener: &Listener, at: Timestamp) -> policy::scope::Agendas {
    policy::scope::Agendas::of_group(listener.seat.group, at)
}

fn bad_link() -> Error {
    Refusal::bad_input("secret", "This link is not good, or not any more.").into()
}

/// An objection on its way.
struct Spoken<'a> {
    silence: Silence,
    ground: Ground,
    statement: &'a str,
    amendment: Option<&'a str>,
    by: MembershipId,
    once: Option<(&'a Once, PersonId)>,
}

/// Writes an objection that was stated at the permit's time.
async fn land(track: &Arc<Track>, permit: Permit, spoken: Spoken<'_>) -> Result<Silence> {
    let Spoken { silence, ground, statement, amendment, by, once } = spoken;
    let objection = Objection::state(&silence, ground, statement, amendment, by)?;
    let tx = track.store.begin(permit).await?;
    tx.lock_group(silence.group).await?;
    let held = tx.silence(silence.id).await?.ok_or_else(|| Refusal::not_found("silenceProcedureId"))?;
    let (stated_at, now) = (tx.now(), tx.clock().await?);
    let is_first = held.silence.stage == Stage::Running;
    // Who was out of reach for long has more time, also where nobody has told them yet.
    let before = held.silence.clone().watched(track.settings().shortest_silence, now);
    // A link has no key of the client's: what it says twice was sent twice.
    let stated = if once.is_none() { tx.objections_to_silence(silence.id).await? } else { Vec::new() };
    if stated.iter().any(|other| objection.repeats(other)) {
        return Ok(silence);
    }
    let silence = before.broken(stated_at, now)?;
    tx.change_silence(&held, &silence).await?;
    tx.add_objection(&objection).await?;
    let more = text::broken(&tx, &silence, ground).await?;
    if let Some((once, person)) = once {
        once.remember_by(&tx, person, &silence.id).await?;
    }
    let action = if is_first { Action::SilenceBroken } else { Action::ObjectionStated };
    if is_first {
        letters::ended(&tx, &silence, LetterKind::SilenceBroken, Act::SeeProposedItems).await?;
    }
    tx.commit(&[&[Event::on(action, silence.id)], more.as_slice()].concat()).await?;
    track.wake();
    track.tell(Topic::Silences(silence.group));
    Ok(silence)
}
