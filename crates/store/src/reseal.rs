//! Sealing rows anew, from keys that were retired to those that seal now: in small transactions, each row only if nobody
//! has changed it meanwhile. No version rises and no event is written, since nothing that anyone reads has changed.
//!
//! Every table with something sealed is named here, once ([`each_sealed_table`]); what a row's text is bound to is said
//! by the table's own file, as [`Sealed`].

use dipoli_domain::{id::AnyId, policy::Permit};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Func, Query},
};
use uuid::Uuid;

use crate::{
    KeyScope, Store, StoreError,
    entity::{
        address_change, agenda_item, attempt, attendance, chatham_house_note, correction, correspondent, date_search,
        delegation, interpretative_statement, membership, note, objection, paraphrase, person, personal_access_token,
        second_factor, session, session_record, sign_in, silence_procedure, staged_note, working_group,
    },
    keys::Opened,
    seal::{self, Aad},
};

/// Rows that one transaction seals anew at most.
const AT_ONCE: u64 = 100;

/// A table with something sealed.
pub(crate) trait Sealed: EntityTrait {
    /// Its name.
    const TABLE: &'static str;
    /// Its key.
    const ID: Self::Column;
    /// What is sealed.
    const SEALED: Self::Column;
    /// Its texts are filled up to this times a power of two.
    const BLOCK: usize = seal::BLOCK;
    /// A row, with what its text is sealed by and bound to; `None` where it has none.
    fn envelope(row: &Self::Model) -> Option<Envelope<'_>>;
}

/// The sealed text of a row.
pub(crate) struct Envelope<'a> {
    /// Of which row, as it is stored.
    pub id: Uuid,
    /// The same, as it is reported.
    pub row: AnyId,
    /// By which key it is sealed.
    pub scope: KeyScope,
    /// What it is bound to.
    pub aad: Aad,
    /// The text.
    pub sealed: &'a [u8],
}

/// Does the same for every table with something sealed, by its name `$table`.
macro_rules! each_sealed_table {
    ($table:ident => $do:expr) => {
        each_sealed_table!(@ $table => $do;
            person, membership, sign_in, working_group, delegation, session, agenda_item, note, chatham_house_note,
            staged_note, paraphrase, attempt, second_factor, personal_access_token,
            address_change, correspondent, silence_procedure, objection, session_record, correction,
            interpretative_statement, attendance, date_search)
    };
    (@ $table:ident => $do:expr; $($entity:ident),+) => {
        $({ type $table = $entity::Entity; $do })+
    };
}

/// How far sealing anew has come in this pass over all tables.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pass {
    table: usize,
    after: Option<Uuid>,
}

/// How many rows are sealed by each of some keys, by table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowsUnder {
    tables: Vec<(&'static str, Vec<(Uuid, u64)>)>,
}

impl RowsUnder {
    /// Whether any row is sealed by that key.
    pub fn has(&self, key: Uuid) -> bool {
        self.tables.iter().any(|(_, counts)| counts.iter().any(|(id, _)| *id == key))
    }

    /// Every table with something sealed, and how many of its rows are sealed by any of those keys.
    pub fn by_table(&self) -> Vec<(&'static str, u64)> {
        self.tables.iter().map(|(table, counts)| (*table, counts.iter().map(|(_, rows)| rows).sum())).collect()
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.by_table().iter().map(|(_, rows)| rows).sum()
    }
}

#[derive(FromQueryResult)]
struct Count {
    key: Vec<u8>,
    number: i64,
}

impl Store {
    /// How many rows are sealed by each of these keys.
    pub async fn rows_under(&self, keys: &[Uuid]) -> Result<RowsUnder, StoreError> {
        let mut tables = Vec::new();
        each_sealed_table!(Table => tables.push((Table::TABLE, self.count_under::<Table>(keys).await?)));
        Ok(RowsUnder { tables })
    }

    /// Seals up to a hundred rows anew, from where the pass has come to; `false` where the pass is over. Rows that do not
    /// open are reported and stay, and so does their key.
    pub async fn reseal(&self, permit: Permit, pass: &mut Pass) -> Result<bool, StoreError> {
        let retained = self.keys().ring().retained().to_vec();
        if retained.is_empty() {
            return Ok(false);
        }
        let mut table = 0;
        each_sealed_table!(Table => {
            if table == pass.table {
                let after = self.reseal_some::<Table>(permit, &retained, pass.after).await?;
                *pass = Pass { table: if after.is_some() { table } else { table + 1 }, after };
                return Ok(true);
            }
            table += 1;
        });
        Ok(false)
    }

    /// The last row that was looked at; `None` where there are no more.
    async fn reseal_some<E: Sealed>(
        &self,
        permit: Permit,
        keys: &[Uuid],
        after: Option<Uuid>,
    ) -> Result<Option<Uuid>, StoreError> {
        let mut find = E::find().filter(under::<E>(keys)).order_by_asc(E::ID).limit(AT_ONCE);
        if let Some(after) = after {
            find = find.filter(E::ID.gt(after));
        }
        let rows = find.all(&self.reads()).await?;
        let mut anew = Vec::with_capacity(rows.len());
        let mut last = None;
        for envelope in rows.iter().filter_map(E::envelope) {
            last = Some(envelope.id);
            match self.keys().open_text(&envelope.aad, envelope.sealed).await? {
                Opened::Text(text) => {
                    let sealed = self.keys().seal_text(envelope.scope, &envelope.aad, E::BLOCK, &text).await?;
                    anew.push((envelope.id, envelope.sealed, sealed));
                }
                Opened::Destroyed => {}
                Opened::Wrong => self.report(envelope.row),
            }
        }
        if !anew.is_empty() {
            let tx = self.begin(permit).await?;
            for (id, was, sealed) in anew {
                let update = Query::update()
                    .table(E::default())
                    .value(E::SEALED, sealed)
                    .and_where(E::ID.eq(id))
                    .and_where(E::SEALED.eq(was.to_vec()))
                    .take();
                tx.sql().run(&update).await?;
            }
            tx.commit(&[]).await?;
        }
        Ok(last)
    }

    async fn count_under<E: Sealed>(&self, keys: &[Uuid]) -> Result<Vec<(Uuid, u64)>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let count = Query::select()
            .expr_as(key_of::<E>(), "key")
            .expr_as(E::ID.into_expr().count(), "number")
            .from(E::default())
            .and_where(under::<E>(keys))
            .add_group_by([key_of::<E>()])
            .take();
        let counts = self.reads().rows::<Count>(&count).await?;
        Ok(counts
            .into_iter()
            .filter_map(|row| Some((Uuid::from_slice(&row.key).ok()?, row.number.unsigned_abs())))
            .collect())
    }
}

/// The key that a row's envelope names: the sixteen bytes after version and algorithm.
fn key_of<E: Sealed>() -> Expr {
    Func::cust("substr").arg(E::SEALED.into_expr()).arg(Expr::cust("3")).arg(Expr::cust("16")).into()
}

fn under<E: Sealed>(keys: &[Uuid]) -> Expr {
    key_of::<E>().is_in(keys.iter().map(|key| key.as_bytes().to_vec()))
}
