//! How letters are delivered, for organizers and administrators; queueing again what was given up; and addresses that
//! are refused for good too often.
//!
//! Deliberately absent: whose letters they are.

use dipoli_domain::{
    audit::{Action, Event},
    delivery::{self, Delivery, Failure},
    id::{PersonId, SessionId},
    letter::LetterKind,
    policy::{Act, On, scope::Groups},
    refusal::Refusal,
    time,
};
use dipoli_store::{ClaimedLetter, Correspondent, Queued, Settlement, Tx};
use jiff::SignedDuration;

use crate::{Cx, Result, cx::id, session};

/// How long it is worth telling that an address has stopped.
const TOLD_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How letters go about the sessions that the viewer organizes, or about one of them; administrators see every session,
/// and what is about none. Empty for everyone else.
pub async fn list(cx: &Cx, of: Option<&str>) -> Result<Vec<Delivery>> {
    // What is no id names no session that anybody has letters about.
    let of = match of {
        Some(text) => match text.parse::<SessionId>() {
            Ok(session) => Some(session),
            Err(_) => return Ok(Vec::new()),
        },
        None => None,
    };
    Ok(cx.track.store.deliveries(&Groups::with_delivery_seen_by(&cx.viewer), of).await?)
}

/// Queues again what was given up of a kind and would not come too late: about a session, or, for administrators, about
/// none, which no program does: these are about accounts. Codes are asked for anew instead, as often as that may be done
/// (requirements A-13). Gives how many letters that were.
pub async fn requeue(cx: &Cx, session: Option<&str>, kind: LetterKind) -> Result<u64> {
    let session = session.map(|text| id::<SessionId>("sessionId", text)).transpose()?;
    let on = match session {
        Some(session) => on_session(cx, session).await?,
        None => On::track(),
    };
    let permit = cx.may("sessionId", Act::SeeDelivery, on).await?;
    if session.is_none() {
        cx.sign_in()?;
    }
    if kind.is_asked_for_anew() {
        return Err(Refusal::bad_input("kind", "Its code is asked for anew by whoever needs it.").into());
    }
    let tx = cx.track.store.begin(permit).await?;
    let requeued = tx.requeue(session, kind).await?;
    if requeued == 0 {
        return Ok(0);
    }
    let event = match session {
        Some(session) => Event::on(Action::DeliveryRequeued, session),
        None => Event::of(Action::DeliveryRequeued),
    };
    tx.commit(&[event]).await?;
    cx.track.wake();
    Ok(requeued)
}

/// A session that the viewer sees, or about which they see letters.
async fn on_session(cx: &Cx, session: SessionId) -> Result<On> {
    if let Some(seen) = session::many(cx, &[session]).await?.remove(&session) {
        return Ok(On::group(seen.group));
    }
    let scope = Groups::with_delivery_seen_by(&cx.viewer);
    let group = cx.track.store.group_with_letters(&scope, session).await?;
    Ok(On::group(group.ok_or_else(|| Refusal::not_found("sessionId"))?))
}

/// Where a letter goes whose way counts for its recipient's address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Address {
    person: PersonId,
    refusals: i32,
}

impl Address {
    /// The address of a letter's recipient; `None` for what goes to an address that is to be confirmed.
    pub fn of(row: &ClaimedLetter) -> Option<Self> {
        let is_the_accounts = row.kind != LetterKind::AddressToConfirm || row.own;
        is_the_accounts.then_some(Self { person: row.recipient.id, refusals: row.correspondent.refusals })
    }

    /// Whose it is.
    pub const fn person(self) -> PersonId {
        self.person
    }

    /// Whether nothing goes there any more.
    pub const fn is_stopped(self) -> bool {
        delivery::is_stopped(self.refusals)
    }

    /// Counts refusals for good in a row. With the one that stops the address, the organizers are told.
    pub async fn settled(self, tx: &Tx, settlement: Settlement) -> Result<()> {
        let is_refused = settlement == Settlement::Dead(Failure::Refused);
        let is_good_again = settlement == Settlement::Sent && self.refusals > 0;
        if !is_refused && !is_good_again {
            return Ok(());
        }
        let before = tx.correspondent(self.person).await?;
        let refusals = if is_refused { before.refusals.saturating_add(1) } else { 0 };
        let stops = delivery::is_stopped(refusals) && !delivery::is_stopped(before.refusals);
        tx.put_correspondent(self.person, &Correspondent { refusals, ..before }).await?;
        if stops {
            let organizers = tx.organizers_around(self.person).await?;
            let letters: Vec<_> = organizers.into_iter().map(|organizer| told(tx, organizer)).collect();
            tx.queue_all(&letters).await?;
        }
        Ok(())
    }
}

/// A new address has not been refused.
pub(crate) async fn start_anew(tx: &Tx, person: PersonId) -> Result<()> {
    let before = tx.correspondent(person).await?;
    if before.refusals > 0 {
        tx.put_correspondent(person, &Correspondent { refusals: 0, ..before }).await?;
    }
    Ok(())
}

fn told(tx: &Tx, organizer: PersonId) -> Queued {
    Queued {
        kind: LetterKind::AddressStopped,
        person: organizer,
        session: None,
        sequence: None,
        before: None,
        silence: None,
        own: false,
        due: tx.now(),
        expires: Some(time::after(tx.now(), TOLD_FOR)),
        was: None,
        about: None,
    }
}
