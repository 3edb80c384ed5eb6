//! `dipoli track check`.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use clap::Args;
use dipoli_domain::email::EmailAddress;
use dipoli_store::{KeyReport, OpenError, Store};

use crate::{
    cli::{Done, Where, audit, place, say},
    config,
    data::TrackFolder,
    workers::Postman,
};

/// Opens everything of a track and says what state it is in, and what an operator should think about once more. A
/// server may be running. Ends with 1 where something is wrong.
#[derive(Args)]
pub struct Check {
    /// Which track; all of them unless given
    slug: Option<String>,
    #[command(flatten)]
    place: Where,
    /// Also sends a test message to this address, by the way that the track's letters take
    #[arg(long, value_name = "ADDRESS", requires = "slug")]
    send_to: Option<String>,
}

impl Check {
    pub(in crate::cli) async fn run(self) -> anyhow::Result<Done> {
        let opened = place::open(&self.place)?;
        let send_to = self.send_to.as_deref().map(|address| EmailAddress::parse("--send-to", address)).transpose();
        let send_to = send_to.map_err(|refusal| anyhow::anyhow!("--send-to: {}", refusal.message))?;
        let mut done = Done::Well;
        for slug in place::slugs(&opened.data, self.slug.as_deref())? {
            say(&slug);
            if check(&opened, &slug, send_to.as_ref()).await.is_none() {
                done = Done::WithFindings;
            }
        }
        Ok(done)
    }
}

/// Says one thing after the other; `None` from the first that is wrong.
async fn check(opened: &place::Opened, slug: &str, send_to: Option<&EmailAddress>) -> Option<()> {
    let folder = opened.data.track(slug)?;
    let settings =
        told("settings", config::Track::load(&folder.settings()), |_| "every key is known and in bounds".into())?;
    let store = Store::open(&folder.place(&settings), &opened.root, dipoli_store::Clock::Database).await;
    let store = told("databases", store, |_| "open, up to date, and of these keys".into());
    let keys = match &store {
        Some(store) => keys(store).await,
        None => None,
    };
    let mail = told("mail", postman(opened, slug, &folder, &settings), |_| way_out(&settings).into());
    let mail = match (mail, &store, send_to) {
        (Some(postman), Some(store), Some(to)) => trial(&postman, store, to).await,
        (mail, _, _) => mail.map(drop),
    };
    let log = match &store {
        Some(store) => audit_log(store).await,
        None => None,
    };
    if store.as_ref().is_some_and(Store::is_open_to_all) {
        line(
            "think of",
            "every role of the cluster may connect to a database of this track (REVOKE CONNECT … FROM PUBLIC)",
        );
    }
    for warning in settings.warnings() {
        line("think of", warning);
    }
    store.and(keys).and(mail).and(log).map(drop)
}

async fn keys(store: &Store) -> Option<()> {
    let report = told("keys", store.key_report().await, data_keys)?;
    for (table, rows) in report.rows.by_table().into_iter().filter(|(_, rows)| *rows > 0) {
        line("keys", &format!("{rows} rows of {table} wait to be sealed anew"));
    }
    line("signing", &signing_keys(&report));
    let (_, public) = told("statements", store.statement_key(), |(kid, _)| format!("signed by {kid}"))?;
    line("", &URL_SAFE_NO_PAD.encode(public));
    Some(())
}

fn data_keys(report: &KeyReport) -> String {
    let KeyReport { active, retained, destroyed_groups, .. } = report;
    match retained {
        0 => format!("active: {active}; groups destroyed: {destroyed_groups}"),
        _ => format!("active: {active}; retired and still needed: {retained}; groups destroyed: {destroyed_groups}"),
    }
}

fn signing_keys(report: &KeyReport) -> String {
    let keys = report.signing.iter().map(|(purpose, state, number)| format!("{purpose} {state}: {number}"));
    keys.collect::<Vec<_>>().join("; ")
}

async fn audit_log(store: &Store) -> Option<()> {
    let report = told("audit log", store.verify_audit_log(None).await, audit::summary)?;
    for finding in &report.findings {
        line("audit log", &finding.to_string());
    }
    told("closing", store.close().await.map_err(OpenError::from), |()| "closed well".into())?;
    report.is_sound().then_some(())
}

fn postman(
    opened: &place::Opened,
    slug: &str,
    folder: &TrackFolder,
    settings: &config::Track,
) -> Result<Postman, String> {
    let base_url = format!("{}/{slug}", opened.instance.public_url);
    Postman::new(settings, folder, &base_url, None)
}

fn way_out(settings: &config::Track) -> &'static str {
    if settings.mail.url.is_some() { "letters go to the relay" } else { "letters go to files in outbox/" }
}

/// Sends a test message and says what came of it. What the server said is not repeated: it may name the address.
async fn trial(postman: &Postman, store: &Store, to: &EmailAddress) -> Option<()> {
    let now = told("test mail", store.now().await, |_| "on its way".into())?;
    told("test mail", postman.tries(to, now).await, |()| "it was taken; whether it arrives, its reader sees".into())
}

/// Says how something is, or what is wrong with it.
fn told<T, E: std::fmt::Display>(what: &str, outcome: Result<T, E>, how: impl Fn(&T) -> String) -> Option<T> {
    match outcome {
        Ok(value) => {
            line(what, &how(&value));
            Some(value)
        }
        Err(fault) => {
            line(what, &format!("WRONG: {fault}"));
            None
        }
    }
}

fn line(what: &str, how: &str) {
    say(&format!("  {what:10}  {how}"));
}
