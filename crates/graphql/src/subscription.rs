//! The subscription root: what can be waited for.
//!
//! A stream looks when it is woken, as whoever waits is then, and gives what it finds, each with a reader of that moment:
//! nothing is shown by rights of an hour ago. Deliberately absent: content on the way. What wakes a stream says where to
//! look, not what is there.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use async_graphql::{Context, ID, Subscription};
use dipoli_app::{
    self as app, Cx, Pass, Topic,
    bus::Ears,
    delegation,
    note::{Arrivals, Arrived},
    record,
    session::Changes,
    silence,
};
use dipoli_domain::{refusal::Refusal, silence::Silence};
use futures_util::stream::{self, Stream};
use tokio::time::{Instant, sleep};

use crate::{
    batch::Batches,
    context::{batches, cx},
    delegation::Delegation,
    error::{Failure, Result},
    node::OfRow,
    note::Note,
    reader::Reader,
    record::Record,
    session::Session,
    silence::SilenceProcedure,
};

/// Rights are looked at anew for what was found longer ago than this and has not been sent yet.
const FRESH: Duration = Duration::from_secs(1);
/// While the database is away it is looked again after this time.
const AWAY: Duration = Duration::from_secs(2);
/// As long as nobody is woken at all.
const LONGEST: Duration = Duration::from_secs(60);

/// What subscriptions answer where there is no socket.
pub(crate) fn without_socket() -> Refusal {
    Refusal::state("Subscriptions are for a WebSocket on this address, with the subprotocol graphql-transport-ws.")
}

/// Where subscriptions begin.
pub(crate) struct Subscriptions;

/// What can be waited for. Policy is asked anew for every event and every subscriber, at the moment of sending.
#[Subscription(name = "Subscription")]
impl Subscriptions {
    /// Notes of a session as they become readable to the viewer: NAMED ones when they are posted, those under the Chatham House Rule on their tick, to all their readers (the author included) together and in an order that tells nothing.
    async fn note_posted(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session.")] session_id: ID,
        #[graphql(desc = "The arrivalCursor of the last note that was received: what came since is given first.")]
        after: Option<String>,
    ) -> Result<impl Stream<Item = Note> + use<>> {
        let waiting = Waiting::begin(ctx)?;
        let arrivals = Arrivals::begin(cx(ctx), &session_id, after.as_deref()).await?;
        Ok(waiting.flow(arrivals))
    }

    /// A session of the group that was scheduled or changed.
    async fn session_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which group.")] working_group_id: ID,
    ) -> Result<impl Stream<Item = Session> + use<>> {
        let waiting = Waiting::begin(ctx)?;
        let changes = Changes::begin(cx(ctx), &working_group_id).await?;
        Ok(waiting.flow(changes))
    }

    /// A silence procedure of the group that was opened, broken or withdrawn, whose deadline was moved, or which has adopted its item.
    async fn silence_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which group.")] working_group_id: ID,
    ) -> Result<impl Stream<Item = SilenceProcedure> + use<>> {
        let waiting = Waiting::begin(ctx)?;
        let changes = silence::Changes::begin(cx(ctx), &working_group_id).await?;
        Ok(waiting.flow(changes))
    }

    /// A delegation of the group that was added, whose spokesperson was named, that suspended its participation, or takes part again.
    async fn delegation_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which group.")] working_group_id: ID,
    ) -> Result<impl Stream<Item = Delegation> + use<>> {
        let waiting = Waiting::begin(ctx)?;
        let changes = delegation::Changes::begin(cx(ctx), &working_group_id).await?;
        Ok(waiting.flow(changes))
    }

    /// A record of the group that was drafted, reworded, circulated, put under silence or issued, as far as the viewer may read it.
    async fn record_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which group.")] working_group_id: ID,
    ) -> Result<impl Stream<Item = Record> + use<>> {
        let waiting = Waiting::begin(ctx)?;
        let changes = record::Changes::begin(cx(ctx), &working_group_id).await?;
        Ok(waiting.flow(changes))
    }
}

impl Feed for delegation::Changes {
    type Found = dipoli_domain::delegation::Delegation;
    type Shown = Delegation;

    fn topics(&self) -> [Topic; 2] {
        [Topic::Delegations(self.group()), Topic::Everything]
    }

    async fn look(&mut self, cx: &Cx) -> app::Result<Vec<Self::Found>> {
        Self::look(self, cx).await
    }

    fn show(&mut self, reader: &Arc<Reader>, found: Self::Found) -> Delegation {
        self.pass(&found);
        Delegation::of(reader, found)
    }
}

impl Feed for record::Changes {
    type Found = dipoli_domain::record::Record;
    type Shown = Record;

    fn topics(&self) -> [Topic; 2] {
        [Topic::Records(self.group()), Topic::Silences(self.group())]
    }

    async fn look(&mut self, cx: &Cx) -> app::Result<Vec<Self::Found>> {
        Self::look(self, cx).await
    }

    fn show(&mut self, reader: &Arc<Reader>, found: Self::Found) -> Record {
        self.pass(&found);
        Record::of(reader, found)
    }
}

/// What is waited for: what it finds when it looks, and what is shown of that.
trait Feed: Send + 'static {
    /// What is found.
    type Found: Send;
    /// What is shown.
    type Shown: Send;
    /// What wakes it.
    fn topics(&self) -> [Topic; 2];
    /// Looks as this person.
    fn look(&mut self, cx: &Cx) -> impl Future<Output = app::Result<Vec<Self::Found>>> + Send;
    /// Shows it, and does not find it again.
    fn show(&mut self, reader: &Arc<Reader>, found: Self::Found) -> Self::Shown;
}

impl Feed for Arrivals {
    type Found = Arrived;
    type Shown = Note;

    fn topics(&self) -> [Topic; 2] {
        [Topic::Notes(self.session()), Topic::Tick]
    }

    async fn look(&mut self, cx: &Cx) -> app::Result<Vec<Arrived>> {
        Self::look(self, cx).await
    }

    fn show(&mut self, reader: &Arc<Reader>, found: Arrived) -> Note {
        let cursor = self.pass(reader.cx(), &found);
        Note::arrived(reader, found.note, cursor)
    }
}

impl Feed for Changes {
    type Found = dipoli_domain::session::Session;
    type Shown = Session;

    fn topics(&self) -> [Topic; 2] {
        [Topic::Sessions(self.group()), Topic::Everything]
    }

    async fn look(&mut self, cx: &Cx) -> app::Result<Vec<Self::Found>> {
        Self::look(self, cx).await
    }

    fn show(&mut self, reader: &Arc<Reader>, found: Self::Found) -> Session {
        self.pass(&found);
        Session::of(reader, found)
    }
}

impl Feed for silence::Changes {
    type Found = Silence;
    type Shown = SilenceProcedure;

    fn topics(&self) -> [Topic; 2] {
        [Topic::Silences(self.group()), Topic::Everything]
    }

    async fn look(&mut self, cx: &Cx) -> app::Result<Vec<Silence>> {
        Self::look(self, cx).await
    }

    fn show(&mut self, reader: &Arc<Reader>, found: Silence) -> SilenceProcedure {
        self.pass(reader.cx(), &found);
        SilenceProcedure::of(reader, found)
    }
}

/// Someone who waits. They listen from before they look for the first time: nothing falls between.
struct Waiting {
    pass: Arc<Pass>,
    batches: Batches,
    ears: Ears,
}

/// What was found in one look.
struct Look<T> {
    reader: Arc<Reader>,
    at: Instant,
    found: VecDeque<T>,
}

impl Waiting {
    fn begin(ctx: &Context<'_>) -> Result<Self> {
        let pass = ctx.data_opt::<Arc<Pass>>().ok_or_else(|| Failure::from(without_socket()))?;
        Ok(Self { pass: Arc::clone(pass), batches: batches(ctx).clone(), ears: pass.listen() })
    }

    /// What the feed finds, whenever it is woken, until who waits is nobody any more.
    fn flow<F: Feed>(self, feed: F) -> impl Stream<Item = F::Shown> + use<F> {
        stream::unfold((self, feed, None::<Look<F::Found>>), async |(mut waiting, mut feed, mut look)| {
            loop {
                if let Some(fresh) = look.as_mut().filter(|look| look.at.elapsed() < FRESH)
                    && let Some(found) = fresh.found.pop_front()
                {
                    let shown = feed.show(&fresh.reader, found);
                    return Some((shown, (waiting, feed, look)));
                }
                look = waiting.look(&mut feed).await?;
            }
        })
    }

    /// Looks, or waits to be woken where there is nothing. `None` for who is nobody any more.
    async fn look<F: Feed>(&mut self, feed: &mut F) -> Option<Option<Look<F::Found>>> {
        let found = async {
            let cx = Cx { is_query: true, ..self.pass.cx().await? };
            let found = feed.look(&cx).await?;
            Ok::<_, app::Error>((cx, found))
        };
        match found.await {
            Ok((_, found)) if found.is_empty() => self.ears.wait(&feed.topics(), LONGEST).await,
            Ok((cx, found)) => {
                let reader = Reader::new(cx, &self.batches);
                return Some(Some(Look { reader, at: Instant::now(), found: found.into() }));
            }
            Err(app::Error::Refused(_)) => return None,
            Err(app::Error::Unavailable | app::Error::Again) => sleep(AWAY).await,
            Err(app::Error::Fault(text)) => {
                tracing::error!(fault = text.as_str(), "what someone waits for cannot be looked at");
                sleep(AWAY).await;
            }
        }
        Some(None)
    }
}
