//! What the links of letters lead to: an answer without signing in, letters turned off, and the calendar feed.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use dipoli_testkit::{Answer, Engine, Letter, Table, World, on_each_database};
use serde_json::json;

const BASE: &str = "http://127.0.0.1:8080";

/// The first link in a letter to that place, without what every link begins with.
fn link(letter: &Letter, place: &str) -> String {
    let begin = format!("{BASE}/aalto/{place}/");
    let found = letter.text.split_whitespace().find(|word| word.starts_with(&begin)).expect("a link");
    found.strip_prefix(BASE).expect("the base").to_owned()
}

async fn gets(world: &World, path: &str, language: &str) -> Answer {
    let request = Request::get(path).header(header::ACCEPT_LANGUAGE, language);
    world.door.send(request.body(Body::empty()).expect("a request")).await
}

async fn posts(world: &World, path: &str, form: &'static str) -> Answer {
    let request = Request::builder().method(Method::POST).uri(path);
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    world.door.send(request.body(Body::from(form)).expect("a request")).await
}

fn letter_to(letters: &[Letter], name: &str) -> Letter {
    letters.iter().find(|letter| letter.to.starts_with(name)).expect("a letter").clone()
}

async fn response(table: &Table, session: &serde_json::Value) -> String {
    let document = "query($id: ID!) { node(id: $id) { ... on Session { viewerRsvp { response mode } } } }";
    let session = table.amina.reads(document, json!({ "id": session["id"] })).await;
    session["node"]["viewerRsvp"]["response"].as_str().unwrap_or_default().to_owned()
}

async fn one_answers_by_the_link_until_the_session_begins(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({ "title": "Kanartitle" })).await;
    table.works().await;
    let letter = letter_to(&table.letters().take(), "amina");
    let path = link(&letter, "rsvp");
    let page = gets(&table, &path, "lt").await;
    assert_eq!(page.status, 200);
    let (_, _, html) = page.bytes();
    for present in ["<html lang=\"en\">", "method=\"post\"", "value=\"accepted\" autofocus", "value=\"declined\""] {
        assert!(html.contains(present), "{present} in {html}");
    }
    for absent in ["Kanar", "2027", "Water", "water", "Olga", "<script", "aalto"] {
        assert!(!html.contains(absent), "{absent} in {html}");
    }
    assert_eq!(response(&table, &session).await, "PENDING", "a GET changes nothing");
    for (form, stored) in [("answer=declined", "DECLINED"), ("answer=tentative", "TENTATIVE")] {
        assert_eq!(posts(&table, &path, form).await.status, 200);
        assert_eq!(response(&table, &session).await, stored);
    }
    for wrong in ["", "answer=yes", "answer=pending"] {
        assert_eq!(posts(&table, &path, wrong).await.status, 400, "{wrong}");
    }
    assert_eq!(response(&table, &session).await, "TENTATIVE");
    table.clock.stands_at("2027-03-29T08:00:00Z");
    assert_eq!(posts(&table, &path, "answer=accepted").await.status, 404, "it has begun");
}

async fn what_is_no_link_is_answered_alike(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    table.works().await;
    let letters = table.letters().take();
    let (amina, bram) = (letter_to(&letters, "amina"), letter_to(&letters, "bram"));
    let answer = link(&amina, "rsvp").split('?').next().expect("a path").to_owned();
    let off = link(&amina, "unsubscribe");
    table.olga.does("removeMember", json!({ "membershipId": table.seat("Bram") })).await;
    let lost = link(&bram, "rsvp").split('?').next().expect("a path").to_owned();
    let swapped = answer.replace("rsvp", "unsubscribe");
    let elsewhere = answer.replace("aalto", "nowhere");
    let cut = answer[..answer.len() - 1].to_owned();
    let as_feed = format!("{}.ics", answer.replace("rsvp", "calendar"));
    let as_answer = off.replace("unsubscribe", "rsvp");
    let paths =
        [lost, swapped, elsewhere, cut, as_feed, as_answer, "/aalto/rsvp/x".to_owned(), "/aalto/calendar/x".to_owned()];
    let mut first: Option<Answer> = None;
    for path in paths {
        let page = gets(&table, &path, "be").await;
        assert_eq!(page.status, 404, "{path}");
        assert_eq!(page.bytes(), first.get_or_insert_with(|| page.clone()).bytes(), "{path}");
        if !path.contains("calendar") {
            assert_eq!(posts(&table, &path, "answer=accepted").await.status, 404, "{path}");
        }
    }
    let (_, _, html) = first.expect("pages").bytes();
    assert!(html.contains("<html lang=\"be\">"), "the browser's language: {html}");
    table.olga.does("cancelSession", json!({ "sessionId": session["id"], "expectedVersion": 1 })).await;
    assert_eq!(gets(&table, &answer, "").await.status, 404, "it was cancelled");
}

async fn letters_of_a_kind_are_turned_off_by_one_click_and_it_is_confirmed(engine: Engine) {
    let table = Table::set(engine).await;
    table.olga.schedules(&table.water, json!({})).await;
    table.clock.stands_at("2027-03-22T08:00:00Z");
    table.works().await;
    let letters = table.letters().take();
    let to_amina = |letter: &&Letter| letter.to.starts_with("amina") && letter.subject.starts_with("Reminder");
    let reminder = letters.iter().find(to_amina).expect("a reminder");
    let path = link(reminder, "unsubscribe");
    assert!(reminder.raw.contains(&format!("List-Unsubscribe: <{BASE}{path}>")), "{}", reminder.raw);
    assert_eq!(gets(&table, &path, "").await.status, 200);
    let choice = "{ viewer { correspondence { letters { kind necessary wanted } } } }";
    let wants = async || {
        let choices = table.amina.reads(choice, json!({})).await;
        let letters = choices["viewer"]["correspondence"]["letters"].as_array().expect("letters").clone();
        letters.iter().find(|it| it["kind"] == "REMINDER").expect("reminders")["wanted"].clone()
    };
    assert_eq!(wants().await, true, "a GET changes nothing");
    for _ in 0..2 {
        assert_eq!(posts(&table, &path, "List-Unsubscribe=One-Click").await.status, 200);
    }
    assert_eq!(wants().await, false);
    table.works().await;
    let confirmed = table.letters().take();
    assert_eq!(confirmed.len(), 1, "once: {confirmed:?}");
    assert!(confirmed[0].text.contains("of this kind: reminders of"), "{}", confirmed[0].text);
    table.clock.stands_at("2027-03-28T08:00:00Z");
    table.works().await;
    let mut reminded = table.letters().take();
    reminded.retain(|letter| letter.subject.starts_with("Reminder"));
    assert!(reminded.iter().all(|letter| !letter.to.starts_with("amina")) && reminded.len() == 6, "{reminded:?}");
    let again = json!({ "kind": "REMINDER", "wanted": true });
    table.amina.does("setLetterWanted", again).await;
    assert_eq!(wants().await, true);
    let necessary = json!({ "kind": "SESSION_CANCELLED", "wanted": false });
    table.amina.tries("setLetterWanted", necessary).await.refused(&["BAD_USER_INPUT kind"]);
}

async fn feed_of(table: &Table) -> String {
    let viewer = table.amina.reads("{ viewer { calendarFeedUrl } }", json!({})).await;
    let url = viewer["viewer"]["calendarFeedUrl"].as_str().expect("a URL").to_owned();
    url.strip_prefix(BASE).expect("the base").to_owned()
}

async fn a_feed_shows_what_its_owner_may_see_as_their_letters_have_it(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({ "title": "Kanartitle", "venue": "Kanarvenue" })).await;
    table.olga.schedules(&table.water, json!({ "draft": true })).await;
    table.zoe.schedules(&table.trade, json!({})).await;
    table.works().await;
    let letter = letter_to(&table.letters().take(), "amina");
    let path = feed_of(&table).await;
    let feed = gets(&table, &path, "").await;
    assert_eq!(feed.status, 200);
    assert_eq!(feed.headers.get("content-type").map(String::as_str), Some("text/calendar; charset=utf-8"));
    let (_, _, text) = feed.bytes();
    assert_eq!(text.matches("BEGIN:VEVENT").count(), 1, "{text}");
    let uid = letter.calendar_property("UID").expect("a UID");
    for present in
        [format!("UID:{uid}"), "SEQUENCE:0".to_owned(), "STATUS:CONFIRMED".to_owned(), "SUMMARY:Session".to_owned()]
    {
        assert!(text.contains(&present), "{present} in {text}");
    }
    for absent in ["Kanar", "METHOD", "ATTENDEE", "LOCATION"] {
        assert!(!text.contains(absent), "{absent} in {text}");
    }

    // Nothing that the owner does not see changes the tag.
    let tag = feed.headers.get("etag").expect("a tag").clone();
    table.olga.schedules(&table.water, json!({ "draft": true })).await;
    table.chen.posts(&session, "GROUP", "Aloud.").await;
    let request = Request::get(&path).header(header::IF_NONE_MATCH, &tag).body(Body::empty()).expect("a request");
    assert_eq!(table.door.send(request).await.status, 304);

    table.amina.does("setCalendarLabel", json!({ "label": "Choir" })).await;
    table.olga.does("cancelSession", json!({ "sessionId": session["id"], "expectedVersion": 1 })).await;
    let (_, _, text) = gets(&table, &path, "").await.bytes();
    for present in ["SUMMARY:Choir", "STATUS:CANCELLED", "SEQUENCE:1"] {
        assert!(text.contains(present), "{present} in {text}");
    }
    table.clock.stands_at("2027-03-31T08:59:59Z");
    assert!(gets(&table, &path, "").await.bytes().2.contains("CANCELLED"), "for thirty days");
    table.clock.stands_at("2027-03-31T09:00:01Z");
    assert!(!gets(&table, &path, "").await.bytes().2.contains("VEVENT"), "and no longer");

    table.clock.stands_at("2027-03-01T09:30:00Z");
    table.amina.reads("mutation { renewCalendarFeed { calendarFeedUrl } }", json!({})).await;
    assert_eq!(gets(&table, &path, "").await.status, 404, "the old address leads nowhere");
    assert_eq!(gets(&table, &feed_of(&table).await, "").await.status, 200);
}

/// Where there are no words in somebody's language, pages and feed speak the track's, as their letters do.
async fn pages_and_feed_speak_the_tracks_language_where_there_is_no_other(engine: Engine) {
    let settings = [("language", "\"pl\"".to_owned())];
    let table = Table::set_in(World::with_settings(engine, &["aalto"], &settings).await, "aalto").await;
    for (theirs, spoken, name) in [("de-AT", "pl", "Posiedzenie"), ("lt-LT", "lt", "Posėdis")] {
        table.amina.tries("updateAccount", json!({ "language": theirs })).await.good();
        table.olga.schedules(&table.water, json!({})).await;
        table.works().await;
        let letter = letter_to(&table.letters().take(), "amina");
        for place in ["rsvp", "unsubscribe"] {
            let (_, _, html) = gets(&table, &link(&letter, place), "en").await.bytes();
            assert!(html.contains(&format!("<html lang=\"{spoken}\">")), "{theirs}: {html}");
        }
        let (_, _, feed) = gets(&table, &feed_of(&table).await, "en").await.bytes();
        assert!(feed.contains(&format!("SUMMARY:{name}")), "{theirs}: {feed}");
    }
}

on_each_database!(
    pages_and_feed_speak_the_tracks_language_where_there_is_no_other,
    one_answers_by_the_link_until_the_session_begins,
    what_is_no_link_is_answered_alike,
    letters_of_a_kind_are_turned_off_by_one_click_and_it_is_confirmed,
    a_feed_shows_what_its_owner_may_see_as_their_letters_have_it,
);
