//! The store against both databases: what it keeps, what it refuses, and what whoever holds a copy of its files sees.

mod audit;
mod idempotency;
mod letters;
mod opening;
mod rotation;
mod schema;
mod sealing;
mod world;
