//! What runs without a request: for each open track one task that tends silence procedures, lets out notes on their tick, chains the audit log,
//! sends letters, tends the keys and forgets what has run out; and the scheduler, which opens tracks when something of
//! theirs falls due, and closes idle ones.
//!
//! Whatever must happen once is claimed in the database, so that any number of processes can run all of this.
//! Deliberately absent: the rules of what is due and what may still be sent. Those are asked of the app.

pub mod postman;
mod round;
pub mod scheduler;

pub use postman::Postman;
pub use round::{Round, by_hand, chain, leave};

use std::{sync::Arc, time::Duration};

use dipoli_app::{Error, Result, Track, again::Tries, audit, chatham_house_note, digest, outbox, silence};
use dipoli_store::Pass;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

/// Letters and events that another process wrote are found within this time.
const POLL: Duration = Duration::from_secs(30);

/// How long after a write the log is chained: what is written together is chained together.
const DEBOUNCE: Duration = Duration::from_millis(50);

/// Letters that have left within this time of one another are followed by as many at once.
const HANDFUL: Duration = Duration::from_millis(25);

/// How long to wait when the database is away: at first, and at most.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(15));

/// How often what has run out is forgotten.
const HOUSEKEEPING: Duration = Duration::from_secs(3_600);

/// How often keys are tended: what another process did to them is known after this time.
const TENDING: Duration = Duration::from_secs(15);

/// How long letters in hand may take to leave when the process stops; then their claims run out.
const DRAIN: Duration = Duration::from_secs(18);

/// The task of one open track.
pub struct Worker {
    track: Arc<Track>,
    postman: Arc<Postman>,
    stop: CancellationToken,
    rounds: watch::Sender<Round>,
    letters: JoinSet<()>,
    back_off: Duration,
    tries: Tries,
    housekeeping: Instant,
    tending: Instant,
    pass: Pass,
    recomputed: bool,
}

impl Worker {
    /// A task that ends when `stop` says so, and tells after each round what it waits for.
    pub fn new(
        track: Arc<Track>,
        postman: Arc<Postman>,
        stop: CancellationToken,
        rounds: watch::Sender<Round>,
    ) -> Self {
        Self {
            track,
            postman,
            stop,
            rounds,
            letters: JoinSet::new(),
            back_off: BACK_OFF.0,
            tries: Tries::default(),
            housekeeping: Instant::now(),
            tending: Instant::now(),
            pass: Pass::default(),
            recomputed: false,
        }
    }

    /// Runs until it is stopped; then no letter is claimed, and those in hand get their time.
    pub async fn run(mut self) {
        while !self.stop.is_cancelled() {
            let next = match self.round().await {
                Ok(next) => {
                    self.back_off = BACK_OFF.0;
                    self.tries = Tries::default();
                    next
                }
                // Another process was in the way: this one's turn comes at once.
                Err(Error::Again) if self.tries.one_more().await => continue,
                Err(error) => self.after(&error),
            };
            while self.wait(next).await && self.more_were_sent().await {}
        }
        let drained = timeout(DRAIN, async { while self.letters.join_next().await.is_some() {} }).await;
        if drained.is_err() {
            tracing::warn!("letters were still on their way; their claims run out and they are sent again");
        }
        if round::leave(&self.track).await.is_err() {
            tracing::warn!("a track was left before its log was complete; the next round completes it");
        }
    }

    /// Does all that is due; gives when there is something to do again.
    async fn round(&mut self) -> Result<Instant> {
        while self.letters.try_join_next().is_some() {}
        if !self.recomputed {
            dipoli_app::session::recompute_instants(&self.track).await?;
            self.recomputed = true;
        }
        let keys_at_rest = self.tend().await;
        // What is at fault with a procedure, on a tick, or with the log, holds up nothing else.
        let told = silence::tend(&self.track).await;
        let ticked = chatham_house_note::let_out(&self.track).await;
        let chained = chain(&self.track).await;
        audit::end_day(&self.track).await?;
        digest::tell(&self.track).await?;
        if Instant::now() >= self.housekeeping {
            outbox::housekeep(&self.track).await?;
            self.housekeeping = Instant::now() + HOUSEKEEPING;
        }
        let full = !self.send_due().await?;
        told.and(ticked).and(chained)?;
        // Where no more letters can be in hand, the end of one of them is what the next one waits for.
        let due = round::next_due(&self.track, !full).await?;
        self.rounds.send_replace(Round { done: true, next_due: due, sending: !self.letters.is_empty(), keys_at_rest });
        let soonest = Instant::now() + POLL;
        Ok(due.map_or(soonest, |due| due.min(soonest)).min(self.housekeeping).min(self.tending))
    }

    /// Tends the keys, if it is time to; whether nothing of theirs is left to do at once. Letters leave though the key
    /// store is away or cannot be written anew.
    async fn tend(&mut self) -> bool {
        if Instant::now() < self.tending {
            return true;
        }
        let tended = dipoli_app::keys::tend(&self.track, &mut self.pass, false).await;
        let over = match tended {
            Ok(over) => over,
            Err(_) => {
                tracing::warn!("the keys of a track could not be tended; trying again");
                true
            }
        };
        self.tending = if over { Instant::now() + TENDING } else { Instant::now() };
        over
    }

    /// Claims what is due as far as hands are free, and sends it beside. `false` where no hand was left.
    async fn send_due(&mut self) -> Result<bool> {
        loop {
            let free = postman::IN_FLIGHT.saturating_sub(self.letters.len());
            if free == 0 {
                return Ok(false);
            }
            if self.stop.is_cancelled() {
                return Ok(true);
            }
            let claimed = outbox::claim(&self.track, u32::try_from(free).unwrap_or(1)).await?;
            if claimed.is_empty() {
                return Ok(true);
            }
            for letter in claimed {
                let (track, postman) = (Arc::clone(&self.track), Arc::clone(&self.postman));
                self.letters.spawn(round::deliver(track, postman, letter, self.stop.clone()));
            }
        }
    }

    /// Waits for the next thing to do: a write here, something due, a letter that has left, the end. Whether it was letters
    /// that left.
    async fn wait(&mut self, next: Instant) -> bool {
        tokio::select! {
            () = self.stop.cancelled() => false,
            () = self.track.woken() => {
                tokio::time::sleep(DEBOUNCE).await;
                false
            }
            Some(_) = self.letters.join_next() => {
                tokio::time::sleep(HANDFUL).await;
                true
            }
            () = sleep_until(next) => false,
        }
    }

    /// Sends what is due in the place of letters that have left. `false` where there was less than hands were free, or a
    /// fault: then a round is due. While thousands wait, nothing else is looked for between one handful and the next.
    async fn more_were_sent(&mut self) -> bool {
        while self.letters.try_join_next().is_some() {}
        matches!(self.send_due().await, Ok(false))
    }

    /// When to try again after a failure. The database may be away for long; a fault must not fill the log.
    fn after(&mut self, error: &Error) -> Instant {
        match error {
            Error::Unavailable | Error::Again => tracing::warn!("a track's database is away; trying again"),
            Error::Refused(_) => tracing::error!("what was due was refused"),
            Error::Fault(text) => tracing::error!(fault = text.as_str(), "what was due failed"),
        }
        let next = Instant::now() + self.back_off;
        self.back_off = (self.back_off * 2).min(BACK_OFF.1);
        next
    }
}
