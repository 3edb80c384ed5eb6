//! Who someone is: signing in and out, tokens, invitations and resets.
//!
//! Deliberately absent: any difference between the ways in which a sign-in fails (requirements A-05), and a database
//! connection held while a password is hashed. The floor under the answers' timing is the surface's.

use std::sync::Arc;

use dipoli_auth::{
    access_token::Claims,
    password::{Busy, NewPassword},
    secret::Secret,
};
use dipoli_domain::{
    Timestamp,
    audit::{Action, Event},
    email::EmailAddress,
    id::{PersonId, SignInId},
    letter::LetterKind,
    person::{Person, Security, Standing},
    policy::{self, Act, Actor, By, On, Permit, Scopes, Viewer},
    refusal::{Code, Refusal},
    time,
};
use dipoli_store::{Account, Entrance, Known, OneTime, Presence, Queued, Rotation, Tx};
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    Cx, Error, Knock, Result, Topic, Track,
    guessing::{self, Try},
    personal_access_token,
    second_factor::{self, Proof},
    session_letters,
};

/// Letters of one kind that hold a token, to one person in an hour at most (requirements A-13).
pub(crate) const TOKEN_LETTERS_AN_HOUR: u32 = 3;

/// An attempt to sign in.
pub struct SignIn {
    /// As it was typed.
    pub email: String,
    /// As it was typed.
    pub password: SecretString,
    /// The current TOTP code or a recovery code; looked at where a second factor is set up.
    pub one_time_code: Option<SecretString>,
}

/// What a successful sign-in gives.
pub struct Tokens {
    /// Bearer token.
    pub access_token: String,
    /// Until when it is good.
    pub access_token_expires_at: Timestamp,
    /// Good for one refresh.
    pub refresh_token: SecretString,
    /// The request as the person who has just signed in.
    pub cx: Cx,
}

/// Checks an access token and loads who is behind it, with their seats and the database's time, in one statement.
/// Every fault of the token or of the sign-in behind it is the one refusal UNAUTHENTICATED.
pub async fn authenticate(track: &Arc<Track>, bearer: &str) -> Result<Cx> {
    if bearer.starts_with(Secret::PERSONAL) {
        return personal_access_token::authenticate(track, bearer).await;
    }
    let claims = track.ring_for(bearer).genuine(bearer).map_err(|_| unauthenticated())?;
    let (person, sign_in) = (PersonId::from_uuid(claims.person), SignInId::from_uuid(claims.sign_in));
    let presence = track.store.presence(sign_in, person).await?.ok_or_else(unauthenticated)?;
    if !claims.holds_at(presence.now.as_second()) {
        return Err(unauthenticated());
    }
    let proved_at = Timestamp::from_second(claims.authenticated_at).map_err(|_| unauthenticated())?;
    let now = presence.now;
    Ok(Cx {
        track: Arc::clone(track),
        viewer: Arc::new(finished(track, presence)),
        now,
        proved_at: claims.fresh.then_some(proved_at),
        is_query: false,
    })
}

/// Whether a token was given out by this track, as far as it says itself: nothing is looked up, and it may have been ended.
pub fn vouches_for(track: &Track, bearer: &str) -> bool {
    if bearer.starts_with(Secret::PERSONAL) {
        return personal_access_token::is_marked(track, bearer);
    }
    track.ring().genuine(bearer).is_ok()
}

/// The viewer, who goes no further than to setting up a second factor where they must have one and have none
/// (requirements A-11); their tokens go nowhere then.
pub(crate) fn finished(track: &Track, presence: Presence) -> Viewer {
    let Presence { mut viewer, has_second_factor, .. } = presence;
    if !has_second_factor && track.settings.second_factor.falls_on(viewer.is_administrator, &viewer.seats) {
        viewer.by = match viewer.by {
            By::SignIn(id) | By::Unfinished(id) => By::Unfinished(id),
            By::Token(id, _) => By::Token(id, Scopes::default()),
        };
    }
    viewer
}

/// Signs in. Unknown and disabled accounts, open invitations and wrong passwords are one refusal, after the same
/// work; so are accounts that are locked, known or not.
pub async fn sign_in(track: &Arc<Track>, knock: &Knock, attempt: SignIn) -> Result<Tokens> {
    let tried = guessing::at_account(track, knock, &attempt.email).await?;
    let account = match EmailAddress::parse("email", &attempt.email) {
        Ok(email) => track.store.account_by_email(&email).await?,
        Err(_) => None,
    };
    let stored = account.as_ref().filter(|account| account.person.standing == Standing::Active);
    let hash = stored.and_then(|account| account.password_hash.as_deref());
    let verdict = match track.hasher.verify(attempt.password.clone(), hash).await {
        Ok(verdict) => verdict,
        Err(refused) => {
            tried.give_back(track).await?;
            return Err(busy(refused));
        }
    };
    match account {
        Some(account) if verdict.matches => {
            // A hash that cannot be renewed now is renewed next time.
            let renewed = if verdict.outdated { track.hasher.renew(attempt.password).await.ok() } else { None };
            enter(track, knock, tried, &account, renewed.as_deref(), attempt.one_time_code.as_ref()).await
        }
        Some(account) => refuse(track, tried, account.person.id).await,
        None => {
            tried.fails(track).await?;
            Err(unauthenticated())
        }
    }
}

/// Notes that a sign-in to a known account has failed, and gives the one refusal.
async fn refuse(track: &Arc<Track>, tried: Try, person: PersonId) -> Result<Tokens> {
    let tx = begin(track, Act::SignIn).await?;
    tried.failed(&tx).await?;
    tx.commit(&[Event::on(Action::SignInFailed, person)]).await?;
    track.wake();
    Err(unauthenticated())
}

/// Writes the sign-in of someone who has proved who they are, unless the account was changed in the meantime.
async fn enter(
    track: &Arc<Track>,
    knock: &Knock,
    tried: Try,
    proved: &Account,
    renewed_hash: Option<&str>,
    code: Option<&SecretString>,
) -> Result<Tokens> {
    let tx = begin(track, Act::SignIn).await?;
    let person = proved.person.id;
    let account = tx.account(person).await?.ok_or_else(unauthenticated)?;
    if account.person.standing != Standing::Active || account.password_hash != proved.password_hash {
        return Err(unauthenticated());
    }
    let proof = second_factor::prove(&tx, &account.person, code).await?;
    if proof == Proof::Refused {
        tried.failed(&tx).await?;
        tx.commit(&[Event::on(Action::SignInFailed, person)]).await?;
        track.wake();
        return Err(unauthenticated());
    }
    // Whoever signs in is not locked out.
    spend_way_back(&tx, &account).await?;
    let removed = (proof == Proof::Recovered).then(|| Event::on(Action::SecondFactorRemoved, person));
    if let Some(hash) = renewed_hash {
        tx.set_password_hash(person, account.password_hash.as_deref(), hash).await?;
    }
    if tried.was_right(&tx).await? {
        tx.queue(&notice(LetterKind::SignInAfterFailures, person, tx.now())).await?;
    }
    let entrance = Entrance { client: knock.client, proved_twice: proof == Proof::Given };
    open_sign_in(track, entrance, tx, person, removed.into_iter().collect()).await
}

/// The rest of every sign-in: its first refresh token, the seats that waited for it, the events, the commit.
async fn open_sign_in(
    track: &Arc<Track>,
    entrance: Entrance,
    tx: Tx,
    person: PersonId,
    mut events: Vec<Event>,
) -> Result<Tokens> {
    let refresh_token = Secret::generate();
    let known = tx.add_sign_in(SignInId::random(), person, entrance, refresh_token.digest()).await?;
    events.push(Event::on(Action::SignedIn, person));
    for (membership, _) in tx.seat_awaiting(person).await? {
        session_letters::invite_seat_to_sessions(&tx, track, membership).await?;
        events.push(Event::on(Action::MembershipSeated, membership));
    }
    let tokens = tokens(&tx, track, known, true, &refresh_token).await?;
    tx.commit(&events).await?;
    track.wake();
    Ok(tokens)
}

/// Spends a refresh token (requirements A-09).
pub async fn refresh(track: &Arc<Track>, refresh_token: SecretString) -> Result<Tokens> {
    let spent = Secret::parse(refresh_token.expose_secret()).ok_or_else(unauthenticated)?;
    let successor = Secret::generate();
    let tx = begin(track, Act::RefreshTokens).await?;
    match tx.rotate(spent.digest(), successor.digest()).await? {
        Rotation::Rotated(known) => {
            let event = Event::on(Action::TokensRefreshed, known.person);
            let tokens = tokens(&tx, track, known, false, &successor).await?;
            tx.commit(&[event]).await?;
            track.wake();
            Ok(tokens)
        }
        Rotation::Reused(known) => {
            tx.commit(&[Event::on(Action::RefreshReused, known.person)]).await?;
            track.wake();
            Err(unauthenticated())
        }
        Rotation::Unknown => Err(unauthenticated()),
    }
}

/// Ends the sign-in behind the request; its tokens are dead from the next request on.
pub async fn sign_out(cx: &Cx) -> Result<()> {
    let permit = cx.may("accessToken", Act::SignOut, On::track()).await?;
    let tx = cx.track.store.begin(permit).await?;
    if let Some(sign_in) = cx.viewer.by.sign_in() {
        tx.end_sign_in(sign_in).await?;
    }
    tx.commit(&[Event::on(Action::SignedOut, cx.viewer.person)]).await?;
    cx.track.wake();
    cx.track.tell(Topic::People);
    Ok(())
}

/// Queues a reset letter, if the address has an account. The answer is the same where it has none.
pub async fn request_password_reset(track: &Arc<Track>, knock: &Knock, email: &str) -> Result<()> {
    let email = EmailAddress::parse("email", email)?;
    guessing::from_address(track, knock, guessing::RESET).await?;
    let account = track.store.account_by_email(&email).await?;
    let now = track.store.now().await?;
    let can_reset = |it: &Account| it.person.standing == Standing::Active && it.person.security.can_reset_by_mail(now);
    let Some(account) = account.filter(can_reset) else {
        return Ok(());
    };
    let person = account.person.id;
    let tx = begin(track, Act::RequestPasswordReset).await?;
    if tx.letters_last_hour(person, LetterKind::PasswordReset).await? >= TOKEN_LETTERS_AN_HOUR {
        return Ok(());
    }
    tx.queue(&token_letter(LetterKind::PasswordReset, person, tx.now())).await?;
    tx.commit(&[Event::on(Action::ResetRequested, person)]).await?;
    track.wake();
    Ok(())
}

/// Sets a new password with the token from the letter; ends all sign-ins, renews the person's secret links, and opens
/// an account that guessing has locked. A password that is refused leaves the token good.
pub async fn reset_password(
    track: &Arc<Track>,
    knock: &Knock,
    token: SecretString,
    password: SecretString,
) -> Result<()> {
    let (digest, account) = holder(track, &token, OneTime::PasswordReset, Standing::Active).await?;
    let hash = new_hash(track, password, &account.person).await?;
    let tx = begin(track, Act::ResetPassword).await?;
    let person = spend(&tx, &digest, OneTime::PasswordReset).await?;
    tx.set_password_hash(person, account.password_hash.as_deref(), &hash).await?;
    tx.end_sign_ins_of(person).await?;
    tx.revoke_personal_access_tokens_of(person).await?;
    tx.renew_links(person).await?;
    spend_way_back(&tx, &account).await?;
    guessing::forget(track, &tx, knock, account.person.email.as_str()).await?;
    tx.queue(&notice(LetterKind::PasswordChanged, person, tx.now())).await?;
    tx.commit(&[Event::on(Action::PasswordReset, person)]).await?;
    track.wake();
    track.tell(Topic::People);
    Ok(())
}

/// A way back that the operator has begun leads back once, and is over when its owner signs in without it.
async fn spend_way_back(tx: &Tx, known: &Account) -> Result<()> {
    if known.person.security.reset_once_from.is_none() {
        return Ok(());
    }
    // As it is now: a second factor may have gone meanwhile.
    let Some(Account { person, .. }) = tx.account(known.person.id).await? else { return Ok(()) };
    let security = Security { reset_once_from: None, ..person.security };
    Ok(tx.overwrite_person(&Person { security, ..person }).await?)
}

/// Changes the viewer's own password, with a fresh sign-in and the password that it replaces; ends all other sign-ins.
pub async fn change_password(cx: &Cx, current: SecretString, password: SecretString) -> Result<()> {
    let permit = cx.may("password", Act::ManageCredentials, On::track()).await?;
    cx.fresh()?;
    let (track, sign_in) = (&cx.track, cx.sign_in()?);
    let account = track.store.account(cx.viewer.person).await?.ok_or_else(unauthenticated)?;
    let tried = guessing::at_own_account(track, account.person.email.as_str()).await?;
    let verdict = match track.hasher.verify(current, account.password_hash.as_deref()).await {
        Ok(verdict) => verdict,
        Err(refused) => {
            tried.give_back(track).await?;
            return Err(busy(refused));
        }
    };
    if !verdict.matches {
        tried.fails(track).await?;
        return Err(Refusal::bad_input("currentPassword", "This is not your password.").into());
    }
    tried.give_back(track).await?;
    let hash = new_hash(track, password, &account.person).await?;
    let tx = track.store.begin(permit).await?;
    let person = cx.viewer.person;
    tx.set_password_hash(person, account.password_hash.as_deref(), &hash).await?;
    tx.end_other_sign_ins(person, sign_in).await?;
    tx.end_one_time_tokens(person).await?;
    tx.queue(&notice(LetterKind::PasswordChanged, person, tx.now())).await?;
    tx.commit(&[Event::on(Action::PasswordChanged, person)]).await?;
    track.wake();
    track.tell(Topic::People);
    Ok(())
}

/// Accepts an invitation with the token from the letter, and signs in. A password that is refused leaves the token
/// good.
pub async fn accept_invitation(
    track: &Arc<Track>,
    knock: &Knock,
    token: SecretString,
    password: SecretString,
) -> Result<Tokens> {
    let (digest, account) = holder(track, &token, OneTime::Invitation, Standing::Invited).await?;
    let hash = new_hash(track, password, &account.person).await?;
    let tx = begin(track, Act::AcceptInvitation).await?;
    let person = spend(&tx, &digest, OneTime::Invitation).await?;
    // As it is now: hashing took its time.
    let invited = tx.account(person).await?.filter(|account| account.person.standing == Standing::Invited);
    let invited = invited.ok_or_else(bad_token)?.person;
    tx.overwrite_person(&Person { standing: Standing::Active, ..invited }).await?;
    tx.set_password_hash(person, account.password_hash.as_deref(), &hash).await?;
    let entrance = Entrance { client: knock.client, proved_twice: false };
    open_sign_in(track, entrance, tx, person, vec![Event::on(Action::InvitationAccepted, person)]).await
}

/// Whose token it is, while it is good for this and its person stands where this can be done.
async fn holder(track: &Track, token: &SecretString, kind: OneTime, standing: Standing) -> Result<([u8; 32], Account)> {
    let digest = Secret::parse(token.expose_secret()).ok_or_else(bad_token)?.digest();
    let now = track.store.now().await?;
    let person = track.store.one_time_token(&digest, kind, now).await?.ok_or_else(bad_token)?;
    let account = track.store.account(person).await?.filter(|account| account.person.standing == standing);
    // Whoever has switched resets by mail off has switched off one that is under way.
    let account = account.filter(|it| kind != OneTime::PasswordReset || it.person.security.can_reset_by_mail(now));
    Ok((digest, account.ok_or_else(bad_token)?))
}

/// Takes the token, and with it all others that its person was sent.
async fn spend(tx: &Tx, digest: &[u8; 32], kind: OneTime) -> Result<PersonId> {
    let person = tx.take_one_time_token(digest, kind).await?.ok_or_else(bad_token)?;
    tx.end_one_time_tokens(person).await?;
    Ok(person)
}

async fn new_hash(track: &Track, password: SecretString, person: &Person) -> Result<String> {
    let personal = [person.display_name.as_str(), person.email.as_str()];
    let password =
        NewPassword::parse(password, &personal).map_err(|fault| Refusal::bad_input("password", fault.to_string()))?;
    track.hasher.hash(password).await.map_err(busy)
}

/// The tokens of a sign-in that `tx` has opened or gone on with, before it is committed: nothing is read again afterwards, when
/// somebody else may have ended it. `fresh` says whether the person has just proved who they are.
async fn tokens(tx: &Tx, track: &Arc<Track>, known: Known, fresh: bool, refresh_token: &Secret) -> Result<Tokens> {
    let presence = tx.presence(known.sign_in, known.person).await?.ok_or_else(unauthenticated)?;
    let now = presence.now;
    let lifetime = i64::from(track.settings.access_token_minutes) * 60;
    let (person, sign_in) = (known.person.uuid(), known.sign_in.uuid());
    let claims = Claims::new(person, sign_in, known.authenticated_at.as_second(), now.as_second(), lifetime);
    let claims = Claims { fresh, ..claims };
    Ok(Tokens {
        access_token: track.ring().issue(&claims).expose_secret().to_owned(),
        access_token_expires_at: Timestamp::from_second(claims.expires_at).map_err(|_| unauthenticated())?,
        refresh_token: refresh_token.to_text(),
        cx: Cx {
            track: Arc::clone(track),
            viewer: Arc::new(finished(track, presence)),
            now,
            proved_at: fresh.then_some(known.authenticated_at),
            is_query: false,
        },
    })
}

/// A letter that tells the account's owner of what was done; of use for a week.
pub(crate) fn notice(kind: LetterKind, person: PersonId, now: Timestamp) -> Queued {
    let soon = time::after(now, SignedDuration::from_hours(24 * 7));
    Queued { expires: Some(soon), ..token_letter(kind, person, now) }
}

/// A letter that is due at once; those that hold a token never go out of date before they are sent.
pub(crate) const fn token_letter(kind: LetterKind, person: PersonId, now: Timestamp) -> Queued {
    Queued {
        kind,
        person,
        session: None,
        sequence: None,
        silence: None,
        before: None,
        own: true,
        due: now,
        expires: None,
        was: None,
        about: None,
    }
}

async fn begin(track: &Track, act: Act) -> Result<Tx> {
    let permit = stranger(track, act).await?;
    Ok(track.store.begin(permit).await?)
}

async fn stranger(track: &Track, act: Act) -> Result<Permit> {
    let now = track.store.now().await?;
    policy::may(Actor::Stranger, act, On::track(), now).map_err(|denied| denied.refusal("input").into())
}

pub(crate) fn unauthenticated() -> Error {
    Refusal::new(Code::Unauthenticated, "Sign in first, or again: there is no valid sign-in behind this.").into()
}

pub(crate) fn bad_token() -> Error {
    Refusal::bad_input("token", "This code is not good, or not any more; ask for a new one.").into()
}

pub(crate) fn too_many_letters() -> Error {
    Refusal::new(Code::RateLimited, "Letters enough were sent for now; try again in an hour.").into()
}

fn busy(_: Busy) -> Error {
    Refusal::new(Code::RateLimited, "Too many people sign in at this moment; try again shortly.").into()
}
