//! Those who sign in: a table of fifteen, whose session page is read, two hundred each who are active or disabled, and four
//! hundred who have a second factor, so that nobody tries so often that they are told to wait. Their passwords are hashed as the program hashes them.

use std::{path::Path, sync::Arc};

use anyhow::Context;
use dipoli_auth::password::{Hasher, NewPassword, Parameters};
use dipoli_domain::{
    Timestamp,
    audit::{Action, Event},
    email::EmailAddress,
    id::{MembershipId, PersonId},
    language::LanguageTag,
    membership::{Capacity, Role},
    note::Attribution,
    person::{Person, Security, Standing},
    policy::{self, Act, Actor, On},
    second_factor::Factor,
    time::Zone,
    track::Formality,
    working_group::WorkingGroup,
};
use dipoli_server::{
    config,
    create::{Maker, NewTrack},
    data::DataFolder,
};
use dipoli_store::{Clock, Effect, NewSeat, RootKey, SecondFactor, Store, Tx};
use secrecy::SecretString;
use zeroize::Zeroizing;

/// The track that is served.
pub const TRACK: &str = "bench";

/// Everyone's password.
pub const PASSWORD: &str = "seven bridges over the river";

/// Those at the table: an organizer, a facilitator, and participants.
const AT_THE_TABLE: usize = 15;

/// Of those who try in one way.
pub const OF_A_KIND: usize = 200;

/// The addresses of those who were gathered.
pub struct Crowd {
    /// The organizer first, then the facilitator, then participants.
    pub table: Vec<String>,
    /// Who can sign in.
    pub active: Vec<String>,
    /// Whose accounts are disabled.
    pub disabled: Vec<String>,
    /// Who need a code as well: the first half will give none, the other half a wrong one.
    pub second_factor: Vec<String>,
    /// The group of those at the table.
    pub group: String,
}

impl Crowd {
    /// Makes the track and everyone in it.
    pub async fn gather(data: &DataFolder, content: Option<String>, keys: Option<String>) -> anyhow::Result<Self> {
        let root = RootKey::load_or_create(&data.root_key())?.0;
        let hasher = Arc::new(Hasher::new(Parameters::DEFAULT));
        let public_url = "http://127.0.0.1:8080".to_owned();
        let maker = Maker {
            data: data.clone(),
            root: root.clone(),
            clock: Clock::Database,
            hasher: hasher.clone(),
            public_url,
        };
        maker.make(track(content, keys)).await?;
        let folder = data.track(TRACK).context("this is a slug")?;
        let settings = config::Track::load(Path::new(&folder.settings()))?;
        let store = Store::open(&folder.place(&settings), &root, Clock::Database).await?;
        let password =
            NewPassword::parse(SecretString::from(PASSWORD), &[]).map_err(|fault| anyhow::anyhow!("{fault}"))?;
        // One hash does for all: what it costs to check is the same.
        let hash = hasher.hash(password).await.context("nobody else hashes")?;
        let crowd = gather(&store, &hash).await?;
        store.close().await?;
        Ok(crowd)
    }
}

fn track(content: Option<String>, keys: Option<String>) -> NewTrack {
    NewTrack {
        slug: TRACK.to_owned(),
        name: "A dialogue for measuring".to_owned(),
        purpose: String::new(),
        formality: Formality::Track15,
        database_url: content.map(SecretString::from),
        keys_url: keys.map(SecretString::from),
        settings: vec![
            ("sign_in.second_factor", "\"optional\"".to_owned()),
            ("sign_in.access_token_minutes", "60".to_owned()),
        ],
        admin_email: "ada@example.org".to_owned(),
        admin_name: "Ada".to_owned(),
        admin_password: Some(SecretString::from(PASSWORD)),
    }
}

async fn gather(store: &Store, hash: &str) -> anyhow::Result<Crowd> {
    let now = store.now().await?;
    let group = WorkingGroup::convene("water", "Water", "", "UTC", Attribution::Named).ok().context("a group")?;
    store.make_group_key(group.id, now).await?;
    let tx = begin(store, now).await?;
    tx.add_working_group(&group).await?;
    let mut table = Vec::new();
    for number in 0..AT_THE_TABLE {
        let someone = someone(&format!("table-{number}"), Standing::Active, false)?;
        add(&tx, &someone, hash).await?;
        let role = match number {
            0 => Role::Organizer,
            1 => Role::Facilitator,
            _ => Role::Participant,
        };
        let seat = NewSeat {
            id: MembershipId::random(),
            group: group.id,
            person: someone.id,
            role,
            capacity: Capacity::Personal,
            delegation: None,
            effect: Effect::Now,
        };
        tx.give_seat(&seat, false).await?;
        table.push(someone.email.as_str().to_owned());
    }
    let active = many(&tx, "active", OF_A_KIND, Standing::Active, false, hash).await?;
    let disabled = many(&tx, "disabled", OF_A_KIND, Standing::Disabled, false, hash).await?;
    let second_factor = many(&tx, "factor", 2 * OF_A_KIND, Standing::Active, true, hash).await?;
    tx.commit(&[Event::of(Action::DemoPrepared)]).await?;
    Ok(Crowd { table, active, disabled, second_factor, group: group.id.to_string() })
}

async fn many(
    tx: &Tx,
    name: &str,
    how_many: usize,
    standing: Standing,
    has_second_factor: bool,
    hash: &str,
) -> anyhow::Result<Vec<String>> {
    let mut addresses = Vec::new();
    for number in 0..how_many {
        let someone = someone(&format!("{name}-{number}"), standing, has_second_factor)?;
        add(tx, &someone, hash).await?;
        if has_second_factor {
            let factor = SecondFactor::new(someone.id, Zeroizing::new(vec![7; 20]), Factor::default());
            tx.add_second_factor(&factor, true).await?;
        }
        addresses.push(someone.email.as_str().to_owned());
    }
    Ok(addresses)
}

async fn add(tx: &Tx, person: &Person, hash: &str) -> anyhow::Result<()> {
    tx.add_person(person).await?;
    Ok(tx.set_password_hash(person.id, None, hash).await?)
}

fn someone(name: &str, standing: Standing, has_second_factor: bool) -> anyhow::Result<Person> {
    Ok(Person {
        id: PersonId::random(),
        display_name: name.to_owned(),
        affiliation: None,
        email: EmailAddress::stored(format!("{name}@example.org")),
        language: LanguageTag::parse("language", "en").ok().context("a language")?,
        zone: Zone::utc(),
        is_administrator: false,
        standing,
        security: Security { has_second_factor, ..Security::default() },
    })
}

async fn begin(store: &Store, now: Timestamp) -> anyhow::Result<Tx> {
    let permit = policy::may(Actor::Operator, Act::PrepareDemo, On::track(), now);
    let permit = permit.ok().context("the operator prepares worlds")?;
    Ok(store.begin(permit).await?)
}
