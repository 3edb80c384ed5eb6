//! E-mail addresses as RFC 5321 allows them: ASCII, at most 254 characters, one mailbox and no display name.

use email_address::{EmailAddress as Checked, Options};

use crate::refusal::Refusal;

/// A checked address. It is shown as it was written and compared without regard to case.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Checks the syntax (RFC 5321 §4.1.2; the part before the at sign ≤ 64, the whole ≤ 254 characters).
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Refusal> {
        let text = text.trim();
        let options = Options::default().without_display_text().without_domain_literal();
        if text.len() <= 254
            && text.is_ascii()
            && !text.bytes().any(|b| b.is_ascii_control())
            && Checked::parse_with_options(text, options).is_ok()
        {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refusal::bad_input(field, "This is not an e-mail address."))
        }
    }

    /// An address that was checked when it was stored.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which addresses are compared and found.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_an_address() {
        for right in ["amina@example.org", "localhost@localhost", "a.b+c@x-y.example", "\"odd one\"@example.org"] {
            assert!(EmailAddress::parse("email", right).is_ok(), "{right}");
        }
        for wrong in ["", "a", "a@", "@b", "a@b\r\nBcc: c@d", "Amina <a@b.example>", "a b@c", "аміна@прыклад.бел"]
        {
            assert!(EmailAddress::parse("email", wrong).is_err(), "{wrong}");
        }
    }
}
