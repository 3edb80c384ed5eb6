//! Sending to a server that answers as the test wants.

use std::{sync::Arc, thread};

use dipoli_domain::{
    email::EmailAddress,
    id::LetterId,
    language::LanguageTag,
    letter::{Letter, Matter},
    time::Zone,
};
use lettre::transport::smtp::client::Certificate;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

use self::smtp_sink::{Manner, SmtpSink};
use super::*;
use crate::{Message, Sender, render};

// The testkit's, taken as a file: as a dependency it would bring the whole server along to test one crate.
#[path = "../../../testkit/src/smtp_sink.rs"]
mod smtp_sink;

fn mail(key: &str) -> Message {
    let email = |text| EmailAddress::parse("email", text).unwrap();
    let letter = Letter {
        id: LetterId::random(),
        message_key: key.to_owned(),
        to: email("amina@example.org"),
        name: "Amina Haddad".to_owned(),
        language: LanguageTag::english(),
        zone: Zone::utc(),
        phrase: None,
        unsubscribe: None,
        written_at: "2027-03-01T09:00:00Z".parse().unwrap(),
        matter: Matter::PasswordChanged { at: "2027-03-01T08:59:00Z".parse().unwrap() },
    };
    render(&letter, &Sender::new(&email("secretariat@track.example"), "https://d.example/aalto").unwrap()).unwrap()
}

fn smtp(url: &str) -> Smtp {
    Smtp::new(&SecretString::from(url), "mail.track.example").unwrap()
}

fn plain(sink: &SmtpSink) -> Smtp {
    smtp(&format!("smtp://{}", sink.address()))
}

async fn send(smtp: &Smtp, key: &str) -> Result<(), Failure> {
    smtp.deliver(&mail(key).mail).await
}

/// A server's certificate for `localhost`, and what the server needs to use it.
fn certificate() -> (Certificate, Arc<ServerConfig>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (Certificate::from_der(made.cert.der().to_vec()).unwrap(), Arc::new(config))
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_rendered() {
    let sink = SmtpSink::start();
    send(&plain(&sink), "k1").await.unwrap();
    let [received] = &sink.received()[..] else { panic!("one mail") };
    assert_eq!(received.hello, "mail.track.example");
    assert_eq!(
        (received.from.as_str(), &received.to[..]),
        ("secretariat@track.example", &["amina@example.org".to_owned()][..])
    );
    // The line end before the closing dot is the protocol's.
    assert_eq!(received.mail.strip_suffix(b"\r\n").unwrap(), mail("k1").to_bytes());
    assert_eq!(received.auth, None);
}

#[tokio::test]
async fn letters_one_after_the_other_share_a_connection() {
    let sink = SmtpSink::start();
    let smtp = plain(&sink);
    for key in ["k1", "k2", "k3"] {
        send(&smtp, key).await.unwrap();
    }
    assert_eq!(sink.received().iter().map(|mail| mail.connection).collect::<Vec<_>>(), [1, 1, 1]);
}

#[tokio::test]
async fn what_the_server_answers_decides() {
    for (step, reply, failure) in [
        ("MAIL", "550 5.1.0 amina@example.org", Failure::Permanent(Cause::Reply(550))),
        ("RCPT", "550 5.1.1 amina@example.org", Failure::Permanent(Cause::Reply(550))),
        ("RCPT", "450 greylisted", Failure::Transient(Cause::Reply(450))),
        ("DATA", "451 later", Failure::Transient(Cause::Reply(451))),
        (".", "554 we do not like it", Failure::Permanent(Cause::Reply(554))),
        (".", "452 full", Failure::Transient(Cause::Reply(452))),
        ("RCPT", "", Failure::Transient(Cause::Conversation)),
        ("RCPT", "no smtp", Failure::Transient(Cause::Conversation)),
        ("CONNECT", "554 not you", Failure::Transient(Cause::Reply(554))),
        ("CONNECT", "421 busy", Failure::Transient(Cause::Reply(421))),
        ("CONNECT", "", Failure::Unreachable),
        ("EHLO", "", Failure::Unreachable),
    ] {
        let sink = SmtpSink::behaving(Manner::default().answering(move |at, _| (at == step).then(|| reply.to_owned())));
        let answer = send(&plain(&sink), "k1").await;
        assert_eq!(answer, Err(failure), "{step} {reply}");
        assert!(!answer.unwrap_err().to_string().contains("amina"));
        assert!(sink.received().is_empty());
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let address = SmtpSink::start().address();
    assert_eq!(send(&smtp(&format!("smtp://{address}")), "k1").await, Err(Failure::Unreachable));
    assert_eq!(send(&smtp("smtps://nowhere.invalid"), "k1").await, Err(Failure::Unreachable));
}

#[tokio::test]
async fn a_server_that_is_too_slow_is_left_and_the_next_letter_takes_another_connection() {
    let slow = Duration::from_millis(600);
    let sink = SmtpSink::behaving(Manner::default().answering(move |at, nth| {
        if (at, nth) == (".", 2) {
            thread::sleep(slow);
        }
        None
    }));
    let smtp = Smtp { patience: Duration::from_millis(300), ..plain(&sink) };
    send(&smtp, "k1").await.unwrap();
    assert_eq!(send(&smtp, "k2").await, Err(Failure::Transient(Cause::Time)));
    tokio::time::sleep(slow).await;
    send(&smtp, "k3").await.unwrap();
    assert_eq!(sink.received().iter().map(|mail| mail.connection).collect::<Vec<_>>(), [1, 1, 2]);
}

/// What comes byte by byte comes; but a letter is not waited for longer than its time, however often something comes.
#[tokio::test]
async fn a_server_that_drips_has_as_much_time_as_any() {
    let (certificate, config) = certificate();
    let manner = Manner::default().with_starttls(config).dripping(Duration::from_millis(1));
    let sink = SmtpSink::behaving(manner);
    let url = format!("smtp://localhost:{}?tls=required", sink.address().port());
    send(&Smtp { trusted: Some(certificate), ..smtp(&url) }, "k1").await.unwrap();
    assert!(sink.received()[0].is_encrypted);
    let sink = SmtpSink::behaving(Manner::default().dripping(Duration::from_millis(15)));
    let smtp = Smtp { patience: Duration::from_millis(400), ..plain(&sink) };
    let begun = Instant::now();
    assert_eq!(send(&smtp, "k1").await, Err(Failure::Transient(Cause::Time)));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(sink.taken(), 0);
}

/// Bytes that are no reply, a reply without an end, and one that goes on and on.
#[tokio::test]
async fn a_server_that_speaks_no_smtp_is_left() {
    let endless = "220-and so on\r\n".repeat(1_000);
    for greeting in ["\u{fffd}\u{fffd}", "SSH-2.0-OpenSSH_9.2", "220-only begun", &endless] {
        let greeting = greeting.to_owned();
        let sink =
            SmtpSink::behaving(Manner::default().answering(move |at, _| (at == "CONNECT").then(|| greeting.clone())));
        let smtp = Smtp { patience: Duration::from_millis(400), ..plain(&sink) };
        let failure = send(&smtp, "k1").await.unwrap_err();
        assert!(matches!(failure, Failure::Unreachable | Failure::Transient(Cause::Time)), "{failure:?}");
        assert_eq!(sink.taken(), 0);
    }
}

#[tokio::test]
async fn a_server_that_has_had_enough_of_a_connection_gets_another() {
    let sink = SmtpSink::behaving(
        Manner::default().answering(|at, nth| (at == "MAIL" && nth == 2).then(|| "421 enough".to_owned())),
    );
    let smtp = plain(&sink);
    send(&smtp, "k1").await.unwrap();
    send(&smtp, "k2").await.unwrap();
    assert_eq!(sink.received().iter().map(|mail| mail.connection).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn under_tls_the_server_is_signed_in_to() {
    let (certificate, config) = certificate();
    for (scheme, query, manner) in [
        ("smtps", "", Manner::default().with_implicit_tls(Arc::clone(&config))),
        ("smtp", "?tls=required", Manner::default().with_starttls(Arc::clone(&config))),
    ] {
        let sink = SmtpSink::behaving(manner);
        let url = format!("{scheme}://user:p%40ss@localhost:{}{query}", sink.address().port());
        let smtp = Smtp { trusted: Some(certificate.clone()), ..smtp(&url) };
        send(&smtp, "k1").await.unwrap();
        let [received] = &sink.received()[..] else { panic!("one mail") };
        assert!(received.is_encrypted, "{scheme}");
        // \0user\0p@ss in base64.
        assert_eq!(received.auth.as_deref(), Some("PLAIN AHVzZXIAcEBzcw=="), "{scheme}");
    }
}

#[tokio::test]
async fn a_server_without_a_certificate_that_the_machine_trusts_gets_nothing() {
    let (_, config) = certificate();
    for (scheme, query, manner) in [
        ("smtps", "", Manner::default().with_implicit_tls(Arc::clone(&config))),
        ("smtp", "?tls=required", Manner::default().with_starttls(Arc::clone(&config))),
    ] {
        let sink = SmtpSink::behaving(manner);
        let smtp = smtp(&format!("{scheme}://user:pass@localhost:{}{query}", sink.address().port()));
        assert_eq!(send(&smtp, "k1").await, Err(Failure::Unreachable), "{scheme}");
        assert!(!sink.steps().iter().any(|step| step == "AUTH" || step == "MAIL"), "{scheme}");
    }
}

#[tokio::test]
async fn a_server_that_strips_starttls_gets_nothing() {
    let sink = SmtpSink::start();
    let smtp = smtp(&format!("smtp://user:pass@localhost:{}?tls=required", sink.address().port()));
    assert_eq!(send(&smtp, "k1").await, Err(Failure::Unreachable));
    assert!(sink.steps().iter().all(|step| step == "CONNECT" || step == "EHLO"), "{:?}", sink.steps());
}

#[tokio::test]
async fn a_wrong_password_is_not_the_letters_fault() {
    let manner = Manner::default().answering(|at, _| (at == "AUTH").then(|| "535 no".to_owned()));
    let sink = SmtpSink::behaving(manner);
    let smtp = smtp(&format!("smtp://user:pass@{}", sink.address()));
    assert_eq!(send(&smtp, "k1").await, Err(Failure::Transient(Cause::Reply(535))));
}
