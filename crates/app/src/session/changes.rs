//! A group's sessions as they are scheduled and changed, for whoever waits for that.
//!
//! What is remembered is the version of each session that the viewer could see. Deliberately absent: rights. Every look
//! starts from the scope of whoever looks, as of now.

use std::collections::HashMap;

use dipoli_domain::{
    id::{SessionId, WorkingGroupId},
    policy::scope::Sessions,
    session::Session,
};

use super::many;
use crate::{Cx, Result, working_group};

/// What is known of a group's sessions.
pub struct Changes {
    group: WorkingGroupId,
    known: HashMap<SessionId, i32>,
}

impl Changes {
    /// From now on. A group that is not seen is NOT_FOUND.
    pub async fn begin(cx: &Cx, group_id: &str) -> Result<Self> {
        let group = working_group::seen(cx, "workingGroupId", group_id).await?.id;
        Ok(Self { group, known: versions(cx, group).await? })
    }

    /// Of which group.
    pub const fn group(&self) -> WorkingGroupId {
        self.group
    }

    /// The sessions that are new or have another version than is known, by start. None of it is known before it was
    /// [passed](Self::pass).
    pub async fn look(&mut self, cx: &Cx) -> Result<Vec<Session>> {
        let now = versions(cx, self.group).await?;
        let changed: Vec<_> =
            now.into_iter().filter(|(id, version)| self.known.get(id) != Some(version)).map(|(id, _)| id).collect();
        if changed.is_empty() {
            return Ok(Vec::new());
        }
        let mut changed: Vec<_> = many(cx, &changed).await?.into_values().collect();
        changed.sort_by_key(|session| (session.starts_at(), session.id));
        Ok(changed)
    }

    /// The session was shown as it is in this version.
    pub fn pass(&mut self, session: &Session) {
        self.known.insert(session.id, session.version);
    }
}

async fn versions(cx: &Cx, group: WorkingGroupId) -> Result<HashMap<SessionId, i32>> {
    Ok(cx.track.store.session_versions(&Sessions::seen_by(&cx.viewer), group).await?)
}
