//! Where a request comes from: the peer's address, or what a proxy says that is configured as one of ours (requirements
//! A-06, G-15).
//!
//! Deliberately absent: `Forwarded`, `X-Real-IP`, and any use of the address but counting tries.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::HeaderMap;

use crate::config::Network;

/// The client's address as tries are counted by it: whoever has an IPv6 network of 64 bits has one address.
pub fn address(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[Network]) -> String {
    match client(peer, headers, trusted) {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
        }
    }
}

/// From the right, the first address that is none of our proxies': what stands to its left is the client's own word.
fn client(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    // Without a socket everyone comes from one place.
    let mut client = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).to_canonical();
    let is_ours = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let lines: Vec<_> = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !is_ours(client) {
            return client;
        }
        let Ok(before) = hop.trim().parse::<IpAddr>() else { return client };
        client = before.to_canonical();
    }
    client
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn of(peer: &str, forwarded: &[&'static str], trusted: &[&str]) -> String {
        let name = HeaderName::from_static("x-forwarded-for");
        let lines = forwarded.iter().map(|line| (name.clone(), HeaderValue::from_static(line)));
        let trusted: Vec<Network> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        address(Some(peer.parse().unwrap()), &HeaderMap::from_iter(lines), &trusted)
    }

    #[test]
    fn a_proxy_is_believed_only_where_it_is_ours() {
        let ours = &["10.0.0.0/8", "fd00::/8"];
        assert_eq!(of("192.0.2.7", &["198.51.100.1"], ours), "192.0.2.7", "anyone can send the header");
        assert_eq!(of("10.0.0.1", &["198.51.100.1"], &[]), "10.0.0.1");
        assert_eq!(of("10.0.0.1", &["198.51.100.1"], ours), "198.51.100.1");
        assert_eq!(of("10.0.0.1", &["6.6.6.6, 198.51.100.1"], ours), "198.51.100.1", "what the client made up");
        assert_eq!(
            of("10.0.0.1", &["6.6.6.6", "198.51.100.1, 10.0.0.2"], ours),
            "198.51.100.1",
            "two proxies, two lines"
        );
        assert_eq!(of("10.0.0.1", &["not an address"], ours), "10.0.0.1");
        assert_eq!(of("10.0.0.1", &[], ours), "10.0.0.1");
        assert_eq!(of("fd00::1", &["::ffff:198.51.100.1"], ours), "198.51.100.1");
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        assert_eq!(of("2001:db8:1:2:3:4:5:6", &[], &[]), of("2001:db8:1:2:ffff::1", &[], &[]));
        assert_ne!(of("2001:db8:1:2::1", &[], &[]), of("2001:db8:1:3::1", &[], &[]));
    }
}
