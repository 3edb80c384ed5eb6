//! The only code that speaks SQL, and the only code that sees ciphertext. One [`Store`] is one track's databases.
//!
//! Reads start from a scope that the policy made (`dipoli_domain::policy::scope`); writes need the policy's permit.
//! Deliberately absent: a read by bare id from outside, a track id, and the database's own error texts.

mod agenda;
mod attendee;
mod audit;
mod audit_chain;
mod audit_report;
mod clock;
mod connection;
mod delegation;
mod delivery;
mod entity;
mod error;
mod housekeeping;
mod idempotency;
mod key_store;
mod keys;
mod letter_in_hand;
mod membership;
mod membership_seen;
mod note;
mod one_time_token;
mod outbox;
mod paging;
mod people;
mod person;
mod person_seen;
mod place;
mod presence;
mod schema;
mod scope;
mod seal;
mod seating;
mod session;
mod sign_in;
mod store;
mod time;
mod tx;
mod working_group;

pub use attendee::HeldSeat;
pub use audit_report::{AuditReport, Checkpoint, Finding};
pub use clock::Clock;
pub use delivery::Settlement;
pub use error::{OpenError, StoreError};
pub use idempotency::{Remembered, Sending};
pub use keys::{KeyScope, SigningSeed};
pub use letter_in_hand::{ClaimedLetter, Meeting};
pub use note::{NoteFilter, NoteKey};
pub use one_time_token::OneTime;
pub use outbox::Queued;
pub use person::Account;
pub use place::{Database, Place, RootKey, RootKeyError};
pub use presence::Presence;
pub use seating::{Effect, NewSeat, SeatRecord};
pub use session::{SessionFilter, SessionKey};
pub use sign_in::{Known, Rotation};
pub use store::Store;
pub use tx::Tx;
