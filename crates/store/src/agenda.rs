//! Agendas: whole, in order, of many sessions in one statement; and the changes of their items and of their order.
//!
//! A viewer's agenda has places whose item they do not see, since what follows cannot be given a time. Of such a
//! place the status is read, and no text.

use std::collections::HashMap;

use dipoli_domain::{
    agenda::{AgendaItem, ItemStatus, Place, Placed, lay_out},
    id::{AgendaItemId, MembershipId, SessionId, WorkingGroupId},
    note::Attribution,
    policy::scope::Agendas,
    session::SessionStatus,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::NotSet,
    ColumnTrait, Condition, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    prelude::DateTimeUtc,
    sea_query::{CaseStatement, Expr, ExprTrait, JoinType, Order, Query, SelectStatement},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    KeyScope, Store, StoreError, Tx,
    connection::Sql,
    entity::{
        agenda_item::{Column, Entity, Model},
        session, silence_procedure,
    },
    reseal::{Envelope, Sealed},
    scope,
    seal::Aad,
    silence::SilenceWord,
    time, trusted,
};

/// What is sealed of an agenda item.
#[derive(Serialize, Deserialize)]
struct ItemText {
    title: String,
    description: String,
}

/// A place of an agenda, with what it takes from its session.
#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    group_id: Uuid,
    session_id: Uuid,
    duration_minutes: Option<i32>,
    status: String,
    attribution: String,
    adopted_at: Option<DateTimeUtc>,
    proposed_by: Option<Uuid>,
    lead: Option<Uuid>,
    version: i32,
    needs_silence: bool,
    by_word: bool,
    stands_later: bool,
    /// Null where the item is out of sight.
    sealed: Option<Vec<u8>>,
    session_status: String,
    session_starts_at: DateTimeUtc,
    session_attribution: String,
    /// The procedure that is open on it.
    #[sea_orm(nested(prefix = "silence_"))]
    silence: Option<silence_procedure::Model>,
}

const COLUMNS: [Column; 13] = [
    Column::Id,
    Column::GroupId,
    Column::SessionId,
    Column::DurationMinutes,
    Column::Status,
    Column::Attribution,
    Column::AdoptedAt,
    Column::ProposedBy,
    Column::Lead,
    Column::Version,
    Column::NeedsSilence,
    Column::ByWord,
    Column::StandsLater,
];

/// What an item's text is bound to: everything that the policy reads of the row.
fn aad(
    (id, group, session): (Uuid, Uuid, Uuid),
    (status, attribution): (&str, &str),
    proposed_by: Option<Uuid>,
    (needs_silence, by_word, stands_later): (bool, bool, bool),
) -> Aad {
    let item = Aad::of("agenda_item").id(id).id(group).id(session).text(status).text(attribution).maybe_id(proposed_by);
    // Items that were sealed before there were these have none of them.
    match (needs_silence || by_word, stands_later) {
        (false, false) => item,
        (true, false) => item.flag(needs_silence).flag(by_word),
        (_, true) => item.flag(needs_silence).flag(by_word).flag(true),
    }
}

impl Sealed for Entity {
    const TABLE: &'static str = "agenda_item";
    const ID: Column = Column::Id;
    const SEALED: Column = Column::Sealed;
    fn envelope(row: &Model) -> Option<Envelope<'_>> {
        let scope = KeyScope::Group(WorkingGroupId::from_uuid(row.group_id));
        let aad = aad(
            (row.id, row.group_id, row.session_id),
            (&row.status, &row.attribution),
            row.proposed_by,
            (row.needs_silence, row.by_word, row.stands_later),
        );
        Some(Envelope { id: row.id, row: AgendaItemId::from_uuid(row.id).into(), scope, aad, sealed: &row.sealed })
    }
}

impl Store {
    /// The agendas of those of these sessions that are in scope, laid out for the scope's viewer. A session without
    /// an item that they see is absent.
    pub async fn agendas(
        &self,
        scope: &Agendas,
        sessions: &[SessionId],
    ) -> Result<HashMap<SessionId, Vec<Placed>>, StoreError> {
        let of = scope::one_of(Column::SessionId.into_expr(), sessions.iter().map(|id| id.uuid()));
        self.laid_out(&self.reads(), scope, of).await
    }

    /// Those of these items that are in scope, in their places.
    pub async fn agenda_items(
        &self,
        scope: &Agendas,
        ids: &[AgendaItemId],
    ) -> Result<HashMap<AgendaItemId, Placed>, StoreError> {
        self.placed(&self.reads(), scope, ids).await
    }

    async fn placed(
        &self,
        sql: &Sql<'_>,
        scope: &Agendas,
        ids: &[AgendaItemId],
    ) -> Result<HashMap<AgendaItemId, Placed>, StoreError> {
        let asked = scope::one_of(Column::Id.into_expr(), ids.iter().map(|id| id.uuid()));
        let sessions = Query::select().column(Column::SessionId).from(Entity).and_where(asked).take();
        let agendas = self.laid_out(sql, scope, Column::SessionId.in_subquery(sessions)).await?;
        let placed = agendas.into_values().flatten().map(|placed| (placed.item.id, placed));
        Ok(placed.filter(|(id, _)| ids.contains(id)).collect())
    }

    async fn laid_out(
        &self,
        sql: &Sql<'_>,
        scope: &Agendas,
        of: Expr,
    ) -> Result<HashMap<SessionId, Vec<Placed>>, StoreError> {
        let mut agendas: HashMap<SessionId, (Vec<Place>, SessionStatus, dipoli_domain::Timestamp)> = HashMap::new();
        for row in sql.rows::<Row>(&places(scope, of)).await? {
            let session = SessionId::from_uuid(row.session_id);
            let Some(session_status) = SessionStatus::from_word(&row.session_status) else {
                self.report(session);
                continue;
            };
            let starts_at = time::read(row.session_starts_at);
            let place = self.place(scope, row).await?;
            agendas.entry(session).or_insert_with(|| (Vec::new(), session_status, starts_at)).0.push(place);
        }
        Ok(agendas
            .into_iter()
            .map(|(session, (places, status, starts_at))| (session, lay_out(places, status, starts_at)))
            .collect())
    }

    /// An item whose text does not open is a place like one out of sight.
    async fn place(&self, scope: &Agendas, row: Row) -> Result<Place, StoreError> {
        let id = AgendaItemId::from_uuid(row.id);
        let unseen =
            Place::Unseen { takes_time: ItemStatus::from_word(&row.status).is_none_or(ItemStatus::takes_time) };
        let adopted_at = self.adopted_by_silence(row.silence.as_ref(), scope.at);
        let Some(sealed) = &row.sealed else { return Ok(unseen) };
        let key = (row.id, row.group_id, row.session_id);
        let flags = (row.needs_silence, row.by_word, row.stands_later);
        let aad = aad(key, (&row.status, &row.attribution), row.proposed_by, flags);
        let Some(text) = self.open_row::<ItemText>(id, &aad, sealed).await? else { return Ok(unseen) };
        let Some(item) = item(&row, text) else {
            self.report(id);
            return Ok(unseen);
        };
        let item = match adopted_at {
            Some(deadline) => item.adopted_by_silence(deadline),
            None => item,
        };
        // What silence has not adopted is not seen by those who see what is adopted.
        Ok(if scope.admits(item.group, item.status) { Place::Seen(item) } else { unseen })
    }

    async fn sealed_item(&self, item: &AgendaItem, position: i32) -> Result<Model, StoreError> {
        let (id, group_id, session_id) = (item.id.uuid(), item.group.uuid(), item.session.uuid());
        let (status, attribution) = (item.status.word(), item.attribution.word());
        let proposed_by = item.proposed_by.map(MembershipId::uuid);
        let flags = (item.needs_silence, item.by_word, item.stands_later);
        let aad = aad((id, group_id, session_id), (status, attribution), proposed_by, flags);
        let text = ItemText { title: item.title.clone(), description: item.description.clone() };
        Ok(Model {
            id,
            group_id,
            session_id,
            position,
            duration_minutes: item.duration_minutes,
            status: status.to_owned(),
            attribution: attribution.to_owned(),
            adopted_at: item.adopted_at.map(time::bind),
            proposed_by,
            lead: item.lead.map(MembershipId::uuid),
            version: item.version,
            needs_silence: item.needs_silence,
            by_word: item.by_word,
            stands_later: item.stands_later,
            sealed: self.seal(KeyScope::Group(item.group), &aad, &text).await?,
        })
    }
}

impl Tx {
    /// A session's items in their order, withdrawn ones among them. Ask under [`Tx::lock_session`].
    pub async fn agenda_order(&self, session: SessionId) -> Result<Vec<AgendaItemId>, StoreError> {
        let ids: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::SessionId.eq(session.uuid()))
            .order_by_asc(Column::Position)
            .order_by_asc(Column::Id)
            .into_tuple()
            .all(&self.sql())
            .await?;
        Ok(ids.into_iter().map(AgendaItemId::from_uuid).collect())
    }

    /// An item of the scope in its place, as this transaction has left it.
    pub async fn agenda_item(&self, scope: &Agendas, id: AgendaItemId) -> Result<Option<Placed>, StoreError> {
        Ok(self.store().placed(&self.sql(), scope, &[id]).await?.remove(&id))
    }

    /// A session's agenda as the scope sees it, in its order, as this transaction has left it.
    pub async fn agenda(&self, scope: &Agendas, session: SessionId) -> Result<Vec<Placed>, StoreError> {
        let of = Column::SessionId.eq(session.uuid());
        Ok(self.store().laid_out(&self.sql(), scope, of).await?.remove(&session).unwrap_or_default())
    }

    /// Writes a session's whole order, from 1 without gaps, in one statement.
    pub async fn order_agenda(&self, session: SessionId, order: &[AgendaItemId]) -> Result<(), StoreError> {
        let place = (1..).zip(order).fold(CaseStatement::new(), |places, (place, id): (i32, _)| {
            places.case(Column::Id.eq(id.uuid()), Expr::val(place))
        });
        let update = Query::update()
            .table(Entity)
            .value(Column::Position, place.finally(Column::Position.into_expr()))
            .and_where(Column::SessionId.eq(session.uuid()))
            .take();
        self.sql().run(&update).await.map(drop)
    }

    /// Adds an item at a position. Ask under [`Tx::lock_session`].
    pub async fn add_agenda_item(&self, item: &AgendaItem, position: i32) -> Result<(), StoreError> {
        let row = self.store().sealed_item(item, position).await?;
        self.sql().insert(row).await
    }

    /// Writes an item over the version before it, wherever it stands by now; [`StoreError::Stale`] where another is
    /// current.
    pub async fn change_agenda_item(&self, item: &AgendaItem) -> Result<(), StoreError> {
        let row = self.store().sealed_item(item, 0).await?;
        let before = Condition::all().add(Column::Id.eq(row.id)).add(Column::Version.eq(row.version - 1));
        let mut row = row.into_active_model().reset_all();
        row.position = NotSet;
        self.sql().overwrite(row, before).await
    }
}

fn places(scope: &Agendas, of: Expr) -> SelectStatement {
    let session = session::Column::Id.into_expr().eq(Column::SessionId.into_expr());
    let text = CaseStatement::new().case(scope::agenda_items(scope), Column::Sealed.into_expr());
    let open_silence = Condition::all()
        .add(silence_procedure::Column::AgendaItemId.into_expr().eq(Column::Id.into_expr()))
        .add(silence_procedure::Column::Status.eq(SilenceWord::Open.word()));
    let mut select = Query::select();
    trusted::whole_row(&mut select, silence_procedure::Entity, "silence_");
    select
        .columns(COLUMNS.map(|column| (Entity, column)))
        .expr_as(text, "sealed")
        .expr_as(session::Column::Status.into_expr(), "session_status")
        .expr_as(session::Column::StartsAt.into_expr(), "session_starts_at")
        .expr_as(session::Column::Attribution.into_expr(), "session_attribution")
        .from(Entity)
        .join(JoinType::InnerJoin, session::Entity, session)
        .join(JoinType::LeftJoin, silence_procedure::Entity, open_silence)
        .cond_where(scope::sessions_joined(&scope.sessions))
        .and_where(of)
        .order_by_expr(Column::Position.into_expr(), Order::Asc)
        .order_by_expr(Column::Id.into_expr(), Order::Asc)
        .take()
}

/// The item of a row; `None` where it holds what was never written. A session's attribution, made stricter, holds for
/// all of its items, without their rows being written anew.
fn item(row: &Row, text: ItemText) -> Option<AgendaItem> {
    let of_session = Attribution::from_word(&row.session_attribution)?;
    Some(AgendaItem {
        id: AgendaItemId::from_uuid(row.id),
        group: WorkingGroupId::from_uuid(row.group_id),
        session: SessionId::from_uuid(row.session_id),
        title: text.title,
        description: text.description,
        duration_minutes: row.duration_minutes,
        status: ItemStatus::from_word(&row.status)?,
        attribution: Attribution::from_word(&row.attribution)?.or_stricter(of_session),
        adopted_at: row.adopted_at.map(time::read),
        proposed_by: row.proposed_by.map(MembershipId::from_uuid),
        lead: row.lead.map(MembershipId::from_uuid),
        needs_silence: row.needs_silence,
        by_word: row.by_word,
        stands_later: row.stands_later,
        version: row.version,
    })
}
