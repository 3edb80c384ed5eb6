//! Rewording an agenda item, or making its attribution stricter.

use dipoli_domain::{
    agenda::{self, Placed},
    audit::Action,
    note::Attribution,
    patch::Patch,
    policy::{Act, Permit},
    refusal::Refusals,
};

use super::{
    own,
    propose::{faultless, lead},
    seen, written,
};
use crate::{
    Cx, Result,
    cx::{id, unchanged},
};

/// A change of an item, as it was sent.
pub struct Update {
    /// Which item.
    pub agenda_item_id: String,
    /// The version last seen.
    pub expected_version: i32,
    /// A new title.
    pub title: Patch<String>,
    /// A new description.
    pub description: Patch<String>,
    /// Another duration.
    pub duration_minutes: Patch<i32>,
    /// Another lead.
    pub lead_membership_id: Patch<String>,
    /// Stricter only.
    pub attribution: Patch<Attribution>,
}

/// Changes one's own proposed item; facilitators and organizers may make its attribution stricter. A change that
/// changes nothing leaves no trace.
pub async fn update(cx: &Cx, input: Update) -> Result<Placed> {
    let placed = seen(cx, "agendaItemId", id("agendaItemId", &input.agenda_item_id)?).await?;
    let mut refusals = Refusals::default();
    let change = agenda::Change {
        title: input.title,
        description: input.description,
        duration_minutes: input.duration_minutes,
        lead: match input.lead_membership_id {
            Patch::Keep => Patch::Keep,
            Patch::Clear => Patch::Clear,
            Patch::Set(text) => {
                let lead = lead(cx, placed.item.group, Some(&text)).await?;
                refusals.keep(lead).flatten().map_or(Patch::Clear, Patch::Set)
            }
        },
        attribution: input.attribution,
    };
    let permit = to_update(cx, &placed, &change).await?;
    unchanged(placed.item.version, input.expected_version)?;
    let item = faultless(refusals, placed.item.clone().updated(&change))?;
    if item == placed.item {
        return Ok(placed);
    }
    written(cx, permit, placed, item, Action::ItemUpdated).await
}

/// Words are changed by whoever proposed the item, while the agenda is worked on; attribution is made stricter by
/// those who may, also after the session.
async fn to_update(cx: &Cx, placed: &Placed, change: &agenda::Change) -> Result<Permit> {
    let tightens = !change.attribution.is_keep();
    let rewords = change.rewords() || !tightens;
    let act = if rewords { Act::EditAgendaItem } else { Act::TightenAttribution };
    let permit = cx.may("agendaItemId", act, own(&placed.item)).await?;
    if rewords {
        placed.session_status.takes_agenda()?;
    }
    if tightens {
        if rewords {
            cx.may("agendaItemId", Act::TightenAttribution, own(&placed.item)).await?;
        }
        placed.session_status.takes_stricter_attribution()?;
    }
    Ok(permit)
}
