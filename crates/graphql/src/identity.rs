//! Who someone is: signing in and out, tokens, invitations, resets. The only mutations that need no viewer.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use dipoli_app::{self as app, identity::Tokens};
use secrecy::ExposeSecret;

use crate::{
    context::{batches, cx, knock, track},
    nullable::{Nullable, answer},
    person::Viewer,
    reader::Reader,
    scalar::{DateTime, EmailAddress},
};

/// An attempt to sign in.
#[derive(InputObject)]
pub(crate) struct SignInInput {
    /// The account's address.
    email: EmailAddress,
    /// The account's password.
    password: String,
    /// The current TOTP code, or a recovery code; needed where a second factor is set up.
    one_time_code: Option<String>,
}

impl From<SignInInput> for app::identity::SignIn {
    fn from(input: SignInInput) -> Self {
        Self {
            email: input.email.into(),
            password: input.password.into(),
            one_time_code: input.one_time_code.map(Into::into),
        }
    }
}

/// A sign-in.
pub(crate) struct SignInPayload {
    access_token: String,
    access_token_expires_at: DateTime,
    refresh_token: String,
    viewer: Viewer,
}

/// A sign-in.
#[Object]
impl SignInPayload {
    /// Bearer token for the Authorization header.
    async fn access_token(&self) -> &str {
        &self.access_token
    }

    /// Until when it is good.
    async fn access_token_expires_at(&self) -> &DateTime {
        &self.access_token_expires_at
    }

    /// Good for one refresh.
    async fn refresh_token(&self) -> &str {
        &self.refresh_token
    }

    /// Who has signed in.
    async fn viewer(&self) -> &Viewer {
        &self.viewer
    }
}

impl SignInPayload {
    fn of(ctx: &Context<'_>, tokens: Tokens) -> Self {
        Self {
            access_token: tokens.access_token,
            access_token_expires_at: tokens.access_token_expires_at.into(),
            refresh_token: tokens.refresh_token.expose_secret().to_owned(),
            viewer: Viewer::new(Reader::new(tokens.cx, batches(ctx))),
        }
    }
}

/// A refresh token to be spent.
#[derive(InputObject)]
pub(crate) struct RefreshTokensInput {
    /// The refresh token that was given last.
    refresh_token: String,
}

/// The end of a sign-in.
#[derive(SimpleObject)]
pub(crate) struct SignOutPayload {
    /// Always true: its tokens are dead from the next request on.
    signed_out: bool,
}

/// A password that is to be set anew.
#[derive(InputObject)]
pub(crate) struct RequestPasswordResetInput {
    /// The account's address.
    email: EmailAddress,
}

/// A request for a reset that was taken, whether or not the address has an account.
#[derive(SimpleObject)]
pub(crate) struct RequestPasswordResetPayload {
    /// Always true.
    accepted: bool,
}

/// A new password, with what proves the right to set it.
#[derive(InputObject)]
pub(crate) struct ResetPasswordInput {
    /// The code from the mail.
    token: String,
    /// The new password: 12 characters to 1024 bytes.
    password: String,
}

/// A password that was set anew.
#[derive(SimpleObject)]
pub(crate) struct ResetPasswordPayload {
    /// Always true: every sign-in of the account has ended.
    reset: bool,
}

/// The first password, with what proves the invitation.
#[derive(InputObject)]
pub(crate) struct AcceptInvitationInput {
    /// The code from the mail.
    token: String,
    /// The first password: 12 characters to 1024 bytes.
    password: String,
}

/// What is done about identity.
#[derive(Default)]
pub(crate) struct IdentityMutation;

#[Object]
impl IdentityMutation {
    /// Signs in. Whatever is wrong, the answer is the same.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and the proof of it.")] input: SignInInput,
    ) -> Nullable<SignInPayload> {
        answer(async {
            Ok(SignInPayload::of(ctx, app::identity::sign_in(track(ctx), knock(ctx), input.into()).await?))
        })
        .await
    }

    /// Rotates: the given refresh token is spent. A spent one given again revokes every token of that sign-in (one lost answer is forgiven, requirements A-09).
    async fn refresh_tokens(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token to be spent.")] input: RefreshTokensInput,
    ) -> Nullable<SignInPayload> {
        let token = input.refresh_token.into();
        answer(async { Ok(SignInPayload::of(ctx, app::identity::refresh(track(ctx), token).await?)) }).await
    }

    /// Ends the sign-in that this request was made with.
    async fn sign_out(&self, ctx: &Context<'_>) -> Nullable<SignOutPayload> {
        answer(async {
            app::identity::sign_out(cx(ctx)).await?;
            Ok(SignOutPayload { signed_out: true })
        })
        .await
    }

    /// Answers alike whether or not the address has an account; the mail leaves from the outbox.
    async fn request_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For which address.")] input: RequestPasswordResetInput,
    ) -> Nullable<RequestPasswordResetPayload> {
        let email = String::from(input.email);
        answer(async {
            app::identity::request_password_reset(track(ctx), knock(ctx), &email).await?;
            Ok(RequestPasswordResetPayload { accepted: true })
        })
        .await
    }

    /// Sets a new password with the code from the mail, and ends every sign-in of the account.
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code and the new password.")] input: ResetPasswordInput,
    ) -> Nullable<ResetPasswordPayload> {
        answer(async {
            let (token, password) = (input.token.into(), input.password.into());
            app::identity::reset_password(track(ctx), knock(ctx), token, password).await?;
            Ok(ResetPasswordPayload { reset: true })
        })
        .await
    }

    /// Sets the first password with the code from the mail, and signs in. Seats take effect with it.
    async fn accept_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code and the first password.")] input: AcceptInvitationInput,
    ) -> Nullable<SignInPayload> {
        let (token, password) = (input.token.into(), input.password.into());
        answer(async {
            let tokens = app::identity::accept_invitation(track(ctx), knock(ctx), token, password).await?;
            Ok(SignInPayload::of(ctx, tokens))
        })
        .await
    }
}
