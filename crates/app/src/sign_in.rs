//! The viewer's own sign-ins: seeing and ending them (requirements A-10). Signing in is in `identity.rs`.

use dipoli_domain::{
    audit::{Action, Event},
    policy::{Act, On},
    refusal::Refusal,
    sign_in::SignIn,
    time,
};

use crate::{Cx, Result, Topic, cx::id};

/// Those that are on, the latest used first.
pub async fn list(cx: &Cx) -> Result<Vec<SignIn>> {
    cx.may("input", Act::ManageSignIns, On::track()).await?;
    Ok(cx.track.store.sign_ins(cx.viewer.person, time::day(cx.now)).await?)
}

/// Ends one of them; its tokens are dead from the next request on.
pub async fn end(cx: &Cx, sign_in: &str) -> Result<()> {
    let permit = cx.may("signInId", Act::ManageSignIns, On::track()).await?;
    let sign_in = id("signInId", sign_in)?;
    let tx = cx.track.store.begin(permit).await?;
    if !tx.end_sign_in_of(cx.viewer.person, sign_in).await? {
        return Err(Refusal::not_found("signInId").into());
    }
    ended(cx, tx).await
}

/// Ends all but the one that the request was made with.
pub async fn end_others(cx: &Cx) -> Result<()> {
    let permit = cx.may("input", Act::ManageSignIns, On::track()).await?;
    let own = cx.sign_in()?;
    let tx = cx.track.store.begin(permit).await?;
    tx.end_other_sign_ins(cx.viewer.person, own).await?;
    ended(cx, tx).await
}

async fn ended(cx: &Cx, tx: dipoli_store::Tx) -> Result<()> {
    tx.commit(&[Event::on(Action::SignedOut, cx.viewer.person)]).await?;
    cx.track.wake();
    cx.track.tell(Topic::People);
    Ok(())
}
