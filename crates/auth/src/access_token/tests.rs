//! What is a token of this ring, and the table of A-07: what is not. Forgeries are put together by hand and signed
//! with the ring's own key wherever only the signature would otherwise give them away.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::*;
use crate::signing_key::{PublicKey, SigningKey};

const NOW: i64 = 1_900_000_000;
const FIVE_MINUTES: i64 = 300;
const SEED: [u8; 32] = [7; 32];

fn key() -> SigningKey {
    SigningKey::from_seed("key-1".to_owned(), &SEED)
}

fn ring() -> Ring {
    Ring::new("https://dipoli.example/aalto", "aalto", key(), [])
}

fn claims() -> Claims {
    Claims::new(Uuid::new_v4(), Uuid::new_v4(), NOW - 60, NOW, FIVE_MINUTES)
}

fn header() -> Value {
    json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": "key-1" })
}

fn body() -> Value {
    json!({
        "iss": "https://dipoli.example/aalto", "aud": "aalto",
        "sub": Uuid::new_v4(), "sid": Uuid::new_v4(), "jti": Uuid::new_v4(),
        "iat": NOW, "nbf": NOW, "exp": NOW + FIVE_MINUTES, "auth_time": NOW,
    })
}

/// The value with one member set.
fn with(mut value: Value, name: &str, member: impl Into<Value>) -> Value {
    value[name] = member.into();
    value
}

/// The value without one member.
fn without(mut value: Value, name: &str) -> Value {
    value.as_object_mut().and_then(|members| members.remove(name)).expect("was there");
    value
}

fn signing_input(header: &str, body: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(body))
}

fn signed_by(key: &SigningKey, header: &str, body: &str) -> String {
    let input = signing_input(header, body);
    let signature = URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()));
    format!("{input}.{signature}")
}

fn signed(header: &Value, body: &Value) -> String {
    signed_by(&key(), &header.to_string(), &body.to_string())
}

#[test]
fn a_token_comes_back_with_its_claims() {
    let claims = claims();
    let token = ring().issue(&claims);

    assert!(token.expose_secret().len() < LONGEST_BYTES / 2);
    assert_eq!(ring().verify(token.expose_secret(), NOW), Ok(claims));
}

#[test]
fn a_token_says_what_a_07_asks_for_and_no_more() {
    let token = ring().issue(&claims());
    let parts: Vec<Value> = token
        .expose_secret()
        .split('.')
        .take(2)
        .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON"))
        .collect();

    assert_eq!(parts[0], header());
    let names: Vec<&str> = parts[1].as_object().expect("an object").keys().map(String::as_str).collect();
    let mut expected = ["iss", "aud", "sub", "exp", "nbf", "iat", "jti", "sid", "auth_time", "fresh"];
    expected.sort_unstable();
    assert_eq!(names, expected);
}

#[test]
fn two_tokens_of_one_sign_in_differ() {
    let (person, sign_in) = (Uuid::new_v4(), Uuid::new_v4());
    let [a, b] = [(); 2].map(|()| Claims::new(person, sign_in, NOW, NOW, FIVE_MINUTES));
    assert_ne!(a.token, b.token);
}

#[test]
fn what_is_put_together_by_hand_is_accepted_when_nothing_is_wrong_with_it() {
    assert!(ring().verify(&signed(&header(), &body()), NOW).is_ok());
}

#[test]
fn it_holds_from_its_beginning_to_its_end_give_or_take_thirty_seconds() {
    let (ring, token) = (ring(), signed(&header(), &body()));
    let end = NOW + FIVE_MINUTES;
    for (now, holds) in [
        (NOW - 31, false),
        (NOW - 30, true),
        (NOW, true),
        (end, true),
        (end + 29, true),
        (end + 31, false),
        (i64::MAX, false),
        (i64::MIN, false),
    ] {
        assert_eq!(
            ring.verify(&token, now).is_ok(),
            holds,
            "{} s after its beginning",
            i128::from(now) - i128::from(NOW)
        );
    }
}

#[test]
fn a_header_that_is_not_ours_is_invalid() {
    let ring = ring();
    for header in [
        with(header(), "alg", "none"),
        with(header(), "alg", "ES256"),
        with(header(), "alg", "eddsa"),
        without(header(), "alg"),
        with(header(), "typ", "JWT"),
        with(header(), "typ", "rt+jwt"),
        without(header(), "typ"),
        with(header(), "kid", "key-2"),
        with(header(), "kid", ""),
        without(header(), "kid"),
        with(header(), "crit", json!(["exp"])),
        with(header(), "crit", json!([])),
        with(header(), "jku", "https://example.org/keys"),
        with(header(), "jwk", json!({ "kty": "OKP", "crv": "Ed25519", "x": "" })),
        with(header(), "x5u", "https://example.org/certificate"),
        with(header(), "x5c", json!([])),
        with(header(), "b64", false),
        json!([]),
    ] {
        assert_eq!(ring.verify(&signed(&header, &body()), NOW), Err(Invalid), "{header}");
    }
}

#[test]
fn a_claim_that_is_missing_or_other_is_invalid() {
    let ring = ring();
    for name in ["iss", "aud", "sub", "exp", "nbf", "iat", "jti", "sid", "auth_time"] {
        assert_eq!(ring.verify(&signed(&header(), &without(body(), name)), NOW), Err(Invalid), "without {name}");
        assert_eq!(ring.verify(&signed(&header(), &with(body(), name, Value::Null)), NOW), Err(Invalid), "null {name}");
    }
    for (name, value) in [
        ("iss", json!("https://dipoli.example/saarinen")),
        ("iss", json!(["https://dipoli.example/aalto"])),
        ("aud", json!("saarinen")),
        ("aud", json!(["aalto", "saarinen"])),
        ("sub", json!("amina")),
        ("sid", json!("")),
        ("exp", json!("1900000300")),
        ("exp", json!(1.9e300)),
        ("exp", json!(-1)),
        ("nbf", json!(NOW + 31)),
        ("exp", json!(NOW - 31)),
    ] {
        assert_eq!(
            ring.verify(&signed(&header(), &with(body(), name, value.clone())), NOW),
            Err(Invalid),
            "{name} = {value}"
        );
    }
}

#[test]
fn a_member_that_stands_twice_is_invalid() {
    let ring = ring();
    let header_twice = r#"{"typ":"at+jwt","alg":"EdDSA","kid":"key-2","kid":"key-1"}"#;
    assert_eq!(ring.verify(&signed_by(&key(), header_twice, &body().to_string()), NOW), Err(Invalid));

    let body_twice = body().to_string().replacen('{', r#"{"aud":"saarinen","#, 1);
    assert_eq!(ring.verify(&signed_by(&key(), &header().to_string(), &body_twice), NOW), Err(Invalid));
}

#[test]
fn no_signature_and_a_symmetric_one_are_invalid() {
    let ring = ring();
    let none = signing_input(&with(header(), "alg", "none").to_string(), &body().to_string());
    assert_eq!(ring.verify(&format!("{none}."), NOW), Err(Invalid));
    assert_eq!(ring.verify(&none, NOW), Err(Invalid));

    // The public key is no secret; taken as an HMAC key it must open nothing.
    let input = signing_input(&with(header(), "alg", "HS256").to_string(), &body().to_string());
    let public = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &key().public().bytes);
    let tag = URL_SAFE_NO_PAD.encode(ring::hmac::sign(&public, input.as_bytes()));
    assert_eq!(ring.verify(&format!("{input}.{tag}"), NOW), Err(Invalid));
}

#[test]
fn another_rings_token_is_invalid_even_under_the_same_name() {
    let stranger = SigningKey::from_seed("key-1".to_owned(), &[8; 32]);
    let token = signed_by(&stranger, &header().to_string(), &body().to_string());
    assert_eq!(ring().verify(&token, NOW), Err(Invalid));

    // The same key by mistake in two tracks: issuer and audience still keep them apart.
    let twin = Ring::new("https://dipoli.example/saarinen", "saarinen", key(), []);
    assert_eq!(ring().verify(twin.issue(&claims()).expose_secret(), NOW), Err(Invalid));
}

#[test]
fn a_changed_or_cut_token_is_invalid() {
    let ring = ring();
    let token = signed(&header(), &body());
    let [header, body, signature]: [&str; 3] = token.split('.').collect::<Vec<_>>().try_into().expect("three parts");
    let other_body = URL_SAFE_NO_PAD.encode(self::body().to_string());
    for forged in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        format!("{header}.{other_body}.{signature}"),
        format!("{header}.{body}"),
        format!("{header}.{body}."),
        format!("{header}.{body}.{signature}.{signature}"),
        format!("{header}.{body}.{signature}="),
        format!("{header}.{body}.{}", &signature[..80]),
        format!(" {token}"),
        format!("{token}\n"),
        "ö".repeat(40),
    ] {
        assert_eq!(ring.verify(&forged, NOW), Err(Invalid), "{forged:?}");
    }
}

#[test]
fn a_token_of_more_than_two_kibibytes_is_invalid() {
    let padded = |length: usize| signed(&header(), &with(body(), "padding", "x".repeat(length)));
    let short = padded(1);
    assert!(ring().verify(&short, NOW).is_ok(), "an unknown claim does no harm");

    let long = padded(LONGEST_BYTES);
    assert!(long.len() > LONGEST_BYTES);
    assert_eq!(ring().verify(&long, NOW), Err(Invalid));
}

#[test]
fn keys_rotate_without_a_break() {
    let (issuer, audience) = ("https://dipoli.example/aalto", "aalto");
    let next = SigningKey::from_seed("key-2".to_owned(), &[9; 32]);
    let before = Ring::new(issuer, audience, key(), [next.public()]);
    let after = Ring::new(issuer, audience, next, [key().public()]);
    let claims = claims();

    for (issued_by, verified_by) in [(&before, &after), (&after, &before)] {
        let token = issued_by.issue(&claims);
        assert_eq!(verified_by.verify(token.expose_secret(), NOW), Ok(claims.clone()));
    }
    // A key that was taken out is out.
    assert_eq!(ring().verify(after.issue(&claims).expose_secret(), NOW), Err(Invalid));
}

#[test]
fn the_signers_name_cannot_be_taken() {
    let thief = PublicKey { kid: "key-1".to_owned(), bytes: SigningKey::generate().public().bytes };
    let ring = Ring::new("https://dipoli.example/aalto", "aalto", key(), [thief]);
    assert!(ring.verify(ring.issue(&claims()).expose_secret(), NOW).is_ok());
}

#[test]
fn one_ring_serves_many_threads() {
    let (ring, claims) = (ring(), claims());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let token = ring.issue(&claims);
                assert_eq!(ring.verify(token.expose_secret(), NOW), Ok(claims.clone()));
            });
        }
    });
}

#[test]
fn a_token_of_a_key_that_is_not_known_yet_is_told_from_rubbish() {
    let newer = Ring::new("https://dipoli.example/aalto", "aalto", SigningKey::generate(), [key().public()]);
    assert!(ring().names_another_key(newer.issue(&claims()).expose_secret()));
    assert!(!newer.names_another_key(ring().issue(&claims()).expose_secret()));
    for rubbish in ["", "a.b.c", &"A".repeat(LONGEST_BYTES + 1)] {
        assert!(!ring().names_another_key(rubbish));
    }
}

#[test]
fn what_is_remembered_of_a_token_is_of_that_token_and_that_ring() {
    let ring = ring();
    let token = ring.issue(&claims());
    let token = token.expose_secret();
    let first = ring.genuine(token).expect("ours");
    assert_eq!(ring.genuine(token), Ok(first.clone()), "the same again");
    assert_eq!(ring.verify(token, NOW + FIVE_MINUTES + LEEWAY_SECONDS), Err(Invalid), "its time is asked for anew");
    let (input, signature) = token.rsplit_once('.').expect("three parts");
    for forged in
        [format!("{input}."), format!("{input}.{}", &signature[1..]), format!("{token}A"), token.to_uppercase()]
    {
        assert_eq!(ring.genuine(&forged), Err(Invalid), "{forged}");
    }
    let another_key = SigningKey::from_seed("key-2".to_owned(), &[8; 32]);
    let next = Ring::new("https://dipoli.example/aalto", "aalto", another_key, []);
    assert_eq!(next.genuine(token), Err(Invalid), "the next ring has not heard of it");
}

#[test]
fn many_tokens_are_all_genuine_and_few_are_remembered() {
    let ring = ring();
    let first = ring.issue(&claims());
    for _ in 0..5_000 {
        ring.genuine(ring.issue(&claims()).expose_secret()).expect("ours");
    }
    ring.genuine(first.expose_secret()).expect("ours, remembered or not");
    assert!(ring.remembers() <= 4_096, "{}", ring.remembers());
}
