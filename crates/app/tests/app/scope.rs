//! The filter that the store makes of a scope is the scope (requirements N-13): rows of every kind, and thousands of
//! viewers who are made up, each asked both ways.

use std::collections::BTreeSet;

use dipoli_domain::{
    Timestamp,
    agenda::{AgendaItem, ItemStatus, Proposal},
    delegation::Delegation,
    id::{AgendaItemId, MembershipId, NoteId, PersonId, SessionId, SignInId},
    membership::{Capacity, Membership, Reading, Role, Seating},
    note::{Attribution, Note, Visibility},
    person::PersonSeen,
    policy::{
        Seat, Viewer,
        scope::{Agendas, NoteFacts, Notes, People, Sessions},
    },
    session::{Draft, Session, SessionStatus},
    time,
    working_group::WorkingGroup,
};
use dipoli_store::NoteFilter;
use dipoli_testkit::{Engine, on_each_database};
use jiff::SignedDuration;

use crate::world::{Dice, Someone, World};

on_each_database!(what_sql_finds_is_what_the_policy_admits);

const GROUPS: usize = 3;
const VIEWERS: usize = 500;

struct Table {
    group: WorkingGroup,
    sides: Vec<Delegation>,
    seats: Vec<(MembershipId, Someone)>,
    sessions: Vec<Session>,
}

struct Rows {
    tables: Vec<Table>,
    items: Vec<AgendaItem>,
    notes: Vec<(Note, bool)>,
}

/// One of a few instants, so that notes and seats often meet at the same one.
fn tick(dice: &mut Dice, world: &World) -> Timestamp {
    time::after(world.now(), SignedDuration::from_secs(i64::try_from(dice.below(5)).unwrap()))
}

async fn table(world: &World) -> Table {
    let group = world.group(Attribution::Named).await;
    let sides = vec![world.delegation(&group, "North").await, world.delegation(&group, "South").await];
    let mut seats = Vec::new();
    for _ in 0..4 {
        let who = world.person().await;
        seats.push((world.seats(who, &group, Role::Participant, None).await, who));
    }
    Table { group, sides, seats, sessions: Vec::new() }
}

fn session(dice: &mut Dice, world: &World, group: &WorkingGroup) -> Session {
    let draft = Draft {
        title: "Round".to_owned(),
        purpose: String::new(),
        starts_at: "2027-03-29T08:00:00Z".to_owned(),
        ends_at: "2027-03-29T10:00:00Z".to_owned(),
        zone: None,
        venue: None,
        join_url: None,
        attribution: None,
        draft: false,
    };
    let session = Session::schedule(group, &draft, world.now()).unwrap();
    let status = *dice.one(SessionStatus::ALL);
    let published = match status {
        SessionStatus::Draft => false,
        SessionStatus::Scheduled | SessionStatus::Concluded => true,
        SessionStatus::Cancelled => dice.chance(5),
    };
    Session { status, published, ..session }
}

fn item(dice: &mut Dice, session: &Session, by: MembershipId) -> AgendaItem {
    let proposal = Proposal {
        title: "Water".to_owned(),
        description: String::new(),
        duration_minutes: None,
        lead: None,
        attribution: None,
    };
    let open = Session { status: SessionStatus::Scheduled, ..session.clone() };
    let item = AgendaItem::propose(&open, &proposal, by).unwrap();
    AgendaItem { status: *dice.one(ItemStatus::ALL), ..item }
}

fn note(dice: &mut Dice, world: &World, table: &Table, item: Option<&AgendaItem>, session: &Session) -> Note {
    let (author, who) = *dice.one(&table.seats);
    let visibility = *dice.one(Visibility::ALL);
    let delegation = (visibility == Visibility::Delegation).then(|| dice.one(&table.sides).id);
    Note {
        id: NoteId::random(),
        group: table.group.id,
        session: session.id,
        agenda_item: item.map(|item| item.id),
        body: "text".to_owned(),
        withdrawn: dice.chance(1),
        visibility,
        delegation,
        author: seat(author, table, who),
        posted_at: tick(dice, world),
        version: 1,
    }
}

/// The store keeps a note's author by the seat's id alone.
fn seat(id: MembershipId, table: &Table, who: Someone) -> Membership {
    Membership {
        id,
        group: table.group.id,
        person: PersonSeen { id: who.0, display_name: String::new(), affiliation: None, email: None },
        role: Role::Participant,
        capacity: Capacity::Personal,
        delegation: None,
        seating: Seating::Pending,
        changed_on: jiff::civil::date(2027, 3, 1),
    }
}

async fn fill(dice: &mut Dice, world: &World) -> Rows {
    let mut rows = Rows { tables: Vec::new(), items: Vec::new(), notes: Vec::new() };
    for _ in 0..GROUPS {
        let mut table = table(world).await;
        let tx = world.begins().await;
        for _ in 0..5 {
            let session = session(dice, world, &table.group);
            tx.add_session(&session).await.unwrap();
            for position in 1..=4 {
                let item = item(dice, &session, table.seats[0].0);
                tx.add_agenda_item(&item, position).await.unwrap();
                let on = dice.chance(7).then_some(&item);
                let note = note(dice, world, &table, on, &session);
                tx.add_note(&note).await.unwrap();
                rows.notes.push((note, session.published));
                rows.items.push(item);
            }
            table.sessions.push(session);
        }
        world.commits(tx).await;
        rows.tables.push(table);
    }
    rows
}

fn viewer(dice: &mut Dice, world: &World, rows: &Rows) -> Viewer {
    let mut seats = Vec::new();
    for table in &rows.tables {
        if dice.chance(4) {
            continue;
        }
        let since = |dice: &mut Dice| dice.chance(7).then(|| tick(dice, world));
        let reading =
            Reading { group: since(dice), facilitators: since(dice), delegation: since(dice), posts: since(dice) };
        let membership = if dice.chance(8) { dice.one(&table.seats).0 } else { MembershipId::random() };
        let delegation = dice.chance(7).then(|| dice.one(&table.sides).id);
        seats.push(Seat { membership, group: table.group.id, role: *dice.one(Role::ALL), delegation, reading });
    }
    let (person, sign_in) = (PersonId::random(), SignInId::random());
    Viewer { person, sign_in, is_administrator: dice.chance(1), seats }
}

async fn what_sql_finds_is_what_the_policy_admits(engine: Engine) {
    let world = World::on(engine).await;
    let mut dice = Dice(0x6469_706f_6c69_0001);
    let rows = fill(&mut dice, &world).await;
    let (mut sessions_seen, mut items_seen, mut notes_seen) = (0, 0, 0);
    for number in 0..VIEWERS {
        let viewer = viewer(&mut dice, &world, &rows);
        sessions_seen += sessions_agree(&world, &rows, &viewer, number).await;
        items_seen += items_agree(&world, &rows, &viewer, number).await;
        notes_seen += notes_agree(&world, &rows, &viewer, number).await;
    }
    // A test that compares nothing with nothing says nothing.
    assert!(sessions_seen > VIEWERS && items_seen > VIEWERS && notes_seen > VIEWERS);
}

async fn sessions_agree(world: &World, rows: &Rows, viewer: &Viewer, number: usize) -> usize {
    let scope = Sessions::seen_by(viewer);
    let all: Vec<&Session> = rows.tables.iter().flat_map(|table| &table.sessions).collect();
    let ids: Vec<SessionId> = all.iter().map(|session| session.id).collect();
    let found: BTreeSet<_> =
        world.store().sessions(&scope, &ids).await.unwrap().iter().map(|session| session.id).collect();
    let admitted: BTreeSet<_> =
        all.iter().filter(|session| scope.admits(session.group, session.published)).map(|session| session.id).collect();
    assert_eq!(found, admitted, "viewer {number}: {viewer:?}");
    let count = world.store().session_count(&scope, &dipoli_store::SessionFilter::default()).await.unwrap();
    assert_eq!(count, admitted.len() as u64, "viewer {number}: {viewer:?}");
    admitted.len()
}

async fn items_agree(world: &World, rows: &Rows, viewer: &Viewer, number: usize) -> usize {
    let scope = Agendas::seen_by(viewer);
    let published = |item: &AgendaItem| {
        rows.tables
            .iter()
            .flat_map(|table| &table.sessions)
            .any(|session| session.id == item.session && session.published)
    };
    let ids: Vec<AgendaItemId> = rows.items.iter().map(|item| item.id).collect();
    let found: BTreeSet<_> = world.store().agenda_items(&scope, &ids).await.unwrap().into_keys().collect();
    let admitted: BTreeSet<_> = rows
        .items
        .iter()
        .filter(|item| scope.sessions.admits(item.group, published(item)) && scope.admits(item.group, item.status))
        .map(|item| item.id)
        .collect();
    assert_eq!(found, admitted, "viewer {number}: {viewer:?}");
    admitted.len()
}

async fn notes_agree(world: &World, rows: &Rows, viewer: &Viewer, number: usize) -> usize {
    let scope = Notes::seen_by(viewer);
    // Everyone is known to this reader: whether a note is read must not hang on whether its author is.
    let people = People { everyone: true, ..People::seen_by(viewer) };
    let ids: Vec<NoteId> = rows.notes.iter().map(|(note, _)| note.id).collect();
    let found: BTreeSet<_> =
        world.store().notes(&scope, &people, &ids).await.unwrap().iter().map(|note| note.id).collect();
    let admitted: BTreeSet<_> = rows
        .notes
        .iter()
        .filter(|(note, published)| scope.admits(&facts(note, *published)))
        .map(|(note, _)| note.id)
        .collect();
    assert_eq!(found, admitted, "viewer {number}: {viewer:?}");
    let sessions: Vec<SessionId> =
        rows.tables.iter().flat_map(|table| &table.sessions).map(|session| session.id).collect();
    let counts = world.store().note_counts_of_sessions(&scope, &sessions, &NoteFilter::default()).await.unwrap();
    assert_eq!(counts.values().sum::<u64>(), admitted.len() as u64, "viewer {number}: {viewer:?}");
    admitted.len()
}

const fn facts(note: &Note, session_published: bool) -> NoteFacts {
    NoteFacts {
        group: note.group,
        session_published,
        visibility: note.visibility,
        delegation: note.delegation,
        author: note.author.id,
        posted_at: note.posted_at,
    }
}
