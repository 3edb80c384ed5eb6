//! The binary `dipoli`: configuration, command line, HTTP, workers, and what puts the other crates together.
//!
//! As a library it gives tests a server without sockets ([`Server`]) and the making of tracks ([`create::Maker`]).
//! Deliberately absent: rules and queries.

pub mod cli;
pub mod config;
pub mod create;
pub mod data;
mod demo;
mod http;
mod logging;
pub mod metrics;
pub mod server;
pub mod serving;
pub mod tracks;
pub mod workers;

pub use http::connections;
pub use server::{Options, Server};
