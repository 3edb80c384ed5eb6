//! Processes killed, frozen and restarted, databases away and disks full, under a load that keeps a journal: nothing that
//! was acknowledged is missing, nothing is there twice, and the audit chain verifies.
//!
//! The program itself, on sockets. Each is told in a short form; `DIPOLI_FAULTS=long` tells it as long as the requirements
//! say (see docs/operations.md for what that takes). No time is asserted that a loaded machine could not keep; times are
//! printed. Deliberately absent: anything that looks at what is stored but for counting it.

mod away;
mod disk;
mod journal;
mod killed;
mod letters;
mod many;
mod stage;
mod subscribers;

/// So much of something: in the short form, and in the long one.
fn amount(short: usize, long: usize) -> usize {
    if std::env::var("DIPOLI_FAULTS").is_ok_and(|form| form == "long") { long } else { short }
}

#[expect(clippy::print_stdout, reason = "what was measured is told, and not asserted")]
fn tell(line: &str) {
    println!("{line}");
}
