//! `bench-world`: a track filled with the data of the performance kit, and for each of the kit's pairs of viewer and
//! session a token that is good for a run.
//!
//! Everything is written through the store, sealed, marked and audited as it is in a real track; what a person would do
//! one by one is written many at a time. The kit's observers sit as participants, and the notes of its sessions under the
//! Chatham House Rule are notes under the Rule that came out, unless they are PRIVATE. Deliberately absent: letters, and
//! any measuring.

mod fill;
mod kit;

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use clap::Parser;
use dipoli_app::{Knock, Track, identity};
use dipoli_auth::password::{Hasher, Parameters};
use dipoli_domain::{guessing::Rate, sign_in::ClientKind, track::Formality};
use dipoli_server::{
    config,
    create::{Maker, NewTrack},
    data::DataFolder,
};
use dipoli_store::{Clock, RootKey, Store};
use secrecy::SecretString;

use crate::{
    fill::{Filled, PASSWORD, address},
    kit::Kit,
};

/// Loads the performance kit's CSV files into a new track.
#[derive(Parser)]
struct Arguments {
    /// The folder with the CSV files and pairs-SIZE.txt that the kit's gen.py has written
    #[arg(long)]
    kit: PathBuf,
    /// The data folder to make
    #[arg(long)]
    data: PathBuf,
    /// Where to write a line for each pair: viewer, session, token, agenda item
    #[arg(long)]
    pairs: PathBuf,
    /// The slug of the track to make
    #[arg(long, default_value = "bench")]
    slug: String,
    /// Where the content goes, if not into a file
    #[arg(long)]
    database_url: Option<String>,
    /// Where the keys go, if not into a file
    #[arg(long)]
    keys_url: Option<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    // Where PostgreSQL is spoken to over TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let kit = Kit::read(&arguments.kit)?;
    let data = DataFolder::at(&arguments.data)?;
    data.prepare(&[])?;
    let root = RootKey::load_or_create(&data.root_key())?.0;
    // The cheapest that is allowed: hundreds sign in here.
    let hasher = Arc::new(Hasher::new(Parameters::FLOOR));
    let public_url = "http://127.0.0.1:8080".to_owned();
    let maker =
        Maker { data: data.clone(), root: root.clone(), clock: Clock::Database, hasher: hasher.clone(), public_url };
    let track = NewTrack {
        slug: arguments.slug.clone(),
        name: "A dialogue for measuring".to_owned(),
        purpose: String::new(),
        formality: Formality::Track15,
        database_url: arguments.database_url.map(SecretString::from),
        keys_url: arguments.keys_url.map(SecretString::from),
        settings: vec![
            ("sign_in.second_factor", "\"optional\"".to_owned()),
            ("sign_in.access_token_minutes", "60".to_owned()),
        ],
        admin_email: "ada@example.org".to_owned(),
        admin_name: "Ada".to_owned(),
        admin_password: Some(SecretString::from(PASSWORD)),
    };
    maker.make(track).await?;
    let folder = data.track(&arguments.slug).context("this is no slug")?;
    let settings = config::Track::load(&folder.settings())?;
    let store = Store::open(&folder.place(&settings), &root, Clock::Database).await?;
    let filled = fill::fill(&store, &kit).await?;
    let track = Arc::new(Track::open(settings.for_app(&arguments.slug, &maker.public_url), store, hasher)?);
    write_pairs(&track, &kit, &filled, &arguments.pairs).await?;
    Ok(track.close().await?)
}

/// Signs in everyone who is in a pair, and writes the pairs.
async fn write_pairs(track: &Arc<Track>, kit: &Kit, filled: &Filled, into: &Path) -> anyhow::Result<()> {
    let mut tokens = HashMap::new();
    let mut lines = String::new();
    for (viewer, session) in &kit.pairs {
        if let Entry::Vacant(free) = tokens.entry(*viewer) {
            free.insert(signed_in(track, *viewer).await?);
        }
        let Filled { people, sessions, first_items, .. } = filled;
        let found = people.get(viewer).zip(sessions.get(session)).zip(first_items.get(session));
        let ((person, session), item) = found.context("a pair names a person, and a session with an agenda")?;
        writeln!(lines, "{person} {session} {} {item}", tokens[viewer])?;
    }
    fs::write(into, lines).with_context(|| format!("{} cannot be written", into.display()))
}

async fn signed_in(track: &Arc<Track>, viewer: u32) -> anyhow::Result<String> {
    let attempt =
        identity::SignIn { email: address(viewer), password: SecretString::from(PASSWORD), one_time_code: None };
    // One who is known, and comes as often as there are people.
    let knock = Knock {
        slug: track.settings().slug.clone(),
        address: "127.0.0.1".to_owned(),
        client: ClientKind::Program,
        rate: Rate { burst: u32::MAX, per_minute: u32::MAX },
    };
    Ok(identity::sign_in(track, &knock, attempt).await?.access_token)
}
