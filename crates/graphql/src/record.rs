//! The record of a session, as it is read. What is done about it is in [`act`].

mod act;

use std::sync::Arc;

use async_graphql::{Enum, ID, Object, SimpleObject};
use dipoli_app as app;
use dipoli_domain::{audience, record, silence::Silence};

pub(crate) use act::RecordMutation;

use crate::{
    audience::Audience,
    error::Result,
    list::List,
    loader::{CorrectionsOf, SilenceOnRecord},
    node::OfRow,
    nullable::{Nullable, answer},
    reader::Reader,
    scalar::DateTime,
    session::Session,
    silence::{Objection, SilenceStatus, objections_to},
};

/// Where a record stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::record::RecordStatus")]
pub(crate) enum RecordStatus {
    /// Is written by facilitators and the rapporteur, who alone see it.
    Draft,
    /// Is read by all members but observers, who may ask for corrections.
    Circulated,
    /// Is put to the group by silence; its text is frozen.
    UnderSilence,
    /// Stands, by silence; observers read it too.
    Issued,
}

/// In which form a record is exported.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_app::record::Format")]
pub(crate) enum RecordFormat {
    /// Plain Markdown.
    Markdown,
    /// One page of HTML, whole in itself, which prints to paper or PDF as it is and fetches nothing.
    Html,
}

/// A record, as it is read.
pub(crate) struct Record {
    reader: Arc<Reader>,
    row: record::Record,
}

impl OfRow for Record {
    type Row = record::Record;
    fn of(reader: &Arc<Reader>, row: record::Record) -> Self {
        Self { reader: reader.clone(), row }
    }
}

/// The record of a session. It names no speaker, and does not necessarily reflect a consensus unless it is issued.
#[Object]
impl Record {
    /// Opaque, random, unique in the track.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// Of which session.
    async fn session(&self) -> Result<Session> {
        Ok(Session::shared(&self.reader, self.reader.get(self.row.session).await?))
    }

    /// Markdown.
    async fn text(&self) -> &str {
        &self.row.text
    }

    /// Where it stands. ISSUED is read from ten seconds after the deadline on, so that an objection in flight can land.
    async fn status(&self) -> RecordStatus {
        self.row.status.into()
    }

    /// When it was issued: the deadline.
    async fn issued_at(&self) -> Option<DateTime> {
        self.row.issued_at.map(Into::into)
    }

    /// What was asked to be struck or corrected, in no order that tells anything; by whom is not kept. To observers none.
    async fn corrections(&self) -> Result<List<Correction>> {
        let rows = self.reader.find(CorrectionsOf(self.row.id)).await?;
        let rows = rows.iter().flat_map(|rows| rows.iter());
        Ok(rows.map(|row| Correction { passage: row.passage.clone(), wording: row.wording.clone() }).collect())
    }

    /// The latest silence procedure on it, whatever its status.
    async fn silence(&self) -> Nullable<RecordSilence> {
        answer(async {
            let row = self.reader.find(SilenceOnRecord(self.row.id)).await?;
            Ok(row.map(|row| RecordSilence { reader: self.reader.clone(), row }))
        })
        .await
    }

    /// Counts every change, from 1.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// Who can read it, and by which rule.
    async fn audience(&self) -> Audience {
        Audience::of(&self.reader, audience::of_record(self.row.status))
    }

    /// What the viewer may do with it.
    async fn viewer_can(&self) -> RecordActs {
        let can = app::record::can(self.reader.cx(), &self.row);
        RecordActs { draft: can.draft, circulate: can.circulate, correct: can.correct, issue: can.issue }
    }
}

/// What the viewer may do with a record, by the policy that also answers the attempt.
#[derive(SimpleObject)]
pub(crate) struct RecordActs {
    /// Reword it.
    draft: bool,
    /// Circulate it.
    circulate: bool,
    /// Ask for corrections.
    correct: bool,
    /// Put it to the group by silence.
    issue: bool,
}

/// What someone asked of a record. It has no author.
#[derive(SimpleObject)]
pub(crate) struct Correction {
    /// As it stood in the record when it was asked.
    passage: String,
    /// What should stand there; null where the passage is to be struck.
    wording: Option<String>,
}

/// A silence procedure on a record.
pub(crate) struct RecordSilence {
    reader: Arc<Reader>,
    row: Arc<Silence>,
}

/// The issue of a record by silence: issued unless someone objects before the deadline. Who says nothing is written nowhere.
#[Object]
impl RecordSilence {
    /// Where it stands.
    async fn status(&self) -> SilenceStatus {
        self.row.state_at(self.reader.cx().now).into()
    }

    /// When it was opened.
    async fn opened_at(&self) -> DateTime {
        self.row.opened_at.into()
    }

    /// Until when it can be broken; exactly then is too late. It moves once, as that of an agenda item does.
    async fn deadline(&self) -> DateTime {
        self.row.deadline.into()
    }

    /// What broke it, and what else was objected until the deadline; in no order that tells anything.
    async fn objections(&self) -> Result<List<Objection>> {
        objections_to(&self.reader, self.row.id).await
    }

    /// What the viewer may do with it.
    async fn viewer_can(&self) -> RecordSilenceActs {
        let can = app::silence::can(self.reader.cx(), &self.row);
        RecordSilenceActs { object: can.break_silence, recall: can.withdraw }
    }
}

/// What the viewer may do with a silence procedure on a record.
#[derive(SimpleObject)]
pub(crate) struct RecordSilenceActs {
    /// Object to it.
    object: bool,
    /// Take it back.
    recall: bool,
}
