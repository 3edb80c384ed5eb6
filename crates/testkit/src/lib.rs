//! A small world for tests: a data folder with tracks, a server over it, people with a client each, and their
//! letters, on either database. Stories are told with it (`crates/server/tests/stories`).
//!
//! Deliberately absent: any way into a track but its public API, its letters and, from below, its raw rows.

#![allow(clippy::missing_panics_doc, reason = "in a test, a panic is how a helper says that something is wrong")]

mod answer;
mod authenticator;
mod canonical;
mod clock;
mod database;
mod door;
mod letter;
mod person;
mod process;
mod raw;
mod running;
pub mod smtp_sink;
mod socket;
mod table;
mod world;

pub use answer::Answer;
pub use authenticator::Authenticator;
pub use canonical::Canonical;
pub use clock::Clock;
pub use database::{Engine, FreshDatabase, postgres, run_on};
pub use door::{Door, Sent};
pub use letter::{Letter, Letters};
pub use person::{Person, Tokens, merged, mutation, selection};
pub use process::{Process, ask_at};
pub use raw::Raw;
pub use running::Running;
pub use socket::{Heard, Socket};
pub use table::{Table, seat_by_address};
pub use world::{World, address};
