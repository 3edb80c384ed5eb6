//! What came of caucus notes: wordings that facilitators asked for, and that something was released.
//!
//! Which note it is of, is in a keyed hash and nowhere else: whoever has a copy of the database cannot join what came out on
//! a tick to the note that it came from (procedures 8). Deliberately absent: who answered.

use std::collections::HashMap;

use dipoli_domain::{
    chatham_house_note::ChathamHouseNote,
    id::{DelegationId, NoteId, ParaphraseId, WorkingGroupId},
    policy::scope::Posting,
    release::{Audience, Paraphrase, ParaphraseState},
    time as domain_time,
};
use jiff::civil::Date;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QueryTrait,
    sea_query::{ExprTrait, OnConflict},
};
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::{
    KeyScope, Store, StoreError, Tx,
    entity::{paraphrase, release},
    reseal::{Envelope, Sealed},
    scope,
    seal::{self, Aad},
    staging::StagedRelease,
    time,
};

/// What is sealed of a paraphrase.
#[derive(Serialize, Deserialize)]
struct ParaphraseText {
    note: Uuid,
    body: String,
    /// The delegation to which it would be released; the group unless given.
    delegation: Option<Uuid>,
    names_source: bool,
    state: String,
}

impl Sealed for paraphrase::Entity {
    const TABLE: &'static str = "paraphrase";
    const ID: paraphrase::Column = paraphrase::Column::Id;
    const SEALED: paraphrase::Column = paraphrase::Column::Sealed;
    const BLOCK: usize = seal::NOTE_BLOCK;
    fn envelope(row: &paraphrase::Model) -> Option<Envelope<'_>> {
        let scope = KeyScope::Group(WorkingGroupId::from_uuid(row.group_id));
        Some(Envelope {
            id: row.id,
            row: ParaphraseId::from_uuid(row.id).into(),
            scope,
            aad: aad(row),
            sealed: &row.sealed,
        })
    }
}

impl Store {
    /// The id of what a text of a note becomes when it is released to an audience, under its author's name or without: the
    /// same each time, so that it is released once.
    pub fn id_of_release(&self, source: NoteId, text: &str, audience: Audience, names_source: bool) -> NoteId {
        let delegation = audience.delegation().map(DelegationId::uuid).unwrap_or_default();
        let (source, manner) = (source.uuid(), [u8::from(names_source)]);
        derived(self.mac("release.id", &[source.as_bytes(), text.as_bytes(), delegation.as_bytes(), &manner]))
    }

    /// The id of what a paraphrase becomes when its author agrees.
    pub fn id_of_agreed(&self, paraphrase: ParaphraseId) -> NoteId {
        derived(self.mac("release.agreed", &[paraphrase.uuid().as_bytes()]))
    }

    /// The days on which these notes were first released; those that were not are absent. Ask for notes that the viewer
    /// reads.
    pub async fn released_on(&self, notes: &[NoteId]) -> Result<HashMap<NoteId, Date>, StoreError> {
        let macs: HashMap<Vec<u8>, NoteId> = notes.iter().map(|note| (self.source_mac(*note), *note)).collect();
        let rows =
            release::Entity::find().filter(scope::one_of(release::Column::NoteMac.into_expr(), macs.keys().cloned()));
        let mut days = HashMap::new();
        for row in rows.all(&self.reads()).await? {
            if let Some(note) = macs.get(&row.note_mac) {
                days.insert(*note, time::read_day(row.released_on)?);
            }
        }
        Ok(days)
    }

    /// The paraphrases of each of these notes, by their ids. Ask for notes that the viewer reads, or has the secret of.
    pub async fn paraphrases_of(&self, notes: &[NoteId]) -> Result<HashMap<NoteId, Vec<Paraphrase>>, StoreError> {
        let macs = notes.iter().map(|note| self.paraphrased_mac(*note));
        let rows = paraphrase::Entity::find()
            .filter(scope::one_of(paraphrase::Column::NoteMac.into_expr(), macs))
            .order_by_asc(paraphrase::Column::Id)
            .all(&self.reads())
            .await?;
        let mut of_notes: HashMap<_, Vec<_>> = HashMap::new();
        for row in &rows {
            if let Some(paraphrase) = self.opened_paraphrase(row).await? {
                of_notes.entry(paraphrase.note).or_default().push(paraphrase);
            }
        }
        Ok(of_notes)
    }

    /// A paraphrase in a group in which the viewer may post.
    pub async fn paraphrase(&self, posting: &Posting, id: ParaphraseId) -> Result<Option<Paraphrase>, StoreError> {
        let groups = posting.0.iter().map(|group| group.uuid());
        let find = paraphrase::Entity::find_by_id(id.uuid())
            .filter(scope::one_of(paraphrase::Column::GroupId.into_expr(), groups));
        match find.one(&self.reads()).await? {
            Some(row) => self.opened_paraphrase(&row).await,
            None => Ok(None),
        }
    }

    pub(crate) fn source_mac(&self, note: NoteId) -> Vec<u8> {
        self.mac("release.note", &[note.uuid().as_bytes()]).to_vec()
    }

    /// Another hash than the one by which its release is found: whoever has a copy cannot join the two.
    fn paraphrased_mac(&self, note: NoteId) -> Vec<u8> {
        self.mac("paraphrase.note", &[note.uuid().as_bytes()]).to_vec()
    }

    async fn opened_paraphrase(&self, row: &paraphrase::Model) -> Result<Option<Paraphrase>, StoreError> {
        let id = ParaphraseId::from_uuid(row.id);
        let Some(text) = self.open_row::<ParaphraseText>(id, &aad(row), &row.sealed).await? else { return Ok(None) };
        let Some(state) = ParaphraseState::from_word(&text.state) else {
            self.report(id);
            return Ok(None);
        };
        Ok(Some(Paraphrase {
            id,
            group: WorkingGroupId::from_uuid(row.group_id),
            note: NoteId::from_uuid(text.note),
            body: text.body,
            audience: match text.delegation {
                Some(delegation) => Audience::Delegation(DelegationId::from_uuid(delegation)),
                None => Audience::Group,
            },
            names_source: text.names_source,
            state,
        }))
    }

    async fn sealed_paraphrase(&self, paraphrase: &Paraphrase) -> Result<paraphrase::Model, StoreError> {
        let mut row = paraphrase::Model {
            id: paraphrase.id.uuid(),
            group_id: paraphrase.group.uuid(),
            note_mac: self.paraphrased_mac(paraphrase.note),
            sealed: Vec::new(),
        };
        let text = ParaphraseText {
            note: paraphrase.note.uuid(),
            body: paraphrase.body.clone(),
            delegation: paraphrase.audience.delegation().map(DelegationId::uuid),
            names_source: paraphrase.names_source,
            state: paraphrase.state.word().to_owned(),
        };
        row.sealed = self.seal_note(KeyScope::Group(paraphrase.group), &aad(&row), &text).await?;
        Ok(row)
    }
}

impl Tx {
    /// Adds a paraphrase.
    pub async fn add_paraphrase(&self, paraphrase: &Paraphrase) -> Result<(), StoreError> {
        let row = self.store().sealed_paraphrase(paraphrase).await?;
        self.sql().insert(row).await
    }

    /// Writes what became of a paraphrase that was open; [`StoreError::Stale`] where it was answered meanwhile.
    pub async fn answer_paraphrase(&self, answered: &Paraphrase) -> Result<(), StoreError> {
        let find = paraphrase::Entity::find_by_id(answered.id.uuid());
        let Some(before) = find.one(&self.sql()).await? else { return Err(StoreError::Stale) };
        match self.store().opened_paraphrase(&before).await? {
            Some(paraphrase) if paraphrase.state == ParaphraseState::Open => {}
            Some(_) | None => return Err(StoreError::Stale),
        }
        let row = self.store().sealed_paraphrase(answered).await?.into_active_model().reset_all();
        let as_it_was = paraphrase::Column::Id.eq(before.id).and(paraphrase::Column::Sealed.eq(before.sealed));
        self.sql().overwrite(row, sea_orm::Condition::all().add(as_it_was)).await
    }

    /// Records that a note was released; the day of the first time stays.
    pub async fn record_release(&self, source: NoteId) -> Result<(), StoreError> {
        let note_mac = self.store().source_mac(source);
        self.record_release_of(note_mac).await
    }

    pub(crate) async fn record_release_of(&self, note_mac: Vec<u8>) -> Result<(), StoreError> {
        let released_on = time::bind_day(domain_time::day(self.now()));
        let row = release::Model { note_mac, released_on }.into_active_model().reset_all();
        let mut insert = release::Entity::insert(row).into_query();
        insert.on_conflict(OnConflict::column(release::Column::NoteMac).do_nothing().to_owned());
        self.sql().run(&insert).await.map(drop)
    }

    /// The paraphrase of a tick, as it is in this transaction.
    pub(crate) async fn paraphrase_of_tick(&self, id: Uuid) -> Result<Option<Paraphrase>, StoreError> {
        match paraphrase::Entity::find_by_id(id).one(&self.sql()).await? {
            Some(row) => self.store().opened_paraphrase(&row).await,
            None => Ok(None),
        }
    }

    /// Stages the release of a note or of an agreed paraphrase of it, without its author's name. Nobody has an edit secret
    /// for what comes out. [`StoreError::Taken`] with `note` where it was staged or came out before.
    pub async fn stage_release(
        &self,
        note: &ChathamHouseNote,
        source: NoteId,
        agreed: Option<ParaphraseId>,
        due: dipoli_domain::Timestamp,
    ) -> Result<(), StoreError> {
        let note_mac = self.store().source_mac(source);
        let release = StagedRelease { note_mac, paraphrase: agreed.map(ParaphraseId::uuid) };
        let mut nobodys = [0; 32];
        crate::place::random(&mut nobodys);
        self.stage_post(note, nobodys, due, Some(release)).await
    }
}

fn derived(mac: [u8; 32]) -> NoteId {
    let random = *mac.first_chunk::<16>().expect("32 bytes hold 16");
    NoteId::from_uuid(Builder::from_random_bytes(random).into_uuid())
}

fn aad(row: &paraphrase::Model) -> Aad {
    Aad::of("paraphrase").id(row.id).id(row.group_id).bytes(&row.note_mac)
}
