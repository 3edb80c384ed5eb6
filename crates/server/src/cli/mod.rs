//! The command line: what is asked for, and which file does it.
//!
//! Results go to stdout, everything else to stderr; a fault says what to do. Exit codes: 0 done, 1 not done (or
//! something was found), 2 not understood. Deliberately absent: rules, queries, and commands that are not there yet.

mod ask;
mod audit;
mod backup;
mod demo;
mod keys;
mod migrate;
mod place;
mod restore;
mod serve;
mod track;

use std::{
    ffi::OsString,
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use dipoli_store::Part;

/// Scheduling, notes and reminders for Track 1.5 and Track 2 dialogues.
#[derive(Parser)]
#[command(name = "dipoli", version, about, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make an example world in an empty folder, and serve it on loopback
    Demo(demo::Demo),
    /// Serve all tracks of a data folder, or one
    Serve(serve::Serve),
    /// Make, list and check tracks
    #[command(subcommand)]
    Track(track::Command),
    /// Bring the databases of all tracks, or of one, up to this release
    Migrate(migrate::Migrate),
    /// Back up a track's content, while it is served
    Backup(backup::Backup),
    /// Put a track back from its backups, in its place or beside it under another slug
    Restore(Box<restore::Restore>),
    /// Print the API's schema
    Schema,
    /// Rotate and destroy keys
    #[command(subcommand)]
    Keys(keys::Command),
    /// Check the audit log of a track
    #[command(subcommand)]
    Audit(audit::Command),
}

/// Where the data is, and what opens it.
#[derive(Args, Clone)]
struct Where {
    /// The data folder
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    key: RootKeyFile,
}

/// What opens the data.
#[derive(Args, Clone)]
struct RootKeyFile {
    /// The root key's file; DIR.key beside the data folder unless given
    #[arg(long, value_name = "FILE", env = "DIPOLI_ROOT_KEY_FILE", hide_env_values = true)]
    root_key: Option<PathBuf>,
}

/// How a command ended that was done.
enum Done {
    /// As it should.
    Well,
    /// It did what it does, and found something.
    WithFindings,
}

/// Runs the command line.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(told) => {
            // Help goes to stdout with 0, faults to stderr with 2; where neither can be written, the code still says it.
            let _ = told.print();
            return ExitCode::from(u8::try_from(told.exit_code()).unwrap_or(2));
        }
    };
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("a TLS provider was installed already");
    }
    crate::logging::start();
    match within_runtime(cli.command) {
        Ok(Done::Well) => ExitCode::SUCCESS,
        Ok(Done::WithFindings) => ExitCode::FAILURE,
        Err(fault) => {
            complain(&format!("dipoli: {fault:#}"));
            ExitCode::FAILURE
        }
    }
}

fn within_runtime(command: Command) -> anyhow::Result<Done> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(async {
        match command {
            Command::Demo(command) => command.run().await,
            Command::Serve(command) => command.run().await,
            Command::Track(command) => command.run().await,
            Command::Migrate(command) => command.run().await,
            Command::Backup(command) => command.run(Part::Content).await,
            Command::Restore(command) => command.run().await,
            Command::Schema => {
                say(dipoli_graphql::sdl().trim_end());
                Ok(Done::Well)
            }
            Command::Keys(command) => command.run().await,
            Command::Audit(command) => command.run().await,
        }
    });
    // A password that is still being hashed for someone who has gone must not hold up the end.
    runtime.shutdown_background();
    done
}

/// A line of the result. Whoever reads it may have stopped reading, which is no fault.
fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// A line for whoever sits in front, beside the result.
fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// The flags that stand for settings, by the settings' keys.
fn as_settings(listen: Option<SocketAddr>, admin_listen: Option<SocketAddr>) -> Vec<(&'static str, String)> {
    let given = [("listen", listen), ("admin_listen", admin_listen)];
    given.into_iter().filter_map(|(key, address)| Some((key, address?.to_string()))).collect()
}
