//! The GraphQL surface of one track: types, inputs, payloads, loaders, limits and errors over [`dipoli_app`].
//!
//! Translation only. Deliberately absent: rules (they are the domain's: no resolver asks for a role), SQL and the store,
//! HTTP (the server's), and anything that outlives a request but the schema itself: loaders are made for each request,
//! for one viewer. The schema holds nothing of any track; the track comes with the request.
//!
//! A request takes three steps: [`RawRequest::from_json`] reads the body, [`Api::prepare`] parses and measures the
//! document, [`Api::execute`] runs it. Each can answer with a [`Response`] instead.

mod account;
mod agenda;
mod attendance;
mod attendee;
mod audience;
mod audit;
mod batch;
mod check;
mod connection;
mod context;
mod correspondence;
mod cost;
mod date_search;
mod delegation;
mod delivery;
mod documents;
mod error;
mod execute;
mod identity;
mod limits;
mod list;
mod loader;
mod manifest;
mod membership;
mod mutation;
mod node;
mod note;
mod nullable;
mod order;
mod own_data;
mod person;
mod query;
mod reader;
mod record;
mod release;
mod request;
mod response;
mod scalar;
mod session;
mod shape;
mod silence;
mod statement;
mod subscription;
mod token;
mod track;
mod working_group;

pub use documents::Documents;
pub use error::ErrorCode;
pub use execute::{Api, Options, Prepared, sdl};
pub use limits::Limits;
pub use manifest::Manifest;
pub use request::RawRequest;
pub use response::{Kind, Response};
