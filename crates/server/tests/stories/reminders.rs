//! Letters about a session arrive when they are due, once, to whoever still sits at the table, and to nobody else.

use std::collections::{BTreeMap, BTreeSet};

use dipoli_testkit::{Engine, Letter, Table, on_each_database};
use serde_json::{Value, json};

/// Everyone whose seat in the water group is in effect.
const SEATED: [&str; 7] = ["amina", "bram", "chen", "farid", "olga", "oskar", "rita"];

/// How many letters each got, by the part of their address before the at sign.
fn by_recipient(letters: &[Letter]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for letter in letters {
        let name = letter.to.split('@').next().unwrap_or_default().to_owned();
        *counts.entry(name).or_default() += 1;
    }
    counts
}

fn each(names: &[&str], letters: usize) -> BTreeMap<String, usize> {
    names.iter().map(|name| ((*name).to_owned(), letters)).collect()
}

async fn due_at(table: &Table, instant: &str) -> BTreeMap<String, usize> {
    table.clock.stands_at(instant);
    table.works().await;
    table.works().await;
    by_recipient(&table.letters().take())
}

async fn reminders_leave_a_week_a_day_and_an_hour_before(engine: Engine) {
    let table = Table::set(engine).await;
    table.olga.schedules(&table.water, json!({})).await;
    assert_eq!(due_at(&table, "2027-03-01T09:00:00Z").await, each(&SEATED, 1), "told that it was scheduled");
    for (instant, letters) in [
        ("2027-03-22T07:59:59Z", 0),
        ("2027-03-22T08:00:00Z", 1),
        ("2027-03-26T07:59:59Z", 0),
        ("2027-03-26T08:00:00Z", 1),
        ("2027-03-28T07:59:59Z", 0),
        ("2027-03-28T08:00:00Z", 1),
        ("2027-03-29T06:59:59Z", 0),
        ("2027-03-29T07:00:00Z", 1),
        ("2027-03-29T08:00:00Z", 0),
        ("2027-03-29T12:00:00Z", 0),
    ] {
        let expected = if letters == 0 { BTreeMap::new() } else { each(&SEATED, letters) };
        assert_eq!(due_at(&table, instant).await, expected, "{instant}");
    }
}

async fn of_reminders_whose_time_is_past_the_latest_leaves_at_once(engine: Engine) {
    let table = Table::set(engine).await;
    let tomorrow = json!({ "startsAt": "2027-03-01T19:00:00Z", "endsAt": "2027-03-01T21:00:00Z" });
    table.olga.schedules(&table.water, tomorrow).await;
    assert_eq!(due_at(&table, "2027-03-01T09:00:00Z").await, each(&SEATED, 2), "scheduled, and the day before");
    assert_eq!(due_at(&table, "2027-03-01T17:59:59Z").await, BTreeMap::new());
    assert_eq!(due_at(&table, "2027-03-01T18:00:00Z").await, each(&SEATED, 1), "the hour before");
}

async fn what_is_out_of_date_is_not_sent_late(engine: Engine) {
    let table = Table::set(engine).await;
    table.olga.schedules(&table.water, json!({})).await;
    assert_eq!(due_at(&table, "2027-03-29T08:00:00Z").await, BTreeMap::new(), "it has begun: nothing is sent any more");
}

async fn a_session_that_is_moved_is_reminded_of_anew(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    assert_eq!(due_at(&table, "2027-03-22T08:00:00Z").await.values().sum::<usize>(), 14, "told and reminded");
    let change = json!({ "sessionId": session["id"], "expectedVersion": 1, "startsAt": "2027-04-05T08:00:00Z" });
    table.olga.does("rescheduleSession", change).await;
    assert_eq!(due_at(&table, "2027-03-22T08:04:59Z").await, BTreeMap::new(), "others may follow");
    assert_eq!(due_at(&table, "2027-03-22T08:05:00Z").await, each(&SEATED, 1), "told that it was moved");
    assert_eq!(due_at(&table, "2027-03-28T08:00:00Z").await, BTreeMap::new(), "the old day says nothing any more");
    assert_eq!(due_at(&table, "2027-03-29T08:00:00Z").await, each(&SEATED, 1), "a week before the new one");
}

async fn a_cancelled_session_stops_reminding(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    due_at(&table, "2027-03-22T08:00:00Z").await;
    let cancel = json!({ "sessionId": session["id"], "expectedVersion": 1, "reason": "The road is closed." });
    let cancelled = table.olga.does("cancelSession", cancel).await;
    assert_eq!((&cancelled["status"], &cancelled["sequence"]), (&json!("CANCELLED"), &json!(1)));

    table.works().await;
    let letters = table.letters().take();
    assert_eq!(by_recipient(&letters), each(&SEATED, 1));
    for letter in &letters {
        assert_eq!(letter.calendar_property("METHOD"), Some("CANCEL"), "{}", letter.raw);
        assert_eq!(letter.calendar_property("STATUS"), Some("CANCELLED"));
        assert!(!letter.raw.contains("road"), "the reason is for the table, not for letters");
    }
    for instant in ["2027-03-26T08:00:00Z", "2027-03-28T08:00:00Z", "2027-03-29T07:00:00Z"] {
        assert_eq!(due_at(&table, instant).await, BTreeMap::new(), "{instant}");
    }
}

async fn changes_within_five_minutes_are_told_once(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    due_at(&table, "2027-03-01T09:00:00Z").await;
    for (instant, version, starts_at) in [
        ("2027-03-02T09:00:00Z", 1, "2027-04-05T08:00:00Z"),
        ("2027-03-02T09:02:00Z", 2, "2027-04-06T08:00:00Z"),
        ("2027-03-02T09:04:00Z", 3, "2027-04-07T08:00:00Z"),
    ] {
        assert_eq!(due_at(&table, instant).await, BTreeMap::new());
        let change = json!({ "sessionId": session["id"], "expectedVersion": version, "startsAt": starts_at });
        table.olga.does("rescheduleSession", change).await;
    }
    table.clock.stands_at("2027-03-02T09:05:00Z");
    table.works().await;
    let letters = table.letters().take();
    assert_eq!(by_recipient(&letters), each(&SEATED, 1));
    for letter in &letters {
        let old = letter.text.find("Monday, 29 March 2027 at 08:00").expect("the time that was told");
        let new = letter.text.find("Wednesday, 7 April 2027 at 08:00").expect("the time that it is");
        assert!(old < new && !letter.text.contains("5 April"), "{}", letter.text);
        assert_eq!(letter.calendar_property("SEQUENCE"), Some("3"));
    }
    let change = json!({ "sessionId": session["id"], "expectedVersion": 4, "venue": "Town hall" });
    table.olga.does("rescheduleSession", change).await;
    table.clock.stands_at("2027-03-02T09:10:00Z");
    table.works().await;
    for letter in table.letters().take() {
        assert_eq!(letter.subject, "A session was changed");
        assert!(!letter.raw.contains("Town"), "discreet: {}", letter.raw);
    }
}

async fn whoever_has_not_answered_is_asked_once(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    due_at(&table, "2027-03-22T08:00:00Z").await;
    table.amina.answers(&session, "ACCEPTED").await;
    table.bram.answers(&session, "DECLINED").await;
    let asked = due_at(&table, "2027-03-26T08:00:00Z").await;
    assert_eq!(asked, each(&["chen", "farid", "olga", "oskar", "rita"], 1));
    let change = json!({ "sessionId": session["id"], "expectedVersion": 1, "startsAt": "2027-04-05T08:00:00Z" });
    table.olga.does("rescheduleSession", change).await;
    due_at(&table, "2027-03-26T08:05:00Z").await;
    let reminded = due_at(&table, "2027-03-29T08:00:00Z").await;
    assert!(!reminded.contains_key("bram"), "who has declined is not reminded: {reminded:?}");
    assert_eq!(due_at(&table, "2027-04-02T08:00:00Z").await, BTreeMap::new(), "nobody is asked a second time");
    table.bram.answers(&session, "TENTATIVE").await;
    assert!(due_at(&table, "2027-04-04T08:00:00Z").await.contains_key("bram"), "who comes after all is");
}

/// Rules of the track, of a session and of a person: each goes before the one before it.
async fn reminders_follow_the_nearest_rule(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    due_at(&table, "2027-03-01T09:00:00Z").await;
    table.ada.does("setTrackReminders", json!({ "reminders": ["2d"] })).await;
    assert_eq!(due_at(&table, "2027-03-22T08:00:00Z").await, BTreeMap::new(), "the week before says nothing any more");
    let of_session = json!({ "sessionId": session["id"], "reminders": ["3h"] });
    table.olga.does("setSessionReminders", of_session.clone()).await;
    table.amina.does("setMyReminders", json!({ "reminders": ["day-before"] })).await;
    table.bram.does("setMyReminders", json!({ "reminders": [] })).await;
    due_at(&table, "2027-03-26T08:00:00Z").await;
    assert_eq!(due_at(&table, "2027-03-27T08:00:00Z").await, BTreeMap::new());
    assert_eq!(due_at(&table, "2027-03-28T09:00:00Z").await, each(&["amina"], 1), "nine in the morning, UTC");
    let rest = each(&["chen", "farid", "olga", "oskar", "rita"], 1);
    assert_eq!(due_at(&table, "2027-03-29T05:00:00Z").await, rest);
    assert_eq!(due_at(&table, "2027-03-29T07:59:00Z").await, BTreeMap::new());
    table.chen.tries("setSessionReminders", of_session).await.refused(&["FORBIDDEN"]);
    table.olga.tries("setTrackReminders", json!({ "reminders": [] })).await.refused(&["FORBIDDEN"]);
    table.chen.tries("setMyReminders", json!({ "reminders": ["soon"] })).await.refused(&["BAD_USER_INPUT reminders"]);
}

/// One letter a day to all who can read something new, whoever wrote it, which tells nothing but that.
async fn new_notes_are_told_once_a_day_to_all_readers_alike(engine: Engine) {
    let table = Table::set(engine).await;
    let session = table.olga.schedules(&table.water, json!({})).await;
    due_at(&table, "2027-03-01T09:00:00Z").await;
    table.chen.posts(&session, "GROUP", "Aloud.").await;
    table.chen.posts(&session, "GROUP", "And again.").await;
    table.amina.posts(&session, "PRIVATE", "Mine.").await;
    assert_eq!(due_at(&table, "2027-03-02T05:59:59Z").await, BTreeMap::new());
    table.clock.stands_at("2027-03-02T06:00:00Z");
    table.works().await;
    let letters = table.letters().take();
    assert_eq!(by_recipient(&letters), each(&["amina", "bram", "chen", "farid", "olga", "rita"], 1));
    for letter in &letters {
        assert_eq!(letter.subject, "There is something new to read");
        assert!(!letter.raw.contains("Aloud"));
    }
    assert_eq!(due_at(&table, "2027-03-03T06:00:00Z").await, BTreeMap::new(), "nothing was new");
    table.chen.posts(&session, "FACILITATORS", "Aside.").await;
    table.bram.posts(&session, "DELEGATION", "Ours.").await;
    let told = due_at(&table, "2027-03-04T06:00:00Z").await;
    assert_eq!(told, each(&["amina", "bram", "farid"], 1), "Chen is not told of what Chen sent to the facilitators");
}

/// A track may have chosen that its letters tell titles, places and reasons; never where the remote room is.
async fn letters_tell_titles_where_the_track_has_chosen_so(engine: Engine) {
    let settings = [("mail.content", "\"titles\"".to_owned())];
    let world = dipoli_testkit::World::with_settings(engine, &["aalto"], &settings).await;
    let table = Table::set_in(world, "aalto").await;
    let words = json!({ "title": "Low water", "venue": "Town hall", "joinUrl": "https://kanarlink.example/room",
        "timeZone": "Europe/Vilnius" });
    let session = table.olga.schedules(&table.water, words).await;
    table.works().await;
    let scheduled = table.letters().take();
    table
        .olga
        .does("cancelSession", json!({ "sessionId": session["id"], "expectedVersion": 1, "reason": "Flood" }))
        .await;
    table.works().await;
    let cancelled = table.letters().take();
    for letter in scheduled.iter().chain(&cancelled) {
        for present in ["Low water", "Town hall", "(UTC)", "(Vilnius, UTC+03:00)"] {
            assert!(letter.text.contains(present), "{present} in {}", letter.text);
        }
        assert!(!letter.raw.contains("kanarlink"), "{}", letter.raw);
        assert_eq!(letter.calendar_property("SUMMARY"), Some("Low water"));
    }
    assert!(cancelled.iter().all(|letter| letter.text.contains("Flood")), "{cancelled:?}");
}

async fn whoever_has_left_is_not_told_any_more(engine: Engine) {
    let table = Table::set(engine).await;
    table.olga.schedules(&table.water, json!({})).await;
    due_at(&table, "2027-03-01T09:00:00Z").await;
    // The reminder is due, and its recipient leaves before it is sent: the policy is asked again.
    table.clock.stands_at("2027-03-22T08:00:00Z");
    table.olga.does("removeMember", json!({ "membershipId": table.seat("Bram") })).await;
    table.works().await;
    let letters = table.letters().take();
    let reminders: Vec<_> = letters.iter().filter(|letter| letter.to.starts_with("bram")).collect();
    assert_eq!(reminders.len(), 1, "Bram is told that the seat was taken, and of no session: {letters:?}");
    assert!(reminders[0].calendar.is_none());
    assert!(due_at(&table, "2027-03-28T08:00:00Z").await.keys().all(|name| name != "bram"));
}

async fn whoever_comes_later_is_told_of_what_is_to_come(engine: Engine) {
    let table = Table::set(engine).await;
    table.olga.schedules(&table.water, json!({})).await;
    let cancelled = table.olga.schedules(&table.water, json!({})).await;
    table.olga.does("cancelSession", json!({ "sessionId": cancelled["id"], "expectedVersion": 1 })).await;
    table.olga.schedules(&table.water, json!({ "draft": true })).await;
    due_at(&table, "2027-03-02T09:00:00Z").await;

    table.ada.seats(&table.water, &table.uma, "PARTICIPANT", None).await;
    table.works().await;
    let letters = table.letters().take();
    let invitations: Vec<_> = letters.iter().filter(|letter| letter.calendar.is_some()).collect();
    assert_eq!(invitations.len(), 1, "the one session that is announced, and to the newcomer alone: {invitations:?}");
    assert_eq!(invitations[0].to, table.uma.email());
    let reminded = due_at(&table, "2027-03-22T08:00:00Z").await;
    assert_eq!(reminded.get("uma"), Some(&1), "{reminded:?}");
    assert_eq!(reminded.len(), 8);
}

/// A clock that steps back neither repeats nor starves.
async fn a_step_back_of_the_clock_repeats_nothing(engine: Engine) {
    let table = Table::set(engine).await;
    table.olga.schedules(&table.water, json!({})).await;
    due_at(&table, "2027-03-22T08:30:00Z").await;
    for instant in ["2027-03-22T07:30:00Z", "2027-03-22T08:00:00Z", "2027-03-22T09:00:00Z"] {
        assert_eq!(due_at(&table, instant).await, BTreeMap::new(), "{instant}");
    }
    assert_eq!(due_at(&table, "2027-03-28T08:00:00Z").await, each(&SEATED, 2), "asked for an answer, and reminded");
}

/// Who claimed a letter and died is waited for no longer than the lease; the letter then goes out as itself (M-02, M-03).
async fn a_letter_whose_sender_died_is_sent_by_another(engine: Engine) {
    let table = Table::set(engine).await;
    let earlier = json!({ "startsAt": "2027-03-02T09:00:00Z", "endsAt": "2027-03-02T10:00:00Z" });
    let earlier = table.zoe.schedules(&table.trade, earlier).await;
    table.works().await;
    table.letters().take();
    table.olga.schedules(&table.water, json!({})).await;
    let content = table.content().await;
    let lease = format!("(SELECT starts_at FROM session WHERE id = {})", content.id(&earlier["id"]));
    let claim = |state: &str| {
        format!(
            "UPDATE outbox SET state = 'claimed', claim = id, claimed_until = {lease} \
             WHERE state = '{state}' AND kind = 'session-scheduled'"
        )
    };
    content.run(&claim("queued")).await;
    let sent = due_at(&table, "2027-03-02T08:59:59Z").await;
    assert_eq!(sent, each(&["zoe"], 1), "of Zoe's session she is reminded; the others are in somebody's hand");
    table.clock.stands_at("2027-03-02T09:00:01Z");
    table.works().await;
    let first = table.letters().take();
    assert_eq!(by_recipient(&first), each(&SEATED, 1));

    // Sent, and the sender died before it could say so: the same letters once more, under the same Message-IDs.
    content.run(&claim("sent")).await;
    table.works().await;
    let [first, again] = [first, table.letters().take()]
        .map(|letters| letters.into_iter().map(|letter| letter.message_id).collect::<BTreeSet<_>>());
    assert!(first.is_subset(&again), "{first:?} {again:?}");
}

async fn times_are_told_in_the_recipients_zone(engine: Engine) {
    let table = Table::set(engine).await;
    let invitation = json!({ "email": "lord@example.org", "displayName": "Lord", "timeZone": "Australia/Lord_Howe" });
    table.ada.does("invitePerson", invitation).await;
    table.works().await;
    let lord = table.accepts("aalto", "Lord").await;
    table.ada.seats(&table.water, &lord, "OBSERVER", None).await;
    table.works().await;
    table.letters().take();
    table.olga.schedules(&table.water, json!({ "timeZone": "Europe/Minsk" })).await;
    table.works().await;
    let letters = table.letters().take();
    let text = |name: &str| {
        let letter = letters.iter().find(|letter| letter.to.starts_with(name)).expect("a letter");
        letter.text.clone()
    };
    // 08:00Z on 29 March: 19:00 on Lord Howe (+11:00 in its summer); those who said nothing read UTC.
    assert!(text("lord").contains("19:00") && text("lord").contains("+11:00"), "{}", text("lord"));
    assert!(!text("lord").contains("Minsk"), "discreet: only the recipient's own zone");
    assert!(text("amina").contains("08:00") && text("amina").contains("UTC"), "{}", text("amina"));
}

async fn the_wall_clock_is_the_truth(engine: Engine) {
    let table = Table::set(engine).await;
    // 27 March 10:00 in Warsaw is 09:00Z; a week later, after the change of clocks, 10:00 is 08:00Z.
    let spring = json!({ "startsAt": "2027-03-27T09:00:00Z", "endsAt": "2027-03-27T10:00:00Z" });
    let session = table.olga.schedules(&table.water, spring).await;
    let change = json!({ "sessionId": session["id"], "expectedVersion": 1, "timeZone": "Europe/Minsk" });
    let minsk = table.olga.does("rescheduleSession", change).await;
    assert_eq!(minsk["startsAt"], "2027-03-27T07:00:00Z", "10:00 stays 10:00, now in Minsk");
    let both = json!({ "sessionId": session["id"], "expectedVersion": 2, "timeZone": "Europe/Warsaw",
        "startsAt": "2027-04-03T08:00:00Z" });
    let later: Value = table.olga.does("rescheduleSession", both).await;
    assert_eq!(later["endsAt"], "2027-04-03T09:00:00Z", "the duration is kept");
}

on_each_database!(
    reminders_leave_a_week_a_day_and_an_hour_before,
    of_reminders_whose_time_is_past_the_latest_leaves_at_once,
    what_is_out_of_date_is_not_sent_late,
    a_session_that_is_moved_is_reminded_of_anew,
    a_cancelled_session_stops_reminding,
    changes_within_five_minutes_are_told_once,
    whoever_has_not_answered_is_asked_once,
    reminders_follow_the_nearest_rule,
    new_notes_are_told_once_a_day_to_all_readers_alike,
    letters_tell_titles_where_the_track_has_chosen_so,
    whoever_has_left_is_not_told_any_more,
    whoever_comes_later_is_told_of_what_is_to_come,
    a_step_back_of_the_clock_repeats_nothing,
    a_letter_whose_sender_died_is_sent_by_another,
    times_are_told_in_the_recipients_zone,
    the_wall_clock_is_the_truth,
);
