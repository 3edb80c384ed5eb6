//! `dipoli demo`: prepares the example world, says who can sign in and how, and serves it on loopback.

use std::{net::SocketAddr, path::PathBuf, pin::pin};

use clap::Args;
use secrecy::ExposeSecret;

use super::{Done, RootKeyFile, Where, complain, place, say};
use crate::{
    demo::{self, Demo as Prepared},
    server::{Listeners, Options, Server},
};

/// A second start finds its world again, and sets and prints new passwords.
#[derive(Args)]
pub struct Demo {
    /// The data folder; made, with the example world in it, where there is none
    #[arg(long, value_name = "DIR", default_value = "dipoli-demo")]
    data: PathBuf,
    #[command(flatten)]
    key: RootKeyFile,
    /// Where it is served
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Where /livez and /readyz are
    #[arg(long, value_name = "ADDR")]
    admin_listen: Option<SocketAddr>,
}

impl Demo {
    pub(super) async fn run(self) -> anyhow::Result<Done> {
        let place = Where { data: self.data, key: self.key };
        let first = [("explorer", "true".to_owned()), ("introspection", "true".to_owned())];
        let mut opened = place::open_or_make_with(&place, &first, super::as_settings(self.listen, self.admin_listen))?;
        // The addresses are taken first: who cannot be reached need not be prepared.
        let listeners = Listeners::take(&opened.instance).await?;
        if self.listen.is_some() {
            // Links and tokens name the address that is served.
            opened.instance.public_url = format!("http://{}", listeners.address());
        }
        let public_url = opened.instance.public_url.clone();
        let (data, root) = (opened.data.clone(), opened.root.clone());
        let address = listeners.address();
        let server = Server::start(Options::new(opened.data, opened.root, opened.instance))?;
        // It serves from the first moment on; tracks are found as they are made.
        let mut serving = pin!(server.run(listeners));
        tokio::select! {
            () = &mut serving => return Ok(Done::Well),
            prepared = demo::prepare(&data, &root, &public_url) => tell(&prepared?, &public_url),
        }
        complain(&format!("Serving on {address}; Ctrl-C ends it."));
        serving.await;
        Ok(Done::Well)
    }
}

fn tell(demo: &Prepared, public_url: &str) {
    for (slug, name) in &demo.tracks {
        say(&format!("\n{name}: {public_url}/{slug}/graphql, to try it: {public_url}/{slug}/explorer"));
        let guests: Vec<_> = demo.guests.iter().filter(|guest| guest.slug == *slug).collect();
        let name_width = guests.iter().map(|guest| guest.name.chars().count()).max().unwrap_or_default();
        let email_width = guests.iter().map(|guest| guest.email.len()).max().unwrap_or_default();
        for guest in guests {
            say(&format!(
                "  {:name_width$}  {:email_width$}  {}  {}",
                guest.name,
                guest.email,
                guest.password.expose_secret(),
                guest.part
            ));
        }
    }
    let guest = demo.guests[demo.example.0].name;
    let [sign_in, list, post] = demo::commands(public_url, demo);
    say(&format!(
        "\nThese run documents of schema/operations/. Sign in as {guest} (SignIn):\n\n{sign_in}\n\n\
         List the sessions to come (MySessions):\n\n{list}\n\nPost a note (PostNote):\n\n{post}\n"
    ));
}
