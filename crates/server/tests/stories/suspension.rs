//! A delegation that suspends its participation (procedures 13): it reads on and may object, and nothing is adopted by a
//! silence that it did not agree to.

use std::collections::BTreeSet;

use dipoli_testkit::{Engine, Person, Table, World, merged, on_each_database};
use jiff::Timestamp;
use serde_json::{Value, json};

const SUSPENDED: &str = "A delegation suspended its participation";
const RESUMED: &str = "A delegation takes part again";
const EVERYONE: [&str; 7] = ["amina", "bram", "chen", "farid", "olga", "oskar", "rita"];

/// A table whose silence is at least ten minutes long, with a session; Amina speaks for the north.
async fn set(engine: Engine) -> (Table, Value) {
    let settings = [("silence.shortest", "\"10m\"".to_owned())];
    let table = Table::set_in(World::with_settings(engine, &["aalto"], &settings).await, "aalto").await;
    let session = table.olga.schedules(&table.water, json!({ "attribution": "NAMED" })).await;
    table.olga.does("nameSpokesperson", north(&table, json!({ "membershipId": table.seat("Amina") }))).await;
    table.works().await;
    table.letters().take();
    (table, session)
}

fn north(table: &Table, rest: Value) -> Value {
    merged(json!({ "delegationId": table.north["id"] }), rest)
}

fn in_half_an_hour(table: &Table) -> String {
    Timestamp::from_second(table.clock.now().as_second() + 1800).expect("in range").to_string()
}

fn told(table: &Table, subject: &str) -> BTreeSet<String> {
    let letters = table.letters().all().into_iter().filter(|letter| letter.subject == subject);
    letters.map(|letter| letter.to.split('@').next().unwrap_or_default().to_owned()).collect()
}

fn everyone() -> BTreeSet<String> {
    EVERYONE.map(str::to_owned).into()
}

async fn status(person: &Person, silence: &Value) -> Value {
    person.node(&silence["id"], "SilenceProcedure", "status").await["status"].take()
}

async fn its_spokesperson_alone_suspends_it_and_all_are_told(engine: Engine) {
    let (table, _) = set(engine).await;
    for person in [&table.bram, &table.chen, &table.olga, &table.farid, &table.oskar, &table.ada] {
        for act in ["suspendParticipation", "resumeParticipation"] {
            person.tries(act, north(&table, json!({}))).await.refused(&["FORBIDDEN"]);
        }
    }
    for stranger in [&table.leo, &table.zoe] {
        let answer = stranger.tries("suspendParticipation", north(&table, json!({}))).await;
        answer.refused(&["NOT_FOUND delegationId"]);
    }
    table.amina.tries("resumeParticipation", north(&table, json!({}))).await.refused(&["FAILED_PRECONDITION"]);
    let suspended = table.amina.does("suspendParticipation", north(&table, json!({}))).await;
    assert_eq!(suspended["participation"], "SUSPENDED");
    table.amina.tries("suspendParticipation", north(&table, json!({}))).await.refused(&["FAILED_PRECONDITION"]);
    table.works().await;
    assert_eq!(told(&table, SUSPENDED), everyone());
    assert_eq!(table.letters().take().len(), EVERYONE.len(), "and nothing else");
    for person in [&table.oskar, &table.chen, &table.ada] {
        let seen = person.node(&table.north["id"], "Delegation", "participation spokesperson { id }").await;
        assert_eq!((&seen["participation"], &seen["spokesperson"]["id"]), (&json!("SUSPENDED"), table.seat("Amina")));
    }
    table.amina.does("resumeParticipation", north(&table, json!({}))).await;
    table.works().await;
    assert_eq!(told(&table, RESUMED), everyone());
    // Whoever does not sit for it any more does not speak for it.
    let elsewhere = json!({ "membershipId": table.seat("Amina"), "delegationId": table.south["id"] });
    table.olga.does("changeMember", elsewhere).await;
    table.amina.tries("suspendParticipation", north(&table, json!({}))).await.refused(&["FORBIDDEN"]);
}

async fn its_members_read_on_and_post_nothing(engine: Engine) {
    let (table, session) = set(engine).await;
    let aside = table.bram.posts(&session, "FACILITATORS", "Aside.").await;
    let item = table.olga.proposes(&session, "Gauges").await;
    let before = session_as_seen(&table.bram, &session).await;
    assert_eq!((&before["viewerCan"]["postNote"], &before["anonymitySetSize"]), (&json!(true), &json!(6)));
    table.amina.does("suspendParticipation", north(&table, json!({}))).await;

    table.chen.posts(&session, "GROUP", "Without them.").await;
    let seen = session_as_seen(&table.bram, &session).await;
    assert_eq!((&seen["notes"]["totalCount"], &seen["viewerCan"]["postNote"]), (&json!(2), &json!(false)));
    assert_eq!(seen["anonymitySetSize"], 4, "who posts nothing hides nobody");
    assert_eq!(session_as_seen(&table.chen, &session).await["viewerCan"]["postNote"], true);
    let of_item = table.farid.node(&item["id"], "AgendaItem", "viewerCan { openSilence postNote }").await;
    assert_eq!(of_item["viewerCan"], json!({ "openSilence": false, "postNote": true }));

    let note = |rest: Value| merged(json!({ "sessionId": session["id"], "body": "B", "visibility": "GROUP" }), rest);
    for rest in [json!({}), json!({ "attribution": "CHATHAM_HOUSE" }), json!({ "visibility": "PRIVATE" })] {
        table.bram.tries("postNote", note(rest)).await.refused(&["FAILED_PRECONDITION"]);
    }
    let release = json!({ "noteId": aside["id"], "visibility": "GROUP", "namesSource": true });
    table.bram.tries("releaseNote", release).await.refused(&["FAILED_PRECONDITION"]);
    table.amina.does("resumeParticipation", north(&table, json!({}))).await;
    table.bram.posts(&session, "GROUP", "Back.").await;
    assert_eq!(session_as_seen(&table.bram, &session).await["anonymitySetSize"], 6);
}

async fn session_as_seen(person: &Person, session: &Value) -> Value {
    let fields = "anonymitySetSize notes { totalCount } viewerCan { postNote }";
    person.node(&session["id"], "Session", fields).await
}

async fn what_is_under_silence_is_withdrawn_and_nothing_opened_unless_it_agrees(engine: Engine) {
    let (table, session) = set(engine).await;
    let item = table.chen.proposes(&session, "Gauges").await;
    let silence = table.farid.opens_silence(&item, &in_half_an_hour(&table)).await;
    table.works().await;
    table.letters().take();
    table.amina.does("suspendParticipation", north(&table, json!({}))).await;
    assert_eq!(status(&table.chen, &silence).await, "WITHDRAWN");
    let seen = table.chen.node(&item["id"], "AgendaItem", "status").await;
    assert_eq!(seen["status"], "PROPOSED");
    table.works().await;
    assert_eq!(told(&table, "A silence procedure was withdrawn").len(), 6, "all who see the text");
    table.letters().take();

    let open = || json!({ "agendaItemId": item["id"], "deadline": in_half_an_hour(&table) });
    table.farid.tries("openSilenceProcedure", open()).await.refused(&["FAILED_PRECONDITION"]);
    let agrees = table.amina.does("suspendParticipation", north(&table, json!({ "silenceMayProceed": true }))).await;
    assert_eq!(agrees["participation"], "SUSPENDED_AGREEING_TO_SILENCE");
    let silence = table.farid.opens_silence(&item, &in_half_an_hour(&table)).await;
    table.works().await;
    assert!(told(&table, SUSPENDED).is_empty(), "it is told once");
    // Its members may still object, and are called to.
    assert!(told(&table, "You may object until a deadline").contains("bram"));
    assert_eq!(table.bram.breaks(&silence, "SUBSTANCE", "No.").await["status"], "BROKEN");

    // With its word it runs out; without it, it is withdrawn again.
    let other = table.chen.proposes(&session, "Levels").await;
    let silence = table.farid.opens_silence(&other, &in_half_an_hour(&table)).await;
    table.passes("31m").await;
    assert_eq!(status(&table.chen, &silence).await, "ADOPTED");
    let third = table.chen.proposes(&session, "Locks").await;
    let silence = table.farid.opens_silence(&third, &in_half_an_hour(&table)).await;
    table.amina.does("suspendParticipation", north(&table, json!({ "silenceMayProceed": false }))).await;
    assert_eq!(status(&table.chen, &silence).await, "WITHDRAWN");
    table.amina.does("resumeParticipation", north(&table, json!({}))).await;
    table.farid.opens_silence(&third, &in_half_an_hour(&table)).await;
}

async fn its_members_are_not_reminded(engine: Engine) {
    let (table, _) = set(engine).await;
    table.amina.does("suspendParticipation", north(&table, json!({}))).await;
    table.works().await;
    table.letters().take();
    let reminded = async |instant: &str| {
        table.clock.stands_at(instant);
        table.works().await;
        let letters = table.letters().take();
        letters.into_iter().map(|it| it.to.split('@').next().unwrap_or_default().to_owned()).collect::<BTreeSet<_>>()
    };
    let others: BTreeSet<String> = ["chen", "farid", "olga", "oskar", "rita"].map(str::to_owned).into();
    assert_eq!(reminded("2027-03-22T08:00:00Z").await, others);
    assert_eq!(reminded("2027-03-26T08:00:00Z").await, others, "nor asked for their answer");
    table.amina.signs_in().await;
    table.amina.does("resumeParticipation", north(&table, json!({}))).await;
    table.works().await;
    table.letters().take();
    assert_eq!(reminded("2027-03-28T08:00:00Z").await, everyone(), "what falls due later comes");
}

async fn its_members_agree_on_who_speaks_for_it(engine: Engine) {
    let (table, _) = set(engine).await;
    let whom = |name: &str| north(&table, json!({ "membershipId": table.seat(name) }));
    for person in [&table.chen, &table.olga, &table.oskar] {
        person.tries("agreeOnSpokesperson", whom("Bram")).await.refused(&["FORBIDDEN"]);
    }
    table.amina.tries("agreeOnSpokesperson", whom("Chen")).await.refused(&["BAD_USER_INPUT membershipId"]);
    let amina = json!({ "id": table.seat("Amina") });
    let bram = json!({ "id": table.seat("Bram") });
    assert_eq!(table.amina.does("agreeOnSpokesperson", whom("Bram")).await["spokesperson"], amina);
    assert_eq!(table.bram.does("agreeOnSpokesperson", whom("Bram")).await["spokesperson"], bram);
    table.amina.tries("suspendParticipation", north(&table, json!({}))).await.refused(&["FORBIDDEN"]);
    assert_eq!(table.bram.does("suspendParticipation", north(&table, json!({}))).await["participation"], "SUSPENDED");

    // One is named when the delegation is made, and counts from when they sit for it.
    let east = json!({ "workingGroupId": table.water["id"], "name": "East", "spokespersonId": table.seat("Chen") });
    let east = table.olga.does("addDelegation", east).await;
    let suspend = json!({ "delegationId": east["id"] });
    table.chen.tries("suspendParticipation", suspend.clone()).await.refused(&["FORBIDDEN"]);
    let seat = json!({ "membershipId": table.seat("Chen"), "delegationId": east["id"] });
    table.olga.does("changeMember", seat).await;
    table.chen.does("suspendParticipation", suspend).await;
    let nobody = json!({ "delegationId": east["id"], "membershipId": null });
    assert!(table.olga.does("nameSpokesperson", nobody).await["spokesperson"].is_null());
}

on_each_database!(
    its_spokesperson_alone_suspends_it_and_all_are_told,
    its_members_read_on_and_post_nothing,
    what_is_under_silence_is_withdrawn_and_nothing_opened_unless_it_agrees,
    its_members_are_not_reminded,
    its_members_agree_on_who_speaks_for_it,
);
