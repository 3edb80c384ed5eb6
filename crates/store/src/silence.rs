//! Silence procedures and objections: as a viewer may see them, and as the system itself keeps them.
//!
//! A procedure's row carries a MAC, since it decides whether an item is adopted; its roll, and all of an objection, are
//! sealed. Deliberately absent: any count, and any row or column that tells who was silent.

use std::collections::{HashMap, HashSet};

use dipoli_domain::{
    Timestamp,
    id::{AgendaItemId, MembershipId, ObjectionId, PersonId, RecordId, SessionId, SilenceProcedureId, WorkingGroupId},
    letter::LetterKind,
    note::Attribution,
    person::Standing,
    policy::{Seat, scope::Agendas},
    silence::{Ground, Objection, Silence, Stage, State, Stated, Text},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, FromQueryResult, IntoActiveModel, Iterable, QueryFilter,
    QueryOrder,
    sea_query::{CaseStatement, Expr, ExprTrait, JoinType, Query, SelectStatement},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    KeyScope, Store, StoreError, Tx,
    entity::{
        agenda_item, membership, objection, outbox, person, session,
        silence_procedure::{Column, Entity, Model},
    },
    membership_row,
    outbox::State as LetterState,
    reseal::{Envelope, Sealed},
    scope,
    seal::Aad,
    time, trusted,
};

/// Another name for `agenda_item`, where the parts of a record's session are looked at.
const PART: &str = "part";

/// How a procedure's stage is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SilenceWord {
    Open,
    Broken,
    Adopted,
    Withdrawn,
}

impl SilenceWord {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Broken => "broken",
            Self::Adopted => "adopted",
            Self::Withdrawn => "withdrawn",
        }
    }

    const fn of(stage: Stage) -> (Self, Option<Timestamp>) {
        match stage {
            Stage::Running => (Self::Open, None),
            Stage::Broken { at } => (Self::Broken, Some(at)),
            Stage::Told => (Self::Adopted, None),
            Stage::Withdrawn { at } => (Self::Withdrawn, Some(at)),
        }
    }
}

/// A procedure with what only the system itself knows of it.
pub struct HeldSilence {
    /// The procedure.
    pub silence: Silence,
    /// Who could object when it was opened.
    pub roll: Vec<MembershipId>,
    row: Model,
}

/// Someone at the table of a procedure, as far as a link to object is concerned.
pub struct Listener {
    /// Of which procedure.
    pub silence: SilenceProcedureId,
    /// Their seat.
    pub seat: Seat,
    /// Who sits there.
    pub person: PersonId,
    /// Where their account stands.
    pub standing: Standing,
    /// Raised to end every link that they were given.
    pub links_generation: i32,
}

/// What is sealed of a procedure.
#[derive(Serialize, Deserialize)]
struct Roll {
    roll: Vec<Uuid>,
}

/// What is sealed of an objection.
#[derive(Serialize, Deserialize)]
struct ObjectionText {
    ground: String,
    statement: String,
    amendment: Option<String>,
    by: Uuid,
}

/// What a roll is bound to: what never changes of its procedure.
fn roll_aad(row: &Model) -> Aad {
    bound_to(Aad::of("silence_procedure").id(row.id).id(row.group_id).id(row.session_id), row)
}

/// Adds what a procedure is on. Items came first, and are alone as they were then.
pub(crate) fn bound_to(aad: Aad, row: &Model) -> Aad {
    match (row.agenda_item_id, row.record_id) {
        (Some(item), None) => aad.id(item),
        (item, record) => aad.maybe_id(item).text("record").maybe_id(record),
    }
}

fn objection_aad(row: &objection::Model) -> Aad {
    Aad::of("objection").id(row.id).id(row.group_id).id(row.silence_id)
}

impl Sealed for Entity {
    const TABLE: &'static str = "silence_procedure";
    const ID: Column = Column::Id;
    const SEALED: Column = Column::Sealed;
    fn envelope(row: &Model) -> Option<Envelope<'_>> {
        Some(Envelope {
            id: row.id,
            row: SilenceProcedureId::from_uuid(row.id).into(),
            scope: KeyScope::Group(WorkingGroupId::from_uuid(row.group_id)),
            aad: roll_aad(row),
            sealed: &row.sealed,
        })
    }
}

impl Sealed for objection::Entity {
    const TABLE: &'static str = "objection";
    const ID: objection::Column = objection::Column::Id;
    const SEALED: objection::Column = objection::Column::Sealed;
    fn envelope(row: &objection::Model) -> Option<Envelope<'_>> {
        Some(Envelope {
            id: row.id,
            row: ObjectionId::from_uuid(row.id).into(),
            scope: KeyScope::Group(WorkingGroupId::from_uuid(row.group_id)),
            aad: objection_aad(row),
            sealed: &row.sealed,
        })
    }
}

#[derive(FromQueryResult)]
struct StatedRow {
    #[sea_orm(nested(prefix = "objection_"))]
    objection: objection::Model,
    item_attribution: Option<String>,
    session_attribution: String,
}

#[derive(FromQueryResult)]
struct ListenerRow {
    #[sea_orm(nested(prefix = "silence_"))]
    silence: Model,
    #[sea_orm(nested(prefix = "seat_"))]
    seat: membership::Model,
    #[sea_orm(nested(prefix = "person_"))]
    person: person::Model,
}

impl Store {
    /// Those of these procedures that are in scope.
    pub async fn silences(&self, scope: &Agendas, ids: &[SilenceProcedureId]) -> Result<Vec<Silence>, StoreError> {
        self.silences_where(scope, scope::one_of(Column::Id.into_expr(), ids.iter().map(|id| id.uuid()))).await
    }

    /// A group's procedures that are in scope.
    pub async fn silences_of(&self, scope: &Agendas, group: WorkingGroupId) -> Result<Vec<Silence>, StoreError> {
        self.silences_where(scope, Column::GroupId.eq(group.uuid())).await
    }

    /// The latest procedure on each of these texts that is in scope. A text without one is absent.
    pub async fn latest_silences(&self, scope: &Agendas, texts: &[Text]) -> Result<HashMap<Text, Silence>, StoreError> {
        let items = texts.iter().filter_map(|text| text.item()).map(AgendaItemId::uuid);
        let records = texts.iter().filter_map(|text| text.record()).map(RecordId::uuid);
        let on_items = scope::one_of(Column::AgendaItemId.into_expr(), items);
        let on_records = scope::one_of(Column::RecordId.into_expr(), records);
        let mut latest: HashMap<Text, Silence> = HashMap::new();
        for silence in self.silences_where(scope, on_items.or(on_records)).await? {
            // One that is withdrawn may have been followed by another in the same moment.
            let place = |it: &Silence| (it.opened_at, it.stage == Stage::Running);
            let later = latest.get(&silence.on).is_none_or(|other| place(&silence) > place(other));
            if later {
                latest.insert(silence.on, silence);
            }
        }
        Ok(latest)
    }

    async fn silences_where(&self, scope: &Agendas, which: Expr) -> Result<Vec<Silence>, StoreError> {
        let of_session = session::Column::Id.into_expr().eq(Column::SessionId.into_expr());
        let select = Query::select()
            .columns(Column::iter().map(|column| (Entity, column)))
            .from(Entity)
            .join(JoinType::InnerJoin, session::Entity, of_session)
            .cond_where(scope::silences(scope))
            .and_where(which)
            .take();
        let rows: Vec<Model> = self.reads().rows(&select).await?;
        let found = rows.iter().filter_map(|row| self.silence_of(row));
        Ok(found.filter(|silence| scope.admits_silence(silence)).collect())
    }

    /// Those of these objections that are in scope.
    pub async fn objections(&self, scope: &Agendas, ids: &[ObjectionId]) -> Result<Vec<Stated>, StoreError> {
        let which = scope::one_of(objection::Column::Id.into_expr(), ids.iter().map(|id| id.uuid()));
        self.objections_where(scope, which).await
    }

    /// The objections to each of these procedures that are in scope, by their (random) ids: not in the order in which they
    /// were stated.
    pub async fn objections_to(
        &self,
        scope: &Agendas,
        silences: &[SilenceProcedureId],
    ) -> Result<HashMap<SilenceProcedureId, Vec<Stated>>, StoreError> {
        let which = scope::one_of(objection::Column::SilenceId.into_expr(), silences.iter().map(|id| id.uuid()));
        let mut to: HashMap<_, Vec<_>> = HashMap::new();
        for stated in self.objections_where(scope, which).await? {
            to.entry(stated.objection.silence).or_default().push(stated);
        }
        Ok(to)
    }

    async fn objections_where(&self, scope: &Agendas, which: Expr) -> Result<Vec<Stated>, StoreError> {
        let rows: Vec<StatedRow> = self.reads().rows(&stated(scope, which)).await?;
        let mut opened = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(objection) = self.opened_objection(&row.objection).await? else { continue };
            let of_session = &row.session_attribution;
            let words = [row.item_attribution.as_ref().unwrap_or(of_session), of_session];
            let [Some(of_text), Some(of_session)] = words.map(|word| Attribution::from_word(word)) else {
                return Err(StoreError::Integrity);
            };
            opened.push(Stated { objection, attribution: of_text.or_stricter(of_session) });
        }
        Ok(opened)
    }

    pub(crate) async fn opened_objection(&self, row: &objection::Model) -> Result<Option<Objection>, StoreError> {
        let id = ObjectionId::from_uuid(row.id);
        let Some(text) = self.open_row::<ObjectionText>(id, &objection_aad(row), &row.sealed).await? else {
            return Ok(None);
        };
        Ok(Some(Objection {
            id,
            silence: SilenceProcedureId::from_uuid(row.silence_id),
            group: WorkingGroupId::from_uuid(row.group_id),
            ground: Ground::from_word(&text.ground).ok_or(StoreError::Integrity)?,
            statement: text.statement,
            amendment: text.amendment,
            by: MembershipId::from_uuid(text.by),
        }))
    }

    /// The procedures whose deadline still matters, of all groups: for the clock's work.
    pub async fn running_silences(&self) -> Result<Vec<Silence>, StoreError> {
        let rows = Entity::find().filter(Column::Status.eq(SilenceWord::Open.word())).all(&self.reads()).await?;
        Ok(self.of_living_groups(rows.iter()))
    }

    fn of_living_groups<'a>(&self, rows: impl Iterator<Item = &'a Model>) -> Vec<Silence> {
        let ring = self.keys().ring();
        rows.filter_map(|row| self.silence_of(row)).filter(|silence| !ring.is_destroyed(silence.group)).collect()
    }

    /// Everyone in effect at the tables of the procedures whose deadline is not before `since`: whose link one is, is found
    /// among them. For the holder of a link alone.
    pub async fn listeners(&self, since: Timestamp) -> Result<Vec<Listener>, StoreError> {
        let rows: Vec<ListenerRow> = self.reads().rows(&listeners(since)).await?;
        let ring = self.keys().ring();
        let genuine = rows.into_iter().filter(|row| {
            !ring.is_destroyed(WorkingGroupId::from_uuid(row.silence.group_id))
                && self.is_genuine(&row.silence)
                && self.is_genuine(&row.seat)
                && self.is_genuine(&row.person)
        });
        genuine.map(|row| listener(&row)).collect()
    }

    /// When silence adopts what the procedure that is open on it is on, if it has by then.
    pub(crate) fn adopted_by_silence(&self, row: Option<&Model>, at: Timestamp) -> Option<Timestamp> {
        match self.silence_of(row?)?.state_at(at) {
            State::Adopted { at } => Some(at),
            State::Open | State::Broken { .. } | State::Withdrawn { .. } => None,
        }
    }

    /// The procedure of a row; `None` where it is not what was stored.
    pub(crate) fn silence_of(&self, row: &Model) -> Option<Silence> {
        if !self.is_genuine(row) {
            return None;
        }
        let found = silence(row);
        if found.is_none() {
            self.report(SilenceProcedureId::from_uuid(row.id));
        }
        found
    }
}

impl Tx {
    /// Opens a procedure, with the roll of those who could object. [`StoreError::Taken`] with `silence.open` where one is open
    /// on the same text.
    pub async fn open_silence(&self, silence: &Silence, roll: &[MembershipId]) -> Result<(), StoreError> {
        let mut row = written(silence, Vec::new());
        let sealed = Roll { roll: roll.iter().map(|seat| seat.uuid()).collect() };
        row.sealed = self.store().seal(KeyScope::Group(silence.group), &roll_aad(&row), &sealed).await?;
        self.sql().insert(self.store().marked(row)).await
    }

    /// A procedure as it is now. Ask under [`Tx::lock_group`].
    pub async fn silence(&self, id: SilenceProcedureId) -> Result<Option<HeldSilence>, StoreError> {
        match Entity::find_by_id(id.uuid()).one(&self.sql()).await? {
            Some(row) => self.held_silence(row).await,
            None => Ok(None),
        }
    }

    /// The procedures of a group whose deadline still matters. Ask under [`Tx::lock_group`].
    pub async fn running_silences_of(&self, group: WorkingGroupId) -> Result<Vec<HeldSilence>, StoreError> {
        let find = Entity::find()
            .filter(Column::GroupId.eq(group.uuid()))
            .filter(Column::Status.eq(SilenceWord::Open.word()))
            .order_by_asc(Column::Id);
        let mut held = Vec::new();
        for row in find.all(&self.sql()).await? {
            held.extend(self.held_silence(row).await?);
        }
        Ok(held)
    }

    async fn held_silence(&self, row: Model) -> Result<Option<HeldSilence>, StoreError> {
        let Some(silence) = self.store().silence_of(&row) else { return Ok(None) };
        let roll = self.store().open_row::<Roll>(silence.id, &roll_aad(&row), &row.sealed).await?;
        let roll = roll.map(|sealed| sealed.roll.into_iter().map(MembershipId::from_uuid).collect());
        Ok(roll.map(|roll| HeldSilence { silence, roll, row }))
    }

    /// Writes a procedure over what it was; [`StoreError::Stale`] where it has become something else.
    pub async fn change_silence(&self, before: &HeldSilence, after: &Silence) -> Result<(), StoreError> {
        let row = self.store().marked(written(after, before.row.sealed.clone()));
        let was = Condition::all().add(Column::Id.eq(row.id)).add(Column::Mac.eq(before.row.mac.clone()));
        let mut row = row.into_active_model().reset_all();
        // It may have been sealed anew meanwhile.
        row.sealed = sea_orm::ActiveValue::NotSet;
        self.sql().overwrite(row, was).await
    }

    /// The objections to a procedure. Ask under [`Tx::lock_group`].
    pub async fn objections_to_silence(&self, silence: SilenceProcedureId) -> Result<Vec<Objection>, StoreError> {
        let rows = objection::Entity::find().filter(objection::Column::SilenceId.eq(silence.uuid()));
        let mut opened = Vec::new();
        for row in rows.all(&self.sql()).await? {
            opened.extend(self.store().opened_objection(&row).await?);
        }
        Ok(opened)
    }

    /// Adds an objection.
    pub async fn add_objection(&self, objection: &Objection) -> Result<(), StoreError> {
        let mut row = objection::Model {
            id: objection.id.uuid(),
            group_id: objection.group.uuid(),
            silence_id: objection.silence.uuid(),
            sealed: Vec::new(),
        };
        let text = ObjectionText {
            ground: objection.ground.word().to_owned(),
            statement: objection.statement.clone(),
            amendment: objection.amendment.clone(),
            by: objection.by.uuid(),
        };
        row.sealed = self.store().seal(KeyScope::Group(objection.group), &objection_aad(&row), &text).await?;
        self.sql().insert(row).await
    }

    /// Whether someone of the roll got no notice of the procedure and has not been there since it was opened.
    pub async fn someone_was_not_reached(&self, held: &HeldSilence) -> Result<bool, StoreError> {
        let roll = scope::one_of(membership::Column::Id.into_expr(), held.roll.iter().map(|seat| seat.uuid()));
        let seats = membership::Entity::find().filter(roll).all(&self.sql()).await?;
        let of_roll: HashSet<Uuid> = seats.iter().map(|seat| seat.person_id).collect();
        let notices = outbox::Entity::find()
            .filter(outbox::Column::SilenceId.eq(held.row.id))
            .filter(outbox::Column::Kind.eq(LetterKind::SilenceOpened.word()))
            .all(&self.sql())
            .await?;
        for notice in notices.iter().filter(|notice| of_roll.contains(&notice.person_id)) {
            let person = PersonId::from_uuid(notice.person_id);
            let reached = notice.state == LetterState::Sent.word();
            if !reached && !self.was_here_since(person, held.silence.opened_at).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn listener(row: &ListenerRow) -> Result<Listener, StoreError> {
    Ok(Listener {
        silence: SilenceProcedureId::from_uuid(row.silence.id),
        seat: membership_row::policy_seat(&row.seat)?,
        person: PersonId::from_uuid(row.person.id),
        standing: Standing::from_word(&row.person.standing).ok_or(StoreError::Integrity)?,
        links_generation: row.person.links_generation,
    })
}

fn written(silence: &Silence, sealed: Vec<u8>) -> Model {
    let (status, ended_at) = SilenceWord::of(silence.stage);
    Model {
        id: silence.id.uuid(),
        group_id: silence.group.uuid(),
        session_id: silence.session.uuid(),
        agenda_item_id: silence.on.item().map(AgendaItemId::uuid),
        record_id: silence.on.record().map(RecordId::uuid),
        status: status.word().to_owned(),
        opened_at: time::bind(silence.opened_at),
        deadline: time::bind(silence.deadline),
        moved: silence.moved,
        watched_at: time::bind(silence.watched_at),
        ended_at: ended_at.map(time::bind),
        sealed,
        mac: Vec::new(),
    }
}

/// The procedure of a row; `None` where it holds what was never written.
fn silence(row: &Model) -> Option<Silence> {
    let words = [SilenceWord::Open, SilenceWord::Broken, SilenceWord::Adopted, SilenceWord::Withdrawn];
    let word = words.into_iter().find(|word| word.word() == row.status)?;
    let stage = match (word, row.ended_at.map(time::read)) {
        (SilenceWord::Open, None) => Stage::Running,
        (SilenceWord::Adopted, None) => Stage::Told,
        (SilenceWord::Broken, Some(at)) => Stage::Broken { at },
        (SilenceWord::Withdrawn, Some(at)) => Stage::Withdrawn { at },
        (SilenceWord::Open | SilenceWord::Adopted, Some(_)) | (SilenceWord::Broken | SilenceWord::Withdrawn, None) => {
            return None;
        }
    };
    let on = match (row.agenda_item_id, row.record_id) {
        (Some(item), None) => Text::Item(AgendaItemId::from_uuid(item)),
        (None, Some(record)) => Text::Record(RecordId::from_uuid(record)),
        (Some(_), Some(_)) | (None, None) => return None,
    };
    Some(Silence {
        id: SilenceProcedureId::from_uuid(row.id),
        group: WorkingGroupId::from_uuid(row.group_id),
        session: SessionId::from_uuid(row.session_id),
        on,
        opened_at: time::read(row.opened_at),
        deadline: time::read(row.deadline),
        moved: row.moved,
        watched_at: time::read(row.watched_at),
        stage,
    })
}

fn stated(scope: &Agendas, which: Expr) -> SelectStatement {
    let to = Column::Id.into_expr().eq(objection::Column::SilenceId.into_expr());
    let on = agenda_item::Column::Id.into_expr().eq(Column::AgendaItemId.into_expr());
    let of_session = session::Column::Id.into_expr().eq(Column::SessionId.into_expr());
    // A record is of all parts of its session: where one of them is under the Rule, so is what is said of the record.
    let part_under_the_rule = Query::select()
        .expr(Expr::cust("1"))
        .from_as(agenda_item::Entity, PART)
        .and_where(Expr::col((PART, agenda_item::Column::SessionId)).equals((Entity, Column::SessionId)))
        .and_where(Expr::col((PART, agenda_item::Column::Attribution)).eq(Attribution::ChathamHouse.word()))
        .and_where(Column::RecordId.is_not_null())
        .take();
    let attribution = CaseStatement::new()
        .case(Expr::exists(part_under_the_rule), Expr::val(Attribution::ChathamHouse.word()))
        .finally(agenda_item::Column::Attribution.into_expr());
    let mut select = Query::select();
    trusted::whole_row(&mut select, objection::Entity, "objection_");
    select
        .expr_as(attribution, "item_attribution")
        .expr_as(session::Column::Attribution.into_expr(), "session_attribution")
        .from(objection::Entity)
        .join(JoinType::InnerJoin, Entity, to)
        .join(JoinType::LeftJoin, agenda_item::Entity, on)
        .join(JoinType::InnerJoin, session::Entity, of_session)
        .cond_where(scope::objections(scope))
        .and_where(which)
        .order_by(objection::Column::Id.as_column_ref(), sea_orm::sea_query::Order::Asc)
        .take()
}

fn listeners(since: Timestamp) -> SelectStatement {
    let at_the_table = Condition::all()
        .add(membership::Column::GroupId.into_expr().eq(Column::GroupId.into_expr()))
        .add(crate::membership::in_effect());
    let sits = person::Column::Id.into_expr().eq(membership::Column::PersonId.into_expr());
    let mut select = Query::select();
    trusted::whole_row(&mut select, Entity, "silence_");
    trusted::whole_row(&mut select, membership::Entity, "seat_");
    trusted::whole_row(&mut select, person::Entity, "person_");
    select
        .from(Entity)
        .join(JoinType::InnerJoin, membership::Entity, at_the_table)
        .join(JoinType::InnerJoin, person::Entity, sits)
        .and_where(Column::Deadline.gte(time::bind(since)))
        .take()
}
