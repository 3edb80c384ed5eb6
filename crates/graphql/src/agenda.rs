//! The agenda of a session, as it is read. What is done to its items is in [`act`].

mod act;

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use dipoli_app::{self as app, PageArgs};
use dipoli_domain::{agenda::Placed, audience, id::MembershipId};

pub(crate) use act::{AgendaItemPayload, AgendaMutation};

use crate::{
    audience::Audience,
    connection::{counts, loaded, page},
    error::Result,
    list::List,
    loader::{SilenceOn, StatementsOn, Under},
    membership::Membership,
    node::OfRow,
    note::{Attribution, NoteConnection, NoteCount, NoteFilter},
    nullable::{Nullable, answer},
    reader::Reader,
    scalar::DateTime,
    session::Session,
    silence::SilenceProcedure,
    statement::InterpretativeStatement,
};

/// Where an agenda item stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::agenda::ItemStatus", name = "AgendaItemStatus")]
pub(crate) enum AgendaItemStatus {
    /// Waits for adoption.
    Proposed,
    /// Is put to the group by silence; its text is frozen.
    UnderSilence,
    /// Stands on the agenda; its text is frozen.
    Adopted,
    /// Silence was broken; it needs talking, then may be proposed anew.
    Objected,
    /// Goes to a later session.
    Deferred,
    /// Was taken back by who proposed it.
    Withdrawn,
}

/// An item in its place, as it is read.
pub(crate) struct AgendaItem {
    reader: Arc<Reader>,
    row: Arc<Placed>,
}

impl AgendaItem {
    /// An item that several objects may belong to.
    pub(crate) fn shared(reader: &Arc<Reader>, row: Arc<Placed>) -> Self {
        Self { reader: reader.clone(), row }
    }

    async fn seat(&self, id: Option<MembershipId>) -> Nullable<Membership> {
        answer(async {
            let Some(id) = id else { return Ok(None) };
            let row = self.reader.find(id).await?;
            Ok(row.map(|row| Membership::of(&self.reader, Arc::unwrap_or_clone(row))))
        })
        .await
    }
}

impl OfRow for AgendaItem {
    type Row = Placed;
    fn of(reader: &Arc<Reader>, row: Placed) -> Self {
        Self::shared(reader, Arc::new(row))
    }
}

/// An item on a session's agenda.
#[Object]
impl AgendaItem {
    /// Opaque, random, unique in the track.
    pub(crate) async fn id(&self) -> ID {
        self.row.item.id.to_string().into()
    }

    /// On whose agenda it stands.
    async fn session(&self) -> Result<Session> {
        Ok(Session::shared(&self.reader, self.reader.get(self.row.item.session).await?))
    }

    /// From 1, without gaps, among the items that the viewer sees.
    async fn position(&self) -> i32 {
        self.row.position
    }

    /// Its title.
    async fn title(&self) -> &str {
        &self.row.item.title
    }

    /// What it is about; may be empty.
    async fn description(&self) -> &str {
        &self.row.item.description
    }

    /// How long it takes, if that is known.
    async fn duration_minutes(&self) -> Option<i32> {
        self.row.item.duration_minutes
    }

    /// From the session's start and the durations before it; null where one is unknown or out of the viewer's sight.
    async fn starts_at(&self) -> Option<DateTime> {
        self.row.starts_at.map(Into::into)
    }

    /// Where it stands.
    async fn status(&self) -> AgendaItemStatus {
        self.row.item.status.into()
    }

    /// The session's unless set stricter: the Rule may cover a part of a meeting.
    async fn attribution(&self) -> Attribution {
        self.row.item.attribution.into()
    }

    /// Whether the chair's word alone does not adopt it: it was proposed after the session's cut-off, or has met an objection.
    async fn needs_silence(&self) -> bool {
        self.row.item.needs_silence
    }

    /// When it was adopted.
    async fn adopted_at(&self) -> Option<DateTime> {
        self.row.item.adopted_at.map(Into::into)
    }

    /// Who proposed it.
    async fn proposed_by(&self) -> Nullable<Membership> {
        self.seat(self.row.item.proposed_by).await
    }

    /// Who leads it.
    async fn lead(&self) -> Nullable<Membership> {
        self.seat(self.row.item.lead).await
    }

    /// The latest, whatever its status.
    async fn silence(&self) -> Nullable<SilenceProcedure> {
        answer(async {
            let row = self.reader.find(SilenceOn(self.row.item.id)).await?;
            Ok(row.map(|row| SilenceProcedure::shared(&self.reader, row)))
        })
        .await
    }

    /// The interpretative statements beside it, by the time at which they were attached; of an item that is not adopted none.
    async fn statements(&self) -> Result<List<InterpretativeStatement>> {
        let rows = self.reader.find(StatementsOn(self.row.item.id)).await?;
        let rows = rows.iter().flat_map(|rows| rows.iter());
        Ok(rows.map(|row| InterpretativeStatement::of(&self.reader, row.clone())).collect())
    }

    /// The notes on it that the viewer may read, and no trace of the others.
    async fn notes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only notes like this.")] filter: Option<NoteFilter>,
        #[graphql(desc = "So many from the beginning, 0 to 100; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<NoteConnection> {
        let (id, filter) = (self.row.item.id, NoteFilter::or_all(filter));
        let page = PageArgs { counted: counts(ctx), ..page(first, after, last, before) };
        let rows = loaded(self.reader.find(Under::new(id, (filter.clone(), page))).await?);
        let count = rows.total.map_or_else(|| NoteCount::OfItem(id, filter), NoteCount::Known);
        Ok(NoteConnection::new(&self.reader, rows, count))
    }

    /// Counts every change, from 1.
    async fn version(&self) -> i32 {
        self.row.item.version
    }

    /// Who can read it, and by which rule.
    async fn audience(&self) -> Result<Audience> {
        let session = self.reader.get(self.row.item.session).await?;
        Ok(Audience::of(&self.reader, audience::of_item(session.published, self.row.item.status)))
    }

    /// What the viewer may do with it.
    async fn viewer_can(&self) -> Result<AgendaItemActs> {
        let can = AgendaItemActs::from(app::agenda::can(self.reader.cx(), &self.row));
        let group = self.row.item.group;
        let post_note = can.post_note && !self.reader.sits_out(group).await?;
        let open_silence = can.open_silence && !self.reader.holds_up_silence(group).await?;
        Ok(AgendaItemActs { post_note, open_silence, ..can })
    }
}

/// What the viewer may do with an agenda item, by the policy that also answers the attempt.
#[derive(SimpleObject)]
pub(crate) struct AgendaItemActs {
    /// Change its text.
    update: bool,
    /// Make its attribution stricter.
    tighten_attribution: bool,
    /// Move it.
    #[graphql(name = "move")]
    move_item: bool,
    /// Adopt it.
    adopt: bool,
    /// Take it back.
    withdraw: bool,
    /// Put it to the group by silence.
    open_silence: bool,
    /// Propose it anew after an objection.
    propose_anew: bool,
    /// Attach an interpretative statement to it.
    attach_statement: bool,
    /// Post notes to it.
    post_note: bool,
}

impl From<app::agenda::Can> for AgendaItemActs {
    fn from(can: app::agenda::Can) -> Self {
        Self {
            update: can.update,
            tighten_attribution: can.tighten_attribution,
            move_item: can.move_item,
            adopt: can.adopt,
            withdraw: can.withdraw,
            open_silence: can.open_silence,
            propose_anew: can.propose_anew,
            attach_statement: can.attach_statement,
            post_note: can.post_note,
        }
    }
}
