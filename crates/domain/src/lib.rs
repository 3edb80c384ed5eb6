//! The rules of a dialogue: who may do what, what a note's visibility means, how an agenda is ordered, when a
//! reminder is due. Pure functions of values and a handed-in `now`.
//!
//! Deliberately absent: async, SQL, GraphQL, HTTP, mail and the wall clock. Nothing here can wait, fail to reach
//! anything, or give another answer tomorrow for the same arguments.

#[macro_use]
mod word;

pub mod agenda;
pub mod attendance;
pub mod attendee;
pub mod audience;
pub mod audit;
pub mod chair;
pub mod chatham_house_note;
pub mod correspondence;
pub mod date_search;
pub mod delegation;
pub mod delivery;
pub mod email;
pub mod guessing;
pub mod id;
pub mod idempotency;
pub mod language;
pub mod letter;
pub mod membership;
pub mod note;
pub mod order;
pub mod page;
pub mod patch;
pub mod person;
pub mod personal_access_token;
pub mod policy;
pub mod record;
pub mod refusal;
pub mod release;
pub mod reminder;
pub mod second_factor;
pub mod series;
pub mod session;
pub mod sign_in;
pub mod silence;
pub mod span;
pub mod statement;
pub mod text;
pub mod tick;
pub mod time;
pub mod track;
pub mod working_group;

pub use jiff::Timestamp;
