//! What is told of a silence procedure, to whom, and the link with which one of them objects. Necessary mail: silence of those
//! who were not reached is no silence.
//!
//! A link's secret is a keyed hash of procedure and person: it is told again in each letter and stored nowhere.
//! Deliberately absent: what the text is about, who opened it, who objected.

use dipoli_auth::secret::Secret;
use dipoli_domain::{
    Timestamp,
    id::{PersonId, SilenceProcedureId},
    letter::{Call, LetterKind, Matter, Token},
    policy::{Act, Holder, Rule},
    silence::{LAST_CALL, Silence, State},
    time,
};
use dipoli_store::{ClaimedLetter, Queued, SeatRecord, Tx};
use jiff::SignedDuration;
use secrecy::ExposeSecret;

use super::{may_object, sees};
use crate::{Result, Track};

/// What is not told by then has been seen on the session's page.
const TOLD_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Tells those who see the item that it is under silence; those who can object are told again before the end.
pub(super) async fn opened(tx: &Tx, silence: &Silence, seats: &[SeatRecord]) -> Result<()> {
    call(tx, silence, LetterKind::SilenceOpened, seats).await
}

/// Takes back what waits, and tells those who see the item until when they can object now.
pub(super) async fn moved(tx: &Tx, silence: &Silence) -> Result<()> {
    tx.expire_letters_about_silence(silence.id).await?;
    let seats = tx.seats_in_effect(silence.group).await?;
    call(tx, silence, LetterKind::SilenceMoved, &seats).await
}

/// Tells someone who has just taken a seat what is under silence at this table: they may object too.
pub(crate) async fn tell_newcomer(tx: &Tx, seat: &SeatRecord) -> Result<()> {
    for held in tx.running_silences_of(seat.group).await? {
        if held.silence.is_running(tx.now()) {
            call(tx, &held.silence, LetterKind::SilenceOpened, std::slice::from_ref(seat)).await?;
        }
    }
    Ok(())
}

/// Takes back what waits, and tells how it ended to all who see what it is about.
pub(super) async fn ended(tx: &Tx, silence: &Silence, kind: LetterKind, seen_by: Act) -> Result<()> {
    tx.expire_letters_about_silence(silence.id).await?;
    let seats = tx.seats_in_effect(silence.group).await?;
    let expires = Some(time::after(tx.now(), TOLD_FOR));
    let told = seats.iter().filter(|seat| sees(seat, seen_by));
    let letters = told.map(|seat| Queued { expires, ..letter(silence, kind, seat.person, tx.now()) });
    Ok(tx.queue_all(&letters.collect::<Vec<_>>()).await?)
}

async fn call(tx: &Tx, silence: &Silence, kind: LetterKind, seats: &[SeatRecord]) -> Result<()> {
    let last_call = time::before(silence.deadline, LAST_CALL);
    let mut letters = Vec::new();
    for seat in seats.iter().filter(|seat| sees(seat, Act::SeeProposedItems)) {
        letters.push(letter(silence, kind, seat.person, tx.now()));
        if may_object(seat.role) && last_call > tx.now() {
            letters.push(letter(silence, LetterKind::SilenceEnding, seat.person, last_call));
        }
    }
    Ok(tx.queue_all(&letters).await?)
}

/// A letter that comes too late when the deadline has passed. It tells of this deadline, and of no other.
fn letter(silence: &Silence, kind: LetterKind, person: PersonId, due: Timestamp) -> Queued {
    Queued {
        kind,
        person,
        session: None,
        sequence: Some(i32::from(silence.moved)),
        silence: Some(silence.id),
        before: None,
        own: true,
        due,
        expires: Some(silence.deadline),
        was: None,
        about: None,
    }
}

/// What a letter on a procedure says, if it may still be sent: to a seat that sees what it is about, of the deadline as it is,
/// of the end as it came.
pub(crate) fn matter(track: &Track, row: &ClaimedLetter, now: Timestamp) -> Option<Matter> {
    let (silence, seat) = row.call.as_ref()?;
    let seat = seat.as_ref()?;
    let sees = |act: Act| act.rule(Holder::Seat(seat.role)) == Rule::Always;
    let running = silence.is_running(now) && row.sequence == Some(i32::from(silence.moved));
    let call = || {
        let link = may_object(seat.role).then(|| link(track, silence.id, row.recipient.id, row.links_generation));
        Call {
            deadline: silence.deadline,
            link: link.map(|secret| Token::new(secret.to_text().expose_secret().to_owned())),
        }
    };
    let works_on_agenda = sees(Act::SeeProposedItems);
    match (row.kind, silence.state_at(now)) {
        (LetterKind::SilenceOpened, _) if running && works_on_agenda => Some(Matter::SilenceOpened(call())),
        (LetterKind::SilenceEnding, _) if running && may_object(seat.role) => Some(Matter::SilenceEnding(call())),
        (LetterKind::SilenceMoved, _) if running && works_on_agenda => Some(Matter::SilenceMoved(call())),
        (LetterKind::SilenceBroken, State::Broken { .. }) if works_on_agenda => Some(Matter::SilenceBroken),
        (LetterKind::SilenceAdopted, State::Adopted { at }) if sees(Act::SeeAdoptedItems) => {
            Some(Matter::SilenceAdopted { at })
        }
        (LetterKind::RecordIssued, State::Adopted { at }) if sees(Act::SeeAdoptedItems) => {
            Some(Matter::RecordIssued { at })
        }
        (LetterKind::SilenceWithdrawn, State::Withdrawn { .. }) if works_on_agenda => Some(Matter::SilenceWithdrawn),
        _ => None,
    }
}

/// The secret of a person's link to object to a procedure. Renewing their links ends it.
pub(super) fn link(track: &Track, silence: SilenceProcedureId, person: PersonId, generation: i32) -> Secret {
    let (silence, person, generation) = (silence.uuid(), person.uuid(), generation.to_be_bytes());
    Secret::derived(track.store.mac("silence.link", &[silence.as_bytes(), person.as_bytes(), &generation]))
}
