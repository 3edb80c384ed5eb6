//! Verifying the audit log: what was edited, deleted, inserted, swapped or cut since it was written.
//!
//! A row that was changed no longer has its MAC; one that was moved no longer has its digest; one that was taken away
//! leaves a gap, or a chain that is shorter than its checkpoints and the signed head say.

use std::{collections::HashMap, fmt};

use dipoli_domain::id::AuditEventId;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query},
};

use crate::{
    Store, StoreError, audit, audit_chain,
    audit_chain::{CHECKPOINT_EVERY, ONLY},
    audit_day,
    entity::{audit_chain as chain, audit_checkpoint, audit_event, audit_head},
    keys::Keys,
};

/// Events that are read at once.
const BATCH: u64 = 1000;
/// Findings on single events that are told; a log that was taken to pieces has more.
const TOLD: usize = 100;

/// What is wrong with the log, each with the number in the chain where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The event was edited after it was written, or inserted by someone else than Dipoli: its MAC is wrong.
    Forged(i64),
    /// An event that is not chained yet was edited or inserted.
    ForgedUnsealed(AuditEventId),
    /// The event is genuine, but not in its place, or its digest was changed.
    Moved(i64),
    /// The event was deleted.
    Missing(i64),
    /// Events lie behind the chain's end.
    Extra(i64),
    /// The chain was cut: it should go on at least up to this number.
    Cut(i64),
    /// The checkpoint is missing, or its signature or digest is wrong.
    Checkpoint(i64),
    /// The event at a checkpoint that was kept elsewhere is not the one that was there then; any before it may be another too.
    Rewritten(i64),
    /// The signed head in the key store is missing or wrong, or the chain was rewritten before it.
    Head,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forged(n) => write!(f, "event {n} was edited or inserted after it was written"),
            Self::ForgedUnsealed(id) => write!(f, "event {id}, not chained yet, was edited or inserted"),
            Self::Moved(n) => write!(f, "event {n} is not in its place (swapped or renumbered)"),
            Self::Missing(n) => write!(f, "event {n} was deleted"),
            Self::Extra(n) => write!(f, "{n} events lie behind the end of the chain"),
            Self::Cut(n) => write!(f, "the chain was cut: it should go on to event {n} at least"),
            Self::Checkpoint(n) => write!(f, "the checkpoint at event {n} is missing or wrong"),
            Self::Rewritten(n) => {
                write!(f, "the chain up to event {n} is not the one of the checkpoint kept elsewhere")
            }
            Self::Head => f.write_str("the signed head in the key store is missing, wrong, or of another chain"),
        }
    }
}

/// A signed mark in the chain, for keeping elsewhere: whoever has it can tell whether the log up to it is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The event's number.
    pub sequence: i64,
    /// The chain's digest at that event.
    pub digest: [u8; 32],
    /// The name of the key that signed it.
    pub key_id: String,
    /// The Ed25519 signature over number and digest.
    pub signature: Vec<u8>,
}

/// A checkpoint as it was kept elsewhere: what of it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The event's number.
    pub sequence: i64,
    /// The chain's digest at that event, then.
    pub digest: [u8; 32],
}

/// What verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Events in the chain.
    pub sealed: i64,
    /// Events that are not chained yet.
    pub unsealed: u64,
    /// Those of them that wait for the end of their day.
    pub of_the_day: u64,
    /// What is wrong; of single events at most the first 100.
    pub findings: Vec<Finding>,
    /// The last signed checkpoint, if there is one.
    pub checkpoint: Option<Checkpoint>,
}

impl AuditReport {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    fn tell(&mut self, finding: Finding) {
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    fn tell_of_event(&mut self, finding: Finding) {
        if self.findings.len() < TOLD {
            self.tell(finding);
        }
    }
}

/// How far the walk along the chain has come.
struct Walk<'a> {
    store: &'a Store,
    end: i64,
    expected: i64,
    before: Vec<u8>,
    checkpoints: HashMap<i64, audit_checkpoint::Model>,
    head: Option<audit_head::Model>,
    kept: Option<Kept>,
    report: AuditReport,
}

impl Store {
    /// Verifies the whole log, also against a checkpoint that was kept elsewhere, if there is one: whoever holds the keys
    /// can write another log that is sound in itself, and not one that has that checkpoint. A sealer may work meanwhile;
    /// what it adds is not looked at.
    pub async fn verify_audit_log(&self, kept: Option<Kept>) -> Result<AuditReport, StoreError> {
        // The head is read first: it follows the chain, and never the other way round.
        let head = audit_head::Entity::find_by_id(ONLY).one(&self.keys().store.db.reads()).await?;
        let end = chain::Entity::find_by_id(ONLY).one(&self.reads()).await?.map_or(0, |row| row.sequence);
        let checkpoints = audit_checkpoint::Entity::find().all(&self.reads()).await?;
        let mut walk = Walk {
            store: self,
            end,
            expected: 1,
            before: audit_chain::beginning(self.keys().store.identity()).to_vec(),
            checkpoints: checkpoints.into_iter().map(|row| (row.sequence, row)).collect(),
            head,
            kept,
            report: AuditReport::default(),
        };
        walk.check_head_signature();
        walk.follow_chain().await?;
        walk.check_end();
        let mut report = walk.report;
        self.behind_the_end(&mut report).await?;
        self.unsealed(&mut report).await?;
        Ok(report)
    }

    async fn behind_the_end(&self, report: &mut AuditReport) -> Result<(), StoreError> {
        let end = Query::select().column(chain::Column::Sequence).from(chain::Entity).take();
        let count = Query::select()
            .expr(audit_event::Column::Id.into_expr().count())
            .from(audit_event::Entity)
            .and_where(audit_event::Column::Sequence.into_expr().gt(Expr::SubQuery(None, Box::new(end.into()))))
            .take();
        let extra = self.reads().number(&count).await?;
        if extra > 0 {
            report.tell(Finding::Extra(extra));
        }
        Ok(())
    }

    async fn unsealed(&self, report: &mut AuditReport) -> Result<(), StoreError> {
        let waiting = audit_event::Entity::find().filter(audit_event::Column::Sequence.is_null());
        for row in waiting.all(&self.reads()).await? {
            report.unsealed += 1;
            report.of_the_day += u64::from(audit_day::is_of_the_day(&row));
            if !audit::is_genuine(self, &row) {
                report.tell_of_event(Finding::ForgedUnsealed(AuditEventId::from_uuid(row.id)));
            }
        }
        Ok(())
    }
}

impl Walk<'_> {
    async fn follow_chain(&mut self) -> Result<(), StoreError> {
        let mut last = i64::MIN;
        loop {
            let rows = audit_event::Entity::find()
                .filter(audit_event::Column::Sequence.gt(last))
                .filter(audit_event::Column::Sequence.lte(self.end))
                .order_by_asc(audit_event::Column::Sequence)
                .limit(BATCH)
                .all(&self.store.reads())
                .await?;
            let read = rows.len();
            for row in rows {
                last = row.sequence.unwrap_or(last);
                self.step(last, &row);
            }
            if u64::try_from(read) != Ok(BATCH) {
                return Ok(());
            }
        }
    }

    fn step(&mut self, sequence: i64, row: &audit_event::Model) {
        if sequence < 1 {
            return self.report.tell_of_event(Finding::Moved(sequence));
        }
        for missing in (self.expected..sequence).take(TOLD) {
            self.report.tell_of_event(Finding::Missing(missing));
        }
        let gap = sequence > self.expected;
        let digest = row.digest.clone().unwrap_or_default();
        if !audit::is_genuine(self.store, row) {
            self.report.tell_of_event(Finding::Forged(sequence));
        } else if !gap && audit_chain::link(&self.before, row, sequence).as_slice() != digest {
            self.report.tell_of_event(Finding::Moved(sequence));
        }
        self.check_marks(sequence, &digest);
        self.report.sealed += 1;
        self.before = digest;
        self.expected = sequence + 1;
    }

    fn check_marks(&mut self, sequence: i64, digest: &[u8]) {
        if sequence % CHECKPOINT_EVERY == 0 {
            let keys = self.store.keys();
            match self.checkpoints.remove(&sequence).filter(|row| is_signed(keys, row) && row.digest == digest) {
                None => self.report.tell(Finding::Checkpoint(sequence)),
                Some(row) => {
                    let digest = row.digest.try_into().unwrap_or_default();
                    let (key_id, signature) = (row.key_id, row.signature);
                    self.report.checkpoint = Some(Checkpoint { sequence, digest, key_id, signature });
                }
            }
        }
        if self.head.as_ref().is_some_and(|head| head.sequence == sequence && head.digest != digest) {
            self.report.tell(Finding::Head);
        }
        if self.kept.is_some_and(|kept| kept.sequence == sequence && kept.digest != digest) {
            self.report.tell(Finding::Rewritten(sequence));
        }
    }

    fn check_head_signature(&mut self) {
        let keys = self.store.keys();
        let genuine = self.head.as_ref().map_or(self.end == 0, |head| {
            let message = audit_chain::head(keys.store.identity(), head.sequence, &head.digest);
            keys.is_checkpoint_signature(&head.key_id, &message, &head.signature)
        });
        if !genuine {
            self.report.tell(Finding::Head);
        }
    }

    /// What was promised beyond the last event that is there: by the chain's own row, a checkpoint, the head, or
    /// a checkpoint that was kept elsewhere.
    fn check_end(&mut self) {
        let keys = self.store.keys();
        let promised = self
            .checkpoints
            .values()
            .filter(|row| is_signed(keys, row))
            .map(|row| row.sequence)
            .chain(self.head.as_ref().map(|head| head.sequence))
            .chain([self.end])
            .chain(self.kept.map(|kept| kept.sequence))
            .max()
            .unwrap_or(0);
        if promised >= self.expected {
            self.report.tell(Finding::Cut(promised));
        }
    }
}

fn is_signed(keys: &Keys, row: &audit_checkpoint::Model) -> bool {
    let message = audit_chain::checkpoint(keys.store.identity(), row.sequence, &row.digest);
    keys.is_checkpoint_signature(&row.key_id, &message, &row.signature)
}
