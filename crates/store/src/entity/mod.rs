//! The rows of every table, as they are stored: words as text, what is confidential sealed. Private to this crate;
//! joins are written out where they are read, so there are no relations here.

pub mod agenda_item;
pub mod attendee;
pub mod audit_chain;
pub mod audit_checkpoint;
pub mod audit_event;
pub mod audit_head;
pub mod delegation;
pub mod idempotency;
pub mod key_store;
pub mod membership;
pub mod note;
pub mod one_time_token;
pub mod outbox;
pub mod person;
pub mod session;
pub mod sign_in;
pub mod signing_key;
pub mod spent_refresh_token;
pub mod track;
pub mod working_group;
pub mod wrapped_key;
