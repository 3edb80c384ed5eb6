//! `dipoli track way-back`: for the only administrator who lost their phone, whose first invitation ran out, or who switched
//! resets by mail off and forgot the password.
//!
//! It sets nothing; what it does is in the audit log. Deliberately absent: setting a password.

use anyhow::anyhow;
use clap::Args;
use dipoli_app::{Error, way_back};
use dipoli_domain::email::EmailAddress;
use secrecy::ExposeSecret;

use crate::{
    cli::{Done, Where, place, say},
    workers,
};

/// A server may be running: what it sends, it sends by itself
#[derive(Args)]
pub struct WayBack {
    /// Of which track
    slug: String,
    #[command(flatten)]
    place: Where,
    /// The address of whoever is locked out
    #[arg(long, value_name = "EMAIL")]
    email: String,
}

impl WayBack {
    pub(super) async fn run(self) -> anyhow::Result<Done> {
        let email = EmailAddress::parse("email", &self.email);
        let email = email.map_err(|refusal| anyhow!("--email: {}", refusal.message))?;
        let opened = place::open(&self.place)?;
        let track = place::track(&opened, &self.slug).await?;
        let begun = way_back::begin(&track, &email).await.map_err(|error| match error {
            Error::Refused(why) => {
                let why: Vec<_> = why.iter().map(|why| why.message.as_ref()).collect();
                anyhow!("--email: {}", why.join(" "))
            }
            other @ (Error::Unavailable | Error::Again | Error::Fault(_)) => other.into(),
        });
        match begun? {
            way_back::WayBack::Invitation(token) => {
                say(
                    "The invitation was not accepted yet. By this link, good once and for 72 hours, they choose a password; \
                     earlier ones are not good any more:",
                );
                say(&format!("{}/welcome#{}", track.base_url(), token.expose_secret()));
            }
            way_back::WayBack::Reset { from, second_factor_until } => {
                say(&match from {
                    None => "They can ask for a reset of the password by mail.".to_owned(),
                    Some(from) => format!(
                        "They had switched resets by mail off. From {from} on they can ask for one, once, unless they \
                         sign in before then."
                    ),
                });
                if let Some(until) = second_factor_until {
                    say(&format!(
                        "Their second factor is asked for until {until}, and not after, unless they cancel that; they and \
                         their facilitators are told by mail."
                    ));
                }
            }
        }
        workers::chain(&track).await?;
        track.close().await?;
        Ok(Done::Well)
    }
}
