//! What a socket is open by: an access token, looked at anew whenever something is done or shown.
//!
//! It can be renewed with a later token of the same sign-in. Deliberately absent: any right that is remembered. What is
//! remembered of who opened it is compared with who they are now: a socket does not outlive a change of their seats.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use dipoli_domain::{
    Timestamp,
    id::AnyId,
    policy::Viewer,
    refusal::{Code, Refusal},
};
use secrecy::{ExposeSecret, SecretString};

use crate::{Cx, Error, Result, Track, bus::Ears, identity};

/// Sockets of a sign-in at once.
const SOCKETS: usize = 5;
/// Operations of a sign-in at once, over all its sockets.
const OPERATIONS: usize = 20;
/// What renews a socket beside them: whoever has no operation left must not lose all of them with the token.
const RENEWALS: usize = 1;

/// What is open of each sign-in, or token, in this process.
#[derive(Default)]
pub(crate) struct Places(Mutex<HashMap<AnyId, Taken>>);

#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Taken {
    sockets: usize,
    operations: usize,
    renewals: usize,
}

impl Places {
    fn take(&self, of: AnyId, more: Taken) -> Result<()> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = all.get(&of).copied().unwrap_or_default();
        let after = Taken {
            sockets: before.sockets + more.sockets,
            operations: before.operations + more.operations,
            renewals: before.renewals + more.renewals,
        };
        if after.sockets > SOCKETS || after.operations > OPERATIONS || after.renewals > RENEWALS {
            let message = "A sign-in has at most 5 sockets, and 20 operations on them at once.";
            return Err(Refusal::new(Code::RateLimited, message).into());
        }
        all.insert(of, after);
        Ok(())
    }

    fn give_back(&self, of: AnyId, less: Taken) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(taken) = all.get_mut(&of) else { return };
        taken.sockets = taken.sockets.saturating_sub(less.sockets);
        taken.operations = taken.operations.saturating_sub(less.operations);
        taken.renewals = taken.renewals.saturating_sub(less.renewals);
        if *taken == Taken::default() {
            all.remove(&of);
        }
    }
}

/// A place that is free again when this is dropped.
struct Place {
    track: Arc<Track>,
    of: AnyId,
    taken: Taken,
}

impl Place {
    fn take(track: &Arc<Track>, of: AnyId, taken: Taken) -> Result<Self> {
        track.places.take(of, taken)?;
        Ok(Self { track: Arc::clone(track), of, taken })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.track.places.give_back(self.of, self.taken);
    }
}

/// One of the operations of a sign-in, until it is dropped.
pub struct Operation(#[expect(dead_code, reason = "held for its end")] Place);

/// The right to have a socket open.
pub struct Pass {
    bearer: Mutex<SecretString>,
    opened_by: Viewer,
    place: Place,
}

/// Whether a socket may stay open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Good,
    /// The token has run out, or the sign-in behind it was ended.
    Ended,
    /// The person has other seats than when it was opened.
    Changed,
}

impl Pass {
    /// The pass of a token. UNAUTHENTICATED where it is none, RATE_LIMITED where its sign-in has five sockets already.
    pub async fn open(track: &Arc<Track>, bearer: SecretString) -> Result<Self> {
        let cx = identity::authenticate(track, bearer.expose_secret()).await?;
        let place = Place::take(track, cx.viewer.by.id(), Taken { sockets: 1, ..Taken::default() })?;
        Ok(Self { bearer: Mutex::new(bearer), opened_by: in_order(&cx.viewer), place })
    }

    /// The track that it is for.
    pub const fn track(&self) -> &Arc<Track> {
        &self.place.track
    }

    /// Shows its token.
    pub fn with_bearer<R>(&self, then: impl FnOnce(&str) -> R) -> R {
        then(self.bearer.lock().unwrap_or_else(PoisonError::into_inner).expose_secret())
    }

    /// Listens in its track from now on.
    pub fn listen(&self) -> Ears {
        self.track().listen()
    }

    /// Who holds it, as of now: the token is checked and the database asked anew.
    pub async fn cx(&self) -> Result<Cx> {
        let bearer = self.bearer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        identity::authenticate(self.track(), bearer.expose_secret()).await
    }

    /// Whether what it keeps open may stay so.
    ///
    /// # Errors
    /// The database is away, or at fault: nothing is known.
    pub async fn standing(&self) -> Result<Standing> {
        match self.cx().await {
            Ok(cx) if in_order(&cx.viewer) == self.opened_by => Ok(Standing::Good),
            Ok(_) => Ok(Standing::Changed),
            Err(Error::Refused(_)) => Ok(Standing::Ended),
            Err(error) => Err(error),
        }
    }

    /// Takes a later token of the same sign-in; gives until when it is good. Any other leaves the pass as it was.
    pub async fn renew(&self, token: SecretString) -> Result<Timestamp> {
        let no_token =
            || Error::from(Refusal::bad_input("accessToken", "This is no good access token of this sign-in."));
        let cx = match identity::authenticate(self.track(), token.expose_secret()).await {
            Err(Error::Refused(_)) => return Err(no_token()),
            other => other?,
        };
        if cx.viewer.by.id() != self.opened_by.by.id() {
            return Err(no_token());
        }
        let claims = self.track().ring_for(token.expose_secret());
        let claims = claims.genuine(token.expose_secret()).map_err(|_| no_token())?;
        *self.bearer.lock().unwrap_or_else(PoisonError::into_inner) = token;
        Timestamp::from_second(claims.expires_at).map_err(|_| no_token())
    }

    /// One more operation of its sign-in. RATE_LIMITED where there are twenty.
    pub fn operation(&self) -> Result<Operation> {
        self.place(Taken { operations: 1, ..Taken::default() })
    }

    /// One that renews the socket. RATE_LIMITED where another does.
    pub fn renewal(&self) -> Result<Operation> {
        self.place(Taken { renewals: 1, ..Taken::default() })
    }

    fn place(&self, taken: Taken) -> Result<Operation> {
        Ok(Operation(Place::take(self.track(), self.opened_by.by.id(), taken)?))
    }
}

/// The same person, their seats in an order that does not depend on the database.
fn in_order(viewer: &Viewer) -> Viewer {
    let mut viewer = viewer.clone();
    viewer.seats.sort_by_key(|seat| seat.membership);
    viewer
}

#[cfg(test)]
mod tests {
    use dipoli_domain::id::SignInId;

    use super::*;

    #[test]
    fn a_sign_in_has_five_sockets_and_twenty_operations() {
        let places = Places::default();
        let [one, other] = [SignInId::random().into(), SignInId::random().into()];
        let [socket, operation, renewal] = [(1, 0, 0), (0, 1, 0), (0, 0, 1)];
        let [socket, operation, renewal] =
            [socket, operation, renewal].map(|(sockets, operations, renewals)| Taken { sockets, operations, renewals });
        for _ in 0..SOCKETS {
            places.take(one, socket).expect("a place");
        }
        for _ in 0..OPERATIONS {
            places.take(one, operation).expect("a place");
        }
        assert!(places.take(one, socket).is_err() && places.take(one, operation).is_err());
        places.take(one, renewal).expect("a place beside them");
        assert!(places.take(one, renewal).is_err(), "for one at a time");
        places.give_back(one, renewal);
        places.take(other, socket).expect("another's are another's");
        places.give_back(one, socket);
        places.take(one, socket).expect("it is free again");
        for _ in 0..SOCKETS {
            places.give_back(one, socket);
        }
        for _ in 0..OPERATIONS {
            places.give_back(one, operation);
        }
        places.give_back(other, socket);
        assert!(places.0.lock().expect("no one panics").is_empty(), "nothing is kept of who was here");
    }
}
