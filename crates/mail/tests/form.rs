//! The form that every letter has, whatever its kind: headers, lines, tokens, and what it does not tell.

#![allow(clippy::unwrap_used, reason = "a test that fails has said enough by where it failed")]

mod common;

use common::{LANGUAGES, SECRET, TOKEN, apart, in_language, letter, letters, matters, rendered, taken_apart, zone};
use dipoli_domain::{
    id::LetterId,
    letter::{Appointment, Letter, LetterKind, Matter, Subject},
};
use proptest::prelude::*;

/// The headers that a letter may have, in their order.
const HEADERS: &[&str] =
    &["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"];

#[test]
fn headers_are_few_and_neutral() {
    for letter in letters() {
        let parts = apart(&letter);
        let names: Vec<_> = parts.headers.iter().map(|(name, _)| name.as_str()).collect();
        let known: Vec<_> = names.iter().filter(|name| HEADERS.contains(name)).copied().collect();
        assert_eq!(known, HEADERS, "{names:?}");
        let others: Vec<_> = names.iter().filter(|name| !HEADERS.contains(name)).collect();
        assert!(others.iter().all(|name| name.starts_with("List-Unsubscribe")), "{others:?}");
        let value = |wanted: &str| parts.headers.iter().find(|(name, _)| name == wanted).unwrap().1.as_str();
        assert_eq!(value("From"), "secretariat@track.example");
        assert_eq!(value("Date"), "Sat, 20 Feb 2027 07:30:15 +0000");
        assert_eq!(value("Message-ID"), "<q1w2e3r4t5y6u7i8o9p0@track.example>");
        assert_eq!(value("Auto-Submitted"), "auto-generated");
        assert_eq!(parts.recipients, [(Some("Amina Haddad".to_owned()), "amina@example.org".to_owned())]);
    }
}

#[test]
fn a_mail_is_ascii_in_lines_that_any_server_takes() {
    for letter in letters() {
        let mail = rendered(&Letter { name: "Žydrūnė Шчасная".to_owned(), ..letter }).to_bytes();
        assert!(mail.is_ascii());
        for line in mail.split_inclusive(|byte| *byte == b'\n') {
            assert!(line.len() <= 1000, "{line:?}");
            assert!(line.ends_with(b"\r\n") || line.ends_with(b"--"), "{line:?}");
        }
    }
}

#[test]
fn token_and_link_stand_alone_on_their_lines() {
    for name in ["Amina Haddad", "Žydrūnė Шчасная"] {
        for matter in [matters(LetterKind::Invitation), matters(LetterKind::PasswordReset)].into_iter().flatten() {
            let text = apart(&Letter { name: name.to_owned(), ..letter(matter) }).text;
            let lines: Vec<_> = text.lines().collect();
            assert_eq!(lines.iter().filter(|line| **line == TOKEN).count(), 1, "{text}");
            let link = format!("https://dialogue.example/aalto/welcome#{TOKEN}");
            assert_eq!(lines.iter().filter(|line| **line == link).count(), 1, "{text}");
            assert_eq!(text.matches(TOKEN).count(), 2, "{text}");
        }
    }
}

/// The links of a text, without what every one of them begins with.
fn links(text: &str) -> Vec<&str> {
    text.split_whitespace().filter_map(|word| word.strip_prefix("https://dialogue.example/aalto/")).collect()
}

#[test]
fn a_letter_holds_the_links_that_it_must_and_no_other() {
    for letter in letters() {
        let parts = apart(&letter);
        let mail = String::from_utf8(rendered(&letter).to_bytes()).unwrap();
        let is_token = matches!(letter.matter, Matter::Invitation { .. } | Matter::PasswordReset { .. });
        let is_code = matches!(letter.matter, Matter::AddressToConfirm { .. });
        let calls = matches!(
            &letter.matter,
            Matter::SilenceOpened(call) | Matter::SilenceEnding(call) | Matter::SilenceMoved(call) if call.link.is_some()
        );
        assert_eq!(parts.text.contains(TOKEN), is_token || is_code || calls, "{mail}");
        let mut expected: Vec<String> = is_token.then(|| format!("welcome#{TOKEN}")).into_iter().collect();
        if let Matter::SessionScheduled(_)
        | Matter::SessionMoved { .. }
        | Matter::AnswerMissing(_)
        | Matter::Reminder { .. } = letter.matter
        {
            expected.extend(["accepted", "tentative", "declined"].map(|it| format!("rsvp/{SECRET}?answer={it}")));
        }
        expected.extend(calls.then(|| format!("object/{TOKEN}")));
        expected.extend(letter.unsubscribe.iter().map(|_| format!("unsubscribe/{SECRET}")));
        assert_eq!(links(&parts.text), expected, "{mail}");
        for link in expected {
            let link = format!("https://dialogue.example/aalto/{link}").replace('/', "&#x2f;");
            assert!(parts.html.contains(&link), "{link} in {}", parts.html);
        }
    }
}

/// Requirements M-08: what can be turned off says how, by one click; what cannot, says that.
#[test]
fn a_letter_is_turned_off_by_its_header_or_says_that_it_is_necessary() {
    for kind in LetterKind::ALL {
        for letter in matters(*kind).into_iter().map(letter) {
            let parts = apart(&letter);
            let header = |name: &str| parts.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str());
            let (link, click) = (header("List-Unsubscribe"), header("List-Unsubscribe-Post"));
            if kind.is_necessary() {
                assert_eq!((link, click), (None, None), "{kind:?}");
                assert!(parts.text.contains("necessary"), "{}", parts.text);
            } else {
                let url = format!("<https://dialogue.example/aalto/unsubscribe/{SECRET}>");
                assert_eq!((link, click), (Some(url.as_str()), Some("List-Unsubscribe=One-Click")), "{kind:?}");
            }
        }
    }
}

#[test]
fn a_track_that_has_chosen_so_tells_titles_and_both_clocks() {
    let subject = Subject { title: "Low water".to_owned(), venue: Some("Town hall".to_owned()) };
    let told = Appointment { subject: Some(subject), ..common::appointment() };
    let parts =
        apart(&letter(Matter::SessionCancelled { appointment: told.clone(), reason: Some("Flood".to_owned()) }));
    for words in ["Low water", "Town hall", "Flood", "(Minsk, UTC+03:00)", "(Vilnius, UTC+02:00)"] {
        assert!(parts.text.contains(words) && parts.html.contains(words), "{words} in {}", parts.text);
    }
    let calendar = parts.calendar.unwrap();
    assert!(calendar.contains("SUMMARY:Low water") && calendar.contains("LOCATION:Town hall"), "{calendar}");
    let labelled = Appointment { label: Some("Choir".to_owned()), ..told };
    let calendar = apart(&letter(Matter::SessionScheduled(labelled))).calendar.unwrap();
    assert!(calendar.contains("SUMMARY:Choir") && !calendar.contains("SUMMARY:Low"), "{calendar}");
}

#[test]
fn whoever_wants_no_entry_gets_none() {
    let appointment = Appointment { has_entry: false, ..common::appointment() };
    assert!(apart(&letter(Matter::SessionScheduled(appointment))).calendar.is_none());
}

#[test]
fn a_move_tells_the_old_times_and_the_new() {
    let text = apart(&letter(matters(LetterKind::SessionMoved).remove(0))).text.replace("\r\n", "\n");
    let old = text.find("It was to begin:\nSunday, 28 February 2027 at 19:00 (Minsk, UTC+03:00)").unwrap();
    let new = text.find("It now begins:\nMonday, 1 March 2027 at 12:00 (Minsk, UTC+03:00)").unwrap();
    assert!(old < new, "{text}");
}

/// What a letter holds that its reader is not to find in it, and what it would be found by.
#[test]
fn a_letter_tells_nothing_of_what_it_is_about() {
    for letter in letters() {
        let mut letter = Letter { id: LetterId::random(), ..letter };
        let mut canaries = vec![letter.id.to_string()];
        if let Matter::SessionScheduled(session)
        | Matter::SessionsScheduled(session)
        | Matter::SessionMoved { appointment: session, .. }
        | Matter::SessionCancelled { appointment: session, .. }
        | Matter::AnswerMissing(session)
        | Matter::Reminder { appointment: session, .. } = &mut letter.matter
        {
            session.zone = zone("Pacific/Chatham");
            canaries.extend([session.session.to_string(), "Chatham".to_owned()]);
        }
        let mail = rendered(&letter).to_bytes();
        let parts = taken_apart(&mail);
        let read = [String::from_utf8(mail).unwrap(), parts.text, parts.html, parts.calendar.unwrap_or_default()];
        for canary in
            canaries.iter().map(String::as_str).chain(["Dipoli", "dipoli", "Vilnius", "LOCATION", "DESCRIPTION", "URL"])
        {
            assert!(read.iter().all(|part| !part.contains(canary)), "{canary} in {read:?}");
        }
        assert!(!parts.subject.contains("Amina"), "{}", parts.subject);
    }
}

#[test]
fn every_time_is_in_the_readers_zone_and_says_so() {
    for (language, begins, ends) in [
        ("en", "Monday, 1 March 2027 at 12:00 (Minsk, UTC+03:00)", "Monday, 1 March 2027 at 14:00 (Minsk, UTC+03:00)"),
        ("lt", "2027 m. kovo 1 d., pirmadienis 12:00 (Minskas, UTC+03:00)", "pirmadienis 14:00 (Minskas, UTC+03:00)"),
    ] {
        let parts = apart(&in_language(letter(matters(LetterKind::Reminder).remove(0)), language));
        for part in [parts.text, parts.html] {
            assert!(part.contains(begins) && part.contains(ends), "{part}");
        }
    }
}

#[test]
fn text_and_html_say_the_same() {
    for letter in letters() {
        let parts = apart(&letter);
        // Lines of the text are broken between words, words of the HTML stand between tags.
        let is_labelled = |word: &&str| word.contains("/rsvp/") || word.contains("/unsubscribe/");
        let plain = parts.text.split_whitespace().filter(|word| !is_labelled(word)).collect::<Vec<_>>().join(" ");
        let html = parts.html.split_once("</h1>").unwrap().1.replace("<br>", " ");
        let html: String = html.split('<').map(|piece| piece.split_once('>').map_or("", |(_, words)| words)).collect();
        let html = html.replace("&#x27;", "'").replace("&#x2f;", "/").replace("&amp;", "&");
        assert_eq!(html.split_whitespace().collect::<Vec<_>>().join(" "), plain, "{}", parts.subject);
        assert!(parts.html.contains(&format!("<html lang=\"{}\">", letter.language)), "{}", parts.html);
    }
}

#[test]
fn the_phrase_that_a_reader_chose_stands_in_every_letter() {
    for letter in letters() {
        let without = apart(&letter);
        let with = apart(&Letter { phrase: Some("three grey\r\n herons".to_owned()), ..letter });
        for (with, without) in [(with.text, without.text), (with.html, without.html)] {
            assert!(with.contains("three grey herons") && !without.contains("herons"), "{with}");
        }
    }
}

#[test]
fn every_language_is_written_in_its_own_words() {
    for kind in LetterKind::ALL {
        for matter in matters(*kind) {
            let subjects = LANGUAGES.map(|language| apart(&in_language(letter(matter.clone()), language)).subject);
            let distinct: std::collections::BTreeSet<_> = subjects.iter().collect();
            assert_eq!(distinct.len(), LANGUAGES.len(), "{subjects:?}");
        }
    }
}

#[test]
fn names_are_encoded() {
    for name in [
        "Алесь Дзюба-Кавалеўскі",
        "Žydrūnė O'Brien, Jr. <x@y.example>",
        "\"Quote\" \\ Backslash",
        "=?utf-8?b?eA==?=",
        &"Ж".repeat(200),
        &"long ".repeat(40),
        "田中",
    ] {
        let parts = apart(&Letter { name: name.to_owned(), ..letter(Matter::SeatGiven { own: true }) });
        assert_eq!(parts.recipients, [(Some(name.trim().to_owned()), "amina@example.org".to_owned())]);
        assert!(parts.text.starts_with(&format!("Dear {},", name.trim())), "{}", parts.text);
    }
}

#[test]
fn whoever_has_no_name_is_called_by_their_address() {
    let parts = apart(&Letter { name: " \r\n".to_owned(), ..letter(Matter::SeatGiven { own: true }) });
    assert_eq!(parts.recipients, [(None, "amina@example.org".to_owned())]);
    assert!(parts.text.starts_with("Dear amina@example.org,\r\n"), "{}", parts.text);
}

proptest! {
    /// Requirements M-10: whatever a name is, the mail has the same headers, recipients and lines of text.
    #[test]
    fn no_name_makes_a_header_or_a_line(name in "(\\PC|\r\n|\r|\n|\u{0}|\u{85}|\u{2028}|Bcc: x@y\\.example|[:<>\"=?,;]|[\u{202e}\u{2066}]){0,60}") {
        let plain = apart(&letter(Matter::SessionScheduled(common::appointment())));
        let mail = rendered(&Letter { name, ..letter(Matter::SessionScheduled(common::appointment())) }).to_bytes();
        let parts = taken_apart(&mail);
        let names = |headers: &[(String, String)]| headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        prop_assert_eq!(names(&parts.headers), names(&plain.headers));
        prop_assert_eq!(parts.recipients.len(), 1);
        prop_assert_eq!(parts.recipients[0].1.as_str(), "amina@example.org");
        prop_assert_eq!(parts.text.lines().count(), plain.text.lines().count());
        prop_assert_eq!(parts.calendar, plain.calendar);
    }
}
