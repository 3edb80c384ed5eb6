//! `dipoli serve`.

use std::net::SocketAddr;

use clap::Args;

use super::{Done, Where, complain, place};
use crate::server::{Listeners, Options, Server};

/// Serves until it is told to stop (SIGTERM, SIGINT; the second of them ends it at once).
#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    place: Where,
    /// Serve this track alone
    #[arg(long, value_name = "SLUG")]
    only: Option<String>,
    /// Where the API is served, over dipoli.toml
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Where /livez and /readyz are, over dipoli.toml
    #[arg(long, value_name = "ADDR")]
    admin_listen: Option<SocketAddr>,
}

impl Serve {
    pub(super) async fn run(self) -> anyhow::Result<Done> {
        let opened = place::open_there(&self.place, super::as_settings(self.listen, self.admin_listen))?;
        if let Some(only) = &self.only {
            place::slugs(&opened.data, Some(only))?;
        }
        if opened.data.slugs().is_empty() {
            complain("There is no track yet; `dipoli track create SLUG --data DIR` makes one, also while this runs.");
        }
        let public_url = opened.instance.public_url.clone();
        let listeners = Listeners::take(&opened.instance).await?;
        let options = Options { only: self.only, ..Options::new(opened.data, opened.root, opened.instance) };
        let server = Server::start(options)?;
        let (api, admin) = (listeners.address(), listeners.admin_address());
        complain(&format!("Serving on {api}, admin on {admin}; links lead to {public_url} (public_url)."));
        server.run(listeners).await;
        Ok(Done::Well)
    }
}
