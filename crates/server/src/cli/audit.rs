//! `dipoli audit verify`.

use std::fmt::Write;

use clap::{Args, Subcommand};
use dipoli_store::AuditReport;

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
    #[command(flatten)]
    place: Where,
}

impl Verify {
    async fn run(self) -> anyhow::Result<Done> {
        let opened = place::open(&self.place)?;
        let store = place::store(&opened, &self.slug).await?;
        let report = store.verify_audit_log().await?;
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
    format!("{verdict}; events chained: {}, not chained yet: {}", report.sealed, report.unsealed)
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
    }
}
