//! A small world below the API: a track with groups, delegations and seats made in the store, people who act through
//! the app at the world's own clock, and a look at the raw rows.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use dipoli_app::{Cx, Error, Result, Settings, Track};
use dipoli_auth::password::{Hasher, Parameters};
use dipoli_domain::{
    Timestamp,
    audit::{Action, Event},
    delegation::Delegation,
    email::EmailAddress,
    id::{MembershipId, PersonId, SignInId, WorkingGroupId},
    language::LanguageTag,
    membership::{Capacity, Role, Seating},
    note::Attribution,
    person::{Person, Security, Standing},
    policy::{self, Act, Actor, By, On, Seat, Viewer},
    refusal::Code,
    second_factor::Demand,
    span::Span,
    tick::Pace,
    time::Zone,
    track::Formality,
    working_group::WorkingGroup,
};
use dipoli_store::{Clock, Database, Effect, NewSeat, Place, RootKey, Store, Tx};
use dipoli_testkit::{Engine, FreshDatabase, Raw};

/// When every world begins: four weeks before the sessions of most tests.
pub const BEGINNING: &str = "2027-03-01T09:00:00Z";

/// A track of a test's own.
pub struct World {
    pub track: Arc<Track>,
    store: Store,
    clock: Arc<AtomicI64>,
    raw: Raw,
    groups: std::sync::Mutex<Vec<WorkingGroupId>>,
    // What the databases are in; gone with the world.
    _folder: tempfile::TempDir,
    _databases: Vec<FreshDatabase>,
}

/// Someone with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Someone(pub PersonId);

impl World {
    pub async fn on(engine: Engine) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut databases = Vec::new();
        let (place, address) = match engine {
            Engine::Sqlite => {
                let address = format!("sqlite://{}", folder.path().join("track.db").display());
                (Place::folder(folder.path()), address)
            }
            Engine::Postgres => {
                databases = vec![FreshDatabase::make().await, FreshDatabase::make().await];
                let [content, keys] = [databases[0].url(), databases[1].url()];
                (Place { content: Database::url(content.clone()), keys: Database::url(keys) }, content)
            }
        };
        let clock = Arc::new(AtomicI64::new(instant(BEGINNING).as_microsecond()));
        let root = RootKey::new([7; 32]);
        let store = Store::create(&place, &root, Clock::Fixed(Arc::clone(&clock))).await.expect("it is made");
        let hasher = Arc::new(Hasher::new(Parameters::FLOOR));
        let track = Arc::new(Track::open(settings(), store.clone(), hasher).expect("it opens"));
        let raw = Raw::open(&address).await;
        Self { track, store, clock, raw, groups: Default::default(), _folder: folder, _databases: databases }
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.clock.load(Ordering::SeqCst)).expect("in range")
    }

    pub fn passes(&self, span: &str) {
        let span: Span = span.parse().expect("a span");
        self.clock.fetch_add(i64::from(span.as_seconds()) * 1_000_000, Ordering::SeqCst);
    }

    pub fn stands_at(&self, at: &str) {
        self.clock.store(instant(at).as_microsecond(), Ordering::SeqCst);
    }

    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Rows as whoever has a copy of the database sees them.
    pub const fn raw(&self) -> &Raw {
        &self.raw
    }

    /// How many rows each table has.
    pub async fn rows(&self) -> BTreeMap<String, i64> {
        self.raw.counts().await
    }

    /// A transaction of the operator's, to put something into the store as it is wanted.
    pub async fn begins(&self) -> Tx {
        self.begins_at(self.now()).await
    }

    /// The same, at another instant than the clock's.
    pub async fn begins_at(&self, now: Timestamp) -> Tx {
        let permit = policy::may(Actor::Operator, Act::PrepareDemo, On::track(), now).expect("the operator may");
        self.store.begin(permit).await.expect("it begins")
    }

    pub async fn commits(&self, tx: Tx) {
        tx.commit(&[Event::of(Action::DemoPrepared)]).await.expect("it commits");
    }

    pub async fn group(&self, attribution: Attribution) -> WorkingGroup {
        let slug = format!("g{}", self.groups.lock().expect("no one panics").len());
        let group = WorkingGroup::convene(&slug, "On water", "", "Europe/Warsaw", attribution).expect("sound");
        self.store.make_group_key(group.id, self.now()).await.expect("a key");
        let tx = self.begins().await;
        tx.add_working_group(&group).await.expect("added");
        self.commits(tx).await;
        self.groups.lock().expect("no one panics").push(group.id);
        group
    }

    pub async fn delegation(&self, group: &WorkingGroup, name: &str) -> Delegation {
        let delegation = Delegation::new(group.id, name.to_owned(), None);
        let tx = self.begins().await;
        tx.add_delegation(&delegation).await.expect("added");
        self.commits(tx).await;
        delegation
    }

    /// A new person, with an account and without a seat.
    pub async fn person(&self) -> Someone {
        let id = PersonId::random();
        let person = Person {
            id,
            display_name: format!("Person {id}"),
            affiliation: None,
            email: EmailAddress::parse("email", &format!("{id}@example.org")).expect("an address"),
            language: LanguageTag::parse("language", "en").expect("a tag"),
            zone: Zone::utc(),
            is_administrator: false,
            standing: Standing::Active,
            security: Security::default(),
        };
        let tx = self.begins().await;
        tx.add_person(&person).await.expect("added");
        self.commits(tx).await;
        Someone(id)
    }

    /// Gives a person a seat that is in effect at once.
    pub async fn seats(
        &self,
        who: Someone,
        group: &WorkingGroup,
        role: Role,
        side: Option<&Delegation>,
    ) -> MembershipId {
        self.gives(who, group, role, side, Effect::Now).await
    }

    /// Gives a person a seat that waits for their next sign-in.
    pub async fn promises(&self, who: Someone, group: &WorkingGroup, role: Role) -> MembershipId {
        let email = EmailAddress::parse("email", &format!("{}@example.org", who.0)).expect("an address");
        self.gives(who, group, role, None, Effect::AtNextSignIn { display_name: "Somebody".to_owned(), email }).await
    }

    async fn gives(
        &self,
        who: Someone,
        group: &WorkingGroup,
        role: Role,
        side: Option<&Delegation>,
        effect: Effect,
    ) -> MembershipId {
        let id = MembershipId::random();
        let delegation = side.map(|side| side.id);
        let (capacity, group, person) = (Capacity::Personal, group.id, who.0);
        let tx = self.begins().await;
        let seat = NewSeat { id, group, person, role, capacity, delegation, effect };
        tx.give_seat(&seat, false).await.expect("given");
        self.commits(tx).await;
        id
    }

    /// A new person with a seat in effect.
    pub async fn member(&self, group: &WorkingGroup, role: Role) -> Someone {
        let who = self.person().await;
        self.seats(who, group, role, None).await;
        who
    }

    /// A request of that person, with their seats as they are now.
    pub async fn cx(&self, who: Someone) -> Cx {
        let groups = self.groups.lock().expect("no one panics").clone();
        let tx = self.begins().await;
        let mut seats = Vec::new();
        for group in groups {
            let Some(seat) = tx.seat_of(group, who.0).await.expect("read") else { continue };
            if let Seating::Since(_) = seat.seating {
                let (role, delegation, reading) = (seat.role, seat.delegation, seat.reading);
                seats.push(Seat { membership: seat.id, group, role, delegation, reading });
            }
        }
        drop(tx);
        let viewer = Viewer { person: who.0, by: By::SignIn(SignInId::random()), is_administrator: false, seats };
        self.cx_of(viewer)
    }

    /// A request of a viewer who is made up.
    pub fn cx_of(&self, viewer: Viewer) -> Cx {
        let now = self.now();
        Cx { track: Arc::clone(&self.track), viewer: Arc::new(viewer), now, proved_at: Some(now), is_query: true }
    }
}

pub fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn settings() -> Settings {
    Settings {
        slug: "aalto".to_owned(),
        name: "A dialogue".to_owned(),
        purpose: String::new(),
        formality: Formality::Track15,
        language: LanguageTag::parse("language", "en").expect("a tag"),
        public_url: "http://localhost:8080".to_owned(),
        reminders: dipoli_domain::reminder::Rule::parse("reminders", &["7d", "24h", "1h"]).expect("a rule"),
        letters_tell_titles: false,
        pace: Pace { during_session: "5m".parse().expect("a span"), otherwise: "24h".parse().expect("a span") },
        smallest_anonymity_set: 4,
        seat_age: "7d".parse().expect("a span"),
        record_marking: None,
        shortest_silence: "72h".parse().expect("a span"),
        access_token_minutes: 5,
        second_factor: Demand::Optional,
    }
}

/// Why it was refused: codes and fields, in their order.
pub fn refused<T>(result: Result<T>) -> Vec<(Code, String)> {
    match result {
        Err(Error::Refused(refusals)) => refusals
            .iter()
            .map(|refusal| (refusal.code, refusal.field.as_deref().unwrap_or_default().to_owned()))
            .collect(),
        Err(other) => panic!("not refused but failed: {other}"),
        Ok(_) => panic!("not refused"),
    }
}

/// One refusal, as [`refused`] gives it.
pub fn one(code: Code, field: &str) -> Vec<(Code, String)> {
    vec![(code, field.to_owned())]
}

/// Chance that a test can repeat: xorshift from a seed.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `most`.
    pub fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).expect("it is below")
    }

    /// One of these.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// True so many times in ten.
    pub fn chance(&mut self, tenths: usize) -> bool {
        self.below(10) < tenths
    }
}
