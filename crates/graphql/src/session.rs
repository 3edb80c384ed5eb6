//! Sessions: the meetings of a group, as they are read. What is done to them is in [`act`].

mod act;
mod series;

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use dipoli_app::{self as app, PageArgs};
use dipoli_domain::{audience, id::WorkingGroupId};

use crate::{
    agenda::AgendaItem,
    attendee::{Attendee, AttendeeConnection, AttendeeCountOf},
    audience::Audience,
    connection::{Count, connection, counts, loaded, page},
    delegation::Delegation,
    error::Result,
    list::List,
    loader::{AgendaOf, AnonymityOf, AttendanceOf, ChairOf, RecordOf, Under, ViewerRsvp},
    membership::Membership,
    node::OfRow,
    note::{Attribution, NoteConnection, NoteCount, NoteFilter},
    nullable::{Nullable, answer},
    reader::Reader,
    record::Record,
    scalar::{DateTime, TimeZone},
    working_group::WorkingGroup,
};

pub(crate) use act::{SessionMutation, SessionPayload};
pub(crate) use series::SeriesMutation;

/// Where a session stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::session::SessionStatus")]
pub(crate) enum SessionStatus {
    /// Seen by organizers and facilitators only; mails nobody.
    Draft,
    /// Announced to the members.
    Scheduled,
    /// Over. Notes can still be posted to it.
    Concluded,
    /// Called off.
    Cancelled,
}

/// A session, as it is read.
pub(crate) struct Session {
    reader: Arc<Reader>,
    row: Arc<dipoli_domain::session::Session>,
}

impl Session {
    /// A session that several objects may belong to.
    pub(crate) fn shared(reader: &Arc<Reader>, row: Arc<dipoli_domain::session::Session>) -> Self {
        Self { reader: reader.clone(), row }
    }
}

impl OfRow for Session {
    type Row = dipoli_domain::session::Session;
    fn of(reader: &Arc<Reader>, row: Self::Row) -> Self {
        Self::shared(reader, Arc::new(row))
    }
}

/// One meeting of a working group.
#[Object]
impl Session {
    /// Opaque, random, unique in the track.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// Whose meeting it is.
    async fn working_group(&self) -> Result<WorkingGroup> {
        Ok(WorkingGroup::shared(&self.reader, self.reader.get(self.row.group).await?))
    }

    /// Its title.
    async fn title(&self) -> &str {
        &self.row.title
    }

    /// What it is for; may be empty.
    async fn purpose(&self) -> &str {
        &self.row.purpose
    }

    /// Where it stands.
    async fn status(&self) -> SessionStatus {
        self.row.status.into()
    }

    /// When it starts.
    async fn starts_at(&self) -> DateTime {
        self.row.starts_at().into()
    }

    /// When it ends.
    async fn ends_at(&self) -> DateTime {
        self.row.ends_at().into()
    }

    /// Why it was called off, if it was and a reason was given.
    async fn cancellation_reason(&self) -> Option<&str> {
        self.row.cancel_reason.as_deref()
    }

    /// The zone in which the session was scheduled; its wall-clock time is kept when a zone's rules change.
    async fn time_zone(&self) -> TimeZone {
        self.row.zone().into()
    }

    /// Where it meets.
    async fn venue(&self) -> Option<&str> {
        self.row.venue.as_deref()
    }

    /// Address of the remote room; to members only, and never in an e-mail.
    async fn join_url(&self) -> Option<&str> {
        self.row.join_url.as_deref()
    }

    /// What notes to the group start with: what may be said outside about who said what.
    async fn attribution(&self) -> Attribution {
        self.row.attribution.into()
    }

    /// In order, at most 100. Observers see adopted items only.
    async fn agenda(&self) -> Result<List<AgendaItem>> {
        let rows = self.reader.find(AgendaOf(self.row.id)).await?.map(Arc::unwrap_or_clone).unwrap_or_default();
        Ok(rows.into_iter().map(|row| AgendaItem::shared(&self.reader, Arc::new(row))).collect())
    }

    /// From when on a proposed item is additional, and needs silence: the session's start, unless an earlier instant is set.
    async fn agenda_cut_off(&self) -> DateTime {
        self.row.cut_off().into()
    }

    /// Its record; null where there is none that the viewer may read. Observers read what is issued.
    async fn record(&self) -> Nullable<Record> {
        answer(async {
            let row = self.reader.find(RecordOf(self.row.id)).await?;
            Ok(row.map(|row| Record::of(&self.reader, Arc::unwrap_or_clone(row))))
        })
        .await
    }

    /// The delegation that chairs it, where the group lets the chair go round; null where it does not, or every delegation has passed. Of a session to come it follows from the order and from who chaired before.
    async fn chair(&self) -> Nullable<Delegation> {
        answer(async {
            let Some(id) = self.reader.find(ChairOf(self.row.id)).await? else { return Ok(None) };
            Ok(self.reader.find(id).await?.map(|row| Delegation::of(&self.reader, Arc::unwrap_or_clone(row))))
        })
        .await
    }

    /// How many people could have written a CHATHAM_HOUSE note that the whole group reads.
    async fn anonymity_set_size(&self) -> Result<i32> {
        let size = self.reader.find(AnonymityOf(self.row.group)).await?.unwrap_or_default();
        Ok(i32::try_from(size).unwrap_or(i32::MAX))
    }

    /// The members' answers. Seats that were left are not among them.
    async fn attendees(
        &self,
        #[graphql(desc = "So many from the beginning, 0 to 100; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<AttendeeConnection> {
        let rows = self.reader.find(Under::new(self.row.id, page(first, after, last, before))).await?;
        Ok(AttendeeConnection::new(&self.reader, loaded(rows), AttendeeCountOf(self.row.id)))
    }

    /// The seats of those who were there, as far as it was recorded, those left since among them; to organizers and facilitators. Null to everyone else.
    async fn attendance(&self) -> Nullable<List<Membership>> {
        answer(async {
            if !app::attendance::is_open_to(self.reader.cx(), &self.row) {
                return Ok(None);
            }
            let rows = self.reader.find(AttendanceOf(self.row.id)).await?.map(Arc::unwrap_or_clone).unwrap_or_default();
            Ok(Some(rows.into_iter().map(|row| Membership::of(&self.reader, row)).collect()))
        })
        .await
    }

    /// The viewer's own answer; null for who is not a member.
    async fn viewer_rsvp(&self) -> Nullable<Attendee> {
        answer(async {
            let row = self.reader.find(ViewerRsvp(self.row.id)).await?;
            Ok(row.map(|row| Attendee::of(&self.reader, Arc::unwrap_or_clone(row))))
        })
        .await
    }

    /// The notes the viewer may read, and no trace of the others.
    async fn notes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only notes like this.")] filter: Option<NoteFilter>,
        #[graphql(desc = "So many from the beginning, 0 to 100; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<NoteConnection> {
        let (id, filter) = (self.row.id, NoteFilter::or_all(filter));
        let page = PageArgs { counted: counts(ctx), ..page(first, after, last, before) };
        let rows = loaded(self.reader.find(Under::new(id, (filter.clone(), page))).await?);
        let count = rows.total.map_or_else(|| NoteCount::OfSession(id, filter), NoteCount::Known);
        Ok(NoteConnection::new(&self.reader, rows, count))
    }

    /// Counts every change that calendars must learn of (the iCalendar SEQUENCE).
    async fn sequence(&self) -> i32 {
        self.row.sequence
    }

    /// Counts every change, from 1.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// Who can read it, and by which rule.
    async fn audience(&self) -> Audience {
        Audience::of(&self.reader, audience::of_session(self.row.published))
    }

    /// What the viewer may do with it.
    async fn viewer_can(&self) -> Result<SessionActs> {
        let can = SessionActs::from(app::session::can(self.reader.cx(), &self.row));
        Ok(SessionActs { post_note: can.post_note && !self.reader.sits_out(self.row.group).await?, ..can })
    }
}

/// What the viewer may do with a session, by the policy that also answers the attempt.
#[derive(SimpleObject)]
pub(crate) struct SessionActs {
    /// Move it.
    reschedule: bool,
    /// Announce it, where it is a draft.
    publish: bool,
    /// Change its title and purpose.
    update: bool,
    /// Make its attribution stricter.
    tighten_attribution: bool,
    /// Call it off.
    cancel: bool,
    /// Conclude it.
    conclude: bool,
    /// Answer it.
    respond: bool,
    /// Record who was there.
    record_attendance: bool,
    /// Propose agenda items.
    propose_agenda_item: bool,
    /// Put its agenda in order.
    order_agenda: bool,
    /// Post notes to it.
    post_note: bool,
}

impl From<app::session::Can> for SessionActs {
    fn from(can: app::session::Can) -> Self {
        Self {
            reschedule: can.reschedule,
            publish: can.publish,
            update: can.update,
            tighten_attribution: can.tighten_attribution,
            cancel: can.cancel,
            conclude: can.conclude,
            respond: can.respond,
            record_attendance: can.record_attendance,
            propose_agenda_item: can.propose_agenda_item,
            order_agenda: can.order_agenda,
            post_note: can.post_note,
        }
    }
}

connection! {
    /// A page of sessions.
    SessionConnection,
    /// A session in a list.
    SessionEdge of Session, SessionCount
}

/// Which sessions are counted.
pub(crate) enum SessionCount {
    /// Those of the viewer's groups.
    All(app::session::Filter),
    /// Those of one group.
    OfGroup(WorkingGroupId, app::session::Filter),
    /// Those of the viewer's groups that have not ended.
    Upcoming,
}

impl Count for SessionCount {
    async fn count(&self, reader: &Reader) -> Result<u64> {
        match self {
            Self::All(filter) => Ok(app::session::count(reader.cx(), filter).await?),
            Self::OfGroup(group, filter) => {
                Ok(reader.find(Under::new(*group, filter.clone())).await?.unwrap_or_default())
            }
            Self::Upcoming => Ok(app::session::count_upcoming(reader.cx()).await?),
        }
    }
}

/// Which sessions a list shows.
#[derive(InputObject)]
pub(crate) struct SessionFilter {
    /// Only these; an empty list shows none.
    status: Option<Vec<SessionStatus>>,
    /// Only sessions that start after this instant.
    starts_after: Option<DateTime>,
    /// Only sessions that start before this instant.
    starts_before: Option<DateTime>,
}

impl SessionFilter {
    /// The filter, or none.
    pub(crate) fn or_all(filter: Option<Self>) -> app::session::Filter {
        filter.map_or_else(app::session::Filter::default, |filter| app::session::Filter {
            status: filter.status.map(|status| status.into_iter().map(Into::into).collect()),
            starts_after: filter.starts_after.map(Into::into),
            starts_before: filter.starts_before.map(Into::into),
        })
    }
}
