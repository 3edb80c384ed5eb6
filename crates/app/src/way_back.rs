//! The way back of someone who is locked out, begun by whoever runs commands on the host: for those whom no administrator can
//! help, such as the only one.
//!
//! The operator begins it and cannot finish it: a lost second factor is removed, and a reset by mail that its owner had switched
//! off works once, after three days in which the owner, who is told at once, stops it by signing in. An administrator's
//! invitation that nobody accepted is made anew, as the first one was made, for the operator to hand on. Deliberately absent:
//! setting anybody's password, or an address; and everyone's invitation whom an administrator can invite again.

use std::sync::Arc;

use dipoli_auth::secret::Secret;
use dipoli_domain::{
    Timestamp,
    audit::{Action, Event},
    email::EmailAddress,
    letter::LetterKind,
    person::{Person, Security, Standing},
    policy::Act,
    refusal::Refusal,
    second_factor::RECOVERY,
    time,
};
use dipoli_store::OneTime;
use secrecy::SecretString;

use crate::{
    Result, Track,
    identity::notice,
    operator::{INVITATION, permit},
    second_factor,
};

/// What was begun.
pub enum WayBack {
    /// This administrator had not accepted the invitation yet: the code of another one, good once and for 72 hours. Earlier ones
    /// are not good any more.
    Invitation(SecretString),
    /// The owner can come back by a reset by mail.
    Reset {
        /// From when on; `None` where they can at any time.
        from: Option<Timestamp>,
        /// From when on no second factor is asked for, where they have one: if the letter that tells them has left by then.
        second_factor_until: Option<Timestamp>,
    },
}

/// Begins the way back of the owner of this address. Doing it again changes nothing of a recovery or reset that is under way.
///
/// # Errors
/// NOT_FOUND where nobody has the address, FAILED_PRECONDITION where an administrator can help: the account was disabled or
/// erased, or somebody was invited who is no administrator. UNAVAILABLE while the database is away.
pub async fn begin(track: &Arc<Track>, email: &EmailAddress) -> Result<WayBack> {
    let tx = track.store.begin(permit(track, Act::BeginWayBack).await?).await?;
    let found = tx.account_by_email(email).await?.ok_or_else(|| Refusal::not_found("email"))?;
    // Held until the end.
    let account = tx.account(found.person.id).await?.ok_or_else(|| Refusal::not_found("email"))?;
    let person = account.person;
    let mut events = vec![Event::on(Action::WayBackBegun, person.id)];
    let begun = match person.standing {
        Standing::Invited if !person.is_administrator => {
            return Err(Refusal::state("An administrator can invite them again.").into());
        }
        Standing::Invited => {
            let secret = Secret::generate();
            tx.end_one_time_tokens(person.id).await?;
            let expires_at = time::after(tx.now(), INVITATION);
            tx.add_one_time_token(&secret.digest(), person.id, OneTime::Invitation, expires_at).await?;
            WayBack::Invitation(secret.to_text())
        }
        Standing::Active => {
            let mut second_factor_until = None;
            if person.security.has_second_factor {
                let (at, is_new) = second_factor::begin_recovery(&tx, person.id).await?;
                events.extend(is_new.then(|| Event::on(Action::RecoveryStarted, person.id)));
                second_factor_until = Some(at);
            }
            let security = &person.security;
            let from = match security.reset_once_from {
                _ if security.reset_by_mail => None,
                Some(under_way) => Some(under_way),
                None => {
                    let from = time::after(tx.now(), RECOVERY);
                    let security = Security { reset_once_from: Some(from), ..security.clone() };
                    tx.overwrite_person(&Person { security, ..person.clone() }).await?;
                    tx.queue(&notice(LetterKind::ProtectionChanged, person.id, tx.now())).await?;
                    Some(from)
                }
            };
            WayBack::Reset { from, second_factor_until }
        }
        Standing::Disabled | Standing::Erased => {
            return Err(Refusal::state("The account was disabled or erased; an administrator enables it.").into());
        }
    };
    tx.commit(&events).await?;
    track.wake();
    Ok(begun)
}
