//! The audit log, as administrators read it.

use std::{fmt::Write, sync::Arc};

use async_graphql::{ID, Object};
use dipoli_app as app;

use crate::{
    connection::{Count, connection},
    error::Result,
    node::OfRow,
    nullable::{Nullable, answer},
    person::Person,
    reader::Reader,
    scalar::DateTime,
};

/// A chained event, as it is read.
pub(crate) struct AuditEvent {
    reader: Arc<Reader>,
    row: dipoli_domain::audit::AuditEvent,
}

impl OfRow for AuditEvent {
    type Row = dipoli_domain::audit::AuditEvent;
    fn of(reader: &Arc<Reader>, row: Self::Row) -> Self {
        Self { reader: reader.clone(), row }
    }
}

/// One link of the track's tamper-evident log.
#[Object]
impl AuditEvent {
    /// Opaque, random, unique in the track.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// When; to the day where presence would be told.
    async fn occurred_at(&self) -> DateTime {
        self.row.occurred_at.into()
    }

    /// For example session.scheduled, membership.role_changed, note.posted.
    async fn action(&self) -> &str {
        &self.row.action
    }

    /// Null where naming the actor would name the author of a CHATHAM_HOUSE note; then the time is that day's midnight.
    async fn actor(&self) -> Nullable<Person> {
        answer(async {
            let Some(id) = self.row.actor else { return Ok(None) };
            let row = self.reader.find(id).await?;
            Ok(row.map(|row| Person::of(&self.reader, Arc::unwrap_or_clone(row))))
        })
        .await
    }

    /// What it was done to, as that object's id.
    async fn subject(&self) -> Option<ID> {
        self.row.subject.clone().map(Into::into)
    }

    /// Hex digest over this event and the digest before it.
    async fn digest(&self) -> String {
        self.row.digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing into a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

connection! {
    /// A page of the audit log, oldest first.
    AuditEventConnection,
    /// An event in the log.
    AuditEventEdge of AuditEvent, WholeLog
}

/// All chained events.
pub(crate) struct WholeLog;

impl Count for WholeLog {
    async fn count(&self, reader: &Reader) -> Result<u64> {
        Ok(app::audit::count(reader.cx()).await?)
    }
}
