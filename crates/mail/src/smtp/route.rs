//! Where the mail server is and how it is spoken to, read from its URL. Here it is decided that mail travels under TLS,
//! or not beyond this machine (requirements M-09).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use lettre::transport::smtp::{authentication::Credentials, extension::ClientId};
use percent_encoding::percent_decode_str;
use url::Url;

/// A URL or name that leads to no mail server which may have the mail. Repeats nothing of the URL, which may hold a
/// password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotARelay {
    /// It is no such URL.
    #[error(
        "the mail server is given as smtps://HOST, smtp://HOST or either with USER:PASSWORD@ before and :PORT after"
    )]
    Url,
    /// Something stands in it that is not understood, a path or a query.
    #[error("the only thing that may follow the mail server's host and port is ?tls=required")]
    Extra,
    /// The name to greet with.
    #[error("the name that the mail server is greeted with is a domain name or an IP address")]
    Helo,
}

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Security {
    /// TLS from the first byte.
    Implicit,
    /// TLS after STARTTLS; without it nothing is sent.
    StartTls,
    /// None, to this machine only.
    Loopback,
}

/// Where the server is.
pub(super) struct Route {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) credentials: Option<Credentials>,
}

impl Route {
    /// `smtps` is implicit TLS (port 465). `smtp` is STARTTLS (port 587), but plain to loopback (port 25) unless
    /// `?tls=required` asks for STARTTLS there too.
    pub(super) fn parse(url: &str) -> Result<Self, NotARelay> {
        let url = Url::parse(url).map_err(|_| NotARelay::Url)?;
        let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(NotARelay::Url);
        }
        let required = match url.query() {
            None => false,
            Some("tls=required") => true,
            Some(_) => return Err(NotARelay::Extra),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(NotARelay::Extra);
        }
        let (security, usual_port) = match url.scheme() {
            "smtps" => (Security::Implicit, 465),
            "smtp" if is_loopback(&host) && !required => (Security::Loopback, 25),
            "smtp" => (Security::StartTls, 587),
            _ => return Err(NotARelay::Url),
        };
        Ok(Self { port: url.port().unwrap_or(usual_port), credentials: credentials(&url)?, host, security })
    }

    /// The addresses of loopback that the host stands for. They are written here, so that no name service and no hosts
    /// file leads plain mail elsewhere.
    pub(super) fn loopback(&self) -> Vec<SocketAddr> {
        let addresses = match self.host.parse::<IpAddr>() {
            Ok(address) => vec![address],
            Err(_) => vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
        };
        addresses.into_iter().filter(IpAddr::is_loopback).map(|address| (address, self.port).into()).collect()
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn credentials(url: &Url) -> Result<Option<Credentials>, NotARelay> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8().map(String::from).map_err(|_| NotARelay::Url);
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (user, Some(password)) if !user.is_empty() => Ok(Some(Credentials::new(decode(user)?, decode(password)?))),
        _ => Err(NotARelay::Url),
    }
}

/// The name that the server is greeted with.
pub(super) fn greeting(helo: &str) -> Result<ClientId, NotARelay> {
    match helo.trim_start_matches('[').trim_end_matches(']').parse() {
        Ok(IpAddr::V4(address)) => return Ok(ClientId::Ipv4(address)),
        Ok(IpAddr::V6(address)) => return Ok(ClientId::Ipv6(address)),
        Err(_) => {}
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    if helo.len() <= 255 && helo.split('.').all(is_label) {
        Ok(ClientId::Domain(helo.to_owned()))
    } else {
        Err(NotARelay::Helo)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_spoken_to_without_tls() {
        use Security::{Implicit, Loopback, StartTls};
        for (url, security, port) in [
            ("smtps://relay.example", Implicit, 465),
            ("smtps://127.0.0.1:2465", Implicit, 2465),
            ("smtp://relay.example", StartTls, 587),
            ("smtp://relay.example:25/", StartTls, 25),
            ("smtp://10.0.0.1:1025", StartTls, 1025),
            ("smtp://[2001:db8::1]", StartTls, 587),
            ("smtp://localhost.example", StartTls, 587),
            ("smtp://localhost?tls=required", StartTls, 587),
            ("smtp://localhost", Loopback, 25),
            ("smtp://127.1.2.3:1025", Loopback, 1025),
            ("smtp://[::1]:1025", Loopback, 1025),
        ] {
            let route = Route::parse(url).ok().unwrap();
            assert_eq!((route.security, route.port), (security, port), "{url}");
        }
    }

    #[test]
    fn what_is_no_relay() {
        for (url, why) in [
            ("", NotARelay::Url),
            ("relay.example:25", NotARelay::Url),
            ("https://relay.example", NotARelay::Url),
            ("smtp://", NotARelay::Url),
            ("smtp://user@relay.example", NotARelay::Url),
            ("smtp://relay.example:99999", NotARelay::Url),
            ("smtp://relay.example?tls=opportunistic", NotARelay::Extra),
            ("smtp://relay.example/our.host", NotARelay::Extra),
        ] {
            assert_eq!(Route::parse(url).err(), Some(why), "{url}");
        }
    }

    #[test]
    fn user_and_password_are_decoded() {
        let route = Route::parse("smtps://us%40er:p%3Aw%25@relay.example").ok().unwrap();
        assert!(route.credentials == Some(Credentials::new("us@er".to_owned(), "p:w%".to_owned())));
        assert!(Route::parse("smtps://relay.example").ok().unwrap().credentials.is_none());
    }

    #[test]
    fn loopback_is_never_looked_up() {
        let addresses = |url| Route::parse(url).ok().unwrap().loopback();
        assert_eq!(addresses("smtp://localhost:9"), ["127.0.0.1:9".parse().unwrap(), "[::1]:9".parse().unwrap()]);
        assert_eq!(addresses("smtp://127.0.0.2:9"), ["127.0.0.2:9".parse().unwrap()]);
    }

    #[test]
    fn what_one_is_greeted_with() {
        assert_eq!(greeting("mail.example"), Ok(ClientId::Domain("mail.example".to_owned())));
        assert_eq!(greeting("192.0.2.1").unwrap().to_string(), "[192.0.2.1]");
        assert_eq!(greeting("[192.0.2.1]").unwrap().to_string(), "[192.0.2.1]");
        for wrong in ["", "a b", "a\r\nMAIL FROM:<x@y>", "a..b", "поšta.example"] {
            assert_eq!(greeting(wrong), Err(NotARelay::Helo), "{wrong}");
        }
    }
}
