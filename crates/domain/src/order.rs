//! Order without precedence (procedures 11): how a group lists its delegations, as it has agreed, and whether the chair goes
//! round in that order.
//!
//! Deliberately absent: any order by date of joining, by size, or by hand, which would be someone's to give.

use std::cmp::Ordering;

use icu_collator::{Collator, CollatorBorrowed, CollatorPreferences, options::CollatorOptions};
use icu_locale_core::Locale;

use crate::{delegation::Delegation, language::LanguageTag};

words! {
    /// In which order delegations are listed.
    pub enum OrderKind {
        /// By their names, as the agreed language sorts them.
        Alphabetical = "alphabetical",
        /// By lots that were drawn once, for each delegation.
        Lot = "lot",
        /// By their names, and beginning one further with each session that was held.
        Rotating = "rotating",
    }
}

/// What a group has agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// In which order.
    pub kind: OrderKind,
    /// In whose alphabet.
    pub language: LanguageTag,
    /// Whether the chair goes round.
    pub chair_rotates: bool,
}

impl Default for Order {
    fn default() -> Self {
        Self { kind: OrderKind::Alphabetical, language: LanguageTag::english(), chair_rotates: false }
    }
}

impl Order {
    /// The delegations of a group in this order, after so many sessions were `held`.
    pub fn listed(&self, mut delegations: Vec<Delegation>, held: u64) -> Vec<Delegation> {
        delegations = self.round(delegations);
        if self.kind == OrderKind::Rotating && !delegations.is_empty() {
            let places = u64::try_from(delegations.len()).unwrap_or(1);
            delegations.rotate_left(usize::try_from(held % places).unwrap_or_default());
        }
        delegations
    }

    /// The delegations in the order in which the chair goes round: the same, wherever it begins.
    pub fn round(&self, mut delegations: Vec<Delegation>) -> Vec<Delegation> {
        match self.kind {
            OrderKind::Lot => delegations.sort_by_key(|delegation| (delegation.lot, delegation.id)),
            OrderKind::Alphabetical | OrderKind::Rotating => {
                let alphabet = Alphabet::of(&self.language);
                delegations.sort_by(|one, other| alphabet.compare(&one.name, &other.name).then(one.id.cmp(&other.id)));
            }
        }
        delegations
    }
}

/// How a language sorts; Unicode's own way for one that is not known.
struct Alphabet(Option<CollatorBorrowed<'static>>);

impl Alphabet {
    fn of(language: &LanguageTag) -> Self {
        let locale = language.as_str().parse::<Locale>().unwrap_or(Locale::UNKNOWN);
        Self(Collator::try_new(CollatorPreferences::from(&locale), CollatorOptions::default()).ok())
    }

    fn compare(&self, one: &str, other: &str) -> Ordering {
        self.0.as_ref().map_or_else(|| one.cmp(other), |collator| collator.compare(one, other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::WorkingGroupId;

    fn sides(names: &[&str]) -> Vec<Delegation> {
        let group = WorkingGroupId::random();
        names.iter().map(|name| Delegation::new(group, (*name).to_owned(), None)).collect()
    }

    fn names(order: &Order, names: &[&str], held: u64) -> Vec<String> {
        order.listed(sides(names), held).into_iter().map(|it| it.name).collect()
    }

    fn alphabetical(language: &str) -> Order {
        let language = LanguageTag::parse("language", language).expect("sound");
        Order { language, ..Order::default() }
    }

    #[test]
    fn the_agreed_language_sorts() {
        assert_eq!(
            names(&alphabetical("en"), &["śląsk", "Zeta", "south", "North"], 0),
            ["North", "śląsk", "south", "Zeta"]
        );
        assert_eq!(names(&alphabetical("pl"), &["Łódź", "Mazury", "Lublin"], 0), ["Lublin", "Łódź", "Mazury"]);
        assert_eq!(
            names(&alphabetical("lt"), &["Kaunas", "Ylakiai", "Ignalina"], 0),
            ["Ignalina", "Ylakiai", "Kaunas"]
        );
        assert_eq!(names(&alphabetical("be"), &["Ўла", "Узда", "Фаніпаль"], 0), ["Узда", "Ўла", "Фаніпаль"]);
        assert_eq!(names(&alphabetical("tlh"), &["b", "A"], 0), ["A", "b"]);
    }

    #[test]
    fn rotating_it_begins_one_further_with_each_session() {
        let order = Order { kind: OrderKind::Rotating, ..Order::default() };
        assert_eq!(names(&order, &["C", "A", "B"], 0), ["A", "B", "C"]);
        assert_eq!(names(&order, &["C", "A", "B"], 4), ["B", "C", "A"]);
        assert_eq!(names(&order, &[], 4), Vec::<String>::new());
    }

    #[test]
    fn lots_are_drawn_once() {
        let order = Order { kind: OrderKind::Lot, ..Order::default() };
        let drawn = order.listed(sides(&["A", "B", "C"]), 0);
        assert_eq!(order.listed(drawn.iter().rev().cloned().collect(), 7), drawn);
        assert!(drawn.windows(2).all(|pair| pair[0].lot <= pair[1].lot));
    }
}
