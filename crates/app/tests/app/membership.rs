//! Seats: who may give, change and take them, what they open and from when on, and what a pending one tells.

use std::sync::Arc;

use dipoli_app::{
    Connection, Cx, PageArgs,
    membership::{self, Add, Change},
    person, session,
};
use dipoli_domain::{
    audit::Action,
    delegation::Delegation,
    id::{DelegationId, MembershipId, PersonId},
    membership::{Capacity, Membership, Reading, Role, Seating},
    note::Attribution,
    patch::Patch,
    refusal::Code,
    working_group::WorkingGroup,
};
use dipoli_testkit::{Engine, on_each_database};

use crate::{
    session::in_four_weeks,
    world::{Someone, World, instant, one, refused},
};

on_each_database!(
    nobody_seats_themself,
    the_last_organizer_stays,
    two_organizers_cannot_remove_each_other,
    a_known_address_is_answered_like_an_unknown_one,
    invitations_are_few,
    a_seat_takes_effect_at_the_next_sign_in,
    a_role_opens_what_comes_after_it,
    who_comes_back_finds_nothing_opened,
    refused_seats,
    a_foreign_id_is_like_a_random_one,
    a_change_is_told_to_the_group,
    a_change_that_changes_nothing_leaves_no_trace,
    twins_seat_once,
    a_replay_asks_the_policy_again,
    a_new_seat_attends_what_is_to_come,
    members_are_listed,
);

pub fn by_id(group: &WorkingGroup, who: Someone, role: Role) -> Add {
    Add {
        working_group_id: group.id.to_string(),
        person_id: Some(who.0.to_string()),
        email: None,
        display_name: None,
        role,
        capacity: Capacity::Official,
        delegation_id: None,
        idempotency_key: None,
    }
}

pub fn by_address(group: &WorkingGroup, email: &str, role: Role) -> Add {
    let (email, display_name) = (Some(email.to_owned()), Some("Nadia Given".to_owned()));
    Add { person_id: None, email, display_name, ..by_id(group, Someone(PersonId::random()), role) }
}

pub fn change(seat: MembershipId) -> Change {
    Change { membership_id: seat.to_string(), role: Patch::Keep, capacity: Patch::Keep, delegation_id: Patch::Keep }
}

fn address(who: Someone) -> String {
    format!("{}@example.org", who.0)
}

async fn group_of(world: &World) -> (WorkingGroup, Someone) {
    let group = world.group(Attribution::Named).await;
    let organizer = world.member(&group, Role::Organizer).await;
    (group, organizer)
}

/// As if the person had signed in again.
async fn signs_in(world: &World, who: Someone) -> usize {
    let tx = world.begins().await;
    let seated = tx.seat_awaiting(who.0).await.unwrap().len();
    world.commits(tx).await;
    seated
}

async fn reading(world: &World, seat: MembershipId) -> Reading {
    world.begins().await.seat(seat).await.unwrap().unwrap().reading
}

async fn letters(world: &World, kind: &str) -> Vec<String> {
    let own = if world.raw().is_sqlite() { "CAST(own AS TEXT)" } else { "CAST(CAST(own AS int) AS TEXT)" };
    let sql = format!("SELECT {own} FROM outbox WHERE kind = '{kind}' AND state = 'queued' ORDER BY 1");
    world.raw().texts(&sql).await
}

async fn nobody_seats_themself(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = group_of(&world).await;
    let other = world.group(Attribution::Named).await;
    let administrator = world.administrator().await;
    let admin = world.cx_of_administrator(administrator);
    let own = world.seats(organizer, &other, Role::Organizer, None).await;
    let cx = world.cx(organizer).await;
    let forbidden = one(Code::Forbidden, "");
    let mut before = world.rows().await;
    for email in [address(organizer), address(organizer).to_uppercase()] {
        assert_eq!(refused(membership::add(&cx, by_address(&group, &email, Role::Organizer)).await), forbidden);
    }
    assert_eq!(refused(membership::add(&cx, by_id(&group, organizer, Role::Facilitator)).await), forbidden);
    let his = by_address(&group, &address(administrator), Role::Observer);
    assert_eq!(refused(membership::add(&admin, his).await), forbidden);
    assert_eq!(refused(membership::add(&admin, by_id(&group, administrator, Role::Observer)).await), forbidden);
    let promotion = Change { role: Patch::Set(Role::Facilitator), ..change(own) };
    assert_eq!(refused(membership::change(&cx, promotion).await), forbidden);
    assert_eq!(refused(membership::remove(&cx, &own.to_string()).await), forbidden);
    *before.get_mut("audit_event").unwrap() += 7;
    assert_eq!(world.rows().await, before, "nothing but that it was tried");
}

async fn the_last_organizer_stays(engine: Engine) {
    let world = World::on(engine).await;
    let group = world.group(Attribution::Named).await;
    let (first, second) = (world.person().await, world.person().await);
    let firsts = world.seats(first, &group, Role::Organizer, None).await;
    let seconds = world.seats(second, &group, Role::Organizer, None).await;
    world.promises(world.person().await, &group, Role::Organizer).await;
    let demotion = |seat| Change { role: Patch::Set(Role::Participant), ..change(seat) };
    let demoted = membership::change(&world.cx(first).await, demotion(seconds)).await.unwrap();
    assert_eq!(demoted.role, Role::Participant);
    let admin = world.cx_of_administrator(world.administrator().await);
    let before = world.rows().await;
    assert_eq!(refused(membership::change(&admin, demotion(firsts)).await), one(Code::BadUserInput, "role"));
    let last = refused(membership::remove(&admin, &firsts.to_string()).await);
    assert_eq!(last, one(Code::BadUserInput, "membershipId"), "a pending organizer is none yet");
    assert_eq!(world.rows().await, before);
    let capacity = Change { capacity: Patch::Set(Capacity::Expert), ..change(firsts) };
    assert_eq!(membership::change(&admin, capacity).await.unwrap().capacity, Capacity::Expert);
}

async fn two_organizers_cannot_remove_each_other(engine: Engine) {
    let world = World::on(engine).await;
    let group = world.group(Attribution::Named).await;
    let (first, second) = (world.person().await, world.person().await);
    let firsts = world.seats(first, &group, Role::Organizer, None).await;
    let seconds = world.seats(second, &group, Role::Organizer, None).await;
    let (one_cx, other_cx) = (world.cx(first).await, world.cx(second).await);
    let (one_seat, other_seat) = (seconds.to_string(), firsts.to_string());
    let (one_of, other) =
        tokio::join!(membership::remove(&one_cx, &one_seat), membership::remove(&other_cx, &other_seat));
    assert!(one_of.is_ok() != other.is_ok(), "one of them stays");
    assert_eq!(refused(if one_of.is_ok() { other } else { one_of }), one(Code::BadUserInput, "membershipId"));
}

/// The answer without what is random.
fn canonical(seat: &Membership) -> String {
    format!("{seat:?}").replace(&format!("{:?}", seat.id), "seat").replace(&format!("{:?}", seat.person.id), "person")
}

async fn a_known_address_is_answered_like_an_unknown_one(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = group_of(&world).await;
    let elsewhere = world.group(Attribution::Named).await;
    let known = world.member(&elsewhere, Role::Facilitator).await;
    let cx = world.cx(organizer).await;
    let (unknown_email, known_email) = ("nadia.unknown@example.org".to_owned(), address(known));
    let unknown = membership::add(&cx, by_address(&group, &unknown_email, Role::Participant)).await.unwrap();
    let known = membership::add(&cx, by_address(&group, &known_email, Role::Participant)).await.unwrap();
    assert_eq!((known.seating, known.person.display_name.as_str()), (Seating::Pending, "Nadia Given"));
    assert_eq!(canonical(&known).replace(&known_email, &unknown_email), canonical(&unknown));
    let admin = world.cx_of_administrator(world.administrator().await);
    for (cx, address) in
        [(&cx, true), (&world.cx(world.member(&group, Role::Observer).await).await, false), (&admin, true)]
    {
        let seen = membership::many(cx, &[unknown.id, known.id]).await.unwrap();
        let [unknown, known] = [&seen[&unknown.id], &seen[&known.id]];
        assert_eq!(canonical(known).replace(&known_email, &unknown_email), canonical(unknown));
        assert_eq!(known.person.email.is_some(), address);
    }
    let people = person::many(&cx, &[unknown.person.id, known.person.id]).await.unwrap();
    assert_eq!(people[&known.person.id], known.person);
    assert_eq!(people[&unknown.person.id], unknown.person);
    assert_eq!(letters(&world, "invitation").await, ["1"]);
    assert_eq!(letters(&world, "seat-given").await, ["0", "0", "1"], "the organizer twice, and who has an account");
}

async fn invitations_are_few(engine: Engine) {
    let world = World::on(engine).await;
    let admin = world.cx_of_administrator(world.administrator().await);
    for _ in 0..4 {
        let group = world.group(Attribution::Named).await;
        membership::add(&admin, by_address(&group, "nadia@example.org", Role::Observer)).await.unwrap();
    }
    assert_eq!(letters(&world, "invitation").await.len(), 3);
    assert_eq!(world.rows().await["membership"], 4);
}

async fn a_seat_takes_effect_at_the_next_sign_in(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = group_of(&world).await;
    let who = world.person().await;
    let cx = world.cx(organizer).await;
    let seat = membership::add(&cx, by_address(&group, &address(who), Role::Participant)).await.unwrap();
    assert_eq!(reading(&world, seat.id).await, Reading::default());
    assert!(world.cx(who).await.viewer.seats.is_empty());
    world.passes("24h");
    assert_eq!(signs_in(&world, who).await, 1);
    assert_eq!(signs_in(&world, who).await, 0, "once");
    let now = Some(world.now());
    let expected = Reading { group: now, posts: now, ..Reading::default() };
    assert_eq!(reading(&world, seat.id).await, expected, "nothing from before");
    let seen = membership::many(&world.cx(organizer).await, &[seat.id]).await.unwrap().remove(&seat.id).unwrap();
    assert_eq!((seen.seating, seen.seated_on()), (Seating::Since(world.now()), Some(seen.changed_on)));
    assert_eq!(seen.person.display_name, format!("Person {}", who.0), "their own name from now on");
    assert_eq!(seen.changed_on.to_string(), "2027-03-02");
    let by_id = by_id(&group, world.person_seen_by(organizer).await, Role::Observer);
    let at_once = membership::add(&world.cx(organizer).await, by_id).await.unwrap();
    assert_eq!(at_once.seating, Seating::Since(world.now()), "who is known and has accepted sits down");
}

async fn a_role_opens_what_comes_after_it(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = group_of(&world).await;
    let (north, south) = (world.delegation(&group, "North").await, world.delegation(&group, "South").await);
    let who = world.person().await;
    let seat = world.seats(who, &group, Role::Participant, Some(&north)).await;
    let cx = world.cx(organizer).await;
    let (start, later) = (Some(world.now()), Some(instant("2027-03-01T10:00:00Z")));
    world.passes("1h");
    let side = |delegation: &Delegation| Patch::Set(delegation.id.to_string());
    let input = Change { role: Patch::Set(Role::Facilitator), delegation_id: side(&south), ..change(seat) };
    let cx = Cx { now: world.now(), ..cx };
    let changed = membership::change(&cx, input).await.unwrap();
    assert_eq!((changed.role, changed.delegation), (Role::Facilitator, Some(south)));
    let expected = Reading { group: start, facilitators: later, delegation: later, posts: start, sits: later };
    assert_eq!(reading(&world, seat).await, expected);
    let input = Change { role: Patch::Set(Role::Observer), delegation_id: Patch::Clear, ..change(seat) };
    assert_eq!(membership::change(&cx, input).await.unwrap().delegation, None);
    assert_eq!(reading(&world, seat).await, Reading::default());
    let events = "SELECT action FROM audit_event WHERE action LIKE 'membership.%' ORDER BY action";
    let expected = ["membership.changed", "membership.changed", "membership.role_changed", "membership.role_changed"];
    assert_eq!(world.raw().texts(events).await, expected);
}

async fn who_comes_back_finds_nothing_opened(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = group_of(&world).await;
    let who = world.person().await;
    let seat = world.seats(who, &group, Role::Facilitator, None).await;
    let cx = world.cx(organizer).await;
    assert_eq!(membership::remove(&cx, &seat.to_string()).await.unwrap(), seat);
    assert_eq!(reading(&world, seat).await, Reading::default());
    assert!(world.cx(who).await.viewer.seats.is_empty());
    let left = membership::many(&cx, &[seat]).await.unwrap().remove(&seat).unwrap();
    assert_eq!((left.seating, left.seated_on()), (Seating::Left, None));
    assert_eq!(left.person.display_name, format!("Person {}", who.0), "it goes on naming");
    assert!(!membership::can(&cx, &left).manage);
    assert_eq!(refused(membership::remove(&cx, &seat.to_string()).await), one(Code::FailedPrecondition, ""));
    assert_eq!(refused(membership::change(&cx, change(seat)).await), one(Code::FailedPrecondition, ""));
    world.passes("1h");
    let cx = world.cx(organizer).await;
    let back = membership::add(&cx, by_address(&group, &address(who), Role::Participant)).await.unwrap();
    assert_eq!((back.id, back.seating), (seat, Seating::Pending));
    assert_eq!(back.person.display_name, format!("Person {}", who.0), "earlier notes name them by this seat");
    signs_in(&world, who).await;
    let now = Some(world.now());
    assert_eq!(reading(&world, seat).await, Reading { group: now, posts: now, ..Reading::default() });
}

async fn refused_seats(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = group_of(&world).await;
    let other = world.group(Attribution::Named).await;
    let foreign = world.delegation(&other, "Far").await;
    let member = world.member(&group, Role::Participant).await;
    world.promises(world.person().await, &group, Role::Observer).await;
    let cx = world.cx(organizer).await;
    let before = world.rows().await;
    let again = [
        (by_id(&group, member, Role::Observer), "personId"),
        (by_address(&group, &address(member), Role::Observer), "email"),
    ];
    for (input, field) in again {
        assert_eq!(refused(membership::add(&cx, input).await), one(Code::BadUserInput, field), "a second seat");
    }
    let stranger = || by_address(&group, "nadia@example.org", Role::Observer);
    let both = Add { person_id: Some(member.0.to_string()), ..stranger() };
    let neither = Add { email: None, ..stranger() };
    for input in [both, neither] {
        let fields = [(Code::BadUserInput, "personId".to_owned()), (Code::BadUserInput, "email".to_owned())];
        assert_eq!(refused(membership::add(&cx, input).await), fields);
    }
    let nameless = Add { display_name: None, ..stranger() };
    assert_eq!(refused(membership::add(&cx, nameless).await), one(Code::BadUserInput, "displayName"));
    let nowhere = Add { email: Some("nadia".to_owned()), ..stranger() };
    assert_eq!(refused(membership::add(&cx, nowhere).await), one(Code::BadUserInput, "email"));
    let seat = membership_of(&world, organizer, member, &group).await;
    let no_role = Change { role: Patch::Clear, capacity: Patch::Clear, ..change(seat) };
    let fields = [(Code::BadUserInput, "role".to_owned()), (Code::BadUserInput, "capacity".to_owned())];
    assert_eq!(refused(membership::change(&cx, no_role).await), fields);
    for delegation in [foreign.id.to_string(), DelegationId::random().to_string(), "x".to_owned()] {
        let input = Add { delegation_id: Some(delegation.clone()), ..stranger() };
        assert_eq!(refused(membership::add(&cx, input).await), one(Code::NotFound, "delegationId"));
        let input = Change { delegation_id: Patch::Set(delegation), ..change(seat) };
        assert_eq!(refused(membership::change(&cx, input).await), one(Code::NotFound, "delegationId"));
    }
    assert_eq!(world.rows().await, before, "no row, no letter, no event");
}

async fn membership_of(world: &World, viewer: Someone, who: Someone, group: &WorkingGroup) -> MembershipId {
    let members = members(&world.cx(viewer).await, group, None).await;
    members.edges.iter().find(|edge| edge.node.person.id == who.0).unwrap().node.id
}

async fn members(cx: &Cx, group: &WorkingGroup, role: Option<Role>) -> Connection<Membership> {
    membership::of_groups(cx, &[group.id], role, &PageArgs::default()).await.unwrap().remove(&group.id).unwrap()
}

async fn a_foreign_id_is_like_a_random_one(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = group_of(&world).await;
    let other = world.group(Attribution::Named).await;
    let (foreigner, theirs) = (world.person().await, world.group(Attribution::Named).await);
    let foreign = world.seats(foreigner, &other, Role::Organizer, None).await;
    let cx = world.cx(organizer).await;
    let before = world.rows().await;
    for group in [other.id.to_string(), theirs.id.to_string(), foreigner.0.to_string(), String::new()] {
        let input = Add { working_group_id: group, ..by_address(&other, "nadia@example.org", Role::Observer) };
        assert_eq!(refused(membership::add(&cx, input).await), one(Code::NotFound, "workingGroupId"));
    }
    for person in [foreigner, Someone(PersonId::random())] {
        let input = by_id(&group, person, Role::Observer);
        assert_eq!(refused(membership::add(&cx, input).await), one(Code::NotFound, "personId"));
    }
    for seat in [foreign, MembershipId::random()] {
        assert_eq!(refused(membership::change(&cx, change(seat)).await), one(Code::NotFound, "membershipId"));
        assert_eq!(refused(membership::remove(&cx, &seat.to_string()).await), one(Code::NotFound, "membershipId"));
        assert!(membership::many(&cx, &[seat]).await.unwrap().is_empty());
    }
    assert!(members(&cx, &other, None).await.edges.is_empty());
    assert_eq!(membership::counts_of_groups(&cx, &[other.id], None).await.unwrap()[&other.id], 0);
    assert_eq!(world.rows().await, before);
    let participant = world.cx(world.member(&group, Role::Participant).await).await;
    let mut before = world.rows().await;
    let input = by_address(&group, "nadia@example.org", Role::Observer);
    assert_eq!(refused(membership::add(&participant, input).await), one(Code::Forbidden, ""));
    *before.get_mut("audit_event").unwrap() += 1;
    assert_eq!(world.rows().await, before);
}

async fn a_change_is_told_to_the_group(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = group_of(&world).await;
    world.member(&group, Role::Participant).await;
    world.promises(world.person().await, &group, Role::Observer).await;
    let who = world.person_seen_by(organizer).await;
    let cx = world.cx(organizer).await;
    let seat = membership::add(&cx, by_id(&group, who, Role::Participant)).await.unwrap().id;
    assert_eq!(letters(&world, "seat-given").await, ["0", "0", "1"], "not whose seat is pending");
    membership::change(&cx, Change { capacity: Patch::Set(Capacity::Expert), ..change(seat) }).await.unwrap();
    assert_eq!(letters(&world, "seat-changed").await, ["0", "0", "1"]);
    membership::remove(&cx, &seat.to_string()).await.unwrap();
    assert_eq!(letters(&world, "seat-taken").await, ["0", "0", "1"]);
}

async fn a_change_that_changes_nothing_leaves_no_trace(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = group_of(&world).await;
    let seat = world.seats(world.person().await, &group, Role::Rapporteur, None).await;
    let cx = world.cx(organizer).await;
    let before = world.rows().await;
    let same = Change { role: Patch::Set(Role::Rapporteur), delegation_id: Patch::Clear, ..change(seat) };
    assert_eq!(membership::change(&cx, same).await.unwrap().role, Role::Rapporteur);
    assert_eq!(world.rows().await, before);
}

async fn twins_seat_once(engine: Engine) {
    let world = Arc::new(World::on(engine).await);
    let (group, organizer) = group_of(&world).await;
    let cx = world.cx(organizer).await;
    let input =
        |role| Add { idempotency_key: Some("once".to_owned()), ..by_address(&group, "nadia@example.org", role) };
    let twins: Vec<_> = (0..8)
        .map(|_| {
            let (cx, input) = (cx.clone(), input(Role::Participant));
            tokio::spawn(async move { membership::add(&cx, input).await })
        })
        .collect();
    let mut seats = Vec::new();
    for twin in twins {
        seats.push(twin.await.unwrap().unwrap());
    }
    assert!(seats.iter().all(|seat| *seat == seats[0]));
    assert_eq!(letters(&world, "invitation").await.len(), 1);
    let added = format!("SELECT action FROM audit_event WHERE action = '{}'", Action::MembershipAdded.word());
    assert_eq!(world.raw().texts(&added).await.len(), 1);
    let other = refused(membership::add(&cx, input(Role::Observer)).await);
    assert_eq!(other, one(Code::Conflict, "idempotencyKey"));
    world.passes("24h");
    let cx = world.cx(organizer).await;
    let late = refused(membership::add(&cx, input(Role::Participant)).await);
    assert_eq!(late, one(Code::BadUserInput, "email"), "forgotten after a day: a second seat");
}

async fn a_replay_asks_the_policy_again(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = group_of(&world).await;
    let second = world.person().await;
    let seconds = world.seats(second, &group, Role::Organizer, None).await;
    let input =
        || Add { idempotency_key: Some("k".to_owned()), ..by_address(&group, "nadia@example.org", Role::Observer) };
    let seat = membership::add(&world.cx(second).await, input()).await.unwrap();
    assert_eq!(membership::add(&world.cx(second).await, input()).await.unwrap(), seat);
    let demotion = Change { role: Patch::Set(Role::Participant), ..change(seconds) };
    membership::change(&world.cx(organizer).await, demotion).await.unwrap();
    assert_eq!(refused(membership::add(&world.cx(second).await, input()).await), one(Code::Forbidden, ""));
    membership::remove(&world.cx(organizer).await, &seconds.to_string()).await.unwrap();
    let gone = refused(membership::add(&world.cx(second).await, input()).await);
    assert_eq!(gone, one(Code::NotFound, "workingGroupId"));
    let hers = refused(membership::add(&world.cx(organizer).await, input()).await);
    assert_eq!(hers, one(Code::BadUserInput, "email"), "the key is hers alone, and was not used");
}

async fn a_new_seat_attends_what_is_to_come(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = group_of(&world).await;
    let who = world.person_seen_by(organizer).await;
    let cx = world.cx(organizer).await;
    let session = session::schedule(&cx, in_four_weeks(&group)).await.unwrap();
    let cancelled = session::schedule(&cx, in_four_weeks(&group)).await.unwrap();
    session::cancel(&cx, &cancelled.id.to_string(), 1, None).await.unwrap();
    let seat = membership::add(&cx, by_id(&group, who, Role::Participant)).await.unwrap().id;
    let theirs = dipoli_app::attendee::of_viewer(&world.cx(who).await, &[session.id, cancelled.id]).await.unwrap();
    assert_eq!(theirs.keys().copied().collect::<Vec<_>>(), [session.id]);
    let waiting = format!(
        "SELECT kind FROM outbox WHERE state = 'queued' AND session_id IS NOT NULL AND person_id = {}",
        world.raw_id(who.0.uuid())
    );
    assert_eq!(world.raw().texts(&waiting).await.len(), 5, "that it is scheduled, three reminders, and an answer");
    membership::remove(&cx, &seat.to_string()).await.unwrap();
    assert!(world.raw().texts(&waiting).await.is_empty(), "nothing reaches them any more");
    let counts = dipoli_app::attendee::counts_of_sessions(&cx, &[session.id]).await.unwrap();
    assert_eq!(counts[&session.id], 1);
}

async fn members_are_listed(engine: Engine) {
    let world = World::on(engine).await;
    let (group, organizer) = group_of(&world).await;
    let other = world.group(Attribution::Named).await;
    for _ in 0..4 {
        world.member(&group, Role::Participant).await;
    }
    world.promises(world.person().await, &group, Role::Observer).await;
    let left = world.seats(world.person().await, &group, Role::Participant, None).await;
    let cx = world.cx(organizer).await;
    membership::remove(&cx, &left.to_string()).await.unwrap();
    let all = members(&cx, &group, None).await;
    let ids: Vec<_> = all.edges.iter().map(|edge| edge.node.id).collect();
    assert!(ids.len() == 6 && ids.is_sorted_by_key(|id| id.uuid()) && !ids.contains(&left));
    assert_eq!(members(&cx, &group, Some(Role::Participant)).await.edges.len(), 4);
    let counts = membership::counts_of_groups(&cx, &[group.id, other.id], Some(Role::Observer)).await.unwrap();
    assert_eq!((counts[&group.id], counts[&other.id]), (1, 0));
    let after = PageArgs { first: Some(2), after: Some(all.edges[1].cursor.clone()), ..PageArgs::default() };
    let page = membership::of_groups(&cx, &[group.id], None, &after).await.unwrap().remove(&group.id).unwrap();
    assert_eq!(page.edges.iter().map(|edge| edge.node.id).collect::<Vec<_>>(), ids[2..4]);
    assert!(page.has_previous && page.has_next);
    let by_role = refused(membership::of_groups(&cx, &[group.id], Some(Role::Organizer), &after).await);
    assert_eq!(by_role, one(Code::BadUserInput, "after"), "a cursor is of one list");
    let own = membership::of_viewer(&cx, &PageArgs::default()).await.unwrap();
    assert_eq!(own.edges.iter().map(|edge| edge.node.id).collect::<Vec<_>>(), [cx.viewer.seats[0].membership]);
    for edge in &all.edges {
        assert_eq!(membership::can(&cx, &edge.node).manage, edge.node.person.id != organizer.0);
    }
}
