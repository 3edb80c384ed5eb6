//! Silence procedures and objections, as they are read. What is done about them is in [`act`].

mod act;

use std::sync::Arc;

use async_graphql::{Enum, ID, Object, SimpleObject};
use dipoli_app as app;
use dipoli_domain::{
    id::SilenceProcedureId,
    silence::{self, Silence, Stated},
};

pub(crate) use act::SilenceMutation;

use crate::{
    agenda::AgendaItem,
    error::{Failure, Result},
    list::List,
    loader::ObjectionsTo,
    membership::Membership,
    node::OfRow,
    nullable::{Nullable, answer},
    reader::Reader,
    scalar::DateTime,
};

/// Where a silence procedure stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SilenceStatus {
    /// Until the deadline it can be broken.
    Open,
    /// An objection arrived before the deadline.
    Broken,
    /// The deadline passed without an objection.
    Adopted,
    /// Taken back by a facilitator before the deadline, or withdrawn since someone could no longer object.
    Withdrawn,
}

impl From<silence::State> for SilenceStatus {
    fn from(state: silence::State) -> Self {
        match state {
            silence::State::Open => Self::Open,
            silence::State::Broken { .. } => Self::Broken,
            silence::State::Adopted { .. } => Self::Adopted,
            silence::State::Withdrawn { .. } => Self::Withdrawn,
        }
    }
}

/// On what ground silence is broken.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::silence::Ground")]
pub(crate) enum ObjectionGround {
    /// The text ties this dialogue to another policy track.
    Linkage,
    /// Against what the text says.
    Substance,
    /// Against using the silence procedure at all: the item goes to the next session by itself, if one is scheduled, without counting as disagreement on substance.
    Procedure,
}

/// A silence procedure, as it is read.
pub(crate) struct SilenceProcedure {
    reader: Arc<Reader>,
    row: Arc<Silence>,
}

impl SilenceProcedure {
    /// A procedure that several objects may belong to.
    pub(crate) fn shared(reader: &Arc<Reader>, row: Arc<Silence>) -> Self {
        Self { reader: reader.clone(), row }
    }
}

impl OfRow for SilenceProcedure {
    type Row = Silence;
    fn of(reader: &Arc<Reader>, row: Silence) -> Self {
        Self::shared(reader, Arc::new(row))
    }
}

/// Tacit adoption of an agenda item: adopted unless someone objects before the deadline. Who says nothing is written nowhere.
#[Object]
impl SilenceProcedure {
    /// Opaque, random, unique in the track.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// What is under silence.
    async fn agenda_item(&self) -> Result<AgendaItem> {
        let item =
            self.row.on.item().ok_or_else(|| Failure::fault("a procedure on a record is shown as one on an item"))?;
        Ok(AgendaItem::shared(&self.reader, self.reader.get(item).await?))
    }

    /// Where it stands. ADOPTED is read from ten seconds after the deadline on, so that an objection in flight can land.
    async fn status(&self) -> SilenceStatus {
        self.row.state_at(self.reader.cx().now).into()
    }

    /// When it was opened.
    async fn opened_at(&self) -> DateTime {
        self.row.opened_at.into()
    }

    /// Until when it can be broken; exactly then is too late. It moves once, by the track's shortest period, where the server
    /// was down for more than an hour meanwhile, or someone was not reached.
    async fn deadline(&self) -> DateTime {
        self.row.deadline.into()
    }

    /// What broke it, and what else was objected until the deadline; in no order that tells anything.
    async fn objections(&self) -> Result<List<Objection>> {
        objections_to(&self.reader, self.row.id).await
    }

    /// What the viewer may do with it.
    async fn viewer_can(&self) -> SilenceProcedureActs {
        let can = app::silence::can(self.reader.cx(), &self.row);
        SilenceProcedureActs { break_silence: can.break_silence, withdraw: can.withdraw }
    }
}

/// What the viewer may do with a silence procedure, by the policy that also answers the attempt.
#[derive(SimpleObject)]
pub(crate) struct SilenceProcedureActs {
    /// Object to it.
    #[graphql(name = "break")]
    break_silence: bool,
    /// Take it back.
    withdraw: bool,
}

/// The objections to a procedure, whether it is on an item or on a record.
pub(crate) async fn objections_to(reader: &Arc<Reader>, procedure: SilenceProcedureId) -> Result<List<Objection>> {
    let rows = reader.find(ObjectionsTo(procedure)).await?;
    let rows = rows.iter().flat_map(|rows| rows.iter());
    Ok(rows.map(|row| Objection::of(reader, row.clone())).collect())
}

/// An objection, as it is read.
pub(crate) struct Objection {
    reader: Arc<Reader>,
    row: Stated,
}

impl OfRow for Objection {
    type Row = Stated;
    fn of(reader: &Arc<Reader>, row: Stated) -> Self {
        Self { reader: reader.clone(), row }
    }
}

/// What broke silence: an objection or an amendment, in writing.
#[Object]
impl Objection {
    /// Opaque, random, unique in the track.
    pub(crate) async fn id(&self) -> ID {
        self.row.objection.id.to_string().into()
    }

    /// On what ground.
    async fn ground(&self) -> ObjectionGround {
        self.row.objection.ground.into()
    }

    /// The objection, in writing.
    async fn statement(&self) -> &str {
        &self.row.objection.statement
    }

    /// Wording that the objector could accept instead.
    async fn amendment(&self) -> Option<&str> {
        self.row.objection.amendment.as_deref()
    }

    /// To the group's facilitators, who must know whom to talk to, and to the objector; to others null where the item's attribution is CHATHAM_HOUSE.
    async fn objector(&self) -> Nullable<Membership> {
        answer(async {
            if !app::silence::names_objector(self.reader.cx(), &self.row) {
                return Ok(None);
            }
            let row = self.reader.find(self.row.objection.by).await?;
            Ok(row.map(|row| Membership::of(&self.reader, Arc::unwrap_or_clone(row))))
        })
        .await
    }
}
