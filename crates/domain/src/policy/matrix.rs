//! The policy as a table that people can read who do not read Rust: `schema/policy-matrix.txt`.

use std::fmt::Write;

use super::{Act, Holder, Rule};
use crate::membership::Role;

const HEAD: &str = "\
Who may do what in Dipoli. Generated from the policy (crates/domain/src/policy); do not edit.
Rewrite with: UPDATE=1 cargo test -p dipoli-domain

  yes       may
  own       may where it is their own: their note, their answer, their proposal, their delegation
  not own   may, but never to a seat of their own
  -         may not

The first five columns are the roles in the group concerned. An administrator has other rights, not more: their column
is what they may do by that alone, without a seat. \"signed in\" is anyone with a sign-in; \"link\" is whoever has the
link of a letter, in the place of its recipient; \"stranger\" is anyone else without a sign-in.
";

fn columns() -> Vec<(String, Holder)> {
    let roles = Role::ALL.iter().map(|role| (role.word().to_owned(), Holder::Seat(*role)));
    let others = [
        ("administrator", Holder::Administrator),
        ("signed in", Holder::Person),
        ("link", Holder::Link),
        ("stranger", Holder::Stranger),
        ("clock", Holder::Clock),
        ("operator", Holder::Operator),
    ];
    roles.chain(others.map(|(name, holder)| (name.to_owned(), holder))).collect()
}

const fn cell(rule: Rule) -> &'static str {
    match rule {
        Rule::Always => "yes",
        Rule::Own => "own",
        Rule::NotOwn => "not own",
        Rule::Never => "-",
    }
}

/// The whole table, one act a line.
pub fn render() -> String {
    let columns = columns();
    let first = Act::ALL.iter().map(|act| act.label().len()).max().unwrap_or_default();
    let mut out = String::from(HEAD);
    out.push('\n');
    let mut line = |label: &str, cells: Vec<&str>| {
        let mut row = format!("{label:<first$}");
        for ((name, _), cell) in columns.iter().zip(cells) {
            let width = name.len().max(7);
            // Writing to a String cannot fail.
            let _ = write!(row, "  {cell:<width$}");
        }
        out.push_str(row.trim_end());
        out.push('\n');
    };
    line("act", columns.iter().map(|(name, _)| name.as_str()).collect());
    for act in Act::ALL {
        line(act.label(), columns.iter().map(|(_, holder)| cell(act.rule(*holder))).collect());
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test may look at its environment")]
    fn the_checked_in_matrix_is_the_policy() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/policy-matrix.txt");
        let now = super::render();
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, &now).expect("schema/ can be written");
        }
        let checked_in = std::fs::read_to_string(path).unwrap_or_default();
        assert_eq!(
            checked_in, now,
            "the policy has changed: read the difference, then run UPDATE=1 cargo test -p dipoli-domain"
        );
    }
}
