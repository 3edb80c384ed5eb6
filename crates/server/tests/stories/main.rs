//! Stories of the table, told in the field's words, through the public API alone, on both databases.
//!
//! One binary: a story is a function that takes an engine, and `on_each_database!` runs it on every one. What a
//! story needs of the world is in `dipoli-testkit`; time moves only when a story says so, and nothing sleeps.

mod accounts;
mod attempts;
mod attendance;
mod audit_log;
mod backups;
mod before_sign_in;
mod changed_from_below;
mod conflicts;
mod delivery;
mod earlier_notes;
mod faults;
mod finding_a_date;
mod guessing;
mod interpretative_statements;
mod interrupted;
mod keys;
mod links_of_letters;
mod main_job;
mod no_tally;
mod order;
mod own_data;
mod pages;
mod passwords;
mod process;
mod record;
mod refusals;
mod relay;
mod reminders;
mod replicas;
mod roles;
mod scopes;
mod sdl;
mod seats;
mod second_factor;
mod series;
mod sign_in;
mod silence;
mod sockets;
mod statements;
mod strangers;
mod suspension;
mod twins;
mod two_tracks;
mod way_back;
mod who_can_read_this;
mod who_reads_what;
mod without_a_trace;
