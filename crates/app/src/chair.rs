//! Which delegation chairs a session, where a group lets the chair go round, and passing it on.

use std::collections::{HashMap, HashSet};

use dipoli_domain::{
    audit::{Action, Event},
    chair,
    id::{DelegationId, SessionId, WorkingGroupId},
    policy::{Act, On, scope::Sessions},
    refusal::Refusal,
    session::Session,
};

use crate::{Cx, Result, Topic, cx::id, delegation, session, working_group};

/// The delegation that chairs each of these sessions that the viewer may read; a session without one is absent.
pub async fn of_sessions(cx: &Cx, sessions: &[SessionId]) -> Result<HashMap<SessionId, DelegationId>> {
    let seen = session::many(cx, sessions).await?;
    let groups: HashSet<WorkingGroupId> = seen.values().map(|session| session.group).collect();
    let mut chairs = of_groups(cx, &groups.into_iter().collect::<Vec<_>>()).await?;
    // What was chaired stays so, whatever has become of the group's order.
    chairs.extend(seen.values().filter_map(|session| Some((session.id, session.chaired_by?))));
    chairs.retain(|session, _| seen.contains_key(session));
    Ok(chairs)
}

/// The chairs of the sessions of those of these groups in which the chair goes round.
async fn of_groups(cx: &Cx, groups: &[WorkingGroupId]) -> Result<HashMap<SessionId, DelegationId>> {
    let mut rotating = working_group::many(cx, groups).await?;
    rotating.retain(|_, group| group.order.chair_rotates);
    if rotating.is_empty() {
        return Ok(HashMap::new());
    }
    let groups: Vec<_> = rotating.keys().copied().collect();
    let mut sides = delegation::of_groups(cx, &groups).await?;
    let mut in_turn: HashMap<_, Vec<Session>> = HashMap::new();
    for session in cx.track.store.sessions_in_turn(&Sessions::seen_by(&cx.viewer), &groups).await? {
        in_turn.entry(session.group).or_default().push(session);
    }
    let mut chairs = HashMap::new();
    for (id, group) in rotating {
        let round = group.order.round(sides.remove(&id).unwrap_or_default());
        let round: Vec<_> = round.iter().filter(|it| !it.is_suspended()).map(|it| it.id).collect();
        chairs.extend(chair::of_sessions(&round, in_turn.get(&id).map_or(&[], Vec::as_slice)));
    }
    Ok(chairs)
}

/// Passes on the chair of a session from the delegation whose turn it is, by one of its participants, to the next.
pub async fn pass(cx: &Cx, session_id: &str) -> Result<Session> {
    let session = session::seen(cx, "sessionId", id("sessionId", session_id)?).await?;
    let turn = of_groups(cx, &[session.group]).await?.get(&session.id).copied();
    let on = turn.map_or(On::group(session.group), |chair| On::group(session.group).of_delegation(chair));
    let permit = cx.may("sessionId", Act::PassChair, on).await?;
    let chair = turn.ok_or_else(|| Refusal::state("No delegation chairs this session."))?;
    let session = session.chair_passed(chair, cx.now)?;
    let tx = cx.track.store.begin(permit).await?;
    tx.lock_group(session.group).await?;
    tx.change_session(&session).await?;
    tx.commit(&[Event::on(Action::ChairPassed, session.id)]).await?;
    cx.track.wake();
    cx.track.tell(Topic::Sessions(session.group));
    Ok(session)
}
