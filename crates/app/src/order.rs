//! Agreeing on the order in which a group lists its delegations, and on whether the chair goes round in it.

use dipoli_domain::{
    audit::{Action, Event},
    delegation::{self, Delegation},
    language::LanguageTag,
    order::{Order, OrderKind},
    policy::{Act, On},
    working_group::WorkingGroup,
};

use crate::{Cx, Result, Topic, cx::unchanged, working_group};

/// An order, as it was sent.
pub struct Agree {
    /// Of which group.
    pub working_group_id: String,
    /// The version last seen.
    pub expected_version: i32,
    /// In which order.
    pub kind: OrderKind,
    /// In whose alphabet; as before unless given.
    pub language: Option<String>,
    /// Whether the chair goes round; as before unless given.
    pub chair_rotates: Option<bool>,
}

/// Writes down what the group has agreed on. What changes nothing leaves no trace. Delegations that have no lot yet draw one
/// when lots are to decide, and no delegation draws a second time.
pub async fn agree(cx: &Cx, input: Agree) -> Result<WorkingGroup> {
    let group = working_group::seen(cx, "workingGroupId", &input.working_group_id).await?;
    let permit = cx.may("workingGroupId", Act::UpdateWorkingGroup, On::group(group.id)).await?;
    unchanged(group.version, input.expected_version)?;
    let language = match &input.language {
        Some(tag) => LanguageTag::parse("language", tag)?,
        None => group.order.language.clone(),
    };
    let chair_rotates = input.chair_rotates.unwrap_or(group.order.chair_rotates);
    let group = group.ordered(Order { kind: input.kind, language, chair_rotates });
    if group.version == input.expected_version {
        return Ok(group);
    }
    let tx = cx.track.store.begin(permit).await?;
    tx.lock_group(group.id).await?;
    tx.overwrite_working_group(&group).await?;
    if group.order.kind == OrderKind::Lot {
        for delegation in tx.delegations_held(group.id).await?.into_iter().filter(|it| it.lot == 0) {
            tx.change_delegation(&Delegation { lot: delegation::draw(), ..delegation }).await?;
        }
    }
    tx.commit(&[Event::on(Action::OrderAgreed, group.id)]).await?;
    cx.track.wake();
    cx.track.tell(Topic::Sessions(group.id));
    Ok(group)
}
