//! Proposing an agenda item.

use dipoli_domain::{
    agenda::{self, AgendaItem, Placed, Proposal},
    audit::{Action, Event},
    id::{MembershipId, WorkingGroupId},
    membership::Seating,
    note::Attribution,
    policy::{Act, Holder, On, Rule},
    refusal::{Refusal, Refusals},
    session::Session,
};
use dipoli_store::Tx;
use serde::Serialize;

use super::seen;
use crate::{Cx, Result, cx::id, idempotency::Once, membership, session};

/// An item to be proposed, as it was sent.
#[derive(Serialize)]
pub struct Propose {
    /// For which session.
    pub session_id: String,
    /// Its title.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// In minutes.
    pub duration_minutes: Option<i32>,
    /// Who leads it: a seat in effect of the same group, not an observer's.
    pub lead_membership_id: Option<String>,
    /// The session's unless given; stricter only.
    #[serde(serialize_with = "crate::idempotency::optional_word")]
    pub attribution: Option<Attribution>,
    /// The client's key for sending this again.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Proposes an item; it goes to the agenda's end. At most 100 a session.
pub async fn propose(cx: &Cx, input: Propose) -> Result<Placed> {
    let session = session::seen(cx, "sessionId", id("sessionId", &input.session_id)?).await?;
    let permit = cx.may("sessionId", Act::ProposeAgendaItem, On::group(session.group)).await?;
    let once = Once::new("proposeAgendaItem", input.idempotency_key.as_deref(), &input)?;
    let first = async {
        let item = proposed(cx, &session, &input).await?;
        let tx = cx.track.store.begin(permit).await?;
        once.remember(&tx, &item.id).await?;
        added(cx, tx, item, &[]).await
    };
    once.run(cx, first, async |earlier| seen(cx, "idempotencyKey", id("idempotencyKey", &earlier)?).await).await
}

/// Writes a new item at the agenda's end, with what else it brought about.
pub(super) async fn added(cx: &Cx, tx: Tx, item: AgendaItem, more: &[Event]) -> Result<Placed> {
    tx.lock_session(item.session).await?;
    let last = tx.agenda_order(item.session).await?.len();
    if last >= agenda::MOST {
        return Err(Refusal::state(format!("An agenda has at most {} items.", agenda::MOST)).into());
    }
    tx.add_agenda_item(&item, i32::try_from(last + 1).unwrap_or(i32::MAX)).await?;
    tx.commit(&[&[Event::on(Action::ItemProposed, item.id)], more].concat()).await?;
    cx.track.wake();
    seen(cx, "agendaItemId", item.id).await
}

/// The item that is proposed, told all its faults at once.
async fn proposed(cx: &Cx, session: &Session, input: &Propose) -> Result<AgendaItem> {
    session.takes_agenda()?;
    let by = cx.viewer.seat(session.group).ok_or_else(|| Refusal::not_found("sessionId"))?.membership;
    let mut refusals = Refusals::default();
    let lead = lead(cx, session.group, input.lead_membership_id.as_deref()).await?;
    let proposal = Proposal {
        title: input.title.clone(),
        description: input.description.clone(),
        duration_minutes: input.duration_minutes,
        lead: refusals.keep(lead).flatten(),
        attribution: input.attribution,
    };
    faultless(refusals, AgendaItem::propose(session, &proposal, by, cx.now))
}

/// Who leads an item: a seat in effect of its group that may work on the agenda.
pub(super) async fn lead(
    cx: &Cx,
    group: WorkingGroupId,
    membership_id: Option<&str>,
) -> Result<std::result::Result<Option<MembershipId>, Refusal>> {
    let Some(text) = membership_id else { return Ok(Ok(None)) };
    let unknown = Err(Refusal::not_found("leadMembershipId"));
    let Ok(lead) = text.parse::<MembershipId>() else { return Ok(unknown) };
    let seat = membership::many(cx, &[lead]).await?.remove(&lead);
    let in_effect = seat.filter(|seat| seat.group == group && matches!(seat.seating, Seating::Since(_)));
    Ok(match in_effect {
        None => unknown,
        Some(seat) if Act::ProposeAgendaItem.rule(Holder::Seat(seat.role)) == Rule::Never => {
            Err(Refusal::bad_input("leadMembershipId", "An observer leads no item."))
        }
        Some(_) => Ok(Some(lead)),
    })
}

/// The item, if neither it nor what was found before has a fault; otherwise all faults.
pub(super) fn faultless(mut found: Refusals, item: std::result::Result<AgendaItem, Refusals>) -> Result<AgendaItem> {
    match item {
        Ok(item) => {
            found.check()?;
            Ok(item)
        }
        Err(more) => {
            more.into_iter().for_each(|refusal| found.push(refusal));
            Err(found.into())
        }
    }
}
