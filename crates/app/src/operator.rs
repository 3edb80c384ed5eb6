//! What whoever runs commands on the host does in a track: opening it with its first administrator, and making the
//! example world, whose people act without a password.
//!
//! Deliberately absent: everything else. An operator reads no content and has no seat; what people do in the example
//! world, they do by their own seats.

use std::sync::Arc;

use dipoli_auth::{password::NewPassword, secret::Secret};
use dipoli_domain::{
    audit::{Action, Event},
    email::EmailAddress,
    id::{PersonId, SignInId},
    person::{Invitee, Person, Security, Standing},
    policy::{self, Act, Actor, On, Permit},
    refusal::Refusal,
    sign_in::ClientKind,
    time,
};
use dipoli_store::{Entrance, OneTime};
use jiff::SignedDuration;
use secrecy::SecretString;

use crate::{Cx, Error, Result, Track};

/// How long the first administrator's invitation is good.
pub(crate) const INVITATION: SignedDuration = SignedDuration::from_hours(72);

/// Measures a first password by the rule; the refusal's field is `password`.
///
/// # Errors
/// The part of the rule that is broken.
pub fn new_password(password: SecretString, invitee: &Invitee) -> std::result::Result<NewPassword, Refusal> {
    NewPassword::parse(password, &[&invitee.display_name, invitee.email.as_str()])
        .map_err(|fault| Refusal::bad_input("password", fault.to_string()))
}

/// Makes the first administrator of a new track. Without a password it gives the token of an invitation, good once and
/// for 72 hours; it is told to the operator alone and stored nowhere.
///
/// # Errors
/// The address is taken, or the database is away or at fault.
pub async fn open_track(
    track: &Arc<Track>,
    invitee: Invitee,
    password: Option<NewPassword>,
) -> Result<Option<SecretString>> {
    let hash = match password {
        Some(password) => Some(track.hasher.hash(password).await.map_err(|_| Error::Unavailable)?),
        None => None,
    };
    let standing = if hash.is_some() { Standing::Active } else { Standing::Invited };
    let person = Person { is_administrator: true, ..person(invitee, standing) };
    let tx = track.store.begin(permit(track, Act::OpenTrack).await?).await?;
    tx.add_person(&person).await?;
    let token = match hash {
        Some(hash) => {
            tx.set_password_hash(person.id, None, &hash).await?;
            None
        }
        None => {
            let secret = Secret::generate();
            let expires_at = time::after(tx.now(), INVITATION);
            tx.add_one_time_token(&secret.digest(), person.id, OneTime::Invitation, expires_at).await?;
            Some(secret.to_text())
        }
    };
    tx.commit(&[Event::on(Action::TrackCreated, person.id)]).await?;
    track.wake();
    Ok(token)
}

/// Adds someone to the example world: with an account, and without a password.
///
/// # Errors
/// The address is taken, or the database is away or at fault.
pub async fn add_person(track: &Arc<Track>, invitee: Invitee) -> Result<()> {
    let person = person(invitee, Standing::Active);
    let tx = track.store.begin(permit(track, Act::PrepareDemo).await?).await?;
    tx.add_person(&person).await?;
    tx.commit(&[Event::on(Action::DemoPrepared, person.id)]).await?;
    Ok(())
}

/// Sets a password in the example world, and ends the sign-ins there were.
///
/// # Errors
/// Nobody has this address, or the database is away or at fault.
pub async fn set_password(track: &Arc<Track>, email: &EmailAddress, password: SecretString) -> Result<()> {
    let password = NewPassword::parse(password, &[])
        .map_err(|fault| Error::from(Refusal::bad_input("password", fault.to_string())))?;
    let hash = track.hasher.hash(password).await.map_err(|_| Error::Unavailable)?;
    let tx = track.store.begin(permit(track, Act::PrepareDemo).await?).await?;
    let account = tx.account_by_email(email).await?.ok_or_else(|| Error::from(Refusal::not_found("email")))?;
    tx.set_password_hash(account.person.id, account.password_hash.as_deref(), &hash).await?;
    tx.end_sign_ins_of(account.person.id).await?;
    tx.commit(&[Event::on(Action::DemoPrepared, account.person.id)]).await?;
    track.wake();
    Ok(())
}

/// Someone of the example world, who acts in it. What they may do is what their seats allow.
pub struct Player {
    track: Arc<Track>,
    person: PersonId,
    sign_in: SignInId,
}

impl Player {
    /// Signs someone in whose tokens nobody has.
    ///
    /// # Errors
    /// Nobody has this address, or the database is away or at fault.
    pub async fn enter(track: &Arc<Track>, email: &EmailAddress) -> Result<Self> {
        let sign_in = SignInId::random();
        let tx = track.store.begin(permit(track, Act::PrepareDemo).await?).await?;
        let account = tx.account_by_email(email).await?.ok_or_else(|| Error::from(Refusal::not_found("email")))?;
        let person = account.person.id;
        tx.add_sign_in(
            sign_in,
            person,
            Entrance { client: ClientKind::Program, proved_twice: false },
            Secret::generate().digest(),
        )
        .await?;
        tx.commit(&[Event::on(Action::DemoPrepared, person)]).await?;
        Ok(Self { track: Arc::clone(track), person, sign_in })
    }

    /// Who it is.
    pub const fn person(&self) -> PersonId {
        self.person
    }

    /// A request of theirs, now.
    ///
    /// # Errors
    /// They have left, or the database is away or at fault.
    pub async fn cx(&self) -> Result<Cx> {
        let presence = self.track.store.presence(self.sign_in, self.person).await?;
        let presence = presence.ok_or_else(|| Error::Fault("a player has left".to_owned()))?;
        Ok(Cx {
            track: Arc::clone(&self.track),
            viewer: Arc::new(presence.viewer),
            now: presence.now,
            proved_at: Some(presence.now),
            is_query: false,
        })
    }

    /// Ends the sign-in.
    ///
    /// # Errors
    /// The database is away or at fault.
    pub async fn leave(self) -> Result<()> {
        let tx = self.track.store.begin(permit(&self.track, Act::PrepareDemo).await?).await?;
        tx.end_sign_in(self.sign_in).await?;
        tx.commit(&[Event::on(Action::DemoPrepared, self.person)]).await?;
        Ok(())
    }
}

pub(crate) async fn permit(track: &Track, act: Act) -> Result<Permit> {
    let now = track.now().await?;
    policy::may(Actor::Operator, act, On::track(), now).map_err(|_| Error::Fault("not an operator's act".to_owned()))
}

fn person(invitee: Invitee, standing: Standing) -> Person {
    Person {
        id: PersonId::random(),
        display_name: invitee.display_name,
        affiliation: invitee.affiliation,
        email: invitee.email,
        language: invitee.language,
        zone: invitee.zone,
        is_administrator: false,
        standing,
        security: Security::default(),
    }
}
