//! Tokens of API clients: made, listed and revoked by their owner (requirements A-15).
//!
//! Deliberately absent: the token itself, but in the answer that makes it.

use std::sync::Arc;

use dipoli_auth::secret::Secret;
use dipoli_domain::{
    Timestamp,
    audit::{Action, Event},
    id::{PersonalAccessTokenId, WorkingGroupId},
    letter::LetterKind,
    personal_access_token::{MOST, NewToken, PersonalAccessToken, TOLD_BEFORE},
    policy::{Act, On, TokenScope, Viewer},
    refusal::Refusal,
    time,
};
use dipoli_store::Queued;
use jiff::{Span, civil, tz};
use secrecy::SecretString;

use crate::{
    Cx, Result, Topic, Track,
    cx::id,
    identity::{self, notice, token_letter, unauthenticated},
};

/// A token to be made, as it was sent.
pub struct Make {
    /// What its owner calls it.
    pub name: String,
    /// What it is good for.
    pub scopes: Vec<TokenScope>,
    /// In which group alone, if in one.
    pub working_group_id: Option<String>,
    /// For how many days; 90 unless given.
    pub expires_in_days: Option<i32>,
}

/// A token that was made.
pub struct Made {
    /// Its text, told once.
    pub text: SecretString,
    /// The token.
    pub token: PersonalAccessToken,
}

/// Those that are good.
pub async fn list(cx: &Cx) -> Result<Vec<PersonalAccessToken>> {
    cx.may("input", Act::ManageCredentials, On::track()).await?;
    Ok(cx.track.store.personal_access_tokens(cx.viewer.person, time::day(cx.now)).await?)
}

/// Makes one, after a fresh sign-in.
pub async fn make(cx: &Cx, input: Make) -> Result<Made> {
    let permit = cx.may("input", Act::ManageCredentials, On::track()).await?;
    cx.fresh()?;
    let group = input.working_group_id.as_deref().map(|group| own_group(cx, group)).transpose()?;
    let today = time::day(cx.now);
    let new = NewToken::parse(&input.name, &input.scopes, input.expires_in_days, today)?;
    let made = PersonalAccessToken {
        id: PersonalAccessTokenId::random(),
        name: new.name.clone(),
        scopes: new.scopes.clone(),
        group,
        created_on: today,
        last_used_on: today,
        expires_on: new.expires_on,
    };
    if cx.track.store.personal_access_tokens(cx.viewer.person, today).await?.len() >= MOST {
        return Err(Refusal::state("You have 50 tokens; revoke one first.").into());
    }
    let secret = Secret::generate_marked(mark(&cx.track));
    let tx = cx.track.store.begin(permit).await?;
    let person = cx.viewer.person;
    // Whoever ends all sign-ins of a person ends their tokens too, and holds the person while doing it.
    tx.account(person).await?.ok_or_else(unauthenticated)?;
    if !tx.is_signed_in(cx.sign_in()?).await? {
        return Err(unauthenticated());
    }
    tx.add_personal_access_token(made.id, person, &new, group, secret.digest()).await?;
    tx.queue(&notice(LetterKind::TokenMade, person, tx.now())).await?;
    tx.queue_all(&expiring(&new, person, cx.now)).await?;
    tx.commit(&[Event::on(Action::TokenMade, made.id)]).await?;
    cx.track.wake();
    Ok(Made { text: secret.to_personal_text(), token: made })
}

/// Revokes one of one's own; it is dead from the next request on.
pub async fn revoke(cx: &Cx, token: &str) -> Result<()> {
    let permit = cx.may("accessTokenId", Act::ManageCredentials, On::track()).await?;
    let token: PersonalAccessTokenId = id("accessTokenId", token)?;
    let tx = cx.track.store.begin(permit).await?;
    if !tx.revoke_personal_access_token(cx.viewer.person, token).await? {
        return Err(Refusal::not_found("accessTokenId").into());
    }
    tx.commit(&[Event::on(Action::TokenRevoked, token)]).await?;
    cx.track.wake();
    cx.track.tell(Topic::People);
    Ok(())
}

/// A group in which the viewer has a seat: a token opens no more there than that.
fn own_group(cx: &Cx, group: &str) -> Result<WorkingGroupId> {
    let group = id("workingGroupId", group)?;
    cx.viewer.seat(group).map(|seat| seat.group).ok_or_else(|| Refusal::not_found("workingGroupId").into())
}

/// The letter that says that it runs out, a week before; none for one that does not last so long.
fn expiring(new: &NewToken, person: dipoli_domain::id::PersonId, now: Timestamp) -> Vec<Queued> {
    let told_on = new.expires_on.checked_sub(Span::new().days(TOLD_BEFORE)).unwrap_or(new.expires_on);
    let letter = || Queued {
        due: midnight(told_on),
        expires: Some(end_of(new.expires_on)),
        ..token_letter(LetterKind::TokenExpiring, person, now)
    };
    if told_on > time::day(now) { vec![letter()] } else { Vec::new() }
}

/// When a token that is good on that day for the last time runs out.
pub(crate) fn end_of(day: civil::Date) -> Timestamp {
    midnight(day.tomorrow().unwrap_or(day))
}

fn midnight(day: civil::Date) -> Timestamp {
    day.to_zoned_datetime(tz::TimeZone::UTC).map_or(Timestamp::MAX, |midnight| midnight.timestamp())
}

/// The mark that the track puts on its tokens.
fn mark(track: &Track) -> impl Fn(&[u8]) -> [u8; 32] {
    |random| track.store.mac("personal access token", &[random])
}

/// Whether the track has marked it.
pub(crate) fn is_marked(track: &Track, bearer: &str) -> bool {
    Secret::parse_personal(bearer).is_some_and(|secret| secret.is_marked(mark(track)))
}

/// Whoever shows a token, as far as it goes; UNAUTHENTICATED for what is none. What the track has not marked is looked up
/// nowhere: it is refused as quickly while the database is away (requirements A-05).
pub(crate) async fn authenticate(track: &Arc<Track>, bearer: &str) -> Result<Cx> {
    let secret = Secret::parse_personal(bearer).filter(|secret| secret.is_marked(mark(track)));
    let secret = secret.ok_or_else(unauthenticated)?;
    let presence = track.store.presence_by_token(&secret.digest()).await?.ok_or_else(unauthenticated)?;
    let (now, only, first_today) = (presence.now, presence.only, presence.first_today);
    let viewer = identity::finished(track, presence);
    if first_today && let dipoli_domain::policy::By::Token(token, _) = &viewer.by {
        track.store.token_used(*token, time::day(now)).await?;
    }
    Ok(Cx { track: Arc::clone(track), viewer: Arc::new(narrowed(viewer, only)), now, proved_at: None, is_query: false })
}

fn narrowed(mut viewer: Viewer, only: Option<WorkingGroupId>) -> Viewer {
    if let Some(only) = only {
        viewer.seats.retain(|seat| seat.group == only);
        viewer.is_administrator = false;
    }
    viewer
}
