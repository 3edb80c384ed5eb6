//! Letters that are due: claimed, composed after the policy was asked again, settled. Rendering and sending are the
//! worker's, outside of any transaction.
//!
//! Deliberately absent: stored tokens. A letter that holds one gets it here, at its sending, and only its digest is
//! kept; a second sending mints another.

use std::{fmt::Write, sync::Arc};

use dipoli_auth::secret::Secret;
use dipoli_domain::{
    Timestamp,
    attendee::Rsvp,
    delivery::Failure,
    email::EmailAddress,
    id::LetterId,
    letter::{self, Appointment, Letter, LetterKind, Matter, Subject, Times, Token},
    person::Standing,
    personal_access_token::TOLD_BEFORE,
    policy::{self, Act, Actor, Holder, On, Permit, Rule},
    second_factor::RECOVERY,
    session::SessionStatus,
    time,
};
use dipoli_store::{ClaimedLetter, Meeting, OneTime, Settlement, Tx};
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::{
    Error, Result, Track, account, again::Tries, delivery::Address, link, personal_access_token, second_factor, silence,
};

/// A letter in hand, to be sent before the claim runs out.
pub struct Claimed {
    /// What to send.
    pub letter: Arc<Letter>,
    claim: Uuid,
    address: Option<Address>,
}

/// How sending went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server took it.
    Sent,
    /// Not now; try again later.
    TryAgain,
    /// The server could not be reached; does not count as an attempt.
    Unreachable,
    /// The server refused it for good.
    Refused,
    /// It cannot be made into a mail.
    Unwritable,
    /// It was not tried: the process ends. Another sends it at once.
    GivenBack,
}

/// Claims up to `most` due letters. What must not be sent any more (a seat lost, a session moved or cancelled, out
/// of date) is settled as expired here and not given out.
///
/// # Errors
/// [`Error::Unavailable`] where the database is away; the claims then run out by themselves.
pub async fn claim(track: &Arc<Track>, most: u32) -> Result<Vec<Claimed>> {
    let now = track.now().await?;
    if track.store.next_letter_due().await?.is_none_or(|due| due > now) {
        return Ok(Vec::new());
    }
    let tx = track.store.begin(permit(now)?).await?;
    let mut claimed = Vec::new();
    for row in tx.claim_letters(most, track.settings.letters_tell_titles).await? {
        let address = Address::of(&row);
        if address.is_some_and(Address::is_stopped) {
            tx.settle_letter(row.id, row.claim, Settlement::Dead(Failure::Stopped)).await?;
            continue;
        }
        match matter(track, &tx, &row).await? {
            Some(matter) => {
                let to = addressee(&tx, &row).await?;
                claimed.push(Claimed { claim: row.claim, address, letter: Arc::new(letter(track, row, to, matter)) });
            }
            None => drop(tx.settle_letter(row.id, row.claim, Settlement::Expired).await?),
        }
    }
    tx.commit(&[]).await?;
    Ok(claimed)
}

/// Settles a letter; without effect where the claim has run out and another holds it. `jitter` is 0.8…1.2.
///
/// # Errors
/// [`Error::Unavailable`] where the database is away; the claim then runs out, and the letter is sent again.
pub async fn settle(track: &Arc<Track>, claimed: Claimed, outcome: Outcome, jitter: f64) -> Result<()> {
    let settlement = match outcome {
        Outcome::Sent => Settlement::Sent,
        Outcome::TryAgain => Settlement::Retry { jitter },
        Outcome::Unreachable => Settlement::Unreachable { jitter },
        Outcome::Refused => Settlement::Dead(Failure::Refused),
        Outcome::Unwritable => Settlement::Dead(Failure::Unwritable),
        Outcome::GivenBack => Settlement::GivenBack,
    };
    let mut tries = Tries::default();
    loop {
        let settled = settle_once(track, &claimed, settlement).await;
        if !tries.again(&settled).await {
            return settled;
        }
    }
}

async fn settle_once(track: &Arc<Track>, claimed: &Claimed, settlement: Settlement) -> Result<()> {
    let tx = track.store.begin(permit(track.now().await?)?).await?;
    if tx.settle_letter(claimed.letter.id, claimed.claim, settlement).await?
        && let Some(address) = claimed.address
    {
        address.settled(&tx, settlement).await?;
        if settlement == Settlement::Sent
            && let Matter::RecoveryStarted { own: true, at } = claimed.letter.matter
        {
            second_factor::owner_is_told(&tx, address.person(), at).await?;
        }
    }
    Ok(tx.commit(&[]).await?)
}

/// When the next letter falls due, or a claim runs out; `None` where none waits.
///
/// # Errors
/// [`Error::Unavailable`] where the database is away.
pub async fn next_due(track: &Arc<Track>) -> Result<Option<Timestamp>> {
    Ok(track.store.next_letter_due().await?)
}

/// Forgets what has run out: idempotency records, spent tokens, ended sign-ins, letters long settled.
///
/// # Errors
/// [`Error::Unavailable`] where the database is away.
pub async fn housekeep(track: &Arc<Track>) -> Result<()> {
    let now = track.now().await?;
    let permit = policy::may(Actor::Clock, Act::Housekeep, On::track(), now).map_err(not_the_clocks)?;
    let tx = track.store.begin(permit).await?;
    tx.housekeep().await?;
    Ok(tx.commit(&[]).await?)
}

fn permit(now: Timestamp) -> Result<Permit> {
    policy::may(Actor::Clock, Act::DeliverLetters, On::track(), now).map_err(not_the_clocks)
}

pub(crate) fn not_the_clocks(_: policy::Denied) -> Error {
    Error::Fault("not an act of the clock".to_owned())
}

fn letter(track: &Track, row: ClaimedLetter, to: EmailAddress, matter: Matter) -> Letter {
    let turned_off_by = || link::unsubscribe(track, row.recipient.id, row.links_generation, row.kind);
    let unsubscribe = (!row.kind.is_necessary()).then(turned_off_by);
    Letter {
        id: row.id,
        message_key: message_key(track, row.id),
        to,
        name: row.recipient.display_name,
        language: row.recipient.language,
        zone: row.recipient.zone,
        phrase: row.recipient.security.phrase,
        unsubscribe,
        written_at: row.written_at,
        matter,
    }
}

/// 64 hexadecimal digits that are the same at each sending of a letter and tell nothing (requirements M-07).
fn message_key(track: &Track, letter: LetterId) -> String {
    let mac = track.store.mac("letter.message_id", &[letter.uuid().as_bytes()]);
    mac.iter().fold(String::with_capacity(64), |mut key, byte| {
        // Writing to a String cannot fail.
        let _ = write!(key, "{byte:02x}");
        key
    })
}

/// What the letter says, if it may still be sent: asked just before sending (requirements M-06).
async fn matter(track: &Track, tx: &Tx, row: &ClaimedLetter) -> Result<Option<Matter>> {
    let wanted = match row.kind {
        LetterKind::Invitation => Standing::Invited,
        LetterKind::PasswordReset
        | LetterKind::PasswordChanged
        | LetterKind::SignInAfterFailures
        | LetterKind::SecondFactorChanged
        | LetterKind::RecoveryStarted
        | LetterKind::TokenMade
        | LetterKind::TokenExpiring
        | LetterKind::AddressToConfirm
        | LetterKind::AddressChanged
        | LetterKind::ProtectionChanged
        | LetterKind::AdministrationChanged
        | LetterKind::SeatGiven
        | LetterKind::SeatChanged
        | LetterKind::SeatTaken
        | LetterKind::ParticipationSuspended
        | LetterKind::ParticipationResumed
        | LetterKind::SessionScheduled
        | LetterKind::SessionsScheduled
        | LetterKind::DateSought
        | LetterKind::SessionMoved
        | LetterKind::SessionCancelled
        | LetterKind::Reminder
        | LetterKind::AnswerMissing
        | LetterKind::NotesDigest
        | LetterKind::Unsubscribed
        | LetterKind::AddressStopped
        | LetterKind::ItemAdopted
        | LetterKind::ItemObjected
        | LetterKind::SilenceOpened
        | LetterKind::SilenceEnding
        | LetterKind::SilenceMoved
        | LetterKind::SilenceBroken
        | LetterKind::SilenceAdopted
        | LetterKind::SilenceWithdrawn
        | LetterKind::RecordCirculated
        | LetterKind::RecordIssued => Standing::Active,
    };
    if row.recipient.standing != wanted || !row.correspondent.choices.wants(row.kind) {
        return Ok(None);
    }
    if matches!(row.kind, LetterKind::Reminder | LetterKind::AnswerMissing) && sits_out(tx, row).await? {
        return Ok(None);
    }
    let own = row.own;
    Ok(match row.kind {
        LetterKind::Invitation => {
            let (token, expires_at) = mint(tx, row, OneTime::Invitation, letter::INVITATION).await?;
            Some(Matter::Invitation { token, expires_at })
        }
        LetterKind::PasswordReset if !row.recipient.security.can_reset_by_mail(tx.now()) => None,
        LetterKind::PasswordReset => {
            let (token, expires_at) = mint(tx, row, OneTime::PasswordReset, letter::PASSWORD_RESET).await?;
            Some(Matter::PasswordReset { token, expires_at })
        }
        LetterKind::PasswordChanged => Some(Matter::PasswordChanged { at: row.written_at }),
        LetterKind::SignInAfterFailures => Some(Matter::SignInAfterFailures),
        LetterKind::SecondFactorChanged => Some(Matter::SecondFactorChanged { at: row.written_at }),
        LetterKind::TokenMade => Some(Matter::TokenMade { at: row.written_at }),
        LetterKind::AddressChanged => Some(Matter::AddressChanged { at: row.written_at }),
        LetterKind::ProtectionChanged => Some(Matter::ProtectionChanged { at: row.written_at }),
        LetterKind::AdministrationChanged => Some(Matter::AdministrationChanged { at: row.written_at }),
        LetterKind::RecoveryStarted => recovery(tx, row).await?,
        LetterKind::TokenExpiring => expiring(tx, row).await?,
        LetterKind::AddressToConfirm => address(tx, row).await?,
        LetterKind::SeatGiven => Some(Matter::SeatGiven { own }),
        LetterKind::SeatChanged => Some(Matter::SeatChanged { own }),
        LetterKind::SeatTaken => Some(Matter::SeatTaken { own }),
        LetterKind::DateSought => Some(Matter::DateSought),
        LetterKind::ParticipationSuspended => Some(Matter::ParticipationSuspended),
        LetterKind::ParticipationResumed => Some(Matter::ParticipationResumed),
        LetterKind::SessionScheduled => scheduled(track, row, tx.now()).map(Matter::SessionScheduled),
        LetterKind::SessionsScheduled => scheduled(track, row, tx.now())
            .map(|first| Matter::SessionsScheduled(Appointment { answer: None, ..first })),
        LetterKind::SessionMoved => scheduled(track, row, tx.now()).map(|appointment| moved(row, appointment)),
        LetterKind::SessionCancelled => {
            let reason = row.meeting.as_ref().and_then(|meeting| meeting.words.as_ref()?.cancel_reason.clone());
            current(track, row, SessionStatus::Cancelled, tx.now())
                .map(|appointment| Matter::SessionCancelled { appointment, reason })
        }
        LetterKind::Reminder => to_come(track, row, tx.now())
            .filter(|_| response(row) != Some(Rsvp::Declined))
            .zip(row.before)
            .map(|(appointment, before)| Matter::Reminder { appointment, before }),
        LetterKind::AnswerMissing => {
            to_come(track, row, tx.now()).filter(|_| response(row) == Some(Rsvp::Pending)).map(Matter::AnswerMissing)
        }
        LetterKind::NotesDigest => Some(Matter::NotesDigest),
        LetterKind::Unsubscribed => row.about.map(|kind| Matter::Unsubscribed { kind }),
        LetterKind::AddressStopped => Some(Matter::AddressStopped),
        LetterKind::ItemAdopted => sees(row, Act::SeeAdoptedItems).then_some(Matter::ItemAdopted),
        LetterKind::ItemObjected => sees(row, Act::SeeProposedItems).then_some(Matter::ItemObjected),
        LetterKind::RecordCirculated => sees(row, Act::ReadCirculatedRecord).then_some(Matter::RecordCirculated),
        LetterKind::SilenceOpened
        | LetterKind::SilenceEnding
        | LetterKind::SilenceMoved
        | LetterKind::SilenceBroken
        | LetterKind::SilenceAdopted
        | LetterKind::SilenceWithdrawn
        | LetterKind::RecordIssued => silence::letters::matter(track, row, tx.now()),
    })
}

/// A removal that was cancelled is not told to its owner any more.
async fn recovery(tx: &Tx, row: &ClaimedLetter) -> Result<Option<Matter>> {
    let at = time::after(row.written_at, RECOVERY);
    if row.own {
        let factor = tx.second_factor(row.recipient.id, true).await?;
        let recovery = factor.and_then(|read| read.factor.recovery);
        if recovery.is_none_or(|recovery| recovery.takes_effect_at != at) {
            return Ok(None);
        }
    }
    Ok(Some(Matter::RecoveryStarted { own: row.own, at }))
}

/// The next token of the recipient's that ends about a week from now; one that was revoked is not told of.
async fn expiring(tx: &Tx, row: &ClaimedLetter) -> Result<Option<Matter>> {
    let today = time::day(tx.now());
    let soon = today.checked_add(jiff::Span::new().days(TOLD_BEFORE)).unwrap_or(today);
    let ends_on = tx.token_ends(row.recipient.id, today, soon).await?;
    Ok(ends_on.map(|day| Matter::TokenExpiring { expires_at: personal_access_token::end_of(day) }))
}

async fn address(tx: &Tx, row: &ClaimedLetter) -> Result<Option<Matter>> {
    if tx.address_change(row.recipient.id).await?.is_none() {
        return Ok(None);
    }
    let kind = if row.own { OneTime::OldAddress } else { OneTime::NewAddress };
    let (token, expires_at) = mint(tx, row, kind, account::ADDRESS_CHANGE).await?;
    Ok(Some(Matter::AddressToConfirm { own: row.own, token, expires_at }))
}

/// Where a letter goes: to the address that is to be confirmed, or to the account's.
async fn addressee(tx: &Tx, row: &ClaimedLetter) -> Result<EmailAddress> {
    let is_to_confirm = row.kind == LetterKind::AddressToConfirm && !row.own;
    if is_to_confirm && let Some(change) = tx.address_change(row.recipient.id).await? {
        return Ok(change.to);
    }
    Ok(row.recipient.email.clone())
}

async fn mint(tx: &Tx, row: &ClaimedLetter, kind: OneTime, life: SignedDuration) -> Result<(Token, Timestamp)> {
    let secret = Secret::generate();
    let expires_at = time::after(tx.now(), life);
    tx.add_one_time_token(&secret.digest(), row.recipient.id, kind, expires_at).await?;
    Ok((Token::new(secret.to_text().expose_secret().to_owned()), expires_at))
}

/// The session as a letter may tell of it: as it stands now, at the sequence that the letter was written for, not
/// ended, to someone whose seat shows them the session. What is written while it is on is told while it is on.
fn current(track: &Track, row: &ClaimedLetter, status: SessionStatus, now: Timestamp) -> Option<Appointment> {
    let meeting = row.meeting.as_ref()?;
    let as_written = meeting.status == status && row.sequence == Some(meeting.sequence) && meeting.ends_at > now;
    if !(as_written && shows(meeting)) {
        return None;
    }
    let (choices, answer) = (&row.correspondent.choices, meeting.answer?);
    let by_link = status == SessionStatus::Scheduled && meeting.starts_at > now;
    Some(Appointment {
        session: meeting.session,
        starts_at: meeting.starts_at,
        ends_at: meeting.ends_at,
        zone: meeting.zone.clone(),
        sequence: meeting.sequence,
        uid: answer.calendar_uid.to_string(),
        label: choices.label_of(meeting.session).map(str::to_owned),
        has_entry: !choices.without_entries,
        answer: by_link.then(|| link::answer(track, answer.id, row.links_generation)),
        subject: meeting.words.as_ref().map(|words| Subject { title: words.title.clone(), venue: words.venue.clone() }),
    })
}

fn scheduled(track: &Track, row: &ClaimedLetter, now: Timestamp) -> Option<Appointment> {
    current(track, row, SessionStatus::Scheduled, now)
}

fn to_come(track: &Track, row: &ClaimedLetter, now: Timestamp) -> Option<Appointment> {
    scheduled(track, row, now).filter(|appointment| appointment.starts_at > now)
}

fn response(row: &ClaimedLetter) -> Option<Rsvp> {
    row.meeting.as_ref().and_then(|meeting| meeting.answer).map(|answer| answer.response)
}

/// Where the times are those that the recipient was told before, it was something else that has changed.
fn moved(row: &ClaimedLetter, appointment: Appointment) -> Matter {
    let is = Times { starts_at: appointment.starts_at, ends_at: appointment.ends_at };
    Matter::SessionMoved { appointment, was: row.was.filter(|was| *was != is) }
}

/// Whether the recipient sits for a delegation that has suspended its participation: it is reminded of nothing.
async fn sits_out(tx: &Tx, row: &ClaimedLetter) -> Result<bool> {
    let seat = row.meeting.as_ref().and_then(|meeting| meeting.seat);
    let Some(delegation) = seat.and_then(|seat| seat.delegation) else { return Ok(false) };
    Ok(tx.delegation(delegation).await?.is_some_and(|delegation| delegation.is_suspended()))
}

/// Whether the recipient's seat sees something of the session's agenda.
fn sees(row: &ClaimedLetter, act: Act) -> bool {
    let meeting = row.meeting.as_ref().filter(|meeting| shows(meeting));
    meeting.and_then(|meeting| meeting.seat).is_some_and(|seat| act.rule(Holder::Seat(seat.role)) == Rule::Always)
}

/// Members are told of what was published to them; drafts mail nobody, whoever sees them.
fn shows(meeting: &Meeting) -> bool {
    let rule = |role| Act::SeeScheduledSessions.rule(Holder::Seat(role));
    meeting.published && meeting.seat.is_some_and(|seat| rule(seat.role) == Rule::Always)
}
