//! Tries to sign in, counted before anything is looked at: by client address, and by account (requirements A-06).
//!
//! Accounts that there are not are counted alike. Deliberately absent: how much is allowed, which is the domain's.

use std::sync::Arc;

use dipoli_domain::{
    Timestamp,
    guessing::Rate,
    id::AttemptId,
    policy::{self, Act, Actor, On},
    refusal::{Code, Refusal},
    sign_in::ClientKind,
};
use dipoli_store::{Tried, Tx};

use crate::{Error, Result, Track};

/// What is known of someone at the door, before anything of them is.
#[derive(Clone, Debug)]
pub struct Knock {
    /// The slug that they asked for, whether or not there is such a track.
    pub slug: String,
    /// Where they come from: an IPv4 address, or the first 64 bits of an IPv6 address.
    pub address: String,
    /// What they come with.
    pub client: ClientKind,
    /// How often one address may try.
    pub rate: Rate,
}

/// A try at an account that is under way. It is to be ended by [`Try::failed`] or [`Try::ended`]; one that is lost counts
/// as failed after a while.
pub(crate) struct Try {
    account: AttemptId,
    began: Timestamp,
}

/// What a try to sign in is counted as.
pub const SIGN_IN: &str = "sign-in";
/// What a wish for a reset is counted as.
pub const RESET: &str = "reset";

/// Counts something that a client address does.
///
/// # Errors
/// RATE_LIMITED where it does it too often; [`Error::Unavailable`] where the database is away.
pub async fn from_address(track: &Arc<Track>, knock: &Knock, what: &'static str) -> Result<()> {
    let tx = begin(track).await?;
    let allowed = count(track, &tx, knock, what).await?;
    tx.commit(&[]).await?;
    if allowed { Ok(()) } else { Err(too_often()) }
}

/// Begins a try at the account of an address, if there is one. RATE_LIMITED where the client or the account has had too
/// many.
pub(crate) async fn at_account(track: &Arc<Track>, knock: &Knock, email: &str) -> Result<Try> {
    let tx = begin(track).await?;
    let began = tx.now();
    let account = account(track, &knock.slug, email, began);
    let free = match count(track, &tx, knock, SIGN_IN).await? {
        true => tx.account_lock(account).await?.began(began),
        false => None,
    };
    if let Some(lock) = &free {
        tx.put_account_lock(account, lock).await?;
    }
    tx.commit(&[]).await?;
    if free.is_some() { Ok(Try { account, began }) } else { Err(too_often()) }
}

/// Begins a try of somebody at their own account, who is signed in.
pub(crate) async fn at_own_account(track: &Arc<Track>, email: &str) -> Result<Try> {
    let tx = begin(track).await?;
    let began = tx.now();
    let account = own_password(track, email, began);
    let free = tx.account_lock(account).await?.began(began);
    if let Some(lock) = &free {
        tx.put_account_lock(account, lock).await?;
    }
    tx.commit(&[]).await?;
    if free.is_some() { Ok(Try { account, began }) } else { Err(too_often()) }
}

impl Try {
    /// Ends it as one that failed, in a transaction of its own.
    pub(crate) async fn fails(self, track: &Arc<Track>) -> Result<()> {
        let tx = begin(track).await?;
        self.failed(&tx).await?;
        Ok(tx.commit(&[]).await?)
    }

    /// Takes it back, in a transaction of its own: nothing was decided.
    pub(crate) async fn give_back(self, track: &Arc<Track>) -> Result<()> {
        let tx = begin(track).await?;
        let lock = tx.account_lock(self.account).await?.ended(self.began);
        tx.put_account_lock(self.account, &lock).await?;
        Ok(tx.commit(&[]).await?)
    }

    /// Ends it as one that failed.
    pub(crate) async fn failed(self, tx: &Tx) -> Result<()> {
        let lock = tx.account_lock(self.account).await?.failed(self.began, tx.now());
        Ok(tx.put_account_lock(self.account, &lock).await?)
    }

    /// Ends it as one that was right. Whether there were failures before it that the account's owner is to be told of.
    pub(crate) async fn was_right(self, tx: &Tx) -> Result<bool> {
        let lock = tx.account_lock(self.account).await?.ended(self.began);
        let is_news = lock.is_news();
        tx.put_account_lock(self.account, &lock.told()).await?;
        Ok(is_news)
    }
}

/// Forgets the tries at an account: whoever has reset its password may sign in.
pub(crate) async fn forget(track: &Track, tx: &Tx, knock: &Knock, email: &str) -> Result<()> {
    tx.forget_attempts(own_password(track, email, tx.now())).await?;
    Ok(tx.forget_attempts(account(track, &knock.slug, email, tx.now())).await?)
}

async fn count(track: &Track, tx: &Tx, knock: &Knock, what: &'static str) -> Result<bool> {
    let tried = Tried::FromAddress { what, address: &knock.address };
    let id = track.store.attempts_at(&knock.slug, tried, tx.now());
    let Some(bucket) = tx.bucket(id).await?.tried(knock.rate, tx.now()) else { return Ok(false) };
    tx.put_bucket(id, bucket).await?;
    Ok(true)
}

/// However an address is written, its tries are counted together.
fn account(track: &Track, slug: &str, email: &str, now: Timestamp) -> AttemptId {
    track.store.attempts_at(slug, Tried::Account(&email.trim().to_lowercase()), now)
}

fn own_password(track: &Track, email: &str, now: Timestamp) -> AttemptId {
    track.store.attempts_at(&track.settings.slug, Tried::OwnPassword(&email.trim().to_lowercase()), now)
}

async fn begin(track: &Track) -> Result<Tx> {
    let now = track.store.now().await?;
    let permit = policy::may(Actor::Clock, Act::CountTries, On::track(), now)
        .map_err(|_| Error::Fault("not an act of the clock".to_owned()))?;
    Ok(track.store.begin(permit).await?)
}

fn too_often() -> Error {
    Refusal::new(Code::RateLimited, "Too many tries; wait a little, or reset the password.").into()
}
