//! Working groups and their delegations: convening, changing, and how many hide a note's author.

use dipoli_app::{
    Cx, PageArgs,
    delegation::{self, Add},
    membership::{self, Change},
    working_group::{self, Create, Update},
};
use dipoli_domain::{
    id::WorkingGroupId, membership::Role, note::Attribution, patch::Patch, refusal::Code, working_group::WorkingGroup,
};
use dipoli_testkit::{Engine, on_each_database};

use crate::{
    membership::change,
    world::{World, one, refused},
};

on_each_database!(
    administrators_convene,
    twins_convene_once,
    a_slug_is_taken_once,
    settings_change_from_the_version_that_was_read,
    a_group_of_others_is_like_none,
    delegations_come_by_name,
    delegations_have_bounds,
    who_could_have_written,
);

fn create(slug: &str) -> Create {
    Create {
        slug: slug.to_owned(),
        name: "Water".to_owned(),
        mandate: "What flows.".to_owned(),
        time_zone: "Europe/Vilnius".to_owned(),
        default_attribution: Attribution::ChathamHouse,
        idempotency_key: None,
    }
}

fn update(group: &WorkingGroup) -> Update {
    Update {
        working_group_id: group.id.to_string(),
        expected_version: group.version,
        name: Patch::Keep,
        mandate: Patch::Keep,
        time_zone: Patch::Keep,
        default_attribution: Patch::Keep,
    }
}

async fn admin(world: &World) -> Cx {
    world.cx_of_administrator(world.administrator().await)
}

async fn administrators_convene(engine: Engine) {
    let world = World::on(engine).await;
    let admin = admin(&world).await;
    let group = working_group::create(&admin, create("water")).await.unwrap();
    assert_eq!(working_group::by_slug(&admin, "water").await.unwrap(), Some(group.clone()));
    assert_eq!(working_group::many(&admin, &[group.id]).await.unwrap()[&group.id], group);
    let can = working_group::can(&admin, &group);
    assert!(can.update && can.manage_delegations && can.manage_members && !can.schedule_session);
    let organizer = world.cx(world.member(&group, Role::Organizer).await).await;
    assert_eq!(refused(working_group::create(&organizer, create("trade")).await), one(Code::Forbidden, ""));
    let wrong = Create { slug: "Water!".to_owned(), name: " ".to_owned(), time_zone: "x".to_owned(), ..create("x") };
    let fields: Vec<_> = refused(working_group::create(&admin, wrong).await).into_iter().map(|it| it.1).collect();
    assert_eq!(fields, ["slug", "name", "timeZone"]);
    assert_eq!((world.rows().await["working_group"], world.rows().await["membership"]), (1, 1));
}

async fn twins_convene_once(engine: Engine) {
    let world = World::on(engine).await;
    let admin = admin(&world).await;
    let input = || Create { idempotency_key: Some("once".to_owned()), ..create("water") };
    let twins: Vec<_> = (0..6)
        .map(|_| {
            let (cx, input) = (admin.clone(), input());
            tokio::spawn(async move { working_group::create(&cx, input).await })
        })
        .collect();
    let first = working_group::create(&admin, input()).await.unwrap();
    for twin in twins {
        assert_eq!(twin.await.unwrap().unwrap(), first);
    }
    assert_eq!(working_group::count(&admin).await.unwrap(), 1);
    let other = Create { name: "Waters".to_owned(), ..input() };
    assert_eq!(refused(working_group::create(&admin, other).await), one(Code::Conflict, "idempotencyKey"));
}

async fn a_slug_is_taken_once(engine: Engine) {
    let world = World::on(engine).await;
    let admin = admin(&world).await;
    let both: Vec<_> = (0..2)
        .map(|_| {
            let cx = admin.clone();
            tokio::spawn(async move { working_group::create(&cx, create("water")).await })
        })
        .collect();
    let mut done = Vec::new();
    for create in both {
        done.push(create.await.unwrap());
    }
    done.sort_by_key(Result::is_err);
    let late = done.pop().unwrap();
    assert!(done[0].is_ok());
    assert_eq!(refused(late), one(Code::BadUserInput, "slug"));
    let before = world.rows().await;
    assert_eq!(refused(working_group::create(&admin, create("water")).await), one(Code::BadUserInput, "slug"));
    assert_eq!(world.rows().await, before);
}

async fn settings_change_from_the_version_that_was_read(engine: Engine) {
    let world = World::on(engine).await;
    let group = world.group(Attribution::Named).await;
    let organizer = world.cx(world.member(&group, Role::Organizer).await).await;
    let stricter = || Update {
        name: Patch::Set("Waters".to_owned()),
        default_attribution: Patch::Set(Attribution::ChathamHouse),
        ..update(&group)
    };
    let changed = working_group::update(&organizer, stricter()).await.unwrap();
    assert_eq!((changed.version, changed.name.as_str(), &changed.zone), (2, "Waters", &group.zone));
    assert_eq!(working_group::many(&organizer, &[group.id]).await.unwrap()[&group.id], changed);
    let before = world.rows().await;
    assert_eq!(refused(working_group::update(&organizer, stricter()).await), one(Code::Conflict, "expectedVersion"));
    let wrong = Update { name: Patch::Clear, time_zone: Patch::Set("x".to_owned()), ..update(&changed) };
    let fields: Vec<_> = refused(working_group::update(&organizer, wrong).await).into_iter().map(|it| it.1).collect();
    assert_eq!(fields, ["name", "timeZone"]);
    assert_eq!(world.rows().await, before);
    let facilitator = world.cx(world.member(&group, Role::Facilitator).await).await;
    assert_eq!(refused(working_group::update(&facilitator, update(&changed)).await), one(Code::Forbidden, ""));
    assert_eq!(world.raw().texts("SELECT CAST(convened_on AS TEXT) FROM working_group").await, ["2027-03-01"]);
}

async fn a_group_of_others_is_like_none(engine: Engine) {
    let world = World::on(engine).await;
    let (group, other) = (world.group(Attribution::Named).await, world.group(Attribution::Named).await);
    let cx = world.cx(world.member(&group, Role::Organizer).await).await;
    let theirs = delegation::add(&admin(&world).await, add(&other, "Far")).await.unwrap();
    assert!(delegation::many(&cx, &[theirs.id]).await.unwrap().is_empty());
    assert!(delegation::of_groups(&cx, &[other.id]).await.unwrap()[&other.id].is_empty());
    let listed = working_group::list(&cx, &PageArgs::default()).await.unwrap();
    assert_eq!(listed.edges.iter().map(|edge| edge.node.id).collect::<Vec<_>>(), [group.id]);
    assert_eq!(working_group::count(&cx).await.unwrap(), 1);
    assert_eq!(working_group::by_slug(&cx, &other.slug).await.unwrap(), None);
    assert_eq!(working_group::anonymity_set_sizes(&cx, &[other.id]).await.unwrap()[&other.id], 0);
    let before = world.rows().await;
    for id in [other.id.to_string(), WorkingGroupId::random().to_string(), theirs.id.to_string(), "grp_".to_owned()] {
        let input = Update { working_group_id: id.clone(), ..update(&other) };
        assert_eq!(refused(working_group::update(&cx, input).await), one(Code::NotFound, "workingGroupId"));
        let input = Add { working_group_id: id, ..add(&other, "Near") };
        assert_eq!(refused(delegation::add(&cx, input).await), one(Code::NotFound, "workingGroupId"));
    }
    assert_eq!(world.rows().await, before);
}

fn add(group: &WorkingGroup, name: &str) -> Add {
    Add { working_group_id: group.id.to_string(), name: name.to_owned(), spokesperson_id: None, idempotency_key: None }
}

async fn delegations_come_by_name(engine: Engine) {
    let world = World::on(engine).await;
    let (group, other) = (world.group(Attribution::Named).await, world.group(Attribution::Named).await);
    let cx = world.cx(world.member(&group, Role::Organizer).await).await;
    for name in ["south", " North ", "East"] {
        delegation::add(&cx, add(&group, name)).await.unwrap();
    }
    world.delegation(&other, "North").await;
    let names: Vec<_> = delegation::of_groups(&cx, &[group.id])
        .await
        .unwrap()
        .remove(&group.id)
        .unwrap()
        .into_iter()
        .map(|it| it.name)
        .collect();
    assert_eq!(names, ["East", "North", "south"]);
    let once = || Add { idempotency_key: Some("once".to_owned()), ..add(&group, "West") };
    let west = delegation::add(&cx, once()).await.unwrap();
    assert_eq!(delegation::add(&cx, once()).await.unwrap(), west);
    let can = working_group::can(&cx, &group);
    assert!(can.update && can.manage_delegations && can.manage_members && can.schedule_session);
}

async fn delegations_have_bounds(engine: Engine) {
    let world = World::on(engine).await;
    let group = world.group(Attribution::Named).await;
    let cx = world.cx(world.member(&group, Role::Organizer).await).await;
    delegation::add(&cx, add(&group, "North")).await.unwrap();
    let before = world.rows().await;
    for wrong in ["north", "", "a\r\nb", &"x".repeat(201)] {
        assert_eq!(refused(delegation::add(&cx, add(&group, wrong)).await), one(Code::BadUserInput, "name"));
    }
    assert_eq!(world.rows().await, before);
    for number in 1..50 {
        world.delegation(&group, &format!("Side {number}")).await;
    }
    assert_eq!(refused(delegation::add(&cx, add(&group, "One more")).await), one(Code::FailedPrecondition, ""));
    let participant = world.cx(world.member(&group, Role::Participant).await).await;
    assert_eq!(refused(delegation::add(&participant, add(&group, "Mine")).await), one(Code::Forbidden, ""));
}

async fn who_could_have_written(engine: Engine) {
    let world = World::on(engine).await;
    let (group, young) = (world.group(Attribution::Named).await, world.group(Attribution::Named).await);
    let organizer = world.member(&group, Role::Organizer).await;
    let first_day = world.person().await;
    let seat = world.seats(first_day, &group, Role::Participant, None).await;
    world.member(&group, Role::Observer).await;
    world.promises(world.person().await, &group, Role::Participant).await;
    let size = async |days: &str| {
        world.passes(days);
        let cx = world.cx(organizer).await;
        let sizes = working_group::anonymity_set_sizes(&cx, &[group.id, young.id]).await.unwrap();
        assert_eq!(sizes[&young.id], 0);
        sizes[&group.id]
    };
    assert_eq!(size("0s").await, 2, "seats of the first day count at once, observers and pending ones never");
    world.passes("24h");
    world.member(&group, Role::Rapporteur).await;
    assert_eq!(size("6d").await, 2, "a puppet hides nobody");
    assert_eq!(size("24h").await, 3, "held for a week");
    let observer = Change { role: Patch::Set(Role::Observer), ..change(seat) };
    membership::change(&world.cx(organizer).await, observer).await.unwrap();
    assert_eq!(size("0s").await, 2);
    let back = Change { role: Patch::Set(Role::Participant), ..change(seat) };
    membership::change(&world.cx(organizer).await, back).await.unwrap();
    assert_eq!(size("0s").await, 2, "posting anew, the week begins anew");
    membership::remove(&world.cx(organizer).await, &seat.to_string()).await.unwrap();
    assert_eq!(size("7d").await, 2);
}
