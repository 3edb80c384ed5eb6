//! What a viewer may not see leaves no trace (requirements G-11): pages, cursors, flags and counts are, to the byte,
//! those of a database from which everything hidden was deleted.
//!
//! Deliberately absent: an item's `startsAt`, which the contract makes null where time before it is out of sight.

use std::{collections::BTreeSet, fmt::Write};

use dipoli_app::{
    Connection, Cx, PageArgs, agenda, attendee,
    note::{self, Filter, Post},
    session::{self, Schedule},
};
use dipoli_domain::{
    id::{AgendaItemId, NoteId, SessionId},
    membership::Role,
    note::{AnyNote, Attribution, Visibility},
    session::Session,
    working_group::WorkingGroup,
};
use dipoli_testkit::{Engine, on_each_database};
use uuid::Uuid;

use crate::{
    agenda::proposal,
    note::text,
    session::plan,
    world::{Dice, Someone, World},
};

on_each_database!(what_is_hidden_leaves_no_trace);

/// Everything there is.
#[derive(Default)]
struct All {
    sessions: Vec<SessionId>,
    items: Vec<AgendaItemId>,
    notes: Vec<NoteId>,
}

struct Members {
    organizer: Someone,
    facilitator: Someone,
    others: Vec<Someone>,
}

async fn members(world: &World, group: &WorkingGroup) -> Members {
    let side = world.delegation(group, "North").await;
    let mut others = Vec::new();
    for _ in 0..2 {
        let who = world.person().await;
        world.seats(who, group, Role::Participant, Some(&side)).await;
        others.push(who);
    }
    others.push(world.member(group, Role::Rapporteur).await);
    let organizer = world.member(group, Role::Organizer).await;
    Members { organizer, facilitator: world.member(group, Role::Facilitator).await, others }
}

async fn life(dice: &mut Dice, world: &World, group: &WorkingGroup, members: &Members, all: &mut All) {
    let organizer = world.cx(members.organizer).await;
    for day in 10..16 {
        let (starts, ends) = (format!("2027-04-{day}T08:00:00Z"), format!("2027-04-{day}T10:00:00Z"));
        let input = Schedule { draft: dice.chance(4), ..plan(group, &starts, &ends) };
        let session = session::schedule(&organizer, input).await.unwrap();
        all.sessions.push(session.id);
        if dice.chance(2) {
            session::cancel(&organizer, &session.id.to_string(), 1, None).await.unwrap();
            continue;
        }
        items(dice, world, &session, members, all).await;
        if session.published {
            notes(dice, world, &session, members, all).await;
        }
    }
}

async fn items(dice: &mut Dice, world: &World, session: &Session, members: &Members, all: &mut All) {
    let by = world.cx(members.facilitator).await;
    for number in 0..3 {
        let item = agenda::propose(&by, proposal(session, &format!("Item {number}"))).await.unwrap().item.id;
        if dice.chance(5) {
            agenda::adopt(&by, &item.to_string(), None).await.unwrap();
        }
        all.items.push(item);
    }
}

async fn notes(dice: &mut Dice, world: &World, session: &Session, members: &Members, all: &mut All) {
    for number in 0..8 {
        let author = world.cx(*dice.one(&members.others)).await;
        let sides = author.viewer.seats[0].delegation.is_some();
        let readers = *dice.one(Visibility::ALL);
        let visibility = if readers == Visibility::Delegation && !sides { Visibility::Private } else { readers };
        let last_items = &all.items[all.items.len() - 3..];
        let on = dice.chance(6).then(|| dice.one(last_items).to_string());
        let input = Post { agenda_item_id: on, ..text(session, visibility, &format!("note {number}")) };
        all.notes.push(note::post(&author, input).await.unwrap().note.id());
        if dice.chance(5) {
            world.passes("1s");
        }
    }
}

/// All that the viewer is answered, in pages from both ends.
async fn transcript(cx: &Cx, all: &All) -> String {
    let mut told = String::new();
    let everything = session::Filter::default();
    for page in both_ways(2, async |args| session::list(cx, &everything, &args).await.unwrap()).await {
        writeln!(told, "{page:?}").unwrap();
    }
    writeln!(told, "{:?}", session::count(cx, &everything).await.unwrap()).unwrap();
    writeln!(told, "{:?}", session::upcoming(cx, &PageArgs::default()).await.unwrap()).unwrap();
    writeln!(told, "{:?}", session::count_upcoming(cx).await.unwrap()).unwrap();
    for session in &all.sessions {
        of_session(cx, *session, &mut told).await;
    }
    for item in &all.items {
        let pages = async |args: PageArgs| {
            note::of_items(cx, &[*item], &Filter::default(), &args).await.unwrap().remove(item).unwrap()
        };
        writeln!(told, "{:?}", both_ways(1, pages).await).unwrap();
        writeln!(told, "{:?}", note::counts_of_items(cx, &[*item], &Filter::default()).await.unwrap()).unwrap();
    }
    told
}

async fn of_session(cx: &Cx, session: SessionId, told: &mut String) {
    for placed in &agenda::of_sessions(cx, &[session]).await.unwrap()[&session] {
        writeln!(told, "{} {:?} {:?}", placed.position, placed.item, agenda::can(cx, placed)).unwrap();
    }
    let filters = [
        Filter::default(),
        Filter { visibility: Some(vec![Visibility::Private, Visibility::Group]), mine: None },
        Filter { visibility: None, mine: Some(false) },
    ];
    for filter in filters {
        let pages = async |args: PageArgs| -> Connection<AnyNote> {
            note::of_sessions(cx, &[session], &filter, &args).await.unwrap().remove(&session).unwrap()
        };
        writeln!(told, "{:?}", both_ways(2, pages).await).unwrap();
        writeln!(told, "{:?}", note::counts_of_sessions(cx, &[session], &filter).await.unwrap()).unwrap();
    }
    writeln!(told, "{:?}", attendee::of_sessions(cx, &[session], &PageArgs::default()).await.unwrap()).unwrap();
    writeln!(told, "{:?}", attendee::counts_of_sessions(cx, &[session]).await.unwrap()).unwrap();
}

/// Pages of that size to the end, and then from the end to the beginning.
async fn both_ways<T>(size: i32, page: impl AsyncFn(PageArgs) -> Connection<T>) -> Vec<Connection<T>> {
    let mut pages = Vec::new();
    let mut args = PageArgs { first: Some(size), ..PageArgs::default() };
    loop {
        let next = page(args.clone()).await;
        args.after = next.edges.last().map(|edge| edge.cursor.clone());
        let more = next.has_next;
        pages.push(next);
        if !more {
            break;
        }
    }
    let mut args = PageArgs { last: Some(size), ..PageArgs::default() };
    loop {
        let next = page(args.clone()).await;
        args.before = next.edges.first().map(|edge| edge.cursor.clone());
        let more = next.has_previous;
        pages.push(next);
        if !more {
            break;
        }
    }
    pages
}

/// Deletes everything that the viewer does not find by its id.
async fn forget_hidden(world: &World, cx: &Cx, all: &All) -> usize {
    let sessions: BTreeSet<_> = session::many(cx, &all.sessions).await.unwrap().into_keys().collect();
    let items: BTreeSet<_> = agenda::many(cx, &all.items).await.unwrap().into_keys().collect();
    let notes: BTreeSet<_> = note::many(cx, &all.notes).await.unwrap().into_keys().collect();
    world.raw().run("DELETE FROM outbox").await;
    let mut hidden = 0;
    for note in all.notes.iter().filter(|id| !notes.contains(id)) {
        hidden += world.raw().run(&format!("DELETE FROM note WHERE id = {}", literal(world, note.uuid()))).await;
    }
    for item in all.items.iter().filter(|id| !items.contains(id)) {
        hidden += world.raw().run(&format!("DELETE FROM agenda_item WHERE id = {}", literal(world, item.uuid()))).await;
    }
    for session in all.sessions.iter().filter(|id| !sessions.contains(id)) {
        let id = literal(world, session.uuid());
        for of_it in ["attendee", "session_change"] {
            world.raw().run(&format!("DELETE FROM {of_it} WHERE session_id = {id}")).await;
        }
        hidden += world.raw().run(&format!("DELETE FROM session WHERE id = {id}")).await;
    }
    usize::try_from(hidden).unwrap()
}

fn literal(world: &World, id: Uuid) -> String {
    if world.raw().is_sqlite() { format!("X'{}'", id.simple()) } else { format!("'{id}'") }
}

async fn what_is_hidden_leaves_no_trace(engine: Engine) {
    for (seed, role) in (0x7761_7465_7200_0001..).zip(Role::ALL) {
        let (world, mut dice, mut all) = (World::on(engine).await, Dice(seed), All::default());
        let [own, foreign] = [world.group(Attribution::Named).await, world.group(Attribution::Named).await];
        let viewer = world.member(&own, *role).await;
        for group in [&own, &foreign] {
            let members = members(&world, group).await;
            life(&mut dice, &world, group, &members, &mut all).await;
        }
        let cx = world.cx(viewer).await;
        let before = transcript(&cx, &all).await;
        let hidden = forget_hidden(&world, &cx, &all).await;
        assert!(hidden > 10, "{role:?}: {hidden} rows hidden");
        assert!(before.len() > 1_000, "{role:?} sees something");
        assert_eq!(transcript(&cx, &all).await, before, "{role:?}");
    }
}
