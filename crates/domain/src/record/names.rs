//! Whether a text holds somebody's name: a warning to who drafts a record, and nothing more. It finds more than it has to
//! rather than less: a name in another case, and with another ending, as languages decline it.
//!
//! Deliberately absent: a refusal. That a river is called as a member is, only who writes can know.

/// Letters that may follow a name as its ending.
const ENDING: usize = 3;
/// A name with so many letters is also found without its last one, which other endings replace.
const LONG: usize = 5;
/// A name with fewer letters is found only as it stands.
const SHORT: usize = 4;
/// Of a member's name, words with fewer letters are left out: they are particles.
const PARTICLE: usize = 3;

/// Which of these names stand in the text: of members any word of the name, of delegations the whole. Each once, sorted.
pub fn names_in<'a>(
    text: &str,
    members: impl IntoIterator<Item = &'a str>,
    delegations: impl IntoIterator<Item = &'a str>,
) -> Vec<String> {
    let text = words(text);
    let member = |name: &&str| {
        let of_name = words(name).into_iter().filter(|word| word.chars().count() >= PARTICLE);
        of_name.into_iter().any(|word| stands(&text, &[word]))
    };
    let delegation = |name: &&str| {
        let of_name = words(name);
        !of_name.is_empty() && stands(&text, &of_name)
    };
    let members = members.into_iter().filter(member);
    let delegations = delegations.into_iter().filter(delegation);
    let mut found: Vec<String> = members.chain(delegations).map(str::to_owned).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn stands(text: &[String], name: &[String]) -> bool {
    text.windows(name.len()).any(|there| there.iter().zip(name).all(|(word, of_name)| is_form_of(word, of_name)))
}

fn is_form_of(word: &str, name: &str) -> bool {
    let letters = name.chars().count();
    if letters < SHORT {
        return word == name;
    }
    let kept = if letters < LONG { letters } else { letters - 1 };
    let stem: String = name.chars().take(kept).collect();
    word.strip_prefix(&stem).is_some_and(|ending| ending.chars().count() <= ENDING + letters - kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_other_cases_and_with_other_endings() {
        let members = ["Anna Kowalska", "Іван Зіма", "Chen Li", "Bo de Vries"];
        let delegations = ["Northern Side", "South"];
        let found = |text| names_in(text, members, delegations);
        assert_eq!(found("It was said by Kowalskiej that gauges rust."), ["Anna Kowalska"]);
        assert_eq!(found("ЗІМАЙ пагадзіліся."), ["Іван Зіма"]);
        assert_eq!(found("Chen's gauges; the NORTHERN SIDE."), ["Chen Li", "Northern Side"]);
        assert_eq!(found("The southern bank."), ["South"]);
        for innocent in ["It was sent to the sides.", "Northern lights, a side issue.", "Gauges de luxe.", ""] {
            assert!(found(innocent).is_empty(), "{innocent}: {:?}", found(innocent));
        }
    }
}
