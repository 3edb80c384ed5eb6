//! Notes: what people write on a session, as far as the viewer may read it. What is done to them is in [`act`].

mod act;

use std::sync::Arc;

use async_graphql::{Enum, ID, InputObject, Object, SimpleObject};
use dipoli_app as app;
use dipoli_domain::id::{AgendaItemId, SessionId};

pub(crate) use act::NoteMutation;

use crate::{
    agenda::AgendaItem,
    connection::{Count, connection},
    error::Result,
    loader::Under,
    membership::Membership,
    node::OfRow,
    nullable::{Nullable, answer},
    reader::Reader,
    scalar::DateTime,
    session::Session,
};

/// What may be said outside about who said what.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::note::Attribution")]
pub(crate) enum Attribution {
    /// The author is named to whoever may read the note.
    Named,
    /// The Chatham House Rule: the content may be used; who said it is not shown and not stored. (Whoever runs the server, records the network, or knows how you write may still find out.)
    ChathamHouse,
}

/// Who may read a note.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::note::Visibility")]
pub(crate) enum NoteVisibility {
    /// The author alone; always NAMED, since it has an owner.
    Private,
    /// The members of the author's delegation in this group.
    Delegation,
    /// The author and the group's facilitators (the shuttle, or caucus, channel).
    Facilitators,
    /// Every member of the group but observers.
    Group,
}

/// A NAMED note, as it is read.
pub(crate) struct Note {
    reader: Arc<Reader>,
    row: dipoli_domain::note::Note,
}

impl OfRow for Note {
    type Row = dipoli_domain::note::Note;
    fn of(reader: &Arc<Reader>, row: Self::Row) -> Self {
        Self { reader: reader.clone(), row }
    }
}

/// What someone wrote on a session.
#[Object]
impl Note {
    /// Opaque, random, unique in the track.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// On which session.
    async fn session(&self) -> Result<Session> {
        Ok(Session::shared(&self.reader, self.reader.get(self.row.session).await?))
    }

    /// On which of its agenda items, if on one that the viewer sees.
    async fn agenda_item(&self) -> Nullable<AgendaItem> {
        answer(async {
            let Some(id) = self.row.agenda_item else { return Ok(None) };
            Ok(self.reader.find(id).await?.map(|row| AgendaItem::shared(&self.reader, row)))
        })
        .await
    }

    /// Markdown, as it was posted; under the Rule normalised (NFC, LF, no trailing or zero-width characters). Empty once withdrawn.
    async fn body(&self) -> &str {
        &self.row.body
    }

    /// Whether its text was taken away; its place stays.
    async fn withdrawn(&self) -> bool {
        self.row.withdrawn
    }

    /// Who may read it.
    async fn visibility(&self) -> NoteVisibility {
        self.row.visibility.into()
    }

    /// What may be told about its author.
    async fn attribution(&self) -> Attribution {
        Attribution::Named
    }

    /// Null for every CHATHAM_HOUSE note: it has no author in the database either.
    async fn author(&self) -> Option<Membership> {
        Some(Membership::of(&self.reader, self.row.author.clone()))
    }

    /// Null for every CHATHAM_HOUSE note: the moment of posting tells who posted.
    async fn posted_at(&self) -> Option<DateTime> {
        Some(self.row.posted_at.into())
    }

    /// Counts revisions and the withdrawal, from 1.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// What the viewer may do with it.
    async fn viewer_can(&self) -> NoteActs {
        app::note::can(self.reader.cx(), &self.row).into()
    }
}

/// What the viewer may do with a note, by the policy that also answers the attempt.
#[derive(SimpleObject)]
pub(crate) struct NoteActs {
    /// Revise it.
    revise: bool,
    /// Withdraw it.
    withdraw: bool,
}

impl From<app::note::Can> for NoteActs {
    fn from(can: app::note::Can) -> Self {
        Self { revise: can.revise, withdraw: can.withdraw }
    }
}

connection! {
    /// A page of notes: first the NAMED ones in the order of posting, then those under the Rule by their random ids.
    NoteConnection,
    /// A note in a list.
    NoteEdge of Note, NoteCount
}

/// Which notes are counted.
pub(crate) enum NoteCount {
    /// A session's, those on its items included.
    OfSession(SessionId, app::note::Filter),
    /// An agenda item's.
    OfItem(AgendaItemId, app::note::Filter),
}

impl Count for NoteCount {
    async fn count(&self, reader: &Reader) -> Result<u64> {
        let found = match self {
            Self::OfSession(id, filter) => reader.find(Under::new(*id, filter.clone())).await?,
            Self::OfItem(id, filter) => reader.find(Under::new(*id, filter.clone())).await?,
        };
        Ok(found.unwrap_or_default())
    }
}

/// Which notes a list shows.
#[derive(InputObject)]
pub(crate) struct NoteFilter {
    /// Only these; an empty list shows none.
    visibility: Option<Vec<NoteVisibility>>,
    /// The viewer's own NAMED notes.
    mine: Option<bool>,
}

impl NoteFilter {
    /// The filter, or none.
    pub(crate) fn or_all(filter: Option<Self>) -> app::note::Filter {
        filter.map_or_else(app::note::Filter::default, |filter| app::note::Filter {
            visibility: filter.visibility.map(|visibility| visibility.into_iter().map(Into::into).collect()),
            mine: filter.mine,
        })
    }
}
