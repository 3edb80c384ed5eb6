//! The caucus channel: releasing what was said to the facilitators alone, in its own words or in a paraphrase.
//!
//! Whoever releases without their name does so under the Chatham House Rule: on the tick, by no actor, and no row joins what
//! comes out to where it came from. Deliberately absent: any way to pass on a caucus note without its author, and any way
//! to take a release back.

use std::collections::HashMap;

use dipoli_domain::{
    Timestamp,
    audit::{Action, Event},
    chatham_house_note::{self, ChathamHouseNote},
    id::{NoteId, ParaphraseId},
    note::{AnyNote, Note, Visibility},
    policy::{Act, On, Permit, scope::Posting},
    refusal::{Refusal, Refusals},
    release::{self, Audience, Paraphrase, ParaphraseState},
};
use dipoli_store::StoreError;
use jiff::civil::Date;
use secrecy::SecretString;
use serde::Serialize;

use crate::{
    Cx, Error, Result, Topic, chatham_house_note as under_the_rule,
    cx::id,
    delegation,
    idempotency::Once,
    note::{self, Posted},
    working_group,
};

/// Days on which notes were first released, for the caucus notes among these that the viewer reads.
pub async fn days(cx: &Cx, notes: &[NoteId]) -> Result<HashMap<NoteId, Date>> {
    Ok(cx.track.store.released_on(notes).await?)
}

/// The paraphrases of each of these caucus notes that the viewer reads.
pub async fn paraphrases(cx: &Cx, notes: &[NoteId]) -> Result<HashMap<NoteId, Vec<Paraphrase>>> {
    let mut found = cx.track.store.paraphrases_of(notes).await?;
    Ok(notes.iter().map(|note| (*note, found.remove(note).unwrap_or_default())).collect())
}

/// Whether a note can have been released or paraphrased: one that whoever reads it may know that of.
pub fn is_caucus(note: &AnyNote) -> bool {
    matches!(note.visibility(), Visibility::Facilitators)
}

/// The paraphrases of a caucus note under the Rule, to whoever has its edit secret; none to others.
pub async fn paraphrases_by_secret(cx: &Cx, note_id: &str, secret: &SecretString) -> Result<Vec<Paraphrase>> {
    let id = match under_the_rule::by_secret(cx, note_id, secret).await {
        Ok((found, _)) => found.note.id,
        Err(Error::Refused(_)) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    Ok(paraphrases(cx, &[id]).await?.remove(&id).unwrap_or_default())
}

/// A note to be released, as it was sent.
pub struct Release {
    /// Which note.
    pub note_id: String,
    /// The proof that a note under the Rule is one's own.
    pub edit_secret: Option<SecretString>,
    /// GROUP or DELEGATION.
    pub visibility: Visibility,
    /// To which delegation.
    pub delegation_id: Option<String>,
    /// Whether the released note names its author.
    pub names_source: bool,
}

/// Releases one's own caucus note in its exact words: as a new note, under one's name or under the Rule. Released again to
/// the same audience, it gives the same.
pub async fn release(cx: &Cx, input: Release) -> Result<Posted> {
    let (source, permit) = own(cx, "noteId", &input.note_id, input.edit_secret.as_ref(), input.names_source).await?;
    release::releasable(&source, input.names_source)?;
    let audience = audience(cx, &source, input.visibility, input.delegation_id.as_deref()).await?;
    let id = cx.track.store.id_of_release(source.id(), source.body(), audience, input.names_source);
    let words = Words { id, body: source.body().to_owned(), audience, names_source: input.names_source, agreed: None };
    let_go(cx, permit, source, words).await
}

/// What is released: which words, to whom.
struct Words {
    id: NoteId,
    body: String,
    audience: Audience,
    names_source: bool,
    agreed: Option<Paraphrase>,
}

/// The note as its author's own, with the permit to release it: a NAMED one by its author, one under the Rule by its edit
/// secret. A denial is not audited where the release would be under the Rule.
async fn own(
    cx: &Cx,
    field: &'static str,
    note_id: &str,
    secret: Option<&SecretString>,
    names_source: bool,
) -> Result<(AnyNote, Permit)> {
    if let Some(secret) = secret {
        let (found, permit) = under_the_rule::by_secret(cx, note_id, secret).await?;
        return Ok((AnyNote::ChathamHouse(found.note), permit));
    }
    let AnyNote::Named(named) = note::seen(cx, field, id(field, note_id)?).await? else {
        return Err(Refusal::not_found(field).into());
    };
    let on = note::own(&named);
    let permit = if names_source {
        cx.may(field, Act::ReleaseNote, on).await?
    } else {
        cx.ask(Act::ReleaseNote, on).map_err(|denied| denied.refusal(field))?
    };
    Ok((AnyNote::Named(named), permit))
}

/// The audience that an input names, in the note's own group.
async fn audience(cx: &Cx, note: &AnyNote, visibility: Visibility, delegation: Option<&str>) -> Result<Audience> {
    Audience::check(visibility, delegation.is_some())?;
    Ok(match delegation {
        Some(text) => Audience::Delegation(delegation::of_group(cx, note.group(), "delegationId", text).await?.id),
        None => Audience::Group,
    })
}

async fn let_go(cx: &Cx, permit: Permit, source: AnyNote, words: Words) -> Result<Posted> {
    if let Some(seat) = cx.viewer.seat(source.group()) {
        delegation::participation::posts(cx, seat).await?;
    }
    match source {
        AnyNote::Named(source) if words.names_source => named(cx, permit, *source, words).await,
        source @ (AnyNote::Named(_) | AnyNote::ChathamHouse(_)) => unnamed(cx, permit, source, words).await,
    }
}

async fn named(cx: &Cx, permit: Permit, source: Note, words: Words) -> Result<Posted> {
    let Words { id, body, audience, agreed, .. } = words;
    let source_id = source.id;
    let (visibility, delegation) = (audience.visibility(), audience.delegation());
    let note = Note { id, body, visibility, delegation, posted_at: cx.now, released: true, version: 1, ..source };
    let tx = cx.track.store.begin(permit).await?;
    match tx.add_note(&note).await {
        // Released to them before: that stands.
        Err(StoreError::Taken("note")) => {
            drop(tx);
            return Ok(Posted::named(note::seen(cx, "noteId", id).await?));
        }
        added => added?,
    }
    tx.record_release(source_id).await?;
    if let Some(paraphrase) = &agreed {
        tx.answer_paraphrase(paraphrase).await.map_err(answered_already)?;
    }
    tx.commit(&[Event::on(Action::NoteReleased, note.id)]).await?;
    cx.track.wake();
    cx.track.tell(Topic::Notes(note.session));
    Ok(Posted::named(note.into()))
}

/// Without the author's name: a note under the Rule, on the tick, that nobody has an edit secret for.
async fn unnamed(cx: &Cx, permit: Permit, source: AnyNote, words: Words) -> Result<Posted> {
    let size = working_group::could_have_written(cx, source.group(), None).await?;
    chatham_house_note::hidden_among(size, cx.track.settings().smallest_anonymity_set)?;
    let note = ChathamHouseNote {
        id: words.id,
        group: source.group(),
        session: source.session(),
        agenda_item: source.agenda_item(),
        body: chatham_house_note::body(&words.body)?,
        withdrawn: false,
        withdrawal_asked: false,
        released: true,
        visibility: words.audience.visibility(),
        delegation: words.audience.delegation(),
        version: 1,
    };
    let agreed = words.agreed.as_ref().map(|paraphrase| paraphrase.id);
    let tx = cx.track.store.begin(permit.under_the_rule()).await?;
    let due = tx.next_tick(note.group, cx.track.settings().pace).await?;
    let takes_effect_at = match tx.stage_release(&note, source.id(), agreed, due).await {
        Ok(()) => {
            tx.commit(&[]).await?;
            cx.track.wake();
            Some(due)
        }
        Err(StoreError::Taken(_)) if agreed.is_none() => {
            drop(tx);
            cx.track.store.tick_of(note.id).await?
        }
        Err(error) => return Err(answered_already(error)),
    };
    Ok(Posted { note: AnyNote::ChathamHouse(note), edit_secret: None, takes_effect_at })
}

fn answered_already(error: StoreError) -> Error {
    if matches!(error, StoreError::Taken(_) | StoreError::Stale) {
        return Refusal::state("It was answered already.").at("paraphraseId").into();
    }
    error.into()
}

/// A wording to be asked for, as it was sent.
#[derive(Serialize)]
pub struct Propose {
    /// Of which note.
    pub note_id: String,
    /// The wording.
    pub body: String,
    /// GROUP or DELEGATION.
    #[serde(serialize_with = "crate::idempotency::word")]
    pub visibility: Visibility,
    /// To which delegation.
    pub delegation_id: Option<String>,
    /// Whether it would name the note's author.
    pub names_source: bool,
    /// The client's key for sending this again.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Asks the author of a caucus note to agree to a wording of it. It goes nowhere until they do.
pub async fn propose(cx: &Cx, input: Propose) -> Result<Paraphrase> {
    let source = note::seen(cx, "noteId", id("noteId", &input.note_id)?).await?;
    let on = On::group(source.group());
    // A refusal on a note under the Rule is not audited (requirements N-06).
    let permit = match &source {
        AnyNote::Named(_) => cx.may("noteId", Act::ProposeParaphrase, on).await?,
        AnyNote::ChathamHouse(_) => cx.ask(Act::ProposeParaphrase, on).map_err(|denied| denied.refusal("noteId"))?,
    };
    release::releasable(&source, input.names_source)?;
    let mut refusals = Refusals::default();
    let body = refusals.keep(release::wording(&input.body)).unwrap_or_default();
    refusals.check()?;
    let audience = audience(cx, &source, input.visibility, input.delegation_id.as_deref()).await?;
    let once = Once::new("proposeParaphrase", input.idempotency_key.as_deref(), &input)?;
    let first = async {
        let paraphrase = Paraphrase {
            id: ParaphraseId::random(),
            group: source.group(),
            note: source.id(),
            body,
            audience,
            names_source: input.names_source,
            state: ParaphraseState::Open,
        };
        let tx = cx.track.store.begin(permit).await?;
        once.remember(&tx, &paraphrase.id).await?;
        tx.add_paraphrase(&paraphrase).await?;
        tx.commit(&[Event::on(Action::ParaphraseProposed, paraphrase.id)]).await?;
        cx.track.wake();
        Ok(paraphrase)
    };
    once.run(cx, first, async |earlier| known(cx, "idempotencyKey", &earlier).await).await
}

async fn known(cx: &Cx, field: &'static str, text: &str) -> Result<Paraphrase> {
    let found = cx.track.store.paraphrase(&Posting::by(&cx.viewer), id(field, text)?).await?;
    found.ok_or_else(|| Refusal::not_found(field).into())
}

/// An answer to a paraphrase, as it was sent.
pub struct Answer {
    /// Which paraphrase.
    pub paraphrase_id: String,
    /// Whether the author agrees.
    pub agree: bool,
    /// The proof that a note under the Rule is one's own.
    pub edit_secret: Option<SecretString>,
}

/// A paraphrase that was answered.
pub struct Answered {
    /// As it is, or will be from the tick on.
    pub paraphrase: Paraphrase,
    /// The note that it became, or will.
    pub note: Option<AnyNote>,
    /// The tick, where it waits for one.
    pub takes_effect_at: Option<Timestamp>,
}

/// Agrees to a paraphrase of one's own caucus note, which is released by that; or does not.
pub async fn answer(cx: &Cx, input: Answer) -> Result<Answered> {
    let paraphrase = known(cx, "paraphraseId", &input.paraphrase_id).await?;
    let (source, permit) = source_of(cx, &paraphrase, input.edit_secret.as_ref()).await?;
    let paraphrase = paraphrase.answered(input.agree)?;
    if !input.agree {
        let takes_effect_at = decline(cx, permit, &source, &paraphrase).await?;
        return Ok(Answered { paraphrase, note: None, takes_effect_at });
    }
    release::releasable(&source, paraphrase.names_source)?;
    let words = Words {
        id: cx.track.store.id_of_agreed(paraphrase.id),
        body: paraphrase.body.clone(),
        audience: paraphrase.audience,
        names_source: paraphrase.names_source,
        agreed: Some(paraphrase.clone()),
    };
    let Posted { note, takes_effect_at, .. } = let_go(cx, permit, source, words).await?;
    Ok(Answered { paraphrase, note: Some(note), takes_effect_at })
}

/// The paraphrased note as the viewer's own. To whoever does not read it, and has no secret, the paraphrase is unknown.
async fn source_of(cx: &Cx, paraphrase: &Paraphrase, secret: Option<&SecretString>) -> Result<(AnyNote, Permit)> {
    let note = paraphrase.note.to_string();
    let found = own(cx, "paraphraseId", &note, secret, paraphrase.names_source).await;
    match (secret, found) {
        (Some(_), Err(_)) => Err(Refusal::not_found("paraphraseId").into()),
        (_, found) => found,
    }
}

async fn decline(cx: &Cx, permit: Permit, source: &AnyNote, paraphrase: &Paraphrase) -> Result<Option<Timestamp>> {
    let due = match source {
        AnyNote::Named(_) if paraphrase.names_source => {
            let tx = cx.track.store.begin(permit).await?;
            tx.answer_paraphrase(paraphrase).await.map_err(answered_already)?;
            tx.commit(&[Event::on(Action::ParaphraseDeclined, paraphrase.id)]).await?;
            None
        }
        // What would have come out without a name is declined without one, too: a time and a name beside this answer would be
        // joined to what the next one lets out.
        AnyNote::Named(_) | AnyNote::ChathamHouse(_) => {
            let tx = cx.track.store.begin(permit.under_the_rule()).await?;
            let due = tx.next_tick(source.group(), cx.track.settings().pace).await?;
            tx.stage_decline(paraphrase, due).await.map_err(answered_already)?;
            tx.commit(&[]).await?;
            Some(due)
        }
    };
    cx.track.wake();
    Ok(due)
}
