//! What is done under the Chatham House Rule: posting, revising and withdrawing, all on the tick; and the tick.
//!
//! Nothing here writes a row that names a person, nor one that could be joined to such a row: permits lose who holds them,
//! refusals are not audited, and what was done is told by the tick (requirements N-01 to N-07). Deliberately absent: an
//! author. Who has the edit secret is one; who has not is a stranger to the note.

use std::sync::{Arc, atomic::Ordering};

use dipoli_auth::secret::Secret;
use dipoli_domain::{
    Timestamp,
    audit::{Action, Event},
    chatham_house_note::{self, ChathamHouseNote, Pending},
    id::NoteId,
    idempotency::IdempotencyKey,
    note::{AnyNote, Visibility},
    policy::{self, Act, Actor, On, Permit, scope::Posting},
    refusal::{Code, Refusal, Refusals},
};
use dipoli_store::{LetOut, Receipt, Receipted, StoreError, UnderSecret, Whose};
use secrecy::{ExposeSecret, SecretString};
use uuid::Builder;

use crate::{
    Cx, Error, Result, Topic, Track,
    cx::{id, unchanged},
    note::{Draft, Post, Posted, Revise, Withdrawn, seen},
    working_group,
};

/// One sending of a note: its id and secret, whether it is the first of its key, and what is kept of it where it came
/// with one.
struct Sending {
    id: NoteId,
    secret: Secret,
    is_first: bool,
    receipt: Option<Receipt>,
}

impl Sending {
    /// Looks whether the same was sent before, today. The same key with another input is CONFLICT on `idempotencyKey`.
    async fn new(cx: &Cx, key: Option<&IdempotencyKey>, input: &[u8]) -> Result<Self> {
        let Some(key) = key else {
            return Ok(Self { id: NoteId::random(), secret: Secret::generate(), is_first: true, receipt: None });
        };
        let receipt = cx.track.store.receipt(key, input);
        let (is_first, salt) = match cx.track.store.receipted(&receipt, cx.now).await? {
            Receipted::Nothing => (true, *receipt.salt()),
            Receipted::Done(salt) => (false, salt),
            Receipted::OtherInput => {
                let message = "This key was used for another input; take a new one for something new.";
                return Err(Refusal::new(Code::Conflict, message).at("idempotencyKey").into());
            }
        };
        let (secret, id) = Secret::of_sending(key.as_str(), &salt);
        let id = NoteId::from_uuid(Builder::from_random_bytes(id).into_uuid());
        Ok(Self { id, secret, is_first, receipt: Some(receipt) })
    }
}

/// Posts a note under the Rule: it waits for its tick. The same sending again gives the same answer, and is not one.
pub(crate) async fn post(cx: &Cx, permit: Permit, draft: Draft, input: &Post) -> Result<Posted> {
    let mut refusals = Refusals::default();
    let body = refusals.keep(chatham_house_note::body(&input.body));
    let delegation = refusals.keep(draft.delegation).flatten();
    let key = input.idempotency_key.as_deref().map(IdempotencyKey::parse_for_secret).transpose();
    let key = refusals.keep(key).flatten();
    refusals.check()?;
    let input = serde_json::to_vec(input).map_err(|_| Error::Fault("an input does not serialize".to_owned()))?;
    let mut sending = Sending::new(cx, key.as_ref(), &input).await?;
    let mut note = ChathamHouseNote {
        id: sending.id,
        group: draft.session.group,
        session: draft.session.id,
        agenda_item: draft.agenda_item,
        body: body.unwrap_or_default(),
        withdrawn: false,
        withdrawal_asked: false,
        released: false,
        visibility: draft.visibility,
        delegation,
        version: 1,
    };
    let mut takes_effect_at = None;
    if sending.is_first {
        let size = working_group::could_have_written(cx, note.group, delegation).await?;
        chatham_house_note::hidden_among(size, cx.track.settings().smallest_anonymity_set)?;
        takes_effect_at = stage(cx, permit, &note, &sending).await?;
    }
    if takes_effect_at.is_none() {
        // It was sent before, or a twin was faster.
        sending = Sending::new(cx, key.as_ref(), &input).await?;
        note.id = sending.id;
        takes_effect_at = cx.track.store.tick_of(note.id).await?;
    }
    let edit_secret = Some(sending.secret.to_text());
    Ok(Posted { note: AnyNote::ChathamHouse(note), edit_secret, takes_effect_at })
}

/// Stages a posting; gives its tick, or none where a twin was faster.
async fn stage(cx: &Cx, permit: Permit, note: &ChathamHouseNote, sending: &Sending) -> Result<Option<Timestamp>> {
    let tx = cx.track.store.begin(permit.under_the_rule()).await?;
    let staged = async {
        let due = tx.next_tick(note.group, cx.track.settings().pace).await?;
        if let Some(receipt) = &sending.receipt {
            tx.record(receipt).await?;
        }
        tx.stage_note(note, sending.secret.digest(), due).await.map(|()| due)
    };
    let due = match staged.await {
        Ok(due) => due,
        Err(StoreError::Taken("receipt")) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    tx.commit(&[]).await?;
    cx.track.wake();
    Ok(Some(due))
}

/// The note of an edit secret, and the permit to change it as its author. Whoever has another secret, no seat that posts,
/// or the id of a note that is not under the Rule, is told that there is no such note.
pub(crate) async fn by_secret(cx: &Cx, note_id: &str, secret: &SecretString) -> Result<(UnderSecret, Permit)> {
    let unknown = || Error::from(Refusal::not_found("noteId"));
    let id = id("noteId", note_id)?;
    let digest = Secret::parse(secret.expose_secret()).ok_or_else(unknown)?.digest();
    let found = cx.track.store.note_by_secret(&Posting::by(&cx.viewer), id, &digest).await?.ok_or_else(unknown)?;
    let permit = cx.ask(Act::PostNote, On::group(found.note.group)).map_err(|_| unknown())?;
    Ok((found, permit.under_the_rule()))
}

/// Revises the note of an edit secret, on the tick.
pub(crate) async fn revise(cx: &Cx, input: &Revise, secret: &SecretString) -> Result<Posted> {
    let (UnderSecret { note, revised_version }, permit) = by_secret(cx, &input.note_id, secret).await?;
    unchanged(note.version, input.expected_version)?;
    if note.withdrawn {
        return Err(Refusal::state("The note was withdrawn.").into());
    }
    let body = chatham_house_note::body(&input.body)?;
    let change = Pending { body: Some(body.clone()), ..Pending::default() };
    let takes_effect_at = Some(stage_change(cx, permit, &note, Whose::Author, change).await?);
    let note = AnyNote::ChathamHouse(ChathamHouseNote { body, version: revised_version, ..note });
    Ok(Posted { note, edit_secret: None, takes_effect_at })
}

/// Withdraws the note of an edit secret, on the tick; one that waits for its own never comes out.
pub(crate) async fn withdraw(cx: &Cx, note_id: &str, secret: &SecretString) -> Result<Withdrawn> {
    let (UnderSecret { note, .. }, permit) = by_secret(cx, note_id, secret).await?;
    gone(cx, permit, &note, Whose::Author).await
}

/// Withdraws a GROUP note as a facilitator, on the tick. To all others it is unknown, as it is to its author.
pub(crate) async fn withdraw_as_facilitator(cx: &Cx, note: &ChathamHouseNote) -> Result<Withdrawn> {
    if !may_withdraw(cx, note) {
        return Err(Refusal::not_found("noteId").into());
    }
    let permit = cx.ask(Act::WithdrawOthersNote, On::group(note.group)).map_err(|denied| denied.refusal("noteId"))?;
    if note.released {
        let message = "The text was released from the caucus, and a release cannot be taken back.";
        return Err(Refusal::state(message).at("noteId").into());
    }
    gone(cx, permit.under_the_rule(), note, Whose::Facilitator).await
}

async fn gone(cx: &Cx, permit: Permit, note: &ChathamHouseNote, whose: Whose) -> Result<Withdrawn> {
    if note.withdrawn {
        return Err(Refusal::state("The note was withdrawn already.").into());
    }
    let change = Pending { withdrawn: true, ..Pending::default() };
    let takes_effect_at = Some(stage_change(cx, permit, note, whose, change).await?);
    Ok(Withdrawn { id: note.id, takes_effect_at })
}

/// Whether the viewer may withdraw it without its secret.
pub(crate) fn may_withdraw(cx: &Cx, note: &ChathamHouseNote) -> bool {
    note.visibility == Visibility::Group && cx.can(Act::WithdrawOthersNote, On::group(note.group))
}

/// Whether the viewer can withdraw it without its secret: nothing takes a release back.
pub(crate) fn can_withdraw(cx: &Cx, note: &ChathamHouseNote) -> bool {
    !note.released && may_withdraw(cx, note)
}

/// Whether the viewer may ask a facilitator to withdraw it.
pub(crate) fn may_ask_to_withdraw(cx: &Cx, note: &ChathamHouseNote) -> bool {
    note.visibility == Visibility::Group && cx.can(Act::AskToWithdrawNote, On::group(note.group))
}

/// Whether a reader has asked that the note be withdrawn; `None` to whoever could not do it.
pub fn withdrawal_asked(cx: &Cx, note: &AnyNote) -> Option<bool> {
    match note {
        AnyNote::ChathamHouse(note) if may_withdraw(cx, note) => Some(note.withdrawal_asked),
        AnyNote::ChathamHouse(_) | AnyNote::Named(_) => None,
    }
}

/// Asks the facilitators to withdraw a GROUP note under the Rule that the viewer reads. They see from the tick on that it
/// was asked, and not by whom.
pub async fn ask_to_withdraw(cx: &Cx, note_id: &str) -> Result<Posted> {
    let AnyNote::ChathamHouse(note) = seen(cx, "noteId", id("noteId", note_id)?).await? else {
        let message = "Only a note under the Chatham House Rule has nobody else to turn to: ask its author.";
        return Err(Refusal::state(message).at("noteId").into());
    };
    if note.visibility != Visibility::Group {
        let message = "Facilitators can withdraw notes to the group; this one only its author can.";
        return Err(Refusal::state(message).at("noteId").into());
    }
    if note.withdrawn {
        return Err(Refusal::state("The note was withdrawn already.").into());
    }
    let permit = cx.ask(Act::AskToWithdrawNote, On::group(note.group)).map_err(|denied| denied.refusal("noteId"))?;
    let change = Pending { withdrawal_asked: true, ..Pending::default() };
    let takes_effect_at = Some(stage_change(cx, permit.under_the_rule(), &note, Whose::Readers, change).await?);
    Ok(Posted { note: AnyNote::ChathamHouse(note), edit_secret: None, takes_effect_at })
}

/// Stages a change; gives its tick.
async fn stage_change(
    cx: &Cx,
    permit: Permit,
    note: &ChathamHouseNote,
    whose: Whose,
    change: Pending,
) -> Result<Timestamp> {
    let tx = cx.track.store.begin(permit).await?;
    let due = tx.next_tick(note.group, cx.track.settings().pace).await?;
    let due = match tx.stage_change((note.id, note.group), whose, change, due).await {
        // Two first changes of one note at the same moment.
        Err(StoreError::Taken(_)) => return Err(Refusal::stale_version().into()),
        staged => staged?,
    };
    tx.commit(&[]).await?;
    cx.track.wake();
    Ok(due)
}

/// When the next tick is that something waits for.
///
/// # Errors
/// [`Error::Unavailable`] where the database is away.
pub async fn next_due(track: &Arc<Track>) -> Result<Option<Timestamp>> {
    Ok(track.store.next_tick_due().await?)
}

/// Lets out what is due, as one batch, and leaves nothing behind of where it waited. A tick that fell due while nothing
/// ran happens with the first call.
///
/// # Errors
/// [`Error::Unavailable`] where the database is away; what is due then comes out the next time.
pub async fn let_out(track: &Arc<Track>) -> Result<()> {
    let now = track.now().await?;
    if track.store.next_tick_due().await?.is_some_and(|due| due <= now) {
        track.is_staging_log_cut.store(false, Ordering::Relaxed);
        let permit = policy::may(Actor::Clock, Act::ReleaseNotes, On::track(), now)
            .map_err(|_| Error::Fault("not an act of the clock".to_owned()))?;
        let tx = track.store.begin(permit).await?;
        if let Some(done) = tx.let_out_notes().await? {
            tx.commit(&events(done)).await?;
            track.wake();
            track.tell(Topic::Tick);
        }
    }
    if !track.is_staging_log_cut.load(Ordering::Relaxed) {
        let is_cut = track.store.empty_staging_log().await?;
        track.is_staging_log_cut.store(is_cut, Ordering::Relaxed);
    }
    Ok(())
}

/// What the audit log tells of a tick, in an order that tells nothing.
fn events(mut done: Vec<LetOut>) -> Vec<Event> {
    done.sort_unstable();
    let told = |done: LetOut| {
        Event::under_the_rule(match done {
            LetOut::Posted => Action::NotePosted,
            LetOut::Revised => Action::NoteRevised,
            LetOut::Withdrawn => Action::NoteWithdrawn,
            LetOut::WithdrawalAsked => Action::WithdrawalAsked,
            LetOut::Released => Action::NoteReleased,
            LetOut::Declined => Action::ParaphraseDeclined,
        })
    };
    done.into_iter().map(told).collect()
}
