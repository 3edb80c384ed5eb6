//! Destroying what a group said, by destroying its keys, and what state the keys of a track are in. Everything can be done again: what was done stays
//! done, and what a kill cut off is gone on with.
//!
//! Deliberately absent: deleting rows of a destroyed group. Without its keys they say nothing but that there was a
//! group; and what no key sealed (who sat in it, when it met) the statement does not claim to be gone.

use dipoli_domain::{
    audit::{Action, Event},
    id::WorkingGroupId,
    policy::Permit,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Condition, Expr, ExprTrait, Query},
};

use crate::{
    RowsUnder, Store, StoreError,
    entity::{outbox, session, signing_key, working_group, wrapped_key},
    key_store::{ACTIVE, DESTROYED, DESTROYING, PEOPLE, RETAINED, TEXT},
    outbox::State,
    place::random,
    scope,
};

/// Keys, and what nobody can read without them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unreadable {
    /// The keys by name, each with what it was for.
    pub keys: Vec<(String, String)>,
    /// Rows that they seal.
    pub rows: RowsUnder,
}

/// How many keys are in which state, and what waits for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyReport {
    /// Data keys that seal what is new.
    pub active: u64,
    /// Data keys that were retired and are still needed.
    pub retained: u64,
    /// Rows that are to be sealed anew, by table.
    pub rows: RowsUnder,
    /// Signing keys: what for, in which state, how many.
    pub signing: Vec<(String, String, u64)>,
    /// Groups whose keys were destroyed.
    pub destroyed_groups: u64,
}

impl Store {
    /// The group of that id or slug, whether it can be read or not. For the operator, who reads nothing of it.
    pub async fn group_named(&self, id_or_slug: &str) -> Result<Option<WorkingGroupId>, StoreError> {
        let named = match id_or_slug.parse::<WorkingGroupId>() {
            Ok(id) => working_group::Column::Id.eq(id.uuid()),
            Err(_) => {
                working_group::Column::SlugMac.eq(self.mac("working_group.slug", &[id_or_slug.as_bytes()]).to_vec())
            }
        };
        let row = working_group::Entity::find().filter(named).one(&self.reads()).await?;
        Ok(row.map(|row| WorkingGroupId::from_uuid(row.id)))
    }

    /// A group's keys, destroyed ones among them, and how many rows nobody can read without them.
    pub async fn sealed_by_group(&self, group: WorkingGroupId) -> Result<Unreadable, StoreError> {
        self.sealed_by(wrapped_key::Column::GroupId.eq(group.uuid())).await
    }

    /// The same for all keys of the track, those that sign among them.
    pub async fn sealed_by_track(&self) -> Result<Unreadable, StoreError> {
        let mut unreadable = self.sealed_by(Expr::cust("1 = 1")).await?;
        let signing = signing_key::Entity::find().all(&self.keys().store.db.reads()).await?;
        unreadable.keys.extend(signing.into_iter().map(|row| (row.kid, row.purpose)));
        Ok(unreadable)
    }

    async fn sealed_by(&self, which: Expr) -> Result<Unreadable, StoreError> {
        let keys = wrapped_key::Entity::find().filter(which).all(&self.keys().store.db.reads()).await?;
        let rows = self.rows_under(&keys.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
        Ok(Unreadable { keys: keys.into_iter().map(|row| (row.id.to_string(), row.purpose)).collect(), rows })
    }

    /// Overwrites a group's keys, after the audit log has it and its letters are gone. Nothing of the group can be read
    /// from then on; [`Store::finish_destruction`] makes sure that no page of the key store remembers.
    pub async fn overwrite_group(&self, permit: Permit, group: WorkingGroupId) -> Result<(), StoreError> {
        let mut live = self.keys().store.keys_of_group(group.uuid()).await?;
        if live.is_empty() {
            return Ok(());
        }
        let now = permit.at();
        let tx = self.begin(permit).await?;
        let sessions = Query::select()
            .column(session::Column::Id)
            .from(session::Entity)
            .and_where(session::Column::GroupId.eq(group.uuid()))
            .take();
        let waiting = Condition::all()
            .add(outbox::Column::State.eq(State::Queued.word()))
            .add(outbox::Column::SessionId.in_subquery(sessions));
        outbox::Entity::delete_many().filter(waiting).exec(&tx.sql()).await?;
        tx.commit(&[Event::on(Action::GroupDestroyed, group)]).await?;
        // Somebody who rotates keys meanwhile may have made another.
        while !live.is_empty() {
            self.keys().store.overwrite(&live, now).await?;
            live = self.keys().store.keys_of_group(group.uuid()).await?;
        }
        self.read_keys_again().await
    }

    /// Lets another group take the slug of one that was destroyed.
    pub async fn release_slug(&self, permit: Permit, group: WorkingGroupId) -> Result<(), StoreError> {
        let Some(row) = working_group::Entity::find_by_id(group.uuid()).one(&self.reads()).await? else {
            return Ok(());
        };
        // Whoever changed the row from below is not given a MAC for it.
        let Some(mut row) = self.genuine(row) else { return Ok(()) };
        let mut nobodys = [0; 32];
        random(&mut nobodys);
        row.slug_mac = nobodys.to_vec();
        let row = self.marked(row);
        let update = Query::update()
            .table(working_group::Entity)
            .value(working_group::Column::SlugMac, row.slug_mac)
            .value(working_group::Column::Mac, row.mac)
            .and_where(working_group::Column::Id.eq(group.uuid()))
            .take();
        let tx = self.begin(permit).await?;
        tx.sql().run(&update).await?;
        tx.commit(&[]).await
    }

    /// The key that signs statements and checkpoints: its name and its public half.
    pub fn statement_key(&self) -> Result<(String, Vec<u8>), StoreError> {
        self.keys().checkpoint_key()
    }

    /// Signs a statement with that key. It must begin with what it is, so that it can be shown for nothing else.
    pub fn sign_statement(&self, kid: &str, statement: &str) -> Result<Vec<u8>, StoreError> {
        self.keys().sign_by(kid, statement.as_bytes())
    }

    /// What state the keys are in.
    pub async fn key_report(&self) -> Result<KeyReport, StoreError> {
        let reads = self.keys().store.db.reads();
        let of_text = wrapped_key::Column::Purpose.is_in([TEXT, PEOPLE]);
        let keys = wrapped_key::Entity::find().filter(of_text).all(&reads).await?;
        let of = |state: &str| u64::try_from(keys.iter().filter(|row| row.state == state).count()).unwrap_or(u64::MAX);
        let retained: Vec<_> = keys.iter().filter(|row| row.state == RETAINED).map(|row| row.id).collect();
        let mut signing: Vec<(String, String, u64)> = Vec::new();
        let living = signing_key::Column::State.is_not_in([DESTROYING, DESTROYED]);
        for row in signing_key::Entity::find().filter(living).all(&reads).await? {
            match signing.iter_mut().find(|(purpose, state, _)| (purpose, state) == (&row.purpose, &row.state)) {
                Some((_, _, number)) => *number += 1,
                None => signing.push((row.purpose, row.state, 1)),
            }
        }
        signing.sort();
        Ok(KeyReport {
            active: of(ACTIVE),
            retained: of(RETAINED),
            rows: self.rows_under(&retained).await?,
            signing,
            destroyed_groups: u64::try_from(self.keys().ring().destroyed_groups().len()).unwrap_or(u64::MAX),
        })
    }

    /// The rows whose column names a group that was not destroyed.
    pub(crate) fn living(&self, group: Expr) -> Condition {
        let destroyed = self.keys().ring().destroyed_groups();
        if destroyed.is_empty() {
            return Condition::all();
        }
        Condition::all().add(scope::one_of(group, destroyed.into_iter().map(WorkingGroupId::uuid)).not())
    }
}
