//! Values that hold their bounds by type, and checks of those that are texts. The messages are for operators.

use std::{net::IpAddr, str::FromStr};

use dipoli_domain::{email::EmailAddress, language::LanguageTag, reminder::Rule, span::Span, text, track::Formality};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};

/// A whole number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Count<MIN, MAX> {
    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Count<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let out_of_bounds = || de::Error::custom(format!("it should be a whole number from {MIN} to {MAX}"));
        let number = i64::deserialize(source).map_err(|_| out_of_bounds())?;
        let number = u32::try_from(number).map_err(|_| out_of_bounds())?;
        if (MIN..=MAX).contains(&number) { Ok(Self(number)) } else { Err(out_of_bounds()) }
    }
}

/// A duration from `MIN` to `MAX` seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within<const MIN: u32, const MAX: u32>(Span);

impl<const MIN: u32, const MAX: u32> Within<MIN, MAX> {
    /// The duration.
    pub const fn get(self) -> Span {
        self.0
    }
}

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Within<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let span = span(source)?;
        if (MIN..=MAX).contains(&span.as_seconds()) {
            return Ok(Self(span));
        }
        let [shortest, longest] =
            [MIN, MAX].map(|bound| Span::seconds(bound).map_or_else(String::new, |span| span.to_string()));
        Err(de::Error::custom(format!("it should be from {shortest} to {longest}")))
    }
}

fn span<'de, D: Deserializer<'de>>(source: D) -> Result<Span, D::Error> {
    parsed(source)
}

/// A text that has a form of its own.
fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err: std::fmt::Display>>(source: D) -> Result<T, D::Error> {
    String::deserialize(source)?.parse().map_err(de::Error::custom)
}

/// Most reminders before one session.
pub(super) fn reminders<'de, D: Deserializer<'de>>(source: D) -> Result<Rule, D::Error> {
    let texts = Vec::<String>::deserialize(source)?;
    Rule::parse("reminders", &texts).map_err(|refusal| de::Error::custom(refusal.message))
}

pub(super) fn line<'de, D: Deserializer<'de>>(source: D) -> Result<String, D::Error> {
    text::line("line", &String::deserialize(source)?).map_err(|refusal| de::Error::custom(refusal.message))
}

/// A line that may be empty, which is none.
pub(super) fn optional_line<'de, D: Deserializer<'de>>(source: D) -> Result<Option<String>, D::Error> {
    let line = String::deserialize(source)?;
    text::optional_line("line", &line, text::LINE_MAX).map_err(|refusal| de::Error::custom(refusal.message))
}

pub(super) fn prose<'de, D: Deserializer<'de>>(source: D) -> Result<String, D::Error> {
    text::prose("prose", &String::deserialize(source)?).map_err(|refusal| de::Error::custom(refusal.message))
}

pub(super) fn language<'de, D: Deserializer<'de>>(source: D) -> Result<LanguageTag, D::Error> {
    LanguageTag::parse("language", &String::deserialize(source)?).map_err(|refusal| de::Error::custom(refusal.message))
}

pub(super) fn email<'de, D: Deserializer<'de>>(source: D) -> Result<EmailAddress, D::Error> {
    EmailAddress::parse("email", &String::deserialize(source)?).map_err(|refusal| de::Error::custom(refusal.message))
}

pub(super) fn formality<'de, D: Deserializer<'de>>(source: D) -> Result<Formality, D::Error> {
    let word = String::deserialize(source)?;
    Formality::from_word(&word).ok_or_else(|| {
        let known: Vec<_> = Formality::ALL.iter().map(|formality| formality.word()).collect();
        de::Error::custom(format!("it should be one of {}", known.join(", ")))
    })
}

/// A host's name as EHLO says it: letters, digits, hyphens and dots.
pub(super) fn host<'de, D: Deserializer<'de>>(source: D) -> Result<String, D::Error> {
    let host = String::deserialize(source)?;
    let sound = (1..=253).contains(&host.len())
        && host.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        });
    if sound { Ok(host) } else { Err(de::Error::custom("it should be a host name, for example mail.example.org")) }
}

/// `http(s)://host`, perhaps with a port and a path, without a slash at its end: links are this and more behind it.
pub(super) fn public_url<'de, D: Deserializer<'de>>(source: D) -> Result<String, D::Error> {
    let url = String::deserialize(source)?;
    let url = url.trim_end_matches('/');
    if web_address(url).is_some() {
        Ok(url.to_owned())
    } else {
        Err(de::Error::custom("it should be http:// or https:// and a host, for example https://dialogue.example.org"))
    }
}

/// Origins as browsers send them: scheme, host and port, and nothing behind.
pub(super) fn origins<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<String>, D::Error> {
    let origins = Vec::<String>::deserialize(source)?;
    match origins.iter().find(|origin| web_address(origin).is_none_or(|rest| rest.contains('/'))) {
        None => Ok(origins),
        Some(_) => Err(de::Error::custom("an origin is http:// or https://, a host and perhaps a port")),
    }
}

/// What follows the scheme, where it is a host with whatever may follow one in a URL's front half.
fn web_address(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let allowed =
        |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'@' | b'"' | b'<' | b'>' | b'\\');
    let host = rest.split('/').next().unwrap_or_default();
    (!host.is_empty() && rest.bytes().all(allowed)).then_some(rest)
}

/// A database's address, whose password is nobody's to see.
pub(super) fn database_url<'de, D: Deserializer<'de>>(source: D) -> Result<Option<SecretString>, D::Error> {
    let url = String::deserialize(source)?;
    let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://")).unwrap_or_default();
    if rest.is_empty() {
        Err(de::Error::custom("it should be postgres://user:password@host:port/database"))
    } else {
        Ok(Some(SecretString::from(url)))
    }
}

/// A relay's address, whose password is nobody's to see.
pub(super) fn smtp_url<'de, D: Deserializer<'de>>(source: D) -> Result<Option<SecretString>, D::Error> {
    let url = String::deserialize(source)?;
    let rest = url.strip_prefix("smtp://").or_else(|| url.strip_prefix("smtps://")).unwrap_or_default();
    if rest.is_empty() {
        Err(de::Error::custom(
            "it should be smtps:// or smtp:// and a host, for example smtps://user:password@mail.example.org",
        ))
    } else {
        Ok(Some(SecretString::from(url)))
    }
}

/// An address, or all that share its first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// The address.
    pub address: IpAddr,
    /// How many of its first bits count: up to 32, or 128.
    pub prefix: u8,
}

impl Network {
    /// Whether the address is one of these.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(ours), IpAddr::V4(other)) => {
                let rest = 32 - u32::from(self.prefix);
                (ours.to_bits() ^ other.to_bits()).checked_shr(rest).unwrap_or_default() == 0
            }
            (IpAddr::V6(ours), IpAddr::V6(other)) => {
                let rest = 128 - u32::from(self.prefix);
                (ours.to_bits() ^ other.to_bits()).checked_shr(rest).unwrap_or_default() == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "it should be an IP address or a network, for example 10.0.0.0/8";
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| FORM)?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(bits), |prefix| prefix.parse().map_err(|_| FORM))?;
        if prefix <= bits { Ok(Self { address, prefix }) } else { Err(FORM) }
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        parsed(source)
    }
}
