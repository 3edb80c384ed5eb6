//! Loaders: what the fields of one level ask for, gathered into one call of the app.
//!
//! A key is what a field asks for, arguments included. Fields that ask the same of different parents share a statement.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use async_graphql::dataloader::Loader;
use dipoli_app::{self as app, Connection, Cx, PageArgs};
use dipoli_domain::{
    Timestamp,
    agenda::Placed,
    attendee::Attendee,
    audit::AuditEvent,
    date_search::{DateSearch, Line},
    delegation::Delegation,
    id::{
        AgendaItemId, AttendeeId, AuditEventId, DateSearchId, DelegationId, MembershipId, NoteId, ObjectionId,
        PersonId, RecordId, SessionId, SilenceProcedureId, WorkingGroupId,
    },
    membership::{Membership, Role},
    note::AnyNote,
    person::PersonSeen,
    record::{Correction, Record},
    release::Paraphrase,
    session::Session,
    silence::{Silence, Stated},
    statement::Statement,
    working_group::WorkingGroup,
};
use futures_util::future::try_join_all;
use jiff::civil::Date;

use crate::error::{Failure, Result};

/// What a loader can be asked for.
pub(crate) trait Key: Send + Sync + Hash + Eq + Clone + 'static {}
impl<K: Send + Sync + Hash + Eq + Clone + 'static> Key for K {}

/// Loads for one viewer.
pub(crate) struct Rows(pub(crate) Cx);

/// Objects by their ids.
macro_rules! by_id {
    ($($id:ty => $row:ty, $many:path);+ $(;)?) => {
        $(
            impl Loader<$id> for Rows {
                type Value = Arc<$row>;
                type Error = Failure;
                async fn load(&self, ids: &[$id]) -> Result<HashMap<$id, Self::Value>> {
                    Ok($many(&self.0, ids).await?.into_iter().map(|(id, row)| (id, Arc::new(row))).collect())
                }
            }
        )+
    };
}

by_id! {
    PersonId => PersonSeen, app::person::many;
    WorkingGroupId => WorkingGroup, app::working_group::many;
    DelegationId => Delegation, app::delegation::many;
    MembershipId => Membership, app::membership::many;
    SessionId => Session, app::session::many;
    AttendeeId => Attendee, app::attendee::many;
    AgendaItemId => Placed, app::agenda::many;
    NoteId => AnyNote, app::note::many;
    SilenceProcedureId => Silence, app::silence::many;
    ObjectionId => Stated, app::silence::objections;
    RecordId => Record, app::record::many;
    DateSearchId => DateSearch, app::date_search::many;
    AuditEventId => AuditEvent, app::audit::many;
}

/// Declares keys that are a parent's id, for what is not the parent itself.
macro_rules! of_parent {
    ($($(#[$doc:meta])* $key:ident($id:ty) => $value:ty, $load:path);+ $(;)?) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, Hash)]
            pub(crate) struct $key(pub(crate) $id);

            impl Loader<$key> for Rows {
                type Value = $value;
                type Error = Failure;
                async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, $value>> {
                    let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
                    Ok($load(&self.0, &ids).await?.into_iter().map(|(id, value)| ($key(id), value.into())).collect())
                }
            }
        )+
    };
}

of_parent! {
    /// A group's delegations.
    DelegationsOf(WorkingGroupId) => Arc<Vec<Delegation>>, app::delegation::of_groups;
    /// The searches for a date that are open in a group.
    DateSearchesOf(WorkingGroupId) => Arc<Vec<DateSearch>>, app::date_search::of_groups;
    /// How many of each side could come at each time of a search.
    LinesOf(DateSearchId) => Arc<Vec<Vec<Line>>>, app::date_search::lines;
    /// A group's anonymity set.
    AnonymityOf(WorkingGroupId) => u32, app::working_group::anonymity_set_sizes;
    /// A session's agenda.
    AgendaOf(SessionId) => Arc<Vec<Placed>>, app::agenda::of_sessions;
    /// The latest silence procedure on an item.
    SilenceOn(AgendaItemId) => Arc<Silence>, app::silence::latest;
    /// The objections to a silence procedure.
    ObjectionsTo(SilenceProcedureId) => Arc<Vec<Stated>>, app::silence::objections_to;
    /// The statements beside an item.
    StatementsOn(AgendaItemId) => Arc<Vec<Statement>>, app::statement::beside;
    /// The record of a session.
    RecordOf(SessionId) => Arc<Record>, app::record::of_sessions;
    /// The latest silence procedure on a record.
    SilenceOnRecord(RecordId) => Arc<Silence>, app::silence::latest_on_records;
    /// What was asked of a record.
    CorrectionsOf(RecordId) => Arc<Vec<Correction>>, app::record::corrections;
    /// Which delegation chairs a session.
    ChairOf(SessionId) => DelegationId, app::chair::of_sessions;
    /// Whose second factors are going to be removed at a group's table.
    RecoveriesOf(WorkingGroupId) => Arc<Vec<(Membership, Timestamp)>>, app::second_factor::recoveries;
    /// Who was at a session.
    AttendanceOf(SessionId) => Arc<Vec<Membership>>, app::attendance::of_sessions;
    /// How many attend a session.
    AttendeeCount(SessionId) => u64, app::attendee::counts_of_sessions;
    /// The day on which a caucus note was first released.
    ReleasedOn(NoteId) => Date, app::release::days;
    /// The paraphrases of a caucus note.
    ParaphrasesOf(NoteId) => Arc<Vec<Paraphrase>>, app::release::paraphrases;
    /// The viewer's own answer to a session.
    ViewerRsvp(SessionId) => Arc<Attendee>, app::attendee::of_viewer;
}

/// What hangs under a parent, by arguments.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Under<Id, Arguments> {
    parent: Id,
    arguments: Arc<Arguments>,
}

impl<Id, Arguments> Under<Id, Arguments> {
    /// What hangs under `parent` by `arguments`.
    pub(crate) fn new(parent: Id, arguments: Arguments) -> Self {
        Self { parent, arguments: Arc::new(arguments) }
    }
}

/// A page of members: of which role, and the page.
pub(crate) type MemberPage = (Option<Role>, PageArgs);
/// A page of sessions.
pub(crate) type SessionPage = (app::session::Filter, PageArgs);
/// A page of notes.
pub(crate) type NotePage = (app::note::Filter, PageArgs);

/// Declares what is loaded under parents, by arguments: one call for each set of arguments.
macro_rules! under {
    ($($id:ty, $arguments:ty => $value:ty, |$cx:ident, $parents:ident, $by:ident| $load:expr);+ $(;)?) => {
        $(
            impl Loader<Under<$id, $arguments>> for Rows {
                type Value = $value;
                type Error = Failure;
                async fn load(
                    &self,
                    keys: &[Under<$id, $arguments>],
                ) -> Result<HashMap<Under<$id, $arguments>, Self::Value>> {
                    let loaded = by_arguments(keys).into_iter().map(|($by, $parents)| async move {
                        let $cx = &self.0;
                        let found = $load.await?;
                        Ok::<_, Failure>(found.into_iter().map(move |(parent, value)| {
                            (Under { parent, arguments: $by.clone() }, value.into())
                        }))
                    });
                    Ok(try_join_all(loaded).await?.into_iter().flatten().collect())
                }
            }
        )+
    };
}

/// The parents of each set of arguments.
fn by_arguments<Id: Copy, Arguments: Hash + Eq>(keys: &[Under<Id, Arguments>]) -> HashMap<Arc<Arguments>, Vec<Id>> {
    let mut parents: HashMap<_, Vec<_>> = HashMap::new();
    for key in keys {
        parents.entry(key.arguments.clone()).or_default().push(key.parent);
    }
    parents
}

under! {
    SessionId, PageArgs => Arc<Connection<Attendee>>,
        |cx, sessions, page| app::attendee::of_sessions(cx, &sessions, &page);
    SessionId, NotePage => Arc<Connection<AnyNote>>,
        |cx, sessions, by| app::note::of_sessions(cx, &sessions, &by.0, &by.1);
    AgendaItemId, NotePage => Arc<Connection<AnyNote>>,
        |cx, items, by| app::note::of_items(cx, &items, &by.0, &by.1);
    SessionId, app::note::Filter => u64,
        |cx, sessions, filter| app::note::counts_of_sessions(cx, &sessions, &filter);
    AgendaItemId, app::note::Filter => u64,
        |cx, items, filter| app::note::counts_of_items(cx, &items, &filter);
    WorkingGroupId, MemberPage => Arc<Connection<Membership>>,
        |cx, groups, by| app::membership::of_groups(cx, &groups, by.0, &by.1);
    WorkingGroupId, Option<Role> => u64,
        |cx, groups, role| app::membership::counts_of_groups(cx, &groups, *role);
    WorkingGroupId, SessionPage => Arc<Connection<Session>>,
        |cx, groups, by| app::session::of_groups(cx, &groups, &by.0, &by.1);
    WorkingGroupId, app::session::Filter => u64,
        |cx, groups, filter| app::session::counts_of_groups(cx, &groups, &filter);
}
