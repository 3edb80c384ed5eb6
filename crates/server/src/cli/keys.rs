//! `dipoli keys rotate`, `destroy-group` and `verify-statement`.
//!
//! They act on the databases themselves, beside a server that runs: SQLite's locks and PostgreSQL's transactions order
//! them, and every server reads its keys again within 15 seconds, as it does for what other servers do. So nothing has
//! to be reachable over the admin address that a page in somebody's browser could ask for. Whoever is alone with a track
//! in files, because no server runs, holds its mark meanwhile and waits for nobody.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use dipoli_app::{
    Track,
    keys::{self, Statement},
};
use dipoli_store::{Part, Pass};
use tokio::time::{Instant, sleep};

use super::{Done, Where, ask, complain, place, say};
use crate::{data, serving::Mark, workers};

/// How long a rotation is waited for once all rows are sealed anew: servers may write with the old keys for 60 s.
const PATIENCE: Duration = Duration::from_secs(90);
/// After this time no server has a key in memory that was destroyed.
const LET_GO: Duration = Duration::from_secs(30);
/// How often progress is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// What can be done to keys.
#[derive(Subcommand)]
pub enum Command {
    /// Back up a track's wrapped keys, while it is served
    Backup(super::backup::Backup),
    /// Make new keys, seal everything anew, destroy the old keys
    Rotate(Rotate),
    /// Destroy the keys of a working group: nothing it said can be read again, from no backup of the database either
    DestroyGroup(DestroyGroup),
    /// Check the signature of a statement of destruction
    VerifyStatement(VerifyStatement),
}

impl Command {
    pub(super) async fn run(self) -> anyhow::Result<Done> {
        match self {
            Self::Backup(command) => command.run(Part::Keys).await,
            Self::Rotate(command) => command.run().await,
            Self::DestroyGroup(command) => command.run().await,
            Self::VerifyStatement(command) => command.run(),
        }
    }
}

/// A server may be running. Where this is interrupted, a server or the next rotation goes on.
#[derive(Args)]
pub struct Rotate {
    /// Of which track
    slug: String,
    #[command(flatten)]
    place: Where,
}

impl Rotate {
    async fn run(self) -> anyhow::Result<Done> {
        let opened = place::open(&self.place)?;
        let track = place::track(&opened, &self.slug).await?;
        let mark = alone(&opened, &self.slug)?;
        keys::rotate(&track).await?;
        say("New keys are in use. A new signing key signs in 10 minutes, once every server accepts it.");
        let left = follow(&track, mark.is_some()).await?;
        workers::chain(&track).await?;
        track.close().await?;
        Ok(left)
    }
}

/// Tends the keys until the old ones are destroyed, and tells how far it has come.
async fn follow(track: &Arc<Track>, alone: bool) -> anyhow::Result<Done> {
    let (mut pass, mut told, begun) = (Pass::default(), None, Instant::now());
    loop {
        let over = keys::tend(track, &mut pass, alone).await?;
        let report = keys::report(track).await?;
        let rows = report.rows.total();
        if report.retained == 0 {
            say("Everything is sealed anew, and the old keys are destroyed.");
            return Ok(Done::Well);
        }
        if over && (alone || begun.elapsed() > PATIENCE) {
            say(&format!("{rows} rows do not open, and {} old keys are kept for them.", report.retained));
            complain("`dipoli audit verify` and the audit log tell which rows; a server or the next rotation goes on.");
            return Ok(Done::WithFindings);
        }
        if told.replace(rows) != Some(rows) {
            say(&match rows {
                0 => {
                    "Everything is sealed anew; the old keys go in a minute, when no server can still use them.".into()
                }
                rows => format!("{rows} rows wait to be sealed anew."),
            });
        }
        if over {
            sleep(LOOK).await;
        }
    }
}

/// The typed confirmation and `--statement`, as for every destruction.
#[derive(Args)]
pub struct Confirmed {
    /// The name, typed before: nothing is asked for then
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
    /// Where the signed statement is written, beside being printed
    #[arg(long, value_name = "FILE")]
    statement: Option<PathBuf>,
}

impl Confirmed {
    /// Has `name` typed, or says that nothing was done.
    pub fn ask(&self, name: &str, what: &str) -> anyhow::Result<()> {
        ask::to_type(self.confirm.as_deref(), name, what)
    }

    /// Prints a statement, and writes it where it was asked for.
    pub fn hand_out(&self, text: &str) -> anyhow::Result<()> {
        say(text.trim_end());
        if let Some(file) = &self.statement {
            std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))?;
        }
        Ok(())
    }
}

/// Asks for the group's name to be typed, and prints a signed statement. A server may be running.
#[derive(Args)]
pub struct DestroyGroup {
    /// Of which track
    slug: String,
    /// Which group, by its slug or id
    group: String,
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    confirmed: Confirmed,
}

impl DestroyGroup {
    async fn run(self) -> anyhow::Result<Done> {
        let opened = place::open(&self.place)?;
        let track = place::track(&opened, &self.slug).await?;
        let Some(group) = keys::group_named(&track, &self.group).await? else {
            bail!("there is no group {} in {}; name it by its slug or id", self.group, self.slug);
        };
        let what = "All that this group said becomes unreadable, for good and for everyone, and no backup of the database \
                    brings it back.";
        self.confirmed.ask(&self.group, what)?;
        let mark = alone(&opened, &self.slug)?;
        let statement: Statement = keys::destroy_group(&track, group).await?;
        workers::chain(&track).await?;
        track.close().await?;
        if mark.is_none() {
            complain("The keys are destroyed; waiting until no server has them in memory.");
            sleep(LET_GO).await;
        }
        self.confirmed.hand_out(statement.text())?;
        complain("Backups of the key store made before still hold these keys: destroy those too.");
        Ok(Done::Well)
    }
}

/// The mark of serving, where nobody else serves the track from files and so nobody else writes to it.
fn alone(opened: &place::Opened, slug: &str) -> anyhow::Result<Option<Mark>> {
    let folder = opened.data.track(slug).context("this is no slug")?;
    let settings = crate::config::Track::load(&folder.settings())?;
    if data::is_shared(&settings) {
        return Ok(None);
    }
    let mark = Mark::new(opened.data.clone(), Some(slug.to_owned()));
    match mark.set() {
        Ok(()) => Ok(Some(mark)),
        Err(crate::serving::Refused::Served) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// Needs no data folder.
#[derive(Args)]
pub struct VerifyStatement {
    /// The statement
    file: PathBuf,
}

impl VerifyStatement {
    fn run(self) -> anyhow::Result<Done> {
        let text =
            std::fs::read_to_string(&self.file).with_context(|| format!("{} cannot be read", self.file.display()))?;
        match keys::statement::verify(&text) {
            Ok(key) => {
                say(&format!("genuine; signed by {key}"));
                complain("Compare the key with the one that `dipoli track check` showed while there was a track.");
                Ok(Done::Well)
            }
            Err(wrong) => {
                say(&wrong.to_string());
                Ok(Done::WithFindings)
            }
        }
    }
}
