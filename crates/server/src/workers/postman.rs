//! Sends a track's letters: renders one, waits for its turn, hands it to the outlet, says how that went.
//!
//! Deliberately absent: which letters are due and what becomes of them (the app's), and any transaction: nothing is
//! locked while a mail server thinks.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use dipoli_app::outbox::Outcome;
use dipoli_domain::{Timestamp, email::EmailAddress, letter::Letter};
use dipoli_mail::{Failure, Layouts, Message, Outlet, Sender, render, trial};
use tokio::{sync::Semaphore, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{config, data::TrackFolder};

/// Letters that may be on their way at once.
pub const IN_FLIGHT: usize = 10;

/// All of one sending, whatever the server does; the claim on a letter lasts twice as long.
const LONGEST: Duration = Duration::from_secs(60);

/// Who renders a letter. Of the whole process: its other cores are for requests.
static RENDERING: Semaphore = Semaphore::const_new(1);

/// A track's way out.
pub struct Postman {
    outlet: Arc<Outlet>,
    sender: Arc<Sender>,
    interval: Duration,
    next: Mutex<Instant>,
}

impl Postman {
    /// The way out that a track's settings name; `instead` goes before it.
    ///
    /// # Errors
    /// A sentence on the setting that makes no way out.
    pub fn new(
        settings: &config::Track,
        folder: &TrackFolder,
        base_url: &str,
        instead: Option<Arc<Outlet>>,
    ) -> Result<Self, String> {
        let outlet = match (instead, &settings.mail.url) {
            (Some(outlet), _) => outlet,
            (None, Some(url)) => {
                let outlet = Outlet::smtp(url, &settings.mail.helo).map_err(|fault| format!("mail.url: {fault}"))?;
                Arc::new(outlet)
            }
            (None, None) => Arc::new(Outlet::folder(folder.outbox())),
        };
        let sender = Sender::new(&settings.mail.from, base_url).map_err(|fault| format!("mail.from: {fault}"))?;
        let layouts = Layouts::of(&folder.layouts()).map_err(|fault| fault.to_string())?;
        let sender = Arc::new(sender.speaking(settings.language.clone()).with_layouts(layouts));
        let interval = Duration::from_secs(1) / settings.mail.per_second.get();
        Ok(Self { outlet, sender, interval, next: Mutex::new(Instant::now()) })
    }

    /// Sends one letter when its turn has come; gives it back where `stop` comes before its turn.
    pub async fn deliver(&self, letter: &Arc<Letter>, stop: &CancellationToken) -> Outcome {
        let turn = self.turn();
        if stop.run_until_cancelled(tokio::time::sleep_until(turn)).await.is_none() {
            return Outcome::GivenBack;
        }
        let message = match self.rendered(letter).await {
            Some(message) => message,
            None => {
                tracing::error!("a letter cannot be rendered");
                return Outcome::Unwritable;
            }
        };
        match tokio::time::timeout(LONGEST, self.outlet.deliver(message)).await {
            Ok(Ok(())) => Outcome::Sent,
            Ok(Err(failure)) => {
                tracing::warn!(%failure, "a letter did not leave");
                match failure {
                    Failure::Permanent(_) => Outcome::Refused,
                    Failure::Transient(_) => Outcome::TryAgain,
                    Failure::Unreachable => Outcome::Unreachable,
                }
            }
            Err(_) => Outcome::TryAgain,
        }
    }

    /// Beside what answers requests, and one at a time: thousands may be due at once.
    async fn rendered(&self, letter: &Arc<Letter>) -> Option<Message> {
        let _alone = RENDERING.acquire().await.ok()?;
        let (letter, sender) = (Arc::clone(letter), Arc::clone(&self.sender));
        tokio::task::spawn_blocking(move || render(&letter, &sender).ok()).await.ok().flatten()
    }

    /// Sends a test message by the same way; what came of it, in a sentence, where it did not leave.
    ///
    /// # Errors
    /// The sentence.
    pub async fn tries(&self, to: &EmailAddress, at: Timestamp) -> Result<(), String> {
        let key = uuid::Uuid::new_v4().simple().to_string();
        let message = trial(to, &key, at, &self.sender).map_err(|fault| fault.to_string())?;
        match tokio::time::timeout(LONGEST, self.outlet.deliver(message)).await {
            Ok(delivered) => delivered.map_err(|failure| failure.to_string()),
            Err(_) => Err("the server took too long".to_owned()),
        }
    }

    /// When the next letter may leave: `per_second` at most.
    fn turn(&self) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = (*next).max(Instant::now());
        *next = turn + self.interval;
        turn
    }
}

/// A factor of 0.8…1.2 for the pause before another try, so that letters which failed together do not come together.
pub fn jitter() -> f64 {
    let random = uuid::Uuid::new_v4().as_u128() % 1_000;
    // Below a thousand: exact.
    0.8 + 0.4 * f64::from(u16::try_from(random).unwrap_or(500)) / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_within_a_fifth() {
        let all: Vec<_> = (0..1_000).map(|_| jitter()).collect();
        assert!(all.iter().all(|factor| (0.8..=1.2).contains(factor)));
        assert!(all.iter().any(|factor| *factor < 0.9) && all.iter().any(|factor| *factor > 1.1));
    }
}
