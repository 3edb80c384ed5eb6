//! A letter as a mail: its headers and its parts.
//!
//! Deliberately absent: any header that tells of the machine or the program, tracking, and List-Unsubscribe on
//! letters that are necessary (requirements M-07, M-08).

use std::time::{Duration, SystemTime};

use dipoli_domain::{Timestamp, email::EmailAddress, letter::Letter};
use lettre::{
    Address,
    address::Envelope,
    message::{
        Body, Mailbox, MultiPart, SinglePart,
        header::{ContentDisposition, ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue},
    },
};

use crate::{
    calendar::{self, Invite},
    message::Message,
    name,
    sender::Sender,
    text,
    words::Reading,
};

/// A letter that cannot be made into a mail, whoever tries again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// No mail can go to the recipient's address.
    #[error("no mail can go to the recipient's address")]
    Recipient,
    /// The message key is not 1…64 characters of A–Z, a–z, 0–9, `-`, `_` and `.`.
    #[error("the message key cannot stand in a Message-ID")]
    Key,
    /// The letter was written before 1970 or after 9998.
    #[error("the letter's date cannot stand in a header")]
    Date,
    /// A word is missing in a language.
    #[error("a word of the letter is missing")]
    Words,
    /// The layout does not fit the letter.
    #[error("the letter's layout is at fault")]
    Layout,
    /// The parts do not make a mail.
    #[error("the parts do not make a mail")]
    Parts,
}

/// Renders a letter in the recipient's language and zone: the same bytes each time.
pub fn render(letter: &Letter, sender: &Sender) -> Result<Message, RenderError> {
    let key = sound_key(&letter.message_key)?;
    let to: Address = letter.to.as_str().parse().map_err(|_| RenderError::Recipient)?;
    let reading = Reading::of(&letter.language, sender.language());
    let name = Some(name::on_one_line(&letter.name)).filter(|name| !name.is_empty());
    let text = text::write(letter, name.as_deref().unwrap_or(letter.to.as_str()), sender, &reading)?;
    let envelope = Envelope::new(Some(sender.from().clone()), vec![to.clone()]).map_err(|_| RenderError::Recipient)?;
    let headers = lettre::Message::builder()
        .envelope(envelope)
        .from(Mailbox::new(None, sender.from().clone()))
        .to(Mailbox::new(name, to))
        .subject(text.subject.as_str())
        .date(date(letter.written_at)?)
        .message_id(Some(sender.message_id(key)))
        .header(AutoSubmitted);
    let headers = match &letter.unsubscribe {
        Some(secret) => headers.header(ListUnsubscribe(sender.unsubscribe(secret))).header(OneClick),
        None => headers,
    };
    let (layouts, tag) = (sender.layouts(), reading.language.tag);
    let plain = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(encoded(layouts.text(tag, &text)?));
    let html = SinglePart::builder().header(ContentType::TEXT_HTML).body(encoded(layouts.html(tag, &text)?));
    // The boundary stands in no part: nothing else is made from the key.
    let parts = MultiPart::alternative().boundary(format!("=_{key}")).singlepart(plain).singlepart(html);
    let parts = match calendar::invite(letter, sender, &reading)? {
        Some(invite) => parts.singlepart(attached(invite)?),
        None => parts,
    };
    let mail = headers.multipart(parts).map_err(|_| RenderError::Parts)?;
    Ok(Message { key: key.to_owned(), written_at: letter.written_at, mail })
}

/// A mail that says nothing but that it arrived: for whoever tries the way out by hand.
pub fn trial(to: &EmailAddress, key: &str, at: Timestamp, sender: &Sender) -> Result<Message, RenderError> {
    let key = sound_key(key)?;
    let to: Address = to.as_str().parse().map_err(|_| RenderError::Recipient)?;
    let envelope = Envelope::new(Some(sender.from().clone()), vec![to.clone()]).map_err(|_| RenderError::Recipient)?;
    let mail = lettre::Message::builder()
        .envelope(envelope)
        .from(Mailbox::new(None, sender.from().clone()))
        .to(Mailbox::new(None, to))
        .subject("A test message")
        .date(date(at)?)
        .message_id(Some(sender.message_id(key)))
        .header(AutoSubmitted)
        .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(encoded(TRIAL.to_owned())))
        .map_err(|_| RenderError::Parts)?;
    Ok(Message { key: key.to_owned(), written_at: at, mail })
}

/// What such a mail says.
const TRIAL: &str =
    "This is a test message. Letters will reach this address by the same way.\n\nNothing is to be done.\n";

/// The key, if it can stand in a Message-ID, a boundary and a file name as it is.
fn sound_key(key: &str) -> Result<&str, RenderError> {
    let sound = (1..=64).contains(&key.len())
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && !key.starts_with('.')
        && !key.ends_with('.')
        && !key.contains("..");
    if sound { Ok(key) } else { Err(RenderError::Key) }
}

/// The years that the header can hold.
fn date(instant: Timestamp) -> Result<SystemTime, RenderError> {
    const YEAR_9999: u64 = 253_370_764_800;
    let seconds = u64::try_from(instant.as_second()).ok().filter(|seconds| *seconds < YEAR_9999);
    Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.ok_or(RenderError::Date)?))
}

fn attached(invite: Invite) -> Result<SinglePart, RenderError> {
    let content_type = format!("text/calendar; method={}; charset=utf-8", invite.method);
    Ok(SinglePart::builder()
        .header(ContentType::parse(&content_type).map_err(|_| RenderError::Parts)?)
        .header(ContentDisposition::inline_with_name("invite.ics"))
        .body(encoded(invite.text)))
}

/// ASCII as it stands, so that a file can be read and a link copied from it, and anything else as quoted-printable.
/// Left to itself, the library would break every line of more than 75 characters, links among them, or take base64.
fn encoded(text: String) -> Body {
    /// RFC 5322 §2.1.1.
    const LONGEST_LINE: usize = 998;
    if text.is_ascii() && text.lines().all(|line| line.len() <= LONGEST_LINE) {
        let lines = text.replace("\r\n", "\n").replace('\n', "\r\n");
        Body::dangerous_pre_encoded(lines.into_bytes(), ContentTransferEncoding::SevenBit)
    } else {
        Body::new_with_encoding(text, ContentTransferEncoding::QuotedPrintable).unwrap_or_else(Body::new)
    }
}

/// `Auto-Submitted: auto-generated` (RFC 3834): no out-of-office answers to it.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        if text == "auto-generated" { Ok(Self) } else { Err("another kind of Auto-Submitted".into()) }
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// `List-Unsubscribe` (RFC 2369), on one line: a link is not to be broken.
#[derive(Clone)]
struct ListUnsubscribe(String);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let url = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
        url.map(|url| Self(url.to_owned())).ok_or_else(|| "no URL".into())
    }

    fn display(&self) -> HeaderValue {
        let value = format!("<{}>", self.0);
        HeaderValue::dangerous_new_pre_encoded(Self::name(), value.clone(), value)
    }
}

/// `List-Unsubscribe-Post` (RFC 8058): a POST to that link is enough.
#[derive(Clone)]
struct OneClick;

impl Header for OneClick {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe-Post")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        if text == "List-Unsubscribe=One-Click" { Ok(Self) } else { Err("another way to unsubscribe".into()) }
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "List-Unsubscribe=One-Click".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_key() {
        for right in ["k", "Zm9v-_", "a.b", &"k".repeat(64)] {
            assert_eq!(sound_key(right), Ok(right));
        }
        for wrong in ["", ".", "a..b", "../../etc/passwd", "a@b", "a>\r\nBcc: c@d", "ключ", &"k".repeat(65)] {
            assert_eq!(sound_key(wrong), Err(RenderError::Key), "{wrong}");
        }
    }

    #[test]
    fn what_is_a_date() {
        for (instant, sound) in
            [("1970-01-01T00:00:00Z", true), ("1969-12-31T23:59:59Z", false), ("9998-12-31T23:59:59Z", true)]
        {
            assert_eq!(date(instant.parse().unwrap()).is_ok(), sound, "{instant}");
        }
        assert_eq!(date(Timestamp::MAX), Err(RenderError::Date));
    }
}
