//! Notes under the Chatham House Rule as rows: how they are sealed and opened, and how whoever has the edit secret finds
//! theirs. Lists of them, together with NAMED notes, are in `note.rs`; where they wait for their tick, in `staging.rs`.
//!
//! Deliberately absent: an author, and any way to a note of one's own but the secret.

use dipoli_domain::{
    chatham_house_note::ChathamHouseNote,
    id::{AgendaItemId, DelegationId, NoteId, SessionId, WorkingGroupId},
    note::Visibility,
    policy::scope::Posting,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, prelude::DateTimeUtc,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    KeyScope, Store, StoreError, Tx,
    entity::{
        chatham_house_note::{Column, Entity, Model},
        note,
    },
    reseal::{Envelope, Sealed},
    scope,
    seal::{self, Aad},
    time,
};

/// SHA-256 of an edit secret.
pub type EditDigest = [u8; 32];

/// What is sealed of a note under the Rule.
#[derive(Serialize, Deserialize)]
struct ChathamHouseText {
    body: String,
    withdrawal_asked: bool,
    released: bool,
}

/// A note that is out, with what finds it and when it came out.
#[derive(Clone)]
pub(crate) struct Released {
    pub note: ChathamHouseNote,
    pub digest: Vec<u8>,
    pub at: DateTimeUtc,
}

/// What the policy and the secret's check read of a note, and what its body therefore is bound to.
pub(crate) struct Bound<'a> {
    pub id: Uuid,
    pub group: Uuid,
    pub session: Uuid,
    pub agenda_item: Option<Uuid>,
    pub visibility: &'a str,
    pub delegation: Option<Uuid>,
    pub released_at: DateTimeUtc,
    pub digest: &'a [u8],
    pub withdrawn: bool,
    pub version: i32,
}

impl Bound<'_> {
    fn aad(&self) -> Aad {
        Aad::of("chatham_house_note")
            .id(self.id)
            .id(self.group)
            .id(self.session)
            .maybe_id(self.agenda_item)
            .text(self.visibility)
            .maybe_id(self.delegation)
            .instant(time::read(self.released_at))
            .bytes(self.digest)
            .flag(self.withdrawn)
            .number(self.version.into())
    }
}

impl Sealed for Entity {
    const TABLE: &'static str = "chatham_house_note";
    const ID: Column = Column::Id;
    const SEALED: Column = Column::Sealed;
    const BLOCK: usize = seal::NOTE_BLOCK;
    fn envelope(row: &Model) -> Option<Envelope<'_>> {
        let scope = KeyScope::Group(WorkingGroupId::from_uuid(row.group_id));
        Some(Envelope {
            id: row.id,
            row: NoteId::from_uuid(row.id).into(),
            scope,
            aad: bound(row).aad(),
            sealed: &row.sealed,
        })
    }
}

impl Store {
    /// The note of a row; `None` where it does not open.
    pub(crate) async fn opened_chatham_house_note(
        &self,
        bound: &Bound<'_>,
        sealed: &[u8],
    ) -> Result<Option<ChathamHouseNote>, StoreError> {
        let id = NoteId::from_uuid(bound.id);
        let Some(text) = self.open_row::<ChathamHouseText>(id, &bound.aad(), sealed).await? else { return Ok(None) };
        let Some(visibility) = Visibility::from_word(bound.visibility) else {
            self.report(id);
            return Ok(None);
        };
        Ok(Some(ChathamHouseNote {
            id,
            group: WorkingGroupId::from_uuid(bound.group),
            session: SessionId::from_uuid(bound.session),
            agenda_item: bound.agenda_item.map(AgendaItemId::from_uuid),
            body: text.body,
            withdrawn: bound.withdrawn,
            withdrawal_asked: text.withdrawal_asked,
            released: text.released,
            visibility,
            delegation: bound.delegation.map(DelegationId::from_uuid),
            version: bound.version,
        }))
    }

    /// The note that an edit secret is of, if it is out, in a group in which the viewer may post.
    pub(crate) async fn released_by_secret(
        &self,
        posting: &Posting,
        id: NoteId,
        digest: &EditDigest,
    ) -> Result<Option<ChathamHouseNote>, StoreError> {
        let groups = scope::one_of(Column::GroupId.into_expr(), posting.0.iter().map(|group| group.uuid()));
        let find = Entity::find_by_id(id.uuid()).filter(Column::EditDigest.eq(digest.to_vec())).filter(groups);
        let Some(row) = find.one(&self.reads()).await? else { return Ok(None) };
        self.opened_chatham_house_note(&bound(&row), &row.sealed).await
    }

    async fn sealed_chatham_house_note(&self, released: &Released) -> Result<Model, StoreError> {
        let Released { note, digest, at } = released;
        let mut row = Model {
            id: note.id.uuid(),
            group_id: note.group.uuid(),
            session_id: note.session.uuid(),
            agenda_item_id: note.agenda_item.map(AgendaItemId::uuid),
            visibility: note.visibility.word().to_owned(),
            delegation_id: note.delegation.map(DelegationId::uuid),
            released_at: *at,
            edit_digest: digest.clone(),
            withdrawn: note.withdrawn,
            version: note.version,
            sealed: Vec::new(),
        };
        let text = ChathamHouseText {
            body: note.body.clone(),
            withdrawal_asked: note.withdrawal_asked,
            released: note.released,
        };
        row.sealed = self.seal_note(KeyScope::Group(note.group), &bound(&row).aad(), &text).await?;
        Ok(row)
    }
}

impl Tx {
    /// Whether a note of that id is there, of either kind, whoever may read it: for the tick and what is sent again alone.
    pub(crate) async fn is_out(&self, id: NoteId) -> Result<bool, StoreError> {
        let sql = self.sql();
        Ok(Entity::find_by_id(id.uuid()).one(&sql).await?.is_some()
            || note::Entity::find_by_id(id.uuid()).one(&sql).await?.is_some())
    }

    /// A note that is out, by its id: for the tick alone.
    pub(crate) async fn released(&self, id: NoteId) -> Result<Option<Released>, StoreError> {
        let Some(row) = Entity::find_by_id(id.uuid()).one(&self.sql()).await? else { return Ok(None) };
        let note = self.store().opened_chatham_house_note(&bound(&row), &row.sealed).await?;
        Ok(note.map(|note| Released { note, digest: row.edit_digest, at: row.released_at }))
    }

    /// Adds a note that comes out.
    pub(crate) async fn add_released(&self, released: &Released) -> Result<(), StoreError> {
        let row = self.store().sealed_chatham_house_note(released).await?;
        self.sql().insert(row).await
    }

    /// Writes a note that is out anew.
    pub(crate) async fn change_released(&self, released: &Released) -> Result<(), StoreError> {
        let row = self.store().sealed_chatham_house_note(released).await?;
        let before = Condition::all().add(Column::Id.eq(row.id)).add(Column::Withdrawn.eq(false));
        self.sql().overwrite(row.into_active_model().reset_all(), before).await
    }
}

fn bound(row: &Model) -> Bound<'_> {
    Bound {
        id: row.id,
        group: row.group_id,
        session: row.session_id,
        agenda_item: row.agenda_item_id,
        visibility: &row.visibility,
        delegation: row.delegation_id,
        released_at: row.released_at,
        digest: &row.edit_digest,
        withdrawn: row.withdrawn,
        version: row.version,
    }
}
