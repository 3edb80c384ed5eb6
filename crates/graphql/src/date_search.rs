//! Finding a date, as it is read. What is done about it is in [`act`].

mod act;

use std::sync::Arc;

use async_graphql::{Enum, ID, Object, SimpleObject};
use dipoli_app as app;
use dipoli_domain::{
    Timestamp,
    date_search::{Line, Slot},
};

use crate::{
    delegation::Delegation,
    error::Result,
    list::List,
    loader::LinesOf,
    node::OfRow,
    note::Attribution,
    nullable::{Nullable, answer},
    reader::Reader,
    scalar::{DateTime, TimeZone},
    session::Session,
    working_group::WorkingGroup,
};

pub(crate) use act::DateSearchMutation;

/// What a member says of a time.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::date_search::DateMark")]
pub(crate) enum DateMark {
    /// They can come.
    Yes,
    /// They can come if need be.
    IfNeedBe,
    /// They cannot come.
    No,
}

/// Where a search for a date stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "dipoli_domain::date_search::DateSearchStatus")]
pub(crate) enum DateSearchStatus {
    /// Members may mark the times.
    Open,
    /// A time was chosen, and the session scheduled.
    Chosen,
    /// It was given up.
    Withdrawn,
}

/// A search for a date, as it is read.
pub(crate) struct DateSearch {
    reader: Arc<Reader>,
    row: Arc<dipoli_domain::date_search::DateSearch>,
}

impl OfRow for DateSearch {
    type Row = dipoli_domain::date_search::DateSearch;
    fn of(reader: &Arc<Reader>, row: Self::Row) -> Self {
        Self { reader: reader.clone(), row: Arc::new(row) }
    }
}

/// Times that are proposed for a session, and what is said of them.
#[Object]
impl DateSearch {
    /// Opaque, random, unique in the track.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// Whose meeting it would be.
    async fn working_group(&self) -> Result<WorkingGroup> {
        Ok(WorkingGroup::shared(&self.reader, self.reader.get(self.row.group).await?))
    }

    /// Where it stands.
    async fn status(&self) -> DateSearchStatus {
        self.row.status.into()
    }

    /// The session that was scheduled, once a time was chosen.
    async fn session(&self) -> Nullable<Session> {
        answer(async {
            let Some(id) = self.row.session else { return Ok(None) };
            Ok(self.reader.find(id).await?.map(|row| Session::shared(&self.reader, row)))
        })
        .await
    }

    /// The session's title.
    async fn title(&self) -> &str {
        &self.row.title
    }

    /// What the session is for; may be empty.
    async fn purpose(&self) -> &str {
        &self.row.purpose
    }

    /// What notes to the group would start with.
    async fn attribution(&self) -> Attribution {
        self.row.attribution.into()
    }

    /// The times, at most 10, by their starts.
    async fn slots(&self) -> List<DateSlot> {
        let slot = |place| DateSlot { reader: self.reader.clone(), search: self.row.clone(), place };
        (0..self.row.slots.len()).map(slot).collect()
    }

    /// How many of each side could come at each of the times, while it is open; to organizers, and null to everyone else. Empty where there are too few members for nobody to be told apart.
    async fn availability(&self) -> Nullable<List<Availability>> {
        answer(async {
            if !app::date_search::are_counted_for(self.reader.cx(), &self.row) {
                return Ok(None);
            }
            let lines = self.reader.find(LinesOf(self.row.id)).await?.map(Arc::unwrap_or_clone).unwrap_or_default();
            let of_slots = self.row.slots.iter().zip(lines);
            let of_slot = |(slot, lines): (&Slot, Vec<Line>)| {
                let (reader, starts_at) = (self.reader.clone(), slot.starts.instant());
                lines.into_iter().map(move |line| Availability { reader: reader.clone(), starts_at, line })
            };
            Ok(Some(of_slots.flat_map(of_slot).collect()))
        })
        .await
    }

    /// What the viewer may do about it.
    async fn viewer_can(&self) -> DateSearchActs {
        let app::date_search::Can { mark, choose } = app::date_search::can(self.reader.cx(), &self.row);
        DateSearchActs { mark, choose }
    }
}

/// What the viewer may do about a search for a date, by the policy that also answers the attempt.
#[derive(SimpleObject)]
pub(crate) struct DateSearchActs {
    /// Mark the times.
    mark: bool,
    /// Choose one of them, or give up.
    choose: bool,
}

/// A proposed time.
pub(crate) struct DateSlot {
    reader: Arc<Reader>,
    search: Arc<dipoli_domain::date_search::DateSearch>,
    place: usize,
}

/// A time that is proposed for a session.
#[Object]
impl DateSlot {
    /// When the session would start; by this the time is named.
    async fn starts_at(&self) -> DateTime {
        self.search.slots[self.place].starts.instant().into()
    }

    /// When it would end.
    async fn ends_at(&self) -> DateTime {
        self.search.slots[self.place].ends.instant().into()
    }

    /// The zone in which it would be scheduled.
    async fn time_zone(&self) -> TimeZone {
        (&self.search.slots[self.place].starts.zone).into()
    }

    /// What the viewer has said of it; null where nothing. Nobody else sees it.
    async fn viewer_mark(&self) -> Option<DateMark> {
        let seat = self.reader.cx().viewer.seat(self.search.group)?.membership;
        self.search.mark(seat, self.place).map(Into::into)
    }
}

/// Counts of one side for one time.
pub(crate) struct Availability {
    reader: Arc<Reader>,
    starts_at: Timestamp,
    line: Line,
}

/// How many of one side could come at one time. Who has said nothing is not counted.
#[Object]
impl Availability {
    /// Of which time, by its start.
    async fn starts_at(&self) -> DateTime {
        self.starts_at.into()
    }

    /// Which side; null for all who are counted together: those of sides of fewer than three, and of none.
    async fn delegation(&self) -> Nullable<Delegation> {
        answer(async {
            let Some(id) = self.line.delegation else { return Ok(None) };
            Ok(self.reader.find(id).await?.map(|row| Delegation::of(&self.reader, Arc::unwrap_or_clone(row))))
        })
        .await
    }

    /// How many can come.
    async fn yes(&self) -> i32 {
        shown(self.line.yes)
    }

    /// How many can come if need be.
    async fn if_need_be(&self) -> i32 {
        shown(self.line.if_need_be)
    }

    /// How many cannot come.
    async fn no(&self) -> i32 {
        shown(self.line.no)
    }
}

fn shown(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
