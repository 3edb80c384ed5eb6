//! The acts of the app on a real store, on both databases: what each does, what it refuses, and what it leaves.

mod agenda;
mod attendee;
mod note;
//mod scope;
mod session;
//mod sight;
mod world;
