//! What is confidential stays so: nothing of it is in clear in any file, and a row that was changed shows nothing.

use std::collections::HashMap;

use dipoli_domain::{
    agenda::{AgendaItem, ItemStatus},
    attendance::Attendance,
    audit::{Action, Event},
    date_search::{DateSearch, SlotDraft},
    delegation::Delegation,
    id::{AgendaItemId, CorrectionId, MembershipId, NoteId, RecordId, SignInId, StatementId},
    membership::{Capacity, Membership, Reading, Role},
    note::{Attribution, Note, Visibility},
    person::Person,
    policy::{
        Act, By, Seat, Viewer,
        scope::{Agendas, Attendances, DateSearches, Groups, Notes, People, Records, Sessions},
    },
    record::{Correction, Record, RecordStatus},
    session::{Draft, Session},
    statement::{Speaker, Statement},
    working_group::WorkingGroup,
};
use dipoli_store::{Effect, NewSeat, Store};
use dipoli_testkit::{Engine, on_each_database};

use crate::world::{Raw, World, someone};

pub const SECRET: &str = "Zimorodok";

/// A group with everything in it, each text with the secret word.
pub struct Everything {
    pub anna: Person,
    pub group: WorkingGroup,
    delegation: Delegation,
    seat: MembershipId,
    session: Session,
    item: AgendaItem,
    record: Record,
    search: DateSearch,
    notes: Vec<NoteId>,
}

fn group() -> WorkingGroup {
    let secret = format!("Water {SECRET}");
    WorkingGroup::convene("zimorodok", &secret, &secret, "Europe/Minsk", Attribution::Named).unwrap()
}

fn session(group: &WorkingGroup, world: &World) -> Session {
    Session::schedule(group, &draft(), world.now()).unwrap()
}

fn search(group: &WorkingGroup, world: &World) -> DateSearch {
    let slot = SlotDraft { starts_at: draft().starts_at, ends_at: draft().ends_at };
    DateSearch::propose(group, &draft(), &[slot], world.now()).unwrap()
}

fn draft() -> Draft {
    Draft {
        title: format!("First {SECRET}"),
        purpose: format!("To meet {SECRET}"),
        starts_at: "2027-04-01T09:00:00Z".to_owned(),
        ends_at: "2027-04-01T11:00:00Z".to_owned(),
        zone: None,
        venue: Some(format!("Hall {SECRET}")),
        join_url: Some(format!("https://meet.example.org/{SECRET}")),
        attribution: None,
        agenda_cut_off: None,
        draft: false,
    }
}

fn item(session: &Session, seat: MembershipId) -> AgendaItem {
    AgendaItem {
        id: AgendaItemId::random(),
        group: session.group,
        session: session.id,
        title: format!("Rivers {SECRET}"),
        description: format!("Which {SECRET}"),
        duration_minutes: Some(20),
        status: ItemStatus::Proposed,
        attribution: Attribution::Named,
        adopted_at: None,
        proposed_by: Some(seat),
        lead: None,
        needs_silence: false,
        by_word: false,
        stands_later: false,
        version: 1,
    }
}

impl Everything {
    pub async fn make(world: &World) -> Self {
        let store = &world.store;
        let anna = someone(SECRET);
        let group = group();
        let delegation = Delegation::new(group.id, format!("The side of {SECRET}"), None);
        let seat = MembershipId::random();
        let session = session(&group, world);
        let item = item(&session, seat);
        let record = Record {
            id: RecordId::random(),
            group: group.id,
            session: session.id,
            text: format!("It was said that {SECRET}"),
            status: RecordStatus::Issued,
            issued_at: Some(world.now()),
            version: 1,
        };
        let search = search(&group, world);
        let correction = Correction {
            id: CorrectionId::random(),
            group: group.id,
            record: record.id,
            passage: format!("that {SECRET}"),
            wording: Some(SECRET.to_owned()),
        };
        store.make_group_key(group.id, world.now()).await.unwrap();
        let tx = store.begin(world.operator()).await.unwrap();
        tx.add_person(&anna).await.unwrap();
        tx.add_working_group(&group).await.unwrap();
        tx.add_delegation(&delegation).await.unwrap();
        let new = NewSeat {
            id: seat,
            group: group.id,
            person: anna.id,
            role: Role::Facilitator,
            capacity: Capacity::Official,
            delegation: Some(delegation.id),
            effect: Effect::Now,
        };
        tx.give_seat(&new, false).await.unwrap();
        tx.add_session(&session).await.unwrap();
        tx.add_agenda_item(&item, 1).await.unwrap();
        tx.write_attendance(&Attendance::of(&session).with([seat])).await.unwrap();
        tx.add_date_search(&search).await.unwrap();
        tx.add_record(&record).await.unwrap();
        tx.add_correction(&correction).await.unwrap();
        let statement = Statement {
            id: StatementId::random(),
            group: group.id,
            item: item.id,
            speaker: Speaker::Delegation(delegation.id),
            text: format!("To us it means {SECRET}"),
            attached_at: world.now(),
        };
        tx.add_statement(&statement).await.unwrap();
        tx.commit(&[Event::on(Action::GroupCreated, group.id)]).await.unwrap();
        let mut everything = Self { anna, group, delegation, seat, session, item, record, search, notes: Vec::new() };
        everything.post(world).await;
        everything
    }

    /// A note of each visibility.
    async fn post(&mut self, world: &World) {
        let viewer = self.viewer(world);
        let (groups, people) = (Groups::seen_by(&viewer), People::seen_by(&viewer));
        let seats: Vec<Membership> = world.store.memberships(&groups, &people, &[self.seat]).await.unwrap();
        for visibility in Visibility::ALL {
            let note = Note {
                id: NoteId::random(),
                group: self.group.id,
                session: self.session.id,
                agenda_item: Some(self.item.id),
                body: format!("I think {SECRET}"),
                withdrawn: false,
                visibility: *visibility,
                delegation: (*visibility == Visibility::Delegation).then_some(self.delegation.id),
                author: seats[0].clone(),
                posted_at: world.now(),
                released: false,
                version: 1,
            };
            self.notes.push(note.id);
            let tx = world.store.begin(world.operator()).await.unwrap();
            tx.add_note(&note).await.unwrap();
            tx.commit(&[Event::on(Action::NotePosted, note.id)]).await.unwrap();
        }
    }

    pub fn viewer(&self, world: &World) -> Viewer {
        let delegation = Some(self.delegation.id);
        let seat = Seat {
            membership: self.seat,
            group: self.group.id,
            role: Role::Facilitator,
            delegation,
            reading: Reading::taken(Role::Facilitator, delegation, world.now()),
        };
        let sign_in = SignInId::random();
        Viewer { person: self.anna.id, by: By::SignIn(sign_in), is_administrator: true, seats: vec![seat] }
    }

    /// Everything that can be read of it, as one text for each table.
    pub async fn read(&self, store: &Store, viewer: &Viewer) -> HashMap<&'static str, String> {
        let (groups, people) = (Groups::seen_by(viewer), People::seen_by(viewer));
        let mut read = HashMap::new();
        let found = store.working_groups(&groups, &[self.group.id]).await.unwrap();
        read.insert("working_group", format!("{found:?}"));
        let found = store.delegations(&groups, &[self.delegation.id]).await.unwrap();
        read.insert("delegation", format!("{found:?}"));
        let found = store.people(&people, &[self.anna.id]).await.unwrap();
        read.insert("person", format!("{found:?}"));
        let found = store.sessions(&Sessions::seen_by(viewer), &[self.session.id]).await.unwrap();
        read.insert("session", format!("{found:?}"));
        let found = store
            .agendas(&Agendas::seen_by(viewer, dipoli_domain::Timestamp::UNIX_EPOCH), &[self.session.id])
            .await
            .unwrap();
        read.insert("agenda_item", format!("{found:?}"));
        let agendas = Agendas::seen_by(viewer, dipoli_domain::Timestamp::UNIX_EPOCH);
        let found = store.statements_on(&agendas, &[self.item.id]).await.unwrap();
        read.insert("interpretative_statement", format!("{found:?}"));
        let found = store.attendances(&Attendances::seen_by(viewer), &[self.session.id]).await.unwrap();
        let was_there = found.values().any(|attendance| attendance.present.contains(&self.seat));
        read.insert("attendance", if was_there { SECRET.to_owned() } else { String::new() });
        let found = store.date_searches(&DateSearches::seen_by(viewer), &[self.search.id]).await.unwrap();
        read.insert("date_search", format!("{found:?}"));
        let records = Records::seen_by(viewer, dipoli_domain::Timestamp::UNIX_EPOCH);
        let found = store.records(&records, &[self.record.id]).await.unwrap();
        read.insert("session_record", format!("{found:?}"));
        let found = store.corrections_of(&records, &[self.record.id]).await.unwrap();
        read.insert("correction", format!("{found:?}"));
        let found = store.notes(&Notes::seen_by(viewer), &people, &self.notes).await.unwrap();
        read.insert("note", found.iter().map(|note| note.body()).collect::<Vec<_>>().join("\n"));
        read
    }
}

/// What is bound of each table's rows, by the sealed text's associated data or by the row's MAC. Other columns (times
/// that are shown, positions) may be changed by whoever writes to the database: they open nothing.
const BOUND: &[(&str, &[&str])] = &[
    (
        "working_group",
        &["id", "slug_mac", "time_zone", "default_attribution", "convened_on", "version", "sealed", "mac"],
    ),
    ("delegation", &["id", "group_id", "sealed"]),
    ("person", &["id", "email_mac", "standing", "is_administrator", "sealed"]),
    (
        "session",
        &[
            "id",
            "group_id",
            "status",
            "published",
            "starts_local",
            "ends_local",
            "time_zone",
            "starts_at",
            "ends_at",
            "attribution",
            "sequence",
            "version",
            "sealed",
            "mac",
        ],
    ),
    (
        "agenda_item",
        &[
            "id",
            "group_id",
            "session_id",
            "status",
            "attribution",
            "proposed_by",
            "needs_silence",
            "by_word",
            "stands_later",
            "sealed",
        ],
    ),
    ("attendance", &["session_id", "group_id", "sealed"]),
    ("date_search", &["id", "group_id", "status", "sealed"]),
    ("session_record", &["id", "group_id", "session_id", "status", "issued_at", "sealed"]),
    ("correction", &["id", "group_id", "record_id", "sealed"]),
    ("interpretative_statement", &["id", "group_id", "agenda_item_id", "sealed"]),
    (
        "note",
        &[
            "id",
            "group_id",
            "session_id",
            "agenda_item_id",
            "visibility",
            "delegation_id",
            "author_id",
            "posted_at",
            "withdrawn",
            "sealed",
        ],
    ),
];

/// What a person is proved by is bound where an account is asked for, not where a name is shown: see `trusted.rs`.
const UNBOUND: &[(&str, &[&str])] = &[
    ("working_group", &[]),
    ("delegation", &["name_mac"]),
    ("person", &["password_hash", "links_generation", "created_on", "mac"]),
    ("session", &[]),
    ("agenda_item", &["position", "duration_minutes", "adopted_at", "lead", "version"]),
    ("attendance", &[]),
    ("date_search", &[]),
    ("session_record", &["version"]),
    ("correction", &[]),
    ("interpretative_statement", &[]),
    ("note", &["version"]),
];

async fn a_row_that_was_changed_shows_nothing(engine: Engine) {
    let world = World::new(engine).await;
    let everything = Everything::make(&world).await;
    let viewer = everything.viewer(&world);
    let untouched = everything.read(&world.store, &viewer).await;
    let raw = world.content().await;
    for (table, columns) in BOUND {
        assert!(untouched[table].contains(SECRET), "{table} is read while nothing is changed");
        raw.run(&format!("CREATE TABLE untouched AS SELECT * FROM {table}")).await;
        for column in *columns {
            for value in changes(&raw, column) {
                let changed = raw.run(&format!("UPDATE {table} SET {column} = {value}")).await;
                assert!(changed > 0, "{table}.{column}");
                let read = everything.read(&world.store, &viewer).await;
                assert!(!read[table].contains(SECRET), "{table}.{column} = {value}: {}", read[table]);
                raw.run(&format!("DELETE FROM {table}")).await;
                raw.run(&format!("INSERT INTO {table} SELECT * FROM untouched")).await;
            }
        }
        raw.run("DROP TABLE untouched").await;
        assert_eq!(everything.read(&world.store, &viewer).await[table], untouched[table], "{table} is as it was");
    }
}

/// Values that differ from each row's own, of the column's type.
fn changes(raw: &Raw, column: &str) -> Vec<String> {
    let flipped = |place: &str| {
        if raw.is_sqlite() {
            format!("CAST(substr({column}, 1, length({column}) - 1) || X'{place}' AS BLOB)")
        } else {
            format!("set_byte({column}, length({column}) - 1, get_byte({column}, length({column}) - 1) # 255)")
        }
    };
    let random = if raw.is_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" };
    let other_word = |one: &str, other: &str| format!("CASE {column} WHEN '{one}' THEN '{other}' ELSE '{one}' END");
    match column {
        "is_administrator" | "published" | "withdrawn" | "needs_silence" | "by_word" | "stands_later" => {
            vec![format!("NOT {column}")]
        }
        "sealed" | "email_mac" | "slug_mac" | "mac" => {
            let cut = if raw.is_sqlite() {
                format!("substr({column}, 1, length({column}) - 1)")
            } else {
                format!("substring({column} FROM 1 FOR length({column}) - 1)")
            };
            if raw.is_sqlite() { vec![cut] } else { vec![flipped("00"), cut] }
        }
        "standing" => vec![other_word("active", "invited")],
        "status" => vec![
            other_word("concluded", "cancelled"),
            other_word("adopted", "withdrawn"),
            other_word("circulated", "issued"),
            other_word("chosen", "withdrawn"),
        ],
        "attribution" | "default_attribution" => vec![other_word("chatham-house", "named")],
        "visibility" => vec![
            "CASE visibility WHEN 'private' THEN 'group' WHEN 'group' THEN 'facilitators' \
             WHEN 'facilitators' THEN 'group' ELSE 'group' END"
                .to_owned(),
        ],
        "starts_local" | "ends_local" => vec!["'2027-04-01T11:30:00'".to_owned()],
        "time_zone" => vec!["'Europe/Paris'".to_owned()],
        "starts_at" | "ends_at" | "issued_at" => vec!["'2027-03-01T08:00:00+00:00'".to_owned()],
        "convened_on" => vec!["'2020-02-29'".to_owned()],
        "sequence" | "version" => vec![format!("{column} + 1")],
        "posted_at" => vec!["'2027-03-01T09:00:01+00:00'".to_owned()],
        _ => vec![random.to_owned()],
    }
}

async fn every_column_is_either_bound_or_said_not_to_be(engine: Engine) {
    let world = World::new(engine).await;
    let raw = world.content().await;
    for ((table, bound), (_, unbound)) in BOUND.iter().zip(UNBOUND) {
        let sql = if raw.is_sqlite() {
            format!("SELECT name FROM pragma_table_info('{table}')")
        } else {
            format!("SELECT column_name::text FROM information_schema.columns WHERE table_name = '{table}'")
        };
        let mut columns = raw.texts(&sql).await;
        let mut decided: Vec<String> = bound.iter().chain(*unbound).map(|column| (*column).to_owned()).collect();
        columns.sort_unstable();
        decided.sort_unstable();
        assert_eq!(columns, decided, "{table}");
    }
}

async fn rows_are_not_swapped_within_a_track_nor_between_two(engine: Engine) {
    let (one, two) = (World::new(engine).await, World::new(engine).await);
    let (here, there) = (Everything::make(&one).await, Everything::make(&two).await);
    let raw = one.content().await;
    let sealed = two.content().await.rows("SELECT sealed FROM note ORDER BY id LIMIT 1").await;
    let sealed: Vec<u8> = sealed[0].try_get_by_index(0).unwrap();
    raw.run(&format!("UPDATE note SET sealed = {}", raw.bytes(&sealed))).await;
    assert!(here.read(&one.store, &here.viewer(&one)).await["note"].is_empty());
    assert_eq!(one.store.integrity().len(), 4, "each is reported");
    assert!(one.store.integrity().is_empty(), "once");
    assert!(there.read(&two.store, &there.viewer(&two)).await["note"].contains(SECRET));
    let own = "UPDATE note SET sealed = (SELECT sealed FROM note AS other WHERE other.id <> note.id LIMIT 1)";
    two.content().await.run(own).await;
    let read = there.read(&two.store, &there.viewer(&two)).await;
    assert!(read["note"].matches(SECRET).count() <= 1, "a body at another row's place: {}", read["note"]);
}

async fn another_process_finds_a_key_that_was_made_meanwhile(engine: Engine) {
    let world = World::new(engine).await;
    let other = world.another().await;
    let everything = Everything::make(&world).await;
    let read = everything.read(&other, &everything.viewer(&world)).await;
    assert!(read.values().all(|text| text.contains(SECRET)));
}

async fn nothing_confidential_is_in_clear_below(engine: Engine) {
    let world = World::new(engine).await;
    Everything::make(&world).await;
    while world.store.seal_audit_log(world.clock(Act::SealAuditLog)).await.unwrap() > 0 {}
    for raw in [world.content().await, world.keys().await] {
        if !raw.is_sqlite() {
            let tables = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'";
            for table in raw.texts(tables).await {
                let rows = raw.texts(&format!("SELECT \"{table}\"::text FROM \"{table}\"")).await.join("\n");
                assert!(!tells(rows.as_bytes()), "{table}");
            }
        }
    }
    for file in std::fs::read_dir(world.folder.path()).unwrap() {
        let path = file.unwrap().path();
        assert!(!tells(&std::fs::read(&path).unwrap()), "{}", path.display());
    }
}

/// Whether the secret word is in there, as text or as the hexadecimal digits in which PostgreSQL shows bytes.
pub fn tells(bytes: &[u8]) -> bool {
    let folded: String = bytes.iter().map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    let word = SECRET.to_ascii_lowercase();
    let digits = |word: &str| word.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    [word.clone(), digits(SECRET), digits(&word)].iter().any(|secret| folded.contains(secret))
}

on_each_database!(
    a_row_that_was_changed_shows_nothing,
    every_column_is_either_bound_or_said_not_to_be,
    rows_are_not_swapped_within_a_track_nor_between_two,
    another_process_finds_a_key_that_was_made_meanwhile,
    nothing_confidential_is_in_clear_below,
);
