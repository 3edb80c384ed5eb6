//! Who asks, in which track, and when: what every act of a signed-in person begins with.

use std::{str::FromStr, sync::Arc};

use dipoli_domain::{
    Timestamp,
    audit::{Action, Event},
    id::{NotAnId, SignInId},
    policy::{self, Act, Actor, Denied, On, Permit, Viewer},
    refusal::{Code, Refusal},
    time,
};

use jiff::SignedDuration;

use crate::{Error, Result, Track};

/// For how long a sign-in is fresh.
const FRESH: SignedDuration = SignedDuration::from_mins(10);

/// One request of a signed-in person. `now` is the track database's clock, read once with the sign-in.
#[derive(Clone)]
pub struct Cx {
    /// The compartment.
    pub track: Arc<Track>,
    /// Who, with their seats as they are now.
    pub viewer: Arc<Viewer>,
    /// The request's time.
    pub now: Timestamp,
    /// When the person proved who they are, where the request comes straight from that: not by a refreshed token, nor by
    /// one of an API client.
    pub proved_at: Option<Timestamp>,
    /// Whether it only asks. What a query shows of notes is a read; the payload of an act is none (requirements N-06).
    pub is_query: bool,
}

impl Cx {
    /// Asks the policy. A denial to someone who sees the object is noted in the audit log; what the viewer may not
    /// even know of is answered as an unknown id in `field`.
    pub async fn may(&self, field: &'static str, act: Act, on: On) -> Result<Permit> {
        match self.ask(act, on) {
            Ok(permit) => Ok(permit),
            Err(Denied::NotFound) => Err(Refusal::not_found(field).into()),
            Err(Denied::Forbidden) => {
                self.note_denial().await?;
                Err(Refusal::forbidden().into())
            }
        }
    }

    /// REAUTHENTICATION_REQUIRED where the person has not just proved who they are (requirements A-12).
    pub fn fresh(&self) -> Result<()> {
        let is_fresh = |at| self.now <= time::after(at, FRESH);
        if self.proved_at.is_some_and(is_fresh) {
            return Ok(());
        }
        let told = "Sign in again first: this needs a sign-in that is less than 10 minutes old.";
        Err(Refusal::new(Code::ReauthenticationRequired, told).into())
    }

    /// The sign-in that the request was made with; FORBIDDEN to an API client.
    pub(crate) fn sign_in(&self) -> Result<SignInId> {
        self.viewer.by.sign_in().ok_or_else(|| Refusal::forbidden().into())
    }

    /// Counts so many attempts to change something, before anything of them is done: RATE_LIMITED where the person tries
    /// too often.
    pub fn attempts(&self, attempts: usize) -> Result<()> {
        Ok(self.track.attempts.count(self.viewer.person, attempts, self.now)?)
    }

    /// Whether the policy allows it; asks without consequence, for `viewerCan`.
    pub fn can(&self, act: Act, on: On) -> bool {
        self.ask(act, on).is_ok()
    }

    /// Asks the policy, and notes nothing of a denial: for what is done under the Chatham House Rule.
    pub(crate) fn ask(&self, act: Act, on: On) -> std::result::Result<Permit, Denied> {
        policy::may(Actor::Viewer(&self.viewer), act, on, self.now)
    }

    /// What was refused is not told by the event: that it was tried, by whom and when, is.
    async fn note_denial(&self) -> Result<()> {
        let Ok(permit) = self.ask(Act::ReportDenial, On::track()) else { return Ok(()) };
        let tx = self.track.store.begin(permit).await?;
        tx.commit(&[Event::of(Action::PermissionDenied)]).await?;
        self.track.wake();
        Ok(())
    }
}

/// An id as it was sent; whatever is no id of the kind is answered as an unknown one.
pub(crate) fn id<T: FromStr<Err = NotAnId>>(field: &'static str, text: &str) -> Result<T> {
    text.parse().map_err(|NotAnId| Error::from(Refusal::not_found(field)))
}

/// CONFLICT where the object has another version than the one that the viewer last saw.
pub(crate) fn unchanged(version: i32, expected_version: i32) -> Result<()> {
    if version == expected_version { Ok(()) } else { Err(Refusal::stale_version().into()) }
}
