//! Where notes under the Chatham House Rule, and changes of them, wait for their tick; and the tick, which moves all that is
//! due, shuffled, in a transaction of its own (requirements N-01, N-05).
//!
//! Of what waits nothing is in the clear but in which group, and which tick. Every tick empties the table for real and puts
//! back, shuffled, what waits for a later one: neither the order of rows nor what a database leaves behind of deleted ones
//! tells in which order notes came. Acts of different people on one note wait apart, so that none moves another's tick.
//! Deliberately absent: any row that names a person.

use std::collections::{HashMap, hash_map::Entry};

use dipoli_domain::{
    Timestamp,
    chatham_house_note::{ChathamHouseNote, Pending},
    id::{AgendaItemId, DelegationId, NoteId, SessionId, WorkingGroupId},
    note::Visibility,
    policy::scope::Posting,
    release::{Paraphrase, ParaphraseState},
    tick::Pace,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
    prelude::DateTimeUtc,
    sea_query::{ExprTrait, Query},
};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use uuid::{Builder, Uuid};

use crate::{
    KeyScope, Store, StoreError, Tx,
    chatham_house_note::{EditDigest, Released},
    entity::staged_note::{Column, Entity, Model},
    even_bytes,
    reseal::{Envelope, Sealed},
    scope,
    seal::{self, Aad},
    time,
};

/// Whose act on a note it is that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Of whoever has its edit secret: the posting too.
    Author,
    /// A facilitator's.
    Facilitator,
    /// Of readers who ask for its withdrawal.
    Readers,
}

/// What waits, sealed: a posting, with what became of it meanwhile; or a change of a note that is out.
#[derive(Default, Serialize, Deserialize)]
struct Staged {
    note: Uuid,
    post: Option<Post>,
    body: Option<String>,
    withdrawn: bool,
    withdrawal_asked: bool,
    /// A paraphrase whose author, who has no name, does not agree.
    declined: Option<Uuid>,
}

/// A posting.
#[derive(Serialize, Deserialize)]
struct Post {
    #[serde(with = "even_bytes")]
    digest: EditDigest,
    session: Uuid,
    agenda_item: Option<Uuid>,
    visibility: String,
    delegation: Option<Uuid>,
    body: String,
    release: Option<StagedRelease>,
}

/// What a posting is the release of.
#[derive(Serialize, Deserialize)]
pub(crate) struct StagedRelease {
    /// The keyed hash of the note that it comes from.
    #[serde(with = "even_bytes")]
    pub note_mac: Vec<u8>,
    /// The paraphrase that was agreed to, if one was.
    pub paraphrase: Option<Uuid>,
}

/// A note that an edit secret is of, as it will be after its tick.
pub struct UnderSecret {
    /// The note.
    pub note: ChathamHouseNote,
    /// Its version after a revision that is staged now: a note that is not out yet keeps its first.
    pub revised_version: i32,
}

/// What a tick did to one note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LetOut {
    /// It came out, or was withdrawn before it did.
    Posted,
    /// It has another text.
    Revised,
    /// Its text is gone.
    Withdrawn,
    /// A reader has asked that it be withdrawn.
    WithdrawalAsked,
    /// It came out of the caucus.
    Released,
    /// A paraphrase of it was declined.
    Declined,
}

impl Sealed for Entity {
    const TABLE: &'static str = "staged_note";
    const ID: Column = Column::Id;
    const SEALED: Column = Column::Sealed;
    const BLOCK: usize = seal::NOTE_BLOCK;
    fn envelope(row: &Model) -> Option<Envelope<'_>> {
        let scope = KeyScope::Group(WorkingGroupId::from_uuid(row.group_id));
        Some(Envelope { id: row.id, row: NoteId::from_uuid(row.id).into(), scope, aad: aad(row), sealed: &row.sealed })
    }
}

impl Store {
    /// When the next tick is that something waits for.
    pub async fn next_tick_due(&self) -> Result<Option<Timestamp>, StoreError> {
        #[derive(FromQueryResult)]
        struct Due {
            due: Option<DateTimeUtc>,
        }
        let select = Query::select().expr_as(Column::DueAt.into_expr().min(), "due").from(Entity).take();
        let due: Option<Due> = self.reads().row(&select).await?;
        Ok(due.and_then(|row| row.due).map(time::read))
    }

    /// The note of an edit secret, waiting or out, in a group in which the viewer may post; `None` where there is no such
    /// note, or it has another secret.
    pub async fn note_by_secret(
        &self,
        posting: &Posting,
        id: NoteId,
        digest: &EditDigest,
    ) -> Result<Option<UnderSecret>, StoreError> {
        let groups = scope::one_of(Column::GroupId.into_expr(), posting.0.iter().map(|group| group.uuid()));
        let place = self.place_of(id, Whose::Author);
        let row = Entity::find_by_id(place).filter(groups).one(&self.reads()).await?;
        let staged = match &row {
            Some(row) => self.opened_staged(row).await?.unwrap_or_default(),
            None => Staged::default(),
        };
        let out = self.released_by_secret(posting, id, digest).await?;
        let pending =
            Pending { body: staged.body, withdrawn: staged.withdrawn, withdrawal_asked: staged.withdrawal_asked };
        Ok(match (out, staged.post.zip(row)) {
            (Some(note), _) => {
                let revised_version = note.version + 1;
                Some(UnderSecret { note: note.changed(pending), revised_version })
            }
            (None, Some((post, row))) if bool::from(post.digest.ct_eq(digest)) => {
                waiting(id, row.group_id, post).map(|note| {
                    let note = ChathamHouseNote { version: 1, ..note.changed(pending) };
                    UnderSecret { note, revised_version: 1 }
                })
            }
            (None, _) => None,
        })
    }

    /// The tick that a note waits for, whoever asks: for sendings of the same key.
    pub async fn tick_of(&self, id: NoteId) -> Result<Option<Timestamp>, StoreError> {
        let row = Entity::find_by_id(self.place_of(id, Whose::Author)).one(&self.reads()).await?;
        Ok(row.map(|row| time::read(row.due_at)))
    }

    /// Leaves nothing behind of what was staged: on SQLite the write-ahead log is folded in and cut to nothing. `false`
    /// where a reader holds it; try again later.
    pub async fn empty_staging_log(&self) -> Result<bool, StoreError> {
        self.content().cut_log().await
    }

    /// Where an act on a note waits.
    fn place_of(&self, note: NoteId, whose: Whose) -> Uuid {
        let label = match whose {
            Whose::Author => "staged.author",
            Whose::Facilitator => "staged.facilitator",
            Whose::Readers => "staged.readers",
        };
        let mac = self.mac(label, &[note.uuid().as_bytes()]);
        Builder::from_random_bytes(*mac.first_chunk::<16>().expect("32 bytes hold 16")).into_uuid()
    }

    async fn opened_staged(&self, row: &Model) -> Result<Option<Staged>, StoreError> {
        self.open_row(NoteId::from_uuid(row.id), &aad(row), &row.sealed).await
    }

    async fn sealed_staged(
        &self,
        place: Uuid,
        group: WorkingGroupId,
        due: Timestamp,
        staged: &Staged,
    ) -> Result<Model, StoreError> {
        let mut row = Model { id: place, group_id: group.uuid(), due_at: time::bind(due), sealed: Vec::new() };
        row.sealed = self.seal_note(KeyScope::Group(group), &aad(&row), staged).await?;
        Ok(row)
    }
}

impl Tx {
    /// The tick for which something of a group's waits that this transaction stages. No tick comes between this and its
    /// end, so that nothing comes out late and by itself: ask for it before anything is written.
    pub async fn next_tick(&self, group: WorkingGroupId, pace: Pace) -> Result<Timestamp, StoreError> {
        let sql = self.sql();
        if sql.backend() == DbBackend::Postgres {
            sql.execute_unprepared("LOCK TABLE staged_note IN ROW EXCLUSIVE MODE").await?;
        }
        let now = self.store().now_within(&sql).await?;
        Ok(pace.tick_after(now, self.store().session_is_on(&sql, group, now).await?))
    }

    /// Stages a posting. [`StoreError::Taken`] with `note` where one of this id waits or is out: the same sending again.
    pub async fn stage_note(
        &self,
        note: &ChathamHouseNote,
        digest: EditDigest,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        self.stage_post(note, digest, due, None).await
    }

    pub(crate) async fn stage_post(
        &self,
        note: &ChathamHouseNote,
        digest: EditDigest,
        due: Timestamp,
        release: Option<StagedRelease>,
    ) -> Result<(), StoreError> {
        if self.is_out(note.id).await? {
            return Err(StoreError::Taken("note"));
        }
        let post = Post {
            digest,
            session: note.session.uuid(),
            agenda_item: note.agenda_item.map(AgendaItemId::uuid),
            visibility: note.visibility.word().to_owned(),
            delegation: note.delegation.map(DelegationId::uuid),
            body: note.body.clone(),
            release,
        };
        let staged = Staged { note: note.id.uuid(), post: Some(post), ..Staged::default() };
        let place = self.store().place_of(note.id, Whose::Author);
        let row = self.store().sealed_staged(place, note.group, due, &staged).await?;
        self.sql().insert(row).await
    }

    /// Stages that a paraphrase goes nowhere. [`StoreError::Taken`] with `note` where an answer to it waits already.
    pub async fn stage_decline(&self, paraphrase: &Paraphrase, due: Timestamp) -> Result<(), StoreError> {
        let agreed = self.store().id_of_agreed(paraphrase.id);
        let staged = Staged { note: agreed.uuid(), declined: Some(paraphrase.id.uuid()), ..Staged::default() };
        let place = self.store().place_of(agreed, Whose::Author);
        let row = self.store().sealed_staged(place, paraphrase.group, due, &staged).await?;
        self.sql().insert(row).await
    }

    /// Stages a change of a note that waits or is out, and gives the tick that it waits for. What the same people have
    /// staged already takes it up, and keeps the sooner tick; a posting keeps its own. To others than the author nothing is
    /// told of that. [`StoreError::Taken`] with `note` where another change was staged meanwhile.
    pub async fn stage_change(
        &self,
        (note, group): (NoteId, WorkingGroupId),
        whose: Whose,
        change: Pending,
        due: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let place = self.store().place_of(note, whose);
        let find = Entity::find_by_id(place).filter(Column::GroupId.eq(group.uuid()));
        let Some(row) = find.lock_exclusive().one(&self.sql()).await? else {
            let staged = Staged { note: note.uuid(), ..Staged::default() }.with(change);
            let row = self.store().sealed_staged(place, group, due, &staged).await?;
            return self.sql().insert(row).await.map(|()| due);
        };
        let staged = self.store().opened_staged(&row).await?.ok_or(StoreError::Integrity)?;
        let waits_for = time::read(row.due_at);
        let sooner = if staged.post.is_some() { waits_for } else { due.min(waits_for) };
        let after = self.store().sealed_staged(place, group, sooner, &staged.with(change)).await?;
        let update = Query::update()
            .table(Entity)
            .value(Column::DueAt, after.due_at)
            .value(Column::Sealed, after.sealed)
            .and_where(Column::Id.eq(row.id))
            .and_where(Column::Sealed.eq(row.sealed))
            .take();
        let told = match whose {
            Whose::Author => sooner,
            Whose::Facilitator | Whose::Readers => due,
        };
        self.sql().swap(&update).await.map(|()| told)
    }

    /// The tick: all that is due comes out, shuffled, and what waits for a later one is put back, shuffled. `None`, and
    /// nothing was written, where nothing is due.
    pub async fn let_out_notes(&self) -> Result<Option<Vec<LetOut>>, StoreError> {
        let sql = self.sql();
        if sql.backend() == DbBackend::Postgres {
            sql.execute_unprepared("LOCK TABLE staged_note, receipt IN ACCESS EXCLUSIVE MODE").await?;
        }
        let now = time::bind(self.now());
        let rows = shuffled(Entity::find().all(&sql).await?);
        let (due, later): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.due_at <= now);
        if due.is_empty() {
            return Ok(None);
        }
        let mut caucus = Caucus::default();
        let mut done = Vec::new();
        for (group, staged) in self.of_each_note(&due).await? {
            self.let_out(group, staged, &mut done, &mut caucus).await?;
        }
        self.tell_the_caucus(caucus).await?;
        if sql.backend() == DbBackend::Postgres {
            sql.execute_unprepared("TRUNCATE staged_note").await?;
        } else {
            Entity::delete_many().exec(&sql).await?;
        }
        for row in later {
            sql.insert(row).await?;
        }
        self.write_receipts_anew().await?;
        Ok(Some(done))
    }

    /// What is due, by note. What does not open was changed from below: it is reported, and goes.
    async fn of_each_note(&self, due: &[Model]) -> Result<Vec<(Uuid, Staged)>, StoreError> {
        let mut notes: Vec<(Uuid, Staged)> = Vec::new();
        let mut places: HashMap<Uuid, usize> = HashMap::new();
        for row in due {
            let Some(staged) = self.store().opened_staged(row).await? else { continue };
            match places.entry(staged.note) {
                Entry::Occupied(place) => notes[*place.get()].1.join(staged),
                Entry::Vacant(free) => {
                    free.insert(notes.len());
                    notes.push((row.group_id, staged));
                }
            }
        }
        Ok(notes)
    }

    async fn let_out(
        &self,
        group: Uuid,
        staged: Staged,
        done: &mut Vec<LetOut>,
        caucus: &mut Caucus,
    ) -> Result<(), StoreError> {
        let Staged { note, post, body, withdrawn, withdrawal_asked, declined } = staged;
        let id = NoteId::from_uuid(note);
        if let Some(paraphrase) = declined {
            done.push(LetOut::Declined);
            caucus.answers.push((paraphrase, ParaphraseState::Declined));
            return Ok(());
        }
        if let Some(post) = post {
            if self.is_out(id).await? {
                return Ok(());
            }
            done.push(if post.release.is_some() { LetOut::Released } else { LetOut::Posted });
            if let Some(StagedRelease { note_mac, paraphrase }) = &post.release {
                caucus.releases.push(note_mac.clone());
                caucus.answers.extend(paraphrase.map(|paraphrase| (paraphrase, ParaphraseState::Agreed)));
            }
            if withdrawn {
                done.push(LetOut::Withdrawn);
                return Ok(());
            }
            let digest = post.digest.to_vec();
            let Some(note) = waiting(id, group, post) else { return Ok(()) };
            let note = ChathamHouseNote { body: body.unwrap_or(note.body), ..note };
            return self.add_released(&Released { note, digest, at: time::bind(self.now()) }).await;
        }
        let Some(before) = self.released(id).await?.filter(|out| !out.note.withdrawn) else {
            return Ok(());
        };
        done.extend(match (withdrawn, &body) {
            (true, _) => Some(LetOut::Withdrawn),
            (false, Some(_)) => Some(LetOut::Revised),
            (false, None) => None,
        });
        done.extend((withdrawal_asked && !withdrawn).then_some(LetOut::WithdrawalAsked));
        let note = before.note.clone().changed(Pending { body, withdrawn, withdrawal_asked });
        self.change_released(&Released { note, ..before }).await
    }
}

/// What a tick tells of the caucus. It is written after the notes and in an order of its own, so that the order of rows
/// joins none of it to what came out.
#[derive(Default)]
struct Caucus {
    releases: Vec<Vec<u8>>,
    answers: Vec<(Uuid, ParaphraseState)>,
}

impl Tx {
    async fn tell_the_caucus(&self, mut caucus: Caucus) -> Result<(), StoreError> {
        caucus.releases.sort_unstable();
        caucus.answers.sort_unstable_by_key(|(paraphrase, _)| *paraphrase);
        for note_mac in caucus.releases {
            self.record_release_of(note_mac).await?;
        }
        for (paraphrase, state) in caucus.answers {
            self.answer_on_tick(paraphrase, state).await?;
        }
        Ok(())
    }

    /// What was answered in another way meanwhile stays.
    async fn answer_on_tick(&self, id: Uuid, state: ParaphraseState) -> Result<(), StoreError> {
        let Some(paraphrase) = self.paraphrase_of_tick(id).await? else { return Ok(()) };
        match self.answer_paraphrase(&Paraphrase { state, ..paraphrase }).await {
            Err(StoreError::Stale) => Ok(()),
            answered => answered,
        }
    }
}

impl Staged {
    fn with(mut self, change: Pending) -> Self {
        self.body = change.body.or(self.body);
        self.withdrawn |= change.withdrawn;
        self.withdrawal_asked |= change.withdrawal_asked;
        self
    }

    /// What somebody else does to the same note on the same tick.
    fn join(&mut self, other: Self) {
        self.post = self.post.take().or(other.post);
        self.body = self.body.take().or(other.body);
        self.withdrawn |= other.withdrawn;
        self.withdrawal_asked |= other.withdrawal_asked;
        self.declined = self.declined.or(other.declined);
    }
}

/// The note that a posting will be; `None` where it holds what was never written.
fn waiting(id: NoteId, group: Uuid, post: Post) -> Option<ChathamHouseNote> {
    Some(ChathamHouseNote {
        id,
        group: WorkingGroupId::from_uuid(group),
        session: SessionId::from_uuid(post.session),
        agenda_item: post.agenda_item.map(AgendaItemId::from_uuid),
        body: post.body,
        withdrawn: false,
        withdrawal_asked: false,
        released: post.release.is_some(),
        visibility: Visibility::from_word(&post.visibility)?,
        delegation: post.delegation.map(DelegationId::from_uuid),
        version: 1,
    })
}

fn aad(row: &Model) -> Aad {
    Aad::of("staged_note").id(row.id).id(row.group_id).instant(time::read(row.due_at))
}

/// The rows in an order that tells nothing.
pub(crate) fn shuffled<R>(rows: Vec<R>) -> Vec<R> {
    let mut rows: Vec<_> = rows.into_iter().map(|row| (Uuid::new_v4(), row)).collect();
    rows.sort_unstable_by_key(|(random, _)| *random);
    rows.into_iter().map(|(_, row)| row).collect()
}
