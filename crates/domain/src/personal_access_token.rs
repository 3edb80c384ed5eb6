//! What an API client shows instead of a sign-in: named, for some scopes, perhaps for one group, and not for ever
//! (requirements A-15).
//!
//! Deliberately absent: the token itself.

use jiff::civil;

use crate::{
    id::{PersonalAccessTokenId, WorkingGroupId},
    policy::{Scopes, TokenScope},
    refusal::{Refusal, Refusals},
    text,
};

/// Days for which a token is good unless it is said.
pub const USUAL_DAYS: i32 = 90;
/// Days for which it is good at most.
const MOST_DAYS: i32 = 365;
/// Days before its end on which its owner is told.
pub const TOLD_BEFORE: i32 = 7;
/// Tokens that a person has at most.
pub const MOST: usize = 50;

/// A token, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonalAccessToken {
    /// Which.
    pub id: PersonalAccessTokenId,
    /// What its owner calls it.
    pub name: String,
    /// What it is good for.
    pub scopes: Scopes,
    /// In which group alone, if in one.
    pub group: Option<WorkingGroupId>,
    /// On which day it was made.
    pub created_on: civil::Date,
    /// On which day it was last used; the day on which it was made until then.
    pub last_used_on: civil::Date,
    /// The last day on which it is good.
    pub expires_on: civil::Date,
}

/// A token to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// What its owner calls it.
    pub name: String,
    /// What it is good for.
    pub scopes: Scopes,
    /// The last day on which it is good.
    pub expires_on: civil::Date,
}

impl NewToken {
    /// Checks every field and tells all faults at once.
    pub fn parse(name: &str, scopes: &[TokenScope], days: Option<i32>, today: civil::Date) -> Result<Self, Refusals> {
        let mut refusals = Refusals::default();
        let name = refusals.keep(text::line("name", name));
        let scopes = Scopes::new(scopes.iter().copied());
        if scopes.is_empty() {
            refusals.push(Refusal::bad_input("scopes", "A token is good for one thing at least."));
        }
        let days = days.unwrap_or(USUAL_DAYS);
        if !(1..=MOST_DAYS).contains(&days) {
            refusals.push(Refusal::bad_input("expiresInDays", "A token is good for 1 to 365 days."));
        }
        refusals.check()?;
        let name = name.unwrap_or_default();
        let expires_on = today.checked_add(jiff::Span::new().days(days)).unwrap_or(today);
        Ok(Self { name, scopes, expires_on })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_a_name_a_scope_and_an_end() {
        let today = civil::date(2027, 3, 1);
        let read = [TokenScope::SessionsRead];
        let usual = NewToken::parse("the hall's screen", &read, None, today).expect("good");
        assert_eq!(usual.expires_on, civil::date(2027, 5, 30));
        assert!(NewToken::parse("x", &read, Some(365), today).is_ok());
        let wrong = NewToken::parse(" ", &[], Some(366), today).expect_err("three faults");
        let fields: Vec<_> = wrong.iter().filter_map(|refusal| refusal.field.as_deref()).collect();
        assert_eq!(fields, ["name", "scopes", "expiresInDays"]);
        assert!(NewToken::parse("x", &read, Some(0), today).is_err());
    }
}
