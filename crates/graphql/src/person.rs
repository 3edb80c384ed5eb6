//! People: as a viewer may see them, themself with what is theirs, and inviting someone to the track.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use dipoli_app::{self as app, Connection};
use dipoli_domain::person::{AccountSeen, PersonSeen};
use tokio::sync::OnceCell;

use crate::{
    account::{self, PersonalAccessToken, SecondFactor, SignIn},
    connection::{Count, connection, page},
    context::{Payload, act, cx},
    correspondence::Correspondence,
    error::Result,
    list::List,
    membership::{MembershipConnection, MembershipCount},
    node::OfRow,
    nullable::Nullable,
    reader::Reader,
    scalar::{EmailAddress, LanguageTag, TimeZone},
    session::{SessionConnection, SessionCount},
};

/// A person, as the viewer may see them.
pub(crate) struct Person(PersonSeen);

impl OfRow for Person {
    type Row = PersonSeen;
    fn of(_: &Arc<Reader>, row: PersonSeen) -> Self {
        Self(row)
    }
}

impl Person {
    /// A person as the viewer sees them.
    pub(crate) const fn seen(row: PersonSeen) -> Self {
        Self(row)
    }
}

/// Where an account stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::person::Standing")]
pub(crate) enum AccountStanding {
    /// Invited to the track; the invitation is not accepted yet.
    Invited,
    /// Has accepted the invitation.
    Active,
    /// Switched off by an administrator; nobody signs in with it.
    Disabled,
    /// Erased by its person; what stays of theirs is a former participant's.
    Erased,
}

/// How an account stands.
#[derive(SimpleObject)]
pub(crate) struct Account {
    /// Whether it is open.
    standing: AccountStanding,
    /// Whether its person keeps the track's accounts and groups.
    is_administrator: bool,
}

impl From<AccountSeen> for Account {
    fn from(seen: AccountSeen) -> Self {
        Self { standing: seen.standing.into(), is_administrator: seen.is_administrator }
    }
}

/// Someone with an account in the track, as the viewer may see them.
#[Object]
impl Person {
    /// Opaque, random, unique in the track.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The name on the name plate. For a seat that has not taken effect, the name that it was given with.
    async fn display_name(&self) -> &str {
        &self.0.display_name
    }

    /// Null where the person sits in a personal capacity in every group shared with the viewer.
    async fn affiliation(&self) -> Option<&str> {
        self.0.affiliation.as_deref()
    }

    /// To the person, to administrators, and to organizers of a group they share; to others null.
    async fn email(&self) -> Option<EmailAddress> {
        self.0.email.as_deref().map(EmailAddress::from)
    }

    /// How their account stands: to the person and to administrators; to others null, and in the answer to an invitation.
    async fn account(&self) -> Option<Account> {
        self.0.account.map(Account::from)
    }
}

connection! {
    /// A page of people.
    PersonConnection,
    /// A person in a list.
    PersonEdge of Person, AllPeople
}

/// Everyone whom the viewer may list.
pub(crate) struct AllPeople;

impl Count for AllPeople {
    async fn count(&self, reader: &Reader) -> Result<u64> {
        Ok(app::person::count(reader.cx()).await?)
    }
}

/// The signed-in person. Their account is read when a field first needs it.
pub(crate) struct Viewer {
    reader: Arc<Reader>,
    account: OnceCell<dipoli_domain::person::Person>,
}

impl Viewer {
    /// Whoever reads.
    pub(crate) fn new(reader: Arc<Reader>) -> Self {
        Self { reader, account: OnceCell::new() }
    }

    async fn account(&self) -> Result<&dipoli_domain::person::Person> {
        self.account.get_or_try_init(|| async { Ok(app::person::viewer(self.reader.cx()).await?) }).await
    }
}

/// The signed-in person and what is theirs.
#[Object]
impl Viewer {
    /// The person.
    async fn person(&self) -> Result<Person> {
        Ok(Person(self.account().await?.into()))
    }

    /// Whether they keep the track's accounts and groups. An administrator reads no content without a seat.
    async fn is_administrator(&self) -> bool {
        self.reader.cx().viewer.is_administrator
    }

    /// The language of what is written to them.
    async fn language(&self) -> Result<LanguageTag> {
        Ok((&self.account().await?.language).into())
    }

    /// The zone in which times are written to them.
    async fn time_zone(&self) -> Result<TimeZone> {
        Ok((&self.account().await?.zone).into())
    }

    /// Their seats that are in effect.
    async fn memberships(
        &self,
        #[graphql(desc = "So many from the beginning, 0 to 100; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<MembershipConnection> {
        let page: Connection<_> =
            app::membership::of_viewer(self.reader.cx(), &page(first, after, last, before)).await?;
        Ok(MembershipConnection::new(&self.reader, page, MembershipCount::OfViewer))
    }

    /// Scheduled sessions of the viewer's groups that have not ended, soonest first.
    async fn upcoming_sessions(
        &self,
        #[graphql(desc = "So many from the beginning, 0 to 100; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<SessionConnection> {
        let page = app::session::upcoming(self.reader.cx(), &page(first, after, last, before)).await?;
        Ok(SessionConnection::new(&self.reader, page, SessionCount::Upcoming))
    }

    /// What stands in every mail to them, so that a true one is known; null where they chose nothing.
    async fn mail_phrase(&self) -> Result<Option<&str>> {
        Ok(app::person::own(self.reader.cx(), self.account().await?)?.security.phrase.as_deref())
    }

    /// Whether the password can be reset by mail.
    async fn reset_by_mail(&self) -> Result<bool> {
        Ok(app::person::own(self.reader.cx(), self.account().await?)?.security.reset_by_mail)
    }

    /// Their second factor.
    async fn second_factor(&self) -> Result<SecondFactor> {
        Ok(account::second_factor(&self.reader).await?)
    }

    /// Their sign-ins that are on, the latest used first; at most 48. Not to API clients.
    async fn sign_ins(&self) -> Result<List<SignIn>> {
        Ok(account::sign_ins(&self.reader).await?)
    }

    /// The tokens of their API clients that are good. Not to API clients.
    async fn personal_access_tokens(&self) -> Result<List<PersonalAccessToken>> {
        Ok(account::tokens(&self.reader).await?)
    }

    /// Secret address of the viewer's iCalendar feed; renewed by renewCalendarFeed.
    async fn calendar_feed_url(&self) -> Result<String> {
        Ok(app::person::calendar_feed_url(self.reader.cx()).await?)
    }

    /// What the viewer has chosen about their letters and calendar.
    async fn correspondence(&self) -> Result<Correspondence> {
        Ok(Correspondence(app::correspondence::of_viewer(self.reader.cx()).await?))
    }
}

/// Someone to be invited to the track.
#[derive(InputObject)]
pub(crate) struct InvitePersonInput {
    /// Where the invitation goes.
    email: EmailAddress,
    /// Their name, until they change it.
    display_name: String,
    /// Function or institution.
    affiliation: Option<String>,
    /// The language of what is written to them; the track's unless given.
    language: Option<LanguageTag>,
    /// The zone in which times are written to them; UTC unless given.
    time_zone: Option<TimeZone>,
    /// The same key and input again within 24 hours return the first result; 1 to 255 characters.
    idempotency_key: Option<String>,
}

impl From<InvitePersonInput> for app::person::Invite {
    fn from(input: InvitePersonInput) -> Self {
        Self {
            email: input.email.into(),
            display_name: input.display_name,
            affiliation: input.affiliation,
            language: input.language.map(Into::into),
            time_zone: input.time_zone.map(Into::into),
            idempotency_key: input.idempotency_key,
        }
    }
}

/// The invitation itself goes to the address by e-mail and is never in the answer.
pub(crate) struct InvitePersonPayload {
    person: Person,
}

/// The invitation itself goes to the address by e-mail and is never in the answer.
#[Object]
impl InvitePersonPayload {
    /// Who was invited; the same for an address that was known already.
    async fn person(&self) -> &Person {
        &self.person
    }
}

impl Payload<PersonSeen> for InvitePersonPayload {
    fn of(_: &Arc<Reader>, row: PersonSeen) -> Self {
        Self { person: Person(row) }
    }
}

/// What is done about people.
#[derive(Default)]
pub(crate) struct PersonMutation;

#[Object]
impl PersonMutation {
    /// Invites someone to the track; administrators. The answer does not tell whether the address was known.
    async fn invite_person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is invited.")] input: InvitePersonInput,
    ) -> Nullable<InvitePersonPayload> {
        act(ctx, app::person::invite(cx(ctx), input.into())).await
    }
}
