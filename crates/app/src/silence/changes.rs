//! A group's silence procedures on agenda items as they are opened, broken, moved, adopted and withdrawn, for whoever waits for that.
//!
//! What is remembered is where each procedure stood that the viewer could see. Deliberately absent: rights. Every look starts
//! from the scope of whoever looks, as of now.

use std::collections::HashMap;

use dipoli_domain::{
    Timestamp,
    id::{SilenceProcedureId, WorkingGroupId},
    silence::{Silence, State},
};

use super::seen_by;
use crate::{Cx, Result, working_group};

/// Where a procedure stands, and until when.
type Standing = (State, Timestamp);

/// What is known of a group's procedures.
pub struct Changes {
    group: WorkingGroupId,
    known: HashMap<SilenceProcedureId, Standing>,
}

impl Changes {
    /// From now on. A group that is not seen is NOT_FOUND.
    pub async fn begin(cx: &Cx, group_id: &str) -> Result<Self> {
        let group = working_group::seen(cx, "workingGroupId", group_id).await?.id;
        let mut changes = Self { group, known: HashMap::new() };
        for silence in changes.look(cx).await? {
            changes.pass(cx, &silence);
        }
        Ok(changes)
    }

    /// Of which group.
    pub const fn group(&self) -> WorkingGroupId {
        self.group
    }

    /// The procedures that are new or stand otherwise than is known, by their opening. None of it is known before it was
    /// [passed](Self::pass).
    pub async fn look(&mut self, cx: &Cx) -> Result<Vec<Silence>> {
        let mut changed = cx.track.store.silences_of(&seen_by(cx), self.group).await?;
        changed.retain(|silence| {
            silence.on.item().is_some() && self.known.get(&silence.id) != Some(&standing(cx, silence))
        });
        changed.sort_by_key(|silence| (silence.opened_at, silence.id));
        Ok(changed)
    }

    /// The procedure was shown as it stands.
    pub fn pass(&mut self, cx: &Cx, silence: &Silence) {
        self.known.insert(silence.id, standing(cx, silence));
    }
}

fn standing(cx: &Cx, silence: &Silence) -> Standing {
    (silence.state_at(cx.now), silence.deadline)
}
