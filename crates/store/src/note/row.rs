//! A NAMED note's row: its body, sealed and bound to all that the policy reads; the note made of it; and writing it.

use dipoli_domain::{
    Timestamp,
    id::{AgendaItemId, DelegationId, NoteId, SessionId, WorkingGroupId},
    membership::Membership,
    note::{AnyNote, Note, Visibility},
    policy::scope::People,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, FromQueryResult, IntoActiveModel,
    prelude::DateTimeUtc,
    sea_query::{Expr, ExprTrait, Func, JoinType, SelectStatement},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    KeyScope, Store, StoreError, Tx, chatham_house_note as under_the_rule,
    entity::{
        chatham_house_note,
        note::{self, Column, Entity, Model},
    },
    membership_seen::{self, AnySeatRow, Seats},
    paging::PAGE,
    reseal::{Envelope, Sealed},
    seal::{self, Aad},
    time,
};

/// What is sealed of a note.
#[derive(Serialize, Deserialize)]
pub(super) struct NoteText {
    pub body: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub released: bool,
}

/// A note of either kind, with its author's seat where it has one.
#[derive(FromQueryResult)]
pub(super) struct Row {
    id: Uuid,
    group_id: Uuid,
    pub session_id: Uuid,
    pub agenda_item_id: Option<Uuid>,
    visibility: String,
    delegation_id: Option<Uuid>,
    withdrawn: bool,
    version: i32,
    sealed: Vec<u8>,
    author_id: Option<Uuid>,
    posted_at: Option<DateTimeUtc>,
    released_at: Option<DateTimeUtc>,
    edit_digest: Option<Vec<u8>>,
    #[sea_orm(nested)]
    author: AnySeatRow,
}

impl Row {
    /// When it became readable, and which it is.
    pub fn arrival(&self) -> (Timestamp, NoteId) {
        let arrived = self.posted_at.or(self.released_at).map_or(Timestamp::UNIX_EPOCH, time::read);
        (arrived, NoteId::from_uuid(self.id))
    }
}

/// What the policy reads of a note, and what its body therefore is bound to.
pub(super) struct Bound<'a> {
    id: Uuid,
    group: Uuid,
    session: Uuid,
    agenda_item: Option<Uuid>,
    visibility: &'a str,
    delegation: Option<Uuid>,
    author: Uuid,
    posted_at: Timestamp,
    withdrawn: bool,
}

impl<'a> Bound<'a> {
    /// Of a row.
    pub fn of(row: &'a Model) -> Self {
        Self {
            id: row.id,
            group: row.group_id,
            session: row.session_id,
            agenda_item: row.agenda_item_id,
            visibility: &row.visibility,
            delegation: row.delegation_id,
            author: row.author_id,
            posted_at: time::read(row.posted_at),
            withdrawn: row.withdrawn,
        }
    }

    /// All of it.
    pub fn aad(&self) -> Aad {
        Aad::of("note")
            .id(self.id)
            .id(self.group)
            .id(self.session)
            .maybe_id(self.agenda_item)
            .text(self.visibility)
            .maybe_id(self.delegation)
            .id(self.author)
            .instant(self.posted_at)
            .flag(self.withdrawn)
    }
}

impl Sealed for Entity {
    const TABLE: &'static str = "note";
    const ID: Column = Column::Id;
    const SEALED: Column = Column::Sealed;
    const BLOCK: usize = seal::NOTE_BLOCK;
    fn envelope(row: &Model) -> Option<Envelope<'_>> {
        let scope = KeyScope::Group(WorkingGroupId::from_uuid(row.group_id));
        Some(Envelope {
            id: row.id,
            row: NoteId::from_uuid(row.id).into(),
            scope,
            aad: Bound::of(row).aad(),
            sealed: &row.sealed,
        })
    }
}

/// Selects the notes of either kind whose keys are in [`PAGE`], with their authors.
pub(super) fn whole(select: &mut SelectStatement, people: &People) {
    let key = || Expr::col((PAGE, "key"));
    select
        .join(JoinType::LeftJoin, note::Entity, note::Column::Id.into_expr().eq(key()))
        .join(JoinType::LeftJoin, chatham_house_note::Entity, chatham_house_note::Column::Id.into_expr().eq(key()))
        .expr_as(key(), "id");
    for (name, named, ruled) in [
        ("group_id", note::Column::GroupId, chatham_house_note::Column::GroupId),
        ("session_id", note::Column::SessionId, chatham_house_note::Column::SessionId),
        ("agenda_item_id", note::Column::AgendaItemId, chatham_house_note::Column::AgendaItemId),
        ("visibility", note::Column::Visibility, chatham_house_note::Column::Visibility),
        ("delegation_id", note::Column::DelegationId, chatham_house_note::Column::DelegationId),
        ("withdrawn", note::Column::Withdrawn, chatham_house_note::Column::Withdrawn),
        ("version", note::Column::Version, chatham_house_note::Column::Version),
        ("sealed", note::Column::Sealed, chatham_house_note::Column::Sealed),
    ] {
        let either = Func::coalesce([named.into_expr(), ruled.into_expr()]);
        select.expr_as(either, name);
    }
    select
        .expr_as(note::Column::AuthorId.into_expr(), "author_id")
        .expr_as(note::Column::PostedAt.into_expr(), "posted_at")
        .expr_as(chatham_house_note::Column::ReleasedAt.into_expr(), "released_at")
        .expr_as(chatham_house_note::Column::EditDigest.into_expr(), "edit_digest");
    membership_seen::join_if_any(select, note::Column::AuthorId.into_expr());
    membership_seen::select(select, people);
}

impl Store {
    pub(super) async fn opened_notes(&self, rows: Vec<Row>) -> Result<Vec<AnyNote>, StoreError> {
        let mut seats = Seats::new(self);
        let mut opened = Vec::with_capacity(rows.len());
        for row in rows {
            opened.extend(self.opened_note(row, &mut seats).await?);
        }
        Ok(opened)
    }

    pub(super) async fn opened_note(&self, row: Row, seats: &mut Seats<'_>) -> Result<Option<AnyNote>, StoreError> {
        if let Some((released_at, digest)) = row.released_at.zip(row.edit_digest.as_deref()) {
            let bound = under_the_rule::Bound {
                id: row.id,
                group: row.group_id,
                session: row.session_id,
                agenda_item: row.agenda_item_id,
                visibility: &row.visibility,
                delegation: row.delegation_id,
                released_at,
                digest,
                withdrawn: row.withdrawn,
                version: row.version,
            };
            let note = self.opened_chatham_house_note(&bound, &row.sealed).await?;
            return Ok(note.map(AnyNote::ChathamHouse));
        }
        Ok(self.opened_named_note(row, seats).await?.map(AnyNote::from))
    }

    async fn opened_named_note(&self, row: Row, seats: &mut Seats<'_>) -> Result<Option<Note>, StoreError> {
        let id = NoteId::from_uuid(row.id);
        let (Some(author_id), Some(posted_at)) = (row.author_id, row.posted_at.map(time::read)) else {
            return Err(StoreError::Integrity);
        };
        let bound = Bound {
            id: row.id,
            group: row.group_id,
            session: row.session_id,
            agenda_item: row.agenda_item_id,
            visibility: &row.visibility,
            delegation: row.delegation_id,
            author: author_id,
            posted_at,
            withdrawn: row.withdrawn,
        };
        let Some(NoteText { body, released }) = self.open_row(id, &bound.aad(), &row.sealed).await? else {
            return Ok(None);
        };
        let Some(visibility) = Visibility::from_word(&row.visibility) else {
            self.report(id);
            return Ok(None);
        };
        // A seat that is not what was stored is reported where it is read; the note is left out with it.
        let AnySeatRow(Some(author)) = row.author else { return Ok(None) };
        let Some(author) = seats.membership(author).await? else { return Ok(None) };
        Ok(Some(Note {
            id,
            group: WorkingGroupId::from_uuid(row.group_id),
            session: SessionId::from_uuid(row.session_id),
            agenda_item: row.agenda_item_id.map(AgendaItemId::from_uuid),
            body,
            withdrawn: row.withdrawn,
            visibility,
            delegation: row.delegation_id.map(DelegationId::from_uuid),
            author,
            posted_at,
            released,
            version: row.version,
        }))
    }

    async fn sealed_note(&self, note: &Note) -> Result<Model, StoreError> {
        let Membership { id: author, .. } = note.author;
        let bound = Bound {
            id: note.id.uuid(),
            group: note.group.uuid(),
            session: note.session.uuid(),
            agenda_item: note.agenda_item.map(AgendaItemId::uuid),
            visibility: note.visibility.word(),
            delegation: note.delegation.map(DelegationId::uuid),
            author: author.uuid(),
            posted_at: note.posted_at,
            withdrawn: note.withdrawn,
        };
        let text = NoteText { body: note.body.clone(), released: note.released };
        Ok(Model {
            id: bound.id,
            group_id: bound.group,
            session_id: bound.session,
            agenda_item_id: bound.agenda_item,
            visibility: bound.visibility.to_owned(),
            delegation_id: bound.delegation,
            author_id: bound.author,
            posted_at: time::bind(note.posted_at),
            withdrawn: note.withdrawn,
            version: note.version,
            sealed: self.seal_note(KeyScope::Group(note.group), &bound.aad(), &text).await?,
        })
    }
}

impl Tx {
    /// Adds a note.
    pub async fn add_note(&self, note: &Note) -> Result<(), StoreError> {
        let row = self.store().sealed_note(note).await?;
        self.sql().insert(row).await
    }

    /// Writes a note over the version before it; [`StoreError::Stale`] where another is current.
    pub async fn change_note(&self, note: &Note) -> Result<(), StoreError> {
        let row = self.store().sealed_note(note).await?;
        let before = Condition::all().add(Column::Id.eq(row.id)).add(Column::Version.eq(row.version - 1));
        self.sql().overwrite(row.into_active_model().reset_all(), before).await
    }
}
