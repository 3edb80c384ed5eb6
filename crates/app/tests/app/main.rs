//! The acts of the app on a real store, on both databases: what each does, what it refuses, and what it leaves.

#![allow(clippy::unwrap_used, reason = "a test that fails has said enough by where it failed")]

mod agenda;
mod attendee;
mod chatham_house_note;
mod membership;
mod note;
mod people;
mod person;
mod release;
mod scope;
mod session;
mod sight;
mod working_group;
mod world;
