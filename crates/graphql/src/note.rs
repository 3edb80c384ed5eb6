//! Notes: what people write on a session, as far as the viewer may read it. What is done to them is in [`act`].

mod act;

use std::sync::Arc;

use async_graphql::{Enum, ID, InputObject, Object, SimpleObject};
use dipoli_app as app;
use dipoli_domain::{
    audience,
    id::{AgendaItemId, SessionId},
    note::AnyNote,
};

pub(crate) use act::{NoteMutation, NotePayload};

use crate::{
    agenda::AgendaItem,
    audience::Audience,
    connection::{Count, connection},
    error::Result,
    list::List,
    loader::{ParaphrasesOf, ReleasedOn, Under},
    membership::Membership,
    node::OfRow,
    nullable::{Nullable, answer},
    reader::Reader,
    release::Paraphrase,
    scalar::{Date, DateTime},
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

/// A note of either kind, as it is read.
pub(crate) struct Note {
    reader: Arc<Reader>,
    row: AnyNote,
    /// Where notePosted goes on after it, if that is what shows it.
    cursor: Option<String>,
}

impl Note {
    /// A note that has just come, with the place after it.
    pub(crate) fn arrived(reader: &Arc<Reader>, row: AnyNote, cursor: String) -> Self {
        Self { cursor: Some(cursor), ..Self::of(reader, row) }
    }
}

impl OfRow for Note {
    type Row = AnyNote;
    fn of(reader: &Arc<Reader>, row: Self::Row) -> Self {
        Self { reader: reader.clone(), row, cursor: None }
    }
}

/// What someone wrote on a session.
#[Object]
impl Note {
    /// Opaque, random, unique in the track.
    pub(crate) async fn id(&self) -> ID {
        self.row.id().to_string().into()
    }

    /// On which session.
    async fn session(&self) -> Result<Session> {
        Ok(Session::shared(&self.reader, self.reader.get(self.row.session()).await?))
    }

    /// On which of its agenda items, if on one that the viewer sees.
    async fn agenda_item(&self) -> Nullable<AgendaItem> {
        answer(async {
            let Some(id) = self.row.agenda_item() else { return Ok(None) };
            Ok(self.reader.find(id).await?.map(|row| AgendaItem::shared(&self.reader, row)))
        })
        .await
    }

    /// Markdown, as it was posted; under the Rule normalised (NFC, LF, no trailing or zero-width characters). Empty once withdrawn.
    async fn body(&self) -> &str {
        self.row.body()
    }

    /// Whether its text was taken away; its place stays.
    async fn withdrawn(&self) -> bool {
        self.row.withdrawn()
    }

    /// Who may read it.
    async fn visibility(&self) -> NoteVisibility {
        self.row.visibility().into()
    }

    /// What may be told about its author.
    async fn attribution(&self) -> Attribution {
        self.row.attribution().into()
    }

    /// Null for every CHATHAM_HOUSE note: it has no author in the database either.
    async fn author(&self) -> Option<Membership> {
        self.row.author().map(|author| Membership::of(&self.reader, author.clone()))
    }

    /// Null for every CHATHAM_HOUSE note: the moment of posting tells who posted.
    async fn posted_at(&self) -> Option<DateTime> {
        self.row.posted_at().map(Into::into)
    }

    /// Counts revisions and the withdrawal, from 1.
    async fn version(&self) -> i32 {
        self.row.version()
    }

    /// Given to notePosted as `after`, it goes on after this note. Null but on a note that notePosted gives.
    async fn arrival_cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// Whether a reader has asked the facilitators to withdraw this note under the Rule; to facilitators only, and never by whom.
    async fn withdrawal_asked(&self) -> Option<bool> {
        app::chatham_house_note::withdrawal_asked(self.reader.cx(), &self.row)
    }

    /// The day on which this note to the facilitators was first released; to those who read it. What came of it refers to nothing.
    async fn released_on(&self) -> Nullable<Date> {
        answer(async {
            if !app::release::is_caucus(&self.row) {
                return Ok(None);
            }
            Ok(self.reader.find(ReleasedOn(self.row.id())).await?.map(Date::of))
        })
        .await
    }

    /// Wordings of this note to the facilitators that its author was asked to agree to; to those who read it.
    async fn paraphrases(&self) -> Result<List<Paraphrase>> {
        if !app::release::is_caucus(&self.row) {
            return Ok(List::from_iter([]));
        }
        let rows = self.reader.find(ParaphrasesOf(self.row.id())).await?.map(Arc::unwrap_or_clone).unwrap_or_default();
        Ok(rows.into_iter().map(|row| Paraphrase::of(&self.reader, row)).collect())
    }

    /// Who can read it, and by which rule.
    async fn audience(&self) -> Audience {
        let rule = audience::of_note(self.row.visibility(), self.row.attribution(), self.row.delegation());
        Audience::of(&self.reader, rule).with_author(self.row.author())
    }

    /// What the viewer may do with it.
    async fn viewer_can(&self) -> NoteActs {
        app::note::can(self.reader.cx(), &self.row).into()
    }
}

/// What the viewer may do with a note, by the policy that also answers the attempt; what an edit secret would allow apart.
#[derive(SimpleObject)]
pub(crate) struct NoteActs {
    /// Revise it.
    revise: bool,
    /// Withdraw it.
    withdraw: bool,
    /// Ask the facilitators to withdraw it: a GROUP note under the Rule.
    ask_to_withdraw: bool,
    /// Release it: one's own note to the facilitators.
    release: bool,
    /// Propose a paraphrase of it.
    propose_paraphrase: bool,
}

impl From<app::note::Can> for NoteActs {
    fn from(can: app::note::Can) -> Self {
        Self {
            revise: can.revise,
            withdraw: can.withdraw,
            ask_to_withdraw: can.ask_to_withdraw,
            release: can.release,
            propose_paraphrase: can.propose_paraphrase,
        }
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
    /// As many as came with the page.
    Known(u64),
}

impl Count for NoteCount {
    async fn count(&self, reader: &Reader) -> Result<u64> {
        let found = match self {
            Self::Known(number) => return Ok(*number),
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
