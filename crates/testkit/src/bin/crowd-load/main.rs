//! `crowd-load`: what a crowd that signs in, or one of clients that drip, costs the others, and whether the time of a sign-in
//! tells anything (requirements ). Run by hand on a machine that does nothing else; what came of it is in `docs/testing.md`.
//!
//! It makes a track with the hashes of a real one, serves it with the program that it is given, and prints figures.
//! Deliberately absent: any verdict. Whoever reads the figures judges them.

#![allow(clippy::print_stdout, reason = "its figures are what it is for")]

mod crowd;
mod figures;
mod flood;
mod load;
mod timing;

use anyhow::Context;
use clap::Parser;
use dipoli_server::data::DataFolder;
use dipoli_testkit::Process;

/// Measures crowds against a served track.
#[derive(Parser)]
struct Arguments {
    /// The program `dipoli`, built for release
    #[arg(long, default_value = "target/release/dipoli")]
    program: String,
    /// Where the content goes, if not into a file
    #[arg(long)]
    database_url: Option<String>,
    /// Where the keys go, if not into a file
    #[arg(long)]
    keys_url: Option<String>,
    /// So many sign-ins of each kind are timed; 0 for none
    #[arg(long, default_value_t = 1000)]
    samples: usize,
    /// For how many seconds pages are read without sign-ins, to compare with; 0 to leave the load out
    #[arg(long, default_value_t = 10)]
    idle_seconds: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().context("no place for a track")?;
    let data = DataFolder::at(&folder.path().join("data"))?;
    // All of them come from one address.
    data.prepare(&["sign_in.burst", "sign_in.per_minute"].map(|key| (key, "10000".to_owned())))?;
    let crowd = crowd::Crowd::gather(&data, arguments.database_url, arguments.keys_url).await?;
    let process = Process::serve_saying("info", &arguments.program, data.path());
    if arguments.idle_seconds > 0 {
        let reading = load::Reading::prepare(&process, &crowd)?;
        let idle = load::idle(&reading, arguments.idle_seconds);
        load::measure(&process, &crowd, &reading, &idle);
        flood::measure(&process, &reading, &idle, 2 * arguments.idle_seconds)?;
    }
    if arguments.samples > 0 {
        timing::measure(&process, &crowd, arguments.samples)?;
    }
    process.stops();
    Ok(())
}
