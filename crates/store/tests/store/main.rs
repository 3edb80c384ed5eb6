//! The store against both databases: what it keeps, what it refuses, and what whoever holds a copy of its files sees.

#![allow(clippy::unwrap_used, reason = "in a test, a panic says that something is wrong, and where")]

mod accounts;
mod audit;
mod cursors;
mod idempotency;
mod keys;
mod letters;
mod opening;
mod rotation;
mod schema;
mod sealing;
mod trusted;
mod world;
