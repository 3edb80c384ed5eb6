//! Someone writes into the rows that the policy and sign-in trust (N-16): a seat, an account, a sign-in, a token or a
//! second factor that is not as it was stored is none, and is reported.

use dipoli_domain::{
    audit::{Action, Event},
    id::{AnyId, MembershipId, PersonalAccessTokenId, SignInId},
    membership::{Capacity, Role},
    note::Attribution,
    person::Person,
    personal_access_token::NewToken,
    policy::{Act, TokenScope, scope::Groups},
    second_factor::Factor,
    sign_in::ClientKind,
    time,
    working_group::WorkingGroup,
};
use dipoli_store::{Effect, Entrance, NewSeat, OneTime, SecondFactor, Store};
use dipoli_testkit::{Engine, on_each_database};
use jiff::SignedDuration;
use zeroize::Zeroizing;

use crate::world::{Raw, World, someone};

const REFRESH: [u8; 32] = [1; 32];
const RESET: [u8; 32] = [2; 32];
const PROGRAM: [u8; 32] = [3; 32];
const HASH: &str = "$argon2id$of-a-password";

/// Someone with an account, a sign-in, a reset under way, a seat, a program's token and a second factor, and someone else
/// with the same but for the second factor.
struct Trusted {
    anna: Person,
    boris: Person,
    group: WorkingGroup,
    seats: [MembershipId; 2],
    sign_ins: [SignInId; 2],
}

impl Trusted {
    async fn make(world: &World) -> Self {
        let (anna, boris) = (someone("Anna"), someone("Boris"));
        let group = WorkingGroup::convene("water", "Water", "", "Europe/Minsk", Attribution::Named).unwrap();
        world.store.make_group_key(group.id, world.now()).await.unwrap();
        let (seats, sign_ins) =
            ([MembershipId::random(), MembershipId::random()], [SignInId::random(), SignInId::random()]);
        let tx = world.store.begin(world.operator()).await.unwrap();
        tx.add_working_group(&group).await.unwrap();
        for (number, person) in [&anna, &boris].into_iter().enumerate() {
            tx.add_person(person).await.unwrap();
            tx.set_password_hash(person.id, None, &format!("{HASH}-{number}")).await.unwrap();
            let seat = NewSeat {
                id: seats[number],
                group: group.id,
                person: person.id,
                role: [Role::Participant, Role::Facilitator][number],
                capacity: Capacity::Official,
                delegation: None,
                effect: Effect::Now,
            };
            tx.give_seat(&seat, false).await.unwrap();
            let offset = u8::try_from(number).unwrap() * 10;
            tx.add_sign_in(
                sign_ins[number],
                person.id,
                Entrance { client: ClientKind::Program, proved_twice: false },
                [REFRESH[0] + offset; 32],
            )
            .await
            .unwrap();
            let in_an_hour = time::after(world.now(), SignedDuration::from_hours(1));
            tx.add_one_time_token(&[RESET[0] + offset; 32], person.id, OneTime::PasswordReset, in_an_hour)
                .await
                .unwrap();
            let token = NewToken::parse("Calendar", &[TokenScope::SessionsRead], None, time::day(world.now())).unwrap();
            let id = PersonalAccessTokenId::random();
            tx.add_personal_access_token(id, person.id, &token, None, [PROGRAM[0] + offset; 32]).await.unwrap();
        }
        let factor = SecondFactor::new(anna.id, Zeroizing::new(vec![5; 20]), Factor::default());
        tx.add_second_factor(&factor, true).await.unwrap();
        tx.commit(&[Event::on(Action::GroupCreated, group.id)]).await.unwrap();
        Self { anna, boris, group, seats, sign_ins }
    }

    /// What Anna's row of a table gives her: a seat, an account, a presence, a token.
    async fn gives(&self, store: &Store, world: &World, table: &str) -> bool {
        let presence = store.presence(self.sign_ins[0], self.anna.id).await.unwrap();
        match table {
            "membership" => presence.is_some_and(|presence| !presence.viewer.seats.is_empty()),
            "person" => presence.is_some() && store.account_by_email(&self.anna.email).await.unwrap().is_some(),
            "sign_in" => presence.is_some(),
            "personal_access_token" => {
                let known = store.presence_by_token(&PROGRAM).await.unwrap().is_some();
                let listed = store.personal_access_tokens(self.anna.id, time::day(world.now())).await.unwrap();
                known && listed.len() == 1
            }
            "second_factor" => store.second_factor(self.anna.id).await.unwrap().is_some(),
            _ => store.one_time_token(&RESET, OneTime::PasswordReset, world.now()).await.unwrap().is_some(),
        }
    }

    /// The condition that finds Anna's row.
    fn row(&self, raw: &Raw, table: &str) -> String {
        match table {
            "one_time_token" => format!("digest = {}", raw.bytes(&RESET)),
            "person" => format!("id = {}", uuid(raw, self.anna.id.uuid().as_bytes())),
            _ => format!("person_id = {}", uuid(raw, self.anna.id.uuid().as_bytes())),
        }
    }
}

fn uuid(raw: &Raw, bytes: &[u8]) -> String {
    if raw.is_sqlite() { raw.bytes(bytes) } else { format!("CAST(encode({}, 'hex') AS uuid)", raw.bytes(bytes)) }
}

/// Changes of every column of each table, to values of its type. Where a change makes that the row is not found at all,
/// nobody can tell that there was one.
const CHANGES: &[(&str, &[(&str, &str)])] = &[
    (
        "membership",
        &[
            ("id", "$random"),
            ("group_id", "$random"),
            ("person_id", "$random"),
            ("role", "'organizer'"),
            ("role", "'no such role'"),
            ("capacity", "'personal'"),
            ("delegation_id", "$random"),
            ("seated_at", "'2020-01-01T00:00:00+00:00'"),
            ("left_on", "'2027-03-01'"),
            ("awaits_sign_in", "TRUE"),
            ("reads_group_from", "'2020-01-01T00:00:00+00:00'"),
            ("reads_facilitators_from", "'2020-01-01T00:00:00+00:00'"),
            ("reads_delegation_from", "'2020-01-01T00:00:00+00:00'"),
            ("posts_from", "'2020-01-01T00:00:00+00:00'"),
            ("posts_from", "NULL"),
            ("sits_from", "'2020-01-01T00:00:00+00:00'"),
            ("changed_on", "'2020-01-01'"),
            ("sealed", "$bytes"),
            ("mac", "$bytes"),
            ("mac", "NULL"),
            ("mac", "(SELECT other.mac FROM membership AS other WHERE other.role = 'facilitator')"),
        ],
    ),
    (
        "person",
        &[
            ("id", "$random"),
            ("email_mac", "$bytes"),
            ("standing", "'invited'"),
            ("is_administrator", "TRUE"),
            ("password_hash", "'$argon2id$of-another'"),
            ("password_hash", "(SELECT password_hash FROM person AS other WHERE other.id <> person.id)"),
            ("password_hash", "NULL"),
            ("links_generation", "links_generation + 1"),
            ("created_on", "'2020-01-01'"),
            ("sealed", "$bytes"),
            ("mac", "NULL"),
            ("mac", "(SELECT mac FROM person AS other WHERE other.id <> person.id)"),
        ],
    ),
    (
        "sign_in",
        &[
            ("id", "$random"),
            ("person_id", "(SELECT id FROM person WHERE person.id <> sign_in.person_id)"),
            ("current_digest", "$bytes"),
            ("created_on", "'2020-01-01'"),
            ("expires_on", "'2030-01-01'"),
            ("ended", "TRUE"),
            ("mac", "NULL"),
            ("mac", "(SELECT mac FROM sign_in AS other WHERE other.id <> sign_in.id)"),
        ],
    ),
    (
        "one_time_token",
        &[
            ("digest", "$bytes"),
            ("person_id", "(SELECT id FROM person WHERE person.id <> one_time_token.person_id)"),
            ("kind", "'invitation'"),
            ("expires_at", "'2030-01-01T00:00:00+00:00'"),
            ("mac", "NULL"),
            ("mac", "(SELECT mac FROM one_time_token AS other WHERE other.digest <> one_time_token.digest)"),
        ],
    ),
    (
        "personal_access_token",
        &[
            ("id", "$random"),
            ("person_id", "(SELECT id FROM person WHERE person.id <> personal_access_token.person_id)"),
            ("digest", "$bytes"),
            ("scopes", "'notes:read notes:write'"),
            ("group_id", "(SELECT id FROM working_group)"),
            ("created_on", "'2020-01-01'"),
            ("expires_on", "'2030-01-01'"),
            ("sealed", "$bytes"),
            (
                "sealed",
                "(SELECT sealed FROM personal_access_token AS other WHERE other.id <> personal_access_token.id)",
            ),
            ("mac", "NULL"),
            ("mac", "(SELECT mac FROM personal_access_token AS other WHERE other.id <> personal_access_token.id)"),
        ],
    ),
    (
        "second_factor",
        &[
            ("id", "$random"),
            ("person_id", "(SELECT id FROM person WHERE person.id <> second_factor.person_id)"),
            ("confirmed", "FALSE"),
            ("sealed", "$bytes"),
        ],
    ),
];

/// Columns that open nothing, or whose own associated data binds them (`sealing.rs`, `rotation.rs`).
const ELSEWHERE: &[(&str, &str)] =
    &[("sign_in", "last_used_on"), ("sign_in", "rotation"), ("personal_access_token", "last_used_on")];

/// Changes after which the row is not found where it is looked for.
const NOT_FOUND: &[(&str, &str)] = &[
    ("membership", "person_id"),
    ("membership", "left_on"),
    ("person", "id"),
    ("person", "standing"),
    ("sign_in", "id"),
    ("sign_in", "person_id"),
    ("sign_in", "ended"),
    ("one_time_token", "digest"),
    ("one_time_token", "kind"),
    ("second_factor", "person_id"),
    ("second_factor", "confirmed"),
];

async fn a_row_that_was_changed_gives_nothing(engine: Engine) {
    let world = World::new(engine).await;
    let trusted = Trusted::make(&world).await;
    let raw = world.content().await;
    let random = if raw.is_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" };
    for (table, changes) in CHANGES {
        raw.run(&format!("CREATE TABLE untouched AS SELECT * FROM {table}")).await;
        for (column, value) in *changes {
            let value = value.replace("$random", random).replace("$bytes", &raw.bytes(&[9; 80]));
            let row = trusted.row(&raw, table);
            let changed = raw.run(&format!("UPDATE {table} SET {column} = {value} WHERE {row}")).await;
            assert_eq!(changed, 1, "{table}.{column}");
            // Another process, which has reported nothing yet.
            let store = world.another().await;
            assert!(!trusted.gives(&store, &world, table).await, "{table}.{column} = {value}");
            let reported = store.integrity().len();
            let found = !NOT_FOUND.contains(&(*table, *column));
            assert_eq!(reported, usize::from(found), "{table}.{column} = {value} is reported once, if it is found");
            store.close().await.unwrap();
            raw.run(&format!("DELETE FROM {table}")).await;
            raw.run(&format!("INSERT INTO {table} SELECT * FROM untouched")).await;
            assert!(trusted.gives(&world.store, &world, table).await, "{table} is as it was");
        }
        raw.run("DROP TABLE untouched").await;
    }
    assert!(world.store.integrity().is_empty(), "what is as it was is not reported");
}

async fn every_column_is_tried(engine: Engine) {
    let world = World::new(engine).await;
    let raw = world.content().await;
    for (table, changes) in CHANGES {
        let sql = if raw.is_sqlite() {
            format!("SELECT name FROM pragma_table_info('{table}')")
        } else {
            format!("SELECT column_name::text FROM information_schema.columns WHERE table_name = '{table}'")
        };
        for column in raw.texts(&sql).await {
            let tried = changes.iter().any(|(tried, _)| *tried == column);
            assert!(tried || ELSEWHERE.contains(&(*table, column.as_str())), "{table}.{column}");
        }
    }
}

/// Nothing is taken up again that was ended, and nothing is got by adding a row.
async fn what_was_ended_or_added_gives_nothing(engine: Engine) {
    let world = World::new(engine).await;
    let trusted = Trusted::make(&world).await;
    let raw = world.content().await;
    let tx = world.store.begin(world.stranger(Act::SignIn)).await.unwrap();
    tx.end_sign_in(trusted.sign_ins[0]).await.unwrap();
    tx.leave_seat(trusted.seats[1]).await.unwrap();
    tx.commit(&[Event::on(Action::SignedOut, trusted.anna.id)]).await.unwrap();
    raw.run("UPDATE sign_in SET ended = FALSE").await;
    raw.run("UPDATE membership SET left_on = NULL, reads_group_from = seated_at").await;
    assert!(world.store.presence(trusted.sign_ins[0], trusted.anna.id).await.unwrap().is_none());
    let boris = world.store.presence(trusted.sign_ins[1], trusted.boris.id).await.unwrap().unwrap();
    assert!(boris.viewer.seats.is_empty());
    let reported = world.store.integrity();
    assert_eq!(reported, [AnyId::from(trusted.sign_ins[0]), AnyId::from(trusted.seats[1])]);

    let (digest, random) = (raw.bytes(&[7; 32]), if raw.is_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" });
    raw.run(&format!(
        "INSERT INTO one_time_token SELECT {digest}, person_id, kind, expires_at, mac FROM one_time_token LIMIT 1"
    ))
    .await;
    let taken = world.store.one_time_token(&[7; 32], OneTime::PasswordReset, world.now()).await.unwrap();
    assert!(taken.is_none());
    let tx = world.store.begin(world.stranger(Act::ResetPassword)).await.unwrap();
    assert!(tx.take_one_time_token(&[7; 32], OneTime::PasswordReset).await.unwrap().is_none());
    drop(tx);
    raw.run("UPDATE membership SET left_on = '2027-03-01' WHERE role = 'facilitator'").await;
    raw.run(&format!(
        "INSERT INTO membership SELECT {random}, {}, person_id, 'organizer', capacity, delegation_id, seated_at, NULL, \
         awaits_sign_in, reads_group_from, reads_facilitators_from, reads_delegation_from, posts_from, changed_on, \
         sealed, mac, sits_from FROM membership WHERE role = 'participant'",
        uuid(&raw, &[8; 16])
    ))
    .await;
    let tx = world.store.begin(world.stranger(Act::SignIn)).await.unwrap();
    tx.add_sign_in(
        SignInId::random(),
        trusted.anna.id,
        Entrance { client: ClientKind::Program, proved_twice: false },
        [77; 32],
    )
    .await
    .unwrap();
    drop(tx);
    let counted = world.store.posting_seats(&Groups::All, &[trusted.group.id]).await.unwrap();
    assert_eq!(counted[&trusted.group.id].len(), 1, "Anna's own seat is as it was, and counts");
}

/// Two people's seats and passwords in each other's place.
async fn what_was_swapped_gives_nothing(engine: Engine) {
    let world = World::new(engine).await;
    let trusted = Trusted::make(&world).await;
    let raw = world.content().await;
    let other = |column: &str| format!("(SELECT other.{column} FROM untouched AS other WHERE other.id <> person.id)");
    raw.run("CREATE TABLE untouched AS SELECT * FROM person").await;
    let (hash, mac) = (other("password_hash"), other("mac"));
    raw.run(&format!("UPDATE person SET password_hash = {hash}, mac = {mac}")).await;
    for person in [&trusted.anna, &trusted.boris] {
        assert!(world.store.account_by_email(&person.email).await.unwrap().is_none());
    }
    raw.run("DROP TABLE untouched").await;

    let world = World::new(engine).await;
    let trusted = Trusted::make(&world).await;
    let raw = world.content().await;
    raw.run("CREATE TABLE untouched AS SELECT * FROM membership").await;
    let other = "(SELECT other.$ FROM untouched AS other WHERE other.id <> membership.id)";
    for columns in [&["role"][..], &["role", "mac"]] {
        let set: Vec<_> = columns.iter().map(|column| format!("{column} = {}", other.replace('$', column))).collect();
        raw.run(&format!("UPDATE membership SET {}", set.join(", "))).await;
        for (person, sign_in) in [(&trusted.anna, trusted.sign_ins[0]), (&trusted.boris, trusted.sign_ins[1])] {
            let presence = world.store.presence(sign_in, person.id).await.unwrap().unwrap();
            assert!(presence.viewer.seats.is_empty(), "{columns:?}");
        }
    }
    assert_eq!(world.store.integrity().len(), 2, "each is reported once");
}

/// Rows of a database from before are given their MACs at the first opening, and never again.
async fn rows_from_before_are_given_theirs_once(engine: Engine) {
    let world = World::new(engine).await;
    let trusted = Trusted::make(&world).await;
    let (raw, keys) = (world.content().await, world.keys().await);
    for table in ["person", "sign_in", "one_time_token", "working_group", "membership", "session"] {
        raw.run(&format!("UPDATE {table} SET mac = NULL")).await;
    }
    let all = ["membership", "person", "sign_in", "one_time_token"];
    let later = world.another().await;
    for table in all {
        assert!(!trusted.gives(&later, &world, table).await, "{table}: a MAC that was taken away is not given anew");
    }
    keys.run("DELETE FROM macs_given").await;
    let (one, two) = tokio::join!(world.another(), world.another());
    for table in all {
        assert!(trusted.gives(&one, &world, table).await && trusted.gives(&two, &world, table).await, "{table}");
    }
    assert_eq!(keys.number("SELECT count(*) FROM macs_given").await, 1);
    raw.run("UPDATE membership SET mac = NULL").await;
    assert!(!trusted.gives(&world.another().await, &world, "membership").await);
}

on_each_database!(
    a_row_that_was_changed_gives_nothing,
    every_column_is_tried,
    what_was_ended_or_added_gives_nothing,
    what_was_swapped_gives_nothing,
    rows_from_before_are_given_theirs_once,
);
