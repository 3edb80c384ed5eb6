//! `dipoli audit verify`.

use std::fmt::Write;

use anyhow::Context;
use clap::{Args, Subcommand};
use dipoli_store::{AuditReport, Kept};

use super::{Done, Where, place, say};

/// What can be asked of an audit log.
#[derive(Subcommand)]
pub enum Command {
    /// Find edited, deleted, inserted, swapped or cut events
    Verify(Verify),
}

impl Command {
    pub(super) async fn run(self) -> anyhow::Result<Done> {
        match self {
            Self::Verify(command) => command.run().await,
        }
    }
}

/// Prints what was found, and the latest checkpoint, to be kept elsewhere. Ends with 1 where something was found.
#[derive(Args)]
pub struct Verify {
    /// Of which track
    slug: String,
    /// Also compare the log with a checkpoint that was kept elsewhere: the printed line, or a file that holds it
    #[arg(long, value_name = "LINE|FILE")]
    checkpoint: Option<String>,
    #[command(flatten)]
    place: Where,
}

impl Verify {
    async fn run(self) -> anyhow::Result<Done> {
        let kept = self.checkpoint.as_deref().map(kept).transpose()?;
        let opened = place::open(&self.place)?;
        let store = place::store(&opened, &self.slug).await?;
        let report = store.verify_audit_log(kept).await?;
        store.close().await?;
        say(&summary(&report));
        for finding in &report.findings {
            say(&finding.to_string());
        }
        if let Some(checkpoint) = &report.checkpoint {
            let (digest, signature) = (hex(&checkpoint.digest), hex(&checkpoint.signature));
            say(&format!("checkpoint {} {digest} signed {} {signature}", checkpoint.sequence, checkpoint.key_id));
            super::complain("Keep the checkpoint elsewhere: it proves later that the log up to it is still the same.");
        }
        Ok(if report.is_sound() { Done::Well } else { Done::WithFindings })
    }
}

/// The state of a log in one line.
pub(super) fn summary(report: &AuditReport) -> String {
    let verdict = match report.findings.len() {
        0 => "sound".to_owned(),
        1 => "1 finding".to_owned(),
        100 => "100 findings or more".to_owned(),
        findings => format!("{findings} findings"),
    };
    let waiting = match report.of_the_day {
        0 => String::new(),
        waiting => format!(", of these waiting for the end of their day: {waiting}"),
    };
    format!("{verdict}; events chained: {}, not chained yet: {}{waiting}", report.sealed, report.unsealed)
}

/// A checkpoint as `verify` printed it: `checkpoint NUMBER DIGEST signed KEY SIGNATURE`, or a file with that line.
fn kept(text: &str) -> anyhow::Result<Kept> {
    let line =
        if text.contains(' ') { text.to_owned() } else { std::fs::read_to_string(text).context("--checkpoint")? };
    let mut words = line.split_whitespace().skip_while(|word| *word == "checkpoint");
    let sequence = words.next().and_then(|number| number.parse().ok());
    let digest = words.next().and_then(digest);
    let (sequence, digest) = sequence.zip(digest).context("--checkpoint: this is not a line that verify printed")?;
    Ok(Kept { sequence, digest })
}

fn digest(hex: &str) -> Option<[u8; 32]> {
    let byte = |at: usize| hex.get(2 * at..2 * at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    let bytes: Option<Vec<u8>> = (0..32).map(byte).collect();
    bytes.filter(|_| hex.len() == 64)?.try_into().ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use dipoli_store::Finding;

    use super::*;

    #[test]
    fn a_log_in_one_line() {
        let sound = AuditReport { sealed: 12, unsealed: 1, ..AuditReport::default() };
        assert_eq!(summary(&sound), "sound; events chained: 12, not chained yet: 1");
        let report = AuditReport { findings: vec![Finding::Missing(3)], ..sound };
        assert_eq!(summary(&report), "1 finding; events chained: 12, not chained yet: 1");
        assert_eq!(hex(&[0, 255]), "00ff");
        let day = AuditReport { findings: Vec::new(), unsealed: 3, of_the_day: 2, ..report };
        let told = "sound; events chained: 12, not chained yet: 3, of these waiting for the end of their day: 2";
        assert_eq!(summary(&day), told);
    }

    #[test]
    fn a_checkpoint_reads_back() {
        let printed = format!("checkpoint 200 {} signed key 00ff\n", hex(&[7; 32]));
        let expected = Kept { sequence: 200, digest: [7; 32] };
        assert_eq!(kept(&printed).expect("a line"), expected);
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), &printed).expect("it can be written");
        assert_eq!(kept(&file.path().display().to_string()).expect("a file"), expected);
        for nothing in ["checkpoint 200 00ff signed key 00", "checkpoint x y", "/nowhere/at-all"] {
            assert!(kept(nothing).is_err(), "{nothing}");
        }
    }
}
