//! The filter that the store makes of a scope is the scope (requirements N-13): in a hundred worlds with rows of every kind,
//! each seen by a hundred viewers who are made up, everything is asked both ways. The worlds lie in one database, each as
//! rows of others to the viewers of the next.

use std::collections::BTreeSet;

use dipoli_domain::{
    Timestamp,
    agenda::{AgendaItem, ItemStatus, Proposal},
    chatham_house_note::ChathamHouseNote,
    delegation::Delegation,
    id::{AgendaItemId, MembershipId, NoteId, PersonId, RecordId, SessionId, SignInId},
    membership::{Capacity, Membership, Reading, Role, Seating},
    note::{Attribution, Note, Visibility},
    person::PersonSeen,
    policy::{
        By, Seat, Viewer,
        scope::{Agendas, ChathamHouseFacts, NoteFacts, Notes, People, Records, Sessions},
    },
    record::{Record, RecordStatus},
    session::{Draft, Session, SessionStatus},
    time,
    working_group::WorkingGroup,
};
use dipoli_store::NoteFilter;
use dipoli_testkit::{Engine, on_each_database};
use jiff::SignedDuration;

use crate::world::{Dice, Someone, World};

on_each_database!(what_sql_finds_is_what_the_policy_admits);

const WORLDS: usize = 100;
const VIEWERS: usize = 100;
const GROUPS: usize = 2;
const SESSIONS: usize = 3;
const ITEMS: usize = 2;

struct Table {
    group: WorkingGroup,
    sides: Vec<Delegation>,
    seats: Vec<(MembershipId, Someone)>,
    sessions: Vec<Session>,
}

/// The rows of one world; notes with whether their session was published.
#[derive(Default)]
struct Rows {
    tables: Vec<Table>,
    items: Vec<AgendaItem>,
    /// With whether their session was published.
    records: Vec<(Record, bool)>,
    notes: Vec<(Note, bool)>,
    /// And with the tick on which they came out.
    under_the_rule: Vec<(ChathamHouseNote, bool, Timestamp)>,
}

/// One of the few instants at which something happens, so that notes and seats often meet at the same one.
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
        agenda_cut_off: None,
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
    let item = AgendaItem::propose(&open, &proposal, by, Timestamp::UNIX_EPOCH).unwrap();
    AgendaItem { status: *dice.one(ItemStatus::ALL), ..item }
}

fn record(dice: &mut Dice, session: &Session) -> Record {
    Record {
        id: RecordId::random(),
        group: session.group,
        session: session.id,
        text: "Gauges rust.".to_owned(),
        status: *dice.one(RecordStatus::ALL),
        issued_at: None,
        version: 1,
    }
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
        released: false,
        version: 1,
    }
}

/// The store keeps a note's author by the seat's id alone.
fn seat(id: MembershipId, table: &Table, who: Someone) -> Membership {
    Membership {
        id,
        group: table.group.id,
        person: PersonSeen { id: who.0, display_name: String::new(), affiliation: None, email: None, account: None },
        role: Role::Participant,
        capacity: Capacity::Personal,
        delegation: None,
        seating: Seating::Pending,
        changed_on: jiff::civil::date(2027, 3, 1),
    }
}

/// A note under the Rule with the facts of a NAMED one.
fn without_author(note: &Note) -> ChathamHouseNote {
    ChathamHouseNote {
        id: NoteId::random(),
        group: note.group,
        session: note.session,
        agenda_item: note.agenda_item,
        body: note.body.clone(),
        withdrawn: false,
        withdrawal_asked: false,
        released: false,
        visibility: note.visibility,
        delegation: note.delegation,
        version: 1,
    }
}

async fn fill(dice: &mut Dice, world: &World) -> Rows {
    let mut rows = Rows::default();
    for _ in 0..GROUPS {
        let mut table = table(world).await;
        let mut waiting = Vec::new();
        let tx = world.begins().await;
        for _ in 0..SESSIONS {
            let session = session(dice, world, &table.group);
            tx.add_session(&session).await.unwrap();
            let record = record(dice, &session);
            tx.add_record(&record).await.unwrap();
            rows.records.push((record, session.published));
            for position in 1..=ITEMS {
                let item = item(dice, &session, table.seats[0].0);
                tx.add_agenda_item(&item, position.try_into().unwrap()).await.unwrap();
                let on = dice.chance(7).then_some(&item);
                let note = note(dice, world, &table, on, &session);
                if note.visibility != Visibility::Private {
                    waiting.push((without_author(&note), session.published));
                }
                tx.add_note(&note).await.unwrap();
                rows.notes.push((note, session.published));
                rows.items.push(item);
            }
            table.sessions.push(session);
        }
        world.commits(tx).await;
        let mut released = Vec::new();
        for (note, published) in waiting {
            released.push((note, published, tick(dice, world)));
        }
        comes_out(world, &released).await;
        rows.under_the_rule.extend(released);
        rows.tables.push(table);
    }
    rows
}

/// Lets notes under the Rule out, each on its tick.
async fn comes_out(world: &World, notes: &[(ChathamHouseNote, bool, Timestamp)]) {
    let ticks: BTreeSet<Timestamp> = notes.iter().map(|(.., tick)| *tick).collect();
    for tick in ticks {
        let tx = world.begins_at(tick).await;
        for (note, ..) in notes.iter().filter(|(.., of)| *of == tick) {
            tx.stage_note(note, [7; 32], tick).await.unwrap();
        }
        tx.let_out_notes().await.unwrap().expect("it was due");
        world.commits(tx).await;
    }
}

fn viewer(dice: &mut Dice, world: &World, rows: &Rows) -> Viewer {
    let mut seats = Vec::new();
    for table in &rows.tables {
        if dice.chance(4) {
            continue;
        }
        let since = |dice: &mut Dice| dice.chance(7).then(|| tick(dice, world));
        let reading =
            Reading { group: since(dice), facilitators: since(dice), delegation: since(dice), ..Reading::default() };
        let membership = if dice.chance(8) { dice.one(&table.seats).0 } else { MembershipId::random() };
        let delegation = dice.chance(7).then(|| dice.one(&table.sides).id);
        seats.push(Seat { membership, group: table.group.id, role: *dice.one(Role::ALL), delegation, reading });
    }
    let (person, sign_in) = (PersonId::random(), SignInId::random());
    Viewer { person, by: By::SignIn(sign_in), is_administrator: dice.chance(1), seats }
}

async fn what_sql_finds_is_what_the_policy_admits(engine: Engine) {
    let world = World::on(engine).await;
    let mut dice = Dice(0x6469_706f_6c69_0001);
    let (mut sessions_seen, mut items_seen, mut records_seen, mut notes_seen) = (0, 0, 0, 0);
    for _ in 0..WORLDS {
        let rows = fill(&mut dice, &world).await;
        for number in 0..VIEWERS {
            let viewer = viewer(&mut dice, &world, &rows);
            sessions_seen += sessions_agree(&world, &rows, &viewer, number).await;
            items_seen += items_agree(&world, &rows, &viewer, number).await;
            records_seen += records_agree(&world, &rows, &viewer, number).await;
            notes_seen += notes_agree(&world, &rows, &viewer, number).await;
        }
    }
    // A test that compares nothing with nothing says nothing.
    let pairs = WORLDS * VIEWERS;
    assert!(sessions_seen > pairs && items_seen > pairs && notes_seen > pairs);
    assert!(records_seen > pairs / 2);
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
    let scope = Agendas::seen_by(viewer, world.now());
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

async fn records_agree(world: &World, rows: &Rows, viewer: &Viewer, number: usize) -> usize {
    let scope = Records::seen_by(viewer, world.now());
    let ids: Vec<RecordId> = rows.records.iter().map(|(record, _)| record.id).collect();
    let found: BTreeSet<_> =
        world.store().records(&scope, &ids).await.unwrap().iter().map(|record| record.id).collect();
    let admits = |record: &Record, published| {
        scope.sessions.admits(record.group, published) && scope.admits(record.group, record.status)
    };
    let admitted: BTreeSet<_> = rows
        .records
        .iter()
        .filter(|(record, published)| admits(record, *published))
        .map(|(record, _)| record.id)
        .collect();
    assert_eq!(found, admitted, "viewer {number}: {viewer:?}");
    admitted.len()
}

async fn notes_agree(world: &World, rows: &Rows, viewer: &Viewer, number: usize) -> usize {
    let scope = Notes::seen_by(viewer);
    // Everyone is known to this reader: whether a note is read must not hang on whether its author is.
    let people = People { everyone: true, ..People::seen_by(viewer) };
    let named = rows.notes.iter().map(|(note, _)| note.id);
    let ids: Vec<NoteId> = named.chain(rows.under_the_rule.iter().map(|(note, ..)| note.id)).collect();
    let found: BTreeSet<_> =
        world.store().notes(&scope, &people, &ids).await.unwrap().iter().map(|note| note.id()).collect();
    let named =
        rows.notes.iter().filter(|(note, published)| scope.admits(&facts(note, *published))).map(|(note, _)| note.id);
    let under_the_rule = rows
        .under_the_rule
        .iter()
        .filter(|(note, published, tick)| scope.admits_chatham_house(&facts_under_the_rule(note, *published, *tick)))
        .map(|(note, ..)| note.id);
    let admitted: BTreeSet<_> = named.chain(under_the_rule).collect();
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

const fn facts_under_the_rule(note: &ChathamHouseNote, published: bool, tick: Timestamp) -> ChathamHouseFacts {
    ChathamHouseFacts {
        group: note.group,
        session_published: published,
        visibility: note.visibility,
        delegation: note.delegation,
        released_at: tick,
    }
}
