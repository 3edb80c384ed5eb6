//! A person's second factor: setting it up, proving it, and what is done where it was lost (requirements A-11).
//!
//! Nobody but its owner makes or replaces one: an administrator can start a removal, which takes three days and which the
//! owner can cancel. Deliberately absent: whether a code is right (`dipoli-auth`), and what that is worth (the domain).

use std::collections::HashMap;

use dipoli_auth::totp::{RecoveryCode, Seed};
use dipoli_domain::{
    Timestamp,
    audit::{Action, Event},
    delivery,
    id::{MembershipId, PersonId, WorkingGroupId},
    letter::LetterKind,
    membership::Membership,
    person::{Person, Security, Standing as AccountStanding},
    policy::{Act, On},
    refusal::Refusal,
    second_factor::{Code, Factor, RECOVERY_CODES, Recovery},
};
use dipoli_store::{Queued, SecondFactor, Tx};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    Cx, Error, Result, Topic, Track,
    cx::id,
    identity::{notice, token_letter},
    membership,
};

/// What a viewer sees of their own second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether it is set up.
    pub is_set_up: bool,
    /// Whether they must have one.
    pub is_required: bool,
    /// Recovery codes that are left.
    pub recovery_codes_left: usize,
    /// When it is going to be removed, where that was started.
    pub recovers_at: Option<Timestamp>,
}

/// A second factor that is being set up; told once.
pub struct Begun {
    /// The seed, to be typed into an authenticator.
    pub seed: SecretString,
    /// The same, to be shown as a picture.
    pub uri: SecretString,
}

/// What a code at a sign-in proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// The person has no second factor.
    NotNeeded,
    /// It was given.
    Given,
    /// It was lost, and its owner has not cancelled its removal: it is removed now.
    Recovered,
    /// It was not given, or is wrong.
    Refused,
}

/// The viewer's own; not for API clients.
pub async fn standing(cx: &Cx) -> Result<Standing> {
    if !cx.viewer.covers(Act::SetUpSecondFactor) {
        return Err(Refusal::forbidden().into());
    }
    let factor = cx.track.store.second_factor(cx.viewer.person).await?;
    let is_required = is_required(&cx.track, cx);
    let Some(factor) = factor else {
        return Ok(Standing { is_set_up: false, is_required, recovery_codes_left: 0, recovers_at: None });
    };
    Ok(Standing {
        is_set_up: true,
        is_required,
        recovery_codes_left: factor.recovery_codes.len(),
        recovers_at: factor.recovery.map(|recovery| recovery.takes_effect_at),
    })
}

fn is_required(track: &Track, cx: &Cx) -> bool {
    track.settings.second_factor.falls_on(cx.viewer.is_administrator, &cx.viewer.seats)
}

/// Begins to set one up, in the place of one that there may be; that one is good until the new one is confirmed.
pub async fn begin(cx: &Cx) -> Result<Begun> {
    let permit = cx.may("input", Act::SetUpSecondFactor, On::track()).await?;
    cx.fresh()?;
    let seed = Seed::generate();
    let tx = cx.track.store.begin(permit).await?;
    let new = SecondFactor::new(cx.viewer.person, seed.to_bytes(), Factor::default());
    tx.add_second_factor(&new, false).await?;
    tx.commit(&[Event::on(Action::SecondFactorBegun, cx.viewer.person)]).await?;
    cx.track.wake();
    Ok(Begun { seed: seed.to_text(), uri: seed.to_uri(&cx.track.settings.slug) })
}

/// Confirms the one that is being set up with a code of it. Gives its recovery codes, once; ends all other sign-ins.
pub async fn confirm(cx: &Cx, code: &SecretString) -> Result<Vec<SecretString>> {
    let permit = cx.may("code", Act::SetUpSecondFactor, On::track()).await?;
    cx.fresh()?;
    let sign_in = cx.sign_in()?;
    let tx = cx.track.store.begin(permit).await?;
    let begun = tx.second_factor(cx.viewer.person, false).await?;
    let begun = begun.ok_or_else(|| Refusal::state("Nothing is being set up; begin with setUpSecondFactor."))?;
    let code = code_of(&begun, code.expose_secret(), tx.now());
    let (codes, recovery_codes) = recovery_codes();
    let taken = Factor { recovery_codes, ..Factor::default() }.given(code, tx.now());
    let factor = taken.map_err(|_| wrong_code())?;
    let confirmed = SecondFactor::new(cx.viewer.person, begun.seed, factor);
    tx.add_second_factor(&confirmed, true).await?;
    tx.remove_second_factor(cx.viewer.person, false).await?;
    set_flag(&tx, cx.viewer.person, true).await?;
    tx.end_other_sign_ins(cx.viewer.person, sign_in).await?;
    tx.queue(&notice(LetterKind::SecondFactorChanged, cx.viewer.person, tx.now())).await?;
    tx.commit(&[Event::on(Action::SecondFactorSetUp, cx.viewer.person)]).await?;
    changed(cx);
    Ok(codes)
}

/// Removes it. Whoever must have one can replace it, and not be without.
pub async fn remove(cx: &Cx) -> Result<()> {
    let permit = cx.may("input", Act::SetUpSecondFactor, On::track()).await?;
    cx.fresh()?;
    if is_required(&cx.track, cx) {
        return Err(Refusal::state("You must have a second factor; set up another in its place.").into());
    }
    let tx = cx.track.store.begin(permit).await?;
    owned(&tx, cx).await?;
    take_away(&tx, cx.viewer.person).await?;
    tx.commit(&[Event::on(Action::SecondFactorRemoved, cx.viewer.person)]).await?;
    changed(cx);
    Ok(())
}

/// Makes the recovery codes anew; the earlier ones are good no more.
pub async fn renew_codes(cx: &Cx) -> Result<Vec<SecretString>> {
    let permit = cx.may("input", Act::SetUpSecondFactor, On::track()).await?;
    cx.fresh()?;
    let tx = cx.track.store.begin(permit).await?;
    let mut owned = owned(&tx, cx).await?;
    let (codes, digests) = recovery_codes();
    owned.factor.recovery_codes = digests;
    tx.put_second_factor(owned).await?;
    tx.queue(&notice(LetterKind::SecondFactorChanged, cx.viewer.person, tx.now())).await?;
    tx.commit(&[Event::on(Action::RecoveryCodesRenewed, cx.viewer.person)]).await?;
    cx.track.wake();
    Ok(codes)
}

/// Starts the removal of somebody's lost second factor: administrators. It takes effect in 72 hours, unless its owner
/// cancels it; they are told at once, and so are the facilitators of their groups. If the letter to them never leaves, it never
/// does. Gives when.
pub async fn start_recovery(cx: &Cx, person: &str) -> Result<Timestamp> {
    cx.may("personId", Act::StartRecovery, On::track()).await?;
    cx.fresh()?;
    let person = id("personId", person)?;
    let permit = cx.may("personId", Act::StartRecovery, On::track().of_person(person)).await?;
    let tx = cx.track.store.begin(permit).await?;
    let account = tx.account(person).await?.ok_or_else(|| Refusal::not_found("personId"))?;
    if account.person.standing != AccountStanding::Active {
        return Err(Refusal::state("Nobody can sign in to this account: they could not cancel it either.").into());
    }
    if delivery::is_stopped(tx.correspondent(person).await?.refusals) {
        let message =
            "Letters to this person are refused: they would not hear of it. Queue the refused ones again first.";
        return Err(Refusal::state(message).into());
    }
    let (at, is_new) = begin_recovery(&tx, person).await?;
    if is_new {
        tx.commit(&[Event::on(Action::RecoveryStarted, person)]).await?;
        cx.track.wake();
    }
    Ok(at)
}

/// Begins the removal of somebody's second factor, or finds one that is under way; gives when it takes effect, and whether it
/// is a new one. Its owner and their facilitators are told.
pub(crate) async fn begin_recovery(tx: &Tx, person: PersonId) -> Result<(Timestamp, bool)> {
    let lost = tx.second_factor(person, true).await?;
    let mut lost = lost.ok_or_else(|| Refusal::state("This person has no second factor that could be lost."))?;
    if let Some(under_way) = lost.factor.recovery.filter(|recovery| !recovery.has_failed(tx.now())) {
        return Ok((under_way.takes_effect_at, false));
    }
    let recovery = Recovery::starting(tx.now());
    let at = recovery.takes_effect_at;
    lost.factor.recovery = Some(recovery);
    tx.put_second_factor(lost).await?;
    let letter = |to, own| Queued { own, ..token_letter(LetterKind::RecoveryStarted, to, tx.now()) };
    let mut letters = vec![letter(person, true)];
    letters.extend(tx.facilitators_beside(person).await?.into_iter().map(|facilitator| letter(facilitator, false)));
    let letters: Vec<_> = letters.into_iter().map(|letter| Queued { expires: Some(at), ..letter }).collect();
    tx.queue_all(&letters).await?;
    Ok((at, true))
}

/// Whose second factors are going to be removed at these tables, and when: for their facilitators, whose letter does not say it.
pub async fn recoveries(
    cx: &Cx,
    groups: &[WorkingGroupId],
) -> Result<HashMap<WorkingGroupId, Vec<(Membership, Timestamp)>>> {
    let own: Vec<_> = groups.iter().copied().filter(|group| sees_recoveries(cx, *group)).collect();
    let found = cx.track.store.recoveries(&own, cx.now).await?;
    let ids: Vec<_> = found.values().flatten().map(|(seat, _)| *seat).collect();
    let seats = membership::many(cx, &ids).await?;
    let shown = |under_way: Vec<(MembershipId, Timestamp)>| {
        under_way.into_iter().filter_map(|(seat, at)| Some((seats.get(&seat)?.clone(), at))).collect()
    };
    Ok(found.into_iter().map(|(group, under_way)| (group, shown(under_way))).collect())
}

/// Whether the viewer sees whose second factors are going to be removed at a table.
pub fn sees_recoveries(cx: &Cx, group: WorkingGroupId) -> bool {
    cx.can(Act::SeeRecoveries, On::group(group))
}

/// The letter that tells a person of the removal that takes effect then has left: from now on it counts.
pub(crate) async fn owner_is_told(tx: &Tx, person: PersonId, takes_effect_at: Timestamp) -> Result<()> {
    let Some(mut factor) = tx.second_factor(person, true).await? else { return Ok(()) };
    // One that was cancelled and started anew has a letter of its own.
    if let Some(recovery) = factor.factor.recovery.as_mut().filter(|it| it.takes_effect_at == takes_effect_at) {
        recovery.owner_is_told = true;
        tx.put_second_factor(factor).await?;
    }
    Ok(())
}

/// Ends the removal of somebody's second factor that may be under way.
pub(crate) async fn end_recovery(tx: &Tx, person: PersonId) -> Result<()> {
    let Some(mut factor) = tx.second_factor(person, true).await? else { return Ok(()) };
    if factor.factor.recovery.take().is_some() {
        tx.put_second_factor(factor).await?;
    }
    Ok(())
}

/// Cancels the removal of one's own second factor.
pub async fn cancel_recovery(cx: &Cx) -> Result<()> {
    let permit = cx.may("input", Act::CancelRecovery, On::track()).await?;
    let tx = cx.track.store.begin(permit).await?;
    let mut owned = owned(&tx, cx).await?;
    if owned.factor.recovery.take().is_none() {
        return Err(Refusal::state("Nobody has started to remove your second factor.").into());
    }
    tx.put_second_factor(owned).await?;
    tx.commit(&[Event::on(Action::RecoveryCancelled, cx.viewer.person)]).await?;
    cx.track.wake();
    Ok(())
}

/// What a code, or none, proves of a person whose password was right. Writes what the factor has been used for.
pub(crate) async fn prove(tx: &Tx, person: &Person, code: Option<&SecretString>) -> Result<Proof> {
    if !person.security.has_second_factor {
        return Ok(Proof::NotNeeded);
    }
    // A row that is not there, or does not open, lets nobody in.
    let Some(mut read) = tx.second_factor(person.id, true).await? else { return Ok(Proof::Refused) };
    let Some(code) = code else {
        if !read.factor.is_recovered(tx.now()) {
            return Ok(Proof::Refused);
        }
        take_away(tx, person.id).await?;
        return Ok(Proof::Recovered);
    };
    let code = code_of(&read, code.expose_secret(), tx.now());
    let (proof, factor) = match read.factor.clone().given(code, tx.now()) {
        Ok(factor) => (Proof::Given, factor),
        Err(factor) => (Proof::Refused, factor),
    };
    // Of recovery codes there is one less; their owner may not have been the one who used it (requirements A-14).
    if factor.recovery_codes.len() < read.factor.recovery_codes.len() {
        tx.queue(&notice(LetterKind::SecondFactorChanged, person.id, tx.now())).await?;
    }
    read.factor = factor;
    tx.put_second_factor(read).await?;
    Ok(proof)
}

/// What a text can be: six digits are a code of a step, anything else a recovery code.
fn code_of(factor: &SecondFactor, text: &str, now: Timestamp) -> Code {
    let text = text.trim();
    if text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let step = Seed::from_bytes(&factor.seed).and_then(|seed| seed.step_of(text, now.as_second()));
        return step.map_or(Code::Wrong, Code::OfStep);
    }
    RecoveryCode::digest_of(text).map_or(Code::Wrong, Code::Recovery)
}

fn recovery_codes() -> (Vec<SecretString>, Vec<[u8; 32]>) {
    let codes: Vec<_> = (0..RECOVERY_CODES).map(|_| RecoveryCode::generate()).collect();
    (codes.iter().map(RecoveryCode::to_text).collect(), codes.iter().map(RecoveryCode::digest).collect())
}

async fn owned(tx: &Tx, cx: &Cx) -> Result<SecondFactor> {
    let owned = tx.second_factor(cx.viewer.person, true).await?;
    owned.ok_or_else(|| Error::from(Refusal::state("You have no second factor.")))
}

async fn take_away(tx: &Tx, person: PersonId) -> Result<()> {
    tx.remove_second_factor(person, true).await?;
    tx.remove_second_factor(person, false).await?;
    set_flag(tx, person, false).await?;
    tx.queue(&notice(LetterKind::SecondFactorChanged, person, tx.now())).await?;
    Ok(())
}

async fn set_flag(tx: &Tx, person: PersonId, has_second_factor: bool) -> Result<()> {
    let account = tx.account(person).await?.ok_or_else(|| Refusal::not_found("personId"))?;
    let security = Security { has_second_factor, ..account.person.security };
    Ok(tx.overwrite_person(&Person { security, ..account.person }).await?)
}

fn changed(cx: &Cx) {
    cx.track.wake();
    cx.track.tell(Topic::People);
}

fn wrong_code() -> Error {
    Refusal::bad_input("code", "This is not the code that your authenticator shows now.").into()
}
