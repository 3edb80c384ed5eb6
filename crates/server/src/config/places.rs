//! Changing where a track is kept in the text of its settings, with all that an operator wrote there left as it is.

use secrecy::{ExposeSecret, SecretString};

/// The text with these databases; files in the track's folder where none is given.
pub fn with_places(text: &str, database_url: Option<&SecretString>, keys_url: Option<&SecretString>) -> String {
    let places: String = [("database_url", database_url), ("keys_url", keys_url)]
        .iter()
        .filter_map(|(key, url)| Some(format!("{key} = {}\n", toml::Value::from((*url)?.expose_secret()))))
        .collect();
    let mut changed = String::new();
    let mut is_put = false;
    for line in text.lines() {
        if line.trim_start().starts_with('[') && !is_put {
            changed.push_str(&places);
            is_put = true;
        }
        let is_place = !is_put && ["database_url", "keys_url"].iter().any(|key| sets(line, key));
        if !is_place {
            changed.push_str(line);
            changed.push('\n');
        }
    }
    if !is_put {
        changed.push_str(&places);
    }
    changed
}

/// The text without the relay: letters are files then.
pub fn without_relay(text: &str) -> String {
    let mut section = String::new();
    let mut changed = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with('[') {
            section = line.trim().to_owned();
        }
        let is_relay = section == "[mail]" && sets(line, "url") || section.is_empty() && sets(line, "mail.url");
        if !is_relay {
            changed.push_str(line);
            changed.push('\n');
        }
    }
    changed
}

/// Whether the line sets that key.
fn sets(line: &str, key: &str) -> bool {
    line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_changed_and_the_rest_stays() {
        let text = "name = \"A\" # ours\n# database_url = \"postgres://…\"\nkeys_url = \"postgres://old\"\n\n[mail]\nurl = \"smtp://relay\"\n";
        let moved = with_places(text, Some(&SecretString::from("postgres://new")), None);
        assert_eq!(
            moved,
            "name = \"A\" # ours\n# database_url = \"postgres://…\"\n\ndatabase_url = \"postgres://new\"\n[mail]\nurl = \"smtp://relay\"\n"
        );
        assert_eq!(with_places(&moved, None, None).matches("postgres://").count(), 1, "the comment");
        assert!(
            with_places("name = \"A\"\n", None, Some(&SecretString::from("postgres://k")))
                .ends_with("keys_url = \"postgres://k\"\n")
        );
        assert!(!without_relay(&moved).contains("smtp://") && without_relay(&moved).contains("[mail]"));
    }
}
