//! The one place where password hashing runs: on threads of their own, two at a time, with a short queue. Where the
//! system can, they step back: on a machine whose cores are all taken, whoever reads does not wait for who signs in.
//!
//! Two hashes of 64 MiB are all the memory that sign-ins can take, however many come. Deliberately absent: any
//! shortcut. An account that does not exist costs what one that does exist costs.

use std::{sync::Arc, thread};

use argon2::password_hash;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::{
    NewPassword, Parameters,
    phc::{self, Stored},
};

/// Hashes that are computed at once.
const AT_ONCE: usize = 2;

/// Hashes that may wait for one of those.
const WAITING: usize = 32;

/// Hashes and checks passwords. Make one for the whole process, since its limits hold for one; clones share them.
#[derive(Clone)]
pub struct Hasher {
    current: Parameters,
    queue: Queue,
}

impl Hasher {
    /// A hasher whose new hashes cost `current`.
    pub fn new(current: Parameters) -> Hasher {
        Hasher { current, queue: Queue::new() }
    }

    /// Hashes a password that keeps the rule. The result is a PHC string to be stored.
    ///
    /// # Errors
    /// [`Busy`] if too many are waiting.
    pub async fn hash(&self, password: NewPassword) -> Result<String, Busy> {
        self.renew(password.into_secret()).await
    }

    /// Hashes again a password that [`Hasher::verify`] has just found to match an outdated hash. It is not
    /// measured by the rule, which may have become stricter since: whoever has it may go on using it.
    ///
    /// # Errors
    /// [`Busy`] if too many are waiting; the outdated hash then stands until the next sign-in.
    pub async fn renew(&self, password: SecretString) -> Result<String, Busy> {
        let current = self.current;
        self.run(move || phc::hash(password.expose_secret(), current)).await
    }

    /// Checks a password against the stored PHC string.
    ///
    /// Where there is none, or it cannot be read, the answer is no, after the work of a hash with the current
    /// parameters. An outdated hash takes the time of its own parameters until it is renewed.
    ///
    /// # Errors
    /// [`Busy`] if too many are waiting.
    pub async fn verify(&self, password: SecretString, stored: Option<&str>) -> Result<Verdict, Busy> {
        let current = self.current;
        let stored = stored.and_then(Stored::parse).unwrap_or_else(|| Stored::dummy(current));
        self.run(move || {
            let matches = stored.matches(password.expose_secret())?;
            Ok(Verdict { matches, outdated: matches && stored.is_outdated(current) })
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> password_hash::Result<T> + Send + 'static,
    ) -> Result<T, Busy> {
        let place = self.queue.enter().await?;
        let (tell, told) = oneshot::channel();
        let hashing = thread::Builder::new().name("hash".to_owned()).spawn(move || {
            // Held until the work is done, not until the caller is: a client that hangs up must not make room for
            // another hash while its own is still being computed.
            let _place = place;
            step_back();
            // Whoever has hung up is not told.
            let _ = tell.send(work());
        });
        // No thread, no memory, or it ended without a word: this password can be neither confirmed nor denied now.
        hashing.map_err(|_| Busy)?;
        match told.await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(_)) | Err(_) => Err(Busy),
        }
    }
}

/// How far hashing stands back behind what answers requests (`nice`, 0 to 19): a tenth of a core that all want.
#[cfg(target_os = "linux")]
const STEPS_BACK: i32 = 10;

/// Lets other threads go first, unless this one does already. Where the system refuses, hashing is as fast as ever, and the
/// others wait.
#[cfg(target_os = "linux")]
fn step_back() {
    let this = Some(rustix::thread::gettid());
    if rustix::process::getpriority_process(this).is_ok_and(|steps| steps < STEPS_BACK) {
        let _ = rustix::process::setpriority_process(this, STEPS_BACK);
    }
}

#[cfg(not(target_os = "linux"))]
fn step_back() {}

/// The answer to a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Verdict {
    /// The password is the one that was stored.
    pub matches: bool,
    /// It matches, and its hash should be replaced by [`Hasher::renew`]. Never true for a password that does not
    /// match.
    pub outdated: bool,
}

/// Too many passwords are being worked on; to be answered as RATE_LIMITED. Nothing was decided about this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("too many passwords are being checked; try again in a moment")]
pub struct Busy;

/// Who may hash, and who may wait for it.
#[derive(Clone)]
struct Queue {
    /// Those who wait and those who hash.
    admitted: Arc<Semaphore>,
    /// Those who hash.
    hashing: Arc<Semaphore>,
}

/// A place among those who hash; given back when dropped.
struct Place {
    _admitted: OwnedSemaphorePermit,
    _hashing: OwnedSemaphorePermit,
}

impl Queue {
    fn new() -> Queue {
        Queue { admitted: Arc::new(Semaphore::new(AT_ONCE + WAITING)), hashing: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Waits for a place, in order of arrival, unless the queue is full.
    async fn enter(&self) -> Result<Place, Busy> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| Busy)?;
        let hashing = Arc::clone(&self.hashing).acquire_owned().await.map_err(|_| Busy)?;
        Ok(Place { _admitted: admitted, _hashing: hashing })
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        sync::oneshot,
        task::{JoinSet, yield_now},
    };

    use super::*;

    const NO: Verdict = Verdict { matches: false, outdated: false };

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    fn hasher() -> Hasher {
        Hasher::new(Parameters::FLOOR)
    }

    #[tokio::test]
    async fn knows_its_own_hash() {
        let hasher = hasher();
        let new = NewPassword::parse(secret("тихий вечер в Эспоо"), &[]).expect("long enough");
        let stored = hasher.hash(new).await.expect("not busy");

        let right = hasher.verify(secret("тихий вечер в Эспоо"), Some(&stored)).await;
        let wrong = hasher.verify(secret("тихий вечер в эспоо"), Some(&stored)).await;

        assert_eq!(right, Ok(Verdict { matches: true, outdated: false }));
        assert_eq!(wrong, Ok(NO));
    }

    #[tokio::test]
    async fn an_older_hash_matches_and_is_outdated() {
        let older = Hasher::new(Parameters::FLOOR);
        let newer = Hasher::new(Parameters::new(19 * 1024, 3, 1).expect("above the floor"));
        let stored = older.renew(secret("a pleasant evening")).await.expect("not busy");

        let right = newer.verify(secret("a pleasant evening"), Some(&stored)).await.expect("not busy");
        assert!(right.matches && right.outdated);
        // A wrong password learns nothing about the age of the hash.
        assert_eq!(newer.verify(secret("a dull evening"), Some(&stored)).await, Ok(NO));

        let renewed = newer.renew(secret("a pleasant evening")).await.expect("not busy");
        assert!(renewed.contains("t=3"));
        let again = newer.verify(secret("a pleasant evening"), Some(&renewed)).await.expect("not busy");
        assert!(again.matches && !again.outdated);
    }

    #[tokio::test]
    async fn an_absent_or_unknown_hash_is_a_failure() {
        let hasher = hasher();
        for stored in [
            None,
            Some(""),
            Some("a pleasant evening"),
            Some("$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"),
            Some("$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
        ] {
            assert_eq!(hasher.verify(secret("a pleasant evening"), stored).await, Ok(NO));
        }
    }

    #[tokio::test]
    async fn an_unknown_account_costs_a_hash() {
        let hasher = hasher();
        let places = hasher.queue.hashing.available_permits();
        let mut check = std::pin::pin!(hasher.verify(secret("a pleasant evening"), None));

        // Polled once, it has taken a place like any other.
        let polled = std::future::poll_fn(|cx| std::task::Poll::Ready(check.as_mut().poll(cx).is_ready())).await;
        assert!(!polled);
        assert_eq!(hasher.queue.hashing.available_permits(), places - 1);
        assert_eq!(check.await, Ok(NO));
    }

    #[tokio::test]
    async fn beyond_two_and_thirty_two_is_busy() {
        let queue = Queue::new();
        let running = [queue.enter().await, queue.enter().await];
        let mut waiting = JoinSet::new();
        for _ in 0..WAITING {
            let queue = queue.clone();
            waiting.spawn(async move { queue.enter().await.is_ok() });
        }
        for _ in 0..WAITING {
            yield_now().await;
        }
        assert_eq!(queue.admitted.available_permits(), 0, "two hash, the others wait, and there is no further place");

        assert_eq!(queue.enter().await.err(), Some(Busy));

        // One who gives up waiting makes room; those who wait get their turn.
        waiting.abort_all();
        while waiting.join_next().await.is_some() {}
        assert_eq!(queue.admitted.available_permits(), WAITING);
        drop(running);
        assert!(queue.enter().await.is_ok());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn hashing_steps_back_and_nothing_else_does() {
        let priority = || rustix::process::getpriority_process(Some(rustix::thread::gettid())).expect("it has one");
        let before = priority();
        let of_hashing = hasher().run(move || Ok(priority())).await.expect("not busy");
        assert_eq!(of_hashing, STEPS_BACK.max(before));
        assert_eq!(priority(), before, "the runtime goes on as before");
    }

    #[tokio::test]
    async fn a_caller_who_leaves_makes_no_room_for_another_hash() {
        let hasher = hasher();
        let (started, has_started) = oneshot::channel();
        let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
        let caller = tokio::spawn({
            let hasher = hasher.clone();
            let work = move || {
                started.send(()).expect("the test waits for it");
                may_go_on.recv().expect("the test sends it");
                Ok(())
            };
            async move { hasher.run(work).await }
        });
        has_started.await.expect("it starts");

        caller.abort();
        assert!(caller.await.expect_err("aborted").is_cancelled());
        assert_eq!(hasher.queue.hashing.available_permits(), AT_ONCE - 1);

        go_on.send(()).expect("it still runs");
        let all = hasher.queue.hashing.acquire_many(AT_ONCE as u32).await;
        assert!(all.is_ok(), "the place is given back in the end");
    }
}
