//! The silence procedure (procedures 1 to 3): nobody is committed who did not have the chance to object.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use dipoli_testkit::{Answer, Engine, Letter, Person, Table, World, merged, on_each_database};
use jiff::Timestamp;
use serde_json::{Value, json};

const ITEM: &str =
    "status adoptedAt version silence { id status deadline objections { ground statement objector { id } } }";

/// A table whose silence is at least ten minutes long, with a session in four weeks.
async fn set(engine: Engine) -> (Table, Value) {
    let settings = [("silence.shortest", "\"10m\"".to_owned())];
    let table = Table::set_in(World::with_settings(engine, &["aalto"], &settings).await, "aalto").await;
    let session = table.olga.schedules(&table.water, json!({ "attribution": "NAMED" })).await;
    table.works().await;
    table.letters().take();
    (table, session)
}

/// So many seconds from now.
fn in_seconds(table: &Table, seconds: i64) -> String {
    Timestamp::from_second(table.clock.now().as_second() + seconds).expect("in range").to_string()
}

async fn opened(table: &Table, session: &Value) -> (Value, Value) {
    let item = table.amina.proposes(session, "Gauges").await;
    let silence = table.farid.opens_silence(&item, &in_seconds(table, 1800)).await;
    (item, silence)
}

fn stands(table: &Table, instant: &Value, micros: i64) {
    let instant: Timestamp = instant.as_str().and_then(|text| text.parse().ok()).expect("an instant");
    table.clock.micros().store(instant.as_microsecond() + micros, Ordering::SeqCst);
}

async fn status(person: &Person, silence: &Value) -> String {
    person.node(&silence["id"], "SilenceProcedure", "status").await["status"].as_str().unwrap_or("unseen").to_owned()
}

fn told(table: &Table, subject: &str) -> BTreeSet<String> {
    let letters = table.letters().all();
    letters.into_iter().filter(|letter| letter.subject == subject).map(|letter| letter.to).collect()
}

fn addresses(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| format!("{}@example.org", name.to_lowercase())).collect()
}

const AGENDA: [&str; 6] = ["Olga", "Farid", "Rita", "Amina", "Bram", "Chen"];
const EVERYONE: [&str; 7] = ["Olga", "Farid", "Rita", "Amina", "Bram", "Chen", "Oskar"];

async fn it_adopts_at_the_deadline_itself_whoever_looks_and_tells_once(engine: Engine) {
    let (table, session) = set(engine).await;
    let (item, silence) = opened(&table, &session).await;
    assert_eq!(silence["agendaItem"]["status"], "UNDER_SILENCE");
    table.works().await;
    assert_eq!(told(&table, "You may object until a deadline"), addresses(&["Amina", "Bram", "Chen"]));
    assert_eq!(told(&table, "A text is under silence"), addresses(&["Olga", "Farid", "Rita"]));
    table.letters().take();

    for (micros, expected) in [(-1, "OPEN"), (0, "OPEN"), (9_999_999, "OPEN"), (10_000_000, "ADOPTED")] {
        stands(&table, &silence["deadline"], micros);
        assert_eq!(status(&table.amina, &silence).await, expected, "{micros} microseconds after the deadline");
        let seen = table.oskar.node(&item["id"], "AgendaItem", ITEM).await;
        assert_eq!(seen.is_null(), expected == "OPEN", "an observer sees what is adopted: {seen}");
    }
    // Nothing has run since: the deadline decides, not the worker.
    let before = table.chen.node(&item["id"], "AgendaItem", ITEM).await;
    assert_eq!((&before["status"], &before["adoptedAt"]), (&json!("ADOPTED"), &silence["deadline"]));
    let agenda = table.oskar.node(&session["id"], "Session", "agenda { id status }").await;
    assert_eq!(agenda["agenda"], json!([{ "id": item["id"], "status": "ADOPTED" }]));

    table.works().await;
    table.works().await;
    assert_eq!(told(&table, "A text was adopted by silence"), addresses(&EVERYONE));
    assert_eq!(table.letters().take().len(), EVERYONE.len(), "each is told once, and nothing else");
    assert_eq!(table.chen.node(&item["id"], "AgendaItem", ITEM).await, before, "the worker only tells");
    assert_eq!(status(&table.oskar, &silence).await, "ADOPTED");
    table.clock.passes("30m");
    table.amina.tries("breakSilence", objection(&silence, "SUBSTANCE")).await.refused(&["FAILED_PRECONDITION"]);
}

fn objection(silence: &Value, ground: &str) -> Value {
    json!({ "silenceProcedureId": silence["id"], "ground": ground, "statement": "Not like this." })
}

async fn one_microsecond_before_the_deadline_is_in_time(engine: Engine) {
    let (table, session) = set(engine).await;
    let (item, silence) = opened(&table, &session).await;
    table.works().await;
    table.letters().take();
    stands(&table, &silence["deadline"], -1);
    let broken = table.bram.breaks(&silence, "SUBSTANCE", "Not like this.").await;
    assert_eq!((&broken["status"], &broken["agendaItem"]["status"]), (&json!("BROKEN"), &json!("OBJECTED")));
    table.works().await;
    assert_eq!(told(&table, "Silence was broken"), addresses(&AGENDA), "all who see the text, the objector among them");
    assert_eq!(table.letters().take().len(), AGENDA.len());
    stands(&table, &silence["deadline"], 60_000_000);
    table.works().await;
    assert_eq!(status(&table.chen, &silence).await, "BROKEN");
    assert!(table.letters().take().is_empty());
    assert!(table.oskar.node(&item["id"], "AgendaItem", ITEM).await.is_null());

    let (_, silence) = opened(&table, &session).await;
    stands(&table, &silence["deadline"], 0);
    table.bram.tries("breakSilence", objection(&silence, "SUBSTANCE")).await.refused(&["FAILED_PRECONDITION"]);
    stands(&table, &silence["deadline"], 10_000_000);
    assert_eq!(status(&table.chen, &silence).await, "ADOPTED");
}

async fn every_objection_is_kept_until_the_deadline(engine: Engine) {
    let (table, session) = set(engine).await;
    let (item, silence) = opened(&table, &session).await;
    table.amina.breaks(&silence, "SUBSTANCE", "Not this gauge.").await;
    table.works().await;
    table.letters().take();
    let amended = merged(objection(&silence, "LINKAGE"), json!({ "amendment": "Gauges, without fish" }));
    let key = merged(amended.clone(), json!({ "idempotencyKey": "once" }));
    table.chen.does("breakSilence", key.clone()).await;
    let again = table.chen.does("breakSilence", key).await;
    assert_eq!(again["objections"].as_array().map(Vec::len), Some(2), "sent twice, stated once");
    table.works().await;
    assert!(table.letters().take().is_empty(), "that silence is broken is told once");
    let seen = table.rita.node(&silence["id"], "SilenceProcedure", "objections { ground statement amendment }").await;
    let mut grounds: Vec<_> = seen["objections"].as_array().expect("a list").iter().collect();
    grounds.sort_by_key(|objection| objection["ground"].as_str().map(str::to_owned));
    assert_eq!(
        grounds[0],
        &json!({ "ground": "LINKAGE", "statement": "Not like this.", "amendment": "Gauges, without fish" })
    );

    // One against the use of silence defers it, whatever else was said.
    let broken = table.bram.breaks(&silence, "PROCEDURE", "Let us talk.").await;
    assert_eq!(broken["agendaItem"]["status"], "DEFERRED");
    stands(&table, &silence["deadline"], 0);
    table.amina.tries("breakSilence", objection(&silence, "LINKAGE")).await.refused(&["FAILED_PRECONDITION"]);
    assert_eq!(table.amina.node(&item["id"], "AgendaItem", "status").await["status"], "DEFERRED");
}

async fn who_objected_is_shown_where_the_item_is_under_names_and_to_facilitators(engine: Engine) {
    let (table, session) = set(engine).await;
    let strict = json!({ "sessionId": session["id"], "title": "Under the Rule", "attribution": "CHATHAM_HOUSE" });
    let strict = table.amina.does("proposeAgendaItem", strict).await;
    for (item, shown) in [(table.amina.proposes(&session, "Under names").await, true), (strict, false)] {
        let silence = table.farid.opens_silence(&item, &in_seconds(&table, 3600)).await;
        let stated = table.bram.breaks(&silence, "SUBSTANCE", "No.").await["objections"][0].take();
        assert_eq!(&stated["objector"]["id"], table.seat("Bram"), "the objector sees themself");
        for (person, sees) in [(&table.farid, true), (&table.amina, shown), (&table.olga, shown), (&table.chen, shown)]
        {
            for document in ["SilenceProcedure", "Objection"] {
                let seen = match document {
                    "Objection" => person.node(&stated["id"], "Objection", "objector { id }").await,
                    _ => person.node(&silence["id"], "SilenceProcedure", "objections { objector { id } }").await
                        ["objections"][0]
                        .take(),
                };
                let expected = if sees { json!({ "id": table.seat("Bram") }) } else { Value::Null };
                assert_eq!(seen["objector"], expected, "{} by {document}", person.name());
            }
        }
        table.works().await;
        let log = "{ auditEvents(last: 20) { nodes { action subject actor { id } } } }";
        let log = table.ada.reads(log, json!({})).await;
        let broken = log["auditEvents"]["nodes"].as_array().into_iter().flatten();
        let actors: Vec<_> = broken
            .filter(|event| event["action"] == "silence.broken" && event["subject"] == silence["id"])
            .map(|event| event["actor"]["id"].clone())
            .collect();
        assert_eq!(actors, [if shown { json!(table.bram.id()) } else { Value::Null }]);
    }
}

async fn opening_freezes_the_text_until_it_is_withdrawn(engine: Engine) {
    let (table, session) = set(engine).await;
    let (item, silence) = opened(&table, &session).await;
    let change = |changes: Value| merged(json!({ "agendaItemId": item["id"], "expectedVersion": 2 }), changes);
    let amina = &table.amina;
    amina.tries("updateAgendaItem", change(json!({ "title": "Other" }))).await.refused(&["FAILED_PRECONDITION"]);
    let stricter = change(json!({ "attribution": "CHATHAM_HOUSE" }));
    table.farid.tries("updateAgendaItem", stricter).await.refused(&["FAILED_PRECONDITION"]);
    let id = json!({ "agendaItemId": item["id"] });
    amina.tries("withdrawAgendaItem", id.clone()).await.refused(&["FAILED_PRECONDITION"]);
    table.farid.tries("adoptAgendaItem", id.clone()).await.refused(&["FAILED_PRECONDITION"]);
    let twice = json!({ "agendaItemId": item["id"], "deadline": in_seconds(&table, 3600) });
    table.farid.tries("openSilenceProcedure", twice).await.refused(&["FAILED_PRECONDITION"]);

    let which = json!({ "silenceProcedureId": silence["id"] });
    for (person, refusal) in
        [(&table.olga, "FORBIDDEN"), (amina, "FORBIDDEN"), (&table.oskar, "NOT_FOUND silenceProcedureId")]
    {
        person.tries("withdrawSilenceProcedure", which.clone()).await.refused(&[refusal]);
    }
    for person in [&table.olga, &table.farid, &table.rita] {
        person.tries("breakSilence", objection(&silence, "LINKAGE")).await.refused(&["FORBIDDEN"]);
    }
    let can = "viewerCan { break withdraw }";
    let seen = amina.node(&silence["id"], "SilenceProcedure", can).await;
    assert_eq!(seen["viewerCan"], json!({ "break": true, "withdraw": false }));
    let withdrawn = table.farid.does("withdrawSilenceProcedure", which.clone()).await;
    assert_eq!((&withdrawn["status"], &withdrawn["agendaItem"]["status"]), (&json!("WITHDRAWN"), &json!("PROPOSED")));
    table.works().await;
    assert_eq!(told(&table, "A silence procedure was withdrawn"), addresses(&AGENDA));
    assert!(told(&table, "You may object until a deadline").is_empty(), "what had not left stays");
    table.farid.tries("withdrawSilenceProcedure", which).await.refused(&["FAILED_PRECONDITION"]);
    amina.tries("breakSilence", objection(&silence, "LINKAGE")).await.refused(&["FAILED_PRECONDITION"]);
    // And again, with another deadline: the latest is shown.
    let again = table.farid.opens_silence(&item, &in_seconds(&table, 3600)).await;
    assert_eq!(amina.node(&item["id"], "AgendaItem", ITEM).await["silence"]["id"], again["id"]);
}

async fn who_loses_the_right_to_object_ends_what_is_open_and_nothing_else(engine: Engine) {
    let (table, session) = set(engine).await;
    let (_, broken) = opened(&table, &session).await;
    table.chen.breaks(&broken, "SUBSTANCE", "No.").await;
    let (item, open) = opened(&table, &session).await;
    table.works().await;
    table.letters().take();
    // Uma joins meanwhile: she is told, may object, and is not of the roll.
    table.ada.seats(&table.water, &table.uma, "PARTICIPANT", Some(&table.south)).await;
    table.works().await;
    assert!(told(&table, "You may object until a deadline").contains("uma@example.org"));
    assert_eq!(
        table.uma.node(&open["id"], "SilenceProcedure", "viewerCan { break }").await["viewerCan"]["break"],
        true
    );
    let uma = table
        .olga
        .reads(
            "query($s: String!) { workingGroup(slug: $s) { members(first: 20) { nodes { id person { id } } } } }",
            json!({ "s": "water" }),
        )
        .await;
    let uma = uma["workingGroup"]["members"]["nodes"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|seat| seat["person"]["id"] == table.uma.id())
        .expect("her seat")["id"]
        .clone();
    table.ada.does("removeMember", json!({ "membershipId": uma })).await;
    assert_eq!(status(&table.amina, &open).await, "OPEN", "she was not of the roll");
    table.letters().take();

    table.ada.does("changeMember", json!({ "membershipId": table.seat("Chen"), "role": "OBSERVER" })).await;
    assert_eq!(status(&table.amina, &open).await, "WITHDRAWN");
    assert_eq!(table.amina.node(&item["id"], "AgendaItem", "status").await["status"], "PROPOSED");
    let seen =
        table.amina.node(&broken["id"], "SilenceProcedure", "status objections { statement objector { id } }").await;
    assert_eq!(seen["status"], "BROKEN", "the objection stands");
    assert_eq!(&seen["objections"][0]["objector"]["id"], table.seat("Chen"));
    table.works().await;
    assert!(told(&table, "A silence procedure was withdrawn").contains("bram@example.org"));
}

async fn a_cancelled_session_withdraws_and_a_concluded_one_lets_it_run_on(engine: Engine) {
    let (table, session) = set(engine).await;
    let soon = json!({ "startsAt": "2027-03-01T09:10:00Z", "endsAt": "2027-03-01T09:20:00Z", "attribution": "NAMED" });
    let soon = table.olga.schedules(&table.water, soon).await;
    let (item, running_on) = opened(&table, &soon).await;
    let (_, called_off) = opened(&table, &session).await;
    table.olga.does("cancelSession", json!({ "sessionId": session["id"], "expectedVersion": 1 })).await;
    assert_eq!(status(&table.amina, &called_off).await, "WITHDRAWN");
    table.works().await;
    table.clock.passes("15m");
    table.farid.does("concludeSession", json!({ "sessionId": soon["id"], "expectedVersion": 1 })).await;
    assert_eq!(status(&table.amina, &running_on).await, "OPEN");
    let late = json!({ "agendaItemId": item["id"], "deadline": in_seconds(&table, 3600) });
    table.farid.tries("openSilenceProcedure", late).await.refused(&["FAILED_PRECONDITION"]);
    stands(&table, &running_on["deadline"], 10_000_000);
    table.works().await;
    assert_eq!(table.oskar.node(&item["id"], "AgendaItem", "adoptedAt").await["adoptedAt"], running_on["deadline"]);
}

pub async fn by_link(table: &Table, track: &str, secret: &str, form: &str) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("/{track}/object/{secret}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    table.door.send(request.body(Body::from(form.to_owned())).expect("a request")).await
}

pub fn secret(letter: &Letter) -> String {
    let link = letter.text.lines().find(|line| line.contains("/object/")).expect("a link");
    link.rsplit('/').next().expect("a secret").to_owned()
}

pub const FORM: &str = "ground=SUBSTANCE&statement=Not+like+this.&amendment=";

async fn a_link_objects_without_a_sign_in_and_does_nothing_else(engine: Engine) {
    let (table, session) = set(engine).await;
    let (item, silence) = opened(&table, &session).await;
    table.works().await;
    let letters = table.letters().take();
    let of = |name: &str| {
        let to = format!("{name}@example.org");
        letters.iter().find(|letter| letter.to == to).map(secret).expect("a letter")
    };
    assert!(!letters.iter().any(|letter| letter.to == "olga@example.org" && letter.text.contains("/object/")));
    assert_ne!(of("amina"), of("bram"));

    // Reading the page tells nothing, whatever the link is, and objects to nothing.
    let mut pages = BTreeSet::new();
    for (track, secret) in [("aalto", of("amina")), ("aalto", "x".to_owned()), ("nowhere", of("amina"))] {
        let request = Request::builder().uri(format!("/{track}/object/{secret}")).body(Body::empty());
        let page = table.door.send(request.expect("a request")).await;
        assert!(page.status == 200 && !String::from_utf8_lossy(&page.body).contains("Gauges"));
        pages.insert(format!("{:?}", page.bytes()));
    }
    assert_eq!(pages.len(), 1);
    assert_eq!(status(&table.amina, &silence).await, "OPEN");

    // What is no link is answered alike, in every track.
    let mut refusals = BTreeSet::new();
    let token = table.amina.tokens().refresh;
    for (track, secret) in
        [("aalto", "A".repeat(43)), ("aalto", "x".to_owned()), ("aalto", token), ("nowhere", of("amina"))]
    {
        let answer = by_link(&table, track, &secret, FORM).await;
        assert_eq!(answer.status, 404);
        refusals.insert(format!("{:?}", answer.bytes()));
    }
    assert_eq!(refusals.len(), 1);
    for (form, status) in
        [("statement=No", 422), ("ground=LINKAGE&statement=+", 422), ("ground=VETO&statement=No", 422)]
    {
        assert_eq!(by_link(&table, "aalto", &of("amina"), form).await.status, status, "{form}");
    }
    assert_eq!(status(&table.amina, &silence).await, "OPEN");

    assert_eq!(by_link(&table, "aalto", &of("amina"), FORM).await.status, 200);
    let seen = table.chen.node(&item["id"], "AgendaItem", ITEM).await;
    assert_eq!((&seen["status"], &seen["silence"]["status"]), (&json!("OBJECTED"), &json!("BROKEN")));
    assert_eq!(&seen["silence"]["objections"][0]["objector"]["id"], table.seat("Amina"));
    let refused = table.door.ask("aalto", Some(&of("amina")), "{ viewer { isAdministrator } }", json!({})).await;
    assert_eq!(refused.status, 401);

    // It ends with the seat, and after the deadline it says so.
    table.ada.does("removeMember", json!({ "membershipId": table.seat("Bram") })).await;
    assert_eq!(by_link(&table, "aalto", &of("bram"), FORM).await.status, 404);
    stands(&table, &silence["deadline"], 0);
    assert_eq!(by_link(&table, "aalto", &of("chen"), FORM).await.status, 409);
}

/// Lets time pass as a server that runs does: it looks every minute.
async fn runs_for(table: &Table, minutes: u32) {
    for _ in 0..minutes.div_ceil(50) {
        table.passes("50m").await;
    }
}

async fn an_outage_of_more_than_an_hour_gives_more_time_once(engine: Engine) {
    let (mut table, session) = set(engine).await;
    let item = table.amina.proposes(&session, "Gauges").await;
    let silence = table.farid.opens_silence(&item, &in_seconds(&table, 6 * 3600)).await;
    runs_for(&table, 100).await;
    table.letters().take();
    assert_eq!(deadline(&table, &silence).await, silence["deadline"], "it was watched");

    // Down for five hours, over the deadline; nobody has told anything yet when it is asked.
    table.clock.passes("5h");
    assert_eq!(status(&table.amina, &silence).await, "OPEN");
    table.restarts().await;
    let moved = deadline(&table, &silence).await;
    assert_eq!(moved, json!(in_seconds(&table, 600)), "ten minutes from now");
    table.works().await;
    assert_eq!(told(&table, "A deadline was moved"), addresses(&AGENDA));
    table.letters().take();
    table.restarts().await;
    assert_eq!(deadline(&table, &silence).await, moved, "once");
    stands(&table, &moved, 10_000_000);
    assert_eq!(status(&table.amina, &silence).await, "ADOPTED");
    table.works().await;
    assert_eq!(table.amina.node(&item["id"], "AgendaItem", "adoptedAt").await["adoptedAt"], moved);
}

async fn deadline(table: &Table, silence: &Value) -> Value {
    table.amina.node(&silence["id"], "SilenceProcedure", "deadline").await["deadline"].take()
}

async fn whoever_was_not_reached_has_more_time(engine: Engine) {
    for (signs_in, moves) in [(false, true), (true, false)] {
        let (table, session) = set(engine).await;
        let (_, silence) = opened(&table, &session).await;
        table.works().await;
        let notice = "UPDATE outbox SET state = 'dead' WHERE kind = 'silence-opened'";
        table.content().await.run(notice).await;
        table.clock.passes("5m");
        if signs_in {
            for person in [&table.amina, &table.bram, &table.chen] {
                person.signs_in().await;
            }
        }
        for _ in 0..24 {
            table.passes("1m").await;
        }
        let after = deadline(&table, &silence).await;
        assert_eq!(after != silence["deadline"], moves, "signs in: {signs_in}");
        if moves {
            stands(&table, &silence["deadline"], 600_000_000);
            assert_eq!(table.clock.now().to_string(), after.as_str().expect("an instant"));
            assert_eq!(status(&table.amina, &silence).await, "OPEN");
        }
    }
}

async fn those_who_can_object_are_told_again_a_day_before(engine: Engine) {
    let (table, session) = set(engine).await;
    let item = table.amina.proposes(&session, "Gauges").await;
    table.farid.opens_silence(&item, &in_seconds(&table, 25 * 3600)).await;
    table.works().await;
    table.letters().take();
    table.passes("59m").await;
    assert!(table.letters().take().is_empty());
    table.passes("1m").await;
    assert_eq!(told(&table, "The time to object is about to end"), addresses(&["Amina", "Bram", "Chen"]));
    assert!(table.letters().take().iter().all(|letter| letter.text.contains("/object/")));
}

/// Two replicas that look at the same moment tell once (PostgreSQL: one process serves SQLite files).
async fn two_replicas_tell_once(engine: Engine) {
    if matches!(engine, Engine::Sqlite) {
        return;
    }
    let (table, session) = set(engine).await;
    let (item, silence) = opened(&table, &session).await;
    table.works().await;
    table.letters().take();
    let other = table.another_server().await;
    stands(&table, &silence["deadline"], 10_000_000);
    tokio::join!(table.works(), other.works());
    table.works().await;
    assert_eq!(told(&table, "A text was adopted by silence"), addresses(&EVERYONE));
    assert_eq!(table.letters().take().len(), EVERYONE.len());
    assert_eq!(table.amina.node(&item["id"], "AgendaItem", "version").await["version"], 3);
    other.stop().await;
}

/// The chair's word (procedures 5): adopted at once, objected to for a day at least, then final.
async fn the_chairs_word_can_be_objected_to_for_a_day(engine: Engine) {
    let (table, session) = set(engine).await;
    let item = table.amina.proposes(&session, "Gauges").await;
    let id = json!({ "agendaItemId": item["id"] });
    table.bram.tries("objectToAdoption", id.clone()).await.refused(&["FAILED_PRECONDITION"]);
    table.farid.adopts(&item).await;
    table.works().await;
    assert_eq!(told(&table, "A text was adopted by the chair"), addresses(&EVERYONE));
    for (person, refusal) in [(&table.olga, "FORBIDDEN"), (&table.farid, "FORBIDDEN"), (&table.oskar, "FORBIDDEN")] {
        person.tries("objectToAdoption", id.clone()).await.refused(&[refusal]);
    }
    let objected = table.bram.does("objectToAdoption", id.clone()).await;
    assert_eq!((&objected["status"], &objected["adoptedAt"]), (&json!("OBJECTED"), &Value::Null));
    table.works().await;
    assert_eq!(told(&table, "An adoption met an objection"), addresses(&AGENDA));
    assert!(table.oskar.node(&item["id"], "AgendaItem", "status").await.is_null());

    table.chen.tries("proposeAgendaItemAnew", id.clone()).await.refused(&["FORBIDDEN"]);
    let anew = json!({ "agendaItemId": item["id"], "title": "Gauges, both" });
    let anew = table.amina.does("proposeAgendaItemAnew", anew).await;
    assert_eq!((&anew["status"], &anew["needsSilence"]), (&json!("PROPOSED"), &json!(true)));
    table.farid.tries("adoptAgendaItem", id.clone()).await.refused(&["FAILED_PRECONDITION"]);
    let silence = table.farid.opens_silence(&item, &in_seconds(&table, 1800)).await;
    stands(&table, &silence["deadline"], 10_000_000);
    assert_eq!(status(&table.amina, &silence).await, "ADOPTED");
    table.bram.tries("objectToAdoption", id).await.refused(&["FAILED_PRECONDITION"]);

    // Final at the session's end where that comes later than a day after the adoption; not a microsecond before.
    let other = table.amina.proposes(&session, "Fish").await;
    table.farid.adopts(&other).await;
    stands(&table, &session["endsAt"], 0);
    let id = json!({ "agendaItemId": other["id"] });
    table.bram.tries("objectToAdoption", id.clone()).await.refused(&["FAILED_PRECONDITION"]);
    stands(&table, &session["endsAt"], -1);
    table.bram.does("objectToAdoption", id).await;
}

/// What comes after the session's start is additional; what is deferred is proposed at a later session.
async fn what_is_additional_needs_silence_and_what_is_deferred_goes_to_a_later_session(engine: Engine) {
    let (table, session) = set(engine).await;
    let later =
        json!({ "startsAt": "2027-04-12T08:00:00Z", "endsAt": "2027-04-12T10:00:00Z", "attribution": "CHATHAM_HOUSE" });
    let later = table.olga.schedules(&table.water, later).await;
    let early = table.amina.proposes(&session, "Early").await;
    stands(&table, &session["startsAt"], 0);
    let late = table.amina.proposes(&session, "Late").await;
    assert_eq!((&early["needsSilence"], &late["needsSilence"]), (&json!(false), &json!(true)));
    table.farid.tries("adoptAgendaItem", json!({ "agendaItemId": late["id"] })).await.refused(&["FAILED_PRECONDITION"]);
    let note = table.amina.posts(&late, "GROUP", "Said here.").await;

    let to = |session: &Value| json!({ "agendaItemId": late["id"], "sessionId": session["id"] });
    table.olga.tries("deferAgendaItem", to(&later)).await.refused(&["FORBIDDEN"]);
    table.farid.tries("deferAgendaItem", to(&session)).await.refused(&["BAD_USER_INPUT sessionId"]);
    let there = table.farid.does("deferAgendaItem", to(&later)).await;
    assert_eq!(
        (&there["session"]["id"], &there["status"], &there["title"]),
        (&later["id"], &json!("PROPOSED"), &json!("Late"))
    );
    assert_eq!(there["attribution"], "CHATHAM_HOUSE", "stricter, where the later session is");
    // It goes there once: from then on, what stands there is deferred.
    let third = json!({ "startsAt": "2027-04-19T08:00:00Z", "endsAt": "2027-04-19T10:00:00Z" });
    let third = table.olga.schedules(&table.water, third).await;
    for session in [&later, &third] {
        table.farid.tries("deferAgendaItem", to(session)).await.refused(&["FAILED_PRECONDITION"]);
    }
    let on = json!({ "agendaItemId": there["id"], "sessionId": third["id"] });
    table.farid.does("deferAgendaItem", on).await;
    let here = table.amina.node(&late["id"], "AgendaItem", "status notes { nodes { id } }").await;
    assert_eq!((&here["status"], &here["notes"]["nodes"][0]["id"]), (&json!("DEFERRED"), &note["id"]));
}

/// An objection to the use of silence takes the item to the next session by itself (procedures 2), as it was.
async fn an_objection_to_silence_itself_defers_to_the_next_session(engine: Engine) {
    let (table, session) = set(engine).await;
    let (item, silence) = opened(&table, &session).await;
    let draft = json!({ "startsAt": "2027-04-05T08:00:00Z", "endsAt": "2027-04-05T10:00:00Z", "draft": true });
    table.olga.schedules(&table.water, draft).await;
    let next = json!({ "startsAt": "2027-04-12T08:00:00Z", "endsAt": "2027-04-12T10:00:00Z", "attribution": "NAMED" });
    let next = table.olga.schedules(&table.water, next).await;
    let after = json!({ "startsAt": "2027-04-19T08:00:00Z", "endsAt": "2027-04-19T10:00:00Z" });
    table.olga.schedules(&table.water, after).await;
    table.bram.breaks(&silence, "PROCEDURE", "Let us talk.").await;
    table.chen.breaks(&silence, "PROCEDURE", "Let us talk, too.").await;
    assert_eq!(table.amina.node(&item["id"], "AgendaItem", "status").await["status"], "DEFERRED");
    let there = table.amina.node(&next["id"], "Session", "agenda { id title status needsSilence }").await;
    let there = there["agenda"].as_array().cloned().unwrap_or_default();
    assert_eq!(there.len(), 1, "once, to the next that members know of");
    let expected = json!({ "id": there[0]["id"], "title": "Gauges", "status": "PROPOSED", "needsSilence": false });
    assert_eq!(there[0], expected, "and nobody is asked to be silent again");
    let to = json!({ "agendaItemId": item["id"], "sessionId": next["id"] });
    table.farid.tries("deferAgendaItem", to).await.refused(&["FAILED_PRECONDITION"]);

    // After one on substance it counts as objected there too.
    let (item, silence) = opened(&table, &session).await;
    table.chen.breaks(&silence, "SUBSTANCE", "No.").await;
    table.bram.breaks(&silence, "PROCEDURE", "Let us talk.").await;
    assert_eq!(table.amina.node(&item["id"], "AgendaItem", "status").await["status"], "DEFERRED");
    let there = table.amina.node(&next["id"], "Session", "agenda { status needsSilence }").await;
    assert_eq!(there["agenda"][1], json!({ "status": "OBJECTED", "needsSilence": true }));
}

/// Where no later session is scheduled when someone objects to silence, a facilitator takes the item on once there is one.
async fn what_silence_deferred_to_nowhere_goes_on_when_there_is_a_session(engine: Engine) {
    let (table, session) = set(engine).await;
    let (item, silence) = opened(&table, &session).await;
    table.bram.breaks(&silence, "PROCEDURE", "Let us talk.").await;
    let next = json!({ "startsAt": "2027-04-12T08:00:00Z", "endsAt": "2027-04-12T10:00:00Z" });
    let next = table.olga.schedules(&table.water, next).await;
    let to = json!({ "agendaItemId": item["id"], "sessionId": next["id"] });
    assert_eq!(table.farid.does("deferAgendaItem", to.clone()).await["status"], "PROPOSED");
    table.farid.tries("deferAgendaItem", to).await.refused(&["FAILED_PRECONDITION"]);
    let there = table.amina.node(&next["id"], "Session", "agenda { id }").await;
    assert_eq!(there["agenda"].as_array().map(Vec::len), Some(1));
}

/// What is sent twice by a link is stated once; what says something else is another objection.
async fn a_link_that_is_sent_twice_objects_once(engine: Engine) {
    let (table, session) = set(engine).await;
    let (_, silence) = opened(&table, &session).await;
    table.works().await;
    let letters = table.letters().take();
    let of_bram = letters.iter().find(|letter| letter.to == "bram@example.org").map(secret).expect("a letter");
    for form in [FORM, FORM, "ground=LINKAGE&statement=Not+like+this.&amendment="] {
        assert_eq!(by_link(&table, "aalto", &of_bram, form).await.status, 200);
    }
    let seen = table.amina.node(&silence["id"], "SilenceProcedure", "objections { ground }").await;
    assert_eq!(seen["objections"].as_array().map(Vec::len), Some(2));
    stands(&table, &silence["deadline"], 0);
    assert_eq!(by_link(&table, "aalto", &of_bram, FORM).await.status, 200, "it stands, whenever it comes again");
}

/// Whoever's account is disabled is not heard any more (procedures 1).
async fn a_disabled_account_ends_what_is_open(engine: Engine) {
    let (table, session) = set(engine).await;
    let (item, silence) = opened(&table, &session).await;
    table.ada.does("disablePerson", json!({ "personId": table.oskar.id() })).await;
    assert_eq!(status(&table.amina, &silence).await, "OPEN", "an observer was not of the roll");
    table.ada.does("disablePerson", json!({ "personId": table.chen.id() })).await;
    assert_eq!(status(&table.amina, &silence).await, "WITHDRAWN");
    assert_eq!(table.amina.node(&item["id"], "AgendaItem", "status").await["status"], "PROPOSED");
}

/// A cut-off before the start; and what was not reached goes on (procedures 5).
async fn a_cut_off_is_set_and_what_was_not_reached_goes_on(engine: Engine) {
    let (table, session) = set(engine).await;
    let cut_off = |at: Value| json!({ "sessionId": session["id"], "expectedVersion": 1, "agendaCutOff": at });
    table.farid.tries("updateSession", cut_off(json!("2027-03-28T08:00:00Z"))).await.refused(&["FORBIDDEN"]);
    let late = cut_off(json!("2027-03-29T08:00:00.000001Z"));
    table.olga.tries("updateSession", late).await.refused(&["BAD_USER_INPUT agendaCutOff"]);
    table.olga.does("updateSession", cut_off(json!("2027-03-28T08:00:00Z"))).await;
    let early = table.amina.proposes(&session, "Early").await;
    let adopted = table.farid.adopts(&table.amina.proposes(&session, "Adopted").await).await;
    let set = table.amina.node(&session["id"], "Session", "agendaCutOff").await;
    stands(&table, &set["agendaCutOff"], 0);
    let additional = table.amina.proposes(&session, "Additional").await;
    assert_eq!((&early["needsSilence"], &additional["needsSilence"]), (&json!(false), &json!(true)));
    let note = table.amina.posts(&early, "GROUP", "Said here.").await;

    let later = json!({ "startsAt": "2027-04-12T08:00:00Z", "endsAt": "2027-04-12T10:00:00Z", "attribution": "NAMED" });
    let later = table.olga.schedules(&table.water, later).await;
    stands(&table, &session["startsAt"], 0);
    let conclude = |later: &Value| json!({ "sessionId": session["id"], "expectedVersion": 2, "carryOverToSessionId": later["id"] });
    table.olga.tries("concludeSession", conclude(&later)).await.refused(&["FORBIDDEN"]);
    table.farid.tries("concludeSession", conclude(&session)).await.refused(&["BAD_USER_INPUT carryOverToSessionId"]);
    table.farid.does("concludeSession", conclude(&later)).await;
    let there = table.amina.node(&later["id"], "Session", "agenda { title status }").await;
    let expected = json!([{ "title": "Early", "status": "PROPOSED" }, { "title": "Additional", "status": "PROPOSED" }]);
    assert_eq!(there["agenda"], expected);
    let here = table.amina.node(&early["id"], "AgendaItem", "status notes { nodes { id } }").await;
    assert_eq!((&here["status"], &here["notes"]["nodes"][0]["id"]), (&json!("DEFERRED"), &note["id"]));
    assert_eq!(table.amina.node(&adopted["id"], "AgendaItem", "status").await["status"], "ADOPTED");
}

/// A copy of the database tells neither who objected nor who could have.
async fn no_row_names_who_objected(engine: Engine) {
    let (table, session) = set(engine).await;
    let strict = json!({ "sessionId": session["id"], "title": "Under the Rule", "attribution": "CHATHAM_HOUSE" });
    let item = table.amina.does("proposeAgendaItem", strict).await;
    let silence = table.farid.opens_silence(&item, &in_seconds(&table, 3600)).await;
    table.works().await;
    let content = table.content().await;
    let before = content.counts().await;
    table.bram.breaks(&silence, "SUBSTANCE", "No.").await;
    let after = content.counts().await;
    let grown: Vec<_> = after
        .iter()
        .filter(|(table, rows)| before.get(*table) != Some(*rows))
        .map(|(table, _)| table.clone())
        .collect();
    assert_eq!(
        grown,
        ["audit_event", "objection", "outbox"],
        "of what grew only letters name people, and they go to all"
    );
}

on_each_database!(
    it_adopts_at_the_deadline_itself_whoever_looks_and_tells_once,
    one_microsecond_before_the_deadline_is_in_time,
    every_objection_is_kept_until_the_deadline,
    who_objected_is_shown_where_the_item_is_under_names_and_to_facilitators,
    opening_freezes_the_text_until_it_is_withdrawn,
    who_loses_the_right_to_object_ends_what_is_open_and_nothing_else,
    a_cancelled_session_withdraws_and_a_concluded_one_lets_it_run_on,
    a_link_objects_without_a_sign_in_and_does_nothing_else,
    an_outage_of_more_than_an_hour_gives_more_time_once,
    whoever_was_not_reached_has_more_time,
    those_who_can_object_are_told_again_a_day_before,
    two_replicas_tell_once,
    no_row_names_who_objected,
    an_objection_to_silence_itself_defers_to_the_next_session,
    what_silence_deferred_to_nowhere_goes_on_when_there_is_a_session,
    a_link_that_is_sent_twice_objects_once,
    a_disabled_account_ends_what_is_open,
    a_cut_off_is_set_and_what_was_not_reached_goes_on,
    the_chairs_word_can_be_objected_to_for_a_day,
    what_is_additional_needs_silence_and_what_is_deferred_goes_to_a_later_session,
);
