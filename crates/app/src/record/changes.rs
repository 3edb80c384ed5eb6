//! A group's records as they are drafted, circulated and issued, for whoever waits for that.
//!
//! What is remembered is where each record stood that the viewer could read. Deliberately absent: rights, and that
//! corrections were asked. Every look starts from the scope of whoever looks, as of now.

use std::collections::HashMap;

use dipoli_domain::{
    id::{RecordId, WorkingGroupId},
    record::{Record, RecordStatus},
};

use super::seen_by;
use crate::{Cx, Result, working_group};

/// What is known of a group's records.
pub struct Changes {
    group: WorkingGroupId,
    known: HashMap<RecordId, (RecordStatus, i32)>,
}

impl Changes {
    /// From now on. A group that is not seen is NOT_FOUND.
    pub async fn begin(cx: &Cx, group_id: &str) -> Result<Self> {
        let group = working_group::seen(cx, "workingGroupId", group_id).await?.id;
        let mut changes = Self { group, known: HashMap::new() };
        for record in changes.look(cx).await? {
            changes.pass(&record);
        }
        Ok(changes)
    }

    /// Of which group.
    pub const fn group(&self) -> WorkingGroupId {
        self.group
    }

    /// The records that are new or stand otherwise than is known. None of it is known before it was [passed](Self::pass).
    pub async fn look(&mut self, cx: &Cx) -> Result<Vec<Record>> {
        let mut changed = cx.track.store.records_of_group(&seen_by(cx), self.group).await?;
        changed.retain(|record| self.known.get(&record.id) != Some(&standing(record)));
        changed.sort_by_key(|record| record.id);
        Ok(changed)
    }

    /// The record was shown as it stands.
    pub fn pass(&mut self, record: &Record) {
        self.known.insert(record.id, standing(record));
    }
}

/// That an issue was told, which raises no number that a reader has not seen, is no change.
const fn standing(record: &Record) -> (RecordStatus, i32) {
    (record.status, record.version)
}
