//! People: the viewer themself, whom they may know of, and inviting someone to the track.

use std::collections::HashMap;

use dipoli_domain::{
    audit::{Action, Event},
    id::PersonId,
    letter::LetterKind,
    person::{Invitee, Person, PersonSeen, Security, Standing},
    policy::{Act, On, Permit, scope::People},
    refusal::Refusal,
};
use dipoli_store::{Account, StoreError, Tx};
use serde::Serialize;

use crate::{Connection, Cx, Error, PageArgs, Result, cx::id, idempotency::Once, identity, link, page::List};

const LIST: List<'static> = List { name: "people", filter: &[] };

/// The viewer's own account.
pub async fn viewer(cx: &Cx) -> Result<Person> {
    Ok(account(cx).await?.person)
}

/// The same account, where the request may see its secrets; FORBIDDEN to an API client.
pub fn own<'a>(cx: &Cx, account: &'a Person) -> Result<&'a Person> {
    if cx.viewer.covers(Act::ChangeOwnAccount) { Ok(account) } else { Err(Refusal::forbidden().into()) }
}

/// The secret address of the viewer's iCalendar feed. It is computed, not stored; a reset of the password or its
/// renewal makes another.
pub async fn calendar_feed_url(cx: &Cx) -> Result<String> {
    let Account { person, links_generation, .. } = account(cx).await?;
    own(cx, &person)?;
    let feed = cx.track.store.correspondent(person.id).await?.feed_generation;
    let secret = link::calendar(&cx.track, person.id, links_generation, feed);
    Ok(format!("{}/calendar/{secret}.ics", cx.track.base_url()))
}

async fn account(cx: &Cx) -> Result<Account> {
    let account = cx.track.store.account(cx.viewer.person).await?;
    account.ok_or_else(|| Error::Fault("the viewer's own account does not open".to_owned()))
}

/// Those of these people whom the viewer may know of.
pub async fn many(cx: &Cx, ids: &[PersonId]) -> Result<HashMap<PersonId, PersonSeen>> {
    let found = cx.track.store.people(&People::seen_by(&cx.viewer), ids).await?;
    Ok(found.into_iter().map(|person| (person.id, person)).collect())
}

/// Administrators: everyone. Organizers: those they share a group with. Others: nobody. In the order of their
/// (random) ids.
pub async fn list(cx: &Cx, page: &PageArgs) -> Result<Connection<PersonSeen>> {
    let page = LIST.page(cx, page)?;
    let (list, scope) = (People::listed_for(&cx.viewer), People::seen_by(&cx.viewer));
    let slice = cx.track.store.people_page(&list, &scope, &page).await?;
    Ok(LIST.connection(cx, slice, |person| person.id))
}

/// How many `list` has in all.
pub async fn count(cx: &Cx) -> Result<u64> {
    Ok(cx.track.store.people_count(&People::listed_for(&cx.viewer)).await?)
}

/// Someone to be invited, as it was sent.
#[derive(Serialize)]
pub struct Invite {
    /// Where the invitation goes.
    pub email: String,
    /// Their name.
    pub display_name: String,
    /// Function or institution.
    pub affiliation: Option<String>,
    /// BCP 47; the track's unless given.
    pub language: Option<String>,
    /// IANA; UTC unless given.
    pub time_zone: Option<String>,
    /// The client's key for sending this again.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Invite {
    fn parse(&self, cx: &Cx) -> Result<Invitee> {
        let (affiliation, language) = (self.affiliation.as_deref(), self.language.as_deref());
        let of_track = &cx.track.settings().language;
        let zone = self.time_zone.as_deref();
        Ok(Invitee::parse(&self.email, &self.display_name, affiliation, language, zone, of_track)?)
    }
}

/// Invites a person to the track; the invitation goes by mail. The answer shows what was sent, whether or not the
/// address is known (requirements A-13).
pub async fn invite(cx: &Cx, input: Invite) -> Result<PersonSeen> {
    let permit = cx.may("email", Act::InvitePerson, On::track()).await?;
    let once = Once::new("invitePerson", input.idempotency_key.as_deref(), &input)?;
    let again = async |person: String| Ok(as_sent(id("idempotencyKey", &person)?, input.parse(cx)?));
    once.run(cx, invite_once(cx, permit, &once, &input), again).await
}

async fn invite_once(cx: &Cx, permit: Permit, once: &Once, input: &Invite) -> Result<PersonSeen> {
    let invitee = input.parse(cx)?;
    let tx = cx.track.store.begin(permit).await?;
    let person = invited(&tx, &invitee).await?;
    once.remember(&tx, &person.id).await?;
    tx.commit(&[Event::on(Action::PersonInvited, person.id)]).await?;
    cx.track.wake();
    Ok(as_sent(person.id, invitee))
}

fn as_sent(id: PersonId, invitee: Invitee) -> PersonSeen {
    let Invitee { email, display_name, affiliation, .. } = invitee;
    PersonSeen { id, display_name, affiliation, email: Some(email.as_str().to_owned()), account: None }
}

/// The person of that address, who is added to the track where nobody has it. Whoever has not accepted yet is sent an
/// invitation, at most three an hour.
pub(crate) async fn invited(tx: &Tx, invitee: &Invitee) -> Result<Person> {
    let person = match tx.account_by_email(&invitee.email).await? {
        Some(known) => known.person,
        None => {
            let new = newcomer(invitee.clone());
            // Where someone else invites the same address at this moment, who tries again finds it known.
            tx.add_person(&new).await.map_err(|error| match error == StoreError::Taken("person.email") {
                true => Error::Unavailable,
                false => error.into(),
            })?;
            new
        }
    };
    let invitation = LetterKind::Invitation;
    let is_open = person.standing == Standing::Invited;
    if is_open && tx.letters_last_hour(person.id, invitation).await? < identity::TOKEN_LETTERS_AN_HOUR {
        tx.queue(&identity::token_letter(invitation, person.id, tx.now())).await?;
    }
    Ok(person)
}

fn newcomer(invitee: Invitee) -> Person {
    let Invitee { email, display_name, affiliation, language, zone } = invitee;
    Person {
        id: PersonId::random(),
        display_name,
        affiliation,
        email,
        language,
        zone,
        is_administrator: false,
        standing: Standing::Invited,
        security: Security::default(),
    }
}
