//! Asking on the terminal for what was not given. Without a terminal it says which flag would have given it.

use std::io::{self, BufRead, IsTerminal, Write};

/// The value of `flag`, checked: given, or asked for until it is sound.
pub fn for_value<T>(
    given: Option<&str>,
    flag: &str,
    question: &str,
    check: impl Fn(&str) -> Result<T, String>,
) -> anyhow::Result<T> {
    if let Some(given) = given {
        return check(given).map_err(|wrong| anyhow::anyhow!("{flag}: {wrong}"));
    }
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        anyhow::bail!("{flag} is needed, since there is no terminal to ask on");
    }
    loop {
        write!(io::stderr(), "{question}: ")?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            anyhow::bail!("nothing was answered; give {flag}");
        }
        match check(line.trim()) {
            Ok(value) => return Ok(value),
            Err(wrong) => writeln!(io::stderr(), "{wrong}")?,
        }
    }
}

/// Has a name typed before something is done that cannot be undone; anything else, and nothing is done. A pipe may type
/// it as well as a hand.
pub fn to_type(given: Option<&str>, name: &str, what: &str) -> anyhow::Result<()> {
    let typed = match given {
        Some(given) => given.to_owned(),
        None => {
            write!(io::stderr(), "{what}\nType {name} to go on: ")?;
            let mut line = String::new();
            io::stdin().lock().read_line(&mut line)?;
            line
        }
    };
    if typed.trim() == name { Ok(()) } else { anyhow::bail!("this is not {name}: nothing was done") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_is_checked_and_not_asked_for() {
        let check = |text: &str| text.parse::<u8>().map_err(|_| "a small number".to_owned());
        assert_eq!(for_value(Some("7"), "--count", "How many", check).unwrap(), 7);
        let wrong = for_value(Some("x"), "--count", "How many", check).unwrap_err();
        assert_eq!(wrong.to_string(), "--count: a small number");
    }
}
