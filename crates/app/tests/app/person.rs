//! People: what of them is seen by whom, who is listed, inviting, and the address of one's feed.

use dipoli_app::{
    Cx, PageArgs,
    membership::{self, Change},
    person::{self, Invite},
};
use dipoli_domain::{
    id::{MembershipId, PersonId},
    membership::{Capacity, Role},
    note::Attribution,
    patch::Patch,
    refusal::Code,
};
use dipoli_testkit::{Engine, on_each_database};

use crate::{
    membership::change,
    world::{Someone, World, one, refused},
};

on_each_database!(
    what_is_seen_of_a_person,
    an_affiliation_is_seen_where_it_is_no_secret,
    who_is_listed,
    inviting_answers_alike,
    twins_invite_once,
    faults_of_an_invitation,
    a_feed_has_a_secret_address,
);

async fn seen(cx: &Cx, who: Someone) -> Option<(String, Option<String>, bool)> {
    let person = person::many(cx, &[who.0]).await.unwrap().remove(&who.0)?;
    Some((person.display_name, person.affiliation, person.email.is_some()))
}

async fn official(world: &World, seat: MembershipId) {
    let admin = world.cx_of_administrator(world.administrator().await);
    let input = Change { capacity: Patch::Set(Capacity::Official), ..change(seat) };
    membership::change(&admin, input).await.unwrap();
}

async fn what_is_seen_of_a_person(engine: Engine) {
    let world = World::on(engine).await;
    let group = world.group(Attribution::Named).await;
    let amina = world.named("Amina", "Ministry of Water").await;
    let organizer = world.member(&group, Role::Organizer).await;
    let seat = world.seats(amina, &group, Role::Participant, None).await;
    let observer = world.member(&group, Role::Observer).await;
    let stranger = world.member(&world.group(Attribution::Named).await, Role::Organizer).await;
    let admin = world.cx_of_administrator(world.administrator().await);
    let all = |address| Some(("Amina".to_owned(), Some("Ministry of Water".to_owned()), address));
    assert_eq!(seen(&world.cx(amina).await, amina).await, all(true));
    assert_eq!(seen(&admin, amina).await, all(true));
    let name = |address| Some(("Amina".to_owned(), None, address));
    assert_eq!(seen(&world.cx(organizer).await, amina).await, name(true), "in a personal capacity");
    assert_eq!(seen(&world.cx(observer).await, amina).await, name(false));
    assert_eq!(seen(&world.cx(stranger).await, amina).await, None);
    assert!(person::many(&world.cx(stranger).await, &[PersonId::random()]).await.unwrap().is_empty());
    membership::remove(&world.cx(organizer).await, &seat.to_string()).await.unwrap();
    assert_eq!(seen(&world.cx(observer).await, amina).await, name(false), "notes go on naming");
    assert_eq!(seen(&world.cx(organizer).await, amina).await, name(false), "but the address is no longer theirs");
    assert_eq!(seen(&world.cx(amina).await, observer).await, None, "who has left knows nobody");
}

async fn an_affiliation_is_seen_where_it_is_no_secret(engine: Engine) {
    let world = World::on(engine).await;
    let (group, other) = (world.group(Attribution::Named).await, world.group(Attribution::Named).await);
    let amina = world.named("Amina", "Ministry of Water").await;
    let seat = world.seats(amina, &group, Role::Participant, None).await;
    let others = world.seats(amina, &other, Role::Participant, None).await;
    let colleague = world.member(&group, Role::Participant).await;
    let affiliation = async || seen(&world.cx(colleague).await, amina).await.unwrap().1;
    official(&world, others).await;
    assert_eq!(affiliation().await, None, "official in a group that they do not share");
    official(&world, seat).await;
    assert_eq!(affiliation().await.as_deref(), Some("Ministry of Water"));
    let cx = world.cx(colleague).await;
    let member = membership::many(&cx, &[seat]).await.unwrap().remove(&seat).unwrap();
    assert_eq!(member.person, person::many(&cx, &[amina.0]).await.unwrap()[&amina.0], "by every way alike");
}

async fn listed(cx: &Cx) -> Vec<PersonId> {
    let people = person::list(cx, &PageArgs::default()).await.unwrap();
    let people: Vec<_> = people.edges.iter().map(|edge| edge.node.id).collect();
    assert_eq!(person::count(cx).await.unwrap(), people.len() as u64);
    assert!(people.is_sorted_by_key(|id| id.uuid()));
    people
}

async fn who_is_listed(engine: Engine) {
    let world = World::on(engine).await;
    let (group, other) = (world.group(Attribution::Named).await, world.group(Attribution::Named).await);
    let organizer = world.member(&group, Role::Organizer).await;
    let participant = world.member(&group, Role::Participant).await;
    let pending = world.person().await;
    world.promises(pending, &group, Role::Observer).await;
    world.seats(organizer, &other, Role::Participant, None).await;
    let elsewhere = world.member(&other, Role::Participant).await;
    let left = world.person().await;
    let seat = world.seats(left, &group, Role::Participant, None).await;
    membership::remove(&world.cx(organizer).await, &seat.to_string()).await.unwrap();
    let mut theirs = [organizer, participant, pending].map(|who| who.0);
    theirs.sort_by_key(|id| id.uuid());
    assert_eq!(listed(&world.cx(organizer).await).await, theirs, "those of the group that they organize");
    assert!(seen(&world.cx(organizer).await, elsewhere).await.is_some());
    assert!(listed(&world.cx(participant).await).await.is_empty());
    assert!(listed(&world.cx(elsewhere).await).await.is_empty());
    let admin = world.administrator().await;
    assert_eq!(listed(&world.cx_of_administrator(admin)).await.len(), 6);
}

fn invite(email: &str) -> Invite {
    Invite {
        email: email.to_owned(),
        display_name: "Nadia".to_owned(),
        affiliation: Some("A university".to_owned()),
        language: Some("be".to_owned()),
        time_zone: Some("Europe/Minsk".to_owned()),
        idempotency_key: None,
    }
}

async fn inviting_answers_alike(engine: Engine) {
    let world = World::on(engine).await;
    let admin = world.cx_of_administrator(world.administrator().await);
    let known = world.named("Amina", "Ministry of Water").await;
    let address = person::many(&admin, &[known.0]).await.unwrap()[&known.0].email.clone().unwrap();
    let unknown = person::invite(&admin, invite("nadia@example.org")).await.unwrap();
    let answer = person::invite(&admin, invite(&address)).await.unwrap();
    assert_eq!(answer.id, known.0);
    let alike = |seen: &dipoli_domain::person::PersonSeen| {
        (seen.display_name.clone(), seen.affiliation.clone(), seen.email.is_some())
    };
    assert_eq!(alike(&answer), alike(&unknown));
    assert_eq!(seen(&admin, known).await.unwrap().0, "Amina", "and who they are stays");
    for _ in 0..4 {
        person::invite(&admin, invite("Nadia@Example.org")).await.unwrap();
    }
    let letters = "SELECT kind FROM outbox";
    assert_eq!(world.raw().texts(letters).await, ["invitation"; 3], "to who has not accepted, three an hour");
    world.passes("1h");
    let admin = Cx { now: world.now(), ..admin };
    person::invite(&admin, invite("nadia@example.org")).await.unwrap();
    assert_eq!(world.raw().texts(letters).await.len(), 4);
    assert_eq!(world.rows().await["person"], 3);
}

async fn twins_invite_once(engine: Engine) {
    let world = World::on(engine).await;
    let admin = world.cx_of_administrator(world.administrator().await);
    let input = || Invite { idempotency_key: Some("once".to_owned()), ..invite("nadia@example.org") };
    let twins: Vec<_> = (0..8)
        .map(|_| {
            let (cx, input) = (admin.clone(), input());
            tokio::spawn(async move { person::invite(&cx, input).await })
        })
        .collect();
    let first = person::invite(&admin, input()).await.unwrap();
    for twin in twins {
        assert_eq!(twin.await.unwrap().unwrap(), first);
    }
    assert_eq!((world.rows().await["person"], world.rows().await["outbox"]), (2, 1));
    let other = Invite { display_name: "Nadja".to_owned(), ..input() };
    assert_eq!(refused(person::invite(&admin, other).await), one(Code::Conflict, "idempotencyKey"));
}

async fn faults_of_an_invitation(engine: Engine) {
    let world = World::on(engine).await;
    let admin = world.cx_of_administrator(world.administrator().await);
    let group = world.group(Attribution::Named).await;
    let organizer = world.member(&group, Role::Organizer).await;
    let before = world.rows().await;
    let wrong = Invite {
        email: "nadia".to_owned(),
        display_name: " ".to_owned(),
        affiliation: Some("x".repeat(201)),
        language: Some("belarusian!".to_owned()),
        time_zone: Some("Mars/Olympus".to_owned()),
        idempotency_key: None,
    };
    let fields = ["email", "displayName", "affiliation", "language", "timeZone"];
    let expected: Vec<_> = fields.map(|field| (Code::BadUserInput, field.to_owned())).into();
    assert_eq!(refused(person::invite(&admin, wrong).await), expected);
    assert_eq!(world.rows().await, before);
    let cx = world.cx(organizer).await;
    assert_eq!(refused(person::invite(&cx, invite("nadia@example.org")).await), one(Code::Forbidden, ""));
}

async fn a_feed_has_a_secret_address(engine: Engine) {
    let world = World::on(engine).await;
    let (amina, bram) = (world.person().await, world.person().await);
    let url = person::calendar_feed_url(&world.cx(amina).await).await.unwrap();
    let secret = url.strip_prefix("http://localhost:8080/aalto/calendar/").unwrap().strip_suffix(".ics").unwrap();
    assert!(secret.len() > 64, "what it is for, sealed: {secret}");
    assert_eq!(person::calendar_feed_url(&world.cx(amina).await).await.unwrap(), url, "it stays");
    assert_ne!(person::calendar_feed_url(&world.cx(bram).await).await.unwrap(), url);
    let tx = world.begins().await;
    tx.renew_links(amina.0).await.unwrap();
    world.commits(tx).await;
    assert_ne!(person::calendar_feed_url(&world.cx(amina).await).await.unwrap(), url, "until it is renewed");
    assert_eq!(person::viewer(&world.cx(amina).await).await.unwrap().id, amina.0);
}
