//! Renders one letter and delivers it: as a file, to a mail server, or into memory for tests.
//!
//! What a letter may hold is `dipoli_domain::letter`; here are its words, its form, and its way out. A second rendering
//! of the same letter gives the same bytes, so that a repeated sending can be recognised by its Message-ID.
//!
//! Deliberately absent: groups, tracks, notes, and every person but the recipient (requirements M-13); the
//! outbox, retries and pace, which are the worker's; the clock; logging of any kind, since nearly every value here is
//! confidential.

mod calendar;
mod failure;
mod folder;
mod layout;
mod memory;
mod message;
mod moment;
mod name;
mod outlet;
mod page;
mod render;
mod sender;
mod smtp;
mod text;
mod words;
mod zone_rules;

pub use calendar::{CalendarEntry, feed};
pub use failure::{Cause, Failure};
pub use folder::Folder;
pub use layout::{Layouts, NotALayout};
pub use memory::Memory;
pub use message::Message;
pub use outlet::Outlet;
pub use page::{ANSWER, Page, STYLE, answer_of, answer_word, spoken, wanted};
pub use render::{RenderError, render, trial};
pub use sender::{NotASender, Sender};
pub use smtp::{NotARelay, Smtp};
