//! Sessions: who is told and reminded when one is scheduled, moved or called off; pages; what happens at once.

use std::sync::Arc;

use dipoli_app::{
    Connection, Cx, PageArgs,
    session::{self, Filter, Reschedule, Schedule, Update},
};
use dipoli_domain::{
    Timestamp,
    id::SessionId,
    membership::Role,
    note::Attribution,
    patch::Patch,
    refusal::Code,
    session::{Move, Rewording, Session, SessionStatus},
    working_group::WorkingGroup,
};
use dipoli_testkit::{Engine, on_each_database};

use crate::world::{Someone, World, instant, one, refused};

on_each_database!(
    scheduling_tells_and_reminds_those_whose_seats_are_in_effect,
    only_the_latest_reminder_that_is_due_leaves_at_once,
    a_draft_mails_nobody_until_it_is_published,
    moving_plans_anew_and_cancelling_ends_it,
    concluding_ends_what_waits,
    a_change_of_an_old_version_is_a_conflict,
    of_two_who_move_at_once_one_does,
    twins_schedule_once,
    a_refused_write_leaves_nothing,
    an_unknown_session_is_like_a_foreign_one,
    pages_go_both_ways,
    a_cursor_is_of_one_list_filter_and_viewer,
    what_upcoming_means,
    rules_of_a_zone_change,
    who_may_change_what,
);

pub fn plan(group: &WorkingGroup, starts_at: &str, ends_at: &str) -> Schedule {
    Schedule {
        working_group_id: group.id.to_string(),
        title: "Third round".to_owned(),
        purpose: "To go on".to_owned(),
        starts_at: starts_at.to_owned(),
        ends_at: ends_at.to_owned(),
        time_zone: None,
        venue: Some("Hall 5".to_owned()),
        join_url: None,
        attribution: None,
        agenda_cut_off: None,
        draft: false,
        idempotency_key: None,
    }
}

/// For the Monday in four weeks.
pub fn in_four_weeks(group: &WorkingGroup) -> Schedule {
    plan(group, "2027-03-29T08:00:00Z", "2027-03-29T10:00:00Z")
}

/// What waits in the outbox: kind, sequence, lead time in seconds, and the minute at which it is due.
async fn waiting(world: &World) -> Vec<String> {
    let minute = if world.raw().is_sqlite() {
        "substr(due_at, 1, 16)"
    } else {
        "to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI')"
    };
    let sql = format!(
        "SELECT kind || ' ' || sequence || ' ' || coalesce(before_seconds, 0) || ' ' || {minute} FROM outbox \
         WHERE state = 'queued' ORDER BY due_at, kind"
    );
    world.raw().texts(&sql).await
}

async fn kinds(world: &World) -> Vec<String> {
    world.raw().texts("SELECT kind FROM outbox WHERE state = 'queued' ORDER BY kind").await
}

async fn organizer(world: &World) -> (WorkingGroup, Someone) {
    let group = world.group(Attribution::ChathamHouse).await;
    let organizer = world.member(&group, Role::Organizer).await;
    (group, organizer)
}

async fn scheduling_tells_and_reminds_those_whose_seats_are_in_effect(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = organizer(&world).await;
    let absent = world.person().await;
    world.promises(absent, &group, Role::Participant).await;
    let session = session::schedule(&world.cx(organizer).await, in_four_weeks(&group)).await.unwrap();
    assert_eq!((session.status, session.sequence, session.version), (SessionStatus::Scheduled, 0, 1));
    assert_eq!(
        waiting(&world).await,
        [
            "session-scheduled 0 0 2027-03-01T09:00",
            "reminder 0 604800 2027-03-22T08:00",
            "answer-missing 0 0 2027-03-26T08:00",
            "reminder 0 86400 2027-03-28T08:00",
            "reminder 0 3600 2027-03-29T07:00",
        ],
        "one member is in effect"
    );
    assert_eq!(world.rows().await["attendee"], 2, "the pending seat attends too");
    let read = session::many(&world.cx(organizer).await, &[session.id]).await.unwrap();
    assert_eq!(read[&session.id], session, "what is stored is what was answered");
}

async fn only_the_latest_reminder_that_is_due_leaves_at_once(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = organizer(&world).await;
    let soon = plan(&group, "2027-03-01T19:00:00Z", "2027-03-01T20:00:00Z");
    session::schedule(&world.cx(organizer).await, soon).await.unwrap();
    assert_eq!(
        waiting(&world).await,
        [
            "reminder 0 86400 2027-03-01T09:00",
            "session-scheduled 0 0 2027-03-01T09:00",
            "reminder 0 3600 2027-03-01T18:00"
        ]
    );
}

async fn a_draft_mails_nobody_until_it_is_published(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = organizer(&world).await;
    let participant = world.member(&group, Role::Participant).await;
    let cx = world.cx(organizer).await;
    let draft = session::schedule(&cx, Schedule { draft: true, ..in_four_weeks(&group) }).await.unwrap();
    let later = Move { starts_at: Patch::Set("2027-03-30T08:00:00Z".to_owned()), ..Move::default() };
    let input = Reschedule { session_id: draft.id.to_string(), expected_version: 1, change: later };
    let draft = session::reschedule(&cx, input).await.unwrap();
    assert!(kinds(&world).await.is_empty());
    assert!(session::many(&world.cx(participant).await, &[draft.id]).await.unwrap().is_empty());
    let published = session::publish(&cx, &draft.id.to_string(), draft.version).await.unwrap();
    assert_eq!((published.sequence, published.version), (1, 3));
    assert_eq!(kinds(&world).await.len(), 2 * 5);
    assert!(session::many(&world.cx(participant).await, &[draft.id]).await.unwrap().contains_key(&draft.id));

    let other = session::schedule(&cx, Schedule { draft: true, ..in_four_weeks(&group) }).await.unwrap();
    session::cancel(&cx, &other.id.to_string(), 1, Some("No hall.")).await.unwrap();
    assert_eq!(kinds(&world).await.len(), 2 * 5, "a draft that is cancelled mails nobody either");
    assert!(session::many(&world.cx(participant).await, &[other.id]).await.unwrap().is_empty());
}

/// What told of sessions has been delivered.
async fn have_left(world: &World) {
    world.raw().run("UPDATE outbox SET state = 'sent' WHERE kind = 'session-scheduled'").await;
}

async fn moving_plans_anew_and_cancelling_ends_it(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = organizer(&world).await;
    let cx = world.cx(organizer).await;
    let session = session::schedule(&cx, in_four_weeks(&group)).await.unwrap();
    have_left(&world).await;
    let later = Move { starts_at: Patch::Set("2027-04-05T08:00:00Z".to_owned()), ..Move::default() };
    let input = Reschedule { session_id: session.id.to_string(), expected_version: 1, change: later };
    let moved = session::reschedule(&cx, input).await.unwrap();
    assert_eq!((moved.sequence, moved.version), (1, 2));
    assert_eq!(moved.ends_at(), instant("2027-04-05T10:00:00Z"));
    assert_eq!(
        waiting(&world).await,
        [
            "session-moved 1 0 2027-03-01T09:05",
            "reminder 1 604800 2027-03-29T08:00",
            "answer-missing 1 0 2027-04-02T08:00",
            "reminder 1 86400 2027-04-04T08:00",
            "reminder 1 3600 2027-04-05T07:00"
        ]
    );
    let cancelled = session::cancel(&cx, &moved.id.to_string(), 2, Some("The hall burnt down.")).await.unwrap();
    assert_eq!(waiting(&world).await, ["session-cancelled 2 0 2027-03-01T09:00"]);
    let read = session::many(&cx, &[moved.id]).await.unwrap().remove(&moved.id).unwrap();
    assert_eq!((read.cancel_reason.as_deref(), &read), (Some("The hall burnt down."), &cancelled));
    assert_eq!(refused(session::cancel(&cx, &moved.id.to_string(), 3, None).await), one(Code::FailedPrecondition, ""));
}

async fn concluding_ends_what_waits(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = organizer(&world).await;
    let session = session::schedule(&world.cx(organizer).await, in_four_weeks(&group)).await.unwrap();
    let id = session.id.to_string();
    let early = session::conclude(&world.cx(organizer).await, &id, 1, None).await;
    assert_eq!(refused(early), one(Code::FailedPrecondition, ""));
    world.stands_at("2027-03-29T09:00:00Z");
    session::conclude(&world.cx(organizer).await, &id, 1, None).await.unwrap();
    assert!(kinds(&world).await.is_empty());
}

async fn a_change_of_an_old_version_is_a_conflict(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = organizer(&world).await;
    let cx = world.cx(organizer).await;
    let session = session::schedule(&cx, in_four_weeks(&group)).await.unwrap();
    let title = |expected_version| Update {
        session_id: session.id.to_string(),
        expected_version,
        change: Rewording { title: Patch::Set("Fourth round".to_owned()), ..Rewording::default() },
    };
    session::update(&cx, title(1)).await.unwrap();
    let before = world.rows().await;
    assert_eq!(refused(session::update(&cx, title(1)).await), one(Code::Conflict, "expectedVersion"));
    assert_eq!(world.rows().await, before);
}

async fn of_two_who_move_at_once_one_does(engine: Engine) {
    let world = Arc::new(World::on(engine).await);
    let (group, organizer) = organizer(&world).await;
    let cx = world.cx(organizer).await;
    let session = session::schedule(&cx, in_four_weeks(&group)).await.unwrap();
    have_left(&world).await;
    let tasks: Vec<_> = (0..8)
        .map(|hour| {
            let (cx, session_id) = (cx.clone(), session.id.to_string());
            let starts_at = Patch::Set(format!("2027-04-05T{:02}:00:00Z", 8 + hour));
            let change = Move { starts_at, ..Move::default() };
            tokio::spawn(async move {
                session::reschedule(&cx, Reschedule { session_id, expected_version: 1, change }).await
            })
        })
        .collect();
    let mut moved = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(session) => moved += session.version - 1,
            refusal => assert_eq!(refused(refusal), one(Code::Conflict, "expectedVersion")),
        }
    }
    assert_eq!(moved, 1);
    assert_eq!(kinds(&world).await.iter().filter(|kind| *kind == "session-moved").count(), 1);
}

async fn twins_schedule_once(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = organizer(&world).await;
    let cx = world.cx(organizer).await;
    let before = world.rows().await;
    let sent = || Schedule { idempotency_key: Some("round three".to_owned()), ..in_four_weeks(&group) };
    let twins: Vec<_> = (0..50)
        .map(|_| {
            let (cx, input) = (cx.clone(), sent());
            tokio::spawn(async move { session::schedule(&cx, input).await.map(|session| session.id) })
        })
        .collect();
    let mut made: Vec<SessionId> = Vec::new();
    for twin in twins {
        made.push(twin.await.unwrap().unwrap());
    }
    made.dedup();
    assert_eq!(made.len(), 1, "all get the one result");
    let after = world.rows().await;
    assert_eq!(after["session"] - before["session"], 1);
    assert_eq!(after["audit_event"] - before["audit_event"], 1);
    let other = Schedule { title: "Fourth round".to_owned(), ..sent() };
    assert_eq!(refused(session::schedule(&cx, other).await), one(Code::Conflict, "idempotencyKey"));
    world.passes("25h");
    let again = session::schedule(&world.cx(organizer).await, sent()).await.unwrap();
    assert_ne!(again.id, made[0], "after a day the key is forgotten");
}

async fn a_refused_write_leaves_nothing(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = organizer(&world).await;
    let participant = world.member(&group, Role::Participant).await;
    let cx = world.cx(organizer).await;
    let before = world.rows().await;
    let wrong = Schedule {
        title: " ".to_owned(),
        time_zone: Some("Mars/Olympus".to_owned()),
        ends_at: "2027-03-29T08:00:00".to_owned(),
        idempotency_key: Some("k".to_owned()),
        ..in_four_weeks(&group)
    };
    let fields: Vec<_> = refused(session::schedule(&cx, wrong).await).into_iter().map(|(_, field)| field).collect();
    assert_eq!(fields, ["title", "timeZone", "endsAt"]);
    let backwards = plan(&group, "2027-03-29T08:00:00Z", "2027-03-29T07:00:00Z");
    assert_eq!(refused(session::schedule(&cx, backwards).await), one(Code::BadUserInput, "endsAt"));
    let past = plan(&group, "2027-02-01T08:00:00Z", "2027-02-01T09:00:00Z");
    assert_eq!(refused(session::schedule(&cx, past).await), one(Code::BadUserInput, "startsAt"));
    assert_eq!(world.rows().await, before);
    let cx = world.cx(participant).await;
    assert_eq!(refused(session::schedule(&cx, in_four_weeks(&group)).await), one(Code::Forbidden, ""));
    let mut with_the_denial = before.clone();
    *with_the_denial.entry("audit_event".to_owned()).or_default() += 1;
    assert_eq!(world.rows().await, with_the_denial, "that it was tried is noted, and nothing else");
}

async fn an_unknown_session_is_like_a_foreign_one(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = organizer(&world).await;
    let (other_group, stranger) = self::organizer(&world).await;
    let session = session::schedule(&world.cx(organizer).await, in_four_weeks(&group)).await.unwrap();
    let cx = world.cx(stranger).await;
    let before = world.rows().await;
    let unknown = one(Code::NotFound, "sessionId");
    for id in [session.id.to_string(), SessionId::random().to_string(), other_group.id.to_string(), "x".to_owned()] {
        assert_eq!(refused(session::publish(&cx, &id, 1).await), unknown, "{id}");
        assert_eq!(refused(session::cancel(&cx, &id, 1, None).await), unknown, "{id}");
        assert_eq!(refused(session::conclude(&cx, &id, 1, None).await), unknown, "{id}");
        let change = Move::default();
        let input = Reschedule { session_id: id.clone(), expected_version: 1, change };
        assert_eq!(refused(session::reschedule(&cx, input).await), unknown, "{id}");
        let input = Update { session_id: id.clone(), expected_version: 1, change: Rewording::default() };
        assert_eq!(refused(session::update(&cx, input).await), unknown, "{id}");
    }
    let foreign = in_four_weeks(&group);
    assert_eq!(refused(session::schedule(&cx, foreign).await), one(Code::NotFound, "workingGroupId"));
    assert_eq!(world.rows().await, before);
}

async fn seven(world: &World, cx: &Cx, group: &WorkingGroup) -> Vec<Session> {
    let mut sessions = Vec::new();
    // Two start at the same time: ids decide.
    for day in [29, 27, 28, 27, 25, 26, 24] {
        let (starts, ends) = (format!("2027-03-{day}T08:00:00.5Z"), format!("2027-03-{day}T10:00:00Z"));
        sessions.push(session::schedule(cx, plan(group, &starts, &ends)).await.unwrap());
    }
    sessions.sort_by_key(|session| (session.starts_at(), session.id.uuid()));
    assert!(world.now() < sessions[0].starts_at());
    sessions
}

fn ids(connection: &Connection<Session>) -> Vec<SessionId> {
    connection.edges.iter().map(|edge| edge.node.id).collect()
}

async fn pages_go_both_ways(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = organizer(&world).await;
    let cx = world.cx(organizer).await;
    let all: Vec<_> = seven(&world, &cx, &group).await.iter().map(|session| session.id).collect();
    let page = async |args: PageArgs| session::list(&cx, &Filter::default(), &args).await.unwrap();
    let first =
        |first, after: Option<&String>| PageArgs { first: Some(first), after: after.cloned(), ..PageArgs::default() };
    let last =
        |last, before: Option<&String>| PageArgs { last: Some(last), before: before.cloned(), ..PageArgs::default() };

    let one = page(first(3, None)).await;
    assert_eq!((ids(&one), one.has_previous, one.has_next), (all[..3].to_vec(), false, true));
    let two = page(first(3, Some(&one.edges[2].cursor))).await;
    assert_eq!((ids(&two), two.has_previous, two.has_next), (all[3..6].to_vec(), true, true));
    let three = page(first(3, Some(&two.edges[2].cursor))).await;
    assert_eq!((ids(&three), three.has_previous, three.has_next), (all[6..].to_vec(), true, false));

    let end = page(last(3, None)).await;
    assert_eq!((ids(&end), end.has_previous, end.has_next), (all[4..].to_vec(), true, false));
    let back = page(last(3, Some(&end.edges[0].cursor))).await;
    assert_eq!((ids(&back), back.has_previous, back.has_next), (all[1..4].to_vec(), true, true));
    let start = page(last(3, Some(&back.edges[0].cursor))).await;
    assert_eq!((ids(&start), start.has_previous, start.has_next), (all[..1].to_vec(), false, true));

    let between = PageArgs {
        after: Some(one.edges[0].cursor.clone()),
        before: Some(end.edges[0].cursor.clone()),
        ..first(2, None)
    };
    let between = page(between).await;
    assert_eq!((ids(&between), between.has_previous, between.has_next), (all[1..3].to_vec(), true, true));
    let beyond = page(first(3, Some(&three.edges[0].cursor))).await;
    assert_eq!((ids(&beyond), beyond.has_previous, beyond.has_next), (vec![], true, false));
    let none = page(first(0, None)).await;
    assert_eq!((ids(&none), none.has_next), (vec![], true));
    assert_eq!(session::count(&cx, &Filter::default()).await.unwrap(), 7);

    let of_group = session::of_groups(&cx, &[group.id], &Filter::default(), &last(3, None)).await.unwrap();
    let connection = &of_group[&group.id];
    assert_eq!((ids(connection), connection.has_previous, connection.has_next), (all[4..].to_vec(), true, false));
    let before = last(3, Some(&connection.edges[0].cursor));
    let of_group = session::of_groups(&cx, &[group.id], &Filter::default(), &before).await.unwrap();
    assert_eq!((ids(&of_group[&group.id]), of_group[&group.id].has_next), (all[1..4].to_vec(), true));
    let counts = session::counts_of_groups(&cx, &[group.id], &Filter::default()).await.unwrap();
    assert_eq!(counts[&group.id], 7);
}

async fn a_cursor_is_of_one_list_filter_and_viewer(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = organizer(&world).await;
    let participant = world.member(&group, Role::Participant).await;
    let cx = world.cx(organizer).await;
    seven(&world, &cx, &group).await;
    let everything = Filter::default();
    let cursor = session::list(&cx, &everything, &PageArgs::default()).await.unwrap().edges[0].cursor.clone();
    let again = session::list(&cx, &everything, &PageArgs::default()).await.unwrap().edges[0].cursor.clone();
    assert_eq!(cursor, again, "a row's cursor stays");
    let after = |cursor: &str| PageArgs { after: Some(cursor.to_owned()), ..PageArgs::default() };
    let refusal = one(Code::BadUserInput, "after");
    let scheduled = Filter { status: Some(vec![SessionStatus::Scheduled]), ..Filter::default() };
    assert_eq!(refused(session::list(&cx, &scheduled, &after(&cursor)).await), refusal);
    assert_eq!(refused(session::upcoming(&cx, &after(&cursor)).await), refusal);
    let of_group = session::of_groups(&cx, &[group.id], &everything, &after(&cursor)).await;
    assert_eq!(refused(of_group), refusal);
    let theirs = world.cx(participant).await;
    assert_eq!(refused(session::list(&theirs, &everything, &after(&cursor)).await), refusal);
    for garbage in ["", "x", "b2Zmc2V0OjM", &cursor[..cursor.len() - 1], &format!("{cursor}A")] {
        assert_eq!(refused(session::list(&cx, &everything, &after(garbage)).await), refusal, "{garbage}");
    }
    let both =
        PageArgs { first: Some(101), after: Some("x".to_owned()), before: Some("y".to_owned()), ..PageArgs::default() };
    let fields: Vec<_> =
        refused(session::list(&cx, &everything, &both).await).into_iter().map(|(_, field)| field).collect();
    assert_eq!(fields, ["after", "before", "first"], "each field has its own");
}

async fn what_upcoming_means(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = organizer(&world).await;
    let cx = world.cx(organizer).await;
    let all = seven(&world, &cx, &group).await;
    session::schedule(&cx, Schedule { draft: true, ..in_four_weeks(&group) }).await.unwrap();
    session::cancel(&cx, &all[3].id.to_string(), 1, None).await.unwrap();
    world.stands_at("2027-03-25T09:00:00Z");
    let cx = world.cx(organizer).await;
    let upcoming = session::upcoming(&cx, &PageArgs::default()).await.unwrap();
    let expected: Vec<_> = [1, 2, 4, 5, 6].iter().map(|place| all[*place].id).collect();
    assert_eq!(ids(&upcoming), expected, "neither what has ended nor what is cancelled nor the draft");
    assert_eq!(session::count_upcoming(&cx).await.unwrap(), 5);
    let filter = Filter { status: Some(vec![]), ..Filter::default() };
    assert!(session::list(&cx, &filter, &PageArgs::default()).await.unwrap().edges.is_empty());
    let filter = Filter {
        starts_after: Some("2027-03-27T08:00:00.5Z".to_owned()),
        starts_before: Some("2027-03-29T09:00:00+01:00".to_owned()),
        ..Filter::default()
    };
    let listed = session::list(&cx, &filter, &PageArgs::default()).await.unwrap();
    assert_eq!(ids(&listed), [all[5].id], "after and before are strict");
    let wrong = Filter { starts_after: Some("x".into()), starts_before: Some("y".into()), ..Filter::default() };
    let fields = refused(session::list(&cx, &wrong, &PageArgs::default()).await);
    assert_eq!(fields.into_iter().map(|(_, field)| field).collect::<Vec<_>>(), ["startsAfter", "startsBefore"]);
}

/// The MAC of a session's row that starts at another instant than its wall clock says.
fn mac(world: &World, session: &Session, starts_at: Timestamp) -> [u8; 32] {
    let number = |number: i64| number.to_be_bytes();
    world.store().mac(
        "row.session",
        &[
            session.id.uuid().as_bytes(),
            session.group.uuid().as_bytes(),
            session.status.word().as_bytes(),
            &[1],
            session.starts.local.to_string().as_bytes(),
            session.ends.local.to_string().as_bytes(),
            session.zone().name().as_bytes(),
            &number(starts_at.as_microsecond()),
            &number(session.ends_at().as_microsecond()),
            session.attribution.word().as_bytes(),
            &number(session.sequence.into()),
            &number(session.version.into()),
        ],
    )
}

async fn rules_of_a_zone_change(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = organizer(&world).await;
    let cx = world.cx(organizer).await;
    let session = session::schedule(&cx, in_four_weeks(&group)).await.unwrap();
    let held = session::schedule(&cx, plan(&group, "2027-04-01T08:00:00Z", "2027-04-01T09:00:00Z")).await.unwrap();
    have_left(&world).await;
    // As if it had been computed, and written, by rules under which Warsaw was two hours from UTC in winter.
    let stale = instant("2027-03-29T07:00:00Z");
    let mac: String = mac(&world, &session, stale).iter().map(|byte| format!("{byte:02x}")).collect();
    let id = session.id.uuid().simple();
    let (id, mac) = match world.raw().is_sqlite() {
        true => (format!("X'{id}'"), format!("X'{mac}'")),
        false => (format!("CAST('{id}' AS uuid)"), format!("CAST('\\x{mac}' AS bytea)")),
    };
    let write = format!("UPDATE session SET starts_at = '2027-03-29T07:00:00+00:00', mac = {mac} WHERE id = {id}");
    world.raw().run(&write).await;
    assert_eq!(session::recompute_instants(&world.track).await.unwrap(), 1);
    let read = session::many(&cx, &[session.id, held.id]).await.unwrap();
    assert_eq!((read[&session.id].sequence, read[&session.id].version), (1, 2));
    assert_eq!(read[&session.id].starts, session.starts, "the wall clock stays");
    assert_eq!(read[&held.id].version, 1);
    let told = ["session-moved", "session-changed"];
    assert!(kinds(&world).await.iter().any(|kind| told.contains(&kind.as_str())), "{:?}", kinds(&world).await);
    assert_eq!(session::recompute_instants(&world.track).await.unwrap(), 0);
    let recomputed = "SELECT action FROM audit_event WHERE actor_id IS NULL AND action LIKE 'session.%'";
    assert_eq!(world.raw().texts(recomputed).await, ["session.recomputed"]);
}

async fn who_may_change_what(engine: Engine) {
    let world = World::on(engine).await;
    let group = world.group(Attribution::Named).await;
    let organizer = world.member(&group, Role::Organizer).await;
    let session = session::schedule(&world.cx(organizer).await, in_four_weeks(&group)).await.unwrap();
    let stricter = |expected_version| Update {
        session_id: session.id.to_string(),
        expected_version,
        change: Rewording { attribution: Patch::Set(Attribution::ChathamHouse), ..Rewording::default() },
    };
    for role in Role::ALL {
        let cx = world.cx(world.member(&group, *role).await).await;
        let can = session::can(&cx, &session);
        let (convenes, leads) = (*role == Role::Organizer, matches!(role, Role::Organizer | Role::Facilitator));
        let takes_part = *role != Role::Observer;
        assert_eq!(
            [can.reschedule, can.publish, can.update, can.cancel, can.conclude],
            [convenes, false, convenes, convenes, false],
            "{role:?}: it is published, and has not begun"
        );
        assert_eq!([can.tighten_attribution, can.order_agenda], [leads, leads], "{role:?}");
        assert_eq!([can.propose_agenda_item, can.post_note, can.respond], [takes_part, takes_part, true], "{role:?}");
        if !leads {
            assert_eq!(refused(session::update(&cx, stricter(1)).await), one(Code::Forbidden, ""), "{role:?}");
        }
    }
    let facilitator = world.cx(world.member(&group, Role::Facilitator).await).await;
    let both =
        Update { change: Rewording { title: Patch::Set("Mine".to_owned()), ..stricter(1).change }, ..stricter(1) };
    assert_eq!(refused(session::update(&facilitator, both).await), one(Code::Forbidden, ""));
    let tightened = session::update(&facilitator, stricter(1)).await.unwrap();
    assert_eq!(tightened.attribution, Attribution::ChathamHouse);
    assert!(!session::can(&facilitator, &tightened).tighten_attribution);
}
