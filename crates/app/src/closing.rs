//! What goes along with a track that is closed: issued records, and adopted agendas. Everything else is destroyed with it.
//!
//! Deliberately absent: notes, drafts, objections, and who was there.

use std::{collections::HashMap, sync::Arc};

use dipoli_domain::{
    agenda::AgendaItem,
    audit::{Action, Event},
    id::{SessionId, WorkingGroupId},
    policy::{
        self, Act, Actor, On,
        scope::{Agendas, Groups, Records},
    },
    working_group::WorkingGroup,
};

use crate::{
    Error, Result, Track,
    record::{Format, Pieces},
};

/// A document that goes along.
pub struct Document {
    /// What its file is called, without an ending: the session's day and id.
    pub name: String,
    /// As Markdown.
    pub markdown: String,
    /// As a page that prints to paper or PDF.
    pub html: String,
}

/// The documents of a track that is closed: one for each session with an issued record or something adopted. The log says that
/// they were taken along.
///
/// # Errors
/// [`Error::Unavailable`] where a database is away.
pub async fn documents(track: &Arc<Track>) -> Result<Vec<Document>> {
    let now = track.now().await?;
    let permit = policy::may(Actor::Operator, Act::CloseTrack, On::track(), now);
    let permit = permit.map_err(|_| Error::Fault("not an operator's act".to_owned()))?;
    let store = &track.store;
    let groups: HashMap<WorkingGroupId, WorkingGroup> =
        store.all_working_groups().await?.into_iter().map(|group| (group.id, group)).collect();
    let which: Vec<WorkingGroupId> = groups.keys().copied().collect();
    let (agendas, records) = (Agendas::adopted_in(which.clone(), now), Records::issued_in(which.clone(), now));
    let sessions = store.all_sessions(&agendas.sessions).await?;
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let mut items = store.agendas(&agendas, &ids).await?;
    let mut issued: HashMap<SessionId, _> =
        store.records_of_sessions(&records, &ids).await?.into_iter().map(|it| (it.session, it)).collect();
    let mut delegations =
        store.delegations_of(&Groups::Only(which), &groups.keys().copied().collect::<Vec<_>>()).await?;
    delegations.sort_by_cached_key(|delegation| (delegation.name.to_lowercase(), delegation.id));

    let mut documents = Vec::new();
    for session in sessions {
        let adopted: Vec<AgendaItem> =
            items.remove(&session.id).unwrap_or_default().into_iter().map(|placed| placed.item).collect();
        let record = issued.remove(&session.id);
        let Some(group) = groups.get(&session.group).filter(|_| record.is_some() || !adopted.is_empty()) else {
            continue;
        };
        let on: Vec<_> = adopted.iter().map(|item| item.id).collect();
        let mut statements = store.statements_on(&agendas, &on).await?;
        for item in &adopted {
            statements.entry(item.id).and_modify(|beside| beside.retain(|statement| statement.is_beside(item)));
        }
        let pieces = Pieces {
            group: group.clone(),
            delegations: delegations.iter().filter(|it| it.group == session.group).cloned().collect(),
            items: adopted,
            statements,
            record,
            session,
        };
        documents.push(Document {
            name: format!("{}-{}", pieces.session.starts.local.date(), pieces.session.id),
            markdown: pieces.rendered(track.settings(), Format::Markdown),
            html: pieces.rendered(track.settings(), Format::Html),
        });
    }
    let tx = store.begin(permit).await?;
    tx.commit(&[Event::of(Action::TrackExported)]).await?;
    Ok(documents)
}
