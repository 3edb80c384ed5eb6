//! Whatever has an id, and finding it by that.

use std::sync::Arc;

use async_graphql::{ID, Interface};
use dipoli_domain::id::AnyId;

use crate::{
    agenda::AgendaItem,
    attendee::Attendee,
    audit::AuditEvent,
    date_search::DateSearch,
    delegation::Delegation,
    error::Result,
    membership::Membership,
    note::Note,
    person::Person,
    reader::Reader,
    record::Record,
    session::Session,
    silence::{Objection, SilenceProcedure},
    working_group::WorkingGroup,
};

/// An object that is made of a reader and a row.
pub(crate) trait OfRow {
    /// The row.
    type Row;
    /// The object.
    fn of(reader: &Arc<Reader>, row: Self::Row) -> Self;
}

/// Whatever has an id.
#[derive(Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "Opaque, random, unique in the track, and telling nothing (no time, no order, no count)."
))]
pub(crate) enum Node {
    Person(Person),
    WorkingGroup(WorkingGroup),
    Delegation(Delegation),
    Membership(Membership),
    Session(Session),
    Attendee(Attendee),
    AgendaItem(AgendaItem),
    SilenceProcedure(SilenceProcedure),
    Objection(Objection),
    Note(Note),
    Record(Record),
    DateSearch(DateSearch),
    AuditEvent(AuditEvent),
}

/// The object of that id, if the viewer may see it; `None` as well for what is no id at all.
pub(crate) async fn find(reader: &Arc<Reader>, id: &str) -> Result<Option<Node>> {
    let Ok(id) = id.parse::<AnyId>() else { return Ok(None) };
    Ok(match id {
        AnyId::Person(id) => reader.find(id).await?.map(|row| Person::of(reader, Arc::unwrap_or_clone(row)).into()),
        AnyId::WorkingGroup(id) => reader.find(id).await?.map(|row| WorkingGroup::shared(reader, row).into()),
        AnyId::Delegation(id) => {
            reader.find(id).await?.map(|row| Delegation::of(reader, Arc::unwrap_or_clone(row)).into())
        }
        AnyId::Membership(id) => {
            reader.find(id).await?.map(|row| Membership::of(reader, Arc::unwrap_or_clone(row)).into())
        }
        AnyId::Session(id) => reader.find(id).await?.map(|row| Session::shared(reader, row).into()),
        AnyId::Attendee(id) => reader.find(id).await?.map(|row| Attendee::of(reader, Arc::unwrap_or_clone(row)).into()),
        AnyId::AgendaItem(id) => reader.find(id).await?.map(|row| AgendaItem::shared(reader, row).into()),
        AnyId::Note(id) => reader.find(id).await?.map(|row| Note::of(reader, Arc::unwrap_or_clone(row)).into()),
        AnyId::Record(id) => reader.find(id).await?.map(|row| Record::of(reader, Arc::unwrap_or_clone(row)).into()),
        AnyId::DateSearch(id) => {
            reader.find(id).await?.map(|row| DateSearch::of(reader, Arc::unwrap_or_clone(row)).into())
        }
        AnyId::AuditEvent(id) => {
            reader.find(id).await?.map(|row| AuditEvent::of(reader, Arc::unwrap_or_clone(row)).into())
        }
        AnyId::SilenceProcedure(id) => reader.find(id).await?.map(|row| SilenceProcedure::shared(reader, row).into()),
        AnyId::Objection(id) => {
            reader.find(id).await?.map(|row| Objection::of(reader, Arc::unwrap_or_clone(row)).into())
        }
        AnyId::SignIn(_) | AnyId::Letter(_) | AnyId::Paraphrase(_) | AnyId::Correction(_) | AnyId::Statement(_) => None,
        AnyId::Attempt(_) | AnyId::SecondFactor(_) | AnyId::PersonalAccessToken(_) => None,
    })
}
