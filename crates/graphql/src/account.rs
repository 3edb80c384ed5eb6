//! What a person does about their own account and how they prove that it is theirs, and what administrators do with
//! accounts: sign-ins, password, second factor, tokens of API clients, address, administration.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use dipoli_app::{self as app, personal_access_token::Made};
use dipoli_domain::{patch::Patch, person::PersonSeen, policy};
use secrecy::ExposeSecret;

use crate::{
    context::{Payload, act, cx},
    list::List,
    nullable::{Nullable, answer},
    person::{Person, Viewer},
    reader::Reader,
    scalar::{Date, DateTime, EmailAddress, LanguageTag, TimeZone},
};

/// What kind of client someone signed in from.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::sign_in::ClientKind")]
pub(crate) enum ClientKind {
    /// A browser on a computer.
    Browser,
    /// A telephone or a tablet.
    Phone,
    /// A program of another kind.
    Program,
    /// One that does not say.
    Unknown,
}

/// What a personal access token is good for. Every scope but AUDIT_READ lets one see groups, members, sessions and agendas.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "policy::TokenScope")]
pub(crate) enum TokenScope {
    /// See groups, members, sessions, agendas and answers.
    SessionsRead,
    /// Schedule, move, change, cancel and conclude sessions; see how letters about them are delivered.
    SessionsWrite,
    /// Propose, order, adopt and withdraw items; silence procedures.
    AgendaWrite,
    /// Answer invitations to sessions.
    AnswersWrite,
    /// Read notes and records.
    NotesRead,
    /// Post notes; with NOTES_READ also what is done to notes that are there.
    NotesWrite,
    /// Convene and change groups, their delegations and members; invite people.
    GroupsWrite,
    /// Read the audit log.
    AuditRead,
}

/// One of the viewer's sign-ins. Times are told to the day.
#[derive(SimpleObject)]
pub(crate) struct SignIn {
    /// Which; for endSignIn.
    id: ID,
    /// From what kind of client.
    client: ClientKind,
    /// Whether this request was made with it.
    is_current: bool,
    /// On which day.
    signed_in_on: Date,
    /// On which day it was last used.
    last_used_on: Date,
    /// On which day it ends by itself, however much it is used.
    expires_on: Date,
}

/// A token of an API client of the viewer's.
#[derive(SimpleObject)]
pub(crate) struct PersonalAccessToken {
    /// Which; for revokePersonalAccessToken.
    id: ID,
    /// What its owner calls it.
    name: String,
    /// What it is good for.
    scopes: List<TokenScope>,
    /// The id of the group in which alone it is good, if it is for one.
    working_group_id: Option<ID>,
    /// On which day it was made.
    created_on: Date,
    /// On which day it was last used; the day on which it was made until then.
    last_used_on: Date,
    /// The last day on which it is good.
    expires_on: Date,
}

impl From<dipoli_domain::personal_access_token::PersonalAccessToken> for PersonalAccessToken {
    fn from(token: dipoli_domain::personal_access_token::PersonalAccessToken) -> Self {
        Self {
            id: token.id.to_string().into(),
            scopes: token.scopes.iter().map(TokenScope::from).collect(),
            name: token.name,
            working_group_id: token.group.map(|group| group.to_string().into()),
            created_on: Date::of(token.created_on),
            last_used_on: Date::of(token.last_used_on),
            expires_on: Date::of(token.expires_on),
        }
    }
}

/// The viewer's second factor.
#[derive(SimpleObject)]
pub(crate) struct SecondFactor {
    /// Whether it is set up: from then on a sign-in needs its code.
    is_set_up: bool,
    /// Whether the viewer must have one: until it is set up, nothing else can be done.
    is_required: bool,
    /// Recovery codes that are left.
    recovery_codes_left: i32,
    /// When it is going to be removed, where an administrator has started that; cancelled by cancelSecondFactorRecovery.
    recovery_takes_effect_at: Option<DateTime>,
}

/// What the viewer sees of their own sign-ins.
pub(crate) async fn sign_ins(reader: &Reader) -> app::Result<List<SignIn>> {
    let own = reader.cx().viewer.by.sign_in();
    let sign_ins = app::sign_in::list(reader.cx()).await?;
    Ok(sign_ins
        .into_iter()
        .map(|row| SignIn {
            id: row.id.to_string().into(),
            client: row.client.into(),
            is_current: own == Some(row.id),
            signed_in_on: Date::of(row.signed_in_on),
            last_used_on: Date::of(row.last_used_on),
            expires_on: Date::of(row.expires_on),
        })
        .collect())
}

/// The viewer's tokens.
pub(crate) async fn tokens(reader: &Reader) -> app::Result<List<PersonalAccessToken>> {
    Ok(app::personal_access_token::list(reader.cx()).await?.into_iter().map(Into::into).collect())
}

/// The viewer's second factor.
pub(crate) async fn second_factor(reader: &Reader) -> app::Result<SecondFactor> {
    let standing = app::second_factor::standing(reader.cx()).await?;
    Ok(SecondFactor {
        is_set_up: standing.is_set_up,
        is_required: standing.is_required,
        recovery_codes_left: i32::try_from(standing.recovery_codes_left).unwrap_or(i32::MAX),
        recovery_takes_effect_at: standing.recovers_at.map(Into::into),
    })
}

/// A sign-in to be ended.
#[derive(InputObject)]
pub(crate) struct EndSignInInput {
    /// Which of the viewer's own.
    sign_in_id: ID,
}

/// Sign-ins that were ended.
#[derive(SimpleObject)]
pub(crate) struct EndSignInPayload {
    /// Always true: their tokens are dead from the next request on.
    ended: bool,
}

/// A password in the place of another.
#[derive(InputObject)]
pub(crate) struct ChangePasswordInput {
    /// The password that is replaced.
    current_password: String,
    /// The new password: 12 characters to 1024 bytes.
    password: String,
}

/// A password that was changed.
#[derive(SimpleObject)]
pub(crate) struct ChangePasswordPayload {
    /// Always true: all other sign-ins of the account have ended.
    changed: bool,
}

/// A second factor that is being set up. Told once.
#[derive(SimpleObject)]
pub(crate) struct SetUpSecondFactorPayload {
    /// The seed, to be typed into an authenticator (base32).
    seed: String,
    /// The same as an otpauth URI, to be shown as a picture.
    uri: String,
}

/// The first code of a second factor.
#[derive(InputObject)]
pub(crate) struct ConfirmSecondFactorInput {
    /// What the authenticator shows now.
    code: String,
}

/// Recovery codes. Told once.
#[derive(SimpleObject)]
pub(crate) struct RecoveryCodesPayload {
    /// Ten codes, each good once in the place of the second factor. They are kept apart from it.
    recovery_codes: List<String>,
}

/// A second factor that was removed.
#[derive(SimpleObject)]
pub(crate) struct RemoveSecondFactorPayload {
    /// Always true.
    removed: bool,
}

/// Somebody, by their id.
#[derive(InputObject)]
pub(crate) struct OfPersonInput {
    /// Whose account.
    person_id: ID,
}

/// A removal of a second factor that was started.
#[derive(SimpleObject)]
pub(crate) struct StartSecondFactorRecoveryPayload {
    /// From then on its owner signs in with their password alone, unless they cancel it.
    takes_effect_at: DateTime,
}

/// A removal of a second factor that was cancelled.
#[derive(SimpleObject)]
pub(crate) struct CancelSecondFactorRecoveryPayload {
    /// Always true.
    cancelled: bool,
}

/// A token to be made for an API client.
#[derive(InputObject)]
pub(crate) struct CreatePersonalAccessTokenInput {
    /// What its owner calls it.
    name: String,
    /// What it is good for: one thing at least.
    scopes: Vec<TokenScope>,
    /// In which of the viewer's groups alone, if in one.
    working_group_id: Option<ID>,
    /// For how many days, 1 to 365; 90 unless given.
    expires_in_days: Option<i32>,
}

/// A token that was made.
#[derive(SimpleObject)]
pub(crate) struct CreatePersonalAccessTokenPayload {
    /// What the client shows as its bearer token. Told once.
    token: String,
    /// The token.
    personal_access_token: PersonalAccessToken,
}

/// A token to be revoked.
#[derive(InputObject)]
pub(crate) struct RevokePersonalAccessTokenInput {
    /// Which of the viewer's own.
    access_token_id: ID,
}

/// A token that was revoked.
#[derive(SimpleObject)]
pub(crate) struct RevokePersonalAccessTokenPayload {
    /// Always true: it is dead from the next request on.
    revoked: bool,
}

/// What is to be changed of one's own account; what is omitted stays.
#[derive(InputObject)]
pub(crate) struct UpdateAccountInput {
    /// The name on the name plate.
    display_name: MaybeUndefined<String>,
    /// Function or institution; null takes it away.
    affiliation: MaybeUndefined<String>,
    /// The language of what is written to one.
    language: MaybeUndefined<LanguageTag>,
    /// The zone in which times are written to one.
    time_zone: MaybeUndefined<TimeZone>,
    /// What stands in every mail to one, so that a true one is known; null takes it away. Needs a fresh sign-in.
    mail_phrase: MaybeUndefined<String>,
    /// Whether the password can be reset by mail. Needs a fresh sign-in.
    reset_by_mail: MaybeUndefined<bool>,
}

fn patch<A, B: From<A>>(field: MaybeUndefined<A>) -> Patch<B> {
    match field {
        MaybeUndefined::Undefined => Patch::Keep,
        MaybeUndefined::Null => Patch::Clear,
        MaybeUndefined::Value(value) => Patch::Set(value.into()),
    }
}

impl From<UpdateAccountInput> for app::account::Change {
    fn from(input: UpdateAccountInput) -> Self {
        Self {
            display_name: patch(input.display_name),
            affiliation: patch(input.affiliation),
            language: patch(input.language),
            time_zone: patch(input.time_zone),
            mail_phrase: patch(input.mail_phrase),
            reset_by_mail: patch(input.reset_by_mail),
        }
    }
}

/// The viewer's account, changed.
pub(crate) struct UpdateAccountPayload(Viewer);

/// The viewer's account, changed.
#[Object]
impl UpdateAccountPayload {
    /// Whose it is.
    async fn viewer(&self) -> &Viewer {
        &self.0
    }
}

/// Another address for one's own account.
#[derive(InputObject)]
pub(crate) struct ChangeAddressInput {
    /// The new address.
    email: EmailAddress,
}

/// A change of address that waits for both of its ends, whoever has the new address.
#[derive(SimpleObject)]
pub(crate) struct ChangeAddressPayload {
    /// Always true: a letter with a code leaves for each of them.
    accepted: bool,
}

/// A code of one of the two letters.
#[derive(InputObject)]
pub(crate) struct ConfirmAddressInput {
    /// The code from the mail.
    token: String,
}

/// One end of a change of address has agreed.
#[derive(SimpleObject)]
pub(crate) struct ConfirmAddressPayload {
    /// Whether both have, and the address is changed.
    changed: bool,
}

/// An account that an administrator has changed.
pub(crate) struct PersonPayload(Person);

/// An account that an administrator has changed.
#[Object]
impl PersonPayload {
    /// Whose it is.
    async fn person(&self) -> &Person {
        &self.0
    }
}

impl Payload<PersonSeen> for PersonPayload {
    fn of(_: &Arc<Reader>, row: PersonSeen) -> Self {
        Self(Person::seen(row))
    }
}

/// What is done about accounts.
#[derive(Default)]
pub(crate) struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Ends one of the viewer's own sign-ins.
    async fn end_sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: EndSignInInput,
    ) -> Nullable<EndSignInPayload> {
        answer(async {
            app::sign_in::end(cx(ctx), &input.sign_in_id).await?;
            Ok(EndSignInPayload { ended: true })
        })
        .await
    }

    /// Ends all of the viewer's sign-ins but the one that this request was made with. Personal access tokens stay; revoke those that you do not know.
    async fn end_other_sign_ins(&self, ctx: &Context<'_>) -> Nullable<EndSignInPayload> {
        answer(async {
            app::sign_in::end_others(cx(ctx)).await?;
            Ok(EndSignInPayload { ended: true })
        })
        .await
    }

    /// Changes the viewer's own password, and ends all other sign-ins. Personal access tokens stay; a reset by mail ends them too. Needs a fresh sign-in.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Both passwords.")] input: ChangePasswordInput,
    ) -> Nullable<ChangePasswordPayload> {
        let (current, password) = (input.current_password.into(), input.password.into());
        answer(async {
            app::identity::change_password(cx(ctx), current, password).await?;
            Ok(ChangePasswordPayload { changed: true })
        })
        .await
    }

    /// Begins to set up a second factor, or another in its place. Needs a fresh sign-in.
    async fn set_up_second_factor(&self, ctx: &Context<'_>) -> Nullable<SetUpSecondFactorPayload> {
        answer(async {
            let begun = app::second_factor::begin(cx(ctx)).await?;
            let text = |secret: &secrecy::SecretString| secret.expose_secret().to_owned();
            Ok(SetUpSecondFactorPayload { seed: text(&begun.seed), uri: text(&begun.uri) })
        })
        .await
    }

    /// Confirms the second factor that is being set up; gives recovery codes, and ends all other sign-ins. Needs a fresh sign-in.
    async fn confirm_second_factor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A code of it.")] input: ConfirmSecondFactorInput,
    ) -> Nullable<RecoveryCodesPayload> {
        let code = input.code.into();
        answer(async { Ok(codes(app::second_factor::confirm(cx(ctx), &code).await?)) }).await
    }

    /// Makes the recovery codes anew. Needs a fresh sign-in.
    async fn renew_recovery_codes(&self, ctx: &Context<'_>) -> Nullable<RecoveryCodesPayload> {
        answer(async { Ok(codes(app::second_factor::renew_codes(cx(ctx)).await?)) }).await
    }

    /// Removes the viewer's second factor, where they need not have one. Needs a fresh sign-in.
    async fn remove_second_factor(&self, ctx: &Context<'_>) -> Nullable<RemoveSecondFactorPayload> {
        answer(async {
            app::second_factor::remove(cx(ctx)).await?;
            Ok(RemoveSecondFactorPayload { removed: true })
        })
        .await
    }

    /// Starts to remove the second factor of someone who has lost it; administrators, with a fresh sign-in. It takes effect after 72 hours, unless cancelled; its owner is told at once, and if that letter never leaves, it never does. Not of an account that is not active, or whose letters are refused.
    async fn start_second_factor_recovery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: OfPersonInput,
    ) -> Nullable<StartSecondFactorRecoveryPayload> {
        answer(async {
            let at = app::second_factor::start_recovery(cx(ctx), &input.person_id).await?;
            Ok(StartSecondFactorRecoveryPayload { takes_effect_at: at.into() })
        })
        .await
    }

    /// Cancels the removal of the viewer's second factor.
    async fn cancel_second_factor_recovery(&self, ctx: &Context<'_>) -> Nullable<CancelSecondFactorRecoveryPayload> {
        answer(async {
            app::second_factor::cancel_recovery(cx(ctx)).await?;
            Ok(CancelSecondFactorRecoveryPayload { cancelled: true })
        })
        .await
    }

    /// Makes a token for an API client. Needs a fresh sign-in.
    async fn create_personal_access_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What for.")] input: CreatePersonalAccessTokenInput,
    ) -> Nullable<CreatePersonalAccessTokenPayload> {
        let make = app::personal_access_token::Make {
            name: input.name,
            scopes: input.scopes.into_iter().map(Into::into).collect(),
            working_group_id: input.working_group_id.map(Into::into),
            expires_in_days: input.expires_in_days,
        };
        answer(async {
            let Made { text, token } = app::personal_access_token::make(cx(ctx), make).await?;
            let token_text = text.expose_secret().to_owned();
            Ok(CreatePersonalAccessTokenPayload { token: token_text, personal_access_token: token.into() })
        })
        .await
    }

    /// Revokes one of the viewer's own tokens.
    async fn revoke_personal_access_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RevokePersonalAccessTokenInput,
    ) -> Nullable<RevokePersonalAccessTokenPayload> {
        answer(async {
            app::personal_access_token::revoke(cx(ctx), &input.access_token_id).await?;
            Ok(RevokePersonalAccessTokenPayload { revoked: true })
        })
        .await
    }

    /// Changes the viewer's own account.
    async fn update_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What.")] input: UpdateAccountInput,
    ) -> Nullable<UpdateAccountPayload> {
        answer(async {
            app::account::change(cx(ctx), input.into()).await?;
            Ok(UpdateAccountPayload(Viewer::new(crate::context::reader(ctx).clone())))
        })
        .await
    }

    /// Asks for another address for the viewer's own account; both ends have to agree. Needs a fresh sign-in.
    async fn change_address(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ChangeAddressInput,
    ) -> Nullable<ChangeAddressPayload> {
        let email = String::from(input.email);
        answer(async {
            app::account::change_address(cx(ctx), &email).await?;
            Ok(ChangeAddressPayload { accepted: true })
        })
        .await
    }

    /// Agrees to a change of the viewer's own address with the code of one of its letters.
    async fn confirm_address(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code.")] input: ConfirmAddressInput,
    ) -> Nullable<ConfirmAddressPayload> {
        let token = input.token.into();
        answer(async { Ok(ConfirmAddressPayload { changed: app::account::confirm_address(cx(ctx), &token).await? }) })
            .await
    }

    /// Makes someone an administrator; administrators, with a fresh sign-in. All administrators are told.
    async fn grant_administration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: OfPersonInput,
    ) -> Nullable<PersonPayload> {
        let person = String::from(input.person_id);
        act(ctx, async move { app::account::grant_administration(cx(ctx), &person).await }).await
    }

    /// Withdraws administration from someone, but not from the last; administrators, with a fresh sign-in.
    async fn withdraw_administration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From whom.")] input: OfPersonInput,
    ) -> Nullable<PersonPayload> {
        let person = String::from(input.person_id);
        act(ctx, async move { app::account::withdraw_administration(cx(ctx), &person).await }).await
    }

    /// Disables an account, but not the last administrator's; administrators, another administrator's with a fresh sign-in. All its tokens are dead from the next request on, and a recovery of its second factor is over.
    async fn disable_person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: OfPersonInput,
    ) -> Nullable<PersonPayload> {
        let person = String::from(input.person_id);
        act(ctx, async move { app::account::disable(cx(ctx), &person).await }).await
    }

    /// Enables a disabled account again; administrators, another administrator's with a fresh sign-in.
    async fn enable_person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: OfPersonInput,
    ) -> Nullable<PersonPayload> {
        let person = String::from(input.person_id);
        act(ctx, async move { app::account::enable(cx(ctx), &person).await }).await
    }
}

fn codes(codes: Vec<secrecy::SecretString>) -> RecoveryCodesPayload {
    RecoveryCodesPayload { recovery_codes: codes.iter().map(|code| code.expose_secret().to_owned()).collect() }
}
