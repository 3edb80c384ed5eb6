//! One function for each thing that a person or the clock can do: load, ask the policy, decide, write once.
//!
//! Deliberately absent: SQL (the store's), GraphQL and HTTP (the surface's), the sending of mail (the worker's), and
//! rules (the domain's). No function takes two tracks: the compartment is the receiver.

pub mod account;
pub mod again;
pub mod agenda;
pub mod answer_by_link;
mod attempts;
pub mod attendance;
pub mod attendee;
pub mod audit;
pub mod bus;
pub mod calendar_feed;
pub mod chair;
pub mod chatham_house_note;
pub mod closing;
pub mod correspondence;
pub mod cx;
pub mod date_search;
pub mod delegation;
pub mod delivery;
pub mod digest;
pub mod error;
pub mod guessing;
mod idempotency;
pub mod identity;
pub mod keys;
mod link;
pub mod membership;
pub mod note;
pub mod operator;
pub mod order;
pub mod outbox;
pub mod own_data;
pub mod page;
pub mod pass;
pub mod person;
pub mod personal_access_token;
mod readers;
pub mod record;
pub mod release;
pub mod second_factor;
pub mod session;
mod session_letters;
pub mod sign_in;
pub mod silence;
pub mod statement;
pub mod track;
pub mod way_back;
pub mod working_group;

pub use bus::Topic;
pub use cx::Cx;
pub use error::{Error, Result};
pub use guessing::Knock;
pub use page::{Connection, Edge, PageArgs};
pub use pass::Pass;
pub use track::{Settings, Track};
